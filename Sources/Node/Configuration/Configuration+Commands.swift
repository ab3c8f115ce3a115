import TernEngine

/// CONFIG GET, SET and HELP.
extension Configuration {
  package typealias Parameter = (name: [UInt8], value: [UInt8])

  /// The parameters that any of the patterns names, each once. A pattern without `*`, `?` and `[` is a name, answered as it was spelled;
  /// hidden directives are found by name only.
  package func parameters(matching patterns: some Sequence<[UInt8]>) -> [Parameter] {
    var parameters: [Parameter] = []
    var found: Set<String> = []
    for pattern in patterns {
      guard pattern.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }) else {
        if let directive = Directive.named(pattern), found.insert(Directive.lowercased(pattern)).inserted {
          parameters.append((pattern, directive.value(self)))
        }
        continue
      }
      for directive in Directive.table where !directive.traits.contains(.hidden) {
        for name in [directive.name] + directive.aliases
        where Glob.matches(pattern, Array(name.utf8), ignoringCase: true) && found.insert(name).inserted {
          parameters.append((Array(name.utf8), directive.value(self)))
        }
      }
    }
    return parameters
  }

  /// The value of one directive as CONFIG GET shows it; nil for an unknown name.
  package func value(of name: String) -> [UInt8]? { Directive.named(name.utf8)?.value(self) }

  package static let help = [
    "GET <pattern>", "    Return parameters matching the glob-like <pattern> and their values.", "SET <directive> <value>",
    "    Set the configuration <directive> to <value>.", "RESETSTAT", "    Reset statistics reported by the INFO command.", "REWRITE",
    "    Rewrite the configuration file.",
  ]

  /// Positions within the arguments behind CONFIG SET whose values must not be shown by SLOWLOG, MONITOR or a log.
  package static func sensitivePositions(in arguments: [[UInt8]]) -> [Int] {
    stride(from: 0, to: arguments.count - 1, by: 2).compactMap { i in
      Directive.named(arguments[i])?.traits.contains(.sensitive) == true ? i + 1 : nil
    }
  }
}

/// What CONFIG SET comes to when all its values are valid: not in force until the caller has applied its effects and taken the new
/// configuration.
package struct ConfigurationChange: Sendable {
  package let configuration: Configuration
  /// Those whose value is another than before, in the order of the table.
  package let changed: [Directive]

  package func changes(_ name: String) -> Bool { changed.contains { $0.name == name } }
}

/// The error reply of CONFIG SET.
package struct ConfigurationSetError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The whole error with its code, without `-` and the line end.
  package let description: String

  private init(_ text: String) {
    // What a client named comes back in the reply, where a line end would begin another one.
    description = String(text.map { $0 == "\r" || $0 == "\n" || $0 == "\r\n" ? " " : $0 })
  }

  static let syntax = ConfigurationSetError("ERR syntax error")
  static let loading = ConfigurationSetError("LOADING Redis is loading the dataset in memory")

  static func unknown(_ name: [UInt8]) -> Self {
    Self("ERR Unknown option or number of arguments for CONFIG SET - '\(String(decoding: name, as: UTF8.self))'")
  }

  /// Also for the caller whose effect failed: `.failed("port", "Unable to listen on this port. Check server logs.")`.
  package static func failed(_ name: String, _ reason: String) -> Self {
    Self("ERR CONFIG SET failed (possibly related to argument '\(name)') - \(reason)")
  }
}

extension Configuration {
  /// CONFIG SET: all the values are validated, then all are in the result, or none.
  /// - Parameters:
  ///   - arguments: names and values in turn
  ///   - isLocalClient: the client came over loopback or a Unix socket; see `enable-protected-configs`
  package func applying(
    _ arguments: [[UInt8]], isLocalClient: Bool, isLoading: Bool, environment: ConfigurationEnvironment
  ) throws(ConfigurationSetError) -> ConfigurationChange {
    guard !arguments.isEmpty, arguments.count.isMultiple(of: 2) else { throw .syntax }
    let pairs = stride(from: 0, to: arguments.count, by: 2).map { (name: arguments[$0], value: arguments[$0 + 1]) }
    let indexes = try admitted(pairs.map(\.name), isLocalClient: isLocalClient, isLoading: isLoading)
    var candidate = self
    let context = AssignmentContext(enterDirectory: environment.enterDirectory)
    for (index, pair) in zip(indexes, pairs) {
      let directive = Directive.table[index]
      var words = [pair.value]
      if directive.traits.contains(.multipleArguments) {
        words = pair.value.isEmpty ? [] : pair.value.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Array.init)
      }
      do throws(ConfigurationReason) {
        try directive.assign(&candidate, words, context)
      } catch {
        throw .failed(Directive.lowercased(pair.name), error.description)
      }
    }
    candidate.clampFrequency()
    if candidate.replBacklogSize != replBacklogSize {
      candidate.replBacklogSize = max(candidate.replBacklogSize, Self.replBacklogSizeMin)
    }
    let changed = Set(indexes).sorted().map { Directive.table[$0] }.filter { $0.value(self) != $0.value(candidate) }
    return ConfigurationChange(configuration: candidate, changed: changed)
  }

  /// What a running backlog is not made smaller than; a file may say less, as with redis-server.
  package static let replBacklogSizeMin = 16 << 10

  private func admitted(_ names: [[UInt8]], isLocalClient: Bool, isLoading: Bool) throws(ConfigurationSetError) -> [Int] {
    var indexes: [Int] = []
    var seen: Set<String> = []
    for name in names {
      guard let index = Directive.index(named: name) else { throw .unknown(name) }
      let traits = Directive.table[index].traits
      let spelled = String(decoding: name, as: UTF8.self)
      if traits.contains(.immutable) { throw .failed(spelled, "can't set immutable config") }
      if traits.contains(.protected), !enableProtectedConfigs.permits(isLocalClient: isLocalClient) {
        throw .failed(spelled, "can't set protected config")
      }
      if traits.contains(.deniedWhileLoading), isLoading { throw .loading }
      // An alias counts as another name: `slave-priority 1 replica-priority 2` is two assignments, the later wins.
      guard seen.insert(Directive.lowercased(name)).inserted else { throw .failed(spelled, "duplicate parameter") }
      indexes.append(index)
    }
    return indexes
  }
}
