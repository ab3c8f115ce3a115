internal import TernNode

/// A cluster in virtual time: the real machines on a simulated network, with faults drawn from a seed. The same seed replays exactly.
package final class World {
  package private(set) var now = World.beginning
  static let beginning: Int64 = 1_700_000_000_000
  package let seed: UInt64
  package var faults: FaultModel
  var random: SplitMix64
  private var queue = EventQueue<Event>()
  /// By host number; a host's address is `10.0.0.<number>`.
  var processes: [any SimulatedProcess] = []
  var connections: [Int: Connection] = [:]
  private var nextConnection = 1
  /// Directions that carry nothing now: messages wait, as TCP makes them.
  var cuts: Set<Direction> = []
  package internal(set) var history = History()
  /// What waits for a process that sleeps, by host.
  var asleep: [Int: [Event]] = [:]
  /// By host; without an entry: true time.
  var clocks: [Int: HostClock] = [:]
  /// Directions that are slow, and until when.
  var slowLinks: [Direction: Int64] = [:]
  /// The last promotions that sentinels have ordered.
  var promotions: [(host: Int, order: [String])] = []
  package internal(set) var injected: [Fault: Int] = [:]
  /// What members of a quorum have done, as seen from outside.
  package internal(set) var ledger = QuorumLedger()
  package private(set) var transcript: [String] = []
  package var transcriptLinesMax = 20_000
  package private(set) var eventCount = 0

  struct Direction: Hashable {
    var from: Int
    var to: Int
  }

  enum Event {
    case arrive(connection: Int)
    case deliver(connection: Int, toServer: Bool)
    case connectResult(connection: Int, failure: String?)
    case timer(host: Int, incarnation: Int, token: Int)
    case run(host: Int?, (World) -> Void)
  }

  enum Piece {
    case bytes([UInt8])
    case end(reason: String?)
  }

  struct Connection {
    let client: Int
    let clientIncarnation: Int
    let clientToken: Int
    let server: Int
    var serverIncarnation = 0
    var serverToken = 0
    let port: Int
    var isAccepted = false
    /// In flight or held, in order.
    var toServer: [Piece] = []
    var toClient: [Piece] = []
    var lastToServer: Int64 = 0
    var lastToClient: Int64 = 0
    var clientIsClosed = false
    var serverIsClosed = false
  }

  package init(seed: UInt64, faults: FaultModel = .calm) {
    self.seed = seed
    self.faults = faults
    random = SplitMix64(seed: seed)
  }

  static func address(_ host: Int) -> String { "10.0.0.\(host + 1)" }
  func host(at address: String) -> Int? { processes.indices.first { Self.address($0) == address } }

  package func note(_ text: String) {
    if transcript.count < transcriptLinesMax { transcript.append("\(now - World.beginning) \(text)") }
  }

  // MARK: time

  func schedule(_ event: Event, after delay: Int64) { queue.schedule(event, at: now + max(0, delay)) }
  package func after(_ delay: Int64, _ body: @escaping (World) -> Void) { schedule(.run(host: nil, body), after: delay) }
  /// Work of a process, which stands still while that sleeps.
  func after(_ delay: Int64, on host: Int, _ body: @escaping (World) -> Void) { schedule(.run(host: host, body), after: delay) }

  /// Lets virtual time pass.
  package func run(for duration: Int64) {
    let end = now + duration
    while let next = queue.nextTime, next <= end, let (time, event) = queue.next() {
      now = max(now, time)
      eventCount += 1
      perform(event)
    }
    now = end
  }

  /// Until `condition` holds; false when it did not within `duration`.
  package func run(for duration: Int64, until condition: (World) -> Bool) -> Bool {
    let end = now + duration
    while !condition(self) {
      guard now < end else { return false }
      run(for: min(50, end - now))
    }
    return true
  }

  func perform(_ event: Event) {
    if !asleep.isEmpty, let host = receiver(of: event), asleep[host] != nil {
      asleep[host]?.append(event)
      return
    }
    switch event {
    case .arrive(let id): arrive(id)
    case .deliver(let id, let toServer): deliver(id, toServer: toServer)
    case .connectResult(let id, let failure):
      guard let connection = connections[id], !connection.clientIsClosed, isAlive(connection.client, connection.clientIncarnation)
      else { return }
      if failure != nil { connections[id] = nil }
      processes[connection.client].connected(id, token: connection.clientToken, failure: failure)
    case .timer(let host, let incarnation, let token):
      if isAlive(host, incarnation) { processes[host].timer(token) }
    case .run(_, let body): body(self)
    }
  }

  func isAlive(_ host: Int, _ incarnation: Int) -> Bool {
    processes[host].isUp && processes[host].incarnation == incarnation
  }

  /// `delay` is in the host's own milliseconds.
  func startTimer(_ host: Int, token: Int, after delay: Int64) {
    // Rounded up: a timer that goes off before its time would be set again for the same instant, for ever.
    let trueDelay = clocks[host].map { Int64((Double(delay) / $0.rate).rounded(.up)) } ?? delay
    schedule(.timer(host: host, incarnation: processes[host].incarnation, token: token), after: trueDelay)
  }

  /// Who would notice the event; nil for what happens in the network itself.
  private func receiver(of event: Event) -> Int? {
    switch event {
    case .arrive(let id): connections[id].map(\.server)
    case .deliver(let id, let toServer): connections[id].map { toServer ? $0.server : $0.client }
    case .connectResult(let id, _): connections[id].map(\.client)
    case .timer(let host, _, _): host
    case .run(let host, _): host
    }
  }

  // MARK: network

  private func isCut(_ from: Int, _ to: Int) -> Bool { cuts.contains(Direction(from: from, to: to)) }
  func canReach(_ from: Int, _ to: Int) -> Bool { !isCut(from, to) && !isCut(to, from) }
  func latency() -> Int64 { Int64.random(in: faults.latency, using: &random) }
  private func latency(_ from: Int, _ to: Int) -> Int64 {
    if !slowLinks.isEmpty, let end = slowLinks[Direction(from: from, to: to)], now < end {
      return Int64.random(in: faults.slowLinkLatency, using: &random)
    }
    return latency()
  }

  func connect(from host: Int, token: Int, to address: String, port: Int) -> Int {
    let id = nextConnection
    nextConnection += 1
    connections[id] = Connection(
      client: host, clientIncarnation: processes[host].incarnation, clientToken: token, server: self.host(at: address) ?? -1, port: port)
    schedule(.arrive(connection: id), after: latency())
    return id
  }

  private func arrive(_ id: Int) {
    guard var connection = connections[id] else { return }
    guard connection.server >= 0 else { return schedule(.connectResult(connection: id, failure: "No route to host"), after: 1) }
    if isCut(connection.client, connection.server) || isCut(connection.server, connection.client) {
      return schedule(.connectResult(connection: id, failure: "Connection timed out"), after: faults.connectTimeout)
    }
    let server = processes[connection.server]
    guard server.isUp, server.port == connection.port else {
      return schedule(.connectResult(connection: id, failure: "Connection refused"), after: latency())
    }
    connection.isAccepted = true
    connection.serverIncarnation = server.incarnation
    connections[id] = connection
    connections[id]?.serverToken = server.accepted(id, from: Self.address(connection.client))
    schedule(.connectResult(connection: id, failure: nil), after: latency())
  }

  func send(_ bytes: [UInt8], on id: Int, fromClient: Bool) { enqueue(.bytes(bytes), on: id, toServer: fromClient) }

  /// This end closes; the other learns of it behind what was sent before.
  func close(_ id: Int, byClient: Bool, reason: String? = nil) {
    guard connections[id] != nil else { return }
    if byClient { connections[id]?.clientIsClosed = true } else { connections[id]?.serverIsClosed = true }
    enqueue(.end(reason: reason), on: id, toServer: byClient)
  }

  func enqueue(_ piece: Piece, on id: Int, toServer: Bool) {
    guard let connection = connections[id] else { return }
    let (from, to) = toServer ? (connection.client, connection.server) : (connection.server, connection.client)
    let arrival = max(now + latency(from, to), toServer ? connection.lastToServer : connection.lastToClient)
    if toServer {
      connections[id]?.toServer.append(piece)
      connections[id]?.lastToServer = arrival
    } else {
      connections[id]?.toClient.append(piece)
      connections[id]?.lastToClient = arrival
    }
    queue.schedule(.deliver(connection: id, toServer: toServer), at: arrival)
  }

  private func deliver(_ id: Int, toServer: Bool) {
    guard let connection = connections[id] else { return }
    let (from, to) = toServer ? (connection.client, connection.server) : (connection.server, connection.client)
    guard to >= 0, from >= 0, !isCut(from, to) else { return }
    guard let piece = toServer ? connection.toServer.first : connection.toClient.first else { return }
    if toServer { connections[id]?.toServer.removeFirst() } else { connections[id]?.toClient.removeFirst() }
    let isClosed = toServer ? connection.serverIsClosed : connection.clientIsClosed
    let incarnation = toServer ? connection.serverIncarnation : connection.clientIncarnation
    let token = toServer ? connection.serverToken : connection.clientToken
    if case .end = piece, toServer ? connection.serverIsClosed : connection.clientIsClosed { connections[id] = nil }
    guard !isClosed, isAlive(to, incarnation) else { return }
    switch piece {
    case .bytes(let bytes): processes[to].received(bytes, on: id, token: token, asServer: toServer)
    case .end(let reason):
      if toServer { connections[id]?.serverIsClosed = true } else { connections[id]?.clientIsClosed = true }
      if let rest = connections[id], rest.serverIsClosed, rest.clientIsClosed, rest.toServer.isEmpty, rest.toClient.isEmpty {
        connections[id] = nil
      }
      processes[to].ended(id, token: token, asServer: toServer, reason: reason)
    }
  }
}

/// What runs on a host.
protocol SimulatedProcess: AnyObject {
  var name: String { get }
  var port: Int { get }
  var isUp: Bool { get }
  /// Counts starts, so that events of an earlier life are told apart.
  var incarnation: Int { get }
  func start()
  func crash()
  func connected(_ connection: Int, token: Int, failure: String?)
  /// A connection came in; the returned token comes back with everything about it.
  func accepted(_ connection: Int, from address: String) -> Int
  func received(_ bytes: [UInt8], on connection: Int, token: Int, asServer: Bool)
  func ended(_ connection: Int, token: Int, asServer: Bool, reason: String?)
  func timer(_ token: Int)
}
