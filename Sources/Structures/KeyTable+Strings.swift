/// Strings in entries: where their bytes lie, and how they are set and edited.
extension KeyTable {
  /// Longer values than this lie in a block of their own, so that a change of the expiry or of the key does not copy them.
  static let inlineBytesMax = 1024

  /// A string value, where it lies.
  enum StringValue {
    case bytes(UnsafeRawBufferPointer)
    case integer(Int64)
  }

  @inline(__always)
  static func string(_ entry: Entry) -> StringValue {
    switch entry.layout {
    case .inlineRaw where entry.type != .string, .block where entry.type != .string:
      return .bytes(UnsafeRawBufferPointer(start: nil, count: 0))
    case .inline, .inlineRaw: return .bytes(UnsafeRawBufferPointer(start: entry.valueArea, count: entry.valueAreaCount))
    case .integer: return .integer(entry.integer)
    case .block:
      let block = StringBlock(entry.valueBlock)
      return .bytes(UnsafeRawBufferPointer(start: block.bytes, count: block.count))
    case .flat, .flatLarge, .integers, .tree:
      // No string: a caller that did not ask for the type sees no bytes, never a collection's.
      return .bytes(UnsafeRawBufferPointer(start: nil, count: 0))
    }
  }

  // MARK: making entries

  @inline(__always)
  func newEntry(_ key: KeyView, type: ValueType, layout: ValueLayout, valueArea: Int, expiry: Int64?) -> Entry {
    let header = expiry == nil ? 16 : 24
    let block = heap.allocate(header &+ key.count &+ valueArea)
    block.storeBytes(of: heap.epoch, as: UInt32.self)
    block.storeBytes(of: UInt32(truncatingIfNeeded: key.count), toByteOffset: 4, as: UInt32.self)
    block.storeBytes(of: UInt64(truncatingIfNeeded: valueArea), toByteOffset: 8, as: UInt64.self)
    let entry = Entry(block)
    entry.setTag(type, layout, hasExpiry: expiry != nil)
    if let expiry { entry.setExpiry(expiry) }
    (block + header).copyMemory(from: key.bytes, byteCount: key.count)
    return entry
  }

  private func newStringBlock(count: Int, capacity: Int) -> StringBlock {
    let block = StringBlock(heap.allocateSized(StringBlock.headerBytes + capacity))
    block.setCount(count)
    return block
  }

  private func newStringEntry(_ key: KeyView, _ value: UnsafeRawBufferPointer, raw: Bool, expiry: Int64?) -> Entry {
    guard value.count <= Self.inlineBytesMax else {
      let block = newStringBlock(count: value.count, capacity: value.count)
      if let base = value.baseAddress { block.bytes.copyMemory(from: base, byteCount: value.count) }
      let entry = newEntry(key, type: .string, layout: .block, valueArea: 8, expiry: expiry)
      entry.valueArea.storeBytes(of: block.block, as: Block.self)
      return entry
    }
    let entry = newEntry(key, type: .string, layout: raw ? .inlineRaw : .inline, valueArea: value.count, expiry: expiry)
    if let base = value.baseAddress { entry.valueArea.copyMemory(from: base, byteCount: value.count) }
    return entry
  }

  private func newIntegerEntry(_ key: KeyView, _ value: Int64, expiry: Int64?) -> Entry {
    let entry = newEntry(key, type: .string, layout: .integer, valueArea: 8, expiry: expiry)
    entry.setInteger(value)
    return entry
  }

  /// Lets go of what the entry points to (not of the entry).
  @inline(__always)
  func discardValue(of entry: Entry) {
    if entry.layout.rawValue >= ValueLayout.block.rawValue || (entry.layout == .inlineRaw && entry.type != .string) {
      discardBlock(of: entry)
    }
  }

  @inline(never)
  private func discardBlock(of entry: Entry) {
    if entry.type == .string {
      heap.discard(entry.valueBlock, .sized)
    } else {
      heap.discardCollection(entry.type, entry.layout, entry.valueBlock)
    }
  }

  // MARK: whole values

  /// Sets `key` to a string, an integer where the bytes are a canonical one. `position` is where the key stands now, nil if it is new.
  @inline(__always)
  func setString(_ key: KeyView, at position: Position?, _ value: UnsafeRawBufferPointer, expiry: Int64?, access: UInt32) {
    if value.count <= 20, let base = value.baseAddress, let integer = Decimal.parse(base, value.count) {
      return setInteger(key, at: position, integer, expiry: expiry, access: access)
    }
    if let position {
      let entry = position.entry
      if expiry == nil, entry.isPlainInline, !entry.hasExpiry, !heap.isFrozen(entry.block),
        Heap.rounded(16 &+ key.count &+ value.count) == Heap.rounded(entry.byteCount), value.count <= Self.inlineBytesMax
      {
        if let base = value.baseAddress { entry.valueArea.copyMemory(from: base, byteCount: value.count) }
        entry.setValueAreaCount(value.count)
        entry.access = access
        return
      }
    }
    put(newStringEntry(key, value, raw: false, expiry: expiry), key, at: position, access: access)
  }

  @inline(__always)
  func setInteger(_ key: KeyView, at position: Position?, _ value: Int64, expiry: Int64?, access: UInt32) {
    if let position {
      let entry = position.entry
      if entry.type == .string, entry.layout == .integer, !heap.isFrozen(entry.block), entry.expiry == expiry {
        entry.setInteger(value)
        entry.access = access
        return
      }
    }
    put(newIntegerEntry(key, value, expiry: expiry), key, at: position, access: access)
  }

  /// Bytes that stay bytes, even if they look like an integer: the result of SETRANGE (raw) and of INCRBYFLOAT.
  func setByteString(
    _ key: KeyView, at position: Position?, _ value: UnsafeRawBufferPointer, isRaw: Bool, expiry: Int64?, access: UInt32
  ) {
    put(newStringEntry(key, value, raw: isRaw, expiry: expiry), key, at: position, access: access)
  }

  @inline(__always)
  private func put(_ entry: Entry, _ key: KeyView, at position: Position?, access: UInt32) {
    entry.access = access
    guard let position else { return insert(entry, key.hash) }
    discardValue(of: position.entry)
    replace(position, key.hash, with: entry)
  }

  // MARK: editing

  /// A string's bytes, writable, `count` long, made so by growing with zeros or by converting; what lies at `position` must be a string.
  /// Growth doubles small blocks and adds a megabyte to large ones, so that APPEND in a loop copies little.
  func editableString(_ key: KeyView, at position: Position, count: Int, access: UInt32) -> UnsafeMutableRawBufferPointer {
    let entry = position.entry
    if entry.layout == .block {
      let block = StringBlock(entry.valueBlock)
      if !heap.isFrozen(block.block), !heap.isFrozen(entry.block), block.capacity >= count {
        if count > block.count {
          (block.bytes + block.count).initializeMemory(as: UInt8.self, repeating: 0, count: count - block.count)
        }
        block.setCount(count)
        entry.access = access
        return UnsafeMutableRawBufferPointer(start: block.bytes, count: count)
      }
    } else if entry.layout == .inlineRaw, entry.valueAreaCount == count, !heap.isFrozen(entry.block) {
      entry.access = access
      return UnsafeMutableRawBufferPointer(start: entry.valueArea, count: count)
    }
    return convertedString(key, at: position, count: count, access: access)
  }

  private func convertedString(_ key: KeyView, at position: Position, count: Int, access: UInt32) -> UnsafeMutableRawBufferPointer {
    let old = position.entry
    let new: Entry
    let bytes: UnsafeMutableRawPointer
    if count <= Self.inlineBytesMax {
      new = newEntry(key, type: .string, layout: .inlineRaw, valueArea: count, expiry: old.expiry)
      bytes = new.valueArea
    } else {
      let capacity = count + min(count, 1 << 20)
      let block = newStringBlock(count: count, capacity: capacity)
      new = newEntry(key, type: .string, layout: .block, valueArea: 8, expiry: old.expiry)
      new.valueArea.storeBytes(of: block.block, as: Block.self)
      bytes = block.bytes
    }
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    switch Self.string(old) {
    case .bytes(let value):
      if let base = value.baseAddress { bytes.copyMemory(from: base, byteCount: min(count, value.count)) }
    case .integer(let value):
      withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { digits in
        guard let base = digits.baseAddress else { return }
        bytes.copyMemory(from: base, byteCount: min(count, Decimal.write(value, to: base)))
      }
    }
    put(new, key, at: position, access: access)
    return UnsafeMutableRawBufferPointer(start: bytes, count: count)
  }

  // MARK: keys

  /// Takes the key and its value out.
  @inline(__always)
  func removeKey(_ position: Position, _ hash: UInt64) {
    discardValue(of: position.entry)
    remove(position, hash)
  }

  /// Gives the entry another expiry, or none. The value is not copied if it lies in a block.
  func setExpiry(_ key: KeyView, at position: Position, _ expiry: Int64?) {
    let old = position.entry
    if let expiry, old.hasExpiry, !heap.isFrozen(old.block), !heap.isFrozen(position.segment) {
      return rewriteExpiry(position, expiry)
    }
    if expiry == nil, !old.hasExpiry { return }
    let new = newEntry(key, type: old.type, layout: old.layout, valueArea: old.valueAreaCount, expiry: expiry)
    new.valueArea.copyMemory(from: old.valueArea, byteCount: old.valueAreaCount)
    new.access = old.access
    replace(position, key.hash, with: new)
  }

  /// Takes the value from `source` (where `key` of `other` stands) to `destination`, with its expiry; the source's key goes away.
  /// `destination` must not exist in this table.
  func adopt(_ destination: KeyView, from source: Position, _ sourceHash: UInt64, of other: KeyTable) {
    let old = source.entry
    let new = newEntry(destination, type: old.type, layout: old.layout, valueArea: old.valueAreaCount, expiry: old.expiry)
    new.valueArea.copyMemory(from: old.valueArea, byteCount: old.valueAreaCount)
    new.access = old.access
    other.remove(source, sourceHash)
    insert(new, destination.hash)
  }

  /// A copy of `entry`'s value under another key, which must not exist in this table.
  func insertCopy(_ destination: KeyView, of entry: Entry, access: UInt32) {
    guard entry.type == .string else {
      return insertCollection(destination, copiedCollection(entry), expiry: entry.expiry, access: access)
    }
    let copy: Entry
    switch Self.string(entry) {
    case .integer(let value): copy = newIntegerEntry(destination, value, expiry: entry.expiry)
    case .bytes(let bytes): copy = newStringEntry(destination, bytes, raw: entry.layout == .inlineRaw, expiry: entry.expiry)
    }
    copy.access = access
    insert(copy, destination.hash)
  }

  /// Frees one segment, with its entries, of a tree that was taken away; at the end (`position` becomes nil) the directories.
  func dismantle(_ tree: KeyTree, from position: inout UInt64?) {
    guard let at = position, let (segment, next) = tree.segment(at: at) else {
      position = nil
      return
    }
    Self.forEachEntry(in: segment) { entry in
      discardValue(of: entry)
      heap.discard(entry.block, .entry)
    }
    // Slots that lead here lie below `next`, and are not followed again.
    heap.discard(segment, .segment)
    position = next
    if next == nil { tree.forEachDirectory { heap.discard($0, .sized) } }
  }
}
