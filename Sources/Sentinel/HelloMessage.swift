/// What a sentinel publishes on `__sentinel__:hello` every two seconds: who it is, and what it holds for the primary's address.
///
/// `ip,port,runid,current_epoch,master_name,master_ip,master_port,master_config_epoch`
package struct HelloMessage: Hashable, Sendable {
  package static let channel = "__sentinel__:hello"

  package var host: String
  package var port: Int
  package var runID: String
  package var currentEpoch: UInt64
  package var group: String
  package var primaryHost: String
  package var primaryPort: Int
  package var configEpoch: UInt64

  package init(
    host: String, port: Int, runID: String, currentEpoch: UInt64, group: String, primaryHost: String, primaryPort: Int, configEpoch: UInt64
  ) {
    self.host = host
    self.port = port
    self.runID = runID
    self.currentEpoch = currentEpoch
    self.group = group
    self.primaryHost = primaryHost
    self.primaryPort = primaryPort
    self.configEpoch = configEpoch
  }

  /// nil for anything that is not eight sound fields. A peer's epoch may not be near the end of the integers: it would take the
  /// possibility to ever raise an epoch from the whole group.
  package init?(_ payload: [UInt8]) {
    guard payload.count <= 1024 else { return nil }
    let fields = payload.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    guard fields.count == 8, let port = Int(fields[1]), let primaryPort = Int(fields[6]), let currentEpoch = SentinelEpoch.parse(fields[3]),
      let configEpoch = SentinelEpoch.parse(fields[7])
    else { return nil }
    guard (1...65535).contains(port), (1...65535).contains(primaryPort), Self.isWord(fields[0]), Self.isWord(fields[2]),
      Self.isWord(fields[5])
    else { return nil }
    self.init(
      host: fields[0], port: port, runID: fields[2], currentEpoch: currentEpoch, group: fields[4], primaryHost: fields[5],
      primaryPort: primaryPort, configEpoch: configEpoch)
  }

  /// Addresses and ids end up in the log and in the saved configuration; nothing that could start another line there is taken.
  private static func isWord(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 255 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
  }

  package var payload: String { "\(host),\(port),\(runID),\(currentEpoch),\(group),\(primaryHost),\(primaryPort),\(configEpoch)" }
}

package enum SentinelEpoch {
  /// Leaves room for 2^62 elections.
  package static let max: UInt64 = 1 << 62

  package static func parse(_ text: String) -> UInt64? {
    guard let epoch = UInt64(text), epoch <= max else { return nil }
    return epoch
  }
}
