internal import Synchronization
internal import TernDrivers
internal import TernEngine
internal import TernNode

extension Node {
  /// What a call waits for.
  public enum Durability: Hashable, Sendable {
    /// The change is applied. What Redis promises: a failover can lose it.
    case async
    /// A quorum of the members holds it (`tern-durability quorum`): it survives any failover.
    case quorum
    /// The append only file of the node that applied it has it on the disk, and a quorum holds it where there is one. With `appendfsync everysec`
    /// that takes up to a second or two; with `appendfsync no` it is refused.
    case disk
  }

  /// Writes as ``write(database:fileID:line:_:)`` does, on the caller's thread, and returns when the write is as durable as asked for.
  ///
  /// - Parameter durability: ``Durability/quorum`` needs a node that leads a quorum, ``Durability/disk`` one that appends to a file.
  /// - Throws: what ``write(database:fileID:line:_:)`` throws, and ``TernError/Code/refused`` if this node cannot promise that: then nothing was
  ///   applied. ``TernError/Code/outcomeUnknown``: it was applied here, and it may or may not survive (no quorum within `tern-quorum-timeout`, no
  ///   disk within ten seconds).
  public func write<Value: Sendable>(
    database: Int = 0, durability: Durability, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing Writer) throws -> Value
  ) async throws -> Value {
    try await enterDurably(
      writes: true, durability, isUndoable: true, until: .now + .seconds(10), CallSite(fileID, line)
    ) { core in
      let writer = try Writer(core.engine, database, coder: coder)
      return try body(writer)
    } after: {
      $1
    }
  }

  /// As ``write(database:durability:fileID:line:_:)``, and how far the log is behind it: with ``ReadConsistency/after(_:)`` any node of the
  /// cluster shows what was written.
  public func writeWithToken<Value: Sendable>(
    database: Int = 0, durability: Durability, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing Writer) throws -> Value
  ) async throws -> (value: Value, token: ConsistencyToken) {
    try await enterDurably(
      writes: true, durability, isUndoable: true, until: .now + .seconds(10), CallSite(fileID, line)
    ) { core in
      let writer = try Writer(core.engine, database, coder: coder)
      return try body(writer)
    } after: { core, value in
      (value, ConsistencyToken(core.notePosition()))
    }
  }

  /// Reads as ``read(database:fileID:line:_:)`` does, and returns when no failover can take back what was read. Without `durability`, a read is local:
  /// on a leader it may see what is not acknowledged yet, on a follower also what is out of date. ``read(_:within:database:fileID:line:_:)``
  /// works on followers too.
  ///
  /// - Throws: what ``read(database:fileID:line:_:)`` throws; ``TernError/Code/refused`` if this node does not lead a quorum,
  ///   ``TernError/Code/outcomeUnknown`` if no quorum has confirmed in time that it still does.
  public func read<Value: Sendable>(
    database: Int = 0, durability: Durability, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing Reader) throws -> Value
  ) async throws -> Value {
    try await enterDurably(
      writes: false, durability, isUndoable: false, until: .now + .seconds(10), CallSite(fileID, line)
    ) { core in
      let reader = try Reader(core.engine, database, coder: coder)
      return try body(reader)
    } after: {
      $1
    }
  }

  /// Runs `body` as one transaction under the lock, on the caller's thread, and returns when what it has done, or seen, is as durable as asked
  /// for.
  ///
  /// - Parameters:
  ///   - durability: nil: what a client is given without asking.
  ///   - after: makes the result, under the lock, when all is logged.
  func enterDurably<Value, Outcome: Sendable>(
    writes: Bool, _ durability: Durability?, isUndoable: Bool, until end: ContinuousClock.Instant, _ site: CallSite?,
    _ body: (NodeCore) throws -> Value, after: (NodeCore, Value) -> Outcome
  ) async throws -> Outcome {
    try await withCheckedThrowingContinuation { continuation in
      do {
        try check(HostThread.current)
        let now = HostClock.wallMilliseconds()
        try host.withCore { core in
          let waitsForQuorum = durability == .quorum || durability != .async && core.offersQuorum
          if waitsForQuorum, let refusal = core.quorumRefusal {
            throw TernError(refusal.code == "NOLEADER" && writes ? .readOnly : .refused, refusal.line)
          }
          let waitsForDisk = durability == .disk && writes
          if waitsForDisk, let refusal = core.diskRefusal { throw TernError(.refused, refusal.line) }
          holder.store(HostThread.current, ordering: .relaxed)
          defer { holder.store(0, ordering: .relaxed) }
          func transact() throws -> Value {
            try core.transact(writes: writes, isUndoable: isUndoable, now: now) { _ in try body(core) }
          }
          let value = try site.map { site in try withClosureWatched(site, transact) } ?? transact()
          let outcome = after(core, value)
          let finish: @Sendable (WriteOutcome) -> Void = { result in
            switch result {
            case .durable: continuation.resume(returning: outcome)
            case .uncertain(let line): continuation.resume(throwing: TernError(.outcomeUnknown, line))
            }
          }
          let limit = now + max(0, (end - .now).wholeMilliseconds)
          guard waitsForQuorum else {
            return waitsForDisk ? core.awaitDisk(until: limit, finish) : finish(.durable)
          }
          core.awaitDurability { [unowned core] result in
            guard waitsForDisk, result == .durable else { return finish(result) }
            core.awaitDisk(until: limit, finish)
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
