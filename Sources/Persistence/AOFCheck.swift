import TernEngine

/// redis-check-aof: whether an append only file, or all of a manifest's, can be loaded; what a repair would drop; and the repair.
package struct AOFCheck {
  package enum Repair: Hashable, Sendable {
    case none
    /// Cuts off what is not complete.
    case fix
    /// Cuts off what was written after this second.
    case truncate(timestamp: Int64)
  }

  private struct Analysis {
    var byteCount = 0
    var good = 0
    var lines = 1
    var problem: String?
    var isPreambleBad = false
    /// Where the first annotation later than the asked time begins.
    var cut: Int?
  }

  private let fileSystem: any FileSystem
  private let repair: Repair
  private let now: Int64
  private let say: (String) -> Void
  private let confirm: (String) -> Bool

  /// - Parameters:
  ///   - confirm: asks a question, and says whether the answer was yes
  package init(
    _ fileSystem: any FileSystem, repair: Repair = .none, now: Int64, confirm: @escaping (String) -> Bool,
    _ say: @escaping (String) -> Void
  ) {
    self.fileSystem = fileSystem
    self.repair = repair
    self.now = now
    self.confirm = confirm
    self.say = say
  }

  /// True: everything is good, or has been made so.
  package func check(_ path: String) -> Bool {
    do throws(FileSystemError) {
      guard let status = try fileSystem.status(of: path), !status.isDirectory else {
        say("Cannot open file \(path): No such file or directory, aborting...")
        return false
      }
      if status.byteCount <= AOFCheck.manifestBytesMax,
        let text = try fileSystem.contents(of: path, byteCountMax: AOFCheck.manifestBytesMax),
        text.starts(with: "file ".utf8)
      {
        return try checkParts(text, path)
      }
      say("Start checking Old-Style AOF")
      return try check(path, named: path, kind: "AOF", isLast: true)
    } catch {
      say("Cannot read \(error.path): \(error.reason), aborting...")
      return false
    }
  }

  private static let manifestBytesMax = 1 << 20

  private func checkParts(_ text: [UInt8], _ path: String) throws(FileSystemError) -> Bool {
    say("Start checking Multi Part AOF")
    let manifest: AOFManifest
    do throws(AOFManifest.Malformed) {
      manifest = try AOFManifest(parsing: text)
    } catch {
      say("The AOF manifest is malformed: \(error.description)")
      return false
    }
    let directory = FilePaths.parent(of: path)
    let files = manifest.files
    for (i, file) in files.enumerated() {
      let filePath = FilePaths.join(directory, file.name)
      if file.type == .base {
        say("Start to check BASE AOF (\(file.name.hasSuffix(".rdb") ? "RDB" : "RESP") format).")
      } else if i == (manifest.base == nil ? 0 : 1) {
        say("Start to check INCR files.")
      }
      guard try fileSystem.status(of: filePath) != nil else {
        say("Cannot open file \(filePath): No such file or directory, aborting...")
        return false
      }
      let kind = file.type == .base ? "BASE AOF" : "INCR AOF"
      guard try check(filePath, named: file.name, kind: kind, isLast: i == files.count - 1) else { return false }
    }
    say("All AOF files and manifest are valid")
    return true
  }

  private func check(_ path: String, named name: String, kind: String, isLast: Bool) throws(FileSystemError) -> Bool {
    guard let status = try fileSystem.status(of: path), status.byteCount > 0 else {
      say("\(kind) \(name) is empty")
      return true
    }
    let analysis = try analyze(path, name)
    if analysis.isPreambleBad {
      say("RDB preamble of AOF file is not sane, aborting.")
      return false
    }
    if case .truncate(let timestamp) = repair {
      guard analysis.problem == nil else {
        say("\(kind) \(name) is not valid: \(analysis.problem ?? ""). Use the --fix option first.")
        return false
      }
      return try truncate(path, name, kind, analysis, timestamp, isLast: isLast)
    }
    let rest = analysis.byteCount - analysis.good
    say(
      "AOF analyzed: filename=\(name), size=\(analysis.byteCount), ok_up_to=\(analysis.good), ok_up_to_line=\(analysis.lines), diff=\(rest)"
    )
    guard rest > 0 || analysis.problem != nil else {
      say("\(kind) \(name) is valid")
      return true
    }
    try sayWhatIsDropped(path, analysis)
    guard repair == .fix else {
      say("\(kind) \(name) is not valid. Use the --fix option to try fixing it.")
      return false
    }
    guard isLast else {
      say("Failed to truncate AOF \(name) because it is not the last file")
      return false
    }
    say("This will shrink the AOF \(name) from \(analysis.byteCount) bytes, with \(rest) bytes, to \(analysis.good) bytes")
    guard confirm("Continue? [y/N]: ") else {
      say("Aborting...")
      return false
    }
    try cut(path, to: analysis.good)
    say("Successfully truncated AOF \(name)")
    return true
  }

  private func truncate(
    _ path: String, _ name: String, _ kind: String, _ analysis: Analysis, _ timestamp: Int64, isLast: Bool
  ) throws(FileSystemError) -> Bool {
    guard let cutAt = analysis.cut else {
      say("Truncate nothing in AOF \(name) to timestamp \(timestamp)")
      say("\(kind) \(name) is valid")
      return true
    }
    guard isLast else {
      say("Failed to truncate AOF \(name) to timestamp \(timestamp) to offset \(cutAt) because it is not the last file")
      return false
    }
    try cut(path, to: cutAt)
    say("Successfully truncated AOF \(name) to timestamp \(timestamp)")
    return true
  }

  private func cut(_ path: String, to byteCount: Int) throws(FileSystemError) {
    let file = try fileSystem.open(path, for: .append)
    try file.truncate(to: byteCount)
    try file.sync()
    try file.close()
  }

  private func sayWhatIsDropped(_ path: String, _ analysis: Analysis) throws(FileSystemError) {
    let file = try fileSystem.open(path, for: .read)
    var preview = [UInt8](repeating: 0, count: 80)
    let offset = analysis.good
    let count = try preview.withUnsafeMutableBufferPointer { preview throws(FileSystemError) in
      try file.read(into: UnsafeMutableRawBufferPointer(preview), at: offset)
    }
    try file.close()
    say("[info] \(analysis.problem ?? "The last command is incomplete")")
    say(
      "[info] A repair would drop \(analysis.byteCount - analysis.good) bytes from offset \(offset) on, which begin with '\(printable(preview[..<count]))'"
    )
  }

  private func analyze(_ path: String, _ name: String) throws(FileSystemError) -> Analysis {
    var analysis = Analysis()
    let file = try fileSystem.open(path, for: .read)
    analysis.byteCount = try file.byteCount()
    var parser = AOFParser()
    var rdb = RDBCheck(now: now, say)
    var chunk = [UInt8](repeating: 0, count: 256 << 10)
    var read = 0
    do throws(AOFParser.Malformed) {
      while true {
        let before = parser.validByteCount
        if let event = try parser.next() {
          switch event {
          case .rdb(let event): take(event, &rdb, parser, name)
          case .keys: break
          case .command(let arguments): analysis.lines += 1 + 2 * arguments.count
          case .transaction(let commands): analysis.lines += 6 + commands.reduce(0) { $0 + 1 + 2 * $1.count }
          case .annotation: analysis.lines += 1
          case .timestamp(let seconds):
            analysis.lines += 1
            if case .truncate(let timestamp) = repair, seconds > timestamp, analysis.cut == nil { analysis.cut = before }
          }
          continue
        }
        let offset = read
        let result: Result<Int, FileSystemError> = chunk.withUnsafeMutableBufferPointer { chunk in
          do throws(FileSystemError) {
            return .success(try file.read(into: UnsafeMutableRawBufferPointer(chunk), at: offset))
          } catch {
            return .failure(error)
          }
        }
        let count: Int
        switch result {
        case .success(let value): count = value
        case .failure(let error): throw AOFParser.Malformed(offset: offset, reason: "the file cannot be read: \(error.reason)")
        }
        if count == 0 { break }
        read += count
        chunk.withUnsafeBytes { parser.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      }
      if case .truncated(let isInTransaction) = try parser.finish() {
        analysis.problem = isInTransaction ? "Reached EOF before reading EXEC for MULTI" : "The last command is incomplete"
        if isInTransaction { say("\(hexadecimal(read)): Reached EOF before reading EXEC for MULTI") }
      }
    } catch {
      if let failure = error.rdb {
        rdb.report(failure, goodUpTo: failure.offset)
        analysis.isPreambleBad = true
      } else {
        say("\(hexadecimal(error.offset)): \(error.reason)")
        analysis.problem = "At offset \(error.offset): \(error.reason)"
      }
    }
    analysis.good = parser.validByteCount
    return analysis
  }

  private func take(_ event: RDBEvent, _ rdb: inout RDBCheck, _ parser: AOFParser, _ name: String) {
    if !rdb.isAnnounced { rdb.announce(name) }
    rdb.take(event, at: parser.rdbOffset)
    guard case .end = event else { return }
    say("[offset \(parser.rdbOffset)] \\o/ RDB looks OK! \\o/")
    rdb.summarize()
    say("RDB preamble is OK, proceeding with AOF tail...")
  }

  private func hexadecimal(_ offset: Int) -> String {
    let digits = String(offset, radix: 16)
    return "0x" + String(repeating: " ", count: max(0, 16 - digits.count)) + digits
  }
}
