import Logging
import Synchronization
import Tern
import TernEngine
import Testing

/// Strings from several threads.
final class Collected: Sendable {
  private let state = Mutex<[String]>([])
  func add(_ text: String) { state.withLock { $0.append(text) } }
  var all: [String] { state.withLock { $0 } }
}

private struct CollectingHandler: LogHandler {
  let collected: Collected
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }
  func log(event: LogEvent) { collected.add("\(event.level) \(event.message) \(event.metadata ?? [:])") }
}

@Suite struct MisuseTests {
  @Test func `a closure that holds the node for long is logged once, with its place`() throws {
    let collected = Collected()
    var configuration = Node.Configuration()
    configuration.longestClosure = .milliseconds(2)
    let node = try Node(
      configuration: configuration, logger: Logger(label: "test") { _ in CollectingHandler(collected: collected) })
    try node.start()
    defer { node.stop() }
    func hold(_ milliseconds: Int64) {
      let clock = ContinuousClock()
      let end = clock.now + .milliseconds(milliseconds)
      while clock.now < end {}
    }
    for _ in 0..<3 { try node.read { _ in hold(4) } }
    try node.write { _ in hold(4) }
    let lines = collected.all.filter { $0.contains("held the node") }
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.hasPrefix("warning") && $0.contains("TernTests/MisuseTests.swift:") && $0.contains("tern.closure.site") })
  }

  @Test func `a task that is cancelled in the middle of a write has written all of it`() async throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    let task = Task {
      try node.write { db in
        try db.set("a", 1)
        withUnsafeCurrentTask { $0?.cancel() }
        try db.set("b", 2)
      }
      return Task.isCancelled
    }
    #expect(try await task.value)
    #expect(try node.mget(keys: ["a", "b"]) == ["1", "2"])
  }

  @Test func `the codes tell what was not applied from what is not known`() {
    #expect(TernError(.outcomeUnknown, "").isOutcomeUnknown)
    #expect(!TernError(.readOnly, "").isOutcomeUnknown && !TernError(.refused, "").isOutcomeUnknown)
  }

  @Test func `topology and roles are sequences`() async throws {
    let primary = try Node(configuration: .init(port: 0, text: "repl-diskless-sync-delay 0"))
    try primary.start()
    defer { primary.stop() }
    let port = try #require(primary.port)
    let replica = try Node(configuration: .init(port: 0, replicaOf: .init(host: "127.0.0.1", port: port)))
    var roles = replica.roles.makeAsyncIterator()
    try replica.start()
    var first = await roles.next()
    if first == .primary { first = await roles.next() }
    #expect(first == .replica)
    for await topology in primary.topologies where topology.replicas.count == 1 {
      #expect(topology.role == .primary && topology.primary == nil)
      break
    }
    for await topology in replica.topologies where topology.isConnected {
      #expect(topology.role == .replica && topology.primary?.port == port)
      break
    }
    let client = try TestClient(port: try #require(replica.port))
    #expect(try client.command("REPLICAOF", "NO", "ONE").text == "OK")
    #expect(await roles.next() == .primary)
    replica.stop()
    #expect(await roles.next() == nil)
  }
}
