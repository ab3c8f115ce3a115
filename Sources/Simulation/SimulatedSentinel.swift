internal import TernEngine
internal import TernNode
package import TernSentinel

/// A sentinel: the real `SentinelCore`, with a small RESP server in front, driven by the world. Its configuration file survives a crash.
package final class SimulatedSentinel: SimulatedProcess {
  package let host: Int
  package let name: String
  package let port = 26379
  package private(set) var isUp = false
  package private(set) var incarnation = 0
  package private(set) var core: SentinelCore?
  private unowned let world: World
  private let directives: [String]
  /// Rules that this sentinel breaks.
  package var plants: FencePlants = []
  /// What was persisted last; empty before.
  private var disk: [SentinelDirectiveLine] = []
  private var links: [SentinelConnectionID: (connection: Int, parser: RESPReplyParser)] = [:]
  private var ids: [Int: SentinelConnectionID] = [:]
  private var clients: [Int: (connection: Int, parser: RESPReplyParser)] = [:]
  private var nextClient = 1
  private var timerAt: Int64?

  /// The machine runs on the monotonic clock.
  private var now: Int64 { world.monotonic(host) }

  init(_ world: World, host: Int, name: String, directives: [String]) {
    self.world = world
    self.host = host
    self.name = name
    self.directives = directives
  }

  func start() {
    incarnation += 1
    isUp = true
    links = [:]
    ids = [:]
    clients = [:]
    timerAt = nil
    do {
      let persisted = disk.map(\.line)
      let lines = persisted.isEmpty ? directives : persisted
      var configuration = try SentinelConfiguration(
        lines: lines.enumerated().compactMap { number, line in
          // The word `sentinel` is the host's to take off.
          QuotedArguments.split(Array(line.utf8)).map { .init(number: number + 1, arguments: Array($0.dropFirst())) }
        })
      configuration.port = port
      core = SentinelCore(configuration: configuration, seed: world.random.next())
      core?.plants = plants
      core?.start(now: now)
    } catch {
      world.note("\(name): configuration refused: \(error)")
      isUp = false
    }
    settle()
  }

  func crash() {
    isUp = false
    core = nil
  }

  func timer(_ token: Int) {
    timerAt = nil
    core?.tick(now: now)
    settle()
  }

  func connected(_ connection: Int, token: Int, failure: String?) {
    guard let id = ids[connection] else { return }
    if let failure {
      links[id] = nil
      core?.connectFailed(id, reason: failure, now: now)
    } else {
      core?.connected(id, localHost: World.address(host), now: now)
    }
    settle()
  }

  func accepted(_ connection: Int, from address: String) -> Int {
    defer { nextClient += 1 }
    clients[nextClient] = (connection, RESPReplyParser())
    return nextClient
  }

  func received(_ bytes: [UInt8], on connection: Int, token: Int, asServer: Bool) {
    if asServer {
      clients[token]?.parser.append(bytes)
      while let value = try? clients[token]?.parser.next() { serve(value, client: token) }
    } else if let id = ids[connection] {
      links[id]?.parser.append(bytes)
      while let value = try? links[id]?.parser.next() { core?.received(value, on: id, now: now) }
    }
    settle()
  }

  private func serve(_ request: RESPValue, client: Int) {
    let arguments = request.elements?.compactMap(\.bytes) ?? []
    guard let command = arguments.first else { return }
    switch String(decoding: command, as: UTF8.self).uppercased() {
    case "PING": reply(.simpleString(Array("PONG".utf8)), to: client)
    case "CLIENT", "AUTH": reply(.simpleString(Array("OK".utf8)), to: client)
    default: core?.command(arguments, from: SentinelClientID(rawValue: UInt64(client)), now: now)
    }
  }

  private func reply(_ value: RESPValue, to client: Int) {
    guard let entry = clients[client] else { return }
    let buffer = ReplyBuffer()
    defer { buffer.destroy() }
    buffer.value(value)
    world.send(Array(buffer.bytes), on: entry.connection, fromClient: false)
  }

  func ended(_ connection: Int, token: Int, asServer: Bool, reason: String?) {
    if asServer {
      clients[token] = nil
    } else if let id = ids.removeValue(forKey: connection) {
      links[id] = nil
      core?.closed(id, reason: reason ?? "closed by the peer", now: now)
    }
    settle()
  }

  private func settle() {
    while let batch = core?.takeActions(), !batch.isEmpty {
      for action in batch { obey(action) }
    }
    guard let deadline = core?.nextDeadline else { return }
    if let timerAt, timerAt <= deadline, timerAt >= now { return }
    timerAt = max(now, deadline)
    world.startTimer(host, token: 0, after: max(0, deadline - now))
  }

  private func obey(_ action: SentinelAction) {
    switch action {
    case .connect(let id, let host, let port, _):
      let connection = world.connect(from: self.host, token: 0, to: host, port: port)
      links[id] = (connection, RESPReplyParser())
      ids[connection] = id
    case .close(let id):
      if let link = links.removeValue(forKey: id) {
        ids[link.connection] = nil
        world.close(link.connection, byClient: true)
      }
    case .send(let id, let arguments):
      guard let link = links[id] else { return }
      world.send(RESPCommand.encode(arguments), on: link.connection, fromClient: true)
      guard arguments.count == 6, arguments[1] == Array("PROMOTE".utf8), let host = world.connections[link.connection]?.server else {
        return
      }
      world.promotions = world.promotions.suffix(2) + [(host, arguments.map { String(decoding: $0, as: UTF8.self) })]
    case .reply(let client, let value): reply(value, to: Int(client.rawValue))
    case .publish: break
    case .log(let level, let text):
      if level >= .warning { world.note("\(name): \(text)") }
      if text.hasPrefix("+selected-slave"), text.contains("too few members remember") { world.ledger.noteDisaster() }
    case .persist(let lines): persist(lines)
    case .resolve(let hostname): core?.resolved(hostname: hostname, address: nil, now: now)
    case .runScript(let id, _, _): core?.scriptEnded(id, exitCode: 0, signal: 0, now: now)
    case .killScript: break
    case .exit: world.crash(host)
    }
  }

  /// Nothing more comes out of the machine until it is told the outcome.
  private func persist(_ lines: [SentinelDirectiveLine]) {
    let incarnation = self.incarnation
    world.after(Int64.random(in: world.faults.diskLatency, using: &world.random), on: host) { [self] world in
      guard world.isAlive(host, incarnation) else { return }
      if world.draws(world.faults.diskFailureShare) {
        world.count(.diskFailure)
        core?.persistFailed(reason: "No space left on device", now: now)
      } else {
        disk = lines
        core?.persisted(now: now)
      }
      settle()
    }
  }

  /// As an operator does.
  func askForFailover(isCoordinated: Bool) {
    let words = ["SENTINEL", "FAILOVER", "mymaster"] + (isCoordinated ? ["COORDINATED"] : [])
    core?.command(words.map { Array($0.utf8) }, from: SentinelClientID(rawValue: 0), now: now)
    settle()
  }

  /// Where this sentinel believes the primary to be.
  package var primaryAddress: (host: String, port: Int)? {
    core?.groups.first.map { ($0.currentAddress.ip, $0.currentAddress.port) }
  }
}
