#!/usr/bin/env python3
"""The short form of `make fuzz`: every target for two seconds, from the seeds of the tree, with fixed dice.

A target is ok when it ran inputs and found nothing.  Skipped without clang's fuzzer runtime, and inside a sanitizer
build, which would only do the same again.
"""
import os
import re
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD", "build")
SECONDS = os.environ.get("LOLIGO_FUZZ_SECONDS", "2")
EMPTY = "int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n > 99; }\n"


def runtime():
    with tempfile.TemporaryDirectory() as tmp:
        try:
            done = subprocess.run(["clang", "-fsanitize=fuzzer,address,undefined", "-x", "c", "-", "-o", f"{tmp}/x"],
                                  input=EMPTY.encode(), stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            return False
        return done.returncode == 0


def main():
    if os.environ.get("SAN"):
        print("ok 1 - fuzz # SKIP this is a sanitizer build")
        return 0
    if not runtime():
        print("ok 1 - fuzz # SKIP clang has no fuzzer runtime here (Debian: libclang-rt-14-dev)")
        return 0
    done = subprocess.run(["sh", "tests/fuzz/run.sh"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=dict(os.environ, SHORT="1", SECONDS_EACH=SECONDS, BUILD=BUILD))
    text = done.stdout.decode("utf-8", "replace")
    rows = re.findall(r"^(\S+) +(\d*) runs (.*)$", text, re.M)
    for n, (name, runs, rest) in enumerate(rows, 1):
        fine = rest.endswith("no findings") and int(runs or 0) > 0
        print(f"{'ok' if fine else 'not ok'} {n} - fuzz {name}: {runs} runs {' '.join(rest.split())}")
    formats = {f"format_{f}" for f in os.listdir("plugins/formats") if os.path.isdir(f"plugins/formats/{f}")}
    missing = (formats | {"yaml", "cel", "json", "refs", "xml"}) - {row[0] for row in rows}
    print(f"{'not ok' if missing else 'ok'} {len(rows) + 1} - every reader has a target{': missing ' if missing else ''}"
          + " ".join(sorted(missing)))
    if done.returncode:
        print(text)
    return done.returncode or (1 if missing else 0)


sys.exit(main())
