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

/// A call's arguments, kept beyond the call.
private struct OwnedArguments {
  private var bytes: [UInt8] = []
  private var ranges: [(offset: Int, count: Int)] = []

  init(_ call: Call) {
    bytes.reserveCapacity((0..<call.count).reduce(0) { $0 + call[$1].count })
    for i in 0..<call.count {
      ranges.append((bytes.count, call[i].count))
      bytes.append(contentsOf: call[i].buffer)
    }
  }

  func withCall(
    of engine: Engine, _ session: Session, _ command: UnsafeMutablePointer<CommandRecord>,
    _ body: (Call) throws(CommandError) -> Bool
  ) throws(CommandError) -> Bool {
    let outcome = bytes.withUnsafeBytes { bytes -> Result<Bool, CommandError> in
      let base = bytes.baseAddress ?? emptyBytes
      let views = ranges.map { ArgumentView(base + $0.offset, $0.count) }
      return views.withUnsafeBufferPointer { views -> Result<Bool, CommandError> in
        guard let first = views.baseAddress else { return .success(false) }
        let hash = views.count > 1 ? engine.hash(views[1].bytes, views[1].count) : 0
        let call = Call(
          engine: engine, session: session, command: command, arguments: first, count: views.count, firstHash: hash, reply: session.reply)
        do throws(CommandError) { return .success(try body(call)) } catch { return .failure(error) }
      }
    }
    return try outcome.get()
  }
}
