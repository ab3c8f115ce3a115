import Foundation
import SampleSupport
import Testing

/// Redis's client for Python, redis-py with hiredis, as applications use it: Tests/Clients/redis_py.py. The same program passes against
/// redis-server, so that what fails is ours.
@Suite(.serialized, .timeLimit(.minutes(15))) struct PythonClientTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  /// Made by Tests/run.sh.
  private static var python: String {
    folder.deletingLastPathComponent().appendingPathComponent(".build/python/bin/python").path
  }

  @Test(arguments: ServerProgram.allCases, ["2", "3"])
  func `redis-py works as an application uses it`(program: ServerProgram, protocolVersion: String) async throws {
    try #require(FileManager.default.isExecutableFile(atPath: Self.python), "redis-py is not installed; Tests/run.sh does that")
    let server = try await ServerProcess.start(program, configuration: ["save \"\""], password: "secret")
    let directory = try TemporaryDirectory()
    let log = directory.file("output")
    let script = Self.folder.appendingPathComponent("Clients/redis_py.py").path
    let child = try ChildProcess(
      executable: Self.python, arguments: ["-u", script, "\(server.port)", "secret", protocolVersion], log: log)
    let status = await child.waitForExit(within: .seconds(120))
    if status == nil { await child.terminate(grace: .zero) }
    let output = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    #expect(status == .exited(0), "\(output)\n\(server.log.suffix(2000))")
    #expect(output.split(separator: "\n").filter { $0.hasPrefix("passed: ") }.count == 13, "\(output)")
    _ = await server.stop()
  }
}
