import TernEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A blocking client on loopback. A reply that does not come within ten seconds is an error, so no test hangs.
final class TestClient {
  struct Failure: Error, CustomStringConvertible { let description: String }

  private let descriptor: Int32
  private var parser = RESPReplyParser()

  init(port: Int) throws {
    #if canImport(Darwin)
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { sendSome(descriptor, UnsafeRawBufferPointer(rebasing: $0[sent...])) }
      guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
      sent += count
    }
  }

  func send(_ words: String...) throws { try send(RESPCommand.encode(words.map { Array($0.utf8) })) }

  /// Nil when the server has closed the connection.
  func receiveOrEnd() throws -> RESPValue? {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      if let value = try parser.next() { return value }
      let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count == 0 { return nil }
      guard count > 0 else {
        if errno == ECONNRESET { return nil }
        throw Failure(description: "receive: \(String(cString: strerror(errno)))")
      }
      parser.append(chunk[..<count])
    }
  }

  func receive() throws -> RESPValue {
    guard let value = try receiveOrEnd() else { throw Failure(description: "the server closed the connection") }
    return value
  }

  func command(_ words: String...) throws -> RESPValue {
    try send(RESPCommand.encode(words.map { Array($0.utf8) }))
    return try receive()
  }
}

private func sendSome(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  #if canImport(Darwin)
    send(descriptor, bytes.baseAddress, bytes.count, 0)
  #else
    send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
  #endif
}
