#!/usr/bin/env python3
"""A record that fails in the middle of a transaction of many batches is parked alone; its neighbours go out once."""
import json
import os
import subprocess
import tempfile

LOLIGO = os.path.abspath(os.environ.get("LOLIGO", "build/loligo"))
ROWS = 4500
BAD = (0, 1499, 1500, 3999, ROWS - 1)
HUB = """hub: { store: "sqlite:hub.db" }
connections:
  in:  { use: file, read: in/*.jsonl, format: json, settle: 0s }
  out: { use: file, write: out/out.jsonl, format: json }
flows:
  copy: { from: in, when: 'has(amount) && round(1 / (amount - 5), 2) > -5.0', to: out }
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/in")
        with open(f"{folder}/loligo.yaml", "w", encoding="ascii") as f:
            f.write(HUB)
        with open(f"{folder}/in/p.jsonl", "w", encoding="ascii") as f:
            for i in range(ROWS):
                f.write(json.dumps({"kind": "payment", "external_id": f"P{i}", "amount": "5" if i in BAD else "7"}) + "\n")
        done = subprocess.run([LOLIGO, "run", "--once"], cwd=folder, capture_output=True, text=True)
        with open(f"{folder}/out/out.jsonl", encoding="utf-8") as f:
            out = [json.loads(line)["external_id"] for line in f]
    checks = (
        ("the rest went out once and in order", out == [f"P{i}" for i in range(ROWS) if i not in BAD]),
        ("those that failed wait, each alone", all(f"p.jsonl:{i + 1}: " in done.stderr for i in BAD)),
        ("the summary counts each once", f"{ROWS} records read" in done.stdout and f"for a person {len(BAD)};" in done.stdout),
    )
    for n, (name, ok) in enumerate(checks, 1):
        print(f"{'ok' if ok else 'not ok'} {n} - {name}")
    if not all(ok for _, ok in checks):
        print("# " + "\n# ".join((done.stdout + done.stderr).splitlines()[:20]))
    print(f"1..{len(checks)}")


main()
