/// Makes a collection of whatever type out of its elements, as a file or a payload has them: the builder of the type, to which elements are
/// appended, and what all of them have in common.
package struct CollectionBuilder {
  package let type: ValueType
  package var list: ListBuilder?
  package var set: SetBuilder?
  package var hash: HashBuilder?
  package var sortedSet: SortedSetBuilder?
  package var stream: StreamBuilder?

  /// `type` is not `.string`.
  package init(_ type: ValueType, _ engine: Engine) {
    self.type = type
    let (heap, hash, limits) = (engine.heap, engine.byteHash, engine.limits)
    switch type {
    case .list, .string: list = ListBuilder(heap: heap, hash: hash, limits: limits)
    case .set: set = SetBuilder(heap: heap, hash: hash, limits: limits)
    case .hash: self.hash = HashBuilder(heap: heap, hash: hash, limits: limits)
    case .sortedSet: sortedSet = SortedSetBuilder(heap: heap, hash: hash, limits: limits)
    case .stream: stream = StreamBuilder(heap: heap, hash: hash, limits: limits)
    }
  }

  /// nil if nothing was appended: there is no collection without elements. (A stream: if its groups contradict themselves.)
  package mutating func finish() -> CollectionValue? {
    switch type {
    case .list, .string: list?.finish()
    case .set: set?.finish()
    case .hash: hash?.finish()
    case .sortedSet: sortedSet?.finish()
    case .stream: stream?.finish()
    }
  }

  /// Instead of `finish`.
  package mutating func discard() {
    list?.discard()
    set?.discard()
    hash?.discard()
    sortedSet?.discard()
    stream?.discard()
  }
}

extension Engine {
  /// What a key's access field is to be when it was last used so long ago.
  package func access(idleSeconds: UInt64) -> UInt32 {
    let clock = hot.pointee.accessClock
    return (clock &- UInt32(truncatingIfNeeded: min(idleSeconds, 0x00ff_ffff))) & 0x00ff_ffff
  }

  /// Puts back what a builder made, and nobody takes.
  package func discard(_ value: CollectionValue) { heap.discardCollection(value.type, value.layout, value.block) }
}

extension Entry {
  /// The elements of a collection: members, fields, entries. Fields whose time is over count until somebody takes them out.
  package var collectionCount: Int {
    switch type {
    case .string: 0
    case .list: ListReader(self).count
    case .set: SetView(self).count
    case .sortedSet: SortedSetView(self).count
    case .hash: HashView(self).count
    case .stream: Int(clamping: streamView.count)
    }
  }

  /// The value's listpack, if it is kept as one of Redis's own form: a small list, set or sorted set, a small hash whose fields stay.
  package var flatBytes: UnsafeRawBufferPointer? {
    switch layout {
    case .flat, .flatLarge: ListpackBlock(valueBlock).listpack.bytes
    default: nil
    }
  }

  /// The listpack of a small hash whose fields expire: field, value, expiry.
  package var timedFlatBytes: UnsafeRawBufferPointer? {
    type == .hash && layout == HashView.timedFlat ? ListpackBlock(valueBlock).listpack.bytes : nil
  }

  /// The value's intset, if it is kept as one.
  package var intsetBytes: UnsafeRawBufferPointer? { layout == .integers ? IntsetBlock(valueBlock).intset.bytes : nil }

  /// A list's listpacks, head to tail.
  package func forEachListpack(_ body: (UnsafeRawBufferPointer) -> Void) { ListReader(self).forEachListpack(body) }

  /// When a field of a hash expires first, or earlier; nil: none does.
  package var nextFieldExpiry: Int64? { type == .hash ? HashView(self).nextExpiry : nil }
}
