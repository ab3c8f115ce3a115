internal import NIOConcurrencyHelpers
internal import TernEngine
internal import TernNode

/// The RDB of one snapshot in pieces, encoded once for all replicas that are being synced from it.
///
/// Whoever wants the piece behind the last one has it encoded; the others find it here. A few megabytes of pieces are kept. A replica that is
/// so slow that its next piece is gone encodes for itself from there on (each piece comes with the encoder's state behind it), so it neither
/// keeps the others waiting nor memory from being freed. `save-rate-limit` holds for the pieces that all share: one who is that far behind has a
/// slower limit of its own.
final class SnapshotPieces: @unchecked Sendable {
  struct Piece: @unchecked Sendable {
    let bytes: [UInt8]
    let after: RDBEncoder
  }

  static let pieceBytes = 256 << 10
  private static let piecesMax = 32

  private let host: NodeHost
  private let delayMicroseconds: Int
  private let lock = NIOLock()
  private var kept: [Piece] = []
  /// The index of `kept`'s first.
  private var first = 0
  private var encoder: RDBEncoder
  private let start: RDBEncoder
  private var isEncoding = false
  /// Of the one thread that encodes.
  private var limiter = RateLimiter()
  private var waiting: [@Sendable (Piece) -> Void] = []

  init(_ host: NodeHost, _ job: RDBJob, delayMicroseconds: Int) {
    self.host = host
    self.delayMicroseconds = delayMicroseconds
    // An envelope compresses better what is not compressed yet.
    encoder = RDBEncoder(job, version: host.options.identity.compatibleVersion, isWrapped: job.isCompressed)
    start = encoder
  }

  /// Calls `body` with the piece of that index, on any thread, soon or at once. `before` is the state behind the caller's last piece.
  func piece(_ index: Int, behind before: RDBEncoder?, _ body: @escaping @Sendable (Piece) -> Void) {
    lock.lock()
    if index < first {
      lock.unlock()
      let before = Start(encoder: before ?? start)
      return host.inBackground { body(self.encode(before.encoder)) }
    }
    if index < first + kept.count {
      let piece = kept[index - first]
      lock.unlock()
      return body(piece)
    }
    waiting.append(body)
    let isFree = !isEncoding
    isEncoding = true
    lock.unlock()
    if isFree { host.inBackground { self.encodeNext() } }
  }

  private struct Start: @unchecked Sendable { let encoder: RDBEncoder }

  /// One thread at a time.
  private func encodeNext() {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(SnapshotPieces.pieceBytes + 64 << 10)
    let limit = host.withCore { $0.configuration.saveRateLimit }
    limiter.setLimit(limit)
    let least = limit == 0 ? SnapshotPieces.pieceBytes : limiter.pieceBytes
    BackgroundPace.next(&encoder, atLeast: least, delayMicroseconds: delayMicroseconds) { bytes.append(contentsOf: $0) }
    // Before it is sent, so that what is sent keeps to the limit. Pieces are small then: no thread stands still for long.
    BackgroundPace.sleep(nanoseconds: limiter.wait(bytes: encoder.byteCount, now: HostClock.monotonicNanoseconds()))
    let piece = Piece(bytes: bytes, after: encoder.checkpoint)
    lock.lock()
    kept.append(piece)
    if kept.count > SnapshotPieces.piecesMax {
      kept.removeFirst()
      first += 1
    }
    isEncoding = false
    let bodies = waiting
    waiting = []
    lock.unlock()
    for body in bodies { body(piece) }
  }

  private func encode(_ before: RDBEncoder) -> Piece {
    var encoder = before
    var bytes: [UInt8] = []
    BackgroundPace.next(&encoder, atLeast: SnapshotPieces.pieceBytes, delayMicroseconds: delayMicroseconds) { bytes.append(contentsOf: $0) }
    return Piece(bytes: bytes, after: encoder.checkpoint)
  }
}

struct WeakSnapshotPieces { weak var pieces: SnapshotPieces? }
