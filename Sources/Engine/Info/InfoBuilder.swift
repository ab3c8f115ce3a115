/// The text of INFO: sections with a headline, lines of `field:value`, an empty line between sections.
package struct InfoBuilder {
  package private(set) var text = ""
  package init() {}

  /// `title` as Redis writes it: `Clients`.
  package mutating func section(_ title: String) {
    if !text.isEmpty { text += "\r\n" }
    text += "# \(title)\r\n"
  }

  package mutating func field(_ name: String, _ value: some CustomStringConvertible) { text += "\(name):\(value)\r\n" }
  package mutating func field(_ name: String, _ value: Bool) { text += "\(name):\(value ? 1 : 0)\r\n" }

  /// With two digits behind the point, as C's `%.2f`.
  package mutating func field(_ name: String, decimals value: Double, suffix: String = "") {
    text += "\(name):\(InfoBuilder.twoDecimals(value))\(suffix)\r\n"
  }

  /// A number of bytes, twice: plain, and for people under `name_human`.
  package mutating func bytes(_ name: String, _ value: Int) {
    field(name, value)
    field(name + "_human", InfoBuilder.human(value))
  }

  package static func twoDecimals(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let hundredths = Int64((value.magnitude * 100).rounded(.toNearestOrEven))
    let rest = String(hundredths % 100)
    return "\(value < 0 && hundredths > 0 ? "-" : "")\(hundredths / 100).\(rest.count == 1 ? "0" : "")\(rest)"
  }

  /// Nanoseconds as microseconds with three digits behind the point.
  package static func microseconds(_ nanoseconds: Int64) -> String {
    let rest = String(1000 + nanoseconds % 1000).dropFirst()
    return "\(nanoseconds / 1000).\(rest)"
  }

  /// `512B`, `1.16M`: powers of 1024, two decimals.
  package static func human(_ bytes: Int) -> String {
    if bytes < 1024 { return "\(bytes)B" }
    var value = Double(bytes) / 1024
    for unit in ["K", "M", "G", "T"] {
      if value < 1024 { return twoDecimals(value) + unit }
      value /= 1024
    }
    return twoDecimals(value) + "P"
  }
}

/// Which sections an INFO command asks for.
package struct InfoSections: Equatable, Sendable {
  /// In the order of printing; `INFO` alone shows these.
  package static let standard = [
    "server", "clients", "memory", "persistence", "stats", "replication", "cpu", "modules", "errorstats", "cluster", "keyspace",
  ]
  /// Shown by `all`; modules are in `everything` and in the default.
  package static let extra = ["commandstats", "latencystats"]
  package static let order = [
    "server", "clients", "memory", "persistence", "stats", "replication", "cpu", "modules", "commandstats", "errorstats", "latencystats",
    "cluster", "keyspace", "tern",
  ]

  package private(set) var names: Set<String>

  /// `words`: INFO's arguments. Unknown ones select nothing.
  package init(_ words: [String]) {
    guard !words.isEmpty else {
      names = Set(InfoSections.standard)
      return
    }
    names = []
    for word in words.map({ $0.lowercased() }) {
      switch word {
      case "default": names.formUnion(InfoSections.standard)
      case "all": names.formUnion(InfoSections.order.filter { $0 != "modules" })
      case "everything": names.formUnion(InfoSections.order)
      default: names.insert(word)
      }
    }
  }

  package func contains(_ name: String) -> Bool { names.contains(name) }

  /// Those of `known` that were asked for, in that order.
  package func selected(from known: [String] = InfoSections.order) -> [String] { known.filter(names.contains) }
}
