#!/usr/bin/env bash
# kill -9 of tern-server under load, with appendfsync always: a hundred times, or as often as the argument says.
# What was acknowledged must be there after each start. TERN_SERVER names another program than the release build;
# TERN_CRASH_SEED repeats a run's choices.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${1:-100}
case $rounds in '' | *[!0-9]* | 0)
  echo "usage: Tests/crash.sh [rounds]" >&2
  exit 2 ;;
esac
. "$root/Samples/setup.sh"
if [ -z "${TERN_SERVER:-}" ]; then
  need_swift
  need_build_packages
  note "building tern-server (release)"
  swift build --package-path "$root" -c release -j 2 --product tern-server
  TERN_SERVER=$(swift build --package-path "$root" -c release --show-bin-path)/tern-server
fi
note "every operation on the disk fails once, badly, or for good (in memory, debug)"
TERN_CRASH_STRIDE=1 swift test --package-path "$root" -j 2 --disable-xctest --no-parallel --filter CrashTests
exec python3 "$root/Tests/Clients/crash.py" "$TERN_SERVER" "$rounds" ${TERN_CRASH_SEED:+"$TERN_CRASH_SEED"}
