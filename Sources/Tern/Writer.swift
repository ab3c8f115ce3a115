internal import TernEngine

/// One database of a node, inside a ``Node/write(database:_:)``: all that the closure does is seen, logged and replicated as one
/// transaction. Cannot leave the closure.
public struct Writer: ~Copyable {
  private let reader: Reader
  private var database: Database { reader.database }

  init(_ engine: Engine, _ index: Int) throws(TernError) { reader = try Reader(engine, index) }

  // MARK: reading

  /// See ``Reader/get(_:as:)``. Sees what the closure has written so far.
  public borrowing func get<Value: KeyspaceValue>(
    _ key: some KeyspaceBytes, as type: Value.Type = Value.self
  ) throws(TernError) -> Value? {
    try reader.get(key, as: type)
  }

  /// See ``Reader/exists(_:)``.
  public borrowing func exists(_ key: some KeyspaceBytes) -> Bool { reader.exists(key) }

  /// See ``Reader/lifetime(of:)``.
  public borrowing func lifetime(of key: some KeyspaceBytes) -> Lifetime? { reader.lifetime(of: key) }

  /// See ``Reader/count``.
  public var count: Int { reader.count }

  // MARK: writing

  /// Sets `key` to `value`, whatever it held, also of another kind. Without `expiresIn` it lives for ever. O(1).
  ///
  /// - Throws: ``TernError/Code/other`` if `expiresIn` is not positive.
  public borrowing func set(
    _ key: some KeyspaceBytes, _ value: some KeyspaceBytes, expiresIn lifetime: Duration? = nil
  ) throws(TernError) {
    let expiry = try lifetime.map { (lifetime) throws(TernError) in try deadline(lifetime) }
    let database = self.database
    key.withKeyspaceBytes { key in
      value.withKeyspaceBytes { database.setString(database.key(key), $0, expiry: expiry) }
    }
  }

  /// Adds `amount` to the integer at `key` (0 if there is none), and returns the sum. The key's lifetime stays. O(1).
  ///
  /// - Throws: ``TernError/Code/notAnInteger`` if the value is none or the sum is out of range, ``TernError/Code/wrongType``.
  @discardableResult
  public borrowing func increment(_ key: some KeyspaceBytes, by amount: Int = 1) throws(TernError) -> Int {
    let database = self.database
    return try key.withKeyspaceBytes { (key) throws(TernError) -> Int in
      do throws(CommandError) {
        return Int(try database.increment(database.key(key), by: Int64(amount)))
      } catch {
        throw TernError(error)
      }
    }
  }

  /// Appends bytes to the string at `key` (empty if there is none), and returns its new length in bytes. O(1) amortised.
  @discardableResult
  public borrowing func append(_ key: some KeyspaceBytes, _ value: some KeyspaceBytes) throws(TernError) -> Int {
    let database = self.database
    return try key.withKeyspaceBytes { (key) throws(TernError) -> Int in
      try value.withKeyspaceBytes { (value) throws(TernError) -> Int in
        do throws(CommandError) {
          return try database.append(database.key(key), value)
        } catch {
          throw TernError(error)
        }
      }
    }
  }

  /// Takes `key` out. Returns whether it was there. O(1), whatever it held.
  @discardableResult
  public borrowing func delete(_ key: some KeyspaceBytes) -> Bool {
    let database = self.database
    return key.withKeyspaceBytes { database.remove(database.key($0)) }
  }

  /// Lets `key` expire after `lifetime`; one that is not positive takes it out at once. Returns whether the key was there. O(1).
  @discardableResult
  public borrowing func expire(_ key: some KeyspaceBytes, in lifetime: Duration) -> Bool {
    let database = self.database
    let (time, overflow) = reader.now.addingReportingOverflow(lifetime.wholeMilliseconds)
    return key.withKeyspaceBytes { database.setExpiry(database.key($0), at: overflow ? .max >> 1 : time) }
  }

  /// Lets `key` live for ever. Returns whether that changed anything. O(1).
  @discardableResult
  public borrowing func persist(_ key: some KeyspaceBytes) -> Bool {
    let database = self.database
    return key.withKeyspaceBytes { database.removeExpiry(database.key($0)) }
  }

  /// Takes all keys of this database out. O(1); the memory comes back in the background.
  public borrowing func removeAll() { database.removeAll() }

  private borrowing func deadline(_ lifetime: Duration) throws(TernError) -> Int64 {
    let (time, overflow) = reader.now.addingReportingOverflow(lifetime.wholeMilliseconds)
    guard lifetime.wholeMilliseconds > 0, !overflow else { throw TernError(.other, "a lifetime of \(lifetime) is out of range") }
    return time
  }
}

extension Duration {
  /// Rounded down; clamped to what fits.
  fileprivate var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    if overflow { return seconds > 0 ? .max : .min }
    return milliseconds &+ attoseconds / 1_000_000_000_000_000
  }
}
