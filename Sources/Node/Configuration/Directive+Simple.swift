import TernEngine

extension Directive {
  static func bool(
    _ name: String, _ path: any SettingPath<Bool>, aliases: [String] = [], _ traits: Traits = []
  ) -> Directive {
    bool(name, Place(path), aliases, traits, isIgnored: false)
  }

  static func ignoredBool(_ name: String, default fallback: Bool, aliases: [String] = [], _ traits: Traits = []) -> Directive {
    bool(name, .passive(name, default: fallback), aliases, traits, isIgnored: true)
  }

  private static func bool(
    _ name: String, _ place: Place<Bool>, _ aliases: [String], _ traits: Traits, isIgnored: Bool
  ) -> Directive {
    let fallback = place.get(Configuration())
    let word: @Sendable (Configuration) -> String = { place.get($0) ? "yes" : "no" }
    return Directive(
      name: name, aliases: aliases, kind: .bool, traits: traits, isIgnored: isIgnored,
      assign: { (configuration, arguments, _) throws(ConfigurationReason) in
        switch lowercased(cString(try only(arguments))) {
        case "yes": place.set(&configuration, true)
        case "no": place.set(&configuration, false)
        default: throw ConfigurationReason("argument must be 'yes' or 'no'")
        }
      },
      value: { Array(word($0).utf8) },
      lines: { [RewriteLine("\(name) \(word($0))", isForced: place.get($0) != fallback)] })
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: any SettingPath<Choice>, aliases: [String] = [], _ traits: Traits = []
  ) -> Directive {
    let place = Place<String?>(
      get: { $0[keyPath: path].rawValue },
      set: { configuration, word in
        if let value = word.flatMap(Choice.init(rawValue:)) { configuration[keyPath: path] = value }
      })
    return choice(name, Choice.allCases.map(\.rawValue), place, [:], aliases, traits, isIgnored: false)
  }

  /// - Parameter synonyms: words that stand for another, and are shown as that
  static func ignoredChoice(
    _ name: String, _ words: [String], default fallback: String, synonyms: [String: String] = [:], _ traits: Traits = []
  ) -> Directive {
    choice(name, words, .passive(name, default: fallback), synonyms, [], traits, isIgnored: true)
  }

  private static func choice(
    _ name: String, _ words: [String], _ place: Place<String?>, _ synonyms: [String: String], _ aliases: [String], _ traits: Traits,
    isIgnored: Bool
  ) -> Directive {
    let fallback = place.get(Configuration())
    return Directive(
      name: name, aliases: aliases, kind: .choice(words), traits: traits, isIgnored: isIgnored,
      assign: { (configuration, arguments, _) throws(ConfigurationReason) in
        let word = lowercased(cString(try only(arguments)))
        guard words.contains(word) else { throw .mustBeOneOf(words) }
        place.set(&configuration, synonyms[word] ?? word)
      },
      value: { Array((place.get($0) ?? "").utf8) },
      lines: { [RewriteLine("\(name) \(place.get($0) ?? "")", isForced: place.get($0) != fallback)] })
  }

  /// A string that may not be empty in effect: an empty one is none, and none leaves no line in a rewritten file.
  static func string(
    _ name: String, _ path: any SettingPath<String?>, aliases: [String] = [], _ traits: Traits = []
  ) -> Directive {
    string(name, Place(path), emptyIsNone: true, aliases, traits, isIgnored: false, validate: nil)
  }

  static func string(
    _ name: String, _ path: any SettingPath<String>, _ traits: Traits = [],
    validate: (@Sendable (String) -> String?)? = nil
  ) -> Directive {
    let place = Place<String?>(get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 ?? "" })
    return string(name, place, emptyIsNone: false, [], traits, isIgnored: false, validate: validate)
  }

  static func ignoredString(
    _ name: String, default fallback: String? = nil, _ traits: Traits = [], validate: (@Sendable (String) -> String?)? = nil
  ) -> Directive {
    let emptyIsNone = fallback == nil
    return string(
      name, .passive(name, default: fallback), emptyIsNone: emptyIsNone, [], traits, isIgnored: true, validate: validate)
  }

  private static func string(
    _ name: String, _ place: Place<String?>, emptyIsNone: Bool, _ aliases: [String], _ traits: Traits, isIgnored: Bool,
    validate: (@Sendable (String) -> String?)?
  ) -> Directive {
    let fallback = place.get(Configuration())
    return Directive(
      name: name, aliases: aliases, kind: .string, traits: traits, isIgnored: isIgnored,
      assign: { (configuration, arguments, _) throws(ConfigurationReason) in
        // These are paths, addresses and names, and are Swift strings from here on; a repaired one would name another file.
        guard let text = String(validating: cString(try only(arguments)), as: UTF8.self) else {
          throw ConfigurationReason("argument must be valid UTF-8")
        }
        if let complaint = validate?(text) { throw ConfigurationReason(complaint) }
        place.set(&configuration, emptyIsNone && text.isEmpty ? nil : text)
      },
      value: { Array((place.get($0) ?? "").utf8) },
      lines: { configuration in
        guard let text = place.get(configuration) else { return [] }
        return [RewriteLine("\(name) \(QuotedArguments.quote(text.utf8))", isForced: text != fallback)]
      })
  }

  /// Any bytes, empty is none; for what is compared with what a peer or a client sends.
  static func bytes(
    _ name: String, _ path: any SettingPath<[UInt8]?>, stopsAtNUL: Bool = false, _ traits: Traits = []
  ) -> Directive {
    Directive(
      name: name, aliases: [], kind: .string, traits: traits, isIgnored: false,
      assign: { (configuration, arguments, _) throws(ConfigurationReason) in
        let argument = try only(arguments)
        let value = stopsAtNUL ? Array(cString(argument)) : argument
        configuration[keyPath: path] = value.isEmpty ? nil : value
      },
      value: { $0[keyPath: path] ?? [] },
      lines: { configuration in
        configuration[keyPath: path].map { [RewriteLine("\(name) \(QuotedArguments.quote($0))", isForced: true)] } ?? []
      })
  }

  static func only(_ arguments: [[UInt8]]) throws(ConfigurationReason) -> [UInt8] {
    guard let argument = arguments.first, arguments.count == 1 else { throw .wrongNumberOfArguments }
    return argument
  }

  /// What redis-server sees where it treats a value as a C string.
  static func cString(_ bytes: [UInt8]) -> ArraySlice<UInt8> { bytes.prefix { $0 != 0 } }
}

extension ConfigurationReason {
  static func mustBeOneOf(_ words: [String]) -> ConfigurationReason {
    ConfigurationReason("argument(s) must be one of the following: \(words.joined(separator: ", "))")
  }
}
