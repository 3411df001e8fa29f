"""`--dry-run` and `mode`: what would go out is shown, and nothing is changed anywhere."""
import hashlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hub import *

MOVE = BOOKS.replace("inbox/*.xml, format: ubl", "inbox/*.xml, format: ubl, after: move, done: inbox/done, failed: inbox/failed").replace(
    "bank/*.xml, format: camt", "bank/*.xml, format: camt, after: delete")


def books(config=MOVE):
    h = Hub(config)
    h.put("inbox/a.xml", ubl("1001", reference=ocr(1001)))
    h.put("inbox/b.xml", ubl("1002")[:700])
    h.put("bank/a.xml", camt([entry("125.00", ocr(1001), "B1"), entry("10.00", text="hej", bank_reference="B2")]))
    return h


def everything(h):
    """Every name, content and time below the hub's folder."""
    found = {}
    for where, folders, files in os.walk(h.dir):
        for name in files:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                found[path] = (hashlib.sha256(f.read()).hexdigest(), os.stat(path).st_mtime_ns)
        found.update((os.path.join(where, name), None) for name in folders)
    return found


@case
def nothing_yet():
    """Before the first run: effects are listed, not even a store or a folder is made"""
    h = books()
    before = everything(h)
    r = h.run("--dry-run", code=None).says("3 effects would go out", "nothing was changed", "b.xml")
    assert r.out.count("planned") == 3 and r.out.count("books") == 3, r.out
    assert everything(h) == before
    rows = h.rows("run", "--once", "--dry-run", code=None)
    assert [row["connection"] for row in rows] == ["books"] * 3, rows
    assert everything(h) == before


@case
def after_a_run():
    """With a store: only what is new is listed; store, inbox and output stay, to the byte"""
    h = books()
    h.run()
    assert sorted(os.listdir(h.path("inbox/done"))) == ["a.xml"] and sorted(os.listdir(h.path("inbox/failed"))) == ["b.xml"]
    assert os.listdir(h.path("bank")) == []
    h.run("--dry-run").says("0 effects would go out")
    h.put("inbox/c.xml", ubl("1003"))
    h.put("inbox/d.xml", ubl("1001", reference=ocr(1001)))
    h.put("bank/b.xml", camt([entry("125.00", ocr(1001), "B9")], sequence=2, opening="135.00"))
    before, records = everything(h), h.rows("records")
    h.run("--dry-run").says("2 effects would go out")
    h.run("--dry-run").says("2 effects would go out")
    h.loligo("run", "--dry-run").says("2 effects would go out")
    assert everything(h) == before and h.rows("records") == records
    h.run().says("2 documents taken", "2 effects delivered")
    assert sorted(os.listdir(h.path("inbox/done"))) == ["a.xml", "c.xml", "d.xml"]
    h.verify()


@case
def source_failed():
    """A source that fails is told in a rehearsal, too: exit 1"""
    h = Hub(BOOKS)
    h.put("inbox/a.xml", ubl("1001"))
    h.run("--dry-run", code=1).says("1 effects would go out", "cannot read the folder", h.path("bank"))


@case
def while_it_runs():
    """A rehearsal beside a running hub disturbs neither"""
    h = books()
    h.run()
    hub = h.start().up()
    hub.until(lambda: len(h.tree()) == 3, "three vouchers")
    h.run("--dry-run").says("0 effects would go out")
    hub.stop()
    h.verify()


@case
def dry_connection():
    """mode: dry_run on a destination: effects stay planned; they go out when it is live"""
    h = books(MOVE.replace("format: sie }", "format: sie, mode: dry_run }"))
    h.run().says("0 effects delivered", "3 planned")
    assert not os.path.exists(h.path("out")) and len(h.records("voucher")) == 3
    h.run().says("0 effects delivered", "3 planned")
    h.config(MOVE)
    h.run().says("3 effects delivered", "3 confirmed", "0 planned")
    assert len(h.tree()) == 3


@case
def dry_source():
    """mode: dry_run on a source: it is read, and its files stay where they are"""
    h = books(MOVE.replace("done: inbox/done,", "done: inbox/done, mode: dry_run,"))
    h.run().says("2 documents taken", "1 parked")
    assert sorted(os.listdir(h.path("inbox"))) == ["a.xml", "b.xml"] and os.listdir(h.path("bank")) == []
    h.run().says("0 documents taken, 0 copies, 0 parked")


@case
def off():
    """mode: off: neither read nor written to"""
    h = books(MOVE.replace("done: inbox/done,", "done: inbox/done, mode: off,"))
    h.run().says("1 documents taken")
    assert h.records("invoice") == [] and sorted(os.listdir(h.path("inbox"))) == ["a.xml", "b.xml"]
    h.config(MOVE)
    h.run().says("1 documents taken")
    h.config(MOVE.replace("format: sie }", "format: sie, mode: off }"))
    h.put("inbox/c.xml", ubl("1003"))
    before = h.tree()
    h.run().says("1 planned")
    assert h.tree() == before
    h.config(MOVE)
    h.run().says("0 planned", "1 effects delivered")


if __name__ == "__main__":
    main()
