import Testing

@testable import TernEngine

@Suite struct LcsDifferentialTests {
  @Test(arguments: FamilyDifferential.seeds)
  func `LCS answers as redis-server`(seed: UInt64) throws {
    func key(_ random: inout SeededRandom) -> String { random.chance(20) ? random.pick(["set", "none"]) : random.pick(["a", "b", "c"]) }
    try FamilyDifferential().run(seed: seed, preamble: [words("SADD", "set", "x")]) { random in
      if random.chance(3) {
        let text = (0..<random.number(0...40)).map { _ in random.pick(["a", "b", "c", "1"]) }.joined()
        return words("SET", random.pick(["a", "b", "c"]), text)
      }
      var out = ["LCS", key(&random), key(&random)]
      for _ in 0..<random.number(0...3) {
        out += random.pick([
          ["LEN"], ["IDX"], ["idx"], ["WITHMATCHLEN"], ["MINMATCHLEN", "\(random.number(-2...5))"], ["MINMATCHLEN"], ["X"],
        ])
      }
      return words(out)
    }
  }

  @Test func `a table beyond the limit is refused`() {
    let test = TestEngine()
    test.engine.settings.bulkBytesMax = 1000
    test.ask("SET a \(String(repeating: "x", count: 40))")
    #expect(test.ask("LCS a a") == "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
  }
}
