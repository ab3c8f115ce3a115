/// What a session that is blocked on keys waits for: BLPOP, BZPOPMIN, XREAD … and their like of the typed API.
///
/// It ends in one of the ways of `Outcome`, once. Until then the session has the gate `blocked`, and `session.blocked` is `.keys` of this.
package final class KeyWait: @unchecked Sendable {
  /// One more try, at the end of the unit that made `ready` ready: does what the command does when it need not wait (at `ready`, and no
  /// other key), writes the reply, and returns true; or changes and writes nothing, and returns false, to wait on. What it throws ends the
  /// wait with that error.
  package typealias Attempt = (_ ready: KeyView) throws(CommandError) -> Bool

  package enum Outcome: Sendable {
    case served
    case timedOut
    case failed(CommandError)
    /// The session was closed, or is about to be (CLIENT KILL).
    case closed
  }

  /// The engine's `sessions` owns it; closing the session ends this.
  unowned let session: Session
  /// The command that waits; nil for the typed API.
  let command: UnsafeMutablePointer<CommandRecord>?
  let type: ValueType
  /// Tries again also when a key is removed or becomes one of another type (XREADGROUP has errors for that).
  let wakesOnRemoval: Bool
  /// Ms since 1970; nil: for ever.
  package let deadline: Int64?
  let attempt: Attempt
  /// Told the outcome, under the node's lock; then nothing is written to the session's reply (the typed API, which has no socket).
  let completion: ((Outcome) -> Void)?
  /// Each key once.
  fileprivate(set) var queues: [WaitQueue] = []
  fileprivate(set) var isOver = false
  fileprivate var heapIndex = -1
  /// Waits in the order in which they began.
  fileprivate var ticket: UInt64 = 0

  init(
    _ session: Session, command: UnsafeMutablePointer<CommandRecord>?, type: ValueType, wakesOnRemoval: Bool, deadline: Int64?,
    attempt: @escaping Attempt, completion: ((Outcome) -> Void)?
  ) {
    self.session = session
    self.command = command
    self.type = type
    self.wakesOnRemoval = wakesOnRemoval
    self.deadline = deadline
    self.attempt = attempt
    self.completion = completion
  }
}

/// Who waits for one key, first come first.
final class WaitQueue {
  let database: Int
  let key: [UInt8]
  let hash: UInt64
  /// Waits that are over stay until they are many, so that the end of one of ten thousand costs no walk over them all.
  private(set) var waits: [KeyWait] = []
  private(set) var head = 0
  private(set) var liveCount = 0
  private var wantedTypes: UInt8 = 0
  private(set) var wakesOnRemoval = false
  /// On the list of ready keys.
  var isReady = false
  /// Another queue of the same hash.
  var next: WaitQueue?

  init(database: Int, key: KeyView) {
    self.database = database
    self.key = key.copy
    hash = key.hash
  }

  func isOf(_ key: KeyView, in database: Int) -> Bool {
    self.database == database && hash == key.hash && self.key.withUnsafeBytes { $0.elementsEqual(key.buffer) }
  }

  func wants(_ type: ValueType) -> Bool { wantedTypes & (1 << type.rawValue) != 0 }

  var firstTicket: UInt64 { waits[head...].first { !$0.isOver }?.ticket ?? .max }

  fileprivate func append(_ wait: KeyWait) {
    waits.append(wait)
    liveCount += 1
    wantedTypes |= 1 << wait.type.rawValue
    if wait.wakesOnRemoval { wakesOnRemoval = true }
  }

  fileprivate func noteEnd() {
    liveCount -= 1
    while head < waits.count, waits[head].isOver { head += 1 }
    guard waits.count > 32, waits.count > liveCount * 2 else { return }
    waits = waits[head...].filter { !$0.isOver }
    head = 0
  }

  func withKeyView(_ body: (KeyView) -> Void) {
    key.withUnsafeBytes { body(KeyView(bytes: $0.baseAddress ?? emptyBytes, count: $0.count, hash: hash)) }
  }
}

/// The sessions that are blocked on keys, by key and by deadline.
package struct BlockedKeys {
  private var queues: [UInt64: WaitQueue] = [:]
  /// A binary heap by deadline, then by the order of waiting.
  private var heap: [KeyWait] = []
  private var nextTicket: UInt64 = 0
  /// Queues with waits that wake when their key goes away; while 0, removals look nothing up.
  fileprivate(set) var removalQueues = 0
  package private(set) var waitCount = 0
  package private(set) var keyCount = 0
  /// In the order in which they became ready.
  var ready: [WaitQueue] = []
  var isServing = false

  package var timedCount: Int { heap.count }
  package var nextDeadline: Int64? { heap.first?.deadline }

  private static func slot(_ hash: UInt64, _ database: Int) -> UInt64 {
    hash ^ (UInt64(truncatingIfNeeded: database) &* 0x9e37_79b9_7f4a_7c15)
  }

  @inline(__always)
  func queue(_ key: KeyView, in database: Int) -> WaitQueue? {
    var queue = queues[Self.slot(key.hash, database)]
    while let candidate = queue, !candidate.isOf(key, in: database) { queue = candidate.next }
    return queue
  }

  /// In the order in which the first of each began to wait.
  func queues(inDatabases databases: Set<Int>) -> [WaitQueue] {
    var found: [WaitQueue] = []
    for first in queues.values {
      var queue: WaitQueue? = first
      while let candidate = queue {
        if databases.contains(candidate.database) { found.append(candidate) }
        queue = candidate.next
      }
    }
    return found.sorted { $0.firstTicket < $1.firstTicket }
  }

  mutating func add(_ wait: KeyWait, on keys: [KeyView], in database: Int) {
    wait.ticket = nextTicket
    nextTicket += 1
    waitCount += 1
    for key in keys {
      let queue = queue(key, in: database) ?? newQueue(key, in: database)
      // The same key twice: this wait stands at the queue's end then. A search among thousands of keys would be a stall.
      if queue.waits.last === wait { continue }
      let hadRemovals = queue.wakesOnRemoval
      queue.append(wait)
      if queue.wakesOnRemoval, !hadRemovals { removalQueues += 1 }
      wait.queues.append(queue)
    }
    guard wait.deadline != nil else { return }
    wait.heapIndex = heap.count
    heap.append(wait)
    siftUp(wait.heapIndex)
  }

  private mutating func newQueue(_ key: KeyView, in database: Int) -> WaitQueue {
    let queue = WaitQueue(database: database, key: key)
    let slot = Self.slot(key.hash, database)
    queue.next = queues[slot]
    queues[slot] = queue
    keyCount += 1
    return queue
  }

  mutating func remove(_ wait: KeyWait) {
    guard !wait.isOver else { return }
    wait.isOver = true
    waitCount -= 1
    for queue in wait.queues {
      queue.noteEnd()
      if queue.liveCount == 0 { remove(queue) }
    }
    wait.queues = []
    if wait.heapIndex >= 0 { removeFromHeap(wait.heapIndex) }
  }

  private mutating func remove(_ queue: WaitQueue) {
    let slot = Self.slot(queue.hash, queue.database)
    keyCount -= 1
    if queue.wakesOnRemoval { removalQueues -= 1 }
    guard let first = queues[slot] else { return }
    if first === queue {
      queues[slot] = queue.next
      return
    }
    var before = first
    while let after = before.next, after !== queue { before = after }
    before.next = queue.next
  }

  // MARK: deadlines

  /// The wait whose time is over first, if its time is over.
  func due(at now: Int64) -> KeyWait? {
    guard let first = heap.first, let deadline = first.deadline, deadline <= now else { return nil }
    return first
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    let (x, y) = (heap[a].deadline ?? .max, heap[b].deadline ?? .max)
    return x != y ? x < y : heap[a].ticket < heap[b].ticket
  }

  private mutating func swapAt(_ a: Int, _ b: Int) {
    heap.swapAt(a, b)
    heap[a].heapIndex = a
    heap[b].heapIndex = b
  }

  private mutating func siftUp(_ index: Int) {
    var index = index
    while index > 0, precedes(index, (index - 1) / 2) {
      swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func siftDown(_ index: Int) {
    var index = index
    while true {
      var least = index
      for child in [index * 2 + 1, index * 2 + 2] where child < heap.count && precedes(child, least) { least = child }
      if least == index { return }
      swapAt(index, least)
      index = least
    }
  }

  private mutating func removeFromHeap(_ index: Int) {
    heap[index].heapIndex = -1
    let last = heap.removeLast()
    guard index < heap.count else { return }
    heap[index] = last
    last.heapIndex = index
    siftUp(index)
    siftDown(last.heapIndex)
  }
}
