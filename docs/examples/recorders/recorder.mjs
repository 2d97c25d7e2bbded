// Appends requests to a cache to a file for `bakeoff workload import`.
import { createWriteStream } from "node:fs";

export class Recorder {
  constructor(path) {
    this.file = createWriteStream(path, { flags: "a" });
  }

  record(op, key, size, ttl) {
    const line = { time: Date.now() / 1000, op, key, size, ttl };
    this.file.write(JSON.stringify(line) + "\n");
  }
}
