#!/usr/bin/env python3
"""Data races: the unit tests and the demo, once and as a service, built by gcc with TSan.

The libraries are not instrumented; their locks are, as these are calls to libpthread.  No report is suppressed.
"""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sanitize

RACE = """#include <pthread.h>
static int n;
static void *add(void *p) { for (int i = 0; i < 10000; i++) n++; return p; }
int main(void) { pthread_t t; pthread_create(&t, 0, add, 0); add(0); pthread_join(t, 0); return 0; }
"""


def main():
    if os.environ.get("SAN"):
        return sanitize.skip("tsan", "this is a sanitizer build")
    env = {"TSAN_OPTIONS": "second_deadlock_stack=1"}
    # TSan wants its own layout of memory; some kernels randomise more than it can bear.
    prefix = ["setarch", "-R"] if shutil.which("setarch") else []
    if prefix and sanitize.subprocess.run([*prefix, "true"], stderr=sanitize.subprocess.DEVNULL).returncode != 0:
        prefix = []
    why = sanitize.planted(RACE, "gcc", ["-fsanitize=thread"], prefix, env, "ThreadSanitizer: data race")
    if why:
        return sanitize.skip("tsan", why)
    if not sanitize.build("tsan"):
        return 1
    tool = sanitize.Tool("tsan", f"{sanitize.BUILD}/sanitized/tsan", prefix, env)
    tool.units()
    with tempfile.TemporaryDirectory() as tmp:
        payments = tool.demo(sanitize.demo_copy(tmp))
    with tempfile.TemporaryDirectory() as tmp:
        tool.service(sanitize.demo_copy(tmp), len(payments))
    return 1 if sanitize.failed else 0


sys.exit(main())
