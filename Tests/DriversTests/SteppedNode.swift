import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// A node with files whose every thread is stepped by the test, on a clock of the test's: the same steps give the same file operations in
/// the same order, each time.
final class SteppedNode: @unchecked Sendable {
  struct Failure: Error, CustomStringConvertible { var description: String }

  private final class Shared: @unchecked Sendable {
    let core: NodeCore
    weak var driver: PersistenceDriver?
    var now: Int64
    var lines: [String] = []
    var killed: Set<Int64> = []

    init(_ core: NodeCore, now: Int64) {
      self.core = core
      self.now = now
    }

    /// As a host: runs `body`, then does what was ordered.
    func withCore(_ body: (NodeCore) -> Void) {
      body(core)
      let effects = core.takeEffects()
      _ = core.engine.takeTouched()
      for session in core.engine.killed { killed.insert(session.id) }
      core.engine.killed = []
      core.engine.resumed = []
      for effect in effects {
        if case .log(_, let line) = effect { lines.append(line) } else { _ = driver?.handle(effect) }
      }
    }
  }

  private let shared: Shared
  let driver: PersistenceDriver
  private let observer: Session

  /// - Parameter now: milliseconds since 1970
  init(_ fileSystem: any FileSystem, now: Int64, seed: UInt64 = 1, _ edit: (inout Configuration) -> Void) throws {
    var configuration = Configuration()
    configuration.dir.path = "/data"
    configuration.savePoints = SavePoints([])
    configuration.enableDebugCommand = .yes
    edit(&configuration)
    let core = NodeCore(
      configuration: configuration, identity: .init(runID: String(repeating: "a", count: 40)), random: SeededGenerator(seed: seed),
      now: now, monotonicNanoseconds: { 0 })
    let shared = Shared(core, now: now)
    self.shared = shared
    driver = PersistenceDriver(
      withCore: { shared.withCore($0) }, fileSystem: fileSystem, log: { _, line in shared.lines.append(line) }, now: { shared.now },
      isStepped: true)
    shared.driver = driver
    guard case .success(let observer) = core.openSession(address: "observer:1", localAddress: "", now: now) else {
      throw Failure(description: "no session")
    }
    // It looks without waiting for the disk.
    observer.isAsynchronous = true
    self.observer = observer
  }

  var core: NodeCore { shared.core }
  var now: Int64 { shared.now }
  var log: [String] { shared.lines }
  func withCore(_ body: (NodeCore) -> Void) { shared.withCore(body) }

  func start() throws(StartError) { try driver.loadAtStart() }

  func advance(_ milliseconds: Int64) {
    shared.now += milliseconds
    shared.withCore { $0.tick(now: shared.now) }
  }

  @discardableResult
  func step(_ part: PersistenceDriver.Part) -> Bool { driver.step(part) }

  /// Lets everything come to rest.
  func settle(turns: Int = 8, milliseconds: Int64 = 500) {
    for _ in 0..<turns {
      advance(milliseconds)
      for part in PersistenceDriver.Part.allCases { step(part) }
      step(.log)
    }
  }

  /// A number that is equal for equal data, as DEBUG DIGEST has it.
  var digest: String {
    let request = RESPCommand.encode("DEBUG", "DIGEST")
    shared.withCore { core in _ = request.withUnsafeBytes { core.receive(observer, $0, now: shared.now) } }
    return String(decoding: core.takeOutput(of: observer), as: UTF8.self)
  }

  // MARK: clients

  /// A connection. What it sends is executed at once; what it is answered shows when it is released.
  final class Client {
    let node: SteppedNode
    let session: Session
    /// How many answers are still due to what was sent together, and where the log ended behind it.
    private var sent: [(count: Int, offset: Int64)] = []
    private var parser = RESPReplyParser()
    /// What has left the node, and was not asked for yet.
    private var arrived: [UInt8] = []
    /// Where the log ended behind the last of what was answered, and was not asked for yet.
    private var lastOffset: Int64?

    init(_ node: SteppedNode) throws {
      self.node = node
      guard case .success(let session) = node.core.openSession(address: "test:1", localAddress: "", now: node.now) else {
        throw Failure(description: "no session")
      }
      self.session = session
    }

    var isKilled: Bool { node.shared.killed.contains(session.id) }
    var isBusy: Bool { !sent.isEmpty || session.gates.contains(.blocked) }

    /// Several commands go in one write.
    func send(_ commands: [[String]]) {
      let bytes = commands.flatMap { RESPCommand.encode($0.map { Array($0.utf8) }) }
      node.shared.withCore { core in _ = bytes.withUnsafeBytes { core.receive(session, $0, now: node.now) } }
      // Who has not touched the data is answered at once, and promised nothing.
      let touches = commands.contains { !["SELECT", "SAVE", "BGSAVE", "BGREWRITEAOF"].contains($0[0]) }
      sent.append((commands.count, touches ? node.core.engine.log.endOffset : 0))
      node.driver.logAdvanced()
    }

    /// Asked in the midst of a step, too: nothing but the output is touched.
    private func collect() {
      guard !isKilled else { return }
      let bytes = node.core.takeOutput(of: session)
      guard !bytes.isEmpty else { return }
      arrived += bytes
      parser.append(bytes)
      while let value = try? parser.next() {
        if case .push = value { continue }
        guard !sent.isEmpty else { break }
        sent[0].count -= 1
        if sent[0].count == 0 { lastOffset = sent.removeFirst().offset }
      }
    }

    /// Where the log ended behind the last of what is answered at this moment; nil while there is no answer, or a refusal among them.
    var answeredOffset: Int64? {
      collect()
      return String(decoding: arrived, as: UTF8.self).contains("-MISCONF") ? nil : lastOffset
    }

    /// The answers that have come since it was asked last; nil while there are none.
    func reply() -> String? {
      collect()
      guard !isKilled, !arrived.isEmpty else { return nil }
      defer {
        arrived = []
        lastOffset = nil
      }
      return String(decoding: arrived, as: UTF8.self)
    }
  }
}

extension FileSystem {
  /// All files below `directory`, by path.
  func everything(below directory: String) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for name in try entries(of: directory) {
      let path = FilePaths.join(directory, name)
      if try status(of: path)?.isDirectory == true {
        found.merge(try everything(below: path)) { $1 }
      } else {
        found[path] = try bytes(path)
      }
    }
    return found
  }
}
