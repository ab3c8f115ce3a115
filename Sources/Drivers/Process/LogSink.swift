package import TernNode

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a node's log lines go. Called outside the node's lock, from any thread.
package protocol LogSink: Sendable {
  func log(_ level: LogLevel, _ role: LogLine.Role, _ text: String)
}

/// The log of a server process, in redis-server's format: to standard output, or appended to a file.
///
/// The file is opened for each line, as redis-server does: a rotated file is let go of at once, and no descriptor stays open.
package final class ProcessLog: LogSink {
  /// Empty for standard output.
  package let path: String
  private let processID: Int32
  /// What is on the terminal below the log's lines.
  private let progress: TerminalProgress?

  /// - Parameter path: empty for standard output
  package convenience init(path: String, processID: Int32 = getpid()) {
    self.init(path: path, processID: processID, progress: nil)
  }

  init(path: String, processID: Int32 = getpid(), progress: TerminalProgress?) {
    self.path = path
    self.processID = processID
    self.progress = progress
  }

  package func log(_ level: LogLevel, _ role: LogLine.Role, _ text: String) {
    let now = HostClock.wallMilliseconds()
    let line = LogLine.format(
      pid: processID, role: role, milliseconds: now, utcOffsetSeconds: HostClock.utcOffsetSeconds(at: now), level: level, text)
    write(line + "\n")
  }

  /// Text as it is: the banner.
  package func write(_ text: String) {
    if path.isEmpty {
      guard let progress else { return Self.write(text, to: STDOUT_FILENO) }
      return progress.aside { Self.write(text, to: STDOUT_FILENO) }
    }
    let descriptor = posixOpen(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return }
    Self.write(text, to: descriptor)
    _ = posixClose(descriptor)
  }

  /// One write per line wherever the system lets it be, so that lines of several threads do not mix.
  package static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = posixWriteSome(descriptor, rest)
        if count < 0, errno == EINTR { continue }
        // Nobody reads any more, or the disk is full: a log must not end the server.
        guard count > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}

private func posixWriteSome(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

/// Keeps nothing.
package struct SilentLog: LogSink {
  package init() {}
  package func log(_ level: LogLevel, _ role: LogLine.Role, _ text: String) {}
}
