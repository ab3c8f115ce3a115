import TernEngine

extension SentinelCore {
  /// SENTINEL HELP: what clients print, so the layout is Redis's (a line for the form, indented ones for the meaning).
  static var help: RESPValue {
    let entries: [(String, [String])] = [
      ("CKQUORUM <master-name>", ["Tell whether enough Sentinels are usable to agree on a failover and to authorize it."]),
      ("CONFIG SET <param> <value>", ["Change a setting that holds for all masters."]),
      ("CONFIG GET <param>", ["Show the settings that match the pattern."]),
      ("DEBUG [<param> <value> ...]", ["Show the periods and timeouts in milliseconds, or change them."]),
      ("GET-MASTER-ADDR-BY-NAME <master-name>", ["Return the address and port of the master."]),
      (
        "FAILOVER <master-name> [COORDINATED|FORCE]",
        [
          "Start a failover now, without the agreement of other Sentinels.",
          "COORDINATED: the master hands over to a replica itself, and no write is lost.",
          "FORCE: members of a quorum may be missing, and acknowledged writes lost.",
        ]
      ),
      ("FLUSHCONFIG", ["Save the configuration and the state to disk now."]),
      ("INFO-CACHE <master-name>", ["Return the latest INFO of the master and of its replicas, with its age."]),
      ("IS-MASTER-DOWN-BY-ADDR <ip> <port> <current-epoch> <runid>", ["Tell whether the master is down for us, and vote if asked to."]),
      ("MASTER <master-name>", ["Show the state of a master."]),
      ("MASTERS", ["Show the state of all masters."]),
      ("MONITOR <name> <ip> <port> <quorum>", ["Start to monitor a master."]),
      ("MYID", ["Return the id of this Sentinel."]),
      ("PENDING-SCRIPTS", ["Show the scripts that wait or run."]),
      ("REMOVE <master-name>", ["Stop to monitor a master."]),
      ("REPLICAS <master-name>", ["Show the state of the master's replicas."]),
      ("RESET <pattern>", ["Forget what was learnt about the masters whose names match, and discover it anew."]),
      ("SENTINELS <master-name>", ["Show the state of the other Sentinels of the master."]),
      ("SET <master-name> <option> <value> [<option> <value> ...]", ["Change settings of a master."]),
      ("SIMULATE-FAILURE [CRASH-AFTER-ELECTION] [CRASH-AFTER-PROMOTION] [HELP]", ["End this process at the named point of a failover."]),
      ("HELP", ["Print this help."]),
    ]
    let lines =
      ["SENTINEL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"] + entries.flatMap { [$0.0] + $0.1.map { "    " + $0 } }
    return .array(lines.map { .simpleString(Array($0.utf8)) })
  }
}
