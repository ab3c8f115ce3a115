import FuzzTargets

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// tern-fuzz [INPUTS [SEED [FILE …]]]: feeds so many inputs, made from the seed; FILEs are RDBs to begin with as well. The seed of each is
// said with what it finds; `tern-fuzz 1 THAT` runs it again. After a trap it is one of the thousand behind the last that was said.

let arguments = CommandLine.arguments
let count = arguments.count > 1 ? Int(arguments[1]) ?? 0 : 100_000
let first = arguments.count > 2 ? UInt64(arguments[2]) ?? 0 : 1

func contents(_ path: String) -> [UInt8] {
  guard let file = fopen(path, "rb") else { return [] }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 20)
  let count = fread(&bytes, 1, bytes.count, file)
  return Array(bytes[..<count])
}

func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// At once: a trap must not take the lines before it along.
func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(1, bytes, bytes.count)
}

let targets = FuzzTargets()
targets.extraFiles = arguments.dropFirst(3).map(contents).filter { !$0.isEmpty }
var found = 0
var slowest = (seconds: 0.0, seed: UInt64(0))
let started = seconds()
for i in 0..<count {
  let seed = first &+ UInt64(i)
  let begun = seconds()
  if i % 1000 == 0 { say("\(i) inputs, seed \(seed)") }
  if let finding = targets.run(seed: seed) {
    found += 1
    say("seed \(seed): \(finding)")
  }
  let took = seconds() - begun
  if took > slowest.seconds { slowest = (took, seed) }
}
var usage = rusage()
#if canImport(Glibc)
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
#else
  getrusage(RUSAGE_SELF, &usage)
#endif
say(
  "\(count) inputs in \(Int(seconds() - started)) s, \(targets.accepted) taken as good, \(found) findings; the slowest took "
    + "\(Int(slowest.seconds * 1000)) ms (seed \(slowest.seed)); at most \(usage.ru_maxrss / 1024) MB")
exit(found == 0 ? 0 : 1)
