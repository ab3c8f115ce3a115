import Testing

@testable import TernEngine

/// SplitMix64 (Steele, Lea and Flood, 2014): a seed decides everything that a test draws.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// An engine with a fixed random source and a virtual clock, spoken to in bytes as a connection does.
final class TestEngine {
  let engine: Engine
  /// Milliseconds since 1970.
  var now: Int64 = 1_700_000_000_000
  let session: Session
  private var unconsumed: [Int64: [UInt8]] = [:]
  private var effectsOffset: Int64 = 0

  init(seed: UInt64 = 1, logging: Bool = true) {
    engine = Engine(
      commands: EngineCommands.all, random: SeededRandom(seed: seed), now: now,
      monotonicNanoseconds: { 0 })
    engine.log.isActive = logging
    session = engine.openSession(address: "127.0.0.1:1", localAddress: "127.0.0.1:2")
  }

  func open() -> Session { engine.openSession(address: "127.0.0.1:3", localAddress: "127.0.0.1:2") }

  /// What comes back for bytes that arrive, with those left over from before in front of them.
  func feed(_ bytes: [UInt8], on other: Session? = nil) -> [UInt8] {
    let session = other ?? self.session
    var input = (unconsumed[session.id] ?? []) + bytes
    let consumed = input.withUnsafeBytes { engine.execute(session, $0, now: now) }
    input.removeFirst(consumed)
    unconsumed[session.id] = input
    return takeReplies(of: session)
  }

  func takeReplies(of session: Session) -> [UInt8] {
    defer { session.reply.removeAll() }
    return Array(session.reply.bytes)
  }

  func send(_ arguments: [[UInt8]], on session: Session? = nil) -> RESPValue {
    var parser = RESPReplyParser()
    parser.append(feed(RESPCommand.encode(arguments), on: session))
    do {
      let value = try #require(try parser.next(), "no reply")
      #expect(parser.bufferedByteCount == 0, "more than one reply")
      return value
    } catch {
      Issue.record("\(error)")
      return .null
    }
  }

  @discardableResult
  func send(_ arguments: String..., on session: Session? = nil) -> RESPValue {
    send(arguments.map { Array($0.utf8) }, on: session)
  }

  /// One line of words apart by spaces; the reply as redis-cli would print it without a terminal, errors as they are.
  @discardableResult
  func ask(_ line: String, on session: Session? = nil) -> String {
    send(line.split(separator: " ").map { Array($0.utf8) }, on: session).plain
  }

  /// The effects that were logged since this was last asked, each as its words.
  func effects() -> [String] {
    let bytes = engine.log.bytes(from: effectsOffset) ?? []
    effectsOffset = engine.log.endOffset
    var parser = RESPReplyParser()
    parser.append(bytes)
    var effects: [String] = []
    while let value = try? parser.next() { effects.append((value.elements ?? []).compactMap(\.text).joined(separator: " ")) }
    return effects
  }

  /// All keys of all databases: `index/key` to value, encoding aside, and expiry.
  func contents() -> [String: String] {
    var contents: [String: String] = [:]
    for index in 0..<engine.databaseCount {
      engine.database(index).table.tree.forEach { entry in
        let key = printable(Array(entry.keyBytes).prefix(60)) + "#\(entry.keyCount)"
        contents["\(index)/\(key)"] = "\(Array(copying: entry)) \(entry.expiry.map(String.init) ?? "")"
      }
    }
    return contents
  }
}

extension RESPValue {
  var plain: String {
    switch self {
    case .integer(let value): "\(value)"
    case .null: "(nil)"
    case .array(let elements), .set(let elements), .push(let elements): "[" + elements.map(\.plain).joined(separator: ", ") + "]"
    default: text ?? "?"
    }
  }
}
