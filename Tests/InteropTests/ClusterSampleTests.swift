import Foundation
import SampleSupport
import Testing

/// The programs of a cluster under test.
struct ClusterPairing: Sendable, CustomTestStringConvertible {
  var servers: [ServerProgram]
  var sentinels: [ServerProgram]

  var testDescription: String {
    "servers " + servers.map(\.rawValue).joined(separator: "+") + ", sentinels " + sentinels.map(\.rawValue).joined(separator: "+")
  }

  /// Every one of these survives a kill of its master. One program stands for all three.
  static let tested = [
    ClusterPairing(servers: [.tern], sentinels: [.tern]),
    ClusterPairing(servers: [.tern], sentinels: [.redis]),
    ClusterPairing(servers: [.redis], sentinels: [.tern]),
    // Votes, hello messages and replication cross between the two programs.
    ClusterPairing(servers: [.tern, .redis, .tern], sentinels: [.redis, .tern, .redis]),
  ]

  func arguments() throws -> [String] {
    try servers.flatMap { ["--server", try $0.path()] } + sentinels.flatMap { ["--sentinel-server", try $0.path()] }
  }
}

/// `ThreeNodeCluster` as a user runs it. Six or seven processes each: one test at a time.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ClusterSampleTests {
  /// The sample, started in a folder and on ports of its own.
  private struct Run {
    let child: ChildProcess
    let logFile: String
    var log: String { (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "" }

    init(_ arguments: [String], in directory: TemporaryDirectory, port: Int, log name: String = "log") throws {
      logFile = directory.file(name)
      child = try ChildProcess(
        executable: try BuildProducts.path("ThreeNodeCluster"),
        arguments: ["--directory", directory.file("cluster"), "--base-port", "\(port)", "--sentinel-base-port", "\(port + 3)"] + arguments,
        log: logFile)
    }

    func exit(within limit: Duration) async throws -> ChildProcess.ExitStatus {
      guard let status = await child.waitForExit(within: limit) else {
        throw TestFailure("it still runs after \(limit). It wrote:\n\(log)")
      }
      return status
    }

    func wrote(_ text: String, within limit: Duration) async throws {
      _ = try await waitUntil("'\(text)' in the output", within: limit) { () -> Attempt<Bool> in
        if log.contains(text) { return .done(true) }
        if let status = child.exitStatus { throw TestFailure("it ended with \(status). It wrote:\n\(log)") }
        return .missing("it wrote:\n\(log)")
      }
    }
  }

  /// All six ports can be listened on, so nobody is left.
  private func expectNobodyListens(on port: Int, within limit: Duration) async throws {
    _ = try await waitUntil("six free ports", within: limit) { () -> Attempt<Bool> in
      for port in port..<port + 6 {
        if let trouble = await LoopbackPort.trouble(with: port) { return .missing("port \(port): \(trouble)") }
      }
      return .done(true)
    }
  }

  @Test(arguments: ClusterPairing.tested)
  func `a killed master is replaced, comes back as a replica, and all three are equal; the next run goes on from the files`(
    pairing: ClusterPairing
  ) async throws {
    let directory = try TemporaryDirectory()
    let port = try await TestPorts.free(6)
    let first = try Run(try pairing.arguments() + ["--kill-master", "--failover-timeout", "5000"], in: directory, port: port)
    #expect(try await first.exit(within: .seconds(200)) == .exited(0), "\(first.log)")
    #expect(first.log.contains("6 written, 0 kept"))
    #expect(first.log.contains("round 1 of 1 passed: redis-0 → "), "\(first.log)")
    #expect(first.log.contains("+switch-master"))
    try await expectNobodyListens(on: port, within: .seconds(5))

    let second = try Run(try pairing.arguments() + ["--duration", "1"], in: directory, port: port, log: "log2")
    #expect(try await second.exit(within: .seconds(150)) == .exited(0), "\(second.log)")
    #expect(second.log.contains("0 written, 6 kept"))
    #expect(second.log.contains("acknowledged and lost      none"), "\(second.log)")
    #expect(!second.log.contains("counter at the start       0\n"), "the data of the first run is gone:\n\(second.log)")
  }

  @Test func `SIGINT ends the sample and its six processes`() async throws {
    let directory = try TemporaryDirectory()
    let port = try await TestPorts.free(6)
    let run = try Run(["--server", "redis-server"], in: directory, port: port)
    try await run.wrote("the cluster is whole", within: .seconds(120))
    run.child.signal(SIGINT)
    #expect(try await run.exit(within: .seconds(60)) == .exited(0), "\(run.log)")
    #expect(run.log.contains("all processes have ended"))
    // At once: the sample waits for its children.
    try await expectNobodyListens(on: port, within: .zero)
  }

  @Test func `kill -9 of the sample leaves no process either`() async throws {
    let directory = try TemporaryDirectory()
    let port = try await TestPorts.free(6)
    let run = try Run(["--server", "redis-server"], in: directory, port: port)
    _ = try await waitUntil("six listeners", within: .seconds(30)) { () -> Attempt<Bool> in
      for port in port..<port + 6 {
        // By connecting: a trial to listen there could take the port from the server that is about to.
        do { try await RedisConnection.connect(to: .loopback(port)).close() } catch {
          return .missing("nobody on port \(port) (\(error)):\n\(run.log)")
        }
      }
      return .done(true)
    }
    run.child.signal(SIGKILL)
    #expect(try await run.exit(within: .seconds(10)) == .signalled(SIGKILL))
    try await expectNobodyListens(on: port, within: .seconds(20))
  }

  @Test func `a port that is taken, a program that does not exist and files of other ports are clear errors`() async throws {
    let directory = try TemporaryDirectory()
    let port = try await TestPorts.free(6)
    let squatter = try await ServerProcess.start(.redis, port: port + 1)
    let taken = try Run(["--server", "redis-server"], in: directory, port: port)
    #expect(try await taken.exit(within: .seconds(30)) == .exited(1))
    #expect(taken.log.contains("port \(port + 1) (redis-1): another program listens there"), "\(taken.log)")
    #expect(taken.log.contains("--base-port"))
    await squatter.stop()

    let absent = try Run(["--server", "/no/such/program"], in: directory, port: port, log: "log2")
    #expect(try await absent.exit(within: .seconds(30)) == .exited(1))
    #expect(absent.log.contains("/no/such/program"), "\(absent.log)")

    try FileManager.default.createDirectory(atPath: directory.file("cluster"), withIntermediateDirectories: true)
    try "port 1\n".write(toFile: directory.file("cluster/redis-0.conf"), atomically: true, encoding: .utf8)
    let moved = try Run(["--server", "redis-server"], in: directory, port: port, log: "log3")
    #expect(try await moved.exit(within: .seconds(30)) == .exited(1))
    #expect(moved.log.contains("redis-0.conf' is for port 1, not \(port)"), "\(moved.log)")
  }

  @Test func `a server that dies by itself ends the sample with its log`() async throws {
    let directory = try TemporaryDirectory()
    let port = try await TestPorts.free(6)
    try FileManager.default.createDirectory(atPath: directory.file("cluster"), withIntermediateDirectories: true)
    try "port \(port + 2)\nno-such-directive 1\n".write(toFile: directory.file("cluster/redis-2.conf"), atomically: true, encoding: .utf8)
    let run = try Run(["--server", "redis-server"], in: directory, port: port)
    #expect(try await run.exit(within: .seconds(60)) == .exited(1))
    #expect(run.log.contains("redis-2 (pid ") && run.log.contains("ended with exit status 1"), "\(run.log)")
    #expect(run.log.contains("no-such-directive"), "\(run.log)")
    try await expectNobodyListens(on: port, within: .zero)
  }
}
