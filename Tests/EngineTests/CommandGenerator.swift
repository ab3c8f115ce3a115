import TernEngine

/// Random commands of the string and key families: most of them valid, many at a border, some broken.
struct CommandGenerator {
  var random: SeededRandom
  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  enum Kind {
    case key, value, integer, delta, float, offset, index, database, future, past, moment, pattern, setOption, copyOption, expireOption,
      getexOption
    case flushMode, scanOption, partialScanOption, word(String), keys, pairs
  }

  /// Names with what they take, and how often they come.
  static let commands: [(weight: Int, name: String, arguments: [Kind])] = [
    (20, "SET", [.key, .value, .setOption]), (8, "SET", [.key, .value]), (14, "GET", [.key]), (6, "MGET", [.keys]), (6, "MSET", [.pairs]),
    (3, "MSETNX", [.pairs]), (5, "SETNX", [.key, .value]), (5, "SETEX", [.key, .future, .value]), (5, "PSETEX", [.key, .future, .value]),
    (5, "GETSET", [.key, .value]), (5, "GETDEL", [.key]), (10, "GETEX", [.key, .getexOption]), (8, "INCR", [.key]), (5, "DECR", [.key]),
    (8, "INCRBY", [.key, .delta]), (8, "DECRBY", [.key, .delta]), (12, "INCRBYFLOAT", [.key, .float]), (9, "APPEND", [.key, .value]),
    (6, "STRLEN", [.key]), (9, "GETRANGE", [.key, .index, .index]), (3, "SUBSTR", [.key, .index, .index]),
    (9, "SETRANGE", [.key, .offset, .value]), (8, "DEL", [.keys]), (4, "UNLINK", [.keys]), (6, "EXISTS", [.keys]), (5, "TYPE", [.key]),
    (6, "KEYS", [.pattern]), (6, "SCAN", [.word("0"), .word("COUNT"), .word("1000"), .scanOption]),
    (3, "SCAN", [.integer, .partialScanOption]),
    (3, "RANDOMKEY", []), (8, "RENAME", [.key, .key]), (6, "RENAMENX", [.key, .key]), (10, "COPY", [.key, .key, .copyOption]),
    (8, "MOVE", [.key, .database]), (8, "EXPIRE", [.key, .future, .expireOption]), (8, "PEXPIRE", [.key, .future, .expireOption]),
    (8, "EXPIREAT", [.key, .moment, .expireOption]), (8, "PEXPIREAT", [.key, .moment, .expireOption]), (6, "TTL", [.key]),
    (6, "PTTL", [.key]),
    (6, "EXPIRETIME", [.key]), (6, "PEXPIRETIME", [.key]), (6, "PERSIST", [.key]), (4, "TOUCH", [.keys]),
    (10, "OBJECT", [.word("ENCODING"), .key]), (4, "OBJECT", [.word("REFCOUNT"), .key]), (2, "OBJECT", [.word("FREQ"), .key]),
    (2, "OBJECT", [.word("IDLETIME"), .key]), (1, "OBJECT", [.word("NOTHING"), .key]), (5, "DBSIZE", []), (1, "FLUSHDB", [.flushMode]),
    (1, "FLUSHALL", [.flushMode]), (2, "SWAPDB", [.database, .database]), (4, "SELECT", [.database]), (1, "NOSUCHCOMMAND", [.key, .value]),
  ]
  private static let total = commands.reduce(0) { $0 + $1.weight }

  static let keys: [[UInt8]] =
    (0..<9).map { Array("k\($0)".utf8) } + [
      [], Array("a key".utf8), [0, 13, 10, 255], [UInt8](repeating: 120, count: 300), Array("{t}[a]*?\\".utf8),
    ]
  static let values: [[UInt8]] =
    [
      "", "0", "1", "-1", "10", "9999", "10000", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "3.14", "1e5", "inf",
      "nan",
      " 1", "1 ", "01", "+1", "-0", "1.5", "5e-324", "0x10", "foo", "bar", "12345678901234567890", "3.0e3", "1\n", "1\0",
    ].map { Array($0.utf8) } + [43, 44, 45, 46, 1000, 1024, 1025, 5000].map { [UInt8](repeating: 118, count: $0) } + [[255, 0, 13, 10]]
  static let integers = [
    "0", "1", "-1", "2", "7", "10", "-10", "100", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "abc", "", "1.5",
    " 1", "007",
    "-0", "+1", "99999999999999999999", "18446744073709551615", "-", "9223372036854775", "9223372036854776",
  ]
  static let floats = [
    "0.1", "-0.1", "1e20", "-1e-20", "1e4932", "1e5000", "1e-5000", "nan", "inf", "-inf", "abc", "", " 1", "1 ", "0x1p3", "3.0", "5", "-3",
    "1.7976931348623157e308", "0.00000000000000001", "1e17", "123456789.123456789", "3.", ".5", "+2", "1e", "infinity", "0", "-0.0", "1_0",
  ]
  static let patterns = [
    "*", "k*", "k?", "k[0-4]", "k[^0-4]", "k[4-0]", "?", "", "[", "k[", "k[]", "k[^]", "k[0", "k[\\0]", "\\k1", "\\", "k\\", "*1", "**",
    "*?*", "a key",
    "[a-", "k[0-", "*\\*", "{t}\\[a]*", "[^k]*", "x*x", "K1",
  ]

  mutating func next() -> [[UInt8]] {
    var draw = Int.random(in: 0..<Self.total, using: &random)
    var command = Self.commands[0]
    for candidate in Self.commands {
      command = candidate
      draw -= candidate.weight
      if draw < 0 { break }
    }
    var arguments = [anyCase(command.name)]
    for kind in command.arguments { arguments += drawn(kind) }
    switch chance(20) {
    case 0 where arguments.count > 1: arguments.removeLast()
    case 1: arguments.append(pick(Self.values))
    case 2 where arguments.count > 2 && command.name != "SETRANGE" && command.name != "SCAN":
      arguments[Int.random(in: 2..<arguments.count, using: &random)] = text(pick(Self.integers))
    default: break
    }
    return arguments
  }

  private mutating func chance(_ n: Int) -> Int { Int.random(in: 0..<n, using: &random) }
  private mutating func pick<T>(_ pool: [T]) -> T { pool[Int.random(in: 0..<pool.count, using: &random)] }
  private func text(_ string: String) -> [UInt8] { Array(string.utf8) }
  private mutating func anyCase(_ word: String) -> [UInt8] {
    switch chance(3) {
    case 0: Array(word.utf8)
    case 1: Array(word.lowercased().utf8)
    default: word.utf8.map { Bool.random(using: &random) ? $0 : ($0 >= 65 && $0 <= 90 ? $0 + 32 : $0) }
    }
  }
  private mutating func words(_ pool: [[String]]) -> [[UInt8]] {
    let chosen = pick(pool)
    return chosen.map { $0.first?.isLetter == true ? anyCase($0) : Array($0.utf8) }
  }

  /// Far from now, and never twice the same: who expires later must not depend on when a command ran.
  private mutating func farAhead(_ range: ClosedRange<Int64>) -> String { String(Int64.random(in: range, using: &random)) }

  private mutating func drawn(_ kind: Kind) -> [[UInt8]] {
    switch kind {
    case .key: return [pick(Self.keys)]
    case .value: return [pick(Self.values)]
    case .integer: return [text(pick(Self.integers))]
    case .delta: return [text(chance(3) == 0 ? pick(Self.integers) : String(Int.random(in: -1000...1000, using: &random)))]
    case .float: return [text(pick(Self.floats))]
    case .offset:
      return [text(pick(["0", "1", "5", "44", "1020", "1024", "3000", "-1", "536870912", "9223372036854775807", "a", "", "01"]))]
    case .index: return [text(chance(4) == 0 ? pick(Self.integers) : String(Int.random(in: -12...12, using: &random)))]
    case .database: return [text(pick(["0", "0", "1", "1", "2", "15", "16", "-1", "a", "99999999999", "01", ""]))]
    case .future:
      return [
        text(
          chance(6) == 0 ? pick(Self.integers.filter { !["1", "2", "7", "10", "100"].contains($0) }) : farAhead(10_000_000...9_000_000_000))
      ]
    case .past: return [text(pick(["1", "1000", "1600000000"]))]
    case .moment:
      switch chance(5) {
      case 0: return [text(pick(Self.integers))]
      case 1: return drawn(.past)
      default: return [text(farAhead(9_000_000_000_000...9_100_000_000_000))]
      }
    case .pattern: return [text(pick(Self.patterns))]
    case .keys: return (0..<1 + chance(chance(10) == 0 ? 80 : 4)).map { _ in pick(Self.keys) }
    case .pairs: return (0..<1 + chance(chance(10) == 0 ? 60 : 3)).flatMap { _ in [pick(Self.keys), pick(Self.values)] }
    case .setOption:
      return options(
        [["NX"], ["XX"], ["GET"], ["KEEPTTL"], ["EX", "f"], ["PX", "f"], ["EXAT", "m"], ["PXAT", "m"], ["PERSIST"], ["EX"]], 3)
    case .getexOption:
      return options(
        [["EX", "f"], ["PX", "f"], ["EXAT", "m"], ["PXAT", "m"], ["PERSIST"], ["PERSIST"], ["PX"], ["NX"], ["KEEPTTL"]], 2)
    case .copyOption: return options([["DB", "0"], ["DB", "1"], ["DB", "2"], ["REPLACE"], ["DB", "16"], ["DB", "x"], ["DB"]], 3)
    case .expireOption: return options([["NX"], ["XX"], ["GT"], ["LT"], ["GT"], ["LT"], ["ZZ"]], 3)
    case .flushMode: return options([["ASYNC"], ["SYNC"], ["NOW"]], 2)
    case .scanOption:
      return options(
        [
          ["MATCH", "k*"], ["MATCH", "*[3-5]"], ["TYPE", "string"], ["TYPE", "STRING"], ["TYPE", "list"], ["TYPE", "x"], ["COUNT", "0"],
          ["COUNT", "a"], ["NX"],
        ], 2)
    // Which keys a partial SCAN asks for their type, and so counts as hits, differs.
    case .partialScanOption: return options([["MATCH", "k*"], ["COUNT", "5"], ["COUNT", "-1"], ["MATCH"]], 2)
    case .word(let word): return words([[word]])
    }
  }

  private mutating func options(_ pool: [[String]], _ max: Int) -> [[UInt8]] {
    (0..<chance(max + 1)).flatMap { _ -> [[UInt8]] in
      pick(pool).flatMap { word -> [[UInt8]] in
        switch word {
        case "f": drawn(.future)
        case "m": drawn(.moment)
        default: words([[word]])
        }
      }
    }
  }
}
