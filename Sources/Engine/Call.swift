/// One argument: a view into the bytes that the client sent. Valid while the command runs.
package struct ArgumentView {
  package var bytes: UnsafeRawPointer
  package var count: Int
  @inline(__always) package init(_ bytes: UnsafeRawPointer, _ count: Int) {
    self.bytes = bytes
    self.count = count
  }
  @inline(__always) package var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }
}

/// A command being executed: what a handler gets. Borrows everything; must not outlive the handler.
package struct Call {
  package unowned(unsafe) let engine: Engine
  package unowned(unsafe) let session: Session
  package let command: UnsafeMutablePointer<CommandRecord>
  package let arguments: UnsafePointer<ArgumentView>
  /// The name counted.
  package let count: Int
  /// Of argument 1, if there is one.
  package let firstHash: UInt64
  package let reply: ReplyBuffer

  @inline(__always) package subscript(_ index: Int) -> ArgumentView { arguments[index] }

  @inline(__always) package var database: Database { engine.database(session.databaseIndex) }

  @inline(__always)
  package func key(_ index: Int) -> KeyView {
    let argument = arguments[index]
    let hash = index == 1 ? firstHash : engine.hash(argument.bytes, argument.count)
    return KeyView(bytes: argument.bytes, count: argument.count, hash: hash)
  }

  package func bytes(_ index: Int) -> [UInt8] { Array(arguments[index].buffer) }
  /// Decoded as UTF-8, invalid bytes replaced: for messages, options and names, never for data.
  package func text(_ index: Int) -> String { String(decoding: arguments[index].buffer, as: UTF8.self) }

  /// Whether the argument is `word` (given in upper case), in any case of letters.
  package func `is`(_ index: Int, _ word: StaticString) -> Bool {
    let argument = arguments[index]
    guard argument.count == word.utf8CodeUnitCount else { return false }
    for i in 0..<argument.count where uppercased(argument.bytes.load(fromByteOffset: i, as: UInt8.self)) != word.utf8Start[i] {
      return false
    }
    return true
  }

  @inline(__always)
  package func integer(_ index: Int, or error: @autoclosure () -> CommandError = .notInteger) throws(CommandError) -> Int64 {
    let argument = arguments[index]
    guard let value = Decimal.parse(argument.bytes, argument.count) else { throw error() }
    return value
  }

  package func integer(_ index: Int, in range: ClosedRange<Int64>, or error: @autoclosure () -> CommandError) throws(CommandError) -> Int64
  {
    let value = try integer(index)
    guard range.contains(value) else { throw error() }
    return value
  }

  /// All arguments, owned.
  package var copiedArguments: [[UInt8]] { (0..<count).map { bytes($0) } }
}

@inline(__always)
func uppercased(_ byte: UInt8) -> UInt8 { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") ? byte &- 32 : byte }
