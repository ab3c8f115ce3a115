internal import NIOCore
internal import NIOPosix
internal import TernEngine
internal import TernNode

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Work that blocks or takes long: on the host's own threads, never on an event loop, never under the lock.
extension NodeHost {
  func inBackground(_ body: @escaping @Sendable () -> Void) {
    threads.submit { state in
      // Work that was cancelled by the end of the host has nobody left to report to.
      if case .active = state { body() }
    }
  }

  /// Counts an RDB's bytes, for replicas that want the length first.
  func measure(group: Int, _ job: RDBJob) {
    inBackground { [self] in
      var encoder = RDBEncoder(job, version: options.identity.compatibleVersion)
      var bytes: Int64 = 0
      while !encoder.isFinished {
        // Those who wanted it may be gone: a peer that comes and goes a thousand times a second must not keep the threads from the others.
        guard withCore({ $0.isSnapshotWanted(group: group) }) else { break }
        encoder.next(atLeast: 256 << 10) { bytes += Int64($0.count) }
      }
      let now = HostClock.wallMilliseconds()
      let total = bytes
      withCore { $0.snapshotSized(group: group, bytes: total, now: now) }
    }
  }
}

/// `rdb-key-save-delay`: slows an encoder down key by key, so that tests can catch it in the middle.
enum BackgroundPace {
  static func next<Failure: Error>(
    _ encoder: inout RDBEncoder, atLeast bytes: Int, delayMicroseconds: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    guard delayMicroseconds != 0 else { return try encoder.next(atLeast: bytes, body) }
    let keys = encoder.keys
    try encoder.next(atLeast: 1, body)
    let slept = encoder.keys - keys
    // A negative delay is a microsecond per that many keys.
    let microseconds = delayMicroseconds > 0 ? slept * delayMicroseconds : slept / -delayMicroseconds
    if microseconds > 0 { usleep(useconds_t(min(microseconds, 1_000_000))) }
  }

  /// At most a second.
  static func sleep(nanoseconds: Int64) {
    if nanoseconds > 0 { usleep(useconds_t(min(nanoseconds / 1000 + 1, 1_000_000))) }
  }
}
