internal import TernNode

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// CPU time and memory of this process, for INFO.
struct ProcessUsage {
  var cpu = CPUUsage()
  var memory = ProcessMemory()

  static func current() -> ProcessUsage {
    var usage = rusage()
    #if canImport(Glibc)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
      getrusage(RUSAGE_SELF, &usage)
    #endif
    var result = ProcessUsage()
    result.cpu.user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
    result.cpu.system = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
    result.memory.peakBytes = Int(usage.ru_maxrss) * 1024
    result.memory.residentBytes = residentBytes() ?? result.memory.peakBytes
    result.memory.systemBytes = systemBytes
    return result
  }

  private static let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
  private static let systemBytes = Int(sysconf(Int32(_SC_PHYS_PAGES))) * pageBytes

  /// The second number in /proc/self/statm, in pages; nil where there is no such file.
  private static func residentBytes() -> Int? {
    let descriptor = posixOpen("/proc/self/statm", O_RDONLY | O_CLOEXEC, 0)
    guard descriptor >= 0 else { return nil }
    defer { _ = posixClose(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      guard count > 0 else { return nil }
      let words = buffer.prefix(count).split(separator: UInt8(ascii: " "))
      guard words.count > 1, let pages = Int(String(decoding: words[1], as: UTF8.self)) else { return nil }
      return pages * pageBytes
    }
  }
}
