internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import TernNode

/// The connection to the primary of this node, of the number that the core gave it. On the main loop.
final class PrimaryLink: @unchecked Sendable {
  let link: Int
  private let host: NodeHost
  private let name: String
  private let port: Int
  private var channel: (any Channel)?
  private var isClosed = false

  init(_ host: NodeHost, link: Int, host name: String, port: Int) {
    self.host = host
    self.link = link
    self.name = name
    self.port = port
  }

  func connect() {
    let configuration = host.withCore { $0.configuration }
    let noDelay: ChannelOptions.Types.SocketOption.Value = configuration.replDisableTcpNodelay ? 0 : 1
    // The core has a timeout of its own, and gives its own reason; this one only bounds what the system may keep open behind it.
    var bootstrap = ClientBootstrap(group: host.mainLoop)
      .connectTimeout(.seconds(Int64(configuration.replTimeout) + 5))
      .channelOption(.socketOption(.tcp_nodelay), value: noDelay)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 32 << 10))
      .channelOption(.maxMessagesPerRead, value: 1)
      .channelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(PrimaryLinkHandler(host, self)) }
      }
    if let source = configuration.bindSourceAddress, let address = try? SocketAddress(ipAddress: source, port: 0) {
      bootstrap = bootstrap.bind(to: address)
    }
    // Names are resolved by NIO on threads of its own.
    bootstrap.connect(host: name, port: port).hop(to: host.mainLoop).whenComplete { [self] result in
      switch result {
      case .success(let channel):
        guard !isClosed else { return channel.close(promise: nil) }
        self.channel = channel
      case .failure(let error):
        guard !isClosed else { return }
        isClosed = true
        let now = HostClock.wallMilliseconds()
        host.withCore { $0.primaryFailed(link: link, reason: ConnectFailure.reason(error), now: now) }
      }
    }
  }

  func send(_ bytes: [UInt8]) { channel?.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

  func setReading(_ isOn: Bool) { channel?.setOption(.autoRead, value: isOn).whenFailure { _ in } }

  /// No event comes from it any more.
  func close() {
    isClosed = true
    channel?.close(promise: nil)
    channel = nil
  }

  fileprivate func opened(_ channel: any Channel) {
    guard !isClosed else { return channel.close(promise: nil) }
    self.channel = channel
    let now = HostClock.wallMilliseconds()
    host.withCore { $0.primaryConnected(link: link, now: now) }
  }

  fileprivate func received(_ buffer: ByteBuffer) {
    guard !isClosed else { return }
    let now = HostClock.wallMilliseconds()
    buffer.withUnsafeReadableBytes { bytes in host.withCore { $0.primaryReceived(link: link, bytes, now: now) } }
    if host.lock.withLock({ host.core.aof.isOn }) { host.persistence?.logAdvanced() }
  }

  fileprivate func ended(_ reason: String?) {
    guard !isClosed else { return }
    isClosed = true
    channel = nil
    let now = HostClock.wallMilliseconds()
    host.withCore { $0.primaryDisconnected(link: link, reason: reason, now: now) }
  }
}

private final class PrimaryLinkHandler: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  private let link: PrimaryLink
  private var failure: String?

  init(_ host: NodeHost, _ link: PrimaryLink) { self.link = link }

  func channelActive(context: ChannelHandlerContext) { link.opened(context.channel) }
  func channelRead(context: ChannelHandlerContext, data: NIOAny) { link.received(unwrapInboundIn(data)) }
  func channelInactive(context: ChannelHandlerContext) { link.ended(failure) }
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    failure = SystemErrorText.of(error)
    context.close(promise: nil)
  }
}

enum ConnectFailure {
  /// The last address that was tried speaks for all.
  static func reason(_ error: any Error) -> String {
    if let error = error as? NIOConnectionError {
      if let last = error.connectionErrors.last { return SystemErrorText.of(last.error) }
      if error.dnsAError != nil || error.dnsAAAAError != nil { return "Name or service not known" }
    }
    return SystemErrorText.of(error)
  }
}
