/// A hash as it lies; reads only what its block leads to, so a frozen one may be read on any thread.
///
/// ```
/// flat      listpack of field, value
/// timedFlat listpack of field, value, expiry (ms since 1970, 0: none): those that expire first, soonest first, then the others
/// tree      FieldTable, none of whose entries has an expiry
/// timedTree FieldTable, whose extra words are: a lower bound of the expiry times, and two of the walk for what is due (`HashEditor`)
/// ```
///
/// The names of the layouts in an entry are `flat`, `inlineRaw`, `tree` and `block`: the second and the fourth mean something else in
/// strings.
package struct HashView {
  static let timedFlat = ValueLayout.inlineRaw
  static let timedTree = ValueLayout.block

  let layout: ValueLayout
  let block: Block

  @inline(__always)
  init(_ layout: ValueLayout, _ block: Block) {
    self.layout = layout
    self.block = block
  }
  @inline(__always) init(_ entry: Entry) { self.init(entry.layout, entry.valueBlock) }

  @inline(__always) var listpack: Listpack { ListpackBlock(block).listpack }
  @inline(__always) var table: KeyTable { FieldTable(block).table }
  @inline(__always) var isTree: Bool { layout == .tree || layout == Self.timedTree }
  @inline(__always) var isTimed: Bool { layout == Self.timedFlat || layout == Self.timedTree }
  /// Elements of a listpack that a field takes.
  @inline(__always) var step: Int { layout == Self.timedFlat ? 3 : 2 }

  /// Fields that have expired and are still there count.
  @inline(__always)
  package var count: Int { isTree ? table.count : listpack.count / step }

  /// No field expires before this; nil: none ever does.
  var nextExpiry: Int64? {
    if layout == Self.timedTree {
      let time = FieldTable(block).extra.load(as: Int64.self)
      return time == .max ? nil : time
    }
    guard layout == Self.timedFlat, let field = listpack.first else { return nil }
    return expiry(at: listpack.behind(listpack.behind(field)))
  }

  // MARK: one field

  struct Field {
    let value: ListpackElement
    let expiry: Int64?
  }

  @inline(__always)
  static func value(_ entry: Entry) -> ListpackElement {
    switch KeyTable.string(entry) {
    case .bytes(let bytes): .bytes(bytes)
    case .integer(let value): .integer(value)
    }
  }

  /// The expiry that stands at an offset of a timed listpack.
  func expiry(at offset: Int) -> Int64? {
    guard case .integer(let time) = listpack.element(at: offset), time != 0 else { return nil }
    return time
  }

  /// The value of a field, unless that has expired: its time is `horizon` or earlier.
  @inline(__always)
  func value(_ field: UnsafeRawBufferPointer, horizon: Int64) -> ListpackElement? {
    let base = field.baseAddress ?? emptyBytes
    switch layout {
    case .tree: return table.locate(table.hash(base, field.count), base, field.count).map { Self.value($0.entry) }
    case .flat:
      guard let offset = listpack.find(base, field.count, skip: 1) else { return nil }
      return listpack.element(at: listpack.behind(offset))
    default:
      guard let found = self.field(field), found.expiry.map({ $0 > horizon }) ?? true else { return nil }
      return found.value
    }
  }

  /// A field, expired or not.
  func field(_ field: UnsafeRawBufferPointer) -> Field? {
    let base = field.baseAddress ?? emptyBytes
    if isTree {
      return table.locate(table.hash(base, field.count), base, field.count).map {
        Field(value: Self.value($0.entry), expiry: $0.entry.expiry)
      }
    }
    guard let offset = listpack.find(base, field.count, skip: step - 1) else { return nil }
    let value = listpack.behind(offset)
    let time = layout == Self.timedFlat ? expiry(at: listpack.behind(value)) : nil
    return Field(value: listpack.element(at: value), expiry: time)
  }

  // MARK: all fields

  /// Calls `body` with each field until it returns false.
  func forEachWhile(_ body: (_ field: ListpackElement, _ value: ListpackElement, _ expiry: Int64?) -> Bool) {
    if isTree {
      let tree = table.tree
      var position: UInt64? = 0
      var goesOn = true
      while let at = position, goesOn {
        position = tree.visit(at: at) { entry in
          if goesOn { goesOn = body(.bytes(entry.keyBytes), Self.value(entry), entry.expiry) }
        }
      }
      return
    }
    let pack = listpack
    let isTimed = self.isTimed
    var offset = pack.first
    while let field = offset {
      let value = pack.behind(field)
      var last = value
      var time: Int64?
      if isTimed {
        last = pack.behind(value)
        time = expiry(at: last)
      }
      guard body(pack.element(at: field), pack.element(at: value), time) else { return }
      offset = pack.next(last)
    }
  }

  /// Calls `body` with each field that has not expired.
  @inline(__always)
  func forEach(horizon: Int64, _ body: (_ field: ListpackElement, _ value: ListpackElement) -> Void) {
    forEachWhile { field, value, expiry in
      if expiry.map({ $0 > horizon }) ?? true { body(field, value) }
      return true
    }
  }

  /// How many fields have not expired. O(1) while none can have.
  func liveCount(horizon: Int64) -> Int {
    guard let next = nextExpiry, next <= horizon else { return count }
    if isTree { return count - dueCount(horizon: horizon) }
    var live = 0
    forEach(horizon: horizon) { _, _ in live += 1 }
    return live
  }

  /// Of a table. Only segments that can hold fields that are due are looked into; under the lock, as their bounds are the writer's.
  private func dueCount(horizon: Int64) -> Int {
    let tree = table.tree
    var due = 0
    var position: UInt64? = 0
    while let at = position, let (segment, next) = tree.segment(at: at) {
      if KeyTable.expiryCount(segment) > 0, KeyTable.earliestExpiry(segment) <= horizon {
        KeyTable.forEachEntry(in: segment) { if $0.isExpired(at: horizon) { due += 1 } }
      }
      position = next
    }
    return due
  }

  // MARK: by chance

  /// Some field; nil if none is left.
  func random(horizon: Int64, using random: inout some RandomNumberGenerator) -> (field: ListpackElement, value: ListpackElement)? {
    if let next = nextExpiry, next <= horizon {
      // Of a table that is mostly live, a draw or two is enough; every live field has the same chance.
      for _ in 0..<(isTree ? 64 : 0) {
        guard let entry = table.randomEntry(using: &random) else { return nil }
        if !entry.isExpired(at: horizon) { return (.bytes(entry.keyBytes), Self.value(entry)) }
      }
      let live = liveCount(horizon: horizon)
      guard live > 0 else { return nil }
      var left = Int.random(in: 0..<live, using: &random)
      var chosen: (ListpackElement, ListpackElement)?
      forEachWhile { field, value, expiry in
        guard expiry.map({ $0 > horizon }) ?? true else { return true }
        if left == 0 { chosen = (field, value) }
        left -= 1
        return left >= 0
      }
      return chosen
    }
    if isTree { return table.randomEntry(using: &random).map { (.bytes($0.keyBytes), Self.value($0)) } }
    let count = self.count
    guard count > 0, let offset = listpack.seek(Int.random(in: 0..<count, using: &random) * step) else { return nil }
    return (listpack.element(at: offset), listpack.element(at: listpack.behind(offset)))
  }

  /// Calls `body` with `count` different fields of the `live` ones that there are. Every choice is equally likely.
  func forEachDistinctRandom(
    _ count: Int, live: Int, horizon: Int64, using random: inout some RandomNumberGenerator,
    _ body: (ListpackElement, ListpackElement) -> Void
  ) {
    if isTree, live == self.count, count < live / 3 {
      // Few of many: drawn until they differ. What is remembered is bounded by what is returned.
      let table = table
      var seen: Set<Block> = []
      while seen.count < count, let entry = table.randomEntry(using: &random) {
        if seen.insert(entry.block).inserted { body(.bytes(entry.keyBytes), Self.value(entry)) }
      }
      return
    }
    // Knuth's algorithm S: each field is taken with the chance that fills the rest exactly.
    var left = min(count, live)
    var remaining = live
    guard left > 0 else { return }
    forEachWhile { field, value, expiry in
      guard expiry.map({ $0 > horizon }) ?? true, remaining > 0 else { return true }
      if Int.random(in: 0..<remaining, using: &random) < left {
        body(field, value)
        left -= 1
      }
      remaining -= 1
      return left > 0
    }
  }

  /// One step of HSCAN, with the cursor to go on with. A flat hash comes whole.
  func scan(from cursor: UInt64, count: Int, horizon: Int64, _ body: (ListpackElement, ListpackElement) -> Void) -> UInt64 {
    guard isTree else {
      forEach(horizon: horizon, body)
      return 0
    }
    return table.scan(from: cursor, count: count) { entry in
      if entry.expiry.map({ $0 > horizon }) ?? true { body(.bytes(entry.keyBytes), Self.value(entry)) }
    }
  }
}

extension HashView {
  /// A copy of a table with what it says about expiry.
  static func copiedTable(_ source: FieldTable, _ heap: Heap) -> Block {
    let copy = source.deepCopy(heap)
    copy.extra.copyMemory(from: source.extra, byteCount: FieldTable.stateOffset - 8)
    return copy.root
  }
}

extension Entry {
  /// Each field of a hash, in no order, expired ones too; `expiry` in ms since 1970.
  package func forEachField(_ body: (_ field: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ expiry: Int64?) -> Void) {
    HashView(self).forEachWhile { field, value, expiry in
      field.withBytes { field in value.withBytes { value in body(field, value, expiry) } }
      return true
    }
  }

  /// How many fields a hash has.
  package var fieldCount: Int { HashView(self).count }
}
