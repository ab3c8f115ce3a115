import Testing

@testable import TernReplication

@Suite struct BackToBackTests {
  /// Lets everything settle, and tells what is not equal in the end.
  static func settle(_ world: VirtualNodes) -> String? {
    world.faults = .init(hasDisk: world.faults.hasDisk, rewritesPerMille: 0, forgetsDisk: world.faults.forgetsDisk)
    for _ in 0..<4000 {
      world.step(writes: false)
      let leader = world.nodes[world.leader]
      if world.nodes.indices.allSatisfy({ $0 == world.leader || world.nodes[$0].replica.isConnected }),
        world.nodes.allSatisfy({ $0.data.count == leader.data.count })
      {
        break
      }
    }
    let leader = world.nodes[world.leader]
    for (number, node) in world.nodes.enumerated() {
      if let error = node.errors.first { return "node \(number): \(error)" }
      if node.data != leader.data {
        return "node \(number) has \(node.data.count) bytes (\(node.replica.stateName)), the leader \(leader.data.count)"
      }
      if node.history.replid != leader.history.replid { return "node \(number) knows another id" }
      if let offset = node.replica.appliedOffset, offset != node.data.count { return "node \(number) counts \(offset)" }
    }
    return nil
  }

  /// Two nodes that share the id have the same bytes, as far as both have any.
  static func disagreement(_ world: VirtualNodes) -> String? {
    let leader = world.nodes[world.leader]
    for (number, node) in world.nodes.enumerated() where node.history.replid == leader.history.replid {
      let shared = min(node.data.count, leader.data.count)
      if node.data[..<shared] != leader.data[..<shared] { return "node \(number) differs within its first \(shared) bytes" }
      if node.data.count > leader.data.count { return "node \(number) is ahead of its leader" }
    }
    return nil
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `a replica's bytes equal the primary's log through cuts at random bytes`(_ seed: UInt64) {
    let world = VirtualNodes(seed: seed, count: 3, backlogBytes: 3000, disklessSync: seed.isMultiple(of: 2))
    world.follow(leader: 0)
    world.faults = .init(cutsPerMille: 20, refusalsPerMille: 200, readBytesMax: seed.isMultiple(of: 3) ? 7 : 900)
    for step in 0..<1200 {
      world.step(writes: true)
      if step.isMultiple(of: 50) { #expect(Self.disagreement(world) == nil, "seed \(seed), step \(step)") }
    }
    #expect(Self.settle(world) == nil, "seed \(seed)")
    #expect(world.written > 500)
    #expect(world.nodes.allSatisfy { $0.snapshots.isEmpty }, "a snapshot leaks, seed \(seed)")
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `chains and failovers converge on the last leader's log`(_ seed: UInt64) {
    let world = VirtualNodes(seed: seed, count: 4, backlogBytes: 20_000, disklessSync: true)
    world.follow(leader: 0)
    world.faults = .init(cutsPerMille: 5, refusalsPerMille: 100, failoversPerMille: 4, readBytesMax: 1500)
    for step in 0..<1200 {
      world.step(writes: true)
      if step.isMultiple(of: 50) { #expect(Self.disagreement(world) == nil, "seed \(seed), step \(step)") }
    }
    #expect(Self.settle(world) == nil, "seed \(seed)")
    #expect(world.nodes.contains { !$0.history.replid2.isNone })
    #expect(world.nodes.reduce(0) { $0 + $1.primary.partialSyncsAccepted } > 0)
  }

  @Test func `a backlog that reaches back far enough makes every reconnect a partial one`() {
    let world = VirtualNodes(seed: 99, count: 2, backlogBytes: 1 << 20, disklessSync: true)
    world.follow(leader: 0)
    world.faults = .init(readBytesMax: 900)
    while !world.nodes[1].replica.isConnected, world.now < 10_000 { world.step(writes: true) }
    world.faults = .init(cutsPerMille: 30, readBytesMax: 900)
    for _ in 0..<2000 { world.step(writes: true) }
    #expect(Self.settle(world) == nil)
    #expect(world.nodes[1].fullSyncsReceived == 1)
    #expect(world.nodes[0].primary.partialSyncsAccepted > 20)
  }

  @Test func `a planted byte is noticed`() {
    let world = VirtualNodes(seed: 1, count: 2, backlogBytes: 1 << 20, disklessSync: true)
    world.follow(leader: 0)
    for _ in 0..<300 { world.step(writes: true) }
    world.nodes[1].data[10] ^= 1
    #expect(Self.disagreement(world) != nil)
  }
}
