internal import TernEngine
package import TernNode
internal import TernPersistence
package import TernSentinel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a sentinel keeps what it must not forget: its votes, epochs, and whom it knows.
package struct SentinelStateFile: Sendable {
  package enum Place: Sendable {
    /// The configuration file itself, rewritten as redis-sentinel does.
    case configuration(String)
    /// A file of its own, so that the user's stays untouched.
    case own(String)
  }

  package let place: Place

  /// - Parameters:
  ///   - configurationFile: absolute; nil if there is none
  package init(_ configuration: Configuration, configurationFile: String?) {
    let own = FilePaths.join(configuration.dir.path, "tern-sentinel-\(configuration.port).state")
    guard let file = configurationFile else {
      place = .own(own)
      return
    }
    switch configuration.ternSentinelState {
    case .file: place = .configuration(file)
    case .own: place = .own(own)
    case .auto:
      // Replaced by rename, so the directory must be writable too.
      let isWritable = access(file, W_OK) == 0 && access(FilePaths.parent(of: file), W_OK) == 0
      place = isWritable ? .configuration(file) : .own(own)
    }
  }

  /// Adds to `configuration` what an own file of an earlier run remembers. What the user wrote about how to watch stays the user's; who
  /// is the primary, who else is there, and all epochs are the file's.
  package func restore(into configuration: inout SentinelConfiguration) throws(StartError) {
    guard case .own(let path) = place, let text = try read(path) else { return }
    var lines: [SentinelConfigurationLine] = []
    for (index, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      guard let words = QuotedArguments.split(line), words.count > 1, words[0] == Array("sentinel".utf8) else { continue }
      lines.append(SentinelConfigurationLine(number: index + 1, arguments: Array(words.dropFirst())))
    }
    let saved: SentinelConfiguration
    do throws(SentinelConfigurationError) {
      saved = try SentinelConfiguration(lines: lines, isExecutable: { _ in true })
    } catch {
      throw StartError("Fatal: the sentinel's state can't be read: \(error)", file: path)
    }
    configuration.myID = configuration.myID ?? saved.myID
    configuration.currentEpoch = max(configuration.currentEpoch, saved.currentEpoch)
    for master in saved.masters {
      guard let at = configuration.masters.firstIndex(where: { $0.name == master.name }) else {
        configuration.masters.append(master)
        continue
      }
      configuration.masters[at].host = master.host
      configuration.masters[at].port = master.port
      configuration.masters[at].configEpoch = master.configEpoch
      configuration.masters[at].leaderEpoch = master.leaderEpoch
      configuration.masters[at].knownReplicas = master.knownReplicas
      configuration.masters[at].knownSentinels = master.knownSentinels
      configuration.masters[at].membership = master.membership
    }
  }

  private func read(_ path: String) throws(StartError) -> [UInt8]? {
    do throws(FileSystemError) {
      return try PosixFileSystem().contents(of: path, byteCountMax: ConfigurationFiles.bytesMax)
    } catch {
      // Forgotten votes could be given twice.
      throw StartError("Fatal: the sentinel's state can't be read: \(error.reason)", file: path)
    }
  }

  /// On the disk when it returns. The reason of a failure, or nil. Blocks.
  func write(_ state: [SentinelDirectiveLine]) -> String? {
    switch place {
    case .configuration(let path):
      return ConfigurationFiles.rewrite(path: path) { SentinelConfiguration.rewritten(file: $0, state: state) }
    case .own(let path):
      return ConfigurationFiles.rewrite(path: path) { _ in state.flatMap { Array($0.line.utf8) + [10] } }
    }
  }
}
