import SampleSupport
import TernEngine
import Testing

/// INFO replication and ROLE, field by field, as between two redis-servers.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ReplicationFieldsTests {
  struct Shape: Equatable, CustomStringConvertible {
    var primaryFields: [String]
    var replicaFields: [String]
    var detachedFields: [String]
    /// `ip=127.0.0.1,port=…,state=online,offset=…,lag=…` with the numbers taken out.
    var slave0: String
    var primaryRole: String
    var replicaRole: String
    var detachedRole: String
    var description: String {
      """
      primary \(primaryFields)
      replica \(replicaFields)
      detached \(detachedFields)
      slave0 \(slave0)
      roles \(primaryRole) \(replicaRole) \(detachedRole)
      """
    }
  }

  static func shape(of value: RESPValue) -> String {
    switch value {
    case .array(let elements): "[" + elements.map(shape).joined(separator: " ") + "]"
    case .integer: "integer"
    case .bulkString(let bytes): Int64(String(decoding: bytes, as: UTF8.self)) == nil ? String(decoding: bytes, as: UTF8.self) : "'digits'"
    default: "\(value)"
    }
  }

  static func shape(of pair: ReplicationPair) async throws -> Shape {
    let link = try await ReplicationLink.start(pair)
    // A line about a replica is the same from its first ACK on.
    try await link.primary.wait("lag", within: .seconds(20)) {
      let info = try await link.primary.info()
      return info["slave0"].contains("state=online") ? nil : info.text
    }
    let primary = try await link.primary.info()
    let replica = try await link.replica.info()
    let primaryRole = try await link.primary.ask("ROLE")
    let replicaRole = try await link.replica.ask("ROLE")
    link.proxy.shut()
    try await link.replica.waitForInfo("master_link_status", "down")
    _ = try await link.replica.wait("connect", within: .seconds(20)) {
      // Between two attempts; `connecting` is passed through quickly.
      let role = try await link.replica.ask("ROLE").elements?.dropFirst(3).first?.text
      return role == "connect" ? nil : "\(role ?? "")"
    }
    let detachedRole = try await link.replica.ask("ROLE")
    let detached = try await link.replica.info()
    try await link.end()
    return Shape(
      primaryFields: primary.names, replicaFields: replica.names, detachedFields: detached.names,
      slave0: primary["slave0"].replacing(#/port=\d+|offset=\d+|lag=\d+/#) { $0.output.prefix { $0 != "=" } },
      primaryRole: shape(of: primaryRole), replicaRole: shape(of: replicaRole), detachedRole: shape(of: detachedRole))
  }

  @Test func `both sides say the same about a link as redis-server does`() async throws {
    let expected = try await Self.shape(of: ReplicationPair(primary: .redis, replica: .redis))
    #expect(expected.primaryFields.contains("slave0") && expected.replicaFields.contains("master_link_status"))
    for pair in ReplicationPair.withTern {
      let found = try await Self.shape(of: pair)
      #expect(found == expected, "\(pair.testDescription)")
    }
  }
}
