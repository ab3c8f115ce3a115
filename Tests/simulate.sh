#!/bin/sh
# Runs whole clusters with mixed faults in virtual time, a seed each, until one breaks a promise or the time is over.
#
#   Tests/simulate.sh [seeds] [minutes] [first seed] [processes]
#
# A failing seed prints its transcript, and how to replay it.
set -eu
cd "$(dirname "$0")/.."
seeds=${1:-100000}
minutes=${2:-0}
first=${3:-1}
processes=${4:-1}
swift build -c release --product tern-simulate >&2
simulate=$(swift build -c release --show-bin-path)/tern-simulate
share=$(((seeds + processes - 1) / processes))
pids=
i=0
while [ "$i" -lt "$processes" ]; do
  "$simulate" --seeds "$share" --from $((first + i * share)) --minutes "$minutes" &
  pids="$pids $!"
  i=$((i + 1))
done
status=0
for pid in $pids; do wait "$pid" || status=1; done
exit $status
