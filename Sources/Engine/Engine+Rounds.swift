/// Buffers that a batch of commands is worked in; the engine's, reused.
final class Round {
  static let commandsMax = 64
  static let argumentsMax = 1024

  struct Parsed {
    var input: UnsafeMutablePointer<Engine.Input>
    var first: Int
    var count: Int
    /// In the input's bytes.
    var end: Int
    var hash: UInt64
    var record: UnsafeMutablePointer<CommandRecord>?
  }

  let commands = UnsafeMutablePointer<Parsed>.allocate(capacity: Round.commandsMax)
  let arguments = UnsafeMutablePointer<ArgumentView>.allocate(capacity: Round.argumentsMax)
  /// Of the round being executed: what the commands took that were timed one by one.
  var timedNanoseconds: Int64 = 0

  func destroy() {
    commands.deallocate()
    arguments.deallocate()
  }
}

extension Engine {
  /// What one session sent, and how far it has been executed.
  package struct Input {
    package unowned(unsafe) let session: Session
    package let bytes: UnsafeRawPointer
    package let count: Int
    /// Bytes executed; the rest is to be given again.
    package internal(set) var consumed = 0
    /// Replies of `turnReplyBytesMax` have come together: nothing more is executed in this turn.
    package internal(set) var isFull = false
    var replyCountMax = Int.max

    @inline(__always)
    package init(_ session: Session, _ bytes: UnsafeRawPointer, _ count: Int) {
      self.session = session
      self.bytes = bytes
      self.count = count
    }
  }

  /// Executes what is whole of `input`, and writes the replies into the session's buffer. Returns how many bytes were consumed; the rest
  /// is to be given again, with more behind it, once there are `session.neededBytes`. Afterwards the driver looks at `session.gates` for
  /// `blocked` (stop, until the session is among `resumed`) and `closing` (flush, then close).
  package func execute(_ session: Session, _ input: UnsafeRawBufferPointer, now: Int64) -> Int {
    var one = Input(session, input.baseAddress ?? emptyBytes, input.count)
    return withUnsafeMutablePointer(to: &one) {
      execute(UnsafeMutableBufferPointer(start: $0, count: 1), now: now)
      return $0.pointee.consumed
    }
  }

  /// As above, for what several sessions sent: one input of each. They are executed in their order.
  ///
  /// Commands are worked in rounds of up to 64: all are parsed and hashed, with each key's directory prefetched; then each bucket, then
  /// each entry is prefetched; then they are executed, hash in hand. On a keyspace that does not fit the cache this hides most of its
  /// latency. A round goes on from one session's input to the next's, so that it is as long when no client pipelines.
  package func execute(_ inputs: UnsafeMutableBufferPointer<Input>, now: Int64) {
    setTime(now)
    guard let first = inputs.baseAddress else { return }
    for i in 0..<inputs.count {
      let session = first[i].session.hot
      session.pointee.lastInteraction = now
      session.pointee.committedBytes = 0
      // Counted from what is there: replies that are held back for durability must not keep the next command from being executed.
      first[i].replyCountMax = first[i].session.reply.count &+ hot.pointee.turnReplyBytesMax
    }
    var next = 0
    while next < inputs.count {
      let input = first + next
      let session = input.pointee.session
      guard input.pointee.consumed < input.pointee.count, !input.pointee.isFull, session.gates.isDisjoint(with: [.blocked, .closing])
      else {
        next += 1
        continue
      }
      if Self.isRegular(input) {
        let (reached, isIrregular) = executeRound(first, next, inputs.count)
        next = reached
        // What could not be parsed may well be whole: too long for a round, or of a form that only the careful parser knows.
        guard isIrregular else { continue }
      }
      if !executeIrregular(first + next) { next += 1 }
    }
    for i in 0..<inputs.count {
      let session = first[i].session
      if first[i].isFull { session.neededBytes = 0 }
      if first[i].consumed > 0, !session.hot.pointee.hasPartial, first[i].consumed == first[i].count { session.neededBytes = 0 }
      if session.gates.contains(.closing) { first[i].consumed = first[i].count }
    }
  }

  /// A multi-bulk request begins there.
  @inline(__always)
  private static func isRegular(_ input: UnsafeMutablePointer<Input>) -> Bool {
    let at = input.pointee.consumed
    return at < input.pointee.count && !input.pointee.session.hot.pointee.hasPartial
      && input.pointee.bytes.load(fromByteOffset: at, as: UInt8.self) == UInt8(ascii: "*")
  }

  /// One request that does not fit a round. False if there is none that is whole, or none may be executed.
  private func executeIrregular(_ input: UnsafeMutablePointer<Input>) -> Bool {
    let session = input.pointee.session
    let at = input.pointee.consumed
    guard at < input.pointee.count, session.gates.isDisjoint(with: [.blocked, .closing]) else { return false }
    let rest = UnsafeRawBufferPointer(start: input.pointee.bytes + at, count: input.pointee.count - at)
    let consumed = executeIrregular(session, rest)
    input.pointee.consumed += consumed
    if session.reply.count > input.pointee.replyCountMax { input.pointee.isFull = true }
    if consumed > 0, session.gates.contains(.primaryLink), !session.gates.contains(.inMulti) {
      session.committedBytes = input.pointee.consumed
    }
    return consumed > 0
  }

  /// One round of multi-bulk requests, from the input at `start` on. Returns the input that it came to, and whether a partial request (or
  /// one that is malformed, or too long for a round) stands there.
  @inline(never)
  private func executeRound(_ inputs: UnsafeMutablePointer<Input>, _ start: Int, _ end: Int) -> (Int, Bool) {
    let arguments = round.arguments
    let commands = round.commands
    var commandCount = 0
    var argumentCount = 0
    var index = start
    var isIrregular = false

    fill: while index < end {
      let input = inputs + index
      guard Self.isRegular(input), input.pointee.session.gates.isDisjoint(with: [.blocked, .closing]) else { break }
      let base = input.pointee.bytes
      let count = input.pointee.count
      let keys = tables[input.pointee.session.databaseIndex]
      let limits = requestLimits(input.pointee.session)
      let firstCommand = commandCount
      var position = input.pointee.consumed
      while position < count {
        guard commandCount < Round.commandsMax, base.load(fromByteOffset: position, as: UInt8.self) == UInt8(ascii: "*") else {
          break fill
        }
        let parsed = RequestParser.parse(
          base, position, count, into: arguments + argumentCount, capacity: Round.argumentsMax &- argumentCount, limits: limits)
        guard parsed.next > 0 else {
          // Too many arguments for what the round has left: they come in the next one.
          isIrregular = !(parsed.next == RequestParser.noRoom && commandCount > 0)
          break fill
        }
        position = parsed.next
        if parsed.count == 0 {
          // No command: its bytes go with the one before it.
          if commandCount > firstCommand { commands[commandCount &- 1].end = position } else { input.pointee.consumed = position }
          continue
        }
        var hash: UInt64 = 0
        if parsed.count > 1 {
          let key = arguments[argumentCount &+ 1]
          hash = keys.hash(key.bytes, key.count)
          keys.prefetchDirectory(hash)
        }
        let name = arguments[argumentCount]
        commands[commandCount] = Round.Parsed(
          input: input, first: argumentCount, count: parsed.count, end: position, hash: hash, record: table.find(name.bytes, name.count))
        commandCount &+= 1
        argumentCount &+= parsed.count
      }
      index &+= 1
    }

    if commandCount > 1 {
      var i = 0
      while i < commandCount {
        if commands[i].count > 1 { tables[commands[i].input.pointee.session.databaseIndex].prefetchBucket(commands[i].hash) }
        i &+= 1
      }
      i = 0
      while i < commandCount {
        if commands[i].count > 1 { tables[commands[i].input.pointee.session.databaseIndex].prefetchEntry(commands[i].hash) }
        i &+= 1
      }
    }

    let started = monotonicNanoseconds()
    round.timedNanoseconds = 0
    var i = 0
    while i < commandCount {
      let command = commands + i
      let input = command.pointee.input
      let session = input.pointee.session
      i &+= 1
      // A session that was blocked or closed in the middle: what comes behind is not executed.
      if input.pointee.isFull || !session.gates.isDisjoint(with: [.blocked, .closing]) {
        command.pointee.record = nil
        continue
      }
      if !dispatch(session, command.pointee.record, arguments + command.pointee.first, command.pointee.count, command.pointee.hash) {
        command.pointee.record = nil
      }
      input.pointee.consumed = command.pointee.end
      if session.reply.count > input.pointee.replyCountMax { input.pointee.isFull = true }
      if session.gates.contains(.primaryLink), !session.gates.contains(.inMulti) { session.committedBytes = command.pointee.end }
    }
    noteRound(commandCount, nanoseconds: monotonicNanoseconds() &- started &- round.timedNanoseconds)
    return (index, isIrregular)
  }

  /// Fast commands are not timed one by one (two clock readings cost as much as one of them): what the round took is divided among those
  /// that have kept their record, without what was timed by itself.
  @inline(__always)
  private func noteRound(_ count: Int, nanoseconds: Int64) {
    var direct = 0
    var i = 0
    while i < count {
      if round.commands[i].record != nil { direct &+= 1 }
      i &+= 1
    }
    guard direct > 0 else { return }
    let share = max(0, nanoseconds) / Int64(direct)
    i = 0
    while i < count {
      if let record = round.commands[i].record { record.pointee.noteTime(share, inHistogram: hot.pointee.tracksLatency) }
      i &+= 1
    }
  }

  @inline(__always)
  private func requestLimits(_ session: Session) -> RequestParser.Limits {
    if session.gates.contains(.unauthenticated) { return .unauthenticated }
    // What the primary took under its own limit must not be refused here, or the link would never get in sync.
    let isTrusted = !session.gates.isDisjoint(with: [.primaryLink, .loader])
    return .authenticated(bulkBytes: isTrusted ? Engine.valueBytesMax : hot.pointee.bulkBytesMax)
  }

  // MARK: what does not fit a round

  /// Inline commands, requests with many arguments, requests that came in pieces, malformed ones. Returns the bytes consumed, 0 for none.
  private func executeIrregular(_ session: Session, _ input: UnsafeRawBufferPointer) -> Int {
    guard let base = input.baseAddress else { return 0 }
    if session.partial == nil, base.load(as: UInt8.self) != UInt8(ascii: "*") { return executeInline(session, input) }
    // Taken out of the session: appended to through a second reference, the arguments so far would be copied for each new one.
    var partial = session.partial ?? PartialRequest()
    session.partial = nil
    let limits = requestLimits(session)
    switch partial.resume(input, limits: limits, bulkBytesMax: max(hot.pointee.bulkBytesMax, limits.bulkBytes)) {
    case .failed(let reason):
      protocolError(session, reason)
      return input.count
    case .needs(let bytes):
      session.partial = partial
      session.neededBytes = bytes
      return 0
    case .complete(let consumed):
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
      if dispatch(session, record, first, views.count, hash), let record {
        record.pointee.noteTime(monotonicNanoseconds() &- started, inHistogram: hot.pointee.tracksLatency)
      }
    }
  }

  package func protocolError(_ session: Session, _ reason: String) {
    // A primary's stream is answered nothing; whoever closes it says what was wrong.
    if session.gates.contains(.primaryLink) { session.reply.isMuted = false }
    session.reply.error("ERR Protocol error: \(reason)")
    statistics.noteError("ERR")
    session.gates.insert(.closing)
  }
}
