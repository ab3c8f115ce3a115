import Testing

@testable import TernEngine

/// Requests as bytes: in one piece, byte by byte and in random pieces, good ones and malformed ones.
@Suite struct RequestTests {
  private enum Cut {
    case whole, bytes
    case random(UInt64)
  }

  /// The replies to `input`, and whether the connection is to be closed.
  private func answer(_ input: [UInt8], cut: Cut, authenticated: Bool = true) -> (replies: [UInt8], closes: Bool) {
    let test = TestEngine()
    if !authenticated { test.session.gates.insert(.unauthenticated) }
    var replies: [UInt8] = []
    var rest = input[...]
    var random = SeededRandom(seed: 0)
    if case .random(let seed) = cut { random = SeededRandom(seed: seed) }
    while !rest.isEmpty, !test.session.gates.contains(.closing) {
      let count =
        switch cut {
        case .whole: rest.count
        case .bytes: 1
        case .random: min(rest.count, Int.random(in: 1...40, using: &random))
        }
      replies += test.feed(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return (replies, test.session.gates.contains(.closing))
  }

  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static let requests: [[UInt8]] =
    [
      "*-1\r\nPING\r\n", "*0\r\nPING\r\n", "*1\r\n$-1\r\n", "*1\r\n:4\r\nPING\r\n", "*2147483648\r\n", "*abc\r\n", "*1\r\n$536870913\r\n",
      "*1\r\n$abc\r\n", "*1\r\n$4x\r\n", "*\r\n", "*1\r\n$\r\n", "*01\r\n$4\r\nPING\r\n", "*1\r\n$04\r\nPING\r\n", "*+1\r\n$4\r\nPING\r\n",
      "*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n", "\r\n\r\nPING\r\n", "PING\n", "PING \"a b\"\r\n", "PING 'a\\'b'\r\n", "PING \"a\r\n",
      "PING \"a\"b\r\n",
      "PING \"\\x41\\n\"\r\n", "*1\r\n$0\r\n\r\nPING\r\n", "$4\r\nPING\r\n", "*1 \r\n", "* 1\r\n", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$-5\r\n",
      "*1\rX$4\r\nPING\r\n", "*1\r\n\r\n$4\r\nPING\r\n", "PING\r\n*1\r\n!4\r\n", "*1\r\n$4\rXPING\r\n", "*2\r\n$3\r\nGET\r\n$0\r\n\r\n",
      "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3\r\nxyz\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\nGET a\r\n*2\r\n$6\r\nSTRLEN\r\n$1\r\na\r\n",
      "*3\r\n$3\r\nSET\r\n",
      "*9223372036854775808\r\n", "*1\r\n$9223372036854775807\r\n", "set a 1\r\nincr a\r\n", "*18446744073709551617\r\n$4\r\nPING\r\n",
    ].map(bytes)
    + [
      [UInt8](repeating: 120, count: 70_000), bytes("*") + [UInt8](repeating: 49, count: 70_000),
      bytes("*1\r\n$") + [UInt8](repeating: 49, count: 70_000),
      bytes("*2\r\n$4\r\nPING\r\n$30000\r\n") + [UInt8](repeating: 7, count: 30_000) + [13, 10],
    ]

  @Test func `good and malformed requests are answered as redis-server does, however they are cut`() throws {
    let redis = try RedisServer()
    for request in Self.requests {
      let whole = answer(request, cut: .whole)
      let connection = try redis.connect()
      _ = try connection.ask("FLUSHALL")
      try connection.send(request)
      if !whole.closes { try connection.send(RESPCommand.encode("PING", "<end>")) }
      // An incomplete request swallows the marker; then it has no reply.
      let isWhole = !["*3\r\n$3\r\nSET\r\n"].map(Self.bytes).contains(request)
      let marker = whole.closes || !isWhole ? [] : Self.bytes("$5\r\n<end>\r\n")
      let theirs = try connection.readToEnd(orUntil: whole.closes ? .max : (whole.replies + marker).count)
      #expect(theirs == whole.replies + marker, "\(printable(request)): ours \(printable(whole.replies)), theirs \(printable(theirs))")
      if request.count > 40_000 { continue }
      let cuts: [Cut] = [.bytes] + (1...10).map { .random($0) }
      for cut in cuts {
        let cutAnswer = answer(request, cut: cut)
        #expect(cutAnswer.replies == whole.replies && cutAnswer.closes == whole.closes, "\(printable(request)), cut: \(cut)")
      }
    }
  }

  @Test func `a stranger may send little before AUTH`() throws {
    let redis = try RedisServer(["--requirepass", "secret"])
    let requests = ["*11\r\n", "*1\r\n$16385\r\n", "*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "*1\r\n$7\r\nNOTHING\r\n", "GET a\r\n"].map(Self.bytes)
    for request in requests {
      let connection = try redis.connect()
      for cut in [Cut.whole, .bytes] {
        let ours = answer(request, cut: cut, authenticated: false)
        #expect(!ours.replies.isEmpty)
        if case .whole = cut {
          try connection.send(request)
          #expect(try connection.readToEnd(orUntil: ours.closes ? .max : ours.replies.count) == ours.replies, "\(printable(request))")
        }
      }
    }
  }

  @Test func `a long pipeline in random pieces gets the replies that it gets one by one`() {
    var generator = CommandGenerator(seed: 99)
    let commands = (0..<1500).map { _ in generator.next() }.filter {
      !["scan", "keys", "randomkey"].contains(String(decoding: $0[0], as: UTF8.self).lowercased())
    }
    let single = TestEngine()
    let oneByOne = commands.flatMap { single.feed(RESPCommand.encode($0)) }
    let input = commands.flatMap { RESPCommand.encode($0) }
    for seed in 1...4 as ClosedRange<UInt64> {
      var random = SeededRandom(seed: seed)
      let test = TestEngine()
      var replies: [UInt8] = []
      var rest = input[...]
      while !rest.isEmpty {
        let count = min(rest.count, Int.random(in: 1...(seed == 1 ? 1 << 20 : 9000), using: &random))
        replies += test.feed(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(replies == oneByOne, "seed \(seed)")
      #expect(test.contents() == single.contents(), "seed \(seed)")
    }
  }

  @Test func `commands with more arguments than a round holds, and rounds that run out of room, are executed in order`() {
    let test = TestEngine()
    let names = (0..<3000).map { "key:\($0)" }
    let mset = ["MSET"] + names.flatMap { [$0, "value of \($0)"] }
    #expect(test.send(mset.map { Array($0.utf8) }).plain == "OK")
    #expect(test.send((["MGET"] + names).map { Array($0.utf8) }) == .array(names.map { .bulkString(Array("value of \($0)".utf8)) }))
    #expect(test.effects().last?.hasPrefix("MSET key:0 value of key:0 key:1") == true)
    // 90 commands of 302 arguments: three fit a round.
    var pipeline: [UInt8] = []
    for i in 0..<90 { pipeline += RESPCommand.encode((["EXISTS"] + names[i * 30..<i * 30 + 300] + ["none"]).map { Array($0.utf8) }) }
    #expect(Frame.split(test.feed(pipeline)) == [[UInt8]](repeating: Array(":300\r\n".utf8), count: 90))
    #expect(test.send((["DEL"] + names + ["none"]).map { Array($0.utf8) }).plain == "3000")
    #expect(test.ask("DBSIZE") == "0")
    // Another 1000 small ones in one buffer.
    let replies = test.feed((0..<1000).flatMap { _ in RESPCommand.encode("INCR", "n") })
    #expect(replies == (1...1000).flatMap { Array(":\($0)\r\n".utf8) })
  }
}
