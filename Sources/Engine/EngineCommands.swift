/// The commands that the engine can answer alone, all families.
package enum EngineCommands {
  package static let all: [CommandSpec] =
    StringCommands.all + KeyCommands.all + ConnectionCommands.all + ClientCommands.all + PubSubCommands.all + TransactionCommands.all
    + ListCommands.all
    + IntrospectionCommands.all + ServerCommands.all + SlowlogCommands.all + DebugCommands.all + SortCommands.all
    + BitmapCommands.all + HyperLogLogCommands.all + LcsCommands.all + SetCommands.all + HashCommands.all
    + StreamCommands.all + SortedSetCommands.all
    + LatencyCommands.all + ClusterCommands.all + ScriptingCommands.all + ModuleCommands.all + LolwutCommands.all
}
