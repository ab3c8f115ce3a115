import NIOConcurrencyHelpers
import TernDrivers
import TernEngine
import TernPersistence

@testable import TernNode

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A node with files and without sockets: its clients are sessions that the test feeds. Ends with its last reference.
final class PersistenceNode: @unchecked Sendable {
  struct Failure: Error, CustomStringConvertible { var description: String }

  /// What the driver's threads reach; they outlive the last reference to the node by a moment.
  private final class Shared: @unchecked Sendable {
    let lock = NIOLock()
    let core: NodeCore
    weak var driver: PersistenceDriver?
    var lines: [String] = []
    var killed: Set<Int64> = []
    var onLog: (String) -> Void = { _ in }
    var timeShift: Int64 = 0

    init(_ core: NodeCore) { self.core = core }

    /// As a host: runs `body` under the lock, then does what was ordered.
    func withCore(_ body: (NodeCore) -> Void) {
      lock.lock()
      body(core)
      let effects = core.takeEffects()
      _ = core.engine.takeTouched()
      for session in core.engine.killed { killed.insert(session.id) }
      core.engine.killed = []
      core.engine.resumed = []
      lock.unlock()
      for effect in effects {
        if case .log(_, let line) = effect { print(line) } else { _ = driver?.handle(effect) }
      }
    }

    func print(_ line: String) {
      lock.withLock { lines.append(line) }
      onLog(line)
    }
  }

  private let shared: Shared
  let driver: PersistenceDriver?
  private let disk: MortalDisk

  /// Called with each line of the log, outside the lock.
  var onLog: (String) -> Void {
    get { shared.onLog }
    set { shared.onLog = newValue }
  }
  /// Added to the clock.
  var timeShift: Int64 {
    get { shared.timeShift }
    set { shared.timeShift = newValue }
  }

  /// The configuration is `edit`ed from one without save points, in the directory `/data`.
  init(_ fileSystem: any FileSystem, directory: String = "/data", _ edit: (inout Configuration) -> Void = { _ in }) {
    var configuration = Configuration()
    configuration.dir.path = directory
    configuration.savePoints = SavePoints([])
    edit(&configuration)
    let core = NodeCore(
      configuration: configuration, identity: .init(runID: String(repeating: "a", count: 40)), random: SystemRandomNumberGenerator(),
      now: PersistenceNode.clock(), monotonicNanoseconds: { 0 })
    let shared = Shared(core)
    disk = MortalDisk(fileSystem)
    self.shared = shared
    driver = PersistenceDriver(
      withCore: { shared.withCore($0) }, fileSystem: disk, log: { _, line in shared.print(line) },
      now: { PersistenceNode.clock() + shared.timeShift })
    shared.driver = driver
  }

  deinit { driver?.shutdown() }

  static func clock() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  var now: Int64 { PersistenceNode.clock() + timeShift }

  func start() throws { try driver?.loadAtStart() }
  func stop() { driver?.shutdown() }

  func withCore(_ body: (NodeCore) -> Void) { shared.withCore(body) }

  func get<Value>(_ body: (NodeCore) -> Value) -> Value {
    var value: Value?
    withCore { value = body($0) }
    return value!
  }

  var log: [String] { shared.lock.withLock { shared.lines } }
  func hasLogged(_ text: String) -> Bool { log.contains { $0.contains(text) } }

  func tick() { withCore { $0.tick(now: now) } }

  func hasKilled(_ session: Session) -> Bool { shared.lock.withLock { shared.killed.contains(session.id) } }

  /// The machine of this node and `disk` loses its power.
  func losePower(_ disk: TestDisk, tear: MemoryFileSystem.Tear = { _, _ in 0 }) {
    self.disk.die { disk.powerLoss(tear: tear) }
  }

  // MARK: clients

  func connect(database: Int = 0) throws -> Client {
    let session = get { core in core.openSession(address: "test:1", localAddress: "", now: self.now) }
    guard case .success(let session) = session else { throw Failure(description: "no session") }
    session.databaseIndex = database
    return Client(node: self, session: session)
  }

  final class Client: @unchecked Sendable {
    let node: PersistenceNode
    let session: Session
    init(node: PersistenceNode, session: Session) {
      self.node = node
      self.session = session
    }

    func send(_ arguments: String...) { send(bytes: RESPCommand.encode(arguments.map { Array($0.utf8) })) }

    func send(bytes: [UInt8]) {
      node.withCore { core in
        let consumed = bytes.withUnsafeBytes { core.receive(session, $0, now: node.now) }
        precondition(consumed == bytes.count)
      }
      node.driver?.logAdvanced()
    }

    /// What has been released; nil while it is held, or when there is nothing.
    func reply() -> String? {
      node.get { core in
        let bytes = core.takeOutput(of: session)
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
      }
    }

    var isKilled: Bool { node.hasKilled(session) }

    @discardableResult
    func call(_ arguments: String...) throws -> String {
      send(bytes: RESPCommand.encode(arguments.map { Array($0.utf8) }))
      var answer: String?
      try node.wait("the reply to \(arguments)") {
        answer = reply()
        return answer != nil
      }
      return answer ?? ""
    }
  }

  /// Waits until `condition` holds; half a minute is for ever.
  func wait(_ what: String, _ condition: () -> Bool) throws {
    for _ in 0..<60_000 {
      if condition() { return }
      usleep(500)
    }
    throw Failure(description: "\(what) did not come; log: \(log.joined(separator: "\n"))")
  }

  func rewriteAOF() throws {
    let before = get { $0.aof.rewrites }
    let client = try connect()
    _ = try client.call("BGREWRITEAOF")
    try wait("the end of the rewrite") { get { $0.aof.rewrites > before && !$0.aof.isRewriting } }
  }

  // MARK: contents

  struct Value: Hashable {
    var bytes: [UInt8]
    var expiry: Int64?
    init(_ text: String, expiry: Int64? = nil) {
      bytes = Array(text.utf8)
      self.expiry = expiry
    }
    init(bytes: [UInt8], expiry: Int64?) {
      self.bytes = bytes
      self.expiry = expiry
    }
  }

  /// All keys, by database.
  var contents: [Int: [[UInt8]: Value]] {
    self.get { core in
      var found: [Int: [[UInt8]: Value]] = [:]
      let snapshot = core.engine.takeSnapshot()
      for (index, tree) in snapshot.databases.enumerated() {
        tree.forEach { entry in
          let bytes: [UInt8]
          switch entry.string {
          case .bytes(let value): bytes = Array(value)
          case .integer(let value): bytes = Array(String(value).utf8)
          case nil: bytes = []
          }
          found[index, default: [:]][Array(entry.keyBytes)] = Value(bytes: bytes, expiry: entry.expiry)
        }
      }
      core.engine.release(snapshot)
      return found
    }
  }

  func value(_ key: String, database: Int = 0) -> String? {
    contents[database]?[Array(key.utf8)].map { String(decoding: $0.bytes, as: UTF8.self) }
  }
}

/// A disk in memory that fails when it is told to.
typealias TestDisk = FaultyFileSystem<MemoryFileSystem>

/// A disk in memory with the directory `/data`.
func memoryDisk() throws -> TestDisk {
  let disk = TestDisk()
  try disk.createDirectory("/data")
  try disk.syncDirectory("/")
  return disk
}

extension FileSystem {
  func bytes(_ path: String) throws -> [UInt8] { try contents(of: path, byteCountMax: 1 << 30) ?? [] }

  func write(_ bytes: [UInt8], to path: String) throws {
    try createDirectory(FilePaths.parent(of: path))
    let file = try open(path, for: .replace)
    try file.writeAll(bytes)
    try file.sync()
    try file.close()
    try syncDirectory(FilePaths.parent(of: path))
  }
}
