/// An argument of a command that is a key, found by the command's key specs.
package struct KeyReference: Equatable {
  /// Of the argument; the command's name is 0.
  package var index: Int
  package var flags: KeySpec.Flags

  /// All keys of a command whose arity fits. What no spec can tell (`unknown`, `incomplete`) is left out; none where a place that must hold
  /// a key is not there.
  package static func find(_ spec: CommandSpec, _ arguments: UnsafePointer<ArgumentView>, _ count: Int) -> [KeyReference] {
    switch "\(spec.name)" {
    case "MIGRATE": return keysOfMigrate(spec, arguments, count)
    case "SORT": return keysOfSort(spec, arguments, count)
    default: break
    }
    var found: [KeyReference] = []
    for key in spec.keys where !key.flags.contains(.notKey) {
      guard let first = key.begin.position(arguments, count) else {
        if case .index = key.begin { return [] }
        continue
      }
      var flags = key.flags
      flags.subtract([.incomplete, .variableFlags])
      if key.flags.contains(.variableFlags) { flags = sharpened(flags, spec, arguments, count) }
      let positions = key.find.positions(from: first, arguments, count)
      if case .keyCount = key.find, positions.isEmpty { return [] }
      found += positions.map { KeyReference(index: $0, flags: flags) }
    }
    return found
  }

  /// What this very call does to its key, where the spec could only say what such calls may do.
  private static func sharpened(
    _ flags: KeySpec.Flags, _ spec: CommandSpec, _ arguments: UnsafePointer<ArgumentView>, _ count: Int
  ) -> KeySpec.Flags {
    switch "\(spec.name)" {
    case "SET": (3..<max(3, count)).contains { arguments[$0].is("GET") } ? flags : [.overwrite, .update]
    case "BITFIELD": isBitfieldReading(arguments, count) ? [.readOnly, .access] : flags
    default: flags
    }
  }
}

extension KeyReference {
  /// Options of MIGRATE and SORT whose arguments may look like keywords, with how many they have.
  private static func skipped(_ argument: ArgumentView) -> Int {
    if argument.is("AUTH") || argument.is("GET") || argument.is("BY") { return 1 }
    return argument.is("AUTH2") || argument.is("LIMIT") ? 2 : 0
  }

  /// The one key, or those behind KEYS if it is empty.
  private static func keysOfMigrate(_ spec: CommandSpec, _ arguments: UnsafePointer<ArgumentView>, _ count: Int) -> [KeyReference] {
    guard count > 3, let first = spec.keys.first else { return [] }
    var i = 6
    while i < count {
      if arguments[i].is("KEYS") {
        // With a key in its place too the call is none that MIGRATE understands.
        return arguments[3].count > 0 ? [] : (i + 1..<max(i + 1, count)).map { KeyReference(index: $0, flags: first.flags) }
      }
      i += 1 + skipped(arguments[i])
    }
    return [KeyReference(index: 3, flags: first.flags)]
  }

  /// The key, and the one behind the last STORE.
  private static func keysOfSort(_ spec: CommandSpec, _ arguments: UnsafePointer<ArgumentView>, _ count: Int) -> [KeyReference] {
    guard count > 1, let source = spec.keys.first, let target = spec.keys.last else { return [] }
    var store: Int?
    var i = 2
    while i < count {
      if arguments[i].is("STORE"), i + 1 < count {
        store = i + 1
        i += 1
      }
      i += 1 + skipped(arguments[i < count ? i : count - 1])
    }
    let key = KeyReference(index: 1, flags: source.flags)
    return store.map { [key, KeyReference(index: $0, flags: target.flags)] } ?? [key]
  }

  /// Whether all operations of a BITFIELD are GETs; what cannot be understood counts as a write.
  fileprivate static func isBitfieldReading(_ arguments: UnsafePointer<ArgumentView>, _ count: Int) -> Bool {
    var i = 2
    while i < count {
      if arguments[i].is("GET"), i + 2 < count {
        i += 3
      } else if arguments[i].is("OVERFLOW"), i + 1 < count {
        i += 2
      } else {
        return false
      }
    }
    return true
  }
}

extension ArgumentView {
  /// Whether the argument is `word` (given in upper case), in any case of letters.
  func `is`(_ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount else { return false }
    for i in 0..<count where uppercased(bytes.load(fromByteOffset: i, as: UInt8.self)) != word.utf8Start[i] { return false }
    return true
  }
}

extension KeySpec.Begin {
  func position(_ arguments: UnsafePointer<ArgumentView>, _ count: Int) -> Int? {
    switch self {
    case .index(let index): return index < count ? index : nil
    case .keyword(let word, let startFrom):
      // A negative start counts from the end, and searches backwards.
      let start = startFrom < 0 ? count + startFrom : startFrom
      guard start >= 1, start < count else { return nil }
      let hit =
        startFrom < 0
        ? (1...start).reversed().first { arguments[$0].is(word) } : (start..<count).first { arguments[$0].is(word) }
      guard let hit, hit + 1 < count else { return nil }
      return hit + 1
    case .unknown: return nil
    }
  }
}

extension KeySpec.Find {
  func positions(from first: Int, _ arguments: UnsafePointer<ArgumentView>, _ count: Int) -> [Int] {
    switch self {
    case .range(let last, let step, let limit):
      guard step > 0 else { return [] }
      // Counted from the end; only the first half, third … of the arguments if there is a limit.
      let end = last >= 0 ? first + last : limit <= 1 ? count + last : first + (count - first) / limit + last
      return end < first ? [] : Array(stride(from: first, through: min(end, count - 1), by: step))
    case .keyCount(let at, let offset, let step):
      guard step > 0, first + at < count, let keys = Decimal.parse(arguments[first + at].buffer), keys > 0 else { return [] }
      let start = first + offset
      guard start < count, keys <= (count - start + step - 1) / step else { return [] }
      return (0..<Int(keys)).map { start + $0 * step }
    case .unknown: return []
    }
  }
}
