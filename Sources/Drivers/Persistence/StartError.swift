internal import TernPersistence

/// Why a node cannot start with the files that it has. Nothing was changed on the disk, unless `message` says so.
package struct StartError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A line for the log, in Redis's words where it has some.
  package var message: String
  package var file: String?
  /// Where in the file.
  package var offset: Int?

  package init(_ message: String, file: String? = nil, offset: Int? = nil) {
    self.message = message
    self.file = file
    self.offset = offset
  }

  init(_ error: AOFError) { self.init(error.message, file: error.file, offset: error.offset) }

  package var description: String {
    switch (file, offset) {
    case (let file?, let offset?): "\(message) (file \(file), offset \(offset))"
    case (let file?, nil): "\(message) (file \(file))"
    default: message
    }
  }
}
