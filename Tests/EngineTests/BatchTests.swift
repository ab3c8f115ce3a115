import Testing

@testable import TernEngine

/// What several sessions sent, executed together.
@Suite struct BatchTests {
  /// Executes `parts`, one of each session, and returns what each left unconsumed.
  private func execute(_ test: TestEngine, _ parts: [(Session, [UInt8])]) -> [[UInt8]] {
    var inputs: [Engine.Input] = []
    let bytes = parts.map { (_, part) -> UnsafeMutableRawBufferPointer in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, part.count), alignment: 8)
      copy.copyBytes(from: part)
      return copy
    }
    defer { for copy in bytes { copy.deallocate() } }
    for (i, part) in parts.enumerated() {
      inputs.append(
        Engine.Input(part.0, UnsafeRawPointer(bytes[i].baseAddress ?? UnsafeMutableRawPointer(mutating: emptyBytes)), part.1.count))
    }
    inputs.withUnsafeMutableBufferPointer { test.engine.execute($0, now: test.now) }
    return zip(parts, inputs).map { part, input in Array(part.1[input.consumed...]) }
  }

  private static let requests: [[UInt8]] = {
    var requests: [[UInt8]] = [RESPCommand.encode("SET", "long", String(repeating: "x", count: 5000))]
    for i in 0..<40 {
      requests.append(RESPCommand.encode("SET", "k\(i)", "\(i)"))
      requests.append(RESPCommand.encode("INCR", "k\(i % 7)"))
      requests.append(RESPCommand.encode("APPEND", "all", "\(i),"))
      requests.append(Array("GET k\(i)\r\n".utf8))
      requests.append(Array("*0\r\n".utf8))
      requests.append(RESPCommand.encode("GET", "all"))
      requests.append(RESPCommand.encode("NOSUCH", "x"))
      requests.append(RESPCommand.encode("SELECT", "\(i % 3)"))
      // More arguments than a round has left, and here and there more than it has at all.
      let keys = (0..<(i < 30 ? 300 : 1100)).map { Array("k\($0)".utf8) }
      requests.append(RESPCommand.encode([Array("MGET".utf8)] + keys))
    }
    return requests
  }()

  @Test(arguments: 0..<20)
  func `sessions together answer what they answer one after the other, however their bytes are cut`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let together = TestEngine()
    let apart = TestEngine()
    let count = Int.random(in: 1...9, using: &random)
    let sessions = (0..<count).map { _ in (together.open(), apart.open()) }
    var streams = (0..<count).map { _ in (0..<60).flatMap { _ in Self.requests.randomElement(using: &random) ?? [] }[...] }
    var rests = [[UInt8]](repeating: [], count: count)
    var expected = rests
    while streams.contains(where: { !$0.isEmpty }) {
      var parts: [(Session, [UInt8])] = []
      for i in 0..<count {
        let piece = Array(streams[i].prefix(Int.random(in: 0...([3, 60, 3000].randomElement(using: &random) ?? 3), using: &random)))
        streams[i] = streams[i].dropFirst(piece.count)
        parts.append((sessions[i].0, rests[i] + piece))
        let replies = apart.feed(piece, on: sessions[i].1)
        expected[i] += replies
      }
      rests = execute(together, parts)
    }
    for i in 0..<count {
      #expect(rests[i].isEmpty)
      #expect(together.takeReplies(of: sessions[i].0) == expected[i])
    }
    #expect(together.contents() == apart.contents())
    #expect(together.effects() == apart.effects())
  }

  @Test func `a session that is closed or blocked in a round stops there, and the others go on`() {
    let test = TestEngine()
    let quits = test.open()
    let waits = test.open()
    let works = test.open()
    test.engine.startPause(until: test.now + 1000, allCommands: false)
    let rests = execute(
      test,
      [
        (quits, RESPCommand.encode("PING") + RESPCommand.encode("QUIT") + RESPCommand.encode("PING")),
        (waits, RESPCommand.encode("PING") + RESPCommand.encode("SET", "a", "1") + RESPCommand.encode("GET", "a")),
        (works, RESPCommand.encode("PING") + RESPCommand.encode("GET", "a")),
      ])
    #expect(test.takeReplies(of: quits) == Array("+PONG\r\n+OK\r\n".utf8))
    #expect(rests[0].isEmpty)
    #expect(test.takeReplies(of: waits) == Array("+PONG\r\n".utf8))
    #expect(rests[1] == RESPCommand.encode("GET", "a"))
    #expect(waits.gates.contains(.blocked))
    #expect(test.takeReplies(of: works) == Array("+PONG\r\n$-1\r\n".utf8))
  }

  @Test func `a malformed request ends its own session only`() {
    let test = TestEngine()
    let good = test.open()
    let bad = test.open()
    let late = test.open()
    let rests = execute(
      test,
      [
        (good, RESPCommand.encode("SET", "a", "1")), (bad, RESPCommand.encode("INCR", "a") + Array("*1\r\n!4\r\n".utf8)),
        (late, RESPCommand.encode("INCR", "a")),
      ])
    #expect(rests == [[], [], []])
    #expect(bad.gates.contains(.closing))
    #expect(test.takeReplies(of: bad).starts(with: Array(":2\r\n-ERR Protocol error".utf8)))
    #expect(test.takeReplies(of: late) == Array(":3\r\n".utf8))
  }
}
