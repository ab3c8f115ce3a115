import TernEngine

/// A setting with a syntax of its own.
protocol SpecialSetting: Sendable {
  /// Validates and stores; unchanged on error.
  mutating func assign(_ arguments: [[UInt8]], _ context: AssignmentContext) throws(ConfigurationReason)
  /// As CONFIG GET shows it.
  var text: String { get }
  /// As CONFIG REWRITE writes it.
  func lines(_ name: String, default fallback: Self) -> [RewriteLine]
}

extension Directive {
  static func special<Setting: SpecialSetting>(
    _ name: String, _ path: any SettingPath<Setting>, aliases: [String] = [], _ traits: Traits = []
  ) -> Directive {
    let fallback = Configuration()[keyPath: path]
    return Directive(
      name: name, aliases: aliases, kind: .special, traits: traits, isIgnored: false,
      assign: { (configuration, arguments, context) throws(ConfigurationReason) in
        var setting = configuration[keyPath: path]
        try setting.assign(arguments, context)
        configuration[keyPath: path] = setting
      },
      value: { Array($0[keyPath: path].text.utf8) },
      lines: { $0[keyPath: path].lines(name, default: fallback) })
  }
}

/// `save`: a snapshot is taken when one of these is reached.
package struct SavePoints: SpecialSetting, Equatable {
  package struct Point: Equatable, Sendable {
    package var seconds: Int
    package var changes: Int

    package init(seconds: Int, changes: Int) {
      self.seconds = seconds
      self.changes = changes
    }
  }

  package var points: [Point]

  package init(_ points: [Point]) { self.points = points }

  mutating func assign(_ arguments: [[UInt8]], _ context: AssignmentContext) throws(ConfigurationReason) {
    guard arguments != [[]] else {
      points = []
      return
    }
    let invalid = ConfigurationReason("Invalid save parameters")
    guard arguments.count.isMultiple(of: 2) else { throw invalid }
    var given: [Point] = []
    for i in stride(from: 0, to: arguments.count, by: 2) {
      // redis-server lets a count of changes wrap around at 32 bits; a save point that is not the one written is worse than a refusal.
      guard let seconds = ConfigurationNumbers.lenientInteger(Directive.cString(arguments[i])), seconds >= 1,
        let changes = ConfigurationNumbers.lenientInteger(Directive.cString(arguments[i + 1])), (0...Int64(Int32.max)).contains(changes)
      else { throw invalid }
      given.append(Point(seconds: Int(seconds), changes: Int(changes)))
    }
    points = context.appendsSavePoints ? points + given : given
  }

  var text: String { points.map { "\($0.seconds) \($0.changes)" }.joined(separator: " ") }

  func lines(_ name: String, default fallback: Self) -> [RewriteLine] {
    // Always written: a file without any `save` means the default points.
    points.isEmpty
      ? [RewriteLine("\(name) \"\"", isForced: true)]
      : points.map { RewriteLine("\(name) \($0.seconds) \($0.changes)", isForced: true) }
  }
}

/// `client-output-buffer-limit`: what may wait to be sent to a client before it is disconnected.
package struct OutputBufferLimits: SpecialSetting, Equatable {
  /// Zero bytes is no limit.
  package struct Limit: Equatable, Sendable {
    package var hardBytes: UInt64
    package var softBytes: UInt64
    /// How long more than `softBytes` may wait.
    package var softSeconds: Int

    package init(hardBytes: UInt64, softBytes: UInt64, softSeconds: Int) {
      self.hardBytes = hardBytes
      self.softBytes = softBytes
      self.softSeconds = softSeconds
    }
  }

  package var normal = Limit(hardBytes: 0, softBytes: 0, softSeconds: 0)
  package var replica = Limit(hardBytes: 256 << 20, softBytes: 64 << 20, softSeconds: 60)
  package var pubsub = Limit(hardBytes: 32 << 20, softBytes: 8 << 20, softSeconds: 60)

  package init() {}

  mutating func assign(_ arguments: [[UInt8]], _ context: AssignmentContext) throws(ConfigurationReason) {
    guard arguments.count.isMultiple(of: 4) else {
      throw ConfigurationReason("Wrong number of arguments in buffer limit configuration.")
    }
    var limits = self
    for i in stride(from: 0, to: arguments.count, by: 4) {
      let path: WritableKeyPath<Self, Limit>
      switch Directive.lowercased(Directive.cString(arguments[i])) {
      case "normal": path = \.normal
      case "slave", "replica": path = \.replica
      case "pubsub": path = \.pubsub
      default: throw ConfigurationReason("Invalid client class specified in buffer limit configuration.")
      }
      guard let hard = ConfigurationNumbers.memory(Directive.cString(arguments[i + 1])),
        let soft = ConfigurationNumbers.memory(Directive.cString(arguments[i + 2])),
        let seconds = ConfigurationNumbers.lenientInteger(Directive.cString(arguments[i + 3])), (0...Int64(Int32.max)).contains(seconds)
      else { throw ConfigurationReason("Error in hard, soft or soft_seconds setting in buffer limit configuration.") }
      limits[keyPath: path] = Limit(hardBytes: hard, softBytes: soft, softSeconds: Int(seconds))
    }
    self = limits
  }

  var text: String {
    [("normal", normal), ("slave", replica), ("pubsub", pubsub)]
      .map { "\($0) \($1.hardBytes) \($1.softBytes) \($1.softSeconds)" }.joined(separator: " ")
  }

  func lines(_ name: String, default fallback: Self) -> [RewriteLine] {
    let classes = [("normal", normal, fallback.normal), ("replica", replica, fallback.replica), ("pubsub", pubsub, fallback.pubsub)]
    return classes.map { word, limit, standard in
      let hard = ConfigurationNumbers.memoryText(Int128(limit.hardBytes))
      let soft = ConfigurationNumbers.memoryText(Int128(limit.softBytes))
      return RewriteLine("\(name) \(word) \(hard) \(soft) \(limit.softSeconds)", isForced: limit != standard)
    }
  }
}

/// `bind`. A leading `-` marks an address that may be missing on this machine; `*` and `::*` are all of IPv4 and of IPv6.
package struct BindAddresses: SpecialSetting, Equatable {
  package static let countMax = 16
  package var addresses = ["*", "-::*"]

  package init() {}

  mutating func assign(_ arguments: [[UInt8]], _ context: AssignmentContext) throws(ConfigurationReason) {
    guard arguments.count <= Self.countMax else { throw ConfigurationReason("Too many bind addresses specified.") }
    var given: [String] = []
    for argument in arguments == [[]] ? [] : arguments {
      guard let address = String(validating: Directive.cString(argument), as: UTF8.self) else {
        throw ConfigurationReason("argument must be valid UTF-8")
      }
      given.append(address)
    }
    addresses = given
  }

  var text: String { addresses.joined(separator: " ") }

  func lines(_ name: String, default fallback: Self) -> [RewriteLine] {
    guard self != fallback else { return [] }
    let words = addresses.map { address in
      let isPlain = !address.isEmpty && address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x27 }
      return isPlain ? address : QuotedArguments.quote(address.utf8)
    }
    return [RewriteLine("\(name) \(words.isEmpty ? "\"\"" : words.joined(separator: " "))", isForced: true)]
  }
}

/// `replicaof host port`, or none.
package struct ReplicationSource: SpecialSetting, Equatable {
  package struct Address: Equatable, Sendable {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
      self.host = host
      self.port = port
    }
  }

  package var address: Address?

  package init(_ address: Address? = nil) { self.address = address }

  mutating func assign(_ arguments: [[UInt8]], _ context: AssignmentContext) throws(ConfigurationReason) {
    guard arguments.count == 2 else { throw .wrongNumberOfArguments }
    let (host, port) = (Directive.cString(arguments[0]), Directive.cString(arguments[1]))
    if Directive.lowercased(host) == "no", Directive.lowercased(port) == "one" {
      address = nil
      return
    }
    guard let port = ConfigurationNumbers.lenientInteger(port), (0...65535).contains(port) else {
      throw ConfigurationReason("Invalid master port")
    }
    guard let host = String(validating: host, as: UTF8.self) else { throw ConfigurationReason("argument must be valid UTF-8") }
    address = Address(host: host, port: Int(port))
  }

  var text: String { address.map { "\($0.host) \($0.port)" } ?? "" }

  func lines(_ name: String, default fallback: Self) -> [RewriteLine] {
    guard let address else { return [] }
    let isPlain = !address.host.isEmpty && address.host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x27 }
    let host = isPlain ? address.host : QuotedArguments.quote(address.host.utf8)
    return [RewriteLine("\(name) \(host) \(address.port)", isForced: true)]
  }
}

/// `latency-tracking-info-percentiles`, each from 0 to 100.
package struct Percentiles: SpecialSetting, Equatable {
  package var values = [50, 99, 99.9]

  package init() {}

  mutating func assign(_ arguments: [[UInt8]], _ context: AssignmentContext) throws(ConfigurationReason) {
    var given: [Double] = []
    for argument in arguments == [[]] ? [] : arguments {
      guard let value = Double(String(decoding: argument, as: UTF8.self)), !value.isNaN else {
        throw ConfigurationReason("Invalid latency-tracking-info-percentiles parameters")
      }
      guard (0...100).contains(value) else {
        throw ConfigurationReason("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
      }
      given.append(value)
    }
    values = given
  }

  var text: String { values.map(ConfigurationNumbers.decimalText).joined(separator: " ") }

  func lines(_ name: String, default fallback: Self) -> [RewriteLine] {
    [RewriteLine("\(name) \(values.isEmpty ? "\"\"" : text)", isForced: true)]
  }
}
