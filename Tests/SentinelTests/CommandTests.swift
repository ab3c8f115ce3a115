import TernEngine
import Testing

@testable import TernSentinel

struct CommandTests {
  private func settled() -> SentinelWorld {
    var world = SentinelWorld()
    #expect(world.run(limit: 30_000) { $0.isSettled })
    return world
  }

  private func error(_ text: String) -> RESPValue { .error(Array(text.utf8)) }
  private func names(_ value: RESPValue?) -> [String] {
    guard case .map(let pairs)? = value else { return [] }
    return pairs.compactMap { $0.key.text }
  }
  private func field(_ value: RESPValue?, _ name: String) -> String? {
    guard case .map(let pairs)? = value else { return nil }
    return pairs.first { $0.key.text == name }?.value.text
  }

  @Test func `instances are shown with redis-sentinel's fields in its order`() {
    var world = settled()
    let link = ["name", "ip", "port", "runid", "flags", "link-pending-commands", "link-refcount", "last-ping-sent", "last-ok-ping-reply"]
    let common = link + ["last-ping-reply", "down-after-milliseconds"]
    let data = common + ["info-refresh", "role-reported", "role-reported-time"]
    let master = world.ask(0, "SENTINEL", "MASTERS")?.elements?.first
    #expect(
      names(master) == data + ["config-epoch", "num-slaves", "num-other-sentinels", "quorum", "failover-timeout", "parallel-syncs"])
    #expect(world.ask(0, "SENTINEL", "MASTER", "mymaster") == master)
    #expect(field(master, "flags") == "master" && field(master, "num-slaves") == "2" && field(master, "num-other-sentinels") == "2")
    let replica = world.ask(0, "SENTINEL", "REPLICAS", "mymaster")?.elements?.first
    #expect(
      names(replica) == data + [
        "master-link-down-time", "master-link-status", "master-host", "master-port", "slave-priority", "slave-repl-offset",
        "replica-announced",
      ])
    #expect(field(replica, "name") == "10.0.1.1:6379" && field(replica, "master-link-status") == "ok" && field(replica, "flags") == "slave")
    let sentinel = world.ask(0, "SENTINEL", "SENTINELS", "mymaster")?.elements?.first
    #expect(names(sentinel) == common + ["last-hello-message", "voted-leader", "voted-leader-epoch"])
    #expect(field(sentinel, "voted-leader") == "?" && field(sentinel, "flags") == "sentinel")
  }

  @Test func `a replica that is not announced is not listed`() {
    var world = settled()
    world.cores[0].groups[0].replicas[0].isAnnounced = false
    #expect(world.ask(0, "SENTINEL", "SLAVES", "mymaster")?.elements?.count == 1)
    #expect(field(world.ask(0, "SENTINEL", "MASTER", "mymaster"), "num-slaves") == "2")
  }

  @Test(arguments: [
    ("SENTINEL", "ERR wrong number of arguments for 'sentinel' command"),
    ("SENTINEL foo", "ERR unknown subcommand 'foo'. Try SENTINEL HELP."),
    ("SENTINEL master", "ERR wrong number of arguments for 'sentinel|master' command"),
    ("SENTINEL MASTERS x", "ERR wrong number of arguments for 'sentinel|masters' command"),
    ("SENTINEL master x", "ERR No such master with that name"),
    ("SENTINEL is-master-down-by-addr 1 x 3 *", "ERR value is not an integer or out of range"),
    ("SENTINEL monitor a b c d", "ERR Invalid quorum"), ("SENTINEL monitor a b c 1", "ERR Invalid port"),
    ("SENTINEL monitor a b 1 0", "ERR Quorum must be 1 or greater."),
    ("SENTINEL monitor a b 1 1", "ERR Invalid IP address or hostname specified"),
    ("SENTINEL monitor a 1.2.3.4 70000 1", "ERR Invalid port number."),
    ("SENTINEL monitor mymaster 1.2.3.4 700 1", "ERR Duplicate master name."), ("SENTINEL remove x", "ERR No such master with that name"),
    ("SENTINEL set x quorum 1", "ERR No such master with that name"),
    ("SENTINEL set mymaster foo 1", "ERR Unknown option or number of arguments for SENTINEL SET 'foo'"),
    ("SENTINEL set mymaster quorum 0", "ERR Invalid argument '0' for SENTINEL SET 'quorum'"),
    ("SENTINEL set mymaster quorum", "ERR wrong number of arguments for 'sentinel|set' command"),
    (
      "SENTINEL set mymaster notification-script /x",
      "ERR Reconfiguration of scripts path is denied for security reasons. Check the deny-scripts-reconfig configuration directive "
        + "in your Sentinel configuration"
    ),
    ("SENTINEL config set foo 1", "ERR Invalid argument 'foo' to SENTINEL CONFIG SET"),
    ("SENTINEL config set announce-port x", "ERR Invalid value 'x' to SENTINEL CONFIG SET 'announce-port'"),
    ("SENTINEL config foo x", "ERR Only SENTINEL CONFIG GET <option> / SET <option> <value> are supported."),
    ("SENTINEL config get", "ERR Only SENTINEL CONFIG GET <option> / SET <option> <value> are supported."),
    ("SENTINEL simulate-failure foo", "ERR Unknown failure simulation specified"),
    ("SENTINEL debug foo 1", "ERR Unknown option or number of arguments for SENTINEL DEBUG 'foo'"),
    ("SENTINEL debug info-period x", "ERR Invalid argument 'x' for SENTINEL DEBUG 'info-period'"),
    ("SENTINEL info-cache", "ERR wrong number of arguments for 'sentinel|info-cache' command"),
    ("PUBLISH a b", "ERR Only HELLO messages are accepted by Sentinel instances."),
  ])
  func `errors are worded as redis-sentinel's`(command: String, expected: String) {
    var world = SentinelWorld(sentinels: 1)
    let words = command.split(separator: " ").map { Array($0.utf8) }
    world.cores[0].command(words, from: SentinelClientID(rawValue: 99), now: world.now)
    world.perform(0)
    #expect(world.replies[99] == error(expected))
  }

  @Test func `CKQUORUM counts who can be used`() {
    var world = settled()
    let ok = RESPValue.simpleString(Array("OK 3 usable Sentinels. Quorum and failover authorization can be reached".utf8))
    #expect(world.ask(0, "SENTINEL", "CKQUORUM", "mymaster") == ok)
    world.stopSentinel(1)
    world.stopSentinel(2)
    world.run(milliseconds: 5000)
    let expected =
      "NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the specified quorum for this master. "
      + "Not enough available Sentinels to reach the majority and authorize a failover"
    #expect(world.ask(0, "SENTINEL", "CKQUORUM", "mymaster") == error(expected))
  }

  @Test func `SET takes effect, shows no password, and is saved before it is confirmed`() {
    var world = settled()
    #expect(world.ask(0, "SENTINEL", "SET", "mymaster", "down-after-milliseconds", "700", "auth-pass", "secret") == SentinelCore.ok)
    #expect(world.cores[0].groups[0].replicas.allSatisfy { $0.downAfter == 700 })
    #expect(world.published[0].contains("+set master mymaster 10.0.1.0 6379 auth-pass ******"))
    #expect(world.disks[0].map(\.line).contains("sentinel auth-pass mymaster secret"))
    #expect(world.disks[0].map(\.line).contains("sentinel down-after-milliseconds mymaster 700"))
    world.run(milliseconds: 3000)
    #expect(world.nodes["10.0.1.1"]?.received.contains(["AUTH", "secret"]) == true)
  }

  @Test func `MONITOR and REMOVE add and take away a master at run time`() {
    var world = settled()
    #expect(world.ask(0, "SENTINEL", "MONITOR", "other", "10.0.1.1", "6379", "1") == SentinelCore.ok)
    #expect(world.published[0].contains("+monitor master other 10.0.1.1 6379 quorum 1"))
    #expect(world.ask(0, "ROLE") == .array([SentinelCore.bulk("sentinel"), .array(["mymaster", "other"].map { SentinelCore.bulk($0) })]))
    #expect(world.ask(0, "SENTINEL", "REMOVE", "other") == SentinelCore.ok)
    #expect(world.published[0].contains("-monitor master other 10.0.1.1 6379"))
    #expect(world.cores[0].informationSection().contains("master0:name=mymaster,status=ok,address=10.0.1.0:6379,slaves=2,sentinels=3\r\n"))
    #expect(world.ask(0, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "other") == .null)
    let address = RESPValue.array([SentinelCore.bulk("10.0.1.0"), SentinelCore.bulk("6379")])
    #expect(world.ask(0, "SENTINEL", "GET-PRIMARY-ADDR-BY-NAME", "mymaster") == address)
  }

  @Test func `sentinels of two masters share one connection`() {
    var world = settled()
    for n in 0..<3 { #expect(world.ask(n, "SENTINEL", "MONITOR", "other", "10.0.1.1", "6379", "2") == SentinelCore.ok) }
    #expect(world.run(limit: 10_000) { w in w.cores.allSatisfy { $0.groups.count == 2 && $0.groups[1].sentinels.count == 2 } })
    let sentinel = world.ask(0, "SENTINEL", "SENTINELS", "other")?.elements?.first
    #expect(field(sentinel, "link-refcount") == "2")
    #expect(world.ask(0, "SENTINEL", "REMOVE", "other") == SentinelCore.ok)
    #expect(field(world.ask(0, "SENTINEL", "SENTINELS", "mymaster")?.elements?.first, "link-refcount") == "1")
  }

  @Test func `CONFIG GET matches patterns, DEBUG lists and changes periods`() {
    var world = settled()
    #expect(names(world.ask(0, "SENTINEL", "CONFIG", "GET", "announce-*")) == ["announce-hostnames", "announce-ip", "announce-port"])
    #expect(names(world.ask(0, "SENTINEL", "DEBUG")).first == "INFO-PERIOD")
    #expect(names(world.ask(0, "SENTINEL", "DEBUG")).count == 13)
    #expect(world.ask(0, "SENTINEL", "DEBUG", "tilt-period", "5") == SentinelCore.ok)
    #expect(world.cores[0].timing.tiltPeriod == 5)
    #expect(world.ask(0, "SENTINEL", "INFO-CACHE", "mymaster")?.elements?.last?.elements?.count == 3)
  }
}
