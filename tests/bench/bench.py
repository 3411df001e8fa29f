#!/usr/bin/env python3
"""Prints the benchmark table: what the hub must reach, what it reaches, and beside each figure a floor of the same run.

Figures differ between machines and between hours; ratios less.  CPU is what the whole program used, all threads.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import inputs

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
LOLIGO = f"{BUILD}/loligo"
PLAN = os.path.abspath("config/plans/bas.yaml")
TABLE = "{:<34} {:>22} {:>22} {:>7}  {:>11}  {}"


def say(what, ours, floor="", ratio=None, cpu="", mark="", met=None):
    verdict = "" if met is None else "  met" if met else "  MISSED"
    print(TABLE.format(what, ours, floor, "" if ratio is None else f"{ratio:.0f} %", cpu, mark + verdict).rstrip(), flush=True)


def fail(what, text):
    sys.exit(f"bench: {what} failed\n{text}")


class Ran:
    """A program that was run to its end: seconds, CPU seconds, resident MB at most, what it printed."""

    def __init__(self, command, folder=None):
        with tempfile.TemporaryFile() as out:
            start = time.monotonic()
            program = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
            _, status, use = os.wait4(program.pid, 0)
            self.seconds = time.monotonic() - start
            program.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            self.text = out.read().decode("utf-8", "replace")
        self.cpu = use.ru_utime + use.ru_stime
        self.resident = use.ru_maxrss / 1024
        if program.returncode != 0:
            fail(" ".join(command), self.text)


def hub(folder, config):
    os.makedirs(folder)
    with open(f"{folder}/loligo.yaml", "w", encoding="utf-8") as f:
        f.write(config)
    return folder


def expect(ran, text):
    """A benchmark that did not do its work measures nothing."""
    if text not in ran.text:
        fail(f"a run that should have said \"{text}\"", ran.text)


# ---- the rows ----

def decode(_args, _folder):
    command = [f"{BUILD}/bench/decode", f"{BUILD}/plugins"]
    for line in Ran(command).text.splitlines():
        m = re.match(r"(.*?)\s+\d+ bytes\s+SAX alone\s+([\d.]+) MB/s\s+records\s+([\d.]+) MB/s\s+(\d+) %", line)
        if m is None:
            fail("decode", line)
        say(f"decode {m[1]}", f"{m[3]} MB/s", f"SAX {m[2]} MB/s", int(m[4]), "", ">= 50 %", int(m[4]) >= 50)


def bare_sqlite(count, folder):
    """Records a second and CPU seconds of the bare SQLite program."""
    ran = Ran([f"{BUILD}/bench/route_floor", str(count), f"{folder}/floor.db"])
    m = re.search(r"floor: (\d+) records/s, (\d+) ms CPU", ran.text)
    if m is None:
        fail("route_floor", ran.text)
    return int(m[1]), int(m[2]) / 1000


def route_one(args, folder, what, condition, make):
    n = args.records
    work = hub(f"{folder}/route", inputs.COPY % condition)
    os.makedirs(f"{work}/in")
    make(f"{work}/in/lines.jsonl", n)
    floor, floor_cpu = bare_sqlite(n, folder)
    ran = Ran([LOLIGO, "run", "--once"], work)
    expect(ran, f"{n} confirmed")
    rate = n / ran.seconds
    ratio = rate * 100 / floor
    say(what, f"{rate:.0f} records/s", f"SQLite {floor}/s", ratio, f"{ran.cpu:.1f}/{floor_cpu:.1f} s", ">= 50 %", ratio >= 50)
    shutil.rmtree(work)


def route(args, folder):
    """Payments are routed as they come; bank lines, besides, are put in order inside their document."""
    route_one(args, folder, "route durably, payments", 'direction == "in"', inputs.payments)
    route_one(args, folder, "route durably, bank lines in order", 'side == "credit"', inputs.bank_lines)


def cash(args, folder):
    n = args.payments
    work = hub(f"{folder}/cash", inputs.CASH % PLAN)
    os.makedirs(f"{work}/items")
    os.makedirs(f"{work}/bank")
    inputs.invoices(f"{work}/items/items.jsonl", n)
    Ran([LOLIGO, "run", "--once"], work)
    inputs.camt(f"{work}/bank/day.xml", n)
    floor, floor_cpu = bare_sqlite(n, folder)
    ran = Ran([LOLIGO, "run", "--once"], work)
    expect(ran, f"{n} confirmed")
    rate = n / ran.seconds
    say("camt to SIE, matched and booked", f"{rate:.0f} payments/s", f"SQLite {floor}/s", rate * 100 / floor,
        f"{ran.cpu:.1f}/{floor_cpu:.1f} s", ">= 8000/s", rate >= 8000)


def match(args, _folder):
    if args.short: # a million open items, always
        return
    ran = Ran([f"{BUILD}/bench/match"])
    m = re.search(r"step\s+(\d+) payments/s\n\s+floor\s+(\d+) payments/s", ran.text)
    if m is None:
        return
    say("match alone, 1M open items", f"{m[1]} payments/s", f"hash table {m[2]}/s", int(m[1]) * 100 / int(m[2]), "",
        ">= 500000/s", int(m[1]) >= 500000)


def start(_args, folder):
    """A hub that has a store already, as all but the first time."""
    work = f"{folder}/start"
    os.makedirs(f"{work}/in/0")
    inputs.flows(f"{work}/loligo.yaml", 50)
    for i in range(1, 50):
        os.makedirs(f"{work}/in/{i}")
    Ran([LOLIGO, "run", "--once"], work)
    inputs.bank_lines(f"{work}/in/0/one.jsonl", 1)
    bare = min(Ran([LOLIGO, "plugins"], work).seconds for _ in range(3))
    begun = time.monotonic()
    program = subprocess.Popen([LOLIGO, "run"], cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (os.path.exists(f"{work}/out/0.jsonl") and os.path.getsize(f"{work}/out/0.jsonl")):
            if time.monotonic() - begun > 300:
                fail("the start of 50 flows", "no output after 300 s")
            time.sleep(0.001)
        took = time.monotonic() - begun
        say("start, 50 flows, first line out", f"{took * 1000:.0f} ms", f"`plugins` {bare * 1000:.0f} ms", None, "",
            "<= 100 ms", took <= 0.1)
        time.sleep(0.5)
        mb = resident(program.pid)
        say("memory: idle hub, 50 flows", f"{mb:.0f} MB", "", None, "", "<= 30 MB", mb <= 30)
    finally:
        program.terminate()
        program.wait()


def check(args, folder):
    n = args.flows
    work = f"{folder}/check"
    os.makedirs(work)
    inputs.flows(f"{work}/loligo.yaml", n)
    bare = int(re.search(r"(\d+) us CPU", Ran([f"{BUILD}/bench/yaml_floor", f"{work}/loligo.yaml"]).text)[1]) / 1e6
    ran = Ran([LOLIGO, "check"], work)
    say(f"check of {n} flows", f"{ran.seconds * 1000:.0f} ms", f"libyaml {bare * 1000:.0f} ms", None,
        f"{ran.cpu:.1f} s", "<= 1000 ms", ran.seconds <= 1)


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1]) / 1024


def statement_memory(args, folder):
    """The same flow with a small and a large statement: what it takes must not grow with it."""
    for mb in (args.camt_mb // 10 or 1, args.camt_mb):
        work = hub(f"{folder}/camt{mb}", inputs.READ)
        os.makedirs(f"{work}/bank")
        n = inputs.camt(f"{work}/bank/day.xml", 0, mb << 20)
        size = os.path.getsize(f"{work}/bank/day.xml") / (1 << 20)
        ran = Ran([LOLIGO, "run", "--once"], work)
        expect(ran, "1 documents taken")
        say(f"memory: camt of {mb} MB, {n} entries", f"{ran.resident:.0f} MB", "", None, f"{ran.cpu:.1f} s", "<= 150 MB",
            ran.resident <= 150)
        print(f"  {size / ran.seconds:.1f} MB/s, {ran.seconds:.1f} s")
        shutil.rmtree(work)


def many(args, folder):
    n = args.connections
    work = f"{folder}/many"
    os.makedirs(work)
    inputs.many(f"{work}/loligo.yaml", n)
    program = subprocess.Popen([LOLIGO, "run"], cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        mb = last = 0
        while program.poll() is None and (mb == 0 or mb != last): # until it grows no more
            last = mb
            time.sleep(1)
            mb = resident(program.pid)
        if program.poll() is not None:
            fail(f"a hub of {n} connections", f"exit {program.returncode}")
        say(f"memory: {n} connections", f"{mb:.0f} MB", "", None, "", "<= 300 MB", mb <= 300)
    finally:
        program.terminate()
        program.wait()


ROWS = { "decode": decode, "route": route, "cash": cash, "match": match, "start": start, "check": check,
         "memory": statement_memory, "many": many }


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("rows", nargs="*", help="only these: " + " ".join(ROWS))
    p.add_argument("--records", type=int, default=200000, help="of the durable route")
    p.add_argument("--payments", type=int, default=50000, help="of camt to SIE")
    p.add_argument("--flows", type=int, default=1000, help="of check")
    p.add_argument("--camt-mb", type=int, default=100, help="size of the large statement; the small one is a tenth")
    p.add_argument("--connections", type=int, default=10000)
    p.add_argument("--short", action="store_true", help="tiny sizes: only that everything runs")
    p.add_argument("--folder", help="where to work; default: a temporary folder")
    args = p.parse_args()
    if args.short:
        os.environ["SHORT"] = "1"
        args.records, args.payments, args.flows, args.camt_mb, args.connections = 2000, 200, 20, 1, 50
    return args


def main():
    args = arguments()
    print(TABLE.format("what", "hub", "floor, same run", "ratio", "CPU", "mark"))
    with tempfile.TemporaryDirectory(prefix="loligo-bench-", dir=args.folder) as folder:
        for name in args.rows or ROWS:
            ROWS[name](args, folder)


if __name__ == "__main__":
    main()
