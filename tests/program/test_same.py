"""Same input, same output: ids, vouchers and bytes do not depend on time, chance or the order of a bank's day."""
import os
import random
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hub import *

# Two clients whose numbers overlap, a factor's collective account: as the demo, but small.
CONFIG = """hub: { store: "sqlite:var/hub.db" }
ledgers:
  factor: { company: "5566778899", currency: SEK, plan: PLANS/factor.yaml, series: L, to: factor_books }
  client: { each: client, currency: SEK, plan: "PLANS/client-{contract}.yaml", series: K, to: client_books }
clients:
  "1": { name: Säljaren AB, legal_id: "5560360793", contract: service }
  "2": { name: Andra AB, legal_id: "5590123455", contract: service }
connections:
  one:  { use: file, read: one/*.xml, format: ubl, client: "1", labels: [invoices] }
  two:  { use: file, read: two/*.xml, format: ubl, client: "2", labels: [invoices] }
  bank: { use: file, read: bank/*.xml, format: camt }
  factor_books: { use: file, write: "out/factor-{date}.se", format: sie }
  client_books: { use: file, write: "out/client-{company}-{series}-{number}.se", format: sie }
  copy:         { use: file, write: "out/{kind}.jsonl", format: json }
flows:
  sales: { from: { label: invoices }, steps: [register, { book: { ledgers: [client] } }] }
  cash:  { from: bank, steps: [match, { book: { ledgers: [factor, client] } }] }
  lines: { from: bank, to: copy }
"""
CASES_OF_A_DAY = 14


def entries(day, dice):
    """A day with every kind of line: references, numbers in text, parts, too much, several, twins, without a home."""
    date = f"2026-11-{10 + day}"
    base = 100 + day * CASES_OF_A_DAY
    def e(amount, n, **more):
        return entry(amount, bank_reference=f"B{day}-{n}", date=date, **more)
    rows = [e("125.00", i, reference=ocr(f"1{base + i}"), payer=f"Kund {i}") for i in range(4)]
    rows += [e("125.00", 10 + i, text=f"faktura {base + 4 + i}", payer=f"Kund {4 + i}") for i in range(2)]
    rows += [e("60.00", 20, reference=ocr(f"1{base + 6}")), e("65.00", 21, reference=ocr(f"1{base + 6}"))]
    rows += [e("130.00", 22, reference=ocr(f"1{base + 7}")), e("250.00", 23, text=f"{base + 8} {base + 9}", payer="Kund 8")]
    rows += [e("125.00", 24, reference=ocr(f"2{base}")), e("99.00", 25, text="hej"), e("125.00", 26, reference=ocr(f"1{base}"))]
    rows += [entry("7.00", text="kaffe", date=date), entry("7.00", text="kaffe", date=date), entry("7.00", text="te", date=date)]
    dice.shuffle(rows)
    return rows


def fill(h, seed):
    for day in range(3):
        for i in range(10):
            number = 100 + day * CASES_OF_A_DAY + i
            for folder, client, seller in (("one", 1, SELLER), ("two", 2, "5590123455")):
                h.put(f"{folder}/{number}.xml", ubl(str(number), reference=ocr(f"{client}{number}"), seller=seller, buyer=f"Kund {i}"))
    opening, dice = 0, random.Random(seed)
    for day in range(3):
        rows = entries(day, dice)
        h.put(f"bank/{day}.xml", camt(rows, sequence=day + 1, opening=money(opening), date=f"2026-11-{10 + day}"))
        opening += sum(cents(r.split('"SEK">')[1].split("<")[0]) for r in rows)


def ran(seed):
    h = Hub(CONFIG)
    fill(h, seed)
    h.run()
    h.verify()
    return h


def bytes_of(h):
    """Every file; what names this moment, this folder or the place in the source is left out."""
    found = {}
    for name, content in h.tree().items():
        content = re.sub(rb"#GEN [^\r\n]*", b"", content)
        content = re.sub(rb'"received_at":"[^"]*",?', b"", content).replace(h.dir.encode(), b"")
        found[name] = content
    return found


def without(rows, *names):
    return [{k: v for k, v in row.items() if k not in names} for row in rows]


def by_id(h, kind):
    """Records without what is of this moment and this folder, and where in the source they stand."""
    return sorted(without(h.records(kind), "received_at", "source", "external_id"), key=lambda r: r["id"])


def same_books(a, b):
    for kind in ("invoice", "transaction", "allocation", "voucher"):
        assert by_id(a, kind) == by_id(b, kind), kind
    for report in ("payments", "vouchers", "trial-balance", "aging", "match-rate", "reconcile"):
        assert a.rows("report", report) == b.rows("report", report), report
    assert without(a.rows("work"), "age") == without(b.rows("work"), "age")
    def effects(h):  # where lines stand tells their bytes, which have received_at
        return [(e["key"], e["state"], "" if e["connection"] == "copy" else e["remote_id"]) for e in h.rows("effects")]
    assert sorted(effects(a)) == sorted(effects(b))


@case
def fresh():
    """Two fresh stores: the same ids, vouchers, work, effects and bytes"""
    a, b = ran(1), ran(1)
    assert len(a.records("voucher")) > 100 and len(a.records("allocation")) > 40
    same_books(a, b)
    assert bytes_of(a) == bytes_of(b)


@case
def shuffled():
    """The lines of each day in another order: the same ids, vouchers and bytes"""
    a, b = ran(1), ran(2)
    assert a.read("bank/0.xml") != b.read("bank/0.xml"), "the order differs"
    same_books(a, b)
    apart = re.compile(rb'"(source|external_id)":"[^"]*",?')
    assert {n: apart.sub(b"", c) for n, c in bytes_of(a).items()} == {n: apart.sub(b"", c) for n, c in bytes_of(b).items()}


@case
def again():
    """A second run changes nothing: no record, no effect, no byte, no time of a file"""
    h = ran(3)
    def state():
        times = {name: os.stat(h.path(name)).st_mtime_ns for name in h.tree()}
        return h.tree(), times, h.rows("records"), without(h.rows("effects"), "age"), without(h.rows("work"), "age")
    before = state()
    for _ in range(2):
        h.run().says("0 documents taken, 0 copies, 0 parked; 0 records read, 0 made; 0 effects delivered")
        assert state() == before
    h.verify()


@case
def bit_by_bit():
    """Day by day or all at once: the same vouchers of the same days"""
    a, b = ran(1), Hub(CONFIG)
    fill(b, 1)
    for day in range(3):
        os.rename(b.path(f"bank/{day}.xml"), b.path(f"bank/{day}.later"))
    for day in range(3):
        os.rename(b.path(f"bank/{day}.later"), b.path(f"bank/{day}.xml"))
        b.run()
    def sums(h):
        return h.rows("report", "trial-balance"), sorted((r["id"], r.get("to", {}).get("id", "")) for r in h.records("allocation"))
    assert sums(a) == sums(b)
    assert sorted(v["id"] for v in a.records("voucher")) == sorted(v["id"] for v in b.records("voucher"))
    b.verify()


if __name__ == "__main__":
    main()
