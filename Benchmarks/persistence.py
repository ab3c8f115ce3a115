#!/usr/bin/env python3
"""Saving and loading, tern-server beside redis-server, on one dataset.

    Benchmarks/persistence.py [--keys N] [--rounds R] [--tern PATH] [--redis PATH] [--dir DIR] [--options "..."]

The dataset (strings, integers, hashes, lists, sets, sorted sets, streams; small ones, and a few large ones) is generated from a seed, sent
to redis-server once, and saved; both servers start from that file. Then, in pairs, round by round:

  load      the time from the start of the process until it answers PING with PONG, less that of an empty start
  save      SAVE on an idle server
  size      of the file
  memory    peak RSS while BGSAVE runs and clients overwrite keys as fast as they can, above that before
  latency   of SET, one at a time, while BGSAVE runs: p99, p99.9, the greatest

Prints a table of the ratios tern / redis, medians over the rounds, with both medians in absolute figures.
Memory of redis-server counts its child: the pages that are the parent's own, by Pss.
"""

import argparse
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

SEED = 20261


def command(*words):
    out = [b"*%d\r\n" % len(words)]
    for word in words:
        if not isinstance(word, bytes):
            word = str(word).encode()
        out.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(out)


class Client:
    def __init__(self, port, timeout=600):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def line(self):
        while True:
            end = self.buffer.find(b"\r\n")
            if end >= 0:
                line, self.buffer = self.buffer[:end], self.buffer[end + 2:]
                return line
            more = self.socket.recv(1 << 16)
            if not more:
                raise EOFError("the server closed the connection")
            self.buffer += more

    def reply(self):
        line = self.line()
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            count = int(rest)
            if count < 0:
                return None
            while len(self.buffer) < count + 2:
                self.buffer += self.socket.recv(1 << 16)
            bulk, self.buffer = self.buffer[:count], self.buffer[count + 2:]
            return bulk
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        return int(rest) if kind == b":" else rest

    def __call__(self, *words):
        self.socket.sendall(command(*words))
        return self.reply()

    def info(self, section):
        lines = self("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)


def dataset(keys):
    """Yields commands, and how many replies each piece has."""
    rng = random.Random(SEED)
    words = [rng.randbytes(rng.randint(4, 14)).hex().encode() for _ in range(4096)]
    text = [b" ".join(rng.choice(words) for _ in range(rng.randint(3, 40))) for _ in range(2048)]

    def value(low, high):
        return rng.choice(text)[: rng.randint(low, high)] if rng.random() < 0.5 else rng.randbytes(rng.randint(low, high) // 2 + 1)

    strings = 0
    for i in range(keys):
        kind = rng.random()
        if kind < 0.50:
            words_ = ["SET", "string:%d" % strings, value(8, 120)]
            strings += 1
            if rng.random() < 0.2:
                words_ += ["PXAT", 4102444800000 + i]
            yield command(*words_)
        elif kind < 0.60:
            yield command("SET", "counter:%d" % i, rng.randrange(10 ** rng.randint(1, 15)))
        elif kind < 0.75:
            fields = []
            for f in range(rng.randint(3, 12)):
                fields += ["field%d" % f, rng.choice(words)]
            yield command("HSET", "user:%d" % i, *fields)
        elif kind < 0.83:
            yield command("RPUSH", "queue:%d" % i, *(value(4, 40) for _ in range(rng.randint(2, 12))))
        elif kind < 0.90:
            yield command("SADD", "tags:%d" % i, *(rng.choice(words) for _ in range(rng.randint(2, 10))))
        elif kind < 0.94:
            yield command("SADD", "ids:%d" % i, *(rng.randrange(1 << 24) for _ in range(rng.randint(2, 30))))
        elif kind < 0.99:
            members = []
            for m in range(rng.randint(2, 16)):
                members += [rng.randrange(100000) if m & 1 else round(rng.random() * 1000, 3), "member:%d" % rng.randrange(10000)]
            yield command("ZADD", "board:%d" % i, *members)
        else:
            for e in range(rng.randint(1, 8)):
                yield command("XADD", "events:%d" % i, "%d-1" % (e + 1), "kind", rng.choice(words), "n", e)
    # A few large ones: together about a twentieth of the elements.
    for big in range(max(1, keys // 500_000)):
        count = min(20_000, max(1000, keys // 50))
        for start in range(0, count, 500):
            part = range(start, start + 500)
            yield command("HSET", "big:hash:%d" % big, *(w for e in part for w in ("field:%d" % e, rng.choice(words))))
            yield command("RPUSH", "big:list:%d" % big, *(rng.choice(words) for e in part))
            yield command("SADD", "big:set:%d" % big, *("member:%d" % e for e in part))
            yield command("ZADD", "big:zset:%d" % big, *(w for e in part for w in (rng.random() * 1e6, "member:%d" % e)))


def generate(port, keys):
    client = Client(port)
    sent = [0]
    failures = []

    def read():
        seen = 0
        while True:
            try:
                client.reply()
            except RuntimeError as error:
                failures.append(str(error))
            except (EOFError, OSError):
                return
            seen += 1
            if sent[0] < 0 and seen == -sent[0]:
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    pieces, size, count = [], 0, 0
    for piece in dataset(keys):
        pieces.append(piece)
        size += len(piece)
        count += 1
        if size > 1 << 18:
            client.socket.sendall(b"".join(pieces))
            pieces, size = [], 0
    pieces.append(command("PING"))
    count += 1
    sent[0] = -count
    client.socket.sendall(b"".join(pieces))
    reader.join(3600)
    if failures:
        raise RuntimeError("%d commands failed, the first: %s" % (len(failures), failures[0]))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, binary, directory, options):
        self.port = free_port()
        self.directory = directory
        self.log = open(os.path.join(directory, "log"), "ab")
        started = time.monotonic()
        self.process = subprocess.Popen(
            [binary, "--port", str(self.port), "--dir", directory, "--save", "", "--appendonly", "no", "--protected-mode", "no"] + options,
            stdout=self.log, stderr=self.log)
        while True:
            if self.process.poll() is not None:
                raise RuntimeError("%s ended: see %s/log" % (binary, directory))
            try:
                client = Client(self.port, 5)
                if client("PING") == b"PONG" and client.info("persistence")["loading"] == "0":
                    break
            except (OSError, RuntimeError, EOFError):
                pass
            time.sleep(0.002)
        self.seconds = time.monotonic() - started

    def client(self):
        return Client(self.port)

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def pids(self):
        try:
            children = open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)).read().split()
        except OSError:
            children = []
        return [self.process.pid] + [int(child) for child in children]

    def memory(self):
        """Bytes, shared pages counted once."""
        total = 0
        for pid in self.pids():
            try:
                for line in open("/proc/%d/smaps_rollup" % pid):
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
                        break
            except OSError:
                pass
        return total


def wait_for_save(client):
    while int(client.info("persistence")["rdb_bgsave_in_progress"]):
        time.sleep(0.005)
    status = client.info("persistence")["rdb_last_bgsave_status"]
    if status != "ok":
        raise RuntimeError("BGSAVE: " + status)


def overwrite(port, strings, stop, count):
    """Overwrites strings as fast as it goes, 64 at a time."""
    client = Client(port)
    rng = random.Random(threading.get_ident())
    payload = os.urandom(64).hex().encode()
    while not stop.is_set():
        client.socket.sendall(b"".join(command("SET", "string:%d" % rng.randrange(strings), payload[: rng.randint(30, 120)]) for _ in range(64)))
        for _ in range(64):
            client.reply()
        count[0] += 64


def measure_memory(server, strings):
    client = server.client()
    stop, counts = threading.Event(), [[0], [0]]
    writers = [threading.Thread(target=overwrite, args=(server.port, strings, stop, count), daemon=True) for count in counts]
    for writer in writers:
        writer.start()
    # Until the overwritten keys have the sizes that they will go on having.
    time.sleep(min(20, max(2, strings / 125_000)))
    before = server.memory()
    peak = before
    client("BGSAVE")
    started = time.monotonic()
    while int(client.info("persistence")["rdb_bgsave_in_progress"]):
        peak = max(peak, server.memory())
        time.sleep(0.01)
    seconds = time.monotonic() - started
    peak = max(peak, server.memory())
    stop.set()
    for writer in writers:
        writer.join()
    return max(0, peak - before), seconds


def measure_latency(server, strings):
    client = server.client()
    rng = random.Random(7)
    latencies = []

    def one():
        piece = command("SET", "string:%d" % rng.randrange(strings), b"x" * 64)
        started = time.perf_counter_ns()
        client.socket.sendall(piece)
        client.reply()
        return time.perf_counter_ns() - started

    for _ in range(2000):
        one()
    other = server.client()
    # The command that forks is answered when it has: from another connection, as a client would see it.
    trigger = threading.Thread(target=lambda: other("BGSAVE"), daemon=True)
    trigger.start()
    checked = time.monotonic()
    while True:
        latencies.append(one())
        now = time.monotonic()
        if now - checked > 0.05 and not trigger.is_alive():
            checked = now
            if not int(other.info("persistence")["rdb_bgsave_in_progress"]):
                break
    latencies.sort()

    def quantile(q):
        return latencies[min(len(latencies) - 1, int(len(latencies) * q))] / 1e6

    return quantile(0.99), quantile(0.999), latencies[-1] / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tern", default=".build/release/tern-server")
    parser.add_argument("--redis", default=shutil.which("redis-server") or "redis-server")
    parser.add_argument("--dir", default=None, help="where the files go; a temporary folder by default")
    parser.add_argument("--options", default="", help="for both servers")
    parser.add_argument("--only", default="load,save,memory,latency")
    parser.add_argument("--file", default=None, help="an RDB file to use instead of a generated dataset")
    arguments = parser.parse_args()
    options = arguments.options.split()
    only = arguments.only.split(",")
    work = tempfile.mkdtemp(prefix="persistence-", dir=arguments.dir)
    binaries = {"tern": os.path.abspath(arguments.tern), "redis": arguments.redis}
    running = []

    def start(name, directory):
        server = Server(binaries[name], directory, options)
        running.append(server)
        return server

    def end(server):
        server.stop()
        running.remove(server)

    try:
        source = os.path.join(work, "dump.rdb")
        if arguments.file:
            shutil.copy(arguments.file, source)
        else:
            server = start("redis", work)
            begun = time.monotonic()
            generate(server.port, arguments.keys)
            server.client()("SAVE")
            print("%d keys generated and saved in %.1f s, %.1f MB" % (arguments.keys, time.monotonic() - begun, os.path.getsize(source) / 1e6), file=sys.stderr)
            end(server)
        # Half of the keys, less what chance takes: those that are overwritten exist.
        strings = max(1, arguments.keys * 49 // 100)
        directories = {}
        empty = {}
        for name in binaries:
            directories[name] = os.path.join(work, name)
            os.mkdir(directories[name])
            starts = []
            for _ in range(3):
                server = start(name, directories[name])
                starts.append(server.seconds)
                end(server)
            empty[name] = statistics.median(starts)
        results = {}

        def note(what, unit, name, figure):
            results.setdefault((what, unit), {}).setdefault(name, []).append(figure)

        for round_ in range(arguments.rounds):
            # Whoever goes first has the colder file cache: in turns.
            for name in (("tern", "redis") if round_ % 2 == 0 else ("redis", "tern")):
                path = os.path.join(directories[name], "dump.rdb")
                shutil.copy(source, path)
                server = start(name, directories[name])
                note("load time", "s", name, max(0.001, server.seconds - empty[name]))
                client = server.client()
                note("memory after loading", "MB", name, server.memory() / 1e6)
                if "save" in only:
                    begun = time.monotonic()
                    client("SAVE")
                    note("save time (SAVE)", "s", name, time.monotonic() - begun)
                    note("file size", "MB", name, os.path.getsize(path) / 1e6)
                if "latency" in only:
                    p99, p999, worst = measure_latency(server, strings)
                    note("SET p99 while saving", "ms", name, p99)
                    note("SET p99.9 while saving", "ms", name, p999)
                    note("SET max while saving", "ms", name, worst)
                if "memory" in only:
                    extra, seconds = measure_memory(server, strings)
                    note("extra memory, overwriting", "MB", name, max(0.1, extra / 1e6))
                    note("BGSAVE time, overwriting", "s", name, seconds)
                end(server)
            print("round %d of %d done" % (round_ + 1, arguments.rounds), file=sys.stderr)
        print("%d keys, %d rounds; medians" % (arguments.keys, arguments.rounds))
        print()
        print("| | tern / redis | tern | redis |")
        print("|---|---|---|---|")
        for (what, unit), figures in results.items():
            ratios = [a / b for a, b in zip(figures["tern"], figures["redis"])]
            print("| %s | %.2f | %.3f %s | %.3f %s |" % (
                what, statistics.median(ratios), statistics.median(figures["tern"]), unit, statistics.median(figures["redis"]), unit))
    finally:
        for server in list(running):
            end(server)
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
