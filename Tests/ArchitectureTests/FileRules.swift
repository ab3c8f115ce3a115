/// Data files are touched through `FileSystem` only, or a test that cuts the power after every operation would miss some.
enum FileRules {
  /// What opens a file, or changes one or a directory. Nothing is written that was not opened: `write` is the name of too many methods.
  static let calls = [
    "open", "openat", "creat", "fopen", "posixOpen", "rename", "renameat", "posixRename", "unlink", "unlinkat", "remove", "rmdir", "mkdir",
    "truncate", "ftruncate", "fsync", "fdatasync", "sync_file_range", "flock", "mkstemp", "link", "symlink", "mmap", "FileManager",
    "FileHandle",
  ]

  /// The only home of such calls.
  static let home = "Sources/Drivers/Files/"

  /// What is no data of a node, and where: the calls that each may make.
  static let exceptions: [String: Set<String>] = [
    // The user's configuration, whose permissions are kept; written, synced and renamed by the file layer.
    "Sources/Drivers/Process/ConfigurationFiles.swift": ["posixOpen"],
    // The log of the process, the pid file, the socket's file.
    "Sources/Drivers/Process/LogSink.swift": ["posixOpen"],
    "Sources/Drivers/Process/ServerRun.swift": ["posixOpen", "unlink"],
    // The report of a crash, from a signal handler.
    "Sources/Drivers/Process/CrashReport.swift": ["open"],
    // Reads /proc.
    "Sources/Drivers/Process/ProcessUsage.swift": ["posixOpen"],
  ]

  static func violations(in source: SourceText) -> [Violation] {
    // Below Drivers nothing can be called: no C library is imported. Structures maps memory, by CTern.
    guard source.folder == "Drivers" || source.folder == "Tern" || source.folder == "TernTesting", !source.path.hasPrefix(home) else {
      return []
    }
    let allowed = exceptions[source.path] ?? []
    var found: [Violation] = []
    for line in source.lines {
      for call in called(in: line.code) where calls.contains(call) && !allowed.contains(call) {
        found.append(
          Violation(path: source.path, line: line.number, reason: "\(call) is for \(home) alone; use the FileSystem that was handed in"))
      }
    }
    return found
  }

  /// The names of free functions (or types) that are called; methods are somebody's own.
  private static func called(in code: String) -> [String] {
    var names: [String] = []
    var name = ""
    var before: Character = " "
    var words: [String] = []
    for character in code {
      if character.isLetter || character.isNumber || character == "_" {
        name.append(character)
        continue
      }
      if !name.isEmpty {
        if character == "(", before != ".", words.last != "func" { names.append(name) }
        if character == ".", before != ".", name == "FileManager" || name == "FileHandle" { names.append(name) }
        words.append(name)
        name = ""
      }
      before = character
    }
    return names
  }
}
