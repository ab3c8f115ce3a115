import TernEngine
import Testing

@testable import TernSentinel

/// A Redis node as a value: just enough of one for sentinels to manage.
struct FakeRedis {
  let host: String
  var runID: String
  var isUp = true
  /// nil: a primary.
  var primary: String?
  var priority = 100
  var offset: UInt64 = 100
  var linkDownSeconds: Int?
  var answersInfo = true
  var obeysSlaveof = true
  /// What PING answers.
  var pong = RESPValue.simpleString(Array("PONG".utf8))
  var received: [[String]] = []
  /// nil: it runs without `tern-durability quorum`.
  var member: FakeMember?
  /// What FAILOVER answers, if it is refused.
  var handoverRefusal: String?
  /// FAILOVER is accepted, and given up again.
  var givesUpHandover = false
  var isTern = true
}

/// What a member of a quorum holds, as a value: the promises are real, the data are two numbers.
struct FakeMember {
  var state = "idle"
  var epoch: UInt64 = 0
  var promise: UInt64 = 0
  var history: UInt64 = 0
  var offset: UInt64 = 0
  var isTrusted = true
  var boots = 1
  var keys = 0
  /// How long a fence is held up by a lease.
  var leaseMilliseconds: Int64 = 0
  var answersFences = true
  var refusesPromotion = false
}

/// Sentinels, fake nodes and a network with one millisecond of delay, in virtual time. Everything happens in one order for one seed.
struct SentinelWorld: CustomTestStringConvertible {
  var testDescription: String { "a world at \(now)" }

  enum Event {
    case connected(Int, SentinelConnectionID)
    case refused(Int, SentinelConnectionID)
    case closed(Int, SentinelConnectionID)
    case arrive(from: Int, SentinelConnectionID, [[UInt8]])
    case answer(to: Int, SentinelConnectionID, RESPValue)
  }
  struct Peer {
    let sentinel: Int
    let connection: SentinelConnectionID
    let host: String
    var isSubscribed = false
    var heldUntil: Int64 = 0
    var transaction: [[String]]?
  }

  var now: Int64 = 1_000_000
  var cores: [SentinelCore] = []
  var isAlive: [Bool] = []
  var nodes: [String: FakeRedis] = [:]
  var peers: [Peer] = []
  var events: [(at: Int64, order: Int, event: Event)] = []
  var order = 0
  /// Pairs of hosts that cannot reach one another.
  var cuts: Set<Set<String>> = []
  var disks: [[SentinelDirectiveLine]] = []
  var isDiskFull: [Bool] = []
  var logs: [[String]] = []
  var published: [[String]] = []
  var replies: [UInt64: RESPValue] = [:]
  var requesters: [UInt64: (Int, SentinelConnectionID)] = [:]
  var nextClient: UInt64 = 1
  var scripts: [(Int, SentinelScriptID, [String])] = []
  /// Votes that left a sentinel while its disk did not hold them. Must stay empty.
  var unsavedVotes: [String] = []
  var wakeups = 0
  /// Every leadership that began, as `host epoch`.
  var leaderships: [String] = []

  static func redisHost(_ n: Int) -> String { "10.0.1.\(n)" }
  static func sentinelHost(_ n: Int) -> String { "10.0.0.\(n)" }

  /// `10.0.1.0` is the primary of the others.
  init(
    sentinels: Int = 3, replicas: Int = 2, quorum: Int = 2, seed: UInt64 = 1, extra: [String] = [], member: FakeMember? = nil,
    seeded: Bool = false
  ) {
    for n in 0...replicas {
      let host = Self.redisHost(n)
      let id = String(repeating: "\(n)", count: 40)
      nodes[host] = FakeRedis(host: host, runID: id, primary: n == 0 ? nil : Self.redisHost(0), member: member)
      // Nobody leads by itself.
      if member != nil { nodes[host]?.primary = "none" }
    }
    for n in 0..<sentinels {
      let text =
        ["monitor mymaster 10.0.1.0 6379 \(quorum)", "down-after-milliseconds mymaster 1000", "failover-timeout mymaster 6000"] + extra
      var configuration = Self.configuration(text)
      configuration.announceIP = Self.sentinelHost(n)
      configuration.myID = String(repeating: "abcdefg".map(String.init)[n], count: 40)
      if seeded {
        for other in 0..<sentinels where other != n {
          configuration.masters[0].knownSentinels.append(
            .init(host: Self.sentinelHost(other), port: 26379, runID: SentinelSeed.runID(other)))
        }
      }
      cores.append(SentinelCore(configuration: configuration, seed: seed &* 1000 &+ UInt64(n)))
      isAlive.append(true)
      disks.append([])
      isDiskFull.append(false)
      logs.append([])
      published.append([])
    }
    for n in cores.indices {
      cores[n].start(now: now)
      perform(n)
    }
  }

  static func configuration(_ lines: [String]) -> SentinelConfiguration {
    let lines = lines.enumerated().map {
      SentinelConfigurationLine(number: $0.offset + 1, arguments: QuotedArguments.split($0.element.utf8) ?? [])
    }
    do { return try SentinelConfiguration(lines: lines) } catch {
      Issue.record("\(error)")
      return SentinelConfiguration()
    }
  }

  // MARK: Running

  mutating func run(milliseconds: Int64) { run(until: now + milliseconds) { _ in false } }

  /// Runs until `condition` holds; false when `limit` milliseconds passed first.
  @discardableResult
  mutating func run(limit: Int64 = 60_000, until condition: (SentinelWorld) -> Bool) -> Bool { run(until: now + limit, condition) }

  @discardableResult
  private mutating func run(until end: Int64, _ condition: (SentinelWorld) -> Bool) -> Bool {
    while !condition(self) {
      let event = events.map(\.at).min() ?? .max
      let wake = cores.indices.filter { isAlive[$0] }.compactMap { cores[$0].nextDeadline }.min() ?? .max
      let next = max(now, min(event, wake))
      guard next <= end else {
        now = end
        return false
      }
      now = next
      if event <= now {
        guard let at = events.indices.min(by: { (events[$0].at, events[$0].order) < (events[$1].at, events[$1].order) }) else { continue }
        handle(events.remove(at: at).event)
      } else {
        for n in cores.indices where isAlive[n] && (cores[n].nextDeadline ?? .max) <= now {
          wakeups += 1
          cores[n].tick(now: now)
          perform(n)
        }
      }
    }
    return true
  }

  mutating func later(_ event: Event, after delay: Int64 = 1) {
    order += 1
    events.append((now + delay, order, event))
  }

  private func isReachable(_ a: String, _ b: String) -> Bool { !cuts.contains([a, b]) }

  private mutating func handle(_ event: Event) {
    switch event {
    case .connected(let n, let connection):
      guard isAlive[n] else { return }
      cores[n].connected(connection, localHost: Self.sentinelHost(n), now: now)
      perform(n)
    case .refused(let n, let connection):
      guard isAlive[n] else { return }
      cores[n].connectFailed(connection, reason: "Connection refused", now: now)
      perform(n)
    case .closed(let n, let connection):
      guard isAlive[n] else { return }
      cores[n].closed(connection, reason: "Connection reset by peer", now: now)
      perform(n)
    case .answer(let n, let connection, let value):
      guard isAlive[n], let peer = peers.first(where: { $0.sentinel == n && $0.connection == connection }),
        isReachable(Self.sentinelHost(n), peer.host)
      else { return }
      cores[n].received(value, on: connection, now: now)
      perform(n)
    case .arrive(let n, let connection, let arguments): arrive(n, connection, arguments)
    }
  }

  private mutating func arrive(_ n: Int, _ connection: SentinelConnectionID, _ arguments: [[UInt8]]) {
    guard let p = peers.firstIndex(where: { $0.sentinel == n && $0.connection == connection }) else { return }
    let host = peers[p].host
    guard isReachable(Self.sentinelHost(n), host) else { return }
    if let target = cores.indices.first(where: { Self.sentinelHost($0) == host }) {
      guard isAlive[target] else { return }
      let words = arguments.map { String(decoding: $0, as: UTF8.self) }
      if words[0] == "PING" { return later(.answer(to: n, connection, .simpleString(Array("PONG".utf8)))) }
      if words[0] == "CLIENT" || words[0] == "AUTH" { return later(.answer(to: n, connection, SentinelCore.ok)) }
      let client = nextClient
      nextClient += 1
      requesters[client] = (n, connection)
      cores[target].command(arguments, from: SentinelClientID(rawValue: client), now: now)
      return perform(target)
    }
    guard nodes[host]?.isUp == true else { return }
    let words = arguments.map { String(decoding: $0, as: UTF8.self) }
    let hold = words.starts(with: ["TERN", "FENCE"]) ? nodes[host]?.member?.leaseMilliseconds ?? 0 : 0
    let answers = nodes[host]?.member?.answersFences ?? true || !words.starts(with: ["TERN", "FENCE"])
    // Replies keep their order: what comes behind one that is held up is held up as well.
    peers[p].heldUntil = answers ? max(peers[p].heldUntil, now + hold) : .max
    let until = peers[p].heldUntil
    for reply in execute(words, p) where until != .max { later(.answer(to: n, connection, reply), after: until - now + 1) }
  }

  // MARK: The fake node

  private mutating func execute(_ words: [String], _ p: Int) -> [RESPValue] {
    let host = peers[p].host
    nodes[host]?.received.append(words)
    if words[0] == "EXEC" {
      let steps = peers[p].transaction ?? []
      peers[p].transaction = nil
      for step in steps where step[0] == "SLAVEOF" && nodes[host]?.obeysSlaveof == true {
        nodes[host]?.primary = step[1] == "NO" ? nil : step[1]
      }
      return [.array(steps.map { _ in SentinelCore.ok })]
    }
    if peers[p].transaction != nil {
      peers[p].transaction?.append(words)
      return [.simpleString(Array("QUEUED".utf8))]
    }
    switch words[0] {
    case "TERN": return tern(words, host)
    case "FAILOVER": return [handOver(words, host)]
    case "MULTI":
      peers[p].transaction = []
      return [SentinelCore.ok]
    case "PING": return [nodes[host]?.pong ?? .null]
    case "INFO": return nodes[host]?.answersInfo == true ? [.bulkString(Array(info(host).utf8))] : []
    case "SUBSCRIBE":
      peers[p].isSubscribed = true
      return [.array([SentinelCore.bulk("subscribe"), SentinelCore.bulk(words[1]), .integer(1)])]
    case "PUBLISH":
      broadcast(host, words[2])
      return [.integer(1)]
    default: return [SentinelCore.ok]
    }
  }

  private func refusal(_ text: String) -> [RESPValue] { [.error(Array(text.utf8))] }

  private mutating func tern(_ words: [String], _ host: String) -> [RESPValue] {
    guard var member = nodes[host]?.member, words.count > 2, let epoch = UInt64(words[2]) else { return refusal("ERR no member") }
    defer { nodes[host]?.member = member }
    switch words[1] {
    case "FENCE":
      guard epoch > member.promise else { return refusal("STALEEPOCH fence \(epoch): promise is \(member.promise)") }
      member.promise = epoch
      member.state = "idle"
      nodes[host]?.primary = "none"
      let fields = [
        Int64(member.history), Int64(member.offset), member.isTrusted ? 1 : 0, Int64(member.boots), Int64(nodes.count),
        Int64(nodes.count / 2 + 1), Int64(member.keys),
      ]
      return [.array(fields.map { .integer($0) })]
    case "PROMOTE":
      guard epoch == member.promise else { return refusal("STALEEPOCH promote \(epoch): promise is \(member.promise)") }
      guard !member.refusesPromotion, words.count == 6, words[3...] == ["\(member.history)", "\(member.offset)", "\(member.boots)"] else {
        return refusal("ERR promote \(epoch): the data are not what was answered")
      }
      member.state = "leader"
      member.epoch = epoch
      member.history = epoch
      member.offset += 10
      member.isTrusted = true
      nodes[host]?.primary = nil
      leaderships.append("\(host) \(epoch)")
      return [SentinelCore.ok]
    case "FOLLOW":
      guard epoch >= member.promise else { return refusal("STALEEPOCH follow \(epoch): promise is \(member.promise)") }
      guard member.state != "leader" || epoch > member.epoch else { return refusal("ERR follow \(epoch): this member leads that epoch") }
      member.promise = epoch
      member.state = "follower"
      member.epoch = epoch
      nodes[host]?.primary = words[3]
      if let leader = nodes[words[3]]?.member, leader.state == "leader", leader.epoch == epoch {
        member.history = epoch
        member.offset = leader.offset
        member.isTrusted = true
        member.keys = leader.keys
      }
      return [SentinelCore.ok]
    default: return refusal("ERR unknown subcommand")
    }
  }

  private mutating func handOver(_ words: [String], _ host: String) -> RESPValue {
    if let text = nodes[host]?.handoverRefusal { return .error(Array(text.utf8)) }
    if nodes[host]?.givesUpHandover == false, words.count > 2, nodes[words[2]]?.isUp == true {
      nodes[words[2]]?.primary = nil
      nodes[host]?.primary = words[2]
    }
    return SentinelCore.ok
  }

  /// What a node that is going to end tells its subscribers, and nobody else.
  mutating func resign(_ host: String) {
    let payload = "tern-handover,\(nodes[host]?.runID ?? "")"
    for peer in peers where peer.isSubscribed && peer.host == host {
      let message = [SentinelCore.bulk("message"), SentinelCore.bulk(HelloMessage.channel), SentinelCore.bulk(payload)]
      later(.answer(to: peer.sentinel, peer.connection, .array(message)))
    }
  }

  /// A message to the subscribers of a node and, as replication carries it, of its replicas.
  private mutating func broadcast(_ host: String, _ payload: String) {
    let hosts = [host] + nodes.values.filter { $0.primary == host && $0.isUp }.map(\.host).sorted()
    for peer in peers where peer.isSubscribed && hosts.contains(peer.host) {
      let message = [SentinelCore.bulk("message"), SentinelCore.bulk(HelloMessage.channel), SentinelCore.bulk(payload)]
      later(.answer(to: peer.sentinel, peer.connection, .array(message)))
    }
  }

  func info(_ host: String) -> String {
    guard let node = nodes[host] else { return "" }
    var text = "# Server\r\nrun_id:\(node.runID)\r\n# Replication\r\n"
    if node.isTern { text += "tern_version:1.0.0\r\n" }
    if let member = node.member {
      text += "tern_durability:quorum\r\ntern_state:\(member.state)\r\n"
      text += "tern_epoch:\(member.state == "idle" ? member.promise : member.epoch)\r\ntern_promise:\(member.promise)\r\n"
      text += "tern_history_epoch:\(member.history)\r\ntern_member:\(host):6379\r\n"
      text += "tern_members:\(nodes.keys.sorted().map { "\($0):6379" }.joined(separator: ","))\r\n"
      text += "tern_copies:\(nodes.count / 2 + 1)\r\ntern_trusted:\(member.isTrusted ? 1 : 0)\r\n"
    }
    if let primary = node.primary {
      let isLinked = nodes[primary]?.isUp == true && nodes[primary]?.primary == nil && node.linkDownSeconds == nil
      text += "role:slave\r\nmaster_host:\(primary)\r\nmaster_port:6379\r\nmaster_link_status:\(isLinked ? "up" : "down")\r\n"
      if !isLinked { text += "master_link_down_since_seconds:\(node.linkDownSeconds ?? 1)\r\n" }
      text += "slave_repl_offset:\(node.offset)\r\nslave_priority:\(node.priority)\r\nreplica_announced:1\r\n"
    } else {
      text += "role:master\r\nmaster_failover_state:no-failover\r\n"
      let replicas = nodes.values.filter { $0.primary == host && $0.isUp }.map(\.host).sorted()
      for (n, replica) in replicas.enumerated() { text += "slave\(n):ip=\(replica),port=6379,state=online,offset=1,lag=0\r\n" }
    }
    return text
  }

  // MARK: The driver

  mutating func perform(_ n: Int) {
    while true {
      let batch = cores[n].takeActions()
      if batch.isEmpty { return }
      for action in batch { perform(action, n) }
    }
  }

  private mutating func perform(_ action: SentinelAction, _ n: Int) {
    switch action {
    case .connect(let connection, let host, _, _):
      guard isReachable(Self.sentinelHost(n), host) else { return peers.append(Peer(sentinel: n, connection: connection, host: host)) }
      let isUp = nodes[host]?.isUp ?? cores.indices.contains { Self.sentinelHost($0) == host && isAlive[$0] }
      guard isUp else { return later(.refused(n, connection)) }
      peers.append(Peer(sentinel: n, connection: connection, host: host))
      later(.connected(n, connection))
    case .close(let connection): peers.removeAll { $0.sentinel == n && $0.connection == connection }
    case .send(let connection, let arguments): later(.arrive(from: n, connection, arguments))
    case .reply(let client, let value):
      checkVote(value, n)
      replies[client.rawValue] = value
      if let (to, connection) = requesters[client.rawValue] { later(.answer(to: to, connection, value)) }
    case .publish(let channel, let message): published[n].append("\(channel) \(message)")
    case .log(let level, let text): logs[n].append("\(level.sign) \(text)")
    case .persist(let lines):
      if isDiskFull[n] {
        cores[n].persistFailed(reason: "No space left on device", now: now)
      } else {
        disks[n] = lines
        cores[n].persisted(now: now)
      }
    case .runScript(let id, let path, let arguments): scripts.append((n, id, [path] + arguments))
    case .resolve, .killScript, .exit: break
    }
  }

  private mutating func checkVote(_ value: RESPValue, _ n: Int) {
    guard let fields = value.elements, fields.count == 3, let leader = fields[1].text, leader != "*", case .integer(let epoch) = fields[2]
    else { return }
    let saved = disks[n].contains { $0.line == "sentinel leader-epoch mymaster \(epoch)" }
    if !saved { unsavedVotes.append("sentinel \(n) for \(leader) in \(epoch)") }
  }

  // MARK: Faults and questions

  mutating func kill(_ host: String) {
    nodes[host]?.isUp = false
    for peer in peers where peer.host == host { later(.closed(peer.sentinel, peer.connection)) }
    peers.removeAll { $0.host == host }
  }

  mutating func restart(_ host: String) {
    nodes[host]?.isUp = true
    nodes[host]?.runID = String(repeating: "f", count: 40)
    guard nodes[host]?.member != nil else { return }
    // A leader never resumes its epoch.
    nodes[host]?.member?.state = "idle"
    nodes[host]?.member?.boots += 1
    nodes[host]?.primary = "none"
  }

  mutating func cut(_ hosts: [String], from others: [String]) {
    for a in hosts { for b in others { cuts.insert([a, b]) } }
  }

  mutating func stopSentinel(_ n: Int) {
    isAlive[n] = false
    for peer in peers where peer.host == Self.sentinelHost(n) { later(.closed(peer.sentinel, peer.connection)) }
    peers.removeAll { $0.host == Self.sentinelHost(n) || $0.sentinel == n }
  }

  @discardableResult
  mutating func ask(_ n: Int, _ words: String...) -> RESPValue? {
    let client = nextClient
    nextClient += 1
    cores[n].command(words.map { Array($0.utf8) }, from: SentinelClientID(rawValue: client), now: now)
    perform(n)
    return replies[client]
  }

  /// The primary's address after `+switch-master`.
  func primary(_ n: Int) -> String { cores[n].groups.first?.primary.address.ip ?? "" }
  var isSettled: Bool {
    cores.indices.filter { isAlive[$0] }.allSatisfy { n in
      guard let group = cores[n].groups.first else { return false }
      return group.sentinels.count == cores.count - 1 && group.replicas.count == nodes.count - 1
        && group.replicas.allSatisfy { $0.infoReceived != nil }
        && group.refs.allSatisfy { cores[n].links[group[$0].link]?.isDisconnected(role: group[$0].role) == false }
        && !group.isObjectivelyDown && group.failover == .none
    }
  }
  func hasLogged(_ n: Int, _ text: String) -> Bool { logs[n].contains { $0.contains(text) } }
  func line(_ n: Int, containing text: String) -> Int? { logs[n].firstIndex { $0.contains(text) } }
}
