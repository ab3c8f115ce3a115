import TernEngine

@testable import TernReplication

/// SplitMix64: the same numbers on every run.
struct SeededGenerator: RandomNumberGenerator, Sendable {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

func id(_ digit: Character) -> ReplicationID { ReplicationID(String(repeating: digit, count: 40)) ?? .none }
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
func words(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

extension SnapshotFilter {
  /// For a replica that says nothing of hashes whose fields expire.
  static var readable: SnapshotFilter {
    var filter = SnapshotFilter.everything
    filter.omitsFieldExpiries = true
    return filter
  }
}

extension Sequence<PrimaryAction> {
  var lines: [String] { compactMap { if case .log(_, let line) = $0 { line } else { nil } } }
  var withoutLog: [PrimaryAction] { filter { if case .log = $0 { false } else { true } } }
  func sent(to id: Int) -> String {
    reduce(into: "") { if case .send(id, let bytes) = $1 { $0 += String(decoding: bytes, as: UTF8.self) } }
  }
}

extension Sequence<ReplicaAction> {
  var lines: [String] { compactMap { if case .log(_, let line) = $0 { line } else { nil } } }
  var withoutLog: [ReplicaAction] { filter { if case .log = $0 { false } else { true } } }
  var sent: String {
    reduce(into: "") { if case .send(_, let bytes) = $1 { $0 += String(decoding: bytes, as: UTF8.self) } }
  }
}

extension ReplicaMachine {
  mutating func receive(_ bytes: [UInt8], link: Int = 1, now: Int64) -> [ReplicaAction] {
    var actions: [ReplicaAction] = []
    bytes.withUnsafeBytes { received($0, link: link, now: now, into: &actions) }
    return actions
  }
  mutating func receive(_ text: String, link: Int = 1, now: Int64) -> [ReplicaAction] {
    receive(Array(text.utf8), link: link, now: now)
  }
}
