internal import TernEngine

// REPLCONF, PSYNC and SYNC: what a connection says before it is a replica, and what it is answered.
extension PrimaryMachine {
  /// `REPLCONF option value …`; `arguments` are those behind the command's name.
  package mutating func replconf(_ id: Int, _ arguments: [[UInt8]], now: Int64) -> [PrimaryAction] {
    if index(of: id) != nil { return replconfOfReplica(id, arguments, now: now) }
    guard arguments.count.isMultiple(of: 2) else { return [.send(id, Self.syntaxError)] }
    var candidate = candidates[id] ?? Candidate()
    // Redis applies what stands before a bad option, so we do.
    defer { candidates[id] = candidate }
    for pair in stride(from: 0, to: arguments.count, by: 2) {
      let option = String(decoding: arguments[pair], as: UTF8.self)
      let value = arguments[pair + 1]
      switch option.lowercased() {
      case "listening-port":
        guard let port = Self.integer(value), let port = Int(exactly: port) else { return [.send(id, Self.notAnInteger)] }
        candidate.listeningPort = port
      case "ip-address":
        guard value.count < 256 else {
          return [.send(id, Self.error("REPLCONF ip-address provided by replica instance is too long: \(value.count) bytes"))]
        }
        // It is printed in INFO and in the log: an address with line breaks in it would forge lines there.
        candidate.announcedAddress = printable(value)
      case "capa":
        switch String(decoding: value, as: UTF8.self).lowercased() {
        case "eof": candidate.understandsEndMark = true
        case "psync2": candidate.understandsPSYNC2 = true
        case "lz4": candidate.understandsLZ4 = true
        case Self.fieldExpiryCapability: candidate.understandsFieldExpiry = true
        default: break
        }
      case "ack", "fack", "getack":
        // Between a replica and its primary only, and never answered.
        return []
      case "rdb-only":
        guard let flag = Self.integer(value) else { return [.send(id, Self.notAnInteger)] }
        guard flag == 0 || flag == 1 else { return [.send(id, Self.error("value is out of range, must be between 0 and 1"))] }
        candidate.rdbOnly = flag == 1
      case "rdb-filter-only":
        guard let words = QuotedArguments.split(value) else {
          return [.send(id, Self.error("Missing rdb-filter-only values"))]
        }
        candidate.filter.excludesData = true
        candidate.filter.excludesFunctions = true
        for word in words {
          guard String(decoding: word, as: UTF8.self).lowercased() == "functions" else {
            return [.send(id, Self.error("Unsupported rdb-filter-only option: \(printable(word))"))]
          }
          candidate.filter.excludesFunctions = false
        }
      case "version":
        candidate.version = printable(value)
      default:
        return [.send(id, Self.error("Unrecognized REPLCONF option: \(printable(arguments[pair]))"))]
      }
    }
    return [.send(id, Array("+OK\r\n".utf8))]
  }

  /// Behind PSYNC there is only `ACK offset [FACK offset]`: an answer to anything else would land in the middle of the stream.
  private mutating func replconfOfReplica(_ id: Int, _ arguments: [[UInt8]], now: Int64) -> [PrimaryAction] {
    let option = arguments.first.map { String(decoding: $0, as: UTF8.self).lowercased() }
    switch option {
    case "ack":
      guard arguments.count > 1, let offset = Self.integer(arguments[1]) else { return [] }
      if arguments.count > 3, String(decoding: arguments[2], as: UTF8.self).lowercased() == "fack" {
        noteSynced(id, Self.integer(arguments[3]))
      }
      return acknowledge(id, offset, now: now)
    case "fack", "getack":
      return []
    default:
      return replyGenerated(id, command: "replconf", now: now)
    }
  }

  /// A connection that is a replica gave a command that has a reply. The host does not write the reply.
  package mutating func replyGenerated(_ id: Int, command: String, now: Int64) -> [PrimaryAction] {
    guard let replica = replica(id) else { return [] }
    return [.log(.warning, "Replica generated a reply to command '\(command)', disconnecting it: \(replica.name)")] + drop(id, now: now)
  }

  /// `PSYNC replid offset [FAILOVER]`; `log` is what can be sent, nil while nothing is logged. `address` is the socket's peer.
  /// `hasPendingOutput` says that replies to earlier commands are not yet written, which the stream must not follow.
  package mutating func psync(
    _ id: Int, _ arguments: [[UInt8]], address: String, hasPendingOutput: Bool = false, history: inout ReplicationHistory,
    log: LogBounds?, now: Int64
  ) -> [PrimaryAction] {
    guard arguments.count >= 2 else { return [.send(id, Self.error("wrong number of arguments for 'psync' command"))] }
    return synchronize(
      id, request: arguments, address: address, hasPendingOutput: hasPendingOutput, history: &history, log: log, now: now)
  }

  /// The old `SYNC`: a full sync without a word about ids and offsets.
  package mutating func sync(
    _ id: Int, address: String, hasPendingOutput: Bool = false, history: inout ReplicationHistory, log: LogBounds?, now: Int64
  ) -> [PrimaryAction] {
    synchronize(id, request: [], address: address, hasPendingOutput: hasPendingOutput, history: &history, log: log, now: now)
  }

  private mutating func synchronize(
    _ id: Int, request: [[UInt8]], address: String, hasPendingOutput: Bool, history: inout ReplicationHistory, log: LogBounds?,
    now: Int64
  ) -> [PrimaryAction] {
    // A second PSYNC on a connection that already streams has no meaning; an answer would corrupt the stream.
    guard index(of: id) == nil else { return [] }
    var actions: [PrimaryAction] = []
    let candidate = candidates[id] ?? Candidate()
    if let log { logEnd = max(logEnd, log.end) }
    var replica = Replica(
      id: id, address: address, candidate: candidate, phase: .waiting, handed: logEnd, sent: logEnd, acknowledgedAt: now,
      movedAt: now, isPrePSYNC: request.isEmpty)
    if request.count > 2, String(decoding: request[2], as: UTF8.self).lowercased() == "failover" {
      actions.append(.log(.warning, "Failover request received for replid \(printable(request[0]))."))
      guard upstream != .none else {
        return actions + [.send(id, Self.error("PSYNC FAILOVER can't be sent to a master."))]
      }
      guard ReplicationID(request[0]) == history.replid else {
        return actions + [.send(id, Self.error("PSYNC FAILOVER replid must match my replid."))]
      }
      return actions + [.promote(requestedBy: id)]
    }
    if upstream == .disconnected {
      return [.send(id, Array("-NOMASTERLINK Can't SYNC while not connected with my master\r\n".utf8))]
    }
    if hasPendingOutput { return [.send(id, Self.error("SYNC and PSYNC are invalid with pending output"))] }
    if candidate.filter != .everything, !candidate.understandsEndMark {
      return [.send(id, Self.error("Filtered replica requires EOF capability"))]
    }
    actions.append(.log(.notice, "Replica \(replica.name) asks for synchronization"))
    if !request.isEmpty {
      guard let offset = Self.integer(request[1]) else {
        actions.append(.log(.warning, "Replica \(replica.name) asks for synchronization but with a wrong offset"))
        return actions + [.send(id, Self.notAnInteger)]
      }
      switch history.partialResyncDecision(requestedID: request[0], requestedOffset: offset, log: log) {
      case .continue(let position):
        partialSyncsAccepted += 1
        candidates[id] = nil
        replica.handed = position
        replica.sent = position
        replica.phase = .online(streams: true)
        replica.isCompressed = configuration.compressesLinks && candidate.understandsLZ4
        attach(replica)
        backlogIsActive = true
        actions.append(.send(id, Array((candidate.understandsPSYNC2 ? "+CONTINUE \(history.replid)\r\n" : "+CONTINUE\r\n").utf8)))
        actions.append(
          .log(
            .notice,
            "Partial resynchronization request from \(replica.name) accepted. "
              + "Sending \(logEnd - position) bytes of backlog starting from offset \(offset)."
          ))
        if let log, position < log.start {
          partialSyncsFromDisk += 1
          actions.append(
            .log(
              .notice,
              "The first \(log.start - position) of them have left the backlog, and are read from the append only file."))
        }
        if position < logEnd { actions.append(.logAvailable(id)) }
        return actions
      case .full(let reason):
        if reason != .firstContact { partialSyncsRefused += 1 }
        actions += refusalLines(reason, replica: replica, log: log)
        noteFullSync(reason, of: replica)
      }
    } else {
      noteFullSync(.forced, of: replica)
    }
    candidates[id] = nil
    replica.filter = candidate.filter
    // `redis-cli --rdb` wants the file as a save would write it.
    replica.filter.omitsFieldExpiries = !candidate.understandsFieldExpiry && !candidate.rdbOnly
    replica.isCompressed = configuration.compressesLinks && candidate.understandsLZ4 && !candidate.rdbOnly && !request.isEmpty
    replica.framing = (configuration.disklessSync || candidate.filter != .everything) && candidate.understandsEndMark ? .endMark : .length
    // The length is counted beforehand, and LZ4 does not promise the same bytes twice.
    replica.filter.isCompressed = replica.isCompressed && replica.framing == .endMark
    if !backlogIsActive {
      backlogIsActive = true
      if log == nil {
        // What was written while nothing was logged is under no offset: the old name would promise bytes that never existed.
        history.renew(.random(using: &random))
        actions.append(.startLogging)
      }
      actions.append(
        .log(
          .notice,
          "Replication backlog created, my new replication IDs are '\(history.replid)' and '\(history.replid2)'"))
    }
    attach(replica)
    return actions + admit(id, history: history, now: now)
  }

  /// A refusal in Redis's words where it has some, and the numbers that it leaves out.
  private func refusalLines(_ reason: FullResyncReason, replica: Replica, log: LogBounds?) -> [PrimaryAction] {
    switch reason {
    case .firstContact:
      return [.log(.notice, "Full resync requested by replica \(replica.name)")]
    case .unknownID(let asked, let replid, let replid2):
      return [
        .log(
          .notice,
          "Partial resynchronization not accepted: Replication ID mismatch "
            + "(Replica asked for '\(asked)', my replication IDs are '\(replid)' and '\(replid2)')"
        )
      ]
    case .forked(let asked, let validUpTo):
      return [
        .log(
          .notice,
          "Partial resynchronization not accepted: Requested offset for second ID was \(asked), but I can reply up to \(validUpTo)")
      ]
    case .tooOld(let asked, let bytes):
      return [
        .log(
          .notice,
          "Unable to partial resync with replica \(replica.name) for lack of backlog (Replica request was: \(asked)). "
            + "It is \(bytes) bytes too old; 'repl-backlog-size' (now \(configuration.backlogBytes)) would have had to be that much larger"
            + (onDisk == nil ? ", or 'appendonly' on." : ", and the append only file's increments do not reach back that far.")
        )
      ]
    case .inTheFuture(let asked, let end):
      return [
        .log(
          .notice, "Unable to partial resync with replica \(replica.name) for lack of backlog (Replica request was: \(asked))."),
        .log(
          .warning,
          "Warning: replica \(replica.name) tried to PSYNC with an offset that is greater than the master replication offset. "
            + "It asked for byte \(asked), the log ends with byte \(end)."
        ),
      ]
    case .noBacklog:
      return [
        .log(.notice, "Unable to partial resync with replica \(replica.name) for lack of backlog: nothing was logged so far.")
      ]
    case .forced: return []
    }
  }

  private mutating func noteFullSync(_ reason: FullResyncReason, of replica: Replica) {
    fullSyncs += 1
    fullSyncReasons[reason.kind, default: 0] += 1
    lastFullSyncReason = "\(replica.name): \(reason)"
  }

  /// What a replica that can read hashes with expiring fields from an RDB (type 25) says. Redis ignores words that it does not know.
  static let fieldExpiryCapability = "hash-field-expiry"

  private mutating func attach(_ replica: Replica) {
    replicas.append(replica)
    aloneSince = nil
  }

  static func error(_ text: String) -> [UInt8] { Array("-ERR \(text)\r\n".utf8) }
  static let syntaxError = error("syntax error")
  static let notAnInteger = error("value is not an integer or out of range")

  static func integer(_ bytes: [UInt8]) -> Int64? {
    guard bytes.first != UInt8(ascii: "+") else { return nil }
    return Int64(String(decoding: bytes, as: UTF8.self))
  }
}
