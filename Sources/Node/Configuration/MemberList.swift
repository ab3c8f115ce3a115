internal import TernEngine
package import TernReplication

/// `tern-members`: the data nodes that acknowledge by quorum, each as `host:port`, this one among them.
package struct MemberList: SpecialSetting, Equatable {
  /// More would make every acknowledgement slower than any failure is likely.
  package static let countMax = 31
  package private(set) var names: [MemberName] = []

  package init() {}

  mutating func assign(_ arguments: [[UInt8]], _ context: AssignmentContext) throws(ConfigurationReason) {
    guard arguments.count <= Self.countMax else { throw ConfigurationReason("more than \(Self.countMax) members") }
    var given: [MemberName] = []
    for argument in arguments == [[]] ? [] : arguments {
      let name = try Self.checked(Directive.cString(argument))
      guard !given.contains(name) else { throw ConfigurationReason("member '\(name)' is named twice") }
      given.append(name)
    }
    names = given
  }

  /// In one spelling: letters are lowered, as host names do not tell them apart.
  static func checked(_ bytes: some Collection<UInt8>) throws(ConfigurationReason) -> MemberName {
    let name = Directive.lowercased(bytes)
    guard let colon = name.lastIndex(of: ":"), colon != name.startIndex,
      let port = ConfigurationNumbers.integer(Array(name[name.index(after: colon)...].utf8)), (1...65535).contains(port),
      bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ",") })
    else { throw ConfigurationReason("'\(printable(Array(bytes)))' is no member: a member is host:port") }
    return name
  }

  var text: String { names.joined(separator: " ") }

  func lines(_ name: String, default fallback: Self) -> [RewriteLine] {
    names.isEmpty ? [] : [RewriteLine("\(name) \(text)", isForced: true)]
  }
}

extension Configuration {
  /// Why `tern-durability quorum` cannot be kept with these settings; nil if it can, or is not asked for.
  var quorumProblem: (name: String, reason: String)? {
    guard ternDurability == .quorum else { return nil }
    guard !ternMembers.names.isEmpty else {
      return ("tern-members", "'tern-durability quorum' needs the list of its members (host:port each)")
    }
    guard let own = ownMember else { return ("tern-member", "'\(ternMember)' is no member: a member is host:port") }
    guard ternMembers.names.contains(own) else {
      return (
        "tern-member",
        "this node is \(own), which 'tern-members' (\(ternMembers.text)) does not name; say which of them it is by 'tern-member host:port'"
      )
    }
    let count = ternMembers.names.count
    if ternCopies != 0, ternCopies <= count / 2 || ternCopies > count {
      return ("tern-copies", "must be more than half of the \(count) members, and not more than all: \(count / 2 + 1) to \(count)")
    }
    return nil
  }

  /// This node's name among the members; nil if what is given is none.
  var ownMember: MemberName? {
    let name: String
    if !ternMember.isEmpty {
      name = ternMember
    } else {
      let first = bind.addresses.first.map { $0.hasPrefix("-") ? String($0.dropFirst()) : $0 } ?? "*"
      let host = replicaAnnounceIP ?? (first == "*" || first == "::*" ? "127.0.0.1" : first)
      name = "\(host):\(replicaAnnouncePort > 0 ? replicaAnnouncePort : port)"
    }
    return try? MemberList.checked(Array(name.utf8))
  }

  /// An acknowledgement means "on disk".
  var acknowledgesDisk: Bool { appendonly && appendfsync == .always }

  var quorumMachine: QuorumConfiguration? {
    guard ternDurability == .quorum, quorumProblem == nil, let own = ownMember else { return nil }
    var machine = QuorumConfiguration(members: ternMembers.names, own: own, copies: ternCopies == 0 ? nil : ternCopies)
    machine.timeoutMilliseconds = Int64(ternQuorumTimeout)
    machine.leaseMilliseconds = Int64(ternLease)
    machine.acknowledgesDisk = acknowledgesDisk
    return machine
  }
}
