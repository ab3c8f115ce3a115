import TernEngine
import Testing

@testable import TernNode
@testable import TernReplication

/// FAILOVER of one node, whose replica and whose primary-to-be are played by the test.
struct FailoverTests {
  private final class Host {
    let core: NodeCore
    var now: Int64 = 1_700_000_000_000

    init(_ change: (inout Configuration) -> Void = { _ in }) {
      var configuration = Configuration()
      configuration.replDisklessSyncDelay = 0
      change(&configuration)
      core = NodeCore(
        configuration: configuration, identity: .init(runID: String(repeating: "a", count: 40)), random: SplitMix64(seed: 1),
        now: 1_700_000_000_000, monotonicNanoseconds: { 0 })
    }

    func connect(_ address: String = "127.0.0.1:1000") -> Session {
      switch core.openSession(address: address, localAddress: "127.0.0.1:6379", now: now) {
      case .success(let session): return session
      case .failure(let error): preconditionFailure(error.line)
      }
    }

    /// What the session is answered.
    func send(_ session: Session, _ words: String...) -> String {
      RESPCommand.encode(words.map { Array($0.utf8) }).withUnsafeBytes { _ = core.receive(session, $0, now: now) }
      defer { session.reply.removeAll() }
      return String(decoding: session.reply.bytes, as: UTF8.self)
    }

    func tick(_ milliseconds: Int64 = 100) {
      now += milliseconds
      core.tick(now: now)
    }

    /// A replica that has everything, from port 7000.
    func attachReplica() -> Session {
      let replica = connect("127.0.0.1:2000")
      _ = send(replica, "REPLCONF", "listening-port", "7000")
      _ = send(replica, "REPLCONF", "capa", "eof", "capa", "psync2")
      _ = send(replica, "PSYNC", "?", "-1")
      for _ in 0..<30 {
        tick()
        for effect in core.takeEffects() {
          if case .transfer(let transfer) = effect { core.transferCompleted(transfer.session, group: transfer.group, now: now) }
        }
      }
      acknowledge(replica)
      return replica
    }

    /// It is sent what there is, and has it.
    func acknowledge(_ replica: Session) {
      // The first acknowledgement is what opens the stream.
      _ = send(replica, "REPLCONF", "ACK", "0")
      while let (_, end) = core.takeStream(for: replica, limit: 1 << 20) { core.streamSent(replica, upTo: end, now: now) }
      _ = send(replica, "REPLCONF", "ACK", "\(core.engine.log.endOffset)")
    }

    func receive(link: Int, _ text: String) {
      Array(text.utf8).withUnsafeBytes { core.primaryReceived(link: link, $0, now: now) }
    }

    /// Everything sent to the primary since the last look, and the link that was opened.
    func sentToPrimary() -> (link: Int?, text: String) {
      var link: Int?
      var text = ""
      for effect in core.takeEffects() {
        if case .connectPrimary(let number, let host, let port) = effect {
          link = number
          text += "connect \(host):\(port) "
        }
        if case .sendPrimary(_, let bytes) = effect { text += String(decoding: bytes, as: UTF8.self) }
      }
      return (link, text)
    }

    /// The handshake up to PSYNC; returns what was sent last.
    func shakeHands(_ link: Int) -> String {
      core.primaryConnected(link: link, now: now)
      receive(link: link, "+PONG\r\n")
      receive(link: link, "+OK\r\n+OK\r\n")
      return sentToPrimary().text
    }
  }

  @Test func `a failover waits for the replica, hands over in the PSYNC, and lets waiting writes meet a replica`() throws {
    let host = Host()
    let client = host.connect()
    let replica = host.attachReplica()
    _ = host.send(client, "SET", "a", "1")
    _ = host.sentToPrimary()
    #expect(host.send(client, "FAILOVER", "TO", "127.0.0.1", "7000", "TIMEOUT", "5000") == "+OK\r\n")
    #expect(host.core.info(InfoSections(["replication"])).contains("master_failover_state:waiting-for-sync"))
    let writer = host.connect()
    #expect(host.send(writer, "SET", "b", "1") == "")
    #expect(host.send(client, "GET", "a") == "$1\r\n1\r\n")
    #expect(host.sentToPrimary().link == nil)
    host.acknowledge(replica)
    let (opened, text) = host.sentToPrimary()
    #expect(text.hasPrefix("connect 127.0.0.1:7000"))
    let link = try #require(opened)
    #expect(host.core.info(InfoSections(["replication"])).contains("master_failover_state:failover-in-progress"))
    #expect(host.send(client, "REPLICAOF", "NO", "ONE") == "-ERR REPLICAOF not allowed while failing over.\r\n")
    #expect(host.shakeHands(link).hasSuffix("\r\n$8\r\nFAILOVER\r\n"))
    host.receive(link: link, "+CONTINUE \(String(repeating: "b", count: 40))\r\n")
    #expect(host.core.isReplica)
    #expect(host.core.info(InfoSections(["replication"])).contains("master_failover_state:no-failover"))
    #expect(String(decoding: writer.reply.bytes, as: UTF8.self).hasPrefix("-READONLY"))
  }

  @Test func `a target that refuses leaves the primary what it was, and its writes go on`() throws {
    let host = Host()
    let client = host.connect()
    let replica = host.attachReplica()
    _ = host.sentToPrimary()
    _ = host.send(client, "FAILOVER")
    let writer = host.connect()
    #expect(host.send(writer, "SET", "b", "1") == "")
    host.acknowledge(replica)
    let link = try #require(host.sentToPrimary().link)
    _ = host.shakeHands(link)
    host.receive(link: link, "-ERR PSYNC FAILOVER replid must match my replid.\r\n")
    #expect(!host.core.isReplica)
    #expect(String(decoding: writer.reply.bytes, as: UTF8.self) == "+OK\r\n")
  }

  @Test func `a replica that does not catch up in time ends the failover, unless it is forced`() {
    let host = Host()
    let client = host.connect()
    _ = host.attachReplica()
    _ = host.send(client, "SET", "a", "1")
    _ = host.sentToPrimary()
    _ = host.send(client, "FAILOVER", "TIMEOUT", "500")
    host.tick(400)
    #expect(host.core.failover != nil)
    host.tick(200)
    #expect(host.core.failover == nil)
    #expect(host.send(client, "SET", "a", "2") == "+OK\r\n")
    #expect(host.send(client, "FAILOVER", "TO", "127.0.0.1", "7000", "FORCE", "TIMEOUT", "500") == "+OK\r\n")
    host.tick(600)
    #expect(host.sentToPrimary().text.hasPrefix("connect 127.0.0.1:7000"))
    #expect(host.send(client, "FAILOVER", "ABORT") == "+OK\r\n")
    #expect(!host.core.isReplica)
  }

  @Test func `wrong ways to ask for a failover`() {
    let host = Host()
    let client = host.connect()
    #expect(host.send(client, "FAILOVER") == "-ERR FAILOVER requires connected replicas.\r\n")
    #expect(host.send(client, "FAILOVER", "ABORT") == "-ERR No failover in progress.\r\n")
    #expect(host.send(client, "FAILOVER", "TIMEOUT", "0") == "-ERR FAILOVER timeout must be greater than 0\r\n")
    #expect(host.send(client, "FAILOVER", "TO", "a") == "-ERR syntax error\r\n")
    _ = host.attachReplica()
    #expect(host.send(client, "FAILOVER", "TO", "a", "1") == "-ERR FAILOVER target HOST and PORT is not a replica.\r\n")
    #expect(host.send(client, "FAILOVER", "FORCE").hasPrefix("-ERR FAILOVER with force option"))
  }

  private func isEnded(_ host: Host) -> Bool {
    host.core.takeEffects().contains { if case .shutdown(let status) = $0 { status == 0 } else { false } }
  }

  @Test func `a primary that is told to end asks the sentinels for a successor, and ends as its replica`() throws {
    let host = Host { $0.savePoints = SavePoints([]) }
    let client = host.connect()
    let sentinel = host.connect()
    _ = host.send(sentinel, "SUBSCRIBE", "__sentinel__:hello")
    let replica = host.attachReplica()
    _ = host.sentToPrimary()
    host.core.beginShutdown(save: nil, now: false, force: false, session: nil, at: host.now)
    let message = String(decoding: sentinel.reply.bytes, as: UTF8.self)
    #expect(message.hasSuffix("\r\ntern-handover,\(String(repeating: "a", count: 40))\r\n"))
    #expect(host.send(client, "SET", "a", "1") == "+OK\r\n")
    host.tick()
    #expect(!isEnded(host))
    #expect(host.send(client, "FAILOVER", "TO", "127.0.0.1", "7000", "TIMEOUT", "5000") == "+OK\r\n")
    host.acknowledge(replica)
    let link = try #require(host.sentToPrimary().link)
    host.tick(2000)
    #expect(!isEnded(host))
    _ = host.shakeHands(link)
    host.receive(link: link, "+CONTINUE \(String(repeating: "b", count: 40))\r\n")
    #expect(host.core.isReplica)
    #expect(isEnded(host))
  }

  @Test(arguments: [true, false])
  func `without a sentinel that answers the end comes all the same`(isHeard: Bool) {
    let host = Host { $0.savePoints = SavePoints([]) }
    if isHeard { _ = host.send(host.connect(), "SUBSCRIBE", "__sentinel__:hello") }
    _ = host.attachReplica()
    host.core.beginShutdown(save: nil, now: false, force: false, session: nil, at: host.now)
    #expect(isEnded(host) == !isHeard)
    host.tick(1100)
    #expect(isEnded(host) == isHeard)
  }

  @Test func `a second signal does not wait for sentinels`() {
    let host = Host { $0.savePoints = SavePoints([]) }
    _ = host.send(host.connect(), "SUBSCRIBE", "__sentinel__:hello")
    _ = host.attachReplica()
    for _ in 0..<2 { host.core.beginShutdown(save: nil, now: false, force: false, session: nil, at: host.now) }
    #expect(host.core.takeEffects().contains { if case .shutdown = $0 { true } else { false } })
  }

  @Test func `CONFIG SET maxmemory evicts with the next ticks`() {
    let host = Host()
    let client = host.connect()
    for i in 0..<2000 { _ = host.send(client, "SET", "k\(i)", String(repeating: "x", count: 200)) }
    host.tick()
    let used = host.core.engine.usedMemory
    _ = host.send(client, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "\(used / 2)")
    for _ in 0..<200 where host.core.engine.isEvicting { host.tick(1) }
    #expect(host.core.engine.usedMemory <= used / 2)
    #expect(host.core.engine.database(0).count > 500)
  }
}
