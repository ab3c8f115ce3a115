import NIOCore
import NIOPosix
import Synchronization

/// A primary that says what the test wants: the handshake is answered as redis-server does, and PSYNC by `script`.
final class FakePrimary: Sendable {
  typealias Script = @Sendable (_ connection: Int, _ channel: any Channel) -> Void

  let port: Int
  private let listener: any Channel
  private let counter: Counter

  private final class Counter: Sendable {
    let connections = Mutex(0)
  }

  /// How many connections have asked PSYNC so far.
  var syncs: Int { counter.connections.withLock { $0 } }

  private init(port: Int, listener: any Channel, counter: Counter) {
    self.port = port
    self.listener = listener
    self.counter = counter
  }

  deinit { listener.close(promise: nil) }

  /// - Parameter answer: to PSYNC, of the connection of that number (from 1 on).
  static func start(answer: @escaping Script) async throws -> FakePrimary {
    let port = try await TestPorts.free()
    let counter = Counter()
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            Handler { channel in
              let number = counter.connections.withLock { count in
                count += 1
                return count
              }
              answer(number, channel)
            })
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
    return FakePrimary(port: port, listener: listener, counter: counter)
  }

  static func send(_ channel: any Channel, _ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
  static func send(_ channel: any Channel, _ text: String) { send(channel, Array(text.utf8)) }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let answer: @Sendable (any Channel) -> Void
    private var line: [UInt8] = []
    /// Behind PSYNC nothing is answered: REPLCONF ACK is no question.
    private var isSynced = false

    init(_ answer: @escaping @Sendable (any Channel) -> Void) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      // Each command of the handshake has its name in a line of its own.
      for byte in unwrapInboundIn(data).readableBytesView {
        guard byte == 10 else {
          if byte != 13, !isSynced { line.append(byte) }
          continue
        }
        switch String(decoding: line, as: UTF8.self).lowercased() {
        case "ping": FakePrimary.send(context.channel, "+PONG\r\n")
        case "replconf": FakePrimary.send(context.channel, "+OK\r\n")
        case "psync":
          isSynced = true
          answer(context.channel)
        default: break
        }
        line = []
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
