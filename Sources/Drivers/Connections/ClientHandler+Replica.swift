internal import NIOCore
internal import TernEngine
internal import TernNode

/// What is on its way to a connection that is a replica.
struct ReplicaStream {
  /// Handed to the channel, not yet in the socket.
  var bytesInFlight = 0
  static let bytesInFlightMax = 1 << 20
  static let chunkBytesMax = 256 << 10
}

extension ClientHandler {
  /// Sends the log to this replica as long as there is some and the socket takes it.
  func pump() {
    guard let session, let context, context.channel.isActive else { return }
    // The answer to PSYNC stands in front of the stream.
    collectReplies(session)
    flush(context)
    var wrote = false
    while stream.bytesInFlight < ReplicaStream.bytesInFlightMax {
      let next = host.withCore { $0.takeStream(for: session, limit: ReplicaStream.chunkBytesMax) }
      guard let (bytes, offset) = next else { break }
      let count = bytes.count
      stream.bytesInFlight += count
      wrote = true
      let promise = writePromise(context) { [weak self] result in
        guard let self else { return }
        stream.bytesInFlight -= count
        guard case .success = result, self.session === session else { return }
        let now = HostClock.wallMilliseconds()
        host.withCore { $0.streamSent(session, upTo: offset, now: now) }
        pump()
      }
      context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: promise)
    }
    if wrote { context.flush() }
  }

  /// One piece of a full sync; `whenSent` says whether it left.
  func send(_ bytes: ByteBuffer, whenSent: @escaping @Sendable (Result<Void, any Error>) -> Void) {
    guard let session, let context, context.channel.isActive else { return whenSent(.failure(ChannelError.ioOnClosedChannel)) }
    collectReplies(session)
    flush(context)
    let promise = writePromise(context, whenSent)
    context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
  }
}
