// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceCommand where Value == Double {
  /// Adds to the score of a member.
  ///
  /// `ZINCRBY`, since Redis 1.2.0. Complexity: O(log N) in the members.
  public static func zincrby(_ key: some KeyspaceBytes, increment: Double, member: some KeyspaceBytes) -> KeyspaceCommand<Double> {
    var request = KeyspaceRequest("ZINCRBY")
    request.add(key)
    request.add(increment)
    request.add(member)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asDouble() }
  }
}

extension KeyspaceCommand where Value == Double? {
  /// Returns the score of a member.
  ///
  /// `ZSCORE`, since Redis 1.2.0. Complexity: O(1).
  public static func zscore(_ key: some KeyspaceBytes, member: some KeyspaceBytes) -> KeyspaceCommand<Double?> {
    var request = KeyspaceRequest("ZSCORE")
    request.add(key)
    request.add(member)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalDouble() }
  }
}

extension KeyspaceCommand where Value == Int {
  /// Counts the members of a sorted set.
  ///
  /// `ZCARD`, since Redis 1.2.0. Complexity: O(1).
  public static func zcard(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("ZCARD")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts the members with a score in a range.
  ///
  /// `ZCOUNT`, since Redis 2.0.0. Complexity: O(log N) in the members.
  public static func zcount(_ key: some KeyspaceBytes, min: Double, max: Double) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("ZCOUNT")
    request.add(key)
    request.add(min)
    request.add(max)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Keeps the members of the first sorted set that no other has.
  ///
  /// `ZDIFFSTORE`, since Redis 6.2.0. Complexity: O(L + (N-K) log N): L members in all, N in the first set, K in the result.
  public static func zdiffstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("ZDIFFSTORE")
    request.add(destination)
    request.add(keys.count)
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts the members that all sorted sets have.
  ///
  /// `ZINTERCARD`, since Redis 7.0.0. Complexity: O(N*K): N members of the smallest set, K sets.
  public static func zintercard(keys: [some KeyspaceBytes], limit: Int? = nil) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("ZINTERCARD")
    request.add(keys.count)
    request.add(keys)
    if let limit {
      request.token("LIMIT")
      request.add(limit)
    }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Keeps the members that all sorted sets have.
  ///
  /// `ZINTERSTORE`, since Redis 2.0.0. Complexity: O(N*K + M log M): N members of the smallest set, K sets, M in the result.
  public static func zinterstore(
    destination: some KeyspaceBytes, keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZINTERSTORE.Aggregate? = nil
  ) -> KeyspaceCommand<Int> {
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
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts the members in a range of names.
  ///
  /// `ZLEXCOUNT`, since Redis 2.8.9. Complexity: O(log N) in the members.
  public static func zlexcount(_ key: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("ZLEXCOUNT")
    request.add(key)
    request.add(min)
    request.add(max)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Keeps the members in a range of ranks, scores or names.
  ///
  /// `ZRANGESTORE`, since Redis 6.2.0. Complexity: O(log N + M): N members in the set, M kept.
  public static func zrangestore(
    dst: some KeyspaceBytes, src: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes, sortby: ZRANGESTORE.Sortby? = nil,
    rev: Bool = false, offsetCount: ZRANGESTORE.OffsetCount? = nil
  ) -> KeyspaceCommand<Int> {
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
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes members of a sorted set.
  ///
  /// `ZREM`, since Redis 1.2.0. Complexity: O(M log N): M members given, N in the set.
  public static func zrem(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("ZREM")
    request.add(key)
    request.add(members)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes the members in a range of names.
  ///
  /// `ZREMRANGEBYLEX`, since Redis 2.8.9. Complexity: O(log N + M): N members in the set, M removed.
  public static func zremrangebylex(_ key: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("ZREMRANGEBYLEX")
    request.add(key)
    request.add(min)
    request.add(max)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes the members in a range of ranks.
  ///
  /// `ZREMRANGEBYRANK`, since Redis 2.0.0. Complexity: O(log N + M): N members in the set, M removed.
  public static func zremrangebyrank(_ key: some KeyspaceBytes, start: Int, stop: Int) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("ZREMRANGEBYRANK")
    request.add(key)
    request.add(start)
    request.add(stop)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes the members with a score in a range.
  ///
  /// `ZREMRANGEBYSCORE`, since Redis 1.2.0. Complexity: O(log N + M): N members in the set, M removed.
  public static func zremrangebyscore(_ key: some KeyspaceBytes, min: Double, max: Double) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("ZREMRANGEBYSCORE")
    request.add(key)
    request.add(min)
    request.add(max)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Keeps the members that any of the sorted sets has.
  ///
  /// `ZUNIONSTORE`, since Redis 2.0.0. Complexity: O(N + M log M): N members in all sets, M in the result.
  public static func zunionstore(
    destination: some KeyspaceBytes, keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZUNIONSTORE.Aggregate? = nil
  ) -> KeyspaceCommand<Int> {
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
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Adds members to a sorted set, or changes their scores.
  ///
  /// `ZADD`, since Redis 1.2.0. Complexity: O(log N) a member.
  public static func zadd(
    _ key: some KeyspaceBytes, condition: ZADD.Condition? = nil, comparison: ZADD.Comparison? = nil, change: Bool = false,
    increment: Bool = false, data: [ZADD.Data]
  ) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZADD")
    request.add(key)
    if let condition { request.add(condition) }
    if let comparison { request.add(comparison) }
    if change { request.token("CH") }
    if increment { request.token("INCR") }
    request.add(data)
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the members of the first sorted set that no other has.
  ///
  /// `ZDIFF`, since Redis 6.2.0. Complexity: O(L + (N-K) log N): L members in all, N in the first set, K in the result.
  public static func zdiff(keys: [some KeyspaceBytes], withscores: Bool = false) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZDIFF")
    request.add(keys.count)
    request.add(keys)
    if withscores { request.token("WITHSCORES") }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the members that all sorted sets have.
  ///
  /// `ZINTER`, since Redis 6.2.0. Complexity: O(N*K + M log M): N members of the smallest set, K sets, M in the result.
  public static func zinter(keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZINTER.Aggregate? = nil, withscores: Bool = false)
    -> KeyspaceCommand<Reply>
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
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Takes members from the first sorted set that has any.
  ///
  /// `ZMPOP`, since Redis 7.0.0. Complexity: O(K + M log N): K keys, M members returned, N in the set.
  public static func zmpop(keys: [some KeyspaceBytes], `where`: ZMPOP.Where, count: Int? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZMPOP")
    request.add(keys.count)
    request.add(keys)
    request.add(`where`)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Takes the members of the highest scores.
  ///
  /// `ZPOPMAX`, since Redis 5.0.0. Complexity: O(M log N): M members returned, N in the set.
  public static func zpopmax(_ key: some KeyspaceBytes, count: Int? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZPOPMAX")
    request.add(key)
    if let count { request.add(count) }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Takes the members of the lowest scores.
  ///
  /// `ZPOPMIN`, since Redis 5.0.0. Complexity: O(M log N): M members returned, N in the set.
  public static func zpopmin(_ key: some KeyspaceBytes, count: Int? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZPOPMIN")
    request.add(key)
    if let count { request.add(count) }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns members of a sorted set by chance.
  ///
  /// `ZRANDMEMBER`, since Redis 6.2.0. Complexity: O(N) in the members returned.
  public static func zrandmember(_ key: some KeyspaceBytes, options: ZRANDMEMBER.Options? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZRANDMEMBER")
    request.add(key)
    if let options { request.add(options) }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the members in a range of ranks, scores or names.
  ///
  /// `ZRANGE`, since Redis 1.2.0. Complexity: O(log N + M): N members in the set, M returned.
  public static func zrange(
    _ key: some KeyspaceBytes, start: some KeyspaceBytes, stop: some KeyspaceBytes, sortby: ZRANGE.Sortby? = nil, rev: Bool = false,
    offsetCount: ZRANGE.OffsetCount? = nil, withscores: Bool = false
  ) -> KeyspaceCommand<Reply> {
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
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the members with a score in a range.
  ///
  /// `ZRANGEBYSCORE`, since Redis 1.0.5. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `BYSCORE`.
  public static func zrangebyscore(
    _ key: some KeyspaceBytes, min: Double, max: Double, withscores: Bool = false, offsetCount: ZRANGEBYSCORE.OffsetCount? = nil
  ) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZRANGEBYSCORE")
    request.add(key)
    request.add(min)
    request.add(max)
    if withscores { request.token("WITHSCORES") }
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the rank of a member, counted from the lowest score.
  ///
  /// `ZRANK`, since Redis 2.0.0. Complexity: O(log N) in the members.
  public static func zrank(_ key: some KeyspaceBytes, member: some KeyspaceBytes, withscore: Bool = false) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZRANK")
    request.add(key)
    request.add(member)
    if withscore { request.token("WITHSCORE") }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the members in a range of ranks, from the highest score down.
  ///
  /// `ZREVRANGE`, since Redis 1.2.0. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `REV`.
  public static func zrevrange(_ key: some KeyspaceBytes, start: Int, stop: Int, withscores: Bool = false) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZREVRANGE")
    request.add(key)
    request.add(start)
    request.add(stop)
    if withscores { request.token("WITHSCORES") }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the members with a score in a range, from the highest down.
  ///
  /// `ZREVRANGEBYSCORE`, since Redis 2.2.0. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `REV` and `BYSCORE`.
  public static func zrevrangebyscore(
    _ key: some KeyspaceBytes, max: Double, min: Double, withscores: Bool = false, offsetCount: ZREVRANGEBYSCORE.OffsetCount? = nil
  ) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZREVRANGEBYSCORE")
    request.add(key)
    request.add(max)
    request.add(min)
    if withscores { request.token("WITHSCORES") }
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the rank of a member, counted from the highest score.
  ///
  /// `ZREVRANK`, since Redis 2.0.0. Complexity: O(log N) in the members.
  public static func zrevrank(_ key: some KeyspaceBytes, member: some KeyspaceBytes, withscore: Bool = false) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("ZREVRANK")
    request.add(key)
    request.add(member)
    if withscore { request.token("WITHSCORE") }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Walks over the members of a sorted set in steps.
  ///
  /// `ZSCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all members.
  public static func zscan(_ key: some KeyspaceBytes, cursor: Int, pattern: Bytes? = nil, count: Int? = nil) -> KeyspaceCommand<Reply> {
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
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the members that any of the sorted sets has.
  ///
  /// `ZUNION`, since Redis 6.2.0. Complexity: O(N + M log M): N members in all sets, M in the result.
  public static func zunion(keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZUNION.Aggregate? = nil, withscores: Bool = false)
    -> KeyspaceCommand<Reply>
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
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension KeyspaceCommand where Value == [Bytes] {
  /// Returns the members in a range of names.
  ///
  /// `ZRANGEBYLEX`, since Redis 2.8.9. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `BYLEX`.
  public static func zrangebylex(
    _ key: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes, offsetCount: ZRANGEBYLEX.OffsetCount? = nil
  ) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("ZRANGEBYLEX")
    request.add(key)
    request.add(min)
    request.add(max)
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }

  /// Returns the members in a range of names, backwards.
  ///
  /// `ZREVRANGEBYLEX`, since Redis 2.8.9. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `REV` and `BYLEX`.
  public static func zrevrangebylex(
    _ key: some KeyspaceBytes, max: some KeyspaceBytes, min: some KeyspaceBytes, offsetCount: ZREVRANGEBYLEX.OffsetCount? = nil
  ) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("ZREVRANGEBYLEX")
    request.add(key)
    request.add(max)
    request.add(min)
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }
}

extension KeyspaceCommand where Value == [Double?] {
  /// Returns the scores of several members.
  ///
  /// `ZMSCORE`, since Redis 6.2.0. Complexity: O(N) in the members given.
  public static func zmscore(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) -> KeyspaceCommand<[Double?]> {
    var request = KeyspaceRequest("ZMSCORE")
    request.add(key)
    request.add(members)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalDoubleArray() }
  }
}

extension Leader {
  /// Adds members to a sorted set, or changes their scores.
  ///
  /// `ZADD`, since Redis 1.2.0. Complexity: O(log N) a member.
  @discardableResult
  public func zadd(
    _ key: some KeyspaceBytes, condition: ZADD.Condition? = nil, comparison: ZADD.Comparison? = nil, change: Bool = false,
    increment: Bool = false, data: [ZADD.Data]
  ) async throws -> Reply {
    try await run(.zadd(key, condition: condition, comparison: comparison, change: change, increment: increment, data: data))
  }

  /// Counts the members of a sorted set.
  ///
  /// `ZCARD`, since Redis 1.2.0. Complexity: O(1).
  public func zcard(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.zcard(key))
  }

  /// Counts the members with a score in a range.
  ///
  /// `ZCOUNT`, since Redis 2.0.0. Complexity: O(log N) in the members.
  public func zcount(_ key: some KeyspaceBytes, min: Double, max: Double) async throws -> Int {
    try await run(.zcount(key, min: min, max: max))
  }

  /// Returns the members of the first sorted set that no other has.
  ///
  /// `ZDIFF`, since Redis 6.2.0. Complexity: O(L + (N-K) log N): L members in all, N in the first set, K in the result.
  public func zdiff(keys: [some KeyspaceBytes], withscores: Bool = false) async throws -> Reply {
    try await run(.zdiff(keys: keys, withscores: withscores))
  }

  /// Keeps the members of the first sorted set that no other has.
  ///
  /// `ZDIFFSTORE`, since Redis 6.2.0. Complexity: O(L + (N-K) log N): L members in all, N in the first set, K in the result.
  @discardableResult
  public func zdiffstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) async throws -> Int {
    try await run(.zdiffstore(destination: destination, keys: keys))
  }

  /// Adds to the score of a member.
  ///
  /// `ZINCRBY`, since Redis 1.2.0. Complexity: O(log N) in the members.
  @discardableResult
  public func zincrby(_ key: some KeyspaceBytes, increment: Double, member: some KeyspaceBytes) async throws -> Double {
    try await run(.zincrby(key, increment: increment, member: member))
  }

  /// Returns the members that all sorted sets have.
  ///
  /// `ZINTER`, since Redis 6.2.0. Complexity: O(N*K + M log M): N members of the smallest set, K sets, M in the result.
  public func zinter(keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZINTER.Aggregate? = nil, withscores: Bool = false)
    async throws -> Reply
  {
    try await run(.zinter(keys: keys, weights: weights, aggregate: aggregate, withscores: withscores))
  }

  /// Counts the members that all sorted sets have.
  ///
  /// `ZINTERCARD`, since Redis 7.0.0. Complexity: O(N*K): N members of the smallest set, K sets.
  public func zintercard(keys: [some KeyspaceBytes], limit: Int? = nil) async throws -> Int {
    try await run(.zintercard(keys: keys, limit: limit))
  }

  /// Keeps the members that all sorted sets have.
  ///
  /// `ZINTERSTORE`, since Redis 2.0.0. Complexity: O(N*K + M log M): N members of the smallest set, K sets, M in the result.
  @discardableResult
  public func zinterstore(
    destination: some KeyspaceBytes, keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZINTERSTORE.Aggregate? = nil
  ) async throws -> Int {
    try await run(.zinterstore(destination: destination, keys: keys, weights: weights, aggregate: aggregate))
  }

  /// Counts the members in a range of names.
  ///
  /// `ZLEXCOUNT`, since Redis 2.8.9. Complexity: O(log N) in the members.
  public func zlexcount(_ key: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes) async throws -> Int {
    try await run(.zlexcount(key, min: min, max: max))
  }

  /// Takes members from the first sorted set that has any.
  ///
  /// `ZMPOP`, since Redis 7.0.0. Complexity: O(K + M log N): K keys, M members returned, N in the set.
  @discardableResult
  public func zmpop(keys: [some KeyspaceBytes], `where`: ZMPOP.Where, count: Int? = nil) async throws -> Reply {
    try await run(.zmpop(keys: keys, where: `where`, count: count))
  }

  /// Returns the scores of several members.
  ///
  /// `ZMSCORE`, since Redis 6.2.0. Complexity: O(N) in the members given.
  public func zmscore(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) async throws -> [Double?] {
    try await run(.zmscore(key, members: members))
  }

  /// Takes the members of the highest scores.
  ///
  /// `ZPOPMAX`, since Redis 5.0.0. Complexity: O(M log N): M members returned, N in the set.
  @discardableResult
  public func zpopmax(_ key: some KeyspaceBytes, count: Int? = nil) async throws -> Reply {
    try await run(.zpopmax(key, count: count))
  }

  /// Takes the members of the lowest scores.
  ///
  /// `ZPOPMIN`, since Redis 5.0.0. Complexity: O(M log N): M members returned, N in the set.
  @discardableResult
  public func zpopmin(_ key: some KeyspaceBytes, count: Int? = nil) async throws -> Reply {
    try await run(.zpopmin(key, count: count))
  }

  /// Returns members of a sorted set by chance.
  ///
  /// `ZRANDMEMBER`, since Redis 6.2.0. Complexity: O(N) in the members returned.
  public func zrandmember(_ key: some KeyspaceBytes, options: ZRANDMEMBER.Options? = nil) async throws -> Reply {
    try await run(.zrandmember(key, options: options))
  }

  /// Returns the members in a range of ranks, scores or names.
  ///
  /// `ZRANGE`, since Redis 1.2.0. Complexity: O(log N + M): N members in the set, M returned.
  public func zrange(
    _ key: some KeyspaceBytes, start: some KeyspaceBytes, stop: some KeyspaceBytes, sortby: ZRANGE.Sortby? = nil, rev: Bool = false,
    offsetCount: ZRANGE.OffsetCount? = nil, withscores: Bool = false
  ) async throws -> Reply {
    try await run(.zrange(key, start: start, stop: stop, sortby: sortby, rev: rev, offsetCount: offsetCount, withscores: withscores))
  }

  /// Returns the members in a range of names.
  ///
  /// `ZRANGEBYLEX`, since Redis 2.8.9. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `BYLEX`.
  public func zrangebylex(
    _ key: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes, offsetCount: ZRANGEBYLEX.OffsetCount? = nil
  ) async throws -> [Bytes] {
    try await run(.zrangebylex(key, min: min, max: max, offsetCount: offsetCount))
  }

  /// Returns the members with a score in a range.
  ///
  /// `ZRANGEBYSCORE`, since Redis 1.0.5. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `BYSCORE`.
  public func zrangebyscore(
    _ key: some KeyspaceBytes, min: Double, max: Double, withscores: Bool = false, offsetCount: ZRANGEBYSCORE.OffsetCount? = nil
  ) async throws -> Reply {
    try await run(.zrangebyscore(key, min: min, max: max, withscores: withscores, offsetCount: offsetCount))
  }

  /// Keeps the members in a range of ranks, scores or names.
  ///
  /// `ZRANGESTORE`, since Redis 6.2.0. Complexity: O(log N + M): N members in the set, M kept.
  @discardableResult
  public func zrangestore(
    dst: some KeyspaceBytes, src: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes, sortby: ZRANGESTORE.Sortby? = nil,
    rev: Bool = false, offsetCount: ZRANGESTORE.OffsetCount? = nil
  ) async throws -> Int {
    try await run(.zrangestore(dst: dst, src: src, min: min, max: max, sortby: sortby, rev: rev, offsetCount: offsetCount))
  }

  /// Returns the rank of a member, counted from the lowest score.
  ///
  /// `ZRANK`, since Redis 2.0.0. Complexity: O(log N) in the members.
  public func zrank(_ key: some KeyspaceBytes, member: some KeyspaceBytes, withscore: Bool = false) async throws -> Reply {
    try await run(.zrank(key, member: member, withscore: withscore))
  }

  /// Removes members of a sorted set.
  ///
  /// `ZREM`, since Redis 1.2.0. Complexity: O(M log N): M members given, N in the set.
  @discardableResult
  public func zrem(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) async throws -> Int {
    try await run(.zrem(key, members: members))
  }

  /// Removes the members in a range of names.
  ///
  /// `ZREMRANGEBYLEX`, since Redis 2.8.9. Complexity: O(log N + M): N members in the set, M removed.
  @discardableResult
  public func zremrangebylex(_ key: some KeyspaceBytes, min: some KeyspaceBytes, max: some KeyspaceBytes) async throws -> Int {
    try await run(.zremrangebylex(key, min: min, max: max))
  }

  /// Removes the members in a range of ranks.
  ///
  /// `ZREMRANGEBYRANK`, since Redis 2.0.0. Complexity: O(log N + M): N members in the set, M removed.
  @discardableResult
  public func zremrangebyrank(_ key: some KeyspaceBytes, start: Int, stop: Int) async throws -> Int {
    try await run(.zremrangebyrank(key, start: start, stop: stop))
  }

  /// Removes the members with a score in a range.
  ///
  /// `ZREMRANGEBYSCORE`, since Redis 1.2.0. Complexity: O(log N + M): N members in the set, M removed.
  @discardableResult
  public func zremrangebyscore(_ key: some KeyspaceBytes, min: Double, max: Double) async throws -> Int {
    try await run(.zremrangebyscore(key, min: min, max: max))
  }

  /// Returns the members in a range of ranks, from the highest score down.
  ///
  /// `ZREVRANGE`, since Redis 1.2.0. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `REV`.
  public func zrevrange(_ key: some KeyspaceBytes, start: Int, stop: Int, withscores: Bool = false) async throws -> Reply {
    try await run(.zrevrange(key, start: start, stop: stop, withscores: withscores))
  }

  /// Returns the members in a range of names, backwards.
  ///
  /// `ZREVRANGEBYLEX`, since Redis 2.8.9. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `REV` and `BYLEX`.
  public func zrevrangebylex(
    _ key: some KeyspaceBytes, max: some KeyspaceBytes, min: some KeyspaceBytes, offsetCount: ZREVRANGEBYLEX.OffsetCount? = nil
  ) async throws -> [Bytes] {
    try await run(.zrevrangebylex(key, max: max, min: min, offsetCount: offsetCount))
  }

  /// Returns the members with a score in a range, from the highest down.
  ///
  /// `ZREVRANGEBYSCORE`, since Redis 2.2.0. Complexity: O(log N + M): N members in the set, M returned.
  /// Deprecated since 6.2.0: `ZRANGE` with `REV` and `BYSCORE`.
  public func zrevrangebyscore(
    _ key: some KeyspaceBytes, max: Double, min: Double, withscores: Bool = false, offsetCount: ZREVRANGEBYSCORE.OffsetCount? = nil
  ) async throws -> Reply {
    try await run(.zrevrangebyscore(key, max: max, min: min, withscores: withscores, offsetCount: offsetCount))
  }

  /// Returns the rank of a member, counted from the highest score.
  ///
  /// `ZREVRANK`, since Redis 2.0.0. Complexity: O(log N) in the members.
  public func zrevrank(_ key: some KeyspaceBytes, member: some KeyspaceBytes, withscore: Bool = false) async throws -> Reply {
    try await run(.zrevrank(key, member: member, withscore: withscore))
  }

  /// Walks over the members of a sorted set in steps.
  ///
  /// `ZSCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all members.
  public func zscan(_ key: some KeyspaceBytes, cursor: Int, pattern: Bytes? = nil, count: Int? = nil) async throws -> Reply {
    try await run(.zscan(key, cursor: cursor, pattern: pattern, count: count))
  }

  /// Returns the score of a member.
  ///
  /// `ZSCORE`, since Redis 1.2.0. Complexity: O(1).
  public func zscore(_ key: some KeyspaceBytes, member: some KeyspaceBytes) async throws -> Double? {
    try await run(.zscore(key, member: member))
  }

  /// Returns the members that any of the sorted sets has.
  ///
  /// `ZUNION`, since Redis 6.2.0. Complexity: O(N + M log M): N members in all sets, M in the result.
  public func zunion(keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZUNION.Aggregate? = nil, withscores: Bool = false)
    async throws -> Reply
  {
    try await run(.zunion(keys: keys, weights: weights, aggregate: aggregate, withscores: withscores))
  }

  /// Keeps the members that any of the sorted sets has.
  ///
  /// `ZUNIONSTORE`, since Redis 2.0.0. Complexity: O(N + M log M): N members in all sets, M in the result.
  @discardableResult
  public func zunionstore(
    destination: some KeyspaceBytes, keys: [some KeyspaceBytes], weights: [Int] = [], aggregate: ZUNIONSTORE.Aggregate? = nil
  ) async throws -> Int {
    try await run(.zunionstore(destination: destination, keys: keys, weights: weights, aggregate: aggregate))
  }
}
