// swift-tools-version: 6.2
import PackageDescription

// A package of its own: Tern itself does not depend on a web framework.
let package = Package(
  name: "CounterService",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "tern", path: "../.."),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.5.0"),
  ],
  targets: [
    .executableTarget(
      name: "CounterService",
      dependencies: [.product(name: "Tern", package: "tern"), .product(name: "Hummingbird", package: "hummingbird")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
