#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The signals of a server process: taken one by one by the main thread, so that no code runs in a handler.
enum ServerSignals {
  private static func set() -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    return set
  }

  /// Before the first thread is started: all threads inherit the mask.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGHUP, SIG_IGN)
    var set = set()
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Waits for SIGTERM or SIGINT.
  static func next() -> Int32 {
    var set = set()
    var number: Int32 = 0
    while sigwait(&set, &number) != 0 {}
    return number
  }
}
