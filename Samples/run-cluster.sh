#!/usr/bin/env bash
# Runs three tern-servers, three sentinels and a counter on this machine; arguments are passed on:
#
#   Samples/run-cluster.sh                  the live view, until Ctrl-C
#   Samples/run-cluster.sh --kill-master    and the master dies while the counter counts
#   Samples/run-cluster.sh --help           all options
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/Samples/setup.sh"

need_swift
need_build_packages

note "building (release)"
for product in tern-server Counter ThreeNodeCluster; do
  swift build --package-path "$root" -c release -j 2 --product "$product"
done
binaries=$(swift build --package-path "$root" -c release --show-bin-path)
# exec: Ctrl-C and SIGTERM reach the program itself. A relative --directory is relative to where you are.
exec "$binaries/ThreeNodeCluster" "$@"
