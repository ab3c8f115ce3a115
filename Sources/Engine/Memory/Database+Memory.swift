extension Engine {
  /// Keys of flushed databases and large values that are still being taken apart.
  var lazyPending: Int { tombs.reduce(heap.graveCount) { $0 + $1.keyCount } }
}

extension Entry {
  /// How many allocations Redis would have to free with it, about: what it asks before it frees a value lazily.
  var partCount: Int {
    guard layout == .tree || (type == .hash && layout == HashView.timedTree) || layout == .flatLarge else { return 1 }
    return switch type {
    case .list: layout == .tree ? ListRoot(valueBlock).treeCount + 2 : 1
    case .set: SetView(self).count
    case .hash: HashView(self).count
    case .sortedSet: sortedSetCount
    case .stream: streamView.nodeCount
    case .string: 1
    }
  }
}

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
