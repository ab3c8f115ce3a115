import Testing

@testable import TernEngine

@Suite struct BlockingTests {
  private func waiting(_ engine: TestEngine, _ line: String) -> Session {
    let session = engine.open()
    let reply = engine.feed(RESPCommand.encode(line.split(separator: " ").map { Array($0.utf8) }), on: session)
    #expect(reply.isEmpty && session.gates.contains(.blocked))
    return session
  }

  private func text(_ engine: TestEngine, _ session: Session) -> String { String(decoding: engine.takeReplies(of: session), as: UTF8.self) }

  @Test func `a wait ends when its time is over, to the millisecond, and the earliest deadline is known`() {
    let test = TestEngine()
    let engine = test.engine
    let late = waiting(test, "BLPOP a 2")
    let early = waiting(test, "BLMOVE a b LEFT LEFT 0.0301")
    let never = waiting(test, "BLPOP a 0")
    #expect(engine.blocking.nextDeadline == test.now + 31)
    engine.setTime(test.now + 30)
    engine.endOverdueWaits()
    #expect(early.gates.contains(.blocked))
    engine.setTime(test.now + 31)
    engine.endOverdueWaits()
    #expect(text(test, early) == "*-1\r\n" && !early.gates.contains(.blocked))
    #expect(engine.blocking.nextDeadline == test.now + 2000)
    engine.setTime(test.now + 100_000)
    engine.endOverdueWaits()
    #expect(text(test, late) == "*-1\r\n")
    #expect(never.gates.contains(.blocked) && engine.blocking.nextDeadline == nil)
    #expect(engine.resumed.map(\.id) == [early.id, late.id])
  }

  @Test func `what was sent behind a command that waits is executed when it has ended`() {
    let test = TestEngine()
    let session = test.open()
    let bytes = RESPCommand.encode("BLPOP", "k", "0") + RESPCommand.encode("PING")
    #expect(test.feed(bytes, on: session).isEmpty)
    #expect(test.ask("RPUSH k x") == "1")
    #expect(text(test, session) == "*2\r\n$1\r\nk\r\n$1\r\nx\r\n")
    #expect(test.engine.resumed.map(\.id) == [session.id])
    #expect(String(decoding: test.feed([], on: session), as: UTF8.self) == "+PONG\r\n")
  }

  @Test func `a chain of moves ends with all who can be served, each in the log on its own`() {
    let test = TestEngine()
    let hops = (0..<50).map { waiting(test, "BLMOVE l\($0) l\($0 + 1) LEFT RIGHT 0") }
    // A ring would turn for ever if a success did not take its waiter away.
    let back = waiting(test, "BLMOVE l50 l0 LEFT RIGHT 0")
    #expect(test.ask("RPUSH l0 x") == "1")
    for session in hops + [back] { #expect(text(test, session) == "$1\r\nx\r\n") }
    #expect(test.ask("LRANGE l0 0 -1") == "[x]")
    let effects = test.effects()
    #expect(effects.prefix(2) == ["SELECT 0", "RPUSH l0 x"] && effects.count == 53 && effects.last == "LMOVE l50 l0 LEFT RIGHT")
    #expect(!effects.contains("MULTI"))
  }

  @Test func `who is killed, closed or disconnected by a change of role takes nothing out`() {
    let test = TestEngine()
    let engine = test.engine
    let killed = waiting(test, "BLPOP k 10")
    let closed = waiting(test, "BLPOP k 10")
    let third = waiting(test, "BLPOP k 0")
    #expect(test.ask("CLIENT KILL ID \(killed.id)") == "1")
    engine.closeSession(closed)
    #expect(engine.blocking.waitCount == 1 && engine.blocking.nextDeadline == nil)
    #expect(test.ask("RPUSH k a b") == "2")
    #expect(text(test, killed).isEmpty)
    #expect(text(test, third) == "*2\r\n$1\r\nk\r\n$1\r\na\r\n")
    let other = waiting(test, "BLPOP nothing 0")
    engine.killed = []
    engine.closeSession(killed)
    engine.disconnectBlocked(CommandError("UNBLOCKED instance state changed"))
    #expect(text(test, other) == "-UNBLOCKED instance state changed\r\n")
    #expect(engine.killed.map(\.id) == [other.id])
    #expect(engine.blocking.waitCount == 0 && engine.blocking.keyCount == 0)
  }

  @Test func `a key becomes ready by every way in which a list can get there`() {
    let test = TestEngine()
    for (prepare, ways) in [
      ([], ["RPUSH k x"]), (["RPUSH o x"], ["RENAME o k"]), (["RPUSH o x"], ["COPY o k"]),
      (["RPUSH o x"], ["LMOVE o k LEFT LEFT"]), (["SELECT 1", "RPUSH k x"], ["MOVE k 0"]),
      (["SELECT 1", "RPUSH k x"], ["SWAPDB 0 1"]), (["SET k string"], ["MULTI", "DEL k", "RPUSH k x", "EXEC"]),
    ] {
      test.ask("SELECT 0")
      test.ask("FLUSHALL")
      let session = waiting(test, prepare == ["SET k string"] ? "BLPOP other k 0" : "BLPOP k 0")
      for command in prepare { test.ask(command) }
      #expect(session.gates.contains(.blocked))
      for command in ways { test.ask(command) }
      #expect(text(test, session).contains("$1\r\nx\r\n"), "\(ways)")
    }
  }

  @Test func `the typed interface waits without a socket, and is told how it ended`() throws {
    let test = TestEngine()
    let engine = test.engine
    final class Result { var outcomes: [String] = [] }
    let result = Result()
    let session = engine.openSession(address: "", localAddress: "")
    func wait(deadline: Int64?) {
      withUnsafeBytes(of: UInt8(ascii: "q")) { name in
        let database = engine.database(0)
        engine.block(
          session, on: [database.key(name)], in: 0, for: .list, deadline: deadline,
          completion: { outcome in
            switch outcome {
            case .served: result.outcomes.append("served")
            case .timedOut: result.outcomes.append("timed out")
            case .failed(let error): result.outcomes.append(error.line)
            case .closed: result.outcomes.append("closed")
            }
          }
        ) { (ready: KeyView) throws(CommandError) -> Bool in
          try database.pop(ready, from: .left, count: 1, isPlain: true, { _ in }) {
            result.outcomes.append(String(decoding: $0.copy, as: UTF8.self))
          }
        }
      }
    }
    wait(deadline: nil)
    test.ask("RPUSH q first second")
    wait(deadline: test.now + 5)
    engine.setTime(test.now + 5)
    engine.endOverdueWaits()
    wait(deadline: nil)
    test.ask("CLIENT UNBLOCK \(session.id) ERROR")
    wait(deadline: nil)
    engine.closeSession(session)
    #expect(result.outcomes == ["first", "served", "timed out", "UNBLOCKED client unblocked via CLIENT UNBLOCK", "closed"])
    #expect(session.reply.count == 0)
    #expect(test.ask("LRANGE q 0 -1") == "[second]")
  }

  @Test func `CLIENT REPLY SKIP covers a command that waits, and ends with it`() {
    let test = TestEngine()
    let session = test.open()
    let bytes = RESPCommand.encode("CLIENT", "REPLY", "SKIP") + RESPCommand.encode("BLPOP", "k", "0") + RESPCommand.encode("PING")
    #expect(test.feed(bytes, on: session).isEmpty)
    test.ask("RPUSH k x")
    #expect(test.ask("LLEN k") == "0" && text(test, session).isEmpty)
    #expect(String(decoding: test.feed([], on: session), as: UTF8.self) == "+PONG\r\n")
  }

  @Test func `a replica's link and a file that is loaded never wait`() {
    let test = TestEngine()
    for gate in [Session.Gates.primaryLink, .loader] {
      let session = test.open()
      session.gates = [gate]
      #expect(String(decoding: test.feed(RESPCommand.encode("BLPOP", "k", "0"), on: session), as: UTF8.self) == "*-1\r\n")
    }
    test.ask("MULTI")
    test.ask("BLMOVE k d LEFT LEFT 0")
    #expect(test.ask("EXEC") == "[(nil)]")
  }

  @Test func `ten thousand waiters of one key come and go without a walk over them all`() {
    let test = TestEngine()
    let sessions = (0..<10_000).map { _ in waiting(test, "BLPOP work 5") }
    for session in sessions[..<4000] { test.engine.closeSession(session) }
    #expect(test.ask("RPUSH work " + (0..<2000).map(String.init).joined(separator: " ")) == "2000")
    #expect(text(test, sessions[4000]).contains("$1\r\n0\r\n") && text(test, sessions[5999]).contains("$4\r\n1999\r\n"))
    #expect(test.engine.blocking.waitCount == 4000)
    test.engine.setTime(test.now + 5000)
    test.engine.endOverdueWaits()
    #expect(test.engine.blocking.waitCount == 0 && test.engine.blocking.keyCount == 0 && test.ask("EXISTS work") == "0")
  }
}
