import ArgumentParser
import SampleSupport
import UnixSignals

/// A client application: finds the master through the sentinels, counts, survives failovers, and tells what it saw.
@main
struct Counter: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Counter",
    abstract: "Increments a counter at the master that the sentinels name, through failovers, and reports what became of it.",
    discussion: "Runs until Ctrl-C, --count or --duration. Exit status: 0, or 2 when an acknowledged increment was lost.")

  @Option(help: ArgumentHelp("The sentinels.", valueName: "host:port,…"))
  var sentinels = "127.0.0.1:5000,127.0.0.1:5001,127.0.0.1:5002"
  @Option(help: "The name that the sentinels know the master by.")
  var masterName = "mymaster"
  @Option(help: "The servers' password; \"\" when they have none.")
  var password = "password"
  @Option(help: "The sentinels' own password, when they have one.")
  var sentinelPassword: String?
  @Option(help: "The key to increment.")
  var key = "counter"
  @Option(help: "Increments a second.")
  var rate = 100
  @Option(help: "Stop after so many acknowledged increments.")
  var count: Int?
  @Option(help: "Stop after so many seconds.")
  var duration: Double?
  @Option(help: "How long to wait for a connection or a reply, in milliseconds.")
  var timeout = 1000

  func validate() throws {
    _ = try endpoints()
    guard (1...100_000).contains(rate) else { throw ValidationError("--rate is from 1 to 100000 increments a second") }
    guard timeout > 0 else { throw ValidationError("--timeout is at least 1 millisecond") }
    if let count, count < 1 { throw ValidationError("--count is at least 1") }
    if let duration, !(duration > 0 && duration < 1e9) { throw ValidationError("--duration is a number of seconds above 0") }
  }

  private func endpoints() throws -> [Endpoint] {
    let list = try sentinels.split(separator: ",").map { text in
      guard let endpoint = Endpoint(text) else { throw ValidationError("'\(text)' in --sentinels is not host:port") }
      return endpoint
    }
    guard !list.isEmpty else { throw ValidationError("--sentinels names no sentinel") }
    return list
  }

  func run() async throws {
    let directory = SentinelDirectory(
      sentinels: try endpoints(), masterName: masterName, password: password.isEmpty ? nil : password,
      sentinelPassword: sentinelPassword, timeout: .milliseconds(timeout))
    let workload = CounterWorkload(directory: directory, key: key, rate: rate, incrementsMax: count) { event in
      StandardOutput.write("\(Timestamp.now) \(event)\n")
    }
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    let counting: Result<Void, any Error> = await withTaskGroup(of: Result<Void, any Error>?.self) { group in
      group.addTask {
        do {
          try await workload.run()
          return .success(())
        } catch { return .failure(error) }
      }
      group.addTask {
        for await _ in signals { break }
        return nil
      }
      if let duration {
        group.addTask {
          try? await Task.sleep(for: .seconds(duration))
          return nil
        }
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first ?? .success(())
    }
    // Without a first value there is nothing to compare a last one with.
    let final = await workload.ledger.first == nil ? nil : workload.readFinalValue(within: .seconds(3))
    let ledger = await workload.ledger
    for line in ledger.summary(final: final) { StandardOutput.write(line + "\n") }
    if case .failure(let error) = counting {
      StandardOutput.writeError("Counter: \(error)\n")
      throw ExitCode(1)
    }
    if ledger.lost > 0 { throw ExitCode(2) }
    if ledger.first == nil { throw ExitCode(1) }
  }
}
