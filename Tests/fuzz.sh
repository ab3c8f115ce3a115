#!/bin/bash
# Feeds mutated RESTORE payloads, RDB files, append only files and manifests to what reads them: Tests/fuzz.sh [INPUTS [SEED [RDB FILE …]]]
set -eu
cd "$(dirname "$0")/.."
swift build -c release --product tern-fuzz
"$(swift build -c release --show-bin-path)/tern-fuzz" "${1:-100000}" "${2:-1}" "${@:3}"
