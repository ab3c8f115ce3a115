/// Output of one session that must wait: it tells of log bytes that are not yet as durable as promised. Empty for nearly all sessions
/// nearly always.
///
/// In order: `ready` (may leave), then the parts (each waits for an offset of its own), then what stands in the session's reply buffer
/// while there are parts. Parts are released one by one, so that a client that never stops to send is answered all the same.
package final class HeldOutput {
  /// What one turn of the lock brought.
  package final class Part {
    package fileprivate(set) var bytes: [UInt8]
    /// May leave when the log up to here is durable.
    package let offset: Int64
    /// Messages and invalidations that others caused, and no replies: nobody waits for them.
    package let isPush: Bool
    fileprivate var isOver = false

    fileprivate init(_ bytes: [UInt8], offset: Int64, isPush: Bool) {
      self.bytes = bytes
      self.offset = offset
      self.isPush = isPush
    }
  }

  private var ready: [UInt8] = []
  private var parts: [Part] = []
  private var first = 0
  /// Waiting bytes, without `ready`.
  package private(set) var waitingBytes = 0
  /// The session asked to be closed behind these.
  package var closesAfterwards = false

  package init() {}

  package var isWaiting: Bool { first < parts.count }
  package var isEmpty: Bool { !isWaiting && ready.isEmpty }
  package var holdsPushes: Bool { parts[first...].contains { $0.isPush && !$0.bytes.isEmpty } }

  package func add(_ bytes: UnsafeRawBufferPointer, offset: Int64, isPush: Bool) -> Part {
    let part = Part(Array(bytes), offset: offset, isPush: isPush)
    parts.append(part)
    waitingBytes += bytes.count
    return part
  }

  /// What need not wait itself stands behind what does.
  package func follow(_ bytes: UnsafeRawBufferPointer) {
    guard isWaiting, let last = parts.last else { return ready.append(contentsOf: bytes) }
    last.bytes.append(contentsOf: bytes)
    waitingBytes += bytes.count
  }

  /// Everything up to `offset` may leave. Returns whether there is something.
  package func release(upTo offset: Int64) -> Bool {
    while first < parts.count, parts[first].isOver || parts[first].offset <= offset {
      ready.append(contentsOf: parts[first].bytes)
      waitingBytes -= parts[first].bytes.count
      parts[first].isOver = true
      parts[first].bytes = []
      first += 1
    }
    if first == parts.count {
      parts.removeAll(keepingCapacity: true)
      first = 0
    } else if first > 64 {
      parts.removeFirst(first)
      first = 0
    }
    return !ready.isEmpty
  }

  /// The replies of `part` become errors, one for each, and may leave at once; pushes between them stay and wait.
  package func fail(_ part: Part, _ line: String) {
    guard !part.isOver, !part.isPush else { return }
    var pushes: [UInt8] = []
    let error = Array("-\(line)\r\n".utf8)
    part.bytes.withUnsafeBytes { bytes in
      var at = 0
      while at < bytes.count, let end = ReplyScan.end(of: bytes, from: at) {
        if bytes[at] == UInt8(ascii: ">") { pushes.append(contentsOf: bytes[at..<end]) } else { ready.append(contentsOf: error) }
        at = end
      }
    }
    waitingBytes += pushes.count - part.bytes.count
    part.bytes = pushes
    if pushes.isEmpty { part.isOver = true }
  }

  /// What may leave now; the caller sends it.
  package func takeReady() -> [UInt8] {
    defer { ready = [] }
    return ready
  }
}

/// Finds where one reply of our own ends, without making anything of it.
enum ReplyScan {
  /// Nil when `bytes` ends before it does.
  static func end(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var at = start
    var missing = 1
    while missing > 0 {
      guard at < bytes.count else { return nil }
      let type = bytes[at]
      var end = at + 1
      while end < bytes.count, bytes[end] != 10 { end += 1 }
      guard end < bytes.count else { return nil }
      let line = bytes[(at + 1)..<max(at + 1, end - 1)]
      at = end + 1
      missing -= 1
      switch type {
      case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
        guard let count = Decimal.parse(Array(line)), count >= 0 else { continue }
        at += Int(count) + 2
        if at > bytes.count { return nil }
      case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
        if let count = Decimal.parse(Array(line)), count > 0 { missing += Int(count) }
      case UInt8(ascii: "%"):
        if let count = Decimal.parse(Array(line)), count > 0 { missing += Int(count) * 2 }
      case UInt8(ascii: "|"):
        // An attribute stands before the value that it belongs to.
        if let count = Decimal.parse(Array(line)), count >= 0 { missing += Int(count) * 2 + 1 }
      default: break
      }
    }
    return at
  }
}

extension Session {
  /// A command was executed, since `forgetCommands`, whose reply depends on the data or is a promise about them.
  package var hasTouchedData: Bool {
    hot.pointee.commandFlags & (CommandFlags.write.rawValue | CommandFlags.readonly.rawValue | CommandFlags.mayReplicate.rawValue) != 0
  }
  package func forgetCommands() { hot.pointee.commandFlags = 0 }
  /// CLIENT DURABILITY async: its replies are not held.
  package var isAsynchronous: Bool {
    get { hot.pointee.isAsynchronous }
    set { hot.pointee.isAsynchronous = newValue }
  }
}

extension Engine {
  /// Channels of this prefix carry what members of a cluster tell each other through the log; clients may not publish there.
  package static let reservedChannelPrefix = Array("__tern:".utf8)

  /// Invalidations that wait to be put together are, now.
  package func completeOutput() {
    if tracking.hasBroadcasts { broadcastInvalidations() }
  }
}
