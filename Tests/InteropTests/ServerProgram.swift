import Foundation
import SampleSupport
import Testing

/// A program that a test starts as a data server or as a sentinel.
enum ServerProgram: String, Sendable, CaseIterable, CustomTestStringConvertible {
  case redis
  case tern

  /// The path of the program that serves data.
  func path() throws -> String {
    switch self {
    case .redis:
      guard let path = ChildProcess.locate("redis-server") else {
        throw TestFailure("redis-server is not installed; Tests/run.sh installs it")
      }
      return path
    case .tern: return try BuildProducts.path("tern-server")
    }
  }

  var testDescription: String { rawValue }
}

/// The programs that SwiftPM built together with the tests.
enum BuildProducts {
  static func path(_ name: String) throws -> String {
    #if os(macOS)
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? Bundle.main
      let folder = bundle.bundleURL.deletingLastPathComponent()
    #else
      let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    #endif
    let path = folder.appendingPathComponent(name).path
    guard FileManager.default.isExecutableFile(atPath: path) else { throw TestFailure("\(path) has not been built") }
    return path
  }
}
