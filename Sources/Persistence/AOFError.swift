import TernEngine

/// Why an append only log cannot be opened, read, or written on.
package struct AOFError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    case fileSystem(FileSystemError)
    case manifest(AOFManifest.Malformed)
    /// The manifest names a file that is not there.
    case missingFile
    /// The last command of a file is incomplete, and may not be cut off (`aof-load-truncated no`, or not the last file).
    case truncated
    case malformed
    case rdb(RDBError)
    /// An earlier write or fsync failed in a way that leaves the file in doubt: only a rewrite, into new files, helps.
    case failedBefore
    /// A call that does not fit the state of the store: a bug of the caller.
    case misuse
  }

  package var code: Code
  /// The name of the file within the append only directory, or the path of what failed.
  package var file: String
  /// Where in the file; the end of the last command that was good.
  package var offset: Int?
  /// The line for the log, in Redis's words where it has some.
  package var message: String

  package init(_ code: Code, file: String, offset: Int? = nil, _ message: String) {
    self.code = code
    self.file = file
    self.offset = offset
    self.message = message
  }

  package init(_ error: FileSystemError, _ message: String? = nil) {
    self.init(.fileSystem(error), file: error.path, message.map { "\($0): \(error.reason)" } ?? error.description)
  }

  package var description: String { offset.map { "\(message) (file \(file), offset \($0))" } ?? message }
}

/// A line for the log that goes with something that was done, not with an error.
package struct AOFNotice: Hashable, Sendable {
  package enum Level: Hashable, Sendable { case notice, warning }
  package var level: Level
  package var text: String

  package static func notice(_ text: String) -> AOFNotice { AOFNotice(level: .notice, text: text) }
  package static func warning(_ text: String) -> AOFNotice { AOFNotice(level: .warning, text: text) }
}
