/// Redis's glob patterns: `*`, `?`, `[abc]`, `[^a-z]`, `\` before a literal.
package enum Glob {
  package static func matches(_ pattern: [UInt8], _ text: UnsafeRawBufferPointer, ignoringCase: Bool = false) -> Bool {
    pattern.withUnsafeBytes { matches($0, text, ignoringCase: ignoringCase) }
  }

  package static func matches(_ pattern: [UInt8], _ text: [UInt8], ignoringCase: Bool = false) -> Bool {
    text.withUnsafeBytes { matches(pattern, $0, ignoringCase: ignoringCase) }
  }

  package static func matches(_ pattern: String, _ text: String, ignoringCase: Bool = false) -> Bool {
    Array(text.utf8).withUnsafeBytes { matches(Array(pattern.utf8), $0, ignoringCase: ignoringCase) }
  }

  /// Linear in text × stars at worst: only the last `*` is ever taken up again.
  package static func matches(_ pattern: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer, ignoringCase: Bool) -> Bool {
    // As in Redis, where not even `*` matches nothing.
    if text.isEmpty { return pattern.isEmpty }
    var p = 0
    var t = 0
    var star: Int?
    var starText = 0
    while t < text.count {
      if p < pattern.count {
        if pattern[p] == UInt8(ascii: "*") {
          star = p
          starText = t
          p += 1
          continue
        }
        let (hit, next) = element(pattern, p, exact: text[t], ignoringCase)
        if hit {
          p = next
          t += 1
          continue
        }
      }
      guard let star else { return false }
      starText += 1
      p = star + 1
      t = starText
    }
    while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
    return p == pattern.count
  }

  private static func fold(_ byte: UInt8, _ ignoringCase: Bool) -> UInt8 {
    ignoringCase && byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 32 : byte
  }

  /// Whether the element at `p` (no star) matches `byte`, and where the next one begins.
  private static func element(
    _ pattern: UnsafeRawBufferPointer, _ p: Int, exact: UInt8, _ ignoringCase: Bool
  ) -> (Bool, Int) {
    let byte = fold(exact, ignoringCase)
    switch pattern[p] {
    case UInt8(ascii: "?"): return (true, p + 1)
    case UInt8(ascii: "\\") where p + 1 < pattern.count: return (fold(pattern[p + 1], ignoringCase) == byte, p + 2)
    case UInt8(ascii: "["):
      var i = p + 1
      var negated = false
      if i < pattern.count, pattern[i] == UInt8(ascii: "^") {
        negated = true
        i += 1
      }
      var hit = false
      while i < pattern.count, pattern[i] != UInt8(ascii: "]") {
        if pattern[i] == UInt8(ascii: "\\"), i + 1 < pattern.count {
          i += 1
          // An escaped byte within brackets is compared as it is, whatever the case; that is Redis's way.
          if pattern[i] == exact { hit = true }
          i += 1
        } else if i + 2 < pattern.count, pattern[i + 1] == UInt8(ascii: "-") {
          let a = fold(pattern[i], ignoringCase)
          let b = fold(pattern[i + 2], ignoringCase)
          if byte >= min(a, b), byte <= max(a, b) { hit = true }
          i += 3
        } else {
          if fold(pattern[i], ignoringCase) == byte { hit = true }
          i += 1
        }
      }
      return (hit != negated, min(i + 1, pattern.count))
    default: return (fold(pattern[p], ignoringCase) == byte, p + 1)
    }
  }
}
