import Foundation
import SampleSupport
import TernEngine
import Testing

/// Two hosts on one machine: network namespaces joined by a veth pair, with delay and loss where the kernel has netem. Skipped where a
/// process may not make namespaces; `ReplicationCutTests` has the same cuts by a proxy.
final class NetworkPair: Sendable {
  let left: String
  let right: String
  static let addresses = ("10.211.7.1", "10.211.7.2")
  /// Why there can be none here; nil if there can.
  static let obstacle: String? = {
    guard FileManager.default.isExecutableFile(atPath: "/usr/sbin/ip") || FileManager.default.isExecutableFile(atPath: "/sbin/ip") else {
      return "no ip (iproute2)"
    }
    let name = "tern-probe-\(getpid())"
    guard run("ip netns add \(name)") else { return "no network namespaces here" }
    defer { run("ip netns del \(name)") }
    return run("ip -n \(name) link add ternprobe type veth peer name ternprobf") ? nil : "no veth here"
  }()

  @discardableResult
  static func run(_ line: String) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "PATH=$PATH:/usr/sbin:/sbin; \(line)"]
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  init() throws {
    left = "tern-a-\(getpid())"
    right = "tern-b-\(getpid())"
    let (a, b) = NetworkPair.addresses
    for line in [
      "ip netns add \(left)", "ip netns add \(right)", "ip -n \(left) link add eth0 type veth peer name eth0 netns \(right)",
      "ip -n \(left) addr add \(a)/24 dev eth0", "ip -n \(right) addr add \(b)/24 dev eth0", "ip -n \(left) link set eth0 up",
      "ip -n \(right) link set eth0 up", "ip -n \(left) link set lo up", "ip -n \(right) link set lo up",
    ] {
      guard NetworkPair.run(line) else { throw TestFailure("'\(line)' failed") }
    }
  }

  deinit {
    NetworkPair.run("ip netns del \(left)")
    NetworkPair.run("ip netns del \(right)")
  }

  /// False when the kernel has no netem.
  func impair(_ what: String) -> Bool { NetworkPair.run("ip netns exec \(left) tc qdisc replace dev eth0 root netem \(what)") }

  func setLink(_ isUp: Bool) { NetworkPair.run("ip -n \(left) link set eth0 \(isUp ? "up" : "down")") }
}

/// A server within a namespace, asked by redis-cli from the same.
final class NamespaceServer: Sendable {
  let namespace: String
  let address: String
  let directory: TemporaryDirectory
  private let child: ChildProcess

  init(_ program: ServerProgram, in namespace: String, _ address: String, _ lines: [String]) throws {
    self.namespace = namespace
    self.address = address
    directory = try TemporaryDirectory()
    try
      ([
        "port 6379", "bind \(address)", "protected-mode no", "dir \(directory.path)", "enable-debug-command yes", "save \"\"",
        "repl-diskless-sync-delay 0", "repl-timeout 3", "repl-ping-replica-period 1",
      ] + lines)
      .joined(separator: "\n").appending("\n").write(toFile: directory.file("server.conf"), atomically: true, encoding: .utf8)
    let ip = ["/usr/sbin/ip", "/sbin/ip"].first(where: FileManager.default.isExecutableFile(atPath:)) ?? "ip"
    child = try ChildProcess(
      executable: ip, arguments: ["netns", "exec", namespace, try program.path(), directory.file("server.conf")], log: directory.file("log")
    )
  }

  var log: String { (try? String(contentsOfFile: directory.file("log"), encoding: .utf8)) ?? "" }

  func kill() async throws {
    child.signal(9)
    _ = try await child.waitForExit()
  }

  func ask(_ words: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "PATH=$PATH:/usr/sbin:/sbin; exec ip netns exec \(namespace) redis-cli -h \(address) \(words)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func field(_ name: String, _ section: String = "replication") throws -> String { InfoFields(try ask("INFO \(section)"))[name] }

  func wait(_ what: String, within limit: Duration = .seconds(40), _ condition: () throws -> Bool) async throws {
    _ = try await waitUntil("\(what): \(log.suffix(1500))", within: limit) { () -> Attempt<Bool> in
      try condition() ? .done(true) : .missing("not yet")
    }
  }
}

@Suite(.serialized, .timeLimit(.minutes(15)), .enabled(if: NetworkPair.obstacle == nil, "needs ip netns"))
struct ReplicationNamespaceTests {
  @Test(arguments: ReplicationPair.withTern)
  func `two hosts whose link loses, delays and goes down end with equal data and without a second full sync`(
    pair: ReplicationPair
  ) async throws {
    let network = try NetworkPair()
    let (a, b) = NetworkPair.addresses
    let primary = try NamespaceServer(pair.primary, in: network.left, a, ["repl-backlog-size 64mb"])
    let replica = try NamespaceServer(pair.replica, in: network.right, b, ["replicaof \(a) 6379"])
    try await primary.wait("the primary") { try primary.ask("PING") == "PONG" }
    try await replica.wait("the link") { try replica.field("master_link_status") == "up" }
    // Where the kernel has no netem, the cuts are what is left.
    _ = network.impair("delay 20ms 10ms loss 5%")
    func load(_ round: Int) {
      let script =
        "for i in $(seq 1 3000); do echo SET key:$i:\(round % 2) value-\(round)-$i-$(printf '%0100d' $i); done | "
        + "ip netns exec \(network.left) redis-cli -h \(a) --pipe"
      NetworkPair.run(script)
    }
    for round in 0..<3 {
      load(round)
      // Nobody is told: each side finds out by itself that the other is gone, or not.
      network.setLink(false)
      load(round + 10)
      try await Task.sleep(for: .milliseconds(round == 1 ? 4500 : 700))
      network.setLink(true)
    }
    load(20)
    _ = network.impair("delay 1ms")
    try await replica.wait("the link again") { try replica.field("master_link_status") == "up" }
    try await replica.wait("equal offsets") {
      let offset = try primary.field("master_repl_offset")
      return try !offset.isEmpty && replica.field("master_repl_offset") == offset
    }
    let digests = try [primary.ask("DEBUG DIGEST"), replica.ask("DEBUG DIGEST")]
    #expect(digests[0] == digests[1] && digests[0].count == 40, "\(digests)")
    #expect(try primary.field("sync_full", "stats") == "1", "\(primary.log)")
    try await primary.kill()
    try await replica.kill()
  }
}
