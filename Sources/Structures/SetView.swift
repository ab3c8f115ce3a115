/// A set as it lies: an intset, a listpack of members, or a `FieldTable` of entries without values. Reads only what its block leads to,
/// so a frozen one may be read on any thread.
package struct SetView {
  let layout: ValueLayout
  let block: Block

  @inline(__always)
  init(_ layout: ValueLayout, _ block: Block) {
    self.layout = layout
    self.block = block
  }
  @inline(__always) init(_ entry: Entry) { self.init(entry.layout, entry.valueBlock) }

  @inline(__always) var intset: Intset { IntsetBlock(block).intset }
  @inline(__always) var listpack: Listpack { ListpackBlock(block).listpack }
  @inline(__always) var table: KeyTable { FieldTable(block).table }

  @inline(__always)
  package var count: Int {
    switch layout {
    case .tree: table.count
    case .integers: intset.count
    default: listpack.count
    }
  }

  @inline(__always)
  package func contains(_ member: UnsafeRawBufferPointer) -> Bool {
    let base = member.baseAddress ?? emptyBytes
    switch layout {
    case .tree:
      let table = table
      return table.locate(table.hash(base, member.count), base, member.count) != nil
    case .integers: return Decimal.parse(base, member.count).map { intset.contains($0) } ?? false
    default: return listpack.find(base, member.count) != nil
    }
  }

  @inline(__always)
  func contains(_ member: ListpackElement) -> Bool {
    switch member {
    case .bytes(let bytes): return contains(bytes)
    case .integer(let value): return layout == .integers ? intset.contains(value) : member.withBytes { contains($0) }
    }
  }

  /// Calls `body` with each member until it returns false; an integer comes as one. Flat ones in their order.
  func forEachWhile(_ body: (ListpackElement) -> Bool) {
    switch layout {
    case .tree:
      let tree = table.tree
      var position: UInt64? = 0
      var goesOn = true
      while let at = position, goesOn {
        position = tree.visit(at: at) { entry in
          if goesOn { goesOn = body(.bytes(entry.keyBytes)) }
        }
      }
    case .integers:
      let set = intset
      for i in 0..<set.count where !body(.integer(set.value(at: i))) { return }
    default:
      let pack = listpack
      var offset = pack.first
      while let at = offset {
        guard body(pack.element(at: at)) else { return }
        offset = pack.next(at)
      }
    }
  }

  @inline(__always)
  func forEach(_ body: (ListpackElement) -> Void) {
    forEachWhile { member in
      body(member)
      return true
    }
  }

  // MARK: by chance

  /// Some member; the set must not be empty.
  func random(using random: inout some RandomNumberGenerator) -> ListpackElement? {
    switch layout {
    case .tree: return table.randomEntry(using: &random).map { .bytes($0.keyBytes) }
    case .integers:
      let set = intset
      guard set.count > 0 else { return nil }
      return .integer(set.value(at: Int.random(in: 0..<set.count, using: &random)))
    default:
      let pack = listpack
      guard pack.count > 0, let offset = pack.seek(Int.random(in: 0..<pack.count, using: &random)) else { return nil }
      return pack.element(at: offset)
    }
  }

  /// Calls `body` with `count` different members, all of them if there are not more. Every choice is equally likely.
  func forEachDistinctRandom(_ count: Int, using random: inout some RandomNumberGenerator, _ body: (ListpackElement) -> Void) {
    let total = self.count
    if layout == .tree, count < total / 3 {
      // Few of many: drawn until they differ. What is remembered is bounded by what is returned.
      let table = table
      var seen: Set<Block> = []
      while seen.count < count, let entry = table.randomEntry(using: &random) {
        if seen.insert(entry.block).inserted { body(.bytes(entry.keyBytes)) }
      }
      return
    }
    // Knuth's algorithm S: each member is taken with the chance that fills the rest exactly.
    var left = min(count, total)
    var remaining = total
    guard left > 0 else { return }
    forEachWhile { member in
      if Int.random(in: 0..<remaining, using: &random) < left {
        body(member)
        left -= 1
      }
      remaining -= 1
      return left > 0
    }
  }

  /// One step of SSCAN, with the cursor to go on with. A flat set comes whole.
  func scan(from cursor: UInt64, count: Int, _ body: (ListpackElement) -> Void) -> UInt64 {
    guard layout == .tree else {
      forEach(body)
      return 0
    }
    return table.scan(from: cursor, count: count) { body(.bytes($0.keyBytes)) }
  }
}

extension Entry {
  /// Each member of a set, in no order.
  package func forEachMember(_ body: (UnsafeRawBufferPointer) -> Void) {
    SetView(self).forEach { $0.withBytes(body) }
  }

  /// Whether a set has this member. O(1) for large sets.
  package func contains(_ member: UnsafeRawBufferPointer) -> Bool { SetView(self).contains(member) }

  /// How many members a set has.
  package var memberCount: Int { SetView(self).count }
}
