import Testing

@testable import TernNode

@Suite struct ConfigurationPromiseTests {
  private func parsed(_ text: String) throws -> Configuration {
    try Configuration.parse(Array(text.utf8), environment: ConfigurationEnvironment())
  }

  @Test(arguments: [
    "tern-durability quorum", "user alice on >secret ~* +@all", "aclfile /tmp/users.acl", "tls-port 6390", "cluster-enabled yes",
  ])
  func `a setting that promises safety and is not there yet is refused by name`(line: String) throws {
    let promise = try #require(try parsed(line).unkeptPromise)
    #expect(line.hasPrefix(promise.name))
  }

  @Test func `everything else may start`() throws {
    #expect(Configuration().unkeptPromise == nil)
    #expect(try parsed("tern-durability async\ntls-port 0\ncluster-enabled no\nio-threads 4").unkeptPromise == nil)
  }
}
