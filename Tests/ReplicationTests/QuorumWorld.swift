import TernEngine

@testable import TernReplication

/// Members around real `QuorumMachine`s, with everything else reduced to what the rules need: a log is a list of entries, a link two
/// queues. Sentinels are reduced to rounds: one coordinator for each epoch. Whatever can happen, happens in an order that a seed decides:
/// delays, cut links, crashes that forget what was not synced, slow disks, sleeping leaders, clocks that run apart by up to 8 %.
struct QuorumWorld {
  struct Violation: Error, CustomStringConvertible { let description: String }

  struct Entry: Hashable {
    let epoch: UInt64
    /// nil: the marker of the epoch.
    let write: Int?
  }

  struct Member {
    var machine: QuorumMachine
    var log: [Entry] = []
    var synced = 0
    var disk: QuorumPromise?
    var persisting: QuorumPromise?
    var isUp = true
    var sleepsUntil = 0
    /// Cut off from everybody, sentinels too, and running.
    var isolatedUntil = 0
    var wasLeading: UInt64?
    /// Local milliseconds for each of the world's.
    var clockRate = 1.0
    /// Writes whose replies are held, with the log's end behind each.
    var held: [(write: Int, end: Int)] = []
    /// Reads that wait for the log's end that they saw, and an acknowledged write that each did not see.
    var heldReads: [(end: Int, lacks: Int?)] = []
  }

  struct Link {
    let follower: Int
    let leader: Int
    let epoch: UInt64
    var down: [[Entry]] = []
    var up: [Int64] = []
    var sent: Int
  }

  struct Round {
    let epoch: UInt64
    var asked: Set<Int> = []
    var answers: [Int: FenceAnswer] = [:]
  }

  var random: SplitMix
  var members: [Member]
  var links: [Link] = []
  var rounds: [Round] = []
  var epoch: UInt64 = 0
  var time: Int64 = 0
  var steps = 0
  /// How often each thing happens, summed up: every seed has a mixture of its own.
  var weights: [Int] = []
  var nextWrite = 1
  var requests: [QuorumRequest: (member: Int, epoch: UInt64)] = [:]
  var handshakes: [QuorumRequest: (follower: Int, leader: Int, epoch: UInt64)] = [:]
  var nextRequest = 1
  /// Write → the epoch in which it was acknowledged.
  var acknowledged: [Int: UInt64] = [:]
  var leaders: [UInt64: Int] = [:]
  var statistics = (writes: 0, reads: 0, leaders: 0, fullSyncs: 0, disasters: 0, refused: 0)
  let always: Bool
  let plants: QuorumPlants
  let smallFence: Bool
  let offsetOnly: Bool
  /// Some crashes take the disk with them: data and promise, of as many members at a time as the protocol survives.
  let wipes: Bool
  var violation: String?

  init(seed: UInt64, plants: QuorumPlants = [], smallFence: Bool = false, offsetOnly: Bool = false, wipes: Bool = false) {
    random = SplitMix(seed: seed)
    self.plants = plants
    self.smallFence = smallFence
    self.offsetOnly = offsetOnly
    self.wipes = wipes
    always = random.next() % 10 < 3
    let count = random.next() % 2 == 0 ? 3 : 5
    let usual = [60, 900, 100, 12, 30, 5, 40, 5, 140, 50, 90, 120, 3, 2, 24]
    var sum = 0
    for weight in usual {
      sum += max(1, weight * [1, 1, 2, 4, 8][Int(random.next() % 5)] / 3)
      weights.append(sum)
    }
    let lease = Int64([40, 150, 600][Int(random.next() % 3)])
    let names = (0..<count).map { "m\($0)" }
    members = []
    for i in 0..<count {
      var configuration = QuorumConfiguration(members: names, own: names[i])
      configuration.acknowledgesDisk = always
      configuration.leaseMilliseconds = lease
      var machine = QuorumMachine(
        configuration: configuration, stored: nil, replid: Self.replid, position: .init(historyEpoch: 0, offset: 0))
      machine.plants = plants
      members.append(Member(machine: machine, clockRate: 0.96 + Double(random.next() % 81) / 1000))
    }
    for i in members.indices { obey(i, members[i].machine.started()) }
  }

  static let replid = ReplicationID(Array(String(repeating: "a", count: 40).utf8)) ?? .none

  func clock(_ i: Int) -> Int64 { Int64(Double(time) * members[i].clockRate) }

  mutating func pick(_ count: Int) -> Int { Int(random.next() % UInt64(max(1, count))) }

  // MARK: obeying a machine

  mutating func obey(_ i: Int, _ actions: [QuorumAction]) {
    for action in actions { obey(i, action) }
  }

  private mutating func obey(_ i: Int, _ action: QuorumAction) {
    switch action {
    case .log: break
    case .persist(let promise):
      members[i].persisting = promise
      // Half of the disks are slow.
      if random.next() % 2 == 0 { written(i) }
    case .standDown: links.removeAll { $0.follower == i || $0.leader == i }
    case .failHeld:
      members[i].held = []
      members[i].heldReads = []
      members[i].heldReads = []
    case .lead(let epoch): begin(i, epoch)
    case .follow: break
    case .release(let end): release(i, end)
    case .appendPing: append(i, Entry(epoch: members[i].machine.epoch, write: 0))
    case .answer(let request, let answer):
      guard let (_, epoch) = requests.removeValue(forKey: request), let r = rounds.firstIndex(where: { $0.epoch == epoch }) else { return }
      if random.next() % 10 > 0 { rounds[r].answers[i] = answer }
    case .accept(let request):
      if let pending = handshakes.removeValue(forKey: request) { connect(pending.follower, pending.leader, pending.epoch) }
    case .refuse(let request, _):
      requests[request] = nil
      handshakes[request] = nil
      statistics.refused += 1
    }
  }

  private mutating func begin(_ i: Int, _ epoch: UInt64) {
    if let other = leaders[epoch], other != i { violation = violation ?? "two leaders in epoch \(epoch)" }
    leaders[epoch] = i
    statistics.leaders += 1
    members[i].held = []
    members[i].heldReads = []
    links.removeAll { $0.follower == i }
    members[i].log.append(Entry(epoch: epoch, write: nil))
    obey(i, members[i].machine.markerAppended(end: Int64(members[i].log.count), now: clock(i)))
  }

  private mutating func append(_ i: Int, _ entry: Entry) {
    members[i].log.append(entry)
    obey(i, members[i].machine.logAdvanced(to: Int64(members[i].log.count), now: clock(i)))
  }

  private func lacking(_ i: Int) -> Int? {
    guard !acknowledged.isEmpty else { return nil }
    let log = Set(members[i].log.compactMap(\.write))
    return acknowledged.keys.first { !log.contains($0) }
  }

  private mutating func release(_ i: Int, _ end: Int64) {
    let epoch = members[i].machine.epoch
    let released = members[i].held.filter { $0.end <= end }
    members[i].held.removeAll { $0.end <= end }
    if !released.isEmpty, let missing = lacking(i) {
      violation = violation ?? "leader \(i) of epoch \(epoch) acknowledges out of a log that lacks acknowledged write \(missing)"
    }
    for (write, _) in released {
      acknowledged[write] = epoch
      statistics.writes += 1
    }
    let reads = members[i].heldReads.filter { $0.end <= end }
    members[i].heldReads.removeAll { $0.end <= end }
    for read in reads { answer(i, lacks: read.lacks) }
  }

  // MARK: what can happen

  mutating func step() {
    time += Int64(random.next() % 5)
    steps += 1
    var left = pick(weights.last ?? 1)
    left = weights.firstIndex { left < $0 } ?? 0
    switch left {
    case 0: write()
    case 1: pump()
    case 2: join()
    case 3: if !links.isEmpty { links.remove(at: pick(links.count)) }
    case 4: sync()
    case 5: crash()
    case 6: restart()
    case 7: if rounds.count < 2 { startRound() }
    case 8: ask()
    case 9: choose()
    case 10: persisted()
    case 11: read()
    case 12: members[pick(members.count)].sleepsUntil = steps + pick(1200)
    case 13: members[pick(members.count)].isolatedUntil = steps + pick(900)
    default:
      let i = pick(members.count)
      if acts(i) { obey(i, members[i].machine.tick(now: clock(i))) }
    }
  }

  /// Up, and not asleep: a process may be stopped for a while, and go on as if nothing had been.
  private func acts(_ i: Int) -> Bool { members[i].isUp && members[i].sleepsUntil <= steps }

  private func reaches(_ i: Int) -> Bool { members[i].isolatedUntil <= steps }

  private mutating func write() {
    let leading = members.indices.filter { acts($0) && members[$0].machine.isLeading }
    guard !leading.isEmpty else { return }
    let i = leading[pick(leading.count)]
    let write = nextWrite
    nextWrite += 1
    members[i].held.append((write, members[i].log.count + 1))
    append(i, Entry(epoch: members[i].machine.epoch, write: write))
  }

  private mutating func read() {
    let leading = members.indices.filter { acts($0) && members[$0].machine.isLeading }
    guard !leading.isEmpty else { return }
    let i = leading[pick(leading.count)]
    guard members[i].machine.holdsLease(now: clock(i)) else { return }
    let lacks = lacking(i)
    if let committed = members[i].machine.committed, committed >= members[i].log.count {
      answer(i, lacks: lacks)
    } else {
      members[i].heldReads.append((members[i].log.count, lacks))
    }
  }

  private mutating func answer(_ i: Int, lacks: Int?) {
    statistics.reads += 1
    if let lacks {
      violation = violation ?? "leader \(i) of epoch \(members[i].machine.epoch) answers a read that lacks acknowledged write \(lacks)"
    }
  }

  private mutating func join() {
    let leading = members.indices.filter { acts($0) && members[$0].machine.isLeading }
    let others = members.indices.filter { acts($0) && !members[$0].machine.isLeading }
    guard !leading.isEmpty, !others.isEmpty else { return }
    let leader = leading[pick(leading.count)]
    let follower = others[pick(others.count)]
    guard reaches(leader), reaches(follower) else { return }
    if links.contains(where: { $0.follower == follower && $0.leader == leader }) { return }
    let (hello, actions) = members[leader].machine.memberArrived("m\(follower)", promise: members[follower].machine.promise.epoch)
    obey(leader, actions)
    guard case .welcome(let epoch, let end, _) = hello else { return }
    let request = nextRequest
    nextRequest += 1
    handshakes[request] = (follower, leader, epoch)
    obey(follower, members[follower].machine.welcomed(epoch: epoch, leaderEnd: end, request: request))
  }

  private mutating func connect(_ follower: Int, _ leader: Int, _ epoch: UInt64) {
    links.removeAll { $0.follower == follower }
    guard members[leader].isUp, case .leading(epoch, _) = members[leader].machine.role else { return }
    let log = members[leader].log
    if members[follower].log != Array(log.prefix(members[follower].log.count)) {
      members[follower].log = log
      members[follower].synced = 0
      statistics.fullSyncs += 1
      members[follower].machine.dataReplaced(position(of: log))
      if always {
        members[follower].synced = log.count
        obey(follower, members[follower].machine.logSynced(to: Int64(log.count)))
      }
    }
    links.append(Link(follower: follower, leader: leader, epoch: epoch, sent: members[follower].log.count))
  }

  private func position(of log: [Entry]) -> QuorumPosition {
    QuorumPosition(historyEpoch: log.filter { $0.write == nil }.map(\.epoch).max() ?? 0, offset: Int64(log.count))
  }

  private mutating func pump() {
    guard !links.isEmpty else { return }
    let k = pick(links.count)
    let link = links[k]
    guard reaches(link.leader), reaches(link.follower) else { return }
    let leads = acts(link.leader) && members[link.leader].machine.role.leads(link.epoch)
    let follows = acts(link.follower) && members[link.follower].machine.role == .following(epoch: link.epoch)
    switch pick(4) {
    case 0 where leads && link.sent < members[link.leader].log.count:
      let end = link.sent + 1 + pick(members[link.leader].log.count - link.sent)
      links[k].down.append(Array(members[link.leader].log[link.sent..<end]))
      links[k].sent = end
    case 1 where !link.down.isEmpty:
      guard members[link.follower].sleepsUntil <= steps else { return }
      guard follows else {
        links.remove(at: k)
        return
      }
      let entries = links[k].down.removeFirst()
      members[link.follower].log += entries
      for entry in entries where entry.write == nil { members[link.follower].machine.markerApplied(entry.epoch) }
      let actions = members[link.follower].machine.logAdvanced(
        to: Int64(members[link.follower].log.count), now: clock(link.follower))
      obey(link.follower, actions)
    case 2 where follows:
      if let offset = members[link.follower].machine.acknowledgement(now: clock(link.follower)) { links[k].up.append(offset) }
    case 3 where !link.up.isEmpty:
      let offset = links[k].up.removeFirst()
      guard leads else { return }
      obey(link.leader, members[link.leader].machine.acknowledged("m\(link.follower)", offset, now: clock(link.leader)))
    default: break
    }
  }

  private mutating func sync() {
    let i = pick(members.count)
    guard members[i].isUp else { return }
    members[i].synced = members[i].log.count
    obey(i, members[i].machine.logSynced(to: Int64(members[i].synced)))
  }

  private mutating func persisted() {
    let waiting = members.indices.filter { acts($0) && members[$0].persisting != nil }
    guard !waiting.isEmpty else { return }
    let i = waiting[pick(waiting.count)]
    written(i)
  }

  private mutating func written(_ i: Int) {
    guard let promise = members[i].persisting else { return }
    members[i].persisting = nil
    members[i].disk = promise
    obey(i, members[i].machine.persisted(promise, now: clock(i)))
  }

  private mutating func crash() {
    let i = pick(members.count)
    guard members[i].isUp else { return }
    members[i].isUp = false
    links.removeAll { $0.follower == i || $0.leader == i }
    // The kernel may have written more than was synced.
    let kept = members[i].synced + pick(members[i].log.count - members[i].synced + 1)
    members[i].log.removeLast(members[i].log.count - kept)
    members[i].synced = kept
    members[i].persisting = nil
    members[i].held = []
    members[i].heldReads = []
    members[i].wasLeading = members[i].machine.isLeading ? members[i].machine.epoch : nil
    if wipes, pick(2) == 0 { wipe(i) }
  }

  private mutating func wipe(_ i: Int) {
    let forgetful = members.indices.count { $0 != i && !(members[$0].machine.trust == .trusted && (members[$0].isUp || always)) }
    guard forgetful + 1 <= members.count - (members.count / 2 + 1) else { return }
    members[i].log = []
    members[i].synced = 0
    members[i].disk = nil
    members[i].wasLeading = nil
    // A round that is under way asks over the connections that it began with.
    for r in rounds.indices { rounds[r].asked.insert(i) }
  }

  private mutating func restart() {
    let i = pick(members.count)
    guard !members[i].isUp else { return }
    members[i].isUp = true
    members[i].machine = QuorumMachine(
      configuration: members[i].machine.configuration, stored: members[i].disk, replid: Self.replid, position: position(of: members[i].log),
      plants: plants)
    obey(i, members[i].machine.started())
    if plants.contains(.resumesLeadership), let epoch = members[i].wasLeading, members[i].machine.promise.epoch <= epoch {
      members[i].machine.resumeLeadership(epoch, end: Int64(members[i].log.count))
    }
  }

  private mutating func startRound() {
    epoch += 1
    rounds.append(Round(epoch: epoch))
  }

  private mutating func ask() {
    guard !rounds.isEmpty else { return }
    let r = pick(rounds.count)
    let i = pick(members.count)
    guard acts(i), reaches(i), rounds[r].asked.insert(i).inserted else { return }
    let request = nextRequest
    nextRequest += 1
    requests[request] = (i, rounds[r].epoch)
    obey(i, members[i].machine.fence(rounds[r].epoch, request: request))
  }

  private mutating func choose() {
    guard !rounds.isEmpty else { return }
    let r = pick(rounds.count)
    let round = rounds[r]
    let copies = members.count / 2 + 1
    let trusted = round.answers.filter(\.value.isTrusted)
    let needed = members.count - copies + 1 - (smallFence ? 1 : 0)
    let isDisaster = trusted.count < needed
    if isDisaster, round.answers.count < members.count {
      if pick(20) == 0 { rounds.remove(at: r) }
      return
    }
    rounds.remove(at: r)
    let pool = isDisaster ? round.answers : trusted
    func rank(_ answer: FenceAnswer) -> QuorumPosition {
      offsetOnly ? QuorumPosition(historyEpoch: 0, offset: answer.position.offset) : answer.position
    }
    guard let winner = pool.max(by: { (rank($0.value), $0.key) < (rank($1.value), $1.key) }), acts(winner.key), reaches(winner.key) else {
      return
    }
    let i = winner.key
    let request = nextRequest
    nextRequest += 1
    if isDisaster {
      // Loud, and the best that is left: what was never synced anywhere may be gone.
      let before = members[i].machine.role
      let actions = members[i].machine.promote(round.epoch, winner.value.position, boots: winner.value.boots, request: request)
      if actions.contains(where: { if case .lead = $0 { true } else { false } }), before == .idle {
        statistics.disasters += 1
        let log = Set(members[i].log.compactMap(\.write))
        acknowledged = acknowledged.filter { log.contains($0.key) }
      }
      obey(i, actions)
      return
    }
    let actions = members[i].machine.promote(round.epoch, winner.value.position, boots: winner.value.boots, request: request)
    if actions.contains(where: { if case .lead = $0 { true } else { false } }) {
      let log = Set(members[i].log.compactMap(\.write))
      if let missing = acknowledged.first(where: { $0.value < round.epoch && !log.contains($0.key) }) {
        violation = violation ?? "leader \(i) of epoch \(round.epoch) lacks write \(missing.key), acknowledged in epoch \(missing.value)"
      }
    }
    obey(i, actions)
  }

  mutating func run(steps: Int) throws(Violation) {
    startRound()
    for _ in 0..<steps {
      step()
      if let violation { throw Violation(description: violation) }
    }
  }
}

extension QuorumMachine.Role {
  func leads(_ epoch: UInt64) -> Bool {
    if case .leading(epoch, _) = self { true } else { false }
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed &* 0x2545_f491_4f6c_dd1d }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
