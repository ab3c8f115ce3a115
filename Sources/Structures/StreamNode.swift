/// One node of a stream: a listpack with up to stream-node-max-entries entries, in exactly Redis's form:
///
/// ```
/// master entry  live │ deleted │ number of fields │ field … │ 0
/// entry         flags │ ms - master's │ sequence - master's │ value …                              │ elements before this one
///               flags │ ms - master's │ sequence - master's │ number of fields │ field │ value … │ elements before this one
/// ```
///
/// The first form is for entries with the master's fields. A deleted entry stays where it is, with a flag.
struct StreamNode {
  static let deletedFlag: Int64 = 1
  static let sameFieldsFlag: Int64 = 2
  static let liveOffset = Listpack.headerBytes

  let master: StreamID
  let pack: Listpack

  @inline(__always)
  init(master: StreamID, block: Block) {
    self.master = master
    pack = ListpackBlock(block).listpack
  }

  @inline(__always)
  static func integer(_ pack: Listpack, _ offset: Int) -> Int64 {
    if case .integer(let value) = pack.element(at: offset) { return value }
    return 0
  }
  @inline(__always) func integer(_ offset: Int) -> Int64 { Self.integer(pack, offset) }

  @inline(__always) var live: Int64 { integer(Self.liveOffset) }
  @inline(__always) var deletedOffset: Int { pack.behind(Self.liveOffset) }
  @inline(__always) var deleted: Int64 { integer(deletedOffset) }

  /// The master's fields: how many, and where the first is.
  @inline(__always)
  var fields: (count: Int, start: Int) {
    let offset = pack.behind(deletedOffset)
    return (Int(truncatingIfNeeded: integer(offset)), pack.behind(offset))
  }

  /// Where the first entry's flags are; that of the end byte in a node without entries.
  var entriesStart: Int {
    var (left, offset) = fields
    while left > 0 {
      offset = pack.behind(offset)
      left &-= 1
    }
    return pack.behind(offset)
  }

  // MARK: entries

  @inline(__always)
  func entry(at offset: Int) -> StreamEntry {
    let flags = integer(offset)
    let milliseconds = pack.behind(offset)
    let sequence = pack.behind(milliseconds)
    let id = StreamID(
      master.milliseconds &+ UInt64(bitPattern: integer(milliseconds)), master.sequence &+ UInt64(bitPattern: integer(sequence)))
    let next = pack.behind(sequence)
    let (count, start) = fields
    if flags & Self.sameFieldsFlag != 0 {
      return StreamEntry(id: id, fieldCount: count, pack: pack, offset: offset, flags: flags, fieldsStart: start, start: next)
    }
    return StreamEntry(
      id: id, fieldCount: Int(truncatingIfNeeded: integer(next)), pack: pack, offset: offset, flags: flags, fieldsStart: 0,
      start: pack.behind(next))
  }

  /// The entry whose last element lies before `end`; nil before the first.
  func entry(before end: Int) -> StreamEntry? {
    guard var offset = pack.previous(end) else { return nil }
    var left = integer(offset)
    guard left > 0 else { return nil }
    while left > 0 {
      guard let before = pack.previous(offset) else { return nil }
      offset = before
      left &-= 1
    }
    return entry(at: offset)
  }

  var first: StreamEntry? {
    let start = entriesStart
    return start < pack.end ? entry(at: start) : nil
  }
  var last: StreamEntry? { entry(before: pack.end) }

  @inline(__always)
  func entry(behind entry: StreamEntry) -> StreamEntry? {
    let next = entry.end
    return next < pack.end ? self.entry(at: next) : nil
  }

  /// The entry with this id that is not deleted.
  func find(_ id: StreamID) -> StreamEntry? {
    var entry = first
    while let at = entry {
      if at.id == id, !at.isDeleted { return at }
      if at.id > id { return nil }
      entry = self.entry(behind: at)
    }
    return nil
  }
}

/// One entry, where it lies in its node.
package struct StreamEntry {
  package let id: StreamID
  package let fieldCount: Int
  let pack: Listpack
  /// Of the flags: the entry's first element.
  let offset: Int
  let flags: Int64
  let fieldsStart: Int
  let start: Int

  @inline(__always) var hasMasterFields: Bool { flags & StreamNode.sameFieldsFlag != 0 }
  @inline(__always) var isDeleted: Bool { flags & StreamNode.deletedFlag != 0 }

  /// The offset behind the entry.
  @inline(__always)
  var end: Int {
    var offset = start
    var left = hasMasterFields ? fieldCount : fieldCount &* 2
    while left > 0 {
      offset = pack.behind(offset)
      left &-= 1
    }
    return pack.behind(offset)
  }

  @inline(__always)
  package func forEachField(_ body: (_ field: ListpackElement, _ value: ListpackElement) -> Void) {
    var left = fieldCount
    var offset = start
    if hasMasterFields {
      var field = fieldsStart
      while left > 0 {
        body(pack.element(at: field), pack.element(at: offset))
        field = pack.behind(field)
        offset = pack.behind(offset)
        left &-= 1
      }
    } else {
      while left > 0 {
        let value = pack.behind(offset)
        body(pack.element(at: offset), pack.element(at: value))
        offset = pack.behind(value)
        left &-= 1
      }
    }
  }
}
