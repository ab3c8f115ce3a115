import Foundation
import NIOCore
import NIOPosix
import SampleSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct ChildProcessTests {
  private func shell(_ script: String, log: String) throws -> ChildProcess {
    try ChildProcess(executable: "/bin/sh", arguments: ["-c", script], log: log)
  }

  @Test func `a child inherits nothing but its standard streams`() async throws {
    let directory = try TemporaryDirectory()
    let log = directory.file("log")
    // An open socket of ours, such as NIO makes: a child that had it too would keep the port taken.
    let port = try await TestPorts.free()
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: port).get()
    let child = try shell("echo started; exec sleep 30", log: log)
    _ = try await waitUntil("the child to start", within: .seconds(10)) { () -> Attempt<Bool> in
      (try? String(contentsOfFile: log, encoding: .utf8)) == "started\n" ? .done(true) : .missing("no output")
    }
    try await listener.close()
    #expect(await LoopbackPort.trouble(with: port) == nil)
    #expect(child.isRunning)
  }

  @Test func `exit status, signals and termination are reported`() async throws {
    let log = "/dev/null"
    #expect(try await shell("exit 7", log: log).waitForExit() == .exited(7))
    let killed = try shell("exec sleep 30", log: log)
    #expect(killed.exitStatus == nil)
    #expect(await killed.waitForExit(within: .milliseconds(50)) == nil)
    killed.signal(SIGKILL)
    #expect(try await killed.waitForExit() == .signalled(SIGKILL))
    // Its pid may be another process's by now.
    #expect(killed.signal(SIGKILL) == false)
  }

  @Test func `a child that ignores SIGTERM is killed after its grace`() async throws {
    let directory = try TemporaryDirectory()
    let log = directory.file("log")
    let child = try shell("trap '' TERM; echo ready; while :; do sleep 0.05; done", log: log)
    _ = try await waitUntil("the trap to be set", within: .seconds(10)) { () -> Attempt<Bool> in
      (try? String(contentsOfFile: log, encoding: .utf8)) == "ready\n" ? .done(true) : .missing("no output")
    }
    #expect(await child.terminate(grace: .milliseconds(100)) == .signalled(SIGKILL))
  }

  @Test func `dropping the object ends the child`() async throws {
    var child: ChildProcess? = try shell("exec sleep 30", log: "/dev/null")
    let pid = try #require(child?.pid)
    child = nil
    _ = try await waitUntil("pid \(pid) to end", within: .seconds(10)) { () -> Attempt<Bool> in
      kill(pid, 0) == -1 ? .done(true) : .missing("it is alive")
    }
  }

  @Test func `a program that is missing, or no program, is an error`() {
    #expect(throws: ChildProcess.LaunchError.self) {
      _ = try ChildProcess(executable: "/no/such/program", arguments: [], log: "/dev/null")
    }
    #expect(throws: ChildProcess.LaunchError.self) {
      _ = try ChildProcess(executable: "/bin/sh", arguments: ["-c", "exit"], log: "/no/such/folder/log")
    }
    #expect(ChildProcess.locate("sh")?.hasSuffix("/sh") == true)
    #expect(ChildProcess.locate("no-such-program-anywhere") == nil)
  }
}
