import Synchronization
import Testing

@testable import TernEngine

/// An engine with a clock that stands still, and clients that talk to it in RESP.
final class ServerTestEngine {
  let engine: Engine
  private(set) var now: Int64 = 1_700_000_000_000

  init(databases: Int = 16, extra: [CommandSpec] = []) {
    let ticks = Mutex<Int64>(0)
    engine = Engine(
      databases: databases, commands: EngineCommands.all + extra, random: ServerTestRandom(), now: now,
      monotonicNanoseconds: {
        ticks.withLock {
          $0 += 1000
          return $0
        }
      })
    // As the server that replies are compared with.
    engine.settings.serverVersion = "7.0.15"
  }

  func advance(_ milliseconds: Int64) {
    now += milliseconds
    engine.setTime(now)
  }

  func connect(_ address: String = "127.0.0.1:5000") -> ServerTestClient {
    ServerTestClient(self, engine.openSession(address: address, localAddress: "127.0.0.1:6379"))
  }

  /// What waits in every client's buffer is left there; only the driver's lists are emptied.
  func settle() {
    _ = engine.takeTouched()
    engine.killed = []
    engine.resumed = []
  }

  func withKey<R>(_ key: String, in database: Int = 0, _ body: (Database, KeyView) -> R) -> R {
    Array(key.utf8).withUnsafeBytes { bytes in
      let database = engine.database(database)
      return body(database, database.key(bytes))
    }
  }

  func set(_ key: String, _ value: String, expiry: Int64? = nil, in database: Int = 0) {
    withKey(key, in: database) { database, view in
      Array(value.utf8).withUnsafeBytes { database.setString(view, $0, expiry: expiry) }
    }
  }
}

/// SplitMix64 from a fixed seed.
private struct ServerTestRandom: RandomNumberGenerator {
  var state: UInt64 = 7
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

final class ServerTestClient {
  let server: ServerTestEngine
  let session: Session
  private var parser = RESPReplyParser()

  init(_ server: ServerTestEngine, _ session: Session) {
    self.server = server
    self.session = session
  }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let consumed = rest.withUnsafeBytes { server.engine.execute(session, $0, now: server.now) }
      if consumed == 0 { break }
      rest = rest.dropFirst(consumed)
    }
  }

  /// All replies and pushes that wait for this client.
  func received() -> [RESPValue] {
    // As a driver does, before it looks at anybody's output.
    _ = server.engine.takeTouched()
    parser.append(Array(session.reply.bytes))
    session.reply.removeAll()
    server.settle()
    var values: [RESPValue] = []
    while let value = try? parser.next() { values.append(value) }
    return values
  }

  func sendAll(_ arguments: [[UInt8]]) -> [RESPValue] {
    write(RESPCommand.encode(arguments))
    return received()
  }

  /// The one reply to one command.
  @discardableResult
  func send(_ arguments: String...) -> RESPValue {
    let values = sendAll(arguments.map { Array($0.utf8) })
    if values.count != 1 { Issue.record("\(arguments) got \(values.count) replies") }
    return values.last ?? .null
  }

  /// The reply's text, also of errors.
  func text(_ arguments: String...) -> String {
    sendAll(arguments.map { Array($0.utf8) }).last?.text ?? "(no text)"
  }
}

let okReply = RESPValue.simpleString(Array("OK".utf8))
let queuedReply = RESPValue.simpleString(Array("QUEUED".utf8))
func bulk(_ text: String) -> RESPValue { .bulkString(Array(text.utf8)) }
func errorReply(_ text: String) -> RESPValue { .error(Array(text.utf8)) }
