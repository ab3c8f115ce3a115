internal import NIOConcurrencyHelpers

/// Items on their way from one thread to another, in order, and never more than `capacity` of them: whoever is ahead waits.
final class LoadPipe<Item: Sendable>: @unchecked Sendable {
  private let capacity: Int
  private let lock = NIOLock()
  // Guarded by `lock`.
  private var items: [Item] = []
  private var isClosed = false
  private var putterWaits = false
  private var takerWaits = false
  private let mayPut = LoadSemaphore()
  private let mayTake = LoadSemaphore()

  init(capacity: Int) { self.capacity = max(1, capacity) }

  /// False: nobody takes any more.
  func put(_ item: Item) -> Bool {
    while true {
      lock.lock()
      if isClosed {
        lock.unlock()
        return false
      }
      if items.count < capacity {
        items.append(item)
        let wakes = takerWaits
        takerWaits = false
        lock.unlock()
        if wakes { mayTake.signal() }
        return true
      }
      putterWaits = true
      lock.unlock()
      mayPut.wait()
    }
  }

  /// nil: closed, and nothing is left.
  func take() -> Item? {
    while true {
      lock.lock()
      if !items.isEmpty {
        let item = items.removeFirst()
        let wakes = putterWaits
        putterWaits = false
        lock.unlock()
        if wakes { mayPut.signal() }
        return item
      }
      if isClosed {
        lock.unlock()
        return nil
      }
      takerWaits = true
      lock.unlock()
      mayTake.wait()
    }
  }

  /// Waits for `semaphore`, whose sender closes this pipe when it gives up. False: it has given up.
  func waitUnlessClosed(_ semaphore: LoadSemaphore) -> Bool {
    while !semaphore.wait(milliseconds: 100) {
      if lock.withLock({ isClosed }) { return false }
    }
    return true
  }

  /// No more is put. What is in it can still be taken.
  func close() {
    lock.lock()
    isClosed = true
    lock.unlock()
    mayTake.signal()
    mayPut.signal()
  }
}

/// A signal that one thread waits for; one that came before the wait counts.
final class LoadSemaphore: @unchecked Sendable {
  private let condition = ConditionLock(value: false)

  func signal() {
    condition.lock()
    condition.unlock(withValue: true)
  }

  func wait() {
    condition.lock(whenValue: true)
    condition.unlock(withValue: false)
  }

  func wait(milliseconds: Double) -> Bool {
    guard condition.lock(whenValue: true, timeoutSeconds: milliseconds / 1000) else { return false }
    condition.unlock(withValue: false)
    return true
  }
}

/// A thread that reads and decodes ahead of the one that fills the tables. Batches go round: empty ones to the reader, full ones back, so
/// that no more memory is in use than theirs, however large the file is.
final class LoadAhead<Item: Sendable>: @unchecked Sendable {
  private let pipe: LoadPipe<Item>
  private var thread: BackgroundThread?

  /// - Parameter body: hands over what it has read by the function that it gets, and ends when that answers false.
  init?(capacity: Int = 8, _ body: @escaping @Sendable (_ put: (Item) -> Bool) -> Void) {
    let pipe = LoadPipe<Item>(capacity: capacity)
    self.pipe = pipe
    thread = BackgroundThread {
      body { pipe.put($0) }
      pipe.close()
    }
    if thread == nil { return nil }
  }

  /// nil at the end.
  func next() -> Item? { pipe.take() }

  /// Ends the reading, and waits for the end of the thread. To be called once.
  func stop() {
    pipe.close()
    thread?.join()
    thread = nil
  }
}
