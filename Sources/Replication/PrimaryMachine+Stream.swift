// The live stream: cursors in the log, acknowledgements, and what counts them.
extension PrimaryMachine {
  /// The log has grown to `end`.
  package mutating func logAdvanced(to end: Int64) -> [PrimaryAction] {
    guard end > logEnd else { return [] }
    let before = logEnd
    logEnd = end
    var actions: [PrimaryAction] = []
    // By index: this runs once for each batch of commands, and a copy of an element would count references of all that it holds.
    for index in replicas.indices where replicas[index].handed == before && replicas[index].streams {
      actions.append(.logAvailable(replicas[index].id))
    }
    return actions
  }

  /// A full sync replaced the data: the log now ends at `end`, wherever it ended before. Replicas of ours must be dropped first
  /// (`disconnectAll`): their cursors mean nothing in another history.
  package mutating func logReset(to end: Int64) { logEnd = end }

  /// The next part of the log to write to this replica; nil when it has everything, or may not have anything yet.
  package mutating func takeRange(for id: Int, bytesMax: Int) -> Range<Int64>? {
    guard let index = index(of: id), replicas[index].streams, replicas[index].handed < logEnd, bytesMax > 0 else { return nil }
    let start = replicas[index].handed
    let end = min(logEnd, start + Int64(bytesMax))
    replicas[index].handed = end
    return start..<end
  }

  /// The next position to give to this replica, wherever it is read from; nil when it has everything, or may not have anything yet.
  package func nextPosition(for id: Int) -> Int64? {
    guard let index = index(of: id), replicas[index].streams, replicas[index].handed < logEnd else { return nil }
    return replicas[index].handed
  }

  /// The log from `start` up to `end` was read from a file for this replica. False when it may no longer be sent: the replica is gone, or
  /// its cursor is elsewhere.
  package mutating func tookFromDisk(_ id: Int, _ range: Range<Int64>) -> Bool {
    guard let index = index(of: id), replicas[index].streams, replicas[index].handed == range.lowerBound, range.upperBound <= logEnd else {
      return false
    }
    replicas[index].handed = range.upperBound
    return true
  }

  /// `raw` bytes of the log left for this replica as `wire` bytes.
  package mutating func compressed(_ id: Int, raw: Int, wire: Int, bypassed: Int) {
    compression.rawBytes += Int64(raw)
    compression.wireBytes += Int64(wire)
    compression.bypassedBytes += Int64(bypassed)
    guard let index = index(of: id) else { return }
    replicas[index].compression.rawBytes += Int64(raw)
    replicas[index].compression.wireBytes += Int64(wire)
    replicas[index].compression.bypassedBytes += Int64(bypassed)
  }

  /// `repl-compression` was changed: links that would be made otherwise now are made anew, and go on with a partial resync.
  package mutating func renegotiateCompression(now: Int64) -> [PrimaryAction] {
    var actions: [PrimaryAction] = []
    for replica in replicas where replica.isOnline {
      let wanted = configuration.compressesLinks && replica.candidate.understandsLZ4 && !replica.isPrePSYNC
      guard wanted != replica.isCompressed else { continue }
      actions.append(.log(.notice, "'repl-compression' was changed: the link to replica \(replica.name) is made anew."))
      actions += drop(replica.id, now: now)
    }
    return actions
  }

  /// The socket has taken the log up to `position`.
  package mutating func sent(_ id: Int, upTo position: Int64) {
    guard let index = index(of: id) else { return }
    replicas[index].sent = min(max(replicas[index].sent, position), replicas[index].handed)
  }

  /// `REPLCONF ACK offset`.
  mutating func acknowledge(_ id: Int, _ offset: Int64, now: Int64) -> [PrimaryAction] {
    guard let index = index(of: id) else { return [] }
    replicas[index].acknowledgedAt = now
    // Nobody can have applied what it was not given; such a number must not release a WAIT or a quorum.
    if offset <= replicas[index].handed { replicas[index].acknowledged = max(replicas[index].acknowledged, offset) }
    guard replicas[index].phase == .online(streams: false) else { return [] }
    replicas[index].phase = .online(streams: true)
    return replicas[index].handed < logEnd ? [.logAvailable(id)] : []
  }

  /// What follows FACK. A replica whose file was begun anew may go back.
  mutating func noteSynced(_ id: Int, _ offset: Int64?) {
    guard let index = index(of: id), let offset, offset <= replicas[index].handed else { return }
    replicas[index].synced = offset
  }

  /// An empty line from a replica: it is loading, and alive.
  package mutating func newline(_ id: Int, now: Int64) {
    guard let index = index(of: id) else { return }
    replicas[index].acknowledgedAt = now
  }

  /// For WAIT: replicas that have applied the log up to `offset`.
  package func replicasAcknowledged(_ offset: Int64) -> Int {
    replicas.count { $0.isOnline && $0.acknowledged >= offset }
  }

  /// For WAITAOF: replicas that have the log up to `offset` on disk.
  package func replicasSynced(_ offset: Int64) -> Int {
    replicas.count { $0.isOnline && $0.synced >= offset }
  }

  /// The highest position that at least `count` replicas have applied; nil when there are fewer replicas.
  package func offsetAcknowledged(byAtLeast count: Int) -> Int64? {
    guard count > 0 else { return logEnd }
    let offsets = replicas.filter(\.isOnline).map(\.acknowledged).sorted(by: >)
    return offsets.count >= count ? offsets[count - 1] : nil
  }

  /// WAIT found too few acknowledgements and asks for them now, through the log: the question arrives behind the writes it is about.
  package func requestAcknowledgements() -> [PrimaryAction] {
    guard upstream == .none, !replicas.isEmpty else { return [] }
    return [.append(Self.getAck)]
  }

  /// Replicas that count for `min-replicas-to-write`; nil when the setting is off.
  package func goodReplicas(now: Int64) -> Int? {
    guard configuration.minReplicasToWrite > 0, configuration.minReplicasMaxLagSeconds > 0 else { return nil }
    return replicas.count { $0.isOnline && (now - $0.acknowledgedAt) / 1000 <= configuration.minReplicasMaxLagSeconds }
  }

  /// False when writes must be refused with NOREPLICAS.
  package func mayWrite(now: Int64) -> Bool {
    guard upstream == .none, let good = goodReplicas(now: now) else { return true }
    return good >= configuration.minReplicasToWrite
  }

  /// The connection is gone (also for one that never became a replica).
  package mutating func disconnected(_ id: Int, now: Int64) -> [PrimaryAction] {
    candidates[id] = nil
    guard let replica = replica(id) else { return [] }
    return [.log(.warning, "Connection with replica \(replica.name) lost.")] + forget(id, now: now) + startSnapshots(now: now)
  }

  /// Closes all links to replicas, so that they come back and learn the new id or the new data. Needed when this node was promoted,
  /// when `+CONTINUE` changed the id, and when a full sync replaced the data.
  package mutating func disconnectAll(now: Int64) -> [PrimaryAction] {
    var actions: [PrimaryAction] = []
    for replica in replicas { actions += drop(replica.id, now: now) }
    return actions
  }

  mutating func drop(_ id: Int, now: Int64) -> [PrimaryAction] {
    guard let replica = replica(id) else { return [] }
    return [.log(.warning, "Connection with replica \(replica.name) lost."), .close(id)] + forget(id, now: now)
  }

  private mutating func forget(_ id: Int, now: Int64) -> [PrimaryAction] {
    guard let index = index(of: id) else { return [] }
    let group = replicas[index].group
    replicas.remove(at: index)
    if replicas.isEmpty { aloneSince = now }
    guard let group, !replicas.contains(where: { $0.group == group }),
      let position = groups.firstIndex(where: { $0.number == group })
    else { return [] }
    let framing = groups.remove(at: position).framing
    return (framing == .endMark ? [.log(.warning, "Diskless rdb transfer, last replica dropped, killing fork child.")] : []) + [
      .releaseSnapshot(group: group)
    ]
  }

  static let getAck = Array("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n".utf8)
  static let ping = Array("*1\r\n$4\r\nPING\r\n".utf8)
}
