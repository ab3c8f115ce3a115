"""kill -9 under load: arguments are the server's program, the number of rounds, and a seed (optional).

A server with `appendfsync always` is killed again and again while several clients write. After each start, what it holds of each client
must be what that client's commands make up to some point, at or behind the last one that was answered: nothing acknowledged is lost,
nothing is torn apart or out of order. The first violation ends the program with status 1; the data stay in the folder that is named.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

CLIENTS = 6


def encode(*words):
    out = [b"*%d\r\n" % len(words)]
    for word in words:
        word = word if isinstance(word, bytes) else str(word).encode()
        out.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(out)


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        while b"\r\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the server has closed the connection")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def reply(self):
        line = self.line()
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b"$":
            count = int(rest)
            if count < 0:
                return None
            while len(self.buffer) < count + 2:
                data = self.socket.recv(65536)
                if not data:
                    raise ConnectionError("the server has closed the connection")
                self.buffer += data
            value, self.buffer = self.buffer[:count], self.buffer[count + 2 :]
            return value
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        return rest

    def call(self, *words):
        self.send(encode(*words))
        return self.reply()


class Client:
    """A writer with keys of its own. Its n-th command follows from n alone."""

    def __init__(self, number):
        self.name = "client:%d" % number
        self.acknowledged = 0
        self.sent = 0
        self.refusal = None
        self.model = {"a": None, "b": None, "list": 0, "last": None, "hash": {}, "zset": {}, "keys": {}}

    def command(self, n):
        """The bytes, and how many replies they bring."""
        name = self.name
        kind = n % 5
        if kind == 0:
            whole = encode("MULTI") + encode("SET", name + ":a", n) + encode("SET", name + ":b", n) + encode("EXEC")
            return whole, 4
        if kind == 1:
            return encode("RPUSH", name + ":list", n), 1
        if kind == 2:
            return encode("HSET", name + ":hash", n % 50, n), 1
        if kind == 3:
            return encode("ZADD", name + ":zset", n, n % 50), 1
        return encode("SET", "%s:key:%d" % (name, n % 100), str(n) * (1 + n % 40)), 1

    def apply(self, n):
        model, kind = self.model, n % 5
        if kind == 0:
            model["a"] = model["b"] = b"%d" % n
        elif kind == 1:
            model["list"] += 1
            model["last"] = b"%d" % n
        elif kind == 2:
            model["hash"][b"%d" % (n % 50)] = b"%d" % n
        elif kind == 3:
            model["zset"][b"%d" % (n % 50)] = b"%d" % n
        else:
            model["keys"][n % 100] = str(n).encode() * (1 + n % 40)

    def write(self, port, random, stopped):
        """Until the connection breaks."""
        try:
            connection = Connection(port)
            while not stopped.is_set():
                depth = random.choice([1, 1, 2, 5, 20])
                batch, replies = b"", []
                for n in range(self.sent + 1, self.sent + 1 + depth):
                    data, count = self.command(n)
                    batch += data
                    replies.append((n, count))
                self.sent += depth
                connection.send(batch)
                for n, count in replies:
                    for _ in range(count):
                        connection.reply()
                    self.acknowledged = n
        except RuntimeError as error:
            self.refusal = error
        except (OSError, ConnectionError):
            pass

    def found(self, connection):
        name = self.name
        pairs = connection.call("ZRANGE", name + ":zset", 0, -1, "WITHSCORES")
        fields = connection.call("HGETALL", name + ":hash")
        keys = {i: connection.call("GET", "%s:key:%d" % (name, i)) for i in range(100)}
        return {
            "a": connection.call("GET", name + ":a"),
            "b": connection.call("GET", name + ":b"),
            "list": int(connection.call("LLEN", name + ":list")),
            "last": connection.call("LINDEX", name + ":list", -1),
            "hash": dict(zip(fields[::2], fields[1::2])),
            "zset": dict(zip(pairs[::2], pairs[1::2])),
            "keys": {i: value for i, value in keys.items() if value is not None},
        }

    def check(self, connection, checked):
        """Finds the point up to which the server has this client's commands; `checked` is where the model stands."""
        found = self.found(connection)
        for n in range(checked + 1, self.acknowledged + 1):
            self.apply(n)
        last = self.acknowledged
        while self.model != found:
            if last >= self.sent:
                different = [part for part in found if found[part] != self.model[part]]
                raise SystemExit(
                    "LOST or torn: %s, %d acknowledged, %d sent; %s differ: %r"
                    % (self.name, self.acknowledged, self.sent, different, found)
                )
            last += 1
            self.apply(last)
        beyond = last - self.acknowledged
        self.sent = self.acknowledged = last
        return beyond


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(program, directory, port, options):
    log = open(os.path.join(directory, "log"), "ab")
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", directory, "--save", "", "--appendonly", "yes"]
    words += ["--appendfsync", "always", "--auto-aof-rewrite-min-size", "200kb", "--logfile", ""]
    process = subprocess.Popen(words + options, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    log.close()
    began = time.monotonic()
    while True:
        try:
            connection = Connection(port)
            connection.call("PING")
            return process, connection, time.monotonic() - began
        except (OSError, ConnectionError, RuntimeError):
            if process.poll() is not None:
                raise SystemExit("the server does not start (status %s); see %s/log" % (process.returncode, directory))
            if time.monotonic() - began > 120:
                process.kill()
                raise SystemExit("the server does not answer; see %s/log" % directory)
            time.sleep(0.005)


def main():
    program, rounds = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    dice = random.Random(seed)
    directory = tempfile.mkdtemp(prefix="tern-crash-")
    print("program %s, %d rounds, seed %d, data in %s" % (program, rounds, seed, directory), flush=True)
    clients = [Client(number) for number in range(CLIENTS)]
    process, checked = None, [0] * CLIENTS
    total, beyond, rewriting, slowest, port = 0, 0, 0, 0.0, free_port()
    try:
        for number in range(1, rounds + 1):
            options = dice.choice([[], [], ["--aof-use-rdb-preamble", "no"], ["--aof-timestamp-enabled", "yes"]])
            process, control, seconds = start(program, directory, port, options)
            slowest = max(slowest, seconds)
            for i, client in enumerate(clients):
                beyond += client.check(control, checked[i])
                checked[i] = client.acknowledged
            before, stopped = sum(client.acknowledged for client in clients), threading.Event()
            threads = [
                threading.Thread(target=client.write, args=(port, random.Random(dice.random()), stopped)) for client in clients
            ]
            for thread in threads:
                thread.start()
            time.sleep(dice.uniform(0.02, 0.5))
            if dice.random() < 0.5:
                try:
                    control.call("BGREWRITEAOF")
                except RuntimeError:
                    pass  # one has begun by itself
                time.sleep(dice.uniform(0, 0.08))
            fields = control.call("INFO", "persistence").split(b"\r\n")
            rewriting += b"aof_rewrite_in_progress:1" in fields
            process.send_signal(signal.SIGKILL)
            process.wait()
            stopped.set()
            for thread in threads:
                thread.join()
            for client in clients:
                if client.refusal:
                    raise SystemExit("%s was refused a write: %s" % (client.name, client.refusal))
            written = sum(client.acknowledged for client in clients) - before
            total += written
            if number % 10 == 0 or rounds < 10:
                print("round %d: %d writes were acknowledged before the kill" % (number, written), flush=True)
        process, control, seconds = start(program, directory, port, [])
        for i, client in enumerate(clients):
            beyond += client.check(control, checked[i])
        process.kill()
        process.wait()
    except BaseException:
        if process and process.poll() is None:
            process.kill()
        print("seed %d, round %d, data in %s" % (seed, number, directory), file=sys.stderr)
        raise
    shutil.rmtree(directory)
    if total < rounds:
        raise SystemExit("only %d writes were acknowledged: nothing was tested" % total)
    print(
        "%d rounds: %d writes acknowledged, 0 lost; %d more were on disk and not answered yet; "
        "%d kills came during a rewrite; the slowest start took %.2f s" % (rounds, total, beyond, rewriting, slowest)
    )


main()
