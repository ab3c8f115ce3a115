import TernEngine

/// Writes calls of a command from its own argument specs: valid ones, ones at a border, and broken ones.
struct CommandWriter {
  struct Target {
    var spec: CommandSpec
    /// `xinfo|stream`; one word for most.
    var name: String
    var group: CommandGroup
  }

  var random: SeededRandom
  /// Values of DUMP for RESTORE.
  var payloads: [[UInt8]]
  private var quality = Quality.valid
  private var target: Target?
  /// How many keys `numkeys` spoke of: as many weights follow, and as many ids behind STREAMS.
  private var keyCount: Int?
  private var rangeMode = 0

  private enum Quality { case valid, border, broken }

  init(random: SeededRandom, payloads: [[UInt8]]) {
    self.random = random
    self.payloads = payloads
  }

  mutating func write(_ target: Target) -> [[UInt8]] {
    switch chance(20) {
    case 0...13: quality = .valid
    case 14...17: quality = .border
    default: quality = .broken
    }
    self.target = target
    keyCount = nil
    rangeMode = chance(3)
    var words = target.name.split(separator: "|").map { anyCase(String($0).uppercased()) }
    words += arguments(target.spec.arguments)
    if quality == .broken { damage(&words, keep: target.name.contains("|") ? 2 : 1) }
    return words
  }

  private mutating func damage(_ words: inout [[UInt8]], keep: Int) {
    let place = words.count > keep ? keep + chance(words.count - keep) : words.count
    switch chance(5) {
    case 0 where words.count > keep: words.removeLast()
    case 1: words.append(pick(Pool.word.border))
    // What is allowed at the end of a call may not be safe in the middle of one: no counts are moved in front of a random choice.
    case 2 where words.count > keep: words.remove(at: place)
    case 3 where words.count > keep && !isCounted: words[place] = pick(Pool.value.border)
    default: words.insert(anyCase(pick(["WITHSCORES", "LIMIT", "COUNT", "NX", "GET", "x", "STORE"])), at: place)
    }
  }

  /// A huge number in such a command's place of a count would make a reply that no test wants; the pool for counts has those that are safe.
  private var isCounted: Bool {
    ["srandmember", "hrandfield", "zrandmember", "setrange", "setbit", "bitfield"].contains(target?.name ?? "")
  }

  // MARK: arguments

  private mutating func arguments(_ list: [CommandArgument]) -> [[UInt8]] {
    var parts: [[[UInt8]]] = []
    var optionals: [Int] = []
    var blockCount: Int?
    for (i, argument) in list.enumerated() {
      if argument.isNewerThanRedis70 { continue }
      if argument.isOptional, chance(10) >= (list.count > 6 ? 2 : 4) { continue }
      let name = "\(argument.name)"
      var times = 1
      if argument.isMultiple {
        times = chance(25) == 0 ? 20 + chance(50) : 1 + chance(3)
        if name == "weight" || name == "id", let known = keyCount ?? blockCount { times = known }
        // Every option more than once, or left alone.
        if case .oneOf = argument.type { times = 1 + chance(3) }
      }
      if name == "numkeys" || name == "numfields" || name == "num-keys" {
        let next = i + 1 < list.count ? list[i + 1] : nil
        keyCount = next?.isMultiple == true ? 1 + chance(3) : 1
        let shown = quality == .border && chance(4) == 0 ? pick(Pool.count.border) : Array("\(keyCount ?? 1)".utf8)
        parts.append([shown])
        continue
      }
      if case .key = argument.type, argument.isMultiple {
        times = i > 0 && "\(list[i - 1].name)".hasPrefix("num") ? keyCount ?? times : min(times, 40)
        blockCount = times
        keyCount = times
      }
      var words: [[UInt8]] = []
      for n in 0..<times {
        if let token = argument.token, !argument.isPureToken, n == 0 || argument.isTokenRepeated {
          words.append(anyCase("\(token)"))
        }
        words += one(argument)
      }
      if argument.isOptional { optionals.append(parts.count) }
      parts.append(words)
    }
    // Options come in any order.
    if optionals.count > 1, chance(3) == 0, optionals.last == parts.count - 1, optionals.last! - optionals[0] == optionals.count - 1 {
      parts[optionals[0]...].shuffle(using: &random)
    }
    return parts.flatMap { $0 }
  }

  private mutating func one(_ argument: CommandArgument) -> [[UInt8]] {
    switch argument.type {
    case .oneOf(let choices):
      var choices = choices.filter { !$0.isNewerThanRedis70 }
      if "\(argument.name)" == "sortby" { choices = choices.filter { "\($0.name)" == (rangeMode == 1 ? "byscore" : "bylex") } }
      guard !choices.isEmpty else { return [] }
      let choice = pick(choices)
      guard let token = choice.token, !choice.isPureToken else { return one(choice) }
      return [anyCase("\(token)")] + one(choice)
    case .block(let parts): return arguments(parts)
    case .pureToken: return [argument.token.map { "\($0)".isEmpty ? [] : anyCase("\($0)") } ?? []]
    case .key: return [key("\(argument.name)")]
    default: return [value(argument)]
    }
  }

  mutating func key(_ argument: String) -> [UInt8] {
    guard let target else { return [] }
    switch chance(30) {
    case 0: return Array(pick(Keyspace.all).utf8)
    case 1: return chance(3) == 0 ? pick(Keyspace.strange) : Array("missing".utf8)
    default: return Array(pick(Keyspace.pool(target.spec.groupName, target.group, argument)).utf8)
    }
  }

  private mutating func value(_ argument: CommandArgument) -> [UInt8] {
    let pool = self.pool(argument)
    if let pool {
      if quality == .valid || pool.border.isEmpty { return pick(pool.plain) }
      return chance(2) == 0 ? pick(pool.border) : pick(pool.plain)
    }
    return farAhead(argument)
  }

  // MARK: which values

  private func pool(_ argument: CommandArgument) -> Pool? {
    guard let target else { return nil }
    let name = "\(argument.name)"
    if let special = special(target, name) { return special }
    switch argument.type {
    case .pattern: return target.name.hasPrefix("sort") ? .lookup : .pattern
    case .unixTime: return nil
    case .double: return doubles(target, name)
    case .integer: return integers(target, name)
    default: return strings(target, name)
    }
  }

  /// Commands whose arguments' meaning hangs on more than their names.
  private func special(_ target: Target, _ name: String) -> Pool? {
    switch (target.name, name) {
    case ("zrange", "start"), ("zrange", "stop"), ("zrange", "min"), ("zrange", "max"), ("zrangestore", "min"), ("zrangestore", "max"):
      return rangeMode == 0 ? .index : rangeMode == 1 ? .scoreBound : .lexBound
    case ("xrange", "start"), ("xrange", "end"), ("xrevrange", "start"), ("xrevrange", "end"), ("xpending", "start"), ("xpending", "end"):
      return .rangeID
    case ("xadd", "id"), ("xadd", "auto_id"): return .newID
    case ("xread", "id"): return .readID
    case ("xreadgroup", "id"): return .groupReadID
    case ("xread", "milliseconds"), ("xreadgroup", "milliseconds"): return .blockMilliseconds
    case ("xautoclaim", "start"): return .entryID
    case ("xclaim", "ms"), ("xclaim", "unix-time-milliseconds"), ("xclaim", "count"):
      return Pool(["0", "1", "1000"], border: ["-1", "abc", ""])
    case ("setbit", "offset"), ("getbit", "offset"): return .bitOffset
    case ("setbit", "value"), ("bitpos", "bit"): return .bit
    case ("bitfield", "offset"), ("bitfield_ro", "offset"): return .fieldOffset
    case ("bitfield", "value"), ("bitfield", "increment"): return .fieldValue
    case ("bitop", "operation"): return .bitOperation
    case ("setrange", "offset"): return .byteOffset
    case ("srandmember", "count"), ("hrandfield", "count"), ("zrandmember", "count"): return .randomCount
    case ("pfdebug", "subcommand"): return .sketchCommand
    case ("restore", "ttl"), ("restore-asking", "ttl"): return Pool(["0", "0", "100000000"], border: ["-1", "abc", ""])
    case ("scan", "type"): return .typeName
    case ("hincrbyfloat", "increment"), ("incrbyfloat", "increment"): return .float
    case ("zincrby", "increment"): return .score
    default: return nil
    }
  }

  private func doubles(_ target: Target, _ name: String) -> Pool {
    switch name {
    case "timeout": .timeout
    case "longitude": .longitude
    case "latitude": .latitude
    case "radius", "width", "height": .radius
    case "min", "max": .scoreBound
    default: .score
    }
  }

  private func integers(_ target: Target, _ name: String) -> Pool? {
    switch name {
    case "seconds", "milliseconds", "unix-time-seconds", "unix-time-milliseconds": nil
    case "timeout": .timeout
    case "count", "len", "num-matches", "limit": .count
    case "index", "start", "stop", "end", "rank", "offset": .index
    case "db", "destination-db", "index1", "index2": .database
    case "weight": .score
    case "cursor": Pool(["0", "0", "0"], border: ["abc", "-1", "", "18446744073709551615", "18446744073709551616", "7"])
    case "min-idle-time": .minIdle
    case "increment", "decrement": .delta
    default: .index
    }
  }

  private func strings(_ target: Target, _ name: String) -> Pool {
    switch name {
    case "min", "max": return target.name.contains("lex") ? .lexBound : .scoreBound
    case "id", "last-id", "lastid", "max-deleted-id", "max_deleted_entry_id", "last_id", "start": return .entryID
    case "threshold": return .threshold
    case "group", "groupname": return .group
    case "consumer", "consumername": return .consumer
    case "encoding": return .fieldType
    case "min-idle-time": return .minIdle
    case "serialized-value": return Pool([]).adding(payloads).swapped
    default: break
    }
    return target.group == .string || target.group == .bitmap ? .text : .value
  }

  /// Far from now, and never twice the same: who expires later must not depend on when a command ran.
  private mutating func farAhead(_ argument: CommandArgument) -> [UInt8] {
    if quality != .valid, chance(2) == 0 {
      return chance(3) == 0 ? pick(Pool.past.plain) : pick(Pool.count.border.filter { $0 != [49] && $0 != Array("1000000".utf8) })
    }
    let name = "\(argument.name)"
    let range: ClosedRange<Int64> =
      name.hasPrefix("unix-time")
      ? 9_000_000_000_000...9_100_000_000_000 : 10_000_000...9_000_000_000
    return Array(String(Int64.random(in: range, using: &random)).utf8)
  }

  // MARK: draws

  mutating func chance(_ n: Int) -> Int { Int.random(in: 0..<n, using: &random) }
  mutating func pick<T>(_ pool: [T]) -> T { pool[Int.random(in: 0..<pool.count, using: &random)] }

  private mutating func anyCase(_ word: String) -> [UInt8] {
    switch chance(4) {
    case 0: Array(word.lowercased().utf8)
    case 1: word.utf8.map { Bool.random(using: &random) ? $0 : ($0 >= 65 && $0 <= 90 ? $0 + 32 : $0) }
    default: Array(word.utf8)
    }
  }
}

extension Pool {
  fileprivate var swapped: Pool {
    var pool = self
    pool.plain = border.isEmpty ? [[]] : border
    pool.border = [[], [0], [UInt8](repeating: 0, count: 20)]
    return pool
  }
}

extension CommandSpec {
  var groupName: String { "\(name)".lowercased() }
}

extension CommandArgument {
  var isPureToken: Bool { if case .pureToken = type { true } else { false } }

  /// Options that came with 7.2 or later do not exist on the other side.
  var isNewerThanRedis70: Bool {
    guard let since else { return false }
    let parts = "\(since)".split(separator: ".").compactMap { Int($0) }
    return parts.count >= 2 && (parts[0], parts[1]) > (7, 0)
  }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): a seed decides everything that a test draws.
struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
