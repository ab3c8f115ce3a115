import NIOCore
import NIOPosix
import SampleSupport

enum LoopbackPorts {
  /// Fails, naming every member whose port another program listens on.
  static func requireFree(_ members: [ClusterLayout.Member]) async throws {
    var taken: [String] = []
    for member in members {
      do {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
          .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
          .bind(host: member.endpoint.host, port: member.port).get()
        try await listener.close()
      } catch {
        taken.append("\(member.port) (\(member.name)): \(reason(error))")
      }
    }
    guard taken.isEmpty else {
      throw ClusterFailure(
        "cannot listen on port " + taken.joined(separator: ", on port ")
          + ".\nStop what runs there, or choose other ports with --base-port and --sentinel-base-port.")
    }
  }

  private static func reason(_ error: any Error) -> String {
    let text = "\(error)"
    return text.contains("in use") ? "another program listens there" : text
  }
}
