import TernEngine
import Testing

@testable import TernSentinel

struct MonitoringTests {
  private func settled(sentinels: Int = 3, extra: [String] = []) -> SentinelWorld {
    var world = SentinelWorld(sentinels: sentinels, quorum: min(2, sentinels), extra: extra)
    #expect(world.run(limit: 30_000) { $0.isSettled })
    return world
  }

  @Test func `a silent instance is down after its period and not before`() {
    var world = settled(sentinels: 1)
    world.cut([SentinelWorld.sentinelHost(0)], from: ["10.0.1.1"])
    let ping = world.cores[0].links[world.cores[0].groups[0].replicas[0].link]?.lastPong ?? 0
    #expect(world.run { $0.hasLogged(0, "# +sdown slave 10.0.1.1:6379 10.0.1.1 6379 @ mymaster 10.0.1.0 6379") })
    #expect(world.now - ping > 1000 && world.now - ping < 2100)
    world.cuts = []
    #expect(world.run { $0.hasLogged(0, "# -sdown slave 10.0.1.1:6379 10.0.1.1 6379 @ mymaster 10.0.1.0 6379") })
  }

  @Test(arguments: 0..<20)
  func `a refused connection is down a whole period after it was lost`(phase: Int64) {
    var world = settled(sentinels: 1)
    world.run(milliseconds: phase * 57)
    world.kill("10.0.1.1")
    let killed = world.now
    #expect(world.run { $0.hasLogged(0, "+sdown slave 10.0.1.1:6379") })
    #expect(world.now - killed >= 1000 && world.now - killed <= 1010)
    world.run(milliseconds: 5000)
    #expect(!world.hasLogged(0, "-sdown"))
  }

  @Test func `LOADING and MASTERDOWN are signs of life, other errors are not`() {
    var world = settled(sentinels: 1)
    world.nodes["10.0.1.1"]?.pong = .error(Array("LOADING Redis is loading the dataset in memory".utf8))
    world.nodes["10.0.1.2"]?.pong = .error(Array("NOAUTH Authentication required.".utf8))
    world.run(milliseconds: 6000)
    #expect(world.cores[0].groups[0].replicas.map(\.isSubjectivelyDown) == [false, true])
    #expect(world.hasLogged(0, "slave 10.0.1.2:6379 10.0.1.2 6379 @ mymaster 10.0.1.0 6379 answers PING with: NOAUTH"))
  }

  @Test func `a busy instance is sent SCRIPT KILL once`() {
    var world = settled(sentinels: 1)
    world.nodes["10.0.1.1"]?.pong = .error(Array("BUSY Redis is busy running a script".utf8))
    world.run(milliseconds: 10_000)
    #expect(world.nodes["10.0.1.1"]?.received.filter { $0 == ["SCRIPT", "KILL"] }.count == 1)
  }

  @Test func `a stall and a clock that goes back are TILT, and it passes`() {
    var world = settled(sentinels: 1)
    let old = world.now
    world.cores[0].tick(now: old + 10_000)
    #expect(world.cores[0].isTilted)
    world.cores[0].tick(now: old + 10_000 + 29_999)
    #expect(world.cores[0].isTilted)
    var core = world.cores[0]
    core.tick(now: old)
    #expect(core.isTilted)
    #expect((core.nextDeadline ?? 0) > old)
  }

  @Test func `in TILT an instance is not called down`() {
    var world = settled(sentinels: 1)
    world.cores[0].tick(now: world.now + 10_000)
    world.now += 10_000
    world.perform(0)
    world.kill("10.0.1.0")
    world.run(milliseconds: 20_000)
    #expect(!world.hasLogged(0, "+sdown"))
    #expect(world.ask(0, "SENTINEL", "is-master-down-by-addr", "10.0.1.0", "6379", "0", "*")?.elements?.first == .integer(0))
    #expect(world.run(limit: 20_000) { $0.hasLogged(0, "# -tilt #tilt mode exited") && $0.hasLogged(0, "+sdown master") })
  }

  @Test func `a restarted instance is noticed by its run id`() {
    var world = settled(sentinels: 1)
    world.restart("10.0.1.1")
    #expect(world.run { $0.hasLogged(0, "* +reboot slave 10.0.1.1:6379 10.0.1.1 6379 @ mymaster 10.0.1.0 6379") })
  }

  @Test func `a primary that became a replica by itself is down, and another takes its place`() {
    var world = settled(sentinels: 1)
    world.nodes["10.0.1.0"]?.primary = "10.0.1.1"
    #expect(world.run(limit: 60_000) { $0.hasLogged(0, "+sdown master mymaster 10.0.1.0 6379") })
    #expect(world.run(limit: 60_000) { $0.primary(0) != "10.0.1.0" })
  }

  @Test func `a sentinel at a new address is followed, one that took another's address replaces it`() {
    var world = settled()
    let (b, c) = (String(repeating: "b", count: 40), String(repeating: "c", count: 40))
    world.ask(0, "PUBLISH", HelloMessage.channel, "10.0.0.9,26379,\(b),0,mymaster,10.0.1.0,6379,0")
    #expect(world.hasLogged(0, "* +sentinel-address-switch master mymaster 10.0.1.0 6379 ip 10.0.0.9 port 26379 for \(b)"))
    #expect(world.cores[0].groups[0].sentinels.count == 2)
    world.ask(0, "PUBLISH", HelloMessage.channel, "10.0.0.2,26379,\(String(repeating: "d", count: 40)),0,mymaster,10.0.1.0,6379,0")
    #expect(world.hasLogged(0, "* +sentinel-invalid-addr sentinel \(c) 10.0.0.2 26379 @ mymaster 10.0.1.0 6379"))
    #expect(world.cores[0].groups[0].sentinels.count == 2)
    #expect(!world.cores[0].groups[0].sentinels.contains { $0.runID == c })
  }

  @Test func `our own hello and hellos about unknown masters are ignored`() {
    var world = settled()
    let before = world.cores[0].groups[0].sentinels.count
    world.ask(0, "PUBLISH", HelloMessage.channel, "10.0.0.9,26379,\(world.cores[0].myID),9,mymaster,10.0.1.1,6379,9")
    world.ask(0, "PUBLISH", HelloMessage.channel, "10.0.0.9,26379,\(String(repeating: "d", count: 40)),9,nobody,10.0.1.1,6379,9")
    #expect(world.cores[0].groups[0].sentinels.count == before && world.cores[0].currentEpoch == 0)
  }

  @Test func `a reply that answers nothing closes the connection`() throws {
    var world = settled(sentinels: 1)
    let connection = try #require(world.cores[0].links[world.cores[0].groups[0].replicas[0].link]?.commands?.id)
    world.cores[0].received(SentinelCore.ok, on: connection, now: world.now)
    #expect(world.cores[0].takeActions().contains(.close(connection)))
    world.cores[0].received(SentinelCore.ok, on: connection, now: world.now)
    world.cores[0].closed(connection, reason: "late", now: world.now)
  }

  @Test func `renamed commands and credentials are used on every link`() {
    let world = settled(sentinels: 1, extra: ["auth-pass mymaster pw", "auth-user mymaster joe", "rename-command mymaster ping gnip"])
    let received = world.nodes["10.0.1.1"]?.received.map { $0.joined(separator: " ") } ?? []
    #expect(received.contains("AUTH joe pw") && received.contains("gnip") && !received.contains("PING"))
    #expect(received.contains("CLIENT SETNAME sentinel-aaaaaaaa-cmd") && received.contains("CLIENT SETNAME sentinel-aaaaaaaa-pubsub"))
  }

  @Test func `names are resolved before anything connects, and again when it must reconnect`() throws {
    var configuration = SentinelWorld.configuration(["resolve-hostnames yes", "announce-hostnames yes", "monitor m redis-0 6379 1"])
    configuration.myID = String(repeating: "a", count: 40)
    var core = SentinelCore(configuration: configuration, seed: 1)
    core.start(now: 0)
    var actions = core.takeActions()
    #expect(actions.contains(.resolve(hostname: "redis-0")))
    #expect(!actions.contains { if case .connect = $0 { true } else { false } })
    core.resolved(hostname: "redis-0", address: "10.0.0.5", now: 5)
    actions = core.takeActions()
    let hosts = actions.compactMap { if case .connect(_, let host, 6379, _) = $0 { host } else { nil } }
    #expect(hosts == ["10.0.0.5", "10.0.0.5"])
    #expect(core.directives().map(\.line).contains("sentinel monitor m redis-0 6379 1"))
    for case .connect(let id, _, _, _) in actions { core.connectFailed(id, reason: "Connection refused", now: 6) }
    core.tick(now: 1005)
    #expect(core.takeActions().contains(.resolve(hostname: "redis-0")))
  }

  @Test func `scripts run for warnings, are tried again on exit code 1, and end on timeout`() throws {
    var world = settled(sentinels: 1, extra: ["notification-script mymaster /bin/notify", "client-reconfig-script mymaster /bin/reconf"])
    _ = world.ask(0, "SENTINEL", "SET", "mymaster", "quorum", "1")
    let script = try #require(world.scripts.last)
    #expect(script.2 == ["/bin/notify", "+set", "master mymaster 10.0.1.0 6379 quorum 1"])
    world.cores[0].scriptStarted(script.1, processID: 7, now: world.now)
    world.cores[0].scriptEnded(script.1, exitCode: 1, signal: 0, now: world.now)
    world.perform(0)
    let before = world.scripts.count
    world.run(milliseconds: 30_001)
    #expect(world.scripts.dropFirst(before).contains { $0.1 == script.1 })
    world.kill("10.0.1.0")
    #expect(
      world.run { $0.scripts.contains { $0.2 == ["/bin/reconf", "mymaster", "leader", "start", "10.0.1.0", "6379", "10.0.1.1", "6379"] } })
    world.run(milliseconds: 61_000)
    #expect(world.hasLogged(0, "# -script-timeout /bin/notify"))
  }

  @Test func `simulated failures end the process where they were asked for`() throws {
    var world = settled(sentinels: 1)
    _ = world.ask(0, "SENTINEL", "SIMULATE-FAILURE", "crash-after-election")
    world.kill("10.0.1.0")
    #expect(world.run { $0.hasLogged(0, "# Sentinel CRASH because of SENTINEL simulate-failure") })
    #expect(!world.hasLogged(0, "+selected-slave"))
  }
}
