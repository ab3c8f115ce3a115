/// A HyperLogLog's bytes being changed, with room for what they may become.
///
/// The sparse form is edited run by run exactly as Redis does it (which runs are joined, when it turns dense), so that both servers
/// hold the same bytes after the same additions; digests and replicas are compared by them.
struct HyperLogLogEditor: ~Copyable {
  private let base: UnsafeMutableRawPointer
  private let capacity: Int
  private(set) var count: Int
  private let sparseBytesMax: Int

  /// Starts from a copy of `bytes`; nil: empty.
  init(_ bytes: UnsafeRawBufferPointer?, sparseBytesMax: Int) {
    self.sparseBytesMax = sparseBytesMax
    count = bytes?.count ?? HyperLogLog.emptyBytes
    capacity = max(count, sparseBytesMax, HyperLogLog.denseBytes) + 8
    base = .allocate(byteCount: capacity, alignment: 16)
    if let bytes, let start = bytes.baseAddress {
      base.copyMemory(from: start, byteCount: count)
    } else {
      HyperLogLog.makeEmpty(UnsafeMutableRawBufferPointer(start: base, count: count))
    }
  }

  deinit { base.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
  private var editable: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: count) }
  var isDense: Bool { HyperLogLog.isDense(bytes) }

  func invalidateCache() { HyperLogLog.invalidateCache(editable) }

  /// Raises a register. Returns whether it was lower.
  mutating func raise(_ index: Int, to value: UInt8) throws(HyperLogLog.Corrupted) -> Bool {
    if isDense { return HyperLogLog.raiseDense(editable, index, to: value) }
    if value > HyperLogLog.sparseValueMax { return try raiseAfterPromotion(index, to: value) }
    return try raiseSparse(index, to: value)
  }

  /// Turns the sparse form into the dense one. The cached cardinality stays.
  mutating func makeDense() throws(HyperLogLog.Corrupted) {
    guard !isDense else { return }
    let dense = UnsafeMutableRawBufferPointer.allocate(byteCount: HyperLogLog.denseBytes, alignment: 16)
    defer { dense.deallocate() }
    dense.initializeMemory(as: UInt8.self, repeating: 0)
    try HyperLogLog.forEachRun(bytes) { first, count, value in
      guard value > 0 else { return }
      for i in first..<first + count { HyperLogLog.setDenseRegister(dense, i, value) }
    }
    HyperLogLog.writeHeader(dense, isDense: true)
    for i in 5..<HyperLogLog.headerBytes { dense[i] = base.load(fromByteOffset: i, as: UInt8.self) }
    if let start = dense.baseAddress { base.copyMemory(from: start, byteCount: dense.count) }
    count = dense.count
  }

  private mutating func raiseAfterPromotion(_ index: Int, to value: UInt8) throws(HyperLogLog.Corrupted) -> Bool {
    try makeDense()
    return HyperLogLog.raiseDense(editable, index, to: value)
  }

  private mutating func raiseSparse(_ index: Int, to value: UInt8) throws(HyperLogLog.Corrupted) -> Bool {
    // The run that covers the register, and the one before it.
    var offset = HyperLogLog.headerBytes
    var first = 0
    var previous: Int?
    var covering: HyperLogLog.Run?
    while let run = HyperLogLog.Run(bytes, at: offset) {
      if index < first + run.count {
        covering = run
        break
      }
      previous = offset
      offset += run.byteCount
      first += run.count
    }
    guard let run = covering else { throw HyperLogLog.Corrupted() }
    if run.value >= value { return false }

    if run.count == 1, run.byteCount == 1 {
      editable[offset] = Self.valueRun(value, 1)
    } else {
      // The run is divided in up to three: what comes before the register, the register, what comes behind it.
      var parts: (UInt64, Int) = (0, 0)
      func append(_ byte: UInt8) {
        parts.0 |= UInt64(byte) << UInt64(parts.1 * 8)
        parts.1 += 1
      }
      func appendRest(_ count: Int) {
        guard count > 0 else { return }
        if run.value > 0 {
          append(Self.valueRun(run.value, count))
        } else if count > 64 {
          append(0x40 | UInt8((count - 1) >> 8))
          append(UInt8((count - 1) & 0xff))
        } else {
          append(UInt8(count - 1))
        }
      }
      appendRest(index - first)
      append(Self.valueRun(value, 1))
      appendRest(first + run.count - 1 - index)
      let growth = parts.1 - run.byteCount
      if growth > 0, count + growth > sparseBytesMax || count + growth > capacity { return try raiseAfterPromotion(index, to: value) }
      let behind = offset + run.byteCount
      (base + behind + growth).copyMemory(from: base + behind, byteCount: count - behind)
      count += growth
      for i in 0..<parts.1 { editable[offset + i] = UInt8(truncatingIfNeeded: parts.0 >> UInt64(i * 8)) }
    }
    joinEqualRuns(from: previous ?? HyperLogLog.headerBytes)
    invalidateCache()
    return true
  }

  private static func valueRun(_ value: UInt8, _ count: Int) -> UInt8 { 0x80 | (value - 1) << 2 | UInt8(count - 1) }

  /// Joins neighbours of one value where a run can be that long, within five steps.
  private mutating func joinEqualRuns(from start: Int) {
    var offset = start
    var stepsLeft = 5
    while offset < count, stepsLeft > 0, let run = HyperLogLog.Run(bytes, at: offset) {
      stepsLeft -= 1
      if run.value > 0, let next = HyperLogLog.Run(bytes, at: offset + 1), next.value == run.value, run.count + next.count <= 4 {
        (base + offset).copyMemory(from: base + offset + 1, byteCount: count - offset - 1)
        count -= 1
        editable[offset] = Self.valueRun(run.value, run.count + next.count)
        continue
      }
      offset += run.byteCount
    }
  }
}
