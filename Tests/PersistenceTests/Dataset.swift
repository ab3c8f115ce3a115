import TernEngine

@testable import TernPersistence

/// Keys with string values of every kind that the RDB format distinguishes.
struct Dataset {
  struct Item: Hashable {
    var key: [UInt8]
    var value: [UInt8]
    var expireAt: Int64?
  }

  /// By database number.
  var databases: [Int: [Item]] = [:]

  /// An expiry that no test lives to see.
  static let expireAt: Int64 = 4_102_444_800_123

  static func generated(seed: UInt64, count: Int, valueBytesMax: Int = .max) -> Dataset {
    var random = SeededGenerator(seed: seed)
    var dataset = Dataset()
    let edges: [Int64] = [
      0, -1, 1, 127, 128, -128, -129, 255, 32767, 32768, -32768, -32769, 65536, 2_147_483_647, 2_147_483_648, -2_147_483_648,
      -2_147_483_649, 99_999_999_999, .max, .min,
    ]
    for index in 0..<count {
      var key = Array("key:\(index)".utf8)
      switch index % 7 {
      case 0: key = Array(String(index).utf8)
      case 1: key += (0..<Int.random(in: 0..<40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      case 2: key += Array(String(repeating: "namespace:", count: 5).utf8)
      default: break
      }
      let value: [UInt8]
      switch index % 9 {
      case 0: value = Array(String(edges[index / 9 % edges.count]).utf8)
      case 1: value = Array(String(Int64.random(in: -100_000...100_000, using: &random)).utf8)
      case 2: value = []
      case 3: value = (0..<Int.random(in: 1..<100, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      case 4: value = Array(String(repeating: "compressible ", count: Int.random(in: 1..<60, using: &random)).utf8)
      case 5: value = [UInt8](repeating: UInt8(index & 0xff), count: [20, 21, 63, 64, 16383, 16384, 70000][index % 7])
      case 6: value = Array(["007", "-0", "+5", " 1", "1 ", "1.0", "-", "2147483648", "-2147483649"][index % 9].utf8)
      case 7: value = Array("value \(index)".utf8)
      default: value = (0..<300).map { UInt8($0 * index % 7 + 97) }
      }
      if value.count > valueBytesMax { continue }
      let expireAt: Int64? = index % 5 == 0 ? Dataset.expireAt + Int64(index) : nil
      dataset.databases[[0, 3, 15][index % 3], default: []].append(Item(key: key, value: value, expireAt: expireAt))
    }
    return dataset
  }

  /// The commands that make it in a real server.
  var commands: [[[UInt8]]] {
    var commands: [[[UInt8]]] = []
    for (index, items) in databases.sorted(by: { $0.key < $1.key }) {
      commands.append([Array("SELECT".utf8), Array(String(index).utf8)])
      for item in items {
        var command = [Array("SET".utf8), item.key, item.value]
        if let expireAt = item.expireAt { command += [Array("PXAT".utf8), Array(String(expireAt).utf8)] }
        commands.append(command)
      }
    }
    commands.append([Array("SELECT".utf8), Array("0".utf8)])
    return commands
  }

  var sets: [Int: Set<Item>] { databases.mapValues(Set.init) }

  /// As an RDB file of ours. Values that are integers go in as such when `integers` is set, as the engine keeps them.
  func rdb(options: RDBWriter.Options = .init(), header: RDBWriter.Header? = nil, integers: Bool = false) -> [UInt8] {
    var writer = RDBWriter(options: options)
    var file: [UInt8] = []
    writer.header(header ?? RDBWriter.Header(createdAt: 1_700_000_000, usedMemoryBytes: 1_000_000))
    for (index, items) in databases.sorted(by: { $0.key < $1.key }) {
      writer.selectDB(index, keys: items.count, expires: items.count { $0.expireAt != nil })
      for item in items {
        if integers, let value = Int64(String(decoding: item.value, as: UTF8.self)), Array(String(value).utf8) == item.value {
          writer.integer(key: item.key, value: value, expireAt: item.expireAt)
        } else {
          writer.string(key: item.key, value: item.value, expireAt: item.expireAt)
        }
        if writer.pendingByteCount > 1000 { file += writer.takeChunk() }
      }
    }
    writer.end()
    return file + writer.takeChunk()
  }
}

extension RDBValue {
  var bytes: [UInt8] {
    switch self {
    case .string(let bytes): bytes
    case .integer(let value): Array(String(value).utf8)
    default: []
    }
  }
}

/// What an RDB said, collected.
struct ReadRDB {
  var events: [RDBEvent] = []
  var aux: [String: String] = [:]
  var databases: [Int: Set<Dataset.Item>] = [:]
  var checksum: RDBChecksum?
  var remainder: [UInt8] = []

  init() {}

  init(_ bytes: [UInt8], pieces: Int = .max, options: RDBReader.Options = .init()) throws(RDBError) {
    var reader = RDBReader(options: options)
    var database = 0
    var rest = bytes[...]
    while true {
      while let event = try reader.next() { add(event, &database) }
      if reader.isEnded || rest.isEmpty { break }
      reader.append(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
    }
    try reader.finish()
    remainder = reader.takeRemainder() + rest
  }

  mutating func add(_ event: RDBEvent, _ database: inout Int) {
    events.append(event)
    switch event {
    case .aux(let name, let value): aux[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
    case .selectDB(let index): database = index
    case .key(let key):
      databases[database, default: []].insert(.init(key: key.name, value: key.value.bytes, expireAt: key.expireAt))
    case .end(let checksum): self.checksum = checksum
    default: break
    }
  }
}
