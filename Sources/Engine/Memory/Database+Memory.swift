extension Database {
  /// What a key and its value take: the entry's block, the value's, and the place in the table. Large collections are sampled by their
  /// own structures; a string is exact.
  package func memoryUsage(of entry: Entry, samples: Int) -> Int {
    var bytes = Heap.rounded(entry.byteCount) + tableBytesPerKey
    if entry.layout == .block { bytes += Heap.sizedBytes(entry.valueBlock) }
    return bytes
  }

  /// Of segments and directories.
  package var tableBytes: Int { table.state.pointee.segmentCount * Heap.segmentBytes }

  /// A key's share of the table, at the usual fill.
  private var tableBytesPerKey: Int { count > 0 ? min(64, max(8, tableBytes / count)) : 0 }
}
