package import TernEngine
internal import TernReplication

/// What the program that hosts this node does with it.
extension NodeCore {
  /// One transaction of the host program, on its own thread: everything that `body` writes is one unit of effects, and nobody sees a part
  /// of it. With `isUndoable` nothing of it stays if `body` throws. A write that a client would be refused (a read-only replica, a disk
  /// that fails …) is refused here too, before `body` runs.
  package func transact<R, Failure: Error>(
    writes: Bool, isUndoable: Bool, now: Int64, _ body: (Engine) throws(Failure) -> R
  ) throws -> R {
    setTime(now)
    if let refusal = engine.hostRefusal(writes: writes) { throw refusal }
    engine.beginHostTransaction(isUndoable: writes && isUndoable)
    let result: R
    do throws(Failure) {
      result = try body(engine)
    } catch {
      engine.rollBackHostTransaction()
      afterEvent()
      throw error
    }
    engine.commitHostTransaction()
    afterEvent()
    return result
  }

  /// Begins one operation of the host program that changes all or nothing. A refusal ends it; otherwise `endSingle` does.
  package func beginSingle(writes: Bool, now: Int64) -> CommandError? {
    setTime(now)
    return engine.hostRefusal(writes: writes)
  }

  package func endSingle() { afterEvent() }
}

extension NodeCore {
  /// One command of a session that has no connection.
  package func execute(_ session: Session, _ arguments: [[UInt8]], now: Int64) {
    setTime(now)
    engine.execute(session, arguments)
    afterEvent()
  }
}

/// Who is around, for the host program.
extension NodeCore {
  package var primaryEndpoint: (host: String, port: Int)? { replica.primary.map { ($0.host, $0.port) } }
  package var isConnectedToPrimary: Bool { replica.isConnected }
  /// Those that receive the stream.
  package var replicaEndpoints: [(host: String, port: Int)] {
    primary.replicas.filter(\.isOnline).map { ($0.shownAddress, $0.listeningPort) }
  }
}
