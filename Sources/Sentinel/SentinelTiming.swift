/// The periods and timeouts that SENTINEL DEBUG shows and changes, all in milliseconds, with redis-sentinel's defaults.
package struct SentinelTiming: Hashable, Sendable {
  package var infoPeriod: Int64 = 10_000
  package var pingPeriod: Int64 = 1000
  package var askPeriod: Int64 = 1000
  package var publishPeriod: Int64 = 2000
  package var defaultDownAfter: Int64 = 30_000
  package var defaultFailoverTimeout: Int64 = 180_000
  package var tiltTrigger: Int64 = 2000
  package var tiltPeriod: Int64 = 30_000
  package var replicaReconfigurationTimeout: Int64 = 10_000
  package var minLinkReconnectPeriod: Int64 = 15_000
  package var electionTimeout: Int64 = 10_000
  package var scriptMaxRuntime: Int64 = 60_000
  package var scriptRetryDelay: Int64 = 30_000

  /// Replicas of a primary in trouble are asked for INFO this often.
  package static let urgentInfoPeriod: Int64 = 1000
  /// Added at random to the time of a failover attempt, so that sentinels that lost an election together do not return together.
  package static let desynchronizationMax: Int64 = 1000
  /// Sentinels see a refused connection at the same instant. If all of them became candidates at once, each would vote for itself, and nobody
  /// be elected: so they go one after the other, by their ids, this far apart at least, and who has been asked for a vote does not stand.
  package static let electionStep: Int64 = 50
  /// How long a chosen leader waits for fresh INFO of replicas before it selects one.
  package static let freshInfoWaitMax: Int64 = 1000
  /// How long others may still answer a fence when enough have.
  package static let fenceGrace: Int64 = 50
  /// The least time for a round of fencing.
  package static let fenceTimeoutMin: Int64 = 2000
  /// Between two orders to a member to follow the leader: each one cuts the link that the one before has begun.
  package static let followPeriod: Int64 = 3000
  /// How long writes under way get to be acknowledged before their leader is fenced at its own wish or the operator's.
  package static let plannedFenceDelay: Int64 = 10
  /// How long a leader that is up has for its answer before the others are asked.
  static let leaderFirstWait: Int64 = 300
  /// How long writes are held back at most for a planned fence.
  package static let plannedFencePause: Int64 = 1500
  /// How soon a round of fencing that failed is followed by another, at least and in addition at random.
  package static let fenceRetryPeriod: Int64 = 500
  /// How long a sentinel that voted for another leaves that one in peace, in a group that is fenced.
  package static let fencePatience: Int64 = 5000
  /// How long a primary may hold back writes for its replica to catch up in a planned failover.
  package static let handoverPause: Int64 = 500
  /// The same of a redis-server, which learns how far its replica is only once a second.
  package static let redisHandoverPause: Int64 = 2500
  /// Between two looks at a handover.
  package static let handoverPeriod: Int64 = 10
  /// A primary that wanted a successor and still lives after this has changed its mind.
  package static let resignationValidity: Int64 = 3000
  /// How soon a configuration that could not be saved is tried again.
  package static let persistRetryPeriod: Int64 = 1000
  /// A name is looked up again when its address was needed and is older than this.
  package static let nameValidity: Int64 = 30_000
  /// No time is accepted above this (35 years), so that sums of times cannot overflow.
  package static let longest: Int64 = 1 << 40

  package init() {}

  /// In the order in which SENTINEL DEBUG lists them.
  static let names: [(name: String, path: any WritableKeyPath<SentinelTiming, Int64> & Sendable)] = [
    ("INFO-PERIOD", \.infoPeriod), ("PING-PERIOD", \.pingPeriod), ("ASK-PERIOD", \.askPeriod), ("PUBLISH-PERIOD", \.publishPeriod),
    ("DEFAULT-DOWN-AFTER", \.defaultDownAfter), ("DEFAULT-FAILOVER-TIMEOUT", \.defaultFailoverTimeout), ("TILT-TRIGGER", \.tiltTrigger),
    ("TILT-PERIOD", \.tiltPeriod), ("SLAVE-RECONF-TIMEOUT", \.replicaReconfigurationTimeout),
    ("MIN-LINK-RECONNECT-PERIOD", \.minLinkReconnectPeriod), ("ELECTION-TIMEOUT", \.electionTimeout),
    ("SCRIPT-MAX-RUNTIME", \.scriptMaxRuntime), ("SCRIPT-RETRY-DELAY", \.scriptRetryDelay),
  ]
}

/// SplitMix64: small, fast, and the same on every platform for a seed.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64
  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// 40 characters, the form of run ids and sentinel ids.
  package mutating func hexID() -> String {
    var text = ""
    while text.utf8.count < 40 {
      let part = String(next(), radix: 16)
      text += String(repeating: "0", count: 16 - part.utf8.count) + part
    }
    return String(text.prefix(40))
  }

  /// Uniform enough in `0..<bound`; 0 for bounds below 1.
  mutating func below(_ bound: Int64) -> Int64 { bound > 0 ? Int64(next() % UInt64(bound)) : 0 }
}
