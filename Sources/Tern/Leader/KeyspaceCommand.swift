internal import TernEngine

/// A command and what its answer means, not yet run: what ``Leader/run(_:)`` and ``Leader/transaction(_:)`` send to the leader. Each command
/// of the table has a maker, by valkey-swift's names: `.incr("visits")`, `.set("name", value: "Ada")`.
public struct KeyspaceCommand<Value>: Sendable {
  let request: KeyspaceRequest
  let decode: @Sendable (Reply) throws(TernError) -> Value

  init(_ request: KeyspaceRequest, _ decode: @escaping @Sendable (Reply) throws(TernError) -> Value) {
    self.request = request
    self.decode = decode
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Any command by its words: `.command("OBJECT", "FREQ", key)`.
  public static func command(_ name: String, _ arguments: any KeyspaceBytes...) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest(word: Bytes(name))
    for argument in arguments { request.add(Bytes(argument)) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in reply }
  }
}

extension KeyspaceCommand {
  /// The same command, its answer made into something else. `transform` runs once, behind the answer.
  public func map<Other>(_ transform: @escaping @Sendable (Value) throws(TernError) -> Other) -> KeyspaceCommand<Other> {
    let decode = self.decode
    return KeyspaceCommand<Other>(request) { (reply) throws(TernError) in try transform(try decode(reply)) }
  }
}
