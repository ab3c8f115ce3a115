internal import TernEngine

/// What kind of value a key holds.
public enum ValueKind: String, Hashable, Sendable, CaseIterable {
  case string, list, set
  case sortedSet = "zset"
  case hash, stream

  init(_ type: ValueType) {
    self =
      switch type {
      case .string: .string
      case .list: .list
      case .set: .set
      case .sortedSet: .sortedSet
      case .hash: .hash
      case .stream: .stream
      }
  }
}

/// A whole value, whatever its kind.
public enum KeyspaceContent: Hashable, Sendable {
  case string(Bytes)
  case list([Bytes])
  /// In no order.
  case set([Bytes])
  /// By score, then by member.
  case sortedSet([Scored])
  /// In no order.
  case hash([Field])
  case stream([Entry])

  public struct Scored: Hashable, Sendable {
    public var member: Bytes
    public var score: Double
    public init(member: Bytes, score: Double) {
      self.member = member
      self.score = score
    }
  }
  public struct Field: Hashable, Sendable {
    public var name: Bytes
    public var value: Bytes
    public init(name: Bytes, value: Bytes) {
      self.name = name
      self.value = value
    }
  }
  public struct Entry: Hashable, Sendable {
    public var id: Bytes
    public var fields: [Field]
    public init(id: Bytes, fields: [Field]) {
      self.id = id
      self.fields = fields
    }
  }

  public var kind: ValueKind {
    switch self {
    case .string: .string
    case .list: .list
    case .set: .set
    case .sortedSet: .sortedSet
    case .hash: .hash
    case .stream: .stream
    }
  }
}

extension KeyspaceReading where Self: ~Copyable {
  /// The whole value at `key`, nil if there is none. O(n) in its elements.
  public func content(of key: some KeyspaceBytes) throws(TernError) -> KeyspaceContent? {
    let key = Bytes(key)
    guard let kind = ValueKind(rawValue: String(try type(key))) else { return nil }
    switch kind {
    case .string:
      guard let value = try command("GET", key).bytes else { return nil }
      return .string(value)
    case .list: return .list(try command("LRANGE", key, 0, -1).asBytesArray())
    case .set: return .set(try command("SMEMBERS", key).asBytesArray())
    case .hash: return .hash(try Self.fields(command("HGETALL", key)))
    case .sortedSet:
      var members: [KeyspaceContent.Scored] = []
      for pair in try command("ZRANGE", key, 0, -1, "WITHSCORES").asArray() {
        members.append(.init(member: try pair[0].asBytes(), score: try pair[1].asDouble()))
      }
      return .sortedSet(members)
    case .stream:
      var entries: [KeyspaceContent.Entry] = []
      for entry in try command("XRANGE", key, "-", "+").asArray() {
        entries.append(.init(id: try entry[0].asBytes(), fields: try Self.fields(entry[1])))
      }
      return .stream(entries)
    }
  }

  private static func fields(_ reply: Reply) throws(TernError) -> [KeyspaceContent.Field] {
    let elements = try reply.asArray()
    var fields: [KeyspaceContent.Field] = []
    for i in stride(from: 0, to: elements.count - 1, by: 2) {
      fields.append(.init(name: try elements[i].asBytes(), value: try elements[i + 1].asBytes()))
    }
    return fields
  }
}

extension Snapshot {
  /// A key that a snapshot holds.
  public struct Item: Sendable {
    public let key: Bytes
    public let kind: ValueKind
    /// Milliseconds since 1970; nil: it lives for ever.
    public let expiresAtUnixMilliseconds: Int64?
    let database: Int
    let snapshot: Snapshot

    /// The whole value. O(n) in its elements.
    public var content: KeyspaceContent? {
      get throws { try snapshot.read(database: database) { try $0.content(of: key) } }
    }
  }

  /// The keys of a database, in no order, each once.
  ///
  /// - Parameter pattern: a glob, as of `KEYS`.
  public func items(database: Int = 0, matching pattern: some KeyspaceBytes = "*") -> Items {
    let pattern = Bytes(pattern)
    return Items(snapshot: self, database: database, pattern: pattern == "*" ? nil : pattern.array)
  }

  /// Walks a snapshot's keys; needs memory for a few hundred keys at a time, and no lock.
  public struct Items: Sequence, Sendable {
    let snapshot: Snapshot
    let database: Int
    let pattern: [UInt8]?

    public func makeIterator() -> Iterator { Iterator(items: self) }

    public struct Iterator: IteratorProtocol {
      private let items: Items
      private var position: UInt64?
      private var batch: [Item] = []

      init(items: Items) {
        self.items = items
        position = items.snapshot.source.databases.indices.contains(items.database) ? 0 : nil
      }

      public mutating func next() -> Item? {
        while batch.isEmpty, let at = position { fill(at) }
        return batch.popLast()
      }

      private mutating func fill(_ at: UInt64) {
        let source = items.snapshot.source
        var found: [Item] = []
        position = source.databases[items.database].visit(at: at) { entry in
          guard !entry.isExpired(at: source.time) else { return }
          if let pattern = items.pattern, !Glob.matches(pattern, entry.keyBytes) { return }
          found.append(
            Item(
              key: Bytes(Array(entry.keyBytes)), kind: ValueKind(entry.type), expiresAtUnixMilliseconds: entry.expiry,
              database: items.database, snapshot: items.snapshot))
        }
        batch = found
      }
    }
  }
}
