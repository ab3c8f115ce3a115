#!/bin/sh
# Breaks one rule of the quorum protocol after the other, and looks how many seeds the simulator needs to find it. Fails if one is not found.
#
#   Tests/planted-bugs.sh [seeds for each at most] [plant ...]
set -eu
cd "$(dirname "$0")/.."
seeds=${1:-1500}
[ $# -gt 0 ] && shift
swift build -c release --product tern-simulate >&2
simulate=$(swift build -c release --show-bin-path)/tern-simulate
plants=${*:-$("$simulate" --plants)}
missed=0
for plant in $plants; do
  if output=$("$simulate" --seeds "$seeds" --plant "$plant"); then
    echo "$plant: NOT FOUND in $seeds seeds"
    missed=$((missed + 1))
  else
    seed=$(echo "$output" | sed -n 's/^seed \([0-9]*\) breaks a promise.*/\1/p')
    what=$(echo "$output" | sed -n 's/^ *VIOLATION \([a-z ]*\):.*/\1/p' | sort -u | tr '\n' ',' | sed 's/,$//; s/,/, /g')
    echo "$plant: found by seed $seed ($what)"
  fi
done
[ "$missed" -eq 0 ] || { echo "$missed planted bugs were not found" >&2; exit 1; }
