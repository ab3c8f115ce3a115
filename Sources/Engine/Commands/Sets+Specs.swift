/// The set commands: what they are, as COMMAND and COMMAND DOCS tell it.
package enum SetCommands {
  package static let all: [CommandSpec] = [
    saddSpec, scardSpec, sdiffSpec, sdiffstoreSpec, sinterSpec, sintercardSpec, sinterstoreSpec, sismemberSpec, smembersSpec,
    smismemberSpec, smoveSpec, spopSpec, srandmemberSpec, sremSpec, sscanSpec, sunionSpec, sunionstoreSpec,
  ]

  static let saddSpec = CommandSpec(
    "SADD", arity: -3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .insert])],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Adds members to a set.", complexity: "O(N) in the members given",
    history: [.init("2.4.0", "More than one member.")],
    arguments: [
      .key,
      CommandArgument("member", .string, multiple: true),
    ],
    handler: add)

  static let scardSpec = CommandSpec(
    "SCARD", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly])],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Counts the members of a set.", complexity: "O(1)",
    arguments: [.key],
    handler: count)

  static let sdiffSpec = CommandSpec(
    "SDIFF", arity: -2, flags: [.readonly],
    keys: [.rest([.readOnly, .access])],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Returns the members of the first set that no other has.", complexity: "O(N) in the members of all sets",
    tips: ["nondeterministic_output_order"],
    arguments: [.keys],
    handler: difference)

  static let sdiffstoreSpec = CommandSpec(
    "SDIFFSTORE", arity: -3, flags: [.write, .denyOOM],
    keys: [.one([.overwrite, .update]), .rest([.readOnly, .access], from: 2)],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Keeps the members of the first set that no other has.", complexity: "O(N) in the members of all sets",
    arguments: [
      CommandArgument("destination", .key, keySpec: 0),
      CommandArgument("key", .key, keySpec: 1, multiple: true),
    ],
    handler: differenceStore)

  static let sinterSpec = CommandSpec(
    "SINTER", arity: -2, flags: [.readonly],
    keys: [.rest([.readOnly, .access])],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Returns the members that all sets have.", complexity: "O(N*M): N members of the smallest set, M sets",
    tips: ["nondeterministic_output_order"],
    arguments: [.keys],
    handler: intersection)

  static let sintercardSpec = CommandSpec(
    "SINTERCARD", arity: -3, flags: [.readonly, .movableKeys],
    keys: [KeySpec([.readOnly, .access], begin: .index(1), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.set], group: .set, since: "7.0.0",
    summary: "Counts the members that all sets have.", complexity: "O(N*M): N members of the smallest set, M sets",
    arguments: [
      CommandArgument("numkeys", .integer),
      .keys,
      CommandArgument("limit", .integer, token: "LIMIT", optional: true),
    ],
    handler: intersectionCount)

  static let sinterstoreSpec = CommandSpec(
    "SINTERSTORE", arity: -3, flags: [.write, .denyOOM],
    keys: [.one([.readWrite, .update]), .rest([.readOnly, .access], from: 2)],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Keeps the members that all sets have.", complexity: "O(N*M): N members of the smallest set, M sets",
    arguments: [
      CommandArgument("destination", .key, keySpec: 0),
      CommandArgument("key", .key, keySpec: 1, multiple: true),
    ],
    handler: intersectionStore)

  static let sismemberSpec = CommandSpec(
    "SISMEMBER", arity: 3, flags: [.readonly, .fast],
    keys: [.one([.readOnly])],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Tells whether a set has a member.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("member", .string),
    ],
    handler: isMember)

  static let smembersSpec = CommandSpec(
    "SMEMBERS", arity: 2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Returns all members of a set.", complexity: "O(N) in the members of the set",
    tips: ["nondeterministic_output_order"],
    arguments: [.key],
    handler: members)

  static let smismemberSpec = CommandSpec(
    "SMISMEMBER", arity: -3, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.set], group: .set, since: "6.2.0",
    summary: "Tells which of the given members a set has.", complexity: "O(N) in the members given",
    arguments: [
      .key,
      CommandArgument("member", .string, multiple: true),
    ],
    handler: areMembers)

  static let smoveSpec = CommandSpec(
    "SMOVE", arity: 4, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .delete]), .one([.readWrite, .insert], at: 2)],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Moves a member from a set to another.", complexity: "O(1)",
    arguments: [
      CommandArgument("source", .key, keySpec: 0),
      CommandArgument("destination", .key, keySpec: 1),
      CommandArgument("member", .string),
    ],
    handler: move)

  static let spopSpec = CommandSpec(
    "SPOP", arity: -2, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .delete])],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Takes members of a set by chance.", complexity: "O(N) in the members returned",
    history: [.init("3.2.0", "The argument `count`.")],
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument("count", .integer, since: "3.2.0", optional: true),
    ],
    handler: pop)

  static let srandmemberSpec = CommandSpec(
    "SRANDMEMBER", arity: -2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Returns members of a set by chance.", complexity: "O(N) in the members returned",
    history: [.init("2.6.0", "The argument `count`.")],
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument("count", .integer, since: "2.6.0", optional: true),
    ],
    handler: randomMember)

  static let sremSpec = CommandSpec(
    "SREM", arity: -3, flags: [.write, .fast],
    keys: [.one([.readWrite, .delete])],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Removes members of a set.", complexity: "O(N) in the members given",
    history: [.init("2.4.0", "More than one member.")],
    arguments: [
      .key,
      CommandArgument("member", .string, multiple: true),
    ],
    handler: remove)

  static let sscanSpec = CommandSpec(
    "SSCAN", arity: -3, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.set], group: .set, since: "2.8.0",
    summary: "Walks over the members of a set in steps.", complexity: "O(1) a call, O(N) for all members",
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument("cursor", .integer),
      CommandArgument("pattern", .pattern, token: "MATCH", optional: true),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
    ],
    handler: scan)

  static let sunionSpec = CommandSpec(
    "SUNION", arity: -2, flags: [.readonly],
    keys: [.rest([.readOnly, .access])],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Returns the members that any of the sets has.", complexity: "O(N) in the members of all sets",
    tips: ["nondeterministic_output_order"],
    arguments: [.keys],
    handler: union)

  static let sunionstoreSpec = CommandSpec(
    "SUNIONSTORE", arity: -3, flags: [.write, .denyOOM],
    keys: [.one([.overwrite, .update]), .rest([.readOnly, .access], from: 2)],
    categories: [.set], group: .set, since: "1.0.0",
    summary: "Keeps the members that any of the sets has.", complexity: "O(N) in the members of all sets",
    arguments: [
      CommandArgument("destination", .key, keySpec: 0),
      CommandArgument("key", .key, keySpec: 1, multiple: true),
    ],
    handler: unionStore)
}
