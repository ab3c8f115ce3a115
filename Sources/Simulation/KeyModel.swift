/// What a client can do with one key in a simulated workload, and what the key then holds: the sequential specification against which
/// histories are checked. Written from the commands' documentation, not from the engine.
package enum KeyAction: Hashable, Sendable, CustomStringConvertible {
  case get
  case set(String)
  /// SET … GET: the write whose reply says what it replaced.
  case exchange(String)
  case increment
  case add(String)
  case remove(String)
  case members
  case push(String)
  case pop
  case elements
  /// MULTI, an increment of each of two keys, EXEC; the history knows the two by one name.
  case incrementBoth
  case getBoth

  package var isWrite: Bool {
    switch self {
    case .get, .members, .elements, .getBoth: false
    default: true
    }
  }

  package var description: String {
    switch self {
    case .get: "GET"
    case .set(let value): "SET \(value)"
    case .exchange(let value): "SET \(value) GET"
    case .increment: "INCR"
    case .add(let member): "SADD \(member)"
    case .remove(let member): "SREM \(member)"
    case .members: "SMEMBERS"
    case .push(let element): "RPUSH \(element)"
    case .pop: "LPOP"
    case .elements: "LRANGE"
    case .incrementBoth: "INCR both"
    case .getBoth: "GET both"
    }
  }
}

package enum KeyResult: Hashable, Sendable {
  case ok
  case number(Int64)
  case text(String?)
  case texts([String])
  case set(Set<String>)
}

/// What a key holds.
package enum KeyState: Hashable, Sendable {
  case nothing
  case text(String)
  case number(Int64)
  case set(Set<String>)
  case list([String])

  /// The state behind `action`, and what it answers.
  package func applying(_ action: KeyAction) -> (state: KeyState, result: KeyResult) {
    switch action {
    case .get:
      if case .number(let number) = self { return (self, .text("\(number)")) }
      if case .text(let text) = self { return (self, .text(text)) }
      return (self, .text(nil))
    case .set(let value): return (.text(value), .ok)
    case .exchange(let value):
      if case .text(let old) = self { return (.text(value), .text(old)) }
      return (.text(value), .text(nil))
    case .increment:
      let sum = number + 1
      return (.number(sum), .number(sum))
    case .incrementBoth:
      let sum = number + 1
      return (.number(sum), .texts(["\(sum)", "\(sum)"]))
    case .getBoth: return (self, .texts(["\(number)", "\(number)"]))
    case .add(let member): return (.set(members.union([member])), .number(members.contains(member) ? 0 : 1))
    case .remove(let member):
      guard members.contains(member) else { return (self, .number(0)) }
      let rest = members.subtracting([member])
      return (rest.isEmpty ? .nothing : .set(rest), .number(1))
    case .members: return (self, .set(members))
    case .push(let element): return (.list(elements + [element]), .number(Int64(elements.count + 1)))
    case .pop:
      guard let first = elements.first else { return (self, .text(nil)) }
      return (elements.count == 1 ? .nothing : .list(Array(elements.dropFirst())), .text(first))
    case .elements: return (self, .texts(elements))
    }
  }

  private var number: Int64 { if case .number(let number) = self { number } else { 0 } }
  private var members: Set<String> { if case .set(let members) = self { members } else { [] } }
  private var elements: [String] { if case .list(let elements) = self { elements } else { [] } }
}
