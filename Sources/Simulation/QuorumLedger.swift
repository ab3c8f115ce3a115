internal import TernEngine
internal import TernNode
internal import TernReplication

/// What members of a quorum do, held against what the protocol promises, at every step:
///
/// - an epoch has one leader;
/// - what one leader has committed, every later one has: the committed logs of all leaders are prefixes of one sequence of bytes;
/// - nobody leads whose promise is not on its disk.
package struct QuorumLedger {
  /// Epoch → who leads it, and in which of its lives.
  package private(set) var leaders: [UInt64: (host: Int, incarnation: Int)] = [:]
  /// The committed log, from `start` on.
  private var bytes: [UInt8] = []
  private var start: Int64 = -1
  package private(set) var violations: [String] = []
  /// Elections in which too few remembered (the design's disaster rule).
  package private(set) var disasters = 0
  /// Nodes that refused to start, or whose files failed, though no disk was damaged.
  package private(set) var refusedStarts = 0

  package var committedEnd: Int64 { start + Int64(bytes.count) }

  mutating func noteDisaster() {
    disasters += 1
    bytes = []
    start = -1
  }

  mutating func noteRefusedStart(_ text: String) {
    refusedStarts += 1
    violations.append(text)
  }

  mutating func note(leader host: Int, _ incarnation: Int, of epoch: UInt64) {
    if let other = leaders[epoch], other != (host, incarnation) {
      violations.append("epoch \(epoch) has two leaders: node-\(other.host) and node-\(host)")
    }
    leaders[epoch] = (host, incarnation)
  }

  mutating func note(_ violation: String) { violations.append(violation) }

  /// A leader has committed `piece`, which ends its committed log.
  mutating func commit(_ piece: [UInt8], from offset: Int64, by name: String, epoch: UInt64) {
    guard start >= 0, offset >= start, offset <= committedEnd else {
      // The first, or a part that is too far from what was seen to be compared.
      start = offset
      bytes = piece
      return
    }
    let overlap = min(Int(committedEnd - offset), piece.count)
    let at = Int(offset - start)
    if let different = (0..<overlap).first(where: { bytes[at + $0] != piece[$0] }) {
      violations.append(
        "\(name), leader of epoch \(epoch), has committed another log from offset \(offset + Int64(different)) on than leaders before it")
    }
    bytes.append(contentsOf: piece[overlap...])
  }
}

/// How far one life of a node has been looked at.
struct QuorumWatch {
  var epoch: UInt64 = 0
  var committed: Int64 = -1
}

extension World {
  func noteRefusedStart(_ name: String, _ reason: String) {
    note("\(name) does not start: \(reason)")
    ledger.noteRefusedStart("\(name) does not start: \(reason)")
  }

  /// After each event of a node.
  func watch(_ node: SimulatedNode, _ core: NodeCore) {
    guard let machine = core.quorum?.machine, case .leading(let epoch, _) = machine.role else { return }
    if node.watched.epoch != epoch {
      node.watched = QuorumWatch(epoch: epoch)
      note("\(node.name) leads epoch \(epoch) from offset \(machine.logEnd)")
      ledger.note(leader: node.host, node.incarnation, of: epoch)
      if let stored = node.storedPromise, stored.epoch < epoch, machine.plants.isEmpty {
        ledger.note("\(node.name) leads epoch \(epoch), and its disk has promised \(stored.epoch)")
      }
    }
    guard let committed = machine.committed, committed > node.watched.committed else { return }
    // At first all that is there is compared; then what is new.
    let from = node.watched.committed < 0 ? core.engine.log.startOffset : max(node.watched.committed, core.engine.log.startOffset)
    node.watched.committed = committed
    guard from < committed, let bytes = core.engine.log.bytes(from: from, limit: Int(committed - from)) else { return }
    ledger.commit(bytes, from: from, by: node.name, epoch: epoch)
  }

  /// Whoever is at one offset of one history has the same data: what contradicts it.
  package func digestConflicts() -> [String] {
    var conflicts: [String] = []
    let candidates = nodes.compactMap { node in node.core.map { (node, $0) } }.filter { $0.1.engine.log.isActive }
    for (i, (node, core)) in candidates.enumerated() {
      for (other, otherCore) in candidates[(i + 1)...]
      where core.history.replid == otherCore.history.replid && core.engine.log.endOffset == otherCore.engine.log.endOffset
        && node.digest != other.digest
      {
        let keys = node.differences(from: other).prefix(3).joined(separator: "; ")
        conflicts.append("\(node.name) and \(other.name) differ at offset \(core.engine.log.endOffset) of one history: \(keys)")
      }
    }
    return conflicts
  }
}
