/// Channels, patterns, and who listens.
package struct PubSub {
  static let allowedWhileSubscribed: Set<String> = [
    "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe", "ping", "quit", "reset",
  ]

  /// Subscribers in the order in which they came.
  private var channels: [[UInt8]: [Session]] = [:]
  private var patterns: [(pattern: [UInt8], session: Session)] = []

  package var channelCount: Int { channels.count }
  package var patternCount: Int { Set(patterns.map(\.pattern)).count }
  package var channelNames: [[UInt8]] { channels.keys.sorted { $0.lexicographicallyPrecedes($1) } }
  package func subscriberCount(_ channel: [UInt8]) -> Int { channels[channel]?.count ?? 0 }

  /// False if it was subscribed already.
  mutating func subscribe(_ session: Session, to channel: [UInt8]) -> Bool {
    guard session.subscriptions.channels.insert(channel) else { return false }
    channels[channel, default: []].append(session)
    return true
  }

  mutating func unsubscribe(_ session: Session, from channel: [UInt8]) -> Bool {
    guard session.subscriptions.channels.remove(channel) else { return false }
    channels[channel]?.removeAll { $0 === session }
    if channels[channel]?.isEmpty == true { channels[channel] = nil }
    return true
  }

  mutating func subscribe(_ session: Session, toPattern pattern: [UInt8]) -> Bool {
    guard session.subscriptions.patterns.insert(pattern) else { return false }
    patterns.append((pattern, session))
    return true
  }

  mutating func unsubscribe(_ session: Session, fromPattern pattern: [UInt8]) -> Bool {
    guard session.subscriptions.patterns.remove(pattern) else { return false }
    patterns.removeAll { $0.session === session && $0.pattern == pattern }
    return true
  }

  mutating func removeAll(of session: Session) {
    for channel in session.subscriptions.channels.items { _ = unsubscribe(session, from: channel) }
    for pattern in session.subscriptions.patterns.items { _ = unsubscribe(session, fromPattern: pattern) }
  }

  /// Hands the message to all subscribers' buffers, and returns who they are, one for each delivery.
  func deliver(_ message: UnsafeRawBufferPointer, to channel: UnsafeRawBufferPointer) -> [Session] {
    var receivers: [Session] = []
    if let sessions = channels[Array(channel)] {
      for session in sessions {
        let reply = session.reply
        reply.unmuted {
          reply.push(3)
          reply.bulk("message")
          reply.bulk(channel)
          reply.bulk(message)
        }
        receivers.append(session)
      }
    }
    for (pattern, session) in patterns where Glob.matches(pattern, channel) {
      let reply = session.reply
      reply.unmuted {
        reply.push(4)
        reply.bulk("pmessage")
        reply.bulk(pattern)
        reply.bulk(channel)
        reply.bulk(message)
      }
      receivers.append(session)
    }
    return receivers
  }
}

/// What one session listens to, in the order of subscription.
package struct Subscriptions {
  package struct List {
    package private(set) var items: [[UInt8]] = []
    private var index: Set<[UInt8]> = []
    package var count: Int { items.count }
    mutating func insert(_ item: [UInt8]) -> Bool {
      guard index.insert(item).inserted else { return false }
      items.append(item)
      return true
    }
    mutating func remove(_ item: [UInt8]) -> Bool {
      guard index.remove(item) != nil else { return false }
      items.removeAll { $0 == item }
      return true
    }
  }
  package var channels = List()
  package var patterns = List()
  package var count: Int { channels.count + patterns.count }
}

extension Engine {
  /// Publishes to this node's subscribers. Returns how many got it.
  @discardableResult
  package func publish(_ message: UnsafeRawBufferPointer, to channel: UnsafeRawBufferPointer) -> Int {
    let receivers = pubsub.deliver(message, to: channel)
    for session in receivers { touch(session) }
    return receivers.count
  }

  package func publish(_ message: [UInt8], to channel: [UInt8]) {
    message.withUnsafeBytes { message in channel.withUnsafeBytes { _ = publish(message, to: $0) } }
  }

  /// Keyspace notifications: nothing is sent until notify-keyspace-events asks for it.
  @inline(never)
  func notify(_ kind: KeyEventKind, _ event: StaticString, _ key: KeyView, in database: Int) {
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
  package var kinds: Set<UInt8> = []
  package init() {}
  func includes(_ kind: KeyEventKind) -> Bool { kinds.contains(kind.rawValue) }
  package mutating func insert(_ kind: KeyEventKind) { kinds.insert(kind.rawValue) }
}
