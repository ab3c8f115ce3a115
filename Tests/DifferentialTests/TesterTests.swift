import TernEngine
import TernNode
import Testing

/// The tester itself: what it must find, and how it shows it.
@Suite struct TesterTests {
  @Test func `a planted bug is found, and the script shrinks to what shows it`() throws {
    let real = try RealServer()
    var commands = NodeCommands.all
    let decr = try #require(commands.first { "\($0.name)" == "DECR" })
    let incr = try #require(commands.firstIndex { "\($0.name)" == "INCR" })
    commands[incr].handler = decr.handler
    let noise = (0..<30).map { Step(1, "SET", "k\($0)", "v") }
    let script = Script(noise + [Step(1, "SET", "n", "5"), Step(1, "INCR", "n")] + noise)
    let mismatch = try #require(try Runner.run(script, on: real, commands: commands))
    #expect(mismatch.step == 31)
    #expect(mismatch.theirs == ":6\\x0d\\x0a" && mismatch.ours == ":4\\x0d\\x0a")
    let small = try Shrinker { try Runner.run($0, on: real, commands: commands) != nil }.shrink(script)
    #expect(small.steps.count == 1 && small.steps[0].name == "incr")
    #expect(try Runner.run(script, on: real) == nil)
  }

  @Test func `what only the data or an event shows is found too`() throws {
    let real = try RealServer()
    var commands = NodeCommands.all
    let index = try #require(commands.firstIndex { "\($0.name)" == "PERSIST" })
    // Answers as if it had done it.
    commands[index].handler = { call throws(CommandError) in call.reply.integer(1) }
    let steps = [Step(1, "SET", "k", "v", "EX", "100000000"), Step(1, "PERSIST", "k")]
    let silent = try #require(try Runner.run(Script(steps), on: real, commands: commands))
    #expect(silent.what.contains("INFO") || silent.what.contains("database 0"))
    let listener = [Step(1, "CONFIG", "SET", "notify-keyspace-events", "AKE"), Step(9, "PSUBSCRIBE", "__key*__:*")]
    let event = try #require(try Runner.run(Script(listener + steps), on: real, commands: commands))
    #expect(event.what.hasPrefix("event 0 of") && event.step == 3)
  }

  @Test func `the same seed writes the same script, and its text reads back as it was`() {
    let targets = NodeCommands.all.filter { $0.group == .string }.map {
      CommandWriter.Target(spec: $0, name: "\($0.name)".lowercased(), group: $0.group)
    }
    var writers = [7, 7, 8].map { ScriptWriter(seed: $0, targets: targets, payloads: []) }
    let scripts = writers.indices.map { writers[$0].script(steps: 100) }
    #expect(scripts[0].steps == scripts[1].steps)
    #expect(scripts[0].steps != scripts[2].steps)
    #expect(Script(text: scripts[0].text).steps == scripts[0].steps)
  }

  @Test func `replies compare by their rule`() {
    func agree(_ rule: ReplyRule, _ a: String, _ b: String) -> Bool {
      ReplyComparison.agree(rule, Step(1, "TTL", "k"), Array(a.utf8), Array(b.utf8))
    }
    #expect(!agree(.exact, "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:1\r\n"))
    #expect(agree(.unordered, "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:1\r\n"))
    #expect(!agree(.unordered, "*2\r\n:1\r\n:2\r\n", "~2\r\n:2\r\n:1\r\n"))
    #expect(!agree(.unordered, "*2\r\n:1\r\n:1\r\n", "*2\r\n:2\r\n:1\r\n"))
    #expect(!agree(.unorderedPairs, "*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "*4\r\n:3\r\n:2\r\n:1\r\n:4\r\n"))
    #expect(agree(.unorderedPairs, "%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "%2\r\n:3\r\n:4\r\n:1\r\n:2\r\n"))
    #expect(agree(.times, ":100\r\n", ":101\r\n") && !agree(.times, ":100\r\n", ":-1\r\n") && !agree(.times, ":100\r\n", ":200\r\n"))
    #expect(!agree(.unordered, "-ERR a\r\n", "-ERR b\r\n") && !agree(.anyKey, "$-1\r\n", "$1\r\na\r\n"))
    #expect(agree(.timesBut(["n"]), "*2\r\n$1\r\nn\r\n:1\r\n", "*2\r\n$1\r\nn\r\n:90000\r\n"))
  }
}
