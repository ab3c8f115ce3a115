extension Database {
  /// What a key and its value take: the entry's block, the value's, and the place in the table. Large collections are sampled; the
  /// others are exact.
  package func memoryUsage(of entry: Entry, samples: Int) -> Int {
    var bytes = Heap.rounded(entry.byteCount) + tableBytesPerKey
    switch entry.layout {
    case .inlineRaw where entry.type == .hash:
      bytes += Heap.valueBytes(entry.type, entry.layout, entry.valueBlock, samples: samples)
    case .inline, .integer, .inlineRaw: break
    case .block, .flat, .flatLarge, .integers, .tree:
      bytes += Heap.valueBytes(entry.type, entry.layout, entry.valueBlock, samples: samples)
    }
    return bytes
  }

  /// Of segments and directories.
  package var tableBytes: Int { table.state.pointee.segmentCount * Heap.segmentBytes }

  /// A key's share of the table, at the usual fill.
  private var tableBytesPerKey: Int { count > 0 ? min(64, max(8, tableBytes / count)) : 0 }
}
