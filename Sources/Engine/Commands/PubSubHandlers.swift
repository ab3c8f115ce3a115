extension PubSubCommands {
  static func subscribe(_ call: Call) throws(CommandError) { subscribe(call, .channel, "subscribe") }
  static func psubscribe(_ call: Call) throws(CommandError) { subscribe(call, .pattern, "psubscribe") }
  static func ssubscribe(_ call: Call) throws(CommandError) { subscribe(call, .shard, "ssubscribe") }
  static func unsubscribe(_ call: Call) throws(CommandError) { unsubscribe(call, .channel, "unsubscribe") }
  static func punsubscribe(_ call: Call) throws(CommandError) { unsubscribe(call, .pattern, "punsubscribe") }
  static func sunsubscribe(_ call: Call) throws(CommandError) { unsubscribe(call, .shard, "sunsubscribe") }

  private static func subscribe(_ call: Call, _ kind: SubscriptionKind, _ word: StaticString) {
    for i in 1..<call.count {
      let name = call.bytes(i)
      call.engine.pubsub.subscribe(call.session, kind, name)
      confirm(call, kind, word, name)
    }
    call.engine.updateSubscribedGate(call.session)
  }

  private static func unsubscribe(_ call: Call, _ kind: SubscriptionKind, _ word: StaticString) {
    let names = call.count > 1 ? (1..<call.count).map { call.bytes($0) } : call.session.subscriptions[kind].items
    for name in names {
      call.engine.pubsub.unsubscribe(call.session, kind, name)
      confirm(call, kind, word, name)
    }
    // Somebody who waits for a confirmation gets one, even if there was nothing to end.
    if names.isEmpty { confirm(call, kind, word, nil) }
    call.engine.updateSubscribedGate(call.session)
  }

  private static func confirm(_ call: Call, _ kind: SubscriptionKind, _ word: StaticString, _ name: [UInt8]?) {
    let reply = call.reply
    let subscriptions = call.session.subscriptions
    reply.unmuted {
      reply.push(3)
      reply.bulk(word)
      if let name { reply.bulk(name) } else { reply.null() }
      reply.integer(kind == .shard ? subscriptions.shards.count : subscriptions.count)
    }
  }

  // MARK: publishing

  static func publish(_ call: Call) throws(CommandError) { try publish(call, sharded: false) }
  static func spublish(_ call: Call) throws(CommandError) { try publish(call, sharded: true) }

  private static func publish(_ call: Call, sharded: Bool) throws(CommandError) {
    let engine = call.engine
    if call[1].count > 6, call[1].buffer.starts(with: Engine.reservedChannelPrefix) {
      guard !call.session.gates.isDisjoint(with: [.primaryLink, .loader]) else {
        throw CommandError("ERR channels that begin with __tern: are reserved")
      }
      engine.onReservedMessage?(call.session, call[1].buffer, call[2].buffer)
    }
    let count = engine.publish(call[2].buffer, to: call[1].buffer, sharded: sharded)
    // A message goes to the subscribers of all replicas, and belongs to no database.
    engine.effects.verbatim(call, database: engine.effects.selectedDatabase)
    call.reply.integer(count)
  }

  // MARK: PUBSUB

  static func pubsubChannels(_ call: Call) throws(CommandError) { try list(call, call.engine.pubsub.channelNames) }
  static func pubsubShardchannels(_ call: Call) throws(CommandError) { try list(call, call.engine.pubsub.shardChannelNames) }

  private static func list(_ call: Call, _ names: [[UInt8]]) throws(CommandError) {
    guard call.count <= 3 else { throw .subcommandSyntax(call) }
    let pattern = call.count == 3 ? call.bytes(2) : nil
    let matching = names.filter { name in
      guard let pattern else { return true }
      return name.withUnsafeBytes { Glob.matches(pattern, $0) }
    }
    call.reply.array(matching.count)
    for name in matching { call.reply.bulk(name) }
  }

  static func pubsubNumsub(_ call: Call) throws(CommandError) { count(call) { call.engine.pubsub.subscriberCount($0) } }
  static func pubsubShardnumsub(_ call: Call) throws(CommandError) { count(call) { call.engine.pubsub.shardSubscriberCount($0) } }

  private static func count(_ call: Call, _ subscribers: ([UInt8]) -> Int) {
    call.reply.array((call.count - 2) * 2)
    for i in 2..<max(2, call.count) {
      call.reply.bulk(call[i].buffer)
      call.reply.integer(subscribers(call.bytes(i)))
    }
  }

  static func pubsubNumpat(_ call: Call) throws(CommandError) { call.reply.integer(call.engine.pubsub.patternCount) }

  static func pubsubHelp(_ call: Call) throws(CommandError) {
    call.reply.help(
      "PUBSUB",
      [
        ("CHANNELS [<pattern>]", ["The channels that have subscribers and match <pattern> (all without one)."]),
        ("NUMPAT", ["How many different patterns are subscribed to."]),
        ("NUMSUB [<channel> ...]", ["How many subscribers each channel has, patterns not counted."]),
        ("SHARDCHANNELS [<pattern>]", ["As CHANNELS, of the shard channels."]),
        ("SHARDNUMSUB [<shardchannel> ...]", ["As NUMSUB, of the shard channels."]),
      ])
  }
}

extension ReplyBuffer {
  /// What a HELP subcommand answers: a head line, then each form with its explanation, HELP itself last.
  func help(_ command: String, _ forms: [(form: String, lines: [String])]) {
    var lines = ["\(command) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    for (form, explanation) in forms + [("HELP", ["Prints this help."])] {
      lines.append(form)
      lines += explanation.map { "    " + $0 }
    }
    array(lines.count)
    for line in lines { simple(line) }
  }
}
