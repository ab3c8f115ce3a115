internal import TernEngine

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What can be asked with the commands that read: a ``Reader`` or a ``Writer`` inside a closure, a ``Node`` (each command by itself), and a
/// ``Snapshot``. Made by this package only.
public protocol KeyspaceReading: ~Copyable {
  /// Runs a command. The typed commands call this.
  @_documentation(visibility: internal)
  func execute(_ request: KeyspaceRequest) throws(TernError) -> Reply
}

/// What can be told with the commands that write as well: a ``Writer`` inside a closure, and a ``Node`` (each command by itself).
public protocol KeyspaceWriting: KeyspaceReading, ~Copyable {}

extension KeyspaceReading where Self: ~Copyable {
  /// Runs any command by its words, for instance one that is newer than this API's names: `db.command("OBJECT", "FREQ", key)`.
  ///
  /// - Throws: what the command answers as an error. Commands that write, where only reading is possible, and commands about connections
  ///   (`AUTH`, `SELECT`, `MULTI`, `SUBSCRIBE` …) are refused with ``TernError/Code/other``.
  public func command(_ name: String, _ arguments: any KeyspaceBytes...) throws(TernError) -> Reply {
    var request = KeyspaceRequest(word: Bytes(name))
    for argument in arguments { request.add(Bytes(argument)) }
    return try execute(request)
  }
}

/// A command with its arguments, encoded one behind the other.
public struct KeyspaceRequest: Sendable {
  private(set) var bytes: [UInt8] = []
  private(set) var ends: [Int] = []

  init(_ name: StaticString) {
    bytes.reserveCapacity(128)
    token(name)
  }
  init(word: Bytes) { add(word) }

  mutating func token(_ word: StaticString) {
    word.withUTF8Buffer { bytes.append(contentsOf: $0) }
    ends.append(bytes.count)
  }

  mutating func add(_ argument: some KeyspaceBytes) {
    argument.withKeyspaceBytes { bytes.append(contentsOf: $0) }
    ends.append(bytes.count)
  }

  mutating func add(_ arguments: [some KeyspaceBytes]) { for argument in arguments { add(argument) } }
  mutating func add(_ part: some KeyspaceRequestPart) { part.encode(into: &self) }
  mutating func add(_ parts: [some KeyspaceRequestPart]) { for part in parts { part.encode(into: &self) } }

  /// Clamped to what an integer holds; what is no time at all is refused by the command.
  mutating func add(_ time: Date, inMilliseconds: Bool) {
    let value = (time.timeIntervalSince1970 * (inMilliseconds ? 1000 : 1)).rounded(.down)
    guard let whole = Int(exactly: value) else { return add("\(value)") }
    add(whole)
  }

  func withViews<R>(_ body: (UnsafeBufferPointer<ArgumentView>) throws -> R) rethrows -> R {
    try bytes.withUnsafeBytes { bytes in
      // A pointer to something, also for a command of empty arguments.
      try withUnsafeTemporaryAllocation(of: ArgumentView.self, capacity: ends.count) { views in
        let base = bytes.baseAddress ?? KeyspaceRequest.nothing
        var start = 0
        for (i, end) in ends.enumerated() {
          views.initializeElement(at: i, to: ArgumentView(base + start, end - start))
          start = end
        }
        return try body(UnsafeBufferPointer(rebasing: views[..<ends.count]))
      }
    }
  }

  private nonisolated(unsafe) static let nothing = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16))
}

/// An option of a command that is several words.
protocol KeyspaceRequestPart {
  func encode(into request: inout KeyspaceRequest)
}

extension KeyspaceRequest {
  /// Runs within a transaction of the host program.
  func run(_ engine: Engine, database: Int, mayWrite: Bool) throws(TernError) -> Reply {
    var parser = RESPReplyParser()
    do {
      let value = try withViews { views in
        try engine.runForHost(views, database: database, mayWrite: mayWrite) { bytes in
          parser.append(bytes)
          return try parser.next()
        }
      }
      guard let value else { throw TernError(.other, "the command gave no reply") }
      if case .error(let line) = value { throw TernError(CommandError(String(decoding: line, as: UTF8.self))) }
      return Reply(value)
    } catch let error as TernError {
      throw error
    } catch let error as CommandError {
      throw TernError(error)
    } catch {
      throw TernError(.other, "\(error)")
    }
  }
}
