/// Random commands on streams: few keys, groups, consumers and ids, so that they meet.
struct StreamGenerator {
  private var random: SeededRandom
  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private mutating func chance(_ n: Int) -> Int { Int.random(in: 0..<n, using: &random) }
  private mutating func pick(_ pool: [String]) -> String { pool[Int.random(in: 0..<pool.count, using: &random)] }

  private mutating func key() -> String { pick(["s1", "s1", "s1", "s2", "s2", "s3", "text", "none"]) }
  private mutating func group() -> String { pick(["g", "g", "g", "h", "group:\u{1}", "nobody"]) }
  private mutating func consumer() -> String { pick(["alice", "alice", "bob", "bobby", "c", ""]) }
  private mutating func id() -> String {
    switch chance(30) {
    case 0: pick(["a", "", "1-", "-1", "1-a", "1--5", " 3-1", "+4-+2", "05-01", "3-1 ", "*", "1-*-1", "99999999999999999999"])
    case 1:
      pick(["0", "0-0", "18446744073709551615-18446744073709551615", "18446744073709551615", "18446744073709551616-1", "-", "+", "$", ">"])
    case 2...5: "\(chance(40))"
    default: "\(chance(40))-\(chance(4))"
    }
  }
  private mutating func laterID() -> String {
    // Not `*`: two clocks.
    if chance(12) == 0 {
      let id = id()
      return id == "*" ? "7-*" : id
    }
    return pick(["\(chance(300))-*", "\(100 + chance(200))-\(chance(5))", "\(chance(60))-\(chance(5))", "\(chance(60))"])
  }
  private mutating func border() -> String {
    switch chance(8) {
    case 0...2: pick(["-", "+", "-", "+", "0", "(0", "(18446744073709551615-18446744073709551615", "(-", "(", "(a"])
    case 3: "(" + id()
    default: id()
    }
  }
  private mutating func number() -> String { pick(["0", "1", "1", "2", "3", "5", "10", "100", "-1", "a", "9223372036854775807"]) }
  private mutating func value() -> String {
    switch chance(12) {
    case 0:
      pick([
        "", "-1", "127", "128", "-4096", "4095", "32767", "-32768", "8388607", "2147483648", "9223372036854775807", "-9223372036854775808",
      ])
    case 1: String(repeating: "x", count: [63, 64, 200, 1000, 4095, 4096][chance(6)])
    case 2: "\(Int.random(in: -100_000...100_000, using: &random))"
    default: "v\(chance(100))"
    }
  }
  private mutating func fields() -> [String] {
    switch chance(10) {
    case 0: (0...chance(5)).flatMap { _ in [value(), value()] }
    case 1: chance(3) == 0 ? ["odd"] : ["b", value(), "a", value()]
    default: ["a", value(), "b", value()]
    }
  }
  private mutating func trim() -> [String] {
    var words: [String] = chance(3) == 0 ? ["MINID"] : ["maxlen"]
    let isCount = words[0] == "maxlen"
    words += [[], ["~"], ["="], ["="]][chance(4)]
    words.append(isCount ? pick(["0", "1", "3", "10", "20", "50", "-1", "x"]) : id())
    if chance(6) == 0 { words += ["LIMIT", pick(["0", "1", "3", "10", "-1", "a"])] }
    if chance(30) == 0 { words += ["MAXLEN", "3"] }
    return words
  }
  private mutating func ids(_ most: Int) -> [String] { (0...chance(most)).map { _ in id() } }

  mutating func next() -> [[UInt8]] {
    var words = command()
    if chance(100) == 0, words.count > 2 { words.removeLast() }
    if chance(200) == 0 { words.append(id()) }
    return words.map { Array($0.utf8) }
  }

  private mutating func command() -> [String] {
    switch chance(100) {
    case 0..<30:
      var words = ["XADD", key()]
      if chance(15) == 0 { words.append("nomkstream") }
      if chance(6) == 0 { words += trim() }
      return words + [laterID()] + fields()
    case 30..<33: return ["XTRIM", key()] + trim()
    case 33..<38: return ["XDEL", key()] + ids(4)
    case 38..<41:
      var words = [chance(2) == 0 ? "XRANGE" : "XREVRANGE", key(), border(), border()]
      if chance(3) == 0 { words += ["COUNT", number()] }
      return words
    case 41..<43: return ["XLEN", key()]
    case 43..<45:
      var words = ["XSETID", key(), id()]
      if chance(3) == 0 { words += ["ENTRIESADDED", pick(["0", "5", "100", "-1", "z"])] }
      if chance(3) == 0 { words += ["MAXDELETEDID", id()] }
      return words
    case 45..<50: return ["XREAD"] + readOptions() + streams(["$", "0", id(), id()])
    case 50..<60:
      var words = ["XREADGROUP", "GROUP", group(), consumer()] + readOptions()
      if chance(6) == 0 { words.append("NOACK") }
      return words + streams([">", ">", ">", ">", "0", id()])
    case 60..<64:
      var words = ["XGROUP", "CREATE", key(), group(), pick(["$", "0", id()])]
      if chance(3) == 0 { words.append("MKSTREAM") }
      if chance(4) == 0 { words += ["ENTRIESREAD", pick(["0", "3", "-1", "-2", "10"])] }
      return words
    case 64..<66: return ["XGROUP", "CREATECONSUMER", key(), group(), consumer()]
    case 66..<67: return ["XGROUP", "DELCONSUMER", key(), group(), consumer()]
    case 67: return chance(3) == 0 ? ["XGROUP", "DESTROY", key(), group()] : ["XGROUP", pick(["FOO", "setid", "create"]), key(), group()]
    case 68..<70:
      var words = ["XGROUP", "SETID", key(), group(), pick(["$", "0", "-", "+", id()])]
      if chance(3) == 0 { words += ["ENTRIESREAD", number()] }
      return words
    case 70..<74: return ["XACK", key(), group()] + ids(3)
    case 74..<80:
      var words = ["XPENDING", key(), group()]
      if chance(4) == 0 { return words }
      if chance(4) == 0 { words += ["IDLE", pick(["0", "50000000", "a", "900000000"])] }
      words += [pick(["-", border()]), pick(["+", border()]), number()]
      if chance(3) == 0 { words.append(consumer()) }
      return words
    case 80..<86:
      var words = ["XCLAIM", key(), group(), consumer(), pick(["0", "0", "50000000", "-1", "x", "900000000"])] + ids(3)
      if chance(3) == 0 { words.append("FORCE") }
      if chance(4) == 0 { words.append("JUSTID") }
      if chance(3) == 0 { words += ["IDLE", pick(["0", "100000000", "-5", "1000000000", "e", "9223372036854775807"])] }
      if chance(6) == 0 { words += ["TIME", pick(["1", "1600000000000", "-1", "9000000000000", "q"])] }
      if chance(5) == 0 { words += ["RETRYCOUNT", number()] }
      if chance(6) == 0 { words += ["LASTID", id()] }
      if chance(40) == 0 { words.append("bogus") }
      return words
    case 86..<90:
      var words = ["XAUTOCLAIM", key(), group(), consumer(), pick(["0", "0", "50000000", "x"]), pick(["-", "0", border()])]
      if chance(3) == 0 { words += ["COUNT", number()] }
      if chance(3) == 0 { words.append("justid") }
      return words
    case 90..<93: return ["XINFO", "STREAM", key()]
    case 93..<95: return ["XINFO", "STREAM", key(), "FULL"] + (chance(2) == 0 ? ["COUNT", number()] : [])
    case 95..<97: return ["XINFO", "GROUPS", key()]
    case 97: return ["XINFO", "CONSUMERS", key(), group()]
    case 98: return chance(4) == 0 ? ["DEL", key()] : ["COPY", "s1", "s3", "REPLACE"]
    default: return chance(4) == 0 ? ["RENAME", "s2", "s3"] : ["SET", "text", "1"]
    }
  }

  private mutating func readOptions() -> [String] { chance(3) == 0 ? ["COUNT", number()] : [] }

  private mutating func streams(_ ids: [String]) -> [String] {
    let count = chance(4) == 0 ? 2 : 1
    let keys = (0..<count).map { _ in key() }
    return ["STREAMS"] + keys + keys.map { _ in pick(ids) }
  }
}
