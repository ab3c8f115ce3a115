#!/usr/bin/env bash
# Random command scripts for Tern and for the real redis-server, for an hour or for as many minutes as the argument says.
# What differs is collected, each with the shortest script that shows it, in the file that is named at the end.
# A script is run again with: TERN_SCRIPT=file Tests/run.sh --filter RandomScriptTests
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
minutes=${1:-60}
case $minutes in '' | *[!0-9]*)
  echo "usage: Tests/differential.sh [minutes]" >&2
  exit 2 ;;
esac
findings=${TERN_FINDINGS:-$(mktemp "${TMPDIR:-/tmp}/tern-findings.XXXXXX")}
status=0
TERN_DIFFERENTIAL_MINUTES=$minutes TERN_FINDINGS=$findings TERN_TEST_SECONDS_MAX=$((minutes * 60 + 900)) \
  "$root/Tests/run.sh" --filter RandomScriptTests || status=$?
[ "$status" -le 1 ] || echo "The tests ended with $status while this ran: $findings.running"
if [ -s "$findings" ]; then
  echo "Differences, with their scripts: $findings"
else
  echo "No difference in $minutes minutes."
fi
exit "$status"
