import Hummingbird
import Logging
import Tern

// A web service that counts, and that is its own database: three instances of it are a highly available cluster, with nothing else to run.
//
//   HTTP_PORT=8001 NODE_PORT=7001 MEMBERS=127.0.0.1:7001,127.0.0.1:7002,127.0.0.1:7003 DATA=data/1 CounterService
//
//   POST /counters/<name>     adds one, and answers with the sum and a token
//   GET  /counters/<name>     the sum, as this instance has it; ?read=leader: the newest; ?after=<token>: at least what the token stands for
//   GET  /health              200 when this instance can serve

let environment = Environment()
let httpPort = environment.get("HTTP_PORT", as: Int.self) ?? 8001
let nodePort = environment.get("NODE_PORT", as: Int.self) ?? 7001
let members = (environment.get("MEMBERS") ?? "").split(separator: ",").map(String.init)
let directory = environment.get("DATA") ?? "data"
var logger = Logger(label: "counter")
logger.logLevel = environment.get("LOG_LEVEL").flatMap { Logger.Level(rawValue: $0) } ?? .info

var configuration = Node.Configuration(port: nodePort, directory: directory, persistence: .appendOnly(.everySecond))
if members.count > 1 {
  var cluster = Node.Configuration.Cluster(name: "counters", members: members)
  cluster.downAfter = .seconds(2)
  configuration.cluster = cluster
}
let node = try Node(configuration: configuration, logger: logger)

let counters = Namespace("counter")

/// What a client may conclude: 503, nothing was counted, try again; 500, it may have been counted or not.
func asResponse<Value>(_ body: () async throws -> Value) async throws -> Value {
  do {
    return try await body()
  } catch let error as TernError {
    throw HTTPError(error.isOutcomeUnknown ? .internalServerError : .serviceUnavailable, message: error.message)
  }
}

let router = Router()

router.post("/counters/:name") { request, context -> String in
  let name = try context.parameters.require("name")
  return try await asResponse {
    // Here or on the instance that leads, acknowledged by two of three; a failover is waited for.
    let (sum, token) = try await node.leader.runWithToken(.incr(counters[name]))
    return "\(sum) \(token)\n"
  }
}

router.get("/counters/:name") { request, context -> String in
  let name = try context.parameters.require("name")
  var consistency = ReadConsistency.local
  if let text = request.uri.queryParameters["after"] {
    guard let token = ConsistencyToken(String(text)) else { throw HTTPError(.badRequest, message: "that is no token") }
    consistency = .after(token)
  } else if request.uri.queryParameters["read"] == "leader" {
    consistency = .leader
  }
  return try await asResponse {
    let sum = try await node.read(consistency) { db in try db.get(counters[name], as: Int.self) }
    return "\(sum ?? 0)\n"
  }
}

router.get("/health") { _, _ -> String in
  try await asResponse {
    let topology = try node.topology
    guard topology.isConnected else { throw HTTPError(.serviceUnavailable, message: "not connected to the leader") }
    // Whoever leads can be reached, and has a quorum behind it.
    _ = try await node.read(.leader, within: .seconds(1)) { db in db.exists("") }
    return "\(topology.role.rawValue)\n"
  }
}

// The server ends first, then the node, which hands its leadership over before it does.
let app = Application(
  router: router, configuration: .init(address: .hostname("127.0.0.1", port: httpPort)), services: [node], logger: logger)
try await app.runService()
