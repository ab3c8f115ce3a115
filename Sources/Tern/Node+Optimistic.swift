internal import TernDrivers
internal import TernEngine
internal import TernNode

extension Node {
  /// A transaction whose decision takes time, or must not hold the node: reads a snapshot, computes asynchronously, and writes only if none
  /// of the watched keys was changed meanwhile; otherwise it begins anew.
  ///
  /// ```swift
  /// let order = try await node.optimistic(watching: ["stock:\(item)"]) { snapshot in
  ///   try await price(item, inStock: snapshot.get("stock:\(item)", as: Int.self) ?? 0)
  /// } write: { db, price in
  ///   try db.increment("stock:\(item)", by: -1)
  ///   try db.hset("order:\(id)", field: "price", value: price)
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - keys: what the decision rests on, in `database`. A key that is there no more, or whose time is over, has changed.
  ///   - attempts: how often it is tried; each waits for nothing but `compute`.
  ///   - compute: may be called several times; must have no effects of its own.
  ///   - write: as of ``write(database:fileID:line:_:)``; what it throws undoes it, and ends this.
  /// - Throws: ``TernError/Code/conflict`` when all attempts were in vain: nothing was written. `CancellationError`: nothing was written
  ///   either, as the write itself is not interrupted.
  public func optimistic<Key: KeyspaceBytes, Plan, Value>(
    watching keys: [Key], database: Int = 0, attempts: Int = 16, fileID: StaticString = #fileID, line: UInt = #line,
    compute: (Snapshot) async throws -> Plan, write body: (borrowing Writer, Plan) throws -> Value
  ) async throws -> Value {
    let names = keys.map { Bytes($0).array }
    for _ in 0..<max(1, attempts) {
      try Task.checkCancellation()
      let (source, context, watch) = try enterTyped(writes: false, isUndoable: false) { (engine) throws(TernError) in
        // Checks the number.
        _ = try Reader(engine, database, coder: coder)
        return (engine.takeSnapshot(), engine.snapshotContext, engine.beginHostWatch(names, database: database))
      }
      let snapshot = Snapshot(self, source, context)
      defer { host.soon { $0.engine.endHostWatch(watch) } }
      let plan = try await compute(snapshot)
      try Task.checkCancellation()
      let outcome: Value? = try withClosureWatched(CallSite(fileID, line)) {
        try enter(writes: true, isUndoable: true) { (engine) -> Value? in
          if engine.isBroken(watch) { return nil }
          engine.endHostWatch(watch)
          return try body(try Writer(engine, database, coder: coder), plan)
        }
      }
      if let outcome { return outcome }
    }
    throw TernError(.conflict, "what was watched changed at each of \(max(1, attempts)) attempts")
  }
}
