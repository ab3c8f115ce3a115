internal import TernEngine
internal import TernPersistence

/// DUMP, RESTORE and RESTORE-ASKING: values by themselves.
extension DumpCommands {
  static func dump(_ call: Call) throws(CommandError) {
    guard let entry = call.database.find(call.key(1)) else { return call.reply.null() }
    call.reply.bulk(call.node.payload(of: entry))
  }

  /// There are no slots here that could be imported: the same as RESTORE.
  static func restoreAsking(_ call: Call) throws(CommandError) { try restore(call) }

  private struct Options {
    var replaces = false
    var isAbsolute = false
    var idleSeconds: Int64?
    var frequency: Int64?

    var access: LoadBatch.Access {
      if let idleSeconds { return .idle(seconds: UInt64(clamping: idleSeconds)) }
      return frequency.map { .frequency(UInt8(clamping: $0)) } ?? .new
    }
  }

  private static func options(_ call: Call) throws(CommandError) -> Options {
    var options = Options()
    var i = 4
    while i < call.count {
      let hasMore = i + 1 < call.count
      if call.is(i, "REPLACE") {
        options.replaces = true
      } else if call.is(i, "ABSTTL") {
        options.isAbsolute = true
      } else if call.is(i, "IDLETIME"), hasMore, options.frequency == nil {
        let seconds = try call.integer(i + 1)
        guard seconds >= 0 else { throw CommandError("ERR Invalid IDLETIME value, must be >= 0") }
        options.idleSeconds = seconds
        i += 1
      } else if call.is(i, "FREQ"), hasMore, options.idleSeconds == nil {
        let frequency = try call.integer(i + 1)
        guard frequency >= 0, frequency <= 255 else { throw CommandError("ERR Invalid FREQ value, must be >= 0 and <= 255") }
        options.frequency = frequency
        i += 1
      } else {
        throw .syntax
      }
      i += 1
    }
    return options
  }

  static func restore(_ call: Call) throws(CommandError) {
    let options = try options(call)
    let database = call.database
    let engine = call.engine
    let key = call.key(1)
    if !options.replaces, database.existsForWrite(key) { throw CommandError("BUSYKEY Target key name already exists.") }
    var ttl = try call.integer(2)
    guard ttl >= 0 else { throw CommandError("ERR Invalid TTL value, must be >= 0") }
    let payload = call[3].buffer
    guard ValuePayload.verify(payload, skippingChecksum: engine.settings.skipsChecksums) else {
      throw CommandError("ERR DUMP payload version or checksum are wrong")
    }
    let value: ValuePayload.Value
    do throws(ValuePayload.Refusal) {
      value = try ValuePayload.decode(payload, engine)
    } catch {
      if case .malformed(let reason) = error {
        call.node.log(.verbose, "RESTORE of key '\(printable(key.copy))' was refused: \(reason)")
      }
      throw CommandError("ERR Bad data format")
    }
    if ttl > 0, !options.isAbsolute {
      let (time, overflow) = ttl.addingReportingOverflow(engine.now)
      ttl = overflow ? .max : time
    }
    let expiry: Int64? = ttl > 0 ? ttl : nil
    // Already over: nothing comes into being, and what was there goes. On a replica, and while a log is loaded, the key waits for its DEL.
    if let expiry, expiry <= engine.now, engine.expiresKeys, call.session.gates.isDisjoint(with: [.primaryLink, .loader]) {
      if case .collection(let collection) = value { engine.discard(collection) }
      database.remove(key)
      return call.reply.ok()
    }
    let access = engine.access(options.access)
    switch value {
    case .collection(let collection): database.restore(key, .collection(collection), expiry: expiry, access: access)
    case .string(.integer(let integer)): database.restore(key, .integer(integer), expiry: expiry, access: access)
    case .string(.string(let bytes)): database.restore(key, .bytes(bytes), expiry: expiry, access: access)
    case .string: throw CommandError("ERR Bad data format")
    }
    recordRestore(call, expiry, options)
    call.reply.ok()
  }

  /// With an absolute time, and so that it cannot fail on a replica.
  private static func recordRestore(_ call: Call, _ expiry: Int64?, _ options: Options) {
    let effects = call.engine.effects
    guard effects.isRecording else { return }
    let words = options.idleSeconds != nil || options.frequency != nil ? 2 : 0
    effects.begin(call.database.index, 5 + (expiry == nil ? 0 : 1) + words, "RESTORE")
    effects.argument(call[1].buffer)
    effects.argument(expiry ?? 0)
    effects.argument(call[3].buffer)
    effects.argument("REPLACE")
    if expiry != nil { effects.argument("ABSTTL") }
    if let seconds = options.idleSeconds {
      effects.argument("IDLETIME")
      effects.argument(seconds)
    } else if let frequency = options.frequency {
      effects.argument("FREQ")
      effects.argument(frequency)
    }
  }
}

extension NodeCore {
  /// What DUMP answers for this entry.
  func payload(of entry: Entry) -> [UInt8] {
    payloadWriter.options.compression = configuration.rdbcompression.compressesStrings
    return ValuePayload.encode(entry, with: &payloadWriter)
  }
}
