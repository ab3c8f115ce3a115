import Logging
import ServiceLifecycle
import Tern
import TernEngine
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder that is gone when the test is over.
final class TemporaryFolder {
  let path: String
  init() {
    path = "/tmp/tern-test-\(UInt64.random(in: 0...UInt64.max))"
  }
  deinit {
    for folder in [path + "/appendonlydir", path] {
      if let stream = opendir(folder) {
        while let entry = readdir(stream) {
          let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
          if name != ".", name != ".." { unlink(folder + "/" + name) }
        }
        closedir(stream)
      }
      rmdir(folder)
    }
  }
}

@Suite struct NodeTests {
  @Test func `what Swift writes is seen on the port, and the other way round`() throws {
    let node = try Node(configuration: .init(port: 0))
    try node.start()
    defer { node.stop() }
    try node.write { db in
      try db.set("name", "Ada")
      try db.increment("n", by: 41)
      #expect(try db.increment("n") == 42)
    }
    let client = try TestClient(port: try #require(node.port))
    #expect(try client.command("GET", "name").text == "Ada")
    #expect(try client.command("INCR", "n") == .integer(43))
    #expect(try node.get("n", as: Int.self) == 43)
    #expect(try node.read { db in try db.get("name", as: String.self) } == "Ada")
    #expect(try node.get("n") == Array("43".utf8))
    #expect(try node.get("absent", as: String.self) == nil)
  }

  @Test func `keys live as long as they are told to`() throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    try node.set("a", 1, expiresIn: .seconds(100))
    try node.set("b", 2.5)
    guard case .limited(let left)? = try node.lifetime(of: "a") else {
      Issue.record("no lifetime")
      return
    }
    #expect(left <= .seconds(100) && left > .seconds(90))
    #expect(try node.lifetime(of: "b") == .unlimited)
    #expect(try node.lifetime(of: "c") == nil)
    #expect(try node.persist("a"))
    #expect(try node.lifetime(of: "a") == .unlimited)
    #expect(try node.expire("a", in: .zero))
    #expect(try !node.exists("a"))
    #expect(try node.delete("b"))
    #expect(try node.count == 0)
  }

  @Test func `a write is one transaction on a replica, and a replica refuses writes`() throws {
    let primary = try Node(configuration: .init(port: 0, text: "repl-diskless-sync-delay 0"))
    try primary.start()
    defer { primary.stop() }
    try primary.set("before", "1")
    let port = try #require(primary.port)
    let replica = try Node(configuration: .init(replicaOf: .init(host: "127.0.0.1", port: port)))
    try replica.start()
    defer { replica.stop() }
    try wait("no full sync") { try replica.exists("before") }
    try primary.write { db in
      for i in 0..<100 { try db.set("x\(i)", i) }
    }
    try wait("no stream") {
      let count = try replica.count
      #expect(count == 1 || count == 101)
      return count == 101
    }
    #expect { try replica.set("a", "b") } throws: { ($0 as? TernError)?.code == .readOnly }
  }

  @Test func `errors say what is wrong by their code`() throws {
    let node = try Node(configuration: .init(port: 0))
    try node.start()
    defer { node.stop() }
    try node.set("text", "abc")
    #expect { try node.increment("text") } throws: { ($0 as? TernError)?.code == .notAnInteger }
    #expect { try node.get("text", as: Int.self) } throws: { ($0 as? TernError)?.code == .notConvertible }
    #expect { try node.read(database: 99) { $0.count } } throws: { ($0 as? TernError)?.code == .noSuchDatabase }
    #expect { try node.set("text", "abc", expiresIn: .zero) } throws: { ($0 as? TernError)?.code == .other }
    #expect { try node.start() } throws: { ($0 as? TernError)?.code == .notStartable }
    #expect { try Node(configuration: .init(text: "maxclients none")) } throws: { ($0 as? TernError)?.code == .configuration }
    #expect { try Node(configuration: .init(persistence: .snapshots)) } throws: { ($0 as? TernError)?.code == .configuration }
    let second = try Node(configuration: .init(port: node.port))
    #expect { try second.start() } throws: { ($0 as? TernError)?.code == .addressUnavailable }
  }

  @Test(arguments: [Node.Configuration.Persistence.snapshots, .appendOnly(.everySecond)])
  func `data come back after a clean stop`(persistence: Node.Configuration.Persistence) throws {
    let folder = TemporaryFolder()
    let configuration = Node.Configuration(directory: folder.path, persistence: persistence)
    do {
      let node = try Node(configuration: configuration)
      try node.start()
      try node.set("kept", "yes")
      node.stop()
    }
    let node = try Node(configuration: configuration)
    try node.start()
    defer { node.stop() }
    #expect(try node.get("kept", as: String.self) == "yes")
  }

  @Test func `two nodes do not share a directory`() throws {
    let folder = TemporaryFolder()
    let first = try Node(configuration: .init(directory: folder.path, persistence: .snapshots))
    try first.start()
    defer { first.stop() }
    let second = try Node(configuration: .init(directory: folder.path, persistence: .snapshots))
    #expect { try second.start() } throws: { ($0 as? TernError)?.code == .storage }
  }

  @Test func `it runs as a service, and ends with graceful shutdown`() async throws {
    let node = try Node(configuration: .init(port: 0))
    let group = ServiceGroup(services: [node], logger: Logger(label: "test"))
    async let running: Void = group.run()
    for _ in 0..<2000 where node.port == nil { try await Task.sleep(for: .milliseconds(5)) }
    let port = try #require(node.port)
    #expect(try TestClient(port: port).command("PING").text == "PONG")
    await group.triggerGracefulShutdown()
    try await running
    #expect(throws: (any Error).self) { try TestClient(port: port) }
  }

  @Test func `SHUTDOWN of a client ends the node and not the program`() async throws {
    let node = try Node(configuration: .init(port: 0))
    try node.start()
    let port = try #require(node.port)
    async let running: Void = node.run()
    let client = try TestClient(port: port)
    try client.send("SHUTDOWN", "NOSAVE")
    try await running
    #expect(node.port == nil)
  }

  @Test func `threads write side by side, and no increment is lost`() async throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { for _ in 0..<5000 { try node.increment("n") } }
      }
      try await group.waitForAll()
    }
    #expect(try node.get("n", as: Int.self) == 20_000)
  }

  private func wait(_ what: Comment, _ condition: () throws -> Bool) rethrows {
    for _ in 0..<2000 {
      if try condition() { return }
      usleep(5000)
    }
    Issue.record(what)
  }
}
