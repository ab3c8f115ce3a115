internal import Synchronization
internal import TernDrivers
internal import TernEngine
internal import TernNode

extension Node {
  /// What a call waits for.
  public enum Durability: Hashable, Sendable {
    /// The change is applied here. What Redis promises: a failover can lose it.
    case async
    /// A quorum of the members holds it (`tern-durability quorum`): it survives any failover.
    case quorum
  }

  /// Writes as ``write(database:fileID:line:_:)`` does, on the caller's thread, and returns when the write is as durable as asked for.
  ///
  /// - Parameter durability: ``Durability/quorum`` needs a node that leads a quorum.
  /// - Throws: what ``write(database:fileID:line:_:)`` throws, and ``TernError/Code/refused`` if this node has no quorum to ask: then nothing was
  ///   applied. ``TernError/Code/outcomeUnknown``: it was applied here, and it may or may not survive.
  public func write<Value: Sendable>(
    database: Int = 0, durability: Durability, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing Writer) throws -> Value
  ) async throws -> Value {
    try await enter(writes: true, durability, CallSite(fileID, line)) { engine in
      let writer = try Writer(engine, database, coder: coder)
      return try body(writer)
    }
  }

  /// Reads as ``read(database:fileID:line:_:)`` does, and returns when no failover can take back what was read. Without `durability`, a read is local:
  /// on a leader it may see what is not acknowledged yet, on a follower also what is out of date.
  ///
  /// - Throws: what ``read(database:fileID:line:_:)`` throws; ``TernError/Code/refused`` if this node does not lead a quorum,
  ///   ``TernError/Code/outcomeUnknown`` if no quorum has confirmed in time that it still does.
  public func read<Value: Sendable>(
    database: Int = 0, durability: Durability, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing Reader) throws -> Value
  ) async throws -> Value {
    try await enter(writes: false, durability, CallSite(fileID, line)) { engine in
      let reader = try Reader(engine, database, coder: coder)
      return try body(reader)
    }
  }

  private func enter<Value: Sendable>(
    writes: Bool, _ durability: Durability, _ site: CallSite, _ body: (Engine) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      do {
        try check(HostThread.current)
        let now = HostClock.wallMilliseconds()
        try host.withCore { core in
          if durability == .quorum, let refusal = core.quorumRefusal {
            throw TernError(refusal.code == "NOLEADER" && writes ? .readOnly : .refused, refusal.line)
          }
          holder.store(HostThread.current, ordering: .relaxed)
          defer { holder.store(0, ordering: .relaxed) }
          let value = try withClosureWatched(site) { try core.transact(writes: writes, isUndoable: true, now: now, body) }
          guard durability == .quorum else { return continuation.resume(returning: value) }
          core.awaitDurability { outcome in
            switch outcome {
            case .durable: continuation.resume(returning: value)
            case .uncertain(let line): continuation.resume(throwing: TernError(.outcomeUnknown, line))
            }
          }
        }
        if writes { host.logAdvanced() }
      } catch let error as CommandError {
        continuation.resume(throwing: TernError(error))
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }
}
