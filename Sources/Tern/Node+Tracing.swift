#if Tracing
  internal import Synchronization
  internal import TernDrivers
  internal import TernNode
  internal import Tracing
#endif

/// Spans for what leaves the process, with the package trait `Tracing`. Documented in <doc:Observability>.
extension Node {
  /// One attempt to have the leader run something.
  func withForwardSpan<Value>(
    _ batch: ForwardedBatch, _ host: String, _ port: Int, _ body: () async throws -> Value
  ) async throws -> Value {
    #if Tracing
      try await withSpan("tern.forward", ofKind: .client) { span in
        span.attributes["server.address"] = host
        span.attributes["server.port"] = port
        span.attributes["db.system.name"] = "redis"
        span.attributes["db.operation.name"] = batch.operationName
        span.attributes["db.operation.batch.size"] = batch.commands.count
        span.attributes["tern.writes"] = batch.writes
        return try await body()
      }
    #else
      try await body()
    #endif
  }

  /// One span for each full sync that this node takes; its ends are noticed within a tenth of a second.
  func startSyncSpans() {
    #if Tracing
      let (stream, continuation) = AsyncStream<(host: String, port: Int)?>.makeStream()
      let isReceiving = Mutex(false)
      let tick = host.onTick { core in
        let now = core.isReceivingFullSync
        let changed = isReceiving.withLock { last in
          defer { last = now }
          return last != now
        }
        // The tracer is the program's: it is not called under the node's lock.
        if changed { continuation.yield(now ? core.primaryEndpoint ?? ("", 0) : nil) }
      }
      guard waiters.add({ _ in continuation.finish() }) != nil else { return host.removeTick(tick) }
      Task {
        var span: (any Span)?
        for await primary in stream {
          span?.end()
          span = nil
          guard let primary else { continue }
          let begun = startSpan("tern.full_sync", ofKind: .consumer)
          begun.attributes["server.address"] = primary.host
          begun.attributes["server.port"] = primary.port
          span = begun
        }
        span?.end()
      }
    #endif
  }
}

extension ForwardedBatch {
  /// The command's name, never its keys or values.
  var operationName: String {
    guard commands.count == 1, let first = commands.first, let end = first.ends.first else { return "MULTI" }
    return String(decoding: first.bytes[..<end], as: UTF8.self).uppercased()
  }
}
