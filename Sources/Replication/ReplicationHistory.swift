import TernEngine

/// Which histories the local log is a part of.
///
/// Offsets are counted in two ways, and mixing them up loses or doubles a byte:
/// - a *position* is what `master_repl_offset` counts: the number of bytes since the history began. The log holds `start..<end`.
/// - what travels in `PSYNC id offset` and stands in `second_repl_offset` is the number of a *byte*, and the first byte has number 1:
///   a replica that has applied up to position p asks for byte p + 1.
///
/// A failover gives the log a new name but keeps its bytes. The old name stays valid as `replid2` up to the place where the new
/// history forks off, so that the other replicas of the failed primary can go on with a partial resync.
package struct ReplicationHistory: Hashable, Sendable {
  package private(set) var replid: ReplicationID
  /// `.none` unless this log began as the continuation of another one.
  package private(set) var replid2: ReplicationID
  /// The highest byte number that may be asked for under `replid2`; -1 without one.
  package private(set) var secondReplidOffset: Int64

  package init(replid: ReplicationID) {
    self.init(replid: replid, replid2: .none, secondReplidOffset: -1)
  }

  package init(replid: ReplicationID, replid2: ReplicationID, secondReplidOffset: Int64) {
    self.replid = replid
    self.replid2 = replid2
    self.secondReplidOffset = replid2.isNone ? -1 : secondReplidOffset
  }

  /// A primary that restarts with data that it saved under `saved` at `offset`: writes may have been lost after the save, so the
  /// name is a new one, and the saved name is good only up to the saved offset.
  package static func restarted(saved: ReplicationID, offset: Int64, newID: ReplicationID) -> ReplicationHistory {
    ReplicationHistory(replid: newID, replid2: saved, secondReplidOffset: following(offset))
  }

  /// `REPLICAOF NO ONE` or a won election, with the log's end at `offset`.
  package mutating func becomePrimary(at offset: Int64, newID: ReplicationID) {
    self = ReplicationHistory(replid: newID, replid2: replid, secondReplidOffset: Self.following(offset))
  }

  /// The bytes under the present name can no longer be vouched for (writes went unlogged, or `DEBUG CHANGE-REPL-ID`).
  package mutating func renew(_ newID: ReplicationID) {
    self = ReplicationHistory(replid: newID)
  }

  /// The data now are those of a full sync (`+FULLRESYNC id offset`).
  package mutating func adoptFullResync(_ id: ReplicationID) {
    self = ReplicationHistory(replid: id)
  }

  /// `+CONTINUE id` at `offset`: same bytes so far, another name from here on. False when the name is the one we had.
  package mutating func adoptContinue(_ id: ReplicationID, at offset: Int64) -> Bool {
    guard id != replid else { return false }
    self = ReplicationHistory(replid: id, replid2: replid, secondReplidOffset: Self.following(offset))
    return true
  }

  private static func following(_ offset: Int64) -> Int64 { offset < Int64.max ? offset + 1 : offset }
}

/// The part of the log that can be sent: positions `start..<end` from memory, and what precedes them from files.
package struct LogBounds: Hashable, Sendable {
  package var start: Int64
  package var end: Int64
  /// Where the log in the append only file's increments begins; nil when there is none that reaches up to `start`.
  package var diskStart: Int64?
  package init(start: Int64, end: Int64, diskStart: Int64? = nil) {
    self.start = start
    self.end = max(start, end)
    self.diskStart = diskStart
  }

  /// The lowest position that can be sent from either.
  package var reach: Int64 { min(start, diskStart ?? start) }
}

/// The log as the append only file holds it.
package struct DiskLog: Hashable, Sendable {
  /// The lowest position that can be read.
  package var start: Int64
  /// From here on, the files are kept in any case; those before it were superseded by a rewrite, and are kept for replicas only.
  package var listedStart: Int64
  /// What lies below is in the files.
  package var end: Int64
  package init(start: Int64, listedStart: Int64, end: Int64) {
    self.start = start
    self.listedStart = listedStart
    self.end = end
  }
}

package enum PartialResyncDecision: Hashable, Sendable {
  /// Send the log from this position on.
  case `continue`(from: Int64)
  case full(FullResyncReason)
}

package enum FullResyncReason: Hashable, Sendable, CustomStringConvertible {
  /// `PSYNC ?`: the replica has nothing yet.
  case firstContact
  case unknownID(asked: String, replid: ReplicationID, replid2: ReplicationID)
  /// `replid2` is known, but the histories parted before the byte that was asked for.
  case forked(asked: Int64, validUpTo: Int64)
  case tooOld(asked: Int64, byBytes: Int64)
  case inTheFuture(asked: Int64, end: Int64)
  case noBacklog
  /// The old SYNC, which knows no other way.
  case forced

  /// As INFO names it: `sync_full_reason_<kind>`.
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    case firstContact = "first_contact"
    case unknownID = "unknown_id"
    case forked
    case offsetTooOld = "offset_too_old"
    case offsetInTheFuture = "offset_in_the_future"
    case noBacklog = "no_backlog"
    case forced
  }

  package var kind: Kind {
    switch self {
    case .firstContact: .firstContact
    case .unknownID: .unknownID
    case .forked: .forked
    case .tooOld: .offsetTooOld
    case .inTheFuture: .offsetInTheFuture
    case .noBacklog: .noBacklog
    case .forced: .forced
    }
  }

  package var description: String {
    switch self {
    case .firstContact:
      "first contact: the replica asks for everything"
    case .unknownID(let asked, let replid, let replid2):
      "unknown replication id: the replica asked for '\(asked)', ours are '\(replid)' and '\(replid2)'"
    case .forked(let asked, let validUpTo):
      "the replica asked for byte \(asked) under the second replication id, which is valid up to \(validUpTo)"
    case .tooOld(let asked, let bytes):
      "offset too old by \(bytes) bytes: the replica asked for byte \(asked)"
    case .inTheFuture(let asked, let end):
      "the replica asked for byte \(asked), and the log ends with byte \(end)"
    case .noBacklog:
      "there is no backlog"
    case .forced:
      "forced: the replica sent SYNC, which asks for everything"
    }
  }
}

extension ReplicationHistory {
  /// May a replica that asks `PSYNC requestedID requestedOffset` go on from where it was? `log` is nil while nothing is logged.
  package func partialResyncDecision(
    requestedID: some Collection<UInt8>, requestedOffset: Int64, log: LogBounds?
  ) -> PartialResyncDecision {
    if requestedID.first == UInt8(ascii: "?") { return .full(.firstContact) }
    let id = ReplicationID(requestedID)
    if id == nil || id != replid {
      guard let id, !replid2.isNone, id == replid2 else {
        return .full(.unknownID(asked: printable(requestedID), replid: replid, replid2: replid2))
      }
      guard requestedOffset <= secondReplidOffset else {
        return .full(.forked(asked: requestedOffset, validUpTo: secondReplidOffset))
      }
    }
    guard let log else { return .full(.noBacklog) }
    // The peer chose the number: compare before subtracting, Int64.min - 1 would trap.
    guard requestedOffset > log.reach else {
      let (distance, overflow) = log.reach.addingReportingOverflow(1).partialValue.subtractingReportingOverflow(requestedOffset)
      return .full(.tooOld(asked: requestedOffset, byBytes: overflow ? Int64.max : distance))
    }
    guard requestedOffset - 1 <= log.end else { return .full(.inTheFuture(asked: requestedOffset, end: log.end)) }
    return .continue(from: requestedOffset - 1)
  }
}
