import TernReplication
import TernSimulation

// Runs seeds of mixed faults until one breaks a promise, or until the time is over.
//
//   tern-simulate [--seeds COUNT] [--from SEED] [--minutes COUNT] [--plant NAME]    many seeds
//   tern-simulate --seed SEED [--plant NAME]                                        one, with its transcript
//
// --plant breaks a rule, in a mixture of faults that leans to where it matters; --kept takes that mixture and keeps the rule.

var seeds: UInt64 = 1_000
var first: UInt64 = 1
var minutes = 0.0
var single: UInt64?
var plant: Plant?
var showsEach = false
var keepsRule = false

func usage() -> Never {
  print("usage: tern-simulate [--seeds COUNT] [--from SEED] [--minutes COUNT] [--seed SEED] [--plant NAME [--kept]] [--each]")
  print("plants: \(Plant.allCases.map(\.rawValue).joined(separator: " "))")
  exit(2)
}

var arguments = CommandLine.arguments.dropFirst()
while let word = arguments.popFirst() {
  if word == "--plants" {
    print(Plant.allCases.map(\.rawValue).joined(separator: " "))
    exit(0)
  }
  if word == "--kept" {
    keepsRule = true
    continue
  }
  if word == "--each" {
    showsEach = true
    continue
  }
  guard let value = arguments.popFirst() else { usage() }
  switch word {
  case "--seeds": seeds = UInt64(value) ?? seeds
  case "--from": first = UInt64(value) ?? first
  case "--minutes": minutes = Double(value) ?? 0
  case "--seed": single = UInt64(value)
  case "--plant":
    guard let known = Plant(rawValue: value) else { usage() }
    plant = known
  default: usage()
  }
}

if let single {
  let report = Trial(seed: single, plant: plant, isKept: keepsRule).run(keepsTranscript: true)
  for line in report.transcript { print(line) }
  print(report.summary)
  exit(report.violations.isEmpty ? 0 : 1)
}

let clock = ContinuousClock()
let begin = clock.now
var totals = Totals()
var shownAt = begin
for seed in first..<(first + seeds) {
  if minutes > 0, clock.now - begin > .seconds(minutes * 60) { break }
  let report = Trial(seed: seed, plant: plant, isKept: keepsRule).run()
  totals.add(report)
  if showsEach { print("\(seed): \(report.summary)") }
  // A broken rule must cost more than time.
  let isBroken = plant != nil && !keepsRule
  if !isBroken ? !report.violations.isEmpty : report.violations.contains(where: { $0.kind != .convergence }) {
    if !isBroken { for line in report.transcript.suffix(400) { print(line) } }
    print(report.summary)
    let words = (plant.map { " --plant \($0.rawValue)" } ?? "") + (keepsRule ? " --kept" : "")
    print("seed \(seed) breaks a promise, the \(totals.seeds). that was run. To see it again: tern-simulate --seed \(seed)\(words)")
    exit(1)
  }
  if clock.now - shownAt > .seconds(60) {
    shownAt = clock.now
    print(totals.line(clock.now - begin))
  }
}
print(totals.line(clock.now - begin))
for line in totals.faultLines { print(line) }
