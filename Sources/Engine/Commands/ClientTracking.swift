/// CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR.
extension ClientCommands {
  static func tracking(_ call: Call) throws(CommandError) {
    var new = SessionTracking()
    var isRedirectGiven = false
    var i = 3
    while i < call.count {
      let hasMore = i + 1 < call.count
      if call.is(i, "REDIRECT"), hasMore {
        guard !isRedirectGiven else { throw CommandError("ERR A client can only redirect to a single other client") }
        isRedirectGiven = true
        new.redirect = try call.integer(i + 1)
        // Checked now, so that a wrong id is no silent way into an empty cache.
        guard call.engine.sessions[new.redirect] != nil else {
          throw CommandError("ERR The client ID you want redirect to does not exist")
        }
        i += 1
      } else if call.is(i, "BCAST") {
        new.isBroadcasting = true
      } else if call.is(i, "OPTIN") {
        new.isOptIn = true
      } else if call.is(i, "OPTOUT") {
        new.isOptOut = true
      } else if call.is(i, "NOLOOP") {
        new.isNoLoop = true
      } else if call.is(i, "PREFIX"), hasMore {
        new.prefixes.append(call.bytes(i + 1))
        i += 1
      } else {
        throw .syntax
      }
      i += 1
    }
    if call.is(2, "OFF") {
      call.engine.stopTracking(call.session)
      return call.reply.ok()
    }
    guard call.is(2, "ON") else { throw .syntax }
    try check(new, against: call.session.tracking)
    if new.isBroadcasting {
      let given = new.prefixes.isEmpty ? [[]] : new.prefixes
      let old = call.session.tracking?.prefixes ?? []
      let sorted = (old + given).sorted { $0.lexicographicallyPrecedes($1) }
      // BCAST without a prefix, once more, adds nothing.
      new.prefixes = []
      for prefix in sorted where prefix != new.prefixes.last { new.prefixes.append(prefix) }
    }
    call.engine.startTracking(call.session, new)
    call.reply.ok()
  }

  private static func check(_ new: SessionTracking, against old: SessionTracking?) throws(CommandError) {
    guard new.isBroadcasting || new.prefixes.isEmpty else {
      throw CommandError("ERR PREFIX option requires BCAST mode to be enabled")
    }
    if let old, old.isBroadcasting != new.isBroadcasting {
      throw CommandError(
        "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.")
    }
    guard !new.isBroadcasting || !(new.isOptIn || new.isOptOut) else {
      throw CommandError("ERR OPTIN and OPTOUT are not compatible with BCAST")
    }
    guard !(new.isOptIn && new.isOptOut) else {
      throw CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode")
    }
    if let old, (new.isOptIn && old.isOptOut) || (new.isOptOut && old.isOptIn) {
      throw CommandError(
        "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.")
    }
    guard new.isBroadcasting else { return }
    try checkOverlaps(new.prefixes, old?.prefixes ?? [])
  }

  /// A key must not match two prefixes of one client, or it would be told twice.
  private static func checkOverlaps(_ given: [[UInt8]], _ old: [[UInt8]]) throws(CommandError) {
    guard let i = firstOverlapping(given, old) else { return }
    let prefix = given[i]
    for other in old where prefix.starts(with: other) || other.starts(with: prefix) { throw overlap(prefix, "an existing", other) }
    for other in given[(i + 1)...] where prefix.starts(with: other) || other.starts(with: prefix) {
      throw overlap(prefix, "another provided", other)
    }
  }

  /// The first of `given` that overlaps with any other prefix. In order, all that begin with a prefix come right behind it, so that one
  /// walk tells, where a comparison of all pairs would take very long for very many.
  private static func firstOverlapping(_ given: [[UInt8]], _ old: [[UInt8]]) -> Int? {
    let all = given + old
    var first: Int?
    func note(_ i: Int) { if i < given.count { first = min(first ?? i, i) } }
    /// Each begins with the one below it.
    var open: [Int] = []
    for i in all.indices.sorted(by: { all[$0].lexicographicallyPrecedes(all[$1]) }) {
      while let last = open.last, !all[i].starts(with: all[last]) { open.removeLast() }
      if let last = open.last {
        note(last)
        note(i)
      }
      open.append(i)
    }
    return first
  }

  private static func overlap(_ prefix: [UInt8], _ which: String, _ other: [UInt8]) -> CommandError {
    CommandError(
      "ERR Prefix '\(String(decoding: prefix, as: UTF8.self))' overlaps with \(which) prefix "
        + "'\(String(decoding: other, as: UTF8.self))'. Prefixes for a single client must not overlap.")
  }

  static func caching(_ call: Call) throws(CommandError) {
    guard let state = call.session.tracking else {
      throw CommandError(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
    }
    if call.is(2, "YES") {
      guard state.isOptIn else {
        throw CommandError("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
      }
    } else if call.is(2, "NO") {
      guard state.isOptOut else {
        throw CommandError("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
      }
    } else {
      throw .syntax
    }
    call.session.tracking?.isCachingGiven = true
    call.reply.ok()
  }

  /// -1: this connection tracks nothing; 0: it gets its own messages.
  static func getredir(_ call: Call) throws(CommandError) { call.reply.integer(call.session.tracking?.redirect ?? -1) }

  static func trackinginfo(_ call: Call) throws(CommandError) {
    let reply = call.reply
    let state = call.session.tracking
    var flags: [StaticString] = [state == nil ? "off" : "on"]
    if let state {
      if state.isBroadcasting { flags.append("bcast") }
      if state.isOptIn { flags.append("optin") }
      if state.isOptIn, state.isCachingGiven { flags.append("caching-yes") }
      if state.isOptOut { flags.append("optout") }
      if state.isOptOut, state.isCachingGiven { flags.append("caching-no") }
      if state.isNoLoop { flags.append("noloop") }
      if state.isRedirectBroken { flags.append("broken_redirect") }
    }
    reply.map(3)
    reply.bulk("flags")
    reply.set(flags.count)
    for flag in flags { reply.bulk(flag) }
    reply.bulk("redirect")
    reply.integer(state?.redirect ?? -1)
    reply.bulk("prefixes")
    reply.array(state?.prefixes.count ?? 0)
    for prefix in state?.prefixes ?? [] { reply.bulk(prefix) }
  }
}
