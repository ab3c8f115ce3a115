internal import NIOConcurrencyHelpers
internal import NIOCore
package import TernEngine
package import TernNode

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The thread that a call comes on.
package enum HostThread {
  /// Never 0.
  @inline(__always)
  package static var current: UInt {
    #if canImport(Darwin)
      UInt(bitPattern: pthread_self())
    #else
      UInt(pthread_self())
    #endif
  }
}

/// What the program that hosts this node asks of it, from its own threads.
///
/// `enterCore` and `exitCore` are two calls instead of one with a closure, as a closure would cross modules unspecialised: that costs more
/// than the rest of a GET.
extension NodeHost {
  /// Takes the lock. What follows must not block; `exitCore` ends it on the same thread.
  package func enterCore() -> NodeCore {
    lock.lock()
    return core
  }

  package func exitCore() { leave() }

  /// Whether a command changes the keyspace, or is passed on to replicas. Looks at what never changes, without the lock.
  package func writes(_ arguments: UnsafeBufferPointer<ArgumentView>) -> Bool {
    guard let record = try? core.engine.hostCommand(arguments) else { return false }
    return record.pointee.flags.isHostWrite
  }

  /// Whether a command that the host program sends changes something, and whether it may wait. Without the lock, as `writes`.
  ///
  /// - Throws: what is wrong with it.
  package func traits(_ arguments: UnsafeBufferPointer<ArgumentView>) throws(CommandError) -> (writes: Bool, waits: Bool) {
    let flags = try core.engine.hostCommand(arguments).pointee.flags
    return (flags.isHostWrite, flags.contains(.blocking))
  }

  /// Calls `body` under the lock now, and ten times a second until `removeTick`. It must be quick, and call nothing of the host.
  package func onTick(_ body: @escaping @Sendable (NodeCore) -> Void) -> Int {
    lock.withLock {
      nextTickHandler += 1
      tickHandlers[nextTickHandler] = body
      body(core)
      return nextTickHandler
    }
  }

  package func removeTick(_ id: Int) {
    guard !listenLock.withLock({ hasStopped }) else { return }
    mainLoop.execute { self.lock.withLock { _ = self.tickHandlers.removeValue(forKey: id) } }
  }

  /// What never changes of it: names and specs.
  package var commandTable: CommandTable { core.engine.table }

  /// Does something under the lock, soon: for callers who may hold it.
  package func soon(_ body: @escaping @Sendable (NodeCore) -> Void) {
    guard !listenLock.withLock({ hasStopped }) else { return }
    mainLoop.execute { self.withCore(body) }
  }

  /// A deadline may have come nearer.
  package func deadlineChanged() { checkDeadline() }

  /// Lets go of a snapshot, soon, on the main loop: the caller may hold the lock.
  package func releaseSoon(_ snapshot: Snapshot) {
    // Behind the end of the host nobody writes any more, and the snapshot's memory goes with the heap.
    guard !listenLock.withLock({ hasStopped }) else { return }
    mainLoop.execute { self.withCore { $0.engine.release(snapshot) } }
  }
}
