/// The version of Redis that INFO, HELLO, the RDB's aux fields and `--version` tell: that of the commands, which are those of Redis 7.2 with
/// 7.2's replies where they differ from 7.0's. Libraries switch features on by it (`CLIENT SETINFO`, client-side caching from 7.4 on), so it
/// must not promise more. What the bytes of files and of replication look like does not depend on it: RDB version 10, which 7.0 reads.
package enum CompatibleVersion {
  package static let redis = "7.2.4"
}
