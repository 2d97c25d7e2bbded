#!/usr/bin/env python3
"""A runner in Python: an LRU cache in an OrderedDict, written from docs/PROTOCOL.md alone.

Speaks the protocol on stdin and stdout. One worker, one request in flight; meters hit-ratio and
throughput. Standard library only.
"""

import hashlib
import json
import mmap
import os
import resource
import struct
import sys
import threading
import time
from array import array
from collections import OrderedDict, namedtuple

MASK = (1 << 64) - 1
MAX_BODY_BYTES = 1 << 20
READ, WRITE, DELETE = 0, 1, 2


class Refused(Exception):
    """Failure to handle a message; the runner answers with an error of this kind."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


# Values -----------------------------------------------------------------------------------------


def make_block():
    """Creates the block of bodies: 2 MiB of SplitMix64 from state 0, in little-endian words."""
    words = array("Q")
    state = 0
    for _ in range(2 * MAX_BODY_BYTES // 8):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        words.append(mixed ^ (mixed >> 31))
    if sys.byteorder == "big":
        words.byteswap()
    return memoryview(words.tobytes())


def key_of(number):
    spread = (number * 0x9E3779B97F4A7C15) & MASK
    return spread ^ (spread >> 32)


def body_of(block, key, version, size):
    length = min(size, MAX_BODY_BYTES)
    mixed = key ^ (version * 0xD6E8FEB86659FD93 & MASK) ^ (length * 0xA0761D6478BD642F & MASK)
    start = ((mixed * 0xC6A4A7935BD1E995) & MASK) >> 44
    return block[start : start + length]


# The cache --------------------------------------------------------------------------------------


class Lru:
    """Holds (version, body) by key and evicts the least recently used key."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.held = OrderedDict()
        self.evictions = 0

    def get(self, key):
        value = self.held.get(key)
        if value is not None:
            self.held.move_to_end(key)
        return value

    def put(self, key, value):
        self.held[key] = value
        self.held.move_to_end(key)
        if self.capacity is not None and len(self.held) > self.capacity:
            self.held.popitem(last=False)
            self.evictions += 1

    def remove(self, key):
        self.held.pop(key, None)


def open_cache(capacity, options):
    if options:
        raise Refused("open", f"unknown options {sorted(options)}; there are none")
    if capacity == "unbounded":
        return Lru(None)
    if "entries" in capacity:
        return Lru(capacity["entries"])
    raise Refused("open", f"cannot use capacity {capacity}: only entries are supported")


# The workload -----------------------------------------------------------------------------------


class Workload:
    """A compiled workload (.bkw), mapped read-only."""

    COLUMN = struct.Struct("<IIQQ")
    TYPES = {1: "I", 2: "B", 3: "I"}

    def __init__(self, path):
        try:
            with open(path, "rb") as file:
                self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise Refused("workload", f"{path}: {error}") from None
        if self.map[:8] != b"BKW\r\n\x1a\n\0":
            raise Refused("workload", f"{path}: not a compiled workload")
        version, self.value_bytes = struct.unpack_from("<II", self.map, 8)
        if version != 1:
            raise Refused("workload", f"{path}: version {version}; this runner reads version 1")
        self.requests, self.keys = struct.unpack_from("<QQ", self.map, 48)
        columns = {}
        for place in range(16):
            kind, width, offset, count = self.COLUMN.unpack_from(self.map, 104 + 24 * place)
            if kind == 0:
                break
            if kind in self.TYPES:
                part = memoryview(self.map)[offset : offset + width * count]
                columns[kind] = part.cast(self.TYPES[kind])
        self.ids, self.ops, self.sizes = (columns.get(kind) for kind in (1, 2, 3))


# A trial ----------------------------------------------------------------------------------------


Trial = namedtuple(
    "Trial", "counts_warmup new_cache start length warmup early min_measured_ns"
)


class Replay:
    """Replays requests through the cache and counts their outcomes."""

    def __init__(self, workload, cache, block):
        self.workload, self.cache, self.block = workload, cache, block
        self.all = workload.requests
        self.newest = [0] * workload.keys
        self.done = 0
        self.reset()

    def reset(self):
        self.counts = dict.fromkeys(
            "requests reads writes deletes hits misses loads joined stale_answers wrong_answers"
            " errors read_bytes hit_bytes".split(),
            0,
        )
        self.checksum = 0
        self.violation = None

    def start_again(self, cache, trial):
        """Warms up a new cache like the first one, without counting the warm-up."""
        counts, checksum, violation = self.counts, self.checksum, self.violation
        self.cache = cache
        self.reset()
        self.span(trial.start - trial.warmup, trial.warmup)
        self.counts, self.checksum, self.violation = counts, checksum, violation

    def span(self, start, length):
        """Replays `length` requests from index `start`, wrapping around the end."""
        index = start % self.all
        for _ in range(length):
            self.request(index)
            index = (index + 1) % self.all

    def request(self, index):
        workload, counts = self.workload, self.counts
        number = workload.ids[index]
        key = key_of(number)
        size = workload.value_bytes if workload.sizes is None else workload.sizes[index]
        op = READ if workload.ops is None else workload.ops[index]
        counts["requests"] += 1
        self.done += 1
        if op == READ:
            counts["reads"] += 1
            counts["read_bytes"] += size
            value = self.cache.get(key)
            if value is not None:
                counts["hits"] += 1
                counts["hit_bytes"] += size
            else:
                counts["misses"] += 1
                counts["loads"] += 1
                version = self.newest[number]
                value = (version, body_of(self.block, key, version, size))
                self.cache.put(key, value)
            self.verify(index, key, number, value)
        elif op == WRITE:
            counts["writes"] += 1
            self.newest[number] += 1
            version = self.newest[number]
            self.cache.put(key, (version, body_of(self.block, key, version, size)))
        else:
            counts["deletes"] += 1
            self.newest[number] += 1
            self.cache.remove(key)

    def verify(self, index, key, number, value):
        version, body = value
        folded = key ^ (version * 0xD6E8FEB86659FD93 & MASK)
        self.checksum = (self.checksum + folded * (2 * index + 1)) & MASK
        if version > self.newest[number] or body != body_of(self.block, key, version, len(body)):
            self.counts["wrong_answers"] += 1
            self.record_violation(index, f"key {number}, version {version}: differs from the origin")
        elif version < self.newest[number]:
            self.counts["stale_answers"] += 1
            self.record_violation(index, f"key {number}: version {version} after {self.newest[number]}")

    def record_violation(self, index, what):
        if self.violation is None:
            self.violation = {"request": index, "what": what}


def anonymous_bytes():
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


class Runner:
    """Answers the messages of a driver."""

    def __init__(self):
        self.out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self.lock = threading.Lock()
        self.block = make_block()
        self.probed = None

    def send(self, reply, /, **fields):
        with self.lock:
            self.out.write(json.dumps({"type": reply, **fields}) + "\n")
            self.out.flush()

    def serve(self):
        for line in sys.stdin:
            if not line.strip():
                continue
            try:
                if self.answer(line) == "bye":
                    return
            except Refused as refused:
                self.send("error", kind=refused.kind, message=str(refused))
            except Exception as error:  # Every other error is a failure of the cache.
                self.send("error", kind="panic", message=f"{type(error).__name__}: {error}")

    def answer(self, line):
        message = parse(line)
        kind = message["type"]
        if kind == "hello":
            self.hello()
        elif kind == "plan":
            self.send("planned", service_entries=0)
        elif kind == "check":
            self.send("checked", cases=check())
        elif kind == "trial":
            return self.trial(message)
        elif kind == "probe":
            self.probe(message)
        elif kind == "bye":
            self.send("bye")
            return "bye"
        else:
            raise Refused("protocol", f"{kind!r} is not expected now")
        return None

    def hello(self):
        self.send(
            "hello",
            strategy="py-lru",
            version=hashlib.sha256(open(__file__, "rb").read()).hexdigest()[:12],
            protocol=[2, 2],
            workload=[1, 1],
            tree=os.environ.get("BAKEOFF_TREE", ""),
            properties={
                "bound": "entries",
                "shared": False,
                "persistent": False,
                "ttl": False,
                "thread_safe": False,
                "fresh": True,
                "lossy": False,
            },
            meters=["hit-ratio", "throughput"],
            workers=False,
            in_flight=False,
        )

    def probe(self, message):
        target = {name: message.get(name) for name in ("capacity", "namespace", "options")}
        if self.probed is None or self.probed[0] != target:
            self.probed = (target, open_cache(message["capacity"], message.get("options")))
        cache = self.probed[1]
        found = wrong = 0
        for number in message["ids"]:
            key = key_of(number)
            sizes = message.get("value_sizes") or [message.get("value_bytes", 0)]
            body = body_of(self.block, key, 0, sizes[number % len(sizes)])
            if message["action"] == "put":
                cache.put(key, (0, body))
            elif message["action"] == "get":
                value = cache.get(key)
                found += value == (0, body)
                wrong += value is not None and value != (0, body)
        if message["action"] == "clear":
            cache.held.clear()
        self.send("probed", found=found, wrong=wrong, entries_held=len(cache.held))

    def trial(self, message):
        spec, environment = message["spec"], message["environment"]
        meter = spec["meter"]
        if meter not in ("hit-ratio", "throughput"):
            raise Refused("meter", f"meter {meter!r} is not supported; hello lists the supported ones")
        self.probed = None
        workload = Workload(environment["workload_path"])
        before = anonymous_bytes()
        new_cache = lambda: open_cache(spec["capacity"], environment.get("options"))
        replay = Replay(workload, new_cache(), self.block)
        window = spec.get("window")
        trial = Trial(
            counts_warmup=meter == "hit-ratio",
            new_cache=new_cache,
            start=window["start"] if window else 0,
            length=window["length"] if window else replay.all,
            warmup=spec.get("warmup_requests", 0) if window else 0,
            early=0 if window else spec.get("warmup_requests", 0),
            min_measured_ns=spec.get("min_measured_ns", 0) if window else 0,
        )
        if trial.length == 0 or trial.start >= replay.all:
            raise Refused("protocol", "the window is empty or starts after the workload's end")
        replay.span(trial.start - trial.warmup, trial.warmup)
        replay.reset()
        self.send("ready")
        if not self.wait_for_go():
            return "bye"
        ended = threading.Event()
        heart = threading.Thread(target=self.beat, args=(replay, ended), daemon=True)
        heart.start()
        try:
            report = self.measure(trial, replay)
        finally:
            ended.set()
            heart.join()
        report |= {
            "entries_held": len(replay.cache.held),
            "evictions": replay.cache.evictions,
            "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "rss_anon_before_bytes": before,
            "rss_anon_after_bytes": anonymous_bytes(),
        }
        self.send("sample", **report)
        return None

    def wait_for_go(self):
        while line := sys.stdin.readline():
            try:
                kind = parse(line)["type"]
            except Refused as refused:
                self.send("error", kind=refused.kind, message=str(refused))
                continue
            if kind == "go":
                return True
            if kind == "bye":
                self.send("bye")
                return False
            self.send("error", kind="protocol", message="cannot handle the message: a trial is prepared; send `go` or `bye`")
        return False

    def measure(self, trial, replay):
        report = {"meter": "throughput"}
        switches = resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
        cpu = elapsed = passes = 0
        while True:
            early = None
            cpu_begin, begin = time.process_time_ns(), time.monotonic_ns()
            if trial.counts_warmup and passes == 0:
                first = min(trial.early, trial.length)
                replay.span(trial.start, first)
                early = dict(replay.counts)
                replay.span(trial.start + first, trial.length - first)
            else:
                replay.span(trial.start, trial.length)
            elapsed += time.monotonic_ns() - begin
            cpu += time.process_time_ns() - cpu_begin
            passes += 1
            if passes == 1:
                report["answers_checksum"] = f"{replay.checksum:016x}"
            if early is not None:
                after = {name: count - early[name] for name, count in replay.counts.items()}
                report["meter"] = {"hit-ratio": {"after_warmup": after}}
            if elapsed >= trial.min_measured_ns:
                break
            # This cache has replayed the window, so another pass needs a new cache.
            replay.start_again(trial.new_cache(), trial)
        report |= {
            "counts": replay.counts,
            "elapsed_ns": elapsed,
            "cpu_ns": cpu,
            "passes": passes,
            "involuntary_switches": resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw - switches,
        }
        if replay.violation:
            report["first_violation"] = replay.violation
        return report

    def beat(self, replay, ended):
        while not ended.wait(0.5):
            self.send("progress", done=replay.done, total=0)


def parse(line):
    try:
        message = json.loads(line)
    except ValueError as error:
        raise Refused("protocol", f"not JSON: {error}") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Refused("protocol", "a message is an object with a `type`")
    return message


def check():
    """Runs a few rules; a runner chooses rules that make sense in its language."""
    cache = Lru(2)
    cache.put(1, "a")
    cache.put(2, "b")
    cache.get(1)
    cache.put(3, "c")
    rules = {
        "get-after-put": cache.get(1) == "a" and cache.get(3) == "c",
        "capacity": len(cache.held) == 2 and cache.get(2) is None,
    }
    cache.remove(1)
    rules["remove"] = cache.get(1) is None
    return [{"name": name, "passed": bool(held), "detail": ""} for name, held in rules.items()]


if __name__ == "__main__":
    Runner().serve()
