/// How the replies of a command are compared. A command that is not in the table compares byte for byte: a new family needs no entry
/// unless its replies depend on chance, on time, on a table's order or on the process.
enum ReplyRule: Equatable {
  case exact
  /// The elements in any order.
  case unordered
  /// A flat list of pairs (or a map), the pairs in any order.
  case unorderedPairs
  /// Integers may be apart by as much as two clocks are.
  case times
  /// Fields of this name may differ; all else as with `times`.
  case timesBut([String])
  /// The cursor's walk goes to its end on both sides, and what it gives is compared as a set.
  case scan
  /// Elements chosen by chance: as many on both sides, each one that the key holds.
  case chosen(all: [String])
  /// Elements chosen by chance and removed: the other side is told to remove the same.
  case popped
  /// An id made from the clock: the other side is told to take the same.
  case entryID
  /// Null on both sides, or a key on both sides.
  case anyKey
  /// A number on both sides: who holds a value, and since when if Redis shares one object for many, is a matter of the implementation.
  case referenceCount
  /// Small sets of strings and small lists are `listpack` as in Redis 7.2; 7.0 has no such layout for sets, and does not tell it for lists.
  case encoding
  /// The payload differs in how it is packed; `DatasetComparison` looks into it.
  case payload
  /// SORT … BY: elements without a weight, or with the same, stand in the order of a table; with LIMIT it decides which ones come.
  case ties
  /// Not sent at all.
  case skip(String)

  static let connection = "acts on the connection; compared in ServerDifferentialTests"
  static let process = "acts on the process, its files or its peers"
  static let itself = "describes the server itself"

  static let table: [String: ReplyRule] = [
    "keys": .unordered, "smembers": .unordered, "sinter": .unordered, "sunion": .unordered, "sdiff": .unordered,
    "hgetall": .unorderedPairs, "hkeys": .unordered, "hvals": .unordered, "pubsub|channels": .unordered,
    "pubsub|shardchannels": .unordered,
    "ttl": .times, "pttl": .times, "expiretime": .times, "pexpiretime": .times, "object|idletime": .referenceCount,
    "xpending": .times,
    // How many nodes a radix tree has is a matter of its making. Newer fields: 7.2.
    "xinfo|stream": .timesBut(["radix-tree-keys", "radix-tree-nodes"]), "xinfo|consumers": .skip("`inactive` came with 7.2"),
    "scan": .scan, "sscan": .scan, "hscan": .scan, "zscan": .scan,
    "srandmember": .chosen(all: ["SMEMBERS"]), "hrandfield": .chosen(all: ["HGETALL"]),
    "zrandmember": .chosen(all: ["ZRANGE", "0", "-1", "WITHSCORES"]),
    "spop": .popped, "xadd": .entryID, "randomkey": .anyKey, "object|refcount": .referenceCount, "object|encoding": .encoding,
    "dump": .payload,

    "auth": .skip(connection), "hello": .skip(connection), "quit": .skip(connection), "reset": .skip(connection),
    "client": .skip(connection), "subscribe": .skip(connection), "psubscribe": .skip(connection), "unsubscribe": .skip(connection),
    "punsubscribe": .skip(connection), "ssubscribe": .skip(connection), "sunsubscribe": .skip(connection), "monitor": .skip(connection),
    "shutdown": .skip(process), "sync": .skip(process), "psync": .skip(process), "replconf": .skip(process),
    "replicaof": .skip(process), "slaveof": .skip(process), "failover": .skip(process), "save": .skip(process),
    "bgsave": .skip(process), "bgrewriteaof": .skip(process), "lastsave": .skip(process), "migrate": .skip(process),
    "wait": .skip(process), "waitaof": .skip(process), "debug": .skip(process), "config": .skip(process), "acl": .skip(process),
    "module": .skip(process), "cluster": .skip(process), "slowlog": .skip(process), "latency": .skip(process), "role": .skip(process),
    "info": .skip(itself), "time": .skip(itself), "memory": .skip(itself), "lolwut": .skip(itself), "command": .skip(itself),
    "swapdb": .exact,
    "eval": .skip("scripts do not exist here"), "eval_ro": .skip("scripts do not exist here"),
    "evalsha": .skip("scripts do not exist here"), "evalsha_ro": .skip("scripts do not exist here"),
    "script": .skip("scripts do not exist here"), "function": .skip("scripts do not exist here"),
    "fcall": .skip("scripts do not exist here"), "fcall_ro": .skip("scripts do not exist here"),
    "pfselftest": .skip("takes a second"),
    "help": .skip("our own words"),
  ]

  /// Errors that later versions have mended.
  static let errors: [(theirs: String, ours: String, reason: String)] = [
    ("ERR timeout is negative", "ERR timeout is out of range", "7.0 takes a timeout that overflows for a negative one; 7.2 does not")
  ]

  static func of(_ step: Step) -> ReplyRule {
    if step.words.count > 1, step.word(1) == "help" { return .skip("our own words") }
    if isSort(step), names("by", step) { return .ties }
    return table[step.name + "|" + step.word(1)] ?? table[step.name] ?? .exact
  }

  /// Why this very call is not comparable, though the command is.
  static func reasonToLeaveOut(_ step: Step) -> String? {
    switch step.name {
    case "zrank" where step.words.count > 3, "zrevrank" where step.words.count > 3: return "WITHSCORE came with 7.2"
    case "xinfo" where step.word(1) == "stream" && step.word(3) == "full": return "consumers have `active-time` since 7.2"
    case "xread" where step.words.contains([43]): return "`+` came with 7.4"
    case "xread" where step.words.contains(Array("9223372036854775807".utf8)),
      "xreadgroup" where step.words.contains(Array("9223372036854775807".utf8)):
      return "7.0 takes a timeout that overflows; 7.2 does not"
    case "lpos" where step.words.contains(Array("-9223372036854775808".utf8)): return "7.2 refuses this rank"
    case "expire", "pexpire", "setex", "psetex", "restore", "restore-asking": return isSoon(step, 2)
    case "set", "getex":
      return step.words.indices.dropLast().contains { ["ex", "px"].contains(step.word($0)) && isSoon(step, $0 + 1) != nil } ? soon : nil
    case "sort" where names("by", step) && names("alpha", step) && names("store", step):
      return "ties would be stored in the order of a table"
    case "hscan" where step.words.contains { String(decoding: $0, as: UTF8.self).lowercased() == "novalues" }:
      return "NOVALUES came with 7.4"
    default: return nil
    }
  }

  /// Which elements come, and so what is looked up for them, depends on the order of a table.
  static func takesByTableOrder(_ step: Step) -> Bool { isSort(step) && names("by", step) && names("limit", step) }

  private static func isSort(_ step: Step) -> Bool { ["sort", "sort_ro"].contains(step.name) }
  private static func names(_ option: String, _ step: Step) -> Bool { step.words.indices.dropFirst(2).contains { step.word($0) == option } }

  private static let soon = "expires while the script runs"

  private static func isSoon(_ step: Step, _ index: Int) -> String? {
    (1..<10_000_000).contains(Int64(step.word(index)) ?? 0) ? soon : nil
  }
}
