internal import NIOCore
internal import TernEngine
internal import TernNode
internal import TernPersistence

/// A full sync to one replica. Pieces are encoded on a background thread and written one behind the other; the next is encoded while
/// the one before it is on its way, and no thread waits for a slow replica.
final class ReplicaTransfer: @unchecked Sendable {
  private static let pieceBytes = 256 << 10
  private static let piecesInFlightMax = 2

  private let host: NodeHost
  private let client: ClientHandler
  private let transfer: NodeEffect.Transfer
  private let delayMicroseconds: Int
  // On the background thread that encodes; there is one at a time.
  private var encoder: RDBEncoder
  private var envelope: EnvelopeWriter?
  private var isStarted = false
  // On the connection's loop.
  private var piecesInFlight = 0
  private var isEncoding = false
  private var isEncoded = false
  private var isOver = false
  /// Why the transfer ends early. The snapshot is let go only when no thread walks it any more.
  private var failure: String?

  init(_ host: NodeHost, _ client: ClientHandler, _ transfer: NodeEffect.Transfer, delayMicroseconds: Int) {
    self.host = host
    self.client = client
    self.transfer = transfer
    self.delayMicroseconds = delayMicroseconds
    encoder = RDBEncoder(transfer.job, version: host.options.identity.compatibleVersion, isWrapped: transfer.job.isCompressed)
  }

  func start() { client.onLoop { _ in self.encodeNext() } }

  private func encodeNext() {
    guard !isOver, failure == nil, !isEncoding, !isEncoded, piecesInFlight < ReplicaTransfer.piecesInFlightMax else { return }
    isEncoding = true
    host.inBackground {
      let piece = self.encode()
      let isLast = self.encoder.isFinished
      self.client.onLoop { _ in
        guard let piece else { return self.outOfMemory() }
        self.write(piece, isLast: isLast)
      }
    }
  }

  /// nil when there is no memory to compress with.
  private func encode() -> ByteBuffer? {
    var piece = ByteBuffer()
    if !isStarted {
      isStarted = true
      piece.writeBytes(transfer.preamble)
      if transfer.job.isCompressed {
        guard let envelope = EnvelopeWriter(), let header = envelope.begin() else { return nil }
        self.envelope = envelope
        piece.writeBytes(header)
      }
    }
    var isWhole = true
    BackgroundPace.next(&encoder, atLeast: ReplicaTransfer.pieceBytes, delayMicroseconds: delayMicroseconds) { bytes in
      guard let envelope else { return _ = piece.writeBytes(bytes) }
      isWhole = envelope.compress(bytes) { piece.writeBytes($0) } && isWhole
    }
    guard encoder.isFinished else { return isWhole ? piece : nil }
    if let envelope { isWhole = envelope.end { piece.writeBytes($0) } && isWhole }
    piece.writeBytes(transfer.trailer)
    return isWhole ? piece : nil
  }

  private func outOfMemory() {
    isEncoding = false
    failure = failure ?? "LZ4 could not compress: out of memory"
    if piecesInFlight == 0 { finish() }
  }

  private func write(_ piece: ByteBuffer, isLast: Bool) {
    isEncoding = false
    isEncoded = isLast
    if failure != nil { return finish() }
    piecesInFlight += 1
    client.send(piece) { result in self.sent(result) }
    encodeNext()
  }

  private func sent(_ result: Result<Void, any Error>) {
    piecesInFlight -= 1
    guard !isOver else { return }
    let now = HostClock.wallMilliseconds()
    if case .failure(let error) = result { failure = failure ?? SystemErrorText.of(error) }
    if failure != nil { return isEncoding ? () : finish() }
    if isEncoded, piecesInFlight == 0 { return finish() }
    host.withCore { $0.transferMoved(transfer.session, now: now) }
    encodeNext()
  }

  private func finish() {
    guard !isOver else { return }
    isOver = true
    let now = HostClock.wallMilliseconds()
    let omitted = encoder.omittedFieldExpiries
    host.withCore {
      $0.transferCompleted(transfer.session, group: transfer.group, failure: failure, omittedFieldExpiries: omitted, now: now)
    }
  }
}
