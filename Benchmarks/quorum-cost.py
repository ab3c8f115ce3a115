#!/usr/bin/env python3
"""What an acknowledgement by a quorum costs: SET of one value after the other on 1, 50 and 500 connections, three nodes on one machine.

  quorum-cost.py [--tern PATH] [--rounds 3] [--seconds 4] [--connections 1,50,500] [--value 64] [--appendfsync no|everysec|always]

  quorum      tern-server, tern-durability quorum: SET, answered when two of three members hold it
  async       tern-server with two replicas: SET
  async+WAIT  the same: SET and WAIT 1 0 in one write, over when both are answered
  redis       redis-server with two replicas: SET
  redis+WAIT  the same: SET and WAIT 1 0 in one write

All in one run, in turn; the load comes from load.c beside this file, which is compiled for it. Medians of all rounds, and ratios. Without
--appendfsync there is no append only file."""
import argparse, os, shutil, statistics, subprocess, sys, tempfile, time
import lab

WAYS = {"quorum": [("quorum", 0)], "async": [("async", 0), ("async+WAIT", 1)], "redis": [("redis", 0), ("redis+WAIT", 1)]}


def measure(load, port, connections, seconds, waits, value):
    command = [load, port, connections, seconds, waits, value]
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds + 60)
    if result.returncode:
        raise SystemExit("load: " + result.stderr.strip())
    rate, p50, p99, errors = result.stdout.split()
    if int(errors):
        raise SystemExit("%s of the answers were errors, or of WAIT 0" % errors)
    return float(rate), int(p50) / 1000, int(p99) / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--tern", default=os.path.join(root, ".build/release/tern-server"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", default="1,50,500")
    parser.add_argument("--value", type=int, default=64)
    parser.add_argument("--appendfsync", choices=["no", "everysec", "always"])
    parser.add_argument("--base-port", type=int, default=24000, dest="base")
    options = parser.parse_args()
    try:
        counts = [int(count) for count in options.connections.split(",")]
    except ValueError:
        parser.error("--connections takes numbers with commas")
    if options.rounds < 1 or options.seconds <= 0 or not all(0 < count <= 10000 for count in counts):
        parser.error("rounds, seconds and connections are above 0, connections at most 10000")
    lab.end_on_signals()
    folder = tempfile.mkdtemp(prefix="tern-quorum-cost-")
    load = os.path.join(folder, "load")
    lines = ["maxclients 20000"] + (["appendfsync " + options.appendfsync] if options.appendfsync else ["appendonly no"])
    seen = {}
    try:
        subprocess.run(["cc", "-O2", "-o", load, os.path.join(os.path.dirname(os.path.abspath(__file__)), "load.c")], check=True)
        network = lab.Network(["a", "b", "c"], namespaces=False)
        for number in range(options.rounds):
            modes = list(WAYS)
            for mode in modes[number % 3:] + modes[:number % 3]:
                program = shutil.which("redis-server") if mode == "redis" else options.tern
                cluster = lab.Cluster(network, mode, "abc", "abc", program, 5000, 10000, options.base, lines)
                try:
                    cluster.start()
                    primary = cluster.settle()
                    if primary is None:
                        raise SystemExit("%s does not start: %s" % (mode, cluster.why))
                    time.sleep(0.5)
                    for connections in counts:
                        for way, waits in WAYS[mode]:
                            result = measure(load, cluster.node(primary)[1], connections, options.seconds, waits, options.value)
                            seen.setdefault((way, connections), []).append(result)
                            print("round %d %4d connections %-11s %8.0f a second, p50 %.3f ms, p99 %.3f ms" % ((number + 1, connections, way) + result), flush=True)
                    if cluster.primary() != primary:
                        raise SystemExit("%s: there was a failover during the measurement" % mode)
                finally:
                    cluster.stop(False)
    except KeyboardInterrupt:
        print("interrupted")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    medians = {key: [statistics.median(row[n] for row in rows) for n in range(3)] for key, rows in seen.items()}
    print("\nconnections              a second    p50 ms    p99 ms")
    for connections in counts:
        for way in [way for ways in WAYS.values() for way, _ in ways]:
            if (way, connections) in medians:
                print("%11d %-11s %10.0f %9.3f %9.3f" % ((connections, way) + tuple(medians[way, connections])))
    print()
    for connections in counts:
        for other in ("async", "async+WAIT", "redis", "redis+WAIT"):
            if ("quorum", connections) in medians and (other, connections) in medians:
                own, their = medians["quorum", connections], medians[other, connections]
                print("%4d connections: quorum / %-11s throughput %.2f, p50 %.2f, p99 %.2f" % (connections, other, own[0] / their[0], own[1] / their[1], own[2] / their[2]))


if __name__ == "__main__":
    sys.exit(main())
