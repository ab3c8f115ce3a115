/// What holds clients' commands (or only those that write) back: each purpose by itself, so that CLIENT UNPAUSE does not open the gate in
/// the middle of a failover or of a shutdown.
package struct Pause {
  package enum Purpose: Int, Sendable, CaseIterable {
    /// CLIENT PAUSE.
    case client
    /// FAILOVER: nothing may be written until the role is handed over.
    case failover
    /// A shutdown that waits for replicas, or saves.
    case shutdown
    /// A slow replica: writers wait for it (tern-repl-backpressure).
    case backpressure
  }

  private struct Order {
    /// Ms since 1970; `.max`: until it is ended.
    var until: Int64
    var allCommands: Bool
  }

  private var orders: [Order?] = Array(repeating: nil, count: Purpose.allCases.count)
  package private(set) var allCommands = false
  package private(set) var isOn = false
  /// The first moment at which a purpose ends by itself.
  package private(set) var nextEnd: Int64 = .max
  var waiting: [(session: Session, arguments: [[UInt8]])] = []
  /// What was ended inside a transaction is over when that is.
  var endsAfterTransaction: [Purpose] = []

  mutating func start(_ purpose: Purpose, until: Int64, allCommands: Bool) {
    let order = orders[purpose.rawValue]
    orders[purpose.rawValue] = Order(until: max(until, order?.until ?? until), allCommands: allCommands || order?.allCommands == true)
    endsAfterTransaction.removeAll { $0 == purpose }
    sum()
  }

  mutating func end(_ purpose: Purpose) {
    orders[purpose.rawValue] = nil
    sum()
  }

  func isOn(_ purpose: Purpose) -> Bool { orders[purpose.rawValue] != nil }

  func overdue(at now: Int64) -> [Purpose] {
    Purpose.allCases.filter { orders[$0.rawValue].map { now >= $0.until } ?? false }
  }

  private mutating func sum() {
    isOn = orders.contains { $0 != nil }
    allCommands = orders.contains { $0?.allCommands == true }
    nextEnd = orders.compactMap { $0?.until }.min() ?? .max
  }
}

extension Engine {
  func holdsBack(_ call: Call) -> Bool {
    let session = call.session
    guard !session.gates.contains(.primaryLink), !session.gates.contains(.replica), !session.gates.contains(.loader) else { return false }
    if pause.allCommands { return true }
    let flags = call.command.pointee.flags
    return flags.contains(.write) || flags.contains(.mayReplicate) || transactionReplicates(call)
  }

  /// `until` in ms since 1970. A pause that is on for the same purpose gets no shorter, and no weaker.
  package func startPause(_ purpose: Pause.Purpose = .client, until: Int64, allCommands: Bool) {
    pause.start(purpose, until: until, allCommands: allCommands)
    gates.insert(.paused)
  }

  /// Ends the pause for one purpose; with the last one, what waited is executed in the order in which it came.
  package func endPause(_ purpose: Pause.Purpose = .client) {
    guard gates.contains(.paused), pause.isOn(purpose) else { return }
    // What waited must not become a part of the transaction under way.
    guard transactionDepth == 0 else {
      if !pause.endsAfterTransaction.contains(purpose) { pause.endsAfterTransaction.append(purpose) }
      return
    }
    pause.end(purpose)
    guard !pause.isOn else { return }
    gates.remove(.paused)
    let waiting = pause.waiting
    pause = Pause()
    for (session, arguments) in waiting where session.gates.contains(.blocked) && !session.gates.contains(.closing) {
      session.gates.remove(.blocked)
      session.blocked = nil
      execute(session, arguments)
      if let wake = session.onWake {
        if !session.gates.contains(.blocked) {
          session.onWake = nil
          wake()
        }
        continue
      }
      touch(session)
      if !session.gates.contains(.blocked) { resumed.append(session) }
    }
  }

  /// The role has changed: what waited meets the new one.
  package func endPauses(besides purposes: [Pause.Purpose]) {
    for purpose in Pause.Purpose.allCases where !purposes.contains(purpose) { endPause(purpose) }
  }

  /// Ends what is paused no longer than until now.
  package func endOverduePauses() {
    guard gates.contains(.paused), now >= pause.nextEnd else { return }
    for purpose in pause.overdue(at: now) { endPause(purpose) }
  }

  @inline(never)
  func endPausesAfterTransaction() {
    let purposes = pause.endsAfterTransaction
    pause.endsAfterTransaction = []
    for purpose in purposes { endPause(purpose) }
  }
}
