extension Engine {
  /// A batch for keys that are decoded elsewhere. The small encodings are those of this moment's settings.
  package func newLoadBatch() -> LoadBatch { LoadBatch(hash: byteHash, limits: limits) }

  /// What an entry's access field is to be; nil: the policy keeps something else, and the key counts as new.
  package func access(_ access: LoadBatch.Access) -> UInt32? {
    let countsFrequency = settings.memory.policy.order == .frequency
    switch access {
    case .new: return nil
    case .idle(let seconds): return countsFrequency ? nil : self.access(idleSeconds: seconds)
    case .frequency(let counter): return countsFrequency ? AccessFrequency.minutes(now) << 8 | UInt32(counter) : nil
    }
  }
}

/// Batches of decoded keys.
extension StagedKeyspace {
  package enum BatchStop: Hashable, Sendable {
    /// All records up to the limit are done.
    case reached
    /// The record is one that the batch's owner keeps; it is still to be done.
    case other
    /// The key is there already.
    case duplicate
  }

  /// What becomes of keys whose time is over.
  package struct BatchRules {
    /// Keys that expire at this time (ms since 1970) or before are left out; nil: none.
    package var dropsUpTo: Int64?
    /// A key that comes twice counts as what it is the second time.
    package var replaces: Bool

    package init(dropsUpTo: Int64?, replaces: Bool) {
      self.dropsUpTo = dropsUpTo
      self.replaces = replaces
    }
  }

  package struct BatchProgress {
    /// The next record.
    package var index = 0
    package var inserted = 0
    package var expired = 0
    package init() {}
  }

  /// Puts the records from `progress.index` on in place, at most `count`. `onExpired` gets the names of those that are left out.
  package func insert(
    _ batch: LoadBatch, _ progress: inout BatchProgress, count: Int, _ rules: BatchRules, onExpired: ([UInt8], Int) -> Void
  ) -> BatchStop {
    let end = min(batch.records.count, progress.index + count)
    let newAccess = engine.newAccess
    return batch.records.withUnsafeBufferPointer { records in
      let base = UnsafeRawPointer(batch.storage)
      // Their buckets are asked for together: one trip to memory instead of one for each.
      for i in progress.index..<end { table(records[i].database)?.prefetchDirectory(records[i].hash) }
      for i in progress.index..<end { table(records[i].database)?.prefetchBucket(records[i].hash) }
      while progress.index < end {
        let record = records[progress.index]
        if case .other = record.form { return .other }
        let name = base + record.nameStart
        if let limit = rules.dropsUpTo, record.expiry <= limit {
          progress.expired += 1
          progress.index += 1
          onExpired(Array(UnsafeRawBufferPointer(start: name, count: record.nameCount)), record.database)
          continue
        }
        guard insert(record, name, newAccess, replaces: rules.replaces) else { return .duplicate }
        progress.inserted += 1
        progress.index += 1
      }
      return .reached
    }
  }

  /// False: the key is there, and may not be replaced.
  private func insert(_ record: LoadBatch.Record, _ name: UnsafeRawPointer, _ newAccess: UInt32, replaces: Bool) -> Bool {
    guard let table = table(record.database) else { return true }
    let key = KeyView(bytes: name, count: record.nameCount, hash: record.hash)
    let position = table.locate(key.hash, key.bytes, key.count)
    if position != nil, !replaces { return false }
    let value = UnsafeRawBufferPointer(start: name + record.nameCount, count: record.valueCount)
    let expiry: Int64? = record.expiry == .max ? nil : record.expiry
    let access = record.access == .new ? newAccess : engine.access(record.access) ?? newAccess
    switch record.form {
    case .string: table.setString(key, at: position, value, expiry: expiry, access: access)
    case .integer(let integer): table.setInteger(key, at: position, integer, expiry: expiry, access: access)
    case .listpack(let type):
      let block = ListpackBlock.create(engine.heap, copying: value).block
      table.putCollection(key, at: position, CollectionValue(type, .flat, block), expiry: expiry, access: access)
    case .intset:
      let block = IntsetBlock.create(engine.heap, copying: value).block
      table.putCollection(key, at: position, CollectionValue(.set, .integers, block), expiry: expiry, access: access)
    case .other: break
    }
    return true
  }

  /// Whether the key has been put in place.
  package func holds(_ name: [UInt8], in database: Int) -> Bool {
    guard let table = table(database) else { return false }
    return name.withUnsafeBytes { bytes in
      let base = bytes.baseAddress ?? emptyBytes
      return table.locate(table.hash(base, bytes.count), base, bytes.count) != nil
    }
  }
}
