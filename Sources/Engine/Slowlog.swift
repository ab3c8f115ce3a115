/// The commands that took long, newest first.
package struct Slowlog {
  package struct Item {
    package let id: Int64
    /// Seconds since 1970.
    package let time: Int64
    package let microseconds: Int64
    package let arguments: [[UInt8]]
    package let address: String
    package let name: [UInt8]
  }
  private static let argumentsMax = 32
  private static let argumentBytesMax = 128

  /// Oldest first, so that an entry costs the same however many there are. The first `dropped` count no more: they are taken out when
  /// they are as many as those that do.
  private var stored: [Item] = []
  private var dropped = 0
  package var items: ReversedCollection<ArraySlice<Item>> { stored.dropFirst(dropped).reversed() }
  private var nextID: Int64 = 0

  /// Arguments are kept in part only, as in Redis: 32 of them, 128 bytes each.
  mutating func add(_ call: Call, microseconds: Int64, time: Int64, lengthMax: Int) {
    guard lengthMax > 0 else { return reset() }
    var arguments: [[UInt8]] = []
    for i in 0..<min(call.count, Slowlog.argumentsMax) {
      if call.engine.isSecret(call, i) {
        arguments.append(Array("(redacted)".utf8))
      } else if i == Slowlog.argumentsMax - 1, call.count > Slowlog.argumentsMax {
        arguments.append(Array("... (\(call.count - Slowlog.argumentsMax + 1) more arguments)".utf8))
      } else if call[i].count > Slowlog.argumentBytesMax {
        let more = "... (\(call[i].count - Slowlog.argumentBytesMax) more bytes)"
        arguments.append(Array(call[i].buffer.prefix(Slowlog.argumentBytesMax)) + Array(more.utf8))
      } else {
        arguments.append(call.bytes(i))
      }
    }
    stored.append(
      Item(
        id: nextID, time: time, microseconds: microseconds, arguments: arguments, address: call.session.address, name: call.session.name))
    nextID += 1
    trim(to: lengthMax)
  }

  package mutating func trim(to length: Int) {
    dropped = max(dropped, stored.count - max(0, length))
    guard dropped * 2 >= stored.count else { return }
    stored.removeFirst(dropped)
    dropped = 0
  }

  package mutating func reset() {
    stored = []
    dropped = 0
  }
}
