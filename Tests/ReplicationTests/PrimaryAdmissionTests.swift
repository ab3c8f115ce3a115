import TernEngine
import Testing

@testable import TernReplication

/// How many full syncs run at once, why they were needed, and what is served from files instead.
@Suite struct PrimaryAdmissionTests {
  var history = ReplicationHistory(replid: id("a"), replid2: id("b"), secondReplidOffset: 51)

  func machine(_ change: (inout PrimaryConfiguration) -> Void = { _ in }) -> PrimaryMachine {
    var configuration = PrimaryConfiguration()
    configuration.disklessSyncDelayMilliseconds = 0
    change(&configuration)
    return PrimaryMachine(configuration: configuration, logEnd: 100, random: SeededGenerator(3))
  }

  /// Obeys the order to take snapshots, as the node does.
  func settle(_ machine: inout PrimaryMachine, _ actions: [PrimaryAction], now: Int64) -> [PrimaryAction] {
    var all: [PrimaryAction] = []
    var open = actions
    while !open.isEmpty {
      let action = open.removeFirst()
      all.append(action)
      guard case .takeSnapshot(let group, _, _) = action else { continue }
      open += machine.snapshotTaken(group: group, offset: machine.logEnd, history: history, now: now)
    }
    return all
  }

  func transfers(_ actions: [PrimaryAction]) -> [Int] { actions.compactMap { if case .transfer(let id, _, _, _) = $0 { id } else { nil } } }

  @Test mutating func `no more full syncs than the setting says run at once, and those that wait are told that they are not forgotten`() {
    var machine = machine { $0.concurrentFullSyncsMax = 2 }
    var started: [Int] = []
    for id in 1...5 {
      _ = machine.replconf(id, words("listening-port", "\(7000 + id)", "capa", "eof", "capa", "psync2"), now: 0)
      var actions = machine.psync(
        id, words("?", "-1"), address: "h", history: &history, log: LogBounds(start: 40, end: 100), now: 0)
      actions = settle(&machine, actions, now: 0)
      started += transfers(actions)
      if id > 2 { #expect(actions.lines.contains { $0.contains("waits its turn: 2 are under way, 'tern-repl-full-syncs-max' is 2") }) }
    }
    #expect(started == [1, 2])
    #expect(machine.nextDeadline.map { $0 > 0 } ?? true, "nothing can be done about them now: the loop must not spin")
    // Keepalives go to those that wait, and time does not end them.
    for now in stride(from: Int64(10_000), through: 200_000, by: 10_000) {
      machine.transferMoved(1, now: now)
      machine.transferMoved(2, now: now)
      let actions = machine.tick(now: now)
      #expect(actions.withoutLog.allSatisfy { if case .close = $0 { false } else { true } })
      if now > 10_000 { #expect(actions.contains(.send(3, [10])) && actions.contains(.send(5, [10]))) }
    }
    var actions = settle(&machine, machine.transferCompleted(1, now: 200_000), now: 200_000)
    #expect(transfers(actions) == [3])
    actions = settle(&machine, machine.disconnected(2, now: 200_000), now: 200_000)
    #expect(transfers(actions) == [4])
    actions = settle(&machine, machine.disconnected(3, now: 200_001), now: 200_001)
    #expect(transfers(actions) == [5])
    #expect(transfers(settle(&machine, machine.tick(now: 200_002), now: 200_002)).isEmpty)
  }

  @Test mutating func `every full sync has a named reason, and INFO counts them`() {
    var machine = machine()
    let log = LogBounds(start: 40, end: 100)
    let requests: [(String, String, FullResyncReason.Kind)] = [
      ("?", "-1", .firstContact), ("\(id("c"))", "60", .unknownID), ("\(id("b"))", "60", .forked), ("\(id("a"))", "10", .offsetTooOld),
      ("\(id("a"))", "900", .offsetInTheFuture),
    ]
    for (number, (asked, offset, kind)) in requests.enumerated() {
      _ = machine.psync(number, words(asked, offset), address: "h", history: &history, log: log, now: 0)
      #expect(machine.fullSyncReasons[kind] == 1)
    }
    #expect(machine.lastFullSyncReason == "h:<unknown-replica-port>: the replica asked for byte 900, and the log ends with byte 100")
    _ = machine.psync(20, words("\(id("a"))", "10"), address: "h", history: &history, log: log, now: 0)
    #expect(machine.lastFullSyncReason == "h:<unknown-replica-port>: offset too old by 31 bytes: the replica asked for byte 10")
    _ = machine.sync(21, address: "h", history: &history, log: log, now: 0)
    #expect(machine.fullSyncReasons[.forced] == 1)
    let lines = ReplicationInfo(history: history, log: log, now: 0).ownLines(machine)
    #expect(lines.contains("sync_full_reason_offset_too_old:2"))
    #expect(lines.contains("sync_full_reason_forced:1"))
    #expect(machine.fullSyncs == 7)
    #expect(machine.fullSyncReasons.values.reduce(0, +) == 7)
  }

  @Test mutating func `an offset that left the memory is served from files, and then from memory again`() throws {
    var machine = machine {
      $0.backlogBytes = 10
      $0.memoryLagBytesMax = 0
    }
    machine.onDisk = DiskLog(start: 5, listedStart: 5, end: 95)
    let log = LogBounds(start: 90, end: 100, diskStart: 5)
    let actions = machine.psync(1, words("\(id("a"))", "21"), address: "h", history: &history, log: log, now: 0)
    #expect(actions.sent(to: 1).hasPrefix("+CONTINUE"))
    #expect(actions.lines.contains("The first 70 of them have left the backlog, and are read from the append only file."))
    #expect(machine.partialSyncsFromDisk == 1)
    #expect(machine.retainFrom == 90, "a replica that reads files holds no memory")
    #expect(machine.nextPosition(for: 1) == 20)
    let wrong = machine.tookFromDisk(1, 21..<30)
    #expect(!wrong, "a hole")
    let right = machine.tookFromDisk(1, 20..<90)
    #expect(right)
    #expect(machine.lowestCursor == 20)
    machine.sent(1, upTo: 90)
    #expect(machine.takeRange(for: 1, bytesMax: 100) == 90..<100)
    let old = machine.psync(2, words("\(id("a"))", "5"), address: "h", history: &history, log: log, now: 0)
    #expect(!old.sent(to: 2).hasPrefix("+CONTINUE"))
    #expect(machine.lastFullSyncReason?.contains("too old by 1 bytes") == true)
  }

  @Test mutating func `a replica that can be served from files is not dropped for being far behind`() {
    for isOnDisk in [true, false] {
      var machine = machine {
        $0.backlogBytes = 10
        $0.memoryLagBytesMax = 0
        $0.lagHardBytesMax = 100
        $0.lagSoftBytesMax = 0
      }
      PrimaryMachineTests.online(&machine, 1)
      machine.onDisk = isOnDisk ? DiskLog(start: 0, listedStart: 0, end: 990) : nil
      _ = machine.logAdvanced(to: 1000)
      let actions = machine.tick(now: 1)
      #expect(actions.contains(.close(1)) == !isOnDisk)
      #expect(machine.lagDrops == (isOnDisk ? 0 : 1))
      if isOnDisk {
        #expect(machine.retainFrom == 990)
        // Files that a rewrite has superseded are kept for it only up to the limit.
        machine.onDisk = DiskLog(start: 0, listedStart: 990, end: 990)
        #expect(machine.tick(now: 2).contains(.close(1)))
      }
    }
  }

  @Test mutating func `a link is compressed only when both sides want it, and the change of the setting makes it anew`() {
    for (ours, theirs) in [(true, true), (true, false), (false, true)] {
      var machine = machine { $0.compressesLinks = ours }
      _ = machine.replconf(1, words("capa", "eof", "capa", "psync2") + (theirs ? words("capa", "lz4") : []), now: 0)
      let log = LogBounds(start: 40, end: 100)
      let actions = machine.psync(1, words("?", "-1"), address: "h", history: &history, log: log, now: 0)
      let filters = actions.compactMap { if case .takeSnapshot(_, _, let filter) = $0 { filter } else { nil } }
      #expect(filters.map(\.isCompressed) == [ours && theirs])
      #expect(filters.filter { !$0.omitsFieldExpiries }.isEmpty)
      _ = machine.replconf(2, words("capa", "psync2") + (theirs ? words("capa", "lz4") : []), now: 0)
      _ = machine.psync(2, words("\(id("a"))", "51"), address: "h", history: &history, log: log, now: 0)
      #expect(machine.replica(2)?.isCompressed == (ours && theirs))
      machine.configuration.compressesLinks.toggle()
      #expect(machine.renegotiateCompression(now: 0).contains(.close(2)) == theirs)
    }
  }
}
