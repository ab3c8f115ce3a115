import TernEngine
import Testing

@testable import TernSentinel

struct HostileInputTests {
  private func text(_ random: inout SeededGenerator) -> [UInt8] {
    let words = [
      "PONG", "+OK", "message", HelloMessage.channel, "mymaster", "role:master\r\n", "role:slave\r\nmaster_host:x\r\nmaster_port:-1\r\n",
      "slave0:ip=10.0.1.9,port=6379\r\n", "10.0.0.1,26379,zz,1,mymaster,10.0.1.1,6379,1", "10.0.0.1,1,b,7,mymaster,::1,1,7", "*", "-1", "",
      "18446744073709551615", "SENTINEL", "SET", "RESET", "is-master-down-by-addr", "failover", "10.0.1.0", "6379", "config", "get",
      "monitor", "remove", "quorum", "masters", "debug", "tilt-period", "rename-command", "\u{0}\u{1}", "PUBLISH", "INFO", "ROLE",
      "master_link_down_since_seconds:9223372036854775807\r\nrun_id:\(String(repeating: "9", count: 40))\r\n",
    ]
    return Array(words[Int(random.below(Int64(words.count)))].utf8)
  }

  private func value(_ random: inout SeededGenerator, depth: Int = 0) -> RESPValue {
    switch random.below(depth > 2 ? 5 : 8) {
    case 0: .simpleString(text(&random))
    case 1: .error(text(&random))
    case 2: .integer(Int64(bitPattern: random.next()))
    case 3: .null
    case 4: .bulkString(text(&random))
    case 5: .map([.init(key: value(&random, depth: depth + 1), value: value(&random, depth: depth + 1))])
    default: .array((0..<random.below(4)).map { _ in value(&random, depth: depth + 1) })
    }
  }

  @Test(arguments: 1...6)
  func `no reply, message or command breaks the machine, and its state stays readable`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var (core, now) = FailoverStateTests.settledCore()
    for _ in 0..<800 {
      now += random.below(400)
      let open = core.connectionOwners.keys.map(\.rawValue).sorted()
      if let id = open.isEmpty ? nil : open[Int(random.below(Int64(open.count)))] {
        let connection = SentinelConnectionID(rawValue: id)
        switch random.below(8) {
        case 0: core.connected(connection, localHost: "10.0.0.0", now: now)
        case 1: core.closed(connection, reason: "gone", now: now)
        default: core.received(value(&random), on: connection, now: now)
        }
      }
      let words = (0..<random.below(7)).map { _ in text(&random) }
      core.command(words, from: SentinelClientID(rawValue: 1), now: now)
      core.takeHello(text(&random))
      core.tick(now: now)
      while true {
        let batch = core.takeActions()
        if batch.isEmpty { break }
        guard case .persist(let lines)? = batch.last else { continue }
        if random.below(4) == 0 { core.persistFailed(reason: "full", now: now) } else { core.persisted(now: now) }
        _ = try SentinelConfiguration(
          lines: lines.map {
            SentinelConfigurationLine(number: 1, arguments: Array((QuotedArguments.split($0.line.utf8) ?? []).dropFirst()))
          })
      }
      #expect(core.groups.allSatisfy { $0.replicas.count <= InfoReport.replicasMax })
    }
  }
}
