import Testing

@testable import TernEngine

/// A stream, and plain arrays that say what it should hold.
private final class StreamPair {
  typealias Entry = (id: StreamID, fields: [[UInt8]])
  let heap = Heap()
  var stream: Stream
  var entries: [Entry] = []
  var last = StreamID.zero
  var added: UInt64 = 0
  var limits = EncodingLimits()
  var random: SplitMix
  /// Group → id → consumer.
  var groups: [String: [StreamID: String]] = [:]

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    stream = Stream.create(heap)
    limits.streamNodeEntries = 5
  }

  deinit { heap.destroy() }

  func chance(_ n: Int) -> Int { Int.random(in: 0..<n, using: &random) }

  private func field() -> [UInt8] {
    switch chance(8) {
    case 0: Array(String(Int.random(in: -100_000...100_000, using: &random)).utf8)
    case 1: [UInt8](repeating: 120, count: chance(20) == 0 ? 4_096 : [0, 63, 64, 300][chance(4)])
    default: Array("v\(chance(50))".utf8)
    }
  }

  func append() {
    last = StreamID(last.milliseconds + UInt64(chance(3)), last.sequence + 1 + UInt64(chance(200)))
    let fields = chance(4) == 0 ? (0..<2 * (1 + chance(3))).map { _ in field() } : [[97], field(), [98], field()]
    let views = fields.map { field in
      let view = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, field.count), alignment: 1)
      view.copyBytes(from: field)
      return UnsafeRawBufferPointer(rebasing: view[..<field.count])
    }
    defer { for view in views { view.deallocate() } }
    stream = stream.writable()
    stream.append(last, pairs: fields.count / 2, bytes: fields.reduce(0) { $0 + $1.count }, limits) { views[$0] }
    entries.append((last, fields))
    added += 1
  }

  func name(_ text: String, _ body: (UnsafeRawBufferPointer) -> Void) { Array(text.utf8).withUnsafeBytes { body($0) } }

  /// One change.
  func step() {
    switch chance(100) {
    case 0..<55: append()
    case 55..<65:
      guard let i = entries.indices.randomElement(using: &random) else { return }
      stream = stream.writable()
      #expect(stream.delete(entries[i].id))
      #expect(!stream.delete(entries[i].id), "it is gone")
      stream.noteRemoval()
      entries.remove(at: i)
    case 65..<68:
      stream = stream.writable()
      let most = entries.count - chance(12)
      let removed = stream.trim(to: .count(UInt64(max(0, most))), isApproximate: false, limit: 0)
      #expect(Int(removed) == min(entries.count, entries.count - max(0, most)))
      entries.removeFirst(Int(removed))
    case 68..<70:
      guard let least = entries.prefix(12).randomElement(using: &random)?.id else { return }
      stream = stream.writable()
      let removed = stream.trim(to: .id(least), isApproximate: false, limit: 0)
      #expect(Int(removed) == entries.count { $0.id < least })
      entries.removeFirst(Int(removed))
    case 70:
      stream = stream.writable()
      let removed = stream.trim(to: .count(10), isApproximate: true, limit: 7)
      #expect(removed <= 7)
      entries.removeFirst(Int(removed))
    default: groupStep()
    }
  }

  private func groupStep() {
    let group = "group \(chance(4))"
    let consumer = "consumer \(chance(5))"
    stream = stream.writable()
    name(group) { groupName in
      guard let writable = stream.writableGroup(groupName) else {
        stream.addGroup(groupName, lastID: .zero, entriesRead: 0)
        groups[group] = [:]
        return
      }
      name(consumer) { consumerName in
        switch chance(40) {
        case 0:
          #expect(stream.removeGroup(groupName))
          groups[group] = nil
        case 1:
          let count = groups[group]?.values.count { $0 == consumer } ?? 0
          let had = writable.view.consumer(consumerName) != nil
          #expect(writable.removeConsumer(consumerName) == (had ? count : nil))
          groups[group] = groups[group]?.filter { $0.value != consumer }
        case 2..<12:
          guard let id = groups[group]?.keys.min() else { return }
          #expect(writable.removePending(id))
          #expect(!writable.removePending(id))
          groups[group]?[id] = nil
        default:
          guard let id = entries.randomElement(using: &random)?.id else { return }
          let slot = writable.view.consumer(consumerName)?.slot ?? writable.addConsumer(consumerName, seenTime: 5)
          writable.setPending(id, owner: slot, deliveryTime: 7, deliveryCount: 1)
          groups[group]?[id] = consumer
        }
      }
    }
  }

  func check() {
    #expect(stream.view.violation() == nil)
    let all = StreamPair.entries(entries)
    #expect(StreamPair.entries(stream.view.cursor()) == all)
    #expect(StreamPair.entries(stream.view.cursor(isReverse: true)) == all.reversed())
    #expect(stream.view.firstID == entries.first?.id ?? .zero)
    #expect(stream.view.lastID == last)
    #expect(stream.view.entriesAdded == added)
    var found: [String: [StreamID: String]] = [:]
    stream.view.forEachGroup { group in
      var pending: [StreamID: String] = [:]
      group.forEachConsumer { consumer in
        let name = String(decoding: consumer.name, as: UTF8.self)
        group.forEachPending(of: consumer) { id, _, _ in pending[id] = name }
      }
      found[String(decoding: group.name, as: UTF8.self)] = pending
    }
    #expect(found == groups)
    if let (a, b) = (entries.randomElement(using: &random)?.id).flatMap({ a in entries.randomElement(using: &random).map { (a, $0.id) } }) {
      let expected = StreamPair.entries(entries.filter { $0.id >= a && $0.id <= b })
      #expect(StreamPair.entries(stream.view.cursor(from: a, to: b)) == expected)
      #expect(StreamPair.entries(stream.view.cursor(from: a, to: b, isReverse: true)) == expected.reversed())
    }
  }

  struct Line: Hashable {
    let id: StreamID
    let fields: [[UInt8]]
  }

  static func entries(_ entries: [Entry]) -> [Line] { entries.map { Line(id: $0.id, fields: $0.fields) } }

  static func entries(_ cursor: StreamCursor) -> [Line] {
    var cursor = cursor
    var lines: [Line] = []
    while let entry = cursor.next() {
      var fields: [[UInt8]] = []
      entry.forEachField { field, value in fields += [field.copy, value.copy] }
      lines.append(Line(id: entry.id, fields: fields))
    }
    return lines
  }

  /// Everything there is.
  static func description(_ stream: StreamView) -> String {
    var text = "\(stream.count) \(stream.firstID) \(stream.lastID) \(stream.maxDeletedID) \(stream.entriesAdded)"
    stream.forEachNode { master, bytes in text += " {\(master) \(Array(bytes).hashValue)}" }
    stream.forEachGroup { group in
      text += " (\(Array(group.name)) \(group.lastID) \(group.entriesRead)"
      group.forEachPending { text += " \($0)/\($1)/\($2)" }
      group.forEachConsumer { consumer in
        text += " [\(Array(consumer.name)) \(consumer.seenTime) \(consumer.activeTime)"
        group.forEachPending(of: consumer) { text += " \($0)/\($1)/\($2)" }
        text += "]"
      }
      text += ")"
    }
    return text
  }
}

extension Heap {
  fileprivate func reclaimAll() {
    while hasGraves { dismantleGraves(steps: 3) }
    while reclaim(steps: 100) {}
  }
}

@Suite struct StreamTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `random changes agree with a model, and snapshots keep what they saw`(seed: UInt64) {
    let pair = StreamPair(seed: seed)
    var snapshots: [(epoch: UInt32, view: StreamView, description: String)] = []
    for step in 0..<2_000 {
      pair.step()
      if step % 50 == 0 { pair.check() }
      if step % 80 == 3, snapshots.count < 4 {
        snapshots.append((pair.heap.takeSnapshot(), pair.stream.view, StreamPair.description(pair.stream.view)))
      }
      if step % 110 == 9, let i = snapshots.indices.randomElement(using: &pair.random) {
        let (epoch, view, description) = snapshots.remove(at: i)
        #expect(StreamPair.description(view) == description)
        pair.heap.dropSnapshot(epoch)
      }
      pair.heap.reclaim(steps: 5)
    }
    pair.check()
    pair.heap.discardCollection(.stream, .tree, pair.stream.root)
    while pair.heap.hasGraves { pair.heap.dismantleGraves(steps: 2) }
    for (epoch, view, description) in snapshots {
      #expect(StreamPair.description(view) == description)
      pair.heap.dropSnapshot(epoch)
    }
    pair.heap.reclaimAll()
    #expect(pair.heap.usedBytes == 0, "nothing leaks")
  }

  @Test func `a copy is a stream of its own`() {
    let pair = StreamPair(seed: 9)
    for _ in 0..<800 { pair.step() }
    let before = StreamPair.description(pair.stream.view)
    let copy = pair.heap.copyStream(pair.stream.root)
    #expect(StreamPair.description(StreamView(copy)) == before)
    for _ in 0..<200 { pair.step() }
    #expect(StreamPair.description(StreamView(copy)) == before)
    pair.check()
    pair.heap.discardCollection(.stream, .tree, copy)
    pair.heap.reclaimAll()
    pair.check()
    #expect(pair.stream.view.byteCount == pair.heap.usedBytes, "every block is counted")
    pair.heap.discardCollection(.stream, .tree, pair.stream.root)
    pair.heap.reclaimAll()
    #expect(pair.heap.usedBytes == 0)
  }

  private static func count(_ cursor: StreamCursor) -> Int {
    var cursor = cursor
    var count = 0
    while let entry = cursor.next() { entry.forEachField { count += $0.withBytes { $0.count } + $1.withBytes { $0.count } } }
    return count
  }

  private static func builder(_ heap: Heap) -> StreamBuilder {
    var random = SplitMix(seed: 1)
    return StreamBuilder(heap: heap, hash: ByteHash(using: &random), limits: EncodingLimits())
  }

  /// The stream put together anew from its parts; nil if some part is refused.
  private func rebuilt(_ view: StreamView, _ heap: Heap) -> StreamView? {
    var builder = Self.builder(heap)
    var isWhole = true
    view.forEachNode { master, bytes in isWhole = builder.appendNode(master, bytes) && isWhole }
    isWhole =
      builder.setCounters(
        count: view.count, lastID: view.lastID, firstID: view.firstID, maxDeletedID: view.maxDeletedID, entriesAdded: view.entriesAdded)
      && isWhole
    view.forEachGroup { group in
      isWhole = builder.beginGroup(group.name, lastID: group.lastID, entriesRead: group.entriesRead) && isWhole
      group.forEachPending { isWhole = builder.appendPending($0, deliveryTime: $1, deliveryCount: $2) && isWhole }
      group.forEachConsumer { consumer in
        isWhole = builder.beginConsumer(consumer.name, seenTime: consumer.seenTime, activeTime: consumer.activeTime) && isWhole
        consumer.forEachPendingID { isWhole = builder.appendConsumerPending($0) && isWhole }
      }
    }
    guard isWhole else {
      builder.discard()
      return nil
    }
    return builder.finish().map { StreamView($0.block) }
  }

  @Test func `a builder makes the same stream again, and refuses what cannot be in one`() {
    let pair = StreamPair(seed: 4)
    for _ in 0..<900 { pair.step() }
    let view = rebuilt(pair.stream.view, pair.heap)
    #expect(view.map { StreamPair.description($0) } == StreamPair.description(pair.stream.view))
    if let view { pair.heap.discardCollection(.stream, .tree, view.root) }

    func isTrue(_ value: Bool, line: Int = #line) { #expect(value, "line \(line)") }
    func isFalse(_ value: Bool, line: Int = #line) { #expect(!value, "line \(line)") }
    var builder = Self.builder(pair.heap)
    var node: [UInt8] = []
    pair.stream.view.forEachNode { _, bytes in node = Array(bytes) }
    for length in 0..<node.count { #expect(!node[..<length].withUnsafeBytes { builder.appendNode(StreamID(1, 1), $0) }) }
    #expect(node.withUnsafeBytes { builder.appendNode(StreamID(1, 1), $0) })
    #expect(!node.withUnsafeBytes { builder.appendNode(StreamID(1, 1), $0) }, "master ids ascend")
    // Entries are counted.
    isFalse(builder.setCounters(count: 100_000, lastID: .max))
    let name = [UInt8]("g".utf8)
    name.withUnsafeBytes { name in
      isTrue(builder.beginGroup(name, lastID: .zero, entriesRead: nil))
      isFalse(builder.beginGroup(name, lastID: .zero, entriesRead: nil))
    }
    builder.discard()
    builder = Self.builder(pair.heap)
    name.withUnsafeBytes { name in
      isTrue(builder.setCounters(count: 0, lastID: .zero))
      isTrue(builder.beginGroup(name, lastID: .zero, entriesRead: nil))
      isTrue(builder.appendPending(StreamID(3, 3), deliveryTime: 1, deliveryCount: 1))
      isFalse(builder.appendPending(StreamID(3, 3), deliveryTime: 1, deliveryCount: 1))
      isTrue(builder.beginConsumer(name, seenTime: 1, activeTime: nil))
      isFalse(builder.beginConsumer(name, seenTime: 1, activeTime: nil))
      isFalse(builder.appendConsumerPending(StreamID(4, 4)))
    }
    let finished = builder.finish()
    #expect(finished.map { $0.block } == nil, "an entry that is pending for nobody")
    pair.heap.discardCollection(.stream, .tree, pair.stream.root)
    pair.heap.reclaimAll()
    #expect(pair.heap.usedBytes == 0)
  }

  @Test func `a damaged node is refused, or does no harm`() {
    let pair = StreamPair(seed: 12)
    for _ in 0..<40 { pair.append() }
    var nodes: [(StreamID, [UInt8])] = []
    pair.stream.view.forEachNode { nodes.append(($0, Array($1))) }
    var accepted = 0
    for _ in 0..<3_000 {
      var (master, bytes) = nodes[pair.chance(nodes.count)]
      for _ in 0...pair.chance(3) { bytes[6 + pair.chance(min(bytes.count - 6, 60))] = UInt8(pair.chance(256)) }
      if pair.chance(10) == 0 { master = StreamID(.max - 1, .max) }
      var builder = Self.builder(pair.heap)
      guard bytes.withUnsafeBytes({ builder.appendNode(master, $0) }) else {
        builder.discard()
        continue
      }
      accepted += 1
      guard let value = builder.finish() else { continue }
      let stream = Stream(pair.heap, value.block)
      let total = Self.count(stream.view.cursor(isReverse: true))
      if total != Self.count(stream.view.cursor()) { Issue.record("the same entries both ways") }
      _ = stream.delete(master)
      let fields: [UInt8] = [65]
      fields.withUnsafeBytes { field in stream.append(.max, pairs: 1, bytes: 2, pair.limits) { _ in field } }
      _ = stream.trim(to: .id(StreamID(master.milliseconds, master.sequence &+ 300)), isApproximate: false, limit: 0)
      _ = stream.trim(to: .count(1), isApproximate: false, limit: 0)
      pair.heap.discardCollection(.stream, .tree, stream.root)
    }
    #expect(accepted > 50)
  }

  @Test func `the radix tree that Redis would have is counted node by node`() {
    let pair = StreamPair(seed: 1)
    #expect(pair.stream.view.radixTreeNodeCount == 1)
    pair.append()
    #expect(pair.stream.view.radixTreeNodeCount == 2)
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `the nodes of that tree are counted as keys come and go`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let heap = Heap()
    defer { heap.destroy() }
    var stream = Stream.create(heap)
    var limits = EncodingLimits()
    limits.streamNodeEntries = 1
    var ids: [StreamID] = []
    // Ids that agree in many bytes, and ids that agree in few.
    let mask: UInt64 = [0xff, 0xffff, 0x0101_0101_0101_0101, .max][Int(seed % 4)]
    for _ in 0..<400 { ids.append(StreamID(random.next() & mask, random.next() & (seed > 4 ? mask : 3))) }
    ids = Set(ids).filter { $0 != .zero }.sorted()
    let field = Array("f".utf8)
    for id in ids {
      stream = stream.writable()
      field.withUnsafeBytes { bytes in stream.append(id, pairs: 1, bytes: 2, limits) { _ in bytes } }
      #expect(stream.view.radixTreeNodeCount == stream.view.walkedRadixTreeNodeCount())
    }
    let copy = Stream(heap, heap.copyStream(stream.root))
    #expect(copy.view.radixTreeNodeCount == copy.view.walkedRadixTreeNodeCount())
    for id in ids.shuffled(using: &random) {
      #expect(stream.delete(id))
      #expect(stream.view.radixTreeNodeCount == stream.view.walkedRadixTreeNodeCount())
    }
    #expect(stream.view.radixTreeNodeCount == 1)
    #expect(copy.trim(to: .count(3), isApproximate: false, limit: 0) > 0)
    #expect(copy.view.radixTreeNodeCount == copy.view.walkedRadixTreeNodeCount())
  }

  @Test func `ids are read as strtoull reads them`() {
    func parse(_ text: String, _ form: StreamID.Form = .plain) -> String? {
      Array(text.utf8).withUnsafeBytes { StreamID.parse($0, form, sequence: 9) }.map { "\($0.id)\($0.isSequenceOpen ? "*" : "")" }
    }
    #expect(parse("5") == "5-9")
    #expect(parse("5-3") == "5-3")
    #expect(parse(" 5-+3") == "5-3")
    #expect(parse("05-\t03") == "5-3")
    #expect(parse("5--03") == "5-18446744073709551613")
    #expect(parse("5\u{0}junk-3") == "5-9")
    #expect(parse("18446744073709551615-18446744073709551615") == "\(StreamID.max)")
    for text in ["", "-", "+", "5-", "-5", "5-*", "5-a", "5 ", "18446744073709551616", "5--3", String(repeating: "0", count: 128)] {
      #expect(parse(text) == nil, "\(text)")
    }
    #expect(parse("-", .border) == "0-0")
    #expect(parse("+", .border) == "\(StreamID.max)")
    #expect(parse("5-*", .addition) == "5-0*")
    #expect(StreamID(5, .max).next == StreamID(6, 0))
    #expect(StreamID.max.next == nil)
    #expect(StreamID(5, 0).previous == StreamID(4, .max))
    #expect(StreamID.zero.previous == nil)
  }
}
