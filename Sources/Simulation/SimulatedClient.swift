internal import TernEngine
internal import TernNode

/// A client that asks the sentinels for the primary, increments a counter of its own, and remembers what was acknowledged.
package final class SimulatedClient: SimulatedProcess {
  package let host: Int
  package let name: String
  package let port = 0
  package private(set) var isUp = false
  package private(set) var incarnation = 0
  /// The highest value that the server confirmed.
  package private(set) var acknowledged: Int64 = 0
  package private(set) var acknowledgements = 0
  /// Requests without an answer: each may have been executed or not.
  package private(set) var unknown = 0
  /// Ends the workload after the request under way.
  package var isStopped = false
  private unowned let world: World
  private let period: Int64
  private var connection: Int?
  private var parser = RESPReplyParser()
  private var isWaiting = false
  private var isConnected = false
  private var request = 0

  package var key: String { "counter:\(name)" }

  init(_ world: World, host: Int, name: String, period: Int64) {
    self.world = world
    self.host = host
    self.name = name
    self.period = period
  }

  func start() {
    incarnation += 1
    isUp = true
    world.startTimer(host, token: 0, after: 1)
  }

  func crash() { isUp = false }

  /// Token 0 is the pace; any other is the timeout of the request of that number.
  func timer(_ token: Int) {
    if token != 0 {
      if isWaiting, token == request { giveUp() }
      return
    }
    world.startTimer(host, token: 0, after: period)
    guard !isStopped, !isWaiting else { return }
    guard let connection else { return findPrimary() }
    guard isConnected else { return }
    isWaiting = true
    request += 1
    world.send(RESPCommand.encode("INCR", key), on: connection, fromClient: true)
    world.startTimer(host, token: request, after: 1_000)
  }

  private func findPrimary() {
    let sentinels = world.sentinels.filter(\.isUp)
    guard let sentinel = sentinels.randomElement(using: &world.random), let address = sentinel.primaryAddress else { return }
    parser = RESPReplyParser()
    isConnected = false
    connection = world.connect(from: host, token: 0, to: address.host, port: address.port)
  }

  private func giveUp() {
    if isWaiting { unknown += 1 }
    isWaiting = false
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
    while let value = try? parser.next() {
      isWaiting = false
      if case .integer(let count) = value {
        acknowledged = max(acknowledged, count)
        acknowledgements += 1
      } else {
        // READONLY, LOADING …: not executed.
        world.close(connection, byClient: true)
        self.connection = nil
        return
      }
    }
  }

  func ended(_ connection: Int, token: Int, asServer: Bool, reason: String?) {
    guard connection == self.connection else { return }
    giveUp()
  }
}
