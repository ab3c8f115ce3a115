#!/usr/bin/env bash
# Three instances of CounterService, clients that count through all of them, and a restart of one after the other meanwhile.
#
#   Samples/CounterService/rolling-restart.sh [rounds]          each round restarts all three; 1 unless given
#
# Exit status 0: no acknowledged increment was lost, and none was counted that nobody asked for. CONFIGURATION=debug builds faster;
# KILL=1 ends each instance with SIGKILL instead of SIGTERM; CLIENTS=4 is how many count side by side; PROGRAM is one that is built already.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rounds=${1:-1}
clients=${CLIENTS:-4}
signal=TERM
[ "${KILL:-0}" = 1 ] && signal=KILL
configuration=${CONFIGURATION:-release}

program=${PROGRAM:-}
if [ -z "$program" ]; then
  swift build --package-path "$here" -c "$configuration" -j 2 --product CounterService
  program=$(swift build --package-path "$here" -c "$configuration" --show-bin-path)/CounterService
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/counter-service.XXXXXX")
base=${BASE_PORT:-17000}
members=127.0.0.1:$((base + 1)),127.0.0.1:$((base + 2)),127.0.0.1:$((base + 3))
pids=("" "" "" "")
workers=()

finish() {
  for pid in "${workers[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do [ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null || true; done
}
trap finish EXIT

url() { echo "http://127.0.0.1:$((base + 100 + $1))"; }

start() {
  HTTP_PORT=$((base + 100 + $1)) NODE_PORT=$((base + $1)) MEMBERS=$members DATA=$work/data-$1 \
    "$program" >>"$work/log-$1" 2>&1 &
  pids[$1]=$!
}

wait_until_healthy() {
  local deadline=$((SECONDS + 60)) role
  until role=$(curl -sf --max-time 3 "$(url "$1")/health"); do
    [ $SECONDS -lt $deadline ] || { echo "instance $1 is not healthy; its log:" >&2; tail -20 "$work/log-$1" >&2; exit 1; }
    sleep 0.1
  done
  echo "  instance $1 is healthy: $role"
}

# Counts until the file 'stop' is there, through one instance after the other. 200: acknowledged. 503, or no connection: certainly not
# counted. Everything else: not known.
count() {
  local acknowledged=0 refused=0 unknown=0 longest=0 last now status
  local i=$1
  last=$(date +%s%N)
  while [ ! -e "$work/stop" ]; do
    i=$((i % 3 + 1))
    status=$(curl -s -o /dev/null -w '%{http_code}' --max-time 30 -X POST "$(url $i)/counters/visits") && code=0 || code=$?
    if [ "$status" = 200 ]; then
      acknowledged=$((acknowledged + 1))
      now=$(date +%s%N)
      [ $((now - last)) -gt $longest ] && longest=$((now - last))
      last=$now
    elif [ "$status" = 503 ] || [ $code = 7 ]; then
      refused=$((refused + 1))
      sleep 0.02
    else
      unknown=$((unknown + 1))
    fi
  done
  echo "$acknowledged $refused $unknown $((longest / 1000000))" >"$work/count-$1"
}

echo "three instances start, in $work"
for i in 1 2 3; do start $i; done
for i in 1 2 3; do wait_until_healthy $i; done

echo "$clients clients count"
for i in $(seq "$clients"); do
  count "$i" &
  workers+=($!)
done
sleep 2

for round in $(seq "$rounds"); do
  for i in 1 2 3; do
    echo "round $round: instance $i ends ($signal) and starts again"
    began=$(date +%s%N)
    kill -$signal "${pids[$i]}"
    wait "${pids[$i]}" 2>/dev/null || true
    echo "  ended within $((($(date +%s%N) - began) / 1000000)) ms"
    start $i
    wait_until_healthy $i
    sleep 1
  done
done

touch "$work/stop"
for pid in "${workers[@]}"; do wait "$pid"; done
workers=()

acknowledged=0 refused=0 unknown=0 longest=0
for i in $(seq "$clients"); do
  read -r a r u l <"$work/count-$i"
  acknowledged=$((acknowledged + a)) refused=$((refused + r)) unknown=$((unknown + u))
  [ "$l" -gt $longest ] && longest=$l
done
echo "acknowledged $acknowledged, refused $refused, unknown $unknown; the longest wait between two acknowledgements of one client: $longest ms"

failed=0
for i in 1 2 3; do
  sum=$(curl -sf --max-time 20 "$(url $i)/counters/visits?read=leader" || echo none)
  echo "instance $i reads $sum"
  if [ "$sum" = none ] || [ "$sum" -lt $acknowledged ] || [ "$sum" -gt $((acknowledged + unknown)) ]; then failed=1; fi
done
for i in 1 2 3; do kill -TERM "${pids[$i]}"; done
for i in 1 2 3; do wait "${pids[$i]}" 2>/dev/null || true; done
pids=("" "" "" "")
if [ $failed = 0 ]; then
  echo "no acknowledged increment is lost"
  rm -rf "$work"
else
  echo "FAILED: acknowledged increments are lost, or others were counted; logs in $work" >&2
  exit 1
fi
