"""Checks a finished exploration folder from outside: files, statuses, figures that must agree."""

import json
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
wrong = []


def expect(condition, what):
    if not condition:
        wrong.append(what)


asked = json.loads((folder / "exploration.json").read_text())
names = [variant["name"] for variant in asked["variants"]]
expect({"dict", "lru", "moka", "redis", "tiered"} <= set(names), f"variants are {names}")
for name in names:
    progress = json.loads((folder / "results" / f"{name}_progress.json").read_text())
    expect(progress["status"] == "completed", f"{name}: {progress['status']}: {progress.get('error')}")
    expect(progress["variant"] == name and progress["experiment"] == asked["name"], f"{name}: names")
    expect((folder / "worktrees" / name / "Cargo.toml").exists(), f"{name}: no worktree")

records = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
exact = [r for r in records if r["type"] == "trial" and r["meter"] == "hit-ratio"]
expect(exact, "no exact replays")
bounds = {(b["scenario"], b["requests"], b["capacity_entries"]): b
          for b in records if b["type"] == "bounds"}
for trial in exact:
    counts = trial["report"]["counts"]
    who = f"{trial['variant']} at {trial['capacity']}"
    expect(counts["hits"] + counts["misses"] == counts["reads"], f"{who}: hits and misses")
    expect(counts["wrong_answers"] == 0 and counts["errors"] == 0, f"{who}: wrong answers or errors")
    bound = bounds.get((trial["scenario"], counts["requests"], trial["capacity_entries"]))
    if trial["variant"] == "dict":
        infinite = {b["infinite_hits"] for key, b in bounds.items()
                    if key[:2] == (trial["scenario"], counts["requests"])}
        expect(infinite == {counts["hits"]}, f"dict: {counts['hits']} hits, infinite cache {infinite}")
    elif bound:
        expect(counts["hits"] <= bound["clairvoyant_hits"], f"{who}: above the clairvoyant bound")

rounds = [r for r in records if r["type"] == "round"]
timed = [r for r in records if r["type"] == "trial" and r["lane"] == "exclusive"]
expect(rounds, "no round was done")
expect(any(t["twin"] for t in timed), "no twin")

page = (folder / "report.html").read_text()
expect(page.count("<svg") >= 4, "charts are missing from the page")
expect(not re.search(r"""(?:src|href)=["']https?://""", page), "the page asks for something outside")
for name in names:
    expect(name in page, f"{name} is not on the page")
for file in ("results.json", "results.csv", "summary.md", "decision.md"):
    expect((folder / file).stat().st_size > 0, f"{file} is empty")

for line in wrong:
    print("exploration:", line, file=sys.stderr)
print(f"{len(names)} variants, {len(exact)} exact replays, {len(rounds)} rounds, {len(timed)} timed trials: "
      + ("wrong" if wrong else "as they must be"))
sys.exit(1 if wrong else 0)
