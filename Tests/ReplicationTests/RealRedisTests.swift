import Foundation
import TernEngine
import Testing

@testable import TernReplication

@Suite(.serialized, .enabled(if: RealRedis.executable != nil, "redis-server is not installed"))
struct RealRedisTests {
  /// A ReplicaMachine on a socket. It keeps the RDB and the stream as bytes.
  final class Replica {
    var machine: ReplicaMachine
    var history = ReplicationHistory(replid: id("e"))
    var socket: TestSocket?
    var rdb: [UInt8] = []
    var stream: [UInt8] = []
    var pending: [UInt8] = []
    var scanner = ReplicationStreamScanner()
    var lines: [String] = []

    init(port: Int, _ configuration: ReplicaConfiguration) {
      machine = ReplicaMachine(configuration: configuration, random: SeededGenerator(1))
      perform(machine.replicate("127.0.0.1", port, resume: nil, requestedBy: nil, now: milliseconds()), [])
    }

    /// Runs until `condition`, or until half a minute is over.
    func run(until condition: () throws -> Bool) rethrows -> Bool {
      for _ in 0..<15_000 {
        if try condition() { return true }
        perform(machine.tick(now: milliseconds()), [])
        guard let socket else {
          usleep(2000)
          continue
        }
        guard let bytes = socket.read(waitMilliseconds: 2) else {
          self.socket = nil
          perform(machine.disconnected(link: machine.link, reason: nil, now: milliseconds()), [])
          continue
        }
        if !bytes.isEmpty { perform(machine.receive(bytes, link: machine.link, now: milliseconds()), bytes) }
      }
      return false
    }

    func cut() {
      socket = nil
      perform(machine.disconnected(link: machine.link, reason: nil, now: milliseconds()), [])
    }

    private func perform(_ actions: [ReplicaAction], _ bytes: [UInt8]) {
      for action in actions {
        switch action {
        case .log(_, let line): lines.append(line)
        case .connect(let link, _, let port):
          socket = try? TestSocket(port: port)
          perform(
            socket == nil
              ? machine.connectFailed(link: link, reason: "refused", now: milliseconds())
              : machine.connected(link: link, now: milliseconds()), [])
        case .close: socket = nil
        case .send(_, let bytes): socket?.write(bytes)
        case .beginLoad: rdb = []
        case .loadBytes(let range): rdb += bytes[range]
        case .loadHeldBytes(let held): rdb += held
        case .endLoad(let link):
          stream = []
          if let id = lines.compactMap({ line in line.split(separator: " ").last.map(String.init) }).last(where: { $0.contains(":") }) {
            history.adoptFullResync(ReplicationID(String(id.prefix(40))) ?? .none)
          }
          perform(machine.loadFinished(link: link, now: milliseconds()), [])
        case .abortLoad: rdb = []
        case .pauseReading, .resumeReading, .introduceMember, .welcomed, .metStranger, .acknowledge: break
        case .continued(let id): _ = history.adoptContinue(id, at: machine.appliedOffset ?? 0)
        case .stream(let range): execute(Array(bytes[range]))
        case .streamBytes(let early): execute(early)
        case .discardPartialCommand:
          pending = []
          scanner = ReplicationStreamScanner()
        }
      }
    }

    private func execute(_ bytes: [UInt8]) {
      guard let border = try? bytes.withUnsafeBytes({ try scanner.scan($0) }) else {
        pending += bytes
        return
      }
      let commands = pending + bytes[..<border]
      pending = Array(bytes[border...])
      stream += commands
      let position = (machine.appliedOffset ?? 0) + Int64(commands.count)
      perform(machine.applied(to: position, link: machine.link, now: milliseconds()), [])
      if String(decoding: commands, as: UTF8.self).contains("GETACK") {
        perform(machine.acknowledgementRequested(link: machine.link, now: milliseconds()), [])
      }
    }
  }

  @Test(arguments: ["yes", "no"])
  func `a replica of redis-server gets a full sync, the stream, and a partial resync after a cut`(_ diskless: String) throws {
    let redis = try RealRedis("--repl-diskless-sync", diskless, "--requirepass", "")
    try redis.call("SET", "before", "the sync")
    var configuration = ReplicaConfiguration()
    configuration.announcedPort = 7777
    let replica = Replica(port: redis.port, configuration)
    #expect(replica.run { replica.machine.isConnected })
    #expect(replica.rdb.starts(with: bytes("REDIS00")))
    #expect(replica.rdb.dropLast(8).last == 0xFF)
    #expect(String(decoding: replica.rdb, as: UTF8.self).contains("the sync"))
    #expect(
      replica.lines.contains(
        diskless == "yes"
          ? "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to parser"
          : "MASTER <-> REPLICA sync: receiving \(replica.rdb.count) bytes from master to parser"))
    try redis.call("SET", "a", "1")
    #expect(try redis.call("WAIT", "0", "0").integerValue ?? 0 >= 0)
    #expect(try replica.run { try "\(replica.machine.appliedOffset ?? -1)" == redis.info("master_repl_offset") })
    #expect(String(decoding: replica.stream, as: UTF8.self).hasSuffix("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"))
    #expect(
      try replica.run {
        let line = try redis.info("slave0")
        return line.hasPrefix("ip=127.0.0.1,port=7777,state=online,offset=\(replica.machine.appliedOffset ?? -1),")
      })
    replica.lines = []
    replica.cut()
    for number in 0..<50 { try redis.call("SET", "b", "\(number)") }
    #expect(replica.run { replica.machine.isConnected })
    #expect(replica.lines.contains("Successful partial resynchronization with master."))
    #expect(try replica.run { try "\(replica.machine.appliedOffset ?? -1)" == redis.info("master_repl_offset") })
    #expect(String(decoding: replica.stream, as: UTF8.self).hasSuffix("*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$2\r\n49\r\n"))
    #expect(try redis.call("INFO", "stats").text?.contains("sync_partial_ok:1\r\n") == true)
  }

  @Test func `a wrong password and a right one are told apart by redis-server, and the handshake goes on with the right one`() throws {
    let redis = try RealRedis()
    try redis.call("CONFIG", "SET", "requirepass", "geheim")
    var configuration = ReplicaConfiguration()
    configuration.masterAuth = bytes("wrong")
    let replica = Replica(port: redis.port, configuration)
    #expect(replica.run { replica.lines.contains { $0.hasPrefix("Unable to AUTH to MASTER: -WRONGPASS") } })
    replica.machine.configuration.masterAuth = bytes("geheim")
    #expect(replica.run { replica.machine.isConnected })
  }

  /// A PrimaryMachine on a listening socket. It serves one RDB, and logs what it is told to.
  final class Primary {
    var machine: PrimaryMachine
    var history = ReplicationHistory(replid: id("a"))
    let listener: TestSocket
    let port: Int
    let rdb: [UInt8]
    var log: [UInt8] = []
    var lines: [String] = []
    var connections: [(id: Int, socket: TestSocket, inbox: [UInt8])] = []
    var nextID = 1

    init(rdb: [UInt8], disklessSync: Bool) throws {
      var configuration = PrimaryConfiguration()
      configuration.disklessSync = disklessSync
      configuration.disklessSyncDelayMilliseconds = 0
      machine = PrimaryMachine(configuration: configuration, logEnd: 0, random: SeededGenerator(1))
      (listener, port) = try TestSocket.listen()
      self.rdb = rdb
    }

    func append(_ words: String...) {
      log += RESPCommand.encode(words.map { Array($0.utf8) })
      perform(machine.logAdvanced(to: Int64(log.count)))
    }

    func run(until condition: () throws -> Bool) rethrows -> Bool {
      for _ in 0..<15_000 {
        if let socket = listener.accept() {
          connections.append((nextID, socket, []))
          nextID += 1
        }
        perform(machine.tick(now: milliseconds()))
        for id in connections.map(\.id) { serve(id) }
        if try condition() { return true }
        usleep(1000)
      }
      return false
    }

    func cutAll() {
      for connection in connections { perform(machine.disconnected(connection.id, now: milliseconds())) }
      connections = []
    }

    private func serve(_ id: Int) {
      guard let i = connections.firstIndex(where: { $0.id == id }) else { return }
      guard let bytes = connections[i].socket.read(waitMilliseconds: 0) else {
        connections.remove(at: i)
        perform(machine.disconnected(id, now: milliseconds()))
        return
      }
      connections[i].inbox += bytes
      while let i = connections.firstIndex(where: { $0.id == id }), let first = connections[i].inbox.first {
        if first == 10 {
          connections[i].inbox.removeFirst()
          machine.newline(id, now: milliseconds())
          continue
        }
        var parser = RESPReplyParser()
        parser.append(connections[i].inbox)
        guard let value = try? parser.next() else { break }
        connections[i].inbox.removeFirst(connections[i].inbox.count - parser.bufferedByteCount)
        let words = (value.elements ?? []).map { $0.bytes ?? [] }
        let arguments = Array(words.dropFirst())
        switch words.first.map({ String(decoding: $0, as: UTF8.self) }) {
        case "REPLCONF": perform(machine.replconf(id, arguments, now: milliseconds()))
        case "PSYNC":
          let bounds = LogBounds(start: 0, end: Int64(log.count))
          perform(machine.psync(id, arguments, address: "127.0.0.1", history: &history, log: bounds, now: milliseconds()))
        default: connections[i].socket.write(ReplicationTests.bytes("+PONG\r\n"))
        }
      }
      while let range = machine.takeRange(for: id, bytesMax: 1000) {
        connections.first { $0.id == id }?.socket.write(Array(log[Int(range.lowerBound)..<Int(range.upperBound)]))
        machine.sent(id, upTo: range.upperBound)
      }
    }

    private func perform(_ actions: [PrimaryAction]) {
      for action in actions {
        switch action {
        case .log(_, let line): lines.append(line)
        case .send(let id, let bytes): connections.first { $0.id == id }?.socket.write(bytes)
        case .close(let id): connections.removeAll { $0.id == id }
        case .takeSnapshot(let group, let framing, _):
          perform(machine.snapshotTaken(group: group, offset: Int64(log.count), history: history, now: milliseconds()))
          if framing == .length { perform(machine.snapshotSized(group: group, bytes: Int64(rdb.count), now: milliseconds())) }
        case .transfer(let id, _, let preamble, let trailer):
          connections.first { $0.id == id }?.socket.write(preamble + rdb + trailer)
          perform(machine.transferCompleted(id, now: milliseconds()))
        case .append(let bytes):
          log += bytes
          perform(machine.logAdvanced(to: Int64(log.count)))
        case .startLogging, .releaseBacklog, .releaseSnapshot, .logAvailable, .promote: break
        }
      }
    }
  }

  /// An RDB that redis-server wrote, with one key in it.
  static func someRDB() throws -> [UInt8] {
    let redis = try RealRedis()
    try redis.call("SET", "before", "the sync")
    let replica = Replica(port: redis.port, .init())
    _ = replica.run { replica.machine.isConnected }
    return replica.rdb
  }

  @Test(arguments: [true, false])
  func `redis-server follows a primary through a full sync, the stream, and a partial resync after a cut`(_ diskless: Bool) throws {
    let primary = try Primary(rdb: Self.someRDB(), disklessSync: diskless)
    let redis = try RealRedis("--replicaof", "127.0.0.1 \(primary.port)")
    #expect(try primary.run { try redis.info("master_link_status") == "up" })
    #expect(try redis.call("GET", "before").text == "the sync")
    primary.append("SELECT", "0")
    primary.append("SET", "a", "1")
    #expect(primary.run { primary.machine.replicasAcknowledged(Int64(primary.log.count)) == 1 })
    #expect(try redis.call("GET", "a").text == "1")
    #expect(try redis.info("master_replid") == "\(primary.history.replid)")
    #expect(
      ReplicationInfo(history: primary.history, log: LogBounds(start: 0, end: Int64(primary.log.count)), now: milliseconds())
        .lines(primary.machine, ReplicaMachine(configuration: .init(), random: SeededGenerator(1)))
        .contains { $0.hasPrefix("slave0:ip=127.0.0.1,port=\(redis.port),state=online,offset=\(primary.log.count),lag=") })
    primary.cutAll()
    for number in 0..<50 { primary.append("SET", "b", "\(number)") }
    #expect(try primary.run { try redis.call("GET", "b").text == "49" })
    #expect(primary.machine.partialSyncsAccepted == 1)
    #expect(primary.machine.fullSyncs == 1)
    #expect(redis.log.contains("Successful partial resynchronization with master."))
    // A promotion renames the log; redis-server goes on under the new name.
    primary.history.becomePrimary(at: Int64(primary.log.count), newID: id("b"))
    primary.cutAll()
    primary.append("SET", "c", "2")
    #expect(try primary.run { try redis.call("GET", "c").text == "2" })
    #expect(redis.log.contains("Master replication ID changed to \(id("b"))"))
    #expect(primary.machine.fullSyncs == 1)
    // WAIT's question in the stream is answered at once.
    for action in primary.machine.requestAcknowledgements() {
      if case .append(let bytes) = action { primary.log += bytes }
    }
    _ = primary.machine.logAdvanced(to: Int64(primary.log.count))
    #expect(primary.run { primary.machine.replicasAcknowledged(Int64(primary.log.count) - 37) == 1 })
  }
}
