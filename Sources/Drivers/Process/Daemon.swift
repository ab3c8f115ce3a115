internal import CTern
internal import TernNode

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `daemonize yes`: the program starts itself anew in a session of its own, without a terminal, and this process ends. A fork without
/// exec would leave the child with the locks that other threads held.
enum Daemon {
  private static let mark = "TERN_DAEMONIZED"

  static func detachIfAsked(_ configuration: Configuration, _ arguments: [String]) {
    guard configuration.daemonize else { return }
    guard getenv(mark) == nil else {
      // Not passed on to what the server itself may start.
      unsetenv(mark)
      return
    }
    setenv(mark, "1", 1)
    do throws(SpawnError) {
      _ = try ChildProcess.spawn(executablePath ?? arguments.first ?? "tern-server", arguments: arguments, newSession: true)
    } catch {
      ProcessLog.write("Can't start in the background: \(error.reason)\n", to: STDERR_FILENO)
      exit(1)
    }
    exit(0)
  }

  /// The file that this process runs.
  static var executablePath: String? {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }
}

struct SpawnError: Error, Sendable {
  let reason: String
}

/// A program that is started with nothing of ours but its arguments, the environment and /dev/null.
enum ChildProcess {
  /// - Parameter arguments: the program's name first
  static func spawn(_ path: String, arguments: [String], newSession: Bool = false) throws(SpawnError) -> Int32 {
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
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    #if canImport(Glibc)
      // Whatever some library forgot to open close-on-exec.
      _ = tern_spawn_close_from(&actions, 3)
    #endif
    var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
    #if canImport(Glibc)
      if newSession { flags |= 0x80 }  // POSIX_SPAWN_SETSID, which glibc declares for _GNU_SOURCE only.
    #elseif canImport(Darwin)
      if newSession { flags |= POSIX_SPAWN_SETSID }
      flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
    #endif
    posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var pid = pid_t()
    let result = posix_spawn(&pid, path, &actions, &attributes, words, environ)
    guard result == 0 else { throw SpawnError(reason: SystemErrorText.text(result)) }
    return pid
  }
}
