import Foundation
import SampleSupport

/// The names, ports and files of the set-up: three data servers and three sentinels on loopback, after Redis's documentation.
struct ClusterLayout: Sendable {
  enum Kind: Sendable, Hashable { case redis, sentinel }

  struct Member: Sendable, Hashable {
    var kind: Kind
    var index: Int
    var port: Int
    var name: String { (kind == .redis ? "redis-" : "sentinel-") + String(index) }
    var endpoint: Endpoint { .loopback(port) }
  }

  static let masterName = "mymaster"
  static let password = "password"
  static let count = 3
  static let quorum = 2
  static let counterKey = "counter"

  /// An absolute path.
  let directory: String
  let redis: [Member]
  let sentinels: [Member]

  var members: [Member] { redis + sentinels }

  init(directory: String, basePort: Int, sentinelBasePort: Int) {
    self.directory = URL(fileURLWithPath: directory).standardizedFileURL.path
    redis = (0..<Self.count).map { Member(kind: .redis, index: $0, port: basePort + $0) }
    sentinels = (0..<Self.count).map { Member(kind: .sentinel, index: $0, port: sentinelBasePort + $0) }
  }

  func path(_ name: String) -> String { directory + "/" + name }
  func configurationFile(of member: Member) -> String { path(member.name + ".conf") }
  func logFile(of member: Member) -> String { path(member.name + ".log") }
  /// Where a data server keeps its RDB and AOF files.
  func dataDirectory(of member: Member) -> String { path(member.name) }

  /// The data server at an address that a sentinel gave.
  func redis(at endpoint: Endpoint) -> Member? { redis.first { $0.port == endpoint.port } }

  var sentinelDirectory: SentinelDirectory {
    SentinelDirectory(
      sentinels: sentinels.map(\.endpoint), masterName: Self.masterName, password: Self.password, timeout: .milliseconds(1000))
  }
}

/// What ends the sample with status 1 and a message for the user.
struct ClusterFailure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
