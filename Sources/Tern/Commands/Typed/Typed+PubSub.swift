// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceReading where Self: ~Copyable {
  /// Lists the channels that have subscribers.
  ///
  /// `PUBSUB CHANNELS`, since Redis 2.8.0. Complexity: O(N) in the channels.
  public func pubsubChannels(pattern: Bytes? = nil) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("PUBSUB")
    request.token("CHANNELS")
    if let pattern { request.add(pattern) }
    return try execute(request).asBytesArray()
  }

  /// Counts the patterns that somebody listens to.
  ///
  /// `PUBSUB NUMPAT`, since Redis 2.8.0. Complexity: O(1).
  public func pubsubNumpat() throws(TernError) -> Int {
    var request = KeyspaceRequest("PUBSUB")
    request.token("NUMPAT")
    return try execute(request).asInteger()
  }

  /// Counts the subscribers of channels.
  ///
  /// `PUBSUB NUMSUB`, since Redis 2.8.0. Complexity: O(N) in the channels given.
  public func pubsubNumsub(channels: [Bytes] = []) throws(TernError) -> Reply {
    var request = KeyspaceRequest("PUBSUB")
    request.token("NUMSUB")
    request.add(channels)
    return try execute(request)
  }

  /// Lists the shard channels that have subscribers.
  ///
  /// `PUBSUB SHARDCHANNELS`, since Redis 7.0.0. Complexity: O(N) in the shard channels.
  public func pubsubShardchannels(pattern: Bytes? = nil) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("PUBSUB")
    request.token("SHARDCHANNELS")
    if let pattern { request.add(pattern) }
    return try execute(request).asBytesArray()
  }

  /// Counts the subscribers of shard channels.
  ///
  /// `PUBSUB SHARDNUMSUB`, since Redis 7.0.0. Complexity: O(N) in the channels given.
  public func pubsubShardnumsub(shardchannels: [Bytes] = []) throws(TernError) -> Reply {
    var request = KeyspaceRequest("PUBSUB")
    request.token("SHARDNUMSUB")
    request.add(shardchannels)
    return try execute(request)
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Sends a message to a channel.
  ///
  /// `PUBLISH`, since Redis 2.0.0. Complexity: O(N+M): N subscribers of the channel, M patterns.
  @discardableResult
  public func publish(channel: some KeyspaceBytes, message: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("PUBLISH")
    request.add(channel)
    request.add(message)
    return try execute(request).asInteger()
  }

  /// Sends a message to a shard channel.
  ///
  /// `SPUBLISH`, since Redis 7.0.0. Complexity: O(N) in the channel's subscribers.
  @discardableResult
  public func spublish(shardchannel: some KeyspaceBytes, message: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("SPUBLISH")
    request.add(shardchannel)
    request.add(message)
    return try execute(request).asInteger()
  }
}
