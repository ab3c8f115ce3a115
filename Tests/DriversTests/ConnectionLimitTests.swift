import TernEngine
import TernNode
import Testing

@testable import TernDrivers

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Connections that take too much are closed, and the others do not notice.
@Suite struct ConnectionLimitTests {
  private func wait(_ what: Comment, _ condition: () throws -> Bool) rethrows {
    for _ in 0..<2000 {
      if try condition() { return }
      usleep(5000)
    }
    Issue.record(what)
  }

  private let payload = String(repeating: "x", count: 100_000)

  @Test func `a subscriber that does not read is closed at the hard limit`() throws {
    let server = try TestHost("client-output-buffer-limit pubsub 1mb 0 0")
    let publisher = try TestClient(port: server.port)
    let subscriber = try TestClient(port: server.port)
    _ = try subscriber.command("SUBSCRIBE", "c")
    try wait("not closed") { try publisher.command("PUBLISH", "c", payload) == .integer(0) }
    #expect(try publisher.command("PING").text == "PONG")
  }

  @Test func `a subscriber above the soft limit is closed after its time, though nothing more is sent`() throws {
    let server = try TestHost("client-output-buffer-limit pubsub 0 500kb 1")
    let publisher = try TestClient(port: server.port)
    let subscriber = try TestClient(port: server.port)
    _ = try subscriber.command("SUBSCRIBE", "c")
    for _ in 0..<100 { _ = try publisher.command("PUBLISH", "c", payload) }
    #expect(try publisher.command("PUBSUB", "NUMSUB", "c") == .array([.bulkString(Array("c".utf8)), .integer(1)]))
    try wait("not closed") { try publisher.command("PUBSUB", "NUMSUB", "c") == .array([.bulkString(Array("c".utf8)), .integer(0)]) }
  }

  @Test func `maxmemory-clients closes the connection that takes most`() throws {
    let server = try TestHost("maxmemory-clients 3mb")
    let client = try TestClient(port: server.port)
    _ = try client.command("SET", "big", payload)
    let greedy = try TestClient(port: server.port)
    for _ in 0..<300 { try greedy.send("GET", "big") }
    try wait("not evicted") { (try client.command("INFO", "stats").text ?? "").contains("evicted_clients:1\r\n") }
    #expect(try client.command("PING").text == "PONG")
  }

  @Test func `a request beyond the query buffer limit ends its connection only`() throws {
    let server = try TestHost("client-query-buffer-limit 1mb")
    let client = try TestClient(port: server.port)
    let greedy = try TestClient(port: server.port)
    try greedy.send(Array("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$50000000\r\n".utf8))
    for _ in 0..<30 { guard (try? greedy.send(Array(payload.utf8))) != nil else { break } }
    #expect(try greedy.receiveOrEnd() == nil)
    #expect(try client.command("PING").text == "PONG")
  }

  @Test func `CONFIG SET says when a port cannot be had, and changes nothing`() throws {
    let server = try TestHost()
    let other = try TestHost()
    let client = try TestClient(port: server.port)
    #expect(
      try client.command("CONFIG", "SET", "port", "\(other.port)", "hz", "33").text
        == "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.")
    #expect(try client.command("CONFIG", "GET", "hz") == .array([.bulkString(Array("hz".utf8)), .bulkString(Array("10".utf8))]))
    #expect(try TestClient(port: server.port).command("PING").text == "PONG")
    #expect(try client.command("CONFIG", "SET", "bind", "1.2.3.4").text?.hasSuffix("Failed to bind to specified addresses.") == true)
    #expect(try TestClient(port: server.port).command("PING").text == "PONG")
  }
}
