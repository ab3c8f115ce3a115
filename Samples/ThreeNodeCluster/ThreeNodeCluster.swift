import ArgumentParser
import Foundation
import SampleSupport
import UnixSignals

/// Three data servers, three sentinels and a counter on this machine.
@main
struct ThreeNodeCluster: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ThreeNodeCluster",
    abstract: "Runs three data servers and three sentinels on loopback, counts at the master, and shows what happens.",
    discussion: """
      Configuration, data and logs are in --directory and stay for the next run. Ctrl-C ends all processes.

      With --kill-master the master is killed (-9) while the counter counts, once for each of --rounds; the program ends after the last \
      one. Exit status 0: after each round there was one master, there were two connected replicas, and DEBUG DIGEST was the same on all \
      three. 1: it was not, or the cluster could not be started.
      """)

  @Option(help: "The folder for configuration, data and logs.")
  var directory = "cluster"
  @Option(help: "redis-0 listens on this port, redis-1 and redis-2 on the next two.")
  var basePort = 6379
  @Option(help: "sentinel-0 listens on this port, sentinel-1 and sentinel-2 on the next two.")
  var sentinelBasePort = 5000
  @Option(
    help: ArgumentHelp(
      """
      The data servers' program: tern-server or redis-server, a path or a name in PATH. Once for all three, or three times, one for \
      each. (default: the tern-server beside this program)
      """,
      valueName: "program"))
  var server: [String] = []
  @Option(
    help: ArgumentHelp(
      "The sentinels' program, once or three times, as for --server. (default: the same as --server)", valueName: "program"))
  var sentinelServer: [String] = []
  @Flag(help: "Remove what an earlier run left in the folder, and start anew.")
  var fresh = false
  @Option(
    help: ArgumentHelp(
      "Milliseconds of silence after which a sentinel holds a server to be down. (default: 1000)", valueName: "milliseconds"))
  var downAfter: Int?
  @Option(help: ArgumentHelp("The sentinels' failover-timeout. (default: 60000)", valueName: "milliseconds"))
  var failoverTimeout: Int?
  @Option(help: "Increments of the counter a second.")
  var rate = 100
  @Flag(help: "Kill the master while the counter counts, and watch the failover.")
  var killMaster = false
  @Option(help: "How often to kill the master; implies --kill-master. (default: 1)")
  var rounds: Int?
  @Flag(help: "Exit with status 1 if an acknowledged increment was lost, which Redis's asynchronous replication allows.")
  var requireNoLoss = false
  @Flag(help: "Go on after the last round, until Ctrl-C.")
  var stay = false
  @Option(help: "End after so many seconds when there is no --kill-master.")
  var duration: Double?
  @Flag(help: "Plain lines even on a terminal.")
  var plain = false

  func validate() throws {
    guard (1...65533).contains(basePort), (1...65533).contains(sentinelBasePort) else {
      throw ValidationError("--base-port and --sentinel-base-port are from 1 to 65533")
    }
    guard abs(basePort - sentinelBasePort) >= ClusterLayout.count else {
      throw ValidationError("--base-port and --sentinel-base-port must be at least 3 apart")
    }
    for (name, list) in [("--server", server), ("--sentinel-server", sentinelServer)] where ![0, 1, 3].contains(list.count) {
      throw ValidationError("\(name) is given once for all three, or three times")
    }
    guard (1...100_000).contains(rate) else { throw ValidationError("--rate is from 1 to 100000 increments a second") }
    if let rounds, rounds < 1 { throw ValidationError("--rounds is at least 1") }
    if let downAfter, downAfter < 1 { throw ValidationError("--down-after is at least 1 millisecond") }
    if let failoverTimeout, failoverTimeout < 1 { throw ValidationError("--failover-timeout is at least 1 millisecond") }
    if let duration, !(duration > 0 && duration < 1e9) { throw ValidationError("--duration is a number of seconds above 0") }
  }

  /// 0: no kills.
  var roundCount: Int { rounds ?? (killMaster ? 1 : 0) }

  func run() async throws {
    do {
      let layout = ClusterLayout(directory: directory, basePort: basePort, sentinelBasePort: sentinelBasePort)
      let programs = try programs(for: layout)
      // Held until the process ends, so that two runs never write the same files.
      let lock = try DirectoryLock(layout.directory)
      defer { lock.release() }
      try await LoopbackPorts.requireFree(layout.members)
      let files = ConfigurationFiles(layout: layout, downAfterMilliseconds: downAfter, failoverTimeoutMilliseconds: failoverTimeout)
      let preparation = try files.prepare(fresh: fresh)
      let console = Console(isLive: StandardOutput.isTerminal && !plain)
      console.event(
        "files in \(layout.directory): \(preparation.written.count) written, \(preparation.kept.count) kept from an earlier run")
      let session = ClusterSession(
        layout: layout, programs: programs, console: console, rate: rate, roundCount: roundCount, stay: stay || roundCount == 0,
        duration: roundCount == 0 ? duration : nil, requireNoLoss: requireNoLoss,
        // A split vote is tried again after twice the failover timeout (as Redis does); two of those are allowed for.
        electionLimit: preparation.downAfter + preparation.failoverTimeout * 4 + .seconds(30))
      try await session.run()
    } catch let exit as ExitCode {
      throw exit
    } catch {
      StandardOutput.writeError("ThreeNodeCluster: \(error)\n")
      throw ExitCode(1)
    }
  }

  private func programs(for layout: ClusterLayout) throws -> [ClusterLayout.Member: String] {
    var servers = server
    if servers.isEmpty {
      guard let tern = ChildProcess.sibling("tern-server") else {
        throw ClusterFailure("there is no tern-server beside this program; build it (swift build --product tern-server), or give --server")
      }
      servers = [tern]
    }
    let sentinelServers = sentinelServer.isEmpty ? servers : sentinelServer
    var programs: [ClusterLayout.Member: String] = [:]
    for (members, list, option) in [(layout.redis, servers, "--server"), (layout.sentinels, sentinelServers, "--sentinel-server")] {
      for member in members {
        let name = list[min(member.index, list.count - 1)]
        guard let path = ChildProcess.locate(name) else { throw ClusterFailure("\(option) \(name): there is no such program") }
        programs[member] = path
      }
    }
    return programs
  }
}
