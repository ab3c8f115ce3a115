import Foundation
import SampleSupport

/// A run of a program that is expected to end by itself, with what it wrote.
struct Invocation: Sendable {
  var status: ChildProcess.ExitStatus
  var output: String
  var errors: String

  /// - Parameter input: its standard input
  static func run(
    _ program: ServerProgram, _ arguments: [String], input: String = "", in directory: TemporaryDirectory,
    within limit: Duration = .seconds(20)
  ) async throws -> Invocation {
    let folder = directory.file("run-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try input.write(toFile: folder + "/input", atomically: true, encoding: .utf8)
    let script = "cd \"$1\" && shift && exec \"$0\" \"$@\" < \(folder)/input 2> \(folder)/errors"
    let child = try ChildProcess(
      executable: "/bin/sh", arguments: ["-c", script, try program.path(), directory.path] + arguments, log: folder + "/output")
    let status = await child.waitForExit(within: limit)
    if status == nil { await child.terminate(grace: .zero) }
    func text(_ name: String) -> String { (try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)) ?? "" }
    guard let status else { throw TestFailure("\(program.rawValue) \(arguments) did not end:\n\(text("output"))\(text("errors"))") }
    return Invocation(status: status, output: text("output"), errors: text("errors"))
  }

  /// `errors` without the program's name and version.
  var comparableErrors: String { errors.replacing(#/\((Redis|Tern) [0-9.]+\)/#, with: "(program)") }

  /// The log lines that are left when the pid, the time and the program's names are taken out.
  var comparableLog: [String] { Self.comparableLines(of: output) }

  static func comparableLines(of log: String) -> [String] {
    log.split(separator: "\n").map { line in
      let event = String(line).replacing(#/^\d+:([A-Z]) .*? ([.*#-]) /#) { "\($0.output.1) \($0.output.2) " }
      return event.replacing(#/\b(Redis|Tern)\b/#, with: "Program")
    }
  }
}
