import NIOCore
import TernEngine

/// What `RedisConnection` hands to its pipeline.
enum RESPClientRequest: Sendable {
  /// `bytes` are as many commands as there are promises.
  case commands(bytes: [UInt8], replies: [EventLoopPromise<RESPValue>], timeout: TimeAmount)
  /// Turns the connection into a subscriber for the rest of its life. `started` succeeds after `confirmations` confirmations.
  case subscribe(
    bytes: [UInt8], confirmations: Int, started: EventLoopPromise<Void>, timeout: TimeAmount, messages: RedisSubscription.Continuation)
}

/// One RESP2 client connection: pairs replies with commands in order, and delivers pub/sub messages once it is a subscriber.
///
///     commands ──subscribe──▶ subscriber
///        │                        │
///        └──── fail(error) ───────┴──▶ failed (the channel closes; later requests fail at once, unsent)
final class RESPClientHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private struct Pending {
    var reply: EventLoopPromise<RESPValue>
    var deadline: NIODeadline
  }

  private struct Subscriber {
    var confirmationsMissing: Int
    var started: EventLoopPromise<Void>
    var messages: RedisSubscription.Continuation
    /// When to give up: nothing but silence from the peer until then. Pings make sure that a live peer is never silent so long.
    var deadline: NIODeadline
  }

  private enum State {
    case commands(CircularBuffer<Pending>)
    case subscriber(Subscriber)
    case failed(RedisClientError)
  }

  /// A subscriber pings this often; a peer that is silent for three of them is gone.
  private static let pingInterval = TimeAmount.seconds(5)

  private let endpoint: Endpoint
  private var state = State.commands([])
  private var parser = RESPReplyParser()
  /// nil before the handler is in a pipeline and after it left; no state but `failed` outlives the pipeline.
  private var context: ChannelHandlerContext?
  private var timer: Scheduled<Void>?
  private var nextPing: Scheduled<Void>?

  init(endpoint: Endpoint) { self.endpoint = endpoint }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    fail(RedisClientError(.connectionClosed, "\(endpoint) is no longer connected"))
    self.context = nil
  }

  /// Takes a request, on the event loop. Not an outbound event of the pipeline: a closed channel has no handlers left, so it would
  /// swallow the request, and its promises would never be kept.
  func submit(_ request: RESPClientRequest) {
    switch (request, state) {
    case (.commands(_, let replies, _), .failed(let error)):
      for reply in replies { reply.fail(unsent(error)) }
    case (.commands(_, let replies, _), .subscriber):
      let error = RedisClientError(.protocolViolation, "\(endpoint): this connection is a subscriber and takes no commands")
      for reply in replies { reply.fail(error) }
    case (.commands(let bytes, let replies, let timeout), .commands(var pending)):
      let deadline = NIODeadline.now() + timeout
      for reply in replies { pending.append(Pending(reply: reply, deadline: deadline)) }
      state = .commands(pending)
      send(bytes)
      armTimer()
    case (.subscribe(let bytes, let confirmations, let started, let timeout, let messages), .commands(let pending)) where pending.isEmpty:
      state = .subscriber(
        Subscriber(confirmationsMissing: confirmations, started: started, messages: messages, deadline: .now() + timeout))
      send(bytes)
      armTimer()
    case (.subscribe(_, _, let started, _, _), .failed(let error)):
      started.fail(unsent(error))
    case (.subscribe(_, _, let started, _, _), _):
      started.fail(RedisClientError(.protocolViolation, "\(endpoint): only an idle connection can subscribe, and once"))
    }
  }

  private func send(_ bytes: [UInt8]) {
    guard let context else { return }
    context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
  }

  private func unsent(_ error: RedisClientError) -> RedisClientError {
    RedisClientError(error.code, error.message, mayHaveBeenApplied: false)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    parser.append(unwrapInboundIn(data).readableBytesView)
    do throws(RESPReplyParser.Malformed) {
      while let value = try parser.next() {
        guard receive(value) else { return }
      }
    } catch {
      fail(RedisClientError(.protocolViolation, "\(endpoint) does not speak RESP: \(error)"))
    }
  }

  /// False when the connection has failed and nothing more may be taken from it.
  private func receive(_ value: RESPValue) -> Bool {
    switch state {
    case .commands(var pending):
      guard let first = pending.popFirst() else {
        fail(RedisClientError(.protocolViolation, "\(endpoint) sent a reply that nobody asked for"))
        return false
      }
      state = .commands(pending)
      first.reply.succeed(value)
      if pending.isEmpty { disarmTimer() }
      return true
    case .subscriber(var subscriber):
      subscriber.deadline = .now() + Self.pingInterval * 3
      switch RedisSubscription.Push(value) {
      case .message(let message):
        subscriber.messages.yield(message)
      case .confirmation where subscriber.confirmationsMissing > 0:
        subscriber.confirmationsMissing -= 1
        if subscriber.confirmationsMissing == 0 {
          subscriber.started.succeed()
          schedulePing()
        }
      case .confirmation, .pong:
        break
      case .refusal(let line):
        fail(RedisClientError(reply: line, from: endpoint))
        return false
      case nil:
        fail(RedisClientError(.protocolViolation, "\(endpoint) sent a subscriber something that is no message"))
        return false
      }
      state = .subscriber(subscriber)
      return true
    case .failed:
      return false
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(RedisClientError(.connectionClosed, "\(endpoint) closed the connection"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(RedisClientError(.connectionClosed, "the connection to \(endpoint) broke: \(RedisClientError.reason(error))"))
  }

  /// Ends the connection: what was sent and not answered has an unknown outcome.
  private func fail(_ error: RedisClientError) {
    let before = state
    if case .failed = before { return }
    state = .failed(error)
    disarmTimer()
    nextPing?.cancel()
    switch before {
    case .commands(let pending):
      var outstanding = error
      outstanding.mayHaveBeenApplied = true
      for command in pending { command.reply.fail(outstanding) }
    case .subscriber(let subscriber):
      subscriber.started.fail(error)
      subscriber.messages.finish(throwing: error)
    case .failed:
      break
    }
    context?.close(promise: nil)
  }

  // MARK: Deadlines

  /// One timer for the oldest deadline; it is set again when it goes off early.
  private func armTimer() {
    guard timer == nil, let context, let deadline = oldestDeadline else { return }
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
      timer = nil
      guard let deadline = oldestDeadline else { return }
      if deadline <= .now() {
        fail(RedisClientError(.timeout, "\(endpoint) did not answer in time"))
      } else {
        armTimer()
      }
    }
  }

  private var oldestDeadline: NIODeadline? {
    switch state {
    case .commands(let pending): pending.first?.deadline
    case .subscriber(let subscriber): subscriber.deadline
    case .failed: nil
    }
  }

  private func disarmTimer() {
    timer?.cancel()
    timer = nil
  }

  private func schedulePing() {
    guard let context else { return }
    nextPing = context.eventLoop.assumeIsolated().scheduleTask(in: Self.pingInterval) { [self] in
      guard case .subscriber = state else { return }
      send(RESPCommand.encode("PING"))
      schedulePing()
    }
  }
}
