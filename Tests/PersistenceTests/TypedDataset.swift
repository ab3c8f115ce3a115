import TernEngine

@testable import TernPersistence

/// Values of every type and size class, as the commands that make them in any server.
struct TypedDataset {
  private(set) var commands: [[[UInt8]]] = []
  private var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    for round in 0..<3 {
      lists(round)
      sets(round)
      hashes(round)
      sortedSets(round)
      streams(round)
    }
    add("SET", "text", "value")
    add("SELECT", "9")
    add("RPUSH", "elsewhere", "a", "1")
    add("HSET", "elsewhere:h", "a", "1")
    add("PEXPIREAT", "elsewhere", "4102444800123")
    add("SELECT", "0")
  }

  private mutating func add(_ arguments: String...) { commands.append(arguments.map { Array($0.utf8) }) }
  private mutating func add(bytes arguments: [[UInt8]]) { commands.append(arguments) }

  private mutating func text(_ bytesMax: Int) -> [UInt8] {
    switch Int.random(in: 0..<5, using: &random) {
    case 0: Array(String(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<64, using: &random)).utf8)
    case 1: Array(String(repeating: "ab", count: Int.random(in: 0...bytesMax / 2, using: &random)).utf8)
    case 2: Array("007".utf8) + [UInt8.random(in: 0...255, using: &random)]
    default: (0..<Int.random(in: 0...bytesMax, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
  }

  /// One command for every 200 of `arguments`, in groups of `width` that stay together.
  private mutating func many(_ name: String, _ key: String, _ arguments: [[UInt8]], width: Int = 1) {
    for begin in stride(from: 0, to: arguments.count, by: 200 * width) {
      add(bytes: [Array(name.utf8), Array(key.utf8)] + arguments[begin..<min(begin + 200 * width, arguments.count)])
    }
  }

  private mutating func lists(_ round: Int) {
    many("RPUSH", "list:small:\(round)", (0..<10).map { _ in text(30) })
    many("RPUSH", "list:large:\(round)", (0..<2000).map { _ in text(60) })
    many("RPUSH", "list:long:\(round)", (0..<6).map { _ in text(20_000) } + [[UInt8](repeating: 97, count: 16_378)])
    add("RPUSH", "list:expiring:\(round)", "1")
    add("PEXPIREAT", "list:expiring:\(round)", "4102444800123")
  }

  private mutating func sets(_ round: Int) {
    let limits: [ClosedRange<Int64>] = [-100...100, -100_000...100_000, .min ... .max]
    let range = limits[round]
    many("SADD", "set:integers:\(round)", (0..<60).map { _ in Array(String(Int64.random(in: range, using: &random)).utf8) })
    many("SADD", "set:manyintegers:\(round)", (0..<1500).map { _ in Array(String(Int64.random(in: .min ... .max, using: &random)).utf8) })
    many("SADD", "set:small:\(round)", (0..<10).map { _ in text(30) } + [Array("a".utf8)])
    many("SADD", "set:large:\(round)", (0..<1500).map { _ in text(80) })
  }

  private mutating func hashes(_ round: Int) {
    many("HSET", "hash:small:\(round)", (0..<20).map { _ in text(30) }, width: 2)
    many("HSET", "hash:long:\(round)", (0..<4).map { _ in text(5000) }, width: 2)
    many("HSET", "hash:large:\(round)", (0..<3000).map { _ in text(40) }, width: 2)
  }

  private mutating func score() -> [UInt8] {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: Array("inf".utf8)
    case 1: Array("-inf".utf8)
    case 2: Array(String(Double.random(in: -1...1, using: &random)).utf8)
    case 3: Array(String(Double.random(in: -1e300...1e300, using: &random)).utf8)
    default: Array(String(Int.random(in: -1000...1000, using: &random)).utf8)
    }
  }

  private mutating func sortedSets(_ round: Int) {
    many("ZADD", "zset:small:\(round)", (0..<10).flatMap { _ in [score(), text(30)] }, width: 2)
    many("ZADD", "zset:long:\(round)", (0..<3).flatMap { _ in [score(), text(3000)] }, width: 2)
    many("ZADD", "zset:large:\(round)", (0..<1500).flatMap { _ in [score(), text(40)] }, width: 2)
  }

  private mutating func streams(_ round: Int) {
    let key = "stream:\(round)"
    for i in 0..<[5, 120, 700][round] {
      var command = [Array("XADD".utf8), Array(key.utf8), Array("\(1000 + i / 3)-\(i % 3 + 1)".utf8)]
      let isSame = i % 4 != 0
      for field in 0..<(isSame ? 2 : Int.random(in: 1..<4, using: &random)) {
        command += [isSame ? Array("field\(field)".utf8) : text(10), text(40)]
      }
      add(bytes: command)
    }
    add("XDEL", key, "1000-2", "1001-1")
    add("XGROUP", "CREATE", key, "all", "0")
    add("XGROUP", "CREATE", key, "none", "$")
    add("XGROUP", "CREATE", key, "some", "1000-1", "ENTRIESREAD", "1")
    add("XREADGROUP", "GROUP", "all", "alice", "COUNT", "20", "STREAMS", key, ">")
    add("XREADGROUP", "GROUP", "all", "bob", "COUNT", "20", "STREAMS", key, ">")
    add("XREADGROUP", "GROUP", "some", "carol", "COUNT", "2", "STREAMS", key, ">")
    add("XGROUP", "CREATECONSUMER", key, "some", "idle")
    add("XACK", key, "all", "1000-1", "1002-1")
    add("XADD", "stream:emptied:\(round)", "5-5", "a", "1")
    add("XDEL", "stream:emptied:\(round)", "5-5")
    add("XGROUP", "CREATE", "stream:emptied:\(round)", "g", "5-5")
  }
}

/// DEBUG DIGEST of what was decoded, computed apart from the product's.
struct DecodedDigest {
  private(set) var whole = [UInt8](repeating: 0, count: 20)
  private var databases: [Int: [[UInt8]: DecodedValue]] = [:]

  struct DecodedValue {
    var digest = [UInt8](repeating: 0, count: 20)
    var expires = false
  }

  init(_ events: [RDBEvent]) {
    var database = 0
    for event in events {
      switch event {
      case .selectDB(let index): database = index
      case .key(let key): take(key, database)
      default: break
      }
    }
    for (index, keys) in databases.sorted(by: { $0.key < $1.key }) {
      Self.mix(&whole, Self.bytes(UInt32(index)))
      for value in keys.values {
        var digest = value.digest
        if value.expires { Self.xor(&digest, Array("!!expire!!".utf8)) }
        Self.xor(&whole, digest)
      }
    }
  }

  private mutating func take(_ key: RDBKey, _ database: Int) {
    let type: UInt32 =
      switch key.value {
      case .string, .integer, .stringPart: 0
      case .list: 1
      case .set: 2
      case .sortedSet: 3
      case .hash: 4
      case .stream: 6
      }
    var value = databases[database]?[key.name] ?? Self.begun(key.name, type)
    value.expires = key.expireAt != nil
    switch key.value {
    case .string(let bytes): Self.mix(&value.digest, bytes)
    case .stringPart: preconditionFailure("the datasets of the tests have no strings so long")
    case .integer(let integer): Self.mix(&value.digest, Array(String(integer).utf8))
    case .list(let elements): elements.forEachString { Self.mix(&value.digest, Array($0)) }
    case .set(let elements): elements.forEachString { Self.xor(&value.digest, Array($0)) }
    case .sortedSet(let elements):
      elements.forEachScored { member, score in
        var part = [UInt8](repeating: 0, count: 20)
        Self.mix(&part, Array(member))
        Self.mix(&part, Array(Self.text(score).utf8))
        Self.xor(&value.digest, part)
      }
    case .hash(let elements):
      elements.forEachField { field, text, _ in
        var part = [UInt8](repeating: 0, count: 20)
        Self.mix(&part, Array(field))
        Self.mix(&part, Array(text))
        Self.xor(&value.digest, part)
      }
    case .stream(let items): for item in items { Self.mix(&value.digest, item) }
    }
    databases[database, default: [:]][key.name] = value
  }

  private static func begun(_ name: [UInt8], _ type: UInt32) -> DecodedValue {
    var value = DecodedValue()
    mix(&value.digest, name)
    mix(&value.digest, bytes(type))
    return value
  }

  private static func mix(_ digest: inout [UInt8], _ item: RDBStreamItem) {
    guard case .node(let master, let listpack) = item else { return }
    listpack.withUnsafeBytes { bytes in
      guard var cursor = try? ListpackCursor(bytes) else { return }
      var elements: [[UInt8]] = []
      while let element = try? cursor.next() {
        switch element {
        case .bytes(let bytes): elements.append(Array(bytes))
        case .integer(let value): elements.append(Array(String(value).utf8))
        }
      }
      func number(_ i: Int) -> Int64 { Int64(String(decoding: elements[i], as: UTF8.self)) ?? 0 }
      let fields = Int(number(2))
      var i = 4 + fields
      for _ in 0..<number(0) + number(1) {
        let flags = number(i)
        let id = RDBStreamID(
          master.milliseconds &+ UInt64(bitPattern: number(i + 1)), master.sequence &+ UInt64(bitPattern: number(i + 2)))
        i += 3
        var pairs: [[UInt8]] = []
        if flags & 2 != 0 {
          for field in 0..<fields { pairs += [elements[3 + field], elements[i + field]] }
          i += fields
        } else {
          let count = Int(number(i)) * 2
          pairs = Array(elements[(i + 1)..<(i + 1 + count)])
          i += 1 + count
        }
        i += 1
        if flags & 1 != 0 { continue }
        mix(&digest, Array("\(id.milliseconds).\(id.sequence)".utf8))
        for part in pairs { mix(&digest, part) }
      }
    }
  }

  private static func text(_ score: Double) -> String {
    if score.isInfinite { return score < 0 ? "-inf" : "inf" }
    return cFormat(score)
  }

  private static func bytes(_ word: UInt32) -> [UInt8] { withUnsafeBytes(of: word.bigEndian) { Array($0) } }
  private static func xor(_ digest: inout [UInt8], _ bytes: [UInt8]) {
    for (i, byte) in SHA1.digest(bytes).enumerated() { digest[i] ^= byte }
  }
  private static func mix(_ digest: inout [UInt8], _ bytes: [UInt8]) {
    xor(&digest, bytes)
    digest = SHA1.digest(digest)
  }

  var text: String { Hex.text(whole) }
}
