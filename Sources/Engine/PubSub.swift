/// Channels, patterns, and who listens.
package struct PubSub {
  static let allowedWhileSubscribed: Set<String> = [
    "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe", "ping", "quit", "reset",
  ]

  /// Subscribers in the order in which they came.
  private var channels: [[UInt8]: [Session]] = [:]
  private var shardChannels: [[UInt8]: [Session]] = [:]
  /// In the order in which their first subscribers came, which is the order of delivery.
  private var patterns = SubscribedPatterns()

  package var channelCount: Int { channels.count }
  package var shardChannelCount: Int { shardChannels.count }
  package var patternCount: Int { patterns.count }
  package var channelNames: [[UInt8]] { channels.keys.sorted { $0.lexicographicallyPrecedes($1) } }
  package var shardChannelNames: [[UInt8]] { shardChannels.keys.sorted { $0.lexicographicallyPrecedes($1) } }
  package func subscriberCount(_ channel: [UInt8]) -> Int { channels[channel]?.count ?? 0 }
  package func shardSubscriberCount(_ channel: [UInt8]) -> Int { shardChannels[channel]?.count ?? 0 }

  /// False if it was subscribed already.
  @discardableResult
  mutating func subscribe(_ session: Session, _ kind: SubscriptionKind, _ name: [UInt8]) -> Bool {
    guard session.subscriptions[kind].insert(name) else { return false }
    switch kind {
    case .channel: channels[name, default: []].append(session)
    case .shard: shardChannels[name, default: []].append(session)
    case .pattern: patterns.add(session, name)
    }
    return true
  }

  @discardableResult
  mutating func unsubscribe(_ session: Session, _ kind: SubscriptionKind, _ name: [UInt8]) -> Bool {
    guard session.subscriptions[kind].remove(name) else { return false }
    switch kind {
    case .channel: PubSub.remove(session, name, from: &channels)
    case .shard: PubSub.remove(session, name, from: &shardChannels)
    case .pattern: patterns.remove(session, name)
    }
    return true
  }

  private static func remove(_ session: Session, _ name: [UInt8], from channels: inout [[UInt8]: [Session]]) {
    channels[name]?.removeAll { $0 === session }
    if channels[name]?.isEmpty == true { channels[name] = nil }
  }

  mutating func removeAll(of session: Session) {
    for kind in SubscriptionKind.allCases {
      for name in session.subscriptions[kind].items { unsubscribe(session, kind, name) }
    }
  }

  /// Hands the message to all subscribers' buffers, each of which `receive` is told of. Returns the number of deliveries.
  func deliver(
    _ message: UnsafeRawBufferPointer, to channel: UnsafeRawBufferPointer, sharded: Bool = false, _ receive: (Session) -> Void
  ) -> Int {
    var count = 0
    if let sessions = (sharded ? shardChannels : channels)[Array(channel)] {
      var copies = EncodedPush { reply in
        reply.push(3)
        reply.bulk(sharded ? "smessage" : "message")
        reply.bulk(channel)
        reply.bulk(message)
      }
      defer { copies.destroy() }
      for session in sessions {
        copies.write(to: session)
        receive(session)
      }
      count += sessions.count
    }
    if sharded { return count }
    for (pattern, sessions) in patterns.entries where !sessions.isEmpty && Glob.matches(pattern, channel) {
      var copies = EncodedPush { reply in
        reply.push(4)
        reply.bulk("pmessage")
        reply.bulk(pattern)
        reply.bulk(channel)
        reply.bulk(message)
      }
      defer { copies.destroy() }
      for session in sessions {
        copies.write(to: session)
        receive(session)
      }
      count += sessions.count
    }
    return count
  }
}

extension PubSub {
  /// How many deliveries a message to the channel would be.
  func receiverCount(_ channel: UnsafeRawBufferPointer, sharded: Bool) -> Int {
    let direct = (sharded ? shardChannels : channels)[Array(channel)]?.count ?? 0
    if sharded { return direct }
    return patterns.entries.reduce(direct) { count, entry in
      entry.sessions.isEmpty || !Glob.matches(entry.pattern, channel) ? count : count + entry.sessions.count
    }
  }
}

/// Patterns in order. Constant time for each change: a client may subscribe to very many, and leave.
private struct SubscribedPatterns {
  /// Those without sessions are holes, at most as many as the others.
  private(set) var entries: [(pattern: [UInt8], sessions: [Session])] = []
  private var places: [[UInt8]: Int] = [:]
  var count: Int { places.count }

  mutating func add(_ session: Session, _ pattern: [UInt8]) {
    if let place = places[pattern] { return entries[place].sessions.append(session) }
    places[pattern] = entries.count
    entries.append((pattern, [session]))
  }

  mutating func remove(_ session: Session, _ pattern: [UInt8]) {
    guard let place = places[pattern] else { return }
    entries[place].sessions.removeAll { $0 === session }
    guard entries[place].sessions.isEmpty else { return }
    entries[place].pattern = []
    places[pattern] = nil
    guard places.count * 2 < entries.count else { return }
    entries.removeAll { $0.sessions.isEmpty }
    for (place, entry) in entries.enumerated() { places[entry.pattern] = place }
  }
}

package enum SubscriptionKind: CaseIterable, Sendable {
  case channel, pattern, shard
}

/// A message in the bytes of both protocols, each written once however many get it.
private struct EncodedPush {
  private let encode: (ReplyBuffer) -> Void
  private var encoded: (resp2: ReplyBuffer?, resp3: ReplyBuffer?) = (nil, nil)

  init(_ encode: @escaping (ReplyBuffer) -> Void) { self.encode = encode }

  mutating func write(to session: Session) {
    let isRESP3 = session.reply.isRESP3
    let buffer: ReplyBuffer
    if let known = isRESP3 ? encoded.resp3 : encoded.resp2 {
      buffer = known
    } else {
      buffer = ReplyBuffer()
      buffer.isRESP3 = isRESP3
      encode(buffer)
      if isRESP3 { encoded.resp3 = buffer } else { encoded.resp2 = buffer }
    }
    session.reply.unmuted { session.reply.raw(buffer.bytes) }
  }

  func destroy() {
    encoded.resp2?.destroy()
    encoded.resp3?.destroy()
  }
}

/// What one session listens to, in the order of subscription.
package struct Subscriptions {
  /// Constant time for each change: a client may subscribe to very many channels, and leave.
  package struct List {
    private var order: [[UInt8]: Int] = [:]
    private var next = 0
    /// Of the names.
    package private(set) var bytes = 0
    package var items: [[UInt8]] { order.sorted { $0.value < $1.value }.map(\.key) }
    package var count: Int { order.count }
    package func contains(_ item: [UInt8]) -> Bool { order[item] != nil }
    mutating func insert(_ item: [UInt8]) -> Bool {
      guard order[item] == nil else { return false }
      order[item] = next
      next += 1
      bytes += item.count
      return true
    }
    mutating func remove(_ item: [UInt8]) -> Bool {
      guard order.removeValue(forKey: item) != nil else { return false }
      bytes -= item.count
      return true
    }
  }
  package var channels = List()
  package var patterns = List()
  package var shards = List()
  /// What the replies of SUBSCRIBE and its like count: shard channels are counted apart.
  package var count: Int { channels.count + patterns.count }
  package var isEmpty: Bool { count + shards.count == 0 }

  subscript(_ kind: SubscriptionKind) -> List {
    get {
      switch kind {
      case .channel: channels
      case .pattern: patterns
      case .shard: shards
      }
    }
    _modify {
      switch kind {
      case .channel: yield &channels
      case .pattern: yield &patterns
      case .shard: yield &shards
      }
    }
  }
}

extension Engine {
  /// Publishes to this node's subscribers. Returns how many got it.
  @discardableResult
  package func publish(_ message: UnsafeRawBufferPointer, to channel: UnsafeRawBufferPointer, sharded: Bool = false) -> Int {
    if hot.pointee.keepsNotices {
      keep(.message(Array(message), channel: Array(channel), sharded: sharded))
      return pubsub.receiverCount(channel, sharded: sharded)
    }
    return pubsub.deliver(message, to: channel, sharded: sharded) { touch($0) }
  }

  package func publish(_ message: [UInt8], to channel: [UInt8]) {
    message.withUnsafeBytes { message in channel.withUnsafeBytes { _ = publish(message, to: $0) } }
  }

  /// With subscriptions, a RESP2 client is in a mode of its own, which allows few commands.
  func updateSubscribedGate(_ session: Session) {
    if session.subscriptions.isEmpty || session.reply.isRESP3 {
      session.gates.remove(.subscribed)
    } else {
      session.gates.insert(.subscribed)
    }
  }

  /// A key has changed, and somebody wants to know: in Redis's order, watches and caches first.
  @inline(never)
  func tellObservers(_ kind: KeyEventKind, _ event: StaticString, _ key: KeyView, in database: Int) {
    if hot.pointee.keepsNotices { return keep(.change(kind, event, key: key.copy, database: database)) }
    if hot.pointee.watchers > 0 { breakWatches(of: key, in: database) }
    if hot.pointee.trackers > 0 { invalidate(key.buffer) }
    if hot.pointee.keyWaits > 0 { noteChange(key, kind, in: database) }
    if hot.pointee.notifies { notify(kind, event, key, in: database) }
  }

  /// Keyspace notifications: nothing is sent until notify-keyspace-events asks for it.
  @inline(never)
  func notify(_ kind: KeyEventKind, _ event: StaticString, _ key: KeyView, in database: Int) {
    if hot.pointee.keepsNotices { return keep(.event(kind, event, key: key.copy, database: database)) }
    guard let classes = settings.notifications, classes.includes(kind) else { return }
    let name = Array(UnsafeBufferPointer(start: event.utf8Start, count: event.utf8CodeUnitCount))
    if classes.keyspace { publish(name, to: Array("__keyspace@\(database)__:".utf8) + key.copy) }
    if classes.keyevent { publish(key.copy, to: Array("__keyevent@\(database)__:".utf8) + name) }
  }
}

/// Which keyspace events are published, and on which kind of channel.
package struct KeyspaceNotifications: Sendable, Equatable {
  package var keyspace = false
  package var keyevent = false
  private var kinds: UInt32 = 0
  package init() {}
  func includes(_ kind: KeyEventKind) -> Bool { kinds >> UInt32(kind.rawValue) & 1 != 0 }
  package mutating func insert(_ kind: KeyEventKind) { kinds |= 1 << UInt32(kind.rawValue) }
}
