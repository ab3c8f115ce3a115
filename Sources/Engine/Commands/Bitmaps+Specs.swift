/// The commands about the bits of strings.
package enum BitmapCommands {
  package static let all: [CommandSpec] = [
    getbitSpec, setbitSpec, bitcountSpec, bitposSpec, bitopSpec, bitfieldSpec, bitfieldRoSpec,
  ]

  static let getbitSpec = CommandSpec(
    "GETBIT", arity: 3, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.bitmap], group: .bitmap, since: "2.2.0",
    summary: "Returns one bit of a string.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("offset", .integer),
    ],
    handler: getBit)

  static let setbitSpec = CommandSpec(
    "SETBIT", arity: 4, flags: [.write, .denyOOM],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.bitmap], group: .bitmap, since: "2.2.0",
    summary: "Sets or clears one bit of a string, and returns what it was.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("offset", .integer),
      CommandArgument("value", .integer),
    ],
    handler: setBit)

  static let bitcountSpec = CommandSpec(
    "BITCOUNT", arity: -2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.bitmap], group: .bitmap, since: "2.6.0",
    summary: "Counts the bits that are set in a string, or in a part of it.", complexity: "O(N) in the bytes looked at",
    history: [.init("7.0.0", "Units `BYTE` and `BIT`.")],
    arguments: [
      .key,
      CommandArgument(
        "index",
        .block([
          CommandArgument("start", .integer),
          CommandArgument("end", .integer),
          CommandArgument(
            "index_unit",
            .oneOf([
              CommandArgument("byte", .pureToken, token: "BYTE"),
              CommandArgument("bit", .pureToken, token: "BIT"),
            ]), since: "7.0.0", optional: true),
        ]), optional: true),
    ],
    handler: count)

  static let bitposSpec = CommandSpec(
    "BITPOS", arity: -3, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.bitmap], group: .bitmap, since: "2.8.7",
    summary: "Finds the first bit that is set, or clear.", complexity: "O(N) in the bytes looked at",
    history: [.init("7.0.0", "Units `BYTE` and `BIT`.")],
    arguments: [
      .key,
      CommandArgument("bit", .integer),
      CommandArgument(
        "index",
        .block([
          CommandArgument("start", .integer),
          CommandArgument(
            "end_index",
            .block([
              CommandArgument("end", .integer),
              CommandArgument(
                "index_unit",
                .oneOf([
                  CommandArgument("byte", .pureToken, token: "BYTE"),
                  CommandArgument("bit", .pureToken, token: "BIT"),
                ]), since: "7.0.0", optional: true),
            ]), optional: true),
        ]), optional: true),
    ],
    handler: position)

  static let bitopSpec = CommandSpec(
    "BITOP", arity: -4, flags: [.write, .denyOOM],
    keys: [.one([.overwrite, .update], at: 2), .rest([.readOnly, .access], from: 3)],
    categories: [.bitmap], group: .bitmap, since: "2.6.0",
    summary: "Joins strings bit by bit and keeps the result.", complexity: "O(N) in the bytes of the longest string",
    arguments: [
      CommandArgument("operation", .string),
      CommandArgument("destkey", .key, keySpec: 0),
      CommandArgument("key", .key, keySpec: 1, multiple: true),
    ],
    handler: combine)

  static let bitfieldSpec = CommandSpec(
    "BITFIELD", arity: -2, flags: [.write, .denyOOM],
    keys: [.one([.readWrite, .access, .update, .variableFlags], notes: "reads and writes, as the operations say")],
    categories: [.bitmap], group: .bitmap, since: "3.2.0",
    summary: "Reads and writes integers of any width inside a string.", complexity: "O(1) an operation",
    arguments: [
      .key,
      CommandArgument(
        "operation",
        .oneOf([
          CommandArgument(
            "encoding_offset",
            .block([
              CommandArgument("encoding", .string),
              CommandArgument("offset", .integer),
            ]), token: "GET"),
          CommandArgument(
            "write",
            .block([
              CommandArgument(
                "wrap_sat_fail",
                .oneOf([
                  CommandArgument("wrap", .pureToken, token: "WRAP"),
                  CommandArgument("sat", .pureToken, token: "SAT"),
                  CommandArgument("fail", .pureToken, token: "FAIL"),
                ]), token: "OVERFLOW", optional: true),
              CommandArgument(
                "write_operation",
                .oneOf([
                  CommandArgument(
                    "encoding_offset_value",
                    .block([
                      CommandArgument("encoding", .string),
                      CommandArgument("offset", .integer),
                      CommandArgument("value", .integer),
                    ]), token: "SET"),
                  CommandArgument(
                    "encoding_offset_increment",
                    .block([
                      CommandArgument("encoding", .string),
                      CommandArgument("offset", .integer),
                      CommandArgument("increment", .integer),
                    ]), token: "INCRBY"),
                ])),
            ])),
        ]), optional: true, multiple: true),
    ],
    handler: field)

  static let bitfieldRoSpec = CommandSpec(
    "BITFIELD_RO", arity: -2, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.bitmap], group: .bitmap, since: "6.0.0",
    summary: "Reads integers of any width inside a string.", complexity: "O(1) an operation",
    arguments: [
      .key,
      CommandArgument(
        "encoding_offset",
        .block([
          CommandArgument("encoding", .string),
          CommandArgument("offset", .integer),
        ]), token: "GET", optional: true, multiple: true, tokenRepeated: true),
    ],
    handler: fieldReadOnly)
}
