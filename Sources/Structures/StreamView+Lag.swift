/// How far a group has come, as far as the counters tell.
extension StreamView {
  /// Whether some entry from `start` on may have been deleted by XDEL.
  func mayHaveGaps(from start: StreamID) -> Bool {
    count > 0 && maxDeletedID != .zero && firstID <= maxDeletedID && start <= maxDeletedID
  }

  /// How many entries had been added when `id` was, itself counted; nil when the counters do not tell.
  func distance(to id: StreamID) -> Int64? {
    if entriesAdded == 0 { return 0 }
    if count == 0, id <= lastID { return Int64(clamping: entriesAdded) }
    if id == lastID { return Int64(clamping: entriesAdded) }
    if id > lastID { return nil }
    guard maxDeletedID == .zero || maxDeletedID < firstID else { return nil }
    if id < firstID { return Int64(bitPattern: entriesAdded &- count) }
    if id == firstID { return Int64(bitPattern: entriesAdded &- count &+ 1) }
    return nil
  }

  /// How many entries the group has not been given yet; nil when the counters do not tell.
  func lag(of group: StreamGroupView) -> Int64? {
    if entriesAdded == 0 { return 0 }
    if group.entriesRead != -1, !mayHaveGaps(from: group.lastID) { return Int64(bitPattern: entriesAdded) &- group.entriesRead }
    return distance(to: group.lastID).map { Int64(bitPattern: entriesAdded) &- $0 }
  }
}
