/// The line syntax that inline commands and configuration files share: arguments apart by white space, `"…"` with escapes
/// (`\n \r \t \b \a \xHH`, any other `\c` is `c`), `'…'` with `\'` only. A closing quote must be followed by white space or the end.
package enum QuotedArguments {
  /// nil when quotes are unbalanced or a closing quote has a character behind it.
  package static func split(_ line: some Collection<UInt8>) -> [[UInt8]]? {
    let line = Array(line)
    var arguments: [[UInt8]] = []
    var i = 0
    while true {
      while i < line.count, isSpace(line[i]) { i += 1 }
      guard i < line.count else { return arguments }
      var argument: [UInt8] = []
      var quote: UInt8 = 0
      scan: while true {
        guard i < line.count else {
          if quote != 0 { return nil }
          break scan
        }
        let byte = line[i]
        if quote == UInt8(ascii: "\"") {
          if byte == UInt8(ascii: "\\"), i + 3 < line.count, line[i + 1] == UInt8(ascii: "x"), let high = hexDigit(line[i + 2]),
            let low = hexDigit(line[i + 3])
          {
            argument.append(high << 4 | low)
            i += 4
            continue
          }
          if byte == UInt8(ascii: "\\"), i + 1 < line.count {
            argument.append(unescaped(line[i + 1]))
            i += 2
            continue
          }
        } else if quote == UInt8(ascii: "'") {
          if byte == UInt8(ascii: "\\"), i + 1 < line.count, line[i + 1] == UInt8(ascii: "'") {
            argument.append(UInt8(ascii: "'"))
            i += 2
            continue
          }
        } else if isSpace(byte) || byte == 0 {
          break scan
        } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
          quote = byte
          i += 1
          continue
        }
        if quote != 0, byte == quote {
          i += 1
          if i < line.count, !isSpace(line[i]) { return nil }
          break scan
        }
        argument.append(byte)
        i += 1
      }
      arguments.append(argument)
      if i < line.count, line[i] == 0 { return arguments }
    }
  }

  /// `bytes` in double quotes with escapes, such that `split` gives them back; the form that Redis prints in MONITOR and writes to files.
  package static func quote(_ bytes: some Sequence<UInt8>) -> String {
    var text = "\""
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\\"), UInt8(ascii: "\""):
        text += "\\"
        text.unicodeScalars.append(Unicode.Scalar(byte))
      case 10: text += "\\n"
      case 13: text += "\\r"
      case 9: text += "\\t"
      case 7: text += "\\a"
      case 8: text += "\\b"
      case 0x20..<0x7f: text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let hex = String(byte, radix: 16)
        text += hex.count == 1 ? "\\x0\(hex)" : "\\x\(hex)"
      }
    }
    return text + "\""
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 9 && byte <= 13) }

  private static func unescaped(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "n"): 10
    case UInt8(ascii: "r"): 13
    case UInt8(ascii: "t"): 9
    case UInt8(ascii: "b"): 8
    case UInt8(ascii: "a"): 7
    default: byte
    }
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
