#!/bin/sh
# Runs the primary's and the replica's machines through many seeds in virtual time: cuts, stalls, refusals, rewrites of the files, role
# changes. Each seed checks that nodes which share an id share their bytes, that all converge, and that every full sync's reason is true.
#
#   Benchmarks/simulate-replication.sh [SEEDS]     2000 by default; a failure names its seed
set -eu
cd "$(dirname "$0")/.."
TERN_SEEDS="${1:-2000}" exec swift test -c release -Xswiftc -enable-testing --filter 'ReplicationSimulationTests|ReplicationWorldTests'
