/// ACL: there is one user, `default`, who may do everything; that much is told truly. Rules are not supported yet.
extension ServerCommands {
  private static let unsupported = CommandError("ERR ACL rules are not supported yet: 'default' is the only user, and may do everything")
  private static let noFile = CommandError(
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then "
      + "issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.")

  static func aclWhoami(_ call: Call) throws(CommandError) { call.reply.bulk(call.session.user) }

  static func aclUsers(_ call: Call) throws(CommandError) {
    call.reply.array(1)
    call.reply.bulk("default")
  }

  static func aclList(_ call: Call) throws(CommandError) {
    let settings = call.engine.settings
    let passwords = settings.requiresPassword ? hashedPasswords(settings).map { "#" + $0 } : ["nopass"]
    call.reply.array(1)
    call.reply.bulk("user default on \(passwords.joined(separator: " ")) ~* &* +@all")
  }

  static func aclGetuser(_ call: Call) throws(CommandError) {
    let reply = call.reply
    let settings = call.engine.settings
    guard call.text(2) == "default" else { return reply.nullArray() }
    reply.map(6)
    reply.bulk("flags")
    reply.set(settings.requiresPassword ? 1 : 2)
    reply.bulk("on")
    if !settings.requiresPassword { reply.bulk("nopass") }
    reply.bulk("passwords")
    let passwords = settings.requiresPassword ? hashedPasswords(settings) : []
    reply.array(passwords.count)
    for password in passwords { reply.bulk(password) }
    reply.bulk("commands")
    reply.bulk("+@all")
    reply.bulk("keys")
    reply.bulk("~*")
    reply.bulk("channels")
    reply.bulk("&*")
    reply.bulk("selectors")
    reply.array(0)
  }

  private static func hashedPasswords(_ settings: EngineSettings) -> [String] {
    settings.passwords.map { Hex.text(SHA256.digest($0)) }
  }

  static func aclCat(_ call: Call) throws(CommandError) {
    guard call.count <= 3 else { throw .subcommandSyntax(call) }
    if call.count == 2 {
      call.reply.array(ACLCategories.names.count)
      for (_, name) in ACLCategories.names { call.reply.bulk("\(name)".dropFirst()) }
      return
    }
    guard let category = ACLCategories.named(call.text(2)) else { throw CommandError("ERR Unknown category '\(call.text(2))'") }
    let names = call.engine.table.records.filter { $0.spec.allCategories.contains(category) }.map(\.fullName)
    call.reply.array(names.count)
    for name in names { call.reply.bulk(name) }
  }

  static func aclGenpass(_ call: Call) throws(CommandError) {
    guard call.count <= 3 else { throw .subcommandSyntax(call) }
    var bits = 256
    if call.count == 3 {
      let value = try call.integer(2)
      guard value > 0, value <= 4096 else {
        throw CommandError(
          "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096")
      }
      bits = Int(value)
    }
    let digits = (bits + 3) / 4
    let bytes = (0..<(digits + 1) / 2).map { _ in UInt8(truncatingIfNeeded: call.engine.secret.next()) }
    call.reply.bulk(Hex.text(bytes).prefix(digits))
  }

  static func aclDryrun(_ call: Call) throws(CommandError) {
    guard call.text(2) == "default" else { throw CommandError("ERR User '\(call.text(2))' not found") }
    let table = call.engine.table
    var found = table.find(call[3].bytes, call[3].count)
    if let parent = found, parent.pointee.hasSubcommands, call.count > 4 {
      found = table.find(subcommand: call[4].bytes, call[4].count, of: parent.pointee.id)
    }
    guard let found else { throw CommandError("ERR Command '\(call.text(3))' not found") }
    let count = call.count - 3
    guard found.pointee.arity > 0 ? count == found.pointee.arity : count >= -found.pointee.arity else {
      throw .wrongArity(found.pointee.fullName)
    }
    call.reply.ok()
  }

  /// Nothing is ever refused to the only user.
  static func aclLog(_ call: Call) throws(CommandError) {
    guard call.count <= 3 else { throw .subcommandSyntax(call) }
    if call.count == 3 {
      if call.is(2, "RESET") { return call.reply.ok() }
      _ = try call.integer(2)
    }
    call.reply.array(0)
  }

  static func aclSave(_ call: Call) throws(CommandError) { throw noFile }
  static func aclLoad(_ call: Call) throws(CommandError) { throw noFile }
  static func aclSetuser(_ call: Call) throws(CommandError) { throw unsupported }

  static func aclDeluser(_ call: Call) throws(CommandError) {
    for i in 2..<call.count where call.text(i) == "default" { throw CommandError("ERR The 'default' user cannot be removed") }
    call.reply.integer(0)
  }

  static func aclHelp(_ call: Call) throws(CommandError) {
    call.reply.help(
      "ACL",
      [
        ("CAT [<category>]", ["The categories, or the commands of one."]),
        ("DELUSER <username> [<username> ...]", ["Removes users."]),
        ("DRYRUN <username> <command> [<arg> ...]", ["Whether a user might execute a command."]),
        ("GENPASS [<bits>]", ["A password drawn at random, of 256 bits unless told otherwise."]),
        ("GETUSER <username>", ["Describes a user."]),
        ("LIST", ["The users with their rules."]),
        ("LOG [<count> | RESET]", ["What was refused to users."]),
        ("SETUSER <username> <attribute> [<attribute> ...]", ["Makes or changes a user; not supported yet."]),
        ("USERS", ["The users' names."]),
        ("WHOAMI", ["This connection's user."]),
      ])
  }
}
