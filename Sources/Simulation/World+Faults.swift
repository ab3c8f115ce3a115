internal import TernNode
internal import TernReplication

/// What goes wrong: partitions, crashes, processes that sleep, clocks that disagree.
extension World {
  /// Nothing passes from `from` to `to` any more.
  package func cut(from: [Int], to: [Int]) {
    for a in from { for b in to where a != b { cuts.insert(Direction(from: a, to: b)) } }
    note("cut \(from) -> \(to)")
  }

  package func partition(_ a: [Int], from b: [Int]) {
    cut(from: a, to: b)
    cut(from: b, to: a)
  }

  package func heal() {
    guard !cuts.isEmpty else { return }
    note("heal")
    let held = cuts
    cuts = []
    for (id, connection) in connections.sorted(by: { $0.key < $1.key }) {
      guard
        held.contains(Direction(from: connection.client, to: connection.server))
          || held.contains(Direction(from: connection.server, to: connection.client))
      else { continue }
      if Double.random(in: 0..<1, using: &random) < faults.resetShare, connection.isAccepted {
        connections[id]?.toServer = []
        connections[id]?.toClient = []
        reset(id)
        continue
      }
      for _ in connection.toServer { schedule(.deliver(connection: id, toServer: true), after: latency()) }
      for _ in connection.toClient { schedule(.deliver(connection: id, toServer: false), after: latency()) }
    }
  }

  func reset(_ id: Int) {
    enqueue(.end(reason: "Connection reset by peer"), on: id, toServer: true)
    enqueue(.end(reason: "Connection reset by peer"), on: id, toServer: false)
  }

  /// Ends a process as kill -9 does: its memory is gone, its peers get resets (as far as the network lets them through).
  package func crash(_ host: Int, losesPower: Bool = false) {
    guard processes[host].isUp else { return }
    note(losesPower ? "power loss at \(processes[host].name)" : "crash \(processes[host].name)")
    closeConnections(of: host)
    processes[host].crash()
    if losesPower { (processes[host] as? SimulatedNode)?.losePower() }
  }

  private func closeConnections(of host: Int) {
    asleep[host] = nil
    for (id, connection) in connections.sorted(by: { $0.key < $1.key }) {
      if connection.client == host, connection.clientIncarnation == processes[host].incarnation {
        close(id, byClient: true, reason: "Connection reset by peer")
      } else if connection.server == host, connection.isAccepted {
        close(id, byClient: false, reason: "Connection reset by peer")
      }
    }
  }

  package func restart(_ host: Int) {
    guard !processes[host].isUp else { return }
    note("restart \(processes[host].name)")
    processes[host].start()
  }

  /// The process ends by itself.
  func end(_ host: Int, _ what: String) {
    guard processes[host].isUp else { return }
    note("\(processes[host].name) \(what)")
    closeConnections(of: host)
    processes[host].crash()
  }

  func count(_ fault: Fault) { injected[fault, default: 0] += 1 }

  /// True with this probability.
  func draws(_ share: Double) -> Bool { share > 0 && Double.random(in: 0..<1, using: &random) < share }

  // MARK: faults by chance

  /// Draws faults among `hosts` from now on for `duration`.
  package func sufferFaults(among hosts: [Int], for duration: Int64) {
    let end = now + duration
    let nodes = hosts.filter { processes[$0] is SimulatedNode }
    // Clients are cut off like everybody else; what else happens to them is nobody's concern.
    let machines = hosts.filter { !(processes[$0] is WorkloadClient) }
    if faults.clockDriftMax > 0 {
      for host in hosts { setClockRate(of: host, 1 + Double.random(in: -faults.clockDriftMax...faults.clockDriftMax, using: &random)) }
    }
    recur(faults.crashPeriod, until: end) { world in
      guard let host = machines.randomElement(using: &world.random) else { return }
      world.crashByChance(host)
    }
    recur(faults.blackoutPeriod, until: end) { world in
      for host in nodes where world.mayForget(nodes, wiped: false) { world.crash(host, losesPower: true) }
      guard nodes.contains(where: { !world.processes[$0].isUp }) else { return }
      world.count(.blackout)
      for host in nodes { world.restartLater(host) }
    }
    recur(faults.shutdownPeriod, until: end) { world in
      guard let host = nodes.randomElement(using: &world.random), let node = world.processes[host] as? SimulatedNode, node.isUp,
        world.asleep[host] == nil
      else { return }
      // A shutdown that cannot be clean is a crash; and a node that was asked to end may be killed before it has.
      guard world.mayForget([host], wiped: false) else { return }
      world.count(.shutdown)
      world.note("shut down \(node.name)")
      node.shutDown()
      world.restartLater(host)
    }
    recur(faults.partitionPeriod, until: end) { world in world.partitionByChance(hosts) }
    recur(faults.sleepPeriod, until: end) { world in
      guard let host = machines.randomElement(using: &world.random) else { return }
      world.putToSleep(host)
      world.count(.sleep)
      world.after(Int64.random(in: world.faults.sleepLength, using: &world.random)) { $0.wake(host) }
    }
    recur(faults.clockJumpPeriod, until: end) { world in
      guard let host = hosts.randomElement(using: &world.random) else { return }
      world.count(.clockJump)
      world.moveWallClock(of: host, by: Int64.random(in: world.faults.clockJump, using: &world.random))
    }
    recur(faults.slowDiskPeriod, until: end) { world in
      guard let host = nodes.randomElement(using: &world.random), let node = world.processes[host] as? SimulatedNode else { return }
      world.count(.slowDisk)
      node.slowUntil = world.now + Int64.random(in: world.faults.slowDiskLength, using: &world.random)
      world.note("the disk of \(node.name) is slow")
    }
    recur(faults.slowLinkPeriod, until: end) { world in
      guard let from = hosts.randomElement(using: &world.random), let to = hosts.randomElement(using: &world.random), from != to else {
        return
      }
      world.count(.slowLink)
      world.note("slow: \(world.processes[from].name) -> \(world.processes[to].name)")
      world.slowLinks[World.Direction(from: from, to: to)] =
        world.now + Int64.random(in: world.faults.slowLinkLength, using: &world.random)
    }
    recur(faults.resetPeriod, until: end) { world in
      guard let id = world.connections.keys.sorted().randomElement(using: &world.random), world.connections[id]?.isAccepted == true else {
        return
      }
      world.count(.reset)
      world.connections[id]?.toServer = []
      world.connections[id]?.toClient = []
      world.reset(id)
    }
    recur(faults.strayOrderPeriod, until: end) { $0.strayOrder() }
    recur(faults.failoverPeriod, until: end) { world in
      guard let sentinel = world.sentinels.filter(\.isUp).randomElement(using: &world.random), world.asleep[sentinel.host] == nil else {
        return
      }
      world.count(.failover)
      sentinel.askForFailover(isCoordinated: Bool.random(using: &world.random))
    }
  }

  private func strayOrder() {
    let members = nodes.filter { $0.isMember && $0.isUp && asleep[$0.host] == nil }
    if Bool.random(using: &random), let (host, order) = promotions.randomElement(using: &random) {
      guard let node = members.first(where: { $0.host == host }) else { return }
      count(.strayOrder)
      note("late order to \(node.name): \(order.joined(separator: " "))")
      return node.take(order)
    }
    let leading = members.compactMap { node -> (SimulatedNode, UInt64)? in
      guard case .leading(let epoch, _)? = node.core?.quorum?.machine?.role else { return nil }
      return (node, epoch)
    }
    guard let (leader, epoch) = leading.randomElement(using: &random), let node = members.randomElement(using: &random), node !== leader
    else { return }
    count(.strayOrder)
    note("order to \(node.name): follow \(leader.name) in epoch \(epoch)")
    node.take(["TERN", "FOLLOW", "\(epoch)", leader.address, "\(leader.port)"])
  }

  /// Again and again, every `period` in the mean.
  private func recur(_ period: Int64, until end: Int64, _ body: @escaping (World) -> Void) {
    guard period > 0 else { return }
    after(Int64.random(in: 1...(period * 2), using: &random)) { world in
      guard world.now < end else { return }
      body(world)
      world.recur(period, until: end, body)
    }
  }

  private func restartLater(_ host: Int) {
    after(Int64.random(in: faults.restartDelay, using: &random)) { world in
      if world.processes[host].isUp, (world.processes[host] as? SimulatedNode)?.isEnding == true { return world.restartLater(host) }
      world.restart(host)
    }
  }

  private func crashByChance(_ host: Int) {
    guard processes[host].isUp else { return }
    let losesPower = draws(faults.powerLossShare)
    let isNode = processes[host] is SimulatedNode
    let isWiped = isNode && draws(faults.wipeShare)
    guard !isNode || mayForget([host], wiped: isWiped) else { return }
    crash(host, losesPower: losesPower)
    count(losesPower ? .powerLoss : .crash)
    if isWiped {
      count(.wipe)
      note("the disk of \(processes[host].name) is lost")
      (processes[host] as? SimulatedNode)?.wipe()
    }
    restartLater(host)
  }

  private func partitionByChance(_ hosts: [Int]) {
    guard cuts.isEmpty else { return }
    let shuffled = hosts.shuffled(using: &random)
    let size = Int.random(in: 1...max(1, hosts.count / 2), using: &random)
    let minority = Array(shuffled[..<size])
    let rest = Array(shuffled[size...])
    if draws(faults.oneWayShare) {
      count(.oneWay)
      if Bool.random(using: &random) { cut(from: minority, to: rest) } else { cut(from: rest, to: minority) }
    } else {
      count(.partition)
      partition(minority, from: rest)
    }
    after(Int64.random(in: faults.healDelay, using: &random)) { $0.heal() }
  }

  /// Whether the protocol survives that these nodes crash now.
  private func mayForget(_ hosts: [Int], wiped: Bool) -> Bool {
    guard faults.sparesQuorum else { return true }
    let members = nodes.filter(\.isMember)
    guard let needed = members.first?.copies else { return true }
    let forgetful = members.count { node in
      hosts.contains(node.host) ? wiped || !node.acknowledgesDisk || !node.remembers : !node.remembers
    }
    return members.count - forgetful >= needed
  }

  // MARK: sleep

  package func isAsleep(_ host: Int) -> Bool { asleep[host] != nil }

  /// As SIGSTOP: nothing happens in the process; what is sent to it waits.
  package func putToSleep(_ host: Int) {
    guard processes[host].isUp, asleep[host] == nil else { return }
    note("stop \(processes[host].name)")
    asleep[host] = []
  }

  /// As SIGCONT: everything that waited happens at once, in its order, and the clock is where true time is.
  package func wake(_ host: Int) {
    guard let waiting = asleep.removeValue(forKey: host) else { return }
    note("continue \(processes[host].name)")
    for event in waiting { schedule(event, after: 0) }
  }

  package func wakeAll() { for host in asleep.keys.sorted() { wake(host) } }
}

/// One host's idea of time.
struct HostClock {
  /// Host milliseconds in a true one.
  var rate = 1.0
  /// Where both clocks stood when the rate was set.
  var monotonicBase: Double
  var trueBase: Int64
  /// What the wall clock is ahead of the monotonic one, beyond their common beginning.
  var wallOffset: Int64 = 0

  func monotonic(at now: Int64) -> Double { monotonicBase + Double(now - trueBase) * rate }
}

extension World {
  /// Milliseconds of a clock that never jumps.
  func monotonic(_ host: Int) -> Int64 {
    clocks[host].map { World.beginning + Int64($0.monotonic(at: now)) } ?? now
  }

  /// Milliseconds since 1970 as the host believes.
  func wall(_ host: Int) -> Int64 { monotonic(host) + (clocks[host]?.wallOffset ?? 0) }

  package func setClockRate(of host: Int, _ rate: Double) {
    var clock = clocks[host] ?? HostClock(monotonicBase: Double(now - World.beginning), trueBase: now)
    clock.monotonicBase = clock.monotonic(at: now)
    clock.trueBase = now
    clock.rate = rate
    clocks[host] = clock
  }

  package func moveWallClock(of host: Int, by milliseconds: Int64) {
    if clocks[host] == nil { setClockRate(of: host, 1) }
    note("the wall clock of \(processes[host].name) jumps by \(milliseconds) ms")
    clocks[host]?.wallOffset += milliseconds
  }
}
