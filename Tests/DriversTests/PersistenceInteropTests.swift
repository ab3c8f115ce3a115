import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// Data directories that cross between a node and a real redis-server, on a real disk.
@Suite struct PersistenceInteropTests {
  static func edit(_ appendonly: Bool, _ preamble: Bool = true) -> (inout Configuration) -> Void {
    {
      $0.appendonly = appendonly
      $0.aofUseRdbPreamble = preamble
    }
  }

  static func fill(_ client: PersistenceNode.Client, _ count: Int = 300) throws {
    for i in 0..<count {
      _ = try client.call("SET", "key:\(i)", i % 3 == 0 ? String(i * 1_000_003) : String(repeating: "text \(i) ", count: i % 40))
    }
    for _ in 0..<5 { _ = try client.call("INCR", "counter") }
  }

  static func contents(_ server: RedisServer, databases: [Int]) throws -> [Int: [[UInt8]: [UInt8]]] {
    var found: [Int: [[UInt8]: [UInt8]]] = [:]
    for database in databases {
      try server.call("SELECT", String(database))
      for key in try server.call("KEYS", "*").elements ?? [] {
        guard let name = key.bytes else { continue }
        found[database, default: [:]][name] = try server.call(bytes: [Array("GET".utf8), name]).bytes
      }
    }
    return found
  }

  static func plain(_ node: PersistenceNode) -> [Int: [[UInt8]: [UInt8]]] { node.contents.mapValues { $0.mapValues(\.bytes) } }

  @Test(arguments: [true, false]) func `Redis starts from the append-only files of a node, and the node from Redis's`(preamble: Bool) throws
  {
    let directory = try TemporaryDirectory()
    var node = PersistenceNode(PosixFileSystem(), directory: directory.path, Self.edit(true, preamble))
    try node.start()
    try Self.fill(node.connect(database: 0))
    try node.rewriteAOF()
    try Self.fill(node.connect(database: 7), 50)
    let expected = Self.plain(node)
    node.stop()

    let options = ["--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", preamble ? "yes" : "no"]
    let server = try RedisServer(in: directory, options[0], options[1], options[2], options[3], options[4], options[5])
    #expect(try Self.contents(server, databases: [0, 7]) == expected)
    try server.call("SELECT", "7")
    try server.call("SET", "by redis", "1")
    try server.call("BGREWRITEAOF")
    try server.waitForRewrite()
    try server.call("MULTI")
    try server.call("SET", "in a transaction", "2")
    try server.call("INCR", "counter")
    try server.call("EXEC")
    let theirs = try Self.contents(server, databases: [0, 7])
    server.stop()

    node = PersistenceNode(PosixFileSystem(), directory: directory.path, Self.edit(true, preamble))
    try node.start()
    #expect(Self.plain(node) == theirs)
    #expect(node.value("counter", database: 7) == "6")
    #expect(node.hasLogged("DB loaded from base file appendonly.aof.3.base.\(preamble ? "rdb" : "aof"): "))
  }

  @Test func `Redis starts from the RDB of a node, and the node from Redis's`() throws {
    let directory = try TemporaryDirectory()
    var node = PersistenceNode(PosixFileSystem(), directory: directory.path, Self.edit(false))
    try node.start()
    try Self.fill(node.connect(database: 0))
    try Self.fill(node.connect(database: 15), 20)
    #expect(try node.connect().call("SAVE") == "+OK\r\n")
    let expected = Self.plain(node)
    node.stop()

    let server = try RedisServer(in: directory)
    #expect(try Self.contents(server, databases: [0, 15]) == expected)
    #expect(server.log.contains("Done loading RDB, keys loaded: 322, keys expired: 0."))
    try server.call("SELECT", "0")
    try server.call("SET", "by redis", "1", "PXAT", "4102444800123")
    try server.call("SAVE")
    server.stop()

    node = PersistenceNode(PosixFileSystem(), directory: directory.path, Self.edit(false))
    try node.start()
    #expect(node.contents[0]?[Array("by redis".utf8)] == .init("1", expiry: 4_102_444_800_123))
    #expect(node.contents[0]?.count == 302)
    for line in ["Done loading RDB, keys loaded: 323, keys expired: 0.", "DB loaded from disk: "] { #expect(node.hasLogged(line)) }
  }

  @Test func `the lines of a start are Redis's`() throws {
    let directory = try TemporaryDirectory()
    let first = PersistenceNode(PosixFileSystem(), directory: directory.path, Self.edit(true))
    try first.start()
    _ = try first.connect().call("SET", "a", "1")
    first.stop()
    let server = try RedisServer(in: directory, "--appendonly", "yes")
    server.stop()
    let node = PersistenceNode(PosixFileSystem(), directory: directory.path, Self.edit(true))
    try node.start()
    /// Without the figures that differ from run to run.
    func comparable(_ line: Substring) -> String {
      String(line.drop { $0 != "*" }.dropFirst(2).replacing(#/RDB age \d+|\d+\.\d+ seconds|created \d+\.\d+/#, with: "?"))
    }
    let theirs = server.log.split(separator: "\n").map(comparable).filter { !$0.isEmpty }
    let loading = theirs.drop { !$0.hasPrefix("Reading RDB base file") }.prefix { !$0.hasPrefix("The server is now ready") }
    #expect(loading.count >= 9)
    // The speed of the load is our own line.
    #expect(node.log.map { comparable("* \($0)"[...]) }.filter { !$0.hasPrefix("Loaded ") } == Array(loading))
  }
}
