#!/usr/bin/env python3
"""The camt corpus: every well-formed camt.052, .053 and .054 is read; each entry and detail is there, counted here by
another reader; balances hold or are reported; what lists the same lines of a day counts once."""
import collections
import glob
import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree
from decimal import Decimal

FOLDER = "../shared/corpus/camt"
BUILD = os.environ.get("BUILD", "build")
TOOL = os.path.join(BUILD, "tests/test_camt")
# Not a bank message, and two that their source calls root elements only.
REFUSED = {"valid_camt_v09.xml", "valid_namespace.xml", "invalid_namespace.xml"}
number = 0


def check(name, ok, why=""):
    global number
    number += 1
    print(f"{'ok' if ok else 'not ok'} {number} - {name}" + ("" if ok else f"\n# {why}"), flush=True)


def read(path):
    done = subprocess.run([TOOL, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode("utf-8", "replace")


def tree(path):
    root = ElementTree.parse(path).getroot()
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
    return root


def signed(element):
    amount = Decimal(element.findtext("Amt"))
    return -amount if element.findtext("CdtDbtInd") == "DBIT" else amount


def is_booked(entry):
    return "".join(entry.find("Sts").itertext()).strip() == "BOOK"


def statements(root):
    return [e for e in root.iter() if e.tag in ("Stmt", "Rpt", "Ntfctn")]


def details_of(entry):
    return entry.findall("TxDtls") + entry.findall("NtryDtls/TxDtls")


def expected(entry):
    """How many transactions an entry gives: one a detail if these sum to it."""
    details = details_of(entry)
    if len(details) < 2:
        return 1
    total = Decimal(0)
    for d in details:
        amount = d.findtext("Amt") or d.findtext("AmtDtls/TxAmt/Amt")
        total += Decimal(amount) if amount else Decimal("NaN")
    return len(details) if total == Decimal(entry.findtext("Amt")) else 1


def balance(statement, codes):
    for code in codes:
        for b in statement.findall("Bal"):
            if code in (b.findtext("Tp/CdOrPrtry/Cd"), b.findtext("Tp/Cd")):
                return signed(b), b.find("Amt").get("Ccy")
    return None


def adds_up(statement):
    """None: nothing to prove it by."""
    opening, closing = balance(statement, ("OPBD", "PRCD")), balance(statement, ("CLBD",))
    if statement.tag != "Stmt" or opening is None or closing is None or statement.find("StmtPgntn") is not None:
        return None
    moved = sum((signed(e) for e in statement.findall("Ntry") if is_booked(e)), Decimal(0))
    return opening[1] == closing[1] and opening[0] + moved == closing[0]


def counts_hold(statement):
    said = statement.findtext("TxsSummry/TtlNtries/NbOfNtries")
    entries = statement.findall("Ntry")
    return said is None or int(said) in (len(entries), sum(1 for e in entries if is_booked(e)))


def texts(root, path):
    return collections.Counter(e.text.strip() for e in root.iter(path) if e.text and e.text.strip() not in ("", "NOTPROVIDED"))


def kept(records, *names):
    found = collections.Counter()
    for record in records:
        for name in names:
            value = record.get(name)
            for v in value if isinstance(value, list) else [value] if value else []:
                found[v] += 1
    return found


def one(path):
    name = os.path.basename(path)
    code, records, err = read(path)
    if name in REFUSED:
        check(f"{name} is refused, saying what it is not", code == 1 and "[camt.no_statement]" in err and not records, err)
        return
    root = tree(path)
    stmts = statements(root)
    entries = [e for s in stmts for e in s.findall("Ntry")]
    lines = [r for r in records if r["kind"] == "transaction"]
    check(f"{name}: each entry and detail is there",
          len([r for r in records if r["kind"] == "statement"]) == len(stmts) and len(lines) == sum(map(expected, entries)),
          f"{len(lines)} {err}")
    wrong = [s for s in stmts if adds_up(s) is False or (s.tag != "Rpt" and not counts_hold(s))]
    check(f"{name}: balances hold or are reported", ("[camt.balance] refused" in err) == bool(wrong) and code == bool(wrong), err)
    total = sum((signed(e) for e in entries), Decimal(0))
    check(f"{name}: the money is the same",
          sum(Decimal(r["amount"]) * (1 if r["side"] == "credit" else -1) for r in lines) == total)
    check(f"{name}: each line is itself", len({r["id"] for r in records}) == len(records))
    check(f"{name}: nothing is unread", "xml.unknown_element" not in err and "xml.repeated" not in err, err)
    if all(expected(e) == max(1, len(details_of(e))) for e in entries):
        check(f"{name}: references are there", texts(root, "EndToEndId") == kept(lines, "end_to_end_id")
              and texts(root, "MndtId") == kept(lines, "mandate_id")
              and sum(texts(root, "CdtrRef").values()) + sum(len(e.findall("Ref")) for e in root.iter("CdtrRefInf"))
              == sum(kept(lines, "references").values()), f"{texts(root, 'EndToEndId')} {kept(lines, 'end_to_end_id')}")


def counted_once():
    """The Finnish samples are one day of one account as report, statement and notification."""
    a, b = [[r for r in read(f"{FOLDER}/moov/FI_camt_{kind}_sample.xml.xml")[1] if r["kind"] == "transaction"]
            for kind in ("053", "054")]
    shared = {r["id"] for r in a} & {r["id"] for r in b}
    common = {r["bank_reference"] for r in a if r.get("detail") and r["details"] > 1} & {r["bank_reference"] for r in b}
    check("camt.053 and camt.054 of one day count once", len(shared) >= 3 and
          all(r["id"] in shared for r in a + b if r["bank_reference"] in common), f"{shared} {common}")
    lumps = [r for r in a if r.get("batch", {}).get("count", 0) > 1 and "detail" not in r]
    linked = [l for l in lumps if sum(Decimal(r["amount"]) for r in b if r["bank_reference"] == l["bank_reference"])
              == Decimal(l["amount"])]
    check("a lump is linked with its details by the bank's reference", len(linked) >= 3, f"{len(lumps)} {len(linked)}")


def main():
    files = sorted(p for p in glob.glob(f"{FOLDER}/**/*", recursive=True) if os.path.isfile(p))
    if not files:
        print("ok 1 - the camt corpus # SKIP ../shared is not there")
        return
    for path in files:
        one(path)
    counted_once()
    print(f"1..{number}")


main()
