internal import TernEngine

// The part of the handshake that members of a quorum have with their leader, between REPLCONF capa and PSYNC: nothing of a leader's data
// may come, nor be acknowledged, before its epoch was compared with the promise, and the promise is on disk.
extension ReplicaMachine {
  mutating func introduceMember(_ handshake: Handshake, into actions: inout [ReplicaAction]) {
    var handshake = handshake
    handshake.expected = [.member]
    state = .handshake(handshake)
    actions.append(.introduceMember(link: link))
  }

  mutating func answerToMember(_ line: [UInt8], _ handshake: Handshake, now: Int64, into actions: inout [ReplicaAction]) {
    let words = line.split(separator: 32).map { String(decoding: $0, as: UTF8.self) }
    let text = printable(line)
    switch words.first {
    case "+TERN":
      guard words.count >= 4, let epoch = UInt64(words[1]), let end = Int64(words[2]), let lease = Int64(words[3]),
        (0...Self.offsetMax).contains(end), lease >= 0
      else {
        actions += lose("Master replied with wrong +TERN syntax. (reply: \(text))", isClosed: false, now: now)
        return
      }
      awaitAdmission(handshake)
      actions.append(.welcomed(link: link, epoch: epoch, leaderEnd: end, leaseMilliseconds: lease))
    case "-STALEEPOCH", "-UNFENCED", "-NOLEADER", "-NOMEMBER", "-LOADING", "-NOAUTH", "-NOPERM", "-BUSY":
      actions += lose("The primary takes no follower now: \(printable(line.dropFirst()))", isClosed: false, now: now)
    case let word? where word.hasPrefix("-"):
      // A real Redis, or a node whose replies promise no more than Redis's: it knows no such option.
      awaitAdmission(handshake)
      actions.append(.metStranger(link: link, reply: text))
    default:
      actions += lose("Unexpected reply from master during SYNC handshake: '\(text)'", isClosed: false, now: now)
    }
  }

  private mutating func awaitAdmission(_ handshake: Handshake) {
    var handshake = handshake
    handshake.expected = [.admission]
    state = .handshake(handshake)
  }

  /// The host agrees with the primary: PSYNC may be sent.
  package mutating func admitted(link: Int, now: Int64) -> [ReplicaAction] {
    guard link == self.link, case .handshake(var handshake) = state, handshake.expected == [.admission] else { return [] }
    handshake.movedAt = now
    var actions: [ReplicaAction] = []
    askForSync(handshake, into: &actions)
    return actions
  }

  /// The host does not agree; another attempt is made later.
  package mutating func turnedAway(link: Int, reason: String, now: Int64) -> [ReplicaAction] {
    guard link == self.link, case .handshake(let handshake) = state, handshake.expected == [.admission] else { return [] }
    return lose("The primary is not followed: \(reason)", isClosed: false, now: now)
  }

  /// Follows nobody any more, and is no primary by that. The data stay what they are; whoever follows again says from where.
  package mutating func stopFollowing(now: Int64) -> [ReplicaAction] {
    guard primary != nil else { return [] }
    let actions = tearDown(now: now)
    primary = nil
    resume = nil
    failures = 0
    state = .none
    return actions
  }

  /// The data are of no history that could be continued.
  package mutating func forgetResumePoint() { resume = nil }

  /// The host has more to acknowledge than at the last time.
  package mutating func acknowledgeNow(now: Int64) -> [ReplicaAction] { acknowledge(now: now) }
}
