import Testing

@testable import TernReplication

/// Every state of the link × every event: the next state, and what has to be done.
@Suite struct ReplicaTableTests {
  enum Start: String, CaseIterable {
    case none, waiting, connecting, pong, introduced, psync, header, sized, marked, loading, connected
  }
  enum Event: String, CaseIterable {
    case connected, refused, closed, stale, pong, ok, denied, empty, fullResync, `continue`, garbage, endless, marked, sized, data, early,
      loadFinished, loadFailed, applied, getAck, streamFailed, second, silence, replicate, promote
  }

  static let mark = String(repeating: "0123456789", count: 4)

  static func machine(_ start: Start) -> ReplicaMachine {
    var configuration = ReplicaConfiguration()
    configuration.masterAuth = bytes("secret")
    var machine = ReplicaMachine(configuration: configuration, random: SeededGenerator(5))
    if start == .none { return machine }
    _ = machine.replicate("redis-0", 6379, resume: .init(replid: id("a"), offset: 50), requestedBy: nil, now: 0)
    if start == .waiting { _ = machine.connectFailed(link: 1, reason: "Connection refused", now: 0) }
    if start == .waiting || start == .connecting { return machine }
    _ = machine.connected(link: 1, now: 0)
    if start == .pong { return machine }
    _ = machine.receive("+PONG\r\n", now: 0)
    if start == .introduced { return machine }
    _ = machine.receive("+OK\r\n+OK\r\n+OK\r\n", now: 0)
    if start == .psync { return machine }
    if start == .connected {
      _ = machine.receive("+CONTINUE\r\n", now: 0)
      return machine
    }
    _ = machine.receive("+FULLRESYNC \(id("c")) 900\r\n", now: 0)
    if start == .header { return machine }
    _ = machine.receive(start == .marked ? "$EOF:\(mark)\r\n" : "$10\r\n", now: 0)
    if start == .loading { _ = machine.receive("0123456789", now: 0) }
    return machine
  }

  static func apply(_ event: Event, _ machine: inout ReplicaMachine) -> [ReplicaAction] {
    var history = ReplicationHistory(replid: id("a"))
    switch event {
    case .connected: return machine.connected(link: 1, now: 5)
    case .refused: return machine.connectFailed(link: 1, reason: "Connection refused", now: 5)
    case .closed: return machine.disconnected(link: 1, reason: nil, now: 5)
    case .stale:
      return machine.receive("+OK\r\n", link: 0, now: 5) + machine.disconnected(link: 0, reason: nil, now: 5)
        + machine.loadFinished(link: 0, now: 5) + machine.connected(link: 0, now: 5)
    case .pong: return machine.receive("+PONG\r\n", now: 5)
    case .ok: return machine.receive("+OK\r\n+OK\r\n+OK\r\n", now: 5)
    case .denied: return machine.receive("-NOPERM no\r\n", now: 5)
    case .empty: return machine.receive("\n", now: 5)
    case .fullResync: return machine.receive("+FULLRESYNC \(id("c")) 900\r\n", now: 5)
    case .continue: return machine.receive("+CONTINUE \(id("d"))\r\n", now: 5)
    case .garbage: return machine.receive("HTTP/1.1 400\r\n", now: 5)
    case .endless: return machine.receive([UInt8](repeating: 120, count: 2000), now: 5)
    case .marked: return machine.receive("$EOF:\(mark)\r\n", now: 5)
    case .sized: return machine.receive("$10\r\n", now: 5)
    case .data: return machine.receive("REDIS0010\u{0}", now: 5)
    case .early: return machine.receive("REDIS0010\u{0}\(mark)*1\r\n", now: 5)
    case .loadFinished: return machine.loadFinished(link: 1, now: 5)
    case .loadFailed: return machine.loadFailed(link: 1, reason: "bad", now: 5)
    case .applied: return machine.applied(to: 51, link: 1, now: 5)
    case .getAck: return machine.acknowledgementRequested(link: 1, now: 5)
    case .streamFailed: return machine.streamFailed(link: 1, reason: "bad", now: 5)
    case .second: return machine.tick(now: 1000)
    case .silence: return machine.tick(now: 60_001)
    case .replicate: return machine.replicate("redis-1", 6379, resume: nil, requestedBy: "c", now: 5)
    case .promote: return machine.becomePrimary(&history, offset: 50, requestedBy: "c", now: 5)
    }
  }

  static func describe(_ machine: ReplicaMachine) -> String {
    switch machine.state {
    case .none: return "none"
    case .waiting: return "waiting"
    case .connecting: return "connecting"
    case .handshake(let handshake):
      switch handshake.expected.first {
      case .pong: return "pong"
      case .psync: return "psync"
      default: return "introduced"
      }
    case .transfer(let transfer):
      switch transfer.phase {
      case .header: return "header"
      case .sized: return "sized"
      case .marked: return "marked"
      case .loading: return "loading"
      }
    case .connected: return "connected"
    }
  }

  static func describe(_ actions: [ReplicaAction]) -> String {
    actions.withoutLog.map { action in
      switch action {
      case .log: "log"
      case .connect(let link, let host, _): "connect\(link):\(host)"
      case .close(let link): "close\(link)"
      case .send(_, let bytes): "<" + (words(of: bytes))
      case .beginLoad(_, let expected, _, let offset): "begin(\(expected.map { "\($0)" } ?? "?"),\(offset))"
      case .loadBytes(let range): "load\(range.count)"
      case .loadHeldBytes(let bytes): "held\(bytes.count)"
      case .endLoad: "end"
      case .abortLoad: "abort"
      case .pauseReading: "pause"
      case .resumeReading: "resume"
      case .continued: "continued"
      case .stream(let range): "stream\(range.count)"
      case .streamBytes(let bytes): "early\(bytes.count)"
      case .discardPartialCommand: "discard"
      case .introduceMember: "introduce"
      case .welcomed(_, let epoch, let end, let lease): "welcomed(\(epoch),\(end),\(lease))"
      case .metStranger: "stranger"
      case .acknowledge(_, let offset): "ack\(offset)"
      }
    }.joined(separator: " ")
  }

  /// The commands in `bytes` by their first two words, or LF.
  static func words(of bytes: [UInt8]) -> String {
    if bytes == [10] { return "LF" }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
    var names: [String] = []
    for (number, line) in lines.enumerated() where line.hasPrefix("*") && number + 2 < lines.count {
      names.append(lines[number + 2] + (number + 4 < lines.count && lines[number + 2] != "AUTH" ? "-\(lines[number + 4])" : ""))
    }
    return names.joined(separator: ",")
  }

  /// What is not here changes nothing and has nothing to be done.
  static let expected: [String: String] = [
    "none replicate": "connecting connect1:redis-1",
    "waiting second": "connecting connect2:redis-0",
    "waiting silence": "connecting connect2:redis-0",
    "waiting replicate": "connecting connect2:redis-1",
    "waiting promote": "none",
    "connecting connected": "pong <PING",
    "connecting refused": "waiting",
    "connecting closed": "waiting",
    "connecting silence": "waiting close1",
    "connecting replicate": "connecting close1 connect2:redis-1",
    "connecting promote": "none close1",
    "pong closed": "waiting",
    "pong pong": "introduced <AUTH,REPLCONF-listening-port,REPLCONF-capa",
    "pong ok": "introduced <AUTH,REPLCONF-listening-port,REPLCONF-capa",
    "pong denied": "introduced <AUTH,REPLCONF-listening-port,REPLCONF-capa",
    "pong empty": "waiting close1",
    "pong fullResync": "introduced <AUTH,REPLCONF-listening-port,REPLCONF-capa",
    "pong continue": "introduced <AUTH,REPLCONF-listening-port,REPLCONF-capa",
    "pong garbage": "waiting close1",
    "pong endless": "waiting close1",
    "pong marked": "waiting close1",
    "pong sized": "waiting close1",
    "pong early": "waiting close1",
    "pong silence": "waiting close1",
    "pong replicate": "connecting close1 connect2:redis-1",
    "pong promote": "none close1",
    "introduced closed": "waiting",
    "introduced ok": "psync <PSYNC-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "introduced denied": "waiting close1",
    "introduced empty": "waiting close1",
    "introduced garbage": "waiting close1",
    "introduced endless": "waiting close1",
    "introduced marked": "waiting close1",
    "introduced sized": "waiting close1",
    "introduced early": "waiting close1",
    "introduced silence": "waiting close1",
    "introduced replicate": "connecting close1 connect2:redis-1",
    "introduced promote": "none close1",
    "psync closed": "waiting",
    "psync pong": "waiting close1",
    "psync ok": "waiting close1",
    "psync denied": "header <SYNC",
    "psync fullResync": "header",
    "psync continue": "connected continued",
    "psync garbage": "waiting close1",
    "psync endless": "waiting close1",
    "psync marked": "waiting close1",
    "psync sized": "waiting close1",
    "psync early": "waiting close1",
    "psync silence": "waiting close1",
    "psync replicate": "connecting close1 connect2:redis-1",
    "psync promote": "none close1",
    "header closed": "waiting",
    "header pong": "waiting close1",
    "header ok": "waiting close1",
    "header denied": "waiting close1",
    "header fullResync": "waiting close1",
    "header continue": "waiting close1",
    "header garbage": "waiting close1",
    "header endless": "waiting close1",
    "header marked": "marked begin(?,900)",
    "header sized": "sized begin(10,900)",
    "header early": "waiting close1",
    "header silence": "waiting close1",
    "header replicate": "connecting close1 connect2:redis-1",
    "header promote": "none close1",
    "sized closed": "waiting abort",
    "sized pong": "sized load7",
    "sized ok": "loading load10 pause end",
    "sized denied": "loading load10 pause end",
    "sized empty": "sized load1",
    "sized fullResync": "loading load10 pause end",
    "sized continue": "loading load10 pause end",
    "sized garbage": "loading load10 pause end",
    "sized endless": "loading load10 pause end",
    "sized marked": "loading load10 pause end",
    "sized sized": "sized load5",
    "sized data": "loading load10 pause end",
    "sized early": "loading load10 pause end",
    "sized loadFailed": "waiting abort close1",
    "sized silence": "waiting abort close1",
    "sized replicate": "connecting abort close1 connect2:redis-1",
    "sized promote": "none abort close1",
    "marked closed": "waiting abort",
    "marked pong": "marked load7",
    "marked ok": "marked load15",
    "marked denied": "marked load12",
    "marked empty": "marked load1",
    "marked fullResync": "marked load58",
    "marked continue": "marked load52",
    "marked garbage": "marked load14",
    "marked endless": "marked load2000",
    "marked marked": "loading load5 pause end",
    "marked sized": "marked load5",
    "marked data": "marked load10",
    "marked early": "loading load10 pause end",
    "marked loadFailed": "waiting abort close1",
    "marked silence": "waiting abort close1",
    "marked replicate": "connecting abort close1 connect2:redis-1",
    "marked promote": "none abort close1",
    "loading loadFinished": "connected discard <REPLCONF-ACK resume",
    "loading loadFailed": "waiting abort close1",
    "loading second": "loading <LF",
    "loading silence": "loading <LF",
    "loading replicate": "connecting abort close1 connect2:redis-1",
    "loading promote": "none abort close1",
    "connected closed": "connecting discard connect2:redis-0",
    "connected pong": "connected stream7",
    "connected ok": "connected stream15",
    "connected denied": "connected stream12",
    "connected empty": "connected stream1",
    "connected fullResync": "connected stream58",
    "connected continue": "connected stream52",
    "connected garbage": "connected stream14",
    "connected endless": "connected stream2000",
    "connected marked": "connected stream47",
    "connected sized": "connected stream5",
    "connected data": "connected stream10",
    "connected early": "connected stream54",
    "connected getAck": "connected <REPLCONF-ACK",
    "connected streamFailed": "waiting discard close1",
    "connected second": "connected <REPLCONF-ACK",
    "connected silence": "connecting discard close1 connect2:redis-0",
    "connected replicate": "connecting discard close1 connect2:redis-1",
    "connected promote": "none discard close1",
  ]

  @Test func `every state answers every event as the table says`() {
    for start in Start.allCases {
      for event in Event.allCases {
        var machine = Self.machine(start)
        #expect(Self.describe(machine) == start.rawValue)
        let actions = Self.apply(event, &machine)
        let todo = Self.describe(actions)
        let outcome = Self.describe(machine) + (todo.isEmpty ? "" : " " + todo)
        #expect(outcome == Self.expected["\(start) \(event)"] ?? start.rawValue, "\(start) × \(event)")
        #expect(!actions.lines.contains { $0.contains("secret") })
      }
    }
  }
}
