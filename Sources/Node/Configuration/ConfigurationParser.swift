import TernEngine

/// Reads a configuration's text into a `Configuration`, as redis-server does: line by line, the later line wins, an include is read in
/// place.
package struct ConfigurationParser {
  /// A `sentinel …` line; its meaning is the Sentinel module's.
  package struct SentinelLine: Equatable, Sendable {
    package let number: Int
    /// As in the file, without white space around it.
    package let text: [UInt8]
    /// Behind the word `sentinel`.
    package let arguments: [[UInt8]]
    package let includedFrom: String?
  }

  /// Files that include each other would be read forever; redis-server ends with a stack overflow.
  package static let includeDepthMax = 16
  /// Bounds what a short chain of files can unfold to.
  package static let includedBytesMax = 16 << 20

  package private(set) var configuration: Configuration
  package private(set) var sentinelLines: [SentinelLine] = []

  private let environment: ConfigurationEnvironment
  private let isSentinel: Bool
  private var includedBytes = 0
  private var userNames: Set<[UInt8]> = []
  private var removedCommands: Set<String> = []
  private var addedCommands: Set<String> = []
  /// The first `save` of all replaces the default points, and each one after it adds to them.
  private var hasSavePoints = false
  /// After an include redis-server forgets that it is reading a file, and each `save` replaces the ones before it. Files that were tuned
  /// against it must give the same points here.
  private var hasIncluded = false

  /// - Parameter configuration: what the text adds to; its `dir` is taken from the environment when it has none
  package init(_ configuration: Configuration = Configuration(), environment: ConfigurationEnvironment, isSentinel: Bool = false) {
    self.configuration = configuration
    if configuration.dir.path.isEmpty { self.configuration.dir.path = environment.currentDirectory }
    self.environment = environment
    self.isSentinel = isSentinel
  }

  /// Reads the whole text, then checks what only the whole can show.
  package mutating func parse(_ text: some Collection<UInt8>) throws(ConfigurationError) {
    try read(text, from: nil, depth: 0)
    try finish()
  }

  private mutating func read(_ text: some Collection<UInt8>, from file: String?, depth: Int) throws(ConfigurationError) {
    var number = 0
    for rawLine in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let line = ConfigurationText.trimmed(rawLine)
      guard let first = line.first, first != UInt8(ascii: "#") else { continue }
      do throws(LineError) {
        try readLine(line, number: number, from: file, depth: depth)
      } catch {
        switch error {
        case .nested(let error): throw error
        case .reason(let reason):
          let place = ConfigurationError.Line(number: number, text: line, includedFrom: file)
          throw ConfigurationError(.fatal(line: place, reason: reason), product: environment.product)
        }
      }
    }
  }

  /// A line's own mistake, or one in a file that it includes.
  private enum LineError: Error {
    case reason(String)
    case nested(ConfigurationError)
  }

  private mutating func readLine(_ line: [UInt8], number: Int, from file: String?, depth: Int) throws(LineError) {
    guard let words = QuotedArguments.split(line) else { throw .reason(ConfigurationReason.unbalancedQuotes.description) }
    guard let first = words.first else { return }
    let name = Directive.lowercased(first)
    let arguments = Array(words.dropFirst())
    if let index = Directive.index(named: first) {
      do throws(ConfigurationReason) {
        try assign(index, arguments)
      } catch {
        throw .reason(error.description)
      }
      return
    }
    switch (name, arguments.count) {
    case (_, 1) where Directive.retired.contains(name): break
    case ("include", 1): try include(arguments[0], depth: depth)
    case ("rename-command", 2): try rename(arguments[0], to: arguments[1])
    case ("user", 1...): try addUser(arguments)
    case ("loadmodule", 1...): configuration.modules.append(arguments)
    case (_, let count) where first.contains(UInt8(ascii: ".")):
      guard count > 0 else { throw .reason("Module config specified without value") }
      configuration.moduleSettings.append(words)
    case ("sentinel", 0): break
    case ("sentinel", _):
      guard isSentinel else { throw .reason("sentinel directive while not in sentinel mode") }
      sentinelLines.append(SentinelLine(number: number, text: line, arguments: arguments, includedFrom: file))
    default: throw .reason("Bad directive or wrong number of arguments")
    }
  }

  private mutating func assign(_ index: Int, _ arguments: [[UInt8]]) throws(ConfigurationReason) {
    let directive = Directive.table[index]
    var arguments = arguments
    if !directive.traits.contains(.multipleArguments) {
      guard arguments.count == 1 else { throw .wrongNumberOfArguments }
    } else if arguments.count == 1, !arguments[0].isEmpty {
      // `--replicaof "host port"`. What cannot be split is no values to redis-server, which makes of `save "900 '1"` a server that never
      // saves.
      guard let words = QuotedArguments.split(arguments[0]) else { throw .unbalancedQuotes }
      arguments = words
    }
    var context = AssignmentContext(enterDirectory: environment.enterDirectory)
    if directive.name == "save" {
      context.appendsSavePoints = hasSavePoints && !hasIncluded
      hasSavePoints = true
    }
    try directive.assign(&configuration, arguments, context)
    configuration.given.insert(index)
  }

  private mutating func include(_ pattern: [UInt8], depth: Int) throws(LineError) {
    guard depth < Self.includeDepthMax else {
      throw .reason("include: more than \(Self.includeDepthMax) files deep; do they include each other?")
    }
    guard let pattern = String(validating: Directive.cString(pattern), as: UTF8.self) else {
      throw .reason("argument must be valid UTF-8")
    }
    let sources: [ConfigurationEnvironment.Source]
    do throws(ConfigurationReason) {
      sources = try environment.load(pattern, configuration.dir.path)
    } catch {
      throw .nested(ConfigurationError(.log(error.description), product: environment.product))
    }
    for (name, text) in sources {
      includedBytes += text.count
      guard includedBytes <= Self.includedBytesMax else {
        throw .reason("include: more than \(Self.includedBytesMax) bytes in included files")
      }
      do throws(ConfigurationError) {
        try read(text, from: name, depth: depth + 1)
      } catch {
        throw .nested(error)
      }
    }
    hasIncluded = true
    do throws(ConfigurationError) {
      try finish()
    } catch {
      throw .nested(error)
    }
  }

  private mutating func rename(_ old: [UInt8], to new: [UInt8]) throws(LineError) {
    let (from, to) = (Directive.lowercased(old), Directive.lowercased(new))
    guard exists(from, old) else { throw .reason("No such command in rename-command") }
    removedCommands.insert(from)
    addedCommands.remove(from)
    if !new.isEmpty {
      guard !exists(to, new) else { throw .reason("Target command name already exists") }
      addedCommands.insert(to)
    }
    configuration.renamedCommands.append((old, new))
  }

  private func exists(_ name: String, _ bytes: [UInt8]) -> Bool {
    addedCommands.contains(name) || (!removedCommands.contains(name) && environment.hasCommand(bytes))
  }

  private mutating func addUser(_ arguments: [[UInt8]]) throws(LineError) {
    guard let name = arguments.first, userNames.insert(name).inserted else {
      let shown = String(decoding: arguments.first ?? [], as: UTF8.self)
      throw .reason("Error in user declaration '\(shown)': Duplicate user found. A user can only be defined once in config files")
    }
    configuration.users.append(arguments)
  }

  private mutating func finish() throws(ConfigurationError) {
    if !configuration.logfile.isEmpty {
      do throws(ConfigurationReason) {
        try environment.checkLogFile(configuration.logfile, configuration.dir.path)
      } catch {
        throw ConfigurationError(.fatal(line: nil, reason: "Can't open the log file: \(error)"), product: environment.product)
      }
    }
    if configuration.isClusterEnabled, configuration.replicaof.address != nil {
      throw ConfigurationError(.fatal(line: nil, reason: "replicaof directive not allowed in cluster mode"), product: environment.product)
    }
    configuration.clampFrequency()
  }
}

extension Configuration {
  /// A text on its own; for a start from the command line see `LaunchArguments`.
  package static func parse(_ text: some Collection<UInt8>, environment: ConfigurationEnvironment) throws(ConfigurationError) -> Self {
    var parser = ConfigurationParser(environment: environment)
    try parser.parse(text)
    return parser.configuration
  }

  /// Values out of range are taken and brought into it, not refused.
  mutating func clampFrequency() { hz = min(max(hz, 1), 500) }

  var isClusterEnabled: Bool { if case .bool(true)? = passive["cluster-enabled"] { true } else { false } }
}

enum ConfigurationText {
  /// Without spaces, tabs and carriage returns at both ends.
  static func trimmed(_ line: some Collection<UInt8>) -> [UInt8] {
    var line = Array(line)[...]
    while let byte = line.first, isBlank(byte) { line.removeFirst() }
    while let byte = line.last, isBlank(byte) { line.removeLast() }
    return Array(line)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 9 || byte == 13 || byte == 10 }
}
