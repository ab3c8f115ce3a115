/// Redis's four levels, in the order of their signs in the log: `.` `-` `*` `#`.
package enum ReplicationLogLevel: Hashable, Sendable {
  case debug, verbose, notice, warning
}
