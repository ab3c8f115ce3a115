import Testing

@testable import TernEngine

/// DEBUG beside redis-server's: what testers lean on, the digests above all.
extension ServerDifferentialTests {
  @Test func `DEBUG's answers`() throws {
    var script = """
      DEBUG
      DEBUG NOSUCH
      DEBUG JMAP
      DEBUG STRINGMATCH-LEN 10 a*b x
      DEBUG ERROR "FOO some text"
      DEBUG ERROR "two\\r\\nlines"
      DEBUG ERROR
      DEBUG LOG x
      DEBUG SLEEP
      DEBUG SLEEP 0
      DEBUG SLEEP abc
      DEBUG OBJECT
      DEBUG OBJECT nosuch
      DEBUG DIGEST x
      DEBUG SET-ACTIVE-EXPIRE
      DEBUG SET-ACTIVE-EXPIRE 0
      DEBUG SET-ACTIVE-EXPIRE 1
      DEBUG PAUSE-CRON 0
      DEBUG QUICKLIST-PACKED-THRESHOLD 0
      DEBUG SET-SKIP-CHECKSUM-VALIDATION 0
      DEBUG SET-DISABLE-DENY-SCRIPTS 0
      DEBUG REPLYBUFFER RESIZING 1
      DEBUG REPLYBUFFER PEAK-RESET-TIME NEVER
      DEBUG REPLYBUFFER PEAK-RESET-TIME 100
      DEBUG REPLYBUFFER FOO 1
      DEBUG QUICKLIST-PACKED-THRESHOLD 100b
      DEBUG QUICKLIST-PACKED-THRESHOLD x
      DEBUG LISTPACK nosuch
      DEBUG POPULATE x
      DEBUG POPULATE 3
      GET key:2
      DEBUG POPULATE 2 p 10
      GET p:1
      DEBUG DIGEST

      """
    let types = ["string", "integer", "double", "bignum", "null", "array", "set", "map", "attrib", "push", "verbatim", "true", "false"]
    for version in ["2", "3"] {
      script += "HELLO \(version)\n"
      for type in types + ["nosuch"] { script += "DEBUG PROTOCOL \(type)\n" }
    }
    try compare(script)
  }

  @Test func `DEBUG is refused unless the configuration allows it`() throws {
    try compare(
      """
      DEBUG DIGEST
      DEBUG
      DEBUG NOSUCH
      MULTI
      DEBUG DIGEST
      EXEC
      """, options: ["--enable-debug-command", "no"]
    ) { $0.settings.debugCommand = .no }
  }

  @Test func `datasets that are equal have equal digests`() throws {
    let real = try ServerRealServer()
    let link = try real.connect()
    let ours = ServerTestEngine()
    ours.engine.settings.debugCommand = .yes
    let client = ours.connect()
    func check(_ what: Comment) throws {
      #expect(client.send("DEBUG", "DIGEST") == (try link.send(["DEBUG", "DIGEST"])), what)
    }
    try check("no keys")
    let values = [
      "", "b", "0", "-1", "127", "128", "40000", "3000000000", "-9223372036854775808", "007", "1.5", "text \u{1F600}",
      String(repeating: "x", count: 44), String(repeating: "y", count: 5000),
    ]
    for (i, value) in values.enumerated() {
      try link.send(["SET", "key:\(i)", value])
      ours.set("key:\(i)", value)
      try check("after \(i + 1) keys")
    }
    try link.send(["PEXPIREAT", "key:3", "99999999999999"])
    ours.set("key:3", values[3], expiry: 99_999_999_999_999)
    try check("with an expiry")
    try link.send(["SELECT", "7"])
    try link.send(["SET", "key:1", "other"])
    ours.set("key:1", "other", in: 7)
    try check("in two databases")
    try link.send(["SELECT", "0"])
    let keys = values.indices.map { "key:\($0)" } + ["missing"]
    #expect(
      client.sendAll((["DEBUG", "DIGEST-VALUE"] + keys).map { Array($0.utf8) }).first == (try link.send(["DEBUG", "DIGEST-VALUE"] + keys)))
  }
}
