/// Commands of the host program that are run by their names: the typed API's long tail.
extension Engine {
  /// What the host program cannot use: it has no connection whose state these would change, and no client to keep waiting.
  package static let notForHosts: Set<String> = [
    "asking", "auth", "client", "command", "discard", "echo", "exec", "hello", "monitor", "migrate", "multi", "ping", "psubscribe",
    "psync", "punsubscribe", "quit", "readonly", "readwrite", "replconf", "reset", "restore-asking", "select", "ssubscribe", "subscribe",
    "sunsubscribe", "sync", "unsubscribe", "unwatch", "wait", "waitaof", "watch",
  ]

  /// The command's record if the host program may run it; throws what is wrong with the call.
  package func hostCommand(
    _ arguments: UnsafeBufferPointer<ArgumentView>
  ) throws(CommandError) -> UnsafeMutablePointer<CommandRecord> {
    guard let name = arguments.first, let found = table.find(name.bytes, name.count) else {
      throw CommandError("ERR unknown command '\(arguments.first.map { printable($0.buffer.prefix(128)) } ?? "")'")
    }
    var record = found
    if found.pointee.hasSubcommands, arguments.count > 1 {
      guard let sub = table.find(subcommand: arguments[1].bytes, arguments[1].count, of: found.pointee.id) else {
        throw .unknownSubcommand(found.pointee.spec.name, arguments[1])
      }
      record = sub
    }
    let arity = record.pointee.arity
    guard arity > 0 ? arguments.count == arity : arguments.count >= 0 - arity else {
      throw .wrongArity(record.pointee.fullName)
    }
    let flags = record.pointee.flags
    if Engine.notForHosts.contains(found.pointee.fullName) || !flags.isDisjoint(with: [.admin, .protected, .onlySentinel]) {
      throw CommandError("ERR '\(record.pointee.fullName)' is not for the program that hosts the node")
    }
    return record
  }

  /// Runs one command within a host transaction, and gives its reply (RESP3) to `body`. A write counts as a change before it is run.
  package func runForHost<R>(
    _ arguments: UnsafeBufferPointer<ArgumentView>, database: Int, mayWrite: Bool, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    let record = try hostCommand(arguments)
    guard let first = arguments.baseAddress else { throw CommandError.syntax }
    if !record.pointee.flags.isDisjoint(with: [.write, .mayReplicate]) {
      guard mayWrite || !record.pointee.flags.isHostWrite else {
        throw CommandError("READONLY '\(record.pointee.fullName)' writes; this is a read")
      }
      willChange()
    }
    let session = self.hostSession
    session.databaseIndex = database
    session.reply.removeAll()
    let hash = arguments.count > 1 ? self.hash(arguments[1].bytes, arguments[1].count) : 0
    perform(
      Call(engine: self, session: session, command: record, arguments: first, count: arguments.count, firstHash: hash, reply: session.reply)
    )
    return try body(session.reply.bytes)
  }

  private var hostSession: Session {
    if let session = hostSessionStorage { return session }
    let session = Session(id: 0, address: "in-process", localAddress: "", now: now)
    session.reply.isRESP3 = true
    hostSessionStorage = session
    return session
  }
}

extension CommandFlags {
  /// What a program must be allowed to write for. (PFCOUNT reads, and may note in the value what it has counted.)
  package var isHostWrite: Bool { contains(.write) || (contains(.mayReplicate) && !contains(.readonly)) }
}
