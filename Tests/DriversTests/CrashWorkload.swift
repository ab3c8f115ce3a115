import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// Writes of all kinds by several clients, with saves and rewrites in their midst, in an order that a seed decides; and what was promised
/// to the clients meanwhile.
final class CrashWorkload {
  enum Turn {
    /// Of one client, which does not wait for the answers in between.
    case commands([[String]])
    case tick(Int64)
    case step(PersistenceDriver.Part)
  }

  struct State: Hashable {
    let offset: Int64
    let digest: String
  }

  static let start: Int64 = 1_700_000_000_000

  let node: SteppedNode
  /// All states that the data went through, in order.
  private(set) var states: [State] = []
  /// Of a client's write that was answered with something else than an error; a log offset.
  private var acknowledgedOffset: Int64 = 0
  /// A SAVE that was answered.
  private var savedOffset: Int64 = 0
  private var saving: (client: SteppedNode.Client, offset: Int64)?
  private var clients: [SteppedNode.Client] = []
  private var random: SeededGenerator
  private(set) var errors: [String] = []
  /// Takes time; only from here on.
  var recordsStates = true

  init(_ node: SteppedNode, seed: UInt64) throws {
    self.node = node
    random = SeededGenerator(seed: seed)
    for _ in 0..<3 { clients.append(try SteppedNode.Client(node)) }
  }

  /// What must be found again if everything stops now, as an offset of the log: what clients were told, and what the node itself says is
  /// on disk. Asked in the midst of a step.
  var promisedOffset: Int64 {
    var promised = max(acknowledgedOffset, savedOffset)
    if node.core.aof.isOn { promised = max(promised, node.core.aof.syncedOffset) }
    if node.core.configuration.appendfsync == .always, node.core.configuration.appendonly {
      for client in clients { promised = max(promised, client.answeredOffset ?? 0) }
    }
    if let saving, isSaved, saving.client.answeredOffset != nil { promised = max(promised, saving.offset) }
    return promised
  }

  /// With an append-only file a start does not look at the RDB.
  private var isSaved: Bool { !node.core.configuration.appendonly }

  /// Where the log ends; nobody keeps one for an RDB alone, and the changes of the data are counted there.
  var offset: Int64 { isSaved ? changeCount : node.core.engine.log.endOffset }
  private var changeCount: Int64 = 0
  private var lastDigest = ""

  func note() {
    if isSaved {
      let digest = node.digest
      if digest != lastDigest { changeCount += 1 }
      lastDigest = digest
    }
    guard recordsStates, states.last?.offset != offset else { return }
    states.append(State(offset: offset, digest: isSaved ? lastDigest : node.digest))
  }

  func take(_ turn: Turn) throws {
    switch turn {
    case .commands(let commands):
      guard let client = clients.filter({ !$0.isBusy }).randomElement(using: &random) else { return }
      // What is no transaction may be torn apart: each command makes a state of its own.
      if commands[0] == ["MULTI"] {
        client.send(commands)
      } else {
        for command in commands {
          client.send([command])
          note()
        }
      }
      if commands == [["SAVE"]] { saving = (client, offset) }
    case .tick(let milliseconds): node.advance(milliseconds)
    case .step(let part): node.step(part)
    }
    note()
    try listen()
  }

  /// Reads the clients' answers. Who was disconnected connects again.
  private func listen() throws {
    for (i, client) in clients.enumerated() {
      if client.isKilled {
        clients[i] = try SteppedNode.Client(node)
        if saving?.client === client { saving = nil }
        continue
      }
      let offset = client.answeredOffset
      guard let reply = client.reply() else { continue }
      if reply.contains("-MISCONF") || reply.hasPrefix("-") {
        errors.append(reply)
      } else if node.core.configuration.appendfsync == .always, node.core.configuration.appendonly {
        acknowledgedOffset = max(acknowledgedOffset, offset ?? 0)
      }
      if let saving, saving.client === client {
        if reply == "+OK\r\n", isSaved { savedOffset = max(savedOffset, saving.offset) }
        self.saving = nil
      }
    }
  }

  /// All of `turns`, with steps of the threads between them.
  func run(_ turns: some Sequence<Turn>) throws {
    note()
    for turn in turns {
      try take(turn)
      for (part, percent) in [(PersistenceDriver.Part.log, 60), (.sync, 50), (.base, 30), (.save, 30)] {
        if Int.random(in: 0..<100, using: &random) < percent { try take(.step(part)) }
      }
      if Int.random(in: 0..<4, using: &random) == 0 { try take(.tick(Int64.random(in: 20...700, using: &random))) }
    }
  }

  /// Everything comes to rest; a disk that has recovered takes writes again.
  func settle(turns: Int = 10) throws {
    for _ in 0..<turns {
      try take(.tick(1000))
      for part in [PersistenceDriver.Part.log, .base, .sync, .save, .log] { try take(.step(part)) }
    }
  }

  /// Whether a write is answered with OK.
  func canWrite() throws -> Bool {
    let client = try SteppedNode.Client(node)
    client.send([["SET", "last", "1"]])
    for _ in 0..<4 {
      if let reply = client.reply() { return reply == "+OK\r\n" }
      try take(.tick(600))
      for part in PersistenceDriver.Part.allCases { try take(.step(part)) }
    }
    return false
  }
}

extension CrashWorkload {
  /// - Parameter expiring: keys expire while it goes on
  static func turns(expiring: Bool = true) -> [Turn] {
    // So far apart that no tick meets two of them.
    let soon = expiring ? "900" : "90000000"
    let later = expiring ? "9300" : "90000000"
    let first: [[[String]]] = [
      [["SET", "string", "value"]], [["INCR", "counter"]], [["APPEND", "string", " and more"]], [["SET", "brief", "1", "PX", soon]],
      [["RPUSH", "list", "a", "b", "c"]], [["SADD", "set", "one", "two", "three", "4"]], [["HSET", "hash", "f", "v", "g", "w"]],
      [["ZADD", "zset", "1", "a", "2.5", "b", "-inf", "c"]], [["XADD", "stream", "1-1", "f", "v"], ["XADD", "stream", "2-1", "f", "w"]],
      [["MULTI"], ["INCR", "counter"], ["RPUSH", "list", "d"], ["SET", "both", "1"], ["EXEC"]],
      [["XGROUP", "CREATE", "stream", "group", "0"]], [["XREADGROUP", "GROUP", "group", "me", "COUNT", "1", "STREAMS", "stream", ">"]],
      [["PFADD", "log", "a", "b", "c"]], [["GEOADD", "geo", "2.35", "48.85", "paris"]], [["SETBIT", "bits", "77", "1"]],
      [["SELECT", "3"], ["SET", "elsewhere", "1"], ["SELECT", "0"]], [["SPOP", "set"]], [["INCRBYFLOAT", "float", "0.25"]],
    ]
    let second: [[[String]]] = [
      [["LPOP", "list"]], [["LINSERT", "list", "BEFORE", "c", "x"]], [["HINCRBY", "hash", "n", "5"]], [["ZINCRBY", "zset", "3", "a"]],
      [["ZPOPMIN", "zset"]], [["XACK", "stream", "group", "1-1"]], [["XADD", "stream", "MAXLEN", "2", "3-1", "f", "x"]],
      [["MULTI"], ["RENAME", "string", "renamed"], ["DEL", "both"], ["EXEC"]], [["COPY", "hash", "hash2"]], [["PEXPIRE", "hash2", soon]],
      [["MSET", "a", "1", "b", "2"]], [["SUNIONSTORE", "sum", "set", "nothing"]], [["MOVE", "a", "3"]],
      [["SET", "large", String(repeating: "0123456789", count: 150)]], [["HDEL", "hash", "f"]], [["PEXPIRE", "list", later]],
    ]
    let third: [[[String]]] = [
      [["INCR", "counter"]], [["LPUSH", "other", "1", "2"]], [["SETRANGE", "large", "700", "range"]], [["DEL", "renamed"]],
      [["MULTI"], ["INCR", "counter"], ["INCR", "counter"], ["INCR", "counter"], ["EXEC"]], [["GETDEL", "b"]],
      [["XTRIM", "stream", "MAXLEN", "1"]],
      [["SELECT", "3"], ["FLUSHDB"], ["SELECT", "0"]], [["SET", "string", "again"]],
    ]
    func turns(_ commands: [[[String]]]) -> [Turn] { commands.map { .commands($0) } }
    return turns(first) + [.commands([["BGREWRITEAOF"]])] + turns(Array(second[..<6])) + [.commands([["SAVE"]])]
      + turns(Array(second[6...])) + [.tick(1200), .commands([["BGSAVE"]])] + turns(Array(third[..<4])) + [.commands([["BGREWRITEAOF"]])]
      + turns(Array(third[4...])) + [.tick(1500)]
  }
}
