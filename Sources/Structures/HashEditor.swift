/// A hash being changed: which layout and block it has by now. Whoever edits puts both into the entry afterwards.
///
/// Few short fields lie flat, anything else in a table; it does not go back. The first expiry of a field makes the layout a timed one.
struct HashEditor {
  /// What becomes of a field's expiry when its value is set.
  enum Expiry {
    case clear, keep
    case at(Int64)
  }

  let heap: Heap
  let hash: ByteHash
  /// hash-max-listpack-entries, hash-max-listpack-value.
  let entriesMax: Int
  fileprivate(set) var valueBytesMax: Int
  private(set) var layout: ValueLayout
  private(set) var block: Block

  @inline(__always)
  init(_ heap: Heap, _ hash: ByteHash, _ limits: EncodingLimits, _ entry: Entry) {
    self.heap = heap
    self.hash = hash
    entriesMax = limits.hashEntries
    valueBytesMax = limits.hashValueBytes
    layout = entry.layout
    block = entry.valueBlock
  }

  /// A new one.
  init(_ heap: Heap, _ hash: ByteHash, _ limits: EncodingLimits) {
    self.heap = heap
    self.hash = hash
    entriesMax = limits.hashEntries
    valueBytesMax = limits.hashValueBytes
    layout = .flat
    block = ListpackBlock.create(heap).block
  }

  @inline(__always) var view: HashView { HashView(layout, block) }
  @inline(__always) var count: Int { view.count }
  @inline(__always) private var pack: ListpackBlock { ListpackBlock(block) }
  var value: CollectionValue { CollectionValue(.hash, layout, block) }

  /// Whether a field or value of so many bytes may lie flat.
  @inline(__always) func isShort(_ count: Int) -> Bool { count <= valueBytesMax }

  // MARK: values

  /// Returns whether the field is new.
  @inline(__always)
  mutating func set(_ field: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ expiry: Expiry = .clear) -> Bool {
    if layout == .flat, case .clear = expiry { return setFlat(field, value) }
    if layout == .tree, case .clear = expiry { return setInTable(field, value, nil) }
    return setTimed(field, value, expiry)
  }

  @inline(__always)
  private mutating func setFlat(_ field: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
    guard isShort(field.count), isShort(value.count), pack.hasRoom(field.count &+ value.count &+ 32) else {
      makeTable()
      return setInTable(field, value, nil)
    }
    let listpack = pack.listpack
    if let offset = listpack.find(field.baseAddress ?? emptyBytes, field.count, skip: 1) {
      block = pack.replacing(heap, at: listpack.behind(offset), ListpackValue(value)).block
      return false
    }
    block = pack.appending(heap, ListpackValue(field), ListpackValue(value)).block
    if count > entriesMax { makeTable() }
    return true
  }

  @inline(__always)
  private mutating func setInTable(_ field: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ expiry: Int64?) -> Bool {
    let base = field.baseAddress ?? emptyBytes
    let key = KeyView(bytes: base, count: field.count, hash: hash(base, field.count))
    let root = FieldTable(block).writable(heap)
    block = root.root
    let position = root.table.locate(key.hash, key.bytes, key.count)
    root.table.setString(key, at: position, value, expiry: expiry, access: 0)
    return position == nil
  }

  @inline(never)
  private mutating func setTimed(_ field: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ expiry: Expiry) -> Bool {
    let old = view.field(field)
    let time: Int64? =
      switch expiry {
      case .clear: nil
      case .keep: old?.expiry
      case .at(let time): time
      }
    if time != nil { makeTimed() }
    if !view.isTree, !isShort(field.count) || !isShort(value.count) || !pack.hasRoom(field.count &+ value.count &+ 48) { makeTable() }
    if view.isTree {
      let isNew = setInTable(field, value, time)
      if let time { noteExpiry(time) }
      return isNew
    }
    if layout == .flat { return setFlat(field, value) }
    // The triple goes to where its expiry belongs.
    removeTriple(field)
    insertTriple(field, value, time)
    if count > entriesMax { makeTable() }
    return old == nil
  }

  /// Returns false if it is not there.
  @inline(__always)
  mutating func remove(_ field: UnsafeRawBufferPointer) -> Bool {
    let base = field.baseAddress ?? emptyBytes
    if view.isTree {
      let hash = hash(base, field.count)
      guard let position = FieldTable(block).table.locate(hash, base, field.count) else { return false }
      let root = FieldTable(block).writable(heap)
      block = root.root
      root.table.removeKey(position, hash)
      return true
    }
    guard let offset = pack.listpack.find(base, field.count, skip: view.step - 1) else { return false }
    block = pack.removing(heap, at: offset, count: view.step).block
    return true
  }

  // MARK: expiry

  /// Gives a field that is there an expiry, or takes it away.
  mutating func setExpiry(_ field: UnsafeRawBufferPointer, _ time: Int64?) {
    if time != nil { makeTimed() }
    guard view.isTimed, let old = view.field(field), old.expiry != time else { return }
    guard view.isTree else {
      let value = old.value.copy
      removeTriple(field)
      return value.withUnsafeBytes { insertTriple(field, $0, time) }
    }
    let base = field.baseAddress ?? emptyBytes
    let key = KeyView(bytes: base, count: field.count, hash: hash(base, field.count))
    let root = FieldTable(block).writable(heap)
    block = root.root
    guard let position = root.table.locate(key.hash, key.bytes, key.count) else { return }
    root.table.setExpiry(key, at: position, time)
    if let time { noteExpiry(time) }
  }

  /// Takes out up to about `limit` fields whose time is `horizon` or earlier, after `body` has seen each. Of a table up to `segments`
  /// segments are looked at; the next call goes on there. Returns whether more may be due.
  mutating func removeDue(horizon: Int64, limit: Int, segments: Int, _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
    guard let next = view.nextExpiry, next <= horizon else { return false }
    if view.isTree { return walkTable(horizon: horizon, limit: limit, segments: segments, removes: true, body) }
    var removed = 0
    while let time = view.nextExpiry, time <= horizon, let first = pack.listpack.first {
      if removed == limit { return true }
      pack.listpack.element(at: first).withBytes(body)
      block = pack.removing(heap, at: first, count: 3).block
      removed += 1
    }
    return false
  }

  // MARK: a timed table
  // Extra words: a lower bound of all expiry times; how far a walk for due fields has come (a position in the tree); the least time that
  // this walk has left behind it. When a walk comes to the end that becomes the bound, so that an expiry taken away stops being looked for.

  private mutating func noteExpiry(_ time: Int64) {
    let extra = FieldTable(block).extra
    extra.storeBytes(of: min(time, extra.load(as: Int64.self)), as: Int64.self)
    extra.storeBytes(of: min(time, extra.load(fromByteOffset: 16, as: Int64.self)), toByteOffset: 16, as: Int64.self)
  }

  /// For who is told what expires, and takes nothing out by itself: looks for the bound that is true by now, some segments at a time. A
  /// bound that stays low makes every read of the hash look for what is due.
  mutating func settleBound(horizon: Int64, segments: Int) {
    guard layout == HashView.timedTree, let next = view.nextExpiry, next <= horizon else { return }
    _ = walkTable(horizon: horizon, limit: .max, segments: segments, removes: false) { _ in }
  }

  private mutating func walkTable(
    horizon: Int64, limit: Int, segments: Int, removes: Bool, _ body: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    let root = FieldTable(block).writable(heap)
    block = root.root
    let table = root.table
    var position = root.extra.load(fromByteOffset: 8, as: UInt64.self)
    var least = root.extra.load(fromByteOffset: 16, as: Int64.self)
    var removed = 0
    var segmentsLeft = segments
    while removed < limit, segmentsLeft > 0 {
      segmentsLeft -= 1
      guard table.count > 0, let (segment, next) = table.tree.segment(at: position) else {
        position = 0
        root.extra.storeBytes(of: least, as: Int64.self)
        least = .max
        break
      }
      if KeyTable.expiryCount(segment) > 0, KeyTable.earliestExpiry(segment) <= horizon {
        var due: [Entry] = []
        var earliest = Int64.max
        KeyTable.forEachEntry(in: segment) { entry in
          guard let time = entry.expiry else { return }
          if time <= horizon, removes { due.append(entry) } else { earliest = min(earliest, time) }
        }
        KeyTable.setEarliestExpiry(segment, earliest)
        least = min(least, earliest)
        for entry in due {
          body(entry.keyBytes)
          let hash = hash(entry.key, entry.keyCount)
          if let position = table.locate(hash, entry.key, entry.keyCount) { table.removeKey(position, hash) }
        }
        removed += due.count
      } else if KeyTable.expiryCount(segment) > 0 {
        least = min(least, KeyTable.earliestExpiry(segment))
      }
      guard let next else {
        position = 0
        root.extra.storeBytes(of: least, as: Int64.self)
        least = .max
        break
      }
      position = next
    }
    root.extra.storeBytes(of: position, toByteOffset: 8, as: UInt64.self)
    root.extra.storeBytes(of: least, toByteOffset: 16, as: Int64.self)
    return root.extra.load(as: Int64.self) <= horizon && table.count > 0
  }

  // MARK: a timed listpack

  private mutating func removeTriple(_ field: UnsafeRawBufferPointer) {
    guard let offset = pack.listpack.find(field.baseAddress ?? emptyBytes, field.count, skip: 2) else { return }
    block = pack.removing(heap, at: offset, count: 3).block
  }

  /// The bytes must not lie in the listpack.
  private mutating func insertTriple(_ field: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ time: Int64?) {
    let listpack = pack.listpack
    var place = listpack.end
    if let time {
      var offset = listpack.first
      while let field = offset {
        let expiry = listpack.behind(listpack.behind(field))
        if view.expiry(at: expiry).map({ $0 > time }) ?? true {
          place = field
          break
        }
        offset = listpack.next(expiry)
      }
    }
    let parts = (ListpackValue(field), ListpackValue(value), ListpackValue(time ?? 0))
    let (new, gap) = pack.splice(
      heap, at: place, removing: 0, inserting: parts.0.elementBytes + parts.1.elementBytes + parts.2.elementBytes, countChange: 3)
    parts.2.write(to: parts.1.write(to: parts.0.write(to: gap)))
    block = new.block
  }

  // MARK: layouts

  private mutating func makeTimed() {
    switch layout {
    case .tree:
      let root = FieldTable(block).writable(heap)
      root.extra.storeBytes(of: .max, as: Int64.self)
      root.extra.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
      root.extra.storeBytes(of: .max, toByteOffset: 16, as: Int64.self)
      block = root.root
      layout = HashView.timedTree
    case .flat:
      var timed = ListpackBlock.create(heap, capacity: pack.listpack.byteCount + view.count * 2)
      view.forEachWhile { field, value, _ in
        timed = timed.appending(heap, ListpackValue(field), ListpackValue(value)).appending(heap, ListpackValue(0))
        return true
      }
      heap.discard(block, .sized)
      block = timed.block
      layout = HashView.timedFlat
    default: break
    }
  }

  @inline(never)
  mutating func makeTable() {
    guard !view.isTree else { return }
    let old = view
    let root = FieldTable.create(heap, hash)
    let table = root.table
    var least = Int64.max
    old.forEachWhile { field, value, expiry in
      field.withBytes { field in
        let base = field.baseAddress ?? emptyBytes
        let key = KeyView(bytes: base, count: field.count, hash: hash(base, field.count))
        value.withBytes { table.setString(key, at: nil, $0, expiry: expiry, access: 0) }
      }
      if let expiry { least = min(least, expiry) }
      return true
    }
    if old.isTimed {
      root.extra.storeBytes(of: least, as: Int64.self)
      root.extra.storeBytes(of: .max, toByteOffset: 16, as: Int64.self)
    }
    heap.discard(block, .sized)
    layout = old.isTimed ? HashView.timedTree : .tree
    block = root.root
  }

  func discard() { heap.discardCollection(.hash, layout, block) }
}

/// Builds a hash beside the keyspace, for loading and RESTORE. A later value of the same field replaces the earlier.
package struct HashBuilder {
  private var editor: HashEditor
  private var isEmpty = true

  init(heap: Heap, hash: ByteHash, limits: EncodingLimits) {
    editor = HashEditor(heap, hash, limits)
  }

  /// What comes was packed, and stays so whatever the lengths of its fields and values, as in Redis.
  package mutating func keepPacked() { editor.valueBytesMax = .max }

  /// `expiry` in ms since 1970. Returns whether the field is new; otherwise it has this value now.
  @discardableResult
  package mutating func append(_ field: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ expiry: Int64? = nil) -> Bool {
    isEmpty = false
    return editor.set(field, value, expiry.map { .at($0) } ?? .clear)
  }

  /// Nil when nothing was appended.
  package mutating func finish() -> CollectionValue? {
    if isEmpty {
      editor.discard()
      return nil
    }
    return editor.value
  }

  package mutating func discard() { editor.discard() }
}
