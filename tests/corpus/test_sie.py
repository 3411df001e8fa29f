#!/usr/bin/env python3
"""The SIE corpus: every valid file is read, what is written reads back equal, vouchers balance by hledger, the rest is
refused with its line."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

FOLDER = "../shared/corpus/sie/sie-samples"
TOOL = os.path.join(os.environ.get("BUILD", "build"), "tests/test_sie")
# Its texts are UTF-8 with U+FFFD in them, which CP437 does not have.
UTF8 = {"SIE4_Exempelfil_med_underdim.SE"}
BAD = {"transaktioner_ovnbolag-bad-balance.se": "3905: [sie.unbalanced] voucher B 1 does not balance"}
number = 0


def check(name, ok, why=""):
    global number
    number += 1
    print(f"{'ok' if ok else 'not ok'} {number} - {name}" + ("" if ok else f"\n# {why}"), flush=True)


def run(*args):
    done = subprocess.run([TOOL, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def labels(path):
    """How often each label stands in the file, counted without our reader."""
    counts = {}
    for line in open(path, "rb"):
        match = re.match(rb"\s*#([A-Za-z]+)", line)
        if match:
            label = match.group(1).decode().upper()
            counts[label] = counts.get(label, 0) + 1
    return counts


def records_of(text):
    import json
    return [json.loads(line) for line in text.decode().splitlines()]


def counted(path, records):
    """Nothing is lost: as many records and rows as labels."""
    have, kinds, rows = labels(path), {}, 0
    for record in records:
        kinds[record["kind"]] = kinds.get(record["kind"], 0) + 1
        rows += len(record.get("lines", []))
    want = sum(have.get(l, 0) for l in ("IB", "UB", "RES", "OIB", "OUB", "PSALDO", "PBUDGET"))
    accounts = sum(len(r.get("accounts", [])) for r in records)
    return (kinds.get("books") == 1 and kinds.get("balance", 0) == want and kinds.get("voucher", 0) == have.get("VER", 0)
            and rows == sum(have.get(l, 0) for l in ("TRANS", "RTRANS", "BTRANS")) and accounts >= have.get("KONTO", 0))


def journal(text):
    """The written SIE file as an hledger journal, by a reader of its own."""
    out = ["commodity SEK 1000.00"]
    for line in text.decode("cp437").splitlines():
        fields = [a or b for a, b in re.findall(r'"((?:\\.|[^"])*)"|(\{[^}]*\}|\S+)', line)]
        if line.startswith("#VER"):
            date = next(f for f in fields[3:] if re.fullmatch(r"\d{8}", f))
            out.append(f"\n{date[:4]}-{date[4:6]}-{date[6:]} ({fields[1]}{fields[2]}) voucher")
        elif line.startswith("#TRANS"):
            out.append(f"    {fields[1]}  SEK {fields[3]}")
    return "\n".join(out) + "\n"


def balanced(text, temp):
    path = os.path.join(temp, "x.journal")
    with open(path, "w") as f:
        f.write(text)
    done = subprocess.run(["hledger", "-f", path, "check"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0, done.stdout.decode()[-500:]


def hledger(name, text, temp):
    check(f"{name}: hledger finds what was written balanced", *balanced(journal(text), temp))


def one(name, temp):
    path = os.path.join(FOLDER, name)
    code, first, said = run("read", path)
    if name in BAD:
        check(f"{name} is refused", code == 1 and BAD[name] in said, said)
        return
    check(f"{name} is read", code == 0, said)
    if code != 0:
        return
    records = records_of(first)
    check(f"{name}: nothing is lost", counted(path, records), str(labels(path)))
    code, written, said = run("write", path, *(["utf-8"] if name in UTF8 else []))
    copy = os.path.join(temp, "copy.se")
    with open(copy, "wb") as f:
        f.write(written)
    code2, second, said2 = run("read", copy)
    sietyp = records[0].get("type", "")
    again = records_of(second) if code2 == 0 else []
    if sietyp[:1] != "4":  # written as 4E: all but the type stays
        for side in (records, again):
            if side:
                side[0].pop("type", None)
    check(f"{name}: written and read again is equal", code == 0 and code2 == 0 and records == again, said + said2)
    if any(r["kind"] == "voucher" for r in records) and name not in UTF8 and shutil.which("hledger"):
        hledger(name, written, temp)


def ours(temp):
    """Vouchers as the hub makes them, in two years and with objects."""
    lines = []
    for n in range(1, 41):
        net, vat = f"{n * 7}.{n:02d}", f"{n}.5"
        gross = f"{(n * 700 + n + n * 100 + 50) / 100:.2f}"
        lines.append('{"kind":"voucher","company":"5560360793","series":"K","number":%d,"date":"%d-03-%02d","text":"F%d",'
                     '"lines":[{"account":"1510","debit":"%s"},{"account":"3001","credit":"%s","dimensions":{"6":"P1"}},'
                     '{"account":"2611","credit":"%s"}]}' % (n, 2025 + n % 2, n % 28 + 1, n, gross, net, vat))
    path = os.path.join(temp, "ours.jsonl")
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")
    code, written, said = run("json", path)
    check("our vouchers are written", code == 0 and written.count(b"#VER") == 40, said)
    if shutil.which("hledger"):
        hledger("our vouchers", written, temp)


def main():
    if not os.path.isdir(FOLDER):
        print("ok 1 - the SIE corpus # SKIP ../shared is not there")
        return 0
    with tempfile.TemporaryDirectory() as temp:
        for name in sorted(os.listdir(FOLDER)):
            one(name, temp)
        ours(temp)
        if shutil.which("hledger"):
            wrong = journal(b"#VER A 1 20260101\n#TRANS 1 {} 1.00\n#TRANS 2 {} -1.01\n")
            check("hledger sees a voucher that does not balance", not balanced(wrong, temp)[0])
    return 0


sys.exit(main())
