import Logging
import ServiceLifecycle
import Tern
import UnixSignals

let node = try Node(configuration: .init(port: 6380, directory: "data", persistence: .appendOnly(.everySecond)))
try node.start()

// On this thread, without the network. One closure is one transaction: MULTI/EXEC for replicas and for the log on the disk.
try node.write { db in
  try db.set("user:7", "Ada")
  try db.increment("visits")
}
let name = try node.get("user:7", as: String.self) ?? "nobody"
print("user:7 is \(name), \(try node.increment("visits")) visits; look inside: redis-cli -p 6380 get visits")

// As a service, it lives until Ctrl-C, and leaves its data on the disk.
let services = ServiceGroup(services: [node], gracefulShutdownSignals: [.sigint, .sigterm], logger: Logger(label: "example"))
try await services.run()
