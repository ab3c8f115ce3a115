/// Events by time; events of one time in the order in which they were scheduled. A binary heap.
struct EventQueue<Event> {
  private var heap: [(time: Int64, sequence: UInt64, event: Event)] = []
  private var sequence: UInt64 = 0

  var isEmpty: Bool { heap.isEmpty }
  var nextTime: Int64? { heap.first?.time }

  mutating func schedule(_ event: Event, at time: Int64) {
    heap.append((time, sequence, event))
    sequence += 1
    var i = heap.count - 1
    while i > 0, before(i, (i - 1) / 2) {
      heap.swapAt(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  mutating func next() -> (time: Int64, event: Event)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var i = 0
      while true {
        var least = i
        for child in [2 * i + 1, 2 * i + 2] where child < heap.count && before(child, least) { least = child }
        if least == i { break }
        heap.swapAt(i, least)
        i = least
      }
    }
    return (first.time, first.event)
  }

  private func before(_ a: Int, _ b: Int) -> Bool { (heap[a].time, heap[a].sequence) < (heap[b].time, heap[b].sequence) }
}
