import TernEngine

/// Which keys a command is called with: a few of each type, so that commands meet; now and then one of another type.
enum Keyspace {
  static let names: [String: [String]] = [
    "string": ["k0", "k1", "k2", "k3", "w_m1", "w_a", "w_1"],
    "list": ["l1", "l2", "l3"],
    "set": ["s1", "s2", "s3", "s4"],
    "sorted-set": ["z1", "z2", "z3"],
    "hash": ["h1", "h2", "h3"],
    "stream": ["x1", "x2"],
    "geo": ["z8", "z9", "z1"],
    "bitmap": ["k4", "k5", "k0"],
    "hyperloglog": ["p1", "p2", "p3"],
  ]
  static let all = names.values.flatMap { $0 }.sorted()
  static let strange: [[UInt8]] = [
    [], Array("a key".utf8), [0, 13, 10, 255], [UInt8](repeating: 107, count: 300), Array("{t}[a]*?\\".utf8),
  ]

  /// The type that an argument's key should have, by its command's group.
  static func pool(_ command: String, _ group: CommandGroup, _ argument: String) -> [String] {
    switch (command, group) {
    case ("sort", _), ("sort_ro", _): argument == "destination" ? names["list"]! : names["list"]! + names["set"]! + names["sorted-set"]!
    case ("zunion", _), ("zinter", _), ("zdiff", _), ("zunionstore", _), ("zinterstore", _), ("zdiffstore", _), ("zintercard", _):
      names["sorted-set"]! + names["set"]!
    case ("lcs", _): names["string"]! + names["bitmap"]!
    case ("pfdebug", _), ("pfcount", _), ("pfadd", _), ("pfmerge", _): names["hyperloglog"]!
    case (_, .generic): all
    default: names[group.rawValue] ?? all
    }
  }
}
