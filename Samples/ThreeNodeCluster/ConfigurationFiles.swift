import Foundation
import SampleSupport
import TernEngine

/// The six configuration files. Those that exist are kept, since the servers rewrite them: the sentinels with all that they know, the
/// data servers with who follows whom since the last failover.
struct ConfigurationFiles {
  let layout: ClusterLayout
  /// nil: the default where a file is written, and whatever a kept file says.
  var downAfterMilliseconds: Int?
  var failoverTimeoutMilliseconds: Int?

  static let downAfterMillisecondsDefault = 1000
  static let failoverTimeoutMillisecondsDefault = 60000

  func text(for member: ClusterLayout.Member) -> String {
    switch member.kind {
    case .redis: redisText(member)
    case .sentinel: sentinelText(member)
    }
  }

  private func redisText(_ member: ClusterLayout.Member) -> String {
    var lines = [
      "protected-mode no",
      "port \(member.port)",
      "bind 127.0.0.1",
      "",
      "# authentication",
      "masterauth \(ClusterLayout.password)",
      "requirepass \(ClusterLayout.password)",
      "",
      "# persistence",
      "dir \(QuotedArguments.quote(layout.dataDirectory(of: member).utf8))",
      "dbfilename \"dump.rdb\"",
      "save 900 1",
      "save 300 10",
      "save 60 10000",
      "appendonly yes",
      "appendfilename \"appendonly.aof\"",
      "",
      "# DEBUG DIGEST compares the three datasets after each failover",
      "enable-debug-command local",
    ]
    if member.index != 0, let first = layout.redis.first {
      lines += ["", "# replication", "slaveof 127.0.0.1 \(first.port)"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func sentinelText(_ member: ClusterLayout.Member) -> String {
    let name = ClusterLayout.masterName
    let master = layout.redis.first?.port ?? 0
    return """
      port \(member.port)
      bind 127.0.0.1
      dir \(QuotedArguments.quote(layout.directory.utf8))
      sentinel resolve-hostnames yes
      sentinel monitor \(name) 127.0.0.1 \(master) \(ClusterLayout.quorum)
      sentinel down-after-milliseconds \(name) \(downAfterMilliseconds ?? Self.downAfterMillisecondsDefault)
      sentinel failover-timeout \(name) \(failoverTimeoutMilliseconds ?? Self.failoverTimeoutMillisecondsDefault)
      sentinel parallel-syncs \(name) 1
      sentinel auth-pass \(name) \(ClusterLayout.password)

      """
  }

  struct Preparation {
    var written: [String] = []
    var kept: [String] = []
    /// The longest timeouts that the sentinels will use, from their files.
    var downAfter: Duration = .zero
    var failoverTimeout: Duration = .zero
  }

  /// Makes the folder ready. With `fresh`, only files that this sample names are removed.
  func prepare(fresh: Bool) throws -> Preparation {
    let files = FileManager.default
    do {
      try files.createDirectory(atPath: layout.directory, withIntermediateDirectories: true)
    } catch {
      throw ClusterFailure("cannot make the folder '\(layout.directory)': \(error.localizedDescription)")
    }
    var preparation = Preparation()
    for member in layout.members {
      let path = layout.configurationFile(of: member)
      do {
        if fresh {
          var owned = [path, layout.logFile(of: member)]
          if member.kind == .redis { owned.append(layout.dataDirectory(of: member)) }
          for item in owned where files.fileExists(atPath: item) { try files.removeItem(atPath: item) }
        }
        if member.kind == .redis {
          try files.createDirectory(atPath: layout.dataDirectory(of: member), withIntermediateDirectories: true)
        }
        if !files.fileExists(atPath: path) {
          // The password is in it.
          guard files.createFile(atPath: path, contents: Data(text(for: member).utf8), attributes: [.posixPermissions: 0o600]) else {
            throw ClusterFailure("cannot write '\(path)'")
          }
          preparation.written.append(member.name + ".conf")
        } else {
          preparation.kept.append(member.name + ".conf")
        }
        try check(member, text: String(contentsOfFile: path, encoding: .utf8), &preparation)
      } catch let failure as ClusterFailure {
        throw failure
      } catch {
        throw ClusterFailure("cannot prepare '\(path)': \(error.localizedDescription)")
      }
    }
    return preparation
  }

  /// A kept file must still fit this run: started on other ports, or with another `dir`, it would talk about servers that are not there.
  private func check(_ member: ClusterLayout.Member, text: String, _ preparation: inout Preparation) throws {
    let path = layout.configurationFile(of: member)
    var port: Int?
    for line in text.split(whereSeparator: \.isNewline) {
      guard let words = QuotedArguments.split(Array(line.utf8))?.map({ String(decoding: $0, as: UTF8.self) }), let first = words.first
      else { continue }
      switch (first.lowercased(), words.count) {
      case ("port", 2...): port = Int(words[1])
      case ("dir", 2...):
        let expected = member.kind == .redis ? layout.dataDirectory(of: member) : layout.directory
        guard URL(fileURLWithPath: words[1]).standardizedFileURL.path == expected else {
          throw ClusterFailure("'\(path)' says dir '\(words[1])', but here it is '\(expected)' (moved?); give --fresh to start anew")
        }
      case ("sentinel", 4...) where words[1].lowercased() == "down-after-milliseconds":
        preparation.downAfter = max(preparation.downAfter, .milliseconds(Int(words[3]) ?? 0))
        try insist(downAfterMilliseconds, "--down-after", words[3], path)
      case ("sentinel", 4...) where words[1].lowercased() == "failover-timeout":
        preparation.failoverTimeout = max(preparation.failoverTimeout, .milliseconds(Int(words[3]) ?? 0))
        try insist(failoverTimeoutMilliseconds, "--failover-timeout", words[3], path)
      default: break
      }
    }
    guard port == member.port else {
      throw ClusterFailure(
        "'\(path)' is for port \(port.map(String.init) ?? "(none)"), not \(member.port); "
          + "give the --base-port and --sentinel-base-port of the last run, or --fresh to start anew")
    }
  }

  private func insist(_ asked: Int?, _ option: String, _ found: String, _ path: String) throws {
    guard let asked, String(asked) != found else { return }
    throw ClusterFailure(
      "'\(path)' is kept from an earlier run and says \(found), not \(option) \(asked); leave \(option) out, or give --fresh")
  }
}
