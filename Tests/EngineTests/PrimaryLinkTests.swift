import Testing

@testable import TernEngine

@Suite struct PrimaryLinkTests {
  private func command(_ words: String...) -> [UInt8] { RESPCommand.encode(words.map { Array($0.utf8) }) }

  @Test func `what stands before an open transaction of the stream is committed, the transaction is not`() {
    let test = TestEngine()
    let link = test.open()
    link.gates = [.primaryLink]
    func execute(_ bytes: [UInt8]) -> (consumed: Int, committed: Int) {
      let consumed = bytes.withUnsafeBytes { test.engine.execute(link, $0, now: test.now) }
      return (consumed, link.committedBytes)
    }
    let before = command("INCR", "a")
    let open = command("MULTI") + command("INCR", "b")
    #expect(execute(before + open) == (before.count + open.count, before.count))
    #expect(execute(command("INCR", "c")).committed == 0)
    let end = command("EXEC") + command("SET", "d", "1")
    #expect(execute(end) == (end.count, end.count))
    #expect(execute(before + command("MULTI") + command("EXEC")).committed == before.count + command("MULTI").count + command("EXEC").count)
  }

  @Test func `an inline command in the stream ends the link`() {
    let test = TestEngine()
    let link = test.open()
    link.gates = [.primaryLink]
    let bytes = Array("SET a 1\r\n".utf8)
    _ = bytes.withUnsafeBytes { test.engine.execute(link, $0, now: test.now) }
    #expect(link.gates.contains(.closing))
  }
}
