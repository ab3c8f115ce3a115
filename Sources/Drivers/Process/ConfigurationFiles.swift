internal import TernEngine
package import TernNode
internal import TernPersistence

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The configuration's view of this machine: files, directories, patterns.
package enum ConfigurationFiles {
  /// More than any sensible file; a device or a pipe named by mistake must not fill the memory.
  static let bytesMax = 16 << 20

  package static func environment(product: String) -> ConfigurationEnvironment {
    var environment = ConfigurationEnvironment()
    environment.product = product
    environment.currentDirectory = currentDirectory()
    environment.enterDirectory = { path, current throws(ConfigurationReason) in try enter(FilePaths.join(current, path)) }
    environment.load = { pattern, directory throws(ConfigurationReason) in try load(pattern, in: directory) }
    environment.readStandardInput = { isSentinel throws(ConfigurationReason) in
      // Without a word, a start that waits for a terminal's input would look like one that hangs.
      ProcessLog(path: "").log(.warning, isSentinel ? .sentinel : .child, "Reading config from stdin")
      return try read("stdin", STDIN_FILENO)
    }
    environment.checkLogFile = { path, directory throws(ConfigurationReason) in
      let descriptor = posixOpen(FilePaths.join(directory, path), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw ConfigurationReason(SystemErrorText.text(errno)) }
      _ = posixClose(descriptor)
    }
    return environment
  }

  package static func currentDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }

  /// The directory's real path, when it is one that may be entered. The process's own working directory stays as it is.
  private static func enter(_ path: String) throws(ConfigurationReason) -> String {
    var information = stat()
    guard stat(path, &information) == 0 else { throw ConfigurationReason(SystemErrorText.text(errno)) }
    guard information.st_mode & S_IFMT == S_IFDIR else { throw ConfigurationReason(SystemErrorText.text(ENOTDIR)) }
    guard access(path, X_OK) == 0 else { throw ConfigurationReason(SystemErrorText.text(errno)) }
    guard let real = realpath(path, nil) else { throw ConfigurationReason(SystemErrorText.text(errno)) }
    defer { free(real) }
    return String(cString: real)
  }

  private static func load(_ pattern: String, in directory: String) throws(ConfigurationReason) -> [ConfigurationEnvironment.Source] {
    guard pattern.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }) else {
      return [(pattern, try readFile(pattern, FilePaths.join(directory, pattern)))]
    }
    var sources: [ConfigurationEnvironment.Source] = []
    for path in matches(FilePaths.join(directory, pattern)) { sources.append((path, try readFile(path, path))) }
    return sources
  }

  private static func matches(_ pattern: String) -> [String] {
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern, 0, nil, &result) == 0, let paths = result.gl_pathv else { return [] }
    return (0..<Int(result.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
  }

  private static func readFile(_ name: String, _ path: String) throws(ConfigurationReason) -> [UInt8] {
    let descriptor = posixOpen(path, O_RDONLY | O_CLOEXEC, 0)
    guard descriptor >= 0 else { throw .cannotOpen(name, SystemErrorText.text(errno)) }
    defer { _ = posixClose(descriptor) }
    return try read(name, descriptor)
  }

  private static func read(_ name: String, _ descriptor: Int32) throws(ConfigurationReason) -> [UInt8] {
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = chunk.withUnsafeMutableBytes { posixRead(descriptor, $0) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .cannotOpen(name, SystemErrorText.text(errno)) }
      if count == 0 { return text }
      text.append(contentsOf: chunk[..<count])
      guard text.count <= bytesMax else { throw .cannotOpen(name, "more than \(bytesMax) bytes") }
    }
  }

  /// CONFIG REWRITE: the file is replaced whole, or stays as it was. The reason of a failure, or nil. Blocks.
  package static func rewrite(path: String, text: ([UInt8]) -> [UInt8]) -> String? {
    let files = PosixFileSystem()
    // A link stays a link: the file that it names is replaced.
    let target = resolved(path)
    let temporary = "\(target).\(getpid())-\(HostClock.monotonicNanoseconds()).tmp"
    do throws(FileSystemError) {
      let old = try files.contents(of: target, byteCountMax: bytesMax) ?? []
      // The file may hold passwords: the new one is no more readable than the old one was.
      let mode = permissions(of: target) ?? 0o644
      let descriptor = try PosixFileSystem.check(.open, temporary) {
        posixOpen(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
      }
      let file = PosixFile(path: temporary, descriptor: descriptor)
      do throws(FileSystemError) {
        try file.writeAll(text(old))
        try file.sync()
        try file.close()
        try files.rename(temporary, to: target)
      } catch {
        try? files.remove(temporary)
        throw error
      }
      try files.syncDirectory(FilePaths.parent(of: target))
      return nil
    } catch {
      return error.description
    }
  }

  /// Makes a directory and those above it, where they are missing. The reason of a failure, or nil.
  package static func createDirectory(_ path: String) -> String? {
    let parent = FilePaths.parent(of: path)
    var information = stat()
    if parent != ".", parent != "/", parent != path, stat(parent, &information) != 0, let reason = createDirectory(parent) { return reason }
    do throws(FileSystemError) {
      try PosixFileSystem().createDirectory(path)
      return nil
    } catch {
      return error.reason
    }
  }

  /// A file that may be started as a program.
  static func isExecutable(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func permissions(of path: String) -> mode_t? {
    var information = stat()
    return stat(path, &information) == 0 ? information.st_mode & 0o777 : nil
  }
}

private func posixRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}

extension NodeHost {
  func rewriteConfiguration(for session: TernEngine.Session) {
    let (configuration, path) = withCore { ($0.configuration, $0.identity.configurationFile) }
    let reference = UncheckedTransfer(session)
    inBackground { [self] in
      let failure = ConfigurationFiles.rewrite(path: path) {
        ConfigurationRewrite.text(of: configuration, old: $0)
      }
      if let failure {
        log(.warning, "CONFIG REWRITE failed: \(failure)")
      } else {
        log(.notice, "CONFIG REWRITE executed with success.")
      }
      let now = HostClock.wallMilliseconds()
      withCore {
        $0.completeHostWait(reference.value, failure: failure.map { "ERR Rewriting config file: \($0)" }, now: now)
      }
    }
  }
}
