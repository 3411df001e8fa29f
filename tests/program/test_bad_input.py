"""Bad input: one clear message with a place and a way on; nothing else stops, nothing is lost."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hub import *


def numbers(h):
    return sorted(r["number"] for r in h.records("invoice"))


def parked(h):
    return [w for w in h.rows("work") if w["state"] == "parked"]


def refused(name, bad, *texts, good=None):
    """The bad file is parked with those texts, its neighbours pass, and a corrected one is taken next time."""
    h = books()
    h.put("inbox/a.xml", ubl("1001"))
    h.put(f"inbox/{name}", bad)
    h.put("inbox/z.xml", ubl("1003"))
    h.run().says(f"{h.path('inbox', name)}:", "1 parked", "2 documents taken", *texts)
    assert numbers(h) == ["1001", "1003"], numbers(h)
    work = parked(h)
    assert len(work) == 1 and h.path("inbox", name) in work[0]["record"], work
    for text in texts:
        assert text in work[0]["reason"], work
    assert "20" not in work[0]["age"], f"age of a minute: {work[0]['age']}"
    h.run().says("0 documents taken, 0 copies, 0 parked").silent("error")
    h.put(f"inbox/{name}", good or ubl("1002"))
    h.run().says("1 documents taken")
    assert numbers(h) == ["1001", "1002", "1003"], numbers(h)
    assert len(parked(h)) == 1, "until a person says that it is settled"
    h.loligo("work", "drop", work[0]["number"], "--reason", "corrected").says("dropped")
    assert parked(h) == []
    h.verify()
    return h


@case
def truncated():
    """A truncated XML is parked with line and column, its neighbours pass, the corrected file is taken"""
    whole = ubl("1002")
    refused("m.xml", whole[:len(whole) // 2], ":13:", "put a corrected file")


@case
def empty():
    """An empty file is parked and says so"""
    refused("m.xml", "", "empty")


@case
def entity_bomb():
    """An entity bomb is refused at its first declaration"""
    more = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    head = f'<!DOCTYPE Invoice [<!ENTITY a0 "lol">{more}]>'
    refused("m.xml", ubl("1002", head=head, buyer="&a9;"), ":1:", "entities are not expanded")


@case
def outside_entity():
    """An entity that would read a file of the machine is refused, and the file's text is nowhere"""
    head = '<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    h = refused("m.xml", ubl("1002", head=head, buyer="&x;"), "entities are not expanded")
    assert b"root:" not in b"".join(h.tree().values())


@case
def wrong_encoding():
    """Latin-1 bytes in a file that says UTF-8 are refused with line and column"""
    refused("m.xml", ubl("1002", buyer="Håkan").encode("latin-1"), ":11:", "UTF-8")


@case
def unknown_encoding():
    """An encoding that nobody knows is refused by its name"""
    refused("m.xml", ubl("1002", encoding="klingon"), ":1:", "klingon")


@case
def other_encodings():
    """ISO-8859-1 and UTF-16 are read when the file says so"""
    h = books()
    h.put("inbox/a.xml", ubl("1001", buyer="Håkan", encoding="ISO-8859-1").encode("latin-1"))
    h.put("inbox/b.xml", ubl("1002", buyer="Håkan", encoding="UTF-16").encode("utf-16"))
    h.run()
    assert [r["buyer"]["name"] for r in h.records("invoice")] == ["Håkan"] * 2


@case
def too_many_digits():
    """A number that cannot be kept exactly is refused with its place"""
    refused("m.xml", ubl("1002", "12345678901234567890"), ":15:", '"12345678901234567890"', "18 digits")


@case
def zeros():
    """Decimals of 20 digits that end in zeros are what they are without them"""
    h = books()
    h.put("inbox/a.xml", ubl("1001", "125.00000000000000000", "100.00000000000000000", "25.000000000000000000"))
    h.put("bank/a.xml", camt([entry("125.00000000000000000", bank_reference="B1", text="x")], closing="125.000000000000000000"))
    h.run()
    assert h.records("invoice")[0]["totals"]["payable"] == "125.00"
    assert h.records("transaction")[0]["amount"] == "125.00"
    assert sorted(h.tree()) == ["out/A-1.se", "out/A-2.se"]


@case
def fractions_bank():
    """Three decimals in SEK in a statement: parked whole, with line and column"""
    h = books()
    h.put("bank/a.xml", camt([entry("125.005", bank_reference="B1", text="x")], closing="125.005"))
    h.put("inbox/a.xml", ubl("1001"))
    h.run().says("bank/a.xml:6:", "SEK has at most 2 decimals", "1 parked", "1 documents taken")
    assert h.records("transaction") == [] and numbers(h) == ["1001"]
    h.put("bank/a.xml", camt([entry("125.01", bank_reference="B1", text="x")]))
    h.run().says("1 documents taken")
    assert [r["amount"] for r in h.records("transaction")] == ["125.01"]


@case
def fractions_invoice():
    """Three decimals in SEK in an invoice: it waits for a person and is in no book"""
    h = books()
    h.put("inbox/a.xml", ubl("1001"))
    h.put("inbox/b.xml", ubl("1002", "125.005", "100.004", "25.001"))
    h.put("inbox/c.xml", ubl("1003"))
    h.run().says("inbox/b.xml:", "125.005", "SEK", "2 decimals", "for a person 1")
    work = parked(h)
    assert len(work) == 1 and "125.005" in work[0]["reason"] and work[0]["name"] == "1002", work
    assert len(h.records("voucher")) == 2
    assert b"125.005" not in b"".join(h.tree().values())
    h.put("inbox/b.xml", ubl("1002"))
    h.run()
    assert len(h.records("voucher")) == 3
    h.loligo("work", "drop", "1002", "--reason", "corrected")
    assert h.rows("work") == []
    h.verify()


# ---- the same thing twice ----

STATEMENT = [entry("125.00", ocr(1001), "B1"), entry("10.00", text="a", bank_reference="B2"), entry("10.00", text="b")]


@case
def copy():
    """A statement under another name is reported as a copy, once, and changes nothing"""
    h = books()
    h.put("inbox/a.xml", ubl("1001", reference=ocr(1001)))
    h.put("bank/a.xml", camt(STATEMENT))
    h.run()
    before = (h.records("transaction"), h.records("voucher"), h.tree())
    h.put("bank/b.xml", camt(STATEMENT))
    r = h.run().says("1 copies", "bank/b.xml", "is a copy of", "bank/a.xml")
    assert r.err.count("a copy of") == 1, "said once"
    assert (h.records("transaction"), h.records("voucher"), h.tree()) == before
    h.run().says("0 copies")


@case
def same_statement():
    """The same statement in other bytes gives nothing new"""
    h = books()
    h.put("inbox/a.xml", ubl("1001", reference=ocr(1001)))
    h.put("bank/a.xml", camt(STATEMENT))
    h.run()
    before = (h.records("transaction"), h.records("voucher"), h.tree())
    h.put("bank/b.xml", camt(STATEMENT).replace("<GrpHdr>", "<GrpHdr><!-- sent again -->"))
    h.run().says("1 documents taken, 0 copies")
    assert (h.records("transaction"), h.records("voucher"), h.tree()) == before
    h.verify()


@case
def overlapping():
    """Of two statements that overlap each line counts once"""
    h = books()
    h.put("inbox/a.xml", ubl("1001", reference=ocr(1001)))
    h.put("bank/a.xml", camt(STATEMENT))
    h.put("bank/b.xml", camt(STATEMENT[1:] + [entry("5.00", text="c", bank_reference="B3")], sequence=2, opening="125.00"))
    h.run().says("3 documents taken")
    assert [r["amount"] for r in h.records("transaction")] == ["125.00", "10.00", "10.00", "5.00"]
    assert len(h.records("voucher")) == 5
    h.verify()


TWO = BOOKS.replace("  bank: ", "  more: { use: file, read: more/*.xml, format: ubl }\n  bank: ").replace(
    "from: invoices", "from: [invoices, more]")


@case
def two_folders():
    """The same invoice from two folders is one item: same bytes are a copy, other bytes are the same record"""
    h = books(TWO, ("inbox", "bank", "more"))
    h.put("inbox/a.xml", ubl("1001"))
    h.put("inbox/b.xml", ubl("1002"))
    h.put("more/a.xml", ubl("1001"))
    h.put("more/b.xml", ubl("1002").replace("<cbc:IssueDate>", "<!-- again -->\n<cbc:IssueDate>"))
    h.run().says("1 copies", "more/a.xml", "inbox/a.xml")
    assert [(r["number"], r["revision"], r["connection"]) for r in h.records("invoice")] == [
        ("1001", 1, "invoices"), ("1002", 1, "invoices")]
    assert len(h.records("voucher")) == 2 and h.rows("work") == []


@case
def two_contents():
    """A second invoice with the same seller and number and other content is a finding, not a second item"""
    h = books(TWO, ("inbox", "bank", "more"))
    h.put("inbox/a.xml", ubl("1001"))
    h.put("inbox/b.xml", ubl("1002"))
    h.put("more/b.xml", ubl("1002", amount="250.00", net="200.00", tax="50.00"))
    h.put("more/c.xml", ubl("1003"))
    h.run()
    work = h.rows("work")
    assert len(work) == 1 and work[0]["state"] == "finding" and work[0]["name"] == "1002", work
    assert "other content" in work[0]["reason"], work
    assert len(h.records("voucher")) == 3, "one a number"
    items = h.rows("report", "aging")
    assert items[0]["total"] == "375.00", items
    h.run()
    assert len(h.records("voucher")) == 3 and len(h.rows("work")) == 1
    h.verify()


if __name__ == "__main__":
    main()
