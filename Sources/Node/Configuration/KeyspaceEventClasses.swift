/// `notify-keyspace-events`: which events are published, and on which of the two kinds of channel.
package struct KeyspaceEventClasses: OptionSet, SpecialSetting, Hashable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  package static let generic = Self(rawValue: 1 << 0)
  package static let string = Self(rawValue: 1 << 1)
  package static let list = Self(rawValue: 1 << 2)
  package static let set = Self(rawValue: 1 << 3)
  package static let hash = Self(rawValue: 1 << 4)
  package static let sortedSet = Self(rawValue: 1 << 5)
  package static let expired = Self(rawValue: 1 << 6)
  package static let evicted = Self(rawValue: 1 << 7)
  package static let stream = Self(rawValue: 1 << 8)
  package static let module = Self(rawValue: 1 << 9)
  /// Not in `all`, as is `keyMiss`.
  package static let newKey = Self(rawValue: 1 << 10)
  package static let keyMiss = Self(rawValue: 1 << 11)
  /// Publishes to `__keyspace@<db>__:<key>`.
  package static let keyspaceChannel = Self(rawValue: 1 << 12)
  /// Publishes to `__keyevent@<db>__:<event>`.
  package static let keyeventChannel = Self(rawValue: 1 << 13)
  package static let all: Self = [.generic, .string, .list, .set, .hash, .sortedSet, .expired, .evicted, .stream, .module]

  /// In the order in which they are shown.
  private static let letters: [(Character, Self)] = [
    ("g", .generic), ("$", .string), ("l", .list), ("s", .set), ("h", .hash), ("z", .sortedSet), ("x", .expired), ("e", .evicted),
    ("t", .stream), ("d", .module), ("n", .newKey), ("K", .keyspaceChannel), ("E", .keyeventChannel), ("m", .keyMiss),
  ]

  mutating func assign(_ arguments: [[UInt8]], _ context: AssignmentContext) throws(ConfigurationReason) {
    var given: Self = []
    for byte in Directive.cString(try Directive.only(arguments)) {
      let letter = Character(Unicode.Scalar(byte))
      if letter == "A" {
        given.formUnion(.all)
      } else if let named = Self.letters.first(where: { $0.0 == letter }) {
        given.formUnion(named.1)
      } else {
        throw ConfigurationReason("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
      }
    }
    self = given
  }

  /// When all classes are on, `newKey` is not shown; that is redis-server's way.
  var text: String { isSuperset(of: .all) ? "A" + shown(subtracting(.all).subtracting(.newKey)) : shown(self) }

  func lines(_ name: String, default fallback: Self) -> [RewriteLine] {
    let letters = isSuperset(of: .all) ? "A" + shown(subtracting(.all)) : shown(self)
    return [RewriteLine("\(name) \"\(letters)\"", isForced: !isEmpty)]
  }

  private func shown(_ classes: Self) -> String { String(Self.letters.filter { classes.contains($0.1) }.map(\.0)) }
}

/// `shutdown-on-sigterm`, `shutdown-on-sigint`: empty is the default.
package struct ShutdownOptions: OptionSet, SpecialSetting, Hashable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  package static let save = Self(rawValue: 1)
  package static let nosave = Self(rawValue: 2)
  package static let now = Self(rawValue: 4)
  package static let force = Self(rawValue: 8)

  private static let words: [(String, Self)] = [
    ("default", []), ("save", .save), ("nosave", .nosave), ("now", .now), ("force", .force),
  ]

  mutating func assign(_ arguments: [[UInt8]], _ context: AssignmentContext) throws(ConfigurationReason) {
    var given: Self = []
    for argument in arguments {
      let word = Directive.lowercased(Directive.cString(argument))
      guard let named = Self.words.first(where: { $0.0 == word }) else { throw .mustBeOneOf(Self.words.map(\.0)) }
      given.formUnion(named.1)
    }
    guard !arguments.isEmpty else { throw .mustBeOneOf(Self.words.map(\.0)) }
    guard !given.isSuperset(of: [.save, .nosave]) else {
      throw ConfigurationReason("shutdown options SAVE and NOSAVE can't be used simultaneously")
    }
    self = given
  }

  var text: String {
    isEmpty ? "default" : Self.words.filter { !$0.1.isEmpty && contains($0.1) }.map(\.0).joined(separator: " ")
  }

  func lines(_ name: String, default fallback: Self) -> [RewriteLine] { [RewriteLine("\(name) \(text)", isForced: self != fallback)] }
}
