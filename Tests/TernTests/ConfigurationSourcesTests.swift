import Tern
import Testing

@Suite struct ConfigurationSourcesTests {
  @Test func `a node is set up from the environment`() throws {
    let configuration = try Node.Configuration(environment: [
      "TERN_PORT": " 7001 ", "TERN_ADDRESSES": "127.0.0.1, ::1", "TERN_UNIX_SOCKET": "/tmp/s", "TERN_DIRECTORY": "data",
      "TERN_PERSISTENCE": "everysec", "TERN_PASSWORD": "secret", "TERN_LEADER_TIMEOUT_MILLISECONDS": "250", "TERN_METRICS_LABEL": "a",
      "TERN_TEXT": "maxmemory 1mb", "TERN_FILE": "redis.conf", "TERN_CLUSTER_MEMBERS": "a:1 b:2,c:3", "TERN_CLUSTER_NAME": "main",
      "TERN_CLUSTER_OWN": "b:2", "TERN_CLUSTER_QUORUM": "2", "TERN_CLUSTER_SENTINEL_PORT": "9000", "TERN_CLUSTER_DURABILITY": "async",
      "TERN_CLUSTER_DOWN_AFTER_MILLISECONDS": "1500", "TERN_CLUSTER_FAILOVER_TIMEOUT_MILLISECONDS": "9000",
    ])
    #expect(configuration.port == 7001 && configuration.addresses == ["127.0.0.1", "::1"] && configuration.unixSocket == "/tmp/s")
    #expect(configuration.directory == "data" && configuration.persistence == .appendOnly(.everySecond))
    #expect(configuration.password == "secret" && configuration.leaderTimeout == .milliseconds(250))
    #expect(configuration.metricsLabel == "a" && configuration.text == "maxmemory 1mb" && configuration.file == "redis.conf")
    var cluster = Node.Configuration.Cluster(
      name: "main", members: ["a:1", "b:2", "c:3"], quorum: 2, own: "b:2", sentinelPort: 9000, durability: .async)
    cluster.downAfter = .milliseconds(1500)
    cluster.failoverTimeout = .seconds(9)
    #expect(configuration.cluster == cluster)
  }

  @Test func `what is not there keeps its default`() throws {
    let configuration = try Node.Configuration(environment: [:])
    #expect(configuration.port == nil && configuration.directory == nil && configuration.cluster == nil)
    #expect(configuration.addresses == Node.Configuration().addresses && configuration.persistence == .none)
    #expect(try Node.Configuration(environment: ["TERN_REPLICA_OF": "[::1]:6379"]).replicaOf == .init(host: "::1", port: 6379))
  }

  @Test(arguments: [
    ["TERN_PORT": "many"], ["TERN_PERSISTENCE": "often"], ["TERN_REPLICA_OF": "nowhere"], ["TERN_REPLICA_OF": ":6379"],
    ["TERN_CLUSTER_MEMBERS": "a:1", "TERN_CLUSTER_DURABILITY": "some"], ["TERN_CLUSTER_MEMBERS": "a:1", "TERN_CLUSTER_QUORUM": ""],
  ])
  func `a value that means nothing is an error`(environment: [String: String]) {
    #expect { try Node.Configuration(environment: environment) } throws: { ($0 as? TernError)?.code == .configuration }
  }
}
