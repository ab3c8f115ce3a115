import NIOCore
import NIOPosix

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Whether a server could listen on a port of 127.0.0.1 now.
package enum LoopbackPort {
  /// nil when it could; else why not, in words.
  package static func trouble(with port: Int) async -> String? {
    do {
      let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .bind(host: "127.0.0.1", port: port).get()
      try await listener.close()
      return nil
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      return "another program listens there"
    } catch {
      return RedisClientError.reason(error)
    }
  }
}
