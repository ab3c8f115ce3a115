internal import TernEngine

/// What simulated clients do. Every written value is used once, so that a read tells which write it saw.
package struct Workload: Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    case register, exchange, counter, set, list, pair
  }

  package var kinds = Kind.allCases
  /// Keys of each kind at one time.
  package var keysPerKind = 2
  /// The keys are new ones after so many virtual milliseconds: what is checked at once stays small.
  package var generationPeriod: Int64 = 4_000
  /// Of the operations, those that only read.
  package var readShare = 0.4
  /// Of the clients, the first so many only read. A leader holds back reads behind a write that nobody acknowledges, so who only reads sees more
  /// of one that was deposed.
  package var readers = 0
  /// Mean time between a client's operations, when answered.
  package var period: Int64 = 20
  /// A client gives an operation up, and calls its outcome unknown, after this.
  package var timeout: Int64 = 1_500

  package init() {}

  func key(_ kind: Kind, at now: Int64, using random: inout some RandomNumberGenerator) -> String {
    "\(kind.rawValue):\(now / max(1, generationPeriod)):\(Int.random(in: 0..<max(1, keysPerKind), using: &random))"
  }

  static func kind(of key: String) -> Kind? { Kind(rawValue: String(key.prefix { $0 != ":" })) }

  /// The action that reads all that a key of `kind` holds.
  static func reading(_ kind: Kind) -> KeyAction {
    switch kind {
    case .register, .exchange, .counter: .get
    case .set: .members
    case .list: .elements
    case .pair: .getBoth
    }
  }

  func action(_ kind: Kind, value: String, isReader: Bool, using random: inout some RandomNumberGenerator) -> KeyAction {
    if isReader { return Self.reading(kind) }
    if Double.random(in: 0..<1, using: &random) < readShare { return Self.reading(kind) }
    switch kind {
    case .register: return .set(value)
    case .exchange: return .exchange(value)
    case .counter: return .increment
    case .set: return Double.random(in: 0..<1, using: &random) < 0.2 ? .remove(recent(value, using: &random)) : .add(value)
    case .list: return Double.random(in: 0..<1, using: &random) < 0.2 ? .pop : .push(value)
    case .pair: return .incrementBoth
    }
  }

  /// A value that the client wrote lately: `name-number`, a little lower than `value`.
  private func recent(_ value: String, using random: inout some RandomNumberGenerator) -> String {
    guard let dash = value.lastIndex(of: "-"), let number = Int(value[value.index(after: dash)...]) else { return value }
    return "\(value[..<dash])-\(number - Int.random(in: 1...20, using: &random))"
  }

  /// The requests of an action, and how many replies belong to it.
  static func encode(_ action: KeyAction, _ key: String) -> (bytes: [UInt8], replies: Int) {
    func one(_ words: String...) -> (bytes: [UInt8], replies: Int) { (RESPCommand.encode(words.map { Array($0.utf8) }), 1) }
    func both(_ command: String) -> (bytes: [UInt8], replies: Int) {
      let words = [["MULTI"], [command, "\(key){a}"], [command, "\(key){b}"], ["EXEC"]]
      return (words.flatMap { RESPCommand.encode($0.map { Array($0.utf8) }) }, 4)
    }
    switch action {
    case .get: return one("GET", key)
    case .set(let value): return one("SET", key, value)
    case .exchange(let value): return one("SET", key, value, "GET")
    case .increment: return one("INCR", key)
    case .add(let member): return one("SADD", key, member)
    case .remove(let member): return one("SREM", key, member)
    case .members: return one("SMEMBERS", key)
    case .push(let element): return one("RPUSH", key, element)
    case .pop: return one("LPOP", key)
    case .elements: return one("LRANGE", key, "0", "-1")
    case .incrementBoth: return both("INCR")
    case .getBoth: return both("GET")
    }
  }

  enum Outcome {
    case result(KeyResult)
    case refused(String)
    case unknown(String)
  }

  /// What the replies to `action` mean.
  static func decode(_ replies: [RESPValue], of action: KeyAction) -> Outcome {
    var refusal: String?
    for reply in replies {
      if case .error(let text) = reply {
        let text = String(decoding: text, as: UTF8.self)
        if !text.hasPrefix("UNCERTAIN") { refusal = refusal ?? text } else { return .unknown(text) }
      }
    }
    if let refusal { return .refused(refusal) }
    guard let reply = replies.last else { return .unknown("no reply") }
    func text(_ value: RESPValue) -> String? { value.bytes.map { String(decoding: $0, as: UTF8.self) } }
    switch action {
    case .set: return .result(.ok)
    case .get, .exchange, .pop: return .result(.text(text(reply)))
    case .increment, .add, .remove, .push:
      guard case .integer(let number) = reply else { return .unknown("\(reply)") }
      return .result(.number(number))
    case .members: return .result(.set(Set((reply.elements ?? []).compactMap(text))))
    case .elements: return .result(.texts((reply.elements ?? []).compactMap(text)))
    case .incrementBoth:
      // EXEC's reply is null when nothing was executed.
      guard let elements = reply.elements else { return .refused("EXEC") }
      return .result(.texts(elements.map { if case .integer(let number) = $0 { "\(number)" } else { "?" } }))
    case .getBoth: return .result(.texts((reply.elements ?? []).map { text($0) ?? "0" }))
    }
  }
}
