#!/usr/bin/env python3
"""Judges what the match step did with a generated book.

    evaluate.py DIR ALLOCATIONS [DIR ALLOCATIONS ...]

Prints the table of tests/README.md (section "Matching") and exits 1 when a target is missed.
"""
import collections
import json
import os
import sys

TARGET_DECIDABLE = 0.97  # of the decidable payments applied by themselves
TARGET_FALSE = 0.0002    # of those applied, by number and by money


def ore(text):
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    return sign * (int(whole) * 100 + int((part + "00")[:2]))


class Outcome:
    """What became of one payment before any person touched it."""

    def __init__(self):
        self.applied = collections.Counter()  # invoice id -> what it was closed by
        self.rest = 0                         # fee, interest, on account
        self.kinds = collections.Counter()
        self.clients = set()
        self.stages = set()
        self.parts = 0
        self.suggested = set()
        self.unexplained = 0


def read_outcomes(path):
    found = collections.defaultdict(Outcome)
    net, ids = collections.Counter(), {}
    person = set()
    with open(path, encoding="utf-8") as f:
        for line in f:
            a = json.loads(line)
            if a["kind"] != "allocation":
                continue
            tx = a["from"]["id"] if a["from"]["kind"] == "transaction" else ids.get("last")
            ids["last"] = tx
            o = found[tx]
            sign = -1 if a.get("reverses") else 1
            net[tx] += sign * ore(a["amount"]) if a["from"]["kind"] == "transaction" else 0
            evidence = a.get("evidence")
            if not isinstance(evidence, dict) or not all(k in evidence for k in ("stage", "rule", "amount", "policy", "engine")):
                o.unexplained += 1
            if a["decided"]["by"] != "auto":
                person.add(tx)
            if tx in person:
                continue
            o.stages.add(a["stage"])
            kind = a["to"]["kind"]
            if sign < 0:  # waiting money that found its invoice later
                o.kinds[kind] -= ore(a["amount"])
                continue
            if kind == "invoice":
                adjust = ore(a["adjustment"]["amount"]) if "adjustment" in a else 0
                o.applied[a["to"]["id"]] += ore(a["amount"]) + adjust
                o.clients.add(a["client"])
                if a["from"]["kind"] == "credit_note":
                    o.applied[a["from"]["id"]] += ore(a["amount"])
                o.parts += 1
            elif kind in ("fee", "interest", "on_account"):
                o.rest += ore(a["amount"])
                o.clients.add(a["client"])
            o.kinds[kind] += ore(a["amount"])
            if kind == "suspense":
                o.suggested = {(x["client"], x["invoice"]) for x in evidence.get("proposal", {}).get("apply", [])}
                o.suggested |= {(x["client"], x["invoice"]) for x in evidence["considered"][:3]}
    return found, net


class Score:
    FIELDS = ("payments", "money", "auto", "auto_money", "decidable", "decided", "false", "false_money", "lines", "auto_lines",
              "suggested", "left", "wrong_client", "unexplained", "unbalanced", "to_refund")

    def __init__(self):
        for f in self.FIELDS:
            setattr(self, f, 0)

    def add(self, other):
        for f in self.FIELDS:
            setattr(self, f, getattr(self, f) + getattr(other, f))


def judge(truth, o, net):
    s = Score()
    s.payments, s.money, s.decidable = 1, ore(truth["amount"]), truth["decidable"]
    s.unexplained = o.unexplained
    s.unbalanced = net != s.money
    want = collections.Counter()
    for a in truth["apply"]:
        want[a["invoice"]] += ore(a["amount"]) + ore(a["adjust"])
    rest = sum(ore(truth.get(k, "0")) for k in ("fee", "interest", "on_account"))
    s.lines = len(truth["apply"])
    s.auto = bool(o.applied or o.rest) and not o.kinds["suspense"] and not o.kinds["refund"]
    right = s.auto and o.applied == want and o.rest == rest
    if o.applied or o.rest:
        s.auto_money = s.money
        s.auto_lines = len(set(o.applied) & set(want))
        s.false = not right
        s.false_money = s.money if s.false else 0
        s.wrong_client = not o.clients <= {a["client"] for a in truth["apply"]}
    else:
        s.left = bool(want)
        s.suggested = bool(want) and {(a["client"], a["number"]) for a in truth["apply"]} <= o.suggested
        s.to_refund = bool(o.kinds["refund"])
    s.decided = s.decidable and right
    return s


def percent(a, b, digits=1):
    return f"{100 * a / b:.{digits}f}" if b else "-"


def main():
    scores, verbose = collections.defaultdict(Score), os.environ.get("VERBOSE")
    args = sys.argv[1:]
    for folder, file in zip(args[::2], args[1::2]):
        outcomes, net = read_outcomes(file)
        with open(os.path.join(folder, "truth.jsonl"), encoding="utf-8") as f:
            for line in f:
                t = json.loads(line)
                s = judge(t, outcomes[t["id"]], net[t["id"]])
                scores[t["scenario"]].add(s)
                if verbose and (s.false or (t["decidable"] and not s.decided)):
                    print("FALSE" if s.false else "missed", t["scenario"], t["id"], outcomes[t["id"]].stages, file)
    total = Score()
    print("| scenario | payments | applied % | of decidable % | lines % | false | decidable | right among the first suggestions % |")
    print("|---|---|---|---|---|---|---|---|")
    for name, s in list(sorted(scores.items())) + [("all", total)]:
        if name != "all":
            total.add(s)
        print(f"| {name} | {s.payments} | {percent(s.auto, s.payments)} | {percent(s.decided, s.decidable)} | "
              f"{percent(s.auto_lines, s.lines)} | {s.false} | {s.decidable} | {percent(s.suggested, s.left)} |")
    none = Score()
    for name in ("duplicate", "unrelated"):
        none.add(scores[name])
    checks = [
        (total.decided >= TARGET_DECIDABLE * total.decidable,
         f"{percent(total.decided, total.decidable, 2)} % of the decidable payments applied by themselves (at least 97)"),
        (total.false <= TARGET_FALSE * total.auto, f"{total.false} of {total.auto} applied are false, {percent(total.false, total.auto, 4)} % (at most 0.02)"),
        (total.false_money <= TARGET_FALSE * total.auto_money, f"{percent(total.false_money, total.auto_money, 4)} % of the money applied (at most 0.02)"),
        (none.auto == 0, f"{none.auto} duplicates and unrelated receipts applied (none)"),
        (total.wrong_client == 0, f"{total.wrong_client} payments with money to a wrong client (none)"),
        (total.unexplained == 0, f"{total.unexplained} allocations without evidence (none)"),
        (total.unbalanced == 0, f"{total.unbalanced} payments whose allocations are not their amount (none)"),
        (scores["duplicate"].to_refund >= 0.99 * scores["duplicate"].payments,
         f"{percent(scores['duplicate'].to_refund, scores['duplicate'].payments, 2)} % of the duplicates are to be paid back (at least 99)"),
    ]
    for good, text in checks:
        print(("ok - " if good else "not ok - ") + text)
    return 0 if all(c[0] for c in checks) else 1


sys.exit(main())
