package import TernEngine
internal import TernReplication

/// A place in the log of a history, as the host program's tokens name it.
package struct HistoryPosition: Hashable, Sendable {
  /// 40 hex digits.
  package var replid: String
  /// Bytes of the log before it.
  package var offset: Int64

  package init(replid: String, offset: Int64) {
    self.replid = replid
    self.offset = offset
  }
}

/// The host program's calls that wait until this node's data, or its disk, have come as far as they ask for.
package struct PositionWaits {
  struct Disk {
    let offset: Int64
    /// ms since 1970
    let deadline: Int64
    let completion: (WriteOutcome) -> Void
  }

  /// Each is called once, when the log has grown or the history has changed, and looks for itself.
  var wakes: [Int: @Sendable () -> Void] = [:]
  var next = 1
  var disk: [Disk] = []
  /// A position was given out: a log that is not written gets another name when the first replica comes, and nobody would know the old one.
  var isUsed = false
}

extension NodeCore {
  /// How far the data of this node are.
  package var position: HistoryPosition { HistoryPosition(replid: "\(history.replid)", offset: engine.log.endOffset) }

  /// As `position`; it stays good when somebody begins to follow this node.
  package func notePosition() -> HistoryPosition {
    positionWaits.isUsed = true
    startLogging()
    return position
  }

  /// Whether the leader writes its log under the name that it tells: it has somebody who follows it, and be it this node.
  package var leaderLogs: Bool { replica.isConnected || staging != nil }

  /// Whether a history that this node's data continue had come as far as `position`, which is false as well if that history is unknown here.
  package func includes(_ position: HistoryPosition) -> Bool {
    guard position.offset <= engine.log.endOffset else { return false }
    if position.replid == "\(history.replid)" { return true }
    // `secondReplidOffset` is the number of the first byte that the old history does not have in common.
    return !history.replid2.isNone && position.replid == "\(history.replid2)" && position.offset < history.secondReplidOffset
  }

  /// Calls `wake` once, under the lock, when the data of this node have moved; within a tenth of a second in any case.
  package func awaitMovement(_ wake: @escaping @Sendable () -> Void) -> Int {
    positionWaits.next += 1
    positionWaits.wakes[positionWaits.next] = wake
    return positionWaits.next
  }

  package func forgetMovement(_ id: Int) { positionWaits.wakes[id] = nil }

  func wakeMovement() {
    let wakes = positionWaits.wakes
    positionWaits.wakes = [:]
    for wake in wakes.values { wake() }
  }

  /// Why the host program cannot have the disk's word now; nil if it can ask for it.
  package var diskRefusal: CommandError? {
    aof.isOn ? nil : CommandError("ERR this node has no append only file that a write could be waited for in")
  }

  /// Tells when what the host program has just written is on this node's disk.
  package func awaitDisk(until deadline: Int64, _ completion: @escaping (WriteOutcome) -> Void) {
    let offset = engine.log.endOffset
    guard !isSynced(offset) else { return completion(.durable) }
    positionWaits.disk.append(.init(offset: offset, deadline: deadline, completion: completion))
  }

  func checkDiskWaits() {
    guard !positionWaits.disk.isEmpty else { return }
    let waiting = positionWaits.disk
    positionWaits.disk = []
    for wait in waiting {
      if isSynced(wait.offset) {
        wait.completion(.durable)
      } else if !aof.isOn || now >= wait.deadline {
        wait.completion(.uncertain("UNCERTAIN the disk did not take the write in time; it may or may not survive"))
      } else {
        positionWaits.disk.append(wait)
      }
    }
  }

  /// The node ends: nobody waits any more.
  package func endPositionWaits() {
    wakeMovement()
    let waiting = positionWaits.disk
    positionWaits.disk = []
    for wait in waiting {
      wait.completion(isSynced(wait.offset) ? .durable : .uncertain("UNCERTAIN the node ended; the write may or may not be on its disk"))
    }
  }
}

/// Who leads, as this node knows it.
extension NodeCore {
  package enum LeaderPlace: Hashable, Sendable {
    case here
    case at(host: String, port: Int)
    /// Why it is not known.
    case unknown(String)
  }

  package var leaderPlace: LeaderPlace {
    let isBound = quorum.map { $0.stranger == nil } ?? false
    if isBound ? (quorum?.leads ?? false) : !isReplica { return .here }
    if let primary = replica.primary { return .at(host: primary.host, port: primary.port) }
    return .unknown(clusterWait ?? "this member waits to be fenced into an epoch")
  }

  /// Whether the data of a full sync are arriving.
  package var isReceivingFullSync: Bool { staging != nil }

  /// Whether writes of this node wait for a quorum unless they are told otherwise.
  package var offersQuorum: Bool { quorum.map { $0.stranger == nil } ?? false }

  /// How the links of this node log in to its primary.
  package var primaryLogin: (user: [UInt8]?, password: [UInt8])? {
    configuration.masterauth.map { (configuration.masteruser, $0) }
  }
}
