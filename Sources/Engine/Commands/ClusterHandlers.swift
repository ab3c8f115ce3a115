/// Cluster mode does not exist here; these answer as a Redis does that runs without it.
extension ClusterCommands {
  private static let disabled = CommandError("ERR This instance has cluster support disabled")

  static func readOnly(_ call: Call) throws(CommandError) { throw disabled }
  static func readWrite(_ call: Call) throws(CommandError) { throw disabled }
  static func asking(_ call: Call) throws(CommandError) { throw disabled }

  static func addSlots(_ call: Call) throws(CommandError) { throw disabled }
  static func addSlotsRange(_ call: Call) throws(CommandError) { throw disabled }
  static func meet(_ call: Call) throws(CommandError) { throw disabled }
  static func slaves(_ call: Call) throws(CommandError) { throw disabled }
  static func forget(_ call: Call) throws(CommandError) { throw disabled }
  static func info(_ call: Call) throws(CommandError) { throw disabled }
  static func flushSlots(_ call: Call) throws(CommandError) { throw disabled }
  static func countKeysInSlot(_ call: Call) throws(CommandError) { throw disabled }
  static func myID(_ call: Call) throws(CommandError) { throw disabled }
  static func delSlotsRange(_ call: Call) throws(CommandError) { throw disabled }
  static func delSlots(_ call: Call) throws(CommandError) { throw disabled }
  static func setConfigEpoch(_ call: Call) throws(CommandError) { throw disabled }
  static func saveConfig(_ call: Call) throws(CommandError) { throw disabled }
  static func nodes(_ call: Call) throws(CommandError) { throw disabled }
  static func getKeysInSlot(_ call: Call) throws(CommandError) { throw disabled }
  static func replicas(_ call: Call) throws(CommandError) { throw disabled }
  static func shards(_ call: Call) throws(CommandError) { throw disabled }
  static func bumpEpoch(_ call: Call) throws(CommandError) { throw disabled }
  static func links(_ call: Call) throws(CommandError) { throw disabled }
  static func setSlot(_ call: Call) throws(CommandError) { throw disabled }
  static func countFailureReports(_ call: Call) throws(CommandError) { throw disabled }
  static func failover(_ call: Call) throws(CommandError) { throw disabled }
  static func keySlot(_ call: Call) throws(CommandError) { throw disabled }
  static func reset(_ call: Call) throws(CommandError) { throw disabled }
  static func replicate(_ call: Call) throws(CommandError) { throw disabled }
  static func slots(_ call: Call) throws(CommandError) { throw disabled }
  static func myShardID(_ call: Call) throws(CommandError) { throw disabled }

  static func clusterHelp(_ call: Call) throws(CommandError) {
    call.reply.help("CLUSTER", [("<any subcommand>", ["Answers that this server is not part of a cluster."])])
  }
}
