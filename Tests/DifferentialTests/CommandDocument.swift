import TernEngine
import TernNode

/// The table of commands in the documentation: every command of Redis 7.2, supported or not, and ours that are newer.
struct CommandDocument {
  /// Since when, by full name, as the real server tells it; it covers what is not in our table.
  var elsewhere: [String: (since: String, group: String)]
  var specs: [CommandSpec] = NodeCommands.all

  /// 7.2's, which redis-server 7.0 does not know.
  static let of72: [String: (since: String, group: String)] = [
    "waitaof": ("7.2.0", "generic"), "client|no-touch": ("7.2.0", "connection"), "client|setinfo": ("7.2.0", "connection"),
    "cluster|myshardid": ("7.2.0", "cluster"),
  ]

  /// Why a command is not there, by its name or its container's.
  static let reasons: [String: String] = [
    "eval": "scripts are out of scope", "eval_ro": "scripts are out of scope", "evalsha": "scripts are out of scope",
    "evalsha_ro": "scripts are out of scope", "script": "scripts are out of scope", "function": "functions are out of scope",
    "fcall": "functions are out of scope", "fcall_ro": "functions are out of scope", "module": "modules are out of scope",
    "cluster": "answers as a Redis without cluster slots", "asking": "answers as a Redis without cluster slots",
    "readonly": "answers as a Redis without cluster slots",
    "readwrite": "answers as a Redis without cluster slots", "restore-asking": "answers as a Redis without cluster slots",
  ]

  private static let groups: [(group: String, title: String)] = [
    ("generic", "Keys"), ("string", "Strings"), ("bitmap", "Bits"), ("list", "Lists"), ("hash", "Hashes"), ("set", "Sets"),
    ("sorted-set", "Sorted sets"), ("geo", "Places"), ("stream", "Streams"), ("hyperloglog", "HyperLogLogs"), ("pubsub", "Channels"),
    ("transactions", "Transactions"), ("scripting", "Scripts and functions"), ("connection", "Connections"), ("server", "Server"),
    ("cluster", "Cluster slots"),
  ]

  private struct Row {
    var name: String
    var group: String
    var since: String
    var support: String
    var complexity: String
  }

  var text: String {
    var rows: [String: Row] = [:]
    for (name, facts) in elsewhere.merging(Self.of72, uniquingKeysWith: { first, _ in first }) {
      let parent = name.split(separator: "|").first.map(String.init) ?? name
      let reason = Self.reasons[name] ?? Self.reasons[parent]
      rows[name] = Row(
        name: name, group: facts.group, since: facts.since, support: "no" + (reason.map { ": " + $0 } ?? ""), complexity: "")
    }
    for spec in specs {
      add(spec, spec.name.lowercased, spec.group.rawValue, to: &rows)
      for child in spec.subcommands { add(child, spec.name.lowercased + "|" + child.name.lowercased, spec.group.rawValue, to: &rows) }
    }
    var out = """
      # Commands

      Every command of Redis 7.2 and since when Redis has it, whether Tern has it, and what it costs.

      This page is made from the command table by a test (`TERN_WRITE_DOCUMENTS=1 Tests/run.sh --filter CommandDocumentTests` writes it anew).
      \(rows.values.count { $0.support == "yes" }) of \(rows.count) are there. What `COMMAND` says otherwise than Redis: <doc:CommandDifferences>.

      """
    for (group, title) in Self.groups {
      let members = rows.values.filter { $0.group == group }.sorted { $0.name < $1.name }
      guard !members.isEmpty else { continue }
      out += "\n## \(title)\n\n| command | since | in Tern | complexity |\n|---|---|---|---|\n"
      for row in members {
        let name = row.name.uppercased().replacing("|", with: " ")
        out += "| `\(name)` | \(row.since) | \(row.support) | \(row.complexity.replacing("|", with: "\\|")) |\n"
      }
    }
    return out
  }

  private func add(_ spec: CommandSpec, _ name: String, _ group: String, to rows: inout [String: Row]) {
    let parent = name.split(separator: "|").first.map(String.init) ?? name
    // Some are in the table only to be refused in Redis's way.
    let reason = Self.reasons[name] ?? Self.reasons[parent]
    rows[name] = Row(
      name: name, group: rows[name]?.group ?? group, since: rows[name]?.since ?? "\(spec.since)",
      support: reason.map { "no: " + $0 } ?? "yes", complexity: reason == nil ? "\(spec.complexity)" : "")
  }
}

extension StaticString {
  var lowercased: String { "\(self)".lowercased() }
}
