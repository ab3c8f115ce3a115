internal import NIOConcurrencyHelpers
internal import NIOCore
internal import TernNode

/// Time: a tick ten times a second, and earlier when the core has something to do earlier.
extension NodeHost {
  static let tickMilliseconds: Int64 = 100

  func scheduleTick(atLatest deadline: Int64) {
    guard !isStopping, deadline < tickDeadline else { return }
    tickTask?.cancel()
    tickDeadline = deadline
    let delay = max(0, deadline - HostClock.wallMilliseconds())
    // A wall clock that was set back must not put the tick off.
    tickTask = mainLoop.scheduleTask(in: .milliseconds(min(delay, NodeHost.tickMilliseconds))) { self.tick() }
  }

  private func tick() {
    tickDeadline = .max
    let now = HostClock.wallMilliseconds()
    // A wall clock that was set back must not put the periodic work off either.
    let isPeriodic = now >= nextPeriodicTick || now < nextPeriodicTick - NodeHost.tickMilliseconds
    if isPeriodic { nextPeriodicTick = now + NodeHost.tickMilliseconds }
    let usage = isPeriodic ? ProcessUsage.current() : nil
    let (next, isReplica) = withCore { core in
      if let usage {
        core.cpu = usage.cpu
        core.memory = usage.memory
        core.tick(now: now)
        for handler in tickHandlers.values { handler(core) }
      } else {
        core.meetDeadlines(now: now)
      }
      return (core.nextDeadline, core.isReplica)
    }
    limits.isReplica = isReplica
    persistence?.logAdvanced()
    // A deadline that has just been served and still stands must not make the loop spin.
    scheduleTick(atLatest: min(nextPeriodicTick, max(next ?? .max, now + 1)))
  }
}
