/// The types of a value, with the codes that TYPE, RDB and OBJECT know by name.
package enum ValueType: UInt8, Sendable, CaseIterable {
  case string = 0
  case list = 1
  case set = 2
  case sortedSet = 3
  case hash = 4
  case stream = 5

  package var name: StaticString {
    switch self {
    case .string: "string"
    case .list: "list"
    case .set: "set"
    case .sortedSet: "zset"
    case .hash: "hash"
    case .stream: "stream"
    }
  }
}

/// How a value lies in its entry.
package enum ValueLayout: UInt8, Sendable {
  /// Bytes behind the key; OBJECT ENCODING says embstr.
  case inline = 0
  /// An Int64 behind the key.
  case integer = 1
  /// Bytes behind the key that were once edited in place; OBJECT ENCODING says raw.
  case inlineRaw = 2
  /// A string: a pointer behind the key, to a block of the `sized` kind.
  case block = 3
  /// A pointer to a `ListpackBlock`; OBJECT ENCODING says `listpack`.
  case flat = 4
  /// A pointer to a `ListpackBlock` whose value Redis would call by the name of its large form, and never take back.
  case flatLarge = 5
  /// A pointer to an `IntsetBlock`.
  case integers = 6
  /// A pointer to the root block of the type's large structure.
  case tree = 7
}

/// One key and its value, one block:
///
/// ```
///  0  birth epoch            UInt32
///  4  key length             UInt32
///  8  value length           UInt32   bytes of the value area behind the key (8 for integers and pointers)
/// 12  type | layout | expiry 4 + 3 + 1 bits
/// 13  access                 24 bits  LRU clock (seconds, wraps) or LFU (minutes 16, counter 8)
/// 16  expiry time            Int64, ms since 1970; only with the expiry bit
///  .  key
///  .  value area
/// ```
///
/// A handle; says nothing about who owns the block.
package struct Entry {
  static let headerBytes = 16
  let block: Block

  @inline(__always) init(_ block: Block) { self.block = block }

  @inline(__always) package var keyCount: Int { Int(block.load(fromByteOffset: 4, as: UInt32.self)) }
  @inline(__always) var valueAreaCount: Int { Int(block.load(fromByteOffset: 8, as: UInt32.self)) }
  @inline(__always) private var tag: UInt8 { block.load(fromByteOffset: 12, as: UInt8.self) }

  @inline(__always) package var type: ValueType { ValueType(rawValue: tag & 0x0f) ?? .string }
  @inline(__always) package var layout: ValueLayout { ValueLayout(rawValue: (tag &>> 4) & 7) ?? .inline }
  @inline(__always) package var hasExpiry: Bool { tag & 0x80 != 0 }
  @inline(__always) var isPlainInline: Bool { tag & 0x7f == 0 }
  /// A hash in one of the layouts whose fields may expire.
  @inline(__always) var holdsTimedFields: Bool { tag & 0x6f == ValueType.hash.rawValue | ValueLayout.inlineRaw.rawValue &<< 4 }

  /// Milliseconds since 1970; nil without an expiry.
  @inline(__always) package var expiry: Int64? {
    hasExpiry ? block.loadUnaligned(fromByteOffset: 16, as: Int64.self) : nil
  }

  @inline(__always) package func isExpired(at now: Int64) -> Bool {
    hasExpiry && block.loadUnaligned(fromByteOffset: 16, as: Int64.self) <= now
  }

  @inline(__always) package var key: UnsafeMutableRawPointer { block + (hasExpiry ? 24 : 16) }
  @inline(__always) package var keyBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: key, count: keyCount) }
  @inline(__always) var valueArea: Block { key + keyCount }
  @inline(__always) var byteCount: Int { (hasExpiry ? 24 : 16) &+ keyCount &+ valueAreaCount }

  /// 24 bits; what they mean depends on the eviction policy.
  @inline(__always) package var access: UInt32 {
    get { block.load(fromByteOffset: 12, as: UInt32.self) &>> 8 }
    nonmutating set {
      let tagged = (newValue &<< 8) | UInt32(tag)
      block.storeBytes(of: tagged, toByteOffset: 12, as: UInt32.self)
    }
  }

  @inline(__always) func setLayout(_ layout: ValueLayout) {
    block.storeBytes(of: (tag & 0x8f) | (layout.rawValue &<< 4), toByteOffset: 12, as: UInt8.self)
  }
  @inline(__always) func setTag(_ type: ValueType, _ layout: ValueLayout, hasExpiry: Bool) {
    block.storeBytes(of: type.rawValue | (layout.rawValue &<< 4) | (hasExpiry ? 0x80 : 0), toByteOffset: 12, as: UInt8.self)
  }
  @inline(__always) func setValueAreaCount(_ count: Int) {
    block.storeBytes(of: UInt32(truncatingIfNeeded: count), toByteOffset: 8, as: UInt32.self)
  }
  @inline(__always) func setExpiry(_ time: Int64) { block.storeBytes(of: time, toByteOffset: 16, as: Int64.self) }

  @inline(__always) var integer: Int64 { valueArea.loadUnaligned(as: Int64.self) }
  @inline(__always) func setInteger(_ value: Int64) { valueArea.storeBytes(of: value, as: Int64.self) }
  @inline(__always) var valueBlock: Block { valueArea.loadUnaligned(as: Block.self) }
  @inline(__always) func setValueBlock(_ block: Block) { valueArea.storeBytes(of: block, as: Block.self) }
}

/// A long string's block: the sized header, then the length (UInt64), then the bytes and some room to grow.
struct StringBlock {
  static let headerBytes = 16
  let block: Block
  @inline(__always) init(_ block: Block) { self.block = block }
  @inline(__always) var count: Int { Int(block.load(fromByteOffset: 8, as: UInt64.self)) }
  @inline(__always) var bytes: Block { block + StringBlock.headerBytes }
  @inline(__always) var capacity: Int { Heap.sizedBytes(block) - StringBlock.headerBytes }
  @inline(__always) func setCount(_ count: Int) { block.storeBytes(of: UInt64(count), toByteOffset: 8, as: UInt64.self) }
}
