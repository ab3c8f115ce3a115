// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

/// The folders under Sources. RESP, Structures and Engine share one target, so that the optimizer sees the
/// parser, the table and the commands as one module (no call on the hot path is left uninlined).
let engineFolders = ["RESP", "Structures", "Engine"]
let otherFolders = [
  "CTern", "CLZ4", "Persistence", "Replication", "Sentinel", "Node", "Simulation", "Drivers", "Tern", "TernTesting",
]

func tern(_ folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: folder.hasPrefix("Tern") ? folder : "Tern" + folder, dependencies: dependencies, path: "Sources/" + folder,
    swiftSettings: settings)
}

func tests(_ folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: folder, dependencies: dependencies, path: "Tests/" + folder, swiftSettings: settings)
}

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics", condition: .when(traits: ["Metrics"]))
let tracing: Target.Dependency = .product(
  name: "Tracing", package: "swift-distributed-tracing", condition: .when(traits: ["Tracing"]))
let configuration: Target.Dependency = .product(
  name: "Configuration", package: "swift-configuration", condition: .when(traits: ["Configuration"]))
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "tern",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Tern", targets: ["Tern"]),
    .library(name: "TernTesting", targets: ["TernTesting"]),
    .executable(name: "tern-server", targets: ["tern-server"]),
    .executable(name: "ThreeNodeCluster", targets: ["ThreeNodeCluster"]),
    .executable(name: "Counter", targets: ["Counter"]),
  ],
  traits: [
    .default(enabledTraits: ["Metrics"]),
    .trait(name: "Metrics", description: "Figures go to swift-metrics."),
    .trait(name: "Tracing", description: "Spans of what is forwarded, and of full syncs, go to swift-distributed-tracing."),
    .trait(name: "Configuration", description: "A node is set up from swift-configuration's ConfigReader."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.2.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.0.0", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ],
  targets: [
    .target(name: "CTern", path: "Sources/CTern"),
    .systemLibrary(name: "CLZ4", path: "Sources/CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"]), .brew(["lz4"])]),
    .target(
      name: "TernEngine", dependencies: ["CTern"], path: "Sources", exclude: otherFolders, sources: engineFolders,
      swiftSettings: settings),
    tern("Persistence", ["TernEngine", "CLZ4"]),
    tern("Replication", ["TernEngine"]),
    tern("Sentinel", ["TernEngine"]),
    tern("Node", ["TernEngine", "TernPersistence", "TernReplication"]),
    tern("Simulation", ["TernEngine", "TernPersistence", "TernReplication", "TernNode", "TernSentinel"]),
    tern("Drivers", ["TernNode", "TernSentinel", "CTern", logging, nio("NIOCore"), nio("NIOPosix"), nio("NIOConcurrencyHelpers")]),
    tern("Tern", ["TernDrivers", logging, metrics, tracing, configuration, lifecycle]),
    tern("TernTesting", ["TernNode", "TernSimulation"]),

    .target(
      name: "SampleSupport", dependencies: [nio("NIOCore"), nio("NIOPosix"), "TernEngine"], path: "Samples/Support",
      swiftSettings: settings),
    .executableTarget(name: "tern-server", dependencies: ["Tern", "TernDrivers"], path: "Samples/tern-server", swiftSettings: settings),
    .executableTarget(
      name: "ThreeNodeCluster", dependencies: ["SampleSupport", "TernEngine", arguments, signals], path: "Samples/ThreeNodeCluster",
      swiftSettings: settings),
    .executableTarget(
      name: "Counter", dependencies: ["SampleSupport", "TernEngine", arguments, signals], path: "Samples/Counter", swiftSettings: settings),
    .executableTarget(
      name: "Embedding", dependencies: ["Tern", logging, lifecycle, signals], path: "Samples/Embedding", swiftSettings: settings),

    tests("RESPTests", ["TernEngine"]),
    tests("StructuresTests", ["TernEngine"]),
    tests("EngineTests", ["TernEngine"]),
    .target(name: "FuzzTargets", dependencies: ["TernPersistence"], path: "Tests/Fuzz/Targets", swiftSettings: settings),
    .executableTarget(name: "tern-fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Run", swiftSettings: settings),
    tests("PersistenceTests", ["TernPersistence", "FuzzTargets"]),
    tests("ReplicationTests", ["TernReplication"]),
    tests("SentinelTests", ["TernSentinel"]),
    tests("NodeTests", ["TernNode"]),
    tests("DifferentialTests", ["TernNode"]),
    .executableTarget(
      name: "tern-simulate", dependencies: ["TernSimulation", "TernReplication"], path: "Tests/Simulate", swiftSettings: settings),
    tests("SimulationTests", ["TernSimulation", "TernNode"]),
    tests("DriversTests", ["TernDrivers"]),
    tests("TernTests", ["Tern"]),
    tests("TernTestingTests", ["TernTesting"]),
    tests(
      "InteropTests",
      ["TernEngine", "Tern", "SampleSupport", "tern-server", "ThreeNodeCluster", "Counter", "Embedding", nio("NIOCore"), nio("NIOPosix")]),
    tests("ArchitectureTests", []),
  ]
)
