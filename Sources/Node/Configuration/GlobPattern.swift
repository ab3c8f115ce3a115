/// Redis's glob: `*`, `?`, `[abc]`, `[^a-z]`, `\x`. Linear in memory and O(pattern · text) in time whatever the pattern: going back to the
/// last star only is enough, since every other element takes exactly one byte. (Going back to every star is exponential: `a*a*a*a*…b`.)
package struct GlobPattern: Sendable {
  private let pattern: [UInt8]
  private let ignoresCase: Bool

  package init(_ pattern: some Sequence<UInt8>, ignoresCase: Bool = false) {
    self.pattern = Array(pattern)
    self.ignoresCase = ignoresCase
  }

  package func matches(_ text: some Collection<UInt8>) -> Bool {
    let text = Array(text)
    var p = 0
    var t = 0
    var star: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        p += 1
        star = (p, t)
      } else if p < pattern.count, let next = element(at: p, matches: text[t]) {
        p = next
        t += 1
      } else if let (afterStar, start) = star {
        p = afterStar
        t = start + 1
        star = (afterStar, start + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// The index behind the element at `start` when it takes `byte`, else nil.
  private func element(at start: Int, matches byte: UInt8) -> Int? {
    switch pattern[start] {
    case UInt8(ascii: "?"):
      return start + 1
    case UInt8(ascii: "["):
      let (isMatch, next) = bracket(at: start, matches: byte)
      return isMatch ? next : nil
    case UInt8(ascii: "\\") where start + 1 < pattern.count:
      return folded(pattern[start + 1]) == folded(byte) ? start + 2 : nil
    case let literal:
      return folded(literal) == folded(byte) ? start + 1 : nil
    }
  }

  /// A bracket that is never closed ends with the pattern; an escaped byte within one is compared exactly even when case is ignored. Both
  /// are Redis's.
  private func bracket(at start: Int, matches byte: UInt8) -> (isMatch: Bool, next: Int) {
    var i = start + 1
    let isNegated = i < pattern.count && pattern[i] == UInt8(ascii: "^")
    if isNegated { i += 1 }
    var found = false
    while i < pattern.count, pattern[i] != UInt8(ascii: "]") {
      if pattern[i] == UInt8(ascii: "\\"), i + 1 < pattern.count {
        found = found || pattern[i + 1] == byte
        i += 2
      } else if i + 2 < pattern.count, pattern[i + 1] == UInt8(ascii: "-") {
        let ends = (folded(pattern[i]), folded(pattern[i + 2]))
        found = found || (min(ends.0, ends.1)...max(ends.0, ends.1)).contains(folded(byte))
        i += 3
      } else {
        found = found || folded(pattern[i]) == folded(byte)
        i += 1
      }
    }
    return (found != isNegated, min(i + 1, pattern.count))
  }

  private func folded(_ byte: UInt8) -> UInt8 {
    ignoresCase && byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }
}
