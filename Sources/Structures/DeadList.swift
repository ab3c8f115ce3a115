/// A stack of words in linked chunks. Appending never copies what is there (an array's doubling showed as a stall of milliseconds).
struct DeadList {
  private static let chunkWords = 1024
  /// Word 0 of a chunk is the address of the chunk before it.
  private var chunk: UnsafeMutablePointer<UInt>?
  private var used = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ word: UInt) {
    if chunk == nil || used == DeadList.chunkWords {
      let next = UnsafeMutablePointer<UInt>.allocate(capacity: DeadList.chunkWords)
      next[0] = UInt(bitPattern: chunk)
      chunk = next
      used = 1
    }
    chunk?[used] = word
    used += 1
    count += 1
  }

  mutating func popLast() -> UInt? {
    guard count > 0, let current = chunk else { return nil }
    used -= 1
    count -= 1
    let word = current[used]
    if used == 1 {
      chunk = UnsafeMutablePointer(bitPattern: current[0])
      used = DeadList.chunkWords
      current.deallocate()
    }
    return word
  }

  mutating func deallocate() { while popLast() != nil {} }
}
