/// A consistent, immutable view of all databases at one moment, O(1) to take. May be walked on any thread, while writes go on.
///
/// `release` must be called once, under the node's lock; the memory that only the snapshot holds then comes back in steps.
package struct Snapshot: @unchecked Sendable {
  let epoch: UInt32
  /// By database index.
  package let databases: [KeyTree]
  /// The log's end when it was taken: the snapshot is the state after exactly these bytes.
  package let logOffset: Int64
  /// Milliseconds since 1970.
  package let time: Int64

  package var keyCount: Int { databases.reduce(0) { $0 + $1.count } }
}

/// A string value of an entry, for those who walk a snapshot.
package enum StringView {
  case bytes(UnsafeRawBufferPointer)
  case integer(Int64)
}

extension Entry: Equatable {
  package static func == (a: Entry, b: Entry) -> Bool { a.block == b.block }

  /// The value, if it is a string.
  package var string: StringView? {
    guard type == .string else { return nil }
    switch KeyTable.string(self) {
    case .bytes(let bytes): return .bytes(bytes)
    case .integer(let value): return .integer(value)
    }
  }
}

extension Engine {
  package func takeSnapshot() -> Snapshot {
    let trees = tables.map(\.tree)
    return Snapshot(epoch: heap.takeSnapshot(), databases: trees, logOffset: log.endOffset, time: now)
  }

  package func release(_ snapshot: Snapshot) { heap.dropSnapshot(snapshot.epoch) }
}
