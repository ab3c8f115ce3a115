import ArgumentParser
import SampleSupport
import UnixSignals

/// One run of the sample: start, story, end. Whatever happens in between, `run` returns with no process left.
struct ClusterSession: Sendable {
  let layout: ClusterLayout
  let console: Console
  let rate: Int
  let roundCount: Int
  /// Go on until Ctrl-C when the rounds (if any) are through.
  let stay: Bool
  let duration: Double?
  let requireNoLoss: Bool
  let electionLimit: Duration

  private let processes: ClusterProcesses
  private let observer: ClusterObserver
  private let workload: CounterWorkload
  private let startedAt = ContinuousClock.now

  private static let startLimit = Duration.seconds(120)
  private static let returnLimit = Duration.seconds(120)
  /// What each server gets to save its data before `kill -9`.
  private static let stopGrace = Duration.seconds(10)

  init(
    layout: ClusterLayout, programs: [ClusterLayout.Member: String], console: Console, rate: Int, roundCount: Int, stay: Bool,
    duration: Double?, requireNoLoss: Bool, electionLimit: Duration
  ) {
    self.layout = layout
    self.console = console
    self.rate = rate
    self.roundCount = roundCount
    self.stay = stay
    self.duration = duration
    self.requireNoLoss = requireNoLoss
    self.electionLimit = electionLimit
    processes = ClusterProcesses(layout: layout, programs: programs)
    observer = ClusterObserver(layout: layout, processes: processes)
    workload = CounterWorkload(directory: layout.sentinelDirectory, key: ClusterLayout.counterKey, rate: rate) {
      console.event("counter: \($0)")
    }
  }

  private enum End: Sendable {
    case storyOver
    case signal
    case failure(any Error)
  }

  func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    let (interrupts, interrupt) = AsyncStream<Void>.makeStream()
    let listener = Task { [processes] in
      var count = 0
      for await _ in signals {
        count += 1
        // A second Ctrl-C means now.
        if count > 1 { await processes.killAll() }
        interrupt.yield()
      }
    }
    defer { listener.cancel() }

    let end = await withTaskGroup(of: End.self) { group in
      group.addTask {
        do {
          try await story()
          return .storyOver
        } catch { return .failure(error) }
      }
      group.addTask {
        for await _ in interrupts { break }
        return .signal
      }
      group.addTask {
        for await failure in processes.failures { return .failure(failure) }
        return .signal
      }
      let first = await group.next() ?? .signal
      group.cancelAll()
      return first
    }

    let final = await workload.ledger.first == nil ? nil : workload.readFinalValue(within: .seconds(2))
    console.stopDrawing()
    console.say(["", "ending the six processes …"])
    await processes.stopAll(grace: Self.stopGrace)
    let ledger = await workload.ledger
    if ledger.first != nil { console.say(ledger.summary(final: final)) }
    console.say(["all processes have ended; the files stay in \(layout.directory)"])

    switch end {
    case .failure(let error): throw error
    case .signal: if roundCount > 0 && !stay { throw ExitCode(130) }
    case .storyOver: break
    }
    if requireNoLoss && ledger.lost > 0 { throw ClusterFailure("at least \(ledger.lost) acknowledged increments were lost") }
  }

  /// Runs beside its helpers (the view, the counter, the sentinels' events), and takes them with it when it ends.
  private func story() async throws {
    console.event("starting \(layout.members.map(\.name).joined(separator: ", "))")
    for member in layout.redis { try await processes.start(member) }
    for member in layout.sentinels { try await processes.start(member) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for sentinel in layout.sentinels { group.addTask { await followEvents(of: sentinel) } }
      if console.isLive { group.addTask { await refreshView() } }
      let whole = try await observer.waitUntilWhole(within: Self.startLimit)
      console.event("the cluster is whole: the master is \(whole.master?.member.name ?? "?")")
      if !console.isLive { group.addTask { await refreshView() } }
      console.show(await view(whole).lines, important: true)

      group.addTask { try await workload.run() }
      group.addTask {
        try await rounds()
        if stay { try await Task.sleep(for: duration.map { .seconds($0) } ?? .seconds(1 << 40)) }
        throw CancellationError()
      }
      // The story's own task ends by CancellationError, the counter's by a real error or not at all.
      do {
        while try await group.next() != nil {}
      } catch {
        group.cancelAll()
        if !(error is CancellationError) { throw error }
      }
    }
  }

  private func rounds() async throws {
    guard roundCount > 0 else { return }
    let round = KillRound(
      layout: layout, processes: processes, observer: observer, workload: workload, console: console, rate: rate,
      electionLimit: electionLimit, returnLimit: Self.returnLimit)
    for number in 1...roundCount {
      console.event("round \(number) of \(roundCount)")
      let outcome: KillRound.Outcome
      do {
        outcome = try await round.run()
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        throw ClusterFailure("round \(number) of \(roundCount) failed: \(error)")
      }
      let lost = outcome.lostAfter - outcome.lostBefore
      console.event(
        "round \(number) of \(roundCount) passed: \(outcome.masters.map(\.name).joined(separator: " → ")), election "
          + "\(outcome.electionTime.seconds(2)), no writes for \(outcome.writesRefusedTime.seconds(2)), old master in sync after "
          + "\(outcome.returnTime.seconds(2)), lost \(lost == 0 ? "nothing" : "at least \(lost)"), digest \(outcome.digest)")
    }
  }

  private func view(_ snapshot: ClusterSnapshot) async -> ClusterView {
    ClusterView(
      layout: layout, snapshot: snapshot, ledger: await workload.ledger, rate: rate, upTime: ContinuousClock.now - startedAt,
      activity: snapshot.missing ?? "whole")
  }

  /// Every second on a terminal, one line every five elsewhere.
  private func refreshView() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(console.isLive ? 1 : 5))
      if Task.isCancelled { return }
      let view = await view(observer.snapshot())
      if Task.isCancelled { return }
      if console.isLive { console.show(view.lines) } else { console.event(view.oneLine) }
    }
  }

  /// Prints what a sentinel publishes; comes back when the connection breaks.
  private func followEvents(of sentinel: ClusterLayout.Member) async {
    while !Task.isCancelled {
      do {
        let connection = try await RedisConnection.connect(to: sentinel.endpoint)
        for try await message in try await connection.subscribe(patterns: ["*"])
        where message.channel.hasPrefix("+") || message.channel.hasPrefix("-") {
          console.event("\(sentinel.name) \(message.channel) \(message.payload)")
        }
      } catch {}
      try? await Task.sleep(for: .milliseconds(300))
    }
  }
}
