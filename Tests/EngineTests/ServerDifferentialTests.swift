import Testing

@testable import TernEngine

/// The same commands to this engine and to a real redis-server, and the same replies from both.
@Suite(.serialized)
struct ServerDifferentialTests {
  /// `script`: a line is a command, words apart by blanks; `2>` in front names the client, 1 without. Lines are sent one by one.
  func compare(
    _ script: String, options: [String] = [], sourceLocation: SourceLocation = #_sourceLocation, configure: (Engine) -> Void = { _ in }
  ) throws {
    let real = try ServerRealServer(options)
    let ours = ServerTestEngine()
    ours.engine.settings.debugCommand = .yes
    configure(ours.engine)
    var clients: [(ours: ServerTestClient, real: ServerRealClient)] = []
    for line in script.split(separator: "\n") {
      var words = QuotedArguments.split(line.utf8) ?? []
      guard !words.isEmpty else { continue }
      var client = 0
      if words[0].last == UInt8(ascii: ">"), let number = Int(String(decoding: words[0].dropLast(), as: UTF8.self)) {
        client = number - 1
        words.removeFirst()
      }
      while clients.count <= client { clients.append((ours.connect(), try real.connect())) }
      clients[client].ours.write(RESPCommand.encode(words))
      clients[client].real.write(RESPCommand.encode(words))
      // As many values as came here must come from there, at every client.
      for i in clients.indices {
        for expected in clients[i].ours.received() {
          // One that does not come costs a wait, and leaves the two out of step.
          guard let actual = try clients[i].real.next() else {
            Issue.record("no reply from redis-server at client \(i + 1) after: \(line)", sourceLocation: sourceLocation)
            return
          }
          #expect(normal(expected) == normal(actual), "client \(i + 1) after: \(line)", sourceLocation: sourceLocation)
        }
      }
    }
    for i in clients.indices {
      let rest = try clients[i].real.next(milliseconds: 30)
      #expect(rest == nil, "client \(i + 1) got more from redis-server", sourceLocation: sourceLocation)
    }
  }

  /// HELLO says the connection's id, which differs.
  func normal(_ value: RESPValue) -> RESPValue {
    switch value {
    case .map(let pairs):
      return .map(
        pairs.map { $0.key == bulk("id") ? .init(key: $0.key, value: .null) : .init(key: normal($0.key), value: normal($0.value)) })
    case .array(var elements):
      if elements.first == bulk("server"), let i = elements.firstIndex(of: bulk("id")), i + 1 < elements.count { elements[i + 1] = .null }
      return .array(elements.map(normal))
    default: return value
    }
  }

  @Test func `transactions`() throws {
    try compare(
      """
      EXEC
      DISCARD
      MULTI
      MULTI
      WATCH a
      SET a 1
      INCR a
      GET a
      EXEC
      MULTI
      EXEC
      MULTI
      NOSUCH
      GET a
      EXEC
      MULTI
      GET
      PING
      EXEC
      MULTI
      SET s text
      INCR s
      GET s
      EXEC
      WATCH a
      2> SET a 5
      MULTI
      GET a
      EXEC
      MULTI
      GET a
      EXEC
      WATCH a b
      UNWATCH
      2> SET a 6
      MULTI
      INCR a
      EXEC
      WATCH a
      SET a 7
      MULTI
      GET a
      EXEC
      WATCH a
      MULTI
      2> SET a 8
      DISCARD
      MULTI
      GET a
      EXEC
      WATCH missing
      2> GET missing
      MULTI
      PING
      EXEC
      MULTI
      SET a 1
      RESET
      EXEC
      MULTI x
      EXEC x
      DISCARD x
      UNWATCH x
      WATCH
      MULTI
      EXEC x
      PING
      EXEC
      MULTI
      DISCARD x
      PING
      EXEC
      MULTI
      MONITOR
      UNWATCH
      AUTH x
      HELLO 3
      PING
      GET none
      EXEC
      HELLO 2
      MULTI
      CLIENT SETNAME x
      CLIENT NOSUCH
      EXEC
      CLIENT GETNAME
      MULTI
      PUBLISH c m
      EXEC
      MULTI
      QUIT
      """)
  }

  @Test func `channels and patterns in RESP2`() throws {
    try compare(
      """
      SUBSCRIBE a b a
      2> PUBLISH a hello
      2> PUBLISH none hello
      GET x
      CLIENT ID
      NOSUCH
      MULTI
      PING
      PING text
      PING a b
      PUBLISH a b
      PSUBSCRIBE a*
      2> PUBLISH a hello
      2> PSUBSCRIBE none
      2> RESET
      2> PUBSUB CHANNELS b*
      2> PUBSUB CHANNELS a b
      2> PUBSUB NUMSUB
      2> PUBSUB NUMSUB a b c
      2> PUBSUB NUMPAT
      2> PUBSUB NUMPAT x
      2> PUBSUB NOSUCH
      UNSUBSCRIBE b zz
      2> PUBSUB CHANNELS
      PUNSUBSCRIBE zz
      PUNSUBSCRIBE
      PUNSUBSCRIBE
      UNSUBSCRIBE
      UNSUBSCRIBE
      GET x
      SSUBSCRIBE s
      2> SPUBLISH s m
      2> PUBLISH s m
      2> PUBSUB SHARDCHANNELS
      2> PUBSUB SHARDNUMSUB s t
      SUNSUBSCRIBE
      SUNSUBSCRIBE
      SUBSCRIBE
      SUBSCRIBE a
      RESET
      2> PUBLISH a x
      MULTI
      SUBSCRIBE a
      PING
      SUBSCRIBE b
      EXEC
      """)
  }

  @Test func `channels and patterns in RESP3`() throws {
    try compare(
      """
      HELLO 3
      SUBSCRIBE a
      PSUBSCRIBE *
      2> PUBLISH a hello
      PUBLISH a own
      PING
      PING x
      GET x
      SSUBSCRIBE s
      SPUBLISH s m
      MULTI
      SUBSCRIBE z
      PUBLISH z m
      UNSUBSCRIBE z
      EXEC
      SUNSUBSCRIBE
      UNSUBSCRIBE
      UNSUBSCRIBE
      PUNSUBSCRIBE
      RESET
      PING
      """)
  }

  @Test func `HELLO, AUTH and the wrong uses of them`() throws {
    try compare(
      """
      HELLO
      HELLO 2
      HELLO 3
      HELLO 4
      HELLO x
      HELLO 3 foo
      HELLO 3 AUTH a
      HELLO 3 AUTH a b
      HELLO 3 SETNAME
      HELLO 3 SETNAME "a b"
      HELLO 2 SETNAME name
      CLIENT GETNAME
      HELLO 3 AUTH default any SETNAME other
      CLIENT GETNAME
      AUTH
      AUTH x
      AUTH default x
      AUTH other x
      AUTH a b c
      RESET
      CLIENT GETNAME
      """)
  }

  @Test func `what a stranger may do where a password is set`() throws {
    try compare(
      """
      PING
      NOSUCH
      GET
      GET a
      CLIENT NOSUCH
      MULTI
      EXEC
      HELLO
      HELLO 3
      HELLO 9
      HELLO 3 AUTH default x
      AUTH x
      AUTH other secret
      DEBUG
      ACL WHOAMI
      HELLO 3 AUTH default secret
      ACL GETUSER default
      ACL LIST
      RESET
      GET a
      AUTH secret
      GET a
      MULTI
      RESET
      GET a
      QUIT
      """, options: ["--requirepass", "secret"]
    ) {
      $0.settings.requiresPassword = true
      $0.settings.passwords = [Array("secret".utf8)]
    }
  }

  @Test func `the wrong uses of CLIENT, and its simple answers`() throws {
    try compare(
      """
      CLIENT
      CLIENT NOSUCH
      cLiEnT nOsUcH x
      CLIENT ID x
      CLIENT SETNAME
      CLIENT SETNAME "a b"
      CLIENT SETNAME ""
      CLIENT GETNAME
      CLIENT LIST TYPE foo
      CLIENT LIST TYPE
      CLIENT LIST ID
      CLIENT LIST ID 1 x
      CLIENT LIST ID 99999 0
      CLIENT LIST foo
      CLIENT LIST TYPE slave
      CLIENT LIST TYPE master
      CLIENT KILL 1.2.3.4:5
      CLIENT KILL ID 0
      CLIENT KILL ID -5
      CLIENT KILL ID x
      CLIENT KILL ID 999999
      CLIENT KILL TYPE foo
      CLIENT KILL TYPE replica
      CLIENT KILL SKIPME maybe
      CLIENT KILL USER nobody
      CLIENT KILL USER default
      CLIENT KILL foo bar
      CLIENT KILL ID 1 TYPE
      CLIENT KILL ADDR 1.1.1.1:1 SKIPME no
      CLIENT KILL LADDR 1.1.1.1:1 ID 7
      CLIENT PAUSE x
      CLIENT PAUSE -1
      CLIENT PAUSE 1 foo
      CLIENT PAUSE 1 ALL x
      CLIENT UNPAUSE
      CLIENT UNBLOCK x
      CLIENT UNBLOCK 99999
      CLIENT UNBLOCK 1 foo
      CLIENT UNBLOCK 99999 ERROR
      CLIENT REPLY foo
      CLIENT REPLY ON
      CLIENT NO-EVICT foo
      CLIENT NO-EVICT on
      CLIENT NO-EVICT off
      CLIENT GETREDIR
      CLIENT TRACKINGINFO
      CLIENT TRACKING off
      CLIENT TRACKING foo
      CLIENT CACHING yes
      HELLO 3
      CLIENT TRACKINGINFO
      CLIENT GETNAME
      """)
  }

  @Test func `replies that a client does not want`() throws {
    try compare(
      """
      CLIENT REPLY SKIP
      PING
      PING
      CLIENT REPLY SKIP
      CLIENT REPLY SKIP
      PING
      ECHO 1
      CLIENT REPLY SKIP
      NOSUCH
      ECHO 2
      CLIENT REPLY SKIP
      MULTI
      CLIENT REPLY SKIP
      PING
      ECHO 3
      EXEC
      CLIENT REPLY OFF
      CLIENT REPLY SKIP
      PING
      PING
      NOSUCH
      CLIENT REPLY ON
      PING
      HELLO 3
      CLIENT REPLY OFF
      SUBSCRIBE a
      2> PUBLISH a m
      PING
      CLIENT REPLY ON
      """)
  }

  @Test func `the small families and their wrong uses`() throws {
    try compare(
      """
      ECHO
      ECHO a
      ECHO a b
      QUIT x
      2> PING a b
      2> NOSUCH
      2> NoSuch with "many words" 'and quotes'
      2> SLOWLOG
      2> SLOWLOG GET x
      2> SLOWLOG GET -2
      2> SLOWLOG GET -1
      2> SLOWLOG GET 1 2
      2> SLOWLOG LEN
      2> SLOWLOG RESET
      2> SLOWLOG RESET x
      2> SLOWLOG NOSUCH
      2> LATENCY
      2> LATENCY HISTORY x
      2> LATENCY HISTORY
      2> LATENCY LATEST
      2> LATENCY GRAPH x
      2> LATENCY RESET
      2> LATENCY RESET x y
      2> LATENCY NOSUCH
      2> TIME x
      2> MONITOR x
      2> ACL WHOAMI
      2> ACL USERS
      2> ACL LIST
      2> ACL GETUSER default
      2> ACL GETUSER nobody
      2> ACL CAT
      2> ACL CAT nosuch
      2> ACL CAT a b
      2> ACL CAT transaction x
      2> ACL LOG
      2> ACL LOG RESET
      2> ACL LOG x
      2> ACL SAVE
      2> ACL LOAD
      2> ACL DELUSER nobody
      2> ACL DELUSER default
      2> ACL DRYRUN default get x
      2> ACL DRYRUN nobody get x
      2> ACL DRYRUN default nosuch
      2> ACL DRYRUN default get
      2> ACL GENPASS x
      2> ACL GENPASS 5000
      2> ACL NOSUCH
      2> HELLO 3
      2> ACL GETUSER default
      2> ACL GETUSER nobody
      """)
  }
}
