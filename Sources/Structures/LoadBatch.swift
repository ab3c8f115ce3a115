/// Keys on their way from the thread that decodes a file to the one that puts them in place. Names and values lie behind each other in
/// one run of bytes, which is used again for the next batch: a key costs no allocation until it has its entry.
///
/// Whoever decodes puts a name and a value at the end (`reserve`, `advance`), and then says by `add` what they are, or takes them back.
/// One thread at a time has a batch; whoever hands it on does not touch it any more. (Its properties are not checked for exclusive access:
/// that took a sixth of the time of decoding, and nothing here calls back.)
package final class LoadBatch: @unchecked Sendable {
  /// So much is handed over at once: enough that the handing over costs nothing, little enough to stay in the cache.
  package static let recordsMax = 1024
  package static let bytesMax = 256 << 10
  private static let capacityMin = bytesMax + (128 << 10)

  /// What a record's bytes are.
  package enum Form: Sendable {
    case string
    case integer(Int64)
    /// A listpack as it is to lie in memory (see `PackedValues`).
    case listpack(ValueType)
    case intset
    /// Something that the owner of the batch keeps elsewhere: its number there.
    case other(Int)
  }

  /// What an eviction policy is to know of the key.
  package enum Access: Hashable, Sendable {
    case new
    case idle(seconds: UInt64)
    case frequency(UInt8)
  }

  struct Record {
    let form: Form
    let hash: UInt64
    /// The value's bytes follow the name's.
    let nameStart: Int
    let nameCount: Int
    let valueCount: Int
    let database: Int
    /// Milliseconds since 1970; `.max`: none.
    let expiry: Int64
    let access: Access
    /// Of the key in the file.
    let offset: Int
  }

  private let hash: ByteHash
  /// Of the thread that decodes.
  @exclusivity(unchecked) package var packed: PackedValues
  @exclusivity(unchecked) var records: [Record] = []
  @exclusivity(unchecked) private(set) var storage: UnsafeMutableRawPointer
  @exclusivity(unchecked) private var capacity = LoadBatch.capacityMin
  /// Bytes in use.
  @exclusivity(unchecked) package private(set) var byteCount = 0

  init(hash: ByteHash, limits: EncodingLimits) {
    self.hash = hash
    packed = PackedValues(hash: hash, limits: limits)
    storage = .allocate(byteCount: capacity, alignment: 16)
    records.reserveCapacity(LoadBatch.recordsMax)
  }

  deinit { storage.deallocate() }

  package var count: Int { records.count }
  package var isFull: Bool { records.count >= LoadBatch.recordsMax || byteCount >= LoadBatch.bytesMax }

  package func removeAll() {
    records.removeAll(keepingCapacity: true)
    byteCount = 0
    guard capacity > LoadBatch.capacityMin else { return }
    // A large value's room is not kept.
    storage.deallocate()
    capacity = LoadBatch.capacityMin
    storage = .allocate(byteCount: capacity, alignment: 16)
  }

  // MARK: decoding

  /// Room for `count` bytes behind those in use. Valid until the next call.
  @inline(__always)
  package func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if capacity - byteCount < count { grow(count) }
    return UnsafeMutableRawBufferPointer(start: storage + byteCount, count: count)
  }

  @inline(never)
  private func grow(_ count: Int) {
    let larger = max(capacity * 2, byteCount + count)
    let new = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
    new.copyMemory(from: storage, byteCount: byteCount)
    storage.deallocate()
    storage = new
    capacity = larger
  }

  /// So many of the reserved bytes are in use now.
  @inline(__always)
  package func advance(_ count: Int) { byteCount &+= min(count, capacity - byteCount) }

  /// Gives up the bytes from `byteCount` on.
  package func rollBack(to byteCount: Int) { self.byteCount = max(0, min(byteCount, self.byteCount)) }

  package func append(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, let target = reserve(bytes.count).baseAddress else { return }
    target.copyMemory(from: base, byteCount: bytes.count)
    advance(bytes.count)
  }

  /// The bytes in use from `start` on. Valid until the next call.
  package func bytes(from start: Int) -> UnsafeRawBufferPointer {
    let start = max(0, min(start, byteCount))
    return UnsafeRawBufferPointer(start: storage + start, count: byteCount - start)
  }

  package struct Place: Sendable {
    package var database: Int
    /// Milliseconds since 1970.
    package var expiry: Int64?
    package var access: Access
    /// Where in the file the key begins.
    package var offset: Int

    package init(database: Int, expiry: Int64?, access: Access, offset: Int) {
      self.database = database
      self.expiry = expiry
      self.access = access
      self.offset = offset
    }
  }

  /// The bytes from `start` on are a name of `nameCount` bytes and its value.
  package func add(_ form: Form, from start: Int, nameCount: Int, _ place: Place) {
    guard start >= 0, nameCount >= 0, start + nameCount <= byteCount else { return }
    records.append(
      Record(
        form: form, hash: hash(storage + start, nameCount), nameStart: start, nameCount: nameCount,
        valueCount: byteCount - start - nameCount, database: place.database, expiry: place.expiry ?? .max, access: place.access,
        offset: place.offset))
  }

  /// Adds something that is no key of a simple form.
  package func addOther(_ number: Int, offset: Int) {
    records.append(
      Record(
        form: .other(number), hash: 0, nameStart: byteCount, nameCount: 0, valueCount: 0, database: 0, expiry: .max, access: .new,
        offset: offset))
  }

  // MARK: the other side

  /// The number of the record, if it is one that the owner keeps.
  package func other(at index: Int) -> Int? {
    guard records.indices.contains(index), case .other(let number) = records[index].form else { return nil }
    return number
  }

  /// Where the record's key begins in the file.
  package func offset(at index: Int) -> Int { records.indices.contains(index) ? records[index].offset : 0 }

  package func database(at index: Int) -> Int { records.indices.contains(index) ? records[index].database : 0 }

  package func name(at index: Int) -> [UInt8] {
    guard records.indices.contains(index) else { return [] }
    return Array(UnsafeRawBufferPointer(start: storage + records[index].nameStart, count: records[index].nameCount))
  }
}
