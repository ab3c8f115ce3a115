/// A set being changed: which layout and block it has by now. Whoever edits puts both into the entry afterwards.
///
/// Which form a set has follows Redis 7.2: integers alone are an intset, few short members a listpack, everything else a table; none goes
/// back to a smaller form.
struct SetEditor {
  /// Of all limits, those that matter here: an editor is made for each command.
  private struct Limits {
    let setIntegers: Int
    let setEntries: Int
    let setValueBytes: Int
    @inline(__always) init(_ limits: EncodingLimits) {
      setIntegers = limits.setIntegers
      setEntries = limits.setEntries
      setValueBytes = limits.setValueBytes
    }
  }

  let heap: Heap
  let hash: ByteHash
  private let limits: Limits
  private(set) var layout: ValueLayout
  private(set) var block: Block

  @inline(__always)
  init(_ heap: Heap, _ hash: ByteHash, _ limits: EncodingLimits, _ entry: Entry) {
    self.heap = heap
    self.hash = hash
    self.limits = Limits(limits)
    layout = entry.layout
    block = entry.valueBlock
  }

  /// A new one, in the form that suits its first member when about `count` are to come.
  init(_ heap: Heap, _ hash: ByteHash, _ limits: EncodingLimits, count: Int, first: UnsafeRawBufferPointer) {
    self.init(heap, hash, limits, count: count, areIntegers: first.baseAddress.flatMap { Decimal.parse($0, first.count) } != nil)
  }

  init(_ heap: Heap, _ hash: ByteHash, _ limits: EncodingLimits, count: Int, areIntegers: Bool) {
    self.heap = heap
    self.hash = hash
    self.limits = Limits(limits)
    if areIntegers, count <= limits.setIntegers {
      layout = .integers
      block = IntsetBlock.create(heap).block
    } else if count <= limits.setEntries {
      layout = .flat
      block = ListpackBlock.create(heap).block
    } else {
      layout = .tree
      block = FieldTable.create(heap, hash).root
    }
  }

  @inline(__always) var view: SetView { SetView(layout, block) }
  @inline(__always) var count: Int { view.count }
  var value: CollectionValue { CollectionValue(.set, layout, block) }

  /// As many members are about to be added: a form that they will surely outgrow is left before.
  mutating func prepare(for count: Int) {
    switch layout {
    case .integers: if count > limits.setIntegers { makeTable() }
    case .tree: break
    default: if count > limits.setEntries { makeTable() }
    }
  }

  /// Returns false if it is there already.
  @inline(__always)
  mutating func add(_ member: UnsafeRawBufferPointer) -> Bool {
    let base = member.baseAddress ?? emptyBytes
    switch layout {
    case .tree: return addToTable(base, member.count)
    case .integers:
      guard let value = Decimal.parse(base, member.count) else { return addToIntegers(member) }
      guard let new = IntsetBlock(block).inserting(heap, value) else { return false }
      block = new.block
      if new.intset.count > limits.setIntegers { makeTable() }
      return true
    default: return addToListpack(member, base)
    }
  }

  @inline(__always)
  private mutating func addToTable(_ base: UnsafeRawPointer, _ count: Int) -> Bool {
    let key = KeyView(bytes: base, count: count, hash: hash(base, count))
    guard FieldTable(block).table.locate(key.hash, base, count) == nil else { return false }
    insertIntoTable(key)
    return true
  }

  @inline(__always)
  private mutating func insertIntoTable(_ key: KeyView) {
    let table = FieldTable(block).writable(heap)
    block = table.root
    table.table.insert(table.table.newEntry(key, type: .string, layout: .inline, valueArea: 0, expiry: nil), key.hash)
  }

  @inline(never)
  private mutating func addToListpack(_ member: UnsafeRawBufferPointer, _ base: UnsafeRawPointer) -> Bool {
    let pack = ListpackBlock(block)
    guard pack.listpack.find(base, member.count) == nil else { return false }
    guard pack.listpack.count < limits.setEntries, member.count <= limits.setValueBytes, pack.hasRoom(member.count &+ 32) else {
      makeTable()
      return addToTable(base, member.count)
    }
    block = pack.appending(heap, ListpackValue(member)).block
    return true
  }

  /// The first member that is no integer.
  @inline(never)
  private mutating func addToIntegers(_ member: UnsafeRawBufferPointer) -> Bool {
    let set = IntsetBlock(block).intset
    let count = set.count
    let longest = count == 0 ? 0 : max(digits(set.value(at: 0)), digits(set.value(at: count - 1)))
    guard count < limits.setEntries, member.count <= limits.setValueBytes, longest <= limits.setValueBytes else {
      makeTable()
      return addToTable(member.baseAddress ?? emptyBytes, member.count)
    }
    var pack = ListpackBlock.create(heap, capacity: set.byteCount + member.count)
    for i in 0..<count { pack = pack.appending(heap, ListpackValue(set.value(at: i))) }
    pack = pack.appending(heap, ListpackValue(member))
    heap.discard(block, .sized)
    layout = .flat
    block = pack.block
    return true
  }

  private func digits(_ value: Int64) -> Int { Decimal.digitCount(value.magnitude) + (value < 0 ? 1 : 0) }

  @inline(never)
  private mutating func makeTable() {
    let old = view
    let table = FieldTable.create(heap, hash)
    old.forEach { member in
      member.withBytes { bytes in
        let base = bytes.baseAddress ?? emptyBytes
        let key = KeyView(bytes: base, count: bytes.count, hash: hash(base, bytes.count))
        table.table.insert(table.table.newEntry(key, type: .string, layout: .inline, valueArea: 0, expiry: nil), key.hash)
      }
    }
    heap.discard(block, .sized)
    layout = .tree
    block = table.root
  }

  /// Returns false if it is not there.
  @inline(__always)
  mutating func remove(_ member: UnsafeRawBufferPointer) -> Bool {
    let base = member.baseAddress ?? emptyBytes
    switch layout {
    case .tree:
      let hash = hash(base, member.count)
      guard let position = FieldTable(block).table.locate(hash, base, member.count) else { return false }
      removeFromTable(position, hash)
      return true
    case .integers:
      guard let value = Decimal.parse(base, member.count), let new = IntsetBlock(block).removing(heap, value) else { return false }
      block = new.block
      return true
    default:
      let pack = ListpackBlock(block)
      guard let offset = pack.listpack.find(base, member.count) else { return false }
      block = pack.removing(heap, at: offset).block
      return true
    }
  }

  @inline(__always)
  private mutating func removeFromTable(_ position: KeyTable.Position, _ hash: UInt64) {
    // The copy of a frozen root leads to the same segments: the position stays good.
    let table = FieldTable(block).writable(heap)
    block = table.root
    table.table.remove(position, hash)
  }

  /// Takes some member out, after `body` has seen it.
  mutating func removeRandom(using random: inout some RandomNumberGenerator, _ body: (ListpackElement) -> Void) {
    switch layout {
    case .tree:
      let table = FieldTable(block).table
      guard let entry = table.randomEntry(using: &random) else { return }
      let hash = hash(entry.key, entry.keyCount)
      guard let position = table.locate(hash, entry.key, entry.keyCount) else { return }
      body(.bytes(entry.keyBytes))
      removeFromTable(position, hash)
    case .integers:
      let set = IntsetBlock(block)
      guard set.intset.count > 0 else { return }
      let index = Int.random(in: 0..<set.intset.count, using: &random)
      body(.integer(set.intset.value(at: index)))
      block = set.removing(heap, at: index).block
    default:
      let pack = ListpackBlock(block)
      let count = pack.listpack.count
      guard count > 0, let offset = pack.listpack.seek(Int.random(in: 0..<count, using: &random)) else { return }
      body(pack.listpack.element(at: offset))
      block = pack.removing(heap, at: offset).block
    }
  }

  func discard() { heap.discardCollection(.set, layout, block) }
}

/// Builds a set beside the keyspace, for loading and RESTORE.
package struct SetBuilder {
  private let heap: Heap
  private let hash: ByteHash
  private var limits: EncodingLimits
  private var editor: SetEditor?

  init(heap: Heap, hash: ByteHash, limits: EncodingLimits) {
    self.heap = heap
    self.hash = hash
    self.limits = limits
  }

  /// What comes was packed, and stays so whatever its members' lengths, as in Redis.
  package mutating func keepPacked() { limits.setValueBytes = .max }

  /// Returns whether the member is new.
  @discardableResult
  package mutating func append(_ member: UnsafeRawBufferPointer) -> Bool {
    if editor == nil { editor = SetEditor(heap, hash, limits, count: 1, first: member) }
    return editor?.add(member) ?? false
  }

  /// Nil when nothing was appended.
  package mutating func finish() -> CollectionValue? {
    defer { editor = nil }
    return editor?.value
  }

  package mutating func discard() {
    editor?.discard()
    editor = nil
  }
}
