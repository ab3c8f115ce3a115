import Foundation
import NIOCore
import NIOPosix
import SampleSupport
import TernEngine
import Testing

/// Peers that lie, break off, do not read, or never give up. Whatever they do, the node goes on, says what was wrong, and keeps its data.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ReplicationLiarTests {
  static let id = String(repeating: "7", count: 40)

  struct Lie: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// In the log.
    var words: String
    var answer: @Sendable (any Channel) -> Void
  }

  /// A whole RDB of one key, as this node's own save makes it.
  static func file() async throws -> [UInt8] {
    let server = try await ServerProcess.start(.tern)
    _ = try await server.ask("SET", "from the primary", "1")
    _ = try await server.ask("SAVE")
    let file = try Data(contentsOf: URL(fileURLWithPath: server.directory.file("dump.rdb")))
    try await server.kill()
    return Array(file)
  }

  static func lies(_ rdb: [UInt8]) -> [Lie] {
    let full = "+FULLRESYNC \(id) 100\r\n"
    let mark = String(repeating: "m", count: 40)
    @Sendable func send(_ channel: any Channel, _ parts: [UInt8]...) { FakePrimary.send(channel, parts.flatMap { $0 }) }
    @Sendable func text(_ text: String) -> [UInt8] { Array(text.utf8) }
    return [
      Lie(testDescription: "no such answer", words: "Unexpected reply to PSYNC from master") { send($0, text("+HELLO\r\n")) },
      Lie(testDescription: "a wrong id", words: "wrong +FULLRESYNC syntax") { send($0, text("+FULLRESYNC abc 5\r\n")) },
      Lie(testDescription: "a negative offset", words: "wrong +FULLRESYNC syntax") { send($0, text("+FULLRESYNC \(id) -9\r\n")) },
      Lie(testDescription: "an offset that does not fit", words: "wrong +FULLRESYNC syntax") {
        send($0, text("+FULLRESYNC \(id) 9223372036854775807\r\n"))
      },
      Lie(testDescription: "+CONTINUE for nothing", words: "nothing was asked to be continued") { send($0, text("+CONTINUE\r\n")) },
      Lie(testDescription: "an endless line", words: "A line longer than") { send($0, [UInt8](repeating: 65, count: 100_000)) },
      Lie(testDescription: "no RDB", words: "the first byte is not '$'") { send($0, text(full + "HELLO\r\n")) },
      Lie(testDescription: "a length that is none", words: "invalid RDB length") { send($0, text(full + "$12x\r\n")) },
      Lie(testDescription: "a short end mark", words: "an end mark of 3 bytes") { send($0, text(full + "$EOF:abc\r\n")) },
      Lie(testDescription: "garbage for an RDB", words: "Failed trying to load the MASTER synchronization DB") {
        send($0, text(full + "$1000\r\n"), [UInt8](repeating: 0xff, count: 1000))
      },
      Lie(testDescription: "an RDB that is cut within", words: "Failed trying to load the MASTER synchronization DB") {
        send($0, text(full + "$EOF:\(mark)\r\n"), Array(rdb.prefix(rdb.count / 2)), text(mark))
      },
      Lie(testDescription: "an RDB with a flipped bit", words: "Failed trying to load the MASTER synchronization DB") {
        var damaged = rdb
        damaged[rdb.count - 12] ^= 4
        send($0, text(full + "$\(damaged.count)\r\n"), damaged)
      },
      Lie(testDescription: "a connection that ends within the RDB", words: "I/O error trying to sync with MASTER") {
        send($0, text(full + "$\(rdb.count)\r\n"), Array(rdb.prefix(rdb.count / 2)))
        $0.close(promise: nil)
      },
      Lie(testDescription: "an envelope of another codec", words: "an envelope of compression that cannot be read") {
        send($0, text(full + "$EOF:\(mark)\r\n"), text("VCS") + [1, 9, 0, 1], rdb, text(mark))
      },
      Lie(testDescription: "a compressed RDB that is none", words: "the compressed RDB is malformed") {
        send($0, text(full + "$EOF:\(mark)\r\n"), text("VCS") + [1, 1, 0, 1], rdb, text(mark))
      },
    ]
  }

  @Test func `an answer that is wrong leaves the old data, and a line that says what was wrong`() async throws {
    for lie in Self.lies(try await Self.file()) {
      let primary = try await FakePrimary.start { _, channel in lie.answer(channel) }
      let replica = try await ServerProcess.start(.tern)
      _ = try await replica.ask("SET", "own", "kept")
      _ = try await replica.ask("REPLICAOF", "127.0.0.1", "\(primary.port)")
      try await replica.waitForLog(lie.words)
      // It is tried again, and again.
      try await replica.wait("another attempt", within: .seconds(20)) { primary.syncs >= 2 ? nil : "\(primary.syncs)" }
      #expect(try await replica.ask("GET", "own").text == "kept", "\(lie.testDescription)")
      #expect(try await replica.ask("EXISTS", "from the primary") == .integer(0))
      #expect(try await replica.ask("REPLICAOF", "NO", "ONE").isError == false)
      #expect(try await replica.ask("SET", "own", "mine").isError == false)
      try await ServerProcess.kill([replica])
    }
  }

  @Test func `garbage in the stream, a bulk of 4 GB, a compressed stream that breaks: the link is given up, the data stay whole`()
    async throws
  {
    let rdb = try await Self.file()
    let full = Array("+FULLRESYNC \(Self.id) 100\r\n$\(rdb.count)\r\n".utf8) + rdb
    let good = RESPCommand.encode("SET", "streamed", "1")
    let streams: [(String, [UInt8])] = [
      ("garbage", Array("garbage that is no command\r\n\u{1}\u{2}".utf8)),
      ("4 GB", Array("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4294967296\r\n".utf8)),
      ("too many arguments", Array("*3000000000\r\n".utf8)), ("a negative length", Array("*2\r\n$-5\r\n".utf8)),
      ("no string", Array("*1\r\n:4\r\n".utf8)),
    ]
    for (name, bad) in streams {
      let primary = try await FakePrimary.start { number, channel in
        FakePrimary.send(channel, number == 1 ? full + good + bad : Array("-LOADING wait\r\n".utf8))
      }
      let replica = try await ServerProcess.start(.tern)
      _ = try await replica.ask("REPLICAOF", "127.0.0.1", "\(primary.port)")
      try await replica.waitForLog("the stream from master is corrupt")
      #expect(try await replica.ask("GET", "streamed").text == "1", "\(name)")
      #expect(try await replica.ask("GET", "from the primary").text == "1", "\(name)")
      // Nothing of such a stream is trusted, not even what its offsets meant: the next sync would be a full one.
      try await replica.wait("another attempt", within: .seconds(20)) { primary.syncs >= 2 ? nil : "\(primary.syncs)" }
      try await ServerProcess.kill([replica])
    }
  }

  @Test func `commands that fail on the replica are counted and named, and the stream goes on`() async throws {
    let rdb = try await Self.file()
    let bad = RESPCommand.encode("LPUSH", "from the primary", "x") + RESPCommand.encode("NOSUCHCOMMAND", "a")
    let stream = (0..<50).flatMap { _ in bad } + RESPCommand.encode("SET", "after", "1")
    let primary = try await FakePrimary.start { _, channel in
      FakePrimary.send(channel, Array("+FULLRESYNC \(Self.id) 0\r\n$\(rdb.count)\r\n".utf8) + rdb + stream)
    }
    let replica = try await ServerProcess.start(.tern)
    _ = try await replica.ask("REPLICAOF", "127.0.0.1", "\(primary.port)")
    try await replica.wait("the key behind", within: .seconds(20)) { try await replica.ask("GET", "after").text == "1" ? nil : "not yet" }
    #expect(replica.log.contains("== CRITICAL == This replica is sending an error to its master: 'WRONGTYPE"), "\(replica.log)")
    #expect(try await replica.info("stats")["unexpected_error_replies"] == "100")
    // A storm of them does not fill the log.
    #expect(replica.log.components(separatedBy: "== CRITICAL ==").count < 10)
    #expect(try await replica.ask("CONFIG", "SET", "propagation-error-behavior", "panic-on-replicas").isError == false)
    try await ServerProcess.kill([replica])
  }

  @Test func `with propagation-error-behavior panic-on-replicas, a server ends on the first failing command`() async throws {
    let rdb = try await Self.file()
    let primary = try await FakePrimary.start { _, channel in
      FakePrimary.send(
        channel,
        Array("+FULLRESYNC \(Self.id) 0\r\n$\(rdb.count)\r\n".utf8) + rdb + RESPCommand.encode("LPUSH", "from the primary", "x"))
    }
    let replica = try await ServerProcess.start(.tern, configuration: ["propagation-error-behavior panic-on-replicas"])
    // Its answer may be lost with it.
    _ = try? await replica.ask("REPLICAOF", "127.0.0.1", "\(primary.port)")
    _ = try await waitUntil("the end of the replica", within: .seconds(20)) { () -> Attempt<Bool> in
      replica.isRunning ? .missing("it runs") : .done(true)
    }
    #expect(replica.log.contains("panicked sending an error to its master after processing the command 'lpush'"), "\(replica.log)")
  }

  @Test func `two nodes that follow each other, and one that follows itself, say so, serve what they have, and come back`() async throws {
    let one = try await ServerProcess.start(.tern)
    let two = try await ServerProcess.start(.tern)
    for server in [one, two] { _ = try await server.ask("SET", "own", "\(server.port)") }
    _ = try await one.ask("REPLICAOF", "127.0.0.1", "\(two.port)")
    _ = try await two.ask("REPLICAOF", "127.0.0.1", "\(one.port)")
    for server in [one, two] {
      try await server.waitForLog("-NOMASTERLINK Can't SYNC while not connected with my master")
    }
    #expect(try await two.ask("REPLICAOF", "127.0.0.1", "\(two.port)").isError == false)
    try await Task.sleep(for: .milliseconds(1500))
    let own = try await two.ask("GET", "own").text ?? ""
    #expect(["\(one.port)", "\(two.port)"].contains(own))
    #expect(try await two.ask("REPLICAOF", "NO", "ONE").isError == false)
    try await one.waitForLink()
    _ = try await two.ask("SET", "now", "1")
    try await ServerProcess.expectEqual([two, one])
    try await ServerProcess.kill([one, two])
  }

  @Test func `a thousand connections a second that begin a sync and go leave nothing behind`() async throws {
    let primary = try await ServerProcess.start(.tern)
    try await ReplicationDiskTests.write(primary, 2000)
    // REPLCONF in front, in the same write, would have the PSYNC refused: its answer would be pending.
    let request = ByteBuffer(bytes: RESPCommand.encode("PSYNC", "?", "-1"))
    for round in 0..<20 {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<50 {
          group.addTask {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
              .connect(host: "127.0.0.1", port: primary.port).get()
            try await channel.writeAndFlush(request)
            if (round + number).isMultiple(of: 3) { try await Task.sleep(for: .milliseconds(5)) }
            try await channel.close()
          }
        }
        try await group.waitForAll()
      }
    }
    try await primary.waitForInfo("connected_slaves", "0")
    let tern = try await primary.info("tern")
    #expect(tern["sync_full_under_way"] == "0" && tern["sync_full_waiting"] == "0")
    let replica = try await ServerProcess.start(.redis)
    try await replica.follow(primary.port)
    try await ServerProcess.expectEqual([primary, replica])
    try await ServerProcess.kill([replica, primary])
  }

  @Test func `a replica that never reads its full sync is dropped after repl-timeout, and costs the others nothing`() async throws {
    let primary = try await ServerProcess.start(
      .tern, configuration: ["repl-timeout 2", "tern-repl-full-syncs-max 2", "rdbcompression no"])
    try await ReplicationDiskTests.write(primary, 3000, bytes: 10_000)
    let deaf = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.autoRead, value: false).connect(host: "127.0.0.1", port: primary.port).get()
    try await deaf.writeAndFlush(ByteBuffer(bytes: RESPCommand.encode("PSYNC", "?", "-1")))
    try await primary.waitForInfo("connected_slaves", "1")
    let replica = try await ServerProcess.start(.redis, configuration: ["replicaof 127.0.0.1 \(primary.port)"])
    try await replica.waitForLink()
    try await primary.waitForLog("Disconnecting timedout replica (full sync)")
    try await primary.waitForInfo("connected_slaves", "1")
    try await ServerProcess.expectEqual([primary, replica])
    try? await deaf.close()
    try await ServerProcess.kill([replica, primary])
  }
}
