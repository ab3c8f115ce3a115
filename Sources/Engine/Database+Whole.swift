/// Operations on whole databases.
extension Database {
  /// Takes every key out, O(1). Said in the log even if there was none, as Redis does.
  package func removeAll(isLazy: Bool = false) {
    engine.hot.pointee.dirty &+= Int64(count)
    engine.flush(index, isLazy: isLazy)
    engine.invalidateAll()
    if engine.effects.isRecording { engine.effects.begin(index, 1, "FLUSHDB") }
  }
}

extension Engine {
  /// Takes every key out of every database, O(1). `database`: where the log's reader is when it reads of it.
  package func removeAll(from database: Database, isLazy: Bool = false) {
    for i in 0..<databaseCount {
      dirty += Int64(self.database(i).count)
      flush(i, isLazy: isLazy)
    }
    invalidateAll()
    if effects.isRecording { effects.begin(database.index, 1, "FLUSHALL") }
  }

  /// Exchanges two databases: who is connected to the one finds the other's keys from now on.
  package func swap(_ a: Int, _ b: Int, from database: Database) {
    breakWatches(inDatabases: [a, b])
    swapDatabases(a, b)
    noteChanges(inDatabases: [a, b])
    dirty += 1
    guard effects.isRecording else { return }
    effects.begin(database.index, 3, "SWAPDB")
    effects.argument(Int64(a))
    effects.argument(Int64(b))
  }
}
