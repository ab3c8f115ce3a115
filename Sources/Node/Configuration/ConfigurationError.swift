/// Why a value was refused, in the words that redis-server uses; the caller adds where.
package struct ConfigurationReason: Error, Equatable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  static let wrongNumberOfArguments = ConfigurationReason("wrong number of arguments")
  static let unbalancedQuotes = ConfigurationReason("Unbalanced quotes in configuration line")
}

/// The start cannot go on: the configuration is bad, or could not be read.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Report: Equatable, Sendable {
    /// To standard error, as it is. `line` is nil for a contradiction that no single line is to blame for.
    case fatal(line: Line?, reason: String)
    /// To the log at level warning: what could not be opened or read.
    case log(String)
    /// To standard error, with nothing around it: a wrong use of the command line.
    case usage(String)
  }

  package struct Line: Equatable, Sendable {
    /// Counted from 1. Options of the command line count as lines behind the file's, after an empty one.
    package let number: Int
    /// Without white space around it.
    package let text: [UInt8]
    /// The file when the line is from an `include`, else nil: the name of the main file is on the command line.
    package let includedFrom: String?

    package init(number: Int, text: [UInt8], includedFrom: String? = nil) {
      self.number = number
      self.text = text
      self.includedFrom = includedFrom
    }
  }

  package let report: Report
  /// What stands in brackets in the first line: `Tern 1.0.0`.
  package let product: String

  package init(_ report: Report, product: String) {
    self.report = report
    self.product = product
  }

  /// What is printed, to the last byte, in the shape that process managers and test suites look for. For a line of an included file one
  /// line more names that file, which redis-server leaves to guesswork.
  package var description: String {
    switch report {
    case .log(let message): return message
    case .usage(let message): return message
    case .fatal(let line, let reason):
      var text = "\n*** FATAL CONFIG FILE ERROR (\(product)) ***\n"
      if let line {
        text += "Reading the configuration file, at line \(line.number)\n>>> '\(String(decoding: line.text, as: UTF8.self))'\n"
      }
      text += reason + "\n"
      if let file = line?.includedFrom { text += "The line is in the included file \(file)\n" }
      return text
    }
  }
}
