internal import NIOConcurrencyHelpers
internal import NIOCore
internal import TernEngine
internal import TernNode

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Replies on their way to the client, and how many may wait for it (`client-output-buffer-limit`).
extension ClientHandler {
  /// Under the lock. Behind those that were taken before and have not left yet.
  @inline(__always)
  func takeReplies(_ session: Session, _ core: NodeCore) {
    if session.held != nil { takeReleased(session, core) }
    if session.reply.count > 0, session.held == nil { takeReplies(session, statistics: &core.engine.statistics) }
  }

  private func takeReleased(_ session: Session, _ core: NodeCore) {
    let bytes = core.takeReleased(of: session)
    core.engine.statistics.outputBytes &+= Int64(bytes.count)
    taken.raw(bytes)
  }

  private func takeReplies(_ session: Session, statistics: inout EngineStatistics) {
    statistics.writes &+= 1
    statistics.outputBytes &+= Int64(session.reply.count)
    guard taken.count > 0 else { return session.reply.exchangeBytes(with: taken) }
    taken.raw(session.reply.bytes)
    session.reply.removeAll()
  }

  /// Sends what the core has for this session, unless it must wait for durability.
  func flushReplies() {
    guard let session, let context else { return }
    collectReplies(session)
    flush(context)
  }

  func collectReplies(_ session: Session) {
    host.lock.lock()
    takeReplies(session, host.core)
    host.lock.unlock()
  }

  func flush(_ context: ChannelHandlerContext) {
    guard rest == nil else { return }
    if taken.count > 0 { send(context) }
    if isClosing, rest == nil { closeAfterFlush(context) }
  }

  /// To the socket itself while the channel holds nothing; what the socket does not take, and every error, is the channel's to see to.
  private func send(_ context: ChannelHandlerContext) {
    let bytes = taken.bytes
    var sent = 0
    // An inactive channel's descriptor is closed, and may be another's by now.
    if writesInChannel == 0, descriptor >= 0, let base = bytes.baseAddress, context.channel.isActive {
      sent = max(0, Self.send(descriptor, base, bytes.count))
    }
    if bytes.count - sent > OutputRest.bytesMin {
      let buffer = ReplyBuffer()
      buffer.exchangeBytes(with: taken)
      rest = OutputRest(buffer: buffer, sent: sent)
      return writeRest(context)
    }
    if sent < bytes.count { write(context, UnsafeRawBufferPointer(rebasing: bytes[sent...])) }
    taken.removeAll()
  }

  /// The next piece of a long reply, and with the last one what came behind it.
  private func writeRest(_ context: ChannelHandlerContext) {
    guard let rest else { return }
    let piece = UnsafeRawBufferPointer(rebasing: rest.buffer.bytes[rest.sent...].prefix(OutputRest.pieceBytes))
    context.writeAndFlush(
      wrapOutboundOut(ByteBuffer(bytes: piece)),
      promise: writePromise(context) { [weak self] result in self?.pieceWritten(piece.count, result) })
    if isClosing { return }
    unmeasuredBytes += piece.count
    checkOutput(context)
  }

  private func pieceWritten(_ count: Int, _ result: Result<Void, any Error>) {
    guard rest != nil else { return }
    rest?.sent += count
    if case .success = result, let rest, rest.unsent > 0, let context { return writeRest(context) }
    rest?.buffer.destroy()
    rest = nil
    guard case .success = result, let context else { return }
    unsentBytes = 0
    flush(context)
    outputDrained(context)
  }

  private static func send(_ descriptor: CInt, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Darwin)
      // NIO has set SO_NOSIGPIPE on its sockets.
      Darwin.send(descriptor, bytes, count, MSG_DONTWAIT)
    #elseif canImport(Musl)
      Musl.send(descriptor, bytes, count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
    #else
      Glibc.send(descriptor, bytes, count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
    #endif
  }

  private func write(_ context: ChannelHandlerContext, _ bytes: UnsafeRawBufferPointer) {
    // In pieces: a ByteBuffer holds less than 4 GB, and traps beyond.
    var rest = bytes
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(64 << 20))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      context.write(wrapOutboundOut(ByteBuffer(bytes: piece)), promise: writePromise(context) { _ in })
    }
    context.flush()
    if isClosing { return }
    unmeasuredBytes += bytes.count
    if unmeasuredBytes >= 16 << 10 { checkOutput(context) }
  }

  /// For a write through the channel, which must come with one: it tells when the channel holds nothing any more.
  func writePromise(
    _ context: ChannelHandlerContext, _ body: @escaping (Result<Void, any Error>) -> Void
  ) -> EventLoopPromise<Void> {
    writesInChannel += 1
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { [self] result in
      writesInChannel -= 1
      if case .failure = result { descriptor = -1 }
      if writesInChannel == 0, rest == nil {
        unsentBytes = 0
        unmeasuredBytes = 0
        overSoftLimitSince = nil
      }
      body(result)
    }
    return promise
  }

  /// The last reply leaves first: an empty write behind it tells when.
  private func closeAfterFlush(_ context: ChannelHandlerContext) {
    guard !isCloseOrdered else { return }
    isCloseOrdered = true
    context.writeAndFlush(
      wrapOutboundOut(ByteBuffer()), promise: writePromise(context) { _ in context.close(promise: nil) })
  }

  /// Ends the connection now; what the socket does not take at once is lost.
  func close() {
    guard let context else { return }
    isClosing = true
    flushReplies()
    context.close(promise: nil)
  }

  // MARK: client-output-buffer-limit

  private func checkOutput(_ context: ChannelHandlerContext) {
    unmeasuredBytes = 0
    let before = unsentBytes
    unsentBytes = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    if let rest { unsentBytes += max(0, rest.unsent - OutputRest.pieceBytes) + taken.count }
    guard unsentBytes > 0 || before > 0, let session, !isClosing else { return }
    let now = HostClock.monotonicNanoseconds() / 1_000_000
    let (limit, isReplica) = host.withCore { core in
      session.unsentBytes = unsentBytes
      let limits = core.configuration.clientOutputBufferLimits
      return (session.subscriptions.isEmpty ? limits.normal : limits.pubsub, session.gates.contains(.replica))
    }
    // A replica's limit is about its lag behind the log, which the core watches.
    if !isReplica {
      if limit.hardBytes > 0, unsentBytes > limit.hardBytes { return closeOverLimit(session) }
      if limit.softBytes > 0, unsentBytes > limit.softBytes {
        let since = overSoftLimitSince ?? now
        overSoftLimitSince = since
        if now - since > Int64(limit.softSeconds) * 1000 { return closeOverLimit(session) }
      } else {
        overSoftLimitSince = nil
      }
    }
    // A client that is written to no more must still be seen to catch up, or not to.
    guard unsentBytes > 0, outputTask == nil else { return }
    outputTask = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(100)) { [weak self] in
      guard let self, let context = self.context else { return }
      self.outputTask = nil
      self.checkOutput(context)
    }
  }

  private func closeOverLimit(_ session: Session) {
    host.log(
      .warning,
      "Client id=\(session.id) addr=\(session.address) laddr=\(session.localAddress) omem=\(unsentBytes) "
        + "scheduled to be closed ASAP for overcoming of output buffer limits.")
    isClosing = true
    context?.close(promise: nil)
  }
}

/// A long reply on its way: the channel is given a piece when it has sent the one before, so that a value of 512 MB is copied once, into the
/// reply, and no other connection waits for a second time.
struct OutputRest {
  static let bytesMin = 2 << 20
  static let pieceBytes = 1 << 20
  let buffer: ReplyBuffer
  var sent: Int
  var unsent: Int { buffer.count - sent }
}
