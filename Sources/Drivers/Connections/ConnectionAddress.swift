internal import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The two ends of a connection, as CLIENT LIST prints them.
struct ConnectionAddress {
  var remote = "?:0"
  var local = "?:0"
  var isUnixSocket = false
  var isLoopback = false
  var fileDescriptor = -1

  init(_ channel: any Channel) {
    if case .unixDomainSocket? = channel.localAddress {
      let path = channel.localAddress?.pathname ?? ""
      remote = "\(path):0"
      local = remote
      isUnixSocket = true
      isLoopback = true
    } else {
      if let address = channel.remoteAddress { remote = ConnectionAddress.text(address) }
      if let address = channel.localAddress { local = ConnectionAddress.text(address) }
      isLoopback = channel.remoteAddress.map(ConnectionAddress.isLoopback) ?? false
    }
    fileDescriptor =
      (try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { Int($0) }) ?? -1
  }

  /// `ip:port`; IPv4 addresses that came over an IPv6 socket are shown as what they are, as Redis does not listen that way.
  static func text(_ address: SocketAddress) -> String {
    let ip = address.ipAddress ?? "?"
    let port = address.port ?? 0
    if ip.hasPrefix("::ffff:"), ip.contains(".") { return "\(ip.dropFirst(7)):\(port)" }
    return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
  }

  private static func isLoopback(_ address: SocketAddress) -> Bool {
    guard let ip = address.ipAddress else { return false }
    return ip == "::1" || ip.hasPrefix("127.") || ip.hasPrefix("::ffff:127.")
  }
}

/// What a failed call said, in the system's words where it has some: `Connection refused`.
enum SystemErrorText {
  static func of(_ error: any Error) -> String {
    if let error = error as? IOError { return text(error.errnoCode) }
    if let error = error as? ChannelError, case .connectTimeout = error { return text(ETIMEDOUT) }
    return String(describing: error)
  }

  static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
