/// What loading a configuration needs from outside: files, and the command table. All of it is called while the configuration is loaded,
/// none later, except `enterDirectory`, which CONFIG SET dir needs too.
package struct ConfigurationEnvironment: Sendable {
  package typealias Source = (name: String, text: [UInt8])

  /// Stands in error texts: `Tern 1.0.0`.
  package var product = "Tern"
  /// Absolute; relative names start here until a `dir` says otherwise.
  package var currentDirectory = "/"

  /// `path`, as written in a `dir` directive, made absolute by `current`, when it is a directory that can be entered; otherwise
  /// throws the operating system's words (`No such file or directory`).
  package var enterDirectory: @Sendable (_ path: String, _ current: String) throws(ConfigurationReason) -> String = { path, current in
    path.hasPrefix("/") ? path : current + (current.hasSuffix("/") ? "" : "/") + path
  }

  /// The file named, or those that a pattern with `*`, `?` or `[` matches, in order: for a pattern none is fine, for a name it is an error.
  /// A relative one starts at `directory`. What it throws goes to the log; redis-server says `Fatal error, can't open config file '<name>':
  /// <why>`.
  package var load: @Sendable (_ pattern: String, _ directory: String) throws(ConfigurationReason) -> [Source] = {
    pattern, _ throws(ConfigurationReason) in throw .cannotOpen(pattern, "No such file or directory")
  }

  /// For `-` on the command line.
  package var readStandardInput: @Sendable (_ isSentinel: Bool) throws(ConfigurationReason) -> [UInt8] = { _ throws(ConfigurationReason) in
    []
  }

  /// Throws the operating system's words when the log file cannot be opened for appending.
  package var checkLogFile: @Sendable (_ path: String, _ directory: String) throws(ConfigurationReason) -> Void = { _, _ in }

  /// Whether a command of this name exists (names come in any case of letters); for `rename-command`.
  package var hasCommand: @Sendable (_ name: [UInt8]) -> Bool = { _ in true }

  package init() {}
}

extension ConfigurationReason {
  package static func cannotOpen(_ name: String, _ why: String) -> ConfigurationReason {
    ConfigurationReason("Fatal error, can't open config file '\(name)': \(why)")
  }
}
