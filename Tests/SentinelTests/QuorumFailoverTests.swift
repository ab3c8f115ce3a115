import TernEngine
import Testing

@testable import TernSentinel

/// Sentinels and members of a quorum in virtual time.
struct QuorumFailoverTests {
  private func led(
    replicas: Int = 2, seed: UInt64 = 1, extra: [String] = [], _ change: (inout FakeMember) -> Void = { _ in }
  ) -> SentinelWorld {
    var member = FakeMember()
    change(&member)
    var world = SentinelWorld(replicas: replicas, seed: seed, extra: extra, member: member)
    #expect(world.run(limit: 30_000) { Self.hasLeader($0) }, "\(world.logs[0].suffix(20))")
    world.run(milliseconds: 3000)
    return world
  }

  /// One leader whom all that are up follow, and whom all sentinels name.
  static func hasLeader(_ world: SentinelWorld) -> Bool {
    let up = world.nodes.values.filter { $0.isUp }
    guard let leader = up.first(where: { $0.member?.state == "leader" }), let epoch = leader.member?.epoch else { return false }
    return up.allSatisfy { $0.host == leader.host || ($0.member?.state == "follower" && $0.member?.epoch == epoch) }
      && world.cores.indices.filter { world.isAlive[$0] }.allSatisfy {
        world.primary($0) == leader.host && world.cores[$0].groups[0].configEpoch == epoch && world.cores[$0].groups[0].failover == .none
      }
  }

  private func epochs(_ world: SentinelWorld) -> [String] { world.leaderships.map { String($0.split(separator: " ")[1]) } }

  @Test(arguments: 1...6)
  func `blank nodes get the configured master as their first leader`(seed: UInt64) {
    let world = led(seed: seed) { $0.isTrusted = false }
    #expect(world.leaderships.count == 1 && world.leaderships[0].hasPrefix("10.0.1.0 "), "\(world.leaderships)")
    #expect(world.logs.contains { $0.contains { $0.contains("first start, all members are blank") } })
    #expect(world.cores.allSatisfy { $0.groups[0].replicas.count == 2 })
    #expect(world.unsavedVotes == [])
  }

  @Test func `a first start waits for all, and says for whom`() {
    var world = SentinelWorld(
      member: {
        var member = FakeMember(); member.isTrusted = false; return member
      }())
    world.kill("10.0.1.2")
    world.run(milliseconds: 20_000)
    #expect(world.leaderships == [])
    #expect(world.nodes.values.allSatisfy { $0.member?.promise == 0 })
    let reason =
      "0 of 3 members are reachable and trusted, 2 needed: 10.0.1.0:6379 is untrusted; 10.0.1.1:6379 is untrusted; 10.0.1.2:6379 is not reachable"
    #expect(world.hasLogged(0, "Failover of master mymaster not started: \(reason)"))
    #expect(world.published[0].filter { $0 == "-failover-refused master mymaster 10.0.1.0 6379 #\(reason)" }.count == 1)
    #expect(field(world.ask(0, "SENTINEL", "MASTER", "mymaster"), "failover-refusal") == reason)
    world.restart("10.0.1.2")
    #expect(world.run(limit: 15_000) { Self.hasLeader($0) })
  }

  private func field(_ value: RESPValue?, _ name: String) -> String? {
    guard case .map(let pairs)? = value else { return nil }
    return pairs.first { $0.key.text == name }?.value.text
  }

  @Test(arguments: 1...6)
  func `a dead leader is replaced by the follower with the most, in a new epoch`(seed: UInt64) {
    var world = led(seed: seed)
    world.nodes["10.0.1.1"]?.member?.offset += 5
    world.nodes["10.0.1.2"]?.member?.offset += 7
    world.nodes["10.0.1.1"]?.priority = 1
    world.kill("10.0.1.0")
    #expect(world.run(limit: 15_000) { Self.hasLeader($0) })
    #expect(world.leaderships.last?.hasPrefix("10.0.1.2 ") == true)
    #expect(Set(epochs(world)).count == world.leaderships.count)
    #expect(world.unsavedVotes == [])
    #expect(!world.nodes.values.contains { $0.received.contains { $0[0] == "SLAVEOF" } })
    // The old leader comes back idle, and follows.
    world.restart("10.0.1.0")
    #expect(world.run(limit: 15_000) { Self.hasLeader($0) })
    #expect(world.leaderships.count == 2)
  }

  @Test(arguments: 1...6)
  func `an election that kept its primary does not delay the next`(seed: UInt64) {
    var world = led(seed: seed) { $0.isTrusted = false }
    #expect(world.leaderships.count == 1 && world.leaderships[0].hasPrefix("10.0.1.0 "))
    for index in world.nodes.keys { world.nodes[index]?.member?.isTrusted = true }
    world.kill("10.0.1.0")
    #expect(world.run(limit: 6000) { $0.leaderships.count == 2 && Self.hasLeader($0) }, "\(world.logs[0].suffix(10))")
  }

  @Test func `a leader that comes back before it was missed is fenced into a new epoch`() {
    var world = led()
    world.kill("10.0.1.0")
    world.restart("10.0.1.0")
    #expect(world.run(limit: 10_000) { Self.hasLeader($0) && $0.leaderships.count == 2 }, "\(world.logs[0].suffix(20))")
    world.run(milliseconds: 10_000)
    #expect(world.leaderships.count == 2)
  }

  @Test func `with too few members nobody is fenced, and the reason is named until they are back`() {
    var world = led()
    world.kill("10.0.1.0")
    world.kill("10.0.1.1")
    world.run(milliseconds: 30_000)
    #expect(world.leaderships.count == 1)
    #expect(world.nodes["10.0.1.2"]?.member?.promise == world.nodes["10.0.1.2"]?.member?.epoch)
    let reason = "1 of 3 members are reachable and trusted, 2 needed: 10.0.1.0:6379 is not reachable; 10.0.1.1:6379 is not reachable"
    #expect(world.hasLogged(0, "Failover of master mymaster not started: \(reason)"))
    #expect(world.ask(0, "SENTINEL", "FAILOVER", "mymaster")?.text == "NOQUORUM \(reason)")
    world.restart("10.0.1.1")
    #expect(world.run(limit: 10_000) { Self.hasLeader($0) })
  }

  @Test func `an untrusted survivor does not vouch, until everybody has answered`() {
    var world = led()
    world.kill("10.0.1.0")
    world.nodes["10.0.1.1"]?.member?.isTrusted = false
    world.run(milliseconds: 20_000)
    #expect(world.leaderships.count == 1)
    #expect(world.hasLogged(0, "10.0.1.0:6379 is not reachable; 10.0.1.1:6379 is untrusted"))
    world.nodes["10.0.1.0"]?.member?.isTrusted = false
    world.nodes["10.0.1.0"]?.member?.offset = 5000
    world.restart("10.0.1.0")
    #expect(world.run(limit: 10_000) { Self.hasLeader($0) })
    #expect(world.leaderships.last?.hasPrefix("10.0.1.0 ") == true)
    #expect(world.logs.contains { $0.contains { $0.contains("writes since the last sync to disk may be gone") } })
  }

  @Test func `FORCE promotes what answers`() {
    var world = led()
    world.kill("10.0.1.0")
    world.kill("10.0.1.1")
    world.run(milliseconds: 3000)
    #expect(world.ask(0, "SENTINEL", "FAILOVER", "mymaster", "FORCE") == SentinelCore.ok)
    #expect(world.run(limit: 10_000) { Self.hasLeader($0) })
    #expect(world.leaderships.last?.hasPrefix("10.0.1.2 ") == true)
    #expect(world.hasLogged(0, "forced; acknowledged writes may be gone"))
  }

  @Test(arguments: ["", "COORDINATED"])
  func `a requested failover takes another leader, with a majority's votes`(option: String) {
    var world = led()
    let words = ["SENTINEL", "FAILOVER", "mymaster"] + (option.isEmpty ? [] : [option])
    world.nodes["10.0.1.0"]?.member?.offset += 50
    let reply =
      words.count == 3 ? world.ask(0, "SENTINEL", "FAILOVER", "mymaster") : world.ask(0, "SENTINEL", "FAILOVER", "mymaster", option)
    #expect(reply == SentinelCore.ok)
    #expect(world.run(limit: 10_000) { Self.hasLeader($0) && $0.leaderships.count == 2 })
    #expect(world.primary(0) != "10.0.1.0")
    #expect(world.hasLogged(0, "voted for \(world.cores[0].myID)"))
    #expect(world.nodes["10.0.1.0"]?.received.contains(["CLIENT", "PAUSE", "1500", "WRITE"]) == !option.isEmpty)
    // And again, though the leader is new and sound.
    world.run(milliseconds: 1500)
    #expect(world.ask(1, "SENTINEL", "FAILOVER", "mymaster") == SentinelCore.ok)
    #expect(world.run(limit: 10_000) { Self.hasLeader($0) && $0.leaderships.count == 3 }, "\(world.logs[1].suffix(10))")
  }

  @Test func `without a majority of sentinels a requested failover is not begun in any member`() {
    var world = led()
    world.stopSentinel(1)
    world.stopSentinel(2)
    world.run(milliseconds: 3000)
    _ = world.ask(0, "SENTINEL", "FAILOVER", "mymaster")
    world.run(milliseconds: 15_000)
    #expect(world.leaderships.count == 1)
    #expect(world.hasLogged(0, "-failover-abort-not-elected"))
  }

  @Test func `a promotion that is refused is followed by another round`() {
    var world = led()
    world.nodes["10.0.1.1"]?.member?.refusesPromotion = true
    world.nodes["10.0.1.1"]?.member?.offset += 100
    world.kill("10.0.1.0")
    #expect(world.run(limit: 10_000) { w in (0..<3).contains { w.hasLogged($0, "-failover-abort-promotion-refused") } })
    world.nodes["10.0.1.1"]?.member?.refusesPromotion = false
    #expect(world.run(limit: 20_000) { Self.hasLeader($0) })
    #expect(Set(epochs(world)).count == world.leaderships.count)
  }

  @Test func `sentinels that forgot their epochs learn them from the members`() {
    var member = FakeMember()
    member.promise = 57
    member.history = 50
    var world = SentinelWorld(member: member)
    #expect(world.run(limit: 20_000) { Self.hasLeader($0) })
    #expect(epochs(world).allSatisfy { (UInt64($0) ?? 0) > 57 })
  }

  @Test func `a leader that no sentinel heard of is found in INFO`() {
    var world = led()
    let epoch = (world.nodes["10.0.1.0"]?.member?.epoch ?? 0) + 3
    for host in world.nodes.keys.sorted() {
      world.nodes[host]?.member?.promise = epoch
      world.nodes[host]?.member?.epoch = epoch
      world.nodes[host]?.member?.state = host == "10.0.1.2" ? "leader" : "follower"
      world.nodes[host]?.primary = host == "10.0.1.2" ? nil : "10.0.1.2"
    }
    #expect(world.run(limit: 5000) { Self.hasLeader($0) })
    #expect(world.published[0].contains("+switch-master mymaster 10.0.1.0 6379 10.0.1.2 6379"))
    #expect(world.leaderships.count == 1)
  }

  @Test func `a member that promised a round that came to nothing is brought back by a new epoch`() {
    var world = led()
    world.nodes["10.0.1.2"]?.member?.promise += 5
    world.nodes["10.0.1.2"]?.member?.state = "idle"
    world.nodes["10.0.1.2"]?.primary = "none"
    #expect(world.run(limit: 30_000) { Self.hasLeader($0) && $0.leaderships.count == 2 }, "\(world.logs[0].suffix(10))")
  }

  @Test(arguments: 1...5)
  func `a leader that wants to go is replaced by one sentinel, without being missed`(seed: UInt64) {
    var world = led(seed: seed)
    world.logs = world.logs.map { _ in [] }
    world.resign("10.0.1.0")
    #expect(world.run(limit: 2000) { Self.hasLeader($0) && $0.primary(0) != "10.0.1.0" })
    #expect(world.leaderships.count == 2)
    #expect((0..<3).allSatisfy { !world.hasLogged($0, "+sdown master mymaster 10.0.1.0 6379") })
    // The next one as well, as soon as it has subscribers.
    world.run(milliseconds: 1500)
    let second = world.primary(0)
    world.resign(second)
    #expect(world.run(limit: 3000) { Self.hasLeader($0) && $0.primary(0) != second })
  }

  @Test func `fences that leases hold up are waited for`() {
    var world = led { $0.leaseMilliseconds = 550 }
    world.kill("10.0.1.0")
    #expect(world.run(limit: 10_000) { Self.hasLeader($0) })
    #expect(world.leaderships.count == 2)
  }

  @Test func `a member that hangs does not hold up the choice of the others`() {
    var world = led(replicas: 4)
    world.nodes["10.0.1.4"]?.member?.answersFences = false
    world.kill("10.0.1.0")
    #expect(world.run(limit: 6000) { w in w.leaderships.count == 2 })
  }

  @Test func `a round that members do not answer is given up with their names, and another follows`() {
    var world = led()
    world.nodes["10.0.1.2"]?.member?.answersFences = false
    world.kill("10.0.1.0")
    let reason = "1 of 3 members answered and are trusted, 2 needed: 10.0.1.0:6379 is not reachable; 10.0.1.2:6379 did not answer"
    let event = "-failover-abort-no-quorum master mymaster 10.0.1.0 6379 #\(reason)"
    #expect(world.run(limit: 8000) { w in (0..<3).contains { w.hasLogged($0, event) } }, "\(world.logs.map { $0.suffix(25) })")
    world.nodes["10.0.1.2"]?.member?.answersFences = true
    #expect(world.run(limit: 10_000) { Self.hasLeader($0) })
  }

  @Test func `nobody is fenced for a node that is no member`() {
    var world = led()
    let stranger = "10.0.1.9"
    world.nodes[stranger] = FakeRedis(host: stranger, runID: String(repeating: "9", count: 40), primary: world.primary(0))
    // It is in no member's list: the fake's list is of all nodes, so this only shows what a node without a promise does.
    world.run(milliseconds: 15_000)
    #expect(world.nodes[stranger]?.received.contains { $0[0] == "TERN" } == false)
    #expect(world.cores[0].groups[0].mixedCompany?.contains("10.0.1.9:6379 is a member and does not run with") == true)
    #expect(world.logs[0].filter { $0.contains("+mixed-company") }.count == 1)
  }

  /// A sentinel as its disk knows it, with nobody connected.
  private func restarted(_ world: SentinelWorld, _ n: Int) -> SentinelCore {
    started(world.disks[n].map { String($0.line.dropFirst("sentinel ".count)) }, world.now)
  }

  private func started(_ lines: [String], _ now: Int64) -> SentinelCore {
    var core = SentinelCore(configuration: SentinelWorld.configuration(lines), seed: 5)
    core.start(now: now)
    return core
  }

  @Test func `a sentinel that was restarted knows that the group promises a quorum before it has heard any member`() {
    var world = led()
    let membership = world.cores[0].groups[0].membership
    #expect(membership?.names == ["10.0.1.0:6379", "10.0.1.1:6379", "10.0.1.2:6379"])
    let core = restarted(world, 0)
    #expect(core.groups[0].membership?.isSame(as: membership) == true && core.fences(0))
    // A replica that is no member is all that it reaches.
    let observer = "10.0.1.9"
    world.nodes[observer] = FakeRedis(host: observer, runID: String(repeating: "9", count: 40), primary: world.primary(0))
    for n in world.cores.indices {
      world.cores[n] = restarted(world, n)
      _ = world.cores[n].addReplica(0, world.cores[n].address(host: observer, port: 6379))
    }
    for host in ["10.0.1.0", "10.0.1.1", "10.0.1.2"] { world.kill(host) }
    for n in world.cores.indices { world.perform(n) }
    world.run(milliseconds: 30_000)
    #expect(world.nodes[observer]?.received.contains { $0[0] == "SLAVEOF" || $0[0] == "MULTI" } == false)
    #expect(world.nodes[observer]?.received.contains { $0[0] == "INFO" } == true)
  }

  @Test func `a sentinel without a past is told by another, and asks before it does anything in Redis's way`() {
    let world = led()
    var core = started(["monitor mymaster 10.0.1.0 6379 2"], 0)
    #expect(!core.fences(0))
    let link = core.groups[0].primary.link
    core.takeMemberships(world.cores[1].informationSection(), link)
    #expect(core.groups[0].membership?.isSame(as: world.cores[1].groups[0].membership) == true)
    for text in ["sentinel_tern_members0:mymaster 0.0 1 9 a:1", "sentinel_tern_members0:other 0.0 1 1 a:1", "sentinel_tern_members0"] {
      var core = started(["monitor mymaster 10.0.1.0 6379 2"], 0)
      core.takeMemberships(text, core.groups[0].primary.link)
      #expect(core.groups[0].membership == nil)
    }
  }

  @Test(arguments: [["0.0", "1", "2", "a:1,b:2,c:3"], ["7.2", "7", "1", "a:1"], ["0.0", "3", "3", "[::1]:1,b:2,c:3"]])
  func `members are saved as they are read`(words: [String]) {
    #expect(QuorumMembership(words: words)?.words == words)
  }

  @Test(
    arguments: [
      ["0", "1", "2", "a:1,b:2,c:3"], ["0.0", "-1", "2", "a:1,b:2,c:3"], ["0.0", "1", "1", "a:1,b:2,c:3"],
      ["0.0", "1", "4", "a:1,b:2,c:3"],
      ["0.0", "1", "1", "a"], ["0.0", "1", "1", ""], ["0.0", "1", "1"],
    ])
  func `members that make no sense are refused`(words: [String]) { #expect(QuorumMembership(words: words) == nil) }

  @Test func `with a real sentinel in the group Redis's way is taken, and it is said once`() {
    var world = led()
    let link = world.cores[0].groups[0].sentinels[0].link
    for n in world.cores.indices {
      for sentinel in world.cores[n].groups[0].sentinels { world.cores[n].links[sentinel.link]?.canFence = false }
    }
    #expect(world.cores[0].links[link] != nil)
    world.kill("10.0.1.0")
    #expect(world.run(limit: 20_000) { w in w.nodes.values.contains { $0.received.contains(["SLAVEOF", "NO", "ONE"]) } })
    #expect(world.leaderships.count == 1)
    #expect(world.logs[0].filter { $0.contains("+mixed-company") }.count == 1)
  }

  @Test(arguments: 1...8)
  func `whatever crashes and comes back, an epoch has one leader and a majority has a leader in the end`(seed: UInt64) {
    var world = led(replicas: seed % 2 == 0 ? 2 : 4, seed: seed)
    var random = SeededGenerator(seed: seed)
    let hosts = world.nodes.keys.sorted()
    for _ in 0..<12 {
      let host = hosts[Int(random.below(Int64(hosts.count)))]
      switch random.below(5) {
      case 0, 1: if world.nodes[host]?.isUp == true { world.kill(host) } else { world.restart(host) }
      case 2: world.cut([SentinelWorld.sentinelHost(Int(random.below(3)))], from: [host])
      case 3: world.cuts = []
      default: _ = world.ask(Int(random.below(3)), "SENTINEL", "FAILOVER", "mymaster")
      }
      world.run(milliseconds: random.below(4000))
    }
    world.cuts = []
    for host in hosts where world.nodes[host]?.isUp == false { world.restart(host) }
    #expect(world.run(limit: 120_000) { Self.hasLeader($0) }, "seed \(seed): \(world.leaderships) \(world.logs[0].suffix(30))")
    #expect(Set(epochs(world)).count == world.leaderships.count, "\(world.leaderships)")
    #expect(world.unsavedVotes == [])
  }
}
