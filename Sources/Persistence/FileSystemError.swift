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

extension FileSystemError {
  /// Text for the codes that the file systems without an operating system use; the numbers are Linux's.
  private static let reasons: [Int32: String] = [
    2: "No such file or directory", 5: "Input/output error", 9: "Bad file descriptor", 13: "Permission denied", 17: "File exists",
    20: "Not a directory", 21: "Is a directory", 22: "Invalid argument", 28: "No space left on device", 30: "Read-only file system",
    39: "Directory not empty",
  ]

  init(_ operation: Operation, path: String, linuxCode code: Int32) {
    self.init(operation, path: path, code: code, reason: FileSystemError.reasons[code] ?? "Error \(code)")
  }
}
