import TernEngine

@testable import TernReplication

/// A few nodes in virtual time, on a network that cuts, delays and refuses. A node's data are simply all bytes of its log since offset
/// 0, and an RDB is a copy of them, so that a byte lost or doubled anywhere shows.
final class VirtualNodes {
  struct Faults {
    /// Of 1000 steps, so many cut a connection at whatever byte it has reached.
    var cutsPerMille = 0
    var refusalsPerMille = 0
    var failoversPerMille = 0
    /// The driver gives the machines reads of at most so many bytes.
    var readBytesMax = 400
    /// Nodes write their log to files; a rewrite drops what they hold now and then.
    var hasDisk = false
    var rewritesPerMille = 5
    /// Clients stop a replica's reading for a while.
    var stallsPerMille = 0
    /// A planted bug: the primary does not know of its files.
    var forgetsDisk = false
  }

  struct Connection {
    let id: Int
    let client: Int
    let server: Int
    let link: Int
    var isConnected = false
    var toServer: [UInt8] = []
    var toClient: [UInt8] = []
    var isPaused = false
    var stalledUntil: Int64 = 0
    var serverInbox: [UInt8] = []
    var delivered = 0
    var queued = 0
    /// Behind how many delivered bytes the log has been sent up to which position.
    var marks: [(delivered: Int, position: Int64)] = []
    var transferEnd: Int?
  }

  struct Node {
    var primary: PrimaryMachine
    var replica: ReplicaMachine
    var history: ReplicationHistory
    var data: [UInt8] = []
    var logStart = 0
    var partial: [UInt8] = []
    var scanner = ReplicationStreamScanner()
    var loading: [UInt8]?
    var loadingOffset: Int64 = 0
    var loadingID: ReplicationID?
    var loadDone: (link: Int, at: Int64)?
    var snapshots: [Int: [UInt8]] = [:]
    var sizes: [(group: Int, at: Int64)] = []
    var fullSyncsReceived = 0
    /// The log in files: `data` of this range can be read, whatever has left the memory.
    var disk: DiskLog?
    var errors: [String] = []
  }

  var nodes: [Node] = []
  var connections: [Connection] = []
  var now: Int64 = 0
  var generator: SeededGenerator
  var faults = Faults()
  var leader = 0
  var nextConnection = 1
  var written = 0
  var diskBytes: Int64 = 0
  var reasons: [FullResyncReason.Kind: Int] = [:]

  init(seed: UInt64, count: Int, backlogBytes: Int64, disklessSync: Bool) {
    generator = SeededGenerator(seed)
    var primary = PrimaryConfiguration()
    primary.backlogBytes = backlogBytes
    primary.disklessSync = disklessSync
    primary.disklessSyncDelayMilliseconds = 50
    primary.pingPeriodMilliseconds = 1000
    primary.memoryLagBytesMax = 0
    for number in 0..<count {
      var history = ReplicationHistory(replid: .random(using: &generator))
      if number == 0 { history.renew(.random(using: &generator)) }
      nodes.append(
        Node(
          primary: PrimaryMachine(configuration: primary, logEnd: 0, random: SeededGenerator(seed &+ UInt64(number))),
          replica: ReplicaMachine(configuration: .init(), random: SeededGenerator(seed &- UInt64(number))), history: history))
    }
  }

  func chance(_ perMille: Int) -> Bool { Int.random(in: 0..<1000, using: &generator) < perMille }

  /// Every node but the leader follows one of those before it in a random order: chains happen.
  func follow(leader: Int) {
    self.leader = leader
    let order = [leader] + nodes.indices.filter { $0 != leader }.shuffled(using: &generator)
    if nodes[leader].replica.isReplica {
      var history = nodes[leader].history
      let actions = nodes[leader].replica.becomePrimary(
        &history, offset: Int64(nodes[leader].data.count), requestedBy: "test", now: now)
      nodes[leader].history = history
      perform(actions, of: leader, bytes: [])
      nodes[leader].loading = nil
      nodes[leader].loadDone = nil
      performPrimary(nodes[leader].primary.disconnectAll(now: now), of: leader)
    }
    for (place, node) in order.enumerated() where place > 0 {
      let target = order[Int.random(in: 0..<place, using: &generator)]
      let resume = ReplicaMachine.ResumePoint(replid: nodes[node].history.replid, offset: Int64(nodes[node].data.count))
      let actions = nodes[node].replica.replicate("n", target, resume: resume, requestedBy: nil, now: now)
      perform(actions, of: node, bytes: [])
    }
  }

  func step(writes: Bool) {
    now += Int64.random(in: 1...20, using: &generator)
    if writes, chance(600) {
      written += 1
      let padding = String(repeating: "x", count: Int.random(in: 0...120, using: &generator))
      append(RESPCommand.encode("SET", "key\(written % 7)", "value\(written)" + padding), to: leader)
    }
    for node in nodes.indices where faults.hasDisk { writeDisk(node) }
    if !connections.isEmpty, chance(faults.stallsPerMille) {
      connections[Int.random(in: 0..<connections.count, using: &generator)].stalledUntil =
        now + Int64.random(in: 10...900, using: &generator)
    }
    if chance(30) { performPrimary(nodes[leader].primary.requestAcknowledgements(), of: leader) }
    for node in nodes.indices {
      perform(nodes[node].replica.tick(now: now), of: node, bytes: [])
      performPrimary(nodes[node].primary.tick(now: now), of: node)
      for size in nodes[node].sizes where size.at <= now {
        let bytes = Int64(nodes[node].snapshots[size.group]?.count ?? 0)
        performPrimary(nodes[node].primary.snapshotSized(group: size.group, bytes: bytes, now: now), of: node)
      }
      nodes[node].sizes.removeAll { $0.at <= now }
      finishLoad(node)
    }
    for id in connections.map(\.id) { move(id) }
    if !connections.isEmpty, chance(faults.cutsPerMille) {
      let victim = connections[Int.random(in: 0..<connections.count, using: &generator)]
      cut(victim.id, tellClient: true, tellServer: true)
    }
    if chance(faults.failoversPerMille) { follow(leader: Int.random(in: 0..<nodes.count, using: &generator)) }
  }

  /// The files follow the log at a distance; a rewrite begins new ones, and keeps of the old ones what a replica still reads.
  private func writeDisk(_ node: Int) {
    let end = Int64(nodes[node].data.count)
    var disk = nodes[node].disk ?? DiskLog(start: end, listedStart: end, end: end)
    disk.end = max(disk.end, end - Int64.random(in: 0...200, using: &generator))
    if chance(faults.rewritesPerMille) { disk.listedStart = disk.end }
    disk.start = max(disk.start, min(disk.listedStart, nodes[node].primary.lowestCursor ?? .max))
    nodes[node].disk = disk
    nodes[node].primary.onDisk = disk
  }

  func append(_ bytes: [UInt8], to node: Int) {
    nodes[node].data += bytes
    logGrew(node)
  }

  func logGrew(_ node: Int) {
    performPrimary(nodes[node].primary.logAdvanced(to: Int64(nodes[node].data.count)), of: node)
    nodes[node].logStart = max(nodes[node].logStart, Int(nodes[node].primary.retainFrom))
  }

  func finishLoad(_ node: Int) {
    guard let done = nodes[node].loadDone, done.at <= now, let loaded = nodes[node].loading else { return }
    nodes[node].loadDone = nil
    nodes[node].loading = nil
    if chance(faults.cutsPerMille) {
      perform(nodes[node].replica.loadFailed(link: done.link, reason: "by chance", now: now), of: node, bytes: [])
      return
    }
    if Int64(loaded.count) != nodes[node].loadingOffset {
      nodes[node].errors.append("RDB of \(loaded.count) bytes for offset \(nodes[node].loadingOffset)")
    }
    nodes[node].data = loaded
    nodes[node].logStart = loaded.count
    nodes[node].disk = nil
    nodes[node].primary.onDisk = nil
    nodes[node].fullSyncsReceived += 1
    if let id = nodes[node].loadingID { nodes[node].history.adoptFullResync(id) }
    performPrimary(nodes[node].primary.disconnectAll(now: now), of: node)
    nodes[node].primary.logReset(to: Int64(loaded.count))
    perform(nodes[node].replica.loadFinished(link: done.link, now: now), of: node, bytes: [])
  }

  func cut(_ id: Int, tellClient: Bool, tellServer: Bool) {
    guard let index = connections.firstIndex(where: { $0.id == id }) else { return }
    let connection = connections.remove(at: index)
    if tellServer { performPrimary(nodes[connection.server].primary.disconnected(id, now: now), of: connection.server) }
    if tellClient {
      perform(
        nodes[connection.client].replica.disconnected(link: connection.link, reason: nil, now: now), of: connection.client, bytes: [])
    }
  }
}

extension VirtualNodes {
  /// Moves bytes of one connection in both directions, in random portions.
  func move(_ id: Int) {
    func index() -> Int? { connections.firstIndex { $0.id == id } }
    guard let first = index() else { return }
    if !connections[first].isConnected {
      if chance(faults.refusalsPerMille) {
        let connection = connections.remove(at: first)
        perform(
          nodes[connection.client].replica.connectFailed(link: connection.link, reason: "Connection refused", now: now),
          of: connection.client, bytes: [])
        return
      }
      connections[first].isConnected = true
      perform(
        nodes[connections[first].client].replica.connected(link: connections[first].link, now: now), of: connections[first].client,
        bytes: [])
    }
    guard let i = index() else { return }
    let up = min(connections[i].toServer.count, Int.random(in: 0...faults.readBytesMax, using: &generator))
    connections[i].serverInbox += connections[i].toServer.prefix(up)
    connections[i].toServer.removeFirst(up)
    serve(id)
    if let i = index() { refill(i) }
    guard let i = index(), !connections[i].isPaused, connections[i].stalledUntil <= now else { return }
    let down = min(connections[i].toClient.count, Int.random(in: 0...faults.readBytesMax, using: &generator))
    guard down > 0 else { return }
    let bytes = Array(connections[i].toClient.prefix(down))
    connections[i].toClient.removeFirst(down)
    connections[i].delivered += down
    let connection = connections[i]
    while let mark = connections[i].marks.first, mark.delivered <= connection.delivered {
      nodes[connection.server].primary.sent(id, upTo: mark.position)
      connections[i].marks.removeFirst()
    }
    nodes[connection.server].primary.transferMoved(id, now: now)
    if let end = connection.transferEnd, connection.delivered >= end {
      connections[i].transferEnd = nil
      performPrimary(nodes[connection.server].primary.transferCompleted(id, now: now), of: connection.server)
    }
    perform(receive(bytes, connection), of: connection.client, bytes: bytes)
  }

  private func receive(_ bytes: [UInt8], _ connection: Connection) -> [ReplicaAction] {
    nodes[connection.client].replica.receive(bytes, link: connection.link, now: now)
  }

  private func refill(_ i: Int) {
    let connection = connections[i]
    while connections[i].toClient.count < 1000, connection.transferEnd == nil,
      let position = nodes[connection.server].primary.nextPosition(for: connection.id), position < Int64(nodes[connection.server].logStart),
      let disk = nodes[connection.server].disk, disk.start <= position
    {
      let end = min(disk.end, position + Int64.random(in: 1...600, using: &generator))
      guard end > position, nodes[connection.server].primary.tookFromDisk(connection.id, position..<end) else { return }
      diskBytes += end - position
      connections[i].toClient += nodes[connection.server].data[Int(position)..<Int(end)]
      connections[i].queued += Int(end - position)
      connections[i].marks.append((connections[i].queued, end))
    }
    while connections[i].toClient.count < 1000, connection.transferEnd == nil,
      let range = nodes[connection.server].primary.takeRange(for: connection.id, bytesMax: Int.random(in: 1...600, using: &generator))
    {
      guard range.lowerBound >= Int64(nodes[connection.server].logStart) else {
        nodes[connection.server].errors.append("the log was trimmed to \(nodes[connection.server].logStart) under a cursor at \(range)")
        return
      }
      connections[i].toClient += nodes[connection.server].data[Int(range.lowerBound)..<Int(range.upperBound)]
      connections[i].queued += range.count
      connections[i].marks.append((connections[i].queued, range.upperBound))
    }
  }

  /// The primary's parser of what its replicas say.
  private func serve(_ id: Int) {
    while let i = connections.firstIndex(where: { $0.id == id }), let first = connections[i].serverInbox.first {
      let server = connections[i].server
      if first == 10 {
        connections[i].serverInbox.removeFirst()
        nodes[server].primary.newline(id, now: now)
        continue
      }
      var parser = RESPReplyParser()
      parser.append(connections[i].serverInbox)
      guard let value = try? parser.next() else { return }
      connections[i].serverInbox.removeFirst(connections[i].serverInbox.count - parser.bufferedByteCount)
      let arguments = (value.elements ?? []).map { $0.bytes ?? [] }
      var log = LogBounds(start: Int64(nodes[server].logStart), end: Int64(nodes[server].data.count))
      if let disk = nodes[server].disk, disk.end >= log.start { log.diskStart = disk.start }
      switch arguments.first.map({ String(decoding: $0, as: UTF8.self) }) {
      case "PING": performPrimary([.send(id, bytes("+PONG\r\n"))], of: server)
      case "REPLCONF": performPrimary(nodes[server].primary.replconf(id, Array(arguments.dropFirst()), now: now), of: server)
      case "PSYNC":
        var history = nodes[server].history
        let counts = nodes[server].primary.fullSyncReasons
        let actions = nodes[server].primary.psync(
          id, Array(arguments.dropFirst()), address: "10.0.0.\(connections[i].client)", history: &history,
          log: faults.forgetsDisk ? LogBounds(start: log.start, end: log.end) : log, now: now)
        for kind in FullResyncReason.Kind.allCases where nodes[server].primary.fullSyncReasons[kind] != counts[kind] {
          reasons[kind, default: 0] += 1
          if let lie = refute(kind, arguments, nodes[server].history, log) { nodes[server].errors.append(lie) }
        }
        nodes[server].history = history
        performPrimary(actions, of: server)
      default: nodes[server].errors.append("unexpected command \(arguments)")
      }
    }
  }

  /// Why the reason that was given for a full sync is not the true one; nil when it is.
  private func refute(_ kind: FullResyncReason.Kind, _ arguments: [[UInt8]], _ history: ReplicationHistory, _ log: LogBounds) -> String? {
    let id = ReplicationID(arguments[1])
    let offset = Int64(String(decoding: arguments[2], as: UTF8.self)) ?? 0
    let isPresent = id == history.replid
    let isFormer = id != nil && id == history.replid2
    let isTrue =
      switch kind {
      case .firstContact: id == nil && arguments[1] == bytes("?")
      case .unknownID: !isPresent && !isFormer
      case .forked: isFormer && !isPresent && offset > history.secondReplidOffset
      case .offsetTooOld: (isPresent || isFormer) && offset - 1 < min(log.start, log.diskStart ?? .max)
      case .offsetInTheFuture: (isPresent || isFormer) && offset - 1 > log.end
      case .noBacklog, .forced: false
      }
    return isTrue ? nil : "a full sync for a reason that is not true: \(kind) for \(id.map(String.init(describing:)) ?? "?"):\(offset)"
  }

  func performPrimary(_ actions: [PrimaryAction], of node: Int) {
    for action in actions {
      switch action {
      case .log, .startLogging, .releaseBacklog, .logAvailable, .promote: break
      case .send(let id, let bytes): queue(bytes, to: id)
      case .close(let id): cut(id, tellClient: true, tellServer: false)
      case .takeSnapshot(let group, let framing, _):
        nodes[node].snapshots[group] = nodes[node].data
        if framing == .length { nodes[node].sizes.append((group, now + 30)) }
        performPrimary(
          nodes[node].primary.snapshotTaken(
            group: group, offset: Int64(nodes[node].data.count), history: nodes[node].history, now: now), of: node)
      case .transfer(let id, let group, let preamble, let trailer):
        queue(preamble + (nodes[node].snapshots[group] ?? []) + trailer, to: id)
        if let i = connections.firstIndex(where: { $0.id == id }) { connections[i].transferEnd = connections[i].queued }
      case .releaseSnapshot(let group): nodes[node].snapshots[group] = nil
      case .append(let bytes): append(bytes, to: node)
      }
    }
  }

  private func queue(_ bytes: [UInt8], to id: Int) {
    guard let i = connections.firstIndex(where: { $0.id == id }) else { return }
    connections[i].toClient += bytes
    connections[i].queued += bytes.count
  }

  func perform(_ actions: [ReplicaAction], of node: Int, bytes: [UInt8]) {
    for action in actions {
      switch action {
      case .log: break
      case .connect(let link, _, let port):
        connections.append(Connection(id: nextConnection, client: node, server: port, link: link))
        nextConnection += 1
      case .close(let link):
        for connection in connections where connection.client == node && connection.link == link {
          cut(connection.id, tellClient: false, tellServer: true)
        }
      case .send(let link, let bytes): with(node, link) { $0.toServer += bytes }
      case .introduceMember, .welcomed, .metStranger, .acknowledge: break
      case .beginLoad(_, _, let id, let offset):
        nodes[node].loading = []
        nodes[node].loadingOffset = offset
        nodes[node].loadingID = id
      case .loadBytes(let range): nodes[node].loading? += bytes[range]
      case .loadHeldBytes(let held): nodes[node].loading? += held
      case .endLoad(let link): nodes[node].loadDone = (link, now + Int64.random(in: 0...200, using: &generator))
      case .abortLoad:
        nodes[node].loading = nil
        nodes[node].loadDone = nil
      case .pauseReading(let link): with(node, link) { $0.isPaused = true }
      case .resumeReading(let link): with(node, link) { $0.isPaused = false }
      case .continued(let id):
        if nodes[node].history.adoptContinue(id, at: Int64(nodes[node].data.count)) {
          performPrimary(nodes[node].primary.disconnectAll(now: now), of: node)
        }
      case .stream(let range): execute(Array(bytes[range]), node)
      case .streamBytes(let early): execute(early, node)
      case .discardPartialCommand:
        nodes[node].partial = []
        nodes[node].scanner = ReplicationStreamScanner()
      }
    }
    nodes[node].primary.upstream = nodes[node].replica.isReplica ? nodes[node].replica.isConnected ? .connected : .disconnected : .none
  }

  private func with(_ node: Int, _ link: Int, _ change: (inout Connection) -> Void) {
    guard let i = connections.firstIndex(where: { $0.client == node && $0.link == link }) else { return }
    change(&connections[i])
  }

  private func execute(_ bytes: [UInt8], _ node: Int) {
    let link = nodes[node].replica.link
    let border: Int?
    do { border = try bytes.withUnsafeBytes { try nodes[node].scanner.scan($0) } } catch {
      nodes[node].errors.append("\(error)")
      perform(nodes[node].replica.streamFailed(link: link, reason: "\(error)", now: now), of: node, bytes: [])
      return
    }
    guard let border else {
      nodes[node].partial += bytes
      return
    }
    let commands = nodes[node].partial + bytes[..<border]
    nodes[node].partial = Array(bytes[border...])
    nodes[node].data += commands
    logGrew(node)
    perform(nodes[node].replica.applied(to: Int64(nodes[node].data.count), link: link, now: now), of: node, bytes: [])
    if String(decoding: commands, as: UTF8.self).contains("GETACK") {
      perform(nodes[node].replica.acknowledgementRequested(link: link, now: now), of: node, bytes: [])
    }
  }
}
