/// A call to the file system that failed: what was tried, on which path, and the system's reason.
package struct FileSystemError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Operation: String, Hashable, Sendable {
    case open, read, write, sync, truncate, close, rename, remove, list, status, lock
    case createDirectory = "create directory"
    case syncDirectory = "sync directory"
  }

  package var operation: Operation
  package var path: String
  /// The system's errno.
  package var code: Int32
  /// The text of `code` (`No space left on device`).
  package var reason: String

  package init(_ operation: Operation, path: String, code: Int32, reason: String) {
    self.operation = operation
    self.path = path
    self.code = code
    self.reason = reason
  }

  package var description: String { "Can't \(operation.rawValue) \(path): \(reason)" }
}
