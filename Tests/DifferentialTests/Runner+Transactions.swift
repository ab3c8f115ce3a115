import TernEngine

/// Transactions. What a client queues is sent to the real server when ours has executed it: only then is it known what chance and the clock
/// decided there (SPOP, `XADD *`), and the other side is told to do the same.
extension Runner {
  struct Held {
    var step: Step
    var reply: [UInt8]
    var isQueued: Bool { reply == Array("+QUEUED\r\n".utf8) }
  }

  func hold(_ step: Step) -> Mismatch? {
    let reply = node.send(step.client, step.words)[step.client]?.last ?? []
    held[step.client, default: []].append(Held(step: step, reply: reply))
    return nil
  }

  /// What was queued, now; `words` in the place of some of them.
  func sendHeld(_ held: [Held], _ words: [Int: [[UInt8]]] = [:]) throws -> Mismatch? {
    for (i, item) in held.enumerated() {
      let theirs = try real.client(item.step.client).ask(words[i] ?? item.step.words)
      if theirs != item.reply { return mismatch("client \(item.step.client) queues \(item.step.line)", theirs, item.reply) }
    }
    return nil
  }

  func execute(_ step: Step, _ held: [Held]) throws -> Mismatch? {
    var mine = node.send(step.client, step.words)
    let accepted = held.indices.filter { held[$0].isQueued }
    var words: [Int: [[UInt8]]] = [:]
    if let ours = mine[step.client]?.last, ours.first == UInt8(ascii: "*"), var elements = Frame.elements(ours),
      elements.count == accepted.count
    {
      for (place, i) in accepted.enumerated() where !ReplyComparison.isError(elements[place]) {
        let step = held[i].step
        let value = ReplyComparison.value(elements[place])
        switch ReplyRule.of(step) {
        case .popped:
          let members = (value.elements ?? [value]).compactMap(\.bytes)
          guard !members.isEmpty else { continue }
          words[i] = [Array("SREM".utf8), step.words[1]] + members
          elements[place] = Array(":\(members.count)\r\n".utf8)
          leavesEventsOut = true
        case .entryID:
          guard let star = Self.clockArgument(step), let id = value.bytes else { continue }
          words[i] = step.words
          words[i]?[star] = id
        default: continue
        }
      }
      mine[step.client]?.removeLast()
      mine[step.client]?.append(Array("*\(elements.count)\r\n".utf8) + elements.joined())
    }
    if let mismatch = try sendHeld(held, words) { return mismatch }
    try real.client(step.client).write(step.words)
    defer { leavesEventsOut = false }
    return try compare(mine, step, rule: .exact, transaction: accepted.map { held[$0].step })
  }
}
