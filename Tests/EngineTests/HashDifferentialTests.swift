import Testing

@testable import TernEngine

@Suite struct HashDifferentialTests {
  private static let keys = ["h1", "h2", "h3", "h4"]
  private static func key(_ random: inout SeededRandom) -> String { random.chance(20) ? random.pick(["str", "none"]) : random.pick(keys) }
  private static func field(_ random: inout SeededRandom) -> String {
    random.chance(30) ? random.pick(["", String(repeating: "f", count: 70), " 1", "-7"]) : "f\(random.number(0...40))"
  }
  private static func value(_ random: inout SeededRandom) -> String {
    switch random.number(0...9) {
    case 0: random.pick(["", "0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "nan", "inf", "1e400", " 1"])
    case 1: String(repeating: "v", count: random.pick([63, 64, 65, 200, 2000].filter { $0 < 100 || random.chance(20) }))
    case 2: random.pick(["3.0", "0.1", "-2.5", "1e5", "0x10", "5."])
    default: "\(random.number(-1000...1000))"
    }
  }

  private static func next(_ random: inout SeededRandom) -> [[UInt8]] {
    var out: [String]
    switch random.number(0...21) {
    case 0...4:
      out = [random.pick(["HSET", "HSET", "HMSET"]), key(&random)]
      for _ in 0..<random.number(1...(random.chance(15) ? 30 : 4)) { out += [field(&random), value(&random)] }
    case 5: out = ["HSETNX", key(&random), field(&random), value(&random)]
    case 6: out = ["HGET", key(&random), field(&random)]
    case 7: out = ["HMGET", key(&random)] + random.some(1...4, field)
    case 8: out = [random.pick(["HGETALL", "HKEYS", "HVALS", "HLEN"]), key(&random)]
    case 9: out = [random.pick(["HSTRLEN", "HEXISTS"]), key(&random), field(&random)]
    case 10, 11, 12: out = ["HDEL", key(&random)] + random.some(1...8, field)
    case 13, 14: out = ["HINCRBY", key(&random), field(&random), random.chance(3) ? value(&random) : "\(random.number(-5...5))"]
    case 15, 16: out = ["HINCRBYFLOAT", key(&random), field(&random), random.pick(["0.1", "-3", "1e20", "x", "nan", "inf", "1e4932", ""])]
    case 17:
      out = ["HRANDFIELD", key(&random), random.pick(["0", "x", "100000", "-9223372036854775808", "9223372036854775807"])]
      if random.chance(2) { out += [random.pick(["WITHVALUES", "withvalues", "x"])] }
    case 18:
      out = ["HSCAN", key(&random), random.pick(["0", "0", "x"]), "COUNT", random.pick(["100000", "100000", "0", "x"])]
      if random.chance(2) { out += ["MATCH", random.pick(["*", "f*", "f1?", "[f]*"])] }
    case 19: out = [random.pick(["DEL", "TYPE"]), key(&random)]
    case 20: out = ["COPY", key(&random), key(&random), "REPLACE"]
    default: out = random.chance(3) ? ["SET", "str", "v"] : ["RENAME", key(&random), key(&random)]
    }
    if random.chance(40) { out.removeLast() }
    if random.chance(40) { out.append("extra") }
    if out.count == 2, out[0] == "HRANDFIELD" { out.append("0") }
    return words(out)
  }

  @Test(arguments: FamilyDifferential.seeds)
  func `random hash commands get the replies and make the events of redis-server`(seed: UInt64) throws {
    var family = FamilyDifferential()
    family.unordered = ["hkeys", "hvals", "hrandfield"]
    family.unorderedPairs = ["hgetall", "hscan"]
    family.keys = Self.keys
    // Few fields make a hash large, so that both forms are seen.
    family.options = ["--hash-max-listpack-entries", "20"]
    family.limits.hashEntries = 20
    try family.run(seed: seed, Self.next)
  }
}
