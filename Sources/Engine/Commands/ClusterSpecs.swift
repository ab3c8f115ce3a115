/// CLUSTER and the commands of its clients.
package enum ClusterCommands {
  package static let all: [CommandSpec] = [
    readonlySpec, readwriteSpec, askingSpec, clusterSpec,
  ]

  static let readonlySpec = CommandSpec(
    "READONLY", arity: 1, flags: [.loading, .stale, .fast],
    categories: [.connection], group: .cluster, since: "3.0.0",
    summary: "Allows reads from a cluster's replica on this connection.", complexity: "O(1)",
    handler: readOnly)

  static let readwriteSpec = CommandSpec(
    "READWRITE", arity: 1, flags: [.loading, .stale, .fast],
    categories: [.connection], group: .cluster, since: "3.0.0",
    summary: "Ends what `READONLY` allowed.", complexity: "O(1)",
    handler: readWrite)

  static let askingSpec = CommandSpec(
    "ASKING", arity: 1, flags: [.fast],
    categories: [.connection], group: .cluster, since: "3.0.0",
    summary: "Lets the next command reach a slot that is being imported.", complexity: "O(1)",
    handler: asking)

  static let clusterSpec = CommandSpec(
    "CLUSTER", arity: -2, flags: [],
    group: .cluster, since: "3.0.0",
    summary: "Holds the commands of cluster mode.", complexity: "See the subcommands",
    subcommands: [
      CommandSpec(
        "ADDSLOTS", arity: -3, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Gives slots to this node.", complexity: "O(N) in the slots",
        arguments: [
          CommandArgument("slot", .integer, multiple: true)
        ],
        handler: addSlots),
      CommandSpec(
        "ADDSLOTSRANGE", arity: -4, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "7.0.0",
        summary: "Gives ranges of slots to this node.", complexity: "O(N) in the slots",
        arguments: [
          CommandArgument(
            "start-slot_end-slot",
            .block([
              CommandArgument("start-slot", .integer),
              CommandArgument("end-slot", .integer),
            ]), multiple: true)
        ],
        handler: addSlotsRange),
      CommandSpec(
        "BUMPEPOCH", arity: 2, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Moves the cluster's epoch on.", complexity: "O(1)",
        tips: ["nondeterministic_output"],
        handler: bumpEpoch),
      CommandSpec(
        "COUNT-FAILURE-REPORTS", arity: 3, flags: [.admin, .stale],
        group: .cluster, since: "3.0.0",
        summary: "Counts the nodes that say a node has failed.", complexity: "O(N) in the reports",
        tips: ["nondeterministic_output"],
        arguments: [
          CommandArgument("node-id", .string)
        ],
        handler: countFailureReports),
      CommandSpec(
        "COUNTKEYSINSLOT", arity: 3, flags: [.stale],
        group: .cluster, since: "3.0.0",
        summary: "Counts the keys in a slot.", complexity: "O(1)",
        arguments: [
          CommandArgument("slot", .integer)
        ],
        handler: countKeysInSlot),
      CommandSpec(
        "DELSLOTS", arity: -3, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Takes slots from this node.", complexity: "O(N) in the slots",
        arguments: [
          CommandArgument("slot", .integer, multiple: true)
        ],
        handler: delSlots),
      CommandSpec(
        "DELSLOTSRANGE", arity: -4, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "7.0.0",
        summary: "Takes ranges of slots from this node.", complexity: "O(N) in the slots",
        arguments: [
          CommandArgument(
            "start-slot_end-slot",
            .block([
              CommandArgument("start-slot", .integer),
              CommandArgument("end-slot", .integer),
            ]), multiple: true)
        ],
        handler: delSlotsRange),
      CommandSpec(
        "FAILOVER", arity: -2, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Makes this replica take its primary's place.", complexity: "O(1)",
        arguments: [
          CommandArgument(
            "options",
            .oneOf([
              CommandArgument("force", .pureToken, token: "FORCE"),
              CommandArgument("takeover", .pureToken, token: "TAKEOVER"),
            ]), optional: true)
        ],
        handler: failover),
      CommandSpec(
        "FLUSHSLOTS", arity: 2, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Takes all slots from this node.", complexity: "O(1)",
        handler: flushSlots),
      CommandSpec(
        "FORGET", arity: 3, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Drops a node from the node table.", complexity: "O(1)",
        arguments: [
          CommandArgument("node-id", .string)
        ],
        handler: forget),
      CommandSpec(
        "GETKEYSINSLOT", arity: 4, flags: [.stale],
        group: .cluster, since: "3.0.0",
        summary: "Lists some keys of a slot.", complexity: "O(N) in the keys asked for",
        tips: ["nondeterministic_output"],
        arguments: [
          CommandArgument("slot", .integer),
          CommandArgument("count", .integer),
        ],
        handler: getKeysInSlot),
      CommandSpec(
        "HELP", arity: 2, flags: [.loading, .stale],
        group: .cluster, since: "5.0.0",
        summary: "Lists the subcommands.", complexity: "O(1)",
        handler: clusterHelp),
      CommandSpec(
        "INFO", arity: 2, flags: [.stale],
        group: .cluster, since: "3.0.0",
        summary: "Reports the state of the cluster as this node sees it.", complexity: "O(1)",
        tips: ["nondeterministic_output"],
        handler: info),
      CommandSpec(
        "KEYSLOT", arity: 3, flags: [.stale],
        group: .cluster, since: "3.0.0",
        summary: "Returns the slot that a key hashes to.", complexity: "O(N) in the bytes of the key",
        arguments: [
          CommandArgument("key", .string)
        ],
        handler: keySlot),
      CommandSpec(
        "LINKS", arity: 2, flags: [.stale],
        group: .cluster, since: "7.0.0",
        summary: "Describes the links to the other nodes.", complexity: "O(N) in the nodes",
        tips: ["nondeterministic_output"],
        handler: links),
      CommandSpec(
        "MEET", arity: -4, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Introduces another node to this one.", complexity: "O(1)",
        history: [.init("4.0.0", "An argument for the bus port.")],
        arguments: [
          CommandArgument("ip", .string),
          CommandArgument("port", .integer),
          CommandArgument("cluster_bus_port", .integer, since: "4.0.0", optional: true),
        ],
        handler: meet),
      CommandSpec(
        "MYID", arity: 2, flags: [.stale],
        group: .cluster, since: "3.0.0",
        summary: "Returns the id of this node.", complexity: "O(1)",
        handler: myID),
      CommandSpec(
        "MYSHARDID", arity: 2, flags: [.stale],
        group: .cluster, since: "7.2.0",
        summary: "Returns the id of the shard that this node is in.", complexity: "O(1)",
        tips: ["nondeterministic_output"],
        handler: myShardID),
      CommandSpec(
        "NODES", arity: 2, flags: [.stale],
        group: .cluster, since: "3.0.0",
        summary: "Describes the nodes of the cluster, one a line.", complexity: "O(N) in the nodes",
        tips: ["nondeterministic_output"],
        handler: nodes),
      CommandSpec(
        "REPLICAS", arity: 3, flags: [.admin, .stale],
        group: .cluster, since: "5.0.0",
        summary: "Lists the replicas of a primary.", complexity: "O(N) in the replicas",
        tips: ["nondeterministic_output"],
        arguments: [
          CommandArgument("node-id", .string)
        ],
        handler: replicas),
      CommandSpec(
        "REPLICATE", arity: 3, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Makes this node a replica of another.", complexity: "O(1)",
        arguments: [
          CommandArgument("node-id", .string)
        ],
        handler: replicate),
      CommandSpec(
        "RESET", arity: -2, flags: [.admin, .noScript, .stale],
        group: .cluster, since: "3.0.0",
        summary: "Makes this node forget the cluster.", complexity: "O(N) in the nodes, and the cost of a flush",
        arguments: [
          CommandArgument(
            "hard_soft",
            .oneOf([
              CommandArgument("hard", .pureToken, token: "HARD"),
              CommandArgument("soft", .pureToken, token: "SOFT"),
            ]), optional: true)
        ],
        handler: reset),
      CommandSpec(
        "SAVECONFIG", arity: 2, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Writes the node table to the disk.", complexity: "O(1)",
        handler: saveConfig),
      CommandSpec(
        "SET-CONFIG-EPOCH", arity: 3, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Sets the epoch of a node that has just begun.", complexity: "O(1)",
        arguments: [
          CommandArgument("config-epoch", .integer)
        ],
        handler: setConfigEpoch),
      CommandSpec(
        "SETSLOT", arity: -4, flags: [.admin, .stale, .noAsyncLoading],
        group: .cluster, since: "3.0.0",
        summary: "Ties a slot to a node, or marks it as moving.", complexity: "O(1)",
        arguments: [
          CommandArgument("slot", .integer),
          CommandArgument(
            "subcommand",
            .oneOf([
              CommandArgument("node-id", .string, token: "IMPORTING"),
              CommandArgument("node-id", .string, token: "MIGRATING"),
              CommandArgument("node-id", .string, token: "NODE"),
              CommandArgument("stable", .pureToken, token: "STABLE"),
            ])),
        ],
        handler: setSlot),
      CommandSpec(
        "SHARDS", arity: 2, flags: [.stale],
        group: .cluster, since: "7.0.0",
        summary: "Describes the shards, with their slots and nodes.", complexity: "O(N) in the nodes",
        tips: ["nondeterministic_output"],
        handler: shards),
      CommandSpec(
        "SLAVES", arity: 3, flags: [.admin, .stale],
        group: .cluster, since: "3.0.0",
        summary: "Lists the replicas of a primary.", complexity: "O(N) in the replicas",
        deprecated: .init(since: "5.0.0", replacedBy: "`CLUSTER REPLICAS`"),
        tips: ["nondeterministic_output"],
        arguments: [
          CommandArgument("node-id", .string)
        ],
        handler: slaves),
      CommandSpec(
        "SLOTS", arity: 2, flags: [.stale],
        group: .cluster, since: "3.0.0",
        summary: "Lists which nodes serve which slots.", complexity: "O(N) in the nodes",
        deprecated: .init(since: "7.0.0", replacedBy: "`CLUSTER SHARDS`"),
        history: [.init("4.0.0", "Ids of the nodes."), .init("7.0.0", "Further addresses of the nodes.")],
        tips: ["nondeterministic_output"],
        handler: slots),
    ])
}
