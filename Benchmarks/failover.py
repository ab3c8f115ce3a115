#!/usr/bin/env python3
"""How long a cluster of three nodes and three sentinels is without a writable primary.

  failover.py [--tern PATH] [--rounds 20] [--down-after 1000] [--only tern|redis] [--planned] [--durability async|quorum]
              [--base-port 21000]

Unplanned (default): kill -9 of the primary, until a replica accepts a write. Both replicas are tried every 2 ms, so the figure is that of
the servers and sentinels, not of a client library. The same settings for Tern and for redis-server with redis-sentinel, one after the
other, in one run: the median of all rounds, also as what is added to down-after-milliseconds.

Planned (--planned, Tern only): SENTINEL FAILOVER … COORDINATED and SIGTERM of the primary in turn, under a writer that asks the sentinels
for the primary when it is refused: the longest time without an accepted write, and acknowledged writes that are gone afterwards.

--durability is that of Tern's nodes.
"""
import argparse, os, shutil, signal, socket, statistics, subprocess, sys, tempfile, threading, time


class Connection:
    def __init__(self, port, timeout=1.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def ask(self, *words):
        data = b"*%d\r\n" % len(words)
        for word in words:
            word = str(word).encode()
            data += b"$%d\r\n%s\r\n" % (len(word), word)
        self.socket.sendall(data)
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("closed")
        kind, rest = line[:1], line[1:-2].decode()
        if kind in b"+":
            return rest
        if kind == b"-":
            return RuntimeError(rest)
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == "-1" else self.file.read(int(rest) + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return None if rest == "-1" else [self.reply() for _ in range(int(rest))]
        raise ConnectionError("not RESP: %r" % line)

    def close(self):
        self.file.close()
        self.socket.close()


def ask(port, *words, timeout=1.0):
    connection = Connection(port, timeout)
    try:
        return connection.ask(*words)
    finally:
        connection.close()


def fields(text):
    return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)


class Cluster:
    def __init__(self, name, server, sentinel, base, options):
        self.name, self.server, self.sentinel, self.options = name, server, sentinel, options
        self.directory = tempfile.mkdtemp(prefix="failover-%s-" % name)
        self.ports = [base, base + 1, base + 2]
        self.sentinels = [base + 10, base + 11, base + 12]
        self.processes = {}

    def launch(self, port, command):
        log = open(os.path.join(self.directory, "%d.log" % port), "ab")
        self.processes[port] = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.directory)

    def start_node(self, port, primary=None):
        folder = os.path.join(self.directory, str(port))
        os.makedirs(folder, exist_ok=True)
        words = [self.server, "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--repl-diskless-sync-delay", 0]
        if self.name == "tern" and self.options.durability == "quorum":
            words += ["--tern-durability", "quorum", "--tern-members", " ".join("127.0.0.1:%d" % member for member in self.ports)]
        elif primary:
            words += ["--replicaof", "127.0.0.1 %d" % primary]
        self.launch(port, [str(word) for word in words])

    def start(self):
        for port in self.ports:
            self.start_node(port, None if port == self.ports[0] else self.ports[0])
        for port in self.sentinels:
            path = os.path.join(self.directory, "sentinel-%d.conf" % port)
            with open(path, "w") as file:
                file.write("port %d\nbind 127.0.0.1\ndir %s\n" % (port, self.directory))
                file.write("sentinel monitor mymaster 127.0.0.1 %d 2\n" % self.ports[0])
                file.write("sentinel down-after-milliseconds mymaster %d\n" % self.options.down_after)
                file.write("sentinel failover-timeout mymaster %d\nsentinel parallel-syncs mymaster 2\n" % self.options.failover_timeout)
            self.launch(port, self.sentinel + [path, "--sentinel"])

    def primary(self):
        """The address that all sentinels give out, if they are of one mind."""
        said = {int(ask(port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster")[1]) for port in self.sentinels}
        return said.pop() if len(said) == 1 else None

    def settle(self, limit=90):
        end = time.monotonic() + limit
        why = ""
        while time.monotonic() < end:
            try:
                primary = self.primary()
                why = self.unsettled(primary)
                if not why:
                    return primary
            except (OSError, ConnectionError, TypeError, ValueError) as error:
                why = repr(error)
            time.sleep(0.1)
        raise SystemExit("%s does not settle: %s (logs in %s)" % (self.name, why, self.directory))

    def unsettled(self, primary):
        if primary is None:
            return "the sentinels disagree"
        for port in self.sentinels:
            reply = ask(port, "SENTINEL", "MASTER", "mymaster")
            state = dict(zip(reply[::2], reply[1::2]))
            if state["flags"] != "master" or state["num-other-sentinels"] != "2" or state["num-slaves"] != "2":
                return "sentinel %d: %s" % (port, state)
            for replica in ask(port, "SENTINEL", "REPLICAS", "mymaster"):
                replica = dict(zip(replica[::2], replica[1::2]))
                if replica["flags"] != "slave" or replica["master-link-status"] != "ok" or replica["master-port"] != str(primary):
                    return "sentinel %d: %s" % (port, replica)
        info = fields(ask(primary, "INFO", "replication"))
        return "" if info["role"] == "master" and info["connected_slaves"] == "2" else "primary: %s" % info

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
        for process in self.processes.values():
            process.wait()
        if not self.options.keep:
            shutil.rmtree(self.directory, ignore_errors=True)


def probe(port, found, stop):
    """Tries to write to one node until it works."""
    connection = None
    while not stop.is_set():
        try:
            connection = connection or Connection(port)
            if connection.ask("SET", "probe", "1") == "OK":
                found.append((time.monotonic(), port))
                return
        except (OSError, ConnectionError):
            connection = None
        time.sleep(0.002)


def unplanned(cluster, options):
    times = []
    for number in range(options.rounds):
        primary = cluster.settle()
        # Sentinels do not begin two failovers in short order.
        time.sleep(options.failover_timeout * 2 / 1000 + 1.2 if number else 1)
        found, stop = [], threading.Event()
        threads = [threading.Thread(target=probe, args=(port, found, stop)) for port in cluster.ports if port != primary]
        for thread in threads:
            thread.start()
        process = cluster.processes[primary]
        start = time.monotonic()
        process.kill()
        while not found and time.monotonic() - start < 60:
            time.sleep(0.001)
        stop.set()
        for thread in threads:
            thread.join()
        process.wait()
        if not found:
            raise SystemExit("%s: no new primary within 60 s (logs in %s)" % (cluster.name, cluster.directory))
        taken, successor = min(found)
        times.append((taken - start) * 1000)
        print("%s round %d: %.0f ms" % (cluster.name, number + 1, times[-1]), flush=True)
        cluster.start_node(primary, successor)
    return times


def writer(cluster, stop, accepted, gaps):
    connection, port, value, latest = None, None, 0, time.monotonic()
    while not stop.is_set():
        try:
            if connection is None:
                for sentinel in cluster.sentinels:
                    try:
                        port = int(ask(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster", timeout=0.2)[1])
                        break
                    except (OSError, ConnectionError, TypeError):
                        continue
                connection = Connection(port, timeout=2)
            reply = connection.ask("RPUSH", "written", value)
            if isinstance(reply, int):
                accepted.append(value)
                now = time.monotonic()
                gaps.append((now - latest) * 1000)
                latest = now
            else:
                connection.close()
                connection = None
            value += 1
        except (OSError, ConnectionError):
            connection, value = None, value + 1
            time.sleep(0.001)


def planned(cluster, options):
    longest = {"COORDINATED": [], "SIGTERM": []}
    lost = 0
    for number in range(options.rounds):
        primary = cluster.settle()
        time.sleep(0.5)
        ask(primary, "DEL", "written")
        stop, accepted, gaps = threading.Event(), [], []
        thread = threading.Thread(target=writer, args=(cluster, stop, accepted, gaps))
        thread.start()
        time.sleep(0.5)
        del gaps[:]
        way = "SIGTERM" if number % 2 else "COORDINATED"
        if way == "SIGTERM":
            cluster.processes[primary].send_signal(signal.SIGTERM)
        else:
            reply = ask(cluster.sentinels[number // 2 % 3], "SENTINEL", "FAILOVER", "mymaster", "COORDINATED")
            if reply != "OK":
                raise SystemExit("COORDINATED: %s" % reply)
        end = time.monotonic() + 20
        successor = primary
        while time.monotonic() < end and successor in (primary, None):
            time.sleep(0.05)
            try:
                successor = cluster.primary()
            except (OSError, ConnectionError, TypeError):
                pass
        time.sleep(0.5)
        stop.set()
        thread.join()
        if successor in (primary, None):
            raise SystemExit("%s: no handover within 20 s (logs in %s)" % (way, cluster.directory))
        kept = {int(value) for value in ask(successor, "LRANGE", "written", 0, -1, timeout=10)}
        gone = [value for value in accepted if value not in kept]
        lost += len(gone)
        longest[way].append(max(gaps))
        print("%s round %d: %.0f ms without a write, %d acknowledged, %d lost" % (way, number + 1, max(gaps), len(accepted), len(gone)), flush=True)
        if way == "SIGTERM":
            cluster.processes[primary].wait()
            cluster.start_node(primary, successor)
    for way, values in longest.items():
        if values:
            print("%s: median %.0f ms, longest %.0f ms without an accepted write" % (way, statistics.median(values), max(values)))
    print("acknowledged writes lost: %d" % lost)
    return lost


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--tern", default=os.path.join(root, ".build/release/tern-server"))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--down-after", type=int, default=1000, dest="down_after")
    parser.add_argument("--failover-timeout", type=int, default=2000, dest="failover_timeout")
    parser.add_argument("--base-port", type=int, default=21000, dest="base")
    parser.add_argument("--only", choices=["tern", "redis"])
    parser.add_argument("--durability", choices=["async", "quorum"], default="async")
    parser.add_argument("--planned", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the logs")
    options = parser.parse_args()
    tern = ("tern", options.tern, [options.tern])
    redis = ("redis", shutil.which("redis-server"), [shutil.which("redis-server")])
    results = {}
    for n, (name, server, sentinel) in enumerate([tern, redis]):
        if options.only not in (None, name) or (options.planned and name == "redis"):
            continue
        cluster = Cluster(name, server, sentinel, options.base + 20 * n, options)
        try:
            cluster.start()
            results[name] = planned(cluster, options) if options.planned else unplanned(cluster, options)
        finally:
            cluster.stop()
    if options.planned:
        sys.exit(1 if results.get("tern") else 0)
    print("\nkill -9 of the primary until a write is accepted, %d rounds, down-after-milliseconds %d:" % (options.rounds, options.down_after))
    for name, times in results.items():
        median = statistics.median(times)
        print("%-6s median %5.0f ms (D + %.0f), least %.0f, greatest %.0f" % (name, median, median - options.down_after, min(times), max(times)))


main()
