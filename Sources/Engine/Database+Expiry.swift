/// When a key's time is over.
package enum KeyExpiry: Hashable, Sendable {
  case noKey
  case never
  /// Milliseconds since 1970.
  case at(Int64)
}

/// What must hold of a key's present expiry for it to be changed. A key without one counts as expiring never.
package struct ExpiryCondition: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  package static let hasNone = Self(rawValue: 1 << 0)
  package static let hasOne = Self(rawValue: 1 << 1)
  package static let later = Self(rawValue: 1 << 2)
  package static let earlier = Self(rawValue: 1 << 3)

  func holds(now current: Int64?, new: Int64) -> Bool {
    if contains(.hasNone), current != nil { return false }
    if contains(.hasOne), current == nil { return false }
    if contains(.later) { if let current, new > current {} else { return false } }
    if contains(.earlier), let current, new >= current { return false }
    return true
  }
}

extension Database {
  package func expiry(_ key: KeyView) -> KeyExpiry {
    guard let entry = examine(key) else { return .noKey }
    return entry.expiry.map { .at($0) } ?? .never
  }

  /// Lets the key expire at `time` (ms since 1970); a time that is over takes it out at once. Returns false, and changes nothing, if there
  /// is no key or the condition does not hold.
  package func setExpiry(_ key: KeyView, at time: Int64, if condition: ExpiryCondition = []) -> Bool {
    guard let position = locateForWrite(key) else { return false }
    guard condition.holds(now: position.entry.expiry, new: time) else { return false }
    // A replica, and whoever applies a stream, does not decide that a key is over: the DEL will come.
    if time <= now, engine.hot.pointee.expiresKeys, !engine.hot.pointee.sparesExpired {
      table.removeKey(position, key.hash)
      if engine.effects.isRecording {
        engine.effects.begin(index, 2, "DEL")
        engine.effects.argument(key)
      }
      changed(key, .generic, "del")
      return true
    }
    position.entry.access = accessClock
    table.setExpiry(key, at: position, time)
    if engine.effects.isRecording {
      engine.effects.begin(index, 3, "PEXPIREAT")
      engine.effects.argument(key)
      engine.effects.argument(time)
    }
    changed(key, .generic, "expire")
    return true
  }

  /// Takes the key's expiry away. Returns false if it had none, or there is no key.
  package func removeExpiry(_ key: KeyView) -> Bool {
    guard let position = locateForWrite(key) else { return false }
    position.entry.access = accessClock
    guard position.entry.hasExpiry else { return false }
    table.setExpiry(key, at: position, nil)
    if engine.effects.isRecording {
      engine.effects.begin(index, 2, "PERSIST")
      engine.effects.argument(key)
    }
    changed(key, .generic, "persist")
    return true
  }
}
