import Testing

@testable import TernNode

@Suite struct ConfigurationPromiseTests {
  private func parsed(_ text: String) throws -> Configuration {
    try Configuration.parse(Array(text.utf8), environment: ConfigurationEnvironment())
  }

  @Test(arguments: [
    "user alice on >secret ~* +@all", "aclfile /tmp/users.acl", "tls-port 6390", "cluster-enabled yes",
  ])
  func `a setting that promises safety and is not there yet is refused by name`(line: String) throws {
    let promise = try #require(try parsed(line).unkeptPromise)
    #expect(line.hasPrefix(promise.name))
  }

  @Test func `the default user that redis-server writes is no promise, unless its password is another than requirepass`() throws {
    let all = "sanitize-payload ~* &* +@all"
    let hash = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
    #expect(try parsed("user default on nopass \(all)").unkeptPromise == nil)
    #expect(try parsed("requirepass password\nuser default on #\(hash) \(all)").unkeptPromise == nil)
    #expect(try parsed("requirepass other\nuser default on #\(hash) \(all)").unkeptPromise?.name == "user")
    #expect(try parsed("user default on nopass ~cached:* &* +@all").unkeptPromise?.name == "user")
  }

  @Test func `everything else may start`() throws {
    #expect(Configuration().unkeptPromise == nil)
    #expect(try parsed("tern-durability async\ntls-port 0\ncluster-enabled no\nio-threads 4").unkeptPromise == nil)
  }
}
