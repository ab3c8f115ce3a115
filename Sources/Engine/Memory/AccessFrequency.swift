/// How an access is written into an entry's 24 bits.
enum AccessMode: UInt8 {
  /// The LRU clock: seconds, wrapping.
  case clock
  /// LFU: the minute of the last access (16 bits), and a counter that grows with the logarithm of the accesses (8 bits).
  case frequency
  /// Not at all: CLIENT NO-TOUCH.
  case untouched
}

/// The LFU field of an entry. The counter of a key that is used n times grows as the logarithm of n, since the chance that an access
/// counts falls with it; and it falls by one for each `lfu-decay-time` without an access.
/// Source: https://redis.io/docs/latest/develop/reference/eviction/#lfu-eviction
enum AccessFrequency {
  /// New keys begin above 0, or they would be evicted before they can be used a second time.
  static let initialCounter: UInt32 = 5

  static func minutes(_ now: Int64) -> UInt32 { UInt32(truncatingIfNeeded: now / 60_000) & 0xffff }

  static func new(at now: Int64) -> UInt32 { minutes(now) << 8 | initialCounter }

  /// The counter as it stands now, after what it lost by the passing of time.
  static func counter(_ access: UInt32, at now: Int64, decayMinutes: Int) -> UInt32 {
    let counter = access & 0xff
    guard decayMinutes > 0 else { return counter }
    let elapsed = (minutes(now) &- (access >> 8)) & 0xffff
    let periods = Int(elapsed) / decayMinutes
    return periods >= Int(counter) ? 0 : counter - UInt32(periods)
  }

  static func incremented(_ counter: UInt32, logFactor: Int, using random: inout some RandomNumberGenerator) -> UInt32 {
    guard counter < 255 else { return 255 }
    let above = Double(counter > initialCounter ? counter - initialCounter : 0)
    let chance = 1 / (above * Double(logFactor) + 1)
    return Double.random(in: 0..<1, using: &random) < chance ? counter + 1 : counter
  }
}

extension Entry {
  /// The counter of an LFU policy, as it stands at `now` (ms since 1970).
  package func frequency(at now: Int64, decayMinutes: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: AccessFrequency.counter(access, at: now, decayMinutes: decayMinutes))
  }
}

extension Engine {
  /// A read found `entry`, and accesses are not just the clock.
  @inline(never)
  func noteAccess(_ entry: Entry) {
    noteWriteAccess(entry)
    if hot.pointee.accessMode == .frequency { entry.access = hot.pointee.accessClock }
  }

  /// A command that writes located `entry`: what it writes back into it, or into the one that takes its place, is `accessClock`.
  @inline(never)
  func noteWriteAccess(_ entry: Entry) {
    switch hot.pointee.accessMode {
    case .clock: break
    case .untouched: hot.pointee.accessClock = entry.access
    case .frequency:
      let counter = AccessFrequency.counter(entry.access, at: now, decayMinutes: settings.memory.lfuDecayMinutes)
      let raised = AccessFrequency.incremented(counter, logFactor: settings.memory.lfuLogFactor, using: &random)
      hot.pointee.accessClock = AccessFrequency.minutes(now) << 8 | raised
    }
  }

  /// A command that writes found no key: what it makes is new.
  @inline(never)
  func noteNewKey() { hot.pointee.accessClock = newAccess }

  /// What a new entry remembers.
  var newAccess: UInt32 { settings.memory.policy.order == .frequency ? AccessFrequency.new(at: now) : lruClock }

  var lruClock: UInt32 { UInt32(truncatingIfNeeded: now / 1000) & 0x00ff_ffff }

  /// Seconds since the entry's last access; the clock wraps after 194 days.
  func idleSeconds(_ entry: Entry) -> Int64 { Int64((lruClock &- entry.access) & 0x00ff_ffff) }

  func frequency(_ entry: Entry) -> UInt32 {
    AccessFrequency.counter(entry.access, at: now, decayMinutes: settings.memory.lfuDecayMinutes)
  }

  /// The mode that the policy asks for.
  func resetAccessMode() {
    hot.pointee.accessMode = settings.memory.policy.order == .frequency ? .frequency : .clock
    hot.pointee.accessClock = newAccess
  }
}
