internal import TernDrivers
internal import TernEngine
internal import TernNode

/// The commands of a cluster's leader, wherever it is: this node runs them itself if it leads, and otherwise sends them to the node that
/// does, over a connection that all callers share. ``Node/leader`` makes one; it costs nothing.
///
/// ```swift
/// let visits = try await node.leader.incr("visits")
/// let (left, right) = try await node.leader.transaction(.decrby("ada", decrement: 5), .incrby("bob", increment: 5))
/// ```
///
/// Answers and errors are those that the leader gives. What was certainly not applied (the leader is not known, does not lead any more, is
/// loading, cannot be reached) is tried again until ``limit`` is over, so that a failover is a pause and not an error; what was sent and not
/// answered is never sent again if it writes, but throws ``TernError/Code/outcomeUnknown``. Reads are linearizable where writes wait for a quorum
/// (`tern-durability quorum`); otherwise they are the newest that the primary has.
///
/// Closures of Swift code cannot be sent: ``Node/write(database:fileID:line:_:)`` on a node that does not lead throws
/// ``TernError/Code/readOnly``, whose message names the leader. ``transaction(_:)`` is what several commands that belong together are for.
public struct Leader: Sendable {
  let node: Node
  /// How long a call may take, waiting for a leader and trying again included.
  public let limit: Duration
  /// What a call waits for; nil: what the leader promises by itself (a quorum in a cluster that has one, else only that it is applied).
  public let durability: Node.Durability?

  /// Runs one command on the leader, on database 0.
  ///
  /// - Throws: what the command answers as an error; ``TernError/Code/unavailable``: no leader took it in time, nothing was applied;
  ///   ``TernError/Code/outcomeUnknown``: it was sent, and whether it was applied (or survives) is not known, also when the task was cancelled
  ///   meanwhile; ``TernError/Code/refused``: this leader cannot promise the durability; ``TernError/Code/notRunning``,
  ///   ``TernError/Code/reentrant``; `CancellationError`: nothing was applied.
  @discardableResult
  public func run<Value>(_ command: KeyspaceCommand<Value>) async throws -> Value {
    let outcome = try await perform(ForwardedBatch([command.request], node))
    guard let reply = outcome.replies.first else { throw TernError(.other, "the command gave no reply") }
    return try command.decode(try reply.get())
  }

  /// As ``run(_:)``, and the place in the leader's log behind it: with ``ReadConsistency/after(_:)`` any node shows what was written.
  public func runWithToken<Value>(_ command: KeyspaceCommand<Value>) async throws -> (value: Value, token: ConsistencyToken) {
    var batch = ForwardedBatch([command.request], node)
    batch.wantsToken = true
    let outcome = try await perform(batch)
    guard let reply = outcome.replies.first, let token = outcome.token else { throw TernError(.other, "the command gave no reply") }
    return (try command.decode(try reply.get()), token)
  }

  /// Runs commands on the leader as one transaction (`MULTI`, `EXEC`): nobody sees a part of it. As in Redis, a command that fails does not
  /// undo the others: each has its own result. A command whose words are wrong keeps all of them from running.
  ///
  /// - Throws: as ``run(_:)``, besides the errors of the commands themselves.
  public func transaction<each Value>(
    _ commands: repeat KeyspaceCommand<each Value>
  ) async throws -> (repeat Result<each Value, TernError>) {
    var requests: [KeyspaceRequest] = []
    repeat requests.append((each commands).request)
    var batch = ForwardedBatch(requests, node)
    batch.isTransaction = true
    var replies = try await perform(batch).replies.makeIterator()
    func next<One>(_ command: KeyspaceCommand<One>) -> Result<One, TernError> {
      Self.decoded(command, replies.next() ?? .failure(TernError(.other, "the command gave no reply")))
    }
    return (repeat next(each commands))
  }

  /// As the other, for commands that are counted only when the program runs.
  public func transaction<Value>(_ commands: [KeyspaceCommand<Value>]) async throws -> [Result<Value, TernError>] {
    guard !commands.isEmpty else { return [] }
    var batch = ForwardedBatch(commands.map(\.request), node)
    batch.isTransaction = true
    let outcome = try await perform(batch)
    return zip(commands, outcome.replies).map { Self.decoded($0, $1) }
  }

  private static func decoded<Value>(
    _ command: KeyspaceCommand<Value>, _ reply: Result<Reply, TernError>
  ) -> Result<Value, TernError> {
    do throws(TernError) { return .success(try command.decode(try reply.get())) } catch { return .failure(error) }
  }
}

extension Node {
  /// The leader of this node's cluster, or this node's primary, or this node itself.
  public var leader: Leader { Leader(node: self, limit: leaderTimeout, durability: nil) }

  /// The leader, with a time limit and a durability of one's own.
  ///
  /// - Parameters:
  ///   - limit: how long a call may take; nil: ``Configuration/leaderTimeout``.
  ///   - durability: what a write waits for; nil: what the leader promises by itself.
  public func leader(within limit: Duration? = nil, durability: Durability? = nil) -> Leader {
    Leader(node: self, limit: limit ?? leaderTimeout, durability: durability)
  }
}
