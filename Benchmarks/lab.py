"""A network of namespaces on one machine, and clusters of data nodes and sentinels in it; for rounds.py and partition.py.

Each host is a network namespace with one link to a router, which is a namespace too. A cut is a rule of the router that drops silently
what one host sends to another, so that it can also be one-way. Where namespaces cannot be made (not root, no iproute2), all hosts are
127.0.0.1 with ports of their own, and nothing can be cut.
"""
import ctypes, os, shutil, signal, socket, subprocess, sys, tempfile, threading, time

GROUP = "mymaster"
MODES = ("quorum", "async", "redis")


class Connection:
    """RESP2 over a socket, replies as Python values; an error is a RuntimeError that is returned."""

    def __init__(self, address, timeout=1.0):
        self.socket = socket.create_connection(address, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def ask(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b"".join([b"*%d\r\n" % len(words)] + [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("closed")
        kind, rest = line[:1], line[1:-2].decode(errors="replace")
        if kind == b"+":
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


def ask(address, *words, timeout=1.0):
    connection = Connection(address, timeout)
    try:
        return connection.ask(*words)
    finally:
        connection.close()


def fields(text):
    return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line) if isinstance(text, str) else {}


def pairs(reply):
    return dict(zip(reply[::2], reply[1::2])) if isinstance(reply, list) else {}


def ip(*words, check=True, batch=None):
    environment = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    result = subprocess.run(["ip", *map(str, words)], input=batch, text=True, capture_output=True, env=environment)
    if check and result.returncode:
        raise OSError("ip %s: %s" % (" ".join(map(str, words)), result.stderr.strip()))
    return result.returncode == 0


class Host:
    def __init__(self, name, number, namespace):
        self.name, self.number, self.namespace = name, number, namespace
        self.address = "10.77.%d.2" % number if namespace else "127.0.0.1"


class Network:
    """Hosts by name. `control` is one that is never cut off: for the thread that asks and judges."""

    def __init__(self, names, namespaces=True):
        self.router = "tern-%d-router" % os.getpid()
        self.rules = []
        self.namespaces = []
        names = list(names) + ["control"]
        self.obstacle = self.try_namespaces(names) if namespaces else "not wanted"
        if self.obstacle:
            self.close()
        self.hosts = {name: Host(name, n + 1, None if self.obstacle else self.namespace(name)) for n, name in enumerate(names)}

    def namespace(self, name):
        return "tern-%d-%s" % (os.getpid(), name)

    def try_namespaces(self, names):
        try:
            self.namespaces.append(self.router)
            ip("netns", "add", self.router)
            for n, name in enumerate(names):
                own, link, net = self.namespace(name), "v%d" % (n + 1), "10.77.%d" % (n + 1)
                self.namespaces.append(own)
                ip("netns", "add", own)
                ip("-n", self.router, "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", own)
                ip("-n", self.router, "-batch", "-", batch="addr add %s.1/24 dev %s\nlink set %s up\n" % (net, link, link))
                ip("-n", own, "-batch", "-", batch="addr add %s.2/24 dev eth0\nlink set lo up\nlink set eth0 up\n" % net
                   + "route add default via %s.1\n" % net)
            # Not in a shell's words: the namespace's own file, written from within.
            ip("netns", "exec", self.router, sys.executable, "-c", "open('/proc/sys/net/ipv4/ip_forward', 'w').write('1')")
            ip("-n", self.router, "rule", "add", "from", "10.77.250.2", "to", "10.77.251.2", "blackhole")
            return None
        except (OSError, FileNotFoundError) as error:
            return str(error)

    def enter(self, name):
        """This thread's sockets are that host's from now on."""
        namespace = self.hosts[name].namespace
        if namespace is None:
            return
        with open("/run/netns/" + namespace) as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0x40000000):
                raise OSError(ctypes.get_errno(), "setns")

    def command(self, name, words):
        namespace = self.hosts[name].namespace
        return words if namespace is None else [shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"), "netns", "exec", namespace] + words

    def cut(self, senders, receivers, both=True):
        """Drops what goes from any of the one to any of the others, and back."""
        new = []
        for a in senders:
            for b in receivers:
                if a != b:
                    new += [(a, b), (b, a)] if both else [(a, b)]
        new = [pair for pair in dict.fromkeys(new) if pair not in self.rules]
        self.change("add", new)
        self.rules += new

    def heal(self):
        self.change("del", self.rules)
        self.rules = []

    def change(self, verb, rules):
        lines = ["rule %s pref 100 from %s to %s blackhole" % (verb, self.hosts[a].address, self.hosts[b].address) for a, b in rules]
        if lines:
            ip("-n", self.router, "-batch", "-", batch="\n".join(lines) + "\n")

    def close(self):
        for namespace in self.namespaces:
            ip("netns", "del", namespace, check=False)
        self.namespaces = []


class Cluster:
    """Data nodes and sentinels, each on a host. `mode`: quorum and async are tern-server's, redis is redis-server with redis-sentinel."""

    def __init__(self, network, mode, nodes, sentinels, program, down_after=1500, failover_timeout=3000, base=23000,
                 lines=()):
        self.network, self.mode, self.program = network, mode, program
        self.nodes, self.sentinels = list(nodes), list(sentinels)
        self.down_after, self.failover_timeout = down_after, failover_timeout
        self.directory = tempfile.mkdtemp(prefix="tern-lab-%s-" % mode)
        self.processes = {}
        alone = network.obstacle is not None
        self.addresses = {}
        for n, host in enumerate(self.nodes):
            self.addresses["node", host] = (network.hosts[host].address, base + n if alone else 6379)
        for n, host in enumerate(self.sentinels):
            self.addresses["sentinel", host] = (network.hosts[host].address, base + 100 + n if alone else 26379)
        self.write_files(lines)

    def node(self, host):
        return self.addresses["node", host]

    def sentinel_addresses(self):
        return [self.addresses["sentinel", host] for host in self.sentinels]

    def host_of(self, address):
        return next((host for host in self.nodes if self.node(host) == address), None)

    def note(self, text):
        now = time.time()
        line = "%s.%03d %s" % (time.strftime("%H:%M:%S", time.localtime(now)), now % 1 * 1000, text)
        with open(os.path.join(self.directory, "faults.log"), "a") as file:
            file.write(line + "\n")

    def write_files(self, lines):
        first = self.node(self.nodes[0])
        for host in self.nodes:
            address, port = self.node(host)
            folder = os.path.join(self.directory, "node-" + host)
            os.makedirs(folder)
            text = ["port %d" % port, "bind %s" % address, "protected-mode no", "dir %s" % folder, 'save ""', "appendonly yes",
                    "appendfsync always", "repl-diskless-sync-delay 0", "repl-timeout 5", "repl-ping-replica-period 1",
                    "enable-debug-command yes", *lines]
            if self.mode == "quorum":
                text += ["tern-durability quorum", "tern-quorum-timeout 2000",
                         "tern-members " + " ".join("%s:%d" % self.node(member) for member in self.nodes)]
            elif self.node(host) != first:
                text.append("replicaof %s %d" % first)
            self.write("node-" + host, text)
        for host in self.sentinels:
            address, port = self.addresses["sentinel", host]
            folder = os.path.join(self.directory, "sentinel-" + host)
            os.makedirs(folder)
            self.write("sentinel-" + host, [
                "port %d" % port, "bind %s" % address, "protected-mode no", "dir %s" % folder,
                "sentinel monitor %s %s %d %d" % (GROUP, first[0], first[1], len(self.sentinels) // 2 + 1),
                "sentinel down-after-milliseconds %s %d" % (GROUP, self.down_after),
                "sentinel failover-timeout %s %d" % (GROUP, self.failover_timeout),
                "sentinel parallel-syncs %s %d" % (GROUP, len(self.nodes) - 1)])

    def write(self, name, lines):
        with open(os.path.join(self.directory, name, "conf"), "w") as file:
            file.write("\n".join(lines) + "\n")

    def start_one(self, kind, host):
        name = "%s-%s" % (kind, host)
        words = [self.program, os.path.join(self.directory, name, "conf")] + (["--sentinel"] if kind == "sentinel" else [])
        with open(os.path.join(self.directory, name + ".log"), "ab") as log:
            self.processes[kind, host] = subprocess.Popen(self.network.command(host, words), stdout=log, stderr=log,
                                                          stdin=subprocess.DEVNULL, cwd=self.directory)
        self.note("start %s, pid %d" % (name, self.processes[kind, host].pid))

    def start(self):
        for kind, host in self.addresses:
            self.start_one(kind, host)

    def signal(self, kind, host, number):
        self.note("%s to %s-%s" % (signal.Signals(number).name, kind, host))
        process = self.processes[kind, host]
        process.send_signal(number)
        if number == signal.SIGKILL:
            process.wait()

    def empty(self, host):
        """The disk of a data node is lost, but for its configuration."""
        folder = os.path.join(self.directory, "node-" + host)
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if name != "conf":
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)

    def running(self, kind, host):
        process = self.processes.get((kind, host))
        return process is not None and process.poll() is None

    def primary(self):
        """The host that all sentinels name."""
        said = {tuple(ask(address, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", GROUP)) for address in self.sentinel_addresses()}
        if len(said) != 1:
            return None
        address, port = said.pop()
        return self.host_of((address, int(port)))

    def settle(self, limit=90):
        """Waits until all are of one mind and in step; the primary's host, or None with `self.why`."""
        end = time.monotonic() + limit
        self.why = ""
        while time.monotonic() < end:
            try:
                primary = self.primary()
                self.why = self.unsettled(primary)
                if not self.why:
                    return primary
            except (OSError, ConnectionError, TypeError, ValueError, KeyError) as error:
                self.why = repr(error)
            time.sleep(0.1)
        self.note("not settled: %s" % self.why)
        return None

    def unsettled(self, primary):
        if primary is None:
            return "the sentinels name different primaries"
        others = len(self.nodes) - 1
        leader = fields(ask(self.node(primary), "INFO", "replication"))
        if leader.get("role") != "master" or leader.get("connected_slaves") != str(others):
            return "primary %s: %s" % (primary, leader)
        if self.mode == "quorum" and leader.get("tern_state") != "leader":
            return "primary %s: %s" % (primary, leader)
        for host in self.nodes:
            if host == primary:
                continue
            info = fields(ask(self.node(host), "INFO", "replication"))
            if info.get("role") != "slave" or info.get("master_link_status") != "up" or info.get("master_host") != self.node(primary)[0] \
                    or info.get("master_port") != str(self.node(primary)[1]) or info.get("master_sync_in_progress") != "0":
                return "replica %s: %s" % (host, info)
            if self.mode == "quorum" and (info.get("tern_state") != "follower" or info.get("tern_trusted") != "1"):
                return "replica %s: %s" % (host, info)
        for address in self.sentinel_addresses():
            state = pairs(ask(address, "SENTINEL", "MASTER", GROUP))
            if state["flags"] != "master" or state["num-other-sentinels"] != str(len(self.sentinels) - 1) or state["num-slaves"] != str(others):
                return "sentinel %s: %s" % (address[0], state)
            for replica in ask(address, "SENTINEL", "REPLICAS", GROUP):
                if pairs(replica)["flags"] != "slave":
                    return "sentinel %s: %s" % (address[0], pairs(replica))
        return ""

    def digests(self, limit=10):
        """The digests of all nodes; one, if they hold the same. Sentinels' messages move offsets, not data."""
        end = time.monotonic() + limit
        while True:
            said = {str(ask(self.node(host), "DEBUG", "DIGEST", timeout=10)) for host in self.nodes}
            if len(said) == 1 or time.monotonic() > end:
                return said
            time.sleep(0.2)

    def stop(self, keep):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
        for process in self.processes.values():
            process.wait()
        if keep:
            print("logs, files and the times of the faults are in %s" % self.directory, flush=True)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)


def need_redis_py():
    try:
        import redis  # noqa: F401
    except ImportError:
        sys.exit("redis-py is missing: python3 -m venv .build/python && .build/python/bin/pip install 'redis>=5.1,<9', and start this with "
                 ".build/python/bin/python")


def end_on_signals():
    """SIGTERM is Ctrl-C: what was started is ended."""
    def stop(number, frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


class Stopping(threading.Event):
    """Threads that go on until told to stop, or pause between two operations."""

    def __init__(self):
        super().__init__()
        self.open = threading.Event()
        self.busy = 0
        self.lock = threading.Lock()

    def pause(self, limit=30):
        """No operation is under way when this returns true, and none begins until `open` is set."""
        with self.lock:
            self.open.clear()
        end = time.monotonic() + limit
        while time.monotonic() < end:
            with self.lock:
                if self.busy == 0:
                    return True
            time.sleep(0.005)
        return False

    def __enter__(self):
        while not self.is_set():
            self.open.wait(0.2)
            with self.lock:
                if self.open.is_set():
                    self.busy += 1
                    return True
        return False

    def __exit__(self, *_):
        # Also after the end, when nothing was begun: nobody asks then.
        with self.lock:
            self.busy -= 1
