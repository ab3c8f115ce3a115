struct LinkID: Hashable, Sendable {
  let rawValue: UInt64
}

/// What a reply on a command connection answers.
struct PendingReply: Hashable, Sendable {
  enum Purpose: Hashable, Sendable {
    /// Only an error is of interest; `what` names the command in the log.
    case unattended(what: String)
    case ping(sentAt: Int64)
    case info
    case hello
    /// `about` is the primary that was asked about: an answer about one that was replaced since says nothing.
    case primaryDown(about: InstanceID)
    /// EXEC of a SLAVEOF transaction.
    case reconfiguration
    case fence(epoch: UInt64)
    case promotion(epoch: UInt64)
    case follow
    /// FAILOVER, to a primary.
    case handover
    /// INFO of another sentinel: whether it is one of our kind.
    case kind
  }
  let purpose: Purpose
  let group: String
  let instance: InstanceID
}

/// The connections to one instance and what was heard over them. Sentinels that watch several primaries share one.
struct InstanceLink: Sendable {
  struct Connection: Sendable {
    let id: SentinelConnectionID
    let since: Int64
    var isEstablished = false
    /// Our own address on this connection, announced in hello messages.
    var localHost = ""
    var pending: [PendingReply] = []
    var isErrorLogged = false
    /// Replies are not held back until a quorum has what they tell of.
    var isUnheld = false
  }

  /// More replies outstanding than this, and nothing periodic is sent.
  static let pendingPeriodicMax = 100
  /// More than this, and nothing is sent at all.
  static let pendingMax = 1000

  /// Names of the groups with an instance on this link, in the order they joined.
  var users: [String]
  var commands: Connection?
  var subscription: Connection?
  var lastCommandsAttempt: Int64?
  var lastSubscriptionAttempt: Int64?
  /// When the oldest ping without an answer was sent, or the connection was lost. It starts as "now", so that an instance that never
  /// answers times out too. nil only while a connection stands and all pings are answered.
  var activePing: Int64?
  var lastPing: Int64?
  var lastAvailable: Int64
  var lastPong: Int64
  var lastSubscriptionActivity: Int64
  /// Whether the sentinel at the other end fails groups over by fencing where it must; nil: it has not said yet.
  var canFence: Bool?
  /// It has answered the question for that, or refused to.
  var hasSaidItsKind = false
  /// Of the latest answered ping, in milliseconds.
  var roundTrip: Int64 = 0

  init(user: String, now: Int64) {
    users = [user]
    activePing = now
    lastAvailable = now
    lastPong = now
    lastSubscriptionActivity = now
  }

  var isUsable: Bool { commands?.isEstablished == true }

  func isDisconnected(role: InstanceRole) -> Bool {
    !isUsable || (role != .sentinel && subscription?.isEstablished != true)
  }

  /// As if new: another instance is at the other end.
  mutating func forgetHistory(now: Int64) {
    lastCommandsAttempt = nil
    lastSubscriptionAttempt = nil
    activePing = now
    lastPing = nil
    lastAvailable = now
    lastPong = now
  }
}
