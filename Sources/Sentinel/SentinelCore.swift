import TernEngine

/// A sentinel without I/O: events in, actions out, time and randomness given.
///
/// Every method that takes `now` (milliseconds, of any clock that normally goes forward) is one event. Afterwards the driver takes
/// actions until none are left, performs them in order, and calls `tick` at `nextDeadline` at the latest:
///
/// ```
///   while true {
///     let batch = core.takeActions()
///     if batch.isEmpty { break }
///     perform(batch)             // if it ended with .persist: core.persisted(now:) or core.persistFailed(…)
///   }
/// ```
///
/// What an event changed is decided in one go: `process` looks at the whole group that the event belongs to and does all that is due,
/// then says when it must look again. There is no period at which things are noticed.
package struct SentinelCore: Sendable {
  // What the user configured, beyond the groups.
  package internal(set) var groups: [MonitoredGroup] = []
  package internal(set) var myID: String
  package internal(set) var currentEpoch: UInt64
  package internal(set) var timing = SentinelTiming()
  package var plants: FencePlants = []
  var announceIP: String?
  var announcePort: Int
  var resolveHostnames: Bool
  var announceHostnames: Bool
  var denyScriptsReconfig: Bool
  var sentinelUser: [UInt8]?
  var sentinelPass: [UInt8]?
  let port: Int
  let requirePass: [UInt8]?
  let ownNode: SentinelAddress?
  let isExecutable: @Sendable (String) -> Bool

  // Connections and names. Looked up by id only, never iterated.
  var links: [LinkID: InstanceLink] = [:]
  var connectionOwners: [SentinelConnectionID: LinkID] = [:]
  var names: ResolvedNames = ResolvedNames()
  var scripts = ScriptQueue()

  // Time.
  /// The machine's own clock: the driver's, but never backwards.
  var now: Int64 = 0
  /// Our clock is ahead of the driver's by what it has gone backwards so far.
  private var clockLead: Int64 = 0
  private var isStarted = false
  private var latestDriverTime: Int64 = 0
  var tiltSince: Int64?
  private var wakeAt: Int64?
  /// Milliseconds to add to the driver's clock to get the local time of day since 1970, for times in the log.
  package var localTimeOffset: Int64 = 0

  // Actions and durability.
  private var staged: [SentinelAction] = []
  private var queue: [SentinelAction] = []
  private var isAwaitingPersist = false
  private var isStateChanged = false
  /// The latest attempt to save failed; try again at this time. While this is set nothing is promised to anybody.
  var persistRetry: Int64?

  var random: SeededGenerator
  private var nextID: UInt64 = 1
  var simulatedFailures = SimulatedFailures()
  var isExiting = false

  /// - Parameters:
  ///   - seed: of all random choices; for a process it should itself be random.
  ///   - isExecutable: whether a script path that SENTINEL SET is given names a program.
  package init(configuration: SentinelConfiguration, seed: UInt64, isExecutable: @escaping @Sendable (String) -> Bool = { _ in true }) {
    var generator = SeededGenerator(seed: seed)
    self.isExecutable = isExecutable
    myID = configuration.myID ?? generator.hexID()
    random = generator
    isStateChanged = configuration.myID == nil
    currentEpoch = configuration.currentEpoch
    announceIP = configuration.announceIP
    announcePort = configuration.announcePort
    resolveHostnames = configuration.resolveHostnames
    announceHostnames = configuration.announceHostnames
    denyScriptsReconfig = configuration.denyScriptsReconfig
    sentinelUser = configuration.sentinelUser
    sentinelPass = configuration.sentinelPass
    port = configuration.port
    requirePass = configuration.requirePass
    ownNode = configuration.ownNode.map { SentinelAddress(host: $0.host, ip: IPLiteral.canonical($0.host) ?? "", port: $0.port) }
    initial = configuration.masters
  }
  private var initial: [SentinelConfiguration.Master]

  package var isTilted: Bool { tiltSince != nil }

  /// When `tick` must be called at the latest, in the driver's time. nil: only events matter.
  package var nextDeadline: Int64? { wakeAt.map { $0 - clockLead } }

  // MARK: Events

  /// The first event: announces what is monitored and begins to connect.
  package mutating func start(now: Int64) {
    guard !isStarted else { return tick(now: now) }
    begin(now)
    isStarted = true
    log(.warning, "Sentinel ID is \(myID)")
    for master in initial { adopt(master) }
    initial = []
    for g in groups.indices { event(.warning, "+monitor", g, .primary, " quorum \(groups[g].quorum)") }
    finish()
  }

  package mutating func tick(now: Int64) {
    begin(now)
    finish()
  }

  /// What was last taken out with `.persist` is on disk.
  package mutating func persisted(now: Int64) {
    guard isAwaitingPersist else { return }
    isAwaitingPersist = false
    begin(now)
    if !isStateChanged { persistRetry = nil }
    log(.notice, "Sentinel new configuration saved on disk")
    finish()
  }

  /// What was last taken out with `.persist` could not be written. Whatever depended on it is withdrawn: commands in the queue are
  /// dropped together with their connections, clients get an error, and nothing is promised until a later attempt succeeds.
  package mutating func persistFailed(reason: String, now: Int64) {
    guard isAwaitingPersist else { return }
    isAwaitingPersist = false
    begin(now)
    isStateChanged = true
    persistRetry = self.now + SentinelTiming.persistRetryPeriod
    log(.warning, "WARNING: Sentinel was not able to save the new configuration on disk!!!: \(reason)")
    withdrawQueue()
    finish()
  }

  /// The next actions to perform; empty when there are none, or while the answer to a `.persist` is outstanding.
  package mutating func takeActions() -> [SentinelAction] {
    guard !isAwaitingPersist, !queue.isEmpty else { return [] }
    if let end = queue.firstIndex(where: { if case .persist = $0 { true } else { false } }) {
      isAwaitingPersist = true
      let batch = Array(queue[...end])
      queue.removeFirst(end + 1)
      return batch
    }
    defer { queue = [] }
    return queue
  }

  // MARK: The frame of every event

  /// Advances the clock and checks it. A sentinel that stood still, or whose clock was set, would find everybody timed out at once and
  /// start a failover for nothing; in TILT it only listens until it knows the world again.
  mutating func begin(_ driverTime: Int64) {
    if isStarted, driverTime < latestDriverTime {
      clockLead += latestDriverTime - driverTime
      tilt()
    }
    latestDriverTime = driverTime
    now = driverTime + clockLead
    if isStarted, let wakeAt, now - wakeAt > timing.tiltTrigger { tilt() }
    if let since = tiltSince, now - since >= timing.tiltPeriod {
      tiltSince = nil
      event(.warning, "-tilt", "#tilt mode exited")
      for g in groups.indices { touch(g) }
    }
  }

  private mutating func tilt() {
    tiltSince = now
    event(.warning, "+tilt", "#tilt mode entered")
  }

  /// Does all that is due, seals the actions of this event behind the state that they depend on, and sets the next deadline.
  mutating func finish() {
    for g in groups.indices where groups[g].deadline <= now { process(g) }
    runScripts()
    if isStateChanged, persistRetry.map({ $0 <= now }) ?? true {
      isStateChanged = false
      queue.append(.persist(directives()))
      if persistRetry != nil { persistRetry = now + SentinelTiming.persistRetryPeriod }
    }
    queue += staged
    staged = []
    var earliest = groups.map(\.deadline).min() ?? .max
    if let tiltSince { earliest = min(earliest, tiltSince + timing.tiltPeriod) }
    if let persistRetry { earliest = min(earliest, persistRetry) }
    if let script = scripts.deadline(timing) { earliest = min(earliest, script) }
    // A deadline that could not be met (a state that waits for nothing but an event) must not make the driver spin.
    wakeAt = earliest == .max ? nil : max(earliest, now + 1)
  }

  private mutating func withdrawQueue() {
    var kept: [SentinelAction] = []
    for action in queue {
      switch action {
      case .send(let connection, _):
        if let link = connectionOwners[connection] {
          kept.append(.close(connection))
          drop(connection, of: link)
        }
      case .reply(let client, _):
        kept.append(.reply(client, .error(Array("ERR Failed to save config file. Check server logs.".utf8))))
      case .persist: break
      default: kept.append(action)
      }
    }
    queue = kept
  }

  // MARK: What handlers use

  mutating func emit(_ action: SentinelAction) { staged.append(action) }
  mutating func log(_ level: SentinelLogLevel, _ text: String) { staged.append(.log(level, text)) }
  /// What is saved has changed: it is written before anything that this event causes is released.
  mutating func saveState() { isStateChanged = true }
  /// Nothing may be promised while the state cannot be saved.
  var isStateUnsaved: Bool { persistRetry != nil }
  mutating func touch(_ g: Int) { groups[g].deadline = .min }

  mutating func makeID() -> UInt64 {
    defer { nextID += 1 }
    return nextID
  }

  /// `time` of our clock as text for people.
  func timeOfDay(_ time: Int64) -> String { CivilTime.text(unixMilliseconds: time - clockLead + localTimeOffset) }
}

/// What SENTINEL SIMULATE-FAILURE asked for.
struct SimulatedFailures: Hashable, Sendable {
  var crashesAfterElection = false
  var crashesAfterPromotion = false
  var flags: Int { (crashesAfterElection ? 1 : 0) | (crashesAfterPromotion ? 2 : 0) }
}
