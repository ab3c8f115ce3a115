import Testing

@testable import TernSimulation

@Suite struct LinearizabilityTests {
  /// Steps of one or more clients: what is invoked, and what returns, in this order.
  private enum Step {
    case invoke(Int, KeyAction)
    case result(Int, KeyResult)
    case refuse(Int)
  }

  private func history(_ steps: [Step]) -> History {
    var history = History()
    var open: [Int: Int] = [:]
    for (time, step) in steps.enumerated() {
      switch step {
      case .invoke(let client, let action): open[client] = history.invoke(action, on: "k", by: "c\(client)", at: Int64(time))
      case .result(let client, let result): if let id = open.removeValue(forKey: client) { history.complete(id, result, at: Int64(time)) }
      case .refuse(let client): if let id = open.removeValue(forKey: client) { history.refuse(id, at: Int64(time)) }
      }
    }
    return history
  }

  private func isLinearizable(_ steps: Step...) -> Bool { history(steps).violations().isEmpty }

  @Test func `operations one after the other must add up`() {
    #expect(isLinearizable(.invoke(1, .set("a")), .result(1, .ok), .invoke(1, .get), .result(1, .text("a"))))
    #expect(!isLinearizable(.invoke(1, .set("a")), .result(1, .ok), .invoke(1, .get), .result(1, .text(nil))))
    #expect(!isLinearizable(.invoke(1, .increment), .result(1, .number(1)), .invoke(2, .increment), .result(2, .number(1))))
    #expect(isLinearizable(.invoke(1, .push("a")), .result(1, .number(1)), .invoke(2, .pop), .result(2, .text("a"))))
    #expect(!isLinearizable(.invoke(1, .push("a")), .result(1, .number(1)), .invoke(2, .pop), .result(2, .text(nil))))
  }

  @Test func `operations at the same time may be in either order`() {
    let both: [Step] = [.invoke(1, .set("a")), .invoke(2, .set("b")), .result(1, .ok), .result(2, .ok), .invoke(1, .get)]
    for last in ["a", "b"] { #expect(history(both + [.result(1, .text(last))]).violations().isEmpty) }
    #expect(!history(both + [.result(1, .text(nil))]).violations().isEmpty)
  }

  @Test func `a read that returned the new value forbids the old one to those behind it`() {
    let write: [Step] = [.invoke(1, .set("new")), .invoke(2, .get), .result(2, .text("new")), .invoke(3, .get)]
    #expect(!history(write + [.result(3, .text(nil)), .result(1, .ok)]).violations().isEmpty)
    #expect(history(write + [.result(3, .text("new")), .result(1, .ok)]).violations().isEmpty)
  }

  @Test func `an unknown outcome may take effect late, or never, but once`() {
    let lost: [Step] = [.invoke(1, .increment)]
    func reads(_ values: [String?]) -> [Step] { values.flatMap { [Step.invoke(2, .get), .result(2, .text($0))] } }
    #expect(history(lost + reads([nil, nil])).violations().isEmpty)
    #expect(history(lost + reads([nil, "1"])).violations().isEmpty)
    #expect(!history(lost + reads(["1", nil])).violations().isEmpty)
    #expect(!history(lost + reads(["1", "2"])).violations().isEmpty)
  }

  @Test func `what was refused has not happened`() {
    #expect(isLinearizable(.invoke(1, .set("a")), .refuse(1), .invoke(1, .get), .result(1, .text(nil))))
    #expect(!isLinearizable(.invoke(1, .set("a")), .refuse(1), .invoke(1, .get), .result(1, .text("a"))))
  }

  @Test func `both halves of a transaction are seen or neither`() {
    #expect(
      isLinearizable(.invoke(1, .incrementBoth), .result(1, .texts(["1", "1"])), .invoke(2, .getBoth), .result(2, .texts(["1", "1"]))))
    #expect(
      !isLinearizable(.invoke(1, .incrementBoth), .invoke(2, .getBoth), .result(2, .texts(["1", "0"])), .result(1, .texts(["1", "1"]))))
  }

  @Test func `many unknown increments do not make the search explode`() {
    var steps: [Step] = (0..<60).map { .invoke($0, .increment) }
    steps += [.invoke(100, .get), .result(100, .text("31")), .invoke(100, .get), .result(100, .text("47"))]
    #expect(Linearizability.check(history(steps).operations, stepsMax: 20_000) == .linearizable)
    steps += [.invoke(100, .get), .result(100, .text("61"))]
    guard case .violated = Linearizability.check(history(steps).operations, stepsMax: 20_000) else {
      Issue.record("61 increments were explained by 60")
      return
    }
  }

  /// Histories that a single server made are accepted, whatever the order of returns; with one result falsified they are not.
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `what a single server did is linearizable, and one false answer is found`(seed: UInt64) {
    var random = SeededRandom(state: seed)
    var history = History()
    var state = KeyState.nothing
    var open: [(id: Int, action: KeyAction, result: KeyResult?)] = []
    var results: [Int: KeyResult] = [:]
    for step in 0..<200 {
      if open.count < 4, Bool.random(using: &random) {
        let action: KeyAction = [.get, .set("v\(step)"), .exchange("x\(step)")][Int.random(in: 0..<3, using: &random)]
        open.append((history.invoke(action, on: "k", by: "c", at: Int64(step)), action, nil))
      } else if let i = open.indices.randomElement(using: &random) {
        // Executed at some moment between invocation and return.
        let applied = state.applying(open[i].action)
        state = applied.state
        results[open[i].id] = applied.result
        history.complete(open[i].id, applied.result, at: Int64(step))
        open.remove(at: i)
      }
    }
    #expect(history.violations() == [])
    let reads = results.keys.sorted().filter { if case .text? = results[$0] { true } else { false } }
    guard let falsified = reads.randomElement(using: &random) else { return }
    history.complete(falsified, .text("never written"), at: 1_000)
    #expect(!history.violations().isEmpty)
  }
}

struct SeededRandom: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
