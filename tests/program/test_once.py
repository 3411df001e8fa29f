"""Exactly once: killed at any moment, any number of times, nothing is lost and nothing is there twice.

LOLIGO_KILLS sets how many kills each of the four ways of writing gets (9), LOLIGO_SEED the moments.
"""
import os
import random
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hub import *

KILLS = int(os.environ.get("LOLIGO_KILLS", "9"))
SEED = int(os.environ.get("LOLIGO_SEED", "1"))
KILLS_A_TURN = 3
TURNS = (KILLS + KILLS_A_TURN - 1) // KILLS_A_TURN
FILES = 40  # of a turn

LINES = """hub: { store: "sqlite:var/hub.db" }
connections:
  in:  { use: file, read: inbox/*.jsonl, format: json, after: move, done: done }
  out: { use: file, write: "out/{currency}.jsonl", format: json }
flows: { copy: { from: in, to: out } }
"""


def sie(write):
    return BOOKS.replace('"out/{series}-{number}.se"', f'"{write}"').replace("inbox/*.xml, format: ubl", "inbox/*.xml, format: ubl, after: move, done: done")


def lines(i):
    return "".join(json.dumps({"kind": "transaction", "account": {"id": IBAN, "scheme": "iban"}, "amount": "10.00", "currency": currency,
                               "side": "credit", "status": "booked", "booking_date": "2026-11-10", "bank_reference": f"R{i}-{k}"}) + "\n"
                   for k, currency in enumerate(("SEK", "EUR", "SEK")))


def fill(h, kind, turn):
    """The same input for the disturbed and the undisturbed hub."""
    mine = range(turn * FILES, turn * FILES + FILES)
    for folder in ("inbox", "bank"):
        os.makedirs(h.path(folder), exist_ok=True)
    for i in mine:
        if kind == "lines":
            h.put(f"inbox/{i:03}.jsonl", lines(i))
        else:
            h.put(f"inbox/{i:03}.xml", ubl(f"{1000 + i}", reference=ocr(1000 + i), date=f"2026-11-{i % 9 + 1:02}"))
    if kind == "sie":
        some = [entry("125.00", ocr(1000 + i), f"B{i}", date=f"2026-11-{10 + turn}") for i in mine if i % 4]
        h.put(f"bank/{turn}.xml", camt(some, turn + 1, money(turn * 12500 * len(some)), date=f"2026-11-{10 + turn}"))


def ran(h):
    """Seconds that one whole run takes."""
    start = time.monotonic()
    h.run()
    return time.monotonic() - start


def kill_often(h, seconds, dice):
    """Runs and kills a few times, then runs to the end; how many kills hit."""
    landed = 0
    for _ in range(KILLS_A_TURN):
        p = subprocess.Popen([LOLIGO, "run", "--once"], cwd=h.dir, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        try:
            p.wait(dice.uniform(0.005, seconds * 0.8))
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGKILL)
            landed += 1
        p.wait()
        r = h.loligo("audit", "verify", code=None)
        early = "has schema " in r.err or "there is no store " in r.err  # killed before its first commit
        assert r.code == 0 or early, "the chain does not verify"
    deadline = time.monotonic() + PATIENCE
    while not re.search(r"; effects: \d+ confirmed, 0 planned, 0 rejected, 0 unknown", h.run(code=None).out):
        assert time.monotonic() < deadline, "effects stay open"
        time.sleep(0.1)
    h.run().says("0 documents taken", "0 effects delivered")
    return landed


def vouchers(h):
    return [(v["series"], v["number"], v["date"], v["text"], json.dumps(v["lines"])) for v in h.records("voucher")]


def in_sie(files):
    """The vouchers in the files: how often each series and number is there."""
    found = {}
    for content in files.values():
        for series, number in re.findall(rb'^#VER "?(\w+)"? "?(\d+)"?', content, re.M):
            found[(series.decode(), int(number))] = found.get((series.decode(), int(number)), 0) + 1
    return found


def without_day(files):
    """What was delivered, without the day of #GEN."""
    return {name: re.sub(rb"#GEN [^\r\n]*", b"", content) for name, content in files.items()}


def whole(calm, h):
    """The journal, the register and the books of both are the same."""
    assert vouchers(h) == vouchers(calm)
    for kind in ("invoice", "transaction", "allocation"):
        assert sorted(r["id"] for r in h.records(kind)) == sorted(r["id"] for r in calm.records(kind)), kind
    for report in ("aging", "trial-balance", "reconcile", "payments"):
        assert h.rows("report", report) == calm.rows("report", report), report
    h.verify()
    assert h.leftovers() == []


def disturbed(config, kind):
    """Two hubs with the same input: one ran undisturbed, the other was killed again and again."""
    calm, h = Hub(config), Hub(config)
    dice, landed = random.Random(SEED * 1000 + len(config)), 0
    for turn in range(TURNS):
        fill(calm, kind, turn)
        fill(h, kind, turn)
        landed += kill_often(h, ran(calm), dice)
    assert landed >= TURNS / 2, f"only {landed} kills hit"
    return calm, h


def books(write, equal):
    calm, h = disturbed(sie(write), "sie")
    whole(calm, h)
    every = {(v["series"], v["number"]): 1 for v in h.records("voucher")}
    assert in_sie(h.tree()) == every and len(every) == TURNS * (FILES + FILES // 4 * 3), "each voucher is in one file, once"
    if equal:
        assert without_day(h.tree()) == without_day(calm.tree()), "the bytes of an undisturbed run"
    confirmed = [e for e in h.rows("effects") if e["state"] == "confirmed"]
    assert len(confirmed) == len(every)
    for effect in confirmed:
        assert os.path.exists(h.path("out", effect["remote_id"])), effect


@case
def appended():
    """Lines appended to a file for each currency: each is there once, whole"""
    calm, h = disturbed(LINES, "lines")
    for name in ("out/SEK.jsonl", "out/EUR.jsonl"):
        want = [json.loads(row)["bank_reference"] for row in calm.read(name).splitlines()]
        got = [json.loads(row)["bank_reference"] for row in h.read(name).splitlines()]
        assert len(got) == len(set(got)), "twice"
        assert sorted(got) == sorted(want), "lost"
    assert len(h.read("out/SEK.jsonl").splitlines()) == 2 * FILES * TURNS
    assert os.listdir(h.path("inbox")) == [] and len(os.listdir(h.path("done"))) == FILES * TURNS
    h.verify()


@case
def a_file_each():
    """SIE, a file for each voucher: names and bytes of an undisturbed run"""
    books("out/{series}-{number}.se", True)


@case
def a_file_a_day():
    """SIE, a file for each day: a container is never grown, and no voucher is in two"""
    books("out/{date}.se", False)


@case
def a_fixed_file():
    """SIE under a fixed name: one file that holds all vouchers"""
    calm, h = disturbed(sie("out/all.se"), "sie")
    whole(calm, h)
    assert sorted(h.tree()) == ["out/all.se"]
    assert in_sie(h.tree()) == {(v["series"], v["number"]): 1 for v in h.records("voucher")}
    assert sorted(without_day(h.tree())["out/all.se"].splitlines()) == sorted(without_day(calm.tree())["out/all.se"].splitlines())


if __name__ == "__main__":
    main()
