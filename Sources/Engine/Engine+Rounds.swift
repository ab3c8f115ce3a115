/// Buffers that a batch of commands is worked in; the engine's, reused.
final class Round {
  static let commandsMax = 64
  static let argumentsMax = 1024

  struct Parsed {
    var first: Int
    var count: Int
    var hash: UInt64
    var record: UnsafeMutablePointer<CommandRecord>?
  }

  let commands = UnsafeMutablePointer<Parsed>.allocate(capacity: Round.commandsMax)
  let arguments = UnsafeMutablePointer<ArgumentView>.allocate(capacity: Round.argumentsMax)

  func destroy() {
    commands.deallocate()
    arguments.deallocate()
  }
}

extension Engine {
  /// Executes what is whole of `input`, and writes the replies into the session's buffer. Returns how many bytes were consumed; the rest
  /// is to be given again, with more behind it, once there are `session.neededBytes`. Afterwards the driver looks at `session.gates` for
  /// `blocked` (stop, until the session is among `resumed`) and `closing` (flush, then close).
  ///
  /// Commands are worked in rounds of up to 64: all are parsed and hashed, with each key's bucket prefetched; then each entry is
  /// prefetched; then they are executed, hash in hand. On a keyspace that does not fit the cache this hides most of its latency.
  package func execute(_ session: Session, _ input: UnsafeRawBufferPointer, now: Int64) -> Int {
    setTime(now)
    session.lastInteraction = now
    guard let base = input.baseAddress else { return 0 }
    let isPrimaryLink = session.gates.contains(.primaryLink)
    session.committedBytes = 0
    var position = 0
    while position < input.count, session.gates.isDisjoint(with: [.blocked, .closing]) {
      if session.partial != nil || base.load(fromByteOffset: position, as: UInt8.self) != UInt8(ascii: "*") {
        let consumed = executeIrregular(session, UnsafeRawBufferPointer(rebasing: input[position...]))
        if consumed == 0 { break }
        position += consumed
        if isPrimaryLink, !session.gates.contains(.inMulti) { session.committedBytes = position }
        continue
      }
      let (consumed, isPartial) = executeRound(session, base, position, input.count)
      position = consumed
      if isPartial, session.gates.isDisjoint(with: [.blocked, .closing]), position < input.count {
        // It may well be whole: too long for a round, or of a form that only the careful parser knows.
        let consumed = executeIrregular(session, UnsafeRawBufferPointer(rebasing: input[position...]))
        if consumed == 0 { break }
        position += consumed
      }
    }
    if position > 0, session.partial == nil, position == input.count { session.neededBytes = 0 }
    return session.gates.contains(.closing) ? input.count : position
  }

  /// One round of multi-bulk requests from `start` on. Returns the position behind the last executed one, and whether a partial request
  /// (or one that is malformed, or too long for a round) stands there.
  @inline(never)
  private func executeRound(_ session: Session, _ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> (Int, Bool) {
    let arguments = round.arguments
    let commands = round.commands
    let keys = tables[session.databaseIndex]
    var position = start
    var commandCount = 0
    var argumentCount = 0
    var stopped = false
    let limits = requestLimits(session)

    while position < end, commandCount < Round.commandsMax, base.load(fromByteOffset: position, as: UInt8.self) == UInt8(ascii: "*") {
      let parsed = RequestParser.parse(
        base, position, end, into: arguments + argumentCount, capacity: Round.argumentsMax &- argumentCount, limits: limits)
      guard parsed.next > 0 else {
        // Too many arguments for what the round has left: they come in the next one.
        stopped = !(parsed.next == RequestParser.noRoom && commandCount > 0)
        break
      }
      position = parsed.next
      if parsed.count == 0 { continue }
      var hash: UInt64 = 0
      if parsed.count > 1 {
        let key = arguments[argumentCount &+ 1]
        hash = keys.hash(key.bytes, key.count)
        keys.prefetchBucket(hash)
      }
      let name = arguments[argumentCount]
      commands[commandCount] = Round.Parsed(
        first: argumentCount, count: parsed.count, hash: hash, record: table.find(name.bytes, name.count))
      commandCount &+= 1
      argumentCount &+= parsed.count
    }

    if commandCount > 1 {
      var i = 0
      while i < commandCount {
        if commands[i].count > 1 { keys.prefetchEntry(commands[i].hash) }
        i &+= 1
      }
    }

    let isPrimaryLink = session.gates.contains(.primaryLink)
    let started = monotonicNanoseconds()
    var i = 0
    while i < commandCount {
      let command = commands[i]
      dispatch(session, command.record, arguments + command.first, command.count, command.hash)
      i &+= 1
      if isPrimaryLink, !session.gates.contains(.inMulti) { session.committedBytes = consumedBytes(base, start, commands: i, session) }
      if !session.gates.isDisjoint(with: [.blocked, .closing]) { break }
    }
    noteRound(i, nanoseconds: monotonicNanoseconds() &- started)
    if i < commandCount {
      // Blocked or closed in the middle: what comes behind has not been executed.
      return (consumedBytes(base, start, commands: i, session), false)
    }
    return (position, stopped)
  }

  /// Fast commands are not timed one by one (two clock readings cost as much as one of them): the round's time is divided among them.
  @inline(__always)
  private func noteRound(_ count: Int, nanoseconds: Int64) {
    guard count > 0 else { return }
    let share = nanoseconds / Int64(count)
    var i = 0
    while i < count {
      if let record = round.commands[i].record, record.pointee.flags.contains(.direct) {
        record.pointee.noteTime(share, inHistogram: hot.pointee.tracksLatency)
      }
      i &+= 1
    }
  }

  /// Where the request behind the first `commands` ones begins.
  private func consumedBytes(_ base: UnsafeRawPointer, _ start: Int, commands: Int, _ session: Session) -> Int {
    guard commands > 0 else { return start }
    let last = round.commands[commands - 1]
    let argument = round.arguments[last.first + last.count - 1]
    return argument.bytes - base + argument.count + 2
  }

  @inline(__always)
  private func requestLimits(_ session: Session) -> RequestParser.Limits {
    if session.gates.contains(.unauthenticated) { return .unauthenticated }
    // What the primary took under its own limit must not be refused here, or the link would never get in sync.
    let isTrusted = !session.gates.isDisjoint(with: [.primaryLink, .loader])
    return .authenticated(bulkBytes: isTrusted ? Engine.valueBytesMax : settings.bulkBytesMax)
  }

  // MARK: what does not fit a round

  /// Inline commands, requests with many arguments, requests that came in pieces, malformed ones. Returns the bytes consumed, 0 for none.
  private func executeIrregular(_ session: Session, _ input: UnsafeRawBufferPointer) -> Int {
    guard let base = input.baseAddress else { return 0 }
    if session.partial == nil, base.load(as: UInt8.self) != UInt8(ascii: "*") { return executeInline(session, input) }
    var partial = session.partial ?? PartialRequest()
    let limits = requestLimits(session)
    switch partial.resume(input, limits: limits, bulkBytesMax: max(settings.bulkBytesMax, limits.bulkBytes)) {
    case .failed(let reason):
      session.partial = nil
      protocolError(session, reason)
      return input.count
    case .needs(let bytes):
      session.partial = partial
      session.neededBytes = bytes
      return 0
    case .complete(let consumed):
      session.partial = nil
      session.neededBytes = 0
      guard !partial.arguments.isEmpty else { return consumed }
      let views = partial.arguments.map { ArgumentView(base + $0.offset, $0.count) }
      executeOne(session, views)
      return consumed
    }
  }

  private func executeInline(_ session: Session, _ input: UnsafeRawBufferPointer) -> Int {
    if session.gates.contains(.primaryLink) {
      protocolError(session, "expected '*', got '\(printable(input.prefix(1)))'")
      return input.count
    }
    guard let newline = input.firstIndex(of: 10) else {
      // The driver hands over so much at a time; unless more is asked for, a line without an end would fill its buffer unseen.
      if input.count > RequestParser.inlineBytesMax {
        protocolError(session, "too big inline request")
      } else {
        session.neededBytes = input.count + 1
      }
      return 0
    }
    session.neededBytes = 0
    guard newline <= RequestParser.inlineBytesMax else {
      protocolError(session, "too big inline request")
      return input.count
    }
    let end = newline > 0 && input[newline - 1] == 13 ? newline - 1 : newline
    guard let words = QuotedArguments.split(input[..<end]) else {
      protocolError(session, "unbalanced quotes in request")
      return input.count
    }
    // An empty line is nothing from a client, and a sign of life from a replica that loads.
    if !words.isEmpty { execute(session, words) } else { session.emptyLines &+= 1 }
    return newline + 1
  }

  /// Executes one command given as owned arguments. The caller has set the time.
  package func execute(_ session: Session, _ arguments: [[UInt8]]) {
    var flat: [UInt8] = []
    var offsets: [(Int, Int)] = []
    for argument in arguments {
      offsets.append((flat.count, argument.count))
      flat.append(contentsOf: argument)
    }
    flat.withUnsafeBytes { bytes in
      let base = bytes.baseAddress ?? emptyBytes
      executeOne(session, offsets.map { ArgumentView(base + $0.0, $0.1) })
    }
  }

  func executeOne(_ session: Session, _ arguments: [ArgumentView]) {
    arguments.withUnsafeBufferPointer { views in
      guard let first = views.baseAddress else { return }
      let hash = views.count > 1 ? self.hash(views[1].bytes, views[1].count) : 0
      let started = monotonicNanoseconds()
      let record = table.find(first.pointee.bytes, first.pointee.count)
      dispatch(session, record, first, views.count, hash)
      if let record, record.pointee.flags.contains(.direct) {
        record.pointee.noteTime(monotonicNanoseconds() &- started, inHistogram: hot.pointee.tracksLatency)
      }
    }
  }

  package func protocolError(_ session: Session, _ reason: String) {
    session.reply.error("ERR Protocol error: \(reason)")
    statistics.noteError("ERR")
    session.gates.insert(.closing)
  }
}
