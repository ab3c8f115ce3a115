import Foundation
import Synchronization
import Tern

// Nanoseconds an operation in the process, beside a Dictionary behind a lock. `InProcess [tasks …]`, 1 2 8 unless given otherwise.

let keyCount = 100_000
let keys = (0..<keyCount).map { Array("key:\($0 + 1_000_000)".utf8) }
let names = (0..<keyCount).map { "key:\($0 + 1_000_000)" }
let value = Array("a value of thirty-two bytes or so".utf8.prefix(32))

/// One way of doing an operation, `i` times over.
struct Measurement: Sendable {
  let name: String
  let operations: Int
  let body: @Sendable (_ range: Range<Int>) throws -> Void
}

let node = try Node()
try node.start()

let dictionary = Mutex<[[UInt8]: [UInt8]]>([:])
let stringDictionary = Mutex<[String: String]>([:])

for i in 0..<keyCount {
  try node.set(keys[i], value)
  try node.set("text:" + names[i], "a value")
  dictionary.withLock { $0[keys[i]] = value }
  stringDictionary.withLock { $0["text:" + names[i]] = "a value" }
}
let texts = names.map { "text:" + $0 }
try node.set("number", 0)

/// A walk over all keys that no prefetcher guesses.
@inline(__always)
func place(_ i: Int) -> Int { (i &* 7919) % keyCount }

let measurements = [
  Measurement(name: "get, bytes", operations: 1_000_000) { range in
    var sum = 0
    for i in range { sum &+= try node.get(keys[place(i)], as: [UInt8].self)?.count ?? 0 }
    precondition(sum > 0)
  },
  Measurement(name: "set, bytes", operations: 1_000_000) { range in for i in range { try node.set(keys[place(i)], value) } },
  Measurement(name: "get, String", operations: 1_000_000) { range in
    var sum = 0
    for i in range { sum &+= try node.get(texts[place(i)], as: String.self)?.utf8.count ?? 0 }
    precondition(sum > 0)
  },
  Measurement(name: "set, String", operations: 1_000_000) { range in for i in range { try node.set(texts[place(i)], "a value") } },
  Measurement(name: "get, Int", operations: 1_000_000) { range in
    for _ in range { _ = try node.get("number", as: Int.self) }
  },
  Measurement(name: "increment", operations: 1_000_000) { range in for _ in range { try node.increment("number") } },
  Measurement(name: "hset, field", operations: 1_000_000) { range in
    for i in range { try node.hset("hash", field: keys[i & 1023], value: value) }
  },
  Measurement(name: "zadd, score and member", operations: 500_000) { range in
    for i in range { try node.zadd("scores", score: Double(place(i)), member: keys[place(i)]) }
  },
  Measurement(name: "strlen, by its spec", operations: 200_000) { range in for i in range { _ = try node.strlen(keys[place(i)]) } },
  Measurement(name: "read of three", operations: 500_000) { range in
    for i in range {
      _ = try node.read { db in
        let a = try db.get(keys[place(i)], as: [UInt8].self)
        let b = try db.get(keys[place(i + 1)], as: [UInt8].self)
        let c = try db.get("number", as: Int.self)
        return (a?.count ?? 0) + (b?.count ?? 0) + (c ?? 0)
      }
    }
  },
  Measurement(name: "transaction of three", operations: 200_000) { range in
    for i in range {
      try node.write { db in
        try db.set(keys[place(i)], value)
        try db.set(keys[place(i + 1)], value)
        try db.increment("number")
      }
    }
  },
  Measurement(name: "transaction that is undone", operations: 100_000) { range in
    struct Undo: Error {}
    for i in range {
      try? node.write { db in
        try db.set(keys[place(i)], value)
        try db.increment("number")
        throw Undo()
      }
    }
  },
  Measurement(name: "snapshot", operations: 20_000) { range in for _ in range { _ = try node.snapshot() } },
  Measurement(name: "Dictionary behind a Mutex: get, bytes", operations: 1_000_000) { range in
    var sum = 0
    for i in range { sum &+= dictionary.withLock { $0[keys[place(i)]]?.count ?? 0 } }
    precondition(sum > 0)
  },
  Measurement(name: "Dictionary behind a Mutex: set, bytes", operations: 1_000_000) { range in
    for i in range { dictionary.withLock { $0[keys[place(i)]] = value } }
  },
  Measurement(name: "Dictionary behind a Mutex: get, String", operations: 1_000_000) { range in
    var sum = 0
    for i in range { sum &+= stringDictionary.withLock { $0[texts[place(i)]]?.utf8.count ?? 0 } }
    precondition(sum > 0)
  },
]

/// The same over a connection, one request at a time, each task with a connection of its own.
func overLoopback(_ server: LoopbackServer) -> [Measurement] {
  func measurement(_ name: String, replies: Int = 1, _ request: @escaping @Sendable (_ i: Int) -> [UInt8]) -> Measurement {
    Measurement(name: "redis-server over loopback: " + name, operations: 20_000) { range in
      guard let client = LoopbackClient(port: server.port) else { return }
      for i in range { guard client.command(request(i), replies: replies) != nil else { return } }
    }
  }
  let encode = LoopbackClient.encode
  let number = Array("number".utf8)
  let sets = keys.map { encode([Array("SET".utf8), $0, value]) }
  let gets = keys.map { encode([Array("GET".utf8), $0]) }
  let incr = encode([Array("INCR".utf8), number])
  let transaction = encode([Array("MULTI".utf8)]) + sets[0] + sets[1] + incr + encode([Array("EXEC".utf8)])
  return [
    measurement("set") { sets[place($0)] },
    // A line with the length, and one with the value.
    measurement("get", replies: 2) { gets[place($0)] },
    measurement("increment") { _ in incr },
    measurement("hset, field") { encode([Array("HSET".utf8), Array("hash".utf8), keys[$0 & 1023], value]) },
    measurement("zadd") { encode([Array("ZADD".utf8), Array("scores".utf8), Array("\(place($0))".utf8), keys[place($0)]]) },
    // OK, three times QUEUED, the array's head and its three.
    measurement("transaction of three", replies: 8) { _ in transaction },
  ]
}

let server = LoopbackServer()
if server == nil { print("redis-server is not on the PATH: nothing to compare with over loopback") }
let all = measurements + (server.map(overLoopback) ?? [])

let taskCounts = CommandLine.arguments.dropFirst().compactMap { Int($0) }
for tasks in taskCounts.isEmpty ? [1, 2, 8] : taskCounts {
  print("\(tasks) task\(tasks == 1 ? "" : "s")")
  for measurement in all {
    // The best of five: what else runs on the machine only ever adds.
    var best = Double.infinity
    for _ in 0..<5 {
      let started = ContinuousClock.now
      let share = measurement.operations / tasks
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<tasks { group.addTask { try measurement.body(task * share..<(task + 1) * share) } }
        try await group.waitForAll()
      }
      let elapsed = started.duration(to: .now)
      best = min(best, Double(elapsed.components.attoseconds) / 1e9 + Double(elapsed.components.seconds) * 1e9)
    }
    let nanoseconds = best / Double(measurement.operations / tasks * tasks)
    print("  \(measurement.name.padding(toLength: 52, withPad: " ", startingAt: 0)) \(String(format: "%8.1f", nanoseconds)) ns")
  }
}
server?.stop()
node.stop()
