import TernEngine

/// Random list commands: most of them valid, many at a border, some broken.
struct ListGenerator {
  var random: SeededRandom
  /// Also those that wait.
  var blocks: Bool
  init(seed: UInt64, blocks: Bool = false) {
    random = SeededRandom(seed: seed)
    self.blocks = blocks
  }

  static let keys = ["l0", "l1", "l2", "l3", "text"]

  private mutating func chance(_ n: Int) -> Int { Int.random(in: 0..<n, using: &random) }
  private mutating func pick<T>(_ pool: [T]) -> T { pool[chance(pool.count)] }
  private mutating func key() -> String { chance(40) == 0 ? pick(["none", "text", ""]) : pick(["l0", "l1", "l2", "l3"]) }
  private mutating func end() -> String { chance(40) == 0 ? "MIDDLE" : pick(["LEFT", "RIGHT", "left", "Right"]) }

  mutating func element() -> String {
    switch chance(12) {
    case 0: String(repeating: pick(["x", "y"]), count: pick([100, 1000, 2000, 4095, 4096, 9000]))
    case 1:
      pick(["", "0", "-1", "127", "128", "4095", "-4096", "32767", "8388607", "2147483648", "9223372036854775807", "007", "1e3", " 1"])
    case 2...6: String(chance(6))
    default: pick(["a", "b", "c", "foo", "bar", "a much longer element than the others, by some way"])
    }
  }

  private mutating func number() -> String {
    chance(15) == 0
      ? pick(["abc", "", "1.5", "9223372036854775807", "-9223372036854775807", "99999999999999999999", " 1", "1000000"])
      : String(Int.random(in: -12...12, using: &random))
  }

  private mutating func index() -> String { chance(3) == 0 ? String(Int.random(in: -400...400, using: &random)) : number() }

  private mutating func elements() -> [String] {
    // Where clients wait, lists are short, or nobody would.
    if blocks { return (0..<1 + chance(2)).map { _ in element() } }
    return (0..<1 + chance(chance(8) == 0 ? 120 : 4)).map { _ in element() }
  }

  private mutating func timeout() -> String { pick(["0", "0", "100", "1000.5", "99", "0x10", "-1", "abc", "", "1e3", "nan"]) }

  private mutating func multiPop() -> [String] {
    let keys = (0..<1 + chance(3)).map { _ in key() }
    let count = chance(15) == 0 ? pick(["0", "-1", "9", "x"]) : String(keys.count)
    return [count] + keys + [end()] + (chance(2) == 0 ? [] : ["COUNT", chance(10) == 0 ? number() : String(1 + chance(6))])
  }

  mutating func next() -> [String] {
    var words: [String]
    switch chance(blocks ? 54 : 34) {
    case 0...3: words = ["RPUSH", key()] + elements()
    case 4...7: words = ["LPUSH", key()] + elements()
    case 8: words = ["LPUSHX", key()] + elements()
    case 9: words = ["RPUSHX", key()] + elements()
    case 10, 11: words = [pick(["LPOP", "RPOP"]), key()]
    case 12, 13: words = [pick(["LPOP", "RPOP"]), key(), chance(4) == 0 ? number() : String(chance(30))]
    case 14, 15: words = ["LRANGE", key(), index(), index()]
    case 16: words = ["LINDEX", key(), index()]
    case 17: words = ["LSET", key(), index(), element()]
    case 18, 19: words = ["LINSERT", key(), chance(20) == 0 ? "AT" : pick(["BEFORE", "after"]), element(), element()]
    case 20, 21: words = ["LREM", key(), number(), element()]
    case 22: words = ["LTRIM", key(), index(), index()]
    case 23, 24:
      words = ["LPOS", key(), element()]
      for _ in 0..<chance(3) { words += [pick(["RANK", "COUNT", "MAXLEN", "rank", "NONE"]), number()] }
    case 25, 26: words = ["LMOVE", key(), key(), end(), end()]
    case 27: words = ["RPOPLPUSH", key(), key()]
    case 28: words = ["LMPOP"] + multiPop()
    case 29: words = ["LLEN", key()]
    case 30: words = pick([["DEL", key()], ["RENAME", key(), key()], ["COPY", key(), key(), "REPLACE"], ["EXPIRE", key(), "100000"]])
    case 31: words = ["SET", "text", "x"]
    case 32: words = ["TYPE", key()]
    case 33: words = ["EXISTS", key()]
    case 34...38: words = [pick(["BLPOP", "BRPOP"])] + (0..<1 + chance(3)).map { _ in key() } + [timeout()]
    case 39, 40: words = ["BLMOVE", key(), key(), end(), end(), timeout()]
    case 41, 42: words = ["BRPOPLPUSH", key(), key(), timeout()]
    case 43: words = ["BLMPOP", timeout()] + multiPop()
    case 44: words = ["RPUSH", key(), element()]
    case 45: words = ["SWAPDB", "0", "0"]
    default: words = ["LTRIM", key(), "1", "0"]
    }
    switch chance(60) {
    case 0 where words.count > 1: words.removeLast()
    case 1: words.append("extra")
    default: break
    }
    return words
  }
}
