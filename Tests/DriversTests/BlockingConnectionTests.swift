import TernEngine
import TernNode
import Testing

@testable import TernDrivers

@Suite struct BlockingConnectionTests {
  /// Until so many clients wait.
  private func expectBlocked(_ count: Int, _ client: TestClient) throws {
    for _ in 0..<10_000 {
      if try client.command("INFO", "clients").text?.contains("blocked_clients:\(count)\r\n") == true { return }
    }
    Issue.record("there never were \(count) blocked clients")
  }

  @Test func `clients that wait are served in order, and what they sent behind it is executed`() throws {
    let server = try TestHost()
    let pusher = try TestClient(port: server.port)
    var waiting: [TestClient] = []
    for i in 0..<20 {
      let client = try TestClient(port: server.port)
      try client.send(RESPCommand.encode("BLPOP", "queue", "0") + RESPCommand.encode("ECHO", "\(i)"))
      try expectBlocked(i + 1, pusher)
      waiting.append(client)
    }
    _ = try pusher.command("RPUSH", ["queue"] + (0..<20).map(String.init))
    for (i, client) in waiting.enumerated() {
      #expect(try client.receive().elements?.last?.text == "\(i)")
      #expect(try client.receive().text == "\(i)")
    }
    #expect(try pusher.command("EXISTS", "queue") == .integer(0))
  }

  @Test func `a wait ends by its timeout, by CLIENT UNBLOCK, and when the connection goes`() throws {
    let server = try TestHost()
    let control = try TestClient(port: server.port)
    let client = try TestClient(port: server.port)
    guard case .integer(let id) = try client.command("CLIENT", "ID") else { throw TestClient.Failure(description: "no id") }
    #expect(try client.command("BLPOP", "none", "0.02") == .null)
    try client.send("BRPOPLPUSH", "none", "other", "0")
    try expectBlocked(1, control)
    #expect(try control.command("CLIENT", "UNBLOCK", "\(id)", "ERROR") == .integer(1))
    #expect(try client.receive().text == "UNBLOCKED client unblocked via CLIENT UNBLOCK")
    do {
      let gone = try TestClient(port: server.port)
      try gone.send("BLPOP", "queue", "0")
      try expectBlocked(1, control)
    }
    try expectBlocked(0, control)
    #expect(try control.command("RPUSH", "queue", "kept") == .integer(1))
    #expect(try control.command("LLEN", "queue") == .integer(1))
  }

  @Test func `a node that becomes a replica lets go of who waits, and disconnects them`() throws {
    let server = try TestHost()
    let control = try TestClient(port: server.port)
    let client = try TestClient(port: server.port)
    try client.send("BLMOVE", "a", "b", "LEFT", "LEFT", "0")
    let other = try TestClient(port: server.port)
    try other.send("WAIT", "1", "0")
    try expectBlocked(2, control)
    #expect(try control.command("REPLICAOF", "127.0.0.1", "1").text == "OK")
    for client in [client, other] {
      #expect(try client.receive().text?.hasPrefix("UNBLOCKED force unblock from blocking operation") == true)
      #expect(try client.receiveOrEnd() == nil)
    }
    #expect(try control.command("REPLICAOF", "NO", "ONE").text == "OK")
  }
}

extension TestClient {
  func command(_ name: String, _ words: [String]) throws -> RESPValue {
    try send(RESPCommand.encode(([name] + words).map { Array($0.utf8) }))
    return try receive()
  }
}
