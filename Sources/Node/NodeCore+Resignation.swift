internal import TernEngine
internal import TernReplication

/// A primary that was told to end, and asks the sentinels for a successor first: nobody has to find out that it is gone.
struct Resignation {
  var save: Bool?
  var force: Bool
  /// When the end comes without a successor; ms since 1970.
  var deadline: Int64
}

extension NodeCore {
  /// How long sentinels may take to answer with a FAILOVER (or a fence). Those of Redis never do.
  static let resignationPatience: Int64 = 1000

  /// Publishes `tern-handover,<run id>` to the sentinels that are subscribed here, as each of them is to every node. Only they get it: it is
  /// neither a hello message nor part of the stream. False when there is nobody to ask, or nobody to take over.
  func beginResignation(save: Bool?, force: Bool) -> Bool {
    guard !isReplica, failover == nil, loading == nil, configuration.shutdownTimeout > 0, primary.replicas.contains(where: \.isOnline),
      askForSuccessor() > 0
    else { return false }
    log(.notice, "Asking the sentinels for a successor before shutting down.")
    resignation = Resignation(save: save, force: force, deadline: now + Self.resignationPatience)
    return true
  }

  private func askForSuccessor() -> Int {
    let message = Array("tern-handover,\(identity.runID)".utf8)
    return message.withUnsafeBytes { message in Array("__sentinel__:hello".utf8).withUnsafeBytes { engine.publish(message, to: $0) } }
  }

  /// Called with every event of the link to a primary and every tick.
  func checkResignation() {
    guard let state = resignation, failover == nil else { return }
    guard isReplica || now >= state.deadline else {
      // Again and again: a sentinel may only just have subscribed.
      _ = askForSuccessor()
      return
    }
    resignation = nil
    log(.notice, isReplica ? "The primary's role is handed over." : "No sentinel has found a successor.")
    proceedToShutdown(save: state.save, now: false, force: state.force, session: nil)
  }
}
