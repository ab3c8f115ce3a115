/// Tells which bytes from a file may lie in memory as they are, and packs small sets and hashes whose elements come one by one. Needs no
/// heap, so that it can run on a thread that decodes, while another puts values in place.
///
/// What is accepted is exactly what the editors would have made of the elements: valid, every element in its shortest form, nothing
/// twice, a sorted set in order, within the limits of the small encodings. A refusal says nothing about why: the slow way, element by
/// element, finds out whether the value is malformed, or just to be kept in another form.
package struct PackedValues: Sendable {
  private let hash: ByteHash
  private let limits: EncodingLimits
  /// The hashes of the elements so far, open addressing, 0 for a free place. Two elements that agree in 64 secret bits are refused, not
  /// confused.
  private var seen = [UInt64](repeating: 0, count: 64)
  private var seenMask = 63

  // The value that is being packed.
  private var elements: [UInt8] = []
  private var elementCount = 0
  private var integers: [Int64] = []
  /// What was packed last.
  package private(set) var output: [UInt8] = []

  init(hash: ByteHash, limits: EncodingLimits) {
    self.hash = hash
    self.limits = limits
  }

  // MARK: bytes as they are

  package mutating func accepts(listpack bytes: UnsafeRawBufferPointer, as type: ValueType) -> Bool {
    guard Listpack.isValid(bytes), let base = bytes.baseAddress else { return false }
    let pack = Listpack(base)
    guard !pack.isEmpty, pack.storedCount != 0xffff else { return false }
    switch type {
    case .list: return acceptsList(pack)
    case .set: return pack.storedCount <= limits.setEntries && accepts(pack, step: 1, bytesMax: limits.setValueBytes)
    case .hash:
      return pack.storedCount & 1 == 0 && pack.storedCount / 2 <= limits.hashEntries
        && accepts(pack, step: 2, bytesMax: limits.hashValueBytes)
    case .sortedSet:
      return pack.storedCount & 1 == 0 && pack.storedCount / 2 <= limits.sortedSetEntries
        && accepts(pack, step: 2, bytesMax: limits.sortedSetValueBytes) && isInOrder(pack)
    case .string, .stream: return false
    }
  }

  package func accepts(intset bytes: UnsafeRawBufferPointer) -> Bool {
    guard Intset.isValid(bytes), let base = bytes.baseAddress else { return false }
    return Intset(base).count <= limits.setIntegers
  }

  private func acceptsList(_ pack: Listpack) -> Bool {
    guard pack.byteCount <= ListLimits.flatBytesMax,
      ListLimits(size: limits.listSize).isSmall(bytes: pack.byteCount, count: pack.storedCount)
    else { return false }
    var offset = Listpack.headerBytes
    while pack.byte(offset) != 0xff {
      guard isShortest(pack, offset) else { return false }
      offset = pack.behind(offset)
    }
    return true
  }

  /// Every element is in its shortest form and short enough, and no first one of `step` comes twice.
  private mutating func accepts(_ pack: Listpack, step: Int, bytesMax: Int) -> Bool {
    forget(pack.storedCount / step)
    var offset = Listpack.headerBytes
    var index = 0
    var areAllIntegers = true
    while pack.byte(offset) != 0xff {
      guard isShortest(pack, offset) else { return false }
      let isName = index == 0
      index = index + 1 == step ? 0 : index + 1
      switch pack.element(at: offset) {
      case .integer(let value):
        guard bytesMax >= 20 else { return false }
        if isName, !isNew(value) { return false }
      case .bytes(let bytes):
        areAllIntegers = false
        guard bytes.count <= bytesMax else { return false }
        if isName, !isNew(bytes) { return false }
      }
      offset = pack.behind(offset)
    }
    // A set of integers alone is an intset.
    return step == 2 || !areAllIntegers
  }

  @inline(__always)
  private func isShortest(_ pack: Listpack, _ offset: Int) -> Bool {
    switch pack.element(at: offset) {
    case .integer(let value): return pack.payloadBytes(at: offset) == ListpackValue.integerBytes(value)
    case .bytes(let bytes):
      guard pack.payloadBytes(at: offset) == ListpackValue.stringBytes(bytes.count) else { return false }
      guard bytes.count <= 20, let base = bytes.baseAddress else { return true }
      return Decimal.parse(base, bytes.count) == nil
    }
  }

  private func isInOrder(_ pack: Listpack) -> Bool {
    var offset = Listpack.headerBytes
    var previous: (score: Double, member: Int)?
    while pack.byte(offset) != 0xff {
      let scoreOffset = pack.behind(offset)
      let score: Double
      switch pack.element(at: scoreOffset) {
      case .integer(let value): score = Double(value)
      case .bytes(let text):
        guard let value = ScoreText.parse(text), !value.isNaN else { return false }
        score = value
      }
      if let previous {
        guard score >= previous.score else { return false }
        if score == previous.score {
          let order = pack.element(at: previous.member).withBytes { before in
            pack.element(at: offset).withBytes { compareBytes(before, $0) }
          }
          guard order < 0 else { return false }
        }
      }
      previous = (score, offset)
      offset = pack.behind(scoreOffset)
    }
    return true
  }

  // MARK: elements one by one

  /// Begins a set or a hash of so many members or fields. False: it will be a large one.
  package mutating func begin(_ type: ValueType, count: Int) -> Bool {
    guard count > 0, count <= (type == .set ? max(limits.setEntries, limits.setIntegers) : limits.hashEntries) else { return false }
    forget(count)
    elements.removeAll(keepingCapacity: true)
    integers.removeAll(keepingCapacity: true)
    elementCount = 0
    return true
  }

  /// Adds a member of a set. False: it cannot be packed.
  package mutating func addMember(_ member: UnsafeRawBufferPointer) -> Bool {
    let value = ListpackValue(member)
    if let integer = value.integer {
      guard isNew(integer) else { return false }
      // As long as there were integers only.
      if elementCount == integers.count { integers.append(integer) }
    } else {
      guard member.count <= limits.setValueBytes, isNew(member) else { return false }
    }
    append(value)
    return true
  }

  /// Adds a field of a hash, or its value, in turn.
  package mutating func addField(_ text: UnsafeRawBufferPointer, isName: Bool) -> Bool {
    guard text.count <= limits.hashValueBytes else { return false }
    let value = ListpackValue(text)
    if isName {
      guard value.integer.map({ isNew($0) }) ?? isNew(text) else { return false }
    }
    append(value)
    return true
  }

  private mutating func append(_ value: ListpackValue) {
    let start = elements.count
    elements.append(contentsOf: repeatElement(0, count: value.elementBytes))
    elements.withUnsafeMutableBytes { if let base = $0.baseAddress { value.write(to: base + start) } }
    elementCount += 1
  }

  /// The form that the set in `output` has; nil if it is none of the small ones.
  package mutating func finishSet() -> LoadBatch.Form? {
    if integers.count == elementCount {
      guard elementCount <= limits.setIntegers else { return nil }
      writeIntset()
      return .intset
    }
    guard elementCount <= limits.setEntries else { return nil }
    // Integers do not count as short by what they take here, but by their digits.
    guard limits.setValueBytes >= 20 else { return nil }
    return finishListpack() ? .listpack(.set) : nil
  }

  package mutating func finishHash() -> LoadBatch.Form? { finishListpack() ? .listpack(.hash) : nil }

  private mutating func finishListpack() -> Bool {
    let total = Listpack.headerBytes + elements.count + 1
    guard elementCount < 0xffff, total < ListpackBlock.bytesMax else { return false }
    output.removeAll(keepingCapacity: true)
    withUnsafeBytes(of: UInt32(total).littleEndian) { output.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt16(elementCount).littleEndian) { output.append(contentsOf: $0) }
    output.append(contentsOf: elements)
    output.append(0xff)
    return true
  }

  private mutating func writeIntset() {
    integers.sort()
    let width = max(Intset.width(of: integers.first ?? 0), Intset.width(of: integers.last ?? 0))
    output.removeAll(keepingCapacity: true)
    withUnsafeBytes(of: UInt32(width).littleEndian) { output.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(integers.count).littleEndian) { output.append(contentsOf: $0) }
    for integer in integers { withUnsafeBytes(of: integer.littleEndian) { output.append(contentsOf: $0.prefix(width)) } }
  }

  // MARK: what was seen

  /// Makes room for `count` elements.
  private mutating func forget(_ count: Int) {
    var size = 64
    while size < 2 * count { size *= 2 }
    if seen.count < size { seen = [UInt64](repeating: 0, count: size) }
    seenMask = size - 1
    seen.withUnsafeMutableBufferPointer { places in
      for i in 0..<size { places[i] = 0 }
    }
  }

  private mutating func isNew(_ hash: UInt64) -> Bool {
    let hash = hash | 1
    let mask = seenMask
    return seen.withUnsafeMutableBufferPointer { places in
      var i = Int(truncatingIfNeeded: hash >> 32) & mask
      while places[i] != 0 {
        if places[i] == hash { return false }
        i = (i + 1) & mask
      }
      places[i] = hash
      return true
    }
  }

  private mutating func isNew(_ bytes: UnsafeRawBufferPointer) -> Bool { isNew(hash(bytes.baseAddress ?? emptyBytes, bytes.count)) }

  private mutating func isNew(_ integer: Int64) -> Bool {
    isNew(ByteHash.fold(UInt64(bitPattern: integer) ^ hash.secret0, hash.secret1 ^ hash.seed))
  }
}
