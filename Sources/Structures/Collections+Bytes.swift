/// How much memory a value takes.
extension Heap {
  /// What lies behind a pointer in an entry. Of a large collection some elements are looked at, and stand for all; exact for the rest.
  static func valueBytes(_ type: ValueType, _ layout: ValueLayout, _ block: Block, samples: Int) -> Int {
    switch layout {
    // A small hash whose fields have expiry times.
    case .inlineRaw where type == .hash: return sizedBytes(block)
    case .inline, .integer, .inlineRaw: return 0
    // A hash whose fields have expiry times is a table as well.
    case .block where type == .hash: break
    case .block, .flat, .flatLarge, .integers: return sizedBytes(block)
    case .tree: break
    }
    switch type {
    case .hash, .set: return sizedBytes(block) + FieldTable(block).table.byteCount(samples: samples)
    case .list: return listBytes(ListRoot(block), samples: samples)
    case .sortedSet: return sizedBytes(block) + FieldTable(block).table.byteCount(samples: samples) + LargeSortedSet(block).treeBytes
    case .stream: return streamBytes(StreamView(block), samples: samples)
    case .string: return sizedBytes(block)
    }
  }

  /// Without its groups, which are small beside the entries.
  private static func streamBytes(_ stream: StreamView, samples: Int) -> Int {
    var bytes = sizedBytes(stream.root) + (stream.newest.map { sizedBytes($0.block) } ?? 0)
    guard stream.olderCount > 0 else { return bytes }
    let tree = CountedTreeView<StreamView.NodeItem>(root: stream.olderRoot, weight: stream.olderCount)
    let count = min(stream.olderCount, max(1, samples))
    var sampled = 0
    for i in 0..<count {
      if let (item, _) = tree.item(atRank: i * (stream.olderCount / count)) { sampled += sizedBytes(item.block) }
    }
    bytes += stream.olderCount * (sampled / count + 40)
    return bytes
  }

  private static func listBytes(_ root: ListRoot, samples: Int) -> Int {
    var bytes = sizedBytes(root.block) + sizedBytes(root.tail.block)
    guard let head = root.head else { return bytes }
    bytes += sizedBytes(head.block)
    guard root.treeCount > 0, root.treeWeight > 0 else { return bytes }
    var sampled = 0
    let count = min(root.treeCount, max(1, samples))
    for i in 0..<count {
      if let (item, _) = root.view.item(atRank: i * (root.treeWeight / count)) { sampled += sizedBytes(item.chunk) }
    }
    // A chunk's item in a leaf, and its share of the nodes above.
    return bytes + root.treeCount * (sampled / count + 20)
  }
}

extension KeyTable {
  /// Segments and entries, by up to `samples` of these.
  func byteCount(samples: Int) -> Int {
    guard count > 0 else { return 0 }
    var sampled = 0
    var bytes = 0
    _ = sample(min(count, max(1, samples)), expiringOnly: false, from: 0, seed: 0, segments: 1 << 20) { entry in
      sampled += 1
      bytes += Heap.rounded(entry.byteCount)
      if entry.layout == .block { bytes += Heap.sizedBytes(entry.valueBlock) }
    }
    return state.pointee.segmentCount * Heap.segmentBytes + (sampled > 0 ? bytes * count / sampled : 0)
  }
}
