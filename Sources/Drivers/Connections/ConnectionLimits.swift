internal import Synchronization
internal import TernNode

/// Settings that connections look at without the lock.
final class ConnectionLimits: Sendable {
  private let queryBytesValue: Atomic<Int>
  private let keepaliveSecondsValue: Atomic<Int>
  private let replica = Atomic(false)
  private let level: Atomic<Int>

  init(_ configuration: Configuration) {
    queryBytesValue = Atomic(0)
    keepaliveSecondsValue = Atomic(0)
    level = Atomic(0)
    adopt(configuration)
  }

  func adopt(_ configuration: Configuration) {
    // A ByteBuffer ends at 4 GB; half of that leaves room for the doubling.
    queryBytesValue.store(min(configuration.clientQueryBufferLimit, 1 << 31), ordering: .relaxed)
    keepaliveSecondsValue.store(configuration.tcpKeepalive, ordering: .relaxed)
    level.store(LogLevel.allCases.firstIndex(of: configuration.loglevel) ?? 0, ordering: .relaxed)
  }

  var queryBytes: Int { queryBytesValue.load(ordering: .relaxed) }
  var keepaliveSeconds: Int { keepaliveSecondsValue.load(ordering: .relaxed) }

  var isReplica: Bool {
    get { replica.load(ordering: .relaxed) }
    set { replica.store(newValue, ordering: .relaxed) }
  }

  var logLevel: LogLevel { LogLevel.allCases[level.load(ordering: .relaxed)] }
}
