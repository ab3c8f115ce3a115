import SampleSupport
import Synchronization

/// Events and the view of the cluster. On a terminal the view is redrawn in place with the newest events below it; anywhere else each
/// event is a line, and the view is printed when it is worth it.
final class Console: Sendable {
  private struct State {
    var view: [String] = []
    var events: [String] = []
    var isDrawing = false
  }

  let isLive: Bool
  private let state = Mutex(State())
  private static let eventsMax = 200

  init(isLive: Bool) { self.isLive = isLive }

  func event(_ text: String) {
    let line = Timestamp.now + " " + text
    state.withLock { state in
      state.events.append(line)
      if state.events.count > Self.eventsMax { state.events.removeFirst() }
      if isLive && state.isDrawing { draw(state) } else { StandardOutput.write(line + "\n") }
    }
  }

  /// A new view: shown at once on a terminal, and where not, only if `important`.
  func show(_ view: [String], important: Bool = false) {
    state.withLock { state in
      state.view = view
      if isLive {
        if !state.isDrawing { StandardOutput.write("\u{1B}[2J") }
        state.isDrawing = true
        draw(state)
      } else if important {
        StandardOutput.write(view.joined(separator: "\n") + "\n")
      }
    }
  }

  /// Leaves the view where it is; what follows is ordinary output below it.
  func stopDrawing() { state.withLock { $0.isDrawing = false } }

  func say(_ lines: [String]) { state.withLock { _ in StandardOutput.write(lines.joined(separator: "\n") + "\n") } }

  private func draw(_ state: State) {
    let size = StandardOutput.size
    var lines = state.view
    // One line stays free for the cursor, one for the gap.
    let room = max(0, size.lines - lines.count - 2)
    if room > 0 && !state.events.isEmpty { lines += [""] + state.events.suffix(room - 1) }
    var text = "\u{1B}[H"
    // A line wider than the terminal would wrap, and push the top out of sight.
    for line in lines.prefix(size.lines - 1) { text += line.prefix(size.columns - 1) + "\u{1B}[K\n" }
    StandardOutput.write(text + "\u{1B}[J")
  }
}
