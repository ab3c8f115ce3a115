import Testing

@testable import TernEngine

struct ServerInfoTests {
  private func names(_ text: String) -> [String] {
    text.split(separator: "\r\n").map { String($0.prefix { $0 != ":" }) }
  }

  @Test func `SHA-1 and SHA-256 give the standard's examples`() {
    // FIPS 180-4 and its example values.
    #expect(Hex.text(SHA1.digest(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    #expect(Hex.text(SHA1.digest([])) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    let long = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
    #expect(Hex.text(SHA1.digest(long)) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
    #expect(Hex.text(SHA1.digest([UInt8](repeating: 97, count: 1_000_000))) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
    #expect(Hex.text(SHA256.digest(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Hex.text(SHA256.digest(long)) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
  }

  @Test func `the sections have the real server's fields, in its order`() throws {
    let link = try ServerRealServer().connect()
    let server = ServerTestEngine()
    server.set("a", "1")
    try link.send(["SET", "a", "1"])
    let engine = server.engine
    let process = EngineInfo.Process()
    let sections: [(String, (inout InfoBuilder) -> Void)] = [
      ("clients", { EngineInfo.clients(engine, process, into: &$0) }), ("memory", { EngineInfo.memory(engine, process, into: &$0) }),
      ("stats", { EngineInfo.stats(engine, process, into: &$0) }), ("modules", { EngineInfo.modules(into: &$0) }),
      ("errorstats", { EngineInfo.errorstats(engine, into: &$0) }), ("cluster", { EngineInfo.cluster(into: &$0) }),
      ("keyspace", { EngineInfo.keyspace(engine, into: &$0) }),
    ]
    var whole = InfoBuilder()
    for (name, fill) in sections {
      var info = InfoBuilder()
      fill(&info)
      fill(&whole)
      let real = try link.send(["INFO", name]).text ?? ""
      #expect(names(info.text) == names(real), "\(name)")
    }
    let parts = try link.send(["INFO", "modules", "cluster"]).text
    var two = InfoBuilder()
    EngineInfo.modules(into: &two)
    EngineInfo.cluster(into: &two)
    #expect(two.text == parts)
    #expect(whole.text.contains("db0:keys=1,expires=0,avg_ttl=0\r\n"))
  }

  @Test func `commandstats and errorstats count what was called, refused and failed, and are reset`() {
    let server = ServerTestEngine()
    let client = server.connect()
    client.send("SET", "s", "text")
    client.send("INCR", "s")
    client.send("INCR")
    client.send("CLIENT", "ID")
    client.send("NOSUCH")
    client.send("GET", "missing")
    var info = InfoBuilder()
    EngineInfo.commandstats(server.engine, into: &info)
    EngineInfo.errorstats(server.engine, into: &info)
    EngineInfo.stats(server.engine, .init(), into: &info)
    let lines = info.text.split(separator: "\r\n")
    let incr = lines.first { $0.hasPrefix("cmdstat_incr:") } ?? ""
    #expect(incr.hasPrefix("cmdstat_incr:calls=1,usec="))
    #expect(incr.hasSuffix(",rejected_calls=1,failed_calls=1"))
    #expect(lines.contains { $0.hasPrefix("cmdstat_client|id:calls=1,") })
    #expect(!info.text.contains("cmdstat_ping"))
    #expect(info.text.contains("errorstat_ERR:count=3\r\n"))
    #expect(info.text.contains("total_error_replies:3\r\n"))
    #expect(info.text.contains("keyspace_misses:1\r\n"))
    server.engine.resetStatistics()
    var empty = InfoBuilder()
    EngineInfo.commandstats(server.engine, into: &empty)
    EngineInfo.errorstats(server.engine, into: &empty)
    #expect(empty.text == "# Commandstats\r\n\r\n# Errorstats\r\n")
    #expect(server.engine.commandsProcessed == 0)
  }

  @Test func `sections are chosen as INFO's arguments say`() {
    #expect(InfoSections([]).selected() == InfoSections.standard)
    #expect(InfoSections(["default"]) == InfoSections([]))
    #expect(InfoSections(["everything"]).selected() == InfoSections.order)
    #expect(InfoSections(["ALL"]).selected() == InfoSections.order.filter { $0 != "modules" })
    #expect(InfoSections(["keyspace", "CPU", "nosuch"]).selected() == ["cpu", "keyspace"])
    #expect(InfoSections(["default", "commandstats"]).selected().count == InfoSections.standard.count + 1)
  }

  @Test func `numbers are written as C does`() {
    #expect(InfoBuilder.human(0) == "0B")
    #expect(InfoBuilder.human(1023) == "1023B")
    #expect(InfoBuilder.human(1_212_512) == "1.16M")
    #expect(InfoBuilder.human(32768) == "32.00K")
    #expect(InfoBuilder.human(25_276_510_208) == "23.54G")
    #expect(InfoBuilder.twoDecimals(2.355) == "2.35" || InfoBuilder.twoDecimals(2.355) == "2.36")
    #expect(InfoBuilder.twoDecimals(-0.001) == "0.00")
    #expect(InfoBuilder.twoDecimals(-1.5) == "-1.50")
  }
}
