import Testing

@testable import TernEngine

/// Sets and hashes against Swift's own, while snapshots are held and dropped: what a snapshot saw must not change, and no memory be lost.
@Suite struct SetAndHashTests {
  private func limits(_ random: inout SplitMix) -> EncodingLimits {
    var limits = EncodingLimits()
    limits.setIntegers = [0, 8, 512][Int.random(in: 0..<3, using: &random)]
    limits.setEntries = [0, 16, 128][Int.random(in: 0..<3, using: &random)]
    limits.hashEntries = [0, 16, 512][Int.random(in: 0..<3, using: &random)]
    limits.hashValueBytes = 20
    limits.setValueBytes = 20
    return limits
  }

  private func word(_ random: inout SplitMix, integers: Bool) -> [UInt8] {
    let number = Int.random(in: -400...400, using: &random)
    if integers || number % 3 == 0 { return Array("\(number)".utf8) }
    return Array("w\(number)".utf8) + [UInt8](repeating: 120, count: number % 97 == 0 ? 30 : 0)
  }

  private func members(_ view: SetView) -> [[UInt8]] {
    var members: [[UInt8]] = []
    view.forEach { members.append($0.copy) }
    return members
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `random changes of a set agree with a set, and snapshots keep theirs`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let heap = Heap()
    let hash = ByteHash(using: &random)
    var editor = SetEditor(heap, hash, limits(&random), count: 1, areIntegers: seed % 2 == 0)
    var model: Set<[UInt8]> = []
    var snapshots: [(epoch: UInt32, view: SetView, model: Set<[UInt8]>)] = []
    for step in 0..<6000 {
      let member = word(&random, integers: seed % 4 == 0)
      let grows = (step / 1500) % 2 == 0
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<(grows ? 12 : 4): #expect(member.withUnsafeBytes { editor.add($0) } == model.insert(member).inserted)
      case 0..<17: #expect(member.withUnsafeBytes { editor.remove($0) } == (model.remove(member) != nil))
      case 17:
        guard !model.isEmpty else { continue }
        var taken: [UInt8] = []
        editor.removeRandom(using: &random) { taken = $0.copy }
        #expect(model.remove(taken) != nil)
      case 18 where snapshots.count < 4: snapshots.append((heap.takeSnapshot(), editor.view, model))
      default:
        guard let i = snapshots.indices.randomElement(using: &random) else { continue }
        let snapshot = snapshots.remove(at: i)
        let seen = members(snapshot.view)
        #expect(seen.count == snapshot.model.count && Set(seen) == snapshot.model)
        heap.dropSnapshot(snapshot.epoch)
      }
      if step % 50 == 0 {
        heap.reclaim(steps: 20)
        let now = members(editor.view)
        #expect(now.count == model.count && Set(now) == model && editor.count == model.count)
        #expect(member.withUnsafeBytes { editor.view.contains($0) } == model.contains(member))
      }
    }
    for snapshot in snapshots {
      #expect(Set(members(snapshot.view)) == snapshot.model)
      heap.dropSnapshot(snapshot.epoch)
    }
    editor.discard()
    while heap.hasGraves || heap.hasGarbage {
      heap.dismantleGraves(steps: 1000)
      heap.reclaim(steps: 1000)
    }
    #expect(heap.usedBytes == 0, "nothing leaks")
    heap.destroy()
  }

  private struct Value: Equatable {
    var value: [UInt8]
    var expiry: Int64?
  }

  private func contents(_ view: HashView) -> [[UInt8]: Value] {
    var contents: [[UInt8]: Value] = [:]
    view.forEachWhile { field, value, expiry in
      contents[field.copy] = Value(value: value.copy, expiry: expiry)
      return true
    }
    return contents
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `random changes of a hash and of its fields' times agree with a dictionary, and snapshots keep theirs`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let heap = Heap()
    let hash = ByteHash(using: &random)
    var editor = HashEditor(heap, hash, limits(&random))
    var model: [[UInt8]: Value] = [:]
    var snapshots: [(epoch: UInt32, view: HashView, model: [[UInt8]: Value])] = []
    var now: Int64 = 0
    for step in 0..<6000 {
      let field = word(&random, integers: false)
      let value = word(&random, integers: false)
      let time = now + Int64.random(in: 1...2000, using: &random)
      let grows = (step / 1500) % 2 == 0
      switch Int.random(in: 0..<24, using: &random) {
      case 0..<(grows ? 12 : 4):
        let expiry: HashEditor.Expiry = seed % 3 == 0 ? .clear : [.clear, .keep, .at(time)][Int.random(in: 0..<3, using: &random)]
        let isNew = field.withUnsafeBytes { field in value.withUnsafeBytes { editor.set(field, $0, expiry) } }
        #expect(isNew == (model[field] == nil))
        let kept: Int64? =
          switch expiry {
          case .clear: nil
          case .keep: model[field]?.expiry
          case .at(let time): time
          }
        model[field] = Value(value: value, expiry: kept)
      case 0..<16: #expect(field.withUnsafeBytes { editor.remove($0) } == (model.removeValue(forKey: field) != nil))
      case 16..<19 where seed % 3 != 0:
        let new: Int64? = Bool.random(using: &random) ? time : nil
        field.withUnsafeBytes { editor.setExpiry($0, new) }
        model[field]?.expiry = new
      case 19 where seed % 3 != 0:
        now += Int64.random(in: 1...300, using: &random)
        var removed: [[UInt8]] = []
        while editor.removeDue(horizon: now, limit: 5, segments: 3, { removed.append(Array($0)) }) {}
        let due = model.filter { ($0.value.expiry ?? .max) <= now }
        #expect(Set(removed) == Set(due.keys) && removed.count == due.count)
        for field in due.keys { model[field] = nil }
        if let next = editor.view.nextExpiry { #expect(next > now) }
      case 20 where snapshots.count < 4: snapshots.append((heap.takeSnapshot(), editor.view, model))
      default:
        guard let i = snapshots.indices.randomElement(using: &random) else { continue }
        let snapshot = snapshots.remove(at: i)
        #expect(contents(snapshot.view) == snapshot.model && snapshot.view.count == snapshot.model.count)
        heap.dropSnapshot(snapshot.epoch)
      }
      if step % 50 == 0 {
        heap.reclaim(steps: 20)
        #expect(contents(editor.view) == model && editor.count == model.count)
        let least = model.values.compactMap(\.expiry).min()
        if let least { #expect((editor.view.nextExpiry ?? .max) <= least, "what is due is found") }
        if editor.layout == HashView.timedFlat { #expect(editor.view.nextExpiry == least, "the soonest stands first") }
        #expect(field.withUnsafeBytes { editor.view.field($0)?.value.copy } == model[field]?.value)
      }
    }
    for snapshot in snapshots {
      #expect(contents(snapshot.view) == snapshot.model)
      heap.dropSnapshot(snapshot.epoch)
    }
    editor.discard()
    while heap.hasGraves || heap.hasGarbage {
      heap.dismantleGraves(steps: 1000)
      heap.reclaim(steps: 1000)
    }
    #expect(heap.usedBytes == 0, "nothing leaks")
    heap.destroy()
  }
}
