extension SlowlogCommands {
  static func get(_ call: Call) throws(CommandError) {
    guard call.count <= 3 else { throw .subcommandSyntax(call) }
    var count: Int64 = 10
    if call.count == 3 {
      let error = CommandError("ERR count should be greater than or equal to -1")
      count = try call.integer(2, or: error)
      guard count >= -1 else { throw error }
    }
    let items = call.engine.slowlog.items
    let shown = items.prefix(count == -1 ? items.count : Int(count))
    let reply = call.reply
    reply.array(shown.count)
    for item in shown {
      reply.array(6)
      reply.integer(item.id)
      reply.integer(item.time)
      reply.integer(item.microseconds)
      reply.array(item.arguments.count)
      for argument in item.arguments { reply.bulk(argument) }
      reply.bulk(item.address)
      reply.bulk(item.name)
    }
  }

  static func len(_ call: Call) throws(CommandError) { call.reply.integer(call.engine.slowlog.items.count) }

  static func reset(_ call: Call) throws(CommandError) {
    call.engine.slowlog.reset()
    call.reply.ok()
  }

  static func slowlogHelp(_ call: Call) throws(CommandError) {
    call.reply.help(
      "SLOWLOG",
      [
        (
          "GET [<count>]",
          [
            "The latest <count> entries (default: 10, -1 means all), each with:",
            "id, unix time, microseconds, the arguments, the client's address, its name.",
          ]
        ),
        ("LEN", ["How many entries there are."]),
        ("RESET", ["Forgets all entries."]),
      ])
  }
}
