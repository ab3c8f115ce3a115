#!/usr/bin/env python3
"""Replication, in pairs with redis-server: the same jobs, one after the other, alternating, on the same machine.

  Benchmarks/replication.py --tern .build/release/tern-server [--size 1gb] [--rounds 3] [--only fullsync,stream,lz4]

Jobs
  fullsync  time of a full sync of SIZE bytes of data to one and to three replicas, from REPLICAOF to the link that is up everywhere, and the
            primary's peak of resident memory above what it had before, while clients write (redis-server forks: its child is counted, each
            page once, by Pss)
  stream    SET throughput at -P 64 with two replicas that keep up, CPU seconds per GB of log on the primary and on each replica, and the lag
            (99th percentile of samples of master_repl_offset minus slave_repl_offset, in bytes and in ms by a probe key)
  lz4       fullsync and stream again with repl-compression lz4, with values that shrink and values that do not (tern only)

Servers run with save "" and without an append only file, on ports from 17300 on, in a directory of their own. Nothing else should run.
Prints one line per measurement and a table with the ratios at the end."""

import argparse
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")


def number(text):
  match = re.fullmatch(r"(\d+(?:\.\d+)?)([kmg]?)b?", text.lower())
  if not match:
    raise argparse.ArgumentTypeError("a size such as 64mb or 1gb")
  return int(float(match[1]) * {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[match[2]])


class Connection:
  """RESP2 over a socket, replies as Python values."""

  def __init__(self, port):
    self.socket = socket.create_connection(("127.0.0.1", port), timeout=600)
    self.file = self.socket.makefile("rb")

  @staticmethod
  def encode(words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
      word = word if isinstance(word, bytes) else str(word).encode()
      parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)

  def reply(self):
    line = self.file.readline()
    if not line:
      raise ConnectionError("closed")
    kind, rest = line[:1], line[1:-2]
    if kind == b"+":
      return rest.decode()
    if kind == b"-":
      raise RuntimeError(rest.decode())
    if kind == b":":
      return int(rest)
    if kind == b"$":
      if rest == b"-1":
        return None
      data = self.file.read(int(rest) + 2)
      return data[:-2]
    return [self.reply() for _ in range(int(rest))]

  def ask(self, *words):
    self.socket.sendall(self.encode(words))
    return self.reply()

  def info(self, section):
    text = self.ask("INFO", section).decode()
    return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)


class Server:
  next_port = 17300

  def __init__(self, program, directory, *lines):
    Server.next_port += 1
    self.port = Server.next_port
    self.directory = os.path.join(directory, str(self.port))
    os.makedirs(self.directory)
    config = [
      f"port {self.port}", "bind 127.0.0.1", f"dir {self.directory}", 'save ""', "repl-diskless-sync yes", "repl-diskless-sync-delay 0",
      "repl-diskless-load swapdb", "repl-backlog-size 64mb", "client-output-buffer-limit replica 0 0 0", "enable-debug-command yes", *lines,
    ]
    path = os.path.join(self.directory, "server.conf")
    with open(path, "w") as file:
      file.write("\n".join(config) + "\n")
    self.log = open(os.path.join(self.directory, "log"), "w")
    self.process = subprocess.Popen([program, path], stdout=self.log, stderr=self.log)
    deadline = time.time() + 30
    while True:
      try:
        self.connection = Connection(self.port)
        self.connection.ask("PING")
        return
      except (OSError, RuntimeError):
        if time.time() > deadline or self.process.poll() is not None:
          raise SystemExit(f"{program} does not start; see {self.directory}")
        time.sleep(0.05)

  def ask(self, *words):
    return self.connection.ask(*words)

  def info(self, section):
    return self.connection.info(section)

  def kill(self):
    self.process.send_signal(signal.SIGKILL)
    self.process.wait()
    shutil.rmtree(self.directory, ignore_errors=True)

  def cpu(self):
    """Seconds of CPU, of reaped children too."""
    with open(f"/proc/{self.process.pid}/stat") as file:
      fields = file.read().rsplit(")", 1)[1].split()
    return sum(int(fields[i]) for i in (11, 12, 13, 14)) / TICK

  def memory(self):
    """Bytes of this process and its children, shared pages once."""
    pids = [self.process.pid]
    try:
      with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
        pids += [int(word) for word in file.read().split()]
    except OSError:
      pass
    total = 0
    for pid in pids:
      try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
          for line in file:
            if line.startswith("Pss:"):
              total += int(line.split()[1]) * 1024
      except OSError:
        pass
    return total


class Peak(threading.Thread):
  """Samples the memory of a server until it is stopped."""

  def __init__(self, server):
    super().__init__(daemon=True)
    self.server = server
    self.peak = self.before = server.memory()
    self.over = threading.Event()
    self.start()

  def run(self):
    while not self.over.wait(0.05):
      self.peak = max(self.peak, self.server.memory())

  def stop(self):
    self.over.set()
    self.join()
    return self.peak - self.before


class Writers(threading.Thread):
  """Overwrites keys at a fixed rate, as clients that do not wait for the sync."""

  def __init__(self, server, keys, values, rate):
    super().__init__(daemon=True)
    self.connection = Connection(server.port)
    self.keys, self.values, self.rate = keys, values, rate
    self.over = threading.Event()
    self.count = 0
    self.start()

  def run(self):
    batch = max(1, self.rate // 100)
    due = time.time()
    while not self.over.is_set():
      self.connection.socket.sendall(
        b"".join(Connection.encode(["SET", f"key:{random.randrange(self.keys):012d}", random.choice(self.values)]) for _ in range(batch)))
      for _ in range(batch):
        self.connection.reply()
      self.count += batch
      due += 0.01
      time.sleep(max(0, due - time.time()))

  def stop(self):
    self.over.set()
    self.join()
    return self.count


def make_values(kind, size, count=64):
  generator = random.Random(1)
  if kind == "random":
    # More than LZ4 looks back.
    return [generator.randbytes(size) for _ in range(max(count, (1 << 20) // size))]
  words = [b"alpha", b"beta", b'"name":', b'"value":', b"12345", b"true", b"{", b"}", b"user", b"session"]
  values = []
  for _ in range(count):
    text = b""
    while len(text) < size:
      text += generator.choice(words) + b","
    values.append(text[:size])
  return values


def fill(server, total, values):
  keys = max(1, total // (len(values[0]) + 16))
  connection = Connection(server.port)
  batch = 500
  for start in range(0, keys, batch):
    end = min(keys, start + batch)
    connection.socket.sendall(
      b"".join(Connection.encode(["SET", f"key:{i:012d}", values[i % len(values)]]) for i in range(start, end)))
    for _ in range(start, end):
      connection.reply()
  return keys


def wait_for(condition, limit=1800, interval=0.02):
  deadline = time.time() + limit
  while not condition():
    if time.time() > deadline:
      raise SystemExit("not within the time")
    time.sleep(interval)


def linked(replica):
  return replica.info("replication").get("master_link_status") == "up"


def offset(server, name="master_repl_offset"):
  return int(server.info("replication")[name])


def full_sync(program, directory, size, value_bytes, replicas, rate, kind="text", lines=()):
  values = make_values(kind, value_bytes)
  primary = Server(program, directory, *lines)
  servers = [primary]
  try:
    keys = fill(primary, size, values)
    followers = [Server(program, directory, *lines) for _ in range(replicas)]
    servers += followers
    time.sleep(1)
    writers = Writers(primary, keys, values, rate)
    peak = Peak(primary)
    cpu = primary.cpu(), [follower.cpu() for follower in followers]
    start = time.time()
    for follower in followers:
      follower.ask("REPLICAOF", "127.0.0.1", primary.port)
    wait_for(lambda: all(linked(follower) for follower in followers))
    seconds = time.time() - start
    extra = peak.stop()
    written = writers.stop()
    used = primary.cpu() - cpu[0], statistics.mean(f.cpu() - c for f, c in zip(followers, cpu[1]))
    wait_for(lambda: all(offset(follower) == offset(primary) for follower in followers))
    digests = {server.ask("DEBUG", "DIGEST") for server in servers} if size <= 256 << 20 else {0}
    if len(digests) != 1:
      raise SystemExit("the replicas differ from their primary")
    return {
      "seconds": seconds, "extra MB": extra / (1 << 20), "primary CPU s/GB": used[0] / size * (1 << 30),
      "replica CPU s/GB": used[1] / size * (1 << 30), "writes": written,
    }
  finally:
    for server in servers:
      server.kill()


def stream(program, directory, requests, value_bytes, kind="text", lines=()):
  """redis-benchmark against a primary with two replicas."""
  primary = Server(program, directory, *lines)
  servers = [primary]
  try:
    followers = [Server(program, directory, *lines) for _ in range(2)]
    servers += followers
    for follower in followers:
      follower.ask("REPLICAOF", "127.0.0.1", primary.port)
    wait_for(lambda: all(linked(follower) for follower in followers))
    wait_for(lambda: primary.info("replication").get("slave1", "").find("state=online") >= 0)
    values = make_values(kind, value_bytes)
    lags = []
    probes = []
    over = threading.Event()

    def sample():
      own = [Connection(server.port) for server in servers]
      count = 0
      while not over.wait(0.02):
        ends = [int(c.info("replication")["master_repl_offset"]) for c in own]
        lags.append(max(0, ends[0] - min(ends[1:])))
        count += 1
        begin = time.perf_counter()
        own[0].ask("SET", "probe", count)
        while int(own[1].ask("GET", "probe") or 0) < count and not over.is_set():
          pass
        probes.append((time.perf_counter() - begin) * 1000)

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    cpu = [server.cpu() for server in servers]
    first = offset(primary)
    start = time.time()
    if kind == "text":
      command = ["redis-benchmark", "-p", str(primary.port), "-P", "64", "-c", "16", "-n", str(requests), "-r", "1000000", "-q",
                 "SET", "key:__rand_int__", values[0].decode()]
      subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    else:
      connection = Connection(primary.port)
      payload = [b"".join(Connection.encode(["SET", f"key:{random.randrange(10**6):012d}", random.choice(values)]) for _ in range(64))
                 for _ in range(50)]
      for i in range(requests // 64):
        connection.socket.sendall(payload[i % 50])
        for _ in range(64):
          connection.reply()
    seconds = time.time() - start
    end = offset(primary)
    wait_for(lambda: all(offset(follower) >= end for follower in followers))
    caught_up = time.time() - start
    over.set()
    sampler.join()
    gigabytes = max(1, end - first) / (1 << 30)
    used = [server.cpu() - before for server, before in zip(servers, cpu)]
    digests = {server.ask("DEBUG", "DIGEST") for server in servers}
    if len(digests) != 1:
      raise SystemExit("the replicas differ from their primary")
    quantile = lambda samples: statistics.quantiles(samples, n=100)[98] if len(samples) > 10 else max(samples, default=0)
    result = {
      "requests/s": requests / seconds, "requests/s, replicas too": requests / caught_up, "lag p99 KB": quantile(lags) / 1024,
      "probe p99 ms": quantile(probes), "primary CPU s/GB": used[0] / gigabytes,
      "replica CPU s/GB": statistics.mean(used[1:]) / gigabytes,
    }
    own = primary.info("tern") if lines else {}
    if "repl_compression_ratio" in own:
      result["stream ratio"] = float(own["repl_compression_ratio"])
    return result
  finally:
    for server in servers:
      server.kill()


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--tern", default=".build/release/tern-server")
  parser.add_argument("--redis", default=shutil.which("redis-server") or "redis-server")
  parser.add_argument("--size", type=number, default=number("1gb"), help="data of a full sync")
  parser.add_argument("--value", type=number, default=500, help="bytes of a value")
  parser.add_argument("--rate", type=int, default=5000, help="writes a second during a full sync")
  parser.add_argument("--requests", type=int, default=3_000_000, help="of the stream")
  parser.add_argument("--rounds", type=int, default=3)
  parser.add_argument("--only", default="fullsync,stream,lz4")
  parser.add_argument("--directory", default=None)
  options = parser.parse_args()
  jobs = options.only.split(",")
  directory = tempfile.mkdtemp(prefix="tern-replication-", dir=options.directory)
  results = {}

  def note(job, who, outcome):
    print(f"{job:28} {who:6} " + "  ".join(f"{name} {value:.2f}" for name, value in outcome.items()), flush=True)
    for name, value in outcome.items():
      results.setdefault((job, name), {}).setdefault(who, []).append(value)

  programs = [("redis", options.redis), ("tern", options.tern)]
  lz4 = ("repl-compression lz4",)
  try:
    for round_number in range(options.rounds):
      order = programs if round_number % 2 == 0 else programs[::-1]
      for who, program in order:
        if "fullsync" in jobs:
          for replicas in (1, 3):
            note(f"fullsync, {replicas} replicas", who,
                 full_sync(program, directory, options.size, options.value, replicas, options.rate))
        if "stream" in jobs:
          note("stream, 2 replicas", who, stream(program, directory, options.requests, 64))
      if "lz4" in jobs:
        for kind in ("text", "random"):
          note(f"fullsync lz4, {kind}", "tern",
               full_sync(options.tern, directory, options.size, options.value, 1, options.rate, kind, lz4))
          note(f"stream lz4, {kind}", "tern", stream(options.tern, directory, options.requests, 64 if kind == "text" else 512, kind, lz4))
          note(f"stream plain, {kind}", "tern", stream(options.tern, directory, options.requests, 64 if kind == "text" else 512, kind, ()))
  finally:
    shutil.rmtree(directory, ignore_errors=True)

  print(f"\n{'':56} {'redis':>12} {'tern':>12} {'tern/redis':>10}")
  for (job, name), values in results.items():
    redis, tern = (statistics.median(values[who]) if who in values else None for who in ("redis", "tern"))
    ratio = f"{tern / redis:10.2f}" if redis and tern is not None else ""
    shown = ["%12.2f" % value if value is not None else " " * 12 for value in (redis, tern)]
    print(f"{job:28} {name:27} {shown[0]} {shown[1]} {ratio}")


if __name__ == "__main__":
  sys.exit(main())
