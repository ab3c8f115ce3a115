import TernDrivers
import TernEngine
import TernPersistence
import TernReplication
import Testing

@testable import TernNode

/// What a node makes of the files that it finds.
@Suite struct PersistenceStartTests {
  static let directory = "/data/appendonlydir"
  static let increment = directory + "/appendonly.aof.1.incr.aof"

  static func on(_ configuration: inout Configuration) { configuration.appendonly = true }

  /// A directory whose log is `commands`, as they are.
  static func disk(_ commands: [UInt8]) throws -> TestDisk {
    let disk = try memoryDisk()
    try disk.write(commands, to: increment)
    try disk.write(
      Array("file appendonly.aof.1.incr.aof seq 1 type i\n".utf8), to: directory + "/appendonly.aof.manifest")
    return disk
  }

  static let whole = RESPCommand.encode("SELECT", "0") + RESPCommand.encode("SET", "a", "1") + RESPCommand.encode("SET", "b", "2")

  @Test func `a log that ends in the midst of a command loses that command, and no more`() throws {
    let disk = try Self.disk(Self.whole + RESPCommand.encode("SET", "c", "3").dropLast(5))
    let node = PersistenceNode(disk, Self.on)
    try node.start()
    #expect(node.contents[0]?.count == 2)
    #expect(node.hasLogged("Truncating the AOF appendonly.aof.1.incr.aof at offset \(Self.whole.count)"))
    #expect(try node.connect().call("SET", "d", "4") == "+OK\r\n")
    node.stop()
    let again = PersistenceNode(disk, Self.on)
    try again.start()
    #expect(again.contents[0]?.count == 3)
  }

  @Test func `a transaction without its EXEC is not applied`() throws {
    let transaction = RESPCommand.encode("MULTI") + RESPCommand.encode("SET", "a", "9") + RESPCommand.encode("SET", "b", "9")
    let torn = PersistenceNode(try Self.disk(Self.whole + transaction), Self.on)
    try torn.start()
    #expect(torn.value("a") == "1" && torn.value("b") == "2")
    #expect(torn.hasLogged("Revert incomplete MULTI/EXEC transaction"))
    let complete = PersistenceNode(try Self.disk(Self.whole + transaction + RESPCommand.encode("EXEC")), Self.on)
    try complete.start()
    #expect(complete.value("a") == "9" && complete.value("b") == "9")
  }

  @Test func `with aof-load-truncated no, a torn end refuses the start and names the place`() throws {
    let disk = try Self.disk(Self.whole + [UInt8(ascii: "*"), UInt8(ascii: "3")])
    let node = PersistenceNode(disk) {
      $0.appendonly = true
      $0.aofLoadTruncated = false
    }
    let error = try #require(throws: StartError.self) { try node.start() }
    #expect(error.offset == Self.whole.count)
    #expect(error.file == "appendonly.aof.1.incr.aof")
    #expect(error.description.contains("Unexpected end of file reading the append only file"))
  }

  @Test(arguments: [
    (Array("*x\r\n".utf8), "Bad file format reading the append only file"),
    (RESPCommand.encode("NOSUCHTHING", "1"), "Unknown command 'NOSUCHTHING'"),
    (RESPCommand.encode("INCR", "text"), "not an integer"), (RESPCommand.encode("SELECT", "4711"), "selects database '4711'"),
  ])
  func `what cannot be applied refuses the start, names the place, and leaves the files as they are`(bad: [UInt8], text: String) throws {
    let good = Self.whole + RESPCommand.encode("SET", "text", "no number")
    // A torn end behind it would be cut off if the start went on.
    let bytes = good + bad + RESPCommand.encode("SET", "x", "1").dropLast(3)
    let disk = try Self.disk(bytes)
    let node = PersistenceNode(disk) {
      Self.on(&$0)
      $0.propagationErrorBehavior = .panic
    }
    let error = try #require(throws: StartError.self) { try node.start() }
    #expect(error.message.contains(text))
    #expect(error.offset == good.count)
    #expect(error.file == "appendonly.aof.1.incr.aof")
    #expect(try disk.bytes(Self.increment) == bytes)
    #expect(try disk.entries(of: Self.directory) == ["appendonly.aof.1.incr.aof", "appendonly.aof.manifest"])
    // The directory is free for the next one.
    try #require(try disk.lock("/data/.tern.lock", owner: "")).release()
  }

  @Test func `an old single file becomes the base`() throws {
    let disk = try memoryDisk()
    try disk.write(Self.whole, to: "/data/appendonly.aof")
    let node = PersistenceNode(disk, Self.on)
    try node.start()
    #expect(node.contents[0]?.count == 2)
    #expect(node.hasLogged("Successfully migrated an old-style AOF file"))
    #expect(try disk.status(of: "/data/appendonly.aof") == nil)
  }

  @Test func `two servers cannot share a directory`() throws {
    let disk = try memoryDisk()
    let first = PersistenceNode(disk, Self.on)
    try first.start()
    let second = PersistenceNode(disk, Self.on)
    let error = try #require(throws: StartError.self) { try second.start() }
    #expect(error.message.contains("/data can't be locked: another node of this process (pid "))
    // Servers without persistence may, until they save.
    let third = PersistenceNode(disk)
    try third.start()
    let client = try third.connect()
    #expect(try client.call("SAVE").hasPrefix("-ERR"))
    #expect(third.hasLogged("/data can't be locked"))
    first.stop()
    #expect(try client.call("SAVE") == "+OK\r\n")
  }

  @Test func `meanwhile clients are told that it is loading`() throws {
    let disk = try memoryDisk()
    let node = PersistenceNode(disk)
    try node.start()
    _ = try node.connect().call("SET", "a", "1")
    _ = try node.connect().call("SAVE")
    node.stop()
    let again = PersistenceNode(disk)
    var answers: [String] = []
    again.onLog = { line in
      guard line.hasPrefix("Loading RDB produced by version") else { return }
      answers = ["GET", "LASTSAVE"].map { name in
        let client = try? again.connect()
        return (try? name == "GET" ? client?.call("GET", "a") : client?.call(name)) ?? ""
      }
    }
    try again.start()
    #expect(answers.first == "-LOADING Redis is loading the dataset in memory\r\n")
    #expect(answers.last?.hasPrefix(":") == true)
    #expect(try again.connect().call("GET", "a") == "$1\r\n1\r\n")
  }

  // MARK: RDB

  /// Keys of which one has expired, and where the history stood.
  static func rdb(expiredAt: Int64) -> [UInt8] {
    var writer = RDBWriter()
    writer.header(
      .init(
        createdAt: 1, usedMemoryBytes: 1_000_000,
        replication: .init(streamDB: 3, id: String(repeating: "b", count: 40), offset: 777)))
    writer.selectDB(3, keys: 2, expires: 1)
    writer.string(key: Array("lives".utf8), value: [65])
    writer.string(key: Array("over".utf8), value: [65], expireAt: expiredAt)
    writer.end()
    return writer.takeChunk()
  }

  @Test func `a primary goes on from the saved history, and says DEL for what has expired`() throws {
    let disk = try memoryDisk()
    try disk.write(Self.rdb(expiredAt: 1000), to: "/data/dump.rdb")
    let node = PersistenceNode(disk)
    try node.start()
    #expect(node.contents[3]?.count == 1)
    #expect(node.value("lives", database: 3) == "A")
    let history = node.get { $0.history }
    #expect("\(history.replid2)" == String(repeating: "b", count: 40))
    #expect(history.secondReplidOffset == 778)
    let logged = node.get { $0.engine.log.bytes(from: 777) }
    #expect(logged == RESPCommand.encode("SELECT", "3") + RESPCommand.encode("DEL", "over") || logged?.count ?? 0 > 50)
    #expect(String(decoding: logged ?? [], as: UTF8.self).contains("DEL\r\n$4\r\nover"))
    for line in [
      "Loading RDB produced by version 7.0.15", "RDB memory usage when created 0.95 Mb",
      "Done loading RDB, keys loaded: 1, keys expired: 1.", "DB loaded from disk: 0.",
    ] { #expect(node.hasLogged(line)) }
    #expect(try node.connect().call("INFO", "persistence").contains("rdb_last_load_keys_expired:1\r\n"))
  }

  @Test func `a replica keeps what has expired, and asks to go on where it was`() throws {
    let disk = try memoryDisk()
    try disk.write(Self.rdb(expiredAt: 1000), to: "/data/dump.rdb")
    let node = PersistenceNode(disk) { $0.replicaof = ReplicationSource(.init(host: "primary", port: 1)) }
    try node.start()
    #expect(node.contents[3]?.count == 2)
    #expect(node.get { $0.engine.log.endOffset } == 777)
    #expect(node.get { $0.resumeFromDisk?.offset } == 777)
    #expect(node.get { $0.stream.databaseIndex } == 3)
  }

  @Test func `an RDB with a flipped bit refuses the start and names the place`() throws {
    let disk = try memoryDisk()
    var bytes = Self.rdb(expiredAt: 1000)
    bytes[bytes.count - 12] ^= 0x40
    try disk.write(bytes, to: "/data/dump.rdb")
    let node = PersistenceNode(disk)
    let error = try #require(throws: StartError.self) { try node.start() }
    #expect(error.file == "/data/dump.rdb")
    #expect(error.offset != nil)
    #expect(try disk.bytes("/data/dump.rdb") == bytes)
  }

  @Test func `a saved file comes back whole, from a snapshot taken beside writes`() throws {
    let disk = try memoryDisk()
    let node = PersistenceNode(disk)
    try node.start()
    let client = try node.connect(database: 5)
    for i in 0..<5000 { client.send("SET", "key:\(i)", String(i)) }
    let expected = node.contents
    client.send("BGSAVE")
    for i in 0..<5000 { client.send("SET", "key:\(i)", "changed") }
    try node.wait("the save") { node.get { $0.persistence.saves == 1 } }
    node.stop()
    let again = PersistenceNode(disk)
    try again.start()
    #expect(again.contents == expected)
    #expect(try disk.entries(of: "/data") == [".tern.lock", "dump.rdb"])
  }
}
