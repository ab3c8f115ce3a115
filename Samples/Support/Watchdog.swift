import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Starts programs, and sees to it that they end when this process does, even by `kill -9`.
///
/// A shell, in a process group of its own, reads from a pipe which pids are alive. Only this process holds the other end. When it is
/// gone, the kernel closes that end, the shell reads end-of-file, and ends the pids that are left: SIGTERM first, so that servers can
/// save, SIGKILL two seconds later.
///
/// Linux's PR_SET_PDEATHSIG was the alternative. It is bound to the *thread* that started the child, which for a Swift task is a pool
/// thread that may end at any time, has to be set between fork and exec, and does not exist elsewhere.
final class Watchdog: Sendable {
  static let shared = Watchdog()

  private enum State {
    case notStarted
    /// `pipe` is the writing end.
    case watching(pipe: Int32)
  }

  /// Held while a program is started, so that the shell hears of a pid before anybody can tell it that the pid has ended.
  private let state = Mutex(State.notStarted)

  private static let script = """
    trap '' INT TERM HUP QUIT
    pids=
    while read -r word pid; do
      case $word in
      start) pids="$pids $pid" ;;
      end)
        kept=
        for p in $pids; do [ "$p" = "$pid" ] || kept="$kept $p"; done
        pids=$kept ;;
      esac
    done
    [ -n "$pids" ] || exit 0
    kill -TERM $pids 2>/dev/null
    i=0
    while [ $i -lt 20 ] && kill -0 $pids 2>/dev/null; do sleep 0.1; i=$((i + 1)); done
    kill -KILL $pids 2>/dev/null
    exit 0
    """

  /// `input` is a descriptor to read from (nil: nothing to read), `output` a file to append to.
  func spawn(executable: String, arguments: [String], input: Int32?, output: String) throws(ChildProcess.LaunchError) -> Int32 {
    let result: Result<Int32, ChildProcess.LaunchError> = state.withLock { state in
      Result { () throws(ChildProcess.LaunchError) in
        if case .notStarted = state { state = .watching(pipe: try Self.start()) }
        let pid = try Self.posixSpawn(executable, arguments, input: input, output: output)
        if case .watching(let pipe) = state { Self.tell(pipe, "start \(pid)\n") }
        return pid
      }
    }
    return try result.get()
  }

  func forget(_ pid: Int32) {
    state.withLock { state in
      if case .watching(let pipe) = state { Self.tell(pipe, "end \(pid)\n") }
    }
  }

  private static func tell(_ pipe: Int32, _ line: String) {
    // Shorter than PIPE_BUF, so it is written whole. If somebody killed the shell, the children are merely not watched any more.
    _ = Array(line.utf8).withUnsafeBytes { write(pipe, $0.baseAddress, $0.count) }
  }

  private static func start() throws(ChildProcess.LaunchError) -> Int32 {
    // A write to a pipe whose reader is gone must be an error here, not the end of this process.
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ChildProcess.LaunchError("cannot make a pipe: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    do throws(ChildProcess.LaunchError) {
      _ = try posixSpawn("/bin/sh", ["-c", script], input: ends[0], output: "/dev/null")
    } catch {
      close(ends[1])
      throw error
    }
    return ends[1]
  }

  private static func posixSpawn(_ executable: String, _ arguments: [String], input: Int32?, output: String)
    throws(ChildProcess.LaunchError) -> Int32
  {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // Nothing else is inherited. NIO does not open its sockets close-on-exec: a child would hold a connection or a listening port of
    // this process open long after it was closed here.
    #if canImport(Darwin)
      let inheritance = POSIX_SPAWN_CLOEXEC_DEFAULT
    #else
      let inheritance: Int32 = 0
      // Closing what is not open is no error here. New descriptors get the lowest free numbers, so a few more than those that are open
      // now cover what other threads open in the meantime.
      let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }.max()) ?? 256
      for descriptor in 3...max(3, open + 64) { posix_spawn_file_actions_addclose(&actions, descriptor) }
    #endif
    // Ignored and blocked signals would be inherited: a server that ignores SIGTERM cannot be asked to end.
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    sigdelset(&all, SIGKILL)
    sigdelset(&all, SIGSTOP)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(inheritance | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var argv: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
    argv.append(nil)
    defer { for argument in argv { free(argument) } }
    var pid: pid_t = 0
    let failure = posix_spawn(&pid, executable, &actions, &attributes, argv, environ)
    guard failure == 0 else {
      throw ChildProcess.LaunchError("cannot start '\(executable)' (output to '\(output)'): \(String(cString: strerror(failure)))")
    }
    return pid
  }
}
