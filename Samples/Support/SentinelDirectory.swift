import TernEngine

/// Finds the master of a group through its sentinels, the way clients of Redis do it: ask any sentinel for the address, connect, and ask
/// the server itself for its role, since a sentinel may be behind the others.
///
/// Source: https://redis.io/docs/latest/develop/reference/sentinel-clients/
package struct SentinelDirectory: Sendable {
  package var sentinels: [Endpoint]
  package var masterName: String
  /// The data servers' password.
  package var password: String?
  package var sentinelPassword: String?
  /// For each connection, and for each reply on connections made here.
  package var timeout: Duration

  package init(
    sentinels: [Endpoint], masterName: String = "mymaster", password: String? = nil, sentinelPassword: String? = nil,
    timeout: Duration = .seconds(1)
  ) {
    self.sentinels = sentinels
    self.masterName = masterName
    self.password = password
    self.sentinelPassword = sentinelPassword
    self.timeout = timeout
  }

  /// What one sentinel believes.
  package func masterAddress(from sentinel: Endpoint) async throws(RedisClientError) -> Endpoint {
    let connection = try await RedisConnection.connect(to: sentinel, password: sentinelPassword, timeout: timeout, commandTimeout: timeout)
    let reply = try await connection.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", masterName)
    if reply == .null { throw RedisClientError(.noMaster, "sentinel \(sentinel) does not know a master named '\(masterName)'") }
    guard let elements = reply.elements, elements.count == 2, let host = elements[0].text, let port = elements[1].integerValue,
      (1...65535).contains(port)
    else { throw RedisClientError(.protocolViolation, "sentinel \(sentinel) gave no address for '\(masterName)'") }
    return Endpoint(host: host, port: Int(port))
  }

  /// What the first sentinel that answers believes.
  package func masterAddress() async throws(RedisClientError) -> Endpoint {
    var failures: [String] = []
    for sentinel in sentinels {
      do throws(RedisClientError) {
        return try await masterAddress(from: sentinel)
      } catch {
        if error.code == .cancelled { throw error }
        failures.append(error.message)
      }
    }
    throw RedisClientError(.noMaster, "no sentinel names the master of '\(masterName)': " + failures.joined(separator: "; "))
  }

  /// A connection to a server that a sentinel named and that says of itself that it is the master. Asks each sentinel once: during
  /// an election none may have the answer, so the caller comes back until its own deadline.
  package func connectToMaster() async throws(RedisClientError) -> RedisConnection {
    var failures: [String] = []
    var tried: Set<Endpoint> = []
    for sentinel in sentinels {
      do throws(RedisClientError) {
        let address = try await masterAddress(from: sentinel)
        // A dead master costs its timeout once, not once per sentinel that still names it.
        guard tried.insert(address).inserted else { continue }
        let connection = try await RedisConnection.connect(to: address, password: password, timeout: timeout, commandTimeout: timeout)
        let role = try await connection.command("ROLE").elements?.first?.text
        if role == "master" { return connection }
        failures.append("\(address), named by sentinel \(sentinel), says that it is a \(role ?? "server without a role")")
      } catch {
        // With a wrong password no other sentinel's answer helps, and the caller must not take it for an election.
        if error.code == .cancelled || error.isWrongPassword { throw error }
        failures.append(error.message)
      }
    }
    throw RedisClientError(.noMaster, "no master: " + failures.joined(separator: "; "))
  }

  /// The addresses of new masters as the sentinels announce them, from all sentinels, for as long as the task lives. A client needs
  /// them: a demoted master may go on serving those that it has, until it is told of its demotion.
  package func followSwitches(_ onSwitch: @escaping @Sendable (Endpoint) async -> Void) async {
    await withTaskGroup(of: Void.self) { group in
      for sentinel in sentinels {
        group.addTask {
          while !Task.isCancelled {
            if let connection = try? await RedisConnection.connect(to: sentinel, password: sentinelPassword, timeout: timeout),
              let messages = try? await connection.subscribe(channels: ["+switch-master"])
            {
              await deliver(messages, onSwitch)
            }
            try? await Task.sleep(for: .milliseconds(500))
          }
        }
      }
    }
  }

  /// A message reads `name old-host old-port new-host new-port`.
  private func deliver(_ messages: RedisSubscription, _ onSwitch: @Sendable (Endpoint) async -> Void) async {
    do {
      for try await message in messages {
        let words = message.payload.split(separator: " ")
        guard words.count == 5, words[0] == masterName, let port = Int(words[4]) else { continue }
        await onSwitch(Endpoint(host: String(words[3]), port: port))
      }
    } catch {
      // The sentinel is gone; the caller comes back to it.
    }
  }
}
