internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
package import TernEngine
internal import TernNode

/// What a forwarded request asks of the connection that it goes over.
package enum LeaderLinkKind: Hashable, Sendable {
  /// What the leader promises by itself.
  case plain
  /// `CLIENT DURABILITY async`.
  case asynchronous
  /// `CLIENT DURABILITY quorum`; a leader that cannot promise it is not sent anything.
  case quorum
  /// For one request alone, behind which the disk is waited for. A leader without an append only file is not sent anything.
  case disk
}

/// How a forwarded request ended without its replies.
package enum LeaderLinkFailure: Error, Hashable, Sendable {
  /// Nothing of it has left this process.
  case notSent(String)
  /// The leader's own words, before anything was sent: the connection is of no use for what was asked.
  case refused(String)
  /// It was sent, and what became of it is not known.
  case lost(String)
}

/// One request under way. On the main loop.
package final class ForwardedRequest: @unchecked Sendable {
  fileprivate let bytes: [UInt8]
  fileprivate let replyCount: Int
  fileprivate var replies: [RESPValue] = []
  fileprivate var isSent = false
  fileprivate var timeout: Scheduled<Void>?
  private var completion: (@Sendable (Result<[RESPValue], LeaderLinkFailure>) -> Void)?

  fileprivate init(
    _ bytes: [UInt8], _ replyCount: Int, _ completion: @escaping @Sendable (Result<[RESPValue], LeaderLinkFailure>) -> Void
  ) {
    self.bytes = bytes
    self.replyCount = replyCount
    self.completion = completion
  }

  fileprivate var isOver: Bool { completion == nil }

  /// Once; what comes later has nobody to hear of it.
  fileprivate func finish(_ outcome: Result<[RESPValue], LeaderLinkFailure>) {
    timeout?.cancel()
    timeout = nil
    defer { completion = nil }
    completion?(outcome)
  }

  /// The caller does not wait any longer.
  fileprivate func giveUp(_ reason: String) { finish(.failure(isSent ? .lost(reason) : .notSent(reason))) }
}

/// The connections to those that this node has known as its leader. On the main loop.
final class LeaderLinks: @unchecked Sendable {
  private struct Place: Hashable {
    let host: String
    let port: Int
    let kind: LeaderLinkKind
  }
  private var links: [Place: LeaderLink] = [:]
  private var isClosed = false

  func link(_ host: NodeHost, _ name: String, _ port: Int, _ kind: LeaderLinkKind) -> LeaderLink? {
    guard !isClosed else { return nil }
    let place = Place(host: name, port: port, kind: kind)
    if kind != .disk, let link = links[place], !link.isOver { return link }
    // Those to former leaders end when their last answer has come.
    for (old, link) in links where old.host != name || old.port != port || link.isOver {
      links[old] = nil
      link.retire()
    }
    let link = LeaderLink(host, name, port, kind)
    if kind == .disk { link.retire() } else { links[place] = link }
    return link
  }

  func closeAll() {
    isClosed = true
    for link in links.values { link.close("the node stops") }
    links = [:]
  }
}

/// One connection to the leader: requests go out as they come, and replies come in their order.
final class LeaderLink: @unchecked Sendable {
  private let host: NodeHost
  private let name: String
  private let port: Int
  private let kind: LeaderLinkKind
  private var channel: (any Channel)?
  private var parser = RESPReplyParser()
  /// Replies of the prologue that have not come.
  private var prologue: [Prologue] = []
  private var isReady = false
  private var isStarted = false
  private var isRetired = false
  private(set) var isOver = false
  /// Waiting for the prologue's end, or for their replies.
  private var waiting: [ForwardedRequest] = []
  private var sent: [ForwardedRequest] = []
  private var firstSent = 0
  private var isFlushScheduled = false

  private enum Prologue {
    case hello
    /// Its error is the leader's refusal.
    case needed
    /// A real Redis does not know it, and promises no more by itself.
    case optional
  }

  init(_ host: NodeHost, _ name: String, _ port: Int, _ kind: LeaderLinkKind) {
    self.host = host
    self.name = name
    self.port = port
    self.kind = kind
  }

  /// Ends when nothing is under way any more.
  func retire() {
    isRetired = true
    endIfIdle()
  }

  private func endIfIdle() {
    if isRetired, isStarted, waiting.isEmpty, firstSent == sent.count { close("it is not needed any more") }
  }

  func send(_ request: ForwardedRequest, within limit: TimeAmount) {
    guard !isOver else { return request.finish(.failure(.notSent("the connection to the leader is closed"))) }
    // A ByteBuffer holds less than 4 GB, and traps beyond.
    guard request.bytes.count < 1 << 31 else { return request.finish(.failure(.refused("ERR the request is larger than 2 GB"))) }
    request.timeout = host.mainLoop.scheduleTask(in: limit) {
      request.giveUp("the leader at \(self.name):\(self.port) has not answered in time")
    }
    waiting.append(request)
    if !isStarted { start(limit) } else if isReady { sendWaiting() }
  }

  // MARK: the connection

  private func start(_ limit: TimeAmount) {
    isStarted = true
    guard (1...65535).contains(port) else { return close("\(name):\(port) is no address") }
    let source = host.withCore { $0.configuration.bindSourceAddress }
    var bootstrap = ClientBootstrap(group: host.mainLoop)
      .connectTimeout(min(limit, .seconds(5)))
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(LeaderLinkHandler(self)) }
      }
    if let source, let local = try? SocketAddress(ipAddress: source, port: 0) { bootstrap = bootstrap.bind(to: local) }
    bootstrap.connect(host: name, port: port).hop(to: host.mainLoop).whenComplete { [self] result in
      switch result {
      case .failure(let error): close("\(name):\(port) cannot be reached: \(ConnectFailure.reason(error))")
      case .success(let channel):
        guard !isOver else { return channel.close(promise: nil) }
        self.channel = channel
        begin(channel)
      }
    }
  }

  private func begin(_ channel: any Channel) {
    var bytes: [UInt8] = []
    func add(_ expected: Prologue, _ words: [[UInt8]]) {
      prologue.append(expected)
      RESPCommand.encode(words, into: &bytes)
    }
    func words(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }
    var hello = words("HELLO", "3")
    if let login = host.withCore({ $0.primaryLogin }) {
      hello += [Array("AUTH".utf8), login.user ?? Array("default".utf8), login.password]
    }
    add(.hello, hello + words("SETNAME", "tern-forward"))
    switch kind {
    case .plain: break
    case .asynchronous: add(.optional, words("CLIENT", "DURABILITY", "ASYNC"))
    case .quorum: add(.needed, words("CLIENT", "DURABILITY", "QUORUM"))
    // Nothing was written on this connection, so it waits for nothing; but it tells whether there is a file.
    case .disk: add(.needed, words("WAITAOF", "1", "0", "1"))
    }
    channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
  }

  private func sendWaiting() {
    guard isReady, let channel else { return }
    var buffer = channel.allocator.buffer(capacity: 0)
    for request in waiting where !request.isOver {
      if buffer.readableBytes + request.bytes.count >= 1 << 31 {
        channel.write(buffer, promise: nil)
        buffer = channel.allocator.buffer(capacity: request.bytes.count)
      }
      buffer.writeBytes(request.bytes)
      request.isSent = true
      sent.append(request)
    }
    waiting.removeAll(keepingCapacity: true)
    if buffer.readableBytes > 0 { channel.write(buffer, promise: nil) }
    guard !isFlushScheduled else { return }
    isFlushScheduled = true
    // What other tasks forward in the same turn of the loop goes out with it.
    host.mainLoop.execute {
      self.isFlushScheduled = false
      self.channel?.flush()
      self.endIfIdle()
    }
  }

  fileprivate func received(_ buffer: ByteBuffer) {
    guard !isOver else { return }
    parser.append(buffer.readableBytesView)
    do throws(RESPReplyParser.Malformed) {
      while !isOver, let reply = try parser.next() { take(reply) }
    } catch {
      close("\(name):\(port) does not speak RESP: \(error)")
    }
  }

  private func take(_ reply: RESPValue) {
    if case .push = reply { return }
    guard prologue.isEmpty else { return takePrologue(reply) }
    guard firstSent < sent.count else { return close("\(name):\(port) answers what it was not asked") }
    let request = sent[firstSent]
    request.replies.append(reply)
    guard request.replies.count == request.replyCount else { return }
    firstSent += 1
    if firstSent == sent.count || firstSent > 1024 {
      sent.removeFirst(firstSent)
      firstSent = 0
    }
    let replies = request.replies
    request.replies = []
    request.finish(.success(replies))
    endIfIdle()
  }

  private func takePrologue(_ reply: RESPValue) {
    let expected = prologue.removeFirst()
    if case .error = reply, expected != .optional {
      let line = reply.text ?? ""
      // A node that is loading, say: the next attempt may find it ready.
      return close(refusal: .refused(line))
    }
    if expected == .hello, let role = Self.field("role", of: reply), role != "master" {
      return close("\(name):\(port) does not lead: it is a \(role)")
    }
    guard prologue.isEmpty else { return }
    isReady = true
    sendWaiting()
  }

  private static func field(_ name: String, of reply: RESPValue) -> String? {
    guard let elements = reply.elements else { return nil }
    for i in stride(from: 0, to: elements.count - 1, by: 2) where elements[i].text == name { return elements[i + 1].text }
    return nil
  }

  fileprivate func ended() { close("\(name):\(port) has closed the connection") }

  func close(_ reason: String) { close(refusal: .notSent(reason), reason) }

  private func close(refusal: LeaderLinkFailure, _ reason: String = "") {
    guard !isOver else { return }
    isOver = true
    isReady = false
    channel?.close(promise: nil)
    channel = nil
    let (unanswered, unsent) = (sent[firstSent...], waiting)
    sent = []
    firstSent = 0
    waiting = []
    for request in unanswered { request.finish(.failure(.lost(reason))) }
    for request in unsent { request.finish(.failure(refusal)) }
  }
}

private final class LeaderLinkHandler: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  private let link: LeaderLink

  init(_ link: LeaderLink) { self.link = link }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { link.received(unwrapInboundIn(data)) }
  func channelInactive(context: ChannelHandlerContext) { link.ended() }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension NodeHost {
  /// Sends commands to another node, over a connection that others share, and tells their replies. `completion` is called once, from any
  /// thread.
  ///
  /// - Parameters:
  ///   - bytes: the commands, encoded
  ///   - replies: how many they are
  package func forward(
    _ bytes: [UInt8], replies: Int, to name: String, _ port: Int, _ kind: LeaderLinkKind, withinMilliseconds limit: Int64,
    _ completion: @escaping @Sendable (Result<[RESPValue], LeaderLinkFailure>) -> Void
  ) -> ForwardedRequest {
    let request = ForwardedRequest(bytes, replies, completion)
    let stopped = listenLock.withLock { hasStopped }
    guard !stopped else {
      request.finish(.failure(.notSent("the node stops")))
      return request
    }
    mainLoop.execute { [self] in
      guard !request.isOver else { return }
      guard let link = leaderLinks.link(self, name, port, kind) else {
        return request.finish(.failure(.notSent("the node stops")))
      }
      link.send(request, within: .milliseconds(limit))
    }
    return request
  }

  /// The caller does not wait any longer: the request ends as not sent, or as lost.
  package func giveUp(_ request: ForwardedRequest, _ reason: String) {
    guard !listenLock.withLock({ hasStopped }) else { return }
    mainLoop.execute { request.giveUp(reason) }
  }
}
