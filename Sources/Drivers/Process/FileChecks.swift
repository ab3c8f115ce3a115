internal import TernPersistence

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// redis-check-rdb and redis-check-aof: whether a file can be loaded. Each answers the exit status.
enum FileChecks {
  static func rdb(_ arguments: [String]) -> Int32 {
    guard arguments.count == 1, let path = arguments.first else {
      ProcessLog.write("Usage: redis-check-rdb <rdb-file-name>\n", to: STDERR_FILENO)
      return 1
    }
    say("[offset 0] Checking RDB file \(path)")
    do throws(RDBFileLoader.Failure) {
      guard var loader = try RDBFileLoader(PosixFileSystem(), path: path) else {
        ProcessLog.write("Cannot open file: \(path)\n", to: STDERR_FILENO)
        return 1
      }
      var keys = 0
      var expiring = 0
      while let event = try loader.next() {
        if case .key(let key) = event {
          keys += 1
          if key.expireAt != nil { expiring += 1 }
        }
      }
      say("[offset \(loader.bytesRead)] Checksum OK")
      say("[offset \(loader.bytesRead)] \\o/ RDB looks OK! \\o/")
      say("[info] \(keys) keys read")
      say("[info] \(expiring) expires")
      return 0
    } catch {
      say("--- RDB ERROR DETECTED ---")
      say("\(error)")
      return 1
    }
  }

  static func aof(_ arguments: [String]) -> Int32 {
    ProcessLog.write(
      "tern-server has no AOF checker of its own: a start with the files names the file and the offset of what is wrong.\n",
      to: STDERR_FILENO)
    return 1
  }

  private static func say(_ line: String) { ProcessLog.write(line + "\n", to: STDOUT_FILENO) }
}
