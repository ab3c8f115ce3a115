/// DEBUG PROTOCOL: a reply of each type, for those who test a client.
enum DebugProtocol {
  private static let unknown = CommandError(
    "ERR Wrong protocol type name. Please use one of the following: "
      + "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false")

  static func reply(_ call: Call) throws(CommandError) {
    let reply = call.reply
    switch call.text(2).lowercased() {
    case "string": reply.bulk("Hello World")
    case "integer": reply.integer(12345)
    case "double": reply.double(3.141)
    case "bignum": reply.value(.bigNumber(Array("1234567999999999999999999999999999999".utf8)))
    case "null": reply.null()
    case "array":
      reply.array(3)
      for i in 0..<3 { reply.integer(i) }
    case "set":
      reply.set(3)
      for i in 0..<3 { reply.integer(i) }
    case "map":
      reply.map(3)
      for i in 0..<3 {
        reply.integer(i)
        reply.boolean(i == 1)
      }
    case "attrib":
      if reply.isRESP3 {
        reply.raw("|1\r\n")
        reply.bulk("key-popularity")
        reply.array(2)
        reply.bulk("key:123")
        reply.integer(90)
      }
      reply.bulk("Some real reply following the attribute")
    case "push":
      guard reply.isRESP3 else { throw CommandError("ERR RESP2 is not supported by this command") }
      reply.push(2)
      reply.bulk("server-cpu-usage")
      reply.integer(42)
      reply.bulk("Some real reply following the push reply")
    case "verbatim": reply.verbatim("This is a verbatim\nstring")
    case "true": reply.boolean(true)
    case "false": reply.boolean(false)
    default: throw unknown
    }
  }
}
