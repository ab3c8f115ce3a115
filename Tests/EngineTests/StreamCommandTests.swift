import Testing

@testable import TernEngine

@Suite struct StreamCommandTests {
  @Test func `a stream without groups has none`() {
    let engine = TestEngine()
    #expect(engine.ask("XADD s 1-1 a b") == "1-1")
    let entry = engine.engine.database(0).table.tree
    entry.forEach { e in
      print(
        "layout", e.layout, e.type, Heap.sizedBytes(e.valueBlock), e.streamView.count,
        e.streamView.root.load(fromByteOffset: 112, as: UInt.self))
      print(e.streamView.groups as Any)
    }
    print(engine.ask("XINFO STREAM s"))
  }
}
