import Foundation
import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// `aof-timestamp-enabled`: files that can be cut back to a moment, by redis-check-aof too.
@Suite struct TimestampTests {
  /// A directory whose log has writes of ten seconds.
  static func directory() throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    let node = try SteppedNode(PosixFileSystem(), now: CrashWorkload.start) {
      $0.dir.path = directory.path
      $0.appendonly = true
      $0.aofTimestampEnabled = true
    }
    try node.start()
    let client = try SteppedNode.Client(node)
    for second in 0..<10 {
      for _ in 0..<3 { client.send([["INCR", "second:\(second)"]]) }
      client.send([["MULTI"], ["SET", "a", "\(second)"], ["SET", "b", "\(second)"], ["EXEC"]])
      _ = client.reply()
      node.step(.log)
      node.advance(1000)
    }
    node.driver.shutdown()
    return directory
  }

  static func redisCheck(_ arguments: String...) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/redis-check-aof")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test func `a log is cut back to a second where redis-check-aof cuts it, and loads there`() throws {
    let second = CrashWorkload.start / 1000
    let manifest = "/appendonlydir/appendonly.aof.manifest"
    let increment = "appendonlydir/appendonly.aof.1.incr.aof"
    for kept in [-5, 0, 3, 8, 20] as [Int64] {
      let ours = try Self.directory()
      let theirs = try Self.directory()
      #expect(try ours.read(increment).count == theirs.read(increment).count)
      let before = try ours.read(increment)
      let whole = try Self.redisCheck(theirs.path + manifest)
      #expect(whole.status == 0 && whole.output.contains("All AOF files and manifest are valid"), "\(whole)")
      let redis = try Self.redisCheck("--truncate-to-timestamp", "\(second + kept)", theirs.path + manifest)
      #expect(redis.status == 0, "\(redis)")
      var said: [String] = []
      let check = AOFCheck(
        PosixFileSystem(), repair: .truncate(timestamp: second + kept), now: CrashWorkload.start, confirm: { _ in true }
      ) { said.append($0) }
      #expect(check.check(ours.path + manifest), "\(said)")
      let left = try ours.read(increment)
      let leftByRedis = try theirs.read(increment)
      #expect(left.count == leftByRedis.count, "\(said); \(redis.output)")
      #expect((left.count < before.count) == (kept < 9))
      #expect(left == Array(before[..<left.count]))
      for line in said where line.contains("timestamp") { #expect(redis.output.contains(line), "\(line): \(redis.output)") }

      let node = try SteppedNode(PosixFileSystem(), now: CrashWorkload.start) {
        $0.dir.path = ours.path
        $0.appendonly = true
      }
      try node.start()
      let client = try SteppedNode.Client(node)
      client.send([["MGET", "a", "b", "second:\(max(0, kept))", "second:\(kept + 1)"]])
      let last = min(kept, 9)
      let expected =
        last < 0
        ? "*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n"
        : "*4\r\n$1\r\n\(last)\r\n$1\r\n\(last)\r\n" + (kept <= 9 ? "$1\r\n3\r\n" : "$-1\r\n") + "$-1\r\n"
      #expect(client.reply() == expected)
    }
  }
}
