extension DebugCommands {
  static func debug(_ call: Call) throws(CommandError) {
    if call.is(1, "HELP"), call.count == 2 { return help(call) }
    if try inspect(call) { return }
    if try change(call) { return }
    if let debugExtension = call.engine.debugExtension, try debugExtension(call) { return }
    throw .subcommandSyntax(call)
  }

  /// The subcommands that look.
  private static func inspect(_ call: Call) throws(CommandError) -> Bool {
    if call.is(1, "DIGEST"), call.count == 2 {
      call.reply.simple(Hex.text(call.engine.datasetDigest()))
    } else if call.is(1, "DIGEST-VALUE"), call.count >= 2 {
      call.reply.array(call.count - 2)
      for i in 2..<call.count {
        var digest = DatasetDigest()
        if let entry = call.database.peek(call.key(i)) { digest.mixValue(of: entry) }
        call.reply.simple(Hex.text(digest.bytes))
      }
    } else if call.is(1, "OBJECT"), call.count >= 3 {
      guard let entry = call.database.peek(call.key(2)) else { throw .noSuchKey }
      call.reply.simple(describe(entry, clock: call.engine.lruClock))
    } else if call.is(1, "LISTPACK"), call.count == 3 {
      guard let entry = call.database.peek(call.key(2)) else { throw .noSuchKey }
      guard "\(KeyCommands.encoding(entry))" == "listpack" else { throw CommandError("ERR Not a listpack encoded object.") }
      call.reply.simple("Listpack structure printed on stdout")
    } else if call.is(1, "STRINGMATCH-LEN"), call.count == 4 {
      let length = try call.integer(2, in: 0...(1 << 24), or: .notInteger)
      let text = (0..<Int(length)).map { _ in UInt8.random(in: 0..<128, using: &call.engine.random) }
      call.reply.integer(Glob.matches(call.bytes(3), text) ? 1 : 0)
    } else if call.is(1, "STRINGMATCH-TEST"), call.count == 2 {
      let text = (0..<32).map { _ in UInt8.random(in: 0..<128, using: &call.engine.random) }
      for _ in 0..<1000 { _ = Glob.matches((0..<32).map { _ in UInt8.random(in: 0..<128, using: &call.engine.random) }, text) }
      call.reply.simple("Apparently Redis did not crash: test passed")
    } else if call.is(1, "ERROR"), call.count == 3 {
      throw CommandError(call.text(2))
    } else if call.is(1, "PROTOCOL"), call.count == 3 {
      try DebugProtocol.reply(call)
    } else {
      return false
    }
    return true
  }

  /// The subcommands that change something.
  private static func change(_ call: Call) throws(CommandError) -> Bool {
    if call.is(1, "SLEEP"), call.count == 3 {
      try sleep(call)
      return true
    }
    if call.is(1, "SET-ACTIVE-EXPIRE"), call.count == 3 {
      call.engine.settings.activeExpireEnabled = number(call, 2) != 0
    } else if call.is(1, "PAUSE-CRON"), call.count == 3 {
      call.engine.settings.isCronPaused = number(call, 2) != 0
    } else if call.is(1, "SET-SKIP-CHECKSUM-VALIDATION"), call.count == 3 {
      call.engine.settings.skipsChecksums = number(call, 2) != 0
    } else if call.is(1, "LOG"), call.count == 3 {
      call.engine.settings.debugLog?(call.text(2))
    } else if call.is(1, "POPULATE"), call.count >= 3 {
      try populate(call)
    } else if call.is(1, "QUICKLIST-PACKED-THRESHOLD"), call.count == 3 {
      // What these set does not exist here; test suites set it all the same.
      guard isMemory(call[2].buffer) else {
        throw CommandError("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
      }
    } else if call.is(1, "SET-DISABLE-DENY-SCRIPTS"), call.count == 3 {
    } else if call.is(1, "REPLYBUFFER"), call.count == 4, call.is(2, "PEAK-RESET-TIME") || call.is(2, "RESIZING") {
      if call.is(2, "PEAK-RESET-TIME"), !call.is(3, "NEVER"), !call.is(3, "RESET") { _ = try call.integer(3) }
    } else if call.is(1, "AOF-FLUSH-SLEEP"), call.count == 3 {
    } else if call.is(1, "LEAK"), call.count == 3 {
      // The text is let go with the request: a test of leak checkers has nothing to find here.
    } else {
      return false
    }
    call.reply.ok()
    return true
  }

  /// A number of bytes with or without a unit, below 4 GB.
  private static func isMemory(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let digits = bytes.prefix { $0 >= 0x30 && $0 <= 0x39 }
    let unit = String(decoding: bytes.dropFirst(digits.count), as: UTF8.self).lowercased()
    let units: [String: Int64] = [
      "": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1_000_000, "mb": 1 << 20, "g": 1_000_000_000, "gb": 1 << 30,
    ]
    guard digits.count < 12, let factor = units[unit] else { return false }
    let value = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
    return value.multipliedReportingOverflow(by: factor).partialValue < 4 << 30
  }

  /// As C's atoi: what does not begin with digits is 0.
  private static func number(_ call: Call, _ index: Int) -> Int {
    Int(call.text(index).prefix { $0.isASCII && ($0.isNumber || $0 == "-") }) ?? 0
  }

  private static func sleep(_ call: Call) throws(CommandError) {
    guard !call.engine.isInTransaction else { throw CommandError("ERR DEBUG SLEEP isn't allowed for DENY BLOCKING client") }
    // As C's strtod, a text that is no number counts as 0.
    let seconds = Double(call.text(2)) ?? 0
    let microseconds = Int64(max(0, min(seconds.isNaN ? 0 : seconds, 1e9)) * 1e6)
    if microseconds > 0 {
      guard let debugSleep = call.engine.settings.debugSleep else { throw CommandError("ERR DEBUG SLEEP is not available here") }
      debugSleep(call.engine, call.session, microseconds)
    }
    if !call.session.gates.contains(.blocked) { call.reply.ok() }
  }

  /// Keys `prefix:0` … with values `value:0` … where there are none yet. Nothing of it goes to the log, as in Redis.
  private static func populate(_ call: Call) throws(CommandError) {
    let error = CommandError("ERR value is out of range, must be positive")
    guard call.count <= 5 else { throw .subcommandSyntax(call) }
    let count = try call.integer(2, or: error)
    let size = call.count == 5 ? try call.integer(4, or: error) : 0
    guard count >= 0, size >= 0, size <= call.engine.settings.bulkBytesMax else { throw error }
    let prefix = call.count > 3 ? call.bytes(3) : Array("key".utf8)
    let effects = call.engine.effects
    let wasSuspended = effects.isSuspended
    effects.isSuspended = true
    defer { effects.isSuspended = wasSuspended }
    let database = call.database
    for i in 0..<count {
      let key = prefix + Array(":\(i)".utf8)
      var value = Array("value:\(i)".utf8)
      if size > 0 { value = Array(value.prefix(Int(size))) + [UInt8](repeating: 0, count: max(0, Int(size) - value.count)) }
      key.withUnsafeBytes { bytes in
        let view = database.key(bytes)
        guard database.peek(view) == nil else { return }
        value.withUnsafeBytes { database.setString(view, $0) }
      }
    }
  }

  // MARK: OBJECT

  private static func describe(_ entry: Entry, clock: UInt32) -> String {
    let encoding: String
    let references: Int
    switch entry.string {
    case .integer(let value):
      encoding = "int"
      // Redis shares the objects of small integers, and shows that by this count.
      references = (0..<10_000).contains(value) ? 2_147_483_647 : 1
    case .bytes(let bytes):
      encoding = bytes.count <= 44 && entry.layout != .inlineRaw ? "embstr" : "raw"
      references = 1
    case nil:
      encoding = "\(KeyCommands.encoding(entry))"
      references = 1
    }
    let address = String(UInt(bitPattern: entry.block), radix: 16)
    let idle = Int((clock &- entry.access) & 0x00ff_ffff)
    return "Value at:0x\(address) refcount:\(references) encoding:\(encoding) serializedlength:\(serializedCount(entry))"
      + " lru:\(entry.access) lru_seconds_idle:\(idle)"
  }

  /// The length in an RDB file, before compression. Source: https://rdb.fnordig.de/file_format.html#string-encoding
  private static func serializedCount(_ entry: Entry) -> Int {
    switch entry.string {
    case .integer(let value):
      if Int8(exactly: value) != nil { return 2 }
      if Int16(exactly: value) != nil { return 3 }
      if Int32(exactly: value) != nil { return 5 }
      return 1 + String(value).utf8.count
    case .bytes(let bytes): return bytes.count + (bytes.count < 64 ? 1 : bytes.count < 16384 ? 2 : 5)
    case nil: return 0
    }
  }

  private static func help(_ call: Call) {
    call.reply.help(
      "DEBUG",
      [
        ("DIGEST", ["A fingerprint of all data, equal for equal data."]),
        ("DIGEST-VALUE <key> [<key> ...]", ["A fingerprint of each key's value."]),
        ("ERROR <string>", ["An error reply with that text."]),
        ("LISTPACK <key>", ["Whether the key's value is one listpack."]),
        ("LOG <message>", ["Writes <message> to the log."]),
        ("OBJECT <key>", ["How the key's value is held."]),
        ("PAUSE-CRON <0|1>", ["Stops the periodic work, or lets it go on."]),
        ("POPULATE <count> [<prefix>] [<size>]", ["Makes <count> string keys that are not there yet; replicas do not hear of it."]),
        (
          "PROTOCOL <type>",
          [
            "A reply of that type: string, integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
            "true, false.",
          ]
        ),
        ("QUICKLIST-PACKED-THRESHOLD <size>", ["Accepted; there are no plain nodes here."]),
        ("REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|milliseconds>", ["Accepted; buffers are exchanged, not resized."]),
        ("REPLYBUFFER RESIZING <0|1>", ["Accepted."]),
        ("SET-ACTIVE-EXPIRE <0|1>", ["Whether expired keys are taken out before somebody asks for them."]),
        ("SET-SKIP-CHECKSUM-VALIDATION <0|1>", ["Whether RDB files are read without looking at their checksums."]),
        ("SLEEP <seconds>", ["Does nothing for so long. Decimals allowed."]),
        ("STRINGMATCH-LEN <length> <pattern>", ["Whether a random text of that length matches."]),
        ("STRINGMATCH-TEST", ["Matches random patterns against a random text."]),
      ])
  }
}
