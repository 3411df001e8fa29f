#!/usr/bin/env python3
"""A small generated book through register and match: the targets, the same bytes again, and what changed input does."""
import datetime
import json
import os
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD", "build")
HERE = os.path.dirname(os.path.abspath(__file__))
count = 0


def check(good, name):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    return good


def replay(folder, name="out.jsonl"):
    out = os.path.join(folder, name)
    done = subprocess.run([f"{BUILD}/bench/match", "replay", folder, out], stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"replay of {folder}: {done.stderr.decode()[-500:]}")
    with open(out, "rb") as f:
        return f.read()


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


def write(folder, events, decisions=()):
    os.makedirs(folder, exist_ok=True)
    for name, items in (("events", events), ("decisions", decisions)):
        with open(os.path.join(folder, name + ".jsonl"), "w", encoding="utf-8") as f:
            f.writelines(json.dumps(e, ensure_ascii=False) + "\n" for e in items)


def ore(text):
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    return sign * (int(whole) * 100 + int((part + "00")[:2]))


def money(v):
    return f"{v // 100}.{v % 100:02d}"


def conserved(events, allocations):
    """Each booked payment's allocations are its amount; no invoice gets more than it asks for."""
    net, paid = {}, {}
    for a in allocations:
        sign = -1 if a.get("reverses") else 1
        if a["from"]["kind"] == "transaction":
            net[a["from"]["id"]] = net.get(a["from"]["id"], 0) + sign * ore(a["amount"])
        if a["to"]["kind"] == "invoice":
            adjust = ore(a["adjustment"]["amount"]) if "adjustment" in a else 0
            paid[a["to"]["id"]] = paid.get(a["to"]["id"], 0) + sign * (ore(a["amount"]) + adjust)
    booked = {e["id"]: ore(e["amount"]) for e in events if e["kind"] == "transaction" and e["status"] == "booked"}
    asked = {e["id"]: ore(e["totals"]["payable"]) for e in events if e["kind"] == "invoice"}
    return all(net.get(t) == v for t, v in booked.items()) and all(0 <= v <= asked[i] for i, v in paid.items())


def to_invoices(allocations, tx):
    """invoice -> what it got of the payment, undone parts taken off"""
    got = {}
    for a in allocations:
        if a["from"]["id"] == tx and a["to"]["kind"] == "invoice":
            got[a["to"]["id"]] = got.get(a["to"]["id"], 0) + (-1 if a.get("reverses") else 1) * ore(a["amount"])
    return {i: v for i, v in got.items() if v}


def targets(folder):
    for variant in ("easy", "hard"):
        d = os.path.join(folder, variant)
        subprocess.run([sys.executable, f"{HERE}/gen.py", "--seed", "7", "--payments", "2000", "--variant", variant, "--out", d], check=True)
        first = replay(d)
        judged = subprocess.run([sys.executable, f"{HERE}/evaluate.py", d, f"{d}/out.jsonl"], stdout=subprocess.PIPE, check=False)
        for line in judged.stdout.decode().splitlines():
            if line.startswith(("ok - ", "not ok - ")):
                check(line.startswith("ok"), f"{variant}: {line.partition(' - ')[2]}")
        check(first == replay(d, "again.jsonl"), f"{variant}: the same bytes again")


def load(folder):
    with open(os.path.join(folder, "events.jsonl"), encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def truth(folder):
    with open(os.path.join(folder, "truth.jsonl"), encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def shuffled_days(folder):
    """The hub sorts inside a day; here the day arrives turned round and is sorted as the hub does."""
    d = os.path.join(folder, "hard")
    events, turned, day = load(d), [], []
    key = lambda e: (e.get("booking_date", ""), e["account"]["id"], e["id"])
    for e in events + [None]:
        if e is not None and e["kind"] == "transaction" and (not day or day[0]["booking_date"] == e["booking_date"]):
            day.append(e)
            continue
        turned += sorted(reversed(day), key=key)
        day = []
        if e is not None:
            (day if e["kind"] == "transaction" else turned).append(e)
    with open(os.path.join(d, "decisions.jsonl"), encoding="utf-8") as f:
        decisions = [json.loads(line) for line in f]
    write(os.path.join(folder, "turned"), turned, decisions)
    check(replay(os.path.join(folder, "turned")) == replay(d), "a day turned round gives the same bytes")


def mutations(folder):
    """domain.md 3.5: split, merge, sign, currency, one ore, replay, reverse, delete.  Conservation after each."""
    d = os.path.join(folder, "hard")
    events = load(d)[:1500]
    by_ref = {t["id"]: t for t in truth(d) if t["scenario"] == "ocr"}
    pays = [i for i, e in enumerate(events) if e["id"] in by_ref]
    base = os.path.join(folder, "mutation")

    def run(changed, name):
        write(base, changed)
        allocations = rows(replay(base))
        check(conserved([e for e in changed if e["id"] in {x["id"] for x in changed}], allocations), f"{name}: every krona is somewhere, once")
        return allocations

    i = pays[20]
    e = events[i]
    invoice, amount = by_ref[e["id"]]["apply"][0]["invoice"], ore(e["amount"])
    half = dict(e, id=e["id"] + "a", amount=money(amount // 3)), dict(e, id=e["id"] + "b", amount=money(amount - amount // 3), bank_reference="Bsplit")
    a = run(events[:i] + list(half) + events[i + 1:], "split in two")
    check(to_invoices(a, half[0]["id"]) == {invoice: amount // 3} and to_invoices(a, half[1]["id"]) == {invoice: amount - amount // 3},
          "split in two: both parts go to the invoice")

    k = pays[21]
    f = events[k]
    both = dict(e, amount=money(amount + ore(f["amount"])), references=e["references"] + f["references"])
    a = run([x for n, x in enumerate(events[:i] + [both] + events[i + 1:]) if n != k], "merged")
    want = {invoice: amount, by_ref[f["id"]]["apply"][0]["invoice"]: ore(f["amount"])}
    check(to_invoices(a, e["id"]) == want, "merged: both invoices are paid")

    a = run(events[:i] + [dict(e, side="debit")] + events[i + 1:], "sign turned")
    check(to_invoices(a, e["id"]) == {}, "sign turned: an outgoing payment pays no invoice")
    a = run(events[:i] + [dict(e, currency="EUR")] + events[i + 1:], "other currency")
    check(to_invoices(a, e["id"]) == {}, "other currency: it pays no invoice")
    a = run(events[:i] + [dict(e, amount=money(amount + 1))] + events[i + 1:], "one ore more")
    check(to_invoices(a, e["id"]) == {invoice: amount}, "one ore more: the invoice is paid, the rest is on account")

    a = run(events, "as it is")
    twice = rows(replay_twice(base, events))
    check(twice == a or [x for x in twice if x not in a] == [], "replayed: nothing new")

    back = dict(e, id="back", side="debit", reversal=True, bank_reference=e["bank_reference"])
    a = run(events + [back], "reversed")
    check(to_invoices(a, e["id"]) == {}, "reversed: the invoice is open again")

    a = run([x for x in events if x["id"] != invoice], "invoice deleted")
    check(to_invoices(a, e["id"]) == {}, "invoice deleted: the payment waits")


def replay_twice(base, events):
    write(base, events + events)
    return replay(base, "twice.jsonl")


def main():
    with tempfile.TemporaryDirectory() as folder:
        targets(folder)
        shuffled_days(folder)
        mutations(folder)
    print(f"1..{count}")


main()
