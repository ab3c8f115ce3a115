import FuzzTargets
import Testing

/// A short run of what Tests/fuzz.sh does at length.
@Suite struct FuzzTests {
  @Test(arguments: 0..<4) func `mutated payloads, files and logs are refused or read alike by every way, and leave nothing behind`(
    batch: UInt64
  ) {
    let targets = FuzzTargets()
    for i in 0..<500 as Range<UInt64> {
      let seed = 1_000_000 * (batch + 1) + i
      if let finding = targets.run(seed: seed) { Issue.record("seed \(seed): \(finding)") }
    }
    // The inputs are near enough to good ones that some are.
    #expect(targets.accepted > 20)
  }

  @Test func `what is not mutated is taken`() {
    let targets = FuzzTargets()
    for record in Corpus.records() {
      let before = targets.accepted
      #expect(targets.rdb(Corpus.file([record])) == nil)
      #expect(targets.accepted == before + 1, "\(record.prefix(20))")
      #expect(targets.payload(Corpus.payload(record)) == nil)
      #expect(targets.accepted == before + 2, "\(record.prefix(20))")
    }
    #expect(targets.log(Corpus.log) == nil)
  }
}
