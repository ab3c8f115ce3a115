internal import TernEngine
internal import TernNode

/// A client that asks the sentinels for the primary, does what a `Workload` says, one operation at a time, and writes down in the world's
/// history what it was told.
package final class WorkloadClient: SimulatedProcess {
  package let host: Int
  package let name: String
  package let port = 0
  package private(set) var isUp = false
  package private(set) var incarnation = 0
  /// Ends the workload behind the operation under way.
  package var isStopped = false
  /// Clients that stay with a primary that they once found, whatever the sentinels say by now: those of the classic partition experiment.
  package var staysWithPrimary = false
  private let isReader: Bool
  private unowned let world: World
  private let workload: Workload
  private var connection: Int?
  private var isConnected = false
  private var parser = RESPReplyParser()
  private var open: (operation: Int, action: KeyAction, replies: Int)?
  private var received: [RESPValue] = []
  private var request = 0
  private var written = 0
  private var lastPrimary: (host: String, port: Int)?

  init(_ world: World, host: Int, name: String, isReader: Bool, workload: Workload) {
    self.world = world
    self.host = host
    self.name = name
    self.isReader = isReader
    self.workload = workload
  }

  func start() {
    incarnation += 1
    isUp = true
    world.startTimer(host, token: 0, after: 1)
  }

  func crash() { isUp = false }

  package var isIdle: Bool { open == nil }

  /// Token 0 is the pace; any other is the timeout of the request of that number.
  func timer(_ token: Int) {
    guard token == 0 else {
      if open != nil, token == request { giveUp() }
      return
    }
    world.startTimer(host, token: 0, after: Int64.random(in: 1...max(1, workload.period * 2), using: &world.random))
    guard !isStopped, open == nil else { return }
    guard let connection else { return findPrimary() }
    guard isConnected, let kind = workload.kinds.randomElement(using: &world.random) else { return }
    written += 1
    let key = workload.key(kind, at: world.now, using: &world.random)
    let action = workload.action(kind, value: "\(name)-\(written)", isReader: isReader, using: &world.random)
    let (bytes, replies) = Workload.encode(action, key)
    open = (world.history.invoke(action, on: key, by: name, at: world.now), action, replies)
    received = []
    request += 1
    world.send(bytes, on: connection, fromClient: true)
    world.startTimer(host, token: request, after: workload.timeout)
  }

  private func findPrimary() {
    var address = staysWithPrimary ? lastPrimary : nil
    if address == nil {
      let sentinels = world.sentinels.filter { $0.isUp && world.canReach(host, $0.host) }
      address = sentinels.randomElement(using: &world.random)?.primaryAddress
    }
    guard let address else { return }
    lastPrimary = address
    parser = RESPReplyParser()
    isConnected = false
    connection = world.connect(from: host, token: 0, to: address.host, port: address.port)
  }

  private func giveUp() {
    open = nil
    if let connection { world.close(connection, byClient: true) }
    connection = nil
  }

  func connected(_ connection: Int, token: Int, failure: String?) {
    guard connection == self.connection else { return }
    if failure != nil { self.connection = nil } else { isConnected = true }
  }

  func accepted(_ connection: Int, from address: String) -> Int { 0 }

  func received(_ bytes: [UInt8], on connection: Int, token: Int, asServer: Bool) {
    guard connection == self.connection else { return }
    parser.append(bytes)
    while let open, let value = try? parser.next() {
      received.append(value)
      guard received.count == open.replies else { continue }
      self.open = nil
      switch Workload.decode(received, of: open.action) {
      case .result(let result): world.history.complete(open.operation, result, at: world.now)
      case .refused:
        world.history.refuse(open.operation, at: world.now)
        giveUp()
      case .unknown: giveUp()
      }
    }
  }

  func ended(_ connection: Int, token: Int, asServer: Bool, reason: String?) {
    guard connection == self.connection else { return }
    giveUp()
  }
}

extension World {
  /// Adds clients that do `workload`; they start at once.
  package func startWorkload(clients: Int, _ workload: Workload = Workload()) {
    for i in 0..<clients {
      let isReader = i < workload.readers
      let name = isReader ? "reader-\(i)" : "writer-\(i)"
      let client = WorkloadClient(self, host: processes.count, name: name, isReader: isReader, workload: workload)
      processes.append(client)
      client.start()
    }
  }

  package var workloadClients: [WorkloadClient] { processes.compactMap { $0 as? WorkloadClient } }

  /// Stops the clients, lets what is under way end, and reads every key of the history once, at `node`: what acknowledged writes are held
  /// against. The reads become part of the history.
  package func concludeHistory(at node: SimulatedNode) -> [String: KeyState] {
    for client in workloadClients { client.isStopped = true }
    _ = run(for: 5_000) { $0.workloadClients.allSatisfy(\.isIdle) }
    var states: [String: KeyState] = [:]
    for (key, _) in history.byKey {
      guard let kind = Workload.kind(of: key) else { continue }
      let action = Workload.reading(kind)
      let (bytes, count) = Workload.encode(action, key)
      let operation = history.invoke(action, on: key, by: "reader", at: now)
      guard let replies = node.ask(bytes, replies: count), case .result(let result) = Workload.decode(replies, of: action) else { continue }
      history.complete(operation, result, at: now)
      states[key] =
        switch (kind, result) {
        case (.counter, .text(let text)): text.flatMap { Int64($0) }.map { .number($0) } ?? .nothing
        case (.pair, .texts(let both)): .number(both.compactMap { Int64($0) }.min() ?? 0)
        case (_, .text(let text)): text.map { .text($0) } ?? .nothing
        case (_, .set(let members)): members.isEmpty ? .nothing : .set(members)
        case (_, .texts(let elements)): elements.isEmpty ? .nothing : .list(elements)
        default: .nothing
        }
    }
    return states
  }
}
