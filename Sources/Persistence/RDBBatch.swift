package import TernEngine

/// What was read of an RDB, to be taken over by another thread: keys of the simple forms lie in `keys`, decoded as far as that is possible
/// without the keyspace; everything else is an event, whose place among the keys is kept.
package final class RDBBatch: @unchecked Sendable {
  package let keys: LoadBatch
  private var others: [RDBEvent] = []
  private var otherBytes = 0
  /// Bytes of the file (or files) that were read when the batch was handed on.
  package var bytesRead = 0

  package init(_ engine: Engine) { keys = engine.newLoadBatch() }

  package var count: Int { keys.count }
  package var isEmpty: Bool { keys.count == 0 }
  package var isFull: Bool { keys.isFull || otherBytes >= LoadBatch.bytesMax }

  package func removeAll() {
    keys.removeAll()
    others = []
    otherBytes = 0
  }

  func append(_ event: RDBEvent, offset: Int) {
    keys.addOther(others.count, offset: offset)
    others.append(event)
    otherBytes += event.approximateBytes
  }

  /// The event at a place in the order of the file; nil: a key in `keys`.
  package func event(at index: Int) -> RDBEvent? {
    guard let number = keys.other(at: index), others.indices.contains(number) else { return nil }
    return others[number]
  }
}

extension RDBEvent {
  fileprivate var approximateBytes: Int {
    switch self {
    case .aux(let name, let value): 64 + name.count + value.count
    case .key(let key): 64 + key.name.count + key.value.approximateBytes
    case .function(let source): source.count
    case .selectDB, .resizeDB, .moduleAux, .end: 64
    }
  }
}

extension RDBValue {
  package var approximateBytes: Int {
    switch self {
    case .string(let bytes), .stringPart(let bytes, _): bytes.count
    case .integer: 64
    case .list(let elements), .set(let elements), .sortedSet(let elements), .hash(let elements): elements.byteCount
    case .stream(let items): items.reduce(0) { $0 + $1.approximateBytes }
    }
  }
}

extension RDBStreamItem {
  fileprivate var approximateBytes: Int {
    if case .node(_, let listpack) = self { 64 + listpack.count } else { 64 }
  }
}
