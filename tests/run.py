#!/usr/bin/env python3
"""Runs every test program and adds up their TAP lines.

A test is a built unit test, or an executable-by-extension script (.py, .sh) named test_* under tests/ or under a
plugin's tests/ folder.  Each prints TAP ("ok 1 - name", "not ok 2 - name", "ok 3 # SKIP why").  A program that exits
non-zero without a "not ok", or prints no TAP at all, counts as one failure.  Arguments pick tests by a part of their
name.  LOLIGO_JOBS sets how many run at once.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import time

BUILD = os.environ.get("BUILD", "build")
TIMEOUT = int(os.environ.get("LOLIGO_TEST_TIMEOUT", "900"))
LINE = re.compile(r"^(ok|not ok)\b[ \d]*-?\s*(.*)$")


def find():
    units = sorted(os.environ["UNITS"].split())  # by the Makefile: a program of a test that is gone is not run
    scripts = []
    for pattern in ("tests/*/test_*", "plugins/*/*/tests/test_*", "connectors/*/tests/test_*"):
        scripts += [p for p in glob.glob(pattern) if p.endswith((".py", ".sh"))]
    return units + sorted(scripts)


def run(path):
    command = [path]
    if path.endswith(".py"):
        command = ["python3", path]
    elif path.endswith(".sh"):
        command = ["sh", path]
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", BUILD=BUILD, LOLIGO=f"{BUILD}/loligo")
    start = time.time()
    try:
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT)
        code, text = done.returncode, done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        code, text = -1, (late.stdout or b"").decode("utf-8", "replace") + f"\nno end after {TIMEOUT} s\n"
    return path, code, text, time.time() - start


def count(code, text):
    passed = failed = skipped = 0
    for line in text.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        if match.group(1) == "not ok":
            failed += 1
        elif re.search(r"#\s*skip", line, re.I):
            skipped += 1
        else:
            passed += 1
    if failed == 0 and (code != 0 or passed + skipped == 0):
        failed = 1
    return passed, failed, skipped


def main():
    tests = [t for t in find() if len(sys.argv) == 1 or any(a in t for a in sys.argv[1:])]
    total = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("LOLIGO_JOBS", "2"))) as pool:
        for path, code, text, seconds in pool.map(run, tests):
            result = count(code, text)
            total = [a + b for a, b in zip(total, result)]
            print(f"{'FAIL' if result[1] else 'ok':4} {path} ({result[0]}/{result[1]}/{result[2]}, {seconds:.1f} s)", flush=True)
            for line in text.splitlines():
                if re.search(r"#\s*skip", line, re.I):
                    print("     " + line)
            if result[1]:
                print("\n".join("     | " + line for line in text.splitlines()[-60:]))
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or not tests else 0


sys.exit(main())
