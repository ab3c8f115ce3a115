internal import NIOCore
internal import TernEngine
internal import TernNode
internal import TernPersistence

/// A full sync to one replica. Pieces come from where all replicas of the snapshot get them, and are written one behind the other; the next is
/// made while the one before it is on its way, and no thread waits for a slow replica.
final class ReplicaTransfer: @unchecked Sendable {
  private static let piecesInFlightMax = 2

  private let host: NodeHost
  private let client: ClientHandler
  private let transfer: NodeEffect.Transfer
  private let pieces: SnapshotPieces
  // On the connection's loop.
  private var envelope: EnvelopeWriter?
  /// Of the next piece.
  private var index = 0
  private var before: RDBEncoder?
  private var piecesInFlight = 0
  private var isWaiting = false
  private var isEncoded = false
  private var isOver = false
  /// Why the transfer ends early. The snapshot is let go only when no thread walks it any more.
  private var failure: String?

  init(_ host: NodeHost, _ client: ClientHandler, _ transfer: NodeEffect.Transfer, _ pieces: SnapshotPieces) {
    self.host = host
    self.client = client
    self.transfer = transfer
    self.pieces = pieces
  }

  func start() { client.onLoop { _ in self.next() } }

  private func next() {
    guard !isOver, failure == nil, !isWaiting, !isEncoded, piecesInFlight < ReplicaTransfer.piecesInFlightMax else { return }
    isWaiting = true
    pieces.piece(index, behind: before) { piece in
      // Never at once: a replica with its pieces ready would go deeper with each of them.
      self.client.loop?.execute { self.take(piece) }
    }
  }

  private func take(_ piece: SnapshotPieces.Piece) {
    isWaiting = false
    if failure != nil { return finish() }
    isEncoded = piece.after.isFinished
    guard let buffer = wrap(piece) else {
      failure = "LZ4 could not compress: out of memory"
      if piecesInFlight == 0 { finish() }
      return
    }
    index += 1
    before = piece.after
    piecesInFlight += 1
    client.send(buffer) { result in self.sent(result) }
    next()
  }

  /// nil when there is no memory to compress with.
  private func wrap(_ piece: SnapshotPieces.Piece) -> ByteBuffer? {
    var buffer = ByteBuffer()
    if index == 0 {
      buffer.writeBytes(transfer.preamble)
      if transfer.job.isCompressed {
        guard let envelope = EnvelopeWriter(), let header = envelope.begin() else { return nil }
        self.envelope = envelope
        buffer.writeBytes(header)
      }
    }
    if let envelope {
      guard piece.bytes.withUnsafeBytes({ bytes in envelope.compress(bytes) { buffer.writeBytes($0) } }) else { return nil }
      if piece.after.isFinished, !envelope.end({ buffer.writeBytes($0) }) { return nil }
    } else {
      buffer.writeBytes(piece.bytes)
    }
    if piece.after.isFinished { buffer.writeBytes(transfer.trailer) }
    return buffer
  }

  private func sent(_ result: Result<Void, any Error>) {
    piecesInFlight -= 1
    guard !isOver else { return }
    let now = HostClock.wallMilliseconds()
    if case .failure(let error) = result { failure = failure ?? SystemErrorText.of(error) }
    if failure != nil { return isWaiting ? () : finish() }
    if isEncoded, piecesInFlight == 0 { return finish() }
    host.withCore { $0.transferMoved(transfer.session, now: now) }
    next()
  }

  private func finish() {
    guard !isOver else { return }
    isOver = true
    let now = HostClock.wallMilliseconds()
    let omitted = before?.omittedFieldExpiries ?? 0
    host.withCore {
      $0.transferCompleted(transfer.session, group: transfer.group, failure: failure, omittedFieldExpiries: omitted, now: now)
    }
  }
}
