import SampleSupport
import Synchronization
import TernEngine

/// Clients that write to a server until they are stopped.
final class WriteLoad: Sendable {
  private let tasks: [Task<Int, any Error>]
  private let goesOn: Flag

  private final class Flag: Sendable {
    let value = Mutex(true)
    var isSet: Bool { value.withLock { $0 } }
  }

  /// - Parameter expiring: keys expire while the load goes on
  init(on server: ServerProcess, clients: Int = 4, expiring: Bool = true) async throws {
    let flag = Flag()
    goesOn = flag
    var tasks: [Task<Int, any Error>] = []
    for client in 0..<clients {
      let connection = try await server.connect(commandTimeout: .seconds(20))
      tasks.append(
        Task {
          var generator = WriteGenerator(seed: UInt64(client), expiring: expiring)
          var count = 0
          while flag.isSet {
            count += try await generator.send(to: connection)
            try await Task.sleep(for: .milliseconds(2))
          }
          return count
        })
    }
    self.tasks = tasks
  }

  deinit { for task in tasks { task.cancel() } }

  /// How many commands were answered.
  @discardableResult
  func stop() async throws -> Int {
    goesOn.value.withLock { $0 = false }
    var count = 0
    for task in tasks { count += try await task.value }
    return count
  }
}

/// Commands that change strings and keys in several databases, the same for the same seed.
struct WriteGenerator {
  private var state: UInt64
  private let expiring: Bool

  init(seed: UInt64, expiring: Bool) {
    state = seed
    self.expiring = expiring
  }

  /// Sends the next commands in one batch. Their number.
  mutating func send(to connection: RedisConnection) async throws -> Int {
    let commands = batch()
    for (command, reply) in zip(commands, try await connection.pipeline(commands)) {
      let text = reply.isError ? reply.text ?? "" : ""
      let isExpected = text.isEmpty || text.contains("no such key") || text.contains("not an integer") || text.contains("not a valid float")
      guard isExpected else { throw TestFailure("\(command) was answered with \(text)") }
    }
    return commands.count
  }

  mutating func batch() -> [[String]] {
    var commands: [[String]] = [["SELECT", ["0", "0", "0", "3", "15"][below(5)]]]
    let isTransaction = below(4) == 0
    if isTransaction { commands.append(["MULTI"]) }
    for _ in 0..<12 { commands.append(command()) }
    if isTransaction { commands.append(["EXEC"]) }
    return commands
  }

  private mutating func command() -> [String] {
    let key = "key:\(below(300))"
    switch below(24) {
    case 0...4: return ["SET", key, value()]
    case 5: return ["SET", key, value(), "PX", "\(milliseconds())"]
    case 6: return ["SET", key, value(), "KEEPTTL", "XX"]
    case 7, 8: return ["INCR", "count:\(below(20))"]
    case 9: return ["INCRBYFLOAT", "float:\(below(5))", "0.\(1 + below(98))"]
    case 10: return ["APPEND", "text:\(below(20))", "more "]
    case 11: return ["SETRANGE", key, "\(below(64))", "range"]
    case 12: return ["MSET", key, "1", "key:\(below(300))", value()]
    case 13: return ["DEL", key, "key:\(below(300))"]
    case 14: return ["GETDEL", key]
    case 15: return ["GETEX", key, "PX", "\(milliseconds())"]
    case 16: return ["PEXPIRE", key, "\(milliseconds())"]
    case 17: return ["EXPIRE", key, expiring ? "1" : "3600", "NX"]
    case 18: return ["PERSIST", key]
    case 19: return ["RENAME", key, "named:\(below(20))"]
    case 20: return ["COPY", key, "copy:\(below(20))", "REPLACE"]
    case 21: return ["MOVE", key, "7"]
    case 22: return ["GETSET", key, "\(below(1_000_000))"]
    // The text may not grow without end.
    default: return ["SETEX", "text:\(below(20))", expiring ? "2" : "7200", "short"]
    }
  }

  private mutating func milliseconds() -> Int { expiring ? 1 + below(2000) : 3_600_000 + below(1000) }

  private mutating func value() -> String {
    below(3) == 0 ? "\(Int64(below(1 << 40)) - 1000)" : String(repeating: "value\(below(10)) ", count: below(30))
  }

  /// SplitMix64.
  private mutating func below(_ limit: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((word ^ (word >> 31)) % UInt64(limit))
  }
}
