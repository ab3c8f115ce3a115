internal import TernEngine

/// Settings that promise safety or guard access, and that are not there yet. Other directives without effect are listed in the log; to go on
/// without these would be a promise that nobody keeps.
extension Configuration {
  /// Why a node with this configuration must not start; nil if it may.
  package var unkeptPromise: (name: String, reason: String)? {
    if let problem = quorumProblem { return problem }
    if let problem = clusterProblem { return problem }
    if users.contains(where: { !isDefaultUser($0) }) {
      return ("user", "ACL users are not there yet: their rules would not be kept")
    }
    if !modules.isEmpty { return ("loadmodule", "modules cannot be loaded") }
    for (name, off, reason) in [
      ("aclfile", "", "ACL users are not there yet: their rules would not be kept"),
      ("tls-port", "0", "TLS is not there yet: the port would be open without it"),
      ("cluster-enabled", "no", "the cluster mode is not there"),
    ] where value(of: name).map({ $0 != Array(off.utf8) }) ?? false {
      return (name, reason)
    }
    return nil
  }

  /// The line that redis-server's CONFIG REWRITE leaves for a user `default` who may do everything, behind `requirepass` if that is set.
  private func isDefaultUser(_ words: [[UInt8]]) -> Bool {
    guard let name = words.first, name == Array("default".utf8) else { return false }
    let rules = words.dropFirst().map { String(decoding: $0, as: UTF8.self) }
    let password = requirepass.map { "#" + Hex.text(SHA256.digest($0)) }
    let harmless: Set<String> = [
      "on", "nopass", "sanitize-payload", "skip-sanitize-payload", "~*", "allkeys", "&*", "allchannels", "+@all", "allcommands",
    ]
    return rules.contains("on") && !(rules.contains("nopass") && password != nil)
      && rules.allSatisfy { harmless.contains($0) || $0 == password }
  }
}
