import NIOCore
import NIOPosix
package import TernEngine

/// A small RESP2 client: one connection, commands pipelined in the order of the calls, every wait bounded.
///
/// Safe to use from several tasks at once. The connection closes when the object goes away.
package final class RedisConnection: Sendable {
  package let endpoint: Endpoint
  private let channel: any Channel
  private let handler: NIOLoopBound<RESPClientHandler>
  private let commandTimeout: TimeAmount

  private init(endpoint: Endpoint, channel: any Channel, handler: NIOLoopBound<RESPClientHandler>, commandTimeout: TimeAmount) {
    self.endpoint = endpoint
    self.channel = channel
    self.handler = handler
    self.commandTimeout = commandTimeout
  }

  deinit { channel.close(promise: nil) }

  /// Connects and, when there is a password, authenticates as the default user.
  /// - Parameters:
  ///   - timeout: for the TCP connection, name lookup included.
  ///   - commandTimeout: for each reply, AUTH's included. A reply that is late closes the connection.
  package static func connect(
    to endpoint: Endpoint, password: String? = nil, timeout: Duration = .seconds(2), commandTimeout: Duration = .seconds(2)
  ) async throws(RedisClientError) -> RedisConnection {
    let channel: any Channel
    let handler: NIOLoopBound<RESPClientHandler>
    do {
      channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(timeout))
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(RESPClientHandler(endpoint: endpoint))
          }
        }
        .connect(host: endpoint.host, port: endpoint.port).get()
      handler = try await channel.pipeline.handler(type: RESPClientHandler.self).map {
        NIOLoopBound($0, eventLoop: channel.eventLoop)
      }.get()
    } catch {
      throw RedisClientError(.cannotConnect, "cannot connect to \(endpoint): \(RedisClientError.reason(error))")
    }
    let connection = RedisConnection(endpoint: endpoint, channel: channel, handler: handler, commandTimeout: TimeAmount(commandTimeout))
    if let password { _ = try await connection.command("AUTH", password) }
    return connection
  }

  /// The reply as it came, errors of the server included. Throws only when there is no reply.
  package func send(_ arguments: [[UInt8]]) async throws(RedisClientError) -> RESPValue {
    let replies = try await sendAll([arguments])
    guard let reply = replies.first else { throw RedisClientError(.protocolViolation, "no reply from \(endpoint)") }
    return reply
  }

  package func send(_ arguments: String...) async throws(RedisClientError) -> RESPValue { try await send(arguments.map { Array($0.utf8) }) }

  /// The reply of a command that is expected to succeed: an error of the server is thrown (`RedisClientError.Code.refused`).
  package func command(_ arguments: String...) async throws(RedisClientError) -> RESPValue {
    let reply = try await send(arguments.map { Array($0.utf8) })
    if reply.isError { throw RedisClientError(reply: reply.text ?? "", from: endpoint) }
    return reply
  }

  /// Sends all commands at once and gives their replies in order, errors of the server among them.
  package func pipeline(_ commands: [[String]]) async throws(RedisClientError) -> [RESPValue] {
    try await sendAll(commands.map { $0.map { Array($0.utf8) } })
  }

  private func sendAll(_ commands: [[[UInt8]]]) async throws(RedisClientError) -> [RESPValue] {
    if Task.isCancelled { throw RedisClientError(.cancelled, "cancelled before a command was sent to \(endpoint)") }
    guard !commands.isEmpty else { return [] }
    var bytes: [UInt8] = []
    for command in commands { RESPCommand.encode(command, into: &bytes) }
    let promises = commands.map { _ in channel.eventLoop.makePromise(of: RESPValue.self) }
    submit(.commands(bytes: bytes, replies: promises, timeout: commandTimeout))
    let all = EventLoopFuture.whenAllSucceed(promises.map(\.futureResult), on: channel.eventLoop)
    do {
      return try await withTaskCancellationHandler {
        try await all.get()
      } onCancel: {
        // The replies still come, and are dropped: a promise keeps its first result.
        let error = RedisClientError(.cancelled, "cancelled while waiting for \(endpoint)", mayHaveBeenApplied: true)
        for promise in promises { promise.fail(error) }
      }
    } catch let error as RedisClientError {
      throw error
    } catch {
      throw RedisClientError(.connectionClosed, "\(endpoint): \(error)", mayHaveBeenApplied: true)
    }
  }

  /// Makes this connection a subscriber, for good. Returns when the server has confirmed every channel and pattern.
  package func subscribe(channels: [String] = [], patterns: [String] = []) async throws(RedisClientError) -> RedisSubscription {
    var bytes: [UInt8] = []
    if !channels.isEmpty { RESPCommand.encode((["SUBSCRIBE"] + channels).map { Array($0.utf8) }, into: &bytes) }
    if !patterns.isEmpty { RESPCommand.encode((["PSUBSCRIBE"] + patterns).map { Array($0.utf8) }, into: &bytes) }
    let confirmations = channels.count + patterns.count
    guard confirmations > 0 else { throw RedisClientError(.protocolViolation, "nothing to subscribe to") }
    let (stream, continuation) = RedisSubscription.Stream.makeStream(
      bufferingPolicy: .bufferingNewest(RedisSubscription.bufferedMessagesMax))
    continuation.onTermination = { [channel] _ in channel.close(promise: nil) }
    let started = channel.eventLoop.makePromise(of: Void.self)
    submit(
      .subscribe(bytes: bytes, confirmations: confirmations, started: started, timeout: commandTimeout, messages: continuation))
    do {
      try await started.futureResult.get()
    } catch let error as RedisClientError {
      throw error
    } catch {
      throw RedisClientError(.connectionClosed, "\(endpoint): \(error)")
    }
    return RedisSubscription(stream: stream, connection: self)
  }

  private func submit(_ request: RESPClientRequest) { channel.eventLoop.execute { [handler] in handler.value.submit(request) } }

  package func close() async { try? await channel.close() }
}
