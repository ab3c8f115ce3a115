internal import CTern

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a crash of the server leaves in the log: the signal and a stack trace. Everything that the handler needs is made before, as it
/// may allocate nothing; then the signal's own action follows, so that a core file is written where they are.
enum CrashReport {
  nonisolated(unsafe) private static var path: UnsafeMutablePointer<CChar>?

  static func install(_ logPath: String) {
    path = logPath.isEmpty ? nil : strdup(logPath)
    // The first call loads the unwinder.
    tern_write_stack(-1)
    for number in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP] {
      var action = sigaction()
      #if canImport(Darwin)
        action.__sigaction_u.__sa_handler = { CrashReport.report($0) }
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND) | UInt32(SA_NODEFER))
      #else
        action.__sigaction_handler.sa_handler = { CrashReport.report($0) }
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_NODEFER
      #endif
      sigaction(number, &action, nil)
    }
  }

  private static func report(_ number: Int32) {
    var descriptor = STDOUT_FILENO
    if let path {
      descriptor = posixOpenC(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
      if descriptor < 0 { descriptor = STDERR_FILENO }
    }
    put("\n=== TERN BUG REPORT START: Cut & paste starting from here ===\nTern crashed by signal: ", descriptor)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2) { digits in
      digits[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10 % 10)
      digits[1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
      _ = write(descriptor, digits.baseAddress, 2)
    }
    put("\n\n------ STACK TRACE ------\n", descriptor)
    tern_write_stack(descriptor)
    put("\n=== TERN BUG REPORT END. ===\n", descriptor)
    raise(number)
  }

  private static func put(_ text: StaticString, _ descriptor: Int32) { _ = write(descriptor, text.utf8Start, text.utf8CodeUnitCount) }
}

private func posixOpenC(_ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
