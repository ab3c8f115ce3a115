import Testing

@testable import TernEngine

@Suite struct HyperLogLogDifferentialTests {
  private static let keys = ["h1", "h2", "h3", "h4", "broken"]
  private static func key(_ random: inout SeededRandom) -> String {
    random.chance(20) ? random.pick(["str", "none", "set"]) : random.pick(keys)
  }

  /// GETs and digests compare the bytes: sparse ones, promoted ones, broken ones.
  private static func next(_ random: inout SeededRandom) -> [[UInt8]] {
    var out: [String]
    switch random.number(0...16) {
    case 0...4: out = ["PFADD", key(&random)] + random.some(0...(random.chance(4) ? 60 : 5)) { "e\($0.number(0...3000))" }
    case 5: out = ["PFADD", key(&random)] + random.some(300...400) { "\($0.number(0...1_000_000))" }
    case 6, 7: out = ["PFCOUNT"] + random.some(1...(random.chance(2) ? 1 : 4), key)
    case 8: out = ["PFMERGE"] + random.some(1...4, key)
    case 9: out = ["PFDEBUG", random.pick(["ENCODING", "DECODE", "GETREG", "TODENSE", "WHAT"]), key(&random)]
    case 10, 11: out = ["GET", key(&random)]
    case 12: out = ["SETRANGE", key(&random), "\(random.number(0...40))", random.pick(["HYLL", "x", "HYL", "\u{7f}\u{7f}\u{7f}", "z"])]
    case 13: out = ["SETBIT", key(&random), "\(random.number(0...300))", "1"]
    case 14: out = ["APPEND", key(&random), random.pick(["x", "\u{1}\u{7f}", "\u{41}"])]
    case 15: out = ["DEL", key(&random)]
    default: out = ["COPY", key(&random), key(&random), "REPLACE"]
    }
    // Redis keeps what it has added before it finds that a value is broken, and tells no replica; here such a command changes nothing.
    if out[0] == "PFADD", out[1] == "broken" { out = Array(out.prefix(3)) }
    if ["SETRANGE", "SETBIT", "APPEND"].contains(out[0]) { out[1] = "broken" }
    if out[0] == "COPY", out[1] == "broken" || out[1] == "set" { out[2] = "broken" }
    // Where the last run is cut off, Redis reads the byte behind the value.
    if out[0] == "PFDEBUG", out[2] == "broken" { out[1] = "ENCODING" }
    return words(out)
  }

  @Test(arguments: FamilyDifferential.seeds)
  func `the same additions make the same bytes as in redis-server`(seed: UInt64) throws {
    var family = FamilyDifferential()
    family.keys = Self.keys
    let preamble = [words("SADD", "set", "x"), words("SET", "str", "foo")]
    try family.run(seed: seed, preamble: preamble, Self.next)
    // Smaller sparse forms, with values and runs at their borders.
    family.options = ["--hll-sparse-max-bytes", "120"]
    family.limits.sparseHyperLogLogBytes = 120
    try family.run(seed: seed + 50, batches: 10, preamble: preamble, Self.next)
  }

  @Test func `estimates stay within the error that the method allows`() {
    let test = TestEngine()
    var added = 0
    for target in [10, 100, 1000, 20_000] {
      while added < target {
        let step = min(500, target - added)
        _ = test.send(words(["PFADD", "h"] + (added..<added + step).map { "element \($0)" }))
        added += step
      }
      let estimate = Int(test.ask("PFCOUNT h")) ?? 0
      #expect(abs(estimate - target) <= 1 + target / 30, "\(estimate) for \(target)")
    }
    #expect(test.ask("PFSELFTEST") == "OK")
    #expect(test.ask("PFCOUNT h") == test.ask("PFCOUNT h none"), "the cached estimate is the computed one")
  }
}
