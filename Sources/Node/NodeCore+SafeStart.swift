internal import TernEngine
internal import TernReplication

/// A primary whose disk was lost comes back empty, and its replicas, who hold the only copies, would be resynced with the emptiness: the
/// known way of losing everything with Redis. So a primary that has just started with nothing refuses a replica that has a past which this
/// node knows nothing of. From then on it serves nobody, and answers PING with an error, so that sentinels, real ones too, take it for
/// down and promote the replica; or an operator says that the emptiness is meant (`CONFIG SET tern-safe-start no`).
struct SafeStart {
  /// When this node started without data, in ms since 1970; nil: it had some.
  var emptySince: Int64?
  var isNoted = false
  /// Replicas that were given this start's data, by name: whatever they come with later, they were sent here again on purpose.
  var served: Set<String> = []
  /// Why it does not serve; nil while it does.
  var reason: String?
  /// A replica that was cut off reconnects well within this. Later, one that comes with another history was sent here on purpose.
  static let milliseconds: Int64 = 60_000
  /// And once something has been written here, it is likely to be a new beginning.
  static let millisecondsWithKeys: Int64 = 15_000
}

extension NodeCore {
  /// Loading at the start is over. (With a quorum nobody serves unelected, and what is empty wins no election.)
  func noteStart() {
    // DEBUG RELOAD loads as well, of a node that has long served.
    guard quorum == nil, !safeStart.isNoted else { return }
    safeStart.isNoted = true
    if holdsNothing, engine.log.endOffset == 0, configuration.replicaof.address == nil { safeStart.emptySince = now }
  }

  private var holdsNothing: Bool { (0..<engine.databaseCount).allSatisfy { engine.database($0).count == 0 } }

  func noteServed(_ replica: PrimaryMachine.Replica) {
    guard let since = safeStart.emptySince else { return }
    if now - since > SafeStart.milliseconds {
      safeStart.emptySince = nil
      safeStart.served = []
    } else if replica.listeningPort > 0 {
      safeStart.served.insert(replica.name)
    }
  }

  /// PSYNC of a replica that is not to be emptied.
  func emptyStartRefusal(_ request: [[UInt8]], of session: Session) -> CommandError? {
    guard configuration.ternSafeStart, !isReplica, let since = safeStart.emptySince, request.count >= 2,
      request[0] != [UInt8(ascii: "?")], let offset = Decimal.parse(request[1]), offset > 1
    else { return nil }
    if safeStart.served.contains(primary.candidateName(Int(session.id), address: session.peerHost)) { return nil }
    if case .continue = history.partialResyncDecision(requestedID: request[0], requestedOffset: offset, log: logBounds) { return nil }
    if safeStart.reason == nil {
      guard now - since <= (holdsNothing ? SafeStart.milliseconds : SafeStart.millisecondsWithKeys) else { return nil }
      let reason =
        "this primary started empty, and the replica at \(session.peerHost) has data of the history \(printable(request[0])) up to "
        + "offset \(offset - 1): fail over to it, or let it be emptied by CONFIG SET tern-safe-start no"
      safeStart.reason = reason
      engine.settings.emptyStartText = "EMPTYSTART \(reason)"
      log(.warning, "Neither serving nor replicating: \(reason)")
      updateGates()
    }
    // Redis's replicas keep their data at this code, and ask again.
    return CommandError("NOMASTERLINK \(safeStart.reason ?? "")")
  }
}
