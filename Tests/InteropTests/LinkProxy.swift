import NIOCore
import NIOPosix
import Synchronization

/// A replication link's way through the test: everything is passed on in both directions, until the test cuts it.
final class LinkProxy: Sendable {
  let port: Int
  private let listener: any Channel
  private let links: Links

  private init(port: Int, listener: any Channel, links: Links) {
    self.port = port
    self.listener = listener
    self.links = links
  }

  deinit {
    listener.close(promise: nil)
    links.closeAll()
  }

  static func start(to target: Int) async throws -> LinkProxy {
    let links = Links()
    let port = try await TestPorts.free()
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.autoRead, value: false)
      .childChannelInitializer { accepted in
        guard links.add(accepted) else { return accepted.close() }
        return ClientBootstrap(group: accepted.eventLoop)
          .channelOption(.autoRead, value: false)
          .channelInitializer { upstream in
            upstream.eventLoop.makeCompletedFuture { try upstream.pipeline.syncOperations.addHandler(Relay(to: accepted)) }
          }
          .connect(host: "127.0.0.1", port: target)
          .flatMapThrowing { upstream in try accepted.pipeline.syncOperations.addHandler(Relay(to: upstream)) }
      }
      .bind(host: "127.0.0.1", port: port).get()
    return LinkProxy(port: port, listener: listener, links: links)
  }

  /// Ends the links that there are. The next one is let through.
  func cut() { links.closeAll() }

  /// Ends the links that there are, and every one that comes until `open`.
  func shut() {
    links.isOpen.withLock { $0 = false }
    links.closeAll()
  }

  func open() { links.isOpen.withLock { $0 = true } }

  private final class Links: Sendable {
    let isOpen = Mutex(true)
    private let accepted = Mutex<[any Channel]>([])

    func add(_ channel: any Channel) -> Bool {
      guard isOpen.withLock({ $0 }) else { return false }
      accepted.withLock { $0.append(channel) }
      return true
    }

    func closeAll() {
      let all = accepted.withLock { channels in
        defer { channels = [] }
        return channels
      }
      for channel in all { channel.close(promise: nil) }
    }
  }

  /// Reads on only when the other side has taken what came: a peer that does not read is felt by the one that writes.
  private final class Relay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let own = context.channel
      other.writeAndFlush(unwrapInboundIn(data)).whenComplete { _ in own.read() }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
