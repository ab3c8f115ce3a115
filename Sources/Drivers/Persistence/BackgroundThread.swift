internal import NIOConcurrencyHelpers

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A thread of the node's own: file calls block for as long as the disk likes, which no event loop and no shared pool should wait for.
final class BackgroundThread: @unchecked Sendable {
  private final class Body {
    let run: @Sendable () -> Void
    let yields: Bool
    init(_ run: @escaping @Sendable () -> Void, yields: Bool) {
      self.run = run
      self.yields = yields
    }
    func callAsFunction() {
      #if canImport(Glibc)
        // Of this thread alone, on Linux. A client that waits is served before the next piece of a snapshot is written.
        if yields { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }
      #endif
      run()
    }
  }

  private let thread: pthread_t

  /// nil when the system has no more threads.
  ///
  /// - Parameter yields: the processors are the others' first, while they have something to do
  init?(yields: Bool = false, _ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(Body(run, yields: yields))
    #if canImport(Darwin)
      var created: pthread_t?
      let code = pthread_create(
        &created, nil,
        { context in
          Unmanaged<Body>.fromOpaque(context).takeRetainedValue()()
          return nil
        }, body.toOpaque())
      guard code == 0, let created else {
        body.release()
        return nil
      }
    #else
      var created = pthread_t()
      let code = pthread_create(
        &created, nil,
        { context in
          if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue()() }
          return nil
        }, body.toOpaque())
      guard code == 0 else {
        body.release()
        return nil
      }
    #endif
    thread = created
  }

  /// Waits for its end. To be called once.
  func join() { pthread_join(thread, nil) }
}

/// Messages to a thread, in the order in which they were posted.
final class Mailbox<Message: Sendable>: @unchecked Sendable {
  /// True while there are messages.
  private let condition = ConditionLock(value: false)
  private var messages: [Message] = []

  func post(_ message: Message) {
    condition.lock()
    messages.append(message)
    condition.unlock(withValue: true)
  }

  /// What is there.
  func take() -> [Message] {
    condition.lock()
    let taken = messages
    messages = []
    condition.unlock(withValue: false)
    return taken
  }

  /// Waits for messages, at most so long; nil: for ever.
  func wait(milliseconds: Int64?) -> [Message] {
    if let milliseconds {
      guard condition.lock(whenValue: true, timeoutSeconds: Double(max(0, milliseconds)) / 1000) else { return [] }
    } else {
      condition.lock(whenValue: true)
    }
    let taken = messages
    messages = []
    condition.unlock(withValue: false)
    return taken
  }
}

/// The outcome of something that another thread does.
final class Outcome<Value: Sendable>: @unchecked Sendable {
  private let condition = ConditionLock(value: false)
  private var value: Value?

  func set(_ value: Value) {
    condition.lock()
    self.value = value
    condition.unlock(withValue: true)
  }

  /// nil: not yet.
  var poll: Value? {
    condition.lock()
    defer { condition.unlock() }
    return value
  }

  func wait() -> Value {
    while true {
      condition.lock(whenValue: true)
      let value = value
      condition.unlock()
      if let value { return value }
    }
  }
}

/// A thread that does one thing after the other. Or none, if it is stepped: then somebody calls `step`.
final class Worker: @unchecked Sendable {
  private enum Message: Sendable {
    case run(@Sendable () -> Void)
    case end
  }

  private let mailbox: Mailbox<Message>
  private let thread: BackgroundThread?
  private var waiting: [@Sendable () -> Void] = []

  init?(isStepped: Bool = false, yields: Bool = false) {
    let mailbox = Mailbox<Message>()
    if isStepped {
      self.mailbox = mailbox
      thread = nil
      return
    }
    let thread = BackgroundThread(yields: yields) {
      while true {
        for message in mailbox.wait(milliseconds: nil) {
          switch message {
          case .run(let body): body()
          case .end: return
          }
        }
      }
    }
    guard let thread else { return nil }
    self.mailbox = mailbox
    self.thread = thread
  }

  func run(_ body: @escaping @Sendable () -> Void) {
    if thread == nil { waiting.append(body) } else { mailbox.post(.run(body)) }
  }

  /// Stepped: does the oldest thing. False when there is none.
  func step() -> Bool {
    guard !waiting.isEmpty else { return false }
    waiting.removeFirst()()
    return true
  }

  /// To be called before waiting for the outcome of something that was posted: nobody else would do it if this is stepped.
  func settle() { while step() {} }

  /// Returns when everything that was posted is done. To be called once, and nothing is to be posted afterwards.
  func end() {
    settle()
    mailbox.post(.end)
    thread?.join()
  }
}
