import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A redis-server of its own, on a port of the system's choice, without persistence. Ends with the program.
final class LoopbackServer: @unchecked Sendable {
  let port: UInt16
  private let process: Process

  /// Nil if there is no redis-server on the PATH.
  init?() {
    process = Process()
    port = UInt16.random(in: 20_000..<30_000)
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "redis-server", "--port", "\(port)", "--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir", NSTemporaryDirectory(),
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    for _ in 0..<200 {
      if let client = LoopbackClient(port: port), client.command(["PING"]) != nil { return }
      guard process.isRunning else { return nil }
      usleep(10_000)
    }
    return nil
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }
}

/// A blocking client: one command, one reply, as an unpipelined client waits for it.
final class LoopbackClient: @unchecked Sendable {
  private let descriptor: Int32
  private var buffer = [UInt8](repeating: 0, count: 4096)

  init?(port: UInt16) {
    #if canImport(Darwin)
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port.bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard result == 0 else {
      close(descriptor)
      return nil
    }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close(descriptor) }

  /// The number of bytes of the reply, which must fit the buffer.
  func command(_ words: [String]) -> Int? { command(LoopbackClient.encode(words.map { Array($0.utf8) })) }

  func command(_ bytes: [UInt8], replies: Int = 1) -> Int? {
    guard bytes.withUnsafeBytes({ send(descriptor, $0.baseAddress, $0.count, 0) }) == bytes.count else { return nil }
    var total = 0
    // Every reply here is one line, or a line and a string: both end with what the last read ends with.
    var lines = 0
    while lines < replies {
      let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { return nil }
      total += count
      var i = 0
      while i < count {
        if buffer[i] == UInt8(ascii: "\n") { lines += 1 }
        i += 1
      }
    }
    return total
  }

  static func encode(_ words: [[UInt8]]) -> [UInt8] {
    var bytes = Array("*\(words.count)\r\n".utf8)
    for word in words { bytes += Array("$\(word.count)\r\n".utf8) + word + [13, 10] }
    return bytes
  }
}
