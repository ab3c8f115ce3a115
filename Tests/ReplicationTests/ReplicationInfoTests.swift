import TernEngine
import Testing

@testable import TernReplication

@Suite struct ReplicationInfoTests {
  static let log = LogBounds(start: 0, end: 50)

  @Test func `a primary's lines are those of redis-server`() {
    var configuration = PrimaryConfiguration()
    configuration.minReplicasToWrite = 1
    var primary = PrimaryMachine(configuration: configuration, logEnd: 50, random: SeededGenerator(1))
    let replica = ReplicaMachine(configuration: .init(), random: SeededGenerator(1))
    var history = ReplicationHistory(replid: id("a"))
    let before = ReplicationInfo(history: history, log: Self.log, now: 0).lines(primary, replica)
    #expect(
      before.suffix(4) == [
        "repl_backlog_active:0", "repl_backlog_size:1048576", "repl_backlog_first_byte_offset:0", "repl_backlog_histlen:0",
      ])
    _ = primary.replconf(1, words("listening-port", "17002"), now: 0)
    _ = primary.psync(1, words("\(id("a"))", "51"), address: "127.0.0.1", history: &history, log: Self.log, now: 0)
    _ = primary.replconf(1, words("ack", "50"), now: 0)
    _ = primary.sync(2, address: "10.0.0.2", history: &history, log: Self.log, now: 0)
    #expect(
      ReplicationInfo(history: history, log: Self.log, now: 1999).lines(primary, replica) == [
        "role:master",
        "connected_slaves:2",
        "min_slaves_good_slaves:1",
        "slave0:ip=127.0.0.1,port=17002,state=online,offset=50,lag=1",
        "slave1:ip=10.0.0.2,port=0,state=wait_bgsave,offset=0,lag=0",
        "master_failover_state:no-failover",
        "master_replid:\(id("a"))",
        "master_replid2:0000000000000000000000000000000000000000",
        "master_repl_offset:50",
        "second_repl_offset:-1",
        "repl_backlog_active:1",
        "repl_backlog_size:1048576",
        "repl_backlog_first_byte_offset:1",
        "repl_backlog_histlen:50",
      ])
    #expect(
      ReplicationInfo(history: history, log: Self.log, now: 0).role(primary, replica)
        == .array([
          .bulkString(bytes("master")), .integer(50),
          .array([.array([.bulkString(bytes("127.0.0.1")), .bulkString(bytes("17002")), .bulkString(bytes("50"))])]),
        ]))
  }

  @Test func `a replica's lines follow its link through a full sync`() {
    let primary = PrimaryMachine(configuration: .init(), logEnd: 0, random: SeededGenerator(1))
    var replica = ReplicaMachine(configuration: .init(), random: SeededGenerator(1))
    let history = ReplicationHistory(replid: id("a"))
    func lines(_ now: Int64) -> [String] {
      Array(ReplicationInfo(history: history, log: nil, now: now).lines(primary, replica).prefix { $0 != "slave_priority:100" })
    }
    func roleState() -> [RESPValue]? { ReplicationInfo(history: history, log: nil, now: 0).role(primary, replica).elements }
    _ = replica.replicate("redis-0", 6379, resume: nil, requestedBy: nil, now: 0)
    let down = [
      "role:slave", "master_host:redis-0", "master_port:6379", "master_link_status:down", "master_last_io_seconds_ago:-1",
      "master_sync_in_progress:0", "slave_read_repl_offset:1", "slave_repl_offset:1", "master_link_down_since_seconds:-1",
    ]
    #expect(lines(0) == down)
    #expect(roleState()?[3] == .bulkString(bytes("connecting")))
    #expect(roleState()?[4] == .integer(-1))
    _ = replica.connected(link: 1, now: 0)
    _ = replica.receive("+PONG\r\n+OK\r\n+OK\r\n+FULLRESYNC \(id("c")) 900\r\n", now: 0)
    #expect(
      lines(1500).suffix(6) == [
        "master_sync_total_bytes:-1", "master_sync_read_bytes:0", "master_sync_left_bytes:-1", "master_sync_perc:-0.00",
        "master_sync_last_io_seconds_ago:1", "master_link_down_since_seconds:-1",
      ])
    #expect(roleState()?[3] == .bulkString(bytes("sync")))
    _ = replica.receive("$120\r\nREDIS0010", now: 1500)
    #expect(
      lines(1500).suffix(6).prefix(4) == [
        "master_sync_total_bytes:120", "master_sync_read_bytes:9", "master_sync_left_bytes:111", "master_sync_perc:7.50",
      ])
    _ = replica.receive([UInt8](repeating: 0, count: 111), now: 1600)
    _ = replica.loadFinished(link: 1, now: 2000)
    _ = replica.receive("*1\r\n$4\r\nPING\r\n", now: 3000)
    _ = replica.applied(to: 910, link: 1, now: 3000)
    #expect(
      lines(4000) == [
        "role:slave", "master_host:redis-0", "master_port:6379", "master_link_status:up", "master_last_io_seconds_ago:1",
        "master_sync_in_progress:0", "slave_read_repl_offset:914", "slave_repl_offset:910",
      ])
    #expect(roleState()?.suffix(2) == [.bulkString(bytes("connected")), .integer(910)])
    _ = replica.disconnected(link: 1, reason: nil, now: 5000)
    #expect(lines(7900).last == "master_link_down_since_seconds:2")
  }

  @Test(arguments: [(9, 100, "9.00"), (1, 3, "33.33"), (2, 3, "66.67"), (5, 0, "0.00"), (3, 3, "100.00"), (1, 1000, "0.10")])
  func `percentages have two digits`(_ part: Int64, _ total: Int64, _ text: String) {
    #expect(ReplicationInfo.percentage(of: part, in: total) == text)
  }
}
