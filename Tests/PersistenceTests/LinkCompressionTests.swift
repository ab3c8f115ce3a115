import Testing

@testable import TernPersistence

/// The live stream in Valkey's envelope, there and back.
@Suite struct LinkCompressionTests {
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  static func text(_ count: Int, _ generator: inout Generator) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += Array("*3\r\n$3\r\nSET\r\n$6\r\nkey:\(generator.next() % 90)\r\n$5\r\nvalue\r\n".utf8) }
    return Array(bytes.prefix(count))
  }

  static func noise(_ count: Int, _ generator: inout Generator) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  static func expand(_ expander: LinkExpander, _ wire: [UInt8], pieces: Int) throws -> [UInt8] {
    var output: [UInt8] = []
    for start in stride(from: 0, to: wire.count, by: pieces) {
      try Array(wire[start..<min(wire.count, start + pieces)]).withUnsafeBytes {
        try expander.expand($0) {
          output += $0; return true
        }
      }
    }
    return output
  }

  @Test func `the link begins with Valkey's envelope and the header of a frame with block checksums`() throws {
    let compressor = try #require(LinkCompressor())
    var wire: [UInt8] = []
    _ = Array("PING".utf8).withUnsafeBytes { compressor.compress($0, into: &wire) }
    #expect(Array(wire[..<7]) == [0x56, 0x43, 0x53, 1, 1, 0, 2])
    #expect(Array(wire[7..<13]) == [0x04, 0x22, 0x4d, 0x18, 0x50, 0x50])
    // Four bytes do not shrink: stored, with the length's highest bit.
    #expect(Array(wire[14..<22]) == [4, 0, 0, 0x80] + Array("PING".utf8))
    #expect(wire.count == 26)
  }

  @Test(arguments: [1, 7, 1000, 1 << 20])
  func `what was compressed in any portions comes out the same in any others`(pieces: Int) throws {
    var generator = Generator(state: UInt64(pieces))
    let compressor = try #require(LinkCompressor())
    var raw: [UInt8] = []
    var wire: [UInt8] = []
    for round in 0..<40 {
      let count = [1, 40, 700, 9000, 70_000, 300_000][Int(generator.next() % (pieces == 1 ? 4 : 6))]
      let part = round % 9 == 8 ? Self.noise(count, &generator) : Self.text(count, &generator)
      raw += part
      _ = part.withUnsafeBytes { compressor.compress($0, into: &wire) }
    }
    let expander = LinkExpander(.stream)
    #expect(try Self.expand(expander, wire, pieces: pieces) == raw)
    #expect(expander.isCompressed)
    #expect(wire.count < raw.count)
  }

  @Test func `each send is whole by itself, and small ones use what went before`() throws {
    var generator = Generator(state: 3)
    let compressor = try #require(LinkCompressor())
    let expander = LinkExpander(.stream)
    var raw = 0
    var wire = 0
    for _ in 0..<500 {
      let part = Self.text(120, &generator)
      var sent: [UInt8] = []
      _ = part.withUnsafeBytes { compressor.compress($0, into: &sent) }
      #expect(try Self.expand(expander, sent, pieces: sent.count) == part)
      raw += part.count
      wire += sent.count
    }
    #expect(wire * 2 < raw)
  }

  @Test func `a stream that does not shrink is stored without trying, then tried again`() throws {
    var generator = Generator(state: 8)
    let compressor = try #require(LinkCompressor())
    let expander = LinkExpander(.stream)
    var bypassed = 0
    var wire: [UInt8] = []
    func send(_ part: [UInt8]) throws {
      wire = []
      bypassed += part.withUnsafeBytes { compressor.compress($0, into: &wire) }
      #expect(try Self.expand(expander, wire, pieces: 5000) == part)
    }
    try send(Self.noise(100_000, &generator))
    #expect(compressor.isBypassing && bypassed == 0)
    var sent = 0
    while compressor.isBypassing {
      try send(Self.noise(100_000, &generator))
      sent += 100_000
    }
    #expect(sent >= LinkCompressor.bypassBytesMin)
    #expect(bypassed == sent)
    try send(Self.text(100_000, &generator))
    #expect(wire.count < 50_000)
    #expect(!compressor.isBypassing)
    try send(Self.text(200_000, &generator))
    #expect(wire.count < 100_000)
  }

  @Test func `a stream without an envelope passes as it is, also when it begins like one`() throws {
    for start in ["", "V", "VC", "VX", "*3", "VCX"] {
      let raw = Array((start + "rest of it").utf8)
      for pieces in [1, 2, 100] {
        let expander = LinkExpander(.stream)
        #expect(try Self.expand(expander, raw, pieces: pieces) == raw)
        #expect(!expander.isCompressed)
      }
    }
  }

  @Test func `damage, another codec, an ended frame and a foreign kind are refused`() throws {
    var generator = Generator(state: 12)
    let compressor = try #require(LinkCompressor())
    var wire: [UInt8] = []
    _ = Self.text(50_000, &generator).withUnsafeBytes { compressor.compress($0, into: &wire) }
    for (index, byte) in [(3, 2), (4, 2), (5, 1), (6, 1), (8, 0), (200, nil as Int?), (wire.count - 1, nil)] {
      var damaged = wire
      damaged[index] = byte.map { UInt8($0) } ?? damaged[index] ^ 0x10
      #expect(throws: LinkExpander.Malformed.self, "\(index)") { try Self.expand(LinkExpander(.stream), damaged, pieces: 999) }
    }
    #expect(throws: LinkExpander.Malformed.self) { try Self.expand(LinkExpander(.stream), wire + [0, 0, 0, 0], pieces: 999) }
    #expect(throws: LinkExpander.Malformed.self) { try Self.expand(LinkExpander(.rdb), wire, pieces: 999) }
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `no bytes of a peer can do more than be refused`(seed: UInt64) {
    var generator = Generator(state: seed)
    var wire = CompressedEnvelope.streamHeader + [0x04, 0x22, 0x4d, 0x18, 0x50, 0x50, 0x84]
    if seed % 3 == 0 { wire[Int(generator.next() % UInt64(wire.count))] ^= 1 }
    wire += Self.noise(400, &generator)
    _ = try? Self.expand(LinkExpander(.stream), wire, pieces: 1 + Int(seed % 50))
  }

  @Test func `xxHash is the published one`() {
    func hash(_ text: String) -> UInt32 { Array(text.utf8).withUnsafeBytes { XXHash32.hash($0) } }
    #expect(hash("") == 0x02CC_5D05)
    #expect(hash("a") == 0x550D_7456)
    #expect(hash("abc") == 0x32D1_53FF)
    #expect(hash("Nobody inspects the spammish repetition") == 0xE229_3B2F)
  }
}
