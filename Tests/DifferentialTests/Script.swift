import TernEngine

/// One line of a script: a command, and which client sends it.
struct Step: Hashable, Sendable {
  var client: Int
  var words: [[UInt8]]

  init(_ client: Int, _ words: [[UInt8]]) {
    self.client = client
    self.words = words
  }
  init(_ client: Int, _ words: String...) { self.init(client, words.map { Array($0.utf8) }) }

  var name: String { words.first.map { String(decoding: $0, as: UTF8.self).lowercased() } ?? "" }
  func word(_ index: Int) -> String { index < words.count ? String(decoding: words[index], as: UTF8.self).lowercased() : "" }
  /// As QuotedArguments reads it.
  var line: String { "\(client)> " + words.map { QuotedArguments.quote($0) }.joined(separator: " ") }
}

/// What a run sends to both servers, settings and protocol versions included: its text alone replays it.
struct Script: Sendable {
  var steps: [Step]

  var text: String { steps.map(\.line).joined(separator: "\n") }

  init(_ steps: [Step]) { self.steps = steps }

  /// Lines as `text` makes them; without `1>` in front it is client 1 that speaks.
  init(text: String) {
    steps = text.split(separator: "\n").compactMap { line in
      guard !line.hasPrefix("//"), var words = QuotedArguments.split(line.utf8), let first = words.first else { return nil }
      var client = 1
      if first.last == UInt8(ascii: ">"), let number = Int(String(decoding: first.dropLast(), as: UTF8.self)) {
        client = number
        words.removeFirst()
      }
      return words.isEmpty ? nil : Step(client, words)
    }
  }
}

/// Where the two servers first differed.
struct Mismatch: Sendable {
  var step: Int
  var what: String
  var theirs: String
  var ours: String

  func report(_ script: Script, seed: UInt64?) -> String {
    """
    \(seed.map { "seed \($0), " } ?? "")\(what)
    redis-server: \(theirs.prefix(1500))
    ours:         \(ours.prefix(1500))
    the script that shows it:
    \(script.text)
    """
  }
}
