import Foundation
import SampleSupport
import TernEngine

extension ServerProcess {
  /// One command on a connection of its own. Errors of the server are replies.
  func ask(_ words: String..., database: Int = 0) async throws -> RESPValue {
    let replies = try await connect(commandTimeout: .seconds(20)).pipeline([["SELECT", "\(database)"], words])
    guard replies.count == 2 else { throw TestFailure("no reply to \(words)") }
    return replies[1]
  }

  func info(_ section: String = "replication") async throws -> InfoFields {
    InfoFields(try await connect().command("INFO", section).text ?? "")
  }

  /// Follows the server on `port`, and waits until it does.
  func follow(_ port: Int, within limit: Duration = .seconds(30)) async throws {
    let reply = try await ask("REPLICAOF", "127.0.0.1", "\(port)")
    guard !reply.isError else { throw TestFailure("REPLICAOF: \(reply.text ?? "")") }
    try await waitForLink(within: limit)
  }

  func waitForLink(within limit: Duration = .seconds(30)) async throws {
    try await waitForInfo("master_link_status", "up", within: limit)
  }

  func waitForInfo(
    _ field: String, _ expected: String, section: String = "replication", within limit: Duration = .seconds(30)
  ) async throws {
    _ = try await wait("\(field):\(expected)", within: limit) {
      let fields = try await self.info(section)
      return fields[field] == expected ? nil : fields.text
    }
  }

  func waitForLog(_ text: String, within limit: Duration = .seconds(20)) async throws {
    try await wait("the log line '\(text)'", within: limit) { self.log.contains(text) ? nil : "not yet" }
  }

  /// - Parameter missing: what is still missing, or nil
  func wait(_ what: String, within limit: Duration, missing: () async throws -> String?) async throws {
    do {
      _ = try await waitUntil("\(what) of \(program.rawValue) on port \(port)", within: limit) { () -> Attempt<Bool> in
        guard isRunning else { throw TestFailure("the server has ended") }
        guard let reason = try await missing() else { return .done(true) }
        return .missing(reason)
      }
    } catch {
      throw TestFailure("\(error)\nThe log of \(program.rawValue) on port \(port):\n\(log.suffix(6000))")
    }
  }

  /// Waits until all hold the same part of one stream, and then compares what they hold. Nobody writes meanwhile.
  static func expectEqual(_ servers: [ServerProcess], within limit: Duration = .seconds(30)) async throws {
    guard let first = servers.first else { return }
    let digests = try await waitUntil("equal offsets", within: limit) { () -> Attempt<[String]> in
      let before = try await offsets(of: servers)
      guard Set(before).count == 1 else { return .missing("the offsets are \(before); \(logs(of: servers))") }
      var digests: [String] = []
      for server in servers { digests.append(try await server.ask("DEBUG", "DIGEST").text ?? "") }
      // An expired key may have been deleted meanwhile.
      let after = try await offsets(of: servers)
      return after == before ? .done(digests) : .missing("the offsets went on to \(after)")
    }
    guard Set(digests).count == 1 else {
      var differences: [String] = []
      let expected = try await first.contents()
      for server in servers.dropFirst() {
        let found = try await server.contents()
        let keys = Set(expected.keys).union(found.keys).filter { expected[$0] != found[$0] }.sorted()
        differences += keys.prefix(5).map { "\($0): \(expected[$0] ?? "none") ≠ \(found[$0] ?? "none")" }
      }
      throw TestFailure("equal offsets, but digests \(digests): \(differences)\n\(logs(of: servers))")
    }
  }

  private static func offsets(of servers: [ServerProcess]) async throws -> [String] {
    var offsets: [String] = []
    for server in servers {
      let info = try await server.info()
      offsets.append(info["master_replid"] + ":" + info["master_repl_offset"])
    }
    return offsets
  }

  private static func logs(of servers: [ServerProcess]) -> String {
    servers.map { "\($0.program.rawValue) on port \($0.port) wrote:\n\($0.log.suffix(3000))" }.joined(separator: "\n")
  }

  /// Every key of every database, with its value and when it expires.
  func contents() async throws -> [String: String] {
    let connection = try await connect(commandTimeout: .seconds(20))
    var contents: [String: String] = [:]
    for database in 0..<16 {
      _ = try await connection.command("SELECT", "\(database)")
      for key in (try await connection.command("KEYS", "*").elements ?? []).compactMap(\.text) {
        let replies = try await connection.pipeline([["GET", key], ["PEXPIRETIME", key]])
        contents["\(database)/\(key)"] = replies.map { $0.text ?? $0.integerValue.map(String.init) ?? "none" }.joined(separator: " until ")
      }
    }
    return contents
  }

  /// The end of a test: nothing is saved, nobody is waited for.
  static func kill(_ servers: [ServerProcess]) async throws {
    for server in servers where server.isRunning {
      // One that is stopped ends too.
      try await server.kill()
    }
  }
}

/// One section of INFO, in the order of its lines.
struct InfoFields: Sendable {
  let text: String
  let names: [String]
  private let values: [String: String]

  init(_ text: String) {
    self.text = text
    let pairs = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.compactMap { line -> (String, String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (String(line[..<colon]), String(line[line.index(after: colon)...]))
    }
    names = pairs.map(\.0)
    values = Dictionary(pairs) { first, _ in first }
  }

  /// Empty when there is no such field.
  subscript(name: String) -> String { values[name] ?? "" }
}
