#!/usr/bin/env python3
"""The classic partition experiment: five hosts, each with a data node, a sentinel and a client that asks the sentinel beside it for the primary.
The primary and one replica are cut off from the other three hosts for half a minute, while all clients write. How much of what was acknowledged
is there when all is whole again?

  partition.py [--modes quorum,async,redis] [--rounds 3] [--seconds 30] [--tern PATH] [--down-after 2000] [--keep]

Needs redis-py, and root for network namespaces. Exits with 1 if quorum loses anything."""
import argparse, os, shutil, statistics, sys, threading, time
import lab

HOSTS = ["h1", "h2", "h3", "h4", "h5"]


class Client:
    """Adds unique members to a set, one after the other, and keeps which were acknowledged and when."""

    def __init__(self, network, cluster, host, gate):
        self.network, self.cluster, self.host, self.gate = network, cluster, host, gate
        self.acknowledged = []  # (member, time)
        self.attempts = 0
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
        from redis.sentinel import Sentinel
        self.network.enter(self.host)
        once = dict(retry=Retry(NoBackoff(), 0))
        sentinel = Sentinel([self.cluster.addresses["sentinel", self.host]],
                            sentinel_kwargs=dict(socket_timeout=0.5, socket_connect_timeout=0.5, **once),
                            socket_timeout=1.0, socket_connect_timeout=0.5, **once)
        client = sentinel.master_for(lab.GROUP)
        while not self.gate.is_set():
            with self.gate as goes_on:
                if not goes_on:
                    return
                self.attempts += 1
                member = "%s:%d" % (self.host, self.attempts)
                try:
                    if client.sadd("written", member) == 1:
                        self.acknowledged.append((member, time.monotonic()))
                except (redis.RedisError, OSError):
                    client.connection_pool.disconnect()
            time.sleep(0.01)


def experiment(mode, options, network):
    program = shutil.which("redis-server") if mode == "redis" else options.tern
    cluster = lab.Cluster(network, mode, HOSTS, HOSTS, program, options.down_after, options.failover_timeout)
    gate = lab.Stopping()
    clients = [Client(network, cluster, host, gate) for host in HOSTS]
    keep = True
    try:
        cluster.start()
        primary = cluster.settle()
        if primary is None:
            raise SystemExit("%s does not start: %s" % (mode, cluster.why))
        for client in clients:
            client.thread.start()
        gate.open.set()
        time.sleep(5)
        minority = [primary, next(host for host in HOSTS if host != primary)]
        majority = [host for host in HOSTS if host not in minority]
        cut = time.monotonic()
        cluster.note("cut %s from %s" % (minority, majority))
        network.cut(minority, majority)
        time.sleep(options.seconds)
        healed = time.monotonic()
        network.heal()
        cluster.note("heal")
        time.sleep(5)
        primary = cluster.settle()
        if primary is None:
            raise SystemExit("%s does not become whole: %s" % (mode, cluster.why))
        if not gate.pause():
            raise SystemExit("%s: a client hangs" % mode)
        held = lab.ask(cluster.node(primary), "SMEMBERS", "written", timeout=20)
        if not isinstance(held, list):
            raise SystemExit("%s: SMEMBERS: %s" % (mode, held))
        held = set(held)
        digests = cluster.digests()
        acknowledged = [entry for client in clients for entry in client.acknowledged]
        inside = {side: [entry for client in clients if client.host in hosts for entry in client.acknowledged if cut <= entry[1] <= healed]
                  for side, hosts in (("minority", minority), ("majority", majority))}
        times = [cut] + sorted(moment for _, moment in inside["majority"]) + [healed]
        lost = [member for member, _ in acknowledged if member not in held]
        keep = options.keep or (mode == "quorum" and bool(lost)) or len(digests) != 1
        return dict(attempted=sum(client.attempts for client in clients), acknowledged=len(acknowledged), lost=len(lost),
                    minority=len(inside["minority"]), majority=len(inside["majority"]), equal=len(digests) == 1,
                    gap=1000 * max(b - a for a, b in zip(times, times[1:])))
    finally:
        gate.set()
        for client in clients:
            if client.thread.ident:
                client.thread.join(5)
        network.heal()
        cluster.stop(keep)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--tern", default=os.path.join(root, ".build/release/tern-server"))
    parser.add_argument("--modes", default="quorum,async,redis")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--down-after", type=int, default=2000, dest="down_after")
    parser.add_argument("--failover-timeout", type=int, default=5000, dest="failover_timeout")
    parser.add_argument("--keep", action="store_true", help="keep logs and files")
    options = parser.parse_args()
    modes = options.modes.split(",")
    if not set(modes) <= set(lab.MODES) or options.rounds < 1 or options.seconds <= 0:
        parser.error("modes are %s" % ",".join(lab.MODES))
    lab.need_redis_py()
    lab.end_on_signals()
    network = lab.Network(HOSTS)
    results = {}
    try:
        if network.obstacle:
            raise SystemExit("no network namespaces here: %s" % network.obstacle)
        network.enter("control")
        for number in range(options.rounds):
            for mode in modes:
                result = experiment(mode, options, network)
                results.setdefault(mode, []).append(result)
                print("%-7s round %d: " % (mode, number + 1) + ", ".join("%s %s" % (name, round(value) if name == "gap" else value)
                                                                         for name, value in result.items()), flush=True)
    except KeyboardInterrupt:
        print("interrupted")
    finally:
        network.close()
    print("\nall rounds     attempted  acknowledged     lost        of them while cut: by the two hosts, by the three   ms without a write (the three)")
    for mode, rows in results.items():
        total = {name: sum(row[name] for row in rows) for name in ("attempted", "acknowledged", "lost", "minority", "majority")}
        print("%-10s %13d %13d %8d (%4.1f %%) %26d %13d %24.0f" % (
            mode, total["attempted"], total["acknowledged"], total["lost"], 100 * total["lost"] / max(1, total["acknowledged"]),
            total["minority"], total["majority"], statistics.median(row["gap"] for row in rows)))
    sys.exit(1 if any(row["lost"] or not row["equal"] for row in results.get("quorum", [])) else 0)


if __name__ == "__main__":
    main()
