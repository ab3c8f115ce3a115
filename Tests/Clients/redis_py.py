"""redis-py with hiredis at work: arguments are the port, the password and the protocol version (2 or 3).

Each part is what an application does; the first thing that is not as expected ends the program with a traceback.
"""

import asyncio
import sys
import threading
import time

import redis
import redis.asyncio
from redis.utils import HIREDIS_AVAILABLE

port, password, protocol = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
parts = []


def part(function):
    parts.append(function)
    return function


def connect(**options):
    return redis.Redis(
        host="127.0.0.1", port=port, password=password, protocol=protocol, socket_timeout=10, **options
    )


def fails(kind, function, *arguments, **options):
    try:
        function(*arguments, **options)
    except kind as error:
        return str(error)
    raise AssertionError(f"{function} did not fail")


@part
def strings(r):
    every_byte = bytes(range(256)) * 10
    assert r.set("bytes", every_byte) and r.get("bytes") == every_byte
    assert r.set("n", 1, nx=True) and r.set("n", 2, nx=True) is None
    assert r.incr("n", 41) == 42 and r.incrbyfloat("f", 0.5) == 0.5
    assert r.set("x", "old") and r.set("x", "new", get=True) == b"old"
    assert r.mset({"a": 1, "b": 2}) and r.mget("a", "missing", "b") == [b"1", None, b"2"]
    assert r.expire("a", 100) and 0 < r.ttl("a") <= 100 and r.persist("a") and r.ttl("a") == -1
    assert r.delete("a", "b", "missing") == 2 and r.exists("a", "x") == 1
    assert fails(redis.ResponseError, r.incr, "x").startswith("value is not an integer")
    text = connect(decode_responses=True)
    assert text.set("text", "Zürich") and text.get("text") == "Zürich"
    text.close()


@part
def pipelines(r):
    with r.pipeline(transaction=False) as pipe:
        for i in range(5000):
            pipe.set(f"p:{i}", i).get(f"p:{i}")
        replies = pipe.execute()
    assert len(replies) == 10000 and replies[-1] == b"4999"
    with r.pipeline() as pipe:
        replies = pipe.set("t", "text").incr("t").get("t").execute(raise_on_error=False)
    assert replies[0] is True and isinstance(replies[1], redis.ResponseError) and replies[2] == b"text"
    # An optimistic lock: the first try loses, the second wins.
    r.set("balance", 10)
    tries = []

    def withdraw(pipe):
        balance = int(pipe.get("balance"))
        tries.append(balance)
        if len(tries) == 1:
            r.set("balance", 7)
        pipe.multi()
        pipe.set("balance", balance - 5)

    r.transaction(withdraw, "balance")
    assert tries == [10, 7] and r.get("balance") == b"2"
    with r.pipeline() as pipe:
        pipe.watch("balance")
        r.incr("balance")
        pipe.multi()
        pipe.get("balance")
        fails(redis.WatchError, pipe.execute)


@part
def channels(r):
    with r.pubsub() as listener:
        listener.subscribe("news")
        listener.psubscribe("new*")
        kinds = [listener.get_message(timeout=5)["type"] for _ in range(2)]
        assert kinds == ["subscribe", "psubscribe"]
        assert r.publish("news", "hello") == 2
        got = [listener.get_message(timeout=5) for _ in range(2)]
        assert {(m["type"], m["data"]) for m in got} == {("message", b"hello"), ("pmessage", b"hello")}
        assert r.pubsub_numsub("news") == [(b"news", 1)] and r.pubsub_channels() == [b"news"] and r.pubsub_numpat() == 1
        listener.unsubscribe()
        listener.punsubscribe()
    heard = threading.Event()
    listener = r.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(**{"jobs": lambda message: heard.set()})
    worker = listener.run_in_thread(sleep_time=0.05, daemon=True)
    while r.publish("jobs", "go") == 0:
        time.sleep(0.01)
    assert heard.wait(5)
    worker.stop()
    worker.join(5)


@part
def locks(r):
    def acquire(owner):
        return r.set("lock", owner, nx=True, px=60000) is True

    def release(owner):
        with r.pipeline() as pipe:
            pipe.watch("lock")
            if pipe.get("lock") != owner:
                return False
            pipe.multi()
            pipe.delete("lock")
            return pipe.execute() == [1]

    assert acquire(b"one") and not acquire(b"two") and not release(b"two") and release(b"one") and acquire(b"two")
    release(b"two")
    total, threads = [0], []

    def count(owner):
        mine = connect()
        for _ in range(20):
            while mine.set("mutex", owner, nx=True, px=60000) is None:
                time.sleep(0.001)
            seen = total[0]
            time.sleep(0.0005)
            total[0] = seen + 1
            mine.delete("mutex")
        mine.close()

    for owner in range(4):
        threads.append(threading.Thread(target=count, args=(owner,)))
        threads[-1].start()
    for thread in threads:
        thread.join(30)
    assert total[0] == 80


@part
def lists(r):
    assert r.rpush("queue", "a", "b", "c") == 3 and r.lrange("queue", 0, -1) == [b"a", b"b", b"c"]
    assert list(r.blpop(["empty", "queue"], timeout=1)) == [b"queue", b"a"]
    assert r.lmove("queue", "working", "LEFT", "RIGHT") == b"b" and r.lpos("working", "b") == 0
    assert r.lmpop(2, "none", "queue", direction="LEFT", count=5) == [b"queue", [b"c"]]
    got = []
    waiting = connect()
    worker = threading.Thread(target=lambda: got.append(waiting.brpop("later", timeout=10)))
    worker.start()
    while r.info("clients")["blocked_clients"] == 0:
        time.sleep(0.005)
    r.lpush("later", "now")
    worker.join(10)
    assert [list(pair) for pair in got] == [[b"later", b"now"]]
    assert connect().blpop("nothing", timeout=0.05) is None


@part
def hashes(r):
    assert r.hset("user", mapping={"name": "Ann", "age": 41}) == 2 and r.hget("user", "name") == b"Ann"
    assert r.hgetall("user") == {b"name": b"Ann", b"age": b"41"} and r.hincrby("user", "age") == 42
    assert r.hmget("user", "name", "none") == [b"Ann", None] and r.hdel("user", "name") == 1
    r.hset("big", mapping={f"f{i}": i for i in range(1000)})
    assert len(dict(r.hscan_iter("big", count=50))) == 1000 and r.hlen("big") == 1000
    assert r.hrandfield("user") == b"age"
    assert fails(redis.ResponseError, r.lpush, "user", 1).startswith("WRONGTYPE")


@part
def sets(r):
    assert r.sadd("s1", 1, 2, 3) == 3 and r.sadd("s2", 2, 3, 4) == 3
    assert r.smembers("s1") == {b"1", b"2", b"3"} and r.sinter("s1", "s2") == {b"2", b"3"}
    assert r.sdiffstore("s3", "s1", "s2") == 1 and r.sunion("s1", "s2") == {b"1", b"2", b"3", b"4"}
    assert r.sintercard(2, ["s1", "s2"]) == 2 and r.smismember("s1", "1", "9") == [1, 0]
    assert set(r.sscan_iter("s1")) == {b"1", b"2", b"3"} and r.spop("s3") == b"1" and not r.exists("s3")


@part
def sorted_sets(r):
    assert r.zadd("board", {"ann": 1, "bob": 2.5, "cy": 3}) == 3 and r.zincrby("board", 2, "ann") == 3.0
    assert r.zrange("board", 0, -1, withscores=True) in (
        [(b"bob", 2.5), (b"ann", 3.0), (b"cy", 3.0)],
        [[b"bob", 2.5], [b"ann", 3.0], [b"cy", 3.0]],
    )
    assert r.zrank("board", "ann") == 1 and r.zrevrank("board", "ann") == 1 and r.zscore("board", "bob") == 2.5
    assert r.zrangebyscore("board", "(2.5", "+inf") == [b"ann", b"cy"] and r.zcount("board", 3, 3) == 2
    assert r.zadd("board", {"bob": 1}, gt=True) == 0 and r.zscore("board", "bob") == 2.5
    assert r.zunionstore("all", {"board": 2}) == 3 and r.zscore("all", "cy") == 6
    assert r.zpopmin("board", 2) in ([(b"bob", 2.5), (b"ann", 3.0)], [[b"bob", 2.5], [b"ann", 3.0]])
    assert r.geoadd("Sicily", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")) == 2
    assert abs(r.geodist("Sicily", "Palermo", "Catania", "km") - 166.2742) < 0.001
    near = r.geosearch("Sicily", longitude=15, latitude=37, radius=100, unit="km", withdist=True)
    assert near[0][0] == b"Catania" and abs(near[0][1] - 56.4413) < 0.001
    assert r.pfadd("visitors", *range(1000)) == 1 and 950 < r.pfcount("visitors") < 1050


@part
def streams(r):
    first = r.xadd("events", {"kind": "open"}, id="1-1")
    assert first == b"1-1" and r.xlen("events") == 1
    assert r.xgroup_create("events", "workers", id="0") and r.xgroup_create("other", "workers", mkstream=True)
    for i in range(2, 12):
        r.xadd("events", {"kind": "click", "n": i}, id=f"{i}-1")
    reply = r.xreadgroup("workers", "ann", {"events": ">"}, count=4)
    entries = reply[b"events"][0] if isinstance(reply, dict) else reply[0][1]
    assert [entry[0] for entry in entries] == [b"1-1", b"2-1", b"3-1", b"4-1"]
    assert entries[1][1] == {b"kind": b"click", b"n": b"2"}
    assert r.xack("events", "workers", "1-1", "2-1") == 2
    pending = r.xpending("events", "workers")
    assert pending["pending"] == 2 and pending["min"] == b"3-1" and pending["consumers"] == [{"name": b"ann", "pending": 2}]
    assert [p["message_id"] for p in r.xpending_range("events", "workers", "-", "+", 10)] == [b"3-1", b"4-1"]
    taken = r.xautoclaim("events", "workers", "bob", min_idle_time=0, start_id="0")
    assert [entry[0] for entry in taken[1]] == [b"3-1", b"4-1"]
    assert r.xclaim("events", "workers", "ann", min_idle_time=0, message_ids=["3-1"])[0][0] == b"3-1"
    info = r.xinfo_stream("events")
    assert info["length"] == 11 and info["groups"] == 1 and info["last-generated-id"] == b"11-1"
    assert {c["name"] for c in r.xinfo_consumers("events", "workers")} == {b"ann", b"bob"}
    assert r.xinfo_groups("events")[0]["lag"] == 7
    assert [e[0] for e in r.xrange("events", min="(9-1")] == [b"10-1", b"11-1"] and r.xtrim("events", maxlen=3, approximate=False) == 8
    got = []
    waiting = connect()
    worker = threading.Thread(target=lambda: got.append(waiting.xread({"events": "$"}, block=10000)))
    worker.start()
    while r.info("clients")["blocked_clients"] == 0:
        time.sleep(0.005)
    fresh = r.xadd("events", {"kind": "late"})
    worker.join(10)
    entries = got[0][b"events"][0] if isinstance(got[0], dict) else got[0][0][1]
    assert entries == [(fresh, {b"kind": b"late"})] or entries == [[fresh, {b"kind": b"late"}]]


@part
def whole_keyspace(r):
    r.flushdb()
    with r.pipeline(transaction=False) as pipe:
        for i in range(2000):
            pipe.set(f"key:{i}", i)
        pipe.execute()
    assert len(set(r.scan_iter(match="key:1*", count=100))) == 1111 and r.dbsize() == 2000
    assert r.copy("key:1", "copy") and r.rename("copy", "moved") and r.type("moved") == b"string"
    packed = r.dump("moved")
    assert r.restore("again", 0, packed) and r.get("again") == b"1"
    r.rpush("numbers", 3, 1, 2)
    assert r.sort("numbers", desc=True) == [b"3", b"2", b"1"] and r.object("encoding", "numbers") in (b"quicklist", b"listpack")


@part
def server(r):
    assert r.ping() and r.echo("x") == b"x" and r.info("server")["redis_version"].startswith("7.")
    assert r.client_setname("tester") and r.client_getname() in (b"tester", "tester")
    assert any(str(c["id"]) == str(r.client_id()) for c in r.client_list())
    assert r.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction" and r.config_set("timeout", 0)
    r.set("key", "x" * 1000)
    assert len(r.time()) == 2 and r.memory_usage("key") > 1000 and r.slowlog_len() >= 0
    assert r.command_count() > 150 and r.command_getkeys("SET", "a", "b") in (["a"], [b"a"])


@part
def asynchronous(_):
    async def work():
        r = redis.asyncio.Redis(host="127.0.0.1", port=port, password=password, protocol=protocol)
        await asyncio.gather(*(r.incr("together") for _ in range(100)))
        assert await r.get("together") == b"100"
        async with r.pipeline(transaction=True) as pipe:
            assert await pipe.set("a", 1).incr("a").execute() == [True, 2]
        async with r.pubsub() as listener:
            await listener.subscribe("async")
            assert (await listener.get_message(timeout=5))["type"] == "subscribe"
            await r.publish("async", "hi")
            assert (await listener.get_message(timeout=5))["data"] == b"hi"
        await r.aclose()

    asyncio.run(work())


@part
def invalidations(_):
    if protocol == 2:
        return
    # redis-py's own cache wants a server that says 7.4; the invalidations are the same.
    cached, other, dropped = connect(single_connection_client=True), connect(), []
    cached.connection._parser.set_invalidation_push_handler(dropped.append)
    assert cached.execute_command("CLIENT", "TRACKING", "ON") == b"OK"
    other.set("cached", 1)
    assert cached.get("cached") == b"1"
    other.set("cached", 2)
    deadline = time.time() + 10
    while not dropped and time.time() < deadline:
        cached.ping()
    assert dropped == [[b"invalidate", [b"cached"]]]
    cached.close()
    other.close()


assert HIREDIS_AVAILABLE
chosen = sys.argv[4].split(",") if len(sys.argv) > 4 else [function.__name__ for function in parts]
client = connect()
for function in parts:
    if function.__name__ in chosen:
        client.flushall()
        function(client)
        print("passed:", function.__name__, flush=True)
client.close()
