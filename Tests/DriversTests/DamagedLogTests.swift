import Foundation
import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// Append-only files that were cut or in which a bit has flipped, given to redis-server and to a node: both load them and hold the same,
/// or both refuse them with the same words. `TERN_DAMAGES` asks for more of them.
@Suite struct DamagedLogTests {
  static let name = "appendonly.aof.1.incr.aof"
  static let baseName = "appendonly.aof.1.base.rdb"

  /// A log of all types; a flipped bit in a key or a value makes another log that is as good, one in the form does not.
  static let log: [UInt8] = {
    var bytes: [UInt8] = []
    func add(_ words: String...) { bytes += RESPCommand.encode(words.map { Array($0.utf8) }) }
    add("SELECT", "0")
    add("SET", "string", "value")
    bytes += Array("#TS:1700000000\r\n".utf8)
    add("RPUSH", "list", "a", "b", "c")
    add("MULTI")
    add("SADD", "set", "1", "2")
    add("INCR", "counter")
    add("EXEC")
    add("HSET", "hash", "field", String(repeating: "long ", count: 20))
    add("ZADD", "zset", "1.5", "member")
    add("XADD", "stream", "1-1", "f", "v")
    bytes += Array("#TS:1700000009\r\n".utf8)
    add("PEXPIREAT", "list", "4102444800000")
    add("DEL", "string")
    add("SET", "last", "x")
    return bytes
  }()

  struct Damage: CustomStringConvertible {
    var description: String
    var log: [UInt8]
    var options: [String] = []
    var base: [UInt8]?
    /// A whole increment behind it.
    var next: [UInt8]?
  }

  static func damages(_ count: Int) -> [Damage] {
    var random = SeededGenerator(seed: 4)
    var damages = [
      Damage(description: "whole", log: log), Damage(description: "empty", log: []),
      Damage(description: "zeros behind it", log: log + [0, 0, 0, 0]),
      Damage(description: "cut, and aof-load-truncated no", log: log.dropLast(3), options: ["--aof-load-truncated", "no"]),
      Damage(description: "cut, and not the last", log: log.dropLast(3), next: log),
      Damage(description: "a failing command", log: log + RESPCommand.encode("INCR", "hash") + RESPCommand.encode("INCR", "counter")),
      Damage(
        description: "a failing command that must not be", log: log + RESPCommand.encode("INCR", "hash"),
        options: ["--propagation-error-behavior", "panic"]),
      Damage(description: "an unknown command", log: log + RESPCommand.encode("NOSUCH", "1")),
      Damage(
        description: "MULTI twice",
        log: log + RESPCommand.encode("MULTI") + RESPCommand.encode("MULTI") + RESPCommand.encode("INCR", "counter")
          + RESPCommand.encode("EXEC")),
      Damage(description: "EXEC alone", log: log + RESPCommand.encode("EXEC") + RESPCommand.encode("INCR", "counter")),
    ]
    for _ in 0..<count {
      let end = Int.random(in: 1..<log.count, using: &random)
      damages.append(Damage(description: "cut at \(end)", log: Array(log[..<end])))
    }
    for _ in 0..<(2 * count) {
      var flipped = log
      // Behind the SELECT: a node never loads what selects a database that it has not.
      let at = Int.random(in: 23..<log.count, using: &random)
      let bit = Int.random(in: 0..<8, using: &random)
      flipped[at] ^= 1 << bit
      damages.append(Damage(description: "bit \(bit) of byte \(at) flipped", log: flipped))
    }
    var writer = RDBWriter()
    writer.header(.init(createdAt: 1, usedMemoryBytes: 1, isAOFBase: true))
    writer.selectDB(0, keys: 2, expires: 0)
    writer.string(key: Array("from the base".utf8), value: Array("value".utf8))
    writer.string(key: Array("counter".utf8), value: Array("41".utf8))
    writer.end()
    let base = writer.takeChunk()
    damages.append(Damage(description: "with a base", log: log, base: base))
    damages.append(Damage(description: "with a base that is cut", log: log, base: base.dropLast(5)))
    damages.append(Damage(description: "with a base of the future", log: log, base: Array("REDIS9999".utf8) + base.dropFirst(9)))
    for _ in 0..<(count / 2) {
      var flipped = base
      let at = Int.random(in: 0..<base.count, using: &random)
      flipped[at] ^= 1 << Int.random(in: 0..<8, using: &random)
      damages.append(Damage(description: "byte \(at) of the base flipped", log: log, base: flipped))
    }
    return damages
  }

  static func write(_ damage: Damage, to directory: TemporaryDirectory) throws {
    var manifest = ""
    if let base = damage.base {
      manifest += "file \(baseName) seq 1 type b\n"
      try directory.write(base, to: "appendonlydir/\(baseName)")
    }
    manifest += "file \(name) seq 1 type i\n"
    try directory.write(damage.log, to: "appendonlydir/\(name)")
    if let next = damage.next {
      manifest += "file appendonly.aof.2.incr.aof seq 2 type i\n"
      try directory.write(next, to: "appendonlydir/appendonly.aof.2.incr.aof")
    }
    try directory.write(Array(manifest.utf8), to: "appendonlydir/appendonly.aof.manifest")
  }

  @Test func `redis-server and a node load and refuse the same damaged logs`() throws {
    let count = ProcessInfo.processInfo.environment["TERN_DAMAGES"].flatMap { Int($0) } ?? 16
    var refusals = 0
    for damage in Self.damages(count) {
      let theirs = try TemporaryDirectory()
      try Self.write(damage, to: theirs)
      let ours = try TemporaryDirectory()
      try Self.write(damage, to: ours)

      var digest: String?
      var lines: [Substring] = []
      do {
        let server = try RedisServer(in: theirs, ["--appendonly", "yes"] + damage.options)
        digest = try server.call("DEBUG", "DIGEST").text
        lines = server.log.split(separator: "\n")
        server.stop()
      } catch let failure as RedisServer.Failure {
        lines = failure.description.split(separator: "\n")
      }
      let log = lines.map { String($0.drop { $0 != "*" && $0 != "#" }.dropFirst(2)) }

      let node = try SteppedNode(PosixFileSystem(), now: PersistenceNode.clock()) {
        $0.dir.path = ours.path
        $0.appendonly = true
        $0.aofLoadTruncated = !damage.options.contains("--aof-load-truncated")
        if damage.options.contains("panic") { $0.propagationErrorBehavior = .panic }
      }
      do throws(StartError) {
        try node.start()
      } catch {
        refusals += 1
        #expect(digest == nil, "\(damage): refused here, and not there: \(error)")
        #expect(error.file != nil && error.offset != nil, "\(damage): \(error)")
        // In a panic Redis writes a report instead; and it does not look at the end of a string, but stumbles over what comes of it.
        if damage.base == nil, !damage.options.contains("panic"), !error.message.hasSuffix("is not followed by CRLF") {
          let words = error.message.prefix { $0 != ":" }
          #expect(log.contains { $0.hasPrefix(words) }, "\(damage): '\(error.message)' is not in \(log.suffix(6))")
        }
        continue
      }
      #expect(digest.map { "+\($0)\r\n" } == node.digest, "\(damage): loaded here; there: \(digest ?? "refused: \(log.suffix(5))")")
      // A line with a time that stands in front of what is cut off is cut off by Redis, too; a node keeps it.
      func comparable(_ lines: [String]) -> [String] { lines.map { $0.replacing(#/at offset \d+ !!!/#, with: "at ? !!!") } }
      for line in comparable(node.log) where line.hasPrefix("!!!") || line.hasPrefix("== CRIT") || line.hasPrefix("Revert") {
        #expect(comparable(log).contains(line), "\(damage): \(line)")
      }
      for line in comparable(log) where line.hasPrefix("!!!") || line.hasPrefix("Revert") {
        #expect(comparable(node.log).contains(line), "\(damage): \(line)")
      }
      // What is cut off is cut at the same place.
      // Behind it a node notes at once which log goes on.
      let kept = try ours.read("appendonlydir/\(Self.name)")
      var left = try theirs.read("appendonlydir/\(Self.name)")
      // A torn line that begins with `#` is left as it is by Redis.
      if let begin = left.lastIndex(of: UInt8(ascii: "#")), !left[begin...].contains(10) { left.removeSubrange(begin...) }
      #expect(kept.starts(with: left), "\(damage)")
      let more = String(decoding: kept[min(left.count, kept.count)...], as: UTF8.self)
      #expect(more.wholeMatch(of: #/(#TS:\d+\r\n)?(#TERN:[^\n]*\r\n)?/#) != nil, "\(damage): \(more)")
    }
    #expect(refusals > 10)
  }
}
