import Foundation
import Synchronization
import Tern
import Testing

/// Three members of a quorum in this process, each with its sentinel.
private final class Trio: Sendable {
  private let folders: [TemporaryFolder]
  private let first: Int
  private let nodes: Mutex<[Node?]>

  init() async throws {
    folders = (0..<3).map { _ in TemporaryFolder() }
    first = Int.random(in: 3000..<4000) * 8
    nodes = Mutex([nil, nil, nil])
    // At once: on a first start the members wait for each other.
    for n in 0..<3 { try await start(n) }
  }

  var all: [Node] { nodes.withLock { $0.compactMap(\.self) } }
  subscript(n: Int) -> Node? { nodes.withLock { $0[n] } }

  func start(_ n: Int) async throws {
    var cluster = Node.Configuration.Cluster(
      name: "trio", members: (0..<3).map { "127.0.0.1:\(first + $0)" }, sentinelPort: first + n + 4)
    cluster.downAfter = .seconds(1)
    cluster.failoverTimeout = .seconds(5)
    let node = try Node(
      configuration: .init(port: first + n, directory: folders[n].path, persistence: .appendOnly(.everySecond), cluster: cluster))
    try await elsewhere { try node.start() }
    nodes.withLock { $0[n] = node }
  }

  func stop(_ n: Int) async throws {
    let node = nodes.withLock { nodes in
      defer { nodes[n] = nil }
      return nodes[n]
    }
    try await elsewhere { node?.stop() }
  }

  /// What blocks must not stand on a thread that tasks need.
  private func elsewhere(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      Thread { continuation.resume(with: Result { try body() }) }.start()
    }
  }
}

extension TemporaryFolder: @unchecked Sendable {}

private struct Tally: Sendable {
  var acknowledged = 0
  var unknown = 0
  var refused = 0
  var isOver = false
  var surprises: [String] = []
}

private final class SharedTally: Sendable {
  private let tally = Mutex(Tally())
  func withLock<R: Sendable>(_ body: @Sendable (inout Tally) -> R) -> R { tally.withLock { body(&$0) } }
}

@Suite(.serialized, .timeLimit(.minutes(5))) struct LeaderClusterTests {

  @Test func `while each member is restarted, everybody counts on through all of them, and nothing acknowledged is lost`() async throws {
    let trio = try await Trio()
    for node in trio.all {
      try await waitUntil("no leader", within: .seconds(40)) {
        (try? await node.read(.leader, within: .seconds(1)) { db in db.count }) != nil
      }
    }
    let tally = SharedTally()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<3 {
        group.addTask {
          var i = task
          while !tally.withLock({ $0.isOver }) {
            i += 1
            guard let node = trio[i % 3] else {
              try await Task.sleep(for: .milliseconds(5))
              continue
            }
            do {
              let (sum, token) = try await node.leader.runWithToken(.incr("n"))
              tally.withLock { $0.acknowledged += 1 }
              // One's own write is seen on the next node, if that does not end meanwhile.
              if i.isMultiple(of: 16), let other = trio[(i + 1) % 3] {
                let seen = try? await other.read(.after(token)) { try $0.get("n", as: Int.self) ?? 0 }
                if let seen, seen < sum { tally.withLock { $0.surprises.append("\(seen) behind \(sum)") } }
              }
            } catch let error as TernError where error.isOutcomeUnknown {
              tally.withLock { $0.unknown += 1 }
            } catch let error as TernError {
              tally.withLock { tally in
                tally.refused += 1
                if error.code != .notRunning, error.code != .unavailable { tally.surprises.append("\(error.code.rawValue): \(error)") }
              }
              try await Task.sleep(for: .milliseconds(10))
            }
          }
        }
      }
      group.addTask {
        defer { tally.withLock { $0.isOver = true } }
        for n in 0..<3 {
          try await Task.sleep(for: .milliseconds(500))
          let before = tally.withLock { $0.acknowledged }
          try await trio.stop(n)
          try await waitUntil("nobody counts without member \(n)", within: .seconds(30)) {
            tally.withLock { $0.acknowledged } > before + 20
          }
          try await trio.start(n)
          let node = try #require(trio[n])
          try await waitUntil("member \(n) is not back", within: .seconds(30)) {
            (try? await node.read(.leader, within: .seconds(1)) { db in db.count }) != nil
          }
        }
      }
      try await group.waitForAll()
    }
    let result = tally.withLock { $0 }
    #expect(result.surprises.isEmpty && result.acknowledged > 60)
    for node in trio.all {
      let sum = try await node.read(.leader) { db in try db.get("n", as: Int.self) ?? 0 }
      #expect(sum >= result.acknowledged && sum <= result.acknowledged + result.unknown, "\(result)")
      let recent = try await node.read(.atMost(behind: .zero)) { db in try db.get("n", as: Int.self) ?? 0 }
      #expect(recent == sum)
    }
    for n in 0..<3 { try await trio.stop(n) }
  }
}
