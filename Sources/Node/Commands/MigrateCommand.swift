internal import TernEngine

extension DumpCommands {
  /// Redis stands still while it moves keys. Here a snapshot of them is sent by the host, other clients go on, and a key is taken out at
  /// the end only if it is still what was sent.
  static func migrate(_ call: Call) throws(CommandError) {
    var copies = false
    var replaces = false
    var authentication: [[UInt8]] = []
    var names = 3..<4
    var i = 6
    options: while i < call.count {
      let left = call.count - i - 1
      if call.is(i, "COPY") {
        copies = true
      } else if call.is(i, "REPLACE") {
        replaces = true
      } else if call.is(i, "AUTH"), left >= 1 {
        authentication = [call.bytes(i + 1)]
        i += 1
      } else if call.is(i, "AUTH2"), left >= 2 {
        authentication = [call.bytes(i + 1), call.bytes(i + 2)]
        i += 2
      } else if call.is(i, "KEYS") {
        guard call[3].count == 0 else {
          throw CommandError("ERR When using MIGRATE KEYS option, the key argument must be set to the empty string")
        }
        names = (i + 1)..<call.count
        break options
      } else {
        throw .syntax
      }
      i += 1
    }
    let timeout = try call.integer(5)
    let target = try call.integer(4)
    let node = call.node
    var keys: [[UInt8]] = []
    // A name that is given again and again must not be sent again and again.
    var seen: Set<[UInt8]> = []
    for i in names where call.database.find(call.key(i)) != nil {
      let name = call.bytes(i)
      if seen.insert(name).inserted { keys.append(name) }
    }
    guard !keys.isEmpty else { return call.reply.simple("NOKEY") }
    if call.engine.isExecutingTransaction {
      throw CommandError("ERR MIGRATE waits for another server, which a transaction cannot")
    }
    node.beginMigration(
      call, keys, host: call.text(1), port: Int(Decimal.parse(call[2].buffer) ?? 0), target: target,
      timeoutMilliseconds: timeout <= 0 ? 1000 : min(timeout, 1 << 40), copies: copies, replaces: replaces, authentication: authentication)
  }
}
