/// An argument of a command that is a key, found by the command's key specs.
package struct KeyReference: Equatable {
  /// Of the argument; the command's name is 0.
  package var index: Int
  package var flags: KeySpec.Flags

  /// All keys of a command whose arity fits. What no spec can tell (`unknown`, `incomplete`) is left out.
  package static func find(_ spec: CommandSpec, _ arguments: UnsafePointer<ArgumentView>, _ count: Int) -> [KeyReference] {
    var found: [KeyReference] = []
    for key in spec.keys where !key.flags.contains(.notKey) {
      guard let first = key.begin.position(arguments, count) else { continue }
      var flags = key.flags
      flags.subtract([.incomplete, .variableFlags])
      if key.flags.contains(.variableFlags) { flags = sharpened(flags, spec, arguments, count) }
      found += key.find.positions(from: first, arguments, count).map { KeyReference(index: $0, flags: flags) }
    }
    return found
  }

  /// What this very call does to its key, where the spec could only say what such calls may do.
  private static func sharpened(
    _ flags: KeySpec.Flags, _ spec: CommandSpec, _ arguments: UnsafePointer<ArgumentView>, _ count: Int
  ) -> KeySpec.Flags {
    switch "\(spec.name)" {
    case "SET": (3..<max(3, count)).contains { arguments[$0].is("GET") } ? flags : [.overwrite, .update]
    case "BITFIELD":
      (2..<max(2, count)).contains { arguments[$0].is("SET") || arguments[$0].is("INCRBY") } ? flags : [.readOnly, .access]
    default: flags
    }
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
