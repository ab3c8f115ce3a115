/// Notification and reconfiguration scripts that wait or run, oldest first.
struct ScriptQueue: Sendable {
  struct Job: Sendable {
    enum State: Sendable {
      case waiting(notBefore: Int64?)
      /// `processID` is 0 until the driver has said it.
      case running(since: Int64, processID: Int64, isKilled: Bool)
    }
    let id: SentinelScriptID
    let path: String
    let arguments: [String]
    var state: State
    var attempts = 0

    var isRunning: Bool { if case .running = state { true } else { false } }
  }

  static let jobsMax = 256
  static let runningMax = 16
  static let attemptsMax = 10

  var jobs: [Job] = []

  var runningCount: Int { jobs.filter(\.isRunning).count }

  /// The oldest job that does not run gives way when there are too many.
  mutating func add(_ job: Job) {
    jobs.append(job)
    if jobs.count > Self.jobsMax, let oldest = jobs.firstIndex(where: { !$0.isRunning }) { jobs.remove(at: oldest) }
  }

  func deadline(_ timing: SentinelTiming) -> Int64? {
    jobs.compactMap { job in
      switch job.state {
      case .waiting(let notBefore): runningCount < Self.runningMax ? notBefore : nil
      case .running(let since, _, let isKilled): isKilled ? nil : since + timing.scriptMaxRuntime + 1
      }
    }.min()
  }
}

extension SentinelCore {
  mutating func schedule(_ path: String, _ arguments: [String]) {
    scripts.add(.init(id: SentinelScriptID(rawValue: makeID()), path: path, arguments: arguments, state: .waiting(notBefore: nil)))
  }

  /// Starts what may start and kills what runs too long.
  mutating func runScripts() {
    for i in scripts.jobs.indices {
      let job = scripts.jobs[i]
      switch job.state {
      case .waiting(let notBefore):
        guard scripts.runningCount < ScriptQueue.runningMax, (notBefore ?? .min) <= now else { continue }
        scripts.jobs[i].state = .running(since: now, processID: 0, isKilled: false)
        scripts.jobs[i].attempts += 1
        emit(.runScript(job.id, path: job.path, arguments: job.arguments))
      case .running(let since, let processID, let isKilled):
        guard !isKilled, now - since > timing.scriptMaxRuntime else { continue }
        event(.warning, "-script-timeout", "\(job.path) \(processID)")
        scripts.jobs[i].state = .running(since: since, processID: processID, isKilled: true)
        emit(.killScript(job.id))
      }
    }
  }

  package mutating func scriptStarted(_ id: SentinelScriptID, processID: Int64, now: Int64) {
    begin(now)
    if let i = scripts.jobs.firstIndex(where: { $0.id == id }), case .running(let since, _, let isKilled) = scripts.jobs[i].state {
      scripts.jobs[i].state = .running(since: since, processID: processID, isKilled: isKilled)
      event(.debug, "+script-child", "\(processID)")
    }
    finish()
  }

  /// A script ended, or could not be started (`signal` 99).
  package mutating func scriptEnded(_ id: SentinelScriptID, exitCode: Int32, signal: Int32, now: Int64) {
    begin(now)
    defer { finish() }
    guard let i = scripts.jobs.firstIndex(where: { $0.id == id }), case .running(_, let processID, _) = scripts.jobs[i].state else {
      return
    }
    let job = scripts.jobs[i]
    event(.debug, "-script-child", "\(processID) \(exitCode) \(signal)")
    // Exit code 1 asks for another attempt; each waits twice as long as the one before.
    if signal != 0 || exitCode == 1, job.attempts < ScriptQueue.attemptsMax {
      let delay = timing.scriptRetryDelay << Int64(job.attempts - 1)
      scripts.jobs[i].state = .waiting(notBefore: self.now + delay)
      return
    }
    if signal != 0 || exitCode != 0 { event(.warning, "-script-error", "\(job.path) \(signal) \(exitCode)") }
    scripts.jobs.remove(at: i)
  }
}
