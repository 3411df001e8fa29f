"""What test_asan.py, test_tsan.py and test_valgrind.py share: TAP, the instrumented build, the demo under a tool.

A tool must first see a fault that is planted for it; else it is skipped with the reason, as it would find nothing.
"""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", "build")
REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|FATAL: \w+Sanitizer|^==\d+== ", re.M)
count = failed = 0


def check(name, good, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    if not good:
        print("\n".join("# " + line for line in str(detail).splitlines()[:50]), flush=True)
    return good


def skip(name, why):
    print(f"ok 1 - {name} # SKIP {why}")
    return 0


def build(kind):
    """Everything and the unit tests below $BUILD/<kind>; warnings are errors."""
    done = subprocess.run(["sh", "tests/sanitize/build.sh", kind, "all", "units"], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env=dict(os.environ, BUILD=BUILD))
    lines = [line for line in done.stdout.splitlines() if not line.startswith("  ")]
    return check(f"{kind}: builds without a warning", done.returncode == 0, "\n".join(lines))


def planted(code, compiler, flags, prefix, env, want):
    """None when the tool reports the planted fault, else what it said."""
    with tempfile.TemporaryDirectory() as tmp:
        try:
            subprocess.run([compiler, "-g", *flags, "-x", "c", "-", "-o", f"{tmp}/x", "-lpthread"], input=code.encode(),
                           check=True, stderr=subprocess.PIPE)
            done = subprocess.run([*prefix, f"{tmp}/x"], env=dict(os.environ, **env), stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            return f"{error}"
    return None if want in done.stdout else f"a planted fault is not reported: {done.stdout[:200]!r}"


class Tool:
    """How programs run under it: a prefix of the command, the environment, the tree of the programs."""

    def __init__(self, name, tree, prefix=(), env=None, patience=300):
        self.name, self.tree, self.prefix, self.patience = name, tree, list(prefix), patience
        self.env = dict(os.environ, BUILD=tree, LOLIGO=os.path.abspath(f"{tree}/loligo"), **(env or {}))
        self.loligo = [*self.prefix, os.path.abspath(f"{tree}/loligo"), "-c", "config/demo/loligo.yaml"]

    def run(self, command, cwd=ROOT):
        done = subprocess.run(command, cwd=cwd, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=self.patience)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def judge(self, name, code, text, codes=(0,)):
        at = REPORT.search(text)
        return check(f"{self.name}: {name}", code in codes and at is None, f"ended with {code}\n" + text[at.start() if at else -2000:])

    def units(self, names=None):
        for path in sorted(glob.glob(f"{self.tree}/tests/test_*")):
            name = os.path.basename(path)
            if os.access(path, os.X_OK) and (names is None or name in names):
                self.judge(f"unit {name}", *self.run([*self.prefix, path]))

    def command(self, tmp, *args, codes=(0,)):
        code, text = self.run([*self.loligo, *args], tmp)
        self.judge(" ".join(args[-3:]), code, text, codes)
        return text

    def demo(self, tmp):
        """The demo as a user runs it; gives the rows of its payments."""
        text = self.command(tmp, "run", "--once", "--dry-run")
        first = self.command(tmp, "run", "--once")
        check(f"{self.name}: the demo takes documents in", re.search(r"^[1-9]\d* documents taken", first, re.M), first)
        second = self.command(tmp, "run", "--once")
        check(f"{self.name}: and none twice", re.search(r"^0 documents taken", second, re.M), second)
        for args in (["work"], ["effects"], ["records"], ["audit", "verify"], ["plugins"], ["check"]):
            self.command(tmp, *args)
        for report in ("aging", "trial-balance", "match-rate", "reconcile", "vouchers", "files"):
            self.command(tmp, "report", report)
        text = self.command(tmp, "--format", "jsonl", "report", "payments")
        rows = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        check(f"{self.name}: payments are reported", len(rows) > 0, text)
        for row in rows[:1]:
            self.command(tmp, "why", row["bank_reference"])
        return rows

    def service(self, tmp, payments):
        """The same demo as a service: it works while others read and decide, and ends when it is told to."""
        log = open(f"{tmp}/service.log", "w+b")
        hub = subprocess.Popen([*self.loligo, "run"], cwd=tmp, env=self.env, stdout=log, stderr=subprocess.STDOUT)
        until, seen = time.time() + self.patience, -1
        while time.time() < until and hub.poll() is None and seen < payments:
            text = self.run([*self.loligo, "--format", "jsonl", "report", "payments"], tmp)[1]
            seen = sum(line.startswith("{") for line in text.splitlines())
            time.sleep(0.2)
        # What comes before its invoice is applied later, so there may be more rows.
        check(f"{self.name}: the service does the demo's work", seen >= payments, f"{seen} payments, not {payments}")
        self.command(tmp, "work", "drop", "1", "--reason", "test", codes=(0, 1))
        self.command(tmp, "audit", "verify")
        hub.send_signal(signal.SIGTERM)
        code = hub.wait(self.patience)
        log.seek(0)
        self.judge("the service, ended by SIGTERM", code, log.read().decode("utf-8", "replace"))
        log.close()


def demo_copy(tmp, keep=lambda path: True):
    """The demo and its plans in a folder of its own, its files long since complete."""
    for part in ("plans", "demo"):
        shutil.copytree(f"{ROOT}/config/{part}", f"{tmp}/config/{part}", ignore=shutil.ignore_patterns("var", "out"))
    for base, _, names in os.walk(f"{tmp}/config/demo"):
        for name in names:
            path = os.path.join(base, name)
            if not keep(path):
                os.remove(path)
            else:
                os.utime(path, (1700000000, 1700000000))
    return tmp
