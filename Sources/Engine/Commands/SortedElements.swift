internal import CTern

/// The elements of a value that is sorted: all bytes in one run, and an order of indices.
struct SortedElements {
  private struct Item {
    var start: Int
    var count: Int
    var score: Double = 0
    /// What it is compared by, if that is another value; -1: there is none.
    var byStart = -1
    var byCount = 0
  }

  private let request: SortCommands.Request
  private var bytes: [UInt8] = []
  private var items: [Item] = []
  /// What is left after LIMIT.
  private var range = 0..<0

  init(_ request: SortCommands.Request) { self.request = request }

  var count: Int { range.count }

  func forEach(_ body: (UnsafeRawBufferPointer) -> Void) {
    bytes.withUnsafeBytes { bytes in
      for item in items[range] { body(UnsafeRawBufferPointer(rebasing: bytes[item.start..<(item.start + item.count)])) }
    }
  }

  // MARK: loading

  mutating func load(_ entry: Entry) {
    let limited = limits(entry.collectionCount)
    // Without sorting, what lies outside the limits need not be looked at. (The order of a set means nothing.)
    if request.isUnsorted, entry.type == .list {
      loadList(entry, limited)
    } else if request.isUnsorted, entry.type == .sortedSet {
      loadUnsorted(entry, limited)
    } else {
      switch entry.type {
      case .list: entry.forEachElement { add($0) }
      case .set: entry.forEachMember { add($0) }
      default: entry.forEachScored { member, _ in add(member) }
      }
      range = limited
    }
  }

  /// From the head, or from the tail.
  private mutating func loadList(_ entry: Entry, _ limited: Range<Int>) {
    let list = ListReader(entry)
    if request.isDescending {
      list.forEachBackward(from: list.count - 1 - limited.lowerBound, count: limited.count) { element in element.withBytes { add($0) } }
    } else {
      list.forEach(from: limited.lowerBound, count: limited.count) { element in element.withBytes { add($0) } }
    }
    range = 0..<items.count
  }

  /// In the order of the scores, or against it.
  private mutating func loadUnsorted(_ entry: Entry, _ limited: Range<Int>) {
    let count = entry.collectionCount
    let wanted = request.isDescending ? (count - limited.upperBound)..<(count - limited.lowerBound) : limited
    var index = 0
    entry.forEachScored { member, _ in
      if wanted.contains(index) { add(member) }
      index += 1
    }
    if request.isDescending { items.reverse() }
    range = 0..<items.count
  }

  private mutating func add(_ element: UnsafeRawBufferPointer) {
    items.append(Item(start: bytes.count, count: element.count))
    bytes.append(contentsOf: element)
  }

  private func limits(_ count: Int) -> Range<Int> {
    let start = Int(min(max(request.offset, 0), Int64(count)))
    let wanted = Int(min(max(request.count, -1), Int64(count)))
    let end = wanted < 0 ? count : min(count, start + wanted)
    return start < end ? start..<end : 0..<0
  }

  // MARK: sorting

  mutating func sort(in database: Database) throws(CommandError) {
    guard !request.isUnsorted else { return }
    // Numbers are checked even when nothing of the result is asked for.
    try loadKeys(database)
    let request = request
    let order = bytes.withUnsafeBytes { bytes in
      items.indices.sorted { a, b in
        let order = Self.compare(items[a], items[b], bytes, request)
        return request.isDescending ? order > 0 : order < 0
      }
    }
    items = order.map { items[$0] }
  }

  private mutating func loadKeys(_ database: Database) throws(CommandError) {
    var isGood = true
    for i in items.indices {
      guard let by = request.by else {
        if !request.isAlphabetic {
          let item = items[i]
          isGood = Self.score(bytes[item.start..<(item.start + item.count)], &items[i].score) && isGood
        }
        continue
      }
      let element = Array(bytes[items[i].start..<(items[i].start + items[i].count)])
      element.withUnsafeBytes { element in
        _ = database.withValue(of: by, for: element) { value in
          if request.isAlphabetic {
            items[i].byStart = bytes.count
            items[i].byCount = value.count
            bytes.append(contentsOf: value)
          } else {
            isGood = Self.score(value, &items[i].score) && isGood
          }
        }
      }
    }
    guard isGood else { throw CommandError("ERR One or more scores can't be converted into double") }
  }

  private static func score(_ text: some Sequence<UInt8>, _ score: inout Double) -> Bool {
    var terminated = text.map { CChar(bitPattern: $0) }
    terminated.append(0)
    return tern_parse_sort_score(terminated, &score) == 0
  }

  private static func compare(_ a: Item, _ b: Item, _ bytes: UnsafeRawBufferPointer, _ request: SortCommands.Request) -> Int {
    if !request.isAlphabetic {
      if a.score != b.score { return a.score < b.score ? -1 : 1 }
      return binary(slice(bytes, a.start, a.count), slice(bytes, b.start, b.count))
    }
    guard request.by != nil else {
      return text(slice(bytes, a.start, a.count), slice(bytes, b.start, b.count), isStored: request.destination != nil)
    }
    // An element without a value comes before those with one.
    if a.byStart < 0 || b.byStart < 0 { return a.byStart < 0 ? (b.byStart < 0 ? 0 : -1) : 1 }
    return text(slice(bytes, a.byStart, a.byCount), slice(bytes, b.byStart, b.byCount), isStored: request.destination != nil)
  }

  private static func slice(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
  }

  /// What is kept must be the same on every node, whatever its locale.
  private static func text(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, isStored: Bool) -> Int {
    isStored ? binary(a, b) : collated(a, b)
  }

  private static func binary(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    if let x = a.baseAddress, let y = b.baseAddress {
      let order = tern_memcmp(x, y, min(a.count, b.count))
      if order != 0 { return Int(order) }
    }
    return a.count - b.count
  }

  /// As C compares strings: up to the first NUL.
  private static func collated(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let x = a.prefix { $0 != 0 }
    let y = b.prefix { $0 != 0 }
    return binary(UnsafeRawBufferPointer(rebasing: x), UnsafeRawBufferPointer(rebasing: y))
  }
}
