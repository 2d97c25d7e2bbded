"""Appends requests to a cache to a file for `bakeoff workload import`."""

import json
import time


class Recorder:
    def __init__(self, path):
        self.file = open(path, "a", buffering=1, encoding="utf-8")

    def record(self, op, key, size=None, ttl=None):
        line = {"time": time.time(), "op": op, "key": key, "size": size, "ttl": ttl}
        self.file.write(json.dumps(line) + "\n")
