#!/usr/bin/env bash
# Builds the package and passes its tests; arguments are passed on to `swift test` (--filter NAME, …).
# Redis's own programs are installed where they are missing: the tests run Tern against them. Their services are not started.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/Samples/setup.sh"

need_swift
need_build_packages
need_packages redis-server redis-sentinel redis-tools
for program in redis-server redis-sentinel redis-cli; do
  command -v "$program" >/dev/null 2>&1 || fail "$program is missing; see https://redis.io/docs/latest/operate/oss_and_stack/install/"
done
redis_version=$(redis-server --version | sed -n 's/.*v=\([0-9][0-9.]*\).*/\1/p')
if [ "$(printf '%s\n7.0\n' "$redis_version" | sort -V | head -n 1)" != 7.0 ]; then
  fail "The tests need Redis 7.0 or later, and redis-server is ${redis_version:-of an unknown version}." \
    "See https://redis.io/docs/latest/operate/oss_and_stack/install/"
fi

need_python_client "$root/.build/python"

cd "$root"
note "building the tests (debug)"
swift build --build-tests -j 2
note "testing"
# A hang ends after this limit.
tests() { timeout --foreground --kill-after=10 "${TERN_TEST_SECONDS_MAX:-900}" swift test --skip-build --disable-xctest "$@"; }
if [ $# -gt 0 ]; then
  tests "$@"
else
  # One after the other, in two runs: tests that wait for servers of their own must not share two cores with those that compute; and of
  # those, which wait most of the time, three go on at once. (Their wait for their turn counts for their time limits, which only end hangs.)
  tests --no-parallel --skip InteropTests
  tests --experimental-maximum-parallelization-width 3 --filter InteropTests
fi
