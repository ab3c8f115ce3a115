// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceCommand where Value == Int {
  /// Sends a message to a channel.
  ///
  /// `PUBLISH`, since Redis 2.0.0. Complexity: O(N+M): N subscribers of the channel, M patterns.
  public static func publish(channel: some KeyspaceBytes, message: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("PUBLISH")
    request.add(channel)
    request.add(message)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts the patterns that somebody listens to.
  ///
  /// `PUBSUB NUMPAT`, since Redis 2.8.0. Complexity: O(1).
  public static func pubsubNumpat() -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("PUBSUB")
    request.token("NUMPAT")
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Sends a message to a shard channel.
  ///
  /// `SPUBLISH`, since Redis 7.0.0. Complexity: O(N) in the channel's subscribers.
  public static func spublish(shardchannel: some KeyspaceBytes, message: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SPUBLISH")
    request.add(shardchannel)
    request.add(message)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Counts the subscribers of channels.
  ///
  /// `PUBSUB NUMSUB`, since Redis 2.8.0. Complexity: O(N) in the channels given.
  public static func pubsubNumsub(channels: [Bytes] = []) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("PUBSUB")
    request.token("NUMSUB")
    request.add(channels)
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Counts the subscribers of shard channels.
  ///
  /// `PUBSUB SHARDNUMSUB`, since Redis 7.0.0. Complexity: O(N) in the channels given.
  public static func pubsubShardnumsub(shardchannels: [Bytes] = []) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("PUBSUB")
    request.token("SHARDNUMSUB")
    request.add(shardchannels)
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension KeyspaceCommand where Value == [Bytes] {
  /// Lists the channels that have subscribers.
  ///
  /// `PUBSUB CHANNELS`, since Redis 2.8.0. Complexity: O(N) in the channels.
  public static func pubsubChannels(pattern: Bytes? = nil) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("PUBSUB")
    request.token("CHANNELS")
    if let pattern { request.add(pattern) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }

  /// Lists the shard channels that have subscribers.
  ///
  /// `PUBSUB SHARDCHANNELS`, since Redis 7.0.0. Complexity: O(N) in the shard channels.
  public static func pubsubShardchannels(pattern: Bytes? = nil) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("PUBSUB")
    request.token("SHARDCHANNELS")
    if let pattern { request.add(pattern) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }
}

extension Leader {
  /// Sends a message to a channel.
  ///
  /// `PUBLISH`, since Redis 2.0.0. Complexity: O(N+M): N subscribers of the channel, M patterns.
  @discardableResult
  public func publish(channel: some KeyspaceBytes, message: some KeyspaceBytes) async throws -> Int {
    try await run(.publish(channel: channel, message: message))
  }

  /// Lists the channels that have subscribers.
  ///
  /// `PUBSUB CHANNELS`, since Redis 2.8.0. Complexity: O(N) in the channels.
  public func pubsubChannels(pattern: Bytes? = nil) async throws -> [Bytes] {
    try await run(.pubsubChannels(pattern: pattern))
  }

  /// Counts the patterns that somebody listens to.
  ///
  /// `PUBSUB NUMPAT`, since Redis 2.8.0. Complexity: O(1).
  public func pubsubNumpat() async throws -> Int {
    try await run(.pubsubNumpat())
  }

  /// Counts the subscribers of channels.
  ///
  /// `PUBSUB NUMSUB`, since Redis 2.8.0. Complexity: O(N) in the channels given.
  public func pubsubNumsub(channels: [Bytes] = []) async throws -> Reply {
    try await run(.pubsubNumsub(channels: channels))
  }

  /// Lists the shard channels that have subscribers.
  ///
  /// `PUBSUB SHARDCHANNELS`, since Redis 7.0.0. Complexity: O(N) in the shard channels.
  public func pubsubShardchannels(pattern: Bytes? = nil) async throws -> [Bytes] {
    try await run(.pubsubShardchannels(pattern: pattern))
  }

  /// Counts the subscribers of shard channels.
  ///
  /// `PUBSUB SHARDNUMSUB`, since Redis 7.0.0. Complexity: O(N) in the channels given.
  public func pubsubShardnumsub(shardchannels: [Bytes] = []) async throws -> Reply {
    try await run(.pubsubShardnumsub(shardchannels: shardchannels))
  }

  /// Sends a message to a shard channel.
  ///
  /// `SPUBLISH`, since Redis 7.0.0. Complexity: O(N) in the channel's subscribers.
  @discardableResult
  public func spublish(shardchannel: some KeyspaceBytes, message: some KeyspaceBytes) async throws -> Int {
    try await run(.spublish(shardchannel: shardchannel, message: message))
  }
}
