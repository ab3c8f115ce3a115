package import TernEngine
package import TernNode
internal import TernPersistence
package import TernReplication

/// A data node: the real `NodeCore`, driven as Sources/Drivers drives it, but by the world's network and clock. Its disk keeps over a crash
/// what was synced: RDB files, the file of promises, and with `appendonly yes` the log.
package final class SimulatedNode: SimulatedProcess {
  package let host: Int
  package let name: String
  package let port = 6379
  package private(set) var isUp = false
  package private(set) var incarnation = 0
  package private(set) var core: NodeCore?
  private unowned let world: World
  fileprivate let configuration: Configuration
  private var disk = SimulatedDisk()
  /// nil unless `appendonly yes`.
  private var log: SimulatedLog?
  private var isLogBusy = false
  private var lastLogSync: Int64 = 0
  /// Until when the disk is slow.
  var slowUntil: Int64 = .min
  /// The leadership that a crash ended, for the planted bug of that name.
  private var ledBeforeCrash: UInt64?
  /// Rules that this node breaks.
  package var plants: QuorumPlants = []
  /// How far the world has looked at what this life of the node has committed.
  var watched = QuorumWatch()
  private var sessions: [Int: (session: Session, connection: Int, pending: [UInt8])] = [:]
  private var links: [Int: Int] = [:]
  private var pausedLinks: Set<Int> = []
  private var pausedBytes: [Int: [[UInt8]]] = [:]
  /// When the timer for blocked clients' deadlines goes off, which no tick of 100 ms is near enough to.
  private var deadlineTimer: Int64?
  private var deadlineToken = 1

  init(_ world: World, host: Int, name: String, configuration: Configuration) {
    self.world = world
    self.host = host
    self.name = name
    self.configuration = configuration
  }

  package var address: String { World.address(host) }
  package var isMember: Bool { configuration.ternDurability == .quorum }
  /// Members that must hold a write before it is acknowledged.
  var copies: Int { max(configuration.ternCopies, configuration.ternMembers.names.count / 2 + 1) }
  var acknowledgesDisk: Bool { configuration.appendonly && configuration.appendfsync == .always }
  /// Whether everything that it has acknowledged is in its data, or will be when it has started.
  private(set) var remembersWhenDown = false
  var remembers: Bool {
    guard let machine = core?.quorum?.machine else { return remembersWhenDown }
    return machine.trust == .trusted
  }
  /// It was asked to end, and has not yet.
  private(set) var isEnding = false
  var storedPromise: QuorumPromise? {
    guard let name = core?.quorum?.configuration.own, let bytes = disk.promise else { return nil }
    return try? QuorumState.decode(bytes, member: name)
  }
  private var now: Int64 { world.wall(host) }

  /// Sends requests on a connection of its own, and lets time pass until as many replies are there. Nil after 2 s.
  package func ask(_ request: [UInt8], replies count: Int) -> [RESPValue]? {
    guard let core, case .success(let session) = core.openSession(address: "10.0.255.1:1", localAddress: "\(address):\(port)", now: now)
    else { return nil }
    defer { core.closeSession(session, now: now) }
    var pending = request
    var parser = RESPReplyParser()
    var replies: [RESPValue] = []
    for _ in 0..<200 {
      let consumed = pending.withUnsafeBytes { core.receive(session, $0, now: now) }
      pending.removeFirst(min(consumed, pending.count))
      settle()
      if !core.holdsReplies(of: session) {
        parser.append(core.takeOutput(of: session))
        while let value = try? parser.next() { replies.append(value) }
        if replies.count >= count { return replies }
      }
      world.run(for: 10)
      guard isUp, self.core === core else { return nil }
    }
    return nil
  }

  /// A command from somebody who does not wait for the reply.
  func take(_ order: [String]) {
    guard let core, case .success(let session) = core.openSession(address: "10.0.255.2:1", localAddress: "\(address):\(port)", now: now)
    else { return }
    core.execute(session, order.map { Array($0.utf8) }, now: now)
    settle()
  }

  func start() {
    incarnation += 1
    isUp = true
    sessions = [:]
    links = [:]
    pausedLinks = []
    pausedBytes = [:]
    deadlineTimer = nil
    isLogBusy = false
    log = nil
    watched = QuorumWatch()
    var random = SplitMix64(seed: world.random.next())
    let world = self.world
    let runID = (0..<5).map { _ in String(random.next() & 0xffff_ffff | 0x1_0000_0000, radix: 16).dropFirst() }.joined()
    let clock = VirtualClock(world, host)
    let core = NodeCore(
      configuration: configuration, identity: .init(runID: runID), random: random, now: now,
      monotonicNanoseconds: { clock.nanoseconds })
    self.core = core
    do {
      if configuration.appendonly { log = try SimulatedLog(disk, into: core, now: now) } else { load(into: core) }
      if let quorum = core.quorum {
        quorum.plants = plants
        quorum.plantedEpoch = ledBeforeCrash
        let stored = try disk.promise.map { try QuorumState.decode($0, member: quorum.configuration.own) }
        core.startQuorum(stored, now: now)
      }
    } catch {
      world.noteRefusedStart(name, "\(error)")
      isUp = false
      self.core = nil
      return
    }
    if core.quorum != nil {
      // It waits to be fenced into an epoch.
    } else if let primary = configuration.replicaof.address {
      core.replicate(primary.host, primary.port, requestedBy: nil, now: now)
    }
    world.startTimer(host, token: 0, after: 100)
    settle()
  }

  private func load(into core: NodeCore) {
    guard let bytes = disk.snapshot else { return }
    var reader = RDBReader()
    reader.append(bytes)
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
          if name == Array("tern-history-epoch".utf8) { core.noteHistoryEpoch(value) }
          if name == Array("tern-members".utf8) { core.noteMembership(value) }
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
    ledBeforeCrash = nil
    if case .leading(let epoch, _)? = core?.quorum?.machine?.role { ledBeforeCrash = epoch }
    remembersWhenDown = acknowledgesDisk && remembers
    isEnding = false
    isUp = false
    core = nil
    log = nil
    sessions = [:]
    disk.outliveProcess()
  }

  /// The machine's power failed with the process: what was not synced is gone.
  func losePower() { disk.losePower(using: &world.random) }

  /// The machine comes back with an empty disk.
  func wipe() {
    disk.wipe()
    remembersWhenDown = false
  }

  /// As SIGTERM: the node ends when it has saved what it has to save, and is restarted by whoever watches it.
  func shutDown() {
    isEnding = true
    core?.beginShutdown(save: nil, now: false, force: false, session: nil, at: now)
    settle()
  }

  func timer(_ token: Int) {
    if token == 0 {
      core?.tick(now: now)
      world.startTimer(host, token: 0, after: 100)
    } else if token == deadlineToken {
      deadlineTimer = nil
      core?.meetDeadlines(now: now)
    }
    settle()
  }

  // MARK: network

  func connected(_ connection: Int, token: Int, failure: String?) {
    if let failure {
      links[token] = nil
      core?.primaryFailed(link: token, reason: failure, now: now)
    } else {
      core?.primaryConnected(link: token, now: now)
    }
    settle()
  }

  func accepted(_ connection: Int, from address: String) -> Int {
    guard let core,
      case .success(let session) = core.openSession(
        address: "\(address):\(40_000 + connection % 20_000)", localAddress: "\(self.address):\(port)", now: now)
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
      bytes.withUnsafeBytes { core?.primaryReceived(link: token, $0, now: now) }
    }
    settle()
  }

  private func execute(_ id: Int) {
    guard let core, let entry = sessions[id], !entry.session.gates.contains(.blocked), !entry.pending.isEmpty else { return }
    let consumed = entry.pending.withUnsafeBytes { core.receive(entry.session, $0, now: now) }
    sessions[id]?.pending.removeFirst(min(consumed, entry.pending.count))
    flush(entry.session)
  }

  func ended(_ connection: Int, token: Int, asServer: Bool, reason: String?) {
    if asServer {
      if let entry = sessions.removeValue(forKey: token) { core?.closeSession(entry.session, now: now) }
    } else {
      links[token] = nil
      core?.primaryDisconnected(link: token, reason: reason, now: now)
    }
    settle()
  }

  // MARK: obeying the core

  private func flush(_ session: Session) {
    guard let core, let entry = sessions[Int(session.id)] else { return }
    let bytes = core.takeOutput(of: session)
    if !bytes.isEmpty { world.send(bytes, on: entry.connection, fromClient: false) }
    if session.gates.contains(.closing) { close(session) }
  }

  private func close(_ session: Session) {
    guard let entry = sessions.removeValue(forKey: Int(session.id)) else { return }
    world.close(entry.connection, byClient: false)
    core?.closeSession(session, now: now)
  }

  private func settle() {
    guard let core else { return }
    while self.core === core, core.engine.hasOutboxes || core.hasEffects {
      for session in core.engine.takeTouched() { flush(session) }
      let killed = core.engine.killed
      core.engine.killed = []
      for session in killed { flush(session); close(session) }
      let resumed = core.engine.resumed
      core.engine.resumed = []
      for session in resumed { execute(Int(session.id)) }
      for effect in core.takeEffects() { obey(effect, core) }
    }
    guard self.core === core else { return }
    if log != nil, core.hasAOFBytes || log?.isUnsynced == true { followLog() }
    world.watch(self, core)
    let clock = world.monotonic(host)
    if let deadline = core.nextDeadline.map({ clock + max(1, $0 - now) }), deadline < deadlineTimer ?? .max {
      deadlineTimer = deadline
      deadlineToken += 1
      world.startTimer(host, token: deadlineToken, after: deadline - clock)
    }
  }

  /// The log's thread: takes what was logged, appends it, and syncs it as `appendfsync` says.
  private func followLog() {
    guard let core, !isLogBusy else { return }
    isLogBusy = true
    attempt { try $0.follow(core) }
    let pause = configuration.appendfsync == .always ? 0 : max(0, lastLogSync + 1000 - world.monotonic(host))
    later(extra: pause) { node in
      node.isLogBusy = false
      guard let core = node.core else { return }
      if node.configuration.appendfsync != .no { node.attempt { try $0.sync(core, now: node.now) } }
      node.lastLogSync = node.world.monotonic(node.host)
    }
  }

  private func attempt(_ body: (SimulatedLog) throws -> Void) {
    guard let log else { return }
    do { try body(log) } catch { world.noteRefusedStart(name, "the append only file fails: \(error)") }
  }

  private func rewriteLog(anew: Bool) {
    guard let core, let log else { return }
    attempt { if anew { try $0.beginAnew(core, now: now) } else { try $0.beginRewriting(core, now: now) } }
    guard let base = log.rewrite?.base else { return }
    later(extra: 20) { node in
      guard let core = node.core else { return }
      node.attempt { try $0.finishRewriting(base, core, now: node.now) }
    }
  }

  /// Everything is written; the next start knows that nothing is missing.
  private func endCleanly(_ core: NodeCore) {
    core.resignFromQuorum()
    attempt { try $0.close(core, now: now) }
    let promise = core.quorumEnd(now: now)
    if let promise { _ = disk.store(promise: promise) }
    world.end(host, promise == nil ? "ends" : "ends cleanly")
    if promise != nil { remembersWhenDown = true }
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
        bytes.withUnsafeBytes { core.primaryReceived(link: link, $0, now: now) }
      }
    case .pump(let session):
      guard let entry = sessions[Int(session.id)] else { return }
      flush(session)
      while let (bytes, offset) = core.takeStream(for: session, limit: 16 << 10) {
        world.send(bytes, on: entry.connection, fromClient: false)
        core.streamSent(session, upTo: offset, now: now)
      }
    case .transfer(let transfer): later { $0.perform(transfer) }
    case .measure(let group, let job):
      later { node in
        node.core?.snapshotSized(group: group, bytes: Int64(Self.encode(job).bytes.count), now: node.now)
      }
    case .save(let job):
      later { node in
        let (bytes, keys) = Self.encode(job)
        node.core?.saveFinished(job, keys: keys, failure: node.disk.store(snapshot: bytes), now: node.now)
      }
    case .storeQuorumState(let bytes):
      later { node in
        let fails = node.world.draws(node.world.faults.diskFailureShare)
        let failure = fails ? "No space left on device" : node.disk.store(promise: bytes)
        node.core?.quorumStateStored(failure: failure, now: node.now)
      }
    case .rewriteConfiguration(let session): core.completeHostWait(session, failure: nil, now: now)
    case .listen(let relisten): core.listened(relisten, succeeded: true, now: now)
    case .startAOF: rewriteLog(anew: true)
    case .rewriteAOF: rewriteLog(anew: false)
    case .stopAOF, .aofSettingsChanged, .reload, .configurationChanged, .sleep, .crash, .command: break
    case .migrate(let migration): core.migrationFinished(migration, .unreachable("writing to"), now: now)
    case .shutdown: endCleanly(core)
    }
  }

  /// Background work takes a while, and a crash ends it.
  private func later(extra: Int64 = 0, _ body: @escaping (SimulatedNode) -> Void) {
    let incarnation = self.incarnation
    let latency = world.now < slowUntil ? world.faults.slowDiskLatency : world.faults.diskLatency
    world.after(extra + Int64.random(in: latency, using: &world.random), on: host) { [self] world in
      guard world.isAlive(host, incarnation) else { return }
      body(self)
      settle()
    }
  }

  private func perform(_ transfer: NodeEffect.Transfer) {
    guard let core else { return }
    guard let entry = sessions[Int(transfer.session.id)] else {
      return core.transferCompleted(transfer.session, group: transfer.group, failure: "connection lost", now: now)
    }
    flush(transfer.session)
    let bytes = transfer.preamble + Self.encode(transfer.job).bytes + transfer.trailer
    for start in stride(from: 0, to: bytes.count, by: 1000) {
      world.send(Array(bytes[start..<min(start + 1000, bytes.count)]), on: entry.connection, fromClient: false)
    }
    core.transferCompleted(transfer.session, group: transfer.group, now: now)
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
  private let host: Int
  init(_ world: World, _ host: Int) {
    self.world = world
    self.host = host
  }
  var nanoseconds: Int64 { (world.monotonic(host) - 1_600_000_000_000) * 1_000_000 }
}

extension SimulatedNode {
  /// DEBUG DIGEST's: equal for equal contents, in whatever order.
  package var digest: [UInt8] { core?.engine.datasetDigest() ?? [] }
}

extension SimulatedNode {
  /// Every key with its value, for people: what two nodes differ in.
  func contents() -> [String: String] {
    guard let core else { return [:] }
    let job = core.makeFirstBase(now: world.wall(host))
    defer { core.engine.release(job.snapshot) }
    var reader = RDBReader()
    reader.append(Self.encode(job).bytes)
    var contents: [String: String] = [:]
    while let event = try? reader.next() {
      guard case .key(let key) = event else { continue }
      contents[String(decoding: key.name, as: UTF8.self)] = "\(key.value) until \(key.expireAt ?? -1)"
    }
    return contents
  }

  /// The keys that it holds in another way than `other` does.
  func differences(from other: SimulatedNode) -> [String] {
    let (mine, theirs) = (contents(), other.contents())
    return Set(mine.keys).union(theirs.keys).sorted().filter { mine[$0] != theirs[$0] }.map {
      "\($0): \(mine[$0] ?? "nothing") / \(theirs[$0] ?? "nothing")"
    }
  }
}
