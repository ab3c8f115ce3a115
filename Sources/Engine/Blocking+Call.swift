internal import CTern

/// What a blocking command's handler calls.
extension Call {
  /// Inside of EXEC, in the primary's stream and in a file that is loaded, what would block answers at once that it got nothing.
  package var mayBlock: Bool {
    !engine.isExecutingTransaction && session.gates.isDisjoint(with: [.primaryLink, .loader])
  }

  /// Blocks the session until one of `keys` becomes a value of `type` and `attempt` succeeds, or `deadline` passes (a null array then).
  /// The handler has tried at once before, in vain, has asked `mayBlock`, and writes no reply itself.
  ///
  /// - Parameter attempt: see `KeyWait.Attempt`; the call that it gets has the same arguments, session and reply as this one.
  package func block(
    on keys: some Sequence<KeyView>, for type: ValueType, wakesOnRemoval: Bool = false, deadline: Int64?,
    attempt: @escaping (_ call: Call, _ ready: KeyView) throws(CommandError) -> Bool
  ) {
    let owned = OwnedArguments(self)
    let engine = self.engine
    let session = self.session
    let command = self.command
    engine.block(
      session, on: Array(keys), in: session.databaseIndex, for: type, wakesOnRemoval: wakesOnRemoval, deadline: deadline, command: command
    ) { [unowned engine, unowned session] (ready: KeyView) throws(CommandError) -> Bool in
      try owned.withCall(of: engine, session, command) { (call: Call) throws(CommandError) -> Bool in try attempt(call, ready) }
    }
  }

  /// A timeout in seconds, with fractions, as a deadline in ms since 1970; nil for 0: for ever. Rounded up, so that one above 0 never
  /// becomes for ever.
  package func deadline(seconds index: Int) throws(CommandError) -> Int64? {
    let argument = self[index]
    var milliseconds: Int64 = 0
    let outcome = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 257) { text -> Int32 in
      // strtold stops at a NUL; a text that holds one is no number.
      guard argument.count <= 255, let base = text.baseAddress else { return -1 }
      UnsafeMutableRawPointer(base).copyMemory(from: argument.bytes, byteCount: argument.count)
      base[argument.count] = 0
      return tern_timeout_milliseconds(base, argument.count, &milliseconds)
    }
    guard outcome != -1 else { throw CommandError("ERR timeout is not a float or out of range") }
    guard outcome == 0 else { throw CommandError("ERR timeout is out of range") }
    return try deadline(in: milliseconds)
  }

  /// A timeout in milliseconds, a whole number.
  package func deadline(milliseconds index: Int) throws(CommandError) -> Int64? {
    try deadline(in: try integer(index, or: CommandError("ERR timeout is not an integer or out of range")))
  }

  private func deadline(in milliseconds: Int64) throws(CommandError) -> Int64? {
    guard milliseconds >= 0 else { throw CommandError("ERR timeout is negative") }
    guard milliseconds > 0 else { return nil }
    let (deadline, overflow) = engine.now.addingReportingOverflow(milliseconds)
    guard !overflow else { throw CommandError("ERR timeout is out of range") }
    return deadline
  }
}

/// A call's arguments, kept beyond the call, as the handler will see them at every attempt: a client that waits for thousands of keys is
/// woken without a walk over them.
private final class OwnedArguments {
  private let bytes: UnsafeMutableRawPointer
  private let views: UnsafeMutableBufferPointer<ArgumentView>
  private let firstHash: UInt64

  init(_ call: Call) {
    var total = 0
    for i in 0..<call.count { total += call[i].count }
    bytes = .allocate(byteCount: max(1, total), alignment: 1)
    views = .allocate(capacity: call.count)
    var offset = 0
    for i in 0..<call.count {
      let argument = call[i]
      (bytes + offset).copyMemory(from: argument.bytes, byteCount: argument.count)
      views.initializeElement(at: i, to: ArgumentView(bytes + offset, argument.count))
      offset += argument.count
    }
    firstHash = call.firstHash
  }

  deinit {
    bytes.deallocate()
    views.deallocate()
  }

  func withCall(
    of engine: Engine, _ session: Session, _ command: UnsafeMutablePointer<CommandRecord>,
    _ body: (Call) throws(CommandError) -> Bool
  ) throws(CommandError) -> Bool {
    guard let first = views.baseAddress else { return false }
    return try body(
      Call(
        engine: engine, session: session, command: command, arguments: first, count: views.count, firstHash: firstHash,
        reply: session.reply))
  }
}
