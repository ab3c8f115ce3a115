import TernEngine
import TernReplication

@testable import TernNode

/// Members of a quorum as real `NodeCore`s, joined in memory: no sockets, no files, one clock. What is on its way is delivered by `settle`.
final class QuorumCluster {
  final class Clock: @unchecked Sendable { var milliseconds: Int64 = 1_000_000 }

  final class Member {
    let index: Int
    var core: NodeCore
    /// The file of promises.
    var state: [UInt8]?
    /// Writes to it wait, or fail.
    var holdsState = false
    var failsState = false
    var heldStates: [[UInt8]] = []
    /// It is stopped: nothing is delivered to it, and no time passes for it.
    var sleeps = false
    var log: [String] = []

    init(_ index: Int, _ core: NodeCore) {
      self.index = index
      self.core = core
    }

    var role: QuorumMachine.Role? { core.quorum?.machine?.role }
    var position: QuorumPosition { core.quorum?.machine?.position ?? .init(historyEpoch: 0, offset: -1) }
  }

  final class Pipe {
    let follower: Int
    let link: Int
    let leader: Int
    let session: Session
    var toLeader: [UInt8] = []
    var toFollower: [UInt8] = []
    init(follower: Int, link: Int, leader: Int, session: Session) {
      (self.follower, self.link, self.leader, self.session) = (follower, link, leader, session)
    }
  }

  let clock = Clock()
  var wall: Int64 { 1_700_000_000_000 + clock.milliseconds }
  private(set) var members: [Member] = []
  var pipes: [Pipe] = []
  /// Members that nobody reaches.
  var isolated: Set<Int> = []
  private let lines: String
  private var seed: UInt64 = 1

  init(_ count: Int = 3, _ lines: String = "") throws {
    self.lines = lines
    for i in 0..<count {
      let core = try makeCore(i, count)
      members.append(Member(i, core))
    }
    for member in members { member.core.startQuorum(nil, now: wall) }
    settle()
  }

  private func makeCore(_ i: Int, _ count: Int) throws -> NodeCore {
    let names = (0..<count).map { "n\($0):\(7000 + $0)" }.joined(separator: " ")
    let text = """
      port \(7000 + i)
      tern-durability quorum
      tern-members \(names)
      tern-member n\(i):\(7000 + i)
      repl-diskless-sync-delay 0
      save ""
      \(lines)
      """
    let configuration = try Configuration.parse(text.utf8, environment: ConfigurationEnvironment())
    if let promise = configuration.unkeptPromise { throw CommandError("\(promise)") }
    seed += 1
    let clock = clock
    return NodeCore(
      configuration: configuration, identity: .init(runID: String(repeating: "\(i)", count: 40)), random: SplitMix64(seed: seed), now: wall,
      monotonicNanoseconds: { clock.milliseconds * 1_000_000 })
  }

  subscript(_ index: Int) -> Member { members[index] }

  // MARK: clients

  func connect(_ i: Int) -> Session {
    switch members[i].core.openSession(address: "127.0.0.1:9\(i)", localAddress: "n\(i)", now: wall) {
    case .success(let session): return session
    case .failure(let error): preconditionFailure(error.line)
    }
  }

  /// Sends, and returns what may leave at once; nothing is delivered to others.
  func ask(_ i: Int, _ session: Session, _ words: String...) -> String { ask(i, session, [words]) }

  func ask(_ i: Int, _ session: Session, _ commands: [[String]]) -> String {
    var bytes: [UInt8] = []
    for words in commands { RESPCommand.encode(words.map { Array($0.utf8) }, into: &bytes) }
    while !bytes.isEmpty {
      let consumed = bytes.withUnsafeBytes { members[i].core.receive(session, $0, now: wall) }
      bytes.removeFirst(consumed)
      if consumed == 0 { break }
    }
    return output(i, session)
  }

  func output(_ i: Int, _ session: Session) -> String { String(decoding: members[i].core.takeOutput(of: session), as: UTF8.self) }

  /// On a connection of its own, and waits for whatever it takes within the group.
  func command(_ i: Int, _ words: String...) -> String {
    let session = connect(i)
    var text = ask(i, session, [words])
    if text.isEmpty {
      settle()
      text = output(i, session)
    }
    return text
  }

  // MARK: elections by hand

  /// Fences all that are reachable, chooses by the rules, promotes, and tells the others. Returns the winner.
  @discardableResult
  func elect(_ epoch: UInt64, among candidates: [Int]? = nil) -> Int? {
    let asked = candidates ?? members.indices.filter { !isolated.contains($0) && !members[$0].sleeps }
    var answers: [(index: Int, values: [Int64])] = []
    let sessions = asked.map { (index: $0, session: connect($0)) }
    for (index, session) in sessions { _ = ask(index, session, "TERN", "FENCE", "\(epoch)") }
    settle()
    pass(1200)
    for (index, session) in sessions {
      let text = output(index, session)
      guard text.hasPrefix("*10") else { continue }
      answers.append((index, text.split(separator: "\r\n").dropFirst().compactMap { Int64($0.dropFirst()) }))
    }
    let trusted = answers.filter { $0.values[2] == 1 }
    let needed = members.count - Int(answers.first?.values[5] ?? 2) + 1
    guard trusted.count >= needed || answers.count == members.count else { return nil }
    let pool = trusted.count >= needed ? trusted : answers
    let best = pool.max { ($0.values[0], $0.values[1], -$0.index) < ($1.values[0], $1.values[1], -$1.index) }
    guard let winner = best else { return nil }
    let v = winner.values
    guard command(winner.index, "TERN", "PROMOTE", "\(epoch)", "\(v[0])", "\(v[1])", "\(v[3])") == "+OK\r\n" else { return nil }
    for index in asked where index != winner.index { follow(index, epoch, winner.index) }
    settle()
    pass(300)
    return winner.index
  }

  func follow(_ index: Int, _ epoch: UInt64, _ leader: Int) {
    _ = command(index, "TERN", "FOLLOW", "\(epoch)", "n\(leader)", "\(7000 + leader)")
  }

  // MARK: time

  func pass(_ milliseconds: Int64) {
    var left = milliseconds
    while left > 0 {
      let step = min(left, 50)
      left -= step
      clock.milliseconds += step
      for member in members where !member.sleeps { member.core.tick(now: wall) }
      settle()
    }
  }

  /// The process ends without a word; what it had in memory is gone. It comes back without data, as no files are kept here.
  func restart(_ i: Int) throws {
    for pipe in pipes where pipe.follower == i || pipe.leader == i { close(pipe, exceptAt: i) }
    let state = members[i].state
    members[i].core = try makeCore(i, members.count)
    members[i].heldStates = []
    members[i].core.startQuorum(try state.map { try QuorumState.decode($0, member: "n\(i):\(7000 + i)") }, now: wall)
    settle()
  }

  // MARK: delivery

  func settle() {
    for _ in 0..<10_000 {
      var moved = false
      for member in members where !member.sleeps { if serve(member) { moved = true } }
      for pipe in pipes { if deliver(pipe) { moved = true } }
      if !moved { return }
    }
  }

  private func reaches(_ pipe: Pipe) -> Bool {
    !isolated.contains(pipe.leader) && !isolated.contains(pipe.follower) && !members[pipe.leader].sleeps && !members[pipe.follower].sleeps
  }

  private func deliver(_ pipe: Pipe) -> Bool {
    guard reaches(pipe), pipes.contains(where: { $0 === pipe }) else { return false }
    if !pipe.toLeader.isEmpty {
      let bytes = pipe.toLeader
      let consumed = bytes.withUnsafeBytes { members[pipe.leader].core.receive(pipe.session, $0, now: wall) }
      pipe.toLeader.removeFirst(min(consumed, pipe.toLeader.count))
      collect(members[pipe.leader], pipe.session)
      return consumed > 0
    }
    guard !pipe.toFollower.isEmpty else { return false }
    let bytes = pipe.toFollower
    pipe.toFollower = []
    bytes.withUnsafeBytes { members[pipe.follower].core.primaryReceived(link: pipe.link, $0, now: wall) }
    return true
  }

  private func close(_ pipe: Pipe, exceptAt index: Int = -1) {
    pipes.removeAll { $0 === pipe }
    if pipe.leader != index { members[pipe.leader].core.closeSession(pipe.session, now: wall) }
    if pipe.follower != index { members[pipe.follower].core.primaryDisconnected(link: pipe.link, reason: nil, now: wall) }
  }

  private func serve(_ member: Member) -> Bool {
    let core = member.core
    guard core.engine.hasOutboxes || core.hasEffects else { return false }
    for session in core.engine.takeTouched() { collect(member, session) }
    let killed = core.engine.killed
    core.engine.killed = []
    for session in killed {
      collect(member, session)
      if let pipe = pipes.first(where: { $0.session === session }) { close(pipe) }
    }
    core.engine.resumed = []
    for effect in core.takeEffects() { obey(effect, member) }
    return true
  }

  private func collect(_ member: Member, _ session: Session) {
    guard let pipe = pipes.first(where: { $0.session === session }) else { return }
    pipe.toFollower += member.core.takeOutput(of: session)
  }

  private func obey(_ effect: NodeEffect, _ member: Member) {
    switch effect {
    case .log(_, let text): member.log.append(text)
    case .storeQuorumState(let bytes):
      if member.failsState {
        member.core.quorumStateStored(failure: "No space left on device", now: wall)
      } else if member.holdsState {
        member.heldStates.append(bytes)
      } else {
        store(member, bytes)
      }
    case .connectPrimary(let link, _, let port):
      let leader = port - 7000
      guard members.indices.contains(leader), !isolated.contains(leader), !isolated.contains(member.index) else {
        return member.core.primaryFailed(link: link, reason: "unreachable", now: wall)
      }
      pipes.append(Pipe(follower: member.index, link: link, leader: leader, session: connect(leader)))
      member.core.primaryConnected(link: link, now: wall)
    case .closePrimary(let link):
      for pipe in pipes where pipe.follower == member.index && pipe.link == link {
        pipes.removeAll { $0 === pipe }
        members[pipe.leader].core.closeSession(pipe.session, now: wall)
      }
    case .sendPrimary(let link, let bytes):
      pipes.first { $0.follower == member.index && $0.link == link }?.toLeader += bytes
    case .pump(let session):
      collect(member, session)
      guard let pipe = pipes.first(where: { $0.session === session }) else { return }
      while let (bytes, end) = member.core.takeStream(for: session, limit: 1 << 20) {
        pipe.toFollower += bytes
        member.core.streamSent(session, upTo: end, now: wall)
      }
    case .transfer(let transfer):
      collect(member, transfer.session)
      guard let pipe = pipes.first(where: { $0.session === transfer.session }) else {
        return member.core.transferCompleted(transfer.session, group: transfer.group, failure: "gone", now: wall)
      }
      var encoder = RDBEncoder(transfer.job, version: "7.0.15")
      pipe.toFollower += transfer.preamble
      while !encoder.isFinished { encoder.next(atLeast: 1 << 16) { pipe.toFollower.append(contentsOf: $0) } }
      pipe.toFollower += transfer.trailer
      member.core.transferCompleted(transfer.session, group: transfer.group, now: wall)
    default: break
    }
  }

  func store(_ member: Member, _ bytes: [UInt8]) {
    member.state = bytes
    member.core.quorumStateStored(failure: nil, now: wall)
  }
}
