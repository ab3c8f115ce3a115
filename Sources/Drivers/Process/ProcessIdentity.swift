package import TernNode

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Who this process is.
package enum ProcessIdentity {
  package static func make(configurationFile: String) -> NodeCore.Identity {
    NodeCore.Identity(
      runID: randomHex(bytes: 20), processID: Int(getpid()), operatingSystem: operatingSystem,
      executable: Daemon.executablePath ?? "", configurationFile: configurationFile)
  }

  static func randomHex(bytes: Int) -> String {
    var text = ""
    for _ in 0..<bytes {
      let byte = UInt8.random(in: .min ... .max)
      text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return text
  }

  /// `Linux 6.1.0 x86_64`.
  private static var operatingSystem: String {
    var name = utsname()
    guard uname(&name) == 0 else { return "" }
    func text<T>(_ field: T) -> String {
      withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
  }
}
