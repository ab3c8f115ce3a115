// swift-tools-version: 6.2
import PackageDescription

// Apart from the library, which must not depend on what measures it. `swift run -c release --package-path Benchmarks InProcess`.
let package = Package(
  name: "tern-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "tern", path: "..")],
  targets: [
    .executableTarget(
      name: "InProcess", dependencies: [.product(name: "Tern", package: "tern")], path: "InProcess",
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
