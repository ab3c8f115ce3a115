import TernEngine
import TernNode
import Testing

@testable import TernDrivers

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A host on a port of the system's choice, without files.
final class TestHost {
  let host: NodeHost
  let port: Int

  init(_ text: String = "") throws {
    let configuration = try TernNode.Configuration.parse(
      Array("port 0\nbind 127.0.0.1\nsave \"\"\n\(text)\n".utf8), environment: ConfigurationFiles.environment(product: "Tern"))
    var options = NodeHost.Options(identity: ProcessIdentity.make(configurationFile: ""))
    options.choosesPort = true
    options.hasFiles = false
    host = NodeHost(configuration: configuration, options: options)
    try host.start()
    port = host.boundPort ?? 0
  }

  deinit { host.stop() }
}

@Suite struct ConnectionTests {
  @Test func `a pipeline is answered in order, however its bytes are cut`() throws {
    let server = try TestHost()
    let client = try TestClient(port: server.port)
    var bytes: [UInt8] = []
    for i in 0..<200 { bytes += RESPCommand.encode("SET", "key\(i)", "\(i)") + RESPCommand.encode("GET", "key\(i)") }
    for piece in [1, 7, 1000, bytes.count] {
      var at = 0
      while at < bytes.count {
        try client.send(Array(bytes[at..<min(at + piece, bytes.count)]))
        at += piece
      }
      for i in 0..<200 {
        #expect(try client.receive().text == "OK")
        #expect(try client.receive().text == "\(i)")
      }
    }
  }

  @Test func `a value of many reads arrives whole, and so does what follows it`() throws {
    let server = try TestHost()
    let client = try TestClient(port: server.port)
    let value = [UInt8]((0..<9_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try client.send(RESPCommand.encode([Array("SET".utf8), Array("big".utf8), value]) + RESPCommand.encode("STRLEN", "big"))
    #expect(try client.receive().text == "OK")
    #expect(try client.receive() == .integer(9_000_000))
    try client.send("GET", "big")
    #expect(try client.receive().bytes == value)
  }

  @Test func `a pipeline for long values is held up until the client reads, and then answered whole`() throws {
    let server = try TestHost()
    let client = try TestClient(port: server.port)
    let value = [UInt8]((0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    try client.send(RESPCommand.encode([Array("SET".utf8), Array("big".utf8), value]))
    #expect(try client.receive().text == "OK")
    let count = 20
    var pipeline: [UInt8] = []
    for i in 0..<count { pipeline += RESPCommand.encode("GET", "big") + RESPCommand.encode("ECHO", "\(i)") }
    try client.send(pipeline + RESPCommand.encode("SUBSCRIBE", "news"))
    let other = try TestClient(port: server.port)
    // Nobody reads: a few values wait, and not all of them; others are served meanwhile.
    for i in 0..<50 { #expect(try other.command("INCR", "n") == .integer(Int64(i + 1))) }
    let line = try other.command("CLIENT", "LIST").text?.split(separator: "\n").first { !$0.contains("cmd=client|list") } ?? ""
    let memory = line.split(separator: " ").first { $0.hasPrefix("tot-mem=") }.flatMap { Int($0.dropFirst(8)) } ?? 0
    #expect(memory > 0 && memory < 5 * value.count, "\(line)")
    #expect(try other.command("PUBLISH", "news", "early") == .integer(0), "not subscribed yet")
    for i in 0..<count {
      #expect(try client.receive().bytes == value)
      #expect(try client.receive().text == "\(i)")
    }
    #expect(try client.receive().elements?.first?.text == "subscribe")
    #expect(try other.command("PUBLISH", "news", "late") == .integer(1))
    #expect(try client.receive().elements?.last?.text == "late")
  }

  @Test func `a client that asks for a long value and leaves takes nothing with it`() throws {
    let server = try TestHost()
    let other = try TestClient(port: server.port)
    let value = [UInt8](repeating: 118, count: 20_000_000)
    try other.send(RESPCommand.encode([Array("SET".utf8), Array("big".utf8), value]))
    #expect(try other.receive().text == "OK")
    for _ in 0..<5 {
      let client = try TestClient(port: server.port)
      try client.send(RESPCommand.encode("GET", "big") + RESPCommand.encode("GET", "big"))
      #expect(try other.command("PING").text == "PONG")
    }
    let last = try TestClient(port: server.port)
    try last.send(RESPCommand.encode("GET", "big") + RESPCommand.encode("QUIT"))
    #expect(try last.receive().bytes == value)
    #expect(try last.receive().text == "OK")
    #expect(try last.receiveOrEnd() == nil)
  }

  @Test func `a command of very many short arguments is taken in, in whatever pieces it comes`() throws {
    let server = try TestHost()
    let client = try TestClient(port: server.port)
    let words = ["RPUSH", "list"] + (0..<20_000).map { "\($0)" }
    let bytes = RESPCommand.encode(words.map { Array($0.utf8) })
    for piece in [bytes.count, 50_000, 70_001] {
      var at = 0
      while at < bytes.count {
        try client.send(Array(bytes[at..<min(at + piece, bytes.count)]))
        at += piece
      }
    }
    for i in 1...3 { #expect(try client.receive() == .integer(Int64(i * 20_000))) }
    try client.send(bytes + bytes + RESPCommand.encode("LLEN", "list"))
    for i in [4, 5, 5] { #expect(try client.receive() == .integer(Int64(i * 20_000))) }
  }

  @Test func `a message reaches subscribers on other connections`() throws {
    let server = try TestHost()
    let subscriber = try TestClient(port: server.port)
    let publisher = try TestClient(port: server.port)
    _ = try subscriber.command("SUBSCRIBE", "news")
    #expect(try publisher.command("PUBLISH", "news", "hello") == .integer(1))
    #expect(try subscriber.receive().elements?.last?.text == "hello")
  }

  @Test func `what a client sends behind a command that waits is executed when the wait is over`() throws {
    let server = try TestHost()
    let client = try TestClient(port: server.port)
    try client.send(RESPCommand.encode("SET", "a", "1") + RESPCommand.encode("WAIT", "1", "50") + RESPCommand.encode("INCR", "a"))
    #expect(try client.receive().text == "OK")
    #expect(try client.receive() == .integer(0))
    #expect(try client.receive() == .integer(2))
  }

  @Test func `a protocol error is told, and ends the connection only`() throws {
    let server = try TestHost()
    let bad = try TestClient(port: server.port)
    try bad.send(Array("*1\r\n$-5\r\nPING\r\n".utf8))
    #expect(try bad.receive().text == "ERR Protocol error: invalid bulk length")
    #expect(try bad.receiveOrEnd() == nil)
    #expect(try TestClient(port: server.port).command("PING").text == "PONG")
  }

  @Test func `one client more than maxclients is refused, and one that left makes room`() throws {
    let server = try TestHost("maxclients 1")
    var first: TestClient? = try TestClient(port: server.port)
    #expect(try first?.command("PING").text == "PONG")
    let second = try TestClient(port: server.port)
    #expect(try second.receive().text == "ERR max number of clients reached")
    #expect(try second.receiveOrEnd() == nil)
    first = nil
    for _ in 0..<1000 {
      let next = try TestClient(port: server.port)
      try next.send("PING")
      if try next.receive().text == "PONG" { return }
    }
    Issue.record("the client that left still counts")
  }

  @Test func `what a client sends before it leaves is executed`() throws {
    let server = try TestHost()
    for i in 1...50 {
      let client = try TestClient(port: server.port)
      try client.send(RESPCommand.encode("INCR", "left"))
      if i % 2 == 0 { try client.send(RESPCommand.encode("INCR", "left")) }
    }
    let reader = try TestClient(port: server.port)
    for _ in 0..<1000 where try reader.command("GET", "left").text == "75" { return }
    Issue.record("some of it was not")
  }

  @Test func `a client that reads late gets every reply, in order`() throws {
    let server = try TestHost()
    let client = try TestClient(port: server.port)
    let value = String(repeating: "v", count: 100_000)
    _ = try client.command("SET", "large", value)
    // More than the sockets' buffers hold: the first replies leave at once, the others wait for the reader.
    for i in 0..<200 { try client.send(RESPCommand.encode("ECHO", "\(i)") + RESPCommand.encode("GET", "large")) }
    for i in 0..<200 {
      #expect(try client.receive().text == "\(i)")
      #expect(try client.receive().bytes?.count == value.utf8.count)
    }
    #expect(try client.command("PING").text == "PONG")
  }

  @Test func `connections that send at the same time get their own replies`() throws {
    let server = try TestHost()
    let clients = try (0..<40).map { _ in try TestClient(port: server.port) }
    for round in 0..<20 {
      for (i, client) in clients.enumerated() {
        try client.send(
          RESPCommand.encode("SET", "k\(i)", "\(round)") + RESPCommand.encode("GET", "k\(i)") + RESPCommand.encode("ECHO", "\(i)"))
      }
      for (i, client) in clients.enumerated() {
        #expect(try client.receive().text == "OK")
        #expect(try client.receive().text == "\(round)")
        #expect(try client.receive().text == "\(i)")
      }
    }
  }

  @Test func `CLIENT KILL ends another connection`() throws {
    let server = try TestHost()
    let victim = try TestClient(port: server.port)
    let id = try victim.command("CLIENT", "ID").integerValue ?? 0
    let killer = try TestClient(port: server.port)
    #expect(try killer.command("CLIENT", "KILL", "ID", "\(id)") == .integer(1))
    #expect(try victim.receiveOrEnd() == nil)
  }

  @Test func `a subscriber that does not read is dropped at its output limit, and the publisher goes on`() throws {
    let server = try TestHost("client-output-buffer-limit pubsub 1mb 0 0")
    let subscriber = try TestClient(port: server.port)
    _ = try subscriber.command("SUBSCRIBE", "news")
    let publisher = try TestClient(port: server.port)
    let message = String(repeating: "x", count: 100_000)
    // Socket buffers take some megabytes before anything waits.
    for _ in 0..<400 where try publisher.command("PUBLISH", "news", message) == .integer(0) { return }
    Issue.record("still subscribed")
  }

  @Test func `a second host cannot take the port, and says why`() throws {
    let server = try TestHost()
    #expect {
      var options = NodeHost.Options(identity: ProcessIdentity.make(configurationFile: ""))
      options.hasFiles = false
      let configuration = try TernNode.Configuration.parse(
        Array("port \(server.port)\nbind 127.0.0.1\n".utf8), environment: ConfigurationFiles.environment(product: "Tern"))
      let second = NodeHost(configuration: configuration, options: options)
      defer { second.stop() }
      try second.start()
    } throws: { error in
      "\(error)" == "Could not create server TCP listening socket 127.0.0.1:\(server.port): bind: Address already in use"
    }
  }

  @Test func `CONFIG SET port opens the new port and closes the old one`() throws {
    let server = try TestHost()
    let other = try TestHost()
    let free = other.port
    other.host.stop()
    let client = try TestClient(port: server.port)
    #expect(try client.command("CONFIG", "SET", "port", "\(free)").text == "OK")
    for _ in 0..<500 where (try? TestClient(port: free).command("PING").text) == "PONG" {
      // The connection from before stays.
      #expect(try client.command("PING").text == "PONG")
      return
    }
    Issue.record("nobody listens on the new port")
  }
}

@Suite struct ReplicationOverSocketsTests {
  private func wait(_ what: Comment, _ condition: () throws -> Bool) rethrows {
    for _ in 0..<2000 {
      if try condition() { return }
      usleep(5000)
    }
    Issue.record(what)
  }

  @Test(arguments: ["yes", "no"]) func `a replica gets the data, the stream, and the rest after a cut`(diskless: String) throws {
    let primary = try TestHost("repl-diskless-sync \(diskless)\nrepl-diskless-sync-delay 0")
    let writer = try TestClient(port: primary.port)
    for i in 0..<500 { _ = try writer.command("SET", "key\(i)", String(repeating: "v", count: 2000)) }
    let replica = try TestHost()
    let reader = try TestClient(port: replica.port)
    #expect(try reader.command("REPLICAOF", "127.0.0.1", "\(primary.port)").text == "OK")
    try wait("no full sync") { try reader.command("DBSIZE") == .integer(500) }
    _ = try writer.command("SET", "later", "1")
    try wait("no stream") { try reader.command("GET", "later").text == "1" }
    #expect(try writer.command("CLIENT", "KILL", "TYPE", "replica") == .integer(1))
    _ = try writer.command("SET", "last", "2")
    try wait("not again connected") { try reader.command("GET", "last").text == "2" }
    let info = try writer.command("INFO", "stats").text ?? ""
    #expect(info.contains("sync_full:1\r\n"))
    #expect(info.contains("sync_partial_ok:1\r\n"))
    #expect(try reader.command("SET", "a", "b").text == "READONLY You can't write against a read only replica.")
  }
}
