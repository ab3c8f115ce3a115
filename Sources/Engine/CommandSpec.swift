/// All that is known about a command, declared once, beside its handler: drives dispatch, arity errors, key extraction, propagation,
/// COMMAND, COMMAND DOCS, COMMAND GETKEYS, commandstats and the table in the documentation.
///
/// Source of the fields' meaning: https://redis.io/docs/latest/commands/command/ and …/command-docs/
package struct CommandSpec: Sendable {
  package typealias Handler = @Sendable (Call) throws(CommandError) -> Void

  /// Upper case, as users write it; `parent|sub` names are derived.
  package var name: StaticString
  /// Arguments with the name counted; negative: at least that many.
  package var arity: Int
  package var flags: CommandFlags
  package var keys: [KeySpec]
  /// Beyond those that follow from flags and group (@read, @write, @fast, @slow, @keyspace, …).
  package var categories: ACLCategories
  package var group: CommandGroup
  package var since: StaticString
  package var summary: StaticString
  package var complexity: StaticString
  package var deprecated: Deprecation?
  package var history: [History]
  package var tips: [StaticString]
  package var arguments: [CommandArgument]
  package var subcommands: [CommandSpec]
  package var handler: Handler

  package struct Deprecation: Sendable {
    package var since: StaticString
    package var replacedBy: StaticString
    package init(since: StaticString, replacedBy: StaticString) {
      self.since = since
      self.replacedBy = replacedBy
    }
  }

  package struct History: Sendable {
    package var version: StaticString
    package var change: StaticString
    package init(_ version: StaticString, _ change: StaticString) {
      self.version = version
      self.change = change
    }
  }

  package init(
    _ name: StaticString, arity: Int, flags: CommandFlags, keys: [KeySpec] = [], categories: ACLCategories = [], group: CommandGroup,
    since: StaticString, summary: StaticString, complexity: StaticString, deprecated: Deprecation? = nil, history: [History] = [],
    tips: [StaticString] = [], arguments: [CommandArgument] = [], subcommands: [CommandSpec] = [],
    handler: @escaping Handler = CommandSpec.containerOnly
  ) {
    self.name = name
    self.arity = arity
    self.flags = flags
    self.keys = keys
    self.categories = categories
    self.group = group
    self.since = since
    self.summary = summary
    self.complexity = complexity
    self.deprecated = deprecated
    self.history = history
    self.tips = tips
    self.arguments = arguments
    self.subcommands = subcommands
    self.handler = handler
  }

  /// The handler of a command that exists through its subcommands only; the arity check answers before it is reached.
  package static let containerOnly: Handler = { call throws(CommandError) in throw .unknownSubcommand(call) }
}

package struct CommandFlags: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }
  package static let write = Self(rawValue: 1 << 0)
  package static let readonly = Self(rawValue: 1 << 1)
  package static let denyOOM = Self(rawValue: 1 << 2)
  package static let admin = Self(rawValue: 1 << 3)
  package static let pubsub = Self(rawValue: 1 << 4)
  package static let noScript = Self(rawValue: 1 << 5)
  package static let blocking = Self(rawValue: 1 << 6)
  package static let loading = Self(rawValue: 1 << 7)
  package static let stale = Self(rawValue: 1 << 8)
  package static let skipMonitor = Self(rawValue: 1 << 9)
  package static let skipSlowlog = Self(rawValue: 1 << 10)
  package static let fast = Self(rawValue: 1 << 11)
  package static let noAuth = Self(rawValue: 1 << 12)
  package static let mayReplicate = Self(rawValue: 1 << 13)
  package static let noMulti = Self(rawValue: 1 << 14)
  package static let movableKeys = Self(rawValue: 1 << 15)
  package static let allowBusy = Self(rawValue: 1 << 16)
  package static let noAsyncLoading = Self(rawValue: 1 << 17)
  package static let asking = Self(rawValue: 1 << 18)
  package static let noMandatoryKeys = Self(rawValue: 1 << 19)
  package static let protected = Self(rawValue: 1 << 20)
  /// Exists in a sentinel process as well (SENTINEL's own commands: `onlySentinel`).
  package static let sentinel = Self(rawValue: 1 << 21)
  package static let onlySentinel = Self(rawValue: 1 << 22)
  /// Runs at once inside MULTI instead of being queued (EXEC, DISCARD, MULTI, WATCH, QUIT, RESET).
  package static let notQueued = Self(rawValue: 1 << 23)
  /// Takes the short way through dispatch, as every `fast` command does: its time is not taken by itself. SET is not `fast` in Redis.
  package static let direct = Self(rawValue: 1 << 24)

  /// Of no use to applications: COMMAND DOCS says `syscmd`.
  package static let systemCommand = Self(rawValue: 1 << 25)

  /// In the order in which COMMAND INFO lists them; Redis shows neither `mayReplicate` nor `protected`.
  package static let names: [(CommandFlags, StaticString)] = [
    (.write, "write"), (.readonly, "readonly"), (.denyOOM, "denyoom"), (.admin, "admin"), (.pubsub, "pubsub"), (.noScript, "noscript"),
    (.blocking, "blocking"), (.loading, "loading"), (.stale, "stale"), (.skipMonitor, "skip_monitor"), (.skipSlowlog, "skip_slowlog"),
    (.asking, "asking"), (.fast, "fast"), (.noAuth, "no_auth"), (.noMandatoryKeys, "no_mandatory_keys"),
    (.noAsyncLoading, "no_async_loading"), (.noMulti, "no_multi"), (.movableKeys, "movablekeys"), (.allowBusy, "allow_busy"),
  ]
}

package struct ACLCategories: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }
  package static let keyspace = Self(rawValue: 1 << 0)
  package static let read = Self(rawValue: 1 << 1)
  package static let write = Self(rawValue: 1 << 2)
  package static let set = Self(rawValue: 1 << 3)
  package static let sortedSet = Self(rawValue: 1 << 4)
  package static let list = Self(rawValue: 1 << 5)
  package static let hash = Self(rawValue: 1 << 6)
  package static let string = Self(rawValue: 1 << 7)
  package static let bitmap = Self(rawValue: 1 << 8)
  package static let hyperLogLog = Self(rawValue: 1 << 9)
  package static let geo = Self(rawValue: 1 << 10)
  package static let stream = Self(rawValue: 1 << 11)
  package static let pubsub = Self(rawValue: 1 << 12)
  package static let admin = Self(rawValue: 1 << 13)
  package static let fast = Self(rawValue: 1 << 14)
  package static let slow = Self(rawValue: 1 << 15)
  package static let blocking = Self(rawValue: 1 << 16)
  package static let dangerous = Self(rawValue: 1 << 17)
  package static let connection = Self(rawValue: 1 << 18)
  package static let transaction = Self(rawValue: 1 << 19)
  package static let scripting = Self(rawValue: 1 << 20)

  package static let names: [(ACLCategories, StaticString)] = [
    (.keyspace, "@keyspace"), (.read, "@read"), (.write, "@write"), (.set, "@set"), (.sortedSet, "@sortedset"), (.list, "@list"),
    (.hash, "@hash"), (.string, "@string"), (.bitmap, "@bitmap"), (.hyperLogLog, "@hyperloglog"), (.geo, "@geo"), (.stream, "@stream"),
    (.pubsub, "@pubsub"), (.admin, "@admin"), (.fast, "@fast"), (.slow, "@slow"), (.blocking, "@blocking"), (.dangerous, "@dangerous"),
    (.connection, "@connection"), (.transaction, "@transaction"), (.scripting, "@scripting"),
  ]
}

package enum CommandGroup: String, Sendable {
  case generic, string, list, set
  case sortedSet = "sorted-set"
  case hash, pubsub, transactions, connection, server, scripting
  case hyperLogLog = "hyperloglog"
  case cluster, geo, stream, bitmap, sentinel
}

/// Which arguments are keys: where the search begins, and how the keys are found from there.
package struct KeySpec: Sendable {
  package struct Flags: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package static let readOnly = Self(rawValue: 1 << 0)
    package static let readWrite = Self(rawValue: 1 << 1)
    package static let overwrite = Self(rawValue: 1 << 2)
    package static let remove = Self(rawValue: 1 << 3)
    package static let access = Self(rawValue: 1 << 4)
    package static let update = Self(rawValue: 1 << 5)
    package static let insert = Self(rawValue: 1 << 6)
    package static let delete = Self(rawValue: 1 << 7)
    package static let notKey = Self(rawValue: 1 << 8)
    package static let incomplete = Self(rawValue: 1 << 9)
    package static let variableFlags = Self(rawValue: 1 << 10)

    package static let names: [(Flags, StaticString)] = [
      (.readOnly, "RO"), (.readWrite, "RW"), (.overwrite, "OW"), (.remove, "RM"), (.access, "access"), (.update, "update"),
      (.insert, "insert"), (.delete, "delete"), (.notKey, "not_key"), (.incomplete, "incomplete"), (.variableFlags, "variable_flags"),
    ]
  }
  package enum Begin: Sendable {
    case index(Int)
    case keyword(StaticString, startFrom: Int)
    case unknown
  }
  package enum Find: Sendable {
    /// `last`: relative to the first key, or from the end if negative; `limit`: the part of the arguments looked at (0 and 1: all).
    case range(last: Int, step: Int, limit: Int)
    case keyCount(at: Int, first: Int, step: Int)
    case unknown
  }
  package var flags: Flags
  package var begin: Begin
  package var find: Find
  package var notes: StaticString?

  package init(_ flags: Flags, begin: Begin, find: Find, notes: StaticString? = nil) {
    self.flags = flags
    self.begin = begin
    self.find = find
    self.notes = notes
  }

  /// One key at `index`.
  package static func one(_ flags: Flags, at index: Int = 1, notes: StaticString? = nil) -> KeySpec {
    KeySpec(flags, begin: .index(index), find: .range(last: 0, step: 1, limit: 0), notes: notes)
  }
  /// Keys from `index` to the last argument (`last` counts from the end), each `step` apart.
  package static func rest(_ flags: Flags, from index: Int = 1, last: Int = -1, step: Int = 1) -> KeySpec {
    KeySpec(flags, begin: .index(index), find: .range(last: last, step: step, limit: 0))
  }
}

package indirect enum CommandArgumentType: Sendable {
  case string, integer, double, key, pattern, unixTime, pureToken
  case oneOf([CommandArgument])
  case block([CommandArgument])

  package var name: StaticString {
    switch self {
    case .string: "string"
    case .integer: "integer"
    case .double: "double"
    case .key: "key"
    case .pattern: "pattern"
    case .unixTime: "unix-time"
    case .pureToken: "pure-token"
    case .oneOf: "oneof"
    case .block: "block"
    }
  }
}

package struct CommandArgument: Sendable {
  package var name: StaticString
  package var type: CommandArgumentType
  package var token: StaticString?
  package var keySpec: Int?
  package var since: StaticString?
  package var deprecatedSince: StaticString?
  package var isOptional: Bool
  package var isMultiple: Bool
  package var isTokenRepeated: Bool

  package init(
    _ name: StaticString, _ type: CommandArgumentType, token: StaticString? = nil, keySpec: Int? = nil, since: StaticString? = nil,
    deprecatedSince: StaticString? = nil, optional: Bool = false, multiple: Bool = false, tokenRepeated: Bool = false
  ) {
    self.name = name
    self.type = type
    self.token = token
    self.keySpec = keySpec
    self.since = since
    self.deprecatedSince = deprecatedSince
    isOptional = optional
    isMultiple = multiple
    isTokenRepeated = tokenRepeated
  }
}
