/// Up to where a collection counts as small, and is reported under the name of its flat form: Redis's settings and defaults.
package struct EncodingLimits: Sendable, Hashable {
  /// hash-max-listpack-entries, hash-max-listpack-value (bytes).
  package var hashEntries = 512
  package var hashValueBytes = 64
  /// set-max-intset-entries, set-max-listpack-entries, set-max-listpack-value.
  package var setIntegers = 512
  package var setEntries = 128
  package var setValueBytes = 64
  /// zset-max-listpack-entries, zset-max-listpack-value.
  package var sortedSetEntries = 128
  package var sortedSetValueBytes = 64
  /// list-max-listpack-size: elements of a node if positive, else -1 … -5 for 4 to 64 KB.
  package var listSize = -2
  /// stream-node-max-bytes, stream-node-max-entries; 0: no limit.
  package var streamNodeBytes = 4096
  package var streamNodeEntries = 100
  /// hll-sparse-max-bytes.
  package var sparseHyperLogLogBytes = 3000

  package init() {}
}

/// A collection that was built beside the keyspace and waits to be put under a key.
package struct CollectionValue {
  package let type: ValueType
  let layout: ValueLayout
  let block: Block

  init(_ type: ValueType, _ layout: ValueLayout, _ block: Block) {
    self.type = type
    self.layout = layout
    self.block = block
  }
}
