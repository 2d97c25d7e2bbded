"""Checks the files of a finished exploration: statuses, counts, bounds, and contents of the page."""

import json
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
wrong = []


def expect(condition, message):
    if not condition:
        wrong.append(message)


asked = json.loads((folder / "exploration.json").read_text())
names = [variant["name"] for variant in asked["variants"]]
expect({"dict", "lru", "moka", "redis", "tiered"} <= set(names), f"variants are {names}")
for name in names:
    progress = json.loads((folder / "results" / f"{name}_progress.json").read_text())
    expect(progress["status"] == "completed", f"{name}: {progress['status']}: {progress.get('error')}")
    expect(progress["variant"] == name and progress["experiment"] == asked["name"], f"{name}: names")
    expect((folder / "worktrees" / name / "Cargo.toml").exists(), f"{name}: no worktree")

records = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
trials = [r for r in records if r["type"] == "trial"]
done = [t for t in trials if t["outcome"]["status"] == "completed"]
exact = [t for t in done if t["spec"]["meter"] == "hit-ratio"]
expect(exact, "no exact replays")
bounds = {(b["scenario"], b["capacity_entries"]): b for b in records if b["type"] == "bounds"}
for trial in exact:
    spec, counts = trial["spec"], trial["outcome"]["report"]["counts"]
    cell = f"{spec['variant']} at {spec['capacity']}"
    expect(counts["hits"] + counts["misses"] == counts["reads"], f"{cell}: hits and misses")
    expect(counts["wrong_answers"] == 0 and counts["errors"] == 0, f"{cell}: wrong answers or errors")
    capacity = spec["capacity"]
    entries = capacity.get("entries") if isinstance(capacity, dict) else None
    bound = bounds.get((spec["scenario"], entries))
    if spec["variant"] == "dict":
        infinite = {b["infinite_hits"] for (scenario, _), b in bounds.items()
                    if scenario == spec["scenario"]}
        expect(infinite == {counts["hits"]}, f"dict: {counts['hits']} hits, infinite cache {infinite}")
    elif bound:
        expect(counts["hits"] <= bound["optimal_hits"], f"{cell}: above the optimal bound")

rounds = [r for r in records if r["type"] == "round"]
timed = [t for t in done if t["spec"]["schedule"]["phase"] == "timed"]
expect(rounds, "no complete round")
expect(any(t["spec"]["schedule"]["aa_control"] for t in timed), "no A/A control")

page = (folder / "report.html").read_text()
expect(page.count("<svg") >= 4, "charts are missing from the page")
expect(not re.search(r"""(?:src|href)=["']https?://""", page), "the page loads a network resource")
for name in names:
    expect(name in page, f"{name} is not on the page")
for file in ("results.json", "results.csv", "summary.md", "decision.md"):
    expect((folder / file).stat().st_size > 0, f"{file} is empty")

for line in wrong:
    print("exploration:", line, file=sys.stderr)
print(f"{len(names)} variants, {len(exact)} exact replays, {len(rounds)} rounds, {len(timed)} timed trials: "
      + ("wrong" if wrong else "as expected"))
sys.exit(1 if wrong else 0)
