import TernEngine
import TernPersistence

/// Good inputs to begin with: values of every type in every encoding that a reader knows.
package enum Corpus {
  /// Records of an RDB: type, key, value.
  package static func records() -> [[UInt8]] { written() + old() }

  private static func engine() -> Engine {
    Engine(commands: EngineCommands.all, random: Mutator64(seed: 1), now: 1_700_000_000_000, monotonicNanoseconds: { 0 })
  }

  package static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// As this implementation writes them, with and without compression.
  private static func written() -> [[UInt8]] {
    let engine = engine()
    let session = engine.openSession(address: "", localAddress: "")
    func send(_ words: String...) { engine.execute(session, words.map { Array($0.utf8) }) }
    send("SET", "string", "value")
    send("SET", "12345", "-77")
    send("SET", "compressible", String(repeating: "abcabcabd", count: 20), "PX", "100000")
    for i in 0..<6 {
      send("RPUSH", "list", "element \(i)", "\(i * 1000)")
      send("SADD", "set", "member \(i)")
      send("SADD", "integers", "\(i * 70_000 * (i & 1 == 0 ? 1 : -1))")
      send("HSET", "hash", "field \(i)", "\(i)")
      send("ZADD", "zset", "\(Double(i) / 3)", "member \(i)")
      send("ZADD", "zset", "\(i)", "whole \(i)")
      send("XADD", "stream", "\(i + 1)-\(i)", "f", "v\(i)", "g", "\(i)")
    }
    for i in 0..<150 {
      send("SADD", "large set", "member \(i)")
      send("ZADD", "large zset", "\(i).5", "m\(i)")
      send("HSET", "large hash", "f\(i)", String(repeating: "v", count: i))
    }
    send("HSET", "timed", "f", "1", "g", "2")
    send("HPEXPIREAT", "timed", "1900000000000", "FIELDS", "1", "f")
    for i in 0..<20 { send("RPUSH", "long list", String(repeating: "\(i) ", count: 200)) }
    send("XGROUP", "CREATE", "stream", "group", "0")
    send("XGROUP", "CREATE", "stream", "empty", "$")
    send("XREADGROUP", "GROUP", "group", "alice", "COUNT", "2", "STREAMS", "stream", ">")
    send("XREADGROUP", "GROUP", "group", "bob", "COUNT", "2", "STREAMS", "stream", ">")
    send("XDEL", "stream", "3-2")
    var records: [[UInt8]] = []
    for compression in [true, false] {
      var writer = RDBWriter(options: .init(compression: compression))
      let snapshot = engine.takeSnapshot()
      for tree in snapshot.databases {
        tree.forEach { entry in
          writer.entry(entry)
          records.append(writer.takeChunk())
        }
      }
      engine.release(snapshot)
    }
    return records
  }

  /// As older and newer servers wrote them.
  private static func old() -> [[UInt8]] {
    let items: [[UInt8]] = [text("a"), text("1"), text("bb"), text("-300"), text("ccc"), text("70000")]
    let key: [UInt8] = [1, 107]
    func blob(_ bytes: [UInt8]) -> [UInt8] { length(bytes.count) + bytes }
    let zl = ziplist(items)
    let lp = listpack(items)
    let zipmap: [UInt8] = [2, 1, 97, 1, 0, 120, 2, 98, 98, 2, 1, 121, 122, 0, 255]
    let intset: [UInt8] = [2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 5, 0, 0, 16]
    let time: [UInt8] = [0, 0x10, 0xA5, 0xD4, 0xE8, 0, 0, 0]
    var records: [[UInt8]] = [
      [1] + key + [2, 1, 97, 0xC0, 5], [2] + key + [2, 1, 97, 0xC0, 5], [4] + key + [1, 1, 97, 1, 98],
      [3] + key + [3, 1, 97, 3, 49, 46, 53, 1, 98, 254, 1, 99, 255], [5] + key + [1, 1, 97, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F],
      [9] + key + blob(zipmap), [10] + key + blob(zl), [11] + key + blob(intset), [13] + key + blob(zl),
      [14] + key + [2] + blob(zl) + blob(zl),
      [16] + key + blob(lp), [18] + key + [2, 2] + blob(lp) + [1] + blob(text("plain")), [20] + key + blob(lp),
      [12] + key + blob(ziplist([text("a"), text("1"), text("b"), text("2.5")])),
      [17] + key + blob(listpack([text("a"), text("1"), text("b"), text("2.5")])),
      [25] + key + time + blob(listpack([text("f"), text("v"), text("1000000000000"), text("g"), text("w"), text("0")])),
      [24] + key + time + [2, 1, 1, 102, 1, 118, 0, 1, 103, 1, 119],
    ]
    let id: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1]
    let node = listpack(["1", "0", "1", "f", "0", "2", "0", "0", "v", "4"].map(text))
    let stamp: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
    for type in [15, 19, 21] as [UInt8] {
      var record = [type] + key + [1, 16] + id + blob(node) + [1, 9, 1]
      if type != 15 { record += [9, 1, 0, 0, 1] }
      record += [1, 1, 103, 9, 1]
      if type != 15 { record += [1] }
      record += [1] + id + stamp + [3, 1, 1, 99] + stamp
      if type == 21 { record += stamp }
      records.append(record + [1] + id)
    }
    return records
  }

  package static func length(_ count: Int) -> [UInt8] {
    count < 64
      ? [UInt8(count)]
      : count < 16384
        ? [0x40 | UInt8(count >> 8), UInt8(count & 255)]
        : [0x80] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
  }

  /// Elements of fewer than 64 bytes; what reads as a small number is one.
  package static func listpack(_ elements: [[UInt8]]) -> [UInt8] {
    var body: [UInt8] = []
    for element in elements {
      var item = [0x80 | UInt8(element.count)] + element
      if let number = Int64(String(decoding: element, as: UTF8.self)) {
        item = (0..<128).contains(number) ? [UInt8(number)] : [0xF4] + withUnsafeBytes(of: number.littleEndian) { Array($0) }
      }
      body += item + [UInt8(item.count)]
    }
    let total = UInt32(body.count + 7)
    return withUnsafeBytes(of: total.littleEndian) { Array($0) } + [UInt8(elements.count), 0] + body + [0xFF]
  }

  package static func ziplist(_ elements: [[UInt8]]) -> [UInt8] {
    var body: [UInt8] = []
    var previous = 0
    var last = 10
    for element in elements {
      last = 10 + body.count
      var item = [UInt8(previous)]
      if let number = Int16(String(decoding: element, as: UTF8.self)) {
        item += [0xC0] + withUnsafeBytes(of: number.littleEndian) { Array($0) }
      } else {
        item += [UInt8(element.count)] + element
      }
      previous = item.count
      body += item
    }
    let total = UInt32(body.count + 11)
    return withUnsafeBytes(of: total.littleEndian) { Array($0) } + withUnsafeBytes(of: UInt32(last).littleEndian) { Array($0) }
      + [UInt8(elements.count), 0] + body + [0xFF]
  }

  /// A file of these records, with an aux field, a database and a function library in front, and a right checksum.
  package static func file(_ records: [[UInt8]]) -> [UInt8] {
    var bytes = text("REDIS0011") + [0xFA, 3] + text("abc") + [1, 120, 0xF5, 3] + text("lib") + [0xFE, 0, 0xFB, 3, 1]
    for record in records { bytes += record }
    return sealed(bytes + [0xFF])
  }

  /// With the checksum that belongs to the bytes.
  package static func sealed(_ bytes: [UInt8]) -> [UInt8] {
    var crc = CRC64()
    crc.update(bytes)
    return bytes + withUnsafeBytes(of: crc.value.littleEndian) { Array($0) }
  }

  /// DUMP's form of a record.
  package static func payload(_ record: [UInt8]) -> [UInt8] {
    // The key of a record stands behind the type; a payload has none.
    var reader = RDBReader()
    reader.append(file([record]))
    var name = 0
    while let event = try? reader.next() {
      guard case .key(let key) = event else { continue }
      name = key.name.count
      break
    }
    let prefix = record.first == 252 ? 9 : 0
    guard record.count > prefix + 1 else { return record }
    let encoded = record[prefix + 1] & 0xC0 == 0xC0 ? (record[prefix + 1] == 0xC0 ? 2 : record[prefix + 1] == 0xC1 ? 3 : 5) : 1 + name
    guard record.count > prefix + 1 + encoded else { return record }
    return sealed([record[prefix]] + record[(prefix + 1 + encoded)...] + [11, 0])
  }

  package static let log: [UInt8] =
    RESPCommand.encode("SELECT", "0") + RESPCommand.encode("SET", "a", "b") + text("#TS:1700000000\r\n") + RESPCommand.encode("MULTI")
    + RESPCommand.encode("INCR", "n") + RESPCommand.encode("RPUSH", "l", "x", "y") + RESPCommand.encode("EXEC")
    + RESPCommand.encode("PEXPIREAT", "a", "1900000000000")

  package static let manifest = text("file base.rdb seq 1 type b\nfile i1.aof seq 1 type i\nfile \"i2.aof\" seq 2 type i\n")
}

package struct Mutator64: RandomNumberGenerator {
  private var mutator: Mutator
  package init(seed: UInt64) { mutator = Mutator(seed: seed) }
  package mutating func next() -> UInt64 { mutator.next() }
}
