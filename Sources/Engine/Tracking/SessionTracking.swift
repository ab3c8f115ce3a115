/// What CLIENT TRACKING has switched on for a connection.
/// Source: https://redis.io/docs/latest/develop/reference/client-side-caching/
struct SessionTracking {
  var isBroadcasting = false
  var isOptIn = false
  var isOptOut = false
  /// No word about the connection's own changes.
  var isNoLoop = false
  /// The connection that gets the messages; 0: this one.
  var redirect: Int64 = 0
  /// The one at `redirect` is gone.
  var isRedirectBroken = false
  /// CLIENT CACHING was given: it turns the rule of OPTIN or OPTOUT round for the next command.
  var isCachingGiven = false
  /// Of BCAST, sorted.
  var prefixes: [[UInt8]] = []

  /// Whether the keys of a command that reads are to be remembered.
  var remembers: Bool { !isBroadcasting && !(isOptIn && !isCachingGiven) && !(isOptOut && isCachingGiven) }
}

/// Which connections may hold which keys in their caches, and which want to hear of whole families of keys.
package struct TrackingTable {
  struct Slot {
    var key: [UInt8]
    /// Ascending; connections that have gone are found out when the key changes.
    var sessions: [Int64]
  }
  struct Prefix {
    var bytes: [UInt8]
    var sessions: [Int64] = []
    /// Keys changed since the last message, with who changed them last (0: nobody who tracks).
    var changed: [[UInt8]: Int64] = [:]
  }
  enum Message {
    case keys([[UInt8]])
    /// All keys: a flush.
    case all
  }

  private(set) var slots: [Slot] = []
  private var places: [[UInt8]: Int] = [:]
  /// In no order.
  var prefixes: [Prefix] = []
  private var prefixPlaces: [[UInt8]: Int] = [:]
  /// Messages for the connection whose command is under way; they follow its reply.
  var pending: [Message] = []
  private(set) var itemCount = 0
  private var keyBytes = 0
  var hasBroadcasts = false

  package var keyCount: Int { slots.count }
  package var items: Int { itemCount }
  package var prefixCount: Int { prefixes.count }
  package var memoryBytes: Int { slots.count * 96 + itemCount * 8 + keyBytes * 2 }

  mutating func remember(_ key: [UInt8], _ session: Int64) {
    if let place = places[key] {
      let index = slots[place].sessions.partitioningIndex { $0 >= session }
      if index < slots[place].sessions.count, slots[place].sessions[index] == session { return }
      slots[place].sessions.insert(session, at: index)
    } else {
      places[key] = slots.count
      slots.append(Slot(key: key, sessions: [session]))
      keyBytes += key.count
    }
    itemCount += 1
  }

  /// Forgets the key, and returns who had it.
  mutating func forget(_ key: [UInt8]) -> [Int64] {
    guard let place = places.removeValue(forKey: key) else { return [] }
    let sessions = slots[place].sessions
    itemCount -= sessions.count
    keyBytes -= key.count
    let last = slots.removeLast()
    if place < slots.count {
      slots[place] = last
      places[last.key] = place
    }
    return sessions
  }

  mutating func forgetAll() {
    slots = []
    places = [:]
    itemCount = 0
    keyBytes = 0
  }

  mutating func add(_ session: Int64, prefix: [UInt8]) {
    if let i = prefixPlaces[prefix] {
      if !prefixes[i].sessions.contains(session) { prefixes[i].sessions.append(session) }
    } else {
      prefixPlaces[prefix] = prefixes.count
      prefixes.append(Prefix(bytes: prefix, sessions: [session]))
    }
  }

  mutating func remove(_ session: Int64, prefix: [UInt8]) {
    guard let i = prefixPlaces[prefix] else { return }
    prefixes[i].sessions.removeAll { $0 == session }
    guard prefixes[i].sessions.isEmpty else { return }
    prefixPlaces[prefix] = nil
    let last = prefixes.removeLast()
    guard i < prefixes.count else { return }
    prefixes[i] = last
    prefixPlaces[last.bytes] = i
  }
}

extension Array {
  /// The first index whose element satisfies `belongsInSecond`, which holds for all behind it.
  func partitioningIndex(_ belongsInSecond: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if belongsInSecond(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
