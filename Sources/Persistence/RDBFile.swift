internal import TernEngine

/// Writes an RDB file so that its name always stands for a whole one: into `temp-<n>.rdb` beside it, synced, renamed, directory synced.
package final class RDBFileSaver {
  package let path: String
  package let temporaryPath: String
  package private(set) var byteCount = 0
  private let fileSystem: any FileSystem
  private let file: any OpenFile
  private let autosyncByteCount: Int
  private var syncedByteCount = 0
  private var envelope: EnvelopeWriter?
  private var isOver = false

  /// `path` is `dir` and `dbfilename`. `number` tells temporary files apart, Redis puts the process id there. After each
  /// `autosyncByteCount` bytes the file is synced (`rdb-save-incremental-fsync`), so that the end does not stall the disk; 0 for never.
  /// `isCompressed`: `rdbcompression lz4`, the whole file in one LZ4 frame.
  package init(
    _ fileSystem: any FileSystem, path: String, number: Int, autosyncByteCount: Int = 4 << 20, isCompressed: Bool = false
  ) throws(FileSystemError) {
    self.fileSystem = fileSystem
    self.path = path
    self.autosyncByteCount = autosyncByteCount
    temporaryPath = FilePaths.join(FilePaths.parent(of: path), "temp-\(number).rdb")
    file = try fileSystem.open(temporaryPath, for: .replace)
    guard isCompressed else { return }
    guard let envelope = EnvelopeWriter(), let header = envelope.begin() else { throw outOfMemory }
    self.envelope = envelope
    try header.withUnsafeBufferPointer { bytes throws(FileSystemError) in try put(UnsafeRawBufferPointer(bytes)) }
  }

  private var outOfMemory: FileSystemError {
    FileSystemError(.write, path: temporaryPath, code: 0, reason: "LZ4 could not compress: out of memory")
  }

  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) {
    guard let envelope else { return try put(bytes) }
    let isDone = try envelope.compress(bytes) { bytes throws(FileSystemError) in try put(bytes) }
    if !isDone { throw outOfMemory }
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) {
    try file.writeAll(bytes)
    byteCount += bytes.count
    if autosyncByteCount > 0, byteCount - syncedByteCount >= autosyncByteCount {
      syncedByteCount = byteCount
      try file.sync()
    }
  }

  package func write(_ bytes: [UInt8]) throws(FileSystemError) {
    try bytes.withUnsafeBufferPointer { bytes throws(FileSystemError) in try write(UnsafeRawBufferPointer(bytes)) }
  }

  /// Writes what `writer` has produced.
  package func write(draining writer: inout RDBWriter) throws(FileSystemError) {
    try writer.drain { bytes throws(FileSystemError) in try write(bytes) }
  }

  /// After it `path` is the new file. When it throws, the old one still stands, unless only the last step failed: then the new one does,
  /// and a power loss may bring the old one back.
  package func finish() throws(FileSystemError) {
    do throws(FileSystemError) {
      if let envelope {
        let isDone = try envelope.end { bytes throws(FileSystemError) in try put(bytes) }
        if !isDone { throw outOfMemory }
      }
      try file.sync()
      try file.close()
      try fileSystem.rename(temporaryPath, to: path)
    } catch {
      cancel()
      throw error
    }
    isOver = true
    try fileSystem.syncDirectory(FilePaths.parent(of: path))
  }

  /// Removes the temporary file. Does nothing after `finish`.
  package func cancel() {
    guard !isOver else { return }
    isOver = true
    try? file.close()
    try? fileSystem.remove(temporaryPath)
  }

  deinit { cancel() }

  /// Removes what interrupted saves left in `directory`; to be called at the start, with the directory locked.
  package static func removeLeftovers(_ fileSystem: any FileSystem, in directory: String) throws(FileSystemError) {
    for name in try fileSystem.entries(of: directory) where name.hasPrefix("temp-") && name.hasSuffix(".rdb") {
      let number = name.dropFirst(5).dropLast(4)
      guard !number.isEmpty, number.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { continue }
      try fileSystem.remove(FilePaths.join(directory, name))
    }
  }
}

/// Reads an RDB file in pieces.
package struct RDBFileLoader: Sendable {
  package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case fileSystem(FileSystemError)
    case rdb(RDBError, path: String)

    package var description: String {
      switch self {
      case .fileSystem(let error): "\(error)"
      case .rdb(let error, let path): "\(path): \(error)"
      }
    }
  }

  private let file: any OpenFile
  private var reader: RDBReader
  private var chunk: [UInt8]
  private var envelope: EnvelopeReader?
  package let bytesTotal: Int
  package private(set) var bytesRead = 0

  /// nil when there is no such file.
  package init?(
    _ fileSystem: any FileSystem, path: String, options: RDBReader.Options = .init(), chunkByteCount: Int = 256 << 10
  ) throws(Failure) {
    do throws(FileSystemError) {
      guard try fileSystem.status(of: path) != nil else { return nil }
      file = try fileSystem.open(path, for: .read)
      bytesTotal = try file.byteCount()
    } catch {
      throw .fileSystem(error)
    }
    reader = RDBReader(options: options)
    chunk = [UInt8](repeating: 0, count: max(1, chunkByteCount))
  }

  /// nil after `.end`. Bytes behind the end are ignored, as Redis does. An error is final.
  package mutating func next() throws(Failure) -> RDBEvent? {
    while true {
      if let event = try checked({ reader throws(RDBError) in try reader.next() }) { return event }
      if reader.isEnded { return nil }
      if try read() == 0 { try checked { reader throws(RDBError) in try reader.finish() } }
    }
  }

  /// Reads on until the batch is full. Returns false at the end of the RDB. After an error what is in the batch stands before it.
  package mutating func fill(_ batch: RDBBatch) throws(Failure) -> Bool {
    defer { batch.bytesRead = bytesRead }
    while true {
      if try checked({ reader throws(RDBError) in try reader.fill(batch) }) { return true }
      if reader.isEnded { return false }
      if try read() == 0 { try checked { reader throws(RDBError) in try reader.finish() } }
    }
  }

  private mutating func checked<T>(_ body: (inout RDBReader) throws(RDBError) -> T) throws(Failure) -> T {
    do throws(RDBError) {
      return try body(&reader)
    } catch {
      throw .rdb(error, path: file.path)
    }
  }

  /// The opcode or the type, the key or the field, that the reader stands at.
  package var consumedByteCount: Int { reader.consumedByteCount }
  package var isCompressed: Bool { envelope != nil }
  package var version: Int { reader.version }

  /// Gives the reader more bytes; 0 when there are none.
  private mutating func read() throws(Failure) -> Int {
    while true {
      if let envelope {
        switch envelope.next() {
        case .bytes(let bytes):
          reader.append(bytes)
          return bytes.count
        case .malformed(let reason):
          throw .rdb(RDBError(.malformed, offset: bytesRead, "The LZ4 frame is malformed: \(reason)"), path: file.path)
        case .needsMore: break
        }
      }
      let offset = bytesRead
      let count = try fill()
      guard count > 0 else { return 0 }
      var rest = chunk[..<count]
      if offset == 0 {
        // A disk may give less than was asked for.
        while rest.count < CompressedEnvelope.magic.count, CompressedEnvelope.magic.starts(with: rest) {
          let more = try fill()
          guard more > 0 else { break }
          rest = Array(rest + chunk[..<more])[...]
        }
        if rest.starts(with: CompressedEnvelope.magic) { rest = try openEnvelope(rest) }
      }
      guard let envelope else {
        reader.append(rest)
        return count
      }
      envelope.append(rest)
    }
  }

  /// Answers what follows the envelope's header.
  private mutating func openEnvelope(_ begin: ArraySlice<UInt8>) throws(Failure) -> ArraySlice<UInt8> {
    var begin = begin
    while begin.count < CompressedEnvelope.rdbHeader.count {
      let count = try fill()
      guard count > 0 else {
        throw .rdb(RDBError(.truncated, offset: bytesRead, "Unexpected EOF in the envelope of a compressed file"), path: file.path)
      }
      begin = Array(begin + chunk[..<count])[...]
    }
    if let refusal = CompressedEnvelope.refusal(begin.prefix(CompressedEnvelope.rdbHeader.count)) {
      throw .rdb(RDBError(.unsupportedVersion, offset: 0, "Can't load the file: \(refusal)"), path: file.path)
    }
    envelope = EnvelopeReader()
    return begin.dropFirst(CompressedEnvelope.rdbHeader.count)
  }

  private mutating func fill() throws(Failure) -> Int {
    let offset = bytesRead
    let file = self.file
    do throws(FileSystemError) {
      let count = try chunk.withUnsafeMutableBufferPointer { chunk throws(FileSystemError) in
        try file.read(into: UnsafeMutableRawBufferPointer(chunk), at: offset)
      }
      bytesRead += count
      return count
    } catch {
      throw .fileSystem(error)
    }
  }
}
