#!/usr/bin/env python3
"""Bytes of memory a key or an element, of tern-server and of the real redis-server, and their ratio.

  Benchmarks/memory.py --a PATH_TO_TERN_SERVER [--b redis-server] [--only NAME …]

Each dataset is loaded into a server of its own, first into one, then into the other. What is counted is the growth of the resident
set (VmRSS) from the empty server to the loaded one, over the number of elements (of keys, for strings). The small collections have 10
elements each, the large one has all of them under one key. Both servers run without persistence, on loopback.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


def request(*words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        word = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


def strings(n):
    for i in range(n):
        yield request("SET", "key:%012d" % i, "x" * 32)


def grouped(command, per_key, value):
    """`value(i)`: the words that one element adds. Commands of up to 50 elements."""

    def generate(n):
        step = min(per_key, 50)
        for first in range(0, n, step):
            words = [command, "key:%012d" % (first // per_key)]
            for i in range(first, min(first + step, n)):
                words += value(i)
            yield request(*words)

    return generate


def datasets():
    element = "%016d"
    kinds = {
        "list": ("RPUSH", lambda i: ["element:" + element % i]),
        "set": ("SADD", lambda i: ["member:" + element % i]),
        "set of integers": ("SADD", lambda i: [i * 7]),
        "hash": ("HSET", lambda i: ["field:%010d" % i, "value:" + element % i]),
        "sorted set": ("ZADD", lambda i: [(i * 7919) % 1000003, "member:" + element % i]),
    }
    yield "string, 16 + 32 B", 1_000_000, strings
    for name, (command, value) in kinds.items():
        yield "small " + name, 1_000_000, grouped(command, 10, value)
        yield "large " + name, 1_000_000, grouped(command, 1 << 40, value)

    def stream(n):
        for i in range(n):
            yield request("XADD", "stream", "%d-0" % (i + 1), "sensor", "s%06d" % (i % 1000), "value", str(i * 31 % 10007))

    yield "stream", 500_000, stream


class Server:
    def __init__(self, path):
        self.directory = tempfile.mkdtemp()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [path, "--port", str(self.port), "--dir", self.directory, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                self.socket = socket.create_connection(("127.0.0.1", self.port))
                self.socket.settimeout(60)
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        sys.exit(f"{path} did not start")

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def resident(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))

    def load(self, requests):
        """Sends all, 500 at a time, and reads one line of reply for each; an error ends the run."""
        reader = self.socket.makefile("rb")
        batch = []

        def flush():
            self.socket.sendall(b"".join(batch))
            for _ in batch:
                line = reader.readline()
                if line[:1] == b"-":
                    raise RuntimeError(line.decode().strip())
                if line[:1] == b"$":
                    reader.read(int(line[1:]) + 2)
            batch.clear()

        for one in requests:
            batch.append(one)
            if len(batch) == 500:
                flush()
        flush()


def measure(path, count, generate):
    server = Server(path)
    try:
        server.load([request("SET", "warm", "up"), request("DEL", "warm")])
        time.sleep(0.3)
        before = server.resident()
        server.load(generate(count))
        time.sleep(0.5)
        return (server.resident() - before) / count
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--a", required=True, help="tern-server")
    parser.add_argument("--b", default="redis-server")
    parser.add_argument("--only", nargs="*", help="names of datasets")
    arguments = parser.parse_args()
    print(f"{'dataset':24} {'A B/element':>12} {'B B/element':>12} {'A/B':>6}")
    for name, count, generate in datasets():
        if arguments.only and name not in arguments.only:
            continue
        try:
            a, b = measure(arguments.a, count, generate), measure(arguments.b, count, generate)
        except RuntimeError as error:
            print(f"{name:24} {error}")
            continue
        print(f"{name:24} {a:12.1f} {b:12.1f} {a / b:6.2f}", flush=True)


main()
