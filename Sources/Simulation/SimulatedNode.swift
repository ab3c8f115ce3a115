internal import TernEngine
package import TernNode
internal import TernPersistence

/// A data node: the real `NodeCore`, driven as Sources/Drivers drives it, but by the world's network and clock. Its disk keeps whole RDB
/// files over a crash.
package final class SimulatedNode: SimulatedProcess {
  package let host: Int
  package let name: String
  package let port = 6379
  package private(set) var isUp = false
  package private(set) var incarnation = 0
  package private(set) var core: NodeCore?
  private unowned let world: World
  private let configuration: Configuration
  /// The RDB that a restart finds.
  private var disk: [UInt8]?
  private var sessions: [Int: (session: Session, connection: Int, pending: [UInt8])] = [:]
  private var links: [Int: Int] = [:]
  private var pausedLinks: Set<Int> = []
  private var pausedBytes: [Int: [[UInt8]]] = [:]
  /// When the timer for blocked clients' deadlines goes off, which no tick of 100 ms is near enough to.
  private var deadlineTimer: Int64?

  init(_ world: World, host: Int, name: String, configuration: Configuration) {
    self.world = world
    self.host = host
    self.name = name
    self.configuration = configuration
  }

  package var address: String { World.address(host) }

  func start() {
    incarnation += 1
    isUp = true
    sessions = [:]
    links = [:]
    pausedLinks = []
    pausedBytes = [:]
    deadlineTimer = nil
    var random = SplitMix64(seed: world.random.next())
    let world = self.world
    let runID = (0..<5).map { _ in String(random.next() & 0xffff_ffff | 0x1_0000_0000, radix: 16).dropFirst() }.joined()
    let clock = VirtualClock(world)
    let core = NodeCore(
      configuration: configuration, identity: .init(runID: runID), random: random, now: world.now,
      monotonicNanoseconds: { clock.nanoseconds })
    self.core = core
    load(into: core)
    if let primary = configuration.replicaof.address { core.replicate(primary.host, primary.port, requestedBy: nil, now: world.now) }
    world.startTimer(host, token: 0, after: 100)
    settle()
  }

  private func load(into core: NodeCore) {
    guard let disk else { return }
    var reader = RDBReader()
    reader.append(disk)
    let staged = core.engine.stageKeyspace()
    var database = 0
    var id = ""
    var offset: Int64 = -1
    do {
      while let event = try reader.next() {
        switch event {
        case .selectDB(let index): database = index
        case .key(let key): _ = staged.insert(key, into: database)
        case .aux(let name, let value):
          if name == Array("repl-id".utf8) { id = String(decoding: value, as: UTF8.self) }
          if name == Array("repl-offset".utf8) { offset = Int64(String(decoding: value, as: UTF8.self)) ?? -1 }
        default: break
        }
      }
      core.engine.install(staged)
      core.adoptSavedHistory(id: id, offset: offset)
    } catch {
      world.note("\(name): the RDB on disk is bad: \(error)")
      core.engine.discard(staged)
    }
  }

  func crash() {
    isUp = false
    core = nil
    sessions = [:]
  }

  func timer(_ token: Int) {
    core?.tick(now: world.now)
    if token == 0 { world.startTimer(host, token: 0, after: 100) } else { deadlineTimer = nil }
    settle()
  }

  // MARK: network

  func connected(_ connection: Int, token: Int, failure: String?) {
    if let failure {
      links[token] = nil
      core?.primaryFailed(link: token, reason: failure, now: world.now)
    } else {
      core?.primaryConnected(link: token, now: world.now)
    }
    settle()
  }

  func accepted(_ connection: Int, from address: String) -> Int {
    guard let core,
      case .success(let session) = core.openSession(
        address: "\(address):\(40_000 + connection % 20_000)", localAddress: "\(self.address):\(port)", now: world.now)
    else { return -1 }
    sessions[Int(session.id)] = (session, connection, [])
    return Int(session.id)
  }

  func received(_ bytes: [UInt8], on connection: Int, token: Int, asServer: Bool) {
    if asServer {
      sessions[token]?.pending.append(contentsOf: bytes)
      execute(token)
    } else if pausedLinks.contains(token) {
      pausedBytes[token, default: []].append(bytes)
    } else {
      bytes.withUnsafeBytes { core?.primaryReceived(link: token, $0, now: world.now) }
    }
    settle()
  }

  private func execute(_ id: Int) {
    guard let core, let entry = sessions[id], !entry.session.gates.contains(.blocked), !entry.pending.isEmpty else { return }
    let consumed = entry.pending.withUnsafeBytes { core.receive(entry.session, $0, now: world.now) }
    sessions[id]?.pending.removeFirst(min(consumed, entry.pending.count))
    flush(entry.session)
  }

  func ended(_ connection: Int, token: Int, asServer: Bool, reason: String?) {
    if asServer {
      if let entry = sessions.removeValue(forKey: token) { core?.closeSession(entry.session, now: world.now) }
    } else {
      links[token] = nil
      core?.primaryDisconnected(link: token, reason: reason, now: world.now)
    }
    settle()
  }

  // MARK: obeying the core

  private func flush(_ session: Session) {
    guard let core, let entry = sessions[Int(session.id)], !core.holdsReplies(of: session) else { return }
    if session.reply.count > 0 {
      world.send(Array(session.reply.bytes), on: entry.connection, fromClient: false)
      session.reply.removeAll()
    }
    if session.gates.contains(.closing) { close(session) }
  }

  private func close(_ session: Session) {
    guard let entry = sessions.removeValue(forKey: Int(session.id)) else { return }
    world.close(entry.connection, byClient: false)
    core?.closeSession(session, now: world.now)
  }

  private func settle() {
    guard let core else { return }
    while core.engine.hasOutboxes || core.hasEffects {
      for session in core.engine.takeTouched() { flush(session) }
      let killed = core.engine.killed
      core.engine.killed = []
      for session in killed { flush(session); close(session) }
      let resumed = core.engine.resumed
      core.engine.resumed = []
      for session in resumed { execute(Int(session.id)) }
      for effect in core.takeEffects() { obey(effect, core) }
    }
    if let deadline = core.engine.blocking.nextDeadline, deadline < deadlineTimer ?? .max {
      deadlineTimer = deadline
      world.startTimer(host, token: 1, after: max(1, deadline - world.now))
    }
  }

  private func obey(_ effect: NodeEffect, _ core: NodeCore) {
    switch effect {
    case .log(let level, let text): if level >= .notice { world.note("\(name): \(text)") }
    case .connectPrimary(let link, let host, let port):
      links[link] = world.connect(from: self.host, token: link, to: host, port: port)
    case .closePrimary(let link):
      if let connection = links.removeValue(forKey: link) { world.close(connection, byClient: true) }
    case .sendPrimary(let link, let bytes):
      if let connection = links[link] { world.send(bytes, on: connection, fromClient: true) }
    case .pausePrimary(let link): pausedLinks.insert(link)
    case .resumePrimary(let link):
      pausedLinks.remove(link)
      for bytes in pausedBytes.removeValue(forKey: link) ?? [] {
        bytes.withUnsafeBytes { core.primaryReceived(link: link, $0, now: world.now) }
      }
    case .pump(let session):
      guard let entry = sessions[Int(session.id)] else { return }
      flush(session)
      while let (bytes, offset) = core.takeStream(for: session, limit: 16 << 10) {
        world.send(bytes, on: entry.connection, fromClient: false)
        core.streamSent(session, upTo: offset, now: world.now)
      }
    case .transfer(let transfer): later { $0.perform(transfer) }
    case .measure(let group, let job):
      later { node in
        node.core?.snapshotSized(group: group, bytes: Int64(Self.encode(job).bytes.count), now: node.world.now)
      }
    case .save(let job):
      later { node in
        let (bytes, keys) = Self.encode(job)
        node.disk = bytes
        node.core?.saveFinished(job, keys: keys, failure: nil, now: node.world.now)
      }
    case .rewriteConfiguration(let session): core.completeHostWait(session, failure: nil, now: world.now)
    case .listen(let relisten): core.listened(relisten, succeeded: true, now: world.now)
    case .startAOF, .stopAOF, .rewriteAOF, .aofSettingsChanged, .reload, .configurationChanged, .sleep, .crash, .command: break
    case .migrate(let migration): core.migrationFinished(migration, .unreachable("writing to"), now: world.now)
    case .shutdown: world.crash(host)
    }
  }

  /// Background work takes a while, and a crash ends it.
  private func later(_ body: @escaping (SimulatedNode) -> Void) {
    let incarnation = self.incarnation
    world.after(Int64.random(in: 1...30, using: &world.random)) { [self] world in
      guard world.isAlive(host, incarnation) else { return }
      body(self)
      settle()
    }
  }

  private func perform(_ transfer: NodeEffect.Transfer) {
    guard let core else { return }
    guard let entry = sessions[Int(transfer.session.id)] else {
      return core.transferCompleted(transfer.session, group: transfer.group, failure: "connection lost", now: world.now)
    }
    flush(transfer.session)
    let bytes = transfer.preamble + Self.encode(transfer.job).bytes + transfer.trailer
    for start in stride(from: 0, to: bytes.count, by: 1000) {
      world.send(Array(bytes[start..<min(start + 1000, bytes.count)]), on: entry.connection, fromClient: false)
    }
    core.transferCompleted(transfer.session, group: transfer.group, now: world.now)
  }

  private static func encode(_ job: RDBJob) -> (bytes: [UInt8], keys: Int) {
    var encoder = RDBEncoder(job, version: CompatibleVersion.redis)
    var bytes: [UInt8] = []
    while !encoder.isFinished { encoder.next(atLeast: 1 << 16) { bytes.append(contentsOf: $0) } }
    return (bytes, encoder.keys)
  }
}

/// The world's time, as the engine asks for it. Only the world's own thread uses it.
private final class VirtualClock: @unchecked Sendable {
  private unowned let world: World
  init(_ world: World) { self.world = world }
  var nanoseconds: Int64 { (world.now - 1_600_000_000_000) * 1_000_000 }
}

extension SimulatedNode {
  /// A number that is equal for equal contents: keys, values and expiries of all databases. The order of keys does not matter.
  package var digest: UInt64 {
    guard let core else { return 0 }
    let snapshot = core.engine.takeSnapshot()
    defer { core.engine.release(snapshot) }
    var digest: UInt64 = 0
    for (index, tree) in snapshot.databases.enumerated() {
      tree.forEach { entry in
        var hash = FNV(UInt64(index))
        hash.add(entry.keyBytes)
        switch entry.string {
        case .bytes(let bytes): hash.add(bytes)
        case .integer(let value): Array(String(value).utf8).withUnsafeBytes { hash.add($0) }
        case nil: break
        }
        withUnsafeBytes(of: entry.expiry ?? 0) { hash.add($0) }
        digest ^= hash.value
      }
    }
    return digest
  }

  private struct FNV {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    init(_ start: UInt64) { value ^= start &* 0x9e37_79b9_7f4a_7c15 }
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
      for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
      value = (value ^ UInt64(bytes.count)) &* 0x100_0000_01b3
    }
  }
}
