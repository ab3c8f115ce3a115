#!/usr/bin/env python3
"""Rounds of faults against three data nodes and three sentinels, each on a host of its own, under clients that record every answer.

  rounds.py [--modes quorum,async,redis] [--rounds 50] [--seed 1] [--faults NAME,…] [--tern PATH] [--down-after 1500] [--keep]

Needs redis-py, and root for network namespaces; without them nothing is cut, and only processes are killed and stopped.

Each mode gets the same faults, in an order that the seed decides, each kind as often as the others:

  kill        kill -9 of the primary, which is started again after a time
  sleep       SIGSTOP of the primary for longer than down-after-milliseconds, then SIGCONT
  cut         the primary is cut off from everything, both ways
  peers       the primary is cut off from the other nodes and the sentinels, both ways; clients still reach it
  deaf        what the others send does not reach the primary, what it sends reaches them
  mute        what the primary sends does not reach the others, what they send reaches it
  minority    the primary, one sentinel and a host with clients are cut off from the rest
  all         kill -9 of all six processes at once (with appendfsync always, if not asked for otherwise), which are started again
and, if named with --faults,
  planned     SENTINEL FAILOVER, with COORDINATED or without, or SIGTERM of the primary, which is started again
  mixed       for some seconds, at random: any process is killed or stopped, any hosts are cut off from any others, one way or both
  wipe        kill -9 of the primary, whose disk is lost: it is started again, empty

Clients: three hosts, with a writer and a reader each that find the primary through redis-py's Sentinel client; and two clients connected to the
present primary itself, that stay with it whatever happens and read and write on. Writers add unique members to a set, and set a register to
unique values, which all read.

Told of each mode
  lost        acknowledged members that are not in the set when all is whole again, after the round and after the last one
  stale       reads that returned a value although another one had been acknowledged that was written later, before the read began
  not linear  rounds whose history of the register has no order that explains it (values are unique, so this can be decided exactly)
  without     the longest time in a round in which no write was accepted of the clients that are never cut off with the primary
Exits with 1 if quorum loses a write, shows a stale read, or does not become whole again."""
import argparse, json, os, random, shutil, signal, statistics, subprocess, sys, threading, time
import lab

FAULTS = ["kill", "sleep", "cut", "peers", "deaf", "mute", "minority", "all"]
MORE_FAULTS = ["planned", "mixed", "wipe"]
NODES, SENTINELS, CLIENTS = ["n1", "n2", "n3"], ["s1", "s2", "s3"], ["c1", "c2", "c3"]
OK, UNKNOWN, REFUSED = "ok", "unknown", "refused"


class Round:
    def __init__(self, number):
        self.number = number
        self.set_key, self.register_key = "written:%d" % number, "register:%d" % number
        self.members = []  # (member, begin, end, outcome, client)
        self.register = []  # (verb, value, begin, end, outcome, client)
        self.errors = {}

    def acknowledged(self):
        return [entry[0] for entry in self.members if entry[3] == OK]


def stale_reads(history):
    """Reads of an acknowledged value, when a value whose write began after that one's acknowledgement was acknowledged before the read began."""
    writes = {value: (begin, end) for verb, value, begin, end, outcome, _ in history if verb == "SET" and outcome == OK}
    acknowledged = sorted((end, begin) for begin, end in writes.values())
    latest, floors = float("-inf"), []
    for end, begin in acknowledged:
        latest = max(latest, begin)
        floors.append((end, latest))
    found, at = [], 0
    for entry in sorted((e for e in history if e[0] == "GET" and e[4] == OK), key=lambda e: e[2]):
        while at < len(floors) and floors[at][0] < entry[2]:
            at += 1
        floor = floors[at - 1][1] if at else float("-inf")
        written = -1.0 if entry[1] is None else writes.get(entry[1], (0, float("inf")))[1]
        if written < floor:
            found.append(entry)
    return found


def not_linear(history):
    """Why there is no linearization of a register's history with unique values (Gibbons and Korach 1997); None if there is one."""
    infinity = float("inf")
    zones = {None: [-1.0, -1.0]}  # value: least end, greatest begin
    begins = {None: -1.0}
    for verb, value, begin, end, outcome, _ in history:
        if verb == "SET":
            begins[value] = begin
    for verb, value, begin, end, outcome, client in history:
        if verb == "SET" and outcome == OK:
            zone = zones.setdefault(value, [infinity, -infinity])
            zone[0], zone[1] = min(zone[0], end), max(zone[1], begin)
        elif verb == "GET" and outcome == OK:
            if value not in begins:
                return "%s read %r, which nobody wrote" % (client, value)
            if end < begins[value]:
                return "%s read %r before it was written" % (client, value)
            zone = zones.setdefault(value, [infinity, -infinity])
            zone[0], zone[1] = min(zone[0], end), max(zone[1], begin, begins[value])
    forward = sorted((least, greatest, value) for value, (least, greatest) in zones.items() if least < greatest)
    for one, next_one in zip(forward, forward[1:]):
        if next_one[0] < one[1]:
            return "%r and %r were each read or written after the other" % (one[2], next_one[2])
    at = 0
    for greatest, least, value in sorted((greatest, least, value) for value, (least, greatest) in zones.items() if least >= greatest):
        while at < len(forward) and forward[at][1] < greatest:
            at += 1
        if at < len(forward) and forward[at][0] < greatest and least < forward[at][1]:
            return "%r took effect while %r was the value" % (value, forward[at][2])
    return None


def try_checkers():
    """The judges see what they must see, and no more."""
    def entry(verb, value, begin, end, outcome=OK):
        return (verb, value, begin, end, outcome, "x")
    fine = [entry("GET", None, 0, 1), entry("SET", "a", 2, 3), entry("GET", "a", 4, 5), entry("SET", "b", 6, 9), entry("GET", "b", 7, 8),
            entry("SET", "c", 10, 11, UNKNOWN), entry("GET", "b", 12, 13), entry("SET", "d", 14, 15), entry("GET", "c", 16, 17)]
    assert not stale_reads(fine) and not_linear(fine) is None
    for history in (fine[:4] + [entry("GET", "a", 10, 11)], fine[:2] + [entry("GET", None, 4, 5)]):
        assert len(stale_reads(history)) == 1 and not_linear(history)
    # Newer and then older, while both were being written; and lost again after it was read.
    assert not_linear([entry("SET", "a", 0, 9), entry("SET", "b", 0, 9), entry("GET", "a", 1, 2), entry("GET", "b", 3, 4), entry("GET", "a", 5, 6)])
    assert not_linear([entry("SET", "a", 0, 1), entry("SET", "b", 2, 3, UNKNOWN), entry("GET", "b", 4, 5), entry("GET", "a", 6, 7)])
    assert not_linear([entry("GET", "z", 0, 1)]) and not_linear([entry("SET", "a", 5, 6), entry("GET", "a", 0, 1)])


class Load:
    """The clients of one cluster."""

    def __init__(self, network, cluster):
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
        from redis.sentinel import Sentinel
        self.redis, self.network, self.cluster = redis, network, cluster
        self.gate = lab.Stopping()
        self.round = None
        self.direct = None  # the address of the present primary
        self.counter = 0
        self.lock = threading.Lock()
        self.threads = []
        # No retry by the library: each attempt is one operation, with a result of its own.
        self.once = dict(retry=Retry(NoBackoff(), 0))
        for host in CLIENTS:
            for role in ("writer", "reader"):
                def make(host=host):
                    sentinel = Sentinel(cluster.sentinel_addresses(), sentinel_kwargs=dict(socket_timeout=0.3, socket_connect_timeout=0.3, **self.once),
                                        socket_timeout=1.0, socket_connect_timeout=0.5, decode_responses=True, **self.once)
                    return sentinel.master_for(lab.GROUP)
                self.threads.append(threading.Thread(target=self.run, args=("%s-%s" % (host, role), host, role, make), daemon=True))
        for n in range(2):
            self.threads.append(threading.Thread(target=self.run, args=("c1-direct%d" % n, "c1", "both", None), daemon=True))

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.gate.set()
        for thread in self.threads:
            thread.join(15)

    def connect_direct(self):
        address, port = self.direct
        return self.redis.Redis(host=address, port=port, socket_timeout=10, socket_connect_timeout=1, decode_responses=True,
                                single_connection_client=False, **self.once)

    def run(self, name, host, role, make):
        self.network.enter(host)
        client, address, n = None, None, 0
        while not self.gate.is_set():
            with self.gate as goes_on:
                if not goes_on:
                    return
                now = self.round
                if make is None and address != self.direct:
                    client, address = None, self.direct
                try:
                    client = client or (self.connect_direct() if make is None else make())
                except (OSError, self.redis.RedisError):
                    client = None
                    continue
                n += 1
                # The readers read only; the others set the register, add a member, and read if they do both.
                verb = {"reader": ("GET",), "writer": ("SET", "SADD"), "both": ("GET", "SET", "SADD")}[role]
                done = self.operate(client, verb[n % len(verb)], now, name)
            if not done:
                if make is None:
                    time.sleep(0.02)
                else:
                    client.connection_pool.disconnect()
                    time.sleep(0.01)
            time.sleep(0.004)

    def operate(self, client, verb, now, name):
        with self.lock:
            self.counter += 1
            value = "%d:%s" % (self.counter, name)
        begin, end, outcome, result = time.monotonic(), None, UNKNOWN, None
        try:
            if verb == "GET":
                result = client.get(now.register_key)
            elif verb == "SET":
                result = client.set(now.register_key, value)
            else:
                result = client.sadd(now.set_key, value)
            end = time.monotonic()
            outcome = OK if verb == "GET" or result in (True, 1) else UNKNOWN
        except self.redis.RedisError as error:
            end = time.monotonic()
            text = "%s: %s" % (type(error).__name__, error)
            if isinstance(error, (self.redis.ReadOnlyError, self.redis.sentinel.MasterNotFoundError)) or text.startswith("ResponseError: NOLEADER"):
                outcome = REFUSED
            text = text.split(" 10.77")[0][:60]
            now.errors[text] = now.errors.get(text, 0) + 1
        except OSError as error:
            end = time.monotonic()
            now.errors[repr(error)[:60]] = now.errors.get(repr(error)[:60], 0) + 1
        if verb == "SADD":
            now.members.append((value, begin, end, outcome, name))
        else:
            now.register.append((verb, result if verb == "GET" else value, begin, end, outcome, name))
        return outcome == OK


def inflict(fault, cluster, network, primary, random):
    """One fault and its end. Returns when all processes run and nothing is cut."""
    down = cluster.down_after / 1000
    others = [host for host in NODES + SENTINELS if host != primary]
    cluster.note("fault %s, primary %s" % (fault, primary))
    if fault == "kill":
        cluster.signal("node", primary, signal.SIGKILL)
        time.sleep(random.choice([random.uniform(0.05, down), down + random.uniform(0.5, 3)]))
        cluster.start_one("node", primary)
        time.sleep(down)
    elif fault == "sleep":
        cluster.signal("node", primary, signal.SIGSTOP)
        time.sleep(down + random.uniform(0.7, 4))
        cluster.signal("node", primary, signal.SIGCONT)
        time.sleep(1.5)
    elif fault == "wipe":
        cluster.signal("node", primary, signal.SIGKILL)
        cluster.empty(primary)
        time.sleep(random.choice([0.05, down + random.uniform(0.5, 3)]))
        cluster.start_one("node", primary)
        time.sleep(down)
    elif fault == "planned":
        way = random.choice(["COORDINATED", "", "SIGTERM"])
        if way == "SIGTERM":
            cluster.signal("node", primary, signal.SIGTERM)
            try:
                cluster.processes["node", primary].wait(15)
            except subprocess.TimeoutExpired:
                cluster.note("SIGTERM did not end the primary in 15 s")
                cluster.signal("node", primary, signal.SIGKILL)
            cluster.start_one("node", primary)
        else:
            # redis-sentinel knows no COORDINATED.
            words = ["SENTINEL", "FAILOVER", lab.GROUP] + ([way] if way and cluster.mode != "redis" else [])
            reply = lab.ask(random.choice(cluster.sentinel_addresses()), *words)
            cluster.note("%s: %s" % (" ".join(words), reply))
        time.sleep(down)
    elif fault == "mixed":
        mix(cluster, network, random, random.uniform(6, 12))
    elif fault == "all":
        for kind, host in list(cluster.addresses):
            cluster.processes[kind, host].send_signal(signal.SIGKILL)
        cluster.note("SIGKILL to all")
        for process in cluster.processes.values():
            process.wait()
        order = list(cluster.addresses)
        random.shuffle(order)
        for kind, host in order:
            time.sleep(random.uniform(0, 0.4))
            cluster.start_one(kind, host)
        time.sleep(down)
    else:
        if fault == "cut":
            network.cut([primary], others + CLIENTS)
        elif fault == "peers":
            network.cut([primary], others)
        elif fault == "deaf":
            network.cut(others, [primary], both=False)
        elif fault == "mute":
            network.cut([primary], others, both=False)
        elif fault == "minority":
            side = [primary, random.choice(SENTINELS), "c1"]
            network.cut(side, [host for host in NODES + SENTINELS + CLIENTS if host not in side])
        cluster.note("cut: %s" % sorted(network.rules))
        time.sleep(down + random.uniform(1.5, 5))
        cluster.note("heal")
        network.heal()
        time.sleep(1.0)


def mix(cluster, network, random, seconds):
    """Faults on top of each other. At the end all run and are joined again."""
    down = cluster.down_after / 1000
    due = []  # (time, kind, host, number): what ends a fault of a process
    everywhere = NODES + SENTINELS + CLIENTS

    def finish(all_of_them=False):
        for entry in sorted(due):
            if all_of_them or entry[0] <= time.monotonic():
                due.remove(entry)
                if entry[3] == signal.SIGCONT:
                    cluster.signal(entry[1], entry[2], signal.SIGCONT)
                else:
                    cluster.start_one(entry[1], entry[2])

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        finish()
        idle = [key for key in cluster.addresses if key not in {entry[1:3] for entry in due}]
        what = random.choice(["kill", "stop", "cut", "cut", "one way", "heal"])
        if what in ("kill", "stop") and idle:
            # A data node more often than a sentinel.
            kind, host = random.choice(idle + [key for key in idle if key[0] == "node"])
            number = signal.SIGKILL if what == "kill" else signal.SIGSTOP
            cluster.signal(kind, host, number)
            due.append((time.monotonic() + random.uniform(0.05, 2 * down), kind, host, signal.SIGCONT if what == "stop" else number))
        elif what in ("cut", "one way"):
            side = random.sample(everywhere, random.randint(1, 4))
            rest = [host for host in everywhere if host not in side]
            if random.random() < 0.5:
                rest = random.sample(rest, random.randint(1, len(rest)))
            if random.random() < 0.5:
                side, rest = rest, side
            network.cut(side, rest, both=what == "cut")
            cluster.note("%s: %s %s" % (what, side, rest))
        elif what == "heal":
            network.heal()
            cluster.note("heal")
        time.sleep(random.uniform(0.1, down))
    network.heal()
    cluster.note("heal, end of the mixture")
    finish(True)


def longest_gap(now, begin, end):
    """Between two accepted writes of the clients that stay with the majority."""
    times = [entry[2] for entry in now.members if entry[3] == OK and entry[4][:2] in ("c2", "c3")]
    times += [entry[3] for entry in now.register if entry[0] == "SET" and entry[4] == OK and entry[5][:2] in ("c2", "c3")]
    times = [begin] + sorted(time for time in times if begin <= time <= end) + [end]
    return max(b - a for a, b in zip(times, times[1:]))


def members_on(cluster, primary, key):
    reply = lab.ask(cluster.node(primary), "SMEMBERS", key, timeout=20)
    if not isinstance(reply, list):
        raise ConnectionError("SMEMBERS: %s" % reply)
    return set(reply)


class Mode:
    """The rounds of one mode, and what was seen."""

    def __init__(self, mode, network, options):
        self.mode, self.network, self.options = mode, network, options
        self.results = []  # per round: fault, acknowledged, lost, stale, not linear, gap
        self.trouble = []

    def run(self):
        options = self.options
        program = shutil.which("redis-server") if self.mode == "redis" else options.tern
        self.random = random.Random(options.seed)
        self.cluster = lab.Cluster(self.network, self.mode, NODES, SENTINELS, program, options.down_after, options.failover_timeout, options.base,
                                   ["appendfsync " + options.appendfsync])
        cluster, keep = self.cluster, options.keep
        load = Load(self.network, cluster)
        try:
            cluster.start()
            primary = cluster.settle()
            if primary is None:
                self.trouble.append("does not start: %s" % cluster.why)
                return
            rounds, deck = [], []
            load.direct = cluster.node(primary)
            load.round = Round(0)
            load.start()
            for number in range(1, options.rounds + 1):
                if not deck:
                    deck = list(options.faults)
                    self.random.shuffle(deck)
                now = Round(number)
                rounds.append(now)
                primary = self.one_round(number, deck.pop(), now, load, primary)
                if primary is None:
                    return
            self.last_look(rounds, primary)
        finally:
            load.stop()
            self.network.heal()
            cluster.stop(keep or bool(self.trouble))

    def one_round(self, number, fault, now, load, primary):
        cluster = self.cluster
        cluster.note("round %d: %s, primary %s" % (number, fault, primary))
        load.direct, load.round = cluster.node(primary), now
        load.gate.open.set()
        begin = time.monotonic()
        time.sleep(1.0)
        inflict(fault, cluster, self.network, primary, self.random)
        primary = cluster.settle()
        if primary is not None:
            time.sleep(0.7)
        end = time.monotonic()
        if not load.gate.pause():
            self.trouble.append("round %d: clients hang" % number)
        if primary is None:
            self.trouble.append("round %d (%s): not whole after 90 s: %s" % (number, fault, cluster.why))
            self.save(now)
            return None
        held = members_on(cluster, primary, now.set_key)
        acknowledged = now.acknowledged()
        lost = [member for member in acknowledged if member not in held]
        stale, odd = stale_reads(now.register), not_linear(now.register)
        gap = longest_gap(now, begin, end)
        digests = cluster.digests()
        writes = len(acknowledged) + sum(entry[0] == "SET" and entry[4] == OK for entry in now.register)
        reads = sum(entry[0] == "GET" and entry[4] == OK for entry in now.register)
        print("%s round %d %-8s %d writes and %d reads answered, %d of %d members lost, %d stale reads, %s, %.0f ms without a write%s" % (
            self.mode, number, fault, writes, reads, len(lost), len(acknowledged), len(stale), "not linear" if odd else "linear", gap * 1000,
            "" if len(digests) == 1 else ", DIFFERENT DATA"), flush=True)
        if len(digests) != 1:
            self.trouble.append("round %d (%s): different data on the nodes" % (number, fault))
        self.results.append((fault, len(acknowledged), len(lost), len(stale), 1 if odd else 0, gap, writes, reads))
        if self.mode == "quorum" and (lost or stale or odd):
            self.trouble.append("round %d (%s): lost %s, stale %s, %s" % (number, fault, lost[:3], stale[:3], odd))
        if lost or stale or odd or self.options.histories:
            self.save(now, lost=lost, stale=stale, odd=odd)
        return primary

    def last_look(self, rounds, primary):
        """What a round kept, a later one can have lost."""
        later = 0
        for now, result in zip(rounds, self.results):
            held = members_on(self.cluster, primary, now.set_key)
            later += max(0, sum(member not in held for member in now.acknowledged()) - result[2])
        if later:
            print("%s: %d members that were there after their round are gone at the end" % (self.mode, later))
            self.results.append(("later", 0, later, 0, 0, None, 0, 0))
            if self.mode == "quorum":
                self.trouble.append("%d members lost later" % later)

    def save(self, now, **found):
        with open(os.path.join(self.cluster.directory, "round-%d.json" % now.number), "w") as file:
            json.dump(dict(members=now.members, register=now.register, errors=now.errors, offset=time.time() - time.monotonic(), **found), file)

    def table(self):
        lines = []
        for fault in FAULTS + MORE_FAULTS + ["later", "together"]:
            rows = [row for row in self.results if fault in (row[0], "together")]
            if not rows:
                continue
            gaps = [row[5] * 1000 for row in rows if row[5] is not None]
            total = [sum(row[n] for row in rows) for n in (6, 1, 2, 7, 3, 4)]
            lines.append("%-7s %-9s %6d %8d %8d %7d %8d %6d %10d %8s %8s" % (
                self.mode, fault, len(rows), *total, "%.0f" % statistics.median(gaps) if gaps else "", "%.0f" % max(gaps) if gaps else ""))
        return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--tern", default=os.path.join(root, ".build/release/tern-server"))
    parser.add_argument("--modes", default="quorum,async,redis")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--down-after", type=int, default=1500, dest="down_after")
    parser.add_argument("--failover-timeout", type=int, default=3000, dest="failover_timeout")
    parser.add_argument("--appendfsync", choices=["always", "everysec", "no"], default="always")
    parser.add_argument("--base-port", type=int, default=23000, dest="base", help="where there are no namespaces")
    parser.add_argument("--keep", action="store_true", help="keep logs and files")
    parser.add_argument("--histories", action="store_true", help="save the answers of every round")
    options = parser.parse_args()
    options.faults = options.faults.split(",")
    modes = options.modes.split(",")
    if not set(modes) <= set(lab.MODES) or not set(options.faults) <= set(FAULTS + MORE_FAULTS) or options.rounds < 1:
        parser.error("modes are %s, faults %s" % (",".join(lab.MODES), ",".join(FAULTS + MORE_FAULTS)))
    lab.need_redis_py()
    try_checkers()
    lab.end_on_signals()
    network = lab.Network(NODES + SENTINELS + CLIENTS)
    done = []
    try:
        if network.obstacle:
            print("No network namespaces here (%s): nothing is cut." % network.obstacle)
            options.faults = [fault for fault in options.faults if fault in ("kill", "sleep", "all", "planned", "wipe")] or ["kill"]
        network.enter("control")
        for name in modes:
            mode = Mode(name, network, options)
            done.append(mode)
            mode.run()
            for line in mode.trouble:
                print("%s: %s" % (name, line), flush=True)
    except KeyboardInterrupt:
        print("interrupted")
    finally:
        network.close()
    print("\n%-7s %-9s %6s %8s %8s %7s %8s %6s %10s %17s" % ("", "fault", "rounds", "writes", "members", "lost", "reads", "stale", "not linear", "ms without: median, max"))
    for mode in done:
        print("\n".join(mode.table()))
    sys.exit(1 if any(mode.mode == "quorum" and (mode.trouble or len(mode.results) < options.rounds) for mode in done) else 0)


if __name__ == "__main__":
    main()
