/// A key with its hash.
package struct KeyView {
  package let bytes: UnsafeRawPointer
  package let count: Int
  package let hash: UInt64
  @inline(__always) package init(bytes: UnsafeRawPointer, count: Int, hash: UInt64) {
    self.bytes = bytes
    self.count = count
    self.hash = hash
  }
  @inline(__always) package var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }
  package var copy: [UInt8] { Array(buffer) }
}
