/// An end of a list.
package enum ListEnd: Sendable {
  case left, right
  package var opposite: ListEnd { self == .left ? .right : .left }
}

/// How large a chunk of a list may become, by `list-max-listpack-size`.
struct ListLimits {
  /// Bytes of a chunk's listpack; an element that is longer has a chunk of its own.
  let bytesMax: Int
  let countMax: Int

  /// - Parameter size: elements of a chunk if positive (0 counts as 1; also bounded by 8 KB), else -1 … -5 for 4 … 64 KB.
  @inline(__always)
  init(size: Int) {
    if size >= 0 {
      bytesMax = 8192
      countMax = max(1, size)
    } else {
      bytesMax = 4096 &<< (min(5, 0 &- size) &- 1)
      countMax = .max
    }
  }

  /// Up to here a list lies in one `ListpackBlock`, whose head is moved for each push: nothing for so few bytes.
  static let flatBytesMax = 1024

  /// Redis's test whether a list of so many bytes (text lengths for what is new) counts as a small one.
  @inline(__always) func isSmall(bytes: Int, count: Int) -> Bool { bytes <= bytesMax && count <= countMax }
}
