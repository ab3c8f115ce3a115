/// Publish and subscribe.
package enum PubSubCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "PUBLISH", arity: 3, flags: [.pubsub, .mayReplicate, .loading, .stale, .fast, .sentinel],
      group: .pubsub, since: "2.0.0", summary: "Sends a message to a channel.",
      complexity: "O(N+M): N subscribers of the channel, M patterns",
      arguments: [
        CommandArgument("channel", .string),
        CommandArgument("message", .string),
      ],
      handler: publish),
    CommandSpec(
      "SUBSCRIBE", arity: -2, flags: [.pubsub, .noScript, .loading, .stale, .sentinel],
      group: .pubsub, since: "2.0.0", summary: "Begins to listen to channels.",
      complexity: "O(N) in the channels given",
      arguments: [
        CommandArgument("channel", .string, multiple: true)
      ],
      handler: subscribe),
    CommandSpec(
      "UNSUBSCRIBE", arity: -1, flags: [.pubsub, .noScript, .loading, .stale, .sentinel],
      group: .pubsub, since: "2.0.0", summary: "Stops to listen to channels.",
      complexity: "O(N) in the channels' subscribers",
      arguments: [
        CommandArgument("channel", .string, optional: true, multiple: true)
      ],
      handler: unsubscribe),
    CommandSpec(
      "PSUBSCRIBE", arity: -2, flags: [.pubsub, .noScript, .loading, .stale, .sentinel],
      group: .pubsub, since: "2.0.0", summary: "Begins to listen to all channels that match patterns.",
      complexity: "O(N) in the client's patterns",
      arguments: [
        CommandArgument("pattern", .block([CommandArgument("pattern", .pattern)]), multiple: true)
      ],
      handler: psubscribe),
    CommandSpec(
      "PUNSUBSCRIBE", arity: -1, flags: [.pubsub, .noScript, .loading, .stale, .sentinel],
      group: .pubsub, since: "2.0.0", summary: "Stops to listen to patterns.",
      complexity: "O(N+M): N patterns of the client, M of all",
      arguments: [
        CommandArgument("pattern", .pattern, optional: true, multiple: true)
      ],
      handler: punsubscribe),
    CommandSpec(
      "PUBSUB", arity: -2, flags: [],
      group: .pubsub, since: "2.8.0", summary: "Holds the commands that look at channels.",
      complexity: "Depends on subcommand.",
      subcommands: [
        CommandSpec(
          "CHANNELS", arity: -2, flags: [.pubsub, .loading, .stale],
          group: .pubsub, since: "2.8.0", summary: "Lists the channels that have subscribers.",
          complexity: "O(N) in the channels",
          arguments: [
            CommandArgument("pattern", .pattern, optional: true)
          ],
          handler: pubsubChannels),
        CommandSpec(
          "HELP", arity: 2, flags: [.loading, .stale],
          group: .pubsub, since: "6.2.0", summary: "Lists the subcommands.",
          complexity: "O(1)",
          handler: pubsubHelp),
        CommandSpec(
          "NUMPAT", arity: 2, flags: [.pubsub, .loading, .stale],
          group: .pubsub, since: "2.8.0", summary: "Counts the patterns that somebody listens to.",
          complexity: "O(1)",
          handler: pubsubNumpat),
        CommandSpec(
          "NUMSUB", arity: -2, flags: [.pubsub, .loading, .stale],
          group: .pubsub, since: "2.8.0", summary: "Counts the subscribers of channels.",
          complexity: "O(N) in the channels given",
          arguments: [
            CommandArgument("channel", .string, optional: true, multiple: true)
          ],
          handler: pubsubNumsub),
        CommandSpec(
          "SHARDCHANNELS", arity: -2, flags: [.pubsub, .loading, .stale],
          group: .pubsub, since: "7.0.0", summary: "Lists the shard channels that have subscribers.",
          complexity: "O(N) in the shard channels",
          arguments: [
            CommandArgument("pattern", .pattern, optional: true)
          ],
          handler: pubsubShardchannels),
        CommandSpec(
          "SHARDNUMSUB", arity: -2, flags: [.pubsub, .loading, .stale],
          group: .pubsub, since: "7.0.0", summary: "Counts the subscribers of shard channels.",
          complexity: "O(N) in the channels given",
          arguments: [
            CommandArgument("shardchannel", .string, optional: true, multiple: true)
          ],
          handler: pubsubShardnumsub),
      ]),
    CommandSpec(
      "SPUBLISH", arity: 3, flags: [.pubsub, .mayReplicate, .loading, .stale, .fast], keys: [.one([.notKey])],
      group: .pubsub, since: "7.0.0", summary: "Sends a message to a shard channel.",
      complexity: "O(N) in the channel's subscribers",
      arguments: [
        CommandArgument("shardchannel", .string),
        CommandArgument("message", .string),
      ],
      handler: spublish),
    CommandSpec(
      "SSUBSCRIBE", arity: -2, flags: [.pubsub, .noScript, .loading, .stale], keys: [.rest([.notKey])],
      group: .pubsub, since: "7.0.0", summary: "Begins to listen to shard channels.",
      complexity: "O(N) in the channels given",
      arguments: [
        CommandArgument("shardchannel", .string, multiple: true)
      ],
      handler: ssubscribe),
    CommandSpec(
      "SUNSUBSCRIBE", arity: -1, flags: [.pubsub, .noScript, .loading, .stale], keys: [.rest([.notKey])],
      group: .pubsub, since: "7.0.0", summary: "Stops to listen to shard channels.",
      complexity: "O(N) in the channels' subscribers",
      arguments: [
        CommandArgument("shardchannel", .string, optional: true, multiple: true)
      ],
      handler: sunsubscribe),
  ]
}
