"""What is wrong in the configuration, and what a command answers: one message with a place, and the exit code."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hub import *


def wrong(h, *texts):
    """check says 1, run says 2, both the same; nothing was begun."""
    h.loligo("check", code=1).says("1 error", *texts)
    h.run(code=2).says("1 error", *texts)
    h.loligo("run", code=2).says(*texts)
    assert not os.path.exists(h.path("var")) and not os.path.exists(h.path("out"))


@case
def plan():
    """A plan that does not balance: event, line and what is left over"""
    h = one_invoice(BOOKS.replace("PLANS/bas.yaml", "plan.yaml"))
    with open(os.path.join(PLANS, "bas.yaml"), encoding="utf-8") as f:
        good = f.read()
    h.config(good.replace("      - { credit: rounding, amount: rounding }\n", "", 1), "plan.yaml")
    line = good[:good.index("  invoice_registered:")].count("\n") + 1
    wrong(h, f"plan.yaml:{line}:3: error:", '"invoice_registered" does not balance', "payable + prepaid - base - tax")
    h.config(good, "plan.yaml")
    h.loligo("check").says("is right")
    h.run().says("1 documents taken")
    assert len(h.records("voucher")) == 1


@case
def step():
    """A flow that names a step that is not there: line, column, caret, did you mean"""
    h = one_invoice(BOOKS.replace("[match,", "[mach,"))
    wrong(h, 'loligo.yaml:17:13: error: no step named "mach"', "steps: [mach,", "\n      |             ^", 'did you mean "match"?')
    h.config(BOOKS)
    h.run().says("1 documents taken")


@case
def many_errors():
    """All errors of a configuration are told in one run"""
    h = one_invoice(BOOKS.replace("[match,", "[mach,").replace("format: camt", "format: cam").replace("from: invoices", "from: invoice"))
    h.loligo("check", code=1).says("3 errors", '"mach"', '"cam"', '"invoice"')


CLIENTS = BOOKS.replace('clients:\n  "1": { name: Säljaren AB, legal_id: "5560360793" }\n', "include: [clients/*.yaml]\n").replace(
    "from: invoices", "from: { label: invoices }").replace("  invoices: { use: file, read: inbox/*.xml, format: ubl }\n", "")


def client(number, key="legal_id"):
    return (f'clients:\n  "{number}": {{ name: Client {number}, {key}: "{SELLER}" }}\nconnections:\n  in{number}: {{ use: file, '
            f'read: ../inbox/{number}/*.xml, format: ubl, client: "{number}", labels: [invoices] }}\n')


@case
def client_typo():
    """A client file with a typo among good ones stops that client only, and catches up when it is corrected"""
    h = one_invoice(CLIENTS)
    os.makedirs(h.path("clients"))
    for number in "123":
        h.config(client(number, "legal_ed" if number == "2" else "legal_id"), f"clients/{number}.yaml")
        h.put(f"inbox/{number}/a.xml", ubl(f"100{number}"))
    texts = ('clients/2.yaml:2:26: error: unknown key "legal_ed"', "^", 'did you mean "legal_id"?', "1 error")
    h.loligo("check", code=1).says(*texts)
    h.run().says("2 documents taken", *texts)
    assert sorted(r["client"] for r in h.records("invoice")) == ["1", "3"]
    assert os.path.exists(h.path("inbox/2/a.xml"))
    h.config(client("2"), "clients/2.yaml")
    h.loligo("check").says("3 clients")
    h.run().says("1 documents taken").silent("error")
    assert sorted(r["client"] for r in h.records("invoice")) == ["1", "2", "3"]
    h.verify()


@case
def all_clients_wrong():
    """Also when no client file is left, what does not belong to a client goes on"""
    h = one_invoice(CLIENTS)
    os.makedirs(h.path("clients"))
    h.config(client("1", "legal_ed"), "clients/1.yaml")
    h.put("bank/a.xml", camt([entry("10.00", text="hej", bank_reference="B1")]))
    h.run(code=None).says("clients/1.yaml:2:")
    assert len(h.records("transaction")) == 1


@case
def exit_codes():
    """Exit codes: 0 fine, 1 the thing has problems, 2 wrong usage or unreadable config"""
    h = one_invoice()
    h.run()
    h.put("broken.xml", ubl("1002")[:900])
    with open(h.path("nothing.bin"), "wb") as f:
        f.write(bytes(range(256)) * 10)
    expected = [
        (0, ["--help"], "usage:"), (0, ["--version"], "loligo "), (0, ["run", "--help"], "usage: loligo run"),
        (0, ["check"], "is right"), (0, ["run", "--once"], "0 documents"), (0, ["records"], "1001"), (0, ["show", "1001"], "1001"),
        (0, ["why", "1001"], "1001"), (0, ["work"], ""), (0, ["effects"], "confirmed"), (0, ["report", "aging"], "125.00"),
        (0, ["plugins"], "ubl"), (0, ["plugins", "match"], "match"), (0, ["audit", "verify"], ""),
        (0, ["convert", "inbox/a.xml"], '"number":"1001"'), (0, ["convert", "--to", "none", "inbox/a.xml"], "1 records, 0 findings"),
        (1, ["-c", "nothing.yaml", "check"], "nothing.yaml"), (2, ["-c", "nothing.yaml", "run"], "nothing.yaml"),
        (2, ["-c", "nothing.yaml", "records"], "nothing.yaml"),
        (1, ["show", "nothing"], '"nothing"'), (1, ["why", "nothing"], '"nothing"'),
        (1, ["work", "drop", "nothing", "--reason", "x"], "loligo work"), (1, ["effects", "retry", "nothing", "--reason", "x"], "nothing"),
        (1, ["work", "undo", "nothing", "--reason", "x"], "nothing"),
        (1, ["convert", "nothing.xml"], "nothing.xml"), (1, ["convert", "broken.xml"], "broken.xml:"),
        (1, ["convert", "nothing.bin"], "--from"),
        (2, [], "usage:"), (2, ["rum"], 'did you mean "run"?'), (2, ["run", "--onse"], "--onse"), (2, ["run", "x"], "usage:"),
        (2, ["check", "x"], "usage:"), (2, ["convert"], "usage:"), (2, ["convert", "--from", "x", "inbox/a.xml"], '"x"'),
        (2, ["convert", "--to", "x", "inbox/a.xml"], '"x"'), (2, ["--format", "x", "records"], '"x"'), (2, ["audit"], "usage:"),
        (2, ["work", "drop"], "usage:"), (2, ["work", "drop", "x"], "--reason"), (2, ["work", "apply", "x", "y", "--reason", "z"], '"y"'),
        (2, ["effects", "--state", "x"], '"x"'), (2, ["plugins", "x"], '"x"'), (2, ["records", "--kind", "x"], '"x"'),
        (2, ["report"], "aging"), (2, ["report", "x"], "aging"),
    ]
    bad = []
    for code, args, text in expected:
        r = h.loligo(*args, code=None)
        if r.code != code or text not in r.text:
            bad.append((args, r.code, code, text))
        if r.code and r.out and args[:1] != ["convert"]:
            bad.append((args, "talks on stdout", r.out))
    assert not bad, bad


@case
def results_apart():
    """Results go to stdout, talk to stderr; rows as JSON lines are nothing but JSON lines"""
    h = one_invoice()
    h.put("inbox/b.xml", "no XML")
    r = h.run()
    assert "is parked" in r.err and "is parked" not in r.out and "documents taken" in r.out
    for args in (["records"], ["work"], ["effects"], ["report", "vouchers"]):
        assert all(isinstance(row, dict) for row in h.rows(*args)) and h.rows(*args), args
    assert "\x1b" not in r.err, "no colours into a pipe"


@case
def no_output():
    """Standard output that cannot be written is exit 1, not silence"""
    if not os.path.exists("/dev/full"):
        raise Skip("no /dev/full")
    h = one_invoice()
    h.run()
    h.loligo("records", code=1, wrap=("sh", "-c", 'exec "$@" >/dev/full', "sh")).says("cannot be written")


if __name__ == "__main__":
    main()
