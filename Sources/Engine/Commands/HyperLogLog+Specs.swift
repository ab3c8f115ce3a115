/// The commands that count different elements approximately.
package enum HyperLogLogCommands {
  package static let all: [CommandSpec] = [
    pfaddSpec, pfcountSpec, pfmergeSpec, pfdebugSpec, pfselftestSpec,
  ]

  static let pfaddSpec = CommandSpec(
    "PFADD", arity: -2, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .insert])],
    categories: [.hyperLogLog], group: .hyperLogLog, since: "2.8.9",
    summary: "Adds elements to a HyperLogLog.", complexity: "O(1) an element",
    arguments: [
      .key,
      CommandArgument("element", .string, optional: true, multiple: true),
    ],
    handler: add)

  static let pfcountSpec = CommandSpec(
    "PFCOUNT", arity: -2, flags: [.readonly, .mayReplicate],
    keys: [
      KeySpec(
        [.readWrite, .access], begin: .index(1), find: .range(last: -1, step: 1, limit: 0),
        notes: "writes, as the stored form and the cached count may change")
    ],
    categories: [.hyperLogLog], group: .hyperLogLog, since: "2.8.9",
    summary: "Estimates how many different elements HyperLogLogs have seen.",
    complexity: "O(1) for one key; O(N) in the keys, at a higher constant cost",
    arguments: [.keys],
    handler: count)

  static let pfmergeSpec = CommandSpec(
    "PFMERGE", arity: -2, flags: [.write, .denyOOM],
    keys: [.one([.readWrite, .access, .insert]), .rest([.readOnly, .access], from: 2)],
    categories: [.hyperLogLog], group: .hyperLogLog, since: "2.8.9",
    summary: "Joins HyperLogLogs into one.", complexity: "O(N) in the keys, at a high constant cost",
    arguments: [
      CommandArgument("destkey", .key, keySpec: 0),
      CommandArgument("sourcekey", .key, keySpec: 1, multiple: true),
    ],
    handler: merge)

  static let pfdebugSpec = CommandSpec(
    "PFDEBUG", arity: 3, flags: [.write, .denyOOM, .admin, .systemCommand],
    keys: [.one([.readWrite, .access], at: 2)],
    categories: [.hyperLogLog], group: .hyperLogLog, since: "2.8.9",
    summary: "Looks into a HyperLogLog, for tests of the server.", complexity: "Depends on the subcommand",
    arguments: [
      CommandArgument("subcommand", .string),
      .key,
    ],
    handler: debug)

  static let pfselftestSpec = CommandSpec(
    "PFSELFTEST", arity: 1, flags: [.admin, .systemCommand],
    categories: [.hyperLogLog], group: .hyperLogLog, since: "2.8.9",
    summary: "Checks the server's own HyperLogLog code.", complexity: "Constant, but slow",
    handler: selfTest)
}
