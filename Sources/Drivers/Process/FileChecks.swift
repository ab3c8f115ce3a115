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
    var check = RDBCheck(now: HostClock.wallMilliseconds()) { say($0) }
    return check.check(PosixFileSystem(), path: path) ? 0 : 1
  }

  static func aof(_ arguments: [String]) -> Int32 {
    var repair = AOFCheck.Repair.none
    var path: String?
    switch arguments.first {
    case "--fix":
      repair = .fix
      if arguments.count == 2 { path = arguments[1] }
    case "--truncate-to-timestamp":
      guard arguments.count == 3, let timestamp = Int64(arguments[1]) else { break }
      repair = .truncate(timestamp: timestamp)
      path = arguments[2]
    default:
      if arguments.count == 1 { path = arguments[0] }
      // Redis takes the option behind the file, too.
      if arguments.count == 2, arguments[1] == "--fix" {
        repair = .fix
        path = arguments[0]
      }
    }
    guard let path else {
      say("Usage: redis-check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>")
      return 1
    }
    let check = AOFCheck(PosixFileSystem(), repair: repair, now: HostClock.wallMilliseconds(), confirm: confirm) { say($0) }
    return check.check(path) ? 0 : 1
  }

  private static func confirm(_ question: String) -> Bool {
    ProcessLog.write(question, to: STDOUT_FILENO)
    var answer: UInt8 = 0
    guard read(STDIN_FILENO, &answer, 1) == 1 else { return false }
    return answer == UInt8(ascii: "y") || answer == UInt8(ascii: "Y")
  }

  private static func say(_ line: String) { ProcessLog.write(line + "\n", to: STDOUT_FILENO) }
}
