/// The commands that count different elements approximately.
extension HyperLogLogCommands {
  static func add(_ call: Call) throws(CommandError) {
    let isNew = try call.database.addToHyperLogLog(call.key(1), call.count - 2) { call[2 + $0].buffer }
    call.reply.integer(isNew ? 1 : 0)
  }

  static func count(_ call: Call) throws(CommandError) {
    let keys = call.keys(from: 1)
    let count =
      keys.count == 1
      ? try call.database.hyperLogLogCount(keys.at(0)) : try call.database.hyperLogLogUnionCount(keys.count, keys.at)
    call.reply.integer(Int64(clamping: count))
  }

  static func merge(_ call: Call) throws(CommandError) {
    let keys = call.keys(from: 1)
    try call.database.mergeHyperLogLogs(keys.count, keys.at)
    call.reply.ok()
  }

  /// PFDEBUG GETREG | DECODE | ENCODING | TODENSE key
  static func debug(_ call: Call) throws(CommandError) {
    let database = call.database
    let key = call.key(2)
    guard let entry = try database.hyperLogLogForWrite(key)?.entry else { throw CommandError("ERR The specified key does not exist") }
    if call.is(1, "GETREG") {
      _ = try database.makeHyperLogLogDense(key)
      guard let entry = try database.hyperLogLogForWrite(key)?.entry else { return call.reply.nullArray() }
      call.reply.array(HyperLogLog.registers)
      entry.withStringBytes { bytes in
        for i in 0..<HyperLogLog.registers { call.reply.integer(Int64(HyperLogLog.denseRegister(bytes, i))) }
      }
    } else if call.is(1, "DECODE") {
      try decode(call, entry)
    } else if call.is(1, "ENCODING") {
      call.reply.simple(entry.withStringBytes { HyperLogLog.isDense($0) } ? "dense" as StaticString : "sparse")
    } else if call.is(1, "TODENSE") {
      call.reply.integer(try database.makeHyperLogLogDense(key) == true ? 1 : 0)
    } else {
      let quote = UnsafeRawBufferPointer(start: ("'" as StaticString).utf8Start, count: 1)
      throw CommandError("ERR Unknown PFDEBUG subcommand '", quoting: [call[1].buffer, quote], between: "")
    }
  }

  /// The runs of a sparse one: `z:`/`Z:` zeros in one byte or two, `v:value,count`.
  private static func decode(_ call: Call, _ entry: Entry) throws(CommandError) {
    var text = ""
    try entry.withText { bytes throws(CommandError) in
      guard !HyperLogLog.isDense(bytes) else { throw CommandError("ERR HLL encoding is not sparse") }
      var offset = HyperLogLog.headerBytes
      while let run = HyperLogLog.Run(bytes, at: offset) {
        if !text.isEmpty { text += " " }
        text += run.value > 0 ? "v:\(run.value),\(run.count)" : run.byteCount == 1 ? "z:\(run.count)" : "Z:\(run.count)"
        offset += run.byteCount
      }
      // The first half of a run, as only APPEND and the like leave behind: Redis reads the zero that ends its string as the other half.
      if offset == bytes.count - 1, bytes[offset] & 0xc0 == 0x40 {
        text += (text.isEmpty ? "" : " ") + "Z:\(Int(bytes[offset] & 0x3f) << 8 + 1)"
      }
    }
    call.reply.bulk(text)
  }

  /// Registers of every value can be written beside each other and read back, and estimates lie within four standard errors.
  static func selfTest(_ call: Call) throws(CommandError) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: HyperLogLog.denseBytes, alignment: 16)
    defer { bytes.deallocate() }
    HyperLogLog.writeHeader(bytes, isDense: true)
    bytes[HyperLogLog.headerBytes...].indices.forEach { bytes[$0] = 0 }
    for round in 0..<64 {
      for i in 0..<HyperLogLog.registers { HyperLogLog.setDenseRegister(bytes, i, UInt8((i &* 7 &+ round) & 63)) }
      for i in 0..<HyperLogLog.registers
      where HyperLogLog.denseRegister(UnsafeRawBufferPointer(bytes), i) != UInt8((i &* 7 &+ round) & 63) {
        throw CommandError("ERR TESTFAILED Register \(i) should be \((i &* 7 &+ round) & 63)")
      }
    }
    for i in 0..<HyperLogLog.registers { HyperLogLog.setDenseRegister(bytes, i, 0) }
    var checkpoint: UInt64 = 1
    for element in 1...UInt64(100_000) {
      let (register, value) = withUnsafeBytes(of: element.littleEndian) { HyperLogLog.place(of: $0) }
      _ = HyperLogLog.raiseDense(bytes, register, to: value)
      guard element == checkpoint else { continue }
      checkpoint *= 10
      let estimate = (try? HyperLogLog.cardinality(UnsafeRawBufferPointer(bytes))) ?? 0
      // The relative standard error is 1.04 / √registers.
      let allowed = 4 * 1.04 / Double(HyperLogLog.registers).squareRoot() * Double(element) + 1
      guard abs(Double(estimate) - Double(element)) <= allowed else {
        throw CommandError("ERR TESTFAILED Too big error. card:\(element) estimate:\(estimate)")
      }
    }
    call.reply.ok()
  }
}
