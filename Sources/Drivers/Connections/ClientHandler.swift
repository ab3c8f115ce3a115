internal import NIOConcurrencyHelpers
internal import NIOCore
internal import TernEngine
internal import TernNode

/// One client's connection: what it sends goes to the core, what the core answers goes out.
///
/// Short reads go to the event loop's `InputBatch`, which executes those of all connections together; a long one costs a turn of the lock
/// of its own. Replies leave by one call of the system's, past the channel, unless it still holds earlier ones. Nothing is allocated on
/// this way: the channel reuses its read buffer, and the two reply buffers are exchanged.
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
  /// When replies of more than this have come together, they are sent before more is executed; and a client that does not take what is
  /// sent (`writeBufferBytes`) waits for the rest of its pipeline.
  static let turnReplyBytesMax = 1 << 20
  /// What a blocked client sends is kept up to here, and then left to TCP.
  static let blockedBytesMax = 1 << 20

  let host: NodeHost
  var context: ChannelHandlerContext?
  var session: Session?
  /// The core's replies are exchanged for this buffer under the lock.
  let taken = ReplyBuffer()
  /// The socket, to send on past the channel; -1 where that cannot be.
  var descriptor: CInt = -1
  /// Handed to the channel, and not yet in the socket; while there are any, nothing may overtake them.
  var writesInChannel = 0
  private var batch: InputBatch?
  /// What was read last lies in the batch.
  private(set) var isGathered = false
  private var isReadComplete = false
  private var isConsuming = false
  /// Received, and not yet consumed by the core.
  private var pending = ByteBuffer()
  private var hasPending = false
  private var neededBytes = 0
  private var isBlocked = false
  var isClosing = false
  private var isReadHeld = false
  private var readsLarge = false
  /// Written since the channel was last asked how much it still holds.
  var unmeasuredBytes = 0
  var unsentBytes = 0
  /// Of replies that are too long to be copied for the channel at once: what it has not been given yet. While there is some, nothing else is
  /// sent or executed.
  var rest: OutputRest?
  var isCloseOrdered = false
  /// Looks again while something waits to be sent.
  var outputTask: Scheduled<Void>?
  /// Milliseconds; since when more than the soft limit has been waiting.
  var overSoftLimitSince: Int64?
  var stream = ReplicaStream()

  init(host: NodeHost) { self.host = host }

  deinit {
    taken.destroy()
    rest?.buffer.destroy()
  }

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
    batch = host.inputBatch(of: context.eventLoop)
  }

  func channelActive(context: ChannelHandlerContext) {
    setKeepalive()
    let address = ConnectionAddress(context.channel)
    descriptor = CInt(truncatingIfNeeded: address.fileDescriptor)
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
      taken.raw(Array("-\(error.line)\r\n".utf8))
      isClosing = true
      flush(context)
    }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    // The number may soon be another connection's.
    descriptor = -1
    endSession()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    endSession()
    self.context = nil
  }

  private func endSession() {
    if isGathered { batch?.run() }
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
    if isGathered { batch?.run() }
    if let session { host.log(.verbose, "Reading from client: \(SystemErrorText.of(error)) (\(session.address))") }
    context.close(promise: nil)
  }

  // MARK: in

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // What was read before comes first; it may end the session.
    if isGathered { batch?.run() }
    guard !isClosing, let session else { return }
    var buffer = unwrapInboundIn(data)
    isReadComplete = false
    if isBlocked || hasPending || rest != nil {
      pending.writeBuffer(&buffer)
      hasPending = true
      consumePending(session)
    } else {
      let isTaken = buffer.withUnsafeReadableBytes { bytes in batch?.add(self, bytes) ?? false }
      if isTaken {
        isGathered = true
        return
      }
      let consumed = buffer.withUnsafeReadableBytes { receive(session, $0) }
      guard consumed < buffer.readableBytes, !isClosing else { return }
      buffer.moveReaderIndex(forwardBy: consumed)
      keep(&buffer)
      consumePending(session)
    }
    checkInput(session)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    guard isGathered else { return flush(context) }
    // The second one without a read between them: the stream's end, behind which NIO closes the channel.
    if isReadComplete { batch?.run() } else { isReadComplete = true }
  }

  private func keep(_ buffer: inout ByteBuffer) {
    pending.clear()
    pending.writeBuffer(&buffer)
    hasPending = true
  }

  /// Executes what is whole of `pending`.
  private func consumePending(_ session: Session) {
    // Sending may tell at once that there is room again, which comes back here.
    guard !isConsuming else { return }
    isConsuming = true
    defer { isConsuming = false }
    while !isBlocked, !isClosing, pending.readableBytes > 0, pending.readableBytes >= neededBytes {
      if let context {
        if taken.count >= Self.turnReplyBytesMax { flush(context) }
        // Goes on when the client has read what there is for it.
        if rest != nil || writesInChannel > 0 && !context.channel.isWritable { return }
      }
      // A request that is longer than a turn's bytes is given twice as much as was too little: were it given just what it asks for, one of
      // many short arguments would come back for each of them.
      let limit = neededBytes > ClientHandler.batchBytesMax ? 2 * neededBytes : ClientHandler.batchBytesMax
      let consumed = pending.withUnsafeReadableBytes { bytes in
        receive(session, UnsafeRawBufferPointer(rebasing: bytes.prefix(limit)), of: bytes.count)
      }
      pending.moveReaderIndex(forwardBy: min(consumed, pending.readableBytes))
      if consumed == 0, neededBytes <= limit { break }
    }
    if pending.readableBytes == 0 || isClosing {
      hasPending = false
      if pending.capacity > ClientHandler.batchBytesMax { pending = ByteBuffer() } else { pending.clear() }
    } else if pending.readerIndex > 1 << 20 {
      pending.discardReadBytes()
    }
  }

  /// One turn of the lock. `total`: how many bytes there are, if `bytes` is only what may be executed in one turn.
  private func receive(_ session: Session, _ bytes: UnsafeRawBufferPointer, of total: Int? = nil) -> Int {
    let now = HostClock.wallMilliseconds()
    let host = self.host
    let core = host.core
    host.lock.lock()
    let consumed = core.receive(session, bytes, now: now)
    core.engine.statistics.reads &+= 1
    takeReplies(session, core)
    noteExecuted(session, rest: (total ?? bytes.count) - consumed)
    let isLogging = core.aof.isOn
    host.leave()
    isReceiving = false
    if isBlocked { host.checkDeadline() }
    if isLogging { host.persistence?.logAdvanced() }
    return consumed
  }

  /// Under the lock, before it is left: what is obeyed then may come back to this very connection (a command that the host answers at
  /// once), and must find its replies in order and its state up to date.
  private func noteExecuted(_ session: Session, rest: Int) {
    neededBytes = session.neededBytes
    session.inputBytes = rest
    session.inputCapacity = pending.capacity
    session.takenCapacity = taken.capacity
    session.unsentBytes = unsentBytes
    let gates = session.gates
    if gates.rawValue & Self.stoppingGates != 0 { adopt(gates) }
    isReceiving = true
  }

  /// As a number: an option set of another module makes an array and a generic call of every literal.
  private static let stoppingGates = Session.Gates.blocked.rawValue | Session.Gates.closing.rawValue

  /// As `receive`, for a part of a batch: under the lock.
  func executed(_ session: Session, _ input: Engine.Input, _ core: NodeCore) {
    isGathered = false
    takeReplies(session, core)
    let rest = input.count - input.consumed
    noteExecuted(session, rest: rest)
    if rest > 0, !isClosing {
      pending.clear()
      pending.writeBytes(UnsafeRawBufferPointer(start: input.bytes + input.consumed, count: rest))
      hasPending = true
    }
  }

  /// The lock has been left, and all has been obeyed.
  func executionEnded() {
    isReceiving = false
    if isBlocked { host.checkDeadline() }
    guard let session, let context else { return }
    if hasPending || readsLarge {
      consumePending(session)
      checkInput(session)
    }
    flush(context)
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
    return rest == nil && (writesInChannel == 0 || context.channel.isWritable)
      && !(isBlocked && pending.readableBytes > ClientHandler.blockedBytesMax)
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
    outputDrained(context)
    context.fireChannelWritabilityChanged()
  }

  /// There may be room for more replies: the rest of a pipeline that waited for the client to read is executed.
  func outputDrained(_ context: ChannelHandlerContext) {
    if hasPending, rest == nil, !isConsuming, !isReceiving, !isBlocked, !isClosing, context.channel.isWritable, let session {
      consumePending(session)
      flush(context)
    }
    readIfHeld(context)
  }
}

/// Carries a value out of a generic that cannot know that it stays on this thread.
struct UncheckedTransfer<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
