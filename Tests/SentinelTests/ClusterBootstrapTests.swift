import Testing

@testable import TernSentinel

struct ClusterBootstrapTests {
  private let members = (0..<3).map { InfoReport.Endpoint(host: "10.0.1.\($0)", port: 6379) }
  private typealias Answer = ClusterBootstrap.Answer

  private func node(_ n: Int, saved: (Int, UInt64)? = nil, hasData: Bool = false) -> ClusterBootstrap {
    ClusterBootstrap(
      own: members[n], members: members, saved: saved.map { .init(primary: members[$0.0], configEpoch: $0.1) }, hasData: hasData)
  }

  private func view(_ n: Int, _ epoch: UInt64, hasData: Bool? = nil) -> Answer {
    Answer(view: .init(primary: members[n], configEpoch: epoch), hasData: hasData)
  }

  private func isLead(_ decision: ClusterBootstrap.Decision) -> Bool { if case .lead = decision { true } else { false } }

  @Test func `on a first start the first member leads when all have shown that they are empty, and the others follow it`() {
    #expect(node(1).decide([Answer(), Answer()]) == .follow(members[0]))
    #expect(
      node(0).decide([Answer(hasData: false), Answer()]) == .wait("this node is empty, and has no answer from 10.0.1.2:6379"))
    #expect(node(0).decide([view(0, 0, hasData: false), view(0, 0, hasData: false)]) == .lead("first start, no member has data"))
  }

  @Test func `an empty first member waits while another has data`() {
    let decision = node(0).decide([view(0, 0, hasData: true), view(0, 0, hasData: false)])
    #expect(decision == .wait("this node is empty and 10.0.1.1:6379 is not; a failover must pass it by"))
    #expect(node(0).decide([view(1, 1, hasData: true), view(0, 0, hasData: false)]) == .follow(members[1]))
  }

  @Test func `after a restart of all the primary leads again, when a majority is there`() {
    let primary = node(1, saved: (1, 7), hasData: true)
    #expect(
      primary.decide([Answer(), Answer()])
        == .wait("1 of 3 members known, 2 needed; no answer from 10.0.1.0:6379, 10.0.1.2:6379"))
    #expect(isLead(primary.decide([view(1, 7), Answer()])))
    #expect(node(0, saved: (1, 7), hasData: true).decide([Answer(), Answer()]) == .follow(members[1]))
  }

  @Test func `a primary that missed its replacement follows the new one`() {
    #expect(node(0, saved: (0, 3), hasData: true).decide([view(2, 4, hasData: true), Answer()]) == .follow(members[2]))
  }

  @Test func `what others say of the newest epoch counts for more than what was saved here`() {
    let restarted = node(0, saved: (0, 4), hasData: true)
    #expect(restarted.decide([view(0, 4), view(2, 4)]) == .follow(members[2]))
    #expect(restarted.decide([view(2, 4), view(0, 4)]) == .follow(members[2]))
  }

  @Test func `an older view of another does not depose`() {
    #expect(isLead(node(1, saved: (1, 7), hasData: true).decide([view(0, 3), view(1, 7)])))
  }

  @Test func `one node alone leads at once`() {
    let alone = ClusterBootstrap(own: members[0], members: [members[0]], saved: nil, hasData: false)
    #expect(isLead(alone.decide([])))
  }

  @Test func `what the list says is known from the start, and what it no longer says is forgotten`() {
    var configuration = SentinelConfiguration(
      name: "mymaster", members: members, own: members[0], quorum: 2, downAfter: 1000, failoverTimeout: 6000, sentinelPort: { $0 + 20_000 })
    let known = String(repeating: "b", count: 40)
    configuration.masters[0].knownSentinels = [
      .init(host: "10.0.1.1", port: 26379, runID: known), .init(host: "10.0.9.9", port: 26379, runID: String(repeating: "c", count: 40)),
    ]
    configuration.masters[0].knownReplicas = [.init(host: "10.0.9.9", port: 6379)]
    configuration.meet(members, own: members[0], sentinelPort: { $0 + 20_000 })
    #expect(configuration.masters[0].knownSentinels.map(\.host) == ["10.0.1.1", "10.0.1.2"])
    #expect(configuration.masters[0].knownSentinels[0].runID == known)
    #expect(SentinelSeed.isSeed(configuration.masters[0].knownSentinels[1].runID))
    #expect(configuration.masters[0].knownReplicas == [members[1], members[2]])
    #expect(configuration.announceIP == "10.0.1.0" && configuration.port == 26379 && !configuration.resolveHostnames)
  }

  @Test func `sentinels that know one another by address alone find each other without a primary`() {
    var world = SentinelWorld(replicas: 2, seeded: true)
    for host in ["10.0.1.0", "10.0.1.1", "10.0.1.2"] { world.kill(host) }
    #expect(
      world.run(limit: 20_000) { w in
        w.cores.allSatisfy { core in
          core.groups[0].sentinels.count == 2 && !core.groups[0].sentinels.contains { SentinelSeed.isSeed($0.runID) }
        }
      })
    #expect(!world.hasLogged(0, "+sentinel-invalid-addr"))
  }
}
