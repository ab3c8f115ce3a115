internal import NIOConcurrencyHelpers
internal import NIOCore
internal import TernEngine
internal import TernNode

/// What the connections of one event loop have received in one pass of it, executed together.
///
/// NIO reads one ready socket after the other. To execute each read at once would cost a turn of the lock, readings of the clock and cold
/// caches for every one of them. So short reads are copied here, and when the loop has gone through its ready sockets, all are executed
/// in one turn of the lock, their keys asked of the memory ahead (`Engine.execute`); then the replies leave.
///
/// All state is the event loop's.
final class InputBatch: @unchecked Sendable {
  /// A longer read holds enough commands to be worth a turn of its own, and is not copied.
  static let readBytesMax = 8 << 10
  static let bytesMax = 64 << 10
  static let clientsMax = 128

  private unowned(unsafe) let host: NodeHost
  private let loop: any EventLoop
  private let bytes = UnsafeMutableRawPointer.allocate(byteCount: InputBatch.bytesMax, alignment: 64)
  private let inputs = UnsafeMutablePointer<Engine.Input>.allocate(capacity: InputBatch.clientsMax)
  private var clients: [ClientHandler] = []
  private var byteCount = 0
  private var isRunning = false

  init(_ host: NodeHost, _ loop: any EventLoop) {
    self.host = host
    self.loop = loop
    clients.reserveCapacity(InputBatch.clientsMax)
  }

  deinit {
    bytes.deallocate()
    inputs.deallocate()
  }

  /// Takes a copy of what `client` has read, to be executed when the loop's pass is over. False if it is to be executed by itself.
  func add(_ client: ClientHandler, _ read: UnsafeRawBufferPointer) -> Bool {
    guard let base = read.baseAddress, read.count <= InputBatch.readBytesMax, !isRunning, let session = client.session else { return false }
    if byteCount + read.count > InputBatch.bytesMax || clients.count == InputBatch.clientsMax { run() }
    let copy = bytes + byteCount
    copy.copyMemory(from: base, byteCount: read.count)
    // The session lives as long as `clients` holds its connection, which lets go of it only behind `run`.
    (inputs + clients.count).initialize(to: Engine.Input(session, copy, read.count))
    byteCount += read.count
    clients.append(client)
    // Tasks run when the ready sockets have been read.
    if clients.count == 1 { loop.execute(run) }
    return true
  }

  /// Executes what there is. A connection calls it before something that must come behind its input.
  @Sendable func run() {
    guard !clients.isEmpty, !isRunning else { return }
    isRunning = true
    let now = HostClock.wallMilliseconds()
    let core = host.core
    let count = clients.count
    host.lock.lock()
    core.receive(UnsafeMutableBufferPointer(start: inputs, count: count), now: now)
    core.engine.statistics.reads &+= Int64(count)
    for i in 0..<count { clients[i].executed(inputs[i].session, inputs[i], core) }
    let isLogging = core.aof.isOn
    host.leave()
    if isLogging { host.persistence?.logAdvanced() }
    for i in 0..<count { clients[i].executionEnded() }
    clients.removeAll(keepingCapacity: true)
    byteCount = 0
    isRunning = false
  }
}
