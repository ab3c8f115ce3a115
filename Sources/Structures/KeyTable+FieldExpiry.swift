/// How a table knows which of its hashes have fields that expire: each segment has a lower bound of their times, and so has the table. No
/// index of keys has to be kept in step with renames, copies and loads, and a walk that finds nothing due costs a word a segment.
extension KeyTable {
  @inline(__always) static func earliestFieldExpiry(_ segment: Block) -> Int64 { segment.load(fromByteOffset: 24, as: Int64.self) }
  @inline(__always) static func setEarliestFieldExpiry(_ segment: Block, _ time: Int64) {
    segment.storeBytes(of: time, toByteOffset: 24, as: Int64.self)
  }

  /// A hash with expiring fields came into the segment, or the earliest of its times is earlier now.
  @inline(never)
  func noteFieldExpiry(_ segment: Block, _ entry: Entry) {
    guard let time = HashView(entry).nextExpiry else { return }
    Self.setEarliestFieldExpiry(segment, min(time, Self.earliestFieldExpiry(segment)))
    state.pointee.earliestFieldExpiry = min(time, state.pointee.earliestFieldExpiry)
    state.pointee.walkedFieldExpiry = min(time, state.pointee.walkedFieldExpiry)
  }

  func addTimedHash(_ segment: Block, _ entry: Entry) {
    state.pointee.timedHashCount &+= 1
    noteFieldExpiry(segment, entry)
  }

  /// Whether a walk for what has expired may find something.
  func hasExpiring(before now: Int64) -> Bool { expiryCount > 0 || state.pointee.earliestFieldExpiry <= now }
}
