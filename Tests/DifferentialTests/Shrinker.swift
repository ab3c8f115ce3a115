/// Drops what a failing script does not need: larger parts first, then single commands, then single arguments.
struct Shrinker {
  /// What it costs at most.
  var runsMax = 150
  let fails: (Script) throws -> Bool

  func shrink(_ script: Script) throws -> Script {
    var steps = script.steps
    var runs = 0
    func stillFails(_ candidate: [Step]) throws -> Bool {
      runs += 1
      return try fails(Script(candidate))
    }
    var size = max(1, steps.count / 2)
    while runs < runsMax {
      var dropped = false
      // From the end: what comes behind the failure goes first.
      var start = steps.count - size
      while start > -size, runs < runsMax {
        let range = max(0, start)..<min(steps.count, start + size)
        var candidate = steps
        candidate.removeSubrange(range)
        if !candidate.isEmpty, candidate.count < steps.count, try stillFails(candidate) {
          steps = candidate
          dropped = true
        }
        start -= size
      }
      if size == 1, !dropped { break }
      if !dropped || size > 1 { size = max(1, size / 2) }
    }
    for i in steps.indices {
      var word = steps[i].words.count - 1
      while word >= 1, runs < runsMax {
        var candidate = steps
        candidate[i].words.remove(at: word)
        if try stillFails(candidate) { steps = candidate }
        word -= 1
      }
    }
    return Script(steps)
  }
}
