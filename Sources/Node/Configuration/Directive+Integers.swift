/// Which integers a directive takes, and how they are written.
package struct IntegerRule: Equatable, Sendable {
  package enum Notation: Equatable, Sendable {
    case decimal
    case octal
    /// Bytes with units.
    case memory
    /// Bytes with units, or `n%`, which is kept as −n.
    case memoryOrPercent
  }

  package let range: ClosedRange<Int128>
  package let notation: Notation

  func parse(_ bytes: [UInt8]) throws(ConfigurationReason) -> Int128 {
    let value = try number(bytes)
    if notation == .memoryOrPercent, value < 0 {
      guard value >= range.lowerBound else {
        throw ConfigurationReason("percentage argument must be less or equal to \(-range.lowerBound)")
      }
      return value
    }
    guard range.contains(value) else {
      let radix = notation == .octal ? 8 : 10
      let bounds = "\(String(range.lowerBound, radix: radix)) and \(String(range.upperBound, radix: radix))"
      throw ConfigurationReason("argument must be between \(bounds) inclusive")
    }
    return value
  }

  private func number(_ bytes: [UInt8]) throws(ConfigurationReason) -> Int128 {
    switch notation {
    case .decimal:
      guard let value = ConfigurationNumbers.integer(bytes) else {
        throw ConfigurationReason("argument couldn't be parsed into an integer")
      }
      return Int128(value)
    case .octal:
      guard let value = ConfigurationNumbers.octal(Directive.cString(bytes)) else {
        throw ConfigurationReason("argument couldn't be parsed as an octal number")
      }
      return Int128(value)
    case .memory:
      guard let value = ConfigurationNumbers.memory(Directive.cString(bytes)) else {
        throw ConfigurationReason("argument must be a memory value")
      }
      return Int128(value)
    case .memoryOrPercent:
      if let value = ConfigurationNumbers.memory(Directive.cString(bytes)) { return Int128(value) }
      guard bytes.last == UInt8(ascii: "%"), let value = ConfigurationNumbers.integer(bytes.dropLast()), value >= 0 else {
        throw ConfigurationReason("argument must be a memory or percent value")
      }
      return -Int128(value)
    }
  }

  /// As CONFIG GET shows it.
  func text(_ value: Int128) -> String {
    switch notation {
    case .octal: String(value, radix: 8)
    case .memoryOrPercent where value < 0: "\(-value)%"
    default: "\(value)"
    }
  }

  /// As CONFIG REWRITE writes it.
  func rewriteText(_ value: Int128) -> String {
    switch notation {
    case .memory: ConfigurationNumbers.memoryText(value)
    case .memoryOrPercent where value >= 0: ConfigurationNumbers.memoryText(value)
    default: text(value)
    }
  }
}

extension Directive {
  static func integer(
    _ name: String, _ path: any SettingPath<Int>, _ range: ClosedRange<Int128>,
    in notation: IntegerRule.Notation = .decimal, aliases: [String] = [], _ traits: Traits = []
  ) -> Directive {
    let place = Place<Int128>(
      get: { Int128($0[keyPath: path]) }, set: { $0[keyPath: path] = Int(clamping: $1) })
    return integer(name, place, IntegerRule(range: range, notation: notation), aliases, traits, isIgnored: false)
  }

  static func integer(
    _ name: String, _ path: any SettingPath<UInt64>, _ range: ClosedRange<Int128>,
    in notation: IntegerRule.Notation = .decimal, aliases: [String] = [], _ traits: Traits = []
  ) -> Directive {
    let place = Place<Int128>(
      get: { Int128($0[keyPath: path]) }, set: { $0[keyPath: path] = UInt64(clamping: $1) })
    return integer(name, place, IntegerRule(range: range, notation: notation), aliases, traits, isIgnored: false)
  }

  static func ignoredInteger(
    _ name: String, default fallback: Int128, _ range: ClosedRange<Int128>, in notation: IntegerRule.Notation = .decimal,
    aliases: [String] = [], _ traits: Traits = []
  ) -> Directive {
    let rule = IntegerRule(range: range, notation: notation)
    return integer(name, .passive(name, default: fallback), rule, aliases, traits, isIgnored: true)
  }

  private static func integer(
    _ name: String, _ place: Place<Int128>, _ rule: IntegerRule, _ aliases: [String], _ traits: Traits, isIgnored: Bool
  ) -> Directive {
    let fallback = place.get(Configuration())
    return Directive(
      name: name, aliases: aliases, kind: .integer(rule), traits: traits, isIgnored: isIgnored,
      assign: { (configuration, arguments, _) throws(ConfigurationReason) in
        place.set(&configuration, try rule.parse(try only(arguments)))
      },
      value: { Array(rule.text(place.get($0)).utf8) },
      lines: { [RewriteLine("\(name) \(rule.rewriteText(place.get($0)))", isForced: place.get($0) != fallback)] })
  }
}
