/// Values that commands are called with. `plain` ones are mostly valid where they are used; `border` ones are at or beyond a limit.
struct Pool {
  var plain: [[UInt8]]
  var border: [[UInt8]]

  init(_ plain: [String], border: [String] = []) {
    self.plain = plain.map { Array($0.utf8) }
    self.border = border.map { Array($0.utf8) }
  }

  func adding(_ bytes: [[UInt8]]) -> Pool {
    var pool = self
    pool.border += bytes
    return pool
  }
}

extension Pool {
  static let integers = [
    "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809", "abc", "", "1.5", " 1",
    "1 ",
    "007", "-0", "+1", "99999999999999999999", "18446744073709551615", "-", "4294967296", "2147483648", "0x10", "1e3",
  ]

  /// Members, elements, fields and values: few, so that they meet again; at the sizes where a compact layout gives way.
  static let value = Pool(
    (0..<12).map { "m\($0)" } + ["a", "b", "c", "1", "2", "3", "10", "-5", "100000", "12345678901", "hello world"],
    border: [
      "", "0", "-0", "01", "1.5", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "32767", "32768", "-32769",
      "2147483647",
      "2147483648", "127", "128", "-128", "-129", "4095", "4096", "inf", "nan", "1e400", " x ", "x\n",
    ]
  ).adding(
    [7, 8, 9, 31, 32, 63, 64, 65, 128, 4096, 20_000].map { [UInt8](repeating: 120, count: $0) } + [
      [0], [255, 0, 13, 10], Array("\u{e9}\u{4e2d}".utf8),
    ])

  /// Strings that commands do arithmetic on, or look at bit by bit.
  static let text = Pool(
    ["foobar", "hello", "10", "1", "-7", "3.5", "abcdef", "ohmytext", "mynewtext", "\u{1}\u{0}\u{7f}"],
    border: [
      "", "0", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e5", "inf", "nan", " 1", "1 ", "01", "+1", "-0",
      "5e-324",
      "0x10", "1\n", "1\0",
    ]
  ).adding(
    [43, 44, 45, 1000, 1024, 1025, 5000].map { [UInt8](repeating: 118, count: $0) } + [[255, 0, 13, 10], [255, 255, 255], [0, 0, 0]])

  static let score = Pool(
    ["0", "1", "2", "3", "-1", "1.5", "2.25", "10", "-3", "100"],
    border: [
      "-0", "inf", "-inf", "+inf", "nan", "1e308", "-1.7976931348623157e308", "5e-324", "3.0", "abc", "", "0x1p3", " 1", "1 ", "1e400",
      "-1e-400",
      "0.1", "0.30000000000000004", "1e17", "123456789012345678", "9007199254740993", "1e21", "1e-7", "infinity", "1_0", "+5", ".5", "5.",
    ])
  static let scoreBound = Pool(
    ["-inf", "+inf", "0", "1", "(1", "2", "(2", "3", "1.5", "10", "-1"],
    border: ["(inf", "(-inf", "nan", "(nan", "(", "", "((1", "abc", "(abc", "1e400", "[1", "-", "+", "inf ", "(0x10", "-0", "(-0"])
  static let lexBound = Pool(
    ["-", "+", "[a", "(a", "[b", "(c", "[m1", "(m5", "[m9"],
    border: ["", "[", "(", "a", "--", "++", "[-", "(+", "[\u{0}", "((a", "-inf", "[zzz", "+a"])
  static let index = Pool(
    ["0", "1", "2", "3", "-1", "-2", "-3", "5", "10", "-10", "20", "-20"], border: integers)
  static let count = Pool(["1", "2", "3", "5", "10", "4"], border: ["0", "-1", "-2", "-5", "1000000"] + integers)
  /// Some commands answer with as many elements as such a count says; these never say more than fits a test.
  static let randomCount = Pool(
    ["1", "2", "3", "5", "10", "-2", "-5", "-1"],
    border: [
      "0", "1000", "-50", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "abc", "", "1.5",
      "4611686018427387904",
    ])
  static let delta = Pool(["1", "5", "-3", "100", "7"], border: integers)
  static let float = Pool(
    ["0.1", "-0.1", "5", "-3", "3.0", "1.5", "123456789.123456789"],
    border: [
      "1e20", "-1e-20", "1e4932", "1e5000", "1e-5000", "nan", "inf", "-inf", "abc", "", " 1", "1 ", "0x1p3", "1.7976931348623157e308",
      "0.00000000000000001", "1e17", "3.", ".5", "+2", "1e", "infinity", "0", "-0.0",
    ])
  static let database = Pool(["0", "1", "2", "0"], border: ["15", "16", "-1", "a", "99999999999", "01", ""])
  /// Offsets into strings, below what makes a test slow; beyond it only those that are refused.
  static let byteOffset = Pool(
    ["0", "1", "5", "44", "10"],
    border: ["1020", "1024", "3000", "-1", "536870912", "9223372036854775807", "a", "", "01", "-9223372036854775808"])
  static let bitOffset = Pool(
    ["0", "1", "7", "8", "15", "100", "31"], border: ["1000", "4294967296", "-1", "9223372036854775807", "a", "", "01", "100000", "1.5"])
  static let fieldOffset = Pool(
    ["0", "1", "7", "8", "#1", "#0", "100", "#5"], border: ["-1", "#-1", "#", "4294967296", "a", "", "#9223372036854775807"])
  static let fieldType = Pool(
    ["u8", "i8", "u1", "i5", "u16", "i32", "u4", "i64", "u63"], border: ["u64", "i65", "i0", "u0", "x8", "u", "", "i-1", "U8", "u8a"])
  static let fieldValue = Pool(["0", "1", "-1", "100", "255", "300", "-200"], border: integers)
  static let bit = Pool(["0", "1"], border: ["2", "-1", "a", "", "01"])
  static let bitOperation = Pool(["AND", "OR", "XOR", "NOT"], border: ["", "NAND", "ANDOR", "not "])
  /// Seconds to wait: nothing, for ever, or an instant.
  static let timeout = Pool(["0", "0.01", "0"], border: ["-1", "abc", "", "nan", "inf", "1e400", "9223372036854775807", "-0.1", "1e16"])
  static let blockMilliseconds = Pool(["0", "10", "0"], border: ["-1", "abc", "", "9223372036854775807", "9223372036854775808", "1.5"])
  static let minIdle = Pool(["0", "0", "1000000000"], border: ["-1", "abc", "", "9223372036854775807"])
  static let past = Pool(["1", "1000", "1600000000"])
  static let longitude = Pool(
    ["13.361389", "15.087269", "0", "2.349014", "-0.1277", "-180", "180", "139.69"],
    border: ["180.1", "-181", "abc", "", "nan", "inf", "1e5", "-0"])
  static let latitude = Pool(
    ["38.115556", "37.502669", "0", "48.864716", "51.5073", "35.68", "-33.86"],
    border: ["85.05112878", "-85.05112878", "85.06", "90", "abc", "", "nan", "-inf", "86"])
  static let radius = Pool(
    ["100", "200", "0", "1", "2000", "20000", "500.5"], border: ["-1", "abc", "", "nan", "inf", "1e10", "1e300", "-0"])
  static let pattern = Pool(
    ["*", "m*", "m?", "m[0-4]", "k*", "*1"],
    border: [
      "k[^0-4]", "k[4-0]", "?", "", "[", "k[", "k[]", "k[^]", "k[0", "k[\\0]", "\\k1", "\\", "k\\", "**", "*?*", "[a-", "k[0-", "*\\*",
      "[^k]*",
      "M*",
    ])
  /// What SORT looks keys up by.
  static let lookup = Pool(["nosort", "w_*", "h1->a", "*", "#", "w_*->m1", "k_*"], border: ["", "w_", "->", "*->", "w_*->", "#a", "**"])
  static let entryID = Pool(
    ["1-1", "1-2", "2-1", "2-2", "3-0", "5", "5-1", "7-3", "10-1"],
    border: [
      "0-0", "0", "0-1", "-", "+", "$", ">", "5-*", "11-*", "18446744073709551615-18446744073709551615", "18446744073709551615",
      "18446744073709551615-*", "18446744073709551616", "abc", "1-", "-1", "1-abc", "", "1-1-1", "1-18446744073709551616", "01-01", "(1-1",
      "*",
    ])
  static let rangeID = Pool(
    ["-", "+", "1", "2-1", "3", "5", "(1-1", "(2-2", "10"], border: entryIDBorder + ["(", "(-", "(+", "((1", "(0"])
  private static let entryIDBorder = [
    "0-0", "0", "$", ">", "18446744073709551615-18446744073709551615", "(18446744073709551615-18446744073709551615", "abc", "1-", "",
    "(0-0", "*",
  ]
  static let newID = Pool(
    ["*", "1-*", "5-*", "10-1", "20-1", "30-5", "40"], border: entryIDBorder + ["1-1", "-", "+", "18446744073709551615-*"])
  static let readID = Pool(["0", "1-1", "2", "$", "5-0"], border: entryIDBorder + ["-", "+"])
  static let groupReadID = Pool([">", ">", ">", "0", "1-1"], border: entryIDBorder + ["-", "+"])
  static let threshold = Pool(
    ["0", "1", "2", "3", "5", "2-1", "3"], border: ["-1", "abc", "", "1-", "9223372036854775808", "10-1", "1000000"])
  static let group = Pool(["g1", "g2", "g1"], border: ["", "g\u{0}", "nosuch"])
  static let consumer = Pool(["c1", "c2", "c3"], border: ["", "c\u{0}"])
  static let typeName = Pool(["string", "list", "set", "zset", "hash", "stream"], border: ["STRING", "x", "", "none"])
  static let sketchCommand = Pool(["GETREG", "DECODE", "ENCODING", "TODENSE"], border: ["", "X"])
  static let word = Pool(["x", "y", "1", "0"], border: [""] + integers)
}
