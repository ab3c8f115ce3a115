import TernEngine

/// Random scripts over all commands that both servers have. Each has a few families that most of its commands come from, so that keys fill
/// up; settings, so that compact and large layouts are met; several clients, transactions, and in some a listener to keyspace events.
struct ScriptWriter {
  let targets: [CommandWriter.Target]
  private var writer: CommandWriter
  private let groups: [CommandGroup]

  /// Those that undo what others did come rarely.
  private static let rare: Set<String> = [
    "flushall", "flushdb", "swapdb", "select", "move", "del", "unlink", "rename", "renamenx", "restore",
  ]
  private static let thresholds: [(String, [String])] = [
    ("hash-max-listpack-entries", ["0", "3", "8"]), ("hash-max-listpack-value", ["5", "10", "64"]),
    ("zset-max-listpack-entries", ["0", "3", "8"]), ("zset-max-listpack-value", ["5", "10", "64"]),
    ("set-max-intset-entries", ["0", "3", "8"]), ("list-max-listpack-size", ["1", "3", "-1", "-2", "8"]),
    ("stream-node-max-entries", ["1", "3", "0"]), ("hll-sparse-max-bytes", ["0", "100", "3000"]), ("list-compress-depth", ["0", "1"]),
    ("set-max-listpack-entries", ["0", "3", "8"]), ("set-max-listpack-value", ["5", "10"]),
  ]

  init(seed: UInt64, targets: [CommandWriter.Target], payloads: [[UInt8]]) {
    self.targets = targets
    writer = CommandWriter(random: SeededRandom(seed: seed), payloads: payloads)
    var groups: [CommandGroup] = []
    for target in targets where !groups.contains(target.group) { groups.append(target.group) }
    self.groups = groups
  }

  mutating func script(steps count: Int) -> Script {
    var steps: [Step] = []
    if writer.chance(2) == 0 { for client in 1...3 { steps.append(Step(client, "HELLO", "3")) } }
    for (name, values) in Self.thresholds where writer.chance(3) == 0 { steps.append(Step(1, "CONFIG", "SET", name, writer.pick(values))) }
    if writer.chance(3) == 0 {
      steps.append(Step(1, "CONFIG", "SET", "notify-keyspace-events", "AKEnm"))
      steps.append(Step(9, "PSUBSCRIBE", "__key*__:*"))
    }
    let data = groups.filter { ![.connection, .server, .pubsub, .transactions, .cluster, .scripting, .sentinel].contains($0) }
    let focus = Set((0..<2).map { _ in writer.pick(data) })
    let favourites = targets.filter { focus.contains($0.group) && !Self.rare.contains($0.name) }
    while steps.count < count {
      let client = writer.chance(5) == 0 ? 2 + writer.chance(2) : 1
      if writer.chance(40) == 0 {
        if writer.chance(3) == 0 { steps.append(Step(client, [Array("WATCH".utf8), Array(writer.pick(Keyspace.all).utf8)])) }
        if writer.chance(3) == 0 { steps.append(Step(3, command(favourites))) }
        steps.append(Step(client, "MULTI"))
        for _ in 0..<1 + writer.chance(6) { steps.append(Step(client, command(favourites))) }
        steps.append(writer.chance(6) == 0 ? Step(client, "DISCARD") : Step(client, "EXEC"))
      } else {
        steps.append(Step(client, command(favourites)))
      }
    }
    return Script(steps)
  }

  private mutating func command(_ favourites: [CommandWriter.Target]) -> [[UInt8]] {
    if !favourites.isEmpty, writer.chance(10) < 8 { return writer.write(writer.pick(favourites)) }
    let target = writer.pick(targets)
    if Self.rare.contains(target.name), writer.chance(4) > 0 { return writer.write(writer.pick(targets)) }
    return writer.write(target)
  }
}
