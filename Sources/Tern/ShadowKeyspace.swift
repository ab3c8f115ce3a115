internal import TernDrivers
internal import TernEngine
internal import TernNode

/// A keyspace beside the node's, in which a feed runs the log a second time to know values before and behind each change. It holds only
/// keys that have changed since the base snapshot; each is brought from there when it changes first.
final class ShadowKeyspace {
  private let base: Snapshot
  private let core: NodeCore
  private struct Place: Hashable {
    let database: Int
    let key: Bytes
  }
  private var known: Set<Place> = []
  /// Databases whose base is void: they were flushed, or all were exchanged.
  private var isDetached: Set<Int> = []

  init(_ base: Snapshot) {
    self.base = base
    var configuration = TernNode.Configuration()
    configuration.databases = base.databaseCount
    core = NodeCore(
      configuration: configuration, identity: .init(runID: String(repeating: "0", count: 40)), random: SystemRandomNumberGenerator(),
      now: base.unixMilliseconds, monotonicNanoseconds: { HostClock.monotonicNanoseconds() })
    // What is over is taken out by the DEL of the log, in its order.
    core.engine.expiresKeys = false
  }

  func prepare(_ keys: [Bytes], _ database: Int) {
    for key in keys where known.insert(Place(database: database, key: key)).inserted && !isDetached.contains(database) {
      bring(key, database)
    }
  }

  private func bring(_ key: Bytes, _ database: Int) {
    guard let content = ((try? base.read(database: database) { try $0.content(of: key) }) ?? nil) else { return }
    switch content {
    case .string(let value): run([["SET", key, value]], database)
    case .list(let elements): for part in parts(elements) { run([["RPUSH", key] + part], database) }
    case .set(let members): for part in parts(members) { run([["SADD", key] + part], database) }
    case .sortedSet(let members):
      for part in parts(members.flatMap { [Bytes($0.score), $0.member] }) { run([["ZADD", key] + part], database) }
    case .hash(let fields): for part in parts(fields.flatMap { [$0.name, $0.value] }) { run([["HSET", key] + part], database) }
    case .stream(let entries):
      for entry in entries { run([["XADD", key, entry.id] + entry.fields.flatMap { [$0.name, $0.value] }], database) }
    }
    if let time = ((try? base.read(database: database) { try $0.command("PEXPIRETIME", key).integer }) ?? nil), time > 0 {
      run([["PEXPIREAT", key, Bytes(time)]], database)
    }
  }

  private func parts(_ all: [Bytes]) -> [[Bytes]] {
    stride(from: 0, to: all.count, by: 512).map { Array(all[$0..<min($0 + 512, all.count)]) }
  }

  func apply(_ words: [Bytes], _ database: Int) {
    switch words.first.map({ String($0).uppercased() }) {
    case "FLUSHALL", "SWAPDB": for i in 0..<base.databaseCount { detach(i) }
    case "FLUSHDB": detach(database)
    default: break
    }
    run([words], database)
  }

  /// Nothing of the base is to be brought any more. Before databases are exchanged, all of it has to be here.
  private func detach(_ database: Int) {
    guard isDetached.insert(database).inserted else { return }
    for item in base.items(database: database) where known.insert(Place(database: database, key: item.key)).inserted {
      bring(item.key, database)
    }
  }

  private func run(_ commands: [[Bytes]], _ database: Int) {
    for words in commands {
      var request = KeyspaceRequest(word: words.first ?? "")
      for word in words.dropFirst() { request.add(word) }
      _ = try? core.transact(writes: true, isUndoable: false, now: base.unixMilliseconds) { engine in
        try request.run(engine, database: database, mayWrite: true)
      }
    }
  }

  func content(_ key: Bytes, _ database: Int) -> KeyspaceContent? {
    try? core.transact(writes: false, isUndoable: false, now: base.unixMilliseconds) { engine in
      try Reader(engine, database, coder: base.node.coder).content(of: key)
    }
  }
}
