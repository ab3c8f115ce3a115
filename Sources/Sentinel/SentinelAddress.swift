/// Where an instance is: as it was named, and what that name resolves to.
package struct SentinelAddress: Hashable, Sendable {
  /// As configured or announced: an IP address or, with `resolve-hostnames yes`, a name.
  package var host: String
  /// Empty as long as `host` is a name that did not resolve.
  package var ip: String
  /// 0 means that the address is known to be invalid; nothing connects to it.
  package var port: Int

  package init(host: String, ip: String, port: Int) {
    self.host = host
    self.ip = ip
    self.port = port
  }

  /// Same place, by address or by name.
  package func isSame(as other: SentinelAddress) -> Bool {
    port == other.port && ((ip == other.ip && !ip.isEmpty) || host.lowercased() == other.host.lowercased())
  }

  /// What is shown and sent to others. An unresolved name is shown as itself: an empty address would end up in the saved
  /// configuration and could never be read back.
  package func announced(asHostname: Bool) -> String { asHostname || ip.isEmpty ? host : ip }

  /// `host:port`, an IPv6 address in brackets.
  package func announcedWithPort(asHostname: Bool) -> String {
    let host = announced(asHostname: asHostname)
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

/// Recognises IP address literals without asking anybody.
package enum IPLiteral {
  /// The address in its canonical text, or nil when `text` is not an address.
  package static func canonical(_ text: String) -> String? { isIPv4(text) ? text : ipv6(text) }

  private static func isIPv4(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        guard (1...3).contains(part.count), part.allSatisfy({ (48...57).contains($0) }) else { return false }
        if part.count > 1, part.first == 48 { return false }
        return (Int(String(decoding: part, as: UTF8.self)) ?? 256) < 256
      }
  }

  private static func ipv6(_ text: String) -> String? {
    guard text.utf8.count <= 45, text.utf8.contains(UInt8(ascii: ":")) else { return nil }
    let halves = splitAtDoubleColon(text)
    guard let halves else { return nil }
    guard let head = groups(halves.head), let tail = groups(halves.tail ?? "") else { return nil }
    let count = head.count + tail.count
    if halves.tail == nil { return count == 8 ? compressed(head) : nil }
    return count < 8 ? compressed(head + Array(repeating: 0, count: 8 - count) + tail) : nil
  }

  /// `tail` is nil without a `::`; the whole is nil with more than one.
  private static func splitAtDoubleColon(_ text: String) -> (head: String, tail: String?)? {
    let bytes = Array(text.utf8)
    let colon = UInt8(ascii: ":")
    let at = bytes.indices.dropLast().filter { bytes[$0] == colon && bytes[$0 + 1] == colon }
    guard at.count <= 1 else { return nil }
    guard let first = at.first else { return (text, nil) }
    return (String(decoding: bytes[..<first], as: UTF8.self), String(decoding: bytes[(first + 2)...], as: UTF8.self))
  }

  private static func groups(_ text: String) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var groups: [UInt16] = []
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    for (n, part) in parts.enumerated() {
      let word = String(decoding: part, as: UTF8.self)
      if n == parts.count - 1, isIPv4(word) {
        let bytes = word.split(separator: ".").compactMap { UInt16($0) }
        groups += [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
      } else {
        guard (1...4).contains(part.count), part.allSatisfy({ $0 != UInt8(ascii: "+") }), let group = UInt16(word, radix: 16) else {
          return nil
        }
        groups.append(group)
      }
    }
    return groups.count <= 8 ? groups : nil
  }

  /// RFC 5952: lower case, the longest run of two or more zero groups as `::`.
  private static func compressed(_ groups: [UInt16]) -> String {
    var best = 0..<0
    var start: Int?
    for i in 0...groups.count {
      if i < groups.count, groups[i] == 0 {
        start = start ?? i
      } else if let run = start {
        if i - run > max(best.count, 1) { best = run..<i }
        start = nil
      }
    }
    func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    return best.isEmpty ? text(groups[...]) : text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
  }
}
