/// What redis.conf says about the replica's side. All may change at run time (`ReplicaMachine.configuration`).
package struct ReplicaConfiguration: Hashable, Sendable {
  /// `masteruser`; nil authenticates as the default user.
  package var masterUser: [UInt8]?
  /// `masterauth`; nil sends no AUTH.
  package var masterAuth: [UInt8]?
  /// `replica-announce-port`, or the port that this node listens on.
  package var announcedPort = 6379
  /// `replica-announce-ip`; nil lets the primary take the socket's address.
  package var announcedAddress: String?
  /// `repl-timeout`, for the connect, each answer of the handshake, the transfer, and silence on the live stream.
  package var timeoutMilliseconds: Int64 = 60_000
  /// Pause before the second attempt in a row; doubled for each one after that, up to the maximum (Redis's fixed pause). Each pause is
  /// shortened at random by up to a half, so that the replicas of a primary that comes back do not fall upon it in step.
  package var reconnectDelayMilliseconds: Int64 = 100
  package var reconnectDelayMaxMilliseconds: Int64 = 1000
  /// `REPLCONF ACK` at every `applied(to:)` instead of once a second: a quorum waits for it.
  package var acknowledgesAtOnce = false
  /// `repl-compression`: the primary may send LZ4 (`capa lz4`).
  package var understandsLZ4 = false
  /// One of those whose acknowledgements are counted: it introduces itself to its primary (`introduceMember`), and the host decides what it
  /// acknowledges (`acknowledge`).
  package var isMember = false
  /// Whether the RDB goes through a file first; for the log line only.
  package var loadsFromDisk = false
  /// Bytes that may arrive behind the RDB while the host still loads it. A driver that obeys `pauseReading` stays far below.
  package var earlyBytesMax = 16 << 20

  package init() {}
}

/// What the host of a `ReplicaMachine` has to do, in this order. `link` numbers the connection: it comes back in every event about it,
/// so that late news of a connection that is already given up cannot be taken for news of the present one.
package enum ReplicaAction: Hashable, Sendable {
  case log(ReplicationLogLevel, String)
  /// Open a connection; answer with `connected` or `connectFailed`.
  case connect(link: Int, host: String, port: Int)
  /// Close it; no `disconnected` is needed.
  case close(link: Int)
  case send(link: Int, [UInt8])
  /// An RDB begins. Load it beside the data that serve now. `expectedBytes` is nil when an end mark tells its length; `replid` is nil
  /// when the primary knows only the old SYNC: then this node's history begins anew at `offset`.
  case beginLoad(link: Int, expectedBytes: Int64?, replid: ReplicationID?, offset: Int64)
  /// RDB bytes: this range of the bytes passed to `received`.
  case loadBytes(Range<Int>)
  /// RDB bytes that were held back because they look like the begin of the end mark.
  case loadHeldBytes([UInt8])
  /// The RDB is complete. Put the loaded data in place of the old, let the history adopt the id (`adoptFullResync`), let the log
  /// begin at the offset, drop this node's own replicas, and answer with `loadFinished` or `loadFailed`.
  case endLoad(link: Int)
  /// The link failed within the RDB: throw away what was loaded; the old data stay.
  case abortLoad
  /// The host is busy with the load, and what follows is for afterwards: let TCP hold it.
  case pauseReading(link: Int)
  case resumeReading(link: Int)
  /// `+CONTINUE`: the stream goes on where it ended. If `replid` is new, the history adopts it (`adoptContinue`) at the offset
  /// applied so far, and this node's own replicas must be dropped.
  case continued(replid: ReplicationID)
  /// Live stream: execute this range of the bytes passed to `received`, after all before it, and append it to the log as it is. An
  /// incomplete command at the end stays with the host until the next range, and is dropped at `discardPartialCommand`.
  case stream(Range<Int>)
  /// Live stream that came while the host was loading.
  case streamBytes([UInt8])
  /// The stream broke off or begins anew: forget an incomplete command.
  case discardPartialCommand

  // Of members only (`ReplicaConfiguration.isMember`).
  /// Send `REPLCONF tern-member <name> promise <epoch>`.
  case introduceMember(link: Int)
  /// The primary leads that epoch; its log ended there when it answered. Answer with `admitted` or `turnedAway`.
  case welcomed(link: Int, epoch: UInt64, leaderEnd: Int64, leaseMilliseconds: Int64)
  /// The primary knows nothing of epochs. Answer with `admitted` or `turnedAway`.
  case metStranger(link: Int, reply: String)
  /// Everything up to `offset` is applied: send `REPLCONF ACK` with what this node vouches for, which may be less.
  case acknowledge(link: Int, offset: Int64)
}
