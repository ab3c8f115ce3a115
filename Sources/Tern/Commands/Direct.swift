internal import TernEngine

/// The most used operations, without encoding a command: what ``Reader``, ``Writer`` and ``Node`` share.
extension TernEngine.Database {
  enum Found<Value> {
    case nothing
    case value(Value)
    case notConvertible

    /// - Throws: ``TernError/Code/notConvertible``.
    @inline(__always)
    func value(at key: some KeyspaceBytes) throws(TernError) -> Value? {
      switch self {
      case .nothing: return nil
      case .value(let value): return value
      case .notConvertible: throw TernError(.notConvertible, "the value at '\(Bytes(key))' is no \(Value.self)")
      }
    }
  }

  @inline(__always)
  private func converted<Value: KeyspaceValue>(_ bytes: UnsafeRawBufferPointer) -> Found<Value> {
    Value(keyspaceBytes: bytes).map { .value($0) } ?? .notConvertible
  }

  @inline(__always)
  private func converted<Value: KeyspaceValue>(_ integer: Int64) -> Found<Value> {
    // No text is made for a number that is read as one.
    if Value.self == Int.self { return .value(unsafeBitCast(Int(integer), to: Value.self)) }
    if Value.self == Int64.self { return .value(unsafeBitCast(integer, to: Value.self)) }
    return ListpackElement.integer(integer).withBytes { converted($0) }
  }

  @inline(__always)
  func typedGet<Value: KeyspaceValue>(_ key: UnsafeRawBufferPointer) throws(CommandError) -> Found<Value> {
    switch try string(at: key) {
    case .bytes(let bytes): return converted(bytes)
    case .integer(let integer): return converted(integer)
    case nil: return .nothing
    }
  }

  @inline(__always)
  func typedField<Value: KeyspaceValue>(
    _ key: UnsafeRawBufferPointer, _ field: UnsafeRawBufferPointer
  ) throws(CommandError) -> Found<Value> {
    switch try hashField(key, field) {
    case .bytes(let bytes): return converted(bytes)
    case .integer(let integer): return converted(integer)
    case nil: return .nothing
    }
  }

  /// Elements side by side in one array of bytes, for operations that take several.
  func withElements<R>(
    _ elements: [some KeyspaceBytes], _ body: (_ count: Int, _ element: (Int) -> UnsafeRawBufferPointer) throws(CommandError) -> R
  ) throws(CommandError) -> R {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    ends.reserveCapacity(elements.count)
    for element in elements {
      element.withKeyspaceBytes { bytes.append(contentsOf: $0) }
      ends.append(bytes.count)
    }
    let result = bytes.withUnsafeBytes { all -> Result<R, CommandError> in
      do throws(CommandError) {
        return .success(
          try body(elements.count) { i in UnsafeRawBufferPointer(rebasing: all[(i == 0 ? 0 : ends[i - 1])..<ends[i]]) })
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  func push(_ key: UnsafeRawBufferPointer, _ end: ListEnd, _ elements: [some KeyspaceBytes]) throws(CommandError) -> Int {
    guard !elements.isEmpty else { throw .wrongArity(end == .left ? "lpush" : "rpush") }
    return try withElements(elements) { (count, element) throws(CommandError) in
      try push(self.key(key), at: end, count: count, element)
    }
  }

  func pop<Value: KeyspaceValue>(_ key: UnsafeRawBufferPointer, _ end: ListEnd) throws(CommandError) -> Found<Value> {
    var found = Found<Value>.nothing
    // What cannot be converted must stay where it is, so the element is looked at before it is taken.
    let view = self.key(key)
    guard let list = try list(view), list.count > 0 else { return .nothing }
    list.element(at: end == .left ? 0 : list.count - 1)?.withBytes { found = converted($0) }
    if case .value = found { _ = try pop(view, from: end, count: 1, isPlain: true, { _ in }, { _ in }) }
    return found
  }

  func addMembers(_ key: UnsafeRawBufferPointer, _ members: [some KeyspaceBytes]) throws(CommandError) -> Int {
    guard !members.isEmpty else { throw .wrongArity("sadd") }
    return try withElements(members) { (count, member) throws(CommandError) in try addToSet(self.key(key), count, member) }
  }
}
