import Foundation
import SampleSupport

/// The six child processes.
actor ClusterProcesses {
  let layout: ClusterLayout
  /// The program of each member.
  private let programs: [ClusterLayout.Member: String]
  private var children: [ClusterLayout.Member: ChildProcess] = [:]
  private let unexpectedExits: AsyncStream<ClusterFailure>.Continuation
  /// Members that end because we end them.
  private var expected: Set<Int32> = []

  /// Yields once for each child that ends although nobody ended it.
  nonisolated let failures: AsyncStream<ClusterFailure>

  init(layout: ClusterLayout, programs: [ClusterLayout.Member: String]) {
    self.layout = layout
    self.programs = programs
    (failures, unexpectedExits) = AsyncStream.makeStream()
  }

  func pid(of member: ClusterLayout.Member) -> Int32? { children[member].flatMap { $0.isRunning ? $0.pid : nil } }

  func start(_ member: ClusterLayout.Member) throws {
    guard let program = programs[member] else { throw ClusterFailure("no program for \(member.name)") }
    var arguments = [layout.configurationFile(of: member)]
    if member.kind == .sentinel { arguments.append("--sentinel") }
    let child: ChildProcess
    do {
      child = try ChildProcess(executable: program, arguments: arguments, log: layout.logFile(of: member))
    } catch {
      throw ClusterFailure("\(member.name): \(error)")
    }
    children[member] = child
    Task { [weak self] in
      guard let status = try? await child.waitForExit() else { return }
      await self?.ended(member, child.pid, status)
    }
  }

  private func ended(_ member: ClusterLayout.Member, _ pid: Int32, _ status: ChildProcess.ExitStatus) {
    guard expected.remove(pid) == nil else { return }
    var text = "\(member.name) (pid \(pid)) ended with \(status), and nobody asked it to. The end of \(layout.logFile(of: member)):"
    for line in logTail(of: member, lines: 8) { text += "\n  " + line }
    unexpectedExits.yield(ClusterFailure(text))
  }

  nonisolated private func logTail(of member: ClusterLayout.Member, lines: Int) -> [Substring] {
    guard let handle = FileHandle(forReadingAtPath: layout.logFile(of: member)) else { return [] }
    defer { try? handle.close() }
    let size = (try? handle.seekToEnd()) ?? 0
    try? handle.seek(toOffset: size > 8192 ? size - 8192 : 0)
    let data = (try? handle.read(upToCount: 8192)) ?? Data()
    return Array(String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(lines)).map { Substring(String($0)) }
  }

  /// `kill -9`, and waits until it is dead.
  func kill(_ member: ClusterLayout.Member) async throws {
    guard let child = children[member], child.isRunning else { throw ClusterFailure("\(member.name) is not running") }
    expected.insert(child.pid)
    child.signal(9)
    _ = try await child.waitForExit()
  }

  /// Ends all of them: the sentinels first, lest they start an election, and all data servers together. Each gets `grace` to save.
  func stopAll(grace: Duration) async {
    expected.formUnion(children.values.map(\.pid))
    for kind in [ClusterLayout.Kind.sentinel, .redis] {
      let group = children.filter { $0.key.kind == kind }.values
      await withTaskGroup(of: Void.self) { tasks in
        for child in group { tasks.addTask { await child.terminate(grace: grace) } }
      }
    }
  }

  /// `kill -9` to all, for users who press Ctrl-C twice.
  func killAll() {
    expected.formUnion(children.values.map(\.pid))
    for child in children.values { child.signal(9) }
  }
}
