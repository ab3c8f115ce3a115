// Full syncs: who shares which snapshot, and how its transfer begins, moves and ends.
extension PrimaryMachine {
  /// A new replica waits for a full sync.
  mutating func admit(_ id: Int, history: ReplicationHistory, now: Int64) -> [PrimaryAction] {
    guard let index = index(of: id) else { return [] }
    let replica = replicas[index]
    // The length is still being counted and nothing is on the wire: the same snapshot will do, the log is kept from its offset on.
    if replica.framing == .length, freeFullSyncs > 0,
      let group = groups.first(where: { $0.framing == .length && $0.filter == replica.filter && !$0.isSized }),
      let offset = group.offset
    {
      return begin(index, group: group, offset: offset, history: history) + [.log(.notice, "Waiting for end of BGSAVE for SYNC")]
    }
    let actions = startSnapshots(now: now)
    guard self.replicas.contains(where: { $0.id == id && $0.phase == .waiting && isUnclaimed($0) }) else { return actions }
    guard freeFullSyncs > 0 else {
      return actions + [
        .log(
          .notice,
          "The full sync of replica \(replica.name) waits its turn: \(replicas.count { $0.group != nil }) are under way, "
            + "'tern-repl-full-syncs-max' is \(configuration.concurrentFullSyncsMax).")
      ]
    }
    if groups.count >= max(1, configuration.concurrentSnapshotsMax) {
      return actions + [
        .log(
          .notice,
          replica.framing == .endMark
            ? "Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC"
            : "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC")
      ]
    }
    return actions + [.log(.notice, "Delay next BGSAVE for diskless SYNC")]
  }

  /// Starts a snapshot for every kind of waiting replica whose delay is over, as far as the bound on concurrent ones allows.
  mutating func startSnapshots(now: Int64) -> [PrimaryAction] {
    var actions: [PrimaryAction] = []
    var seen: [(SnapshotFraming, SnapshotFilter)] = []
    guard freeFullSyncs > 0 else { return [] }
    for first in replicas where first.phase == .waiting && isUnclaimed(first) {
      guard groups.count < max(1, configuration.concurrentSnapshotsMax), freeFullSyncs > 0 else { break }
      let kind = (first.framing, first.filter)
      guard !seen.contains(where: { $0 == kind }) else { continue }
      seen.append(kind)
      if first.framing == .endMark {
        let waiting = replicas.count { $0.phase == .waiting && $0.framing == kind.0 && $0.filter == kind.1 }
        let isFull = configuration.disklessSyncReplicasMax > 0 && waiting >= configuration.disklessSyncReplicasMax
        guard isFull || now - first.movedAt >= configuration.disklessSyncDelayMilliseconds else { continue }
      }
      groups.append(Group(number: nextGroup, framing: kind.0, filter: kind.1))
      actions.append(
        .log(.notice, "Starting BGSAVE for SYNC with target: \(kind.0 == .endMark ? "replicas sockets" : "disk")"))
      actions.append(.takeSnapshot(group: nextGroup, framing: kind.0, filter: kind.1))
      nextGroup += 1
    }
    return actions
  }

  /// Is no snapshot on order that will take this replica along?
  private func isUnclaimed(_ replica: Replica) -> Bool {
    !groups.contains { $0.offset == nil && $0.framing == replica.framing && $0.filter == replica.filter }
  }

  /// The snapshot that `takeSnapshot` asked for holds exactly the log up to `offset`.
  package mutating func snapshotTaken(group number: Int, offset: Int64, history: ReplicationHistory, now: Int64) -> [PrimaryAction] {
    guard let position = groups.firstIndex(where: { $0.number == number && $0.offset == nil }) else {
      return groups.contains { $0.number == number } ? [] : [.releaseSnapshot(group: number)]
    }
    groups[position].offset = offset
    logEnd = max(logEnd, offset)
    let group = groups[position]
    var actions: [PrimaryAction] = []
    var free = max(1, freeFullSyncs)
    for index in replicas.indices
    where free > 0 && replicas[index].phase == .waiting && replicas[index].framing == group.framing
      && replicas[index].filter == group.filter
    {
      replicas[index].movedAt = now
      actions += begin(index, group: group, offset: offset, history: history)
      free -= 1
    }
    if group.framing == .endMark { actions.append(.log(.notice, "Background RDB transfer started")) }
    return actions + releaseUnusedGroups(now: now)
  }

  private mutating func begin(_ index: Int, group: Group, offset: Int64, history: ReplicationHistory) -> [PrimaryAction] {
    let id = replicas[index].id
    replicas[index].handed = offset
    replicas[index].sent = offset
    var actions: [PrimaryAction] = []
    if !replicas[index].isPrePSYNC { actions.append(.send(id, Array("+FULLRESYNC \(history.replid) \(offset)\r\n".utf8))) }
    switch group.framing {
    case .length:
      replicas[index].phase = .preparing(group: group.number)
    case .endMark:
      // A mark of its own for each replica: who sees one cannot end the transfer of another with it.
      let mark = ReplicationID.random(using: &random).utf8
      replicas[index].phase = .transferring(group: group.number, framing: .endMark)
      actions.append(.transfer(id, group: group.number, preamble: Array("$EOF:".utf8) + mark + [13, 10], trailer: mark))
    }
    return actions
  }

  /// The length of a snapshot with framing `.length` is known.
  package mutating func snapshotSized(group number: Int, bytes: Int64, now: Int64) -> [PrimaryAction] {
    guard let position = groups.firstIndex(where: { $0.number == number && $0.offset != nil && !$0.isSized }) else { return [] }
    groups[position].isSized = true
    var actions: [PrimaryAction] = [.log(.notice, "Background saving terminated with success")]
    for index in replicas.indices where replicas[index].phase == .preparing(group: number) {
      replicas[index].phase = .transferring(group: number, framing: .length)
      replicas[index].movedAt = now
      actions.append(.transfer(replicas[index].id, group: number, preamble: Array("$\(bytes)\r\n".utf8), trailer: []))
    }
    return actions
  }

  /// The whole RDB has been produced; replicas may still be reading.
  package mutating func snapshotDrained(group number: Int) -> [PrimaryAction] {
    guard let group = groups.first(where: { $0.number == number }), group.framing == .endMark else { return [] }
    let readers = replicas.count { $0.group == number }
    return [.log(.warning, "Diskless rdb transfer, done reading from pipe, \(readers) replicas still up.")]
  }

  /// No snapshot could be taken, or its RDB could not be produced to the end.
  package mutating func snapshotFailed(group number: Int, reason: String, now: Int64) -> [PrimaryAction] {
    guard let position = groups.firstIndex(where: { $0.number == number }) else { return [] }
    let group = groups.remove(at: position)
    var actions: [PrimaryAction] = [.log(.warning, "SYNC failed. BGSAVE child returned an error: \(reason)")]
    for replica in replicas {
      let isAffected =
        group.offset == nil
        ? replica.phase == .waiting && replica.framing == group.framing && replica.filter == group.filter
        : replica.group == number
      guard isAffected else { continue }
      // Once RDB bytes are on the wire, an error line would be taken for some of them.
      if case .transferring = replica.phase {
      } else {
        actions.append(.send(replica.id, Self.error("BGSAVE failed, replication can't continue")))
      }
      actions += drop(replica.id, now: now)
    }
    actions.append(.releaseSnapshot(group: number))
    return actions + startSnapshots(now: now)
  }

  /// Bytes of the RDB went out to this replica: it is slow at most, not stuck.
  package mutating func transferMoved(_ id: Int, now: Int64) {
    guard let index = index(of: id), case .transferring = replicas[index].phase else { return }
    replicas[index].movedAt = now
  }

  /// Preamble, RDB and trailer are written to this replica's socket.
  package mutating func transferCompleted(_ id: Int, now: Int64) -> [PrimaryAction] {
    guard let index = index(of: id), case .transferring(_, let framing) = replicas[index].phase else { return [] }
    var actions: [PrimaryAction] = []
    let name = replicas[index].name
    replicas[index].acknowledgedAt = now
    replicas[index].movedAt = now
    if framing == .endMark {
      actions.append(
        .log(
          .notice,
          "Streamed RDB transfer with replica \(name) succeeded (socket). Waiting for REPLCONF ACK from slave to enable streaming"))
    }
    if replicas[index].candidate.rdbOnly {
      replicas[index].phase = .transmitted
      actions.append(
        .log(.notice, "RDB transfer completed, rdb only replica (\(name)) should be disconnected asap"))
      return actions + releaseUnusedGroups(now: now)
    }
    replicas[index].phase = .online(streams: framing == .length)
    actions.append(.log(.notice, "Synchronization with replica \(name) succeeded"))
    if framing == .length, replicas[index].handed < logEnd { actions.append(.logAvailable(id)) }
    return actions + releaseUnusedGroups(now: now)
  }

  mutating func releaseUnusedGroups(now: Int64) -> [PrimaryAction] {
    var actions: [PrimaryAction] = []
    groups.removeAll { group in
      guard group.offset != nil, !replicas.contains(where: { $0.group == group.number }) else { return false }
      actions.append(.releaseSnapshot(group: group.number))
      return true
    }
    return actions + startSnapshots(now: now)
  }
}
