import Testing

@testable import TernReplication

/// Every state of a replica × every event about it: the next state, and what has to be done.
@Suite struct PrimaryTableTests {
  enum Start: String, CaseIterable {
    case unknown, candidate, waiting, preparing, streaming, bulk, fresh, online, transmitted
  }
  enum Event: String, CaseIterable {
    case replconf, ack, newline, psync, sync, taken, sized, failed, drained, moved, completed, advanced, lost, dropAll, silence, ping
  }

  static func machine(_ start: Start) -> (PrimaryMachine, ReplicationHistory) {
    var configuration = PrimaryConfiguration()
    configuration.disklessSyncDelayMilliseconds = 0
    var history = ReplicationHistory(replid: id("a"))
    var machine = PrimaryMachine(configuration: configuration, logEnd: 100, random: SeededGenerator(1))
    let log = LogBounds(start: 0, end: 100)
    func full(_ capability: String, rdbOnly: Bool = false) {
      _ = machine.replconf(1, words("listening-port", "7001", "capa", capability, "rdb-only", rdbOnly ? "1" : "0"), now: 0)
      _ = machine.psync(1, words("?", "-1"), address: "10.0.0.1", history: &history, log: log, now: 0)
    }
    switch start {
    case .unknown: break
    case .candidate: _ = machine.replconf(1, words("listening-port", "7001"), now: 0)
    case .waiting: full("eof")
    case .preparing:
      full("none")
      _ = machine.snapshotTaken(group: 1, offset: 100, history: history, now: 0)
    case .streaming, .fresh, .transmitted:
      full("eof", rdbOnly: start == .transmitted)
      _ = machine.snapshotTaken(group: 1, offset: 100, history: history, now: 0)
      if start != .streaming { _ = machine.transferCompleted(1, now: 0) }
    case .bulk, .online:
      full("none")
      _ = machine.snapshotTaken(group: 1, offset: 100, history: history, now: 0)
      _ = machine.snapshotSized(group: 1, bytes: 9, now: 0)
      if start == .online { _ = machine.transferCompleted(1, now: 0) }
    }
    _ = machine.tick(now: 0)
    return (machine, history)
  }

  static func apply(_ event: Event, _ machine: inout PrimaryMachine, _ history: inout ReplicationHistory) -> [PrimaryAction] {
    let log = LogBounds(start: 0, end: 100)
    switch event {
    case .replconf: return machine.replconf(1, words("version", "7.0.15"), now: 5)
    case .ack: return machine.replconf(1, words("ack", "100"), now: 5)
    case .newline:
      machine.newline(1, now: 5)
      return []
    case .psync:
      return machine.psync(1, words("\(id("a"))", "101"), address: "10.0.0.1", history: &history, log: log, now: 5)
    case .sync: return machine.sync(1, address: "10.0.0.1", history: &history, log: log, now: 5)
    case .taken: return machine.snapshotTaken(group: 1, offset: 100, history: history, now: 5)
    case .sized: return machine.snapshotSized(group: 1, bytes: 9, now: 5)
    case .failed: return machine.snapshotFailed(group: 1, reason: "no space", now: 5)
    case .drained: return machine.snapshotDrained(group: 1)
    case .moved:
      machine.transferMoved(1, now: 5)
      return []
    case .completed: return machine.transferCompleted(1, now: 5)
    case .advanced: return machine.logAdvanced(to: 110)
    case .lost: return machine.disconnected(1, now: 5)
    case .dropAll: return machine.disconnectAll(now: 5)
    case .silence:
      machine.pingedAt = 60_001
      return machine.tick(now: 60_001)
    case .ping: return machine.tick(now: 10_000)
    }
  }

  static func describe(_ machine: PrimaryMachine) -> String {
    guard let replica = machine.replica(1) else { return machine.candidates[1] == nil ? "unknown" : "candidate" }
    switch replica.phase {
    case .waiting: return "waiting"
    case .preparing: return "preparing"
    case .transferring(_, .endMark): return "streaming"
    case .transferring(_, .length): return "bulk"
    case .online(streams: false): return "fresh"
    case .online(streams: true): return "online"
    case .transmitted: return "transmitted"
    }
  }

  static func describe(_ actions: [PrimaryAction]) -> String {
    actions.withoutLog.map { action in
      switch action {
      case .log: "log"
      case .send(let id, let bytes): "\(id)<\(String(decoding: bytes.prefix { $0 != 13 && $0 != 32 }, as: UTF8.self))"
      case .close(let id): "close\(id)"
      case .startLogging: "start"
      case .releaseBacklog: "releaseBacklog"
      case .takeSnapshot(let group, _, _): "snapshot\(group)"
      case .transfer(let id, let group, _, _): "transfer\(id)/\(group)"
      case .releaseSnapshot(let group): "release\(group)"
      case .logAvailable(let id): "log\(id)"
      case .append: "append"
      case .promote: "promote"
      }
    }.joined(separator: " ").replacing("\n", with: "LF")
  }

  /// What is not here changes nothing and has nothing to be done.
  static let expected: [String: String] = [
    "unknown replconf": "candidate 1<+OK",
    "unknown ack": "candidate",
    "unknown psync": "online 1<+CONTINUE",
    "unknown sync": "waiting snapshot1",
    "unknown taken": "unknown release1",
    "candidate replconf": "candidate 1<+OK",
    "candidate psync": "online 1<+CONTINUE",
    "candidate sync": "waiting snapshot1",
    "candidate taken": "candidate release1",
    "candidate lost": "unknown",
    "waiting replconf": "unknown close1",
    "waiting taken": "streaming 1<+FULLRESYNC transfer1/1",
    "waiting failed": "unknown 1<-ERR close1 release1",
    "waiting lost": "unknown",
    "waiting dropAll": "unknown close1",
    "waiting ping": "waiting append 1<LF",
    "preparing replconf": "unknown close1 release1",
    "preparing sized": "bulk transfer1/1",
    "preparing failed": "unknown 1<-ERR close1 release1",
    "preparing lost": "unknown release1",
    "preparing dropAll": "unknown close1 release1",
    "preparing ping": "preparing append 1<LF",
    "streaming replconf": "unknown close1 release1",
    "streaming failed": "unknown close1 release1",
    "streaming completed": "fresh release1",
    "streaming lost": "unknown release1",
    "streaming dropAll": "unknown close1 release1",
    "streaming silence": "unknown close1 release1",
    "streaming ping": "streaming append",
    "bulk replconf": "unknown close1 release1",
    "bulk failed": "unknown close1 release1",
    "bulk completed": "online release1",
    "bulk lost": "unknown release1",
    "bulk dropAll": "unknown close1 release1",
    "bulk silence": "unknown close1 release1",
    "bulk ping": "bulk append",
    "fresh replconf": "unknown close1",
    "fresh ack": "online",
    "fresh taken": "fresh release1",
    "fresh lost": "unknown",
    "fresh dropAll": "unknown close1",
    "fresh silence": "unknown close1",
    "fresh ping": "fresh append",
    "online replconf": "unknown close1",
    "online taken": "online release1",
    "online advanced": "online log1",
    "online lost": "unknown",
    "online dropAll": "unknown close1",
    "online silence": "unknown close1",
    "online ping": "online append",
    "transmitted replconf": "unknown close1",
    "transmitted taken": "transmitted release1",
    "transmitted lost": "unknown",
    "transmitted dropAll": "unknown close1",
    "transmitted silence": "unknown close1",
    "transmitted ping": "transmitted append",
  ]

  @Test func `every state answers every event as the table says`() {
    for start in Start.allCases {
      for event in Event.allCases {
        var (machine, history) = Self.machine(start)
        #expect(Self.describe(machine) == start.rawValue)
        let actions = Self.apply(event, &machine, &history)
        let todo = Self.describe(actions)
        let outcome = Self.describe(machine) + (todo.isEmpty ? "" : " " + todo)
        #expect(outcome == Self.expected["\(start) \(event)"] ?? start.rawValue, "\(start) × \(event)")
        #expect(machine.retainFrom <= machine.logEnd)
      }
    }
  }
}
