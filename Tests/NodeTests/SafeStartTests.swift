import TernEngine
import Testing

@testable import TernNode

/// The design's rule 8 without a quorum: emptiness is not replicated.
@Suite struct SafeStartTests {
  private final class Host {
    let core: NodeCore
    var now: Int64 = 1_700_000_000_000

    init() {
      core = NodeCore(
        configuration: Configuration(), identity: .init(runID: String(repeating: "a", count: 40)), random: SplitMix64(seed: 1),
        now: 1_700_000_000_000, monotonicNanoseconds: { 0 })
      core.beginLoading(totalBytes: 0, now: now)
      core.finishLoading(now: now)
    }

    func ask(_ words: String...) -> String {
      guard case .success(let session) = core.openSession(address: "127.0.0.1:1000", localAddress: "", now: now) else { return "" }
      RESPCommand.encode(words.map { Array($0.utf8) }).withUnsafeBytes { _ = core.receive(session, $0, now: now) }
      defer { core.closeSession(session, now: now) }
      return String(decoding: core.takeOutput(of: session), as: UTF8.self)
    }

    var other: String { String(repeating: "b", count: 40) }
  }

  @Test func `a primary that started empty does not empty a replica with a past, and serves nobody from then on`() {
    let host = Host()
    #expect(host.ask("SET", "early", "1") == "+OK\r\n")
    #expect(host.ask("PSYNC", host.other, "501").hasPrefix("-NOMASTERLINK this primary started empty"))
    #expect(host.ask("PING").hasPrefix("-EMPTYSTART ") && host.ask("GET", "early").hasPrefix("-EMPTYSTART "))
    #expect(host.ask("SET", "a", "1").hasPrefix("-EMPTYSTART "))
    let info = host.ask("INFO", "replication")
    #expect(info.contains("tern_refusal:this primary started empty") && info.contains("offset 500"))
    #expect(host.ask("CONFIG", "SET", "tern-safe-start", "no") == "+OK\r\n")
    #expect(host.ask("PING") == "+PONG\r\n")
    #expect(!host.ask("PSYNC", host.other, "501").hasPrefix("-"))
  }

  @Test func `a replica that was served by this start may come back with a history of its own`() {
    let host = Host()
    #expect(host.ask("SET", "early", "1") == "+OK\r\n")
    func sync(port: String, _ id: String, _ offset: String) -> String {
      guard case .success(let session) = host.core.openSession(address: "127.0.0.1:1000", localAddress: "", now: host.now) else {
        return ""
      }
      defer { host.core.closeSession(session, now: host.now) }
      var answer = ""
      for words in [["REPLCONF", "listening-port", port], ["PSYNC", id, offset]] {
        RESPCommand.encode(words.map { Array($0.utf8) }).withUnsafeBytes { _ = host.core.receive(session, $0, now: host.now) }
        answer += String(decoding: host.core.takeOutput(of: session), as: UTF8.self)
      }
      return answer
    }
    #expect(sync(port: "7001", "?", "-1").contains("+FULLRESYNC"))
    #expect(sync(port: "7001", host.other, "501").contains("+FULLRESYNC"))
    #expect(host.ask("PING") == "+PONG\r\n")
    #expect(sync(port: "7002", host.other, "501").contains("-NOMASTERLINK this primary started empty"))
  }

  @Test func `a sentinel's word ends it`() {
    let host = Host()
    _ = host.ask("PSYNC", host.other, "501")
    #expect(host.ask("REPLICAOF", "127.0.0.1", "7000") == "+OK\r\n")
    #expect(host.ask("PING") == "+PONG\r\n")
  }

  @Test func `replicas without a past are synced, and after a minute all are`() {
    let host = Host()
    #expect(!host.ask("PSYNC", "?", "-1").hasPrefix("-"))
    #expect(!host.ask("PSYNC", host.other, "1").hasPrefix("-"))
    host.now += 61_000
    host.core.tick(now: host.now)
    #expect(!host.ask("PSYNC", host.other, "501").hasPrefix("-"))
    #expect(host.ask("PING") == "+PONG\r\n")
  }
}
