internal import NIOConcurrencyHelpers
internal import NIOCore
internal import TernEngine
internal import TernNode

/// One client's connection: what it sends goes to the core, what the core answers goes out.
///
/// A read costs one turn of the lock, whose replies leave in one write and one flush. Nothing is allocated on this way: the channel
/// reuses its read buffer, and `out` is reused once the channel has sent it.
///
/// All state is the event loop's, except `session`, whose content is the lock's.
final class ClientHandler: ChannelDuplexHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = Never
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  /// At most so much is executed in one turn of the lock, so that a client with a long pipeline does not starve the others.
  static let batchBytesMax = 64 << 10
  static let readBytes = 16 << 10
  static let largeReadBytes = 256 << 10
  /// A client that sends without reading is read no further while so many bytes wait for it. High, because a client may well send a
  /// long pipeline before it reads the first reply, and would wait for us for ever; `client-output-buffer-limit` is the real bound.
  static let writeBufferBytes = 16 << 20..<64 << 20
  /// What a blocked client sends is kept up to here, and then left to TCP.
  static let blockedBytesMax = 1 << 20

  let host: NodeHost
  var context: ChannelHandlerContext?
  var session: Session?
  /// The core's replies are exchanged for this buffer under the lock.
  private let taken = ReplyBuffer()
  var out = ByteBuffer()
  /// `out` was handed to the channel: it is emptied before it is used again.
  private var isOutWritten = false
  /// Received, and not yet consumed by the core.
  private var pending = ByteBuffer()
  private var neededBytes = 0
  private var isBlocked = false
  private var isClosing = false
  private var isReadHeld = false
  private var readsLarge = false
  /// Written since the channel was last asked how much it still holds.
  private var unmeasuredBytes = 0
  private var unsentBytes = 0
  /// Looks again while something waits to be sent.
  private var outputTask: Scheduled<Void>?
  /// Milliseconds; since when more than the soft limit has been waiting.
  private var overSoftLimitSince: Int64?
  var stream = ReplicaStream()

  init(host: NodeHost) { self.host = host }

  deinit { taken.destroy() }

  /// Runs `body` on this connection's event loop: now, if this is it.
  func onLoop(_ body: @escaping @Sendable (ClientHandler) -> Void) {
    guard let loop = loop else { return }
    if loop.inEventLoop { body(self) } else { loop.execute { body(self) } }
  }
  private(set) var loop: (any EventLoop)?

  // MARK: the connection's life

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop = context.eventLoop
  }

  func channelActive(context: ChannelHandlerContext) {
    setKeepalive()
    let address = ConnectionAddress(context.channel)
    let now = HostClock.wallMilliseconds()
    let outcome = host.withCore { core in
      let outcome = core.openSession(
        address: address.remote, localAddress: address.local, isUnixSocket: address.isUnixSocket, isLoopback: address.isLoopback, now: now)
      if case .success(let session) = outcome {
        session.fileDescriptor = address.fileDescriptor
        host.clients[session.id] = self
      }
      return UncheckedTransfer(outcome)
    }.value
    switch outcome {
    case .success(let session): self.session = session
    case .failure(let error):
      out.writeString("-\(error.line)\r\n")
      isClosing = true
      flush(context)
    }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    endSession()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    endSession()
    self.context = nil
  }

  private func endSession() {
    outputTask?.cancel()
    outputTask = nil
    isClosing = true
    guard let session else { return }
    self.session = nil
    let now = HostClock.wallMilliseconds()
    host.withCore { core in
      host.clients[session.id] = nil
      core.closeSession(session, now: now)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if let session { host.log(.verbose, "Reading from client: \(SystemErrorText.of(error)) (\(session.address))") }
    context.close(promise: nil)
  }

  // MARK: in

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing, let session else { return }
    var buffer = unwrapInboundIn(data)
    if pending.readableBytes == 0, !isBlocked {
      let consumed = buffer.withUnsafeReadableBytes { receive(session, $0) }
      guard consumed < buffer.readableBytes, !isClosing else { return }
      buffer.moveReaderIndex(forwardBy: consumed)
      pending.clear()
      pending.writeBuffer(&buffer)
      consumePending(session)
    } else {
      pending.writeBuffer(&buffer)
      consumePending(session)
    }
    checkInput(session)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    flush(context)
  }

  /// Executes what is whole of `pending`.
  private func consumePending(_ session: Session) {
    while !isBlocked, !isClosing, pending.readableBytes > 0, pending.readableBytes >= neededBytes {
      let limit = max(ClientHandler.batchBytesMax, neededBytes)
      let consumed = pending.withUnsafeReadableBytes { bytes in
        receive(session, UnsafeRawBufferPointer(rebasing: bytes.prefix(limit)))
      }
      pending.moveReaderIndex(forwardBy: min(consumed, pending.readableBytes))
      if consumed == 0, neededBytes <= limit { break }
    }
    if pending.readableBytes == 0 || isClosing {
      if pending.capacity > ClientHandler.batchBytesMax { pending = ByteBuffer() } else { pending.clear() }
    } else if pending.readerIndex > 1 << 20 {
      pending.discardReadBytes()
    }
  }

  /// One turn of the lock.
  @inline(__always)
  private func receive(_ session: Session, _ bytes: UnsafeRawBufferPointer) -> Int {
    let now = HostClock.wallMilliseconds()
    let host = self.host
    let core = host.core
    host.lock.lock()
    let consumed = core.receive(session, bytes, now: now)
    core.engine.statistics.reads &+= 1
    takeReplies(session, core)
    let gates = session.gates
    neededBytes = session.neededBytes
    session.inputBytes = bytes.count - consumed
    session.unsentBytes = unsentBytes
    let isLogging = core.aof.isOn
    // All of this before `leave`: what it obeys may come back to this very connection (a command that the host answers at once), and
    // must find its replies in order and its state up to date.
    if taken.count > 0 { copyReplies() }
    if !gates.isEmpty { adopt(gates) }
    isReceiving = true
    host.leave()
    isReceiving = false
    if isBlocked { host.checkDeadline() }
    if isLogging { host.persistence?.logAdvanced() }
    return consumed
  }

  /// `receive` is on the stack: its caller goes on with what is pending.
  private var isReceiving = false

  private func adopt(_ gates: Session.Gates) {
    if gates.contains(.blocked) { isBlocked = true }
    if gates.contains(.closing) { isClosing = true }
  }

  /// What waited behind a blocking command may be executed now.
  func resume() {
    guard isBlocked, let session, let context else { return }
    isBlocked = false
    if isReceiving { return flushReplies() }
    if pending.readableBytes > 0 { consumePending(session) }
    flushReplies()
    flush(context)
    readIfHeld(context)
  }

  private func checkInput(_ session: Session) {
    let limit = host.limits.queryBytes
    if pending.readableBytes > limit {
      host.log(
        .warning,
        "Closing client that reached max query buffer length: id=\(session.id) addr=\(session.address) "
          + "(qbuf initial bytes: \(printable(pending.readableBytesView.prefix(64))))")
      return close()
    }
    // A big value arrives in large reads; they are given up again with it.
    let wantsLarge = neededBytes > ClientHandler.largeReadBytes
    if wantsLarge != readsLarge {
      readsLarge = wantsLarge
      let bytes = wantsLarge ? ClientHandler.largeReadBytes : ClientHandler.readBytes
      try? context?.channel.syncOptions?.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: bytes))
    }
  }

  // MARK: back-pressure

  private var mayRead: Bool {
    guard let context else { return false }
    return context.channel.isWritable && !(isBlocked && pending.readableBytes > ClientHandler.blockedBytesMax)
  }

  func read(context: ChannelHandlerContext) {
    if mayRead { context.read() } else { isReadHeld = true }
  }

  private func readIfHeld(_ context: ChannelHandlerContext) {
    guard isReadHeld, mayRead else { return }
    isReadHeld = false
    context.read()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    readIfHeld(context)
    context.fireChannelWritabilityChanged()
  }

  // MARK: out

  @inline(__always)
  private func takeReplies(_ session: Session, _ core: NodeCore) {
    if session.reply.count > 0, !core.holdsReplies(of: session) {
      session.reply.exchangeBytes(with: taken)
      core.engine.statistics.writes &+= 1
      core.engine.statistics.outputBytes &+= Int64(taken.count)
    }
  }

  private func copyReplies() {
    if isOutWritten {
      isOutWritten = false
      if out.capacity > ClientHandler.batchBytesMax { out = ByteBuffer() } else { out.clear() }
    }
    out.writeBytes(taken.bytes)
    taken.removeAll()
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
    if taken.count > 0 { copyReplies() }
  }

  func flush(_ context: ChannelHandlerContext) {
    guard !isOutWritten, out.readableBytes > 0 else {
      if isClosing { closeAfterFlush(context) }
      return
    }
    let count = out.readableBytes
    isOutWritten = true
    context.writeAndFlush(wrapOutboundOut(out), promise: nil)
    if isClosing { return closeAfterFlush(context) }
    unmeasuredBytes += count
    if unmeasuredBytes >= 16 << 10 { checkOutput(context) }
  }

  private var isCloseOrdered = false

  /// The last reply leaves first: an empty write behind it tells when.
  private func closeAfterFlush(_ context: ChannelHandlerContext) {
    guard !isCloseOrdered else { return }
    isCloseOrdered = true
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
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

/// Carries a value out of a generic that cannot know that it stays on this thread.
struct UncheckedTransfer<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
