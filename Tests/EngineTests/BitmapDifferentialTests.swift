import Testing

@testable import TernEngine

@Suite struct BitmapDifferentialTests {
  private static let keys = ["b1", "b2", "b3", "n"]

  private static func key(_ random: inout SeededRandom) -> String { random.chance(20) ? random.pick(["list", "none"]) : random.pick(keys) }
  private static func unit(_ random: inout SeededRandom) -> [String] { random.pick([[], [], ["BIT"], ["byte"], ["bits"]]) }
  private static func offset(_ random: inout SeededRandom) -> String {
    random.chance(8)
      ? random.pick(["-1", "x", "4294967296", "9223372036854775807", "#9223372036854775807", "", "01"])
      : (random.chance(3) ? "#" : "") + "\(random.number(0...(random.chance(6) ? 9000 : 90)))"
  }
  private static func index(_ random: inout SeededRandom) -> String {
    random.chance(12) ? random.pick(["x", "9223372036854775807", "-9223372036854775808", ""]) : "\(random.number(-40...60))"
  }
  private static func width(_ random: inout SeededRandom) -> String {
    random.pick(["u8", "i8", "u1", "i1", "u63", "i64", "i63", "u7", "i5", "u33", "u64", "i65", "u0", "x8", "u", "", "i16"])
  }

  private static func next(_ random: inout SeededRandom) -> [[UInt8]] {
    var out: [String]
    switch random.number(0...14) {
    case 0, 1, 2:
      out = ["SETBIT", key(&random), offset(&random).replacing("#", with: ""), random.pick(["0", "1", "1", "1", "2", "x", "-1"])]
    case 3: out = ["GETBIT", key(&random), offset(&random)]
    case 4, 5: out = ["BITCOUNT", key(&random)] + (random.chance(3) ? [] : [index(&random), index(&random)] + unit(&random))
    case 6, 7:
      out = ["BITPOS", key(&random), random.pick(["0", "1", "0", "1", "2", "x"])]
      if random.chance(2) { out += [index(&random)] }
      if out.count == 4, random.chance(2) { out += [index(&random)] + unit(&random) }
    case 8: out = ["BITOP", random.pick(["AND", "or", "XOR", "NOT", "nand"]), key(&random)] + random.some(1...3, key)
    case 9, 10, 11:
      out = [random.chance(6) ? "BITFIELD_RO" : "BITFIELD", key(&random)]
      for _ in 0..<random.number(0...4) {
        switch random.number(0...5) {
        case 0, 1: out += ["GET", width(&random), offset(&random)]
        case 2, 3:
          out += ["SET", width(&random), offset(&random), random.pick(["0", "1", "-1", "255", "9223372036854775807", "x", "-300"])]
        case 4:
          out += [
            "INCRBY", width(&random), offset(&random), random.pick(["1", "-1", "100", "9223372036854775807", "-9223372036854775808"]),
          ]
        default: out += ["OVERFLOW", random.pick(["WRAP", "SAT", "FAIL", "sat", "none"])]
        }
      }
    case 12: out = ["SET", random.pick(keys), random.pick(["", "foobar", "12345", "\u{1}\u{2}", "-7", String(repeating: "z", count: 40)])]
    case 13: out = [random.pick(["DEL", "TYPE", "STRLEN", "GET"]), key(&random)]
    default: out = ["PEXPIREAT", key(&random), "9000000000000"]
    }
    if random.chance(40) { out.removeLast() }
    if random.chance(40) { out.append("extra") }
    return words(out)
  }

  @Test(arguments: FamilyDifferential.seeds)
  func `random bit commands get the replies and make the events of redis-server`(seed: UInt64) throws {
    var family = FamilyDifferential()
    family.keys = Self.keys
    try family.run(seed: seed, preamble: [words("SADD", "list", "x")], Self.next)
  }
}
