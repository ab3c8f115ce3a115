import Foundation
import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// The power goes after every single operation on the disk; and every single operation fails.
///
/// The real node, the real writers and loaders, a disk in memory, no threads and no clock: each run is the same. What is checked each time:
/// the node starts again, its data are one of the states that the log went through, and nothing that was promised is missing.
@Suite struct CrashTests {
  enum Mode: String, CaseIterable, Sendable {
    case always, everysec, commandsAsBase, rdbOnly

    func edit(_ configuration: inout Configuration) {
      configuration.appendonly = self != .rdbOnly
      configuration.appendfsync = self == .always || self == .commandsAsBase ? .always : .everysec
      configuration.aofUseRdbPreamble = self != .commandsAsBase
      configuration.aofTimestampEnabled = self == .commandsAsBase
      configuration.autoAofRewritePercentage = self == .everysec ? 100 : 0
      configuration.autoAofRewriteMinSize = 1500
    }

    var turns: [CrashWorkload.Turn] { CrashWorkload.turns(expiring: self != .rdbOnly) }
  }

  /// The moment between two operations.
  struct Moment {
    var disk: MemoryFileSystem
    var next: String
    /// What may be found, at least up to here …
    var promisedOffset: Int64
    /// … and at most so many states.
    var stateCount: Int
    var now: Int64
  }

  /// What becomes of the disk.
  enum Loss: CaseIterable {
    /// The process is killed, and the machine goes on.
    case nothing
    case everythingUnsynced, someOfIt, otherParts

    func happen(to disk: MemoryFileSystem, _ number: Int) {
      var random = SeededGenerator(seed: UInt64(number) &* 2 &+ (self == .someOfIt ? 0 : 1))
      switch self {
      case .nothing: disk.processDeath()
      case .everythingUnsynced: disk.powerLoss()
      case .someOfIt, .otherParts:
        disk.powerLoss(
          tear: { _, count in Int.random(in: 0...count, using: &random) }, keep: { _ in Bool.random(using: &random) })
      }
    }
  }

  static let changing: Set<FileSystemError.Operation> = [
    .open, .write, .sync, .truncate, .rename, .remove, .createDirectory, .syncDirectory,
  ]

  /// Runs the workload once, and looks at the disk before each operation that changes it.
  static func moments(
    _ mode: Mode, seed: UInt64, where isWanted: ([[String]]) -> Bool = { _ in true }
  ) throws -> (moments: [Moment], states: [CrashWorkload.State]) {
    let disk = try memoryDisk()
    let node = try SteppedNode(disk, now: CrashWorkload.start, mode.edit)
    let workload = try CrashWorkload(node, seed: seed)
    let recorder = Recorder(disk.base, workload)
    disk.plan { _, operation, path in
      if changing.contains(operation) { recorder.look("\(operation.rawValue) \(path)") }
      return nil
    }
    try node.start()
    try workload.run(
      mode.turns.filter { turn in if case .commands(let commands) = turn { isWanted(commands) } else { true } })
    try workload.settle(turns: 3)
    recorder.look("the end")
    #expect(workload.errors.isEmpty, "\(workload.errors)")
    // The node must not touch this disk any more when it goes.
    disk.plan { _, _, _ in .error(5) }
    return (recorder.moments, workload.states)
  }

  private final class Recorder: @unchecked Sendable {
    let disk: MemoryFileSystem
    let workload: CrashWorkload
    var moments: [Moment] = []

    init(_ disk: MemoryFileSystem, _ workload: CrashWorkload) {
      self.disk = disk
      self.workload = workload
    }

    func look(_ next: String) {
      moments.append(
        Moment(
          disk: disk.copy(), next: next, promisedOffset: workload.promisedOffset, stateCount: workload.states.count, now: workload.node.now)
      )
    }
  }

  @Test(arguments: Mode.allCases) func `the power goes after any operation, and nothing promised is lost`(mode: Mode) throws {
    let (moments, states) = try Self.moments(mode, seed: 7)
    #expect(moments.count > (mode == .rdbOnly ? 40 : 60))
    #expect(states.count > 40)
    // Of equal disks one is started.
    var digests: [[String: [UInt8]]: String] = [:]
    for (number, moment) in moments.enumerated() {
      for loss in Loss.allCases {
        let disk = moment.disk.copy()
        loss.happen(to: disk, number)
        let contents = try disk.everything(below: "/")
        let digest: String
        if let known = digests[contents] {
          digest = known
        } else {
          let node = try SteppedNode(disk, now: moment.now, mode.edit)
          try node.start()
          digest = node.digest
          digests[contents] = digest
        }
        // The state that is being made at that moment is the last one.
        let allowed = states[..<min(states.count, moment.stateCount + 1)].filter { $0.offset >= moment.promisedOffset }
        #expect(
          allowed.contains { $0.digest == digest } || (moment.promisedOffset == 0 && digest == states[0].digest),
          "\(mode), before operation \(number), \(moment.next), \(loss): \(states.first { $0.digest == digest }?.offset ?? -1) is found, \(moment.promisedOffset) was promised"
        )
      }
    }
  }

  @Test(arguments: [Mode.always, .everysec]) func `holes in what was not synced are found, and a repair keeps all that was promised`(
    mode: Mode
  ) throws {
    // A hole that lies within one string cannot be found: the file has no checksums.
    let (moments, states) = try Self.moments(mode, seed: 8) { !$0.contains { $0.contains("large") } }
    var refusals = 0
    var digests: [[String: [UInt8]]: String] = [:]
    for (number, moment) in moments.enumerated() {
      let disk = moment.disk.copy()
      var random = SeededGenerator(seed: UInt64(number))
      disk.powerLoss(tear: { $1 }, keep: { _ in true }, hole: { _, _ in Bool.random(using: &random) })
      let contents = try disk.everything(below: "/")
      if digests[contents] == nil {
        let node = try SteppedNode(disk, now: moment.now, mode.edit)
        do throws(StartError) {
          try node.start()
          digests[contents] = node.digest
        } catch {
          refusals += 1
          #expect(error.file?.hasSuffix(".incr.aof") == true && error.offset != nil, "\(error)")
          node.driver.shutdown()
          var said: [String] = []
          let check = AOFCheck(disk, repair: .fix, now: moment.now, confirm: { _ in true }) { said.append($0) }
          #expect(check.check("/data/appendonlydir/appendonly.aof.manifest"), "\(said)")
          let repaired = try SteppedNode(disk, now: moment.now, mode.edit)
          try repaired.start()
          digests[contents] = repaired.digest
        }
      }
      let allowed = states[..<min(states.count, moment.stateCount + 1)].filter { $0.offset >= moment.promisedOffset }
      #expect(
        allowed.contains { $0.digest == digests[contents] } || (moment.promisedOffset == 0 && digests[contents] == states[0].digest),
        "\(mode), before operation \(number), \(moment.next)")
    }
    #expect(refusals > 0)
  }

  /// How an operation fails.
  enum Failing: String, CaseIterable, Sendable {
    /// Once, with an error that does nothing.
    case once
    /// Once, as badly as its kind allows: half of a write, the pages of an fsync dropped.
    case badly
    /// And all that follow: the disk has died.
    case forever

    func fault(_ operation: FileSystemError.Operation, _ number: Int) -> FileFault {
      switch (self, operation) {
      case (.badly, .write): .shortWrite(3)
      case (.badly, .sync): .droppedPages(5)
      case (_, .write): .error(number.isMultiple(of: 2) ? 28 : 5)
      case (_, .open), (_, .lock): .error(13)
      default: .error(5)
      }
    }
  }

  @Test(arguments: Mode.allCases, Failing.allCases)
  func `any operation fails, and the host lives, and nothing promised is lost`(mode: Mode, failing: Failing) throws {
    // States up to the fault are those of a run without one.
    let clean = try memoryDisk()
    let first = try CrashWorkload(SteppedNode(clean, now: CrashWorkload.start, mode.edit), seed: 7)
    let firstOperation = clean.callCount
    try first.node.start()
    try first.run(mode.turns)
    let operationCount = clean.callCount
    #expect(operationCount - firstOperation > 60)
    // TERN_CRASH_STRIDE=1 (Tests/crash.sh) tries every one.
    let step = ProcessInfo.processInfo.environment["TERN_CRASH_STRIDE"].flatMap { Int($0) } ?? (failing == .forever ? 7 : 3)
    for number in stride(from: firstOperation, to: operationCount, by: max(1, step)) {
      let disk = try memoryDisk()
      let node = try SteppedNode(disk, now: CrashWorkload.start, mode.edit)
      let workload = try CrashWorkload(node, seed: 7)
      workload.recordsStates = false
      let watch = FaultWatch(workload)
      disk.plan { call, operation, path in
        guard failing == .forever ? call >= number : call == number else { return nil }
        watch.note("\(operation.rawValue) \(path)")
        return failing.fault(operation, number)
      }
      let place = "\(mode), operation \(number) fails \(failing.rawValue)"
      do throws(StartError) {
        try node.start()
      } catch {
        #expect(error.file != nil && watch.operation != nil, "\(place): \(error)")
        node.driver.shutdown()
        disk.powerLoss()
        let again = try SteppedNode(disk, now: node.now, mode.edit)
        try again.start()
        #expect(again.digest == first.states[0].digest, "\(place)")
        continue
      }
      var left = mode.turns[...]
      // A few commands beyond the fault show what it does to those who go on.
      var beyond = 6
      while let turn = left.popFirst(), beyond > 0 {
        if watch.operation != nil { beyond -= 1 }
        try workload.run(CollectionOfOne(turn))
      }
      if failing != .forever {
        try workload.settle()
        #expect(try workload.canWrite(), "\(place), \(watch.operation ?? ""): writes are refused for ever: \(node.log.suffix(5))")
        workload.note()
      }
      #expect(watch.operation != nil, "\(place): it did not take place")
      let promised = workload.promisedOffset
      node.driver.shutdown()
      disk.plan(nil)
      let states = first.states.filter { $0.offset < watch.offset } + workload.states
      // The node has synced what it could at its end; the machine of the other has lost its power before that.
      for loss in [Loss.nothing, .everythingUnsynced] {
        let copy = disk.base.copy()
        loss.happen(to: copy, number)
        let again = try SteppedNode(copy, now: node.now, mode.edit)
        do throws(StartError) {
          try again.start()
        } catch {
          Issue.record("\(place), \(watch.operation ?? ""), \(loss): the start is refused: \(error)")
          continue
        }
        let digest = again.digest
        #expect(
          states.contains { $0.offset >= promised && $0.digest == digest },
          "\(place), \(watch.operation ?? ""), \(loss): \(states.first { $0.digest == digest }?.offset ?? -1) is found, \(promised) was promised"
        )
      }
    }
  }

  /// Notes where a fault has struck, and has the states written down from there on.
  private final class FaultWatch: @unchecked Sendable {
    private let workload: CrashWorkload
    private(set) var operation: String?
    private(set) var offset: Int64 = .max

    init(_ workload: CrashWorkload) { self.workload = workload }

    func note(_ operation: String) {
      guard self.operation == nil else { return }
      self.operation = operation
      offset = workload.offset
      workload.recordsStates = true
      workload.note()
    }
  }
}
