internal import CLZ4

/// Valkey 9.2's envelope around a whole RDB file: seven bytes, then one LZ4 frame with a checksum for each block.
///
///     'V' 'C' 'S'   version 1   codec 1 (LZ4)   0   kind 1 (RDB) or 2 (live stream)
package enum CompressedEnvelope {
  static let magic = Array("VCS".utf8)
  static let rdbHeader: [UInt8] = magic + [1, 1, 0, 1]
  static let streamHeader: [UInt8] = magic + [1, 1, 0, 2]

  static func header(_ content: LinkExpander.Content) -> [UInt8] { magic + [1, 1, 0, content.rawValue] }

  /// What is wrong with a header of `rdbHeader.count` bytes; nil if nothing is.
  static func refusal(_ header: ArraySlice<UInt8>) -> String? {
    let bytes = Array(header)
    if bytes == rdbHeader { return nil }
    if bytes[3] != 1 { return "a compressed file of version \(bytes[3]); 1 can be read" }
    if bytes[4] != 1 { return "the file is compressed by codec \(bytes[4]); 1 (LZ4) can be read" }
    if bytes[6] != 1 { return "a compressed file of kind \(bytes[6]); 1 (RDB) was expected" }
    return "the envelope of the compressed file is malformed"
  }
}

/// Compresses a file into an envelope.
package final class EnvelopeWriter: @unchecked Sendable {
  private var context: OpaquePointer?
  private var preferences = LZ4F_preferences_t()
  private var output: [UInt8] = []

  /// nil when there is no memory for it.
  package init?() {
    preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled
    preferences.frameInfo.blockSizeID = LZ4F_max256KB
    guard LZ4F_isError(LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION))) == 0, context != nil else { return nil }
  }

  deinit { LZ4F_freeCompressionContext(context) }

  /// The bytes that begin the file.
  package func begin() -> [UInt8]? {
    var header = [UInt8](repeating: 0, count: Int(LZ4F_HEADER_SIZE_MAX))
    let count = LZ4F_compressBegin(context, &header, header.count, &preferences)
    guard LZ4F_isError(count) == 0 else { return nil }
    return CompressedEnvelope.rdbHeader + header[..<count]
  }

  /// Calls `body` with what is to be written for `bytes`; nothing, if they wait for more. nil: LZ4 has failed.
  package func compress<Failure: Error>(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(256 << 10))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      let bound = LZ4F_compressBound(piece.count, &preferences)
      if output.count < bound { output = [UInt8](repeating: 0, count: bound) }
      let count = LZ4F_compressUpdate(context, &output, output.count, piece.baseAddress, piece.count, nil)
      guard LZ4F_isError(count) == 0 else { return false }
      if count > 0 { try hand(count, body) }
    }
    return true
  }

  package func end<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) -> Bool {
    let bound = LZ4F_compressBound(0, &preferences)
    if output.count < bound { output = [UInt8](repeating: 0, count: bound) }
    let count = LZ4F_compressEnd(context, &output, output.count, nil)
    guard LZ4F_isError(count) == 0 else { return false }
    try hand(count, body)
    return true
  }

  private func hand<Failure: Error>(
    _ count: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    try output.withUnsafeBufferPointer { output throws(Failure) in
      try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<count]))
    }
  }
}

/// Expands the frames behind an envelope's header, a bounded piece at a time: the content of a frame may be 255 times its size.
final class EnvelopeReader: @unchecked Sendable {
  private var context: OpaquePointer?
  private var input: [UInt8] = []
  private var start = 0
  private var output = [UInt8](repeating: 0, count: 256 << 10)
  /// LZ4 may hold more output than had room.
  private var mayHoldMore = false
  /// Between two frames: the file may end here.
  private(set) var isAtFrameEnd = false

  init?() {
    guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0, context != nil else { return nil }
  }

  deinit { LZ4F_freeDecompressionContext(context) }

  func append(_ bytes: some Collection<UInt8>) {
    if start == input.count {
      input.removeAll(keepingCapacity: true)
      start = 0
    }
    input.append(contentsOf: bytes)
  }

  enum Step {
    case bytes(ArraySlice<UInt8>)
    case needsMore
    case malformed(String)
  }

  func next() -> Step {
    while start < input.count || mayHoldMore {
      var produced = output.count
      var consumed = input.count - start
      let result = input.withUnsafeBufferPointer { input in
        LZ4F_decompress(context, &output, &produced, input.baseAddress.map { $0 + start }, &consumed, nil)
      }
      guard LZ4F_isError(result) == 0 else { return .malformed(String(cString: LZ4F_getErrorName(result))) }
      start += consumed
      isAtFrameEnd = result == 0
      mayHoldMore = produced == output.count
      if produced > 0 { return .bytes(output[..<produced]) }
      if consumed == 0 { break }
    }
    mayHoldMore = false
    return .needsMore
  }
}
