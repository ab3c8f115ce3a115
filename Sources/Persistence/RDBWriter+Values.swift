package import TernEngine

/// Values of every type, from the entries of a snapshot, in encodings that Redis 7.0 loads. (A hash whose fields expire has none: it is
/// written as Redis 7.4 does.)
extension RDBWriter {
  /// Called between the elements of a value; drains what waits when that is enough, so that a value of millions of elements needs no
  /// more memory than a small one.
  package typealias Flush = (inout RDBWriter) -> Void

  package mutating func entry(_ entry: Entry, eviction: RDBEviction? = nil, flush: Flush = { _ in }) {
    let form = ValueForm(entry, fieldExpiries: options.fieldExpiries)
    record(form.type, key: entry.keyBytes, expireAt: entry.expiry, eviction: eviction)
    value(of: entry, form, flush)
  }

  /// The type's byte and the value: what DUMP's payload begins with.
  package mutating func typeAndValue(of entry: Entry) {
    let form = ValueForm(entry)
    write(atMost: 1) { $0.byte(form.type.rawValue) }
    value(of: entry, form) { _ in }
  }

  private mutating func value(of entry: Entry, _ form: ValueForm, _ flush: Flush) {
    switch form {
    case .string:
      switch entry.string {
      case .bytes(let bytes): string(bytes)
      case .integer(let value): integer(value)
      case nil: break
      }
    case .bytes(_, let bytes): string(bytes)
    case .list:
      var nodes = 0
      entry.forEachListpack { _ in nodes += 1 }
      length(nodes)
      entry.forEachListpack { listpack in
        write(atMost: 1) { $0.length(RDBWriter.packedNode) }
        string(listpack)
        flush(&self)
      }
    case .set:
      length(entry.collectionCount)
      entry.forEachMember { member in
        string(member)
        flush(&self)
      }
    case .sortedSet:
      length(entry.collectionCount)
      entry.forEachScored { member, score in
        string(member)
        write(atMost: 8) { $0.littleEndian(score.bitPattern) }
        flush(&self)
      }
    case .hash:
      length(entry.collectionCount)
      entry.forEachField { field, value, _ in
        string(field)
        string(value)
        flush(&self)
      }
    case .timedBytes(let earliest, let bytes):
      bits(UInt64(bitPattern: earliest))
      string(bytes)
    case .expiringHash(let earliest): expiringHash(entry, earliest, flush)
    case .stream: stream(entry.streamView, flush)
    }
  }

  /// As Redis 7.4: the least expiry, then each field's as its distance from that plus one, 0 for none.
  private mutating func expiringHash(_ entry: Entry, _ earliest: Int64, _ flush: Flush) {
    write(atMost: 8) { $0.littleEndian(earliest) }
    length(entry.collectionCount)
    entry.forEachField { field, value, expiry in
      fieldExpiry(expiry, from: earliest)
      string(field)
      string(value)
      flush(&self)
    }
  }

  /// A quicklist's node that is a listpack; the other kind is one long string.
  static let packedNode: UInt64 = 2

  mutating func length(_ value: Int) { write(atMost: RDBOutput.lengthBytesMax) { $0.length(UInt64(clamping: value)) } }

  /// Eight bytes, as they are.
  mutating func bits(_ value: UInt64) { write(atMost: 8) { $0.littleEndian(value) } }

  /// As its distance from the least one, plus one; 0: the field does not expire.
  mutating func fieldExpiry(_ expiry: Int64?, from earliest: Int64) {
    let distance = expiry.map { UInt64(bitPattern: $0 &- earliest) &+ 1 } ?? 0
    write(atMost: RDBOutput.lengthBytesMax) { $0.length(distance) }
  }

  // MARK: streams

  private mutating func stream(_ stream: StreamView, _ flush: Flush) {
    length(stream.nodeCount)
    stream.forEachNode { master, listpack in
      rawID(master, isString: true)
      string(listpack)
      flush(&self)
    }
    streamState(stream)
    stream.forEachGroup { group($0, flush) }
  }

  /// What stands between the nodes and the groups.
  mutating func streamState(_ stream: StreamView) {
    write(atMost: 10 * RDBOutput.lengthBytesMax) { output in
      output.length(stream.count)
      output.id(stream.lastID)
      output.id(stream.firstID)
      output.id(stream.maxDeletedID)
      output.length(stream.entriesAdded)
      output.length(UInt64(stream.groupCount))
    }
  }

  private mutating func group(_ group: StreamGroupView, _ flush: Flush) {
    string(group.name)
    groupState(group)
    group.forEachPending { id, deliveryTime, deliveryCount in
      pendingEntry(id, deliveryTime, deliveryCount)
      flush(&self)
    }
    length(group.consumerCount)
    group.forEachConsumer { consumer in
      string(consumer.name)
      consumerState(consumer)
      consumer.forEachPendingID { id in
        rawID(id, isString: false)
        flush(&self)
      }
    }
  }

  /// What stands between a group's name and its pending entries.
  mutating func groupState(_ group: StreamGroupView) {
    write(atMost: 4 * RDBOutput.lengthBytesMax) { output in
      output.id(group.lastID)
      output.length(UInt64(bitPattern: group.entriesRead))
      output.length(UInt64(group.pendingCount))
    }
  }

  mutating func pendingEntry(_ id: StreamID, _ deliveryTime: Int64, _ deliveryCount: UInt64) {
    rawID(id, isString: false)
    write(atMost: 8 + RDBOutput.lengthBytesMax) { output in
      output.littleEndian(deliveryTime)
      output.length(deliveryCount)
    }
  }

  /// What stands between a consumer's name and what is pending for it. Redis 7.0 knows one time of a consumer.
  mutating func consumerState(_ consumer: StreamConsumerView) {
    write(atMost: 8 + RDBOutput.lengthBytesMax) { output in
      output.littleEndian(consumer.seenTime)
      output.length(UInt64(consumer.pendingCount))
    }
  }

  /// 16 bytes, big endian.
  mutating func rawID(_ id: StreamID, isString: Bool) {
    write(atMost: 17) { output in
      if isString { output.length(16) }
      output.bigEndian(id.milliseconds)
      output.bigEndian(id.sequence)
    }
  }
}

extension RDBOutput {
  fileprivate mutating func id(_ id: StreamID) {
    length(id.milliseconds)
    length(id.sequence)
  }
}

/// How a value is written.
enum ValueForm {
  case string
  /// As the one string that it lies in.
  case bytes(RDBType, UnsafeRawBufferPointer)
  case list
  case set
  case sortedSet
  case hash
  /// Milliseconds since 1970, of the field that expires first.
  case expiringHash(Int64)
  /// The same as one string, in Redis 7.4's form.
  case timedBytes(Int64, UnsafeRawBufferPointer)
  case stream

  init(_ entry: Entry, fieldExpiries: Bool = true) {
    switch entry.type {
    case .string: self = .string
    case .list: self = .list
    case .set: self = entry.intsetBytes.map { .bytes(.setIntset, $0) } ?? .set
    case .sortedSet: self = entry.flatBytes.map { .bytes(.sortedSetListpack, $0) } ?? .sortedSet
    case .hash:
      if let bytes = entry.flatBytes {
        self = .bytes(.hashListpack, bytes)
      } else if !fieldExpiries {
        self = .hash
      } else if let bytes = entry.timedFlatBytes {
        self = .timedBytes(entry.nextFieldExpiry ?? 0, bytes)
      } else if entry.nextFieldExpiry == nil {
        self = .hash
      } else {
        // The walk's own bound may be too early, and distances are counted from the least.
        var earliest = Int64.max
        entry.forEachField { _, _, expiry in earliest = min(earliest, expiry ?? .max) }
        self = earliest == .max ? .hash : .expiringHash(earliest)
      }
    case .stream: self = .stream
    }
  }

  var type: RDBType {
    switch self {
    case .string: .string
    case .bytes(let type, _): type
    case .list: .listQuicklist2
    case .set: .set
    case .sortedSet: .sortedSet2
    case .hash: .hash
    case .expiringHash: .hashMetadata
    case .timedBytes: .hashListpackTTL
    case .stream: .streamListpacks2
    }
  }
}
