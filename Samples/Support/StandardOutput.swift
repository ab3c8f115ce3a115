#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Unbuffered writing to the terminal or whatever standard output is: a pipe shows each line when it is written, and a reader that
/// went away (`| head`) is no reason to trap.
package enum StandardOutput {
  package static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  package static func write(_ text: String) { write(text, to: STDOUT_FILENO) }
  package static func writeError(_ text: String) { write(text, to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        #if canImport(Darwin)
          let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
        #else
          let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        #endif
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if !(count == -1 && errno == EINTR) {
          return
        }
      }
    }
  }

  /// Columns and lines of the terminal; 100 × 40 when it does not say.
  package static var size: (columns: Int, lines: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (100, 40) }
    return (Int(size.ws_col), Int(size.ws_row))
  }
}
