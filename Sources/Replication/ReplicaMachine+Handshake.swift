internal import TernEngine

// From PING to the answer of PSYNC.
extension ReplicaMachine {
  /// Bytes from the primary. `loadBytes` and `stream` among the actions name ranges of `bytes`, in order.
  package mutating func received(
    _ bytes: UnsafeRawBufferPointer, link: Int, now: Int64, into actions: inout [ReplicaAction]
  ) {
    guard link == self.link else { return }
    var index = 0
    while index < bytes.count, link == self.link {
      switch state {
      case .none, .waiting, .connecting: return
      case .handshake(let handshake): receive(bytes, &index, handshake, now: now, into: &actions)
      case .transfer(let transfer): receive(bytes, &index, transfer, now: now, into: &actions)
      case .connected(var live):
        live.movedAt = now
        live.readOffset += Int64(bytes.count - index)
        state = .connected(live)
        actions.append(.stream(index..<bytes.count))
        return
      }
    }
  }

  private mutating func receive(
    _ bytes: UnsafeRawBufferPointer, _ index: inout Int, _ handshake: Handshake, now: Int64, into actions: inout [ReplicaAction]
  ) {
    var handshake = handshake
    handshake.movedAt = now
    switch handshake.line.take(bytes, &index) {
    case .incomplete: state = .handshake(handshake)
    case .tooLong:
      actions += lose(
        "A line longer than \(ReplyLine.bytesMax) bytes from MASTER during SYNC handshake, are you sure the host and port are right?",
        isClosed: false, now: now)
    case .line(let line): answer(line, handshake, now: now, into: &actions)
    }
  }

  private mutating func answer(_ line: [UInt8], _ handshake: Handshake, now: Int64, into actions: inout [ReplicaAction]) {
    var handshake = handshake
    guard let step = handshake.expected.first else { return }
    if step == .psync {
      answerToPSYNC(line, handshake, now: now, into: &actions)
      return
    }
    if step == .member {
      answerToMember(line, handshake, now: now, into: &actions)
      return
    }
    handshake.expected.removeFirst()
    let text = printable(line)
    let isError = line.first == UInt8(ascii: "-")
    if step == .pong {
      // A primary that wants a password first says so; anything else that is not a plus is no Redis, or not ready.
      guard line.first == UInt8(ascii: "+") || ["-NOAUTH", "-NOPERM", "-ERR operation not permitted"].contains(where: text.hasPrefix)
      else {
        actions += lose("Error reply to PING from master: '\(text)'", isClosed: false, now: now)
        return
      }
      actions.append(.log(.notice, "Master replied to PING, replication can continue..."))
      introduce(handshake, into: &actions)
      return
    }
    guard isError || line.first == UInt8(ascii: "+") else {
      actions += lose("Unexpected reply from master during SYNC handshake: '\(text)'", isClosed: false, now: now)
      return
    }
    switch step {
    case .auth where isError:
      actions += lose("Unable to AUTH to MASTER: \(text)", isClosed: false, now: now)
      return
    case .listeningPort where isError:
      actions.append(.log(.notice, "(Non critical) Master does not understand REPLCONF listening-port: \(text)"))
    case .address where isError:
      actions.append(.log(.notice, "(Non critical) Master does not understand REPLCONF ip-address: \(text)"))
    case .capabilities where isError:
      actions.append(.log(.notice, "(Non critical) Master does not understand REPLCONF capa: \(text)"))
    default: break
    }
    guard handshake.expected.isEmpty else {
      state = .handshake(handshake)
      return
    }
    if configuration.isMember {
      introduceMember(handshake, into: &actions)
    } else {
      askForSync(handshake, into: &actions)
    }
  }

  private mutating func introduce(_ handshake: Handshake, into actions: inout [ReplicaAction]) {
    var handshake = handshake
    var bytes: [UInt8] = []
    if let password = configuration.masterAuth {
      RESPCommand.encode([Array("AUTH".utf8)] + (configuration.masterUser.map { [$0] } ?? []) + [password], into: &bytes)
      handshake.expected.append(.auth)
    }
    bytes += Self.command(["REPLCONF", "listening-port", String(configuration.announcedPort)])
    handshake.expected.append(.listeningPort)
    if let address = configuration.announcedAddress, !address.isEmpty {
      bytes += Self.command(["REPLCONF", "ip-address", address])
      handshake.expected.append(.address)
    }
    let capabilities = ["eof", "psync2", PrimaryMachine.fieldExpiryCapability] + (configuration.understandsLZ4 ? ["lz4"] : [])
    bytes += Self.command(["REPLCONF"] + capabilities.flatMap { ["capa", $0] })
    handshake.expected.append(.capabilities)
    state = .handshake(handshake)
    actions.append(.send(link: link, bytes))
  }

  mutating func askForSync(_ handshake: Handshake, into actions: inout [ReplicaAction]) {
    var handshake = handshake
    handshake.expected = [.psync]
    handshake.requested = resume
    state = .handshake(handshake)
    if let resume {
      actions.append(.log(.notice, "Trying a partial resynchronization (request \(resume.replid):\(resume.offset + 1))."))
      let request = ["PSYNC", "\(resume.replid)", "\(resume.offset + 1)"] + (handover == .asking ? ["FAILOVER"] : [])
      actions.append(.send(link: link, Self.command(request)))
    } else {
      actions.append(.log(.notice, "Partial resynchronization not possible (no cached master)"))
      actions.append(.send(link: link, Self.command(["PSYNC", "?", "-1"])))
    }
  }

  private mutating func answerToPSYNC(_ line: [UInt8], _ handshake: Handshake, now: Int64, into actions: inout [ReplicaAction]) {
    // An empty line only says that the primary is alive, while it prepares a snapshot.
    guard !line.isEmpty else {
      state = .handshake(handshake)
      return
    }
    let words = line.split(separator: 32, omittingEmptySubsequences: false)
    let text = printable(line)
    if handover == .asking {
      guard ["+CONTINUE", "+FULLRESYNC"].contains(String(decoding: words[0], as: UTF8.self)) else {
        // No second try, and no SYNC: this node goes on as the primary that it is.
        handover = .refused(text)
        actions += lose("Failover target rejected psync request: \(text)", isClosed: false, now: now)
        return
      }
      handover = .accepted
    }
    switch String(decoding: words[0], as: UTF8.self) {
    case "+FULLRESYNC":
      guard words.count == 3, let id = ReplicationID(words[1]), let offset = Int64(String(decoding: words[2], as: UTF8.self)),
        (0...Self.offsetMax).contains(offset)
      else {
        actions += lose("Master replied with wrong +FULLRESYNC syntax. (reply: \(text))", isClosed: false, now: now)
        return
      }
      actions.append(.log(.notice, "Full resync from master: \(id):\(offset)"))
      beginTransfer(id, offset: offset, now: now)
    case "+CONTINUE":
      guard let requested = handshake.requested else {
        actions += lose(
          "Master replied with +CONTINUE, but nothing was asked to be continued (reply: \(text))", isClosed: false, now: now)
        return
      }
      guard words.count == 1 || (words.count == 2 && ReplicationID(words[1]) != nil) else {
        actions += lose("Master replied with wrong +CONTINUE syntax. (reply: \(text))", isClosed: false, now: now)
        return
      }
      let id = words.count == 2 ? ReplicationID(words[1]) ?? requested.replid : requested.replid
      actions.append(.log(.notice, "Successful partial resynchronization with master."))
      if id != requested.replid { actions.append(.log(.warning, "Master replication ID changed to \(id)")) }
      actions.append(.continued(replid: id))
      resume = ResumePoint(replid: id, offset: requested.offset)
      goLive(offset: requested.offset, isPrePSYNC: false, now: now)
      actions.append(.log(.notice, "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization."))
    case "-NOMASTERLINK", "-LOADING":
      actions.append(.log(.notice, "Master is currently unable to PSYNC but should be in the future: \(text)"))
      actions += lose(nil, isClosed: false, now: now)
    case let word where word.hasPrefix("-"):
      actions.append(.log(.notice, "Master does not support PSYNC or is in error state (reply: \(text))"))
      actions.append(.log(.notice, "Retrying with SYNC..."))
      actions.append(.send(link: link, Self.command(["SYNC"])))
      beginTransfer(nil, offset: 0, now: now)
    default:
      actions += lose("Unexpected reply to PSYNC from master: \(text)", isClosed: false, now: now)
    }
  }

  private mutating func beginTransfer(_ id: ReplicationID?, offset: Int64, now: Int64) {
    state = .transfer(Transfer(phase: .header(ReplyLine()), replid: id, offset: offset, movedAt: now, newlineAt: now))
  }

  mutating func goLive(offset: Int64, isPrePSYNC: Bool, now: Int64) {
    failures = 0
    downSince = nil
    state = .connected(
      Live(movedAt: now, readOffset: offset, appliedOffset: offset, acknowledgedAt: now, isPrePSYNC: isPrePSYNC))
  }

  /// Room above every offset that a stream can reach, so that counting on never overflows.
  static let offsetMax = Int64.max / 4

  static func command(_ words: [String]) -> [UInt8] { RESPCommand.encode(words.map { Array($0.utf8) }) }
}
