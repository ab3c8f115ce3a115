import TernEngine

/// Elements of one value, one behind the other in a run of bytes: a million of them must not be a million arrays. What a record consists
/// of follows from the value's type (`RDBValue`); strings have their length in front (32 bits), numbers are 64 bits.
package struct RDBElements: Hashable, Sendable {
  private var storage: [UInt8] = []
  /// Records, as the decoder counts them.
  package private(set) var count = 0

  /// They came in one packed block (a ziplist, a listpack).
  package var isPacked = false

  package init() {}

  package var isEmpty: Bool { count == 0 }
  package var byteCount: Int { storage.count }

  struct Mark {
    fileprivate let byteCount: Int
    fileprivate let count: Int
  }

  /// Where a record begins that may have to be taken back.
  var mark: Mark { Mark(byteCount: storage.count, count: count) }

  mutating func rollBack(to mark: Mark) {
    storage.removeLast(storage.count - mark.byteCount)
    count = mark.count
  }

  mutating func endRecord() { count += 1 }

  @inline(__always)
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    append(number: UInt32(truncatingIfNeeded: bytes.count))
    storage.append(contentsOf: bytes)
  }

  mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  /// As the decimal text.
  mutating func append(decimal value: Int64) {
    withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { digits in
      guard let base = digits.baseAddress else { return }
      append(UnsafeRawBufferPointer(start: base, count: Decimal.write(value, to: base)))
    }
  }

  mutating func append(_ element: CompactElement) {
    switch element {
    case .bytes(let bytes): append(bytes)
    case .integer(let value): append(decimal: value)
    }
  }

  @inline(__always)
  mutating func append<T: FixedWidthInteger>(number value: T) {
    withUnsafeBytes(of: value.littleEndian) { storage.append(contentsOf: $0) }
  }

  /// Reads the run from its beginning. The bytes that it hands out are valid within `body`.
  package func read(_ body: (inout Cursor) -> Void) {
    storage.withUnsafeBytes { bytes in
      var cursor = Cursor(bytes: bytes)
      body(&cursor)
    }
  }

  package struct Cursor {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    fileprivate init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    package var isAtEnd: Bool { position >= bytes.count }

    @inline(__always)
    package mutating func string() -> UnsafeRawBufferPointer {
      let count = Int(number(UInt32.self))
      guard count > 0, bytes.count - position >= count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
      defer { position += count }
      return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
    }

    @inline(__always)
    package mutating func number<T: FixedWidthInteger>(_: T.Type) -> T {
      guard bytes.count - position >= MemoryLayout<T>.size else { return 0 }
      defer { position += MemoryLayout<T>.size }
      return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }
  }
}

extension RDBElements {
  /// The records of a list or a set: strings.
  package func forEachString(_ body: (UnsafeRawBufferPointer) -> Void) {
    read { cursor in while !cursor.isAtEnd { body(cursor.string()) } }
  }

  /// The records of a hash: field, value, and when the field expires (ms since 1970; nil: never).
  package func forEachField(_ body: (_ field: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ expiry: Int64?) -> Void) {
    read { cursor in
      while !cursor.isAtEnd {
        let expiry = cursor.number(Int64.self)
        let field = cursor.string()
        body(field, cursor.string(), expiry == 0 ? nil : expiry)
      }
    }
  }

  /// The records of a sorted set, in the order of the file.
  package func forEachScored(_ body: (_ member: UnsafeRawBufferPointer, _ score: Double) -> Void) {
    read { cursor in
      while !cursor.isAtEnd {
        let score = Double(bitPattern: cursor.number(UInt64.self))
        body(cursor.string(), score)
      }
    }
  }
}

/// A stream's items, in the order of the file.
package enum RDBStreamItem: Hashable, Sendable {
  /// Entries behind a master entry, as Redis's listpack of them, which has been checked.
  case node(master: RDBStreamID, listpack: [UInt8])
  /// Behind the nodes, once. `firstID` … `entriesAdded` are nil in the first version of the format.
  case state(RDBStreamState)
  case group(name: [UInt8], lastID: RDBStreamID, entriesRead: Int64?)
  /// Delivered to a consumer of the last group, and not acknowledged. Times are in ms since 1970.
  case pending(id: RDBStreamID, deliveredAt: Int64, deliveries: UInt64)
  case consumer(name: [UInt8], seenAt: Int64, activeAt: Int64?)
  /// An entry that is pending for the last consumer.
  case owned(id: RDBStreamID)
}

package struct RDBStreamID: Hashable, Sendable, Comparable {
  package var milliseconds: UInt64
  package var sequence: UInt64

  package init(_ milliseconds: UInt64, _ sequence: UInt64) {
    self.milliseconds = milliseconds
    self.sequence = sequence
  }

  package static func < (a: Self, b: Self) -> Bool { (a.milliseconds, a.sequence) < (b.milliseconds, b.sequence) }
}

package struct RDBStreamState: Hashable, Sendable {
  package var length: UInt64
  package var lastID: RDBStreamID
  package var firstID: RDBStreamID?
  package var maxDeletedID: RDBStreamID?
  package var entriesAdded: UInt64?

  package init(
    length: UInt64, lastID: RDBStreamID, firstID: RDBStreamID? = nil, maxDeletedID: RDBStreamID? = nil, entriesAdded: UInt64? = nil
  ) {
    self.length = length
    self.lastID = lastID
    self.firstID = firstID
    self.maxDeletedID = maxDeletedID
    self.entriesAdded = entriesAdded
  }
}
