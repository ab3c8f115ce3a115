internal import TernEngine
internal import TernReplication

/// What members of a quorum say to each other: the handshake, acknowledgements, markers, and what files say of them.
extension NodeCore {
  // MARK: follower

  func introduceToLeader(_ link: Int) {
    guard let quorum, let machine = quorum.machine else { return }
    sendToPrimary(link, "REPLCONF", "tern-member", quorum.configuration.own, "promise", "\(machine.promise.epoch)")
  }

  func welcomed(_ link: Int, _ epoch: UInt64, _ leaderEnd: Int64, _ lease: Int64) {
    guard let quorum else { return }
    let request = quorum.request(from: .handshake(link: link))
    obey { $0.welcomed(epoch: epoch, leaderEnd: leaderEnd, leaseMilliseconds: lease, request: request) }
  }

  func metStranger(_ link: Int, _ reply: String) {
    guard let quorum else { return }
    let name = replica.primary.map { "\($0.host):\($0.port)" } ?? "the primary"
    guard quorum.followsWithoutEpoch else {
      // It was elected, and must know what an epoch is: whoever listens there now would replace our data by its own.
      quorum.refusal = "\(name) was to lead and knows nothing of epochs (\(reply)): it is not followed"
      return perform(replica.turnedAway(link: link, reason: quorum.refusal ?? "", now: now), Self.noBytes)
    }
    if quorum.stranger == nil { becomeStranger("the primary \(name) knows nothing of epochs (\(reply))") }
    updateGates()
    perform(replica.admitted(link: link, now: now), Self.noBytes)
  }

  /// The primary is told what this node vouches for; a lease goes with it.
  func acknowledge(_ link: Int, _ applied: Int64) {
    guard let quorum, quorum.machine != nil else { return }
    guard quorum.stranger == nil else { return sendToPrimary(link, "REPLCONF", "ACK", "\(applied)") }
    let clock = steadyTime
    guard let vouched = quorum.machine?.acknowledgement(now: clock) else { return }
    let offset = min(vouched, applied)
    // While the disk works, applying brings nothing new.
    let last = quorum.lastAcknowledgement
    if quorum.configuration.acknowledgesDisk, offset == last.offset, clock - last.at < 300 { return }
    quorum.lastAcknowledgement = (offset, clock)
    sendToPrimary(link, "REPLCONF", "ACK", "\(offset)")
  }

  /// `appendfsync always`: more of the log is on the disk.
  func acknowledgeSynced() {
    guard let quorum, quorum.configuration.acknowledgesDisk, replica.isConnected, quorum.stranger == nil,
      case .following? = quorum.machine?.role
    else { return }
    perform(replica.acknowledgeNow(now: now), Self.noBytes)
  }

  private func sendToPrimary(_ link: Int, _ words: String...) {
    effects.append(.sendPrimary(link: link, RESPCommand.encode(words.map { Array($0.utf8) })))
  }

  // MARK: leader

  /// `REPLCONF ACK` was taken.
  func noteAcknowledgement(_ id: Int) {
    guard let name = memberName(id), let replica = primary.replica(id), replica.isOnline else { return }
    let offset = replica.acknowledged
    obey { $0.acknowledged(name, offset, now: steadyTime) }
  }

  private func memberName(_ id: Int) -> MemberName? {
    guard let quorum else { return nil }
    if let name = quorum.members[id] { return name }
    guard quorum.plants.contains(.countsObservers) else { return nil }
    return quorum.machine?.membership.names.last { $0 != quorum.configuration.own }
  }

  /// A connection has become a replica.
  func noteReplica(_ id: Int) {
    guard let quorum, quorum.leads, quorum.members[id] == nil, let replica = primary.replica(id),
      quorum.notedReplicas.insert(replica.shownAddress).inserted, quorum.notedReplicas.count < 64
    else { return }
    log(.warning, "Replica \(replica.name) has not introduced itself as a member of the quorum: it is served, and counts for nothing.")
  }

  // MARK: commands, behind the batch that they came in

  func obeyQuorumRequests() {
    guard let quorum, !quorum.commands.isEmpty, !quorum.isObeying else { return }
    quorum.isObeying = true
    while !quorum.commands.isEmpty {
      let (id, command) = quorum.commands.removeFirst()
      guard let session = engine.sessions[id] else { continue }
      obey(command, session)
    }
    quorum.isObeying = false
  }

  private func obey(_ command: QuorumNode.Command, _ session: Session) {
    guard let quorum else { return }
    switch command {
    case .fence(let epoch, let released):
      if quorum.stranger != nil, epoch > quorum.machine?.promise.epoch ?? 0 { leaveStrangers() }
      let request = quorum.request(from: .session(session.id))
      obey { $0.fence(epoch, released: released, request: request) }
    case .promote(let epoch, let position, let boots):
      let request = quorum.request(from: .session(session.id))
      obey { $0.promote(epoch, position, boots: boots, request: request) }
    case .follow(let epoch, let host, let port):
      let request = quorum.request(from: .session(session.id))
      obey { $0.follow(epoch, host: host, port: port, request: request) }
    case .memberArrived(let name, let promise):
      var hello = QuorumMachine.Hello.refused("NOLEADER this member does not lead an epoch")
      obey {
        let (answer, actions) = $0.memberArrived(name, promise: promise)
        hello = answer
        return actions
      }
      switch hello {
      case .welcome(let epoch, let end, let lease):
        quorum.members[Int(session.id)] = name
        engine.unblock(session) { $0.simple("TERN \(epoch) \(end) \(lease)") }
      case .refused(let text):
        quorum.refusal = "\(name): \(text)"
        engine.unblock(session) { $0.error(text) }
      }
    case .changeMembers(let change): changeMembers(change, session)
    case .replicaOf(let host, let port):
      let isSame = replica.isReplica(of: host, port)
      followWithoutEpoch(host, port, session.address)
      engine.unblock(session) { $0.simple(isSame ? "OK Already connected to specified master" : "OK") }
    case .replicaOfNobody:
      leadWithoutEpoch(session.address)
      engine.unblock(session) { $0.ok() }
    }
  }

  /// The entry counts from when it is in the log; the answer waits until it is committed.
  private func changeMembers(_ change: QuorumMembership.Change, _ session: Session) {
    guard let quorum, let machine = quorum.machine else { return engine.unblock(session) { $0.error("LOADING this node is starting") } }
    switch machine.membership(after: change, now: steadyTime) {
    case .failure(let refusal): engine.unblock(session) { $0.error(refusal.text) }
    case .success(let membership):
      engine.effects.commit()
      if engine.log.endOffset != primary.logEnd { logGrew() }
      engine.log.append(RESPCommand.encode("PUBLISH", Self.membersChannel, membership.text))
      log(
        .warning, "Members are now \(membership.names.joined(separator: " ")) (\(membership.copies) copies), version \(membership.version)")
      let id = session.id
      holds.append(
        .write { [unowned self] outcome in
          guard let session = engine.sessions[id] else { return }
          engine.unblock(session) { reply in
            switch outcome {
            case .durable: reply.ok()
            case .uncertain(let text): reply.error(text)
            }
          }
        }, offset: engine.log.endOffset, since: steadyTime)
      obey { $0.membershipAppended(membership, end: engine.log.endOffset, now: steadyTime) }
      logGrew()
    }
  }

  /// A fence ends mixed company.
  private func leaveStrangers() { obey { _ in [.standDown(reason: "fenced by a sentinel of Tern's")] } }

  // MARK: markers

  /// A PUBLISH on a reserved channel, of the stream or of a file.
  func noteReserved(_ session: Session, _ channel: UnsafeRawBufferPointer, _ message: UnsafeRawBufferPointer) {
    guard let quorum else { return }
    if channel.elementsEqual(Self.beatChannel.utf8) {
      if session.gates.contains(.primaryLink), let committed = Decimal.parse(message) { quorum.knownCommit = committed }
      return
    }
    if channel.elementsEqual(Self.membersChannel.utf8) {
      guard let membership = QuorumMembership(text: String(decoding: message, as: UTF8.self)) else { return }
      if session.gates.contains(.loader) {
        quorum.loaded.membership = membership
      } else if quorum.stranger == nil {
        obey { $0.membershipApplied(membership) }
      }
      return
    }
    guard channel.elementsEqual(Self.epochChannel.utf8) else { return }
    let words = String(decoding: message, as: UTF8.self).split(separator: " ").map(String.init)
    guard words.count >= 2, let epoch = UInt64(words[0]), epoch <= UInt64(Int64.max) else { return }
    if session.gates.contains(.loader) {
      quorum.loaded.epoch = epoch
      quorum.loaded.replid = words[1]
    } else if quorum.stranger == nil {
      quorum.noteMarker()
      obey {
        $0.markerApplied(epoch)
        return []
      }
    }
  }

  /// An RDB says of which epoch its data are.
  package func noteHistoryEpoch(_ value: [UInt8]) {
    guard let quorum, quorum.machine == nil, let epoch = UInt64(String(decoding: value, as: UTF8.self)) else { return }
    quorum.loaded.epoch = epoch
  }

  /// An RDB says who the members were.
  package func noteMembership(_ value: [UInt8]) {
    guard let quorum, quorum.machine == nil else { return }
    quorum.loaded.membership = QuorumMembership(text: String(decoding: value, as: UTF8.self))
  }

  /// The files of the log were loaded, and end there in the log.
  package func adoptLoggedHistory(epoch: UInt64, id: String, offset: Int64, streamDatabase: Int) {
    guard let quorum, quorum.machine == nil, offset >= 0 else {
      return adoptSavedHistory(id: id, offset: offset, streamDatabase: streamDatabase)
    }
    quorum.loaded.isPositionKnown = true
    // A marker that was read is the newest, or the line was written under it and says the same.
    if quorum.loaded.replid == nil { quorum.loaded.epoch = epoch }
    adoptSavedHistory(id: quorum.loaded.replid ?? id, offset: offset, streamDatabase: streamDatabase)
  }
}
