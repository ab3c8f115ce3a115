import Testing

@testable import TernReplication

@Suite struct ReplicationHistoryTests {
  @Test func `an id is forty hexadecimal digits and prints as it was read, in lower case`() {
    let text = "0123456789abcdefABCDEF0123456789abcdef01"
    #expect(ReplicationID(text)?.description == text.lowercased())
    #expect(ReplicationID(String(text.dropLast())) == nil)
    #expect(ReplicationID(text + "0") == nil)
    #expect(ReplicationID("g" + text.dropFirst()) == nil)
    #expect(ReplicationID.none.description == String(repeating: "0", count: 40))
    var generator = SeededGenerator(1)
    #expect(ReplicationID.random(using: &generator) != ReplicationID.random(using: &generator))
  }

  @Test func `a promoted node keeps its old id up to the byte behind its log`() {
    var history = ReplicationHistory(replid: id("a"))
    history.becomePrimary(at: 50, newID: id("b"))
    #expect(history.replid == id("b"))
    #expect(history.replid2 == id("a"))
    #expect(history.secondReplidOffset == 51)
  }

  @Test func `a full sync leaves one id, a continued stream under a new name two`() {
    var history = ReplicationHistory(replid: id("a"), replid2: id("b"), secondReplidOffset: 9)
    history.adoptFullResync(id("c"))
    #expect(history == ReplicationHistory(replid: id("c")))
    #expect(history.secondReplidOffset == -1)
    #expect(history.adoptContinue(id("c"), at: 10) == false)
    #expect(history.adoptContinue(id("d"), at: 10) == true)
    #expect(history == ReplicationHistory(replid: id("d"), replid2: id("c"), secondReplidOffset: 11))
  }

  @Test func `a restarted primary is known under its saved id up to the saved offset only`() {
    let history = ReplicationHistory.restarted(saved: id("a"), offset: 100, newID: id("b"))
    let log = LogBounds(start: 100, end: 180)
    #expect(history.partialResyncDecision(requestedID: id("a").utf8, requestedOffset: 101, log: log) == .continue(from: 100))
    #expect(
      history.partialResyncDecision(requestedID: id("a").utf8, requestedOffset: 102, log: log)
        == .full(.forked(asked: 102, validUpTo: 101)))
  }

  @Test(arguments: [
    ("?", -1, PartialResyncDecision.full(.firstContact)),
    ("? and more", 150, .full(.firstContact)),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 101, .continue(from: 100)),
    ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 151, .continue(from: 150)),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 201, .continue(from: 200)),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 202, .full(.inTheFuture(asked: 202, end: 200))),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Int64.max, .full(.inTheFuture(asked: .max, end: 200))),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 100, .full(.tooOld(asked: 100, byBytes: 1))),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 31, .full(.tooOld(asked: 31, byBytes: 70))),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Int64.min, .full(.tooOld(asked: .min, byBytes: .max))),
    ("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 151, .continue(from: 150)),
    ("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 152, .full(.forked(asked: 152, validUpTo: 151))),
    ("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 100, .full(.tooOld(asked: 100, byBytes: 1))),
    ("zz", 150, .full(.unknownID(asked: "zz", replid: id("a"), replid2: id("b")))),
    ("", 150, .full(.unknownID(asked: "", replid: id("a"), replid2: id("b")))),
    (
      "cccccccccccccccccccccccccccccccccccccccc", 150,
      .full(.unknownID(asked: "cccccccccccccccccccccccccccccccccccccccc", replid: id("a"), replid2: id("b")))
    ),
  ]) func `the decision names what was asked for and what is there`(_ asked: String, _ offset: Int64, _ expected: PartialResyncDecision) {
    let history = ReplicationHistory(replid: id("a"), replid2: id("b"), secondReplidOffset: 151)
    let log = LogBounds(start: 100, end: 200)
    #expect(history.partialResyncDecision(requestedID: bytes(asked), requestedOffset: offset, log: log) == expected)
  }

  @Test func `without a second id forty zeros are an unknown id, not a key to everything`() {
    let history = ReplicationHistory(replid: id("a"))
    let decision = history.partialResyncDecision(
      requestedID: ReplicationID.none.utf8, requestedOffset: -1, log: LogBounds(start: 0, end: 9))
    #expect(decision == .full(.unknownID(asked: String(repeating: "0", count: 40), replid: id("a"), replid2: .none)))
  }

  @Test func `without a log there is nothing to continue`() {
    let history = ReplicationHistory(replid: id("a"))
    #expect(history.partialResyncDecision(requestedID: id("a").utf8, requestedOffset: 1, log: nil) == .full(.noBacklog))
  }

  @Test func `a reason says its numbers`() {
    #expect(
      FullResyncReason.tooOld(asked: 31, byBytes: 70).description == "offset too old by 70 bytes: the replica asked for byte 31")
    #expect(FullResyncReason.inTheFuture(asked: 9, end: 5).description == "the replica asked for byte 9, and the log ends with byte 5")
  }
}
