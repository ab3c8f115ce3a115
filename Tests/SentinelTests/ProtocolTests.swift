import TernEngine
import Testing

@testable import TernSentinel

struct ProtocolTests {
  private let id = String(repeating: "b", count: 40)

  @Test func `a hello is what redis-sentinel publishes`() {
    let text = "10.0.0.1,26379,\(id),3,mymaster,10.0.1.0,6379,2"
    let hello = HelloMessage(Array(text.utf8))
    #expect(hello?.host == "10.0.0.1" && hello?.port == 26379 && hello?.runID == id && hello?.currentEpoch == 3)
    #expect(hello?.group == "mymaster" && hello?.primaryHost == "10.0.1.0" && hello?.primaryPort == 6379 && hello?.configEpoch == 2)
    #expect(hello?.payload == text)
  }

  @Test(arguments: [
    "", ",,,,,,,", "1.2.3.4,1,b,0,m,1.2.3.4,1", "1.2.3.4,1,b,0,m,1.2.3.4,1,0,", "1.2.3.4,0,b,0,m,1.2.3.4,1,0",
    "1.2.3.4,x,b,0,m,1.2.3.4,1,0",
    "1.2.3.4,1,b,-1,m,1.2.3.4,1,0", "1.2.3.4,1,b,99999999999999999999,m,1.2.3.4,1,0", "1.2.3.4,1,b\nx,0,m,1.2.3.4,1,0",
    "1.2.3.4,1,b,0,m,1.2.3.4,70000,0", "1.2.3.4 ,1,b,0,m,1.2.3.4,1,0",
  ])
  func `an unsound hello is ignored`(text: String) { #expect(HelloMessage(Array(text.utf8)) == nil) }

  @Test func `INFO of a primary and of a replica`() {
    let primary = InfoReport(
      Array(
        """
        run_id:\(id)\r
        role:master\r
        slave0:ip=127.0.0.1,port=6380,state=online,offset=1,lag=0\r
        slave1:10.0.0.9,6381,online\r
        slave2:ip=,port=1,state=online\r
        slave3:ip=1.1.1.1,port=99999\r
        slave_priority:7\r
        """.utf8))
    #expect(primary.runID == id && primary.role == .primary)
    #expect(primary.replicas == [.init(host: "127.0.0.1", port: 6380), .init(host: "10.0.0.9", port: 6381)])
    let replica = InfoReport(
      Array(
        """
        role:slave\r
        master_host:10.0.0.1\r
        master_port:6379\r
        master_link_status:down\r
        master_link_down_since_seconds:12\r
        slave_repl_offset:77\r
        slave_priority:0\r
        replica_announced:0\r
        """.utf8))
    #expect(replica.role == .replica && replica.primaryHost == "10.0.0.1" && replica.primaryPort == 6379)
    #expect(replica.isPrimaryLinkUp == false && replica.primaryLinkDownTime == 12_000 && replica.offset == 77)
    #expect(replica.priority == 0 && replica.isAnnounced == false)
  }

  @Test(arguments: [
    "", "role", "master_link_down_since_seconds:99999999999999999999", "slave0:ip=1,port=-1", "slave_repl_offset:-5", "\r\n:\r\n",
  ])
  func `INFO that makes no sense says nothing`(text: String) {
    let report = InfoReport(Array(text.utf8))
    #expect(report.role == nil && report.replicas.isEmpty && report.offset == nil && report.primaryLinkDownTime == 0)
  }

  @Test(
    arguments: [
      ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("0:0:0:0:0:0:0:1", "::1"), ("2001:DB8::1:0:0:1", "2001:db8::1:0:0:1"),
      ("::ffff:1.2.3.4", "::ffff:102:304"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("::", "::"), ("redis-0", nil), ("1.2.3", nil),
      ("1.2.3.256", nil), ("01.2.3.4", nil), (":::", nil), ("1::2::3", nil), ("12345::", nil), ("", nil), ("1:2:3:4:5:6:7:8:9", nil),
    ] as [(String, String?)])
  func `address literals are known from names`(text: String, expected: String?) { #expect(IPLiteral.canonical(text) == expected) }

  @Test(arguments: [
    ("*", "abc", true), ("a?c", "abc", true), ("a[a-c]c", "abc", true), ("a[^b]c", "abc", false), ("a\\*c", "a*c", true),
    ("a\\*c", "abc", false), ("", "", true), ("", "a", false), ("a*b*c", "a1b2c", true), ("a*b*c", "a1c2b", false), ("[", "[", false),
    ("*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
  ])
  func `glob patterns match as in Redis`(pattern: String, text: String, expected: Bool) {
    #expect(Glob.matches(pattern, text) == expected)
  }

  @Test func `times in the log are calendar times`() {
    #expect(CivilTime.text(unixMilliseconds: 1_795_373_369_000) == "Sun Nov 22 18:49:29 2026")
    #expect(CivilTime.text(unixMilliseconds: 951_782_400_000) == "Tue Feb 29 00:00:00 2000")
    #expect(CivilTime.text(unixMilliseconds: 0) == "Thu Jan  1 00:00:00 1970")
  }

  @Test func `the better replica has the lower priority, then the greater offset, then the smaller run id`() {
    func replica(_ priority: Int, _ offset: UInt64, _ runID: String?) -> MonitoredInstance {
      var replica = MonitoredInstance(
        id: InstanceID(rawValue: 1), role: .replica, name: "r", address: SentinelAddress(host: "1.1.1.1", ip: "1.1.1.1", port: 1),
        link: LinkID(rawValue: 1), downAfter: 1, now: 0)
      replica.priority = priority
      replica.offset = offset
      replica.runID = runID
      return replica
    }
    let ordered = [replica(1, 0, nil), replica(100, 9, "b"), replica(100, 5, "a"), replica(100, 5, "B"), replica(100, 5, nil)]
    for i in ordered.indices {
      for j in ordered.indices { #expect(ReplicaSelection.isBetter(ordered[i], than: ordered[j]) == (i < j), "\(i) \(j)") }
    }
  }
}
