internal import NIOCore
internal import NIOPosix
internal import TernEngine

/// A few commands to another server, on a connection of their own. The answers come together, or none.
final class PeerQuestion: @unchecked Sendable {
  private let loop: any EventLoop
  private let count: Int
  private let completion: @Sendable ([RESPValue]?) -> Void
  private var channel: (any Channel)?
  private var replies: [RESPValue] = []
  private var timeout: Scheduled<Void>?
  private var isOver = false

  /// On `loop`, where `completion` is called too, once.
  static func ask(
    _ commands: [[String]], password: [UInt8]?, host: String, port: Int, source: String?, within limit: TimeAmount, on loop: any EventLoop,
    _ completion: @escaping @Sendable ([RESPValue]?) -> Void
  ) {
    var requests = commands.map { $0.map { Array($0.utf8) } }
    if let password { requests.insert([Array("AUTH".utf8), password], at: 0) }
    let question = PeerQuestion(loop, requests.count) { completion($0.map { Array($0.suffix(commands.count)) }) }
    question.start(requests, host, port, source, limit)
  }

  private init(_ loop: any EventLoop, _ count: Int, _ completion: @escaping @Sendable ([RESPValue]?) -> Void) {
    self.loop = loop
    self.count = count
    self.completion = completion
  }

  private func start(_ requests: [[[UInt8]]], _ host: String, _ port: Int, _ source: String?, _ limit: TimeAmount) {
    guard (1...65535).contains(port) else { return finish(nil) }
    timeout = loop.scheduleTask(in: limit) { self.finish(nil) }
    var bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(limit)
      .channelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(PeerQuestionHandler(self)) }
      }
    if let source, let local = try? SocketAddress(ipAddress: source, port: 0) { bootstrap = bootstrap.bind(to: local) }
    bootstrap.connect(host: host, port: port).hop(to: loop).whenComplete { [self] result in
      guard case .success(let channel) = result else { return finish(nil) }
      guard !isOver else { return channel.close(promise: nil) }
      self.channel = channel
      channel.writeAndFlush(ByteBuffer(bytes: requests.flatMap { RESPCommand.encode($0) }), promise: nil)
    }
  }

  fileprivate func received(_ value: RESPValue) {
    replies.append(value)
    if replies.count == count { finish(replies) }
  }

  fileprivate func finish(_ outcome: [RESPValue]?) {
    guard !isOver else { return }
    isOver = true
    timeout?.cancel()
    channel?.close(promise: nil)
    completion(outcome)
  }
}

private final class PeerQuestionHandler: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  private let question: PeerQuestion
  private var parser: RESPReplyParser

  init(_ question: PeerQuestion) {
    self.question = question
    var limits = RESPReplyParser.Limits()
    limits.bulkBytesMax = 1 << 20
    limits.elementsMax = 4096
    parser = RESPReplyParser(limits: limits)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    parser.append(unwrapInboundIn(data).readableBytesView)
    do throws(RESPReplyParser.Malformed) {
      while let value = try parser.next() { question.received(value) }
    } catch {
      question.finish(nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) { question.finish(nil) }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { question.finish(nil) }
}
