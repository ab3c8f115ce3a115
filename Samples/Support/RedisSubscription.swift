import TernEngine

/// The messages of the channels and patterns that a connection subscribed to. Ends by throwing a `RedisClientError` when the
/// connection does; when nobody iterates any more, the connection is closed.
///
/// At most `bufferedMessagesMax` messages wait for a slow reader; older ones are dropped, as the server would drop the reader.
package struct RedisSubscription: AsyncSequence, Sendable {
  package struct Message: Hashable, Sendable {
    package var channel: String
    package var payload: String
  }

  package static let bufferedMessagesMax = 4096

  typealias Stream = AsyncThrowingStream<Message, any Error>
  typealias Continuation = Stream.Continuation
  let stream: Stream
  /// Keeps the connection open for as long as the subscription is held.
  let connection: RedisConnection

  package struct AsyncIterator: AsyncIteratorProtocol {
    var base: Stream.AsyncIterator
    let connection: RedisConnection
    package mutating func next() async throws -> Message? { try await base.next() }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: stream.makeAsyncIterator(), connection: connection) }

  /// What a subscriber receives in RESP2.
  enum Push {
    case message(Message)
    case confirmation
    case pong
    case refusal(String)

    init?(_ value: RESPValue) {
      if case .error = value {
        self = .refusal(value.text ?? "")
        return
      }
      guard let elements = value.elements, let kind = elements.first?.text else { return nil }
      switch (kind, elements.count) {
      case ("message", 3):
        guard let channel = elements[1].text, let payload = elements[2].text else { return nil }
        self = .message(Message(channel: channel, payload: payload))
      case ("pmessage", 4):
        guard let channel = elements[2].text, let payload = elements[3].text else { return nil }
        self = .message(Message(channel: channel, payload: payload))
      case ("subscribe", 3), ("psubscribe", 3): self = .confirmation
      case ("pong", 2): self = .pong
      default: return nil
      }
    }
  }
}
