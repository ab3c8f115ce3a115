/// CLIENT PAUSE: until when clients' commands (or only those that write) wait.
package struct Pause {
  package var until: Int64 = 0
  package var allCommands = false
  var waiting: [(session: Session, arguments: [[UInt8]])] = []
  /// CLIENT UNPAUSE came inside a transaction.
  var endsAfterTransaction = false
}

extension Engine {
  func holdsBack(_ call: Call) -> Bool {
    let session = call.session
    guard !session.gates.contains(.primaryLink), !session.gates.contains(.replica), !session.gates.contains(.loader) else { return false }
    if pause.allCommands { return true }
    let flags = call.command.pointee.flags
    return flags.contains(.write) || flags.contains(.mayReplicate) || transactionReplicates(call)
  }

  package func startPause(until: Int64, allCommands: Bool) {
    pause.until = max(pause.until, until)
    pause.allCommands = pause.allCommands || allCommands
    gates.insert(.paused)
  }

  /// Ends the pause; what waited is executed in the order in which it came.
  package func endPause() {
    guard gates.contains(.paused) else { return }
    // What waited must not become a part of the transaction under way.
    guard transactionDepth == 0 else {
      pause.endsAfterTransaction = true
      return
    }
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
}
