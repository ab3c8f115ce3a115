#!/usr/bin/env bash
# Compares tern-server with the real redis-server, in pairs in one run: throughput and server CPU per operation, as ratios.
#
#   Benchmarks/compare.sh [--rounds 5] [--requests 1000000] [--keys 1000000] [--pipelines "1 16"] [--tests "set get incr"]
#                         [--size 32] [--clients 50] [--a PATH] [--b PATH] [--options "…"]
#
# Tests are redis-benchmark's names (set get incr mset lpush rpush lpop rpop sadd hset spop zadd zpopmin …) and lrange_N and xadd.
# A is tern-server (built here in release), B is redis-server. The two take turns (A B A B …), each on a keyspace that was filled
# before; a figure is the median of the rounds' ratios, with their least and greatest. Both talk over loopback, without persistence.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=5 requests=1000000 keys=1000000 pipelines="1 16" tests="set get incr" a="" b="$(command -v redis-server || true)" options="" size=32 clients=50
while [ $# -gt 0 ]; do
  case "$1" in
    --rounds) rounds=$2 ;; --requests) requests=$2 ;; --keys) keys=$2 ;; --pipelines) pipelines=$2 ;; --tests) tests=$2 ;;
    --a) a=$2 ;; --b) b=$2 ;; --options) options=$2 ;; --size) size=$2 ;; --clients) clients=$2 ;;
    *) echo "unknown option: $1" >&2; exit 2 ;;
  esac
  shift 2
done
command -v redis-benchmark >/dev/null || { echo "redis-benchmark is missing: apt-get install redis-tools redis-server" >&2; exit 1; }
if [ -z "$a" ]; then
  swift build -c release --product tern-server --jobs 2 >&2
  a="$(swift build -c release --show-bin-path)/tern-server"
fi

work=$(mktemp -d)
pids=()
cleanup() { for pid in "${pids[@]}"; do kill -9 "$pid" || true; wait "$pid" || true; done 2>/dev/null; rm -rf "$work"; }
trap cleanup EXIT

free_port() { local p; while :; do p=$((20000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo "$p"; return; }; done; }
start() { # name binary port
  mkdir -p "$work/$1"
  # shellcheck disable=SC2086
  "$2" --port "$3" --dir "$work/$1" --save '' --appendonly no --protected-mode no --logfile "$work/$1/log" $options >/dev/null 2>&1 &
  pids+=($!)
  for _ in $(seq 100); do redis-cli -p "$3" ping 2>/dev/null | grep -q PONG && return; sleep 0.1; done
  echo "$2 did not start; its log:" >&2; cat "$work/$1/log" >&2; exit 1
}
port_a=$(free_port); start a "$a" "$port_a"; pid_a=${pids[0]}
port_b=$(free_port); start b "$b" "$port_b"; pid_b=${pids[1]}

hz=$(getconf CLK_TCK)
cpu() { awk -v hz="$hz" '{ sub(/.*\) /, ""); print ($12 + $13) / hz }' "/proc/$1/stat"; }
bench() { redis-benchmark -p "$1" -c "$clients" -d "$size" --csv "${@:2}" 2>/dev/null; }
data=$(head -c "$size" /dev/zero | tr '\0' x)

# What a test finds when its clock starts: what it takes from is filled, what it adds to begins empty.
prepare() { # port test
  local n=$requests
  case "$2" in
    lpush | rpush) redis-cli -p "$1" del mylist ;;
    lpop | rpop) redis-cli -p "$1" del mylist && bench "$1" -n "$n" -P 64 -t lpush ;;
    lrange_*) redis-cli -p "$1" del mylist && bench "$1" -n 100000 -P 64 -t lpush ;;
    sadd) redis-cli -p "$1" del myset ;;
    spop) redis-cli -p "$1" del myset && bench "$1" -n "$n" -P 64 -r "$((10 * n))" -t sadd ;;
    hset) redis-cli -p "$1" del myhash ;;
    zadd) redis-cli -p "$1" del myzset ;;
    zpopmin) redis-cli -p "$1" del myzset && bench "$1" -n "$n" -P 64 -r "$((10 * n))" -t zadd ;;
    xadd) redis-cli -p "$1" del mystream ;;
  esac >/dev/null
}
run() { # port pid test pipeline -> "requests/s cpu_us_per_op"
  local before after rps n=$requests
  local -a what=(-t "$3")
  case "$3" in
    lrange_*) n=$((requests / (${3#lrange_} / 10 + 1))) what=(LRANGE mylist 0 "$((${3#lrange_} - 1))") ;;
    xadd) what=(XADD mystream '*' field "$data") ;;
    mset) n=$((requests / 5)) ;;
  esac
  prepare "$1" "$3"
  before=$(cpu "$2")
  rps=$(bench "$1" -n "$n" -r "$keys" -P "$4" "${what[@]}" | awk -F'","' 'END { print $2 }')
  after=$(cpu "$2")
  awk -v r="$rps" -v b="$before" -v a="$after" -v n="$n" 'BEGIN { printf "%s %.4f\n", r, (a - b) * 1e6 / n }'
}
quantiles() { sort -n | awk '{ v[NR] = $1 } END { m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2; printf "%.2f (%.2f-%.2f)", m, v[1], v[NR] }'; }

# INCR works on keys of its own: without these its first rounds would measure growth.
for port in "$port_a" "$port_b"; do bench "$port" -n "$((2 * keys))" -r "$keys" -P 64 -t set,incr >/dev/null; done

echo "tern-server / redis-server $("$b" --version | sed 's/.*v=\([^ ]*\).*/\1/'): $requests requests, $clients clients, $keys keys, $size bytes, $rounds rounds; medians (least-greatest)"
echo
echo "| test | throughput ratio | server CPU per operation ratio | requests/s (tern) | requests/s (redis) |"
echo "|---|---|---|---|---|"
for pipeline in $pipelines; do
  for test in $tests; do
    : >"$work/ratios"
    for _ in $(seq "$rounds"); do
      read -r rps_a cpu_a <<<"$(run "$port_a" "$pid_a" "$test" "$pipeline")"
      read -r rps_b cpu_b <<<"$(run "$port_b" "$pid_b" "$test" "$pipeline")"
      awk -v ra="$rps_a" -v rb="$rps_b" -v ca="$cpu_a" -v cb="$cpu_b" 'BEGIN { print ra / rb, ca / cb, ra, rb }' >>"$work/ratios"
    done
    printf '| %s -P %s | %s | %s | %.0f | %.0f |\n' "${test^^}" "$pipeline" "$(awk '{ print $1 }' "$work/ratios" | quantiles)" \
      "$(awk '{ print $2 }' "$work/ratios" | quantiles)" "$(awk '{ print $3 }' "$work/ratios" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')" \
      "$(awk '{ print $4 }' "$work/ratios" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')"
  done
done
