internal import TernEngine

/// What went wrong: a code to decide by, and words for people.
public struct TernError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of error. Open-ended: new kinds come with new versions, so a `switch` needs a `default`.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The key holds another kind of value.
    public static let wrongType = Code(rawValue: "wrongType")
    /// The value is no integer, or is out of range; also when an increment would overflow.
    public static let notAnInteger = Code(rawValue: "notAnInteger")
    /// The value's bytes do not mean what was asked for (``Reader/get(_:as:)``).
    public static let notConvertible = Code(rawValue: "notConvertible")
    /// This node is a replica; writes go to its primary, which the message names (``Node/leader`` sends commands there).
    public static let readOnly = Code(rawValue: "readOnly")
    /// The data are still being loaded.
    public static let loading = Code(rawValue: "loading")
    /// The node does not accept this now: a disk that fails, too few replicas, too little memory, a pause.
    public static let refused = Code(rawValue: "refused")
    /// The write was applied here, but no quorum acknowledged it in time, or this node has ceased to lead: it may or may not survive. Every
    /// other code means that nothing was applied (``TernError/isOutcomeUnknown``).
    public static let outcomeUnknown = Code(rawValue: "outcomeUnknown")
    /// No leader could be found, or none took the command, within the time that was given; nothing was applied.
    public static let unavailable = Code(rawValue: "unavailable")
    /// This node's data did not become as fresh as was asked for, within the time that was given (``ReadConsistency``).
    public static let stale = Code(rawValue: "stale")
    /// The database's number is out of range.
    public static let noSuchDatabase = Code(rawValue: "noSuchDatabase")
    /// A setting is not valid.
    public static let configuration = Code(rawValue: "configuration")
    /// The port or the socket cannot be listened on: taken, or not permitted.
    public static let addressUnavailable = Code(rawValue: "addressUnavailable")
    /// The files on the disk cannot be read, or another node uses them.
    public static let storage = Code(rawValue: "storage")
    /// ``Node/start()`` was called on a node that has been started or stopped already.
    public static let notStartable = Code(rawValue: "notStartable")
    /// The node has not been started, or has been stopped.
    public static let notRunning = Code(rawValue: "notRunning")
    /// A method of the node was called inside of a closure that this thread runs within the same node: it would wait for itself.
    public static let reentrant = Code(rawValue: "reentrant")
    /// An optimistic transaction gave up: what it watched was changed by others at each try.
    public static let conflict = Code(rawValue: "conflict")
    /// The change feed was asked for what the log does not hold any more: start from a ``Node/snapshot()``.
    public static let tooOld = Code(rawValue: "tooOld")
    /// A value could not be encoded (``ValueCoder``).
    public static let notEncodable = Code(rawValue: "notEncodable")
    /// Everything else; the message says what.
    public static let other = Code(rawValue: "other")
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  /// What became of the write that failed: true if it may have been applied and may stay or not; false if nothing was applied.
  public var isOutcomeUnknown: Bool { code == .outcomeUnknown }

  init(_ error: CommandError) {
    let code: Code =
      switch error.code {
      case "WRONGTYPE": .wrongType
      case "READONLY": .readOnly
      case "UNCERTAIN": .outcomeUnknown
      case "LOADING": .loading
      case "MASTERDOWN", "NOLEADER", "OOM", "MISCONF", "NOREPLICAS", "PAUSED", "NOAUTH", "WRONGPASS", "NOPERM": .refused
      case _ where error == .notInteger || error == .overflow: .notAnInteger
      default: .other
      }
    self.init(code, error.line)
  }
}
