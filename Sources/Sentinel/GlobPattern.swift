/// Redis's glob patterns: `*`, `?`, `[a-z]`, `[^a]`, `\` before a character that is meant literally.
enum GlobPattern {
  static func matches(_ pattern: String, _ text: String) -> Bool { matches(Array(pattern.utf8), Array(text.utf8)) }

  /// Goes back to the latest `*` only, so its time is at most the product of the lengths.
  static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var p = 0
    var t = 0
    var retry: (p: Int, t: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        retry = (p + 1, t)
        p += 1
      } else if let end = matchOne(pattern, p, text[t]) {
        p = end
        t += 1
      } else if let last = retry {
        p = last.p
        t = last.t + 1
        retry = (last.p, t)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// Where the pattern goes on when the element at `p` matches `byte`.
  private static func matchOne(_ pattern: [UInt8], _ p: Int, _ byte: UInt8) -> Int? {
    guard p < pattern.count else { return nil }
    switch pattern[p] {
    case UInt8(ascii: "?"): return p + 1
    case UInt8(ascii: "["): return matchSet(pattern, p + 1, byte)
    case UInt8(ascii: "\\") where p + 1 < pattern.count: return pattern[p + 1] == byte ? p + 2 : nil
    default: return pattern[p] == byte ? p + 1 : nil
    }
  }

  private static func matchSet(_ pattern: [UInt8], _ start: Int, _ byte: UInt8) -> Int? {
    var p = start
    let isNegated = p < pattern.count && pattern[p] == UInt8(ascii: "^")
    if isNegated { p += 1 }
    var isFound = false
    while p < pattern.count, pattern[p] != UInt8(ascii: "]") {
      if pattern[p] == UInt8(ascii: "\\"), p + 1 < pattern.count {
        isFound = isFound || pattern[p + 1] == byte
        p += 2
      } else if p + 2 < pattern.count, pattern[p + 1] == UInt8(ascii: "-"), pattern[p + 2] != UInt8(ascii: "]") {
        isFound = isFound || (min(pattern[p], pattern[p + 2])...max(pattern[p], pattern[p + 2])).contains(byte)
        p += 3
      } else {
        isFound = isFound || pattern[p] == byte
        p += 1
      }
    }
    return isFound != isNegated ? min(p + 1, pattern.count) : nil
  }
}
