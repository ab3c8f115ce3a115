/// Keys that the host program watches, for an optimistic transaction: as WATCH, without a connection.
package final class HostWatch: @unchecked Sendable {
  fileprivate let session: Session
  fileprivate init(_ session: Session) { self.session = session }
}

extension Engine {
  package func beginHostWatch(_ keys: [[UInt8]], database: Int) -> HostWatch {
    let session = Session(id: -1, address: "in-process", localAddress: "", now: now)
    for key in keys { key.withUnsafeBytes { watch(session, self.database(database).key($0), in: database) } }
    return HostWatch(session)
  }

  /// A watched key has changed, or its time is over.
  package func isBroken(_ watch: HostWatch) -> Bool { watch.session.gates.contains(.watchBroken) || hasExpiredWatch(watch.session) }

  package func endHostWatch(_ watch: HostWatch) { unwatchAll(watch.session) }
}
