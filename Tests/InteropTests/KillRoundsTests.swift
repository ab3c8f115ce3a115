import Foundation
import SampleSupport
import Testing

/// Three rounds of Tests/crash.sh, which goes on for a hundred.
@Suite(.serialized, .timeLimit(.minutes(15))) struct KillRoundsTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Clients/crash.py").path

  @Test(arguments: ServerProgram.allCases) func `what was acknowledged outlives kill -9 under load, again and again`(program: ServerProgram)
    async throws
  {
    let python = try #require(ChildProcess.locate("python3"), "python3 is not installed; Tests/run.sh does that")
    let directory = try TemporaryDirectory()
    let log = directory.file("output")
    let child = try ChildProcess(executable: python, arguments: ["-u", Self.script, try program.path(), "3", "11"], log: log)
    let status = await child.waitForExit(within: .seconds(120))
    if status == nil { await child.terminate(grace: .zero) }
    let output = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    #expect(status == .exited(0), "\(output)")
    #expect(output.contains("3 rounds: ") && output.contains(" writes acknowledged, 0 lost"), "\(output)")
  }
}
