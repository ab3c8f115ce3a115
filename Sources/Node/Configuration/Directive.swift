/// One directive of the configuration, declared once (see `Directive.table`): the declaration drives the parser, CONFIG GET, SET and
/// REWRITE, and every error text.
package struct Directive: Sendable {
  package struct Traits: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Can be given at the start only.
    package static let immutable = Traits(rawValue: 1)
    /// The value is redacted in SLOWLOG, MONITOR and the like.
    package static let sensitive = Traits(rawValue: 2)
    /// CONFIG SET is allowed only by `enable-protected-configs`.
    package static let protected = Traits(rawValue: 4)
    /// CONFIG GET shows it by its exact name only.
    package static let hidden = Traits(rawValue: 8)
    /// CONFIG SET answers -LOADING while a dataset is loaded.
    package static let deniedWhileLoading = Traits(rawValue: 16)
    /// Takes several arguments in a file; CONFIG SET splits its one value at each space.
    package static let multipleArguments = Traits(rawValue: 32)
  }

  package enum Kind: Equatable, Sendable {
    case bool
    case integer(IntegerRule)
    case choice([String])
    case string
    /// A syntax of its own.
    case special
  }

  package let name: String
  /// Other names, which CONFIG GET shows beside `name`.
  package let aliases: [String]
  package let kind: Kind
  package let traits: Traits
  /// True when the value is parsed, validated and shown, and has no effect: it has no property in `Configuration` that could be read.
  package let isIgnored: Bool

  /// Validates and stores; on error the configuration is unchanged.
  let assign: @Sendable (inout Configuration, [[UInt8]], AssignmentContext) throws(ConfigurationReason) -> Void
  /// The value as CONFIG GET shows it.
  let value: @Sendable (Configuration) -> [UInt8]
  /// The lines of CONFIG REWRITE; none for a value that is expressed by leaving the directive out.
  let lines: @Sendable (Configuration) -> [RewriteLine]

  package var defaultValue: [UInt8] { value(Configuration()) }
}

/// A line of CONFIG REWRITE, and whether it is written even where the old file has no such line (the value is not the default).
struct RewriteLine: Sendable {
  var text: [UInt8]
  var isForced: Bool

  init(_ text: String, isForced: Bool) {
    self.text = Array(text.utf8)
    self.isForced = isForced
  }
}

/// What an assignment depends on besides its arguments.
package struct AssignmentContext: Sendable {
  /// `save` adds to the save points given so far; otherwise it replaces them.
  var appendsSavePoints = false
  /// See `ConfigurationEnvironment.enterDirectory`.
  var enterDirectory: @Sendable (_ path: String, _ current: String) throws(ConfigurationReason) -> String = { path, _ in path }
}

extension Directive {
  /// The index in `table` for a name or alias, in any case of letters.
  package static func index(named name: some Sequence<UInt8>) -> Int? { indexes[lowercased(name)] }

  package static func named(_ name: some Sequence<UInt8>) -> Directive? { index(named: name).map { table[$0] } }

  /// Directives of older versions that redis-server reads over in a file when they have exactly one argument.
  static let retired: Set<String> = ["list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"]

  private static let indexes: [String: Int] = {
    var indexes: [String: Int] = [:]
    for (index, directive) in table.enumerated() {
      for name in [directive.name] + directive.aliases { indexes[name] = index }
    }
    return indexes
  }()

  static func lowercased(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: bytes.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}

/// Where a directive's value lives.
struct Place<Value: Sendable>: Sendable {
  let get: @Sendable (Configuration) -> Value
  let set: @Sendable (inout Configuration, Value) -> Void

  init(get: @escaping @Sendable (Configuration) -> Value, set: @escaping @Sendable (inout Configuration, Value) -> Void) {
    self.get = get
    self.set = set
  }

  init(_ path: any SettingPath<Value>) {
    get = { $0[keyPath: path] }
    set = { $0[keyPath: path] = $1 }
  }
}

/// The value of a directive that is accepted and has no effect.
enum PassiveValue: Sendable {
  case bool(Bool)
  case integer(Int128)
  case string(String?)
}

extension Place where Value == Bool {
  static func passive(_ name: String, default fallback: Bool) -> Self {
    Place(
      get: { if case .bool(let value)? = $0.passive[name] { value } else { fallback } }, set: { $0.passive[name] = .bool($1) })
  }
}

extension Place where Value == Int128 {
  static func passive(_ name: String, default fallback: Int128) -> Self {
    Place(
      get: { if case .integer(let value)? = $0.passive[name] { value } else { fallback } },
      set: { $0.passive[name] = .integer($1) })
  }
}

extension Place where Value == String? {
  static func passive(_ name: String, default fallback: String?) -> Self {
    Place(
      get: { if case .string(let value)? = $0.passive[name] { value } else { fallback } },
      set: { $0.passive[name] = .string($1) })
  }
}

typealias SettingPath<Value> = WritableKeyPath<Configuration, Value> & Sendable
