import SampleSupport
import Testing

@Suite struct CounterLedgerTests {
  private let start = ContinuousClock.now
  private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

  @Test func `steady increments lose nothing and know no outage`() {
    var ledger = CounterLedger()
    ledger.started(at: 10, now: at(0))
    for number in 1...5 { ledger.acknowledged(Int64(10 + number), now: at(number * 10)) }
    ledger.read(15)
    #expect(ledger.acknowledged == 5)
    #expect(ledger.lost == 0 && ledger.byOthers == 0 && ledger.unknown == 0)
    #expect(ledger.outages.isEmpty)
    #expect(ledger.longestGap == .milliseconds(10))
  }

  @Test func `a lower value after a failover means lost increments`() {
    var ledger = CounterLedger()
    ledger.started(at: 0, now: at(0))
    for number in 1...100 { ledger.acknowledged(Int64(number), now: at(number)) }
    ledger.refused("closed", now: at(200))
    let outage = ledger.acknowledged(91, now: at(300))
    #expect(ledger.lost == 10)
    #expect(outage?.duration == .milliseconds(200))
    #expect(outage?.reason == "closed")
    // Those that follow are counted from there.
    ledger.acknowledged(92, now: at(310))
    #expect(ledger.lost == 10)
  }

  @Test(arguments: [(11, 0), (12, 1), (13, 2)])
  func `an increment in doubt may or may not have been applied`(value: Int64, applied: Int) {
    var ledger = CounterLedger()
    ledger.started(at: 9, now: at(0))
    ledger.acknowledged(10, now: at(1))
    ledger.unknown("timeout", now: at(2))
    ledger.unknown("timeout", now: at(3))
    ledger.acknowledged(value, now: at(4))
    #expect(ledger.lost == 0 && ledger.byOthers == 0)
    #expect(ledger.unknown == 2)
    #expect(ledger.unknownApplied == applied)
  }

  @Test func `what exceeds all own increments is by others`() {
    var ledger = CounterLedger()
    ledger.started(at: 0, now: at(0))
    ledger.unknown("timeout", now: at(1))
    ledger.acknowledged(5, now: at(2))
    #expect(ledger.unknownApplied == 1)
    #expect(ledger.byOthers == 3)
    #expect(ledger.lost == 0)
  }

  @Test func `a loss behind the last acknowledgement shows when the value is read`() {
    var ledger = CounterLedger()
    ledger.started(at: 0, now: at(0))
    ledger.acknowledged(1, now: at(1))
    ledger.acknowledged(2, now: at(2))
    ledger.read(0)
    #expect(ledger.lost == 2)
  }

  @Test func `values at the ends of the range do not trap`() {
    var ledger = CounterLedger()
    ledger.started(at: .max, now: at(0))
    ledger.acknowledged(.min, now: at(1))
    ledger.read(.max)
    ledger.acknowledged(0, now: at(2))
    #expect(ledger.acknowledged == 2)
  }

  @Test func `an endpoint is a host and a port`() {
    #expect(Endpoint("redis-0:6379") == Endpoint(host: "redis-0", port: 6379))
    #expect(Endpoint("[::1]:5000") == Endpoint(host: "::1", port: 5000))
    #expect(Endpoint("[::1]:5000")?.description == "[::1]:5000")
    for text in ["", "redis-0", "redis-0:", ":6379", "redis-0:0", "redis-0:65536", "redis-0:x"] { #expect(Endpoint(text) == nil) }
  }
}
