import TernEngine

/// What the program was started as, from its arguments.
package struct LaunchArguments: Sendable {
  package enum Mode: Equatable, Sendable {
    case server
    case sentinel
    /// What follows are the arguments behind the program's name.
    case checkRDB([String])
    case checkAOF([String])
    case version
    case help
    case checkSystem
    case testMemory(megabytes: Int)
  }

  package let mode: Mode
  /// For `server` and `sentinel`; otherwise the defaults.
  package let configuration: Configuration
  /// As given on the command line; nil when there is none, also when the configuration came from standard input.
  package let configurationFile: String?
  /// In sentinel mode.
  package let sentinelLines: [ConfigurationParser.SentinelLine]
  /// False: nothing was given, and redis-server warns that it runs on defaults.
  package let hasArguments: Bool

  /// - Parameter arguments: the program's name first
  package init(_ arguments: [String], environment: ConfigurationEnvironment) throws(ConfigurationError) {
    let program = arguments.first.map { String($0[($0.lastIndex(of: "/").map($0.index(after:)) ?? $0.startIndex)...]) } ?? ""
    let options = Array(arguments.dropFirst())
    if program.contains("redis-check-rdb") || program.contains("tern-check-rdb") {
      self.init(mode: .checkRDB(options), environment)
      return
    }
    if program.contains("redis-check-aof") || program.contains("tern-check-aof") {
      self.init(mode: .checkAOF(options), environment)
      return
    }
    switch options.first {
    case "-v", "--version":
      self.init(mode: .version, environment)
      return
    case "-h", "--help":
      self.init(mode: .help, environment)
      return
    case "--check-rdb":
      self.init(mode: .checkRDB(Array(options.dropFirst())), environment)
      return
    case "--check-aof":
      self.init(mode: .checkAOF(Array(options.dropFirst())), environment)
      return
    case "--check-system":
      self.init(mode: .checkSystem, environment)
      return
    case "--test-memory":
      guard options.count == 2, let megabytes = Int(options[1]), megabytes > 0 else {
        let usage = """
          Please specify the amount of memory to test in megabytes.
          Example: ./\(program) --test-memory 4096


          """
        throw ConfigurationError(.usage(usage), product: environment.product)
      }
      self.init(mode: .testMemory(megabytes: megabytes), environment)
      return
    default: break
    }
    let isSentinel = program.contains("redis-sentinel") || program.contains("tern-sentinel") || options.contains("--sentinel")
    try self.init(options, isSentinel: isSentinel, environment)
  }

  private init(mode: Mode, _ environment: ConfigurationEnvironment) {
    self.mode = mode
    var configuration = Configuration()
    configuration.dir.path = environment.currentDirectory
    self.configuration = configuration
    configurationFile = nil
    sentinelLines = []
    hasArguments = true
  }

  /// The configuration is one text: the file, then standard input, then a line for each option. Error texts count its lines.
  private init(_ options: [String], isSentinel: Bool, _ environment: ConfigurationEnvironment) throws(ConfigurationError) {
    var defaults = Configuration()
    if isSentinel {
      defaults.port = 26379
      defaults.protectedMode = false
    }
    var parser = ConfigurationParser(defaults, environment: environment, isSentinel: isSentinel)
    let file = options.first.flatMap { $0.hasPrefix("-") ? nil : $0 }
    if !options.isEmpty {
      let lines = OptionLines(options, hasFile: file != nil)
      var text: [UInt8] = []
      do throws(ConfigurationReason) {
        if let file {
          for source in try environment.load(file, environment.currentDirectory) { text += source.text }
        }
        if lines.readsStandardInput { text += try environment.readStandardInput(isSentinel) }
      } catch {
        throw ConfigurationError(.log(error.description), product: environment.product)
      }
      try parser.parse(text + [UInt8(ascii: "\n")] + lines.text)
    }
    mode = isSentinel ? .sentinel : .server
    configuration = parser.configuration
    configurationFile = file
    sentinelLines = parser.sentinelLines
    hasArguments = !options.isEmpty
  }
}

/// Options of the command line as lines of a configuration file.
private struct OptionLines {
  private(set) var text: [UInt8] = []
  private(set) var readsStandardInput = false

  init(_ options: [String], hasFile: Bool) {
    // A word that begins with `--` is a new option only when the one before it has a value: `--requirepass --secret` sets a password.
    var mayBeginOption = true
    for (i, option) in options.enumerated().dropFirst(hasFile ? 1 : 0) {
      let isLast = i == options.count - 1
      if option == "-", i == 0 || isLast {
        readsStandardInput = true
      } else if mayBeginOption, option.hasPrefix("--") {
        if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
        text += Array(option.utf8.dropFirst(2)) + [UInt8(ascii: " ")]
        let hasValue = QuotedArguments.split(option.utf8)?.count != 1
        mayBeginOption = hasValue
        if !hasValue, isLast || options[i + 1].hasPrefix("--") {
          // `--save` may go without a value, which means none, and `--sentinel` never has one.
          switch Directive.lowercased(option.utf8) {
          case "--save":
            text += Array("\"\"".utf8)
            mayBeginOption = true
          case "--sentinel": mayBeginOption = true
          default: break
          }
        }
      } else {
        text += Array(QuotedArguments.quote(option.utf8).utf8) + [UInt8(ascii: " ")]
        mayBeginOption = true
      }
    }
  }
}
