import NIOCore
import NIOPosix

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension RedisClientError {
  /// What NIO's errors say, for people.
  static func reason(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      if let lookup = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty { return "\(lookup)" }
      return error.connectionErrors.map { reason($0.error) }.joined(separator: ", ")
    case let error as IOError: return String(cString: strerror(error.errnoCode))
    case ChannelError.connectTimeout(let time): return "no answer within \(time.nanoseconds / 1_000_000) ms"
    default: return "\(error)"
    }
  }
}
