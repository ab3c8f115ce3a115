import TernEngine

extension SentinelCore {
  /// A command of a client of our own port: SENTINEL, PUBLISH, ROLE, or INFO (its Sentinel section only). The answer comes as
  /// `.reply`, behind whatever must be saved first. Everything else is the host's.
  package mutating func command(_ arguments: [[UInt8]], from client: SentinelClientID, now: Int64) {
    begin(now)
    let reply = execute(arguments)
    emit(.reply(client, reply))
    finish()
  }

  static func error(_ text: String) -> RESPValue { .error(Array("ERR \(text)".utf8)) }
  static var ok: RESPValue { .simpleString(Array("OK".utf8)) }
  static func bulk(_ text: String) -> RESPValue { .bulkString(Array(text.utf8)) }

  private mutating func execute(_ arguments: [[UInt8]]) -> RESPValue {
    let words = arguments.map { String(decoding: $0, as: UTF8.self) }
    switch words.first?.lowercased() {
    case "sentinel": return sentinel(words, arguments)
    case "publish":
      guard words.count == 3 else { return Self.error("wrong number of arguments for 'publish' command") }
      guard words[1] == HelloMessage.channel else { return Self.error("Only HELLO messages are accepted by Sentinel instances.") }
      takeHello(arguments[2])
      return .integer(1)
    case "role":
      guard words.count == 1 else { return Self.error("wrong number of arguments for 'role' command") }
      return .array([Self.bulk("sentinel"), .array(groups.map { Self.bulk($0.name) })])
    case "info": return Self.bulk(informationSection())
    default: return Self.error("unknown command '\(printable((words.first ?? "").utf8))'")
    }
  }

  /// Arity as in COMMAND INFO: the exact count of words, or, negative, the least.
  private static let arities: [String: Int] = [
    "help": 2, "debug": -2, "reset": 3, "replicas": 3, "myid": 2, "failover": -3, "config": -3, "remove": 3, "monitor": 6, "flushconfig": 2,
    "slaves": 3, "ckquorum": 3, "info-cache": -3, "master": 3, "set": -5, "masters": 2, "pending-scripts": 2, "simulate-failure": -3,
    "is-master-down-by-addr": -6, "sentinels": 3, "get-master-addr-by-name": 3, "primary": 3, "primaries": 2,
    "is-primary-down-by-addr": -6, "get-primary-addr-by-name": 3,
  ]

  private mutating func sentinel(_ words: [String], _ arguments: [[UInt8]]) -> RESPValue {
    guard words.count > 1 else { return Self.error("wrong number of arguments for 'sentinel' command") }
    let name = words[1].lowercased()
    guard let arity = Self.arities[name] else {
      return Self.error("unknown subcommand '\(printable(words[1].prefix(128).utf8))'. Try SENTINEL HELP.")
    }
    guard arity > 0 ? words.count == arity : words.count >= -arity, Self.isKnownForm(name, words) else {
      return Self.error("wrong number of arguments for 'sentinel|\(name)' command")
    }
    switch name {
    case "help": return Self.help
    case "myid": return Self.bulk(myID)
    case "masters", "primaries": return .array(groups.indices.map { report($0, .primary) })
    case "is-master-down-by-addr", "is-primary-down-by-addr": return isPrimaryDown(words)
    case "get-master-addr-by-name", "get-primary-addr-by-name":
      guard let g = groupIndex(words[2]) else { return .null }
      let address = groups[g].currentAddress
      return .array([Self.bulk(announced(address)), Self.bulk("\(address.port)")])
    case "reset":
      let matching = groups.indices.filter { Glob.matches(words[2], groups[$0].name) }
      for g in matching {
        resetGroup(g, keepSentinels: false)
        event(.warning, "+reset-master", g, .primary)
      }
      if !matching.isEmpty { saveState() }
      return .integer(Int64(matching.count))
    case "monitor": return monitor(words)
    case "config": return config(words, arguments)
    case "pending-scripts": return .array(scripts.jobs.map { report($0) })
    case "flushconfig":
      saveState()
      return Self.ok
    case "info-cache": return infoCache(Array(words[2...]))
    case "simulate-failure": return simulateFailure(Array(words[2...]))
    case "debug": return debug(Array(words[2...]))
    default: return sentinelAboutGroup(name, words, arguments)
    }
  }

  /// Redis's forms of these have no options; with one that is not ours they are what they would be there.
  private static func isKnownForm(_ name: String, _ words: [String]) -> Bool {
    switch name {
    case "failover": words.count == 3 || (words.count == 4 && ["coordinated", "force"].contains(words[3].lowercased()))
    case "is-master-down-by-addr", "is-primary-down-by-addr": words.count == 6 || (words.count == 7 && words[6] == "PLANNED")
    default: true
    }
  }

  private mutating func sentinelAboutGroup(_ name: String, _ words: [String], _ arguments: [[UInt8]]) -> RESPValue {
    guard let g = groupIndex(words[2]) else { return Self.error("No such master with that name") }
    switch name {
    case "master", "primary": return report(g, .primary)
    case "replicas", "slaves":
      return .array(groups[g].replicas.indices.filter { groups[g].replicas[$0].isAnnounced }.map { report(g, .replica($0)) })
    case "sentinels": return .array(groups[g].sentinels.indices.map { report(g, .sentinel($0)) })
    case "failover": return requestFailover(g, words.count > 3 ? words[3].lowercased() : nil)
    case "ckquorum": return checkQuorum(g)
    case "remove":
      event(.warning, "-monitor", g, .primary)
      removeGroup(g)
      saveState()
      return Self.ok
    default: return set(g, words, arguments)
    }
  }

  // MARK: SENTINEL IS-MASTER-DOWN-BY-ADDR <ip> <port> <current-epoch> <runid>

  private mutating func isPrimaryDown(_ words: [String]) -> RESPValue {
    guard let port = Int(words[3]), let epoch = Int64(words[4]) else { return Self.error("value is not an integer or out of range") }
    let g = groups.indices.first { groups[$0].primary.address.isSame(as: comparable(words[2], port)) }
    // In TILT our own view of who is down is worth nothing.
    let isDown = g.map { !isTilted && groups[$0].primary.isSubjectivelyDown } ?? false
    var given: (leader: String, epoch: UInt64)?
    if let g, words[5] != "*", epoch >= 0, UInt64(epoch) <= SentinelEpoch.max, Self.isIdentifier(words[5]) {
      let isWanted = words.count == 7 || groups[g].resignation != nil
      given = isHealthySinceSwitch(g) && !isWanted ? refuseVote(g, epoch: UInt64(epoch)) : vote(g, epoch: UInt64(epoch), for: words[5])
      // A vote for another one may have put our own candidacy off.
      touch(g)
    }
    return .array([.integer(isDown ? 1 : 0), Self.bulk(given?.leader ?? "*"), .integer(Int64(given?.epoch ?? 0))])
  }

  private mutating func comparable(_ host: String, _ port: Int) -> SentinelAddress {
    SentinelAddress(host: host, ip: IPLiteral.canonical(host) ?? names.ip(of: host) ?? "", port: port)
  }

  /// Votes go to the log and to other sentinels; what is voted for must look like an id.
  private static func isIdentifier(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
  }

  // MARK: SENTINEL MONITOR, FAILOVER, CKQUORUM

  private mutating func monitor(_ words: [String]) -> RESPValue {
    guard let quorum = Int64(words[5]) else { return Self.error("Invalid quorum") }
    guard let port = Int64(words[4]) else { return Self.error("Invalid port") }
    guard quorum > 0, quorum <= Int64(Int32.max) else { return Self.error("Quorum must be 1 or greater.") }
    guard Self.isWord(words[3]), IPLiteral.canonical(words[3]) != nil || resolveHostnames else {
      return Self.error("Invalid IP address or hostname specified")
    }
    guard (0...65535).contains(port) else { return Self.error("Invalid port number.") }
    guard Self.isWord(words[2]) else { return Self.error("Invalid master name: it must be printable and without spaces or commas") }
    guard groupIndex(words[2]) == nil else { return Self.error("Duplicate master name.") }
    let g = addGroup(
      name: words[2], address: address(host: words[3], port: Int(port)), quorum: Int(quorum), downAfter: timing.defaultDownAfter)
    saveState()
    event(.warning, "+monitor", g, .primary, " quorum \(quorum)")
    return Self.ok
  }

  /// Names and hosts become words of configuration lines and fields of hello messages.
  private static func isWord(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 255 && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: ",") }
  }

  private mutating func requestFailover(_ g: Int, _ option: String?) -> RESPValue {
    guard !groups[g].isFailoverInProgress else { return .error(Array("INPROG Failover already in progress".utf8)) }
    guard currentEpoch < SentinelEpoch.max else { return Self.error("the epoch cannot be raised") }
    let isFencing = fences(g)
    let mode: FailoverMode = option == "coordinated" ? .coordinated : option == "force" && isFencing ? .forced : .requested
    if isFencing {
      let objection = mode == .forced ? nil : fenceObjection(g)
      guard objection == nil, groups[g].dataRefs.contains(where: { isMember(g, $0) && canAnswer(g, $0) }) else {
        let reason = objection ?? "no member is reachable"
        log(.warning, "Failover of master \(groups[g].name) not started: \(reason)")
        return .error(Array("NOQUORUM \(reason)".utf8))
      }
    } else {
      let (selected, objections) = selectReplica(g)
      guard selected != nil else {
        log(.warning, logText(noGoodReplica: objections, g))
        return .error(Array("NOGOODSLAVE No suitable replica to promote".utf8))
      }
      if mode == .coordinated, let objection = handoverObjection(g) {
        return .error(Array("NOGOODMASTER No coordinated failover: \(objection)".utf8))
      }
    }
    log(.warning, "Executing user requested FAILOVER of '\(groups[g].name)'")
    if !isFencing, mode == .requested {
      groups[g].primary.isSubjectivelyDown = true
      groups[g].primary.subjectivelyDownSince = now
    }
    startFailover(g, mode)
    if mode.needsVotes(fencing: isFencing) { askOthers(g, isForced: true) }
    touch(g)
    return Self.ok
  }

  private func checkQuorum(_ g: Int) -> RESPValue {
    let group = groups[g]
    let usable = 1 + group.sentinels.filter { !$0.isSubjectivelyDown }.count
    let hasQuorum = usable >= group.quorum
    let hasMajority = usable >= (group.sentinels.count + 1) / 2 + 1
    if hasQuorum, hasMajority {
      return .simpleString(Array("OK \(usable) usable Sentinels. Quorum and failover authorization can be reached".utf8))
    }
    var reasons: [String] = []
    if !hasQuorum { reasons.append("Not enough available Sentinels to reach the specified quorum for this master") }
    if !hasMajority { reasons.append("Not enough available Sentinels to reach the majority and authorize a failover") }
    return .error(Array("NOQUORUM \(usable) usable Sentinels. \(reasons.joined(separator: ". "))".utf8))
  }

  // MARK: SENTINEL INFO-CACHE, SIMULATE-FAILURE, DEBUG

  private func infoCache(_ wanted: [String]) -> RESPValue {
    let matching = groups.filter { wanted.contains($0.name) }
    return .array(
      matching.flatMap { group -> [RESPValue] in
        let entries = ([group.primary] + group.replicas).map { instance -> RESPValue in
          let age = instance.infoReceived.map { now - $0 } ?? 0
          return .array([.integer(age), instance.info.map { .bulkString($0) } ?? .null])
        }
        return [Self.bulk(group.name), .array(entries)]
      })
  }

  private mutating func simulateFailure(_ options: [String]) -> RESPValue {
    simulatedFailures = SimulatedFailures()
    for option in options {
      switch option.lowercased() {
      case "crash-after-election":
        simulatedFailures.crashesAfterElection = true
        log(.warning, "Failure simulation: this Sentinel will crash after being successfully elected as failover leader")
      case "crash-after-promotion":
        simulatedFailures.crashesAfterPromotion = true
        log(.warning, "Failure simulation: this Sentinel will crash after promoting the selected replica to master")
      case "help": return .array([Self.bulk("crash-after-election"), Self.bulk("crash-after-promotion")])
      default: return Self.error("Unknown failure simulation specified")
      }
    }
    return Self.ok
  }

  private mutating func debug(_ words: [String]) -> RESPValue {
    if words.isEmpty {
      return .map(SentinelTiming.names.map { .init(key: Self.bulk($0.name), value: Self.bulk("\(timing[keyPath: $0.path])")) })
    }
    var at = 0
    while at < words.count {
      let option = words[at]
      guard at + 1 < words.count, let entry = SentinelTiming.names.first(where: { $0.name.lowercased() == option.lowercased() }) else {
        return Self.error("Unknown option or number of arguments for SENTINEL DEBUG '\(option)'")
      }
      guard let value = SentinelConfiguration.milliseconds(words[at + 1]), value > 0 else {
        return Self.error("Invalid argument '\(words[at + 1])' for SENTINEL DEBUG '\(option)'")
      }
      timing[keyPath: entry.path] = value
      at += 2
    }
    for g in groups.indices { touch(g) }
    return Self.ok
  }
}
