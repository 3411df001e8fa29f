"""A hub that stays: works on what comes, answers beside its work, takes a person's decisions, ends without anything half."""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hub import *

EVA = {"LOLIGO_USER": "eva"}


def paid(config=BOOKS):
    """Two invoices; one payment finds its own, two find nothing."""
    h = books(config)
    h.put("inbox/a.xml", ubl("1001", reference=ocr(1001)))
    h.put("inbox/b.xml", ubl("1002", reference=ocr(1002)))
    h.put("bank/a.xml", camt([entry("125.00", ocr(1001), "B1"), entry("100.00", text="hej", bank_reference="B2"),
                              entry("50.00", text="ho", bank_reference="B3")]))
    return h


def balances(h):
    """{account: balance} of all vouchers."""
    found = {}
    for v in h.records("voucher"):
        for row in v["lines"]:
            value = cents(row.get("debit", "0")) - cents(row.get("credit", "0"))
            found[row["account"]] = found.get(row["account"], 0) + value
    assert sum(found.values()) == 0, "the books do not balance"
    return {account: money(value) for account, value in found.items() if value}


def allocations(h, reference):
    return [a for a in h.records("allocation") if a.get("bank_reference") == reference]


def waiting(h):
    return sorted(w["name"] for w in h.rows("work"))


@case
def new_files():
    """It stays, takes what comes while it runs, wakes what waited for it, and ends with exit 0 at SIGTERM"""
    h = books()
    hub = h.start().up()
    h.put("bank/a.xml", camt([entry("125.00", ocr(1001), "B1")]))
    hub.until(lambda: len(h.tree()) == 1, "the receipt in suspense")
    assert waiting(h) == ["B1"]
    h.put("inbox/a.xml", ubl("1001", reference=ocr(1001)))
    hub.until(lambda: len(h.tree()) == 3, "invoice, and payment from suspense to it")
    assert waiting(h) == [] and balances(h) == {"1930": "125.00", "3001": "-100.00", "2611": "-25.00"}
    with open(h.path("inbox/slow.xml"), "w", encoding="utf-8") as f:  # no rename: complete when it rests
        f.write(ubl("1002"))
    hub.until(lambda: len(h.tree()) == 4, "the file that was written in place")
    h.put("inbox/broken.xml", ubl("1003")[:800])
    hub.until(lambda: "broken.xml" in hub.log(), "the broken file is said")
    hub.stop().says("3 documents taken", "1 parked", "4 confirmed, 0 planned").silent("killed")
    assert hub.process.returncode == 0
    assert sorted(os.listdir(h.path("var"))) == ["hub.db", "hub.db.lock"], os.listdir(h.path("var"))
    h.verify()
    h.run().says("0 documents taken, 0 copies, 0 parked; 0 records read, 0 made; 0 effects delivered")


@case
def interrupted():
    """SIGINT ends it likewise"""
    h = books()
    hub = h.start().up()
    hub.stop(signal.SIGINT)
    assert hub.process.returncode == 0


@case
def folder_comes_and_goes():
    """A folder that vanishes is said once and read again when it is back"""
    h = books(BOOKS.replace("inbox/*.xml, format: ubl", "inbox/*.xml, format: ubl, sweep: 1s"))
    hub = h.start().up()
    os.rename(h.path("inbox"), h.path("away"))
    hub.until(lambda: "cannot read the folder" in hub.log(), "said")
    h.put("away/a.xml", ubl("1001"))
    os.rename(h.path("away"), h.path("inbox"))
    hub.until(lambda: len(h.tree()) == 1, "taken")
    hub.stop()
    assert hub.log().count("cannot read the folder") == 1


@case
def stopped_in_the_middle():
    """SIGTERM in the middle of many files: nothing half, nothing parked; the next run does the rest, once"""
    h = books(BOOKS.replace("inbox/*.xml, format: ubl", "inbox/*.xml, format: ubl, after: move, done: done"))
    for i in range(300):
        h.put(f"inbox/{i:03}.xml", ubl(f"{1000 + i}"))
    for _ in range(3):
        hub = h.start().up()
        before = len(h.rows("records"))
        hub.until(lambda: len(h.rows("records")) > before or not os.listdir(h.path("inbox")), "some are taken")
        hub.stop()
        assert hub.process.returncode == 0, hub.log()
        h.verify()
        assert h.rows("effects", "--state", "in_flight") == [] and h.rows("effects", "--state", "unknown") == []
        assert h.rows("work") == []
    h.run().says("300 confirmed, 0 planned")
    assert os.listdir(h.path("inbox")) == [] and len(os.listdir(h.path("done"))) == 300
    assert sorted(int(name[6:-3]) for name in h.tree()) == list(range(1, 301))


@case
def stopped_in_a_document():
    """SIGTERM in the middle of a large statement: it is not parked, and taken whole the next time"""
    h = books(BOOKS.replace("[match, { book: { plan: PLANS/bas.yaml, company: \"5560360793\" } }]\n    to: books", "[]"))
    rows = [entry("1.00", text=f"line {i}", bank_reference=f"B{i}") for i in range(30000)]
    h.put("bank/a.xml", camt(rows))
    hub = h.start().up()
    hub.until(lambda: os.path.getsize(h.path("var/hub.db")) + os.path.getsize(h.path("var/hub.db-wal")) > 1 << 20, "it is being read")
    hub.stop()
    assert hub.process.returncode == 0, hub.log()
    assert "parked" not in hub.log(), hub.log()
    assert h.rows("work") == [] and len(h.records("transaction")) in (0, 30000)
    h.run(code=0)
    assert len(h.records("transaction")) == 30000
    h.verify()


@case
def second_process():
    """A second process is refused with the number of the first, and changes nothing"""
    h = paid()
    h.run()  # a hub that stays may read the bank before the invoices
    hub = h.start().up()
    hub.until(lambda: len(h.tree()) == 5, "vouchers")
    for args in (["run"], ["run", "--once"]):
        h.loligo(*args, code=1).says("is in use by process", str(hub.process.pid))
    assert hub.process.poll() is None
    hub.stop()
    h.run()


@case
def reading_beside():
    """Commands that read work beside a running hub"""
    h = paid()
    h.run()  # a hub that stays may read the bank before the invoices
    hub = h.start().up()
    hub.until(lambda: len(h.tree()) == 5, "vouchers")
    h.loligo("work").says("B2", "match.nothing")
    h.loligo("records").says("1001", "B1")
    h.loligo("show", "1001").says("Kund AB")
    h.loligo("why", "B1").says("read from", "S1", "confirmed")
    h.loligo("effects").says("confirmed", "A-1.se")
    for report in ("aging", "dso", "trial-balance", "match-rate", "reconcile", "payments", "vouchers", "files"):
        assert h.loligo("report", report).out
    h.loligo("audit", "verify").says("every chain holds")
    h.loligo("check").says("is right")
    hub.stop()


def decisions(h, settle):
    """apply, undo, drop: vouchers follow, nothing is edited, who and why are kept.

    settle(names, vouchers) lets the hub work until those wait and that many vouchers are there.
    """
    settle(["B2", "B3"], 5)
    h.loligo("work", "apply", "B2", "1002=100.00", "--reason", "said so on the phone", env=EVA).says("applied")
    settle(["B3"], 6)
    before = h.records("voucher")
    assert balances(h) == {"1930": "275.00", "2999": "-50.00", "1510": "25.00", "3001": "-200.00", "2611": "-50.00"}
    made = [a for a in allocations(h, "B2") if a["to"]["kind"] == "invoice"]
    assert len(made) == 1 and made[0]["invoice_number"] == "1002" and made[0]["amount"] == "100.00", made
    assert made[0]["decided"]["by"] == "eva" and made[0]["decided"]["reason"] == "said so on the phone", made

    h.loligo("work", "undo", made[0]["id"], "--reason", "wrong one", env=EVA).says("undone")
    settle(["B2", "B3"], 7)
    assert balances(h) == {"1930": "275.00", "2999": "-150.00", "1510": "125.00", "3001": "-200.00", "2611": "-50.00"}
    assert h.records("voucher")[:len(before)] == before, "what is booked stays as it is"
    back = [a for a in allocations(h, "B2") if a.get("reverses") == made[0]["id"]]
    assert len(back) == 1 and back[0]["decided"]["by"] == "eva" and back[0]["decided"]["reason"] == "wrong one", back
    h.put("inbox/c.xml", ubl("1003", reference=ocr(1003)))
    settle(["B2", "B3"], 8)  # also when something comes that wakes it, it is not applied by itself again
    h.loligo("why", "B2").says("said so on the phone", "wrong one", "decided by eva")

    h.loligo("work", "apply", "B2", "1002=60.00", "on-account=40.00", "--reason", "half each", env=EVA)
    settle(["B3"], None)
    h.loligo("work", "drop", "B3", "--reason", "not ours", env=EVA).says("dropped")
    h.loligo("work", "release", "nothing", "--reason", "x", code=1).says("nothing that waits", "loligo work")
    h.loligo("work", "drop", "B3", "--reason", "again", code=1).says("nothing that waits")
    settle([], None)
    assert balances(h)["1510"] == "190.00" and balances(h)["1930"] == "275.00"
    total = h.loligo("report", "reconcile").says("received 275.00 = applied 185.00 + on account 40.00 + suspense 50.00")
    assert "bank, closing balance" in total.out
    numbers = sorted(v["number"] for v in h.records("voucher"))
    assert numbers == list(range(1, len(numbers) + 1)), "gapless"
    assert len(h.tree()) == len(numbers), "each voucher went out"
    h.verify()


@case
def decisions_through_the_socket():
    """Decisions while it runs go through its socket: apply, undo, drop; vouchers follow"""
    h = paid()
    h.run()  # a hub that stays may read the bank before the invoices
    hub = h.start().up()
    def settle(names, count):
        def settled():
            made = len(h.records("voucher"))
            return waiting(h) == names and made == (count or made) and len(h.tree()) == made == len(h.rows("effects", "--state", "confirmed"))
        hub.until(settled, f"{names} wait, {count} vouchers went out")
    decisions(h, settle)
    hub.stop()
    h.run().says("0 made")


@case
def decisions_without_a_hub():
    """Decisions without a running hub are taken at the next run"""
    h = paid()
    def settle(names, count):
        h.run()
        assert waiting(h) == names and len(h.records("voucher")) == (count or len(h.tree()))
    decisions(h, settle)


@case
def refused_decisions():
    """A decision that cannot be: said, nothing changed, the item waits on"""
    h = paid()
    h.run()
    before = h.records("voucher")
    for parts, text in ((["1002=1000.00"], "less open"), (["9999=10.00"], '"9999"'), (["1002=90.00", "on-account=20.00"], '"100.00" is free')):
        h.loligo("work", "apply", "B2", *parts, "--reason", "x")
        h.run().says(text, h.path("bank/a.xml:7"))
        assert waiting(h) == ["B2", "B3"], (parts, waiting(h))
        assert h.records("voucher") == before, parts
    h.loligo("work", "apply", "B2", "1002=0", "--reason", "x", code=2)
    h.loligo("work", "apply", "B2", "1002=100.00", code=2).says("--reason")
    h.loligo("work", "apply", "B2", "1002=100.00", "--reason", "at last")
    h.run()
    assert waiting(h) == ["B3"]
    h.verify()


@case
def release():
    """What was parked is released once its cause is gone"""
    h = paid(BOOKS.replace("plan: PLANS/bas.yaml", "plan: plan.yaml"))
    with open(os.path.join(PLANS, "bas.yaml"), encoding="utf-8") as f:
        plan = f.read()
    h.config(plan.replace("  - { category: S, rate: 25, sales", "  - { category: S, rate: 24, sales"), "plan.yaml")
    h.run()
    parked = [w for w in h.rows("work") if w["state"] == "parked"]
    assert sorted(w["name"] for w in parked) == ["1001", "1002"], h.rows("work")
    assert all("25" in w["reason"] for w in parked), parked
    h.config(plan, "plan.yaml")
    for w in parked:
        h.loligo("work", "release", w["number"], "--reason", "the plan is corrected", env=EVA)
    h.run()
    assert [w for w in h.rows("work") if w["state"] == "parked"] == []
    assert sorted(v["event"] for v in h.records("voucher") if v["event"] == "invoice_registered") == ["invoice_registered"] * 2
    h.verify()


@case
def killed_while_it_ran():
    """Killed: the next one starts, although lock and socket are left"""
    h = paid()
    h.run()  # a hub that stays may read the bank before the invoices
    hub = h.start().up()
    hub.until(lambda: len(h.tree()) == 5, "vouchers")
    hub.stop(signal.SIGKILL)
    assert os.path.exists(h.path("var/hub.db.sock"))
    h.loligo("work", "drop", "B3", "--reason", "not ours").says("dropped")
    hub = h.start()
    h.put("inbox/c.xml", ubl("1003"))
    hub.until(lambda: len(h.tree()) == 6, "the new one works")
    h.loligo("work", "drop", "B2", "--reason", "not ours").says("dropped")
    hub.stop()
    assert hub.process.returncode == 0
    h.verify()


@case
def effects_by_hand():
    """Effects: retry, confirm and reject by a person, with a reason; a confirmed one is not sent again"""
    h = paid()
    os.makedirs(h.path("out"))
    h.run()
    key = h.rows("effects")[0]["key"]
    h.loligo("effects", "retry", key, "--reason", "x", code=1).says("confirmed")
    h.loligo("effects", "retry", "none", "--reason", "x", code=1)
    h.loligo("effects", "reject", key, code=2).says("--reason")
    before = h.tree()
    h.run()
    assert h.tree() == before
    h.config(BOOKS.replace("format: sie }", "format: sie, mode: dry_run }"))
    h.put("inbox/c.xml", ubl("1003"))
    h.run().says("1 planned")
    key = [e["key"] for e in h.rows("effects", "--state", "planned")][0]
    h.loligo("effects", "reject", key, "--reason", "sent by post", env=EVA)
    h.config(BOOKS)
    h.run(code=1).says("1 rejected")
    assert h.tree() == before
    h.loligo("work").says(key)
    h.loligo("effects", "retry", key, "--reason", "send it after all", env=EVA)
    h.run().says("1 effects delivered", "0 rejected")
    assert len(h.tree()) == len(before) + 1
    h.verify()


if __name__ == "__main__":
    main()
