#!/usr/bin/env python3
"""Format camt as a whole: fixtures of each family of versions against their records, and bad input."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(__file__)
BUILD = os.environ.get("BUILD", "build")
TOOL = os.path.join(BUILD, "tests/test_camt")
GENERATE = [sys.executable, "tests/camt/gen_camt.py"]
SANITIZED = bool(os.environ.get("SAN"))
FINDINGS = {
    "v01": [],
    "v02": [],
    "v04": ["camt.details_incomplete"],
    "v13": ["camt.status", "xml.unknown_element"],
}
number = 0


def check(name, ok, why=""):
    global number
    number += 1
    print(f"{'ok' if ok else 'not ok'} {number} - {name}" + ("" if ok else f"\n# {why}"), flush=True)


def read_file(path, *options):
    done = subprocess.run([TOOL, *options, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out = done.stdout.decode()
    records = [json.loads(line) for line in out.splitlines()] if not options else out
    return done.returncode, records, done.stderr.decode("utf-8", "replace")


def read(data):
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
        file.flush()
        return read_file(file.name)


def ids(err):
    return [line.split("[", 1)[1].split("]", 1)[0] for line in err.splitlines() if "[" in line]


def kinds(records, kind):
    return [r for r in records if r["kind"] == kind]


# ---- small messages ----

def bal(code, amount, ccy="SEK", sub="", day="2026-11-02"):
    side = "DBIT" if amount.startswith("-") else "CRDT"
    sub = f"<SubTp><Cd>{sub}</Cd></SubTp>" if sub else ""
    return (f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry>{sub}</Tp><Amt Ccy="{ccy}">{amount.lstrip("-")}</Amt>'
            f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>")


def ntry(amount, ref="", details="", side="CRDT", ccy="SEK", text=""):
    ref = f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else ""
    details = f"<NtryDtls>{details}</NtryDtls>" if details else ""
    text = f"<AddtlNtryInf>{text}</AddtlNtryInf>" if text else ""
    return (f'<Ntry><Amt Ccy="{ccy}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-02</Dt>'
            f"</BookgDt>{ref}{details}{text}</Ntry>")


def tx(amount, e2e, side=""):
    side = f"<CdtDbtInd>{side}</CdtDbtInd>" if side else ""
    return f'<TxDtls><Refs><EndToEndId>{e2e}</EndToEndId></Refs><Amt Ccy="SEK">{amount}</Amt>{side}</TxDtls>'


def stmt(body, page="", tag="Stmt", id_="S1"):
    return (f"<{tag}><Id>{id_}</Id>{page}<CreDtTm>2026-11-03T05:00:00Z</CreDtTm><Acct><Id><IBAN>SE4550000000058398257466"
            f"</IBAN></Id><Ccy>SEK</Ccy></Acct>{body}</{tag}>")


def message(body, root="BkToCstmrStmt", kind="053"):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.04">\n'
            f"<{root}><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-11-03T05:00:00Z</CreDtTm></GrpHdr>\n{body}\n</{root}></Document>\n")


def page(n, last):
    return f"<StmtPgntn><PgNb>{n}</PgNb><LastPgInd>{'true' if last else 'false'}</LastPgInd></StmtPgntn>"


def notification(body):
    return message(stmt(body, tag="Ntfctn", id_="N1"), "BkToCstmrDbtCdtNtfctn", "054")


# ---- the tests ----

def fixtures():
    for name, findings in FINDINGS.items():
        code, records, err = read_file(os.path.join(HERE, name + ".xml"))
        with open(os.path.join(HERE, name + ".jsonl"), encoding="utf-8") as file:
            want = [json.loads(line) for line in file]
        check(f"{name} is read as expected", code == 0 and records == want,
              next((f"{a} != {b}" for a, b in zip(records, want) if a != b), f"{code} {len(records)} {err}"))
        check(f"{name} gives the expected findings", ids(err) == findings, err)


def occurrences():
    body = bal("OPBD", "0") + bal("CLBD", "700") + ntry("0.5", "X") * 400 + ntry("1", "Y") * 500
    lines = kinds(read(message(stmt(body)))[1], "transaction")
    count = {ref: [r.get("occurrence") for r in lines if r.get("bank_reference") == ref] for ref in "XY"}
    check("equal lines of a statement are counted, however many",
          count == {"X": list(range(1, 401)), "Y": list(range(1, 501))}, str(count)[:300])


def balances():
    good = message(stmt(bal("OPBD", "10.00") + bal("CLBD", "15.00") + ntry("5.00", "A")))
    check("a statement that adds up is taken", read(good)[0] == 0)
    code, records, err = read(good.replace(">15.00<", ">15.01<"))
    check("one that does not is refused with both figures and the difference",
          code == 1 and ids(err) == ["camt.balance"] and "give 15.00 SEK" in err and "is 15.01 SEK" in err
          and "difference of 0.01 SEK" in err, err)
    check("and its place", err.startswith("4: "), err)
    check("a bank's own counts are held against what is there",
          ids(read(good.replace("<Ntry>", "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry><Ntry>"))[2])
          == ["camt.balance"])
    check("and its sums", ids(read(good.replace(
        "<Ntry>", "<TxsSummry><TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>5.01</Sum></TtlCdtNtries></TxsSummry><Ntry>"))[2])
        == ["camt.balance"])
    two = message(stmt(bal("OPBD", "10.00") + bal("CLBD", "15.00") + ntry("5.00", "A"))
                  + stmt(bal("OPBD", "1.00") + bal("CLBD", "9.00"), id_="S2") + stmt(bal("OPBD", "1") + bal("CLBD", "2"), id_="S3"))
    code, records, err = read(two)
    check("two of three statements do not add up: both are told, nothing is taken",
          code == 1 and ids(err) == ["camt.balance", "camt.balance"] and "and 1 more" in err, err)
    check("an overdrawn account adds up", read(message(stmt(bal("OPBD", "-10") + bal("CLBD", "-15") + ntry("5", side="DBIT"))))[0] == 0)
    check("each currency of an account is proved alone",
          read(message(stmt(bal("OPBD", "1") + bal("CLBD", "2") + bal("OPBD", "5", "EUR") + bal("CLBD", "3", "EUR")
                            + ntry("1") + ntry("2", side="DBIT", ccy="EUR"))))[0] == 0)
    check("several days in one statement: the first opens, the last closes",
          read(message(stmt(bal("OPBD", "1", day="2026-11-01") + bal("CLBD", "2", day="2026-11-01") + bal("OPBD", "2")
                            + bal("CLBD", "4") + ntry("1") + ntry("2"))))[0] == 0)


def pages():
    interim = [stmt(bal("OPBD", "10") + bal("ITBD", "15") + ntry("5", "A"), page(1, False)),
               stmt(bal("ITBD", "15") + bal("CLBD", "22") + ntry("7", "B"), page(2, True))]
    code, records, err = read(message("".join(interim)))
    check("pages with interim balances are proved", code == 0 and err == "", err)
    check("page 2 opens with an interim balance", kinds(records, "statement")[1].get("interim_opening") is True)
    check("pages alone, too", all(read(message(p))[0] == 0 and read(message(p))[2] == "" for p in interim))
    whole = [stmt(bal("OPBD", "10") + bal("CLBD", "22") + ntry("5", "A"), page(1, False)),
             stmt(bal("OPBD", "10") + bal("CLBD", "22") + ntry("7", "B"), page(2, True))]
    code, records, err = read(message("".join(whole)))
    check("pages that repeat the statement's balances are proved together", code == 0 and err == "", err)
    code, records, err = read(message(whole[0]))
    check("a page without the others is taken, and the doubt told", code == 0 and ids(err) == ["camt.page"], err)
    check("pages that do not add up together are refused",
          ids(read(message("".join(whole).replace(">7<", ">8<")))[2]) == ["camt.balance"])
    same = [stmt(bal("OPBD", "0") + bal("ITBD", "5") + ntry("5"), page(1, False)),
            stmt(bal("ITBD", "5") + bal("CLBD", "10") + ntry("5"), page(2, True))]
    code, records, err = read(message("".join(same)))
    check("equal lines on two pages are two", len({r["id"] for r in kinds(records, "transaction")}) == 2)


def identities():
    details = "<Btch><NbOfTxs>2</NbOfTxs></Btch>" + tx("3.00", "E1") + tx("2.00", "E2")
    statement = read(message(stmt(bal("OPBD", "0") + bal("CLBD", "10") + ntry("5.00", "A", details) + ntry("5.00", "B"))))[1]
    note = read(notification(ntry("5.00", "A", details.replace("E2", "E2")) + ntry("5.00", "B", tx("5.00", "E3"))))[1]
    a, b = [[r["id"] for r in kinds(x, "transaction")] for x in (statement, note)]
    check("camt.053 and camt.054 of one day are the same lines", a == b and len(set(a)) == 3, f"{a} {b}")
    lump = read(message(stmt(ntry("5.00", "A", "<Btch><NbOfTxs>2</NbOfTxs></Btch>"))))[1][0]
    check("a lump keeps what leads to its details",
          lump["batch"]["count"] == 2 and lump["bank_reference"] == "A" and "detail" not in lump
          and kinds(note, "transaction")[0]["entry_amount"] == lump["amount"], lump)
    first = read(message(stmt(ntry("1") + ntry("1") + ntry("2", text="x"))))[1]
    second = read(message(stmt(ntry("2", text="other") + ntry("1") + ntry("3"), id_="S9")))[1]
    one, two = [{r["id"] for r in kinds(x, "transaction")} for x in (first, second)]
    check("overlapping statements share what overlaps, equal lines stay apart", len(one) == 3 and len(one | two) == 4)


def details():
    def sides(*parts, amount="5.00", side="CRDT"):
        code, records, err = read(message(stmt(ntry(amount, "A", "".join(parts), side))))
        return [(r["side"], r["amount"]) for r in kinds(records, "transaction")], ids(err)

    check("a fee among the details counts against them",
          sides(tx("6.00", "1", "CRDT"), tx("1.00", "2", "DBIT")) == ([("credit", "6.00"), ("debit", "1.00")], []))
    check("sides of what is reversed are turned",
          sides(tx("3", "1", "DBIT"), tx("2", "2", "DBIT")) == ([("credit", "3.00"), ("credit", "2.00")], []))
    check("details that do not sum leave one line and a finding",
          sides(tx("3", "1"), tx("1", "2")) == ([("credit", "5.00")], ["camt.details_incomplete"]))
    check("a single detail of another amount, too",
          sides(tx("3", "1")) == ([("credit", "5.00")], ["camt.details_incomplete"]))
    check("details without amounts, too", sides("<TxDtls/><TxDtls/>") == ([("credit", "5.00")], ["camt.details_incomplete"]))
    check("an empty amount is none", sides('<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR"/></TxAmt></AmtDtls></TxDtls>')
          == ([("credit", "5.00")], []))
    mixed = ('<TxDtls><Amt Ccy="EUR">1</Amt><AmtDtls><InstdAmt><Amt Ccy="EUR">1</Amt></InstdAmt><CntrValAmt><Amt Ccy="SEK">2'
             '</Amt></CntrValAmt></AmtDtls></TxDtls>')
    check("foreign details sum by their countervalue", sides(mixed, tx("3", "2")) == ([("credit", "2.00"), ("credit", "3.00")], []))


def generated():
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        subprocess.run([*GENERATE, "2", "--big-batch", "3000"], stdout=file, check=True)
        code, records, err = read_file(file.name)
        lines = kinds(records, "transaction")
        check("a batch larger than what is held back is read", code == 0 and len(lines) == 3001 and lines[-1]["detail"] == 3000
              and len({r["id"] for r in lines}) == 3001, err)
        text = open(file.name, encoding="utf-8").read()
    at = text.rindex('<TxDtls>')
    broken = text[:at] + text[at:].replace('<Amt Ccy="SEK">', '<Amt Ccy="SEK">1', 1)
    check("and refused when it does not sum", ids(read(broken)[2]) == ["camt.details"])
    used = []
    for entries in (2000, 20000):
        with tempfile.NamedTemporaryFile(suffix=".xml") as file:
            subprocess.run([*GENERATE, str(entries), "--details", "4", "--pad", "500"], stdout=file, check=True)
            code, out, err = read_file(file.name, "-c")
            used.append(int(out.split(", ")[1].split()[0]))
    if SANITIZED:
        print(f"ok {number + 1} - memory # SKIP a sanitizer keeps freed memory")
    else:
        check("memory does not grow with the file", code == 0 and used[1] - used[0] < 8 * 1024, used)


def bad_input():
    good = message(stmt(bal("OPBD", "10.00") + bal("CLBD", "15.00") + ntry("5.00", "A", text="Åsa")))
    raw = good.encode()
    check("truncated at any place: refused, no crash",
          all(read(raw[:n])[0] == 1 for n in range(0, len(raw) - 3, max(1, len(raw) // 25))))
    check("truncation is called so", ids(read(raw[:-30])[2])[-1] == "xml.truncated")
    bomb = good.replace("<Document", '<!DOCTYPE D [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n<Document').replace("Åsa", "&b;")
    check("an entity bomb is refused", ids(read(bomb)[2])[-1] == "xml.entity")
    check("bytes of another encoding than the declared are refused", ids(read(good.encode("latin-1"))[2])[-1] == "xml.encoding")
    check("a declared encoding is honoured",
          read(good.replace("UTF-8", "ISO-8859-1").encode("latin-1"))[1][0]["notes"] == ["Åsa"])
    check("UTF-16 is read", read(good.replace("UTF-8", "UTF-16").encode("utf-16"))[1][0]["notes"] == ["Åsa"])
    check("another message is refused", ids(read('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.055.001.09">'
                                                 "<CstmrPmtCxlReq/></Document>")[2])[-1] == "camt.no_statement")
    for name, old, new, want in (
            ("an amount with three decimals in SEK", ">5.00<", ">5.001<", "camt.decimals"),
            ("an amount that is no number", ">5.00<", ">5,00<", "xml.bad_value"),
            ("an amount of 20 digits", ">5.00<", ">12345678901234567890<", "xml.bad_value"),
            ("an entry without a side", "<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>", "camt.side"),
            ("an entry with a wrong side", "<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<CdtDbtInd>C</CdtDbtInd><Sts>", "camt.side"),
            ("an entry without an amount", '<Amt Ccy="SEK">5.00</Amt>', "", "camt.amount"),
            ("a date that there is not", "<BookgDt><Dt>2026-11-02", "<BookgDt><Dt>2026-11-31", "xml.bad_value")):
        code, records, err = read(good.replace(old, new))
        check(f"{name}: refused, with a place", code == 1 and ids(err)[-1:] == [want] and int(err.split(":")[0]) > 1, err)
    check("zeros behind the decimals do not count", read(good.replace(">5.00<", ">5.00000000000000000000<"))[0] == 0)
    check("a negative amount is the other side",
          [(r["side"], r["amount"]) for r in read(message(stmt(ntry("-5"))))[1][:1]] == [("debit", "5.00")])


for test in (fixtures, occurrences, balances, pages, identities, details, generated, bad_input):
    test()
print(f"1..{number}")
