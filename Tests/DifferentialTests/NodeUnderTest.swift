import Foundation
import TernEngine
import TernNode

/// One of our nodes in this process, spoken to in bytes as connections do, with the wall clock for its time.
final class NodeUnderTest {
  let core: NodeCore
  private var sessions: [Int: Session] = [:]
  private var leftovers: [Int: [UInt8]] = [:]
  /// Everything that was written to the log: what a replica is told.
  private(set) var log: [UInt8] = []
  private var logOffset: Int64 = 0

  static func clock() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  init(seed: UInt64, commands: [CommandSpec] = NodeCommands.all) throws {
    let configuration = try Configuration.parse(
      "enable-debug-command yes\nsave \"\"".utf8, environment: ConfigurationEnvironment())
    core = NodeCore(
      configuration: configuration, identity: .init(runID: String(repeating: "1", count: 40)), commands: commands,
      random: SplitMix64(seed: seed),
      now: Self.clock(), monotonicNanoseconds: { Int64(DispatchTime.now().uptimeNanoseconds) })
    core.engine.log.isActive = true
    logOffset = core.engine.log.endOffset
  }

  func session(_ client: Int) -> Session? {
    if let session = sessions[client] { return session }
    let opened = core.openSession(
      address: "127.0.0.1:\(5000 + client)", localAddress: "127.0.0.1:6379", isUnixSocket: true, now: Self.clock())
    guard case .success(let session) = opened else { return nil }
    sessions[client] = session
    return session
  }

  func isBlocked(_ client: Int) -> Bool { sessions[client]?.gates.contains(.blocked) ?? false }
  var blockedCount: Int { sessions.values.count { $0.gates.contains(.blocked) } }
  func isInTransaction(_ client: Int) -> Bool { sessions[client]?.gates.contains(.inMulti) ?? false }

  /// What all clients get for these words of one of them.
  func send(_ client: Int, _ words: [[UInt8]]) -> [Int: [[UInt8]]] { send(client, bytes: RESPCommand.encode(words)) }

  func send(_ client: Int, bytes: [UInt8]) -> [Int: [[UInt8]]] {
    guard let session = session(client) else { return [:] }
    var input = (leftovers[client] ?? []) + bytes
    while !input.isEmpty {
      let consumed = input.withUnsafeBytes { core.receive(session, $0, now: Self.clock()) }
      if consumed == 0 { break }
      input.removeFirst(consumed)
    }
    leftovers[client] = input
    return settle()
  }

  /// Lets time pass for what waits with a timeout.
  func tick() -> [Int: [[UInt8]]] {
    core.tick(now: Self.clock())
    return settle()
  }

  private func settle() -> [Int: [[UInt8]]] {
    // A wait that ended lets its client's other commands go on.
    while !core.engine.resumed.isEmpty {
      let resumed = core.engine.resumed
      core.engine.resumed = []
      for (client, session) in sessions where resumed.contains(where: { $0 === session }) {
        guard let rest = leftovers[client], !rest.isEmpty else { continue }
        let consumed = rest.withUnsafeBytes { core.receive(session, $0, now: Self.clock()) }
        leftovers[client]?.removeFirst(consumed)
      }
    }
    _ = core.engine.takeTouched()
    _ = core.takeEffects()
    core.engine.killed = []
    if let bytes = core.engine.log.bytes(from: logOffset) {
      log += bytes
      logOffset = core.engine.log.endOffset
    }
    var replies: [Int: [[UInt8]]] = [:]
    for (client, session) in sessions where session.reply.count > 0 {
      replies[client] = Frame.split(Array(session.reply.bytes))
      session.reply.removeAll()
    }
    return replies
  }

  /// The one reply to a client that nothing else happens to.
  func ask(_ words: [[UInt8]], client: Int = 100) -> [UInt8] { send(client, words)[client]?.last ?? [] }
  func ask(_ words: String..., client: Int = 100) -> [UInt8] { ask(words.map { Array($0.utf8) }, client: client) }
  func value(_ words: [[UInt8]], client: Int = 100) -> RESPValue {
    var parser = RESPReplyParser()
    parser.append(ask(words, client: client))
    return (try? parser.next()) ?? .null
  }
}
