internal import NIOConcurrencyHelpers
internal import TernNode

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A bar on the terminal of whoever started the server by hand, while it loads its data. It appears when loading has taken half a second,
/// and is gone when it ends; lines of the log go above it.
final class TerminalProgress: @unchecked Sendable {
  private static let firstAfterMicroseconds: useconds_t = 500_000
  private static let everyMicroseconds: useconds_t = 100_000

  private let lock = NIOLock()
  // Guarded by `lock`.
  private var isShown = false
  private var isOver = false
  private var thread: BackgroundThread?

  /// Whether there is somebody to see it: both streams are a terminal's.
  static var hasTerminal: Bool { isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// - Parameter progress: how far loading is; nil when it has not begun
  func begin(_ progress: @escaping @Sendable () -> WorkProgress?) {
    thread = BackgroundThread { [self] in
      var waited: useconds_t = 0
      while !lock.withLock({ isOver }) {
        usleep(TerminalProgress.everyMicroseconds)
        waited += TerminalProgress.everyMicroseconds
        guard waited >= TerminalProgress.firstAfterMicroseconds, let now = progress() else { continue }
        show(now)
      }
    }
  }

  /// Loading is over, one way or the other.
  func end() {
    lock.withLock {
      isOver = true
      clear()
    }
    thread?.join()
    thread = nil
  }

  /// Runs `write`, which prints lines, with the bar out of the way.
  func aside(_ write: () -> Void) {
    lock.withLock {
      clear()
      write()
    }
  }

  private func show(_ progress: WorkProgress) {
    lock.withLock {
      guard !isOver else { return }
      isShown = true
      ProcessLog.write("\r\u{1B}[K" + TerminalProgress.bar(progress, columns: TerminalProgress.columns), to: STDERR_FILENO)
    }
  }

  /// Under the lock.
  private func clear() {
    guard isShown else { return }
    isShown = false
    ProcessLog.write("\r\u{1B}[K", to: STDERR_FILENO)
  }

  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// `Loading [=======>      ] 42.0%, 210.0 MB at 105.0 MB/s, about 3 seconds left`, never longer than the line.
  static func bar(_ progress: WorkProgress, columns: Int) -> String {
    let text = " " + progress.text
    let room = columns - 1 - "Loading []".utf8.count - text.utf8.count
    guard room >= 10 else { return String(("Loading" + text).prefix(max(0, columns - 1))) }
    let width = min(room, 40)
    let done = min(width, Int(progress.percent / 100 * Double(width)))
    let head = done < width ? ">" : ""
    return "Loading [" + String(repeating: "=", count: done) + head
      + String(repeating: " ", count: width - done - head.utf8.count) + "]" + text
  }
}
