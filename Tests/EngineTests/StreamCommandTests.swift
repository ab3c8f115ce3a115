import Testing

@testable import TernEngine

@Suite struct StreamCommandTests {
  private func bytes(_ line: String) -> [UInt8] { RESPCommand.encode(line.split(separator: " ").map { Array($0.utf8) }) }

  /// Sends a command that waits: no reply must come.
  private func wait(_ engine: TestEngine, _ line: String, on session: Session) {
    #expect(engine.feed(bytes(line), on: session).isEmpty)
    #expect(session.gates.contains(.blocked))
  }

  /// The reply that has come to a session meanwhile; nil without one.
  private func reply(_ engine: TestEngine, _ session: Session) -> String? {
    var parser = RESPReplyParser()
    parser.append(engine.takeReplies(of: session))
    return (try? parser.next())?.plain
  }

  // MARK: ids

  @Test func `ids follow the clock, and go on from the last one when it stands still or goes back`() {
    let engine = TestEngine()
    engine.now = 5_000
    #expect(engine.ask("XADD s * a 1") == "5000-0")
    #expect(engine.ask("XADD s * a 1") == "5000-1")
    engine.now = 4_000
    #expect(engine.ask("XADD s * a 1") == "5000-2")
    engine.now = 5_001
    #expect(engine.ask("XADD s * a 1") == "5001-0")
    #expect(engine.ask("XADD s 5001-* a 1") == "5001-1")
    #expect(engine.ask("XADD s 5003-* a 1") == "5003-0")
    #expect(engine.ask("XADD s 5002-* a 1").hasPrefix("ERR The ID specified in XADD is equal or smaller"))
    #expect(engine.ask("XADD s 18446744073709551615-18446744073709551614 a 1") == "18446744073709551615-18446744073709551614")
    #expect(engine.ask("XADD s * a 1") == "18446744073709551615-18446744073709551615")
    #expect(engine.ask("XADD s * a 1") == "ERR The stream has exhausted the last possible ID, unable to add more items")
    #expect(engine.ask("XADD none NOMKSTREAM * a 1") == "(nil)")
    #expect(engine.ask("EXISTS none") == "0")
  }

  @Test func `effects say the id, and an approximate trim exactly`() {
    let engine = TestEngine()
    engine.engine.settings.encodingLimits.streamNodeEntries = 3
    engine.now = 7_000
    for _ in 0..<8 { engine.ask("XADD s * a 1") }
    _ = engine.effects()
    engine.ask("XADD s MAXLEN ~ 4 * a 1")
    #expect(engine.effects() == ["XADD s MAXLEN = 6 7000-8 a 1"])
    engine.ask("XADD s MINID ~ 7000-6 9000-* a 1")
    #expect(engine.effects() == ["XADD s MINID = 7000-6 9000-0 a 1"])
    engine.ask("XTRIM s MAXLEN ~ 100")
    #expect(engine.effects() == [])
    engine.ask("XTRIM s MAXLEN 2")
    engine.ask("XDEL s 1-1 9000-0 9000-0")
    engine.ask("XSETID s 10000-0")
    #expect(engine.effects() == ["XTRIM s MAXLEN = 2", "XDEL s 9000-0", "XSETID s 10000-0"])
    engine.ask("XADD s MINID ~ 99999-0 10001-0 a 1")
    #expect(engine.ask("XLEN s") == "0")
    #expect(engine.effects() == ["XADD s MINID = 18446744073709551615-18446744073709551615 10001-0 a 1"], "what is added may be trimmed")
  }

  @Test func `an approximate trim stops after a hundred nodes if it is not told otherwise`() {
    let engine = TestEngine()
    engine.engine.settings.encodingLimits.streamNodeEntries = 2
    for i in 1...500 { engine.ask("XADD s \(i)-0 a 1") }
    #expect(engine.ask("XTRIM s MAXLEN ~ 0") == "200")
    #expect(engine.ask("XTRIM s MAXLEN ~ 0 LIMIT 3") == "2")
    #expect(engine.ask("XTRIM s MAXLEN ~ 0 LIMIT 0") == "298")
    #expect(engine.ask("TYPE s") == "stream", "an empty stream stays")
    #expect(engine.ask("OBJECT ENCODING s") == "stream")
  }

  @Test func `a count of entries read that is at its end stays there`() {
    let engine = TestEngine()
    engine.ask("XGROUP CREATE s g 0 MKSTREAM ENTRIESREAD 9223372036854775807")
    engine.ask("XADD s 1-1 a 1")
    engine.ask("XREADGROUP GROUP g c STREAMS s >")
    #expect(engine.effects().last == "EXEC")
    #expect(
      engine.ask("XINFO GROUPS s")
        == "[[name, g, consumers, 1, pending, 1, last-delivered-id, 1-1, entries-read, 9223372036854775807, lag, -9223372036854775806]]")
  }

  // MARK: readers that wait

  @Test func `a reader that waits for many streams, one of them twice, gets the one that is ready behind its first id`() {
    let engine = TestEngine()
    let reader = engine.open()
    let names = (0..<300).map { "s\($0)" } + ["s200"]
    let ids = [String](repeating: "0", count: 300) + ["5"]
    wait(engine, "XREAD BLOCK 0 STREAMS \((names + ids).joined(separator: " "))", on: reader)
    engine.ask("XADD s200 1-1 a 1")
    #expect(reply(engine, reader) == "[[s200, [[1-1, [a, 1]]]]]")
  }

  @Test func `a reader behind the last entry gets the next one, whoever else got it`() {
    let engine = TestEngine()
    engine.ask("XADD s 1-1 a 1")
    let readers = [engine.open(), engine.open()]
    wait(engine, "XREAD BLOCK 0 STREAMS t s $ $", on: readers[0])
    wait(engine, "XREAD COUNT 1 BLOCK 1000 STREAMS s 1-1", on: readers[1])
    engine.ask("MULTI")
    engine.ask("XADD s 1-2 a 2")
    engine.ask("XADD s 1-3 a 3")
    engine.ask("EXEC")
    #expect(reply(engine, readers[0]) == "[[s, [[1-2, [a, 2]], [1-3, [a, 3]]]]]")
    #expect(reply(engine, readers[1]) == "[[s, [[1-2, [a, 2]]]]]")
    #expect(engine.ask("XREAD BLOCK 5 STREAMS s 0") == "[[s, [[1-1, [a, 1]], [1-2, [a, 2]], [1-3, [a, 3]]]]]")
    wait(engine, "XREAD BLOCK 1000 STREAMS s $", on: readers[0])
    engine.now += 999
    engine.engine.setTime(engine.now)
    engine.engine.endOverdueWaits()
    #expect(reply(engine, readers[0]) == nil)
    engine.now += 1
    engine.engine.setTime(engine.now)
    engine.engine.endOverdueWaits()
    #expect(reply(engine, readers[0]) == "(nil)")
  }

  @Test func `the last entry is read with a plus sign`() {
    let engine = TestEngine()
    #expect(engine.ask("XREAD STREAMS s +") == "(nil)")
    for id in ["1-1", "2-0", "2-1"] { engine.ask("XADD s \(id) a \(id)") }
    #expect(engine.ask("XREAD STREAMS s +") == "[[s, [[2-1, [a, 2-1]]]]]")
    engine.ask("XDEL s 2-1")
    #expect(engine.ask("XREAD STREAMS s +") == "[[s, [[2-0, [a, 2-0]]]]]")
    engine.ask("XTRIM s MAXLEN 0")
    #expect(engine.ask("XREAD STREAMS s +") == "(nil)")
    #expect(engine.ask("XREADGROUP GROUP g c STREAMS s +").hasPrefix("NOGROUP"))
  }

  @Test func `consumers that wait get entries in the order in which they came, and the effects say what each got`() {
    let engine = TestEngine()
    engine.ask("XGROUP CREATE s g $ MKSTREAM")
    let consumers = [engine.open(), engine.open(), engine.open()]
    wait(engine, "XREADGROUP GROUP g one BLOCK 0 STREAMS s >", on: consumers[0])
    wait(engine, "XREADGROUP GROUP g two BLOCK 0 NOACK STREAMS s >", on: consumers[1])
    _ = engine.effects()
    engine.ask("XADD s 1-1 a 1")
    #expect(reply(engine, consumers[0]) == "[[s, [[1-1, [a, 1]]]]]")
    #expect(reply(engine, consumers[1]) == nil)
    #expect(
      engine.effects() == [
        "XADD s 1-1 a 1", "MULTI", "XCLAIM s g one 0 1-1 TIME \(engine.now) RETRYCOUNT 1 FORCE JUSTID LASTID 1-1",
        "XGROUP SETID s g 1-1 ENTRIESREAD 1", "EXEC",
      ])
    engine.ask("XADD s 1-2 a 2")
    #expect(reply(engine, consumers[1]) == "[[s, [[1-2, [a, 2]]]]]")
    #expect(
      engine.effects() == [
        "XADD s 1-2 a 2", "MULTI", "XGROUP CREATECONSUMER s g two", "XGROUP SETID s g 1-2 ENTRIESREAD 2", "EXEC",
      ])
    #expect(engine.ask("XPENDING s g") == "[1, 1-1, 1-1, [[one, 1]]]")
    #expect(engine.ask("XREADGROUP GROUP g three BLOCK 10 STREAMS s 0") == "[[s, []]]", "history does not wait")
  }

  @Test func `a consumer that waits is told when its group or its stream goes away`() {
    let engine = TestEngine()
    let gone = "NOGROUP the consumer group this client was blocked on no longer exists"
    let unblocked = "UNBLOCKED the stream key no longer exists"
    for (command, error) in [
      ("XGROUP DESTROY s g", gone), ("DEL s", unblocked), ("SET s text", unblocked), ("FLUSHALL", unblocked), ("RENAME s t", unblocked),
    ] {
      engine.ask("DEL s t")
      engine.ask("XGROUP CREATE s g $ MKSTREAM")
      let consumer = engine.open()
      wait(engine, "XREADGROUP GROUP g one BLOCK 0 STREAMS s >", on: consumer)
      engine.ask(command)
      #expect(reply(engine, consumer) == error, "\(command)")
      #expect(!consumer.gates.contains(.blocked))
    }
    engine.ask("DEL s t")
    engine.ask("XADD s 1-1 a 1")
    let reader = engine.open()
    wait(engine, "XREAD BLOCK 0 STREAMS s $", on: reader)
    engine.ask("DEL s")
    #expect(reply(engine, reader) == nil, "a reader without a group waits on")
    engine.ask("XADD s 0-5 a 1")
    #expect(reply(engine, reader) == nil, "an entry that is not behind what it asked for")
    engine.ask("XADD s 1-2 a 1")
    #expect(reply(engine, reader) == "[[s, [[1-2, [a, 1]]]]]")
  }

  @Test func `a look for a stream that is not there is a miss, and a second one, as Redis looks twice`() {
    let engine = TestEngine()
    var notifications = KeyspaceNotifications()
    notifications.keyevent = true
    notifications.insert(.miss)
    engine.engine.settings.notifications = notifications
    let (listener, reader) = (engine.open(), engine.open())
    _ = engine.engine.pubsub.subscribe(listener, .pattern, Array("__key*".utf8))
    wait(engine, "XREAD COUNT 5 BLOCK 10 STREAMS s $", on: reader)
    #expect(engine.engine.keyspaceMisses == 2)
    let event = "*4\r\n$8\r\npmessage\r\n$6\r\n__key*\r\n$22\r\n__keyevent@0__:keymiss\r\n$1\r\ns\r\n"
    #expect(engine.takeReplies(of: listener) == Array((event + event).utf8))
    #expect(engine.engine.touched.contains { $0 === listener })
  }

  @Test func `nothing waits inside of a transaction`() {
    let engine = TestEngine()
    engine.ask("XGROUP CREATE s g $ MKSTREAM")
    engine.ask("MULTI")
    engine.ask("XREAD BLOCK 0 STREAMS s $")
    engine.ask("XREADGROUP GROUP g c BLOCK 0 STREAMS s >")
    #expect(engine.ask("EXEC") == "[(nil), (nil)]")
  }

  // MARK: groups

  @Test func `the same stream twice in one command is delivered once`() {
    let engine = TestEngine()
    engine.ask("XGROUP CREATE s g $ MKSTREAM")
    for i in 1...5 { engine.ask("XADD s \(i)-0 a \(i)") }
    #expect(
      engine.ask("XREADGROUP GROUP g c COUNT 2 STREAMS s s s s > > > >")
        == "[[s, [[1-0, [a, 1]], [2-0, [a, 2]]]], [s, [[3-0, [a, 3]], [4-0, [a, 4]]]], [s, [[5-0, [a, 5]]]]]")
    #expect(engine.ask("XREADGROUP GROUP g c STREAMS s s > 3-0") == "[[s, [[4-0, [a, 4]], [5-0, [a, 5]]]]]")
  }

  @Test func `consumers tell when they tried and when they got something`() {
    let engine = TestEngine()
    engine.ask("XGROUP CREATE s g $ MKSTREAM")
    engine.ask("XGROUP CREATECONSUMER s g idle")
    engine.ask("XADD s 1-1 a 1")
    engine.now += 500
    engine.ask("XREADGROUP GROUP g busy STREAMS s >")
    engine.now += 70
    #expect(
      engine.ask("XINFO CONSUMERS s g")
        == "[[name, busy, pending, 1, idle, 70, inactive, 70], [name, idle, pending, 0, idle, 570, inactive, -1]]")
    engine.ask("XREADGROUP GROUP g busy STREAMS s 0")
    #expect(
      engine.ask("XINFO CONSUMERS s g")
        == "[[name, busy, pending, 1, idle, 0, inactive, 70], [name, idle, pending, 0, idle, 570, inactive, -1]]")
    engine.session.reply.isRESP3 = true
    #expect(engine.feed(bytes("XINFO CONSUMERS s nobody")) == Array("-NOGROUP No such consumer group 'nobody' for key name 's'\r\n".utf8))
    #expect(engine.feed(bytes("XREAD STREAMS s 0")) == Array("%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n".utf8))
  }

  @Test func `what a group does with entries breaks no watch, what changes the entries does`() {
    let engine = TestEngine()
    engine.ask("XGROUP CREATE s g $ MKSTREAM")
    engine.ask("XADD s 1-1 a 1")
    for (command, breaks) in [
      ("XREADGROUP GROUP g c STREAMS s >", false), ("XACK s g 1-1", false), ("XCLAIM s g d 0 1-1 FORCE", false),
      ("XGROUP CREATE s h 0", false), ("XADD s 2-1 a 1", true), ("XDEL s 2-1", true), ("XTRIM s MAXLEN 0", true),
    ] {
      let other = engine.open()
      engine.ask("WATCH s", on: other)
      engine.ask(command)
      engine.ask("MULTI", on: other)
      #expect(engine.ask("EXEC", on: other) == (breaks ? "(nil)" : "[]"), "\(command)")
    }
  }

  @Test func `a pending entry that is gone is forgotten when somebody claims it, here and on replicas`() {
    let (engine, replica) = (TestEngine(), TestEngine())
    engine.ask("XGROUP CREATE s g $ MKSTREAM")
    for i in 1...6 { engine.ask("XADD s \(i)-0 a \(i)") }
    engine.ask("XREADGROUP GROUP g c STREAMS s >")
    engine.ask("XDEL s 2-0 4-0")
    #expect(engine.ask("XREADGROUP GROUP g c COUNT 2 STREAMS s 0") == "[[s, [[1-0, [a, 1]], [2-0, (nil)]]]]")
    #expect(engine.ask("XCLAIM s g d 0 1-0 2-0 JUSTID") == "[1-0]")
    #expect(engine.ask("XAUTOCLAIM s g d 0 3-0 COUNT 2 JUSTID") == "[5-0, [3-0], [4-0]]")
    #expect(engine.ask("XAUTOCLAIM s g d 0 5-0 JUSTID") == "[0-0, [5-0, 6-0], []]")
    #expect(engine.ask("XPENDING s g") == "[4, 1-0, 6-0, [[d, 4]]]")
    _ = replica.feed(engine.engine.log.bytes(from: 0) ?? [])
    #expect(replica.ask("XPENDING s g") == "[4, 1-0, 6-0, [[d, 4]]]")
    #expect(replica.ask("XINFO GROUPS s") == engine.ask("XINFO GROUPS s"))
  }

  @Test func `a large stream and a large group are let go of in steps`() {
    let engine = TestEngine(logging: false)
    engine.engine.settings.encodingLimits.streamNodeEntries = 2
    engine.ask("XGROUP CREATE s g $ MKSTREAM")
    for i in 1...4_000 { engine.ask("XADD s \(i)-0 a \(i)") }
    engine.ask("XREADGROUP GROUP g c STREAMS s >")
    engine.ask("XREADGROUP GROUP g c STREAMS s >")
    let snapshot = engine.engine.takeSnapshot()
    let before = StreamDifferentialTests.description(of: snapshot.databases[0])
    engine.ask("XGROUP DESTROY s g")
    engine.ask("DEL s")
    #expect(engine.engine.heap.hasGraves)
    var rounds = 0
    while engine.engine.heap.hasGraves {
      engine.engine.reclaim(steps: 20)
      rounds += 1
      if rounds % 10 == 0 { #expect(StreamDifferentialTests.description(of: snapshot.databases[0]) == before) }
    }
    #expect(rounds > 20)
    engine.engine.release(snapshot)
    while engine.engine.reclaim(steps: 1_000) {}
    #expect(engine.engine.heap.usedBytes == 0)
  }
}
