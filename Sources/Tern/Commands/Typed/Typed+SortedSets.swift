// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

/// Options of `BZMPOP`.
public enum BZMPOP {
  public enum Where: KeyspaceRequestPart, Hashable, Sendable {
    case min
    case max

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .min: request.token("MIN")
      case .max: request.token("MAX")
      }
    }
  }
}

/// Options of `ZADD`.
public enum ZADD {
  public enum Condition: KeyspaceRequestPart, Hashable, Sendable {
    case nx
    case xx

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .nx: request.token("NX")
      case .xx: request.token("XX")
      }
    }
  }

  public enum Comparison: KeyspaceRequestPart, Hashable, Sendable {
    case gt
    case lt

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .gt: request.token("GT")
      case .lt: request.token("LT")
      }
    }
  }

  public struct Data: KeyspaceRequestPart, Hashable, Sendable {
    public var score: Double
    public var member: Bytes
    public init(score: Double, member: some KeyspaceBytes) {
      self.score = score
      self.member = Bytes(member)
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(score)
      request.add(member)
    }
  }
}

/// Options of `ZINTER`.
public enum ZINTER {
  public enum Aggregate: KeyspaceRequestPart, Hashable, Sendable {
    case sum
    case min
    case max

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .sum: request.token("SUM")
      case .min: request.token("MIN")
      case .max: request.token("MAX")
      }
    }
  }
}

/// Options of `ZINTERSTORE`.
public enum ZINTERSTORE {
  public enum Aggregate: KeyspaceRequestPart, Hashable, Sendable {
    case sum
    case min
    case max

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .sum: request.token("SUM")
      case .min: request.token("MIN")
      case .max: request.token("MAX")
      }
    }
  }
}

/// Options of `ZMPOP`.
public enum ZMPOP {
  public enum Where: KeyspaceRequestPart, Hashable, Sendable {
    case min
    case max

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .min: request.token("MIN")
      case .max: request.token("MAX")
      }
    }
  }
}

/// Options of `ZRANDMEMBER`.
public enum ZRANDMEMBER {
  public struct Options: KeyspaceRequestPart, Hashable, Sendable {
    public var count: Int
    public var withscores: Bool
    public init(count: Int, withscores: Bool = false) {
      self.count = count
      self.withscores = withscores
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(count)
      if withscores { request.token("WITHSCORES") }
    }
  }
}

/// Options of `ZRANGE`.
public enum ZRANGE {
  public enum Sortby: KeyspaceRequestPart, Hashable, Sendable {
    case byscore
    case bylex

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .byscore: request.token("BYSCORE")
      case .bylex: request.token("BYLEX")
      }
    }
  }

  public struct OffsetCount: KeyspaceRequestPart, Hashable, Sendable {
    public var offset: Int
    public var count: Int
    public init(offset: Int, count: Int) {
      self.offset = offset
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(offset)
      request.add(count)
    }
  }
}

/// Options of `ZRANGEBYLEX`.
public enum ZRANGEBYLEX {
  public struct OffsetCount: KeyspaceRequestPart, Hashable, Sendable {
    public var offset: Int
    public var count: Int
    public init(offset: Int, count: Int) {
      self.offset = offset
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(offset)
      request.add(count)
    }
  }
}

/// Options of `ZRANGEBYSCORE`.
public enum ZRANGEBYSCORE {
  public struct OffsetCount: KeyspaceRequestPart, Hashable, Sendable {
    public var offset: Int
    public var count: Int
    public init(offset: Int, count: Int) {
      self.offset = offset
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(offset)
      request.add(count)
    }
  }
}

/// Options of `ZRANGESTORE`.
public enum ZRANGESTORE {
  public enum Sortby: KeyspaceRequestPart, Hashable, Sendable {
    case byscore
    case bylex

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .byscore: request.token("BYSCORE")
      case .bylex: request.token("BYLEX")
      }
    }
  }

  public struct OffsetCount: KeyspaceRequestPart, Hashable, Sendable {
    public var offset: Int
    public var count: Int
    public init(offset: Int, count: Int) {
      self.offset = offset
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(offset)
      request.add(count)
    }
  }
}

/// Options of `ZREVRANGEBYLEX`.
public enum ZREVRANGEBYLEX {
  public struct OffsetCount: KeyspaceRequestPart, Hashable, Sendable {
    public var offset: Int
    public var count: Int
    public init(offset: Int, count: Int) {
      self.offset = offset
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(offset)
      request.add(count)
    }
  }
}

/// Options of `ZREVRANGEBYSCORE`.
public enum ZREVRANGEBYSCORE {
  public struct OffsetCount: KeyspaceRequestPart, Hashable, Sendable {
    public var offset: Int
    public var count: Int
    public init(offset: Int, count: Int) {
      self.offset = offset
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(offset)
      request.add(count)
    }
  }
}

/// Options of `ZUNION`.
public enum ZUNION {
  public enum Aggregate: KeyspaceRequestPart, Hashable, Sendable {
    case sum
    case min
    case max

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .sum: request.token("SUM")
      case .min: request.token("MIN")
      case .max: request.token("MAX")
      }
    }
  }
}

/// Options of `ZUNIONSTORE`.
public enum ZUNIONSTORE {
  public enum Aggregate: KeyspaceRequestPart, Hashable, Sendable {
    case sum
    case min
    case max

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .sum: request.token("SUM")
      case .min: request.token("MIN")
      case .max: request.token("MAX")
      }
    }
  }
}

extension KeyspaceReading where Self: ~Copyable {
  /// Counts the members of a sorted set.
  ///
  /// `ZCARD`, since Redis 1.2.0. Complexity: O(1).
  public func zcard(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZCARD")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Counts the members with a score in a range.
  ///
  /// `ZCOUNT`, since Redis 2.0.0. Complexity: O(log N) in the members.
  public func zcount(_ key: some KeyspaceBytes, min: Double, max: Double) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZCOUNT")
    request.add(key)
    request.add(min)
    request.add(max)
    return try execute(request).asInteger()
  }

  /// Returns the members of the first sorted set that no other has.
  ///
  /// `ZDIFF`, since Redis 6.2.0. Complexity: O(L + (N-K) log N): L members in all, N in the first set, K in the result.
  public func zdiff(keys: [some KeyspaceBytes], withscores: Bool = false) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZDIFF")
    request.add(keys.count)
    request.add(keys)
    if withscores { request.token("WITHSCORES") }
    return try execute(request)
  }

  /// Returns the members that all sorted sets have.
  ///
  /// `ZINTER`, since Redis 6.2.0. Complexity: O(N*K + M log M): N members of the smallest set, K sets, M in the result.
  public func zinter(keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZINTER.Aggregate? = nil, withscores: Bool = false)
    throws(TernError) -> Reply
  {
    var request = KeyspaceRequest("ZINTER")
    request.add(keys.count)
    request.add(keys)
    if !weights.isEmpty {
      request.token("WEIGHTS")
      request.add(weights)
    }
    if let aggregate {
      request.token("AGGREGATE")
      request.add(aggregate)
    }
    if withscores { request.token("WITHSCORES") }
    return try execute(request)
  }

  /// Counts the members that all sorted sets have.
  ///
  /// `ZINTERCARD`, since Redis 7.0.0. Complexity: O(N*K): N members of the smallest set, K sets.
  public func zintercard(keys: [some KeyspaceBytes], limit: Int? = nil) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZINTERCARD")
    request.add(keys.count)
    request.add(keys)
    if let limit {
      request.token("LIMIT")
      request.add(limit)
    }
    return try execute(request).asInteger()
  }

  /// Counts the members in a range of names.
  ///
  /// `ZLEXCOUNT`, since Redis 2.8.9. Complexity: O(log N) in the members.
  public func zlexcount(_ key: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZLEXCOUNT")
    request.add(key)
    request.add(min)
    request.add(max)
    return try execute(request).asInteger()
  }

  /// Returns the scores of several members.
  ///
  /// `ZMSCORE`, since Redis 6.2.0. Complexity: O(N) in the members given.
  public func zmscore(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) throws(TernError) -> [Double?] {
    var request = KeyspaceRequest("ZMSCORE")
    request.add(key)
    request.add(members)
    return try execute(request).asOptionalDoubleArray()
  }

  /// Returns members of a sorted set by chance.
  ///
  /// `ZRANDMEMBER`, since Redis 6.2.0. Complexity: O(N) in the members returned.
  public func zrandmember(_ key: some KeyspaceBytes, options: ZRANDMEMBER.Options? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZRANDMEMBER")
    request.add(key)
    if let options { request.add(options) }
    return try execute(request)
  }

  /// Returns the members in a range of ranks, scores or names.
  ///
  /// `ZRANGE`, since Redis 1.2.0. Complexity: O(log N + M): N members in the set, M returned.
  public func zrange(
    _ key: some KeyspaceBytes, start: some KeyspaceBytes, stop: some KeyspaceBytes, sortby: ZRANGE.Sortby? = nil, rev: Bool = false,
    offsetCount: ZRANGE.OffsetCount? = nil, withscores: Bool = false
  ) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZRANGE")
    request.add(key)
    request.add(start)
    request.add(stop)
    if let sortby { request.add(sortby) }
    if rev { request.token("REV") }
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    if withscores { request.token("WITHSCORES") }
    return try execute(request)
  }

  /// Returns the members in a range of names.
  ///
  /// `ZRANGEBYLEX`, since Redis 2.8.9. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `BYLEX`.
  public func zrangebylex(
    _ key: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes, offsetCount: ZRANGEBYLEX.OffsetCount? = nil
  ) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("ZRANGEBYLEX")
    request.add(key)
    request.add(min)
    request.add(max)
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    return try execute(request).asBytesArray()
  }

  /// Returns the members with a score in a range.
  ///
  /// `ZRANGEBYSCORE`, since Redis 1.0.5. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `BYSCORE`.
  public func zrangebyscore(
    _ key: some KeyspaceBytes, min: Double, max: Double, withscores: Bool = false, offsetCount: ZRANGEBYSCORE.OffsetCount? = nil
  ) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZRANGEBYSCORE")
    request.add(key)
    request.add(min)
    request.add(max)
    if withscores { request.token("WITHSCORES") }
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    return try execute(request)
  }

  /// Returns the rank of a member, counted from the lowest score.
  ///
  /// `ZRANK`, since Redis 2.0.0. Complexity: O(log N) in the members.
  public func zrank(_ key: some KeyspaceBytes, member: some KeyspaceBytes, withscore: Bool = false) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZRANK")
    request.add(key)
    request.add(member)
    if withscore { request.token("WITHSCORE") }
    return try execute(request)
  }

  /// Returns the members in a range of ranks, from the highest score down.
  ///
  /// `ZREVRANGE`, since Redis 1.2.0. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `REV`.
  public func zrevrange(_ key: some KeyspaceBytes, start: Int, stop: Int, withscores: Bool = false) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZREVRANGE")
    request.add(key)
    request.add(start)
    request.add(stop)
    if withscores { request.token("WITHSCORES") }
    return try execute(request)
  }

  /// Returns the members in a range of names, backwards.
  ///
  /// `ZREVRANGEBYLEX`, since Redis 2.8.9. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `REV` and `BYLEX`.
  public func zrevrangebylex(
    _ key: some KeyspaceBytes, max: some KeyspaceBytes, min: some KeyspaceBytes, offsetCount: ZREVRANGEBYLEX.OffsetCount? = nil
  ) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("ZREVRANGEBYLEX")
    request.add(key)
    request.add(max)
    request.add(min)
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    return try execute(request).asBytesArray()
  }

  /// Returns the members with a score in a range, from the highest down.
  ///
  /// `ZREVRANGEBYSCORE`, since Redis 2.2.0. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `REV` and `BYSCORE`.
  public func zrevrangebyscore(
    _ key: some KeyspaceBytes, max: Double, min: Double, withscores: Bool = false, offsetCount: ZREVRANGEBYSCORE.OffsetCount? = nil
  ) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZREVRANGEBYSCORE")
    request.add(key)
    request.add(max)
    request.add(min)
    if withscores { request.token("WITHSCORES") }
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    return try execute(request)
  }

  /// Returns the rank of a member, counted from the highest score.
  ///
  /// `ZREVRANK`, since Redis 2.0.0. Complexity: O(log N) in the members.
  public func zrevrank(_ key: some KeyspaceBytes, member: some KeyspaceBytes, withscore: Bool = false) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZREVRANK")
    request.add(key)
    request.add(member)
    if withscore { request.token("WITHSCORE") }
    return try execute(request)
  }

  /// Walks over the members of a sorted set in steps.
  ///
  /// `ZSCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all members.
  public func zscan(_ key: some KeyspaceBytes, cursor: Int, pattern: Bytes? = nil, count: Int? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZSCAN")
    request.add(key)
    request.add(cursor)
    if let pattern {
      request.token("MATCH")
      request.add(pattern)
    }
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return try execute(request)
  }

  /// Returns the score of a member.
  ///
  /// `ZSCORE`, since Redis 1.2.0. Complexity: O(1).
  public func zscore(_ key: some KeyspaceBytes, member: some KeyspaceBytes) throws(TernError) -> Double? {
    var request = KeyspaceRequest("ZSCORE")
    request.add(key)
    request.add(member)
    return try execute(request).asOptionalDouble()
  }

  /// Returns the members that any of the sorted sets has.
  ///
  /// `ZUNION`, since Redis 6.2.0. Complexity: O(N + M log M): N members in all sets, M in the result.
  public func zunion(keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZUNION.Aggregate? = nil, withscores: Bool = false)
    throws(TernError) -> Reply
  {
    var request = KeyspaceRequest("ZUNION")
    request.add(keys.count)
    request.add(keys)
    if !weights.isEmpty {
      request.token("WEIGHTS")
      request.add(weights)
    }
    if let aggregate {
      request.token("AGGREGATE")
      request.add(aggregate)
    }
    if withscores { request.token("WITHSCORES") }
    return try execute(request)
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Adds members to a sorted set, or changes their scores.
  ///
  /// `ZADD`, since Redis 1.2.0. Complexity: O(log N) a member.
  @discardableResult
  public func zadd(
    _ key: some KeyspaceBytes, condition: ZADD.Condition? = nil, comparison: ZADD.Comparison? = nil, change: Bool = false,
    increment: Bool = false, data: [ZADD.Data]
  ) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZADD")
    request.add(key)
    if let condition { request.add(condition) }
    if let comparison { request.add(comparison) }
    if change { request.token("CH") }
    if increment { request.token("INCR") }
    request.add(data)
    return try execute(request)
  }

  /// Keeps the members of the first sorted set that no other has.
  ///
  /// `ZDIFFSTORE`, since Redis 6.2.0. Complexity: O(L + (N-K) log N): L members in all, N in the first set, K in the result.
  @discardableResult
  public func zdiffstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZDIFFSTORE")
    request.add(destination)
    request.add(keys.count)
    request.add(keys)
    return try execute(request).asInteger()
  }

  /// Adds to the score of a member.
  ///
  /// `ZINCRBY`, since Redis 1.2.0. Complexity: O(log N) in the members.
  @discardableResult
  public func zincrby(_ key: some KeyspaceBytes, increment: Double, member: some KeyspaceBytes) throws(TernError) -> Double {
    var request = KeyspaceRequest("ZINCRBY")
    request.add(key)
    request.add(increment)
    request.add(member)
    return try execute(request).asDouble()
  }

  /// Keeps the members that all sorted sets have.
  ///
  /// `ZINTERSTORE`, since Redis 2.0.0. Complexity: O(N*K + M log M): N members of the smallest set, K sets, M in the result.
  @discardableResult
  public func zinterstore(
    destination: some KeyspaceBytes, keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZINTERSTORE.Aggregate? = nil
  ) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZINTERSTORE")
    request.add(destination)
    request.add(keys.count)
    request.add(keys)
    if !weights.isEmpty {
      request.token("WEIGHTS")
      request.add(weights)
    }
    if let aggregate {
      request.token("AGGREGATE")
      request.add(aggregate)
    }
    return try execute(request).asInteger()
  }

  /// Takes members from the first sorted set that has any.
  ///
  /// `ZMPOP`, since Redis 7.0.0. Complexity: O(K + M log N): K keys, M members returned, N in the set.
  @discardableResult
  public func zmpop(keys: [some KeyspaceBytes], `where`: ZMPOP.Where, count: Int? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZMPOP")
    request.add(keys.count)
    request.add(keys)
    request.add(`where`)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return try execute(request)
  }

  /// Takes the members of the highest scores.
  ///
  /// `ZPOPMAX`, since Redis 5.0.0. Complexity: O(M log N): M members returned, N in the set.
  @discardableResult
  public func zpopmax(_ key: some KeyspaceBytes, count: Int? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZPOPMAX")
    request.add(key)
    if let count { request.add(count) }
    return try execute(request)
  }

  /// Takes the members of the lowest scores.
  ///
  /// `ZPOPMIN`, since Redis 5.0.0. Complexity: O(M log N): M members returned, N in the set.
  @discardableResult
  public func zpopmin(_ key: some KeyspaceBytes, count: Int? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("ZPOPMIN")
    request.add(key)
    if let count { request.add(count) }
    return try execute(request)
  }

  /// Keeps the members in a range of ranks, scores or names.
  ///
  /// `ZRANGESTORE`, since Redis 6.2.0. Complexity: O(log N + M): N members in the set, M kept.
  @discardableResult
  public func zrangestore(
    dst: some KeyspaceBytes, src: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes, sortby: ZRANGESTORE.Sortby? = nil,
    rev: Bool = false, offsetCount: ZRANGESTORE.OffsetCount? = nil
  ) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZRANGESTORE")
    request.add(dst)
    request.add(src)
    request.add(min)
    request.add(max)
    if let sortby { request.add(sortby) }
    if rev { request.token("REV") }
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    return try execute(request).asInteger()
  }

  /// Removes members of a sorted set.
  ///
  /// `ZREM`, since Redis 1.2.0. Complexity: O(M log N): M members given, N in the set.
  @discardableResult
  public func zrem(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZREM")
    request.add(key)
    request.add(members)
    return try execute(request).asInteger()
  }

  /// Removes the members in a range of names.
  ///
  /// `ZREMRANGEBYLEX`, since Redis 2.8.9. Complexity: O(log N + M): N members in the set, M removed.
  @discardableResult
  public func zremrangebylex(_ key: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZREMRANGEBYLEX")
    request.add(key)
    request.add(min)
    request.add(max)
    return try execute(request).asInteger()
  }

  /// Removes the members in a range of ranks.
  ///
  /// `ZREMRANGEBYRANK`, since Redis 2.0.0. Complexity: O(log N + M): N members in the set, M removed.
  @discardableResult
  public func zremrangebyrank(_ key: some KeyspaceBytes, start: Int, stop: Int) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZREMRANGEBYRANK")
    request.add(key)
    request.add(start)
    request.add(stop)
    return try execute(request).asInteger()
  }

  /// Removes the members with a score in a range.
  ///
  /// `ZREMRANGEBYSCORE`, since Redis 1.2.0. Complexity: O(log N + M): N members in the set, M removed.
  @discardableResult
  public func zremrangebyscore(_ key: some KeyspaceBytes, min: Double, max: Double) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZREMRANGEBYSCORE")
    request.add(key)
    request.add(min)
    request.add(max)
    return try execute(request).asInteger()
  }

  /// Keeps the members that any of the sorted sets has.
  ///
  /// `ZUNIONSTORE`, since Redis 2.0.0. Complexity: O(N + M log M): N members in all sets, M in the result.
  @discardableResult
  public func zunionstore(
    destination: some KeyspaceBytes, keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZUNIONSTORE.Aggregate? = nil
  ) throws(TernError) -> Int {
    var request = KeyspaceRequest("ZUNIONSTORE")
    request.add(destination)
    request.add(keys.count)
    request.add(keys)
    if !weights.isEmpty {
      request.token("WEIGHTS")
      request.add(weights)
    }
    if let aggregate {
      request.token("AGGREGATE")
      request.add(aggregate)
    }
    return try execute(request).asInteger()
  }
}

extension Node {
  /// Takes members from the first sorted set that has any, and waits if none has.
  ///
  /// `BZMPOP`, since Redis 7.0.0. Complexity: O(K + M log N): K keys, M members returned, N in the set.
  @discardableResult
  public func bzmpop(timeout: Double, keys: [some KeyspaceBytes], `where`: BZMPOP.Where, count: Int? = nil) async throws -> Reply {
    var request = KeyspaceRequest("BZMPOP")
    request.add(timeout)
    request.add(keys.count)
    request.add(keys)
    request.add(`where`)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return try await executeWaiting(request)
  }

  /// Takes the member of the highest score from the first sorted set that has any, and waits if none has.
  ///
  /// `BZPOPMAX`, since Redis 5.0.0. Complexity: O(log N) in the members.
  @discardableResult
  public func bzpopmax(keys: [some KeyspaceBytes], timeout: Double) async throws -> Reply {
    var request = KeyspaceRequest("BZPOPMAX")
    request.add(keys)
    request.add(timeout)
    return try await executeWaiting(request)
  }

  /// Takes the member of the lowest score from the first sorted set that has any, and waits if none has.
  ///
  /// `BZPOPMIN`, since Redis 5.0.0. Complexity: O(log N) in the members.
  @discardableResult
  public func bzpopmin(keys: [some KeyspaceBytes], timeout: Double) async throws -> Reply {
    var request = KeyspaceRequest("BZPOPMIN")
    request.add(keys)
    request.add(timeout)
    return try await executeWaiting(request)
  }
}
