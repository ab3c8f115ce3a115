internal import TernNode

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

  private func reset(_ id: Int) {
    enqueue(.end(reason: "Connection reset by peer"), on: id, toServer: true)
    enqueue(.end(reason: "Connection reset by peer"), on: id, toServer: false)
  }

  /// Ends a process as kill -9 does: its memory is gone, its peers get resets (as far as the network lets them through).
  package func crash(_ host: Int) {
    guard processes[host].isUp else { return }
    note("crash \(processes[host].name)")
    asleep[host] = nil
    for (id, connection) in connections.sorted(by: { $0.key < $1.key }) {
      if connection.client == host, connection.clientIncarnation == processes[host].incarnation {
        close(id, byClient: true, reason: "Connection reset by peer")
      } else if connection.server == host, connection.isAccepted {
        close(id, byClient: false, reason: "Connection reset by peer")
      }
    }
    processes[host].crash()
  }

  package func restart(_ host: Int) {
    guard !processes[host].isUp else { return }
    note("restart \(processes[host].name)")
    processes[host].start()
  }

  /// Draws faults among `hosts` from now on for `duration`.
  package func sufferFaults(among hosts: [Int], for duration: Int64) {
    let end = now + duration
    func wait(_ period: Int64) -> Int64 { Int64.random(in: 1...max(1, period * 2), using: &random) }
    func crashLater() {
      guard faults.crashPeriod > 0 else { return }
      after(wait(faults.crashPeriod)) { world in
        guard world.now < end, let host = hosts.randomElement(using: &world.random) else { return }
        world.crash(host)
        world.after(Int64.random(in: world.faults.restartDelay, using: &world.random)) { $0.restart(host) }
        crashLater()
      }
    }
    func partitionLater() {
      guard faults.partitionPeriod > 0 else { return }
      after(wait(faults.partitionPeriod)) { world in
        guard world.now < end else { return }
        if world.cuts.isEmpty {
          let shuffled = hosts.shuffled(using: &world.random)
          let size = Int.random(in: 1...max(1, hosts.count / 2), using: &world.random)
          let minority = Array(shuffled[..<size])
          let rest = Array(shuffled[size...])
          if Double.random(in: 0..<1, using: &world.random) < world.faults.oneWayShare {
            world.cut(from: minority, to: rest)
          } else {
            world.partition(minority, from: rest)
          }
          world.after(Int64.random(in: world.faults.healDelay, using: &world.random)) { $0.heal() }
        }
        partitionLater()
      }
    }
    func sleepLater() {
      guard faults.sleepPeriod > 0 else { return }
      after(wait(faults.sleepPeriod)) { world in
        guard world.now < end, let host = hosts.randomElement(using: &world.random) else { return }
        world.putToSleep(host)
        world.after(Int64.random(in: world.faults.sleepLength, using: &world.random)) { $0.wake(host) }
        sleepLater()
      }
    }
    func jumpLater() {
      guard faults.clockJumpPeriod > 0 else { return }
      after(wait(faults.clockJumpPeriod)) { world in
        guard world.now < end, let host = hosts.randomElement(using: &world.random) else { return }
        world.moveWallClock(of: host, by: Int64.random(in: world.faults.clockJump, using: &world.random))
        jumpLater()
      }
    }
    if faults.clockDriftMax > 0 {
      for host in hosts { setClockRate(of: host, 1 + Double.random(in: -faults.clockDriftMax...faults.clockDriftMax, using: &random)) }
    }
    crashLater()
    partitionLater()
    sleepLater()
    jumpLater()
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
