internal import NIOCore
internal import NIOPosix
internal import TernEngine
internal import TernSentinel

/// A connection of a sentinel to a node or to another sentinel. On the main loop.
final class SentinelLink: @unchecked Sendable {
  private let host: SentinelHost
  private let id: SentinelConnectionID
  private var channel: (any Channel)?
  private var isClosed = false

  init(_ host: SentinelHost, _ id: SentinelConnectionID) {
    self.host = host
    self.id = id
  }

  func connect(to address: String, port: Int) {
    guard (1...65535).contains(port), let target = try? SocketAddress(ipAddress: address, port: port) else {
      // Not within `perform`: the machine is being asked for its orders there.
      host.loop.execute { self.fail("'\(address)' port \(port) is no address") }
      return
    }
    // The machine has a timeout of its own; this one only bounds what the system may keep open behind it.
    var bootstrap = ClientBootstrap(group: host.loop)
      .connectTimeout(.seconds(60))
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .channelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(SentinelLinkHandler(self)) }
      }
    if let source = host.sourceAddress, let local = try? SocketAddress(ipAddress: source, port: 0) { bootstrap = bootstrap.bind(to: local) }
    bootstrap.connect(to: target).whenFailure { [self] error in fail(ConnectFailure.reason(error)) }
  }

  func send(_ arguments: [[UInt8]]) {
    guard let channel else { return }
    channel.writeAndFlush(ByteBuffer(bytes: RESPCommand.encode(arguments)), promise: nil)
  }

  /// No event comes from it any more.
  func close() {
    isClosed = true
    channel?.close(promise: nil)
    channel = nil
  }

  private func fail(_ reason: String) {
    guard !isClosed else { return }
    isClosed = true
    host.linkEnded(id) { $0.connectFailed(id, reason: reason, now: $1) }
  }

  fileprivate func opened(_ channel: any Channel) {
    guard !isClosed else { return channel.close(promise: nil) }
    self.channel = channel
    let address = channel.localAddress?.ipAddress ?? ""
    host.event { $0.connected(id, localHost: address, now: $1) }
  }

  fileprivate func received(_ value: RESPValue) {
    guard !isClosed else { return }
    host.event { $0.received(value, on: id, now: $1) }
  }

  fileprivate func ended(_ reason: String) {
    guard !isClosed else { return }
    isClosed = true
    channel = nil
    host.linkEnded(id) { $0.closed(id, reason: reason, now: $1) }
  }
}

private final class SentinelLinkHandler: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  private let link: SentinelLink
  private var parser: RESPReplyParser
  private var failure: String?

  init(_ link: SentinelLink) {
    self.link = link
    var limits = RESPReplyParser.Limits()
    // INFO with a few thousand replicas is the longest that is asked for.
    limits.bulkBytesMax = 8 << 20
    limits.elementsMax = 64 << 10
    parser = RESPReplyParser(limits: limits)
  }

  func channelActive(context: ChannelHandlerContext) { link.opened(context.channel) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    parser.append(unwrapInboundIn(data).readableBytesView)
    do throws(RESPReplyParser.Malformed) {
      while let value = try parser.next() { link.received(value) }
    } catch {
      failure = "not RESP: \(error)"
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) { link.ended(failure ?? "Server closed the connection") }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    failure = SystemErrorText.of(error)
    context.close(promise: nil)
  }
}
