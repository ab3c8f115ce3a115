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
  /// The least window from which the start of an election is drawn. Sentinels see a refused connection at the same instant; without it
  /// all of them would become candidates at the same instant, and nobody would be elected.
  package static let electionJitterMin: Int64 = 100
  /// How long a chosen leader waits for fresh INFO of replicas before it selects one.
  package static let freshInfoWaitMax: Int64 = 1000
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
