import TernEngine
import Testing

@testable import TernReplication

@Suite struct QuorumModelTests {
  @Test func `random schedules keep every acknowledged write, and lead`() throws {
    var writes = 0
    var leaders = 0
    var reads = 0
    for seed in 1...60 as ClosedRange<UInt64> {
      var world = QuorumWorld(seed: seed)
      do throws(QuorumWorld.Violation) {
        try world.run(steps: 6000)
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
      writes += world.statistics.writes
      reads += world.statistics.reads
      leaders += world.statistics.leaders
    }
    #expect(writes > 300 && leaders > 80 && reads > 50, "writes \(writes), leaders \(leaders), reads \(reads)")
  }

  struct Plant: Sendable, CustomStringConvertible {
    let name: String
    /// The first that finds it.
    let seed: UInt64
    var plants: QuorumPlants = []
    var smallFence = false
    var offsetOnly = false
    var description: String { name }
  }

  static let plants: [Plant] = [
    Plant(name: "acknowledges before the quorum", seed: 4, plants: .acknowledgesBeforeQuorum),
    Plant(name: "skips the fence", seed: 426, plants: .skipsFence),
    Plant(name: "follows a lower epoch", seed: 542, plants: .followsLower),
    Plant(name: "raises the history epoch early", seed: 2173, plants: .raisesHistoryEarly),
    // "Forgets the promise" does not show any more: who has promised nothing follows nobody.
    Plant(name: "trusts an amnesiac", seed: 17, plants: .trustsAmnesiac),
    Plant(name: "serves without a lease", seed: 8683, plants: .servesWithoutLease),
    Plant(name: "resumes leadership after a restart", seed: 233, plants: .resumesLeadership),
    Plant(name: "promotes one that restarted since it answered", seed: 133, plants: .promotesRestarted),
    Plant(name: "chooses by offset alone", seed: 555, offsetOnly: true),
    Plant(name: "chooses from a minority", seed: 23, smallFence: true),
  ]

  @Test(arguments: plants) func `a planted bug is found`(plant: Plant) {
    var world = QuorumWorld(seed: plant.seed, plants: plant.plants, smallFence: plant.smallFence, offsetOnly: plant.offsetOnly)
    do throws(QuorumWorld.Violation) { try world.run(steps: 6000) } catch { return }
    Issue.record("not found: \(plant.name)")
  }
}
