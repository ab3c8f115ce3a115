internal import TernDrivers
internal import TernEngine
internal import TernNode

/// Commands on their way to the leader, as bytes and back.
struct ForwardedBatch {
  let commands: [KeyspaceRequest]
  /// Something in it writes: what was sent and not answered must not be sent again.
  let writes: Bool
  var isTransaction = false
  var wantsToken = false
  var isDisk = false
  let invalid: TernError?

  struct Outcome {
    var replies: [Result<Reply, TernError>]
    var token: ConsistencyToken?
  }

  /// What is to be done with a leader's answer.
  enum Verdict {
    case done(Outcome)
    /// Nothing was applied, and that may change.
    case again(String)
  }

  init(_ commands: [KeyspaceRequest], _ node: Node) {
    self.commands = commands
    var writes = false
    var waits = false
    var invalid: TernError?
    for command in commands {
      do throws(CommandError) {
        let traits = try command.traits(of: node)
        writes = writes || traits.writes
        waits = waits || traits.waits
      } catch {
        invalid = invalid ?? TernError(error)
      }
    }
    self.writes = writes
    self.invalid = invalid
    // Within EXEC nothing waits: a command that did would keep everybody on the shared connection waiting.
    isTransaction = waits
  }

  // MARK: over a connection

  /// The commands, encoded, and how many replies they bring.
  func encoded(diskMilliseconds: Int64) -> (bytes: [UInt8], replies: Int) {
    var bytes: [UInt8] = []
    var count = 0
    func add(_ words: String...) {
      bytes.append(contentsOf: RESPCommand.encode(words.map { Array($0.utf8) }))
      count += 1
    }
    if isTransaction { add("MULTI") }
    for command in commands {
      RESPCommand.encode(command.words, into: &bytes)
      count += 1
    }
    if isTransaction { add("EXEC") }
    if isDisk { add("WAITAOF", "1", "0", "\(diskMilliseconds)") }
    if wantsToken { add("INFO", "replication") }
    return (bytes, count)
  }

  /// - Throws: what the leader says against it for good.
  func verdict(on values: [RESPValue]) throws(TernError) -> Verdict {
    var values = values[...]
    let token = wantsToken ? values.popLast().flatMap(Self.token) : nil
    let disk = isDisk ? values.popLast() : nil
    for value in values {
      guard let line = value.errorLine, line.hasPrefix("UNCERTAIN") else { continue }
      if writes { throw TernError(.outcomeUnknown, line) }
      return .again(line)
    }
    var replies: [RESPValue]
    if isTransaction {
      guard let last = values.popLast() else { throw TernError(.other, "EXEC gave no reply") }
      // The first word against a command says more than EXECABORT.
      if let line = last.errorLine {
        let first = values.lazy.compactMap(\.errorLine).first ?? line
        if NotLeading.isSaid(by: first) || NotLeading.isSaid(by: line) { return .again(first) }
        throw TernError(CommandError(first))
      }
      guard case .array(let elements) = last, elements.count == commands.count else {
        throw TernError(.other, "EXEC answered with \(last.elements?.count ?? 0) replies to \(commands.count) commands")
      }
      replies = elements
    } else {
      replies = Array(values)
      if let line = replies.first?.errorLine, NotLeading.isSaid(by: line) { return .again(line) }
    }
    if writes, let disk, disk.elements?.first?.integerValue ?? 0 < 1 {
      throw TernError(
        .outcomeUnknown,
        "UNCERTAIN the leader's disk did not take the write in time (\(disk.errorLine ?? "no answer")); it may or may not survive")
    }
    if wantsToken, token == nil { throw TernError(writes ? .outcomeUnknown : .other, "the leader does not say how far it is") }
    return .done(Outcome(replies: replies.map(Self.result), token: token))
  }

  private static func result(_ value: RESPValue) -> Result<Reply, TernError> {
    if let line = value.errorLine { return .failure(TernError(CommandError(line))) }
    return .success(Reply(value))
  }

  /// Of `INFO replication`.
  static func token(_ value: RESPValue) -> ConsistencyToken? {
    guard let text = value.text, value.errorLine == nil else { return nil }
    return ConsistencyToken(info: text)
  }
}

/// Errors that say: not by this node, or not yet. Nothing was applied.
enum NotLeading {
  private static let words = ["READONLY", "LOADING", "MASTERDOWN", "NOLEADER", "PAUSED"]

  static func isSaid(by line: String) -> Bool {
    words.contains {
      line.hasPrefix($0) && (line.utf8.count == $0.utf8.count || line.utf8.dropFirst($0.utf8.count).first == UInt8(ascii: " "))
    }
  }
}

extension RESPValue {
  fileprivate var errorLine: String? { if case .error(let line) = self { String(decoding: line, as: UTF8.self) } else { nil } }
}

extension KeyspaceRequest {
  fileprivate var words: [[UInt8]] {
    var words: [[UInt8]] = []
    words.reserveCapacity(ends.count)
    var start = 0
    for end in ends {
      words.append(Array(bytes[start..<end]))
      start = end
    }
    return words
  }

  /// - Throws: what is wrong with the command, without asking anybody.
  fileprivate func traits(of node: Node) throws(CommandError) -> (writes: Bool, waits: Bool) {
    try withViews { views -> Result<(writes: Bool, waits: Bool), CommandError> in
      do throws(CommandError) { return .success(try node.host.traits(views)) } catch { return .failure(error) }
    }.get()
  }
}
