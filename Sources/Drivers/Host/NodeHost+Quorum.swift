internal import NIOConcurrencyHelpers
internal import NIOCore
internal import TernNode
internal import TernPersistence
internal import TernReplication

/// Writes the file of promises on a thread of its own: a fence must not wait for a save of the data.
final class QuorumStore: @unchecked Sendable {
  private let lock = NIOLock()
  private var worker: Worker?
  private var isOver = false

  /// False when there is no thread to run it.
  func run(_ body: @escaping @Sendable () -> Void) -> Bool {
    lock.withLock {
      if isOver { return false }
      if worker == nil { worker = Worker() }
      worker?.run(body)
      return worker != nil
    }
  }

  /// Returns when everything that was begun is done.
  func end() {
    let worker = lock.withLock {
      isOver = true
      defer { self.worker = nil }
      return self.worker
    }
    worker?.end()
  }
}

/// `tern-durability quorum` and the disk.
extension NodeHost {
  private var quorumStatePath: String {
    let directory = withCore { $0.configuration.dir.path }
    return FilePaths.join(directory.isEmpty ? "." : directory, QuorumState.fileName)
  }

  /// Takes up what this member has promised. False when it is none. Blocks.
  func startQuorum() throws(StartError) -> Bool {
    guard let member = withCore({ $0.quorum?.configuration.own }) else { return false }
    let path = quorumStatePath
    var stored: [UInt8]?
    do throws(FileSystemError) {
      stored = try fileSystem.contents(of: path, byteCountMax: QuorumState.bytesMax)
    } catch {
      throw StartError("Fatal: the promises of this member can't be read: \(error.reason)", file: path)
    }
    do throws(QuorumState.Malformed) {
      let promise = try stored.map { (bytes) throws(QuorumState.Malformed) in try QuorumState.decode(bytes, member: member) }
      let now = HostClock.wallMilliseconds()
      withCore { $0.startQuorum(promise, now: now) }
    } catch {
      throw StartError(
        "Fatal: the promises of this member can't be understood: \(error). A promise that is forgotten may be broken: restore the file, or "
          + "remove it together with the data, and let the node come back as a new one", file: path)
    }
    return true
  }

  /// On the main loop.
  func storeQuorumState(_ bytes: [UInt8]) {
    let path = quorumStatePath
    let isBegun = quorumStore.run { [self] in
      let failure = writeQuorumState(bytes, path)
      let now = HostClock.wallMilliseconds()
      withCore { $0.quorumStateStored(failure: failure, now: now) }
    }
    guard !isBegun else { return }
    let now = HostClock.wallMilliseconds()
    withCore { $0.quorumStateStored(failure: "the node is ending", now: now) }
  }

  /// The reason of a failure. What might not survive a power loss has not been promised.
  private func writeQuorumState(_ bytes: [UInt8], _ path: String) -> String? {
    do throws(FileSystemError) {
      return try fileSystem.replaceContents(of: path, with: bytes, temporary: path + ".tmp")?.description
    } catch {
      return error.description
    }
  }

  /// All files are written and synced: if nothing that was acknowledged is missing in them, that is noted, and the next start is trusted.
  func endQuorum() {
    quorumStore.end()
    let now = HostClock.wallMilliseconds()
    guard let bytes = withCore({ $0.quorumEnd(now: now) }) else { return }
    if let failure = writeQuorumState(bytes, quorumStatePath) { log(.warning, "The clean end can't be noted: \(failure)") }
  }
}
