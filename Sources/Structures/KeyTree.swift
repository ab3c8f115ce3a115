/// A table's tree of segments as it was at one moment: what a snapshot keeps of a database, and what FLUSHALL takes away whole.
///
/// Positions walk the tree in hash order: a position is the least hash that has not been visited. A segment covers one aligned range
/// of hashes, so positions stay meaningful while segments split and merge between two calls.
package struct KeyTree: @unchecked Sendable {
  let root: Block?
  package let count: Int
  package let expiryCount: Int

  package static let empty = KeyTree(root: nil, count: 0, expiryCount: 0)

  init(root: Block?, count: Int, expiryCount: Int) {
    self.root = root
    self.count = count
    self.expiryCount = expiryCount
  }

  /// The segment at `position`, and the position behind it (nil at the end).
  func segment(at position: UInt64) -> (segment: Block, next: UInt64?)? {
    guard let root else { return nil }
    let segment = KeyTable.segment(in: root, for: position)
    let depth = KeyTable.depth(segment)
    guard depth > 0 else { return (segment, nil) }
    let width = UInt64(1) << UInt64(64 - depth)
    let (next, overflow) = (position & ~(width - 1)).addingReportingOverflow(width)
    return (segment, overflow ? nil : next)
  }

  /// Visits the entries of one segment. Returns the position to go on from, nil at the end.
  package func visit(at position: UInt64, _ body: (Entry) -> Void) -> UInt64? {
    guard let (segment, next) = segment(at: position) else { return nil }
    KeyTable.forEachEntry(in: segment, body)
    return next
  }

  package func forEach(_ body: (Entry) -> Void) {
    var position: UInt64? = 0
    while let at = position { position = visit(at: at, body) }
  }

  /// The directories; the root last. At most 1025.
  func forEachDirectory(_ body: (Block) -> Void) {
    guard let root else { return }
    for i in 0..<1 << KeyTable.directoryDepth(root) {
      let word = KeyTable.slot(root, i).load(as: UInt.self)
      if word & 1 == 1, let directory = Block(bitPattern: word & ~1) { body(directory) }
    }
    body(root)
  }
}

extension KeyTable {
  var tree: KeyTree { KeyTree(root: state.pointee.root, count: count, expiryCount: expiryCount) }

  /// Takes the whole content away, O(1). The tree is the caller's, to be dismantled.
  func takeTree() -> KeyTree {
    defer {
      state.pointee.root = nil
      state.pointee.count = 0
      state.pointee.expiryCount = 0
      state.pointee.timedHashCount = 0
      state.pointee.segmentCount = 0
      state.pointee.earliestFieldExpiry = .max
      state.pointee.walkedFieldExpiry = .min
    }
    return tree
  }
}
