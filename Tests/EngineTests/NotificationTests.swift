import Testing

@testable import TernEngine

/// Keyspace notifications against a real server: what is said, where, and in which order.
extension ServerDifferentialTests {
  static let keyChanges = """
    SET a 1
    SET a 2
    SET a 2 EX 100
    SET a 3 KEEPTTL
    SET b x NX
    SETEX c 10 v
    PSETEX c 10000 v
    SETNX c v
    SETNX d v
    GETSET d w
    GETSET e w
    GETDEL e
    GETDEL e
    GETEX d EX 100
    GETEX d PERSIST
    GETEX d
    GETEX nosuch
    GET nosuch
    MGET a nosuch
    EXISTS nosuch
    TYPE nosuch
    TTL nosuch
    STRLEN nosuch
    OBJECT ENCODING nosuch
    MSET f 1 a 2
    MSETNX f 1 g 2
    MSETNX g 2 h 2
    INCR n
    INCRBY n 4
    DECR n
    DECRBY n 2
    INCRBYFLOAT n 1.5
    APPEND s abc
    APPEND s def
    SETRANGE s 1 zz
    SETRANGE nos 1 zz
    SETRANGE none 0 ""
    GETRANGE nosuch 0 1
    EXPIRE a 100
    PEXPIRE a 100000
    EXPIREAT a 99999999999
    PERSIST a
    PERSIST a
    EXPIRE a -1
    RENAME b bb
    RENAME bb c
    RENAMENX c d
    RENAMENX c cc
    COPY cc dd
    COPY cc dd REPLACE
    COPY cc dd DB 2
    MOVE cc 3
    DEL d nosuch
    UNLINK f nosuch
    TOUCH s nosuch
    SELECT 3
    SET other 1
    FLUSHDB
    SELECT 0
    MULTI
    SET m 1
    DEL m
    EXEC
    """

  private func compareNotifications(_ flags: String, _ kinds: [KeyEventKind], keyspace: Bool = true, keyevent: Bool = true) throws {
    try compare("2> PSUBSCRIBE __key*\n" + Self.keyChanges, options: ["--notify-keyspace-events", flags]) { engine in
      var notifications = KeyspaceNotifications()
      notifications.keyspace = keyspace
      notifications.keyevent = keyevent
      for kind in kinds { notifications.insert(kind) }
      engine.settings.notifications = notifications
    }
  }

  static let allKinds: [KeyEventKind] = [
    .generic, .string, .list, .set, .hash, .sortedSet, .expired, .evicted, .stream, .module,
  ]

  @Test func `all keyspace events of strings and keys, on both kinds of channel`() throws {
    try compareNotifications("KEAmn", Self.allKinds + [.miss, .new])
  }

  @Test func `A leaves out new keys and misses`() throws { try compareNotifications("EA", Self.allKinds, keyspace: false) }

  @Test func `only what was asked for is said`() throws {
    try compareNotifications("K$", [.string], keyevent: false)
    try compareNotifications("Kgm", [.generic, .miss], keyevent: false)
  }
}

extension ServerDifferentialTests {
  @Test func `what is out of scope answers as a server where it is off`() throws {
    try compare(
      """
      CLUSTER
      CLUSTER INFO
      CLUSTER KEYSLOT a
      CLUSTER NODES x
      CLUSTER NOSUCH
      CLUSTER ADDSLOTS
      ASKING
      READONLY
      READWRITE
      MODULE
      MODULE LIST
      MODULE LOAD x
      MODULE UNLOAD x
      MODULE NOSUCH
      EVAL
      EVAL x
      EVAL x a
      EVAL x -1
      EVAL x 3 a
      EVALSHA abc 0
      EVALSHA abc x
      EVALSHA_RO abc 1 a
      FCALL a 0
      FCALL a x
      FCALL_RO a 0
      FUNCTION
      FUNCTION LIST
      FUNCTION LIST x
      FUNCTION LIST WITHCODE LIBRARYNAME a
      FUNCTION LIST LIBRARYNAME
      FUNCTION STATS
      FUNCTION DUMP
      FUNCTION KILL
      FUNCTION FLUSH
      FUNCTION FLUSH ASYNC
      FUNCTION FLUSH x
      FUNCTION FLUSH SYNC x
      FUNCTION DELETE x
      FUNCTION RESTORE x
      FUNCTION RESTORE x y
      FUNCTION NOSUCH
      SCRIPT
      SCRIPT EXISTS
      SCRIPT EXISTS a b
      SCRIPT FLUSH
      SCRIPT FLUSH SYNC
      SCRIPT FLUSH x
      SCRIPT KILL
      SCRIPT NOSUCH
      LOLWUT VERSION x
      LOLWUT VERSION 9
      LOLWUT VERSION
      HELLO 3
      FUNCTION STATS
      LATENCY HISTOGRAM nosuch
      LATENCY HISTORY x
      LATENCY RESET command
      """)
  }

  @Test func `commands of the server are described as by a real one`() throws {
    var script = ""
    for name in [
      "eval", "evalsha", "eval_ro", "evalsha_ro", "fcall", "fcall_ro", "script|load", "script|exists", "script|flush", "script|kill",
      "function|load", "function|delete", "function|dump", "function|flush", "function|kill", "function|list", "function|restore",
      "function|stats", "module|load", "module|loadex", "module|unload", "module|list", "latency|histogram", "readonly", "readwrite",
      "asking", "cluster|info", "cluster|setslot", "lolwut",
    ] { script += "COMMAND INFO \(name)\n" }
    script += "COMMAND GETKEYS EVAL x 2 a b c\nCOMMAND GETKEYSANDFLAGS EVAL_RO x 1 a b\nCOMMAND GETKEYS FCALL x 0\n"
    try compare(script)
  }
}
