/// The longest common subsequence of two byte strings, by the usual table of lengths (Wagner and Fischer, 1974), walked from its end as
/// Redis walks it: where several are equally long, both choose the same one.
struct CommonSubsequence: ~Copyable {
  /// A run of bytes that stands in both strings: the indices of its first and last byte in each.
  struct Match: Sendable {
    var first: ClosedRange<Int>
    var second: ClosedRange<Int>
  }

  private let a: UnsafeRawBufferPointer
  private let b: UnsafeRawBufferPointer
  private let lengths: UnsafeMutablePointer<UInt32>

  /// What the table needs; nil if that is beyond all numbers.
  static func tableBytes(_ a: Int, _ b: Int) -> Int? {
    let (cells, overflow) = (a + 1).multipliedReportingOverflow(by: b + 1)
    let (bytes, overflow2) = cells.multipliedReportingOverflow(by: 4)
    return overflow || overflow2 ? nil : bytes
  }

  /// The strings must stay where they are as long as this lives.
  init(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) {
    self.a = a
    self.b = b
    let width = b.count + 1
    lengths = .allocate(capacity: (a.count + 1) * width)
    lengths.initialize(repeating: 0, count: width)
    for i in 1..<a.count + 1 {
      let row = lengths + i * width
      let above = row - width
      let byte = a[i - 1]
      row[0] = 0
      var j = 1
      while j < width {
        row[j] = b[j &- 1] == byte ? above[j &- 1] &+ 1 : max(above[j], row[j &- 1])
        j &+= 1
      }
    }
  }

  deinit { lengths.deallocate() }

  private func length(_ i: Int, _ j: Int) -> UInt32 { lengths[i * (b.count + 1) + j] }

  var count: Int { Int(length(a.count, b.count)) }

  /// Calls `byte` with each byte of the subsequence from the last on, with its place in it, and `match` with each run, from the last on.
  func walk(byte: (Int, UInt8) -> Void, match: (Match) -> Void) {
    var i = a.count
    var j = b.count
    var left = count
    var run: Match?
    while left > 0, i > 0, j > 0 {
      if a[i - 1] == b[j - 1] {
        left -= 1
        byte(left, a[i - 1])
        i -= 1
        j -= 1
        if let open = run, open.first.lowerBound == i + 1, open.second.lowerBound == j + 1 {
          run = Match(first: i...open.first.upperBound, second: j...open.second.upperBound)
        } else {
          if let run { match(run) }
          run = Match(first: i...i, second: j...j)
        }
      } else if length(i - 1, j) > length(i, j - 1) {
        i -= 1
      } else {
        j -= 1
      }
    }
    if let run { match(run) }
  }
}
