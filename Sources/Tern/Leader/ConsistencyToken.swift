internal import TernNode

/// How far the data of a cluster were at some moment: behind a write of one's own, say. A node that is asked with ``ReadConsistency/after(_:)``
/// answers when its data are as far. Text on the way to another process (a cookie, a header): ``description``, and Codable as that.
public struct ConsistencyToken: Hashable, Sendable, Codable, LosslessStringConvertible {
  let position: HistoryPosition

  init(_ position: HistoryPosition) { self.position = position }

  /// Of `INFO replication`.
  init?(info text: String) {
    var id: String?
    var offset: Int64?
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("master_replid:") { id = String(line.dropFirst(14)) }
      if line.hasPrefix("master_repl_offset:") { offset = Int64(line.dropFirst(19)) }
    }
    guard let id, id.utf8.count == 40, let offset, offset >= 0 else { return nil }
    position = HistoryPosition(replid: id, offset: offset)
  }

  /// Nil if it is no token's text.
  public init?(_ description: String) {
    let parts = description.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 40, let offset = Int64(parts[1]), offset >= 0 else { return nil }
    position = HistoryPosition(replid: String(parts[0]), offset: offset)
  }

  /// `history:offset`.
  public var description: String { "\(position.replid):\(position.offset)" }

  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let token = ConsistencyToken(text) else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is no consistency token"))
    }
    self = token
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Node {
  /// How far the data of this node are now: what it has applied, acknowledged or not. Behind a local write, the token covers it.
  ///
  /// - Throws: ``TernError/Code/notRunning``, ``TernError/Code/reentrant``.
  public var token: ConsistencyToken {
    get throws(TernError) { try enterCoreTyped(refuses: false) { core in ConsistencyToken(core.notePosition()) } }
  }
}
