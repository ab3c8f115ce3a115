import SampleSupport

enum LoopbackPorts {
  /// How long the servers of a run that was killed have to end (the watchdog gives them two seconds).
  private static let patience = Duration.seconds(4)

  /// Fails, naming every member whose port another program listens on.
  static func requireFree(_ members: [ClusterLayout.Member]) async throws {
    do {
      _ = try await waitUntil("free ports", within: patience) { () -> Attempt<Bool> in
        var taken: [String] = []
        for member in members {
          if let trouble = await LoopbackPort.trouble(with: member.port) { taken.append("\(member.port) (\(member.name)): \(trouble)") }
        }
        return taken.isEmpty ? .done(true) : .missing(taken.joined(separator: "\n  port "))
      }
    } catch let error as DeadlineExceeded {
      throw ClusterFailure(
        "cannot listen on\n  port " + error.missing
          + "\nStop what runs there, or choose other ports with --base-port and --sentinel-base-port.")
    }
  }
}
