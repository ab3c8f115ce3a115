import TernEngine
import TernNode

/// What is in the two servers when a script has ended: keys, types, encodings, expiries, values by their digests and by their dumps; and
/// that the log, which is what replicas and the append-only file get, makes the same data again, here and in a real server.
struct DatasetComparison {
  let node: NodeUnderTest
  let real: RealServer
  let settings: [Step]
  var sortsSortedSets = false

  struct Difference {
    var what: String
    var theirs: String
    var ours: String
  }

  private static let reader = 100
  private static let scratch = Array("\u{1}scratch".utf8)

  func run() throws -> Difference? {
    for database in 0..<16 {
      let select = ["SELECT", "\(database)"].map { Array($0.utf8) }
      _ = try real.control.ask(select)
      _ = node.ask(select)
      if let difference = try compareDatabase(database) { return difference }
    }
    _ = try real.control.ask("SELECT", "0")
    _ = node.ask("SELECT", "0")
    if let difference = try compare(["DEBUG", "DIGEST"].map { Array($0.utf8) }, "the whole dataset") { return difference }
    return try replayLog()
  }

  private func compare(_ words: [[UInt8]], _ place: String) throws -> Difference? {
    let theirs = try real.control.ask(words)
    let ours = node.ask(words)
    let step = Step(Self.reader, words)
    if ReplyComparison.agree(ReplyRule.of(step), step, theirs, ours, sortsSortedSets: sortsSortedSets) {
      let isEncoding = step.name == "object" && theirs != ours
      let types = ["quicklist": "list", "skiplist": "zset", "hashtable": "set"]
      let type = node.value([Array("TYPE".utf8), words[words.count - 1]]).text
      if !isEncoding || type == ReplyComparison.value(theirs).text.flatMap({ types[$0] }) { return nil }
    }
    return Difference(what: "\(place): \(step.line)", theirs: printable(theirs), ours: printable(ours))
  }

  private func compareDatabase(_ database: Int) throws -> Difference? {
    let place = "in the end, database \(database)"
    if let difference = try compare(["KEYS", "*"].map { Array($0.utf8) }, place) { return difference }
    let keys = (try real.control.value("KEYS", "*").elements ?? []).compactMap(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }
    for key in keys {
      for question in [["TYPE"], ["PEXPIRETIME"], ["DEBUG", "DIGEST-VALUE"], ["OBJECT", "ENCODING"]] {
        guard var difference = try compare(question.map { Array($0.utf8) } + [key], place) else { continue }
        if question[0] == "DEBUG", let content = try contents(of: key) {
          difference.theirs += " " + content.theirs
          difference.ours += " " + content.ours
        }
        return difference
      }
      if let difference = try compareDumps(key, place) { return difference }
    }
    return nil
  }

  /// The values in words, where the digests differ.
  private func contents(of key: [UInt8]) throws -> (theirs: String, ours: String)? {
    let commands = [
      "string": ["GET"], "list": ["LRANGE", "0", "-1"], "hash": ["HGETALL"], "set": ["SMEMBERS"],
      "zset": ["ZRANGE", "0", "-1", "WITHSCORES"],
      "stream": ["XRANGE", "-", "+"],
    ]
    guard let type = try real.control.value([Array("TYPE".utf8), key]).text, let command = commands[type] else { return nil }
    let words = [Array(command[0].utf8), key] + command.dropFirst().map { Array($0.utf8) }
    return (printable(try real.control.ask(words)), printable(node.ask(words)))
  }

  /// Our dump restores there to the same value, and theirs here. The bytes may differ: hash tables come out in another order.
  private func compareDumps(_ key: [UInt8], _ place: String) throws -> Difference? {
    guard node.core.engine.table.find("DUMP") != nil else { return nil }
    func words(_ words: [String], _ last: [[UInt8]]) -> [[UInt8]] { words.map { Array($0.utf8) } + last }
    let digest = try real.control.ask(words(["DEBUG", "DIGEST-VALUE"], [key]))
    let hasExpiry = try real.control.value(words(["PTTL"], [key])).integerValue ?? -1 >= 0
    let ttl = Array((hasExpiry ? "100000000" : "0").utf8)
    guard let ours = node.value(words(["DUMP"], [key])).bytes, let theirs = try real.control.value(words(["DUMP"], [key])).bytes else {
      return Difference(what: "\(place): no dump of \(printable(key))", theirs: "", ours: printable(node.ask(words(["DUMP"], [key]))))
    }
    let restored = try real.control.ask(words(["RESTORE"], [Self.scratch, ttl, ours]))
    let there = try real.control.ask(words(["DEBUG", "DIGEST-VALUE"], [Self.scratch]))
    _ = try real.control.ask(words(["DEL"], [Self.scratch]))
    guard restored == Array("+OK\r\n".utf8), there == digest else {
      return Difference(
        what: "\(place): our dump of \(printable(key)) in redis-server", theirs: printable(restored), ours: printable(ours))
    }
    let taken = node.ask(words(["RESTORE"], [Self.scratch, ttl, theirs]))
    let here = node.ask(words(["DEBUG", "DIGEST-VALUE"], [Self.scratch]))
    _ = node.ask(words(["DEL"], [Self.scratch]))
    guard taken == Array("+OK\r\n".utf8), here == digest else {
      return Difference(what: "\(place): redis-server's dump of \(printable(key)) here", theirs: printable(theirs), ours: printable(taken))
    }
    return nil
  }

  private func replayLog() throws -> Difference? {
    let digest = try real.control.ask("DEBUG", "DIGEST")
    let log = node.log
    let copy = try NodeUnderTest(seed: 4711)
    for step in settings { _ = copy.ask(step.words) }
    copy.session(1)?.gates.insert(.loader)
    let replies = copy.send(1, bytes: log)[1] ?? []
    if let error = replies.first(where: ReplyComparison.isError) {
      return Difference(what: "an effect in our log, executed here again", theirs: "", ours: printable(error))
    }
    let again = copy.ask("DEBUG", "DIGEST")
    guard again == digest else {
      return Difference(what: "the dataset that our log makes here", theirs: printable(digest), ours: printable(again) + " " + effects(log))
    }
    // Those that still wait would be served.
    try real.disconnectClients()
    try real.control.expectOK("FLUSHALL")
    let replica = try real.client(200)
    replica.write(bytes: log)
    for command in Frame.split(log) {
      guard let reply = try replica.next() else { break }
      if ReplyComparison.isError(reply) {
        return Difference(what: "an effect in our log, for redis-server: \(printable(command))", theirs: printable(reply), ours: "")
      }
    }
    let there = try real.control.ask("DEBUG", "DIGEST")
    guard there == digest else {
      return Difference(
        what: "the dataset that our log makes in redis-server", theirs: printable(there), ours: printable(digest) + " " + effects(log))
    }
    return nil
  }

  /// The end of the log, in words.
  private func effects(_ log: [UInt8]) -> String {
    Frame.split(log).suffix(20).map { command in
      (ReplyComparison.value(command).elements ?? []).compactMap(\.text).joined(separator: " ")
    }.joined(separator: "; ")
  }
}
