"""Folders, disks, sizes and links: what cannot be read or written is said with a way on, and nothing else stops."""
import contextlib
import os
import resource
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hub import *


def all_sent(h, **how):
    """Runs until nothing is planned: what failed waits a little before it is tried again."""
    deadline = time.monotonic() + PATIENCE
    while ", 0 planned" not in h.run(code=None, **how).out:
        assert time.monotonic() < deadline, "effects stay planned"
        time.sleep(0.1)


# ---- folders ----

@case
def missing_folder():
    """A folder that is not there fails its source, exit 1; the others go on; it is read when it is there"""
    h = one_invoice()
    os.rmdir(h.path("bank"))
    r = h.run(code=1).says('connection "bank"', f"cannot read the folder {h.path('bank')}:", "No such file", "make it", "1 documents taken")
    assert r.err.count("bank") == r.err.splitlines()[0].count("bank"), "said once"
    assert len(h.tree()) == 1
    h.put("bank/a.xml", camt([entry("125.00", ocr(1001), "B1")]))
    h.run().says("1 documents taken").silent("error")
    assert len(h.tree()) == 2


@case
def file_for_a_folder():
    """A file in the place of a folder likewise"""
    h = one_invoice()
    os.rmdir(h.path("bank"))
    h.put("bank", "x")
    h.run(code=1).says(f"cannot read the folder {h.path('bank')}:", "Not a directory", "1 documents taken")
    assert h.read("bank") == b"x"


def unprivileged(h):
    """A prefix that runs a command as nobody, who owns the hub's folder."""
    if os.getuid() != 0 or not shutil.which("setpriv"):
        raise Skip("needs root and setpriv")
    for where, folders, files in os.walk(h.dir):
        for path in [where] + [os.path.join(where, name) for name in files]:
            os.chown(path, 65534, 65534)
    prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    if subprocess.run([*prefix, "test", "-x", LOLIGO], check=False).returncode:
        raise Skip("the build cannot be reached by another user")
    return prefix


@case
def forbidden_folder():
    """A folder that may not be read fails its source, exit 1; the others go on"""
    h = one_invoice()
    nobody = unprivileged(h)
    os.chmod(h.path("bank"), 0)
    h.run(code=1, wrap=nobody).says(f"cannot read the folder {h.path('bank')}: Permission denied", "give the hub the right", "1 documents taken")
    os.chmod(h.path("bank"), 0o755)
    h.run(wrap=nobody).silent("error")


@case
def forbidden_file():
    """A file that may not be read is said; its neighbours are taken, and it is when it may"""
    h = one_invoice()
    h.put("inbox/b.xml", ubl("1002"))
    h.put("inbox/c.xml", ubl("1003"))
    nobody = unprivileged(h)
    os.chmod(h.path("inbox/b.xml"), 0)
    h.run(code=1, wrap=nobody).says(f"cannot read {h.path('inbox/b.xml')}: Permission denied", "2 documents taken")
    os.chmod(h.path("inbox/b.xml"), 0o644)
    h.run(wrap=nobody).says("1 documents taken").silent("error")


@case
def forbidden_output():
    """An output folder that may not be written to: exit 1, the voucher stays planned and goes out later, once"""
    h = one_invoice()
    os.makedirs(h.path("out"))
    nobody = unprivileged(h)
    os.chmod(h.path("out"), 0o500)
    h.run(code=1, wrap=nobody).says('connection "books"', h.path("out"), "Permission denied", "1 planned")
    os.chmod(h.path("out"), 0o755)
    all_sent(h, wrap=nobody)
    h.run(wrap=nobody).says("1 confirmed")
    assert sorted(h.tree()) == ["out/A-1.se"]


@case
def unmovable():
    """A file that cannot be moved away is taken once, and said"""
    h = one_invoice(BOOKS.replace("inbox/*.xml, format: ubl", "inbox/*.xml, format: ubl, after: move, done: done"))
    h.put("done", "in the way")
    h.run(code=1).says("cannot move", h.path("inbox/a.xml"), h.path("done"), "1 documents taken")
    h.run().says("0 documents taken, 0 copies")
    assert len(h.records("invoice")) == 1


# ---- disks ----

@contextlib.contextmanager
def small_disk(path, size):
    os.makedirs(path, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], capture_output=True, check=False)
    if done.returncode:
        raise Skip("a small file system cannot be mounted")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=False)


def grow(path, size):
    subprocess.run(["mount", "-o", f"remount,size={size}", path], check=True)


@case
def full_store():
    """A full disk under the store: one message, exit 1, nothing half; with room all of it is taken"""
    h = one_invoice()
    for i in range(60):
        h.put(f"inbox/{i}.xml", ubl(f"2{i:03}"))
    with small_disk(h.path("var"), "700k"):
        r = h.run(code=1).says("full")
        assert len(r.err.splitlines()) == 1, "said once"
        grow(h.path("var"), "50m")
        h.verify()
        h.run()
        assert len(h.records("invoice")) == 61 and len(h.records("voucher")) == 61
        assert [w for w in h.rows("work")] == []
        h.verify()
        numbers = sorted(int(name[6:-3]) for name in h.tree())
        assert numbers == list(range(1, 62)), numbers


@case
def full_output():
    """A full disk under the output: said, exit 1; with room each voucher is there once"""
    h = one_invoice()
    for i in range(30):
        h.put(f"inbox/{i}.xml", ubl(f"2{i:03}"))
    with small_disk(h.path("out"), "64k"):
        h.run(code=1).says('connection "books"', "No space left on device", "make room", "planned")
        assert LAST[-1].err.count("No space left") <= 3, "not once a file"
        assert len(h.records("voucher")) == 31
        assert h.leftovers() == [], "nothing half"
        grow(h.path("out"), "10m")
        all_sent(h)
        h.run().says("31 confirmed, 0 planned")
        assert sorted(int(name[6:-3]) for name in h.tree()) == list(range(1, 32))
        h.verify()


LINES = """hub: { store: "sqlite:var/hub.db" }
connections:
  in:  { use: file, read: inbox/*.jsonl, format: json }
  out: { use: file, write: out/all.jsonl, format: json }
flows: { copy: { from: in, to: out } }
"""


def line(number, text="x"):
    return json.dumps({"kind": "transaction", "account": {"id": IBAN, "scheme": "iban"}, "amount": "10.00", "currency": "SEK",
                       "side": "credit", "status": "booked", "booking_date": "2026-11-10", "bank_reference": f"R{number}",
                       "remittance": text}) + "\n"


@case
def full_lines():
    """A full disk under a file of lines: cut back to whole lines; with room each line is there once"""
    h = Hub(LINES)
    for i in range(10):
        h.put(f"inbox/{i}.jsonl", "".join(line(10 * i + k, "y" * 500) for k in range(10)))
    with small_disk(h.path("out"), "60k"):
        h.run(code=1).says("No space left on device", "make room")
        if os.path.exists(h.path("out/all.jsonl")):
            assert h.read("out/all.jsonl")[-1:] in (b"", b"\n"), "whole lines"
        grow(h.path("out"), "10m")
        all_sent(h)
        got = [json.loads(row)["bank_reference"] for row in h.read("out/all.jsonl").splitlines()]
        assert sorted(got) == sorted(f"R{i}" for i in range(100)), len(got)
        h.verify()


# ---- sizes ----

def attachment(h, megabytes):
    before, after = ubl("2001", extra="@@").split("@@")
    path = h.path("inbox/.big")
    with open(path, "w", encoding="ascii", errors="xmlcharrefreplace") as f:
        f.write(before + '<cac:AdditionalDocumentReference><cbc:ID>att</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject '
                'mimeCode="application/pdf" filename="a.pdf">')
        for _ in range(megabytes):
            f.write("QUJD" * (1 << 18))
        f.write("</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>" + after)
    os.utime(path, (time.time() - 60,) * 2)
    os.rename(path, h.path("inbox/b.xml"))


def sanitized():
    with open(LOLIGO, "rb") as f:
        return b"Sanitizer" in f.read()


def peak(h, *args):
    """Runs and gives the largest memory of the run, in MiB; 0 under a sanitizer, whose memory says nothing."""
    script = "import os,resource,subprocess,sys; r=subprocess.run(sys.argv[1:]).returncode; " \
             "print('PEAK', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); sys.exit(r)"
    r = h.run(*args, wrap=(sys.executable, "-c", script))
    return r, 0 if sanitized() else int(r.out.rsplit("PEAK", 1)[1])


@case
def large_attachment():
    """An attachment of 200 MB passes with its invoice where that is asked for, in memory of a few times its size"""
    h = one_invoice(BOOKS.replace("format: ubl", "format: { ubl: { text_max: 256MiB } }"))
    attachment(h, 200)
    r, mib = peak(h)
    r.says("2 documents taken")
    assert sorted(x["totals"]["payable"] for x in h.records("invoice")) == ["125.00"] * 2
    assert len(h.records("voucher")) == 2
    assert mib < 1400, f"{mib} MiB"
    h.verify()


@case
def limited_attachment():
    """By default it is refused by a limit that the message names; its neighbour passes"""
    h = one_invoice()
    attachment(h, 200)
    r, mib = peak(h)
    r.says("inbox/b.xml:", "longer than the limit of 104857600 bytes", "EmbeddedDocumentBinaryObject", "text_max", "1 documents taken", "1 parked")
    assert mib < 700, f"{mib} MiB"


@case
def many_entries():
    """A statement of 20,000 entries passes in memory that does not grow with it"""
    h = one_invoice(BOOKS.replace("steps: [match, { book: { plan: PLANS/bas.yaml, company: \"5560360793\" } }]\n    to: books", "steps: []"))
    h.put("bank/a.xml", camt([entry("1.00", text=f"line {i}", bank_reference=f"B{i}") for i in range(20000)]))
    r, mib = peak(h)
    r.says("2 documents taken")
    assert mib < 150, f"{mib} MiB"


# ---- csv ----

CSV = """hub: { store: "sqlite:var/hub.db" }
connections:
  bank:
    use: file
    read: bank/*.csv
    format:
      csv:
        kind: transaction
        separator: ";"
        columns: { Datum: booking_date, Belopp: amount, Text: remittance }
        constants: { currency: SEK, side: credit, status: booked, account.id: SE4550000000058398257466 }
  out: { use: file, write: out/all.jsonl, format: json }
flows: { copy: { from: bank, to: out } }
"""


@case
def csv_column():
    """A CSV with a missing column is parked: its name, the columns that there are, the line; others pass"""
    h = Hub(CSV)
    h.put("bank/a.csv", "Datum;Belopp;Text\n2026-11-10;1.00;a\n2026-11-10;2.00;b\n")
    h.put("bank/b.csv", "Datum;Beloppp;Text\n2026-11-11;3.00;c\n")
    h.put("bank/c.csv", "Text;Belopp;Datum\nd;4.00;2026-11-12\n")
    h.run().says("bank/b.csv:1", '"Belopp"', "Beloppp", "2 documents taken", "1 parked")
    assert [r["amount"] for r in h.records("transaction")] == ["1.00", "2.00", "4.00"]
    h.put("bank/b.csv", "Datum;Belopp;Text\n2026-11-11;3.00;c\n")
    h.run().says("1 documents taken")
    assert sorted(r["amount"] for r in h.records("transaction")) == ["1.00", "2.00", "3.00", "4.00"]
    assert len(h.read("out/all.jsonl").splitlines()) == 4


@case
def csv_row():
    """A CSV row that is wrong names its line; nothing of that file is taken"""
    h = Hub(CSV)
    h.put("bank/a.csv", "Datum;Belopp;Text\n2026-11-10;1.00;a\n2026-11-31;2.00;b\n")
    h.put("bank/b.csv", "Datum;Belopp;Text\n2026-11-10;1,50;a\n")
    h.put("bank/c.csv", "Datum;Belopp;Text\n2026-11-10;5.00;a\n")
    h.run().says("bank/a.csv:3", "2026-11-31", "bank/b.csv:2", "1,50", "1 documents taken", "2 parked")
    assert [r["amount"] for r in h.records("transaction")] == ["5.00"]


@case
def json_line():
    """A line of JSON that is wrong names its line and column; nothing of that file is taken"""
    h = Hub(LINES)
    h.put("inbox/a.jsonl", line(1) + line(2)[:-30] + "\n" + line(3))
    h.put("inbox/b.jsonl", line(4) + line(5).replace('"amount"', '"amunt"'))
    h.put("inbox/c.jsonl", line(6))
    h.run().says("inbox/a.jsonl:2:", "1 parked" if "b.jsonl\" is parked" not in LAST[-1].text else "2 parked")
    got = [json.loads(row)["bank_reference"] for row in h.read("out/all.jsonl").splitlines()]
    assert "R6" in got and "R1" not in got and "R3" not in got, got


@case
def fine_amounts():
    """A row with three decimals in SEK is parked alone, with its place; its neighbours go on"""
    h = Hub(LINES)
    h.put("inbox/a.jsonl", line(1) + line(2).replace("10.00", "10.005") + line(3) + line(4).replace("10.00", "10.500000000000000000"))
    h.run().says("inbox/a.jsonl:2:", "10.005", "for a person 1", "4 records read")
    got = [json.loads(row) for row in h.read("out/all.jsonl").splitlines()]
    got = {row["bank_reference"]: row["amount"] for row in got}
    assert got == {"R1": "10.00", "R3": "10.00", "R4": "10.50"}, got


# ---- links ----

@case
def links_in():
    """A symbolic link in an inbox is not read, not moved, not deleted, and said once"""
    h = one_invoice(BOOKS.replace("inbox/*.xml, format: ubl", "inbox/*.xml, format: ubl, after: delete"))
    os.makedirs(h.path("else"))
    h.put("else/secret.xml", ubl("6666"))
    os.symlink("../else/secret.xml", h.path("inbox/link.xml"))
    os.symlink("../else/nothing.xml", h.path("inbox/broken.xml"))
    os.symlink("../else", h.path("inbox/folder.xml"))
    h.run().says("symbolic link", "1 documents taken")
    assert [r["number"] for r in h.records("invoice")] == ["1001"]
    assert sorted(os.listdir(h.path("inbox"))) == ["broken.xml", "folder.xml", "link.xml"]
    assert os.listdir(h.path("else")) == ["secret.xml"]


@case
def no_files():
    """Folders, pipes and files with a dot in front are no documents, and block nothing"""
    h = one_invoice()
    os.makedirs(h.path("inbox/folder.xml"))
    os.mkfifo(h.path("inbox/pipe.xml"))
    h.put("inbox/.hidden.xml", ubl("6666"))
    h.run().says("1 documents taken").silent("error")


@case
def links_out():
    """A symbolic link in the output folder leads nowhere: what it points to is not touched, the name is left alone"""
    h = one_invoice()
    os.makedirs(h.path("out"))
    h.put("else/kept.txt", "kept")
    os.symlink("../else/kept.txt", h.path("out/A-1.se"))
    os.symlink("../else/new.txt", h.path("out/A-1-2.se"))
    h.run().says("1 effects delivered")
    assert h.read("else/kept.txt") == b"kept" and os.listdir(h.path("else")) == ["kept.txt"]
    assert os.path.islink(h.path("out/A-1.se")) and h.read("out/A-1-3.se").startswith(b"#FLAGGA")


@case
def link_of_lines():
    """A file of lines that is a link is refused, with its name; taken away, the lines are written"""
    h = Hub(LINES)
    h.put("inbox/a.jsonl", line(1))
    h.put("else/kept.txt", "kept")
    os.makedirs(h.path("out"))
    os.symlink("../else/kept.txt", h.path("out/all.jsonl"))
    h.run(code=1).says("out/all.jsonl", "symbolic link", "1 planned")
    assert h.read("else/kept.txt") == b"kept"
    os.unlink(h.path("out/all.jsonl"))
    all_sent(h)
    assert len(h.read("out/all.jsonl").splitlines()) == 1 and h.read("else/kept.txt") == b"kept"


@case
def folder_links_out():
    """A folder on the way of a template that is a link is not followed"""
    h = one_invoice(BOOKS.replace('"out/{series}-{number}.se"', '"out/{series}/{number}.se"'))
    os.makedirs(h.path("out"))
    os.makedirs(h.path("else"))
    os.symlink("../else", h.path("out/A"))
    h.run(code=1).says("out/A/1.se", "symbolic link")
    assert os.listdir(h.path("else")) == []


@case
def fields_in_names():
    """Fields in a file's name lead to no other folder"""
    h = one_invoice(BOOKS.replace('"out/{series}-{number}.se"', '"out/{text}.se"').replace("bas.yaml", "../plan.yaml").replace("PLANS/../", ""))
    with open(os.path.join(PLANS, "bas.yaml"), encoding="utf-8") as f:
        h.config(f.read(), "plan.yaml")
    h.put("inbox/b.xml", ubl("../../../../tmp/evil", buyer="/../../x"))
    before = set(os.listdir(os.path.dirname(h.dir)))
    h.run(code=None)
    assert all(os.path.dirname(name) == "out" for name in h.tree()), h.tree().keys()
    assert not [n for n in set(os.listdir(os.path.dirname(h.dir))) - before if "evil" in n]
    assert len(h.tree()) == 2


@case
def foreign_lines():
    """A file of lines that somebody else wrote or changed is never appended to"""
    h = Hub(LINES)
    h.put("inbox/a.jsonl", line(1))
    h.put("out/all.jsonl", "somebody's\n")
    h.run(code=1).says("out/all.jsonl", "not written by this connection", "move it away")
    assert h.read("out/all.jsonl") == b"somebody's\n"
    os.rename(h.path("out/all.jsonl"), h.path("out/theirs"))
    all_sent(h)
    first = h.read("out/all.jsonl")
    with open(h.path("out/all.jsonl"), "ab") as f:
        f.write(b"more\n")
    h.put("inbox/b.jsonl", line(2))
    h.run(code=1).says("out/all.jsonl", "more than was written")
    assert h.read("out/all.jsonl") == first + b"more\n"


if __name__ == "__main__":
    main()
