package import TernEngine

/// Writes one entry of a snapshot in pieces, and can stop after any of them: so a value of millions of elements, or of one element of 500 MB,
/// is written, or sent to a replica, with no more memory than a small one, and as slowly as is asked for.
package struct RDBEntryWriter {
  private enum Item {
    case string(RDBStringWriter)
    case text(UnsafeRawBufferPointer)
    case integer(Int64)
    case score(Double)
  }

  private enum Stage {
    case list(ListWalk)
    /// A value in one piece that is written element by element: a set, of which Redis 7.0 knows no other small form (`step` 1), or a hash that
    /// loses the expiries of its fields (3: field, value, expiry).
    case packed(Listpack, offset: Int, step: Int)
    case set(TableWalk)
    /// `earliest`: of the fields that expire; nil: none does.
    case hash(TableWalk, earliest: Int64?)
    case sortedSet(ScoredWalk)
    case nodes(StreamNodeWalk, StreamView)
    case groups(StreamGroupWalk)
    case pending(PendingWalk, StreamGroupView, StreamGroupWalk)
    case consumers(ConsumerWalk, StreamGroupWalk)
    case owned(ConsumerPendingWalk, ConsumerWalk, StreamGroupWalk)
    case end
  }

  /// To be written before the walk goes on, in order.
  private var items: [Item] = []
  private var stage = Stage.end

  /// An entry that is written whole needs no more than this, beside its key.
  private static let wholeBytesMax = RDBStringWriter.wholeBytesMax

  /// Begins an entry. nil: it is small, and written already.
  package init?(_ entry: Entry, eviction: RDBEviction?, to writer: inout RDBWriter) {
    if entry.keyCount <= RDBEntryWriter.wholeBytesMax, let bytes = entry.pieceBytes, bytes <= RDBEntryWriter.wholeBytesMax {
      writer.entry(entry, eviction: eviction)
      return nil
    }
    let form = ValueForm(entry, fieldExpiries: writer.options.fieldExpiries)
    writer.prefix(form.type, expireAt: entry.expiry, eviction: eviction)
    put(entry.keyBytes, &writer)
    switch form {
    case .string:
      switch entry.string {
      case .bytes(let bytes): put(bytes, &writer)
      case .integer(let value): put(value, &writer)
      case nil: break
      }
    case .bytes(_, let bytes): put(bytes, &writer)
    case .timedBytes(let earliest, let bytes):
      // Behind the key, which may be long itself: nothing is written ahead of what waits.
      drainItems(&writer)
      writer.bits(UInt64(bitPattern: earliest))
      put(bytes, &writer)
    case .list:
      let walk = ListWalk(entry)
      begin(walk.count, .list(walk), &writer)
    case .set:
      if let walk = TableWalk(tableOf: entry) {
        begin(entry.collectionCount, .set(walk), &writer)
      } else if let bytes = entry.flatBytes, let base = bytes.baseAddress {
        begin(entry.collectionCount, .packed(Listpack(base), offset: Listpack.headerBytes, step: 1), &writer)
      }
    case .sortedSet: if let walk = ScoredWalk(entry) { begin(entry.collectionCount, .sortedSet(walk), &writer) }
    case .hash:
      if let walk = TableWalk(tableOf: entry) {
        begin(entry.collectionCount, .hash(walk, earliest: nil), &writer)
      } else if let base = entry.timedFlatBytes?.baseAddress {
        begin(entry.collectionCount, .packed(Listpack(base), offset: Listpack.headerBytes, step: 3), &writer)
      }
    case .expiringHash(let earliest):
      guard let walk = TableWalk(tableOf: entry) else { break }
      drainItems(&writer)
      writer.bits(UInt64(bitPattern: earliest))
      begin(entry.collectionCount, .hash(walk, earliest: earliest), &writer)
    case .stream: begin(entry.streamView.nodeCount, .nodes(StreamNodeWalk(entry.streamView), entry.streamView), &writer)
    }
  }

  /// Writes on until at least `bytes` are pending. True: the entry is complete.
  package mutating func next(_ writer: inout RDBWriter, until bytes: Int) -> Bool {
    while writer.pendingByteCount < bytes {
      if !items.isEmpty {
        writeItem(&writer)
      } else if case .end = stage {
        return true
      } else {
        step(&writer)
      }
    }
    if case .end = stage { return items.isEmpty }
    return false
  }

  // MARK: items

  private mutating func put(_ text: UnsafeRawBufferPointer, _ writer: inout RDBWriter) {
    guard text.count > RDBEntryWriter.wholeBytesMax else {
      if items.isEmpty { writer.string(text) } else { items.append(.text(text)) }
      return
    }
    // The length of a long one is written when its turn comes.
    items.append(.text(text))
  }

  private mutating func put(_ value: Int64, _ writer: inout RDBWriter) {
    if items.isEmpty { writer.integer(value) } else { items.append(.integer(value)) }
  }

  private mutating func put(_ value: StringView, _ writer: inout RDBWriter) {
    switch value {
    case .bytes(let bytes): put(bytes, &writer)
    case .integer(let integer): put(integer, &writer)
    }
  }

  private mutating func put(_ element: ListpackElement, _ writer: inout RDBWriter) {
    switch element {
    case .bytes(let bytes): put(bytes, &writer)
    case .integer(let integer): put(integer, &writer)
    }
  }

  private mutating func put(score: Double, _ writer: inout RDBWriter) {
    if items.isEmpty { writer.bits(score.bitPattern) } else { items.append(.score(score)) }
  }

  private mutating func writeItem(_ writer: inout RDBWriter) {
    switch items[0] {
    case .text(let text) where text.count > RDBEntryWriter.wholeBytesMax: items[0] = .string(RDBStringWriter(text, &writer))
    case .text(let text):
      writer.string(text)
      items.removeFirst()
    case .string(var string):
      let isOver = string.next(&writer)
      if isOver { items.removeFirst() } else { items[0] = .string(string) }
    case .integer(let value):
      writer.integer(value)
      items.removeFirst()
    case .score(let score):
      writer.bits(score.bitPattern)
      items.removeFirst()
    }
  }

  private mutating func drainItems(_ writer: inout RDBWriter) {
    while !items.isEmpty { writeItem(&writer) }
  }

  /// The number of elements, and what they are.
  private mutating func begin(_ count: Int, _ stage: Stage, _ writer: inout RDBWriter) {
    drainItems(&writer)
    writer.length(count)
    self.stage = stage
  }

  // MARK: elements

  /// Writes one element or node.
  private mutating func step(_ writer: inout RDBWriter) {
    switch stage {
    case .list(var walk):
      guard let listpack = walk.next() else { return stage = .end }
      stage = .list(walk)
      writer.write(atMost: 1) { $0.length(RDBWriter.packedNode) }
      put(listpack, &writer)
    case .packed(let pack, let offset, let step):
      guard offset < pack.end else { return stage = .end }
      var next = pack.behind(offset)
      put(pack.element(at: offset), &writer)
      if step == 3 {
        put(pack.element(at: next), &writer)
        next = pack.behind(pack.behind(next))
      }
      stage = .packed(pack, offset: next, step: step)
    case .set(var walk):
      // The walk has an array: it must have one owner.
      stage = .end
      guard let entry = walk.next() else { return }
      stage = .set(walk)
      put(entry.keyBytes, &writer)
    case .hash(var walk, let earliest):
      stage = .end
      guard let entry = walk.next() else { return }
      stage = .hash(walk, earliest: earliest)
      if let earliest { writer.fieldExpiry(entry.expiry, from: earliest) }
      put(entry.keyBytes, &writer)
      put(entry.fieldValue, &writer)
    case .sortedSet(var walk):
      guard let (member, score) = walk.next() else { return stage = .end }
      stage = .sortedSet(walk)
      put(member, &writer)
      put(score: score, &writer)
    case .nodes(var walk, let stream):
      guard let (master, listpack) = walk.next() else {
        writer.streamState(stream)
        return stage = .groups(StreamGroupWalk(stream))
      }
      stage = .nodes(walk, stream)
      writer.rawID(master, isString: true)
      put(listpack, &writer)
    case .groups(var walk):
      guard let group = walk.next() else { return stage = .end }
      stage = .pending(PendingWalk(group), group, walk)
      put(group.name, &writer)
      drainItems(&writer)
      writer.groupState(group)
    case .pending(var walk, let group, let groups):
      guard let (id, time, count) = walk.next() else {
        writer.length(group.consumerCount)
        return stage = .consumers(ConsumerWalk(group), groups)
      }
      stage = .pending(walk, group, groups)
      writer.pendingEntry(id, time, count)
    case .consumers(var walk, let groups):
      guard let consumer = walk.next() else { return stage = .groups(groups) }
      stage = .owned(ConsumerPendingWalk(consumer), walk, groups)
      put(consumer.name, &writer)
      drainItems(&writer)
      writer.consumerState(consumer)
    case .owned(var walk, let consumers, let groups):
      guard let id = walk.next() else { return stage = .consumers(consumers, groups) }
      stage = .owned(walk, consumers, groups)
      writer.rawID(id, isString: false)
    case .end: break
    }
  }
}
