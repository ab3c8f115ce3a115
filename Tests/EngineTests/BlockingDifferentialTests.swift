import Foundation
import Testing

@testable import TernEngine

/// Several clients, some of which wait, for the engine and for a real redis-server: who is served, with what, and in which order.
@Suite struct BlockingDifferentialTests {
  /// A client of both.
  private final class Pair {
    let redis: RedisConnection
    let session: Session
    let redisID: String
    var isBlocked = false
    var inMulti = false
    var command = ""

    init(_ server: RedisServer, _ ours: TestEngine) throws {
      redis = try server.connect()
      redisID = String(decoding: try redis.ask("CLIENT", "ID").dropFirst().dropLast(2), as: UTF8.self)
      session = ours.open()
    }
  }

  private static func encode(_ command: [String]) -> [UInt8] { RESPCommand.encode(command.map { Array($0.utf8) }) }

  @Test(arguments: ListDifferentialTests.seeds)
  func `clients that wait for lists are served as by redis-server`(seed: UInt64) throws {
    let server = try RedisServer()
    let control = try server.connect()
    _ = try control.ask("CONFIG", "SET", "notify-keyspace-events", "AKEnm")
    let listener = try server.connect()
    _ = try listener.ask("PSUBSCRIBE", "__key*__:*")
    let ours = TestEngine(seed: seed)
    let ourListener = ListDifferentialTests.notifying(ours)
    let clients = try (0..<7).map { _ in try Pair(server, ours) }
    _ = try control.ask("CONFIG", "RESETSTAT")
    var generator = ListGenerator(seed: seed, blocks: true)
    var random = SeededRandom(seed: seed &* 77)
    var history: [String] = []
    // 7.0 does not count what a waiter takes alone among the changes since the last save; 7.2 does, and so do we.
    var uncounted: Int64 = 0
    var served = 0

    func fail(_ text: String) {
      Issue.record("seed \(seed): \(text)\n\(history.suffix(40).joined(separator: "\n"))")
    }

    /// What each client got by another's command must be the same on both sides.
    func checkServed(except busy: Pair?) throws -> Bool {
      for (i, client) in clients.enumerated() where client !== busy && client.isBlocked {
        let mine = ours.takeReplies(of: client.session)
        if client.session.gates.contains(.blocked) {
          guard mine.isEmpty else {
            fail("client \(i) is blocked and has \(printable(mine))")
            return false
          }
          continue
        }
        client.isBlocked = false
        let theirs = try client.redis.reply()
        let isTaken = mine.first != UInt8(ascii: "-") && mine != Array("*-1\r\n".utf8)
        if isTaken { served += 1 }
        if isTaken, client.command != "BLMPOP" { uncounted += 1 }
        history.append("        \(i) is served: \(printable(mine.prefix(80)))")
        guard theirs == mine else {
          fail("client \(i)\nredis-server: \(printable(theirs))\nours:         \(printable(mine))")
          return false
        }
      }
      return true
    }

    for _ in 0..<700 {
      guard let i = clients.indices.filter({ !clients[$0].isBlocked }).randomElement(using: &random) else {
        // All wait: somebody is let go.
        let client = clients[Int.random(in: 0..<clients.count, using: &random)]
        let how = Bool.random(using: &random) ? "ERROR" : "TIMEOUT"
        history.append("CLIENT UNBLOCK \(clients.firstIndex { $0 === client } ?? -1) \(how)")
        #expect(try control.ask("CLIENT", "UNBLOCK", client.redisID, how) == Array(":1\r\n".utf8))
        #expect(ours.ask("CLIENT UNBLOCK \(client.session.id) \(how)") == "1")
        guard try checkServed(except: nil) else { return }
        continue
      }
      let client = clients[i]
      var command = generator.next()
      switch Int.random(in: 0..<25, using: &random) {
      case 0 where !client.inMulti: command = ["MULTI"]
      case 0...4 where client.inMulti: command = ["EXEC"]
      default: break
      }
      if command == ["MULTI"] { client.inMulti = true }
      if command.first == "EXEC" { client.inMulti = false }
      let bytes = Self.encode(command)
      try client.redis.send(bytes)
      let mine = ours.feed(bytes, on: client.session)
      history.append("\(i): \(ListDifferentialTests.line(command))")
      if client.session.gates.contains(.blocked) {
        client.isBlocked = true
        client.command = command[0]
        // Until it is blocked there too, or else the next command might overtake it.
        var state = ""
        for _ in 0..<2000 where !state.contains("flags=b") {
          state = String(decoding: try control.ask("CLIENT", "LIST", "ID", client.redisID), as: UTF8.self)
        }
        guard state.contains("flags=b"), mine.isEmpty else { return fail("client \(i) waits here, not in redis-server: \(state)") }
      } else {
        let theirs = try client.redis.reply()
        guard theirs == mine || ListDifferentialTests.isKnownDifference(command, theirs, mine) else {
          return fail("redis-server: \(printable(theirs.prefix(500)))\nours:         \(printable(mine.prefix(500)))")
        }
      }
      guard try checkServed(except: client) else { return }
    }
    #expect(served > 20)
    // Nobody waits there who does not wait here.
    let info = String(decoding: try control.ask("INFO", "everything"), as: UTF8.self)
    func field(_ name: String) -> Int64? {
      info.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }.flatMap { Int64($0.dropFirst(name.count + 1)) }
    }
    #expect(field("blocked_clients") == Int64(clients.count { $0.isBlocked }))
    #expect(ours.engine.blocking.waitCount == clients.count { $0.isBlocked })
    #expect(field("clients_in_timeout_table") == Int64(ours.engine.blocking.timedCount))
    #expect(field("rdb_changes_since_last_save") == ours.engine.dirty - uncounted)

    try listener.send(Self.encode(["PING", "<end>"]))
    var events: [[UInt8]] = []
    while true {
      let event = try listener.reply()
      if event.suffix(7) == Array("<end>\r\n".utf8) { break }
      events.append(event)
    }
    let ourEvents = Frame.split(ours.takeReplies(of: ourListener))
    if let i = zip(events, ourEvents).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
      Issue.record(
        """
        seed \(seed), event \(i)
        redis-server: \(events.dropFirst(max(0, i - 4)).prefix(8).map { printable($0.suffix(50)) })
        ours:         \(ourEvents.dropFirst(max(0, i - 4)).prefix(8).map { printable($0.suffix(50)) })
        """)
    }
    #expect(events.count == ourEvents.count)
    try ListDifferentialTests.compareContents(control, ours)
    ListDifferentialTests.replay(ours, seed)
  }
}
