internal import TernEngine
internal import TernNode
internal import TernPersistence

/// DEBUG RELOAD and DEBUG LOADAOF; on the saver's thread.
extension PersistenceDriver {
  func reload(_ session: SessionReference, _ kind: NodeEffect.DebugReload) {
    core { $0.completeHostWait(session.session, failure: "ERR not available", now: core.now()) }
  }
}
