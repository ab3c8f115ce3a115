/// Builds commands as a client sends them: an array of bulk strings.
package enum RESPCommand {
  package static func encode(_ arguments: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    encode(arguments, into: &bytes)
    return bytes
  }

  package static func encode(_ arguments: [[UInt8]], into bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "*"))
    bytes.append(contentsOf: String(arguments.count).utf8)
    bytes.append(13)
    bytes.append(10)
    for argument in arguments {
      bytes.append(UInt8(ascii: "$"))
      bytes.append(contentsOf: String(argument.count).utf8)
      bytes.append(13)
      bytes.append(10)
      bytes.append(contentsOf: argument)
      bytes.append(13)
      bytes.append(10)
    }
  }

  package static func encode(_ arguments: String...) -> [UInt8] { encode(arguments.map { Array($0.utf8) }) }
}
