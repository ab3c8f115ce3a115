internal import Synchronization

/// A command at run time: its spec, what dispatch needs of it in one place, and its statistics.
package struct CommandRecord {
  package let spec: CommandSpec
  package let handler: CommandSpec.Handler
  package let flags: CommandFlags
  package let arity: Int
  package let id: Int
  /// Lower case; `config|get` for a subcommand.
  package let fullName: String
  package let hasSubcommands: Bool
  package var calls: Int64 = 0
  package var nanoseconds: Int64 = 0
  package var rejected: Int64 = 0
  package var failed: Int64 = 0
  /// Times of single calls; made at the first one while `latency-tracking` is on.
  var histogram: LatencyHistogram?

  /// One call's time, or a round's share of one.
  @inline(__always)
  mutating func noteTime(_ nanoseconds: Int64, inHistogram: Bool) {
    self.nanoseconds &+= nanoseconds
    if inHistogram { noteInHistogram(nanoseconds) }
  }

  private mutating func noteInHistogram(_ nanoseconds: Int64) {
    if histogram == nil { histogram = LatencyHistogram() }
    histogram?.add(nanoseconds)
  }
}

/// The commands by name: a perfect hash, whose multiplier is searched at start, over names folded to one word.
package final class CommandTable: @unchecked Sendable {
  package let records: UnsafeMutableBufferPointer<CommandRecord>
  /// Top-level commands in the order of declaration.
  package let topLevel: [Int]
  /// Ids of the subcommands of a command, by its id.
  package let children: [[Int]]
  private let slots: UnsafeMutablePointer<Int16>
  private let names: UnsafeMutablePointer<NameKey>
  private let multiplier: UInt64
  private let shift: UInt64

  /// A name in upper case: the first and the last eight bytes, and the length.
  struct NameKey: Equatable {
    var head: UInt64
    var tail: UInt64
    var count: Int

    @inline(__always)
    init(_ bytes: UnsafeRawPointer, _ count: Int) {
      self.count = count
      if count >= 8 {
        head = Self.fold(load8(bytes, 0))
        tail = Self.fold(load8(bytes, count &- 8))
      } else {
        if count >= 4 {
          head = load4(bytes, 0) | load4(bytes, count &- 4) &<< UInt64((count &- 4) &* 8)
        } else {
          head = 0
          var i = 0
          while i < count {
            head |= UInt64(bytes.load(fromByteOffset: i, as: UInt8.self)) &<< UInt64(i &* 8)
            i &+= 1
          }
        }
        head = Self.fold(head)
        tail = 0
      }
    }

    /// Letters to upper case; other bytes stay distinct from letters (bit 5 falls only where the byte is a letter).
    @inline(__always)
    private static func fold(_ word: UInt64) -> UInt64 {
      let high: UInt64 = 0x8080_8080_8080_8080
      let low7 = word & ~high
      let atLeastA = low7 &+ 0x1f1f_1f1f_1f1f_1f1f
      let aboveZ = low7 &+ 0x0505_0505_0505_0505
      let letters = atLeastA & ~aboveZ & ~word & high
      return word & ~(letters &>> 2)
    }
  }

  package init(_ specs: [CommandSpec]) {
    var flat: [(spec: CommandSpec, fullName: String)] = []
    var topLevel: [Int] = []
    var children: [[Int]] = []
    for spec in specs {
      let name = "\(spec.name)".lowercased()
      topLevel.append(flat.count)
      let parent = flat.count
      flat.append((spec, name))
      children.append([])
      for sub in spec.subcommands {
        children[parent].append(flat.count)
        flat.append((sub, name + "|" + "\(sub.name)".lowercased()))
        children.append([])
      }
    }
    records = .allocate(capacity: flat.count)
    for (i, item) in flat.enumerated() {
      (records.baseAddress! + i).initialize(
        to: CommandRecord(
          spec: item.spec, handler: item.spec.handler,
          flags: item.spec.flags.contains(.fast) ? item.spec.flags.union(.direct) : item.spec.flags,
          arity: item.spec.arity, id: i, fullName: item.fullName,
          hasSubcommands: !item.spec.subcommands.isEmpty))
    }
    self.topLevel = topLevel
    self.children = children

    let bits = UInt64(12)
    shift = 64 - bits
    let keys = topLevel.map { id in
      var name = "\(flat[id].spec.name)"
      return name.withUTF8 { NameKey(UnsafeRawPointer($0.baseAddress!), $0.count) }
    }
    names = .allocate(capacity: flat.count)
    names.initialize(repeating: NameKey(UnsafeRawPointer(slotlessName.utf8Start), 0), count: flat.count)
    slots = .allocate(capacity: 1 << Int(bits))
    // A thousand tries find one, typically; other tables of this process had the same names.
    var multiplier = CommandTable.found.withLock { $0[keys.count] } ?? 0x9e37_79b9_7f4a_7c15
    search: while true {
      slots.initialize(repeating: -1, count: 1 << Int(bits))
      for (key, id) in zip(keys, topLevel) {
        let slot = Int(CommandTable.mix(key, multiplier) &>> shift)
        if slots[slot] != -1 {
          multiplier = multiplier &* 0xd134_2543_de82_ef95 &+ 2
          continue search
        }
        slots[slot] = Int16(id)
        names[id] = key
      }
      break
    }
    self.multiplier = multiplier
    CommandTable.found.withLock { $0[keys.count] = multiplier }
  }

  /// Multipliers with which as many names had a slot each: where a search begins.
  private static let found = Mutex<[Int: UInt64]>([:])

  deinit {
    for record in records { record.histogram?.destroy() }
    records.deinitialize()
    records.deallocate()
    slots.deallocate()
    names.deallocate()
  }

  @inline(__always)
  private static func mix(_ key: NameKey, _ multiplier: UInt64) -> UInt64 {
    (key.head ^ (key.tail &* 31) ^ UInt64(truncatingIfNeeded: key.count)) &* multiplier
  }

  /// The top-level command of that name, in any case of letters.
  @inline(__always)
  package func find(_ name: UnsafeRawPointer, _ count: Int) -> UnsafeMutablePointer<CommandRecord>? {
    let key = NameKey(name, count)
    let id = Int(slots[Int(CommandTable.mix(key, multiplier) &>> shift)])
    guard id >= 0, names[id] == key else { return nil }
    // Names of up to 16 bytes are compared whole by their key; longer ones must be compared in the middle too.
    if count > 16, !matches(records[id].spec.name, name, count) { return nil }
    return records.baseAddress.unsafelyUnwrapped + id
  }

  package func find(_ name: String) -> UnsafeMutablePointer<CommandRecord>? {
    var name = name
    return name.withUTF8 { bytes in bytes.baseAddress.flatMap { find($0, bytes.count) } }
  }

  package func find(subcommand name: UnsafeRawPointer, _ count: Int, of command: Int) -> UnsafeMutablePointer<CommandRecord>? {
    for id in children[command] where matches(records[id].spec.name, name, count) { return records.baseAddress.map { $0 + id } }
    return nil
  }

  private func matches(_ name: StaticString, _ bytes: UnsafeRawPointer, _ count: Int) -> Bool {
    guard name.utf8CodeUnitCount == count else { return false }
    for i in 0..<count where uppercased(bytes.load(fromByteOffset: i, as: UInt8.self)) != name.utf8Start[i] { return false }
    return true
  }
}

private let slotlessName: StaticString = ""
