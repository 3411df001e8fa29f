"""What the program tests share: a hub in a folder of its own, small e-invoices and bank statements, and TAP.

A test file defines functions marked with @case; each becomes one TAP line, named by the first line of its docstring.
`main()` at the end runs them.  An assertion that fails prints what the program said last.
"""
import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.getcwd()
LOLIGO = os.path.abspath(os.environ.get("LOLIGO", "build/loligo"))
PLANS = os.path.join(ROOT, "config", "plans")
PATIENCE = 60  # seconds after which something that was waited for counts as missing


# ---- TAP ----

class Skip(Exception):
    pass


CASES = []
LAST = []


def case(fn):
    CASES.append(fn)
    return fn


def main():
    failed = 0
    wanted = sys.argv[1:]
    for number, fn in enumerate(CASES, 1):
        name = (fn.__doc__ or fn.__name__).strip().splitlines()[0].rstrip(".")
        if wanted and not any(w in fn.__name__ for w in wanted):
            continue
        LAST.clear()
        try:
            fn()
            print(f"ok {number} - {name}", flush=True)
        except Skip as why:
            print(f"ok {number} - {name} # SKIP {why}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {number} - {name}")
            text = traceback.format_exc() + "".join(f"\n$ {r.args}\n-> {r.code}\n{r.out[-3000:]}{r.err[-3000:]}" for r in LAST[-2:])
            print("\n".join("# " + line for line in text.splitlines()), flush=True)
    sys.exit(1 if failed else 0)


# ---- a hub ----

class Result:
    def __init__(self, args, code, out, err):
        self.args, self.code, self.out, self.err = " ".join(args), code, out, err
        self.text = out + err
        LAST.append(self)

    def says(self, *texts):
        """Each of the texts stands in what was printed."""
        for text in texts:
            assert text in self.text, f"{text!r} was not said"
        return self

    def silent(self, *texts):
        for text in texts:
            assert text not in self.text, f"{text!r} was said"
        return self

    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


class Hub:
    """A folder with a loligo.yaml; removed at the end of the test program."""

    def __init__(self, config, **files):
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix="loligo-test-"))
        atexit.register(shutil.rmtree, self.dir, True)
        self.config(config)
        for name, content in files.items():
            self.put(name, content)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def config(self, text, name="loligo.yaml"):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text.replace("PLANS", PLANS))

    def put(self, name, content, age=60):
        """Puts a file in place at once, as if it had been written `age` seconds ago."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        temp = os.path.join(os.path.dirname(path), "." + os.path.basename(path) + ".part")
        with open(temp, "wb") as f:
            f.write(content.encode("utf-8") if isinstance(content, str) else content)
        os.utime(temp, (time.time() - age,) * 2)
        os.rename(temp, path)
        return path

    def loligo(self, *args, code=0, env=None, wrap=()):
        """Runs a command; `code` None takes any."""
        command = list(wrap) + [LOLIGO, *args]
        done = subprocess.run(command, cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                              env={**os.environ, **(env or {})}, timeout=300)
        result = Result(args, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        assert done.returncode >= 0, f"killed by signal {-done.returncode}"
        assert code is None or done.returncode == code, f"exit {done.returncode}, not {code}"
        return result

    def run(self, *args, code=0, **more):
        return self.loligo("run", "--once", *args, code=code, **more)

    def rows(self, *args, code=0):
        return self.loligo("--format", "jsonl", *args, code=code).rows()

    def records(self, kind):
        return self.rows("records", "--kind", kind)

    def full(self, kind):
        """The whole records of a kind, in the order of the journal."""
        return [json.loads(self.loligo("--format", "json", "show", row["id"]).out) for row in self.records(kind)]

    def verify(self):
        return self.loligo("audit", "verify")

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def tree(self, folder="out"):
        """{name: bytes} of every file below the folder; what has a dot in front is the connector's own."""
        found = {}
        for where, _, names in os.walk(self.path(folder)):
            for name in names:
                if not name.startswith("."):
                    with open(os.path.join(where, name), "rb") as f:
                        found[os.path.relpath(os.path.join(where, name), self.dir)] = f.read()
        return found

    def leftovers(self):
        """Temporary files in the output folder."""
        return [name for _, _, names in os.walk(self.path("out")) for name in names if name.endswith(".part")]

    def start(self, *args, env=None, wrap=()):
        """A hub that stays; its stderr goes to run.log."""
        return Running(self, args, env, wrap)


class Running:
    def __init__(self, hub, args, env, wrap):
        self.hub = hub
        self.log_path = hub.path("run.log")
        self.log_file = open(self.log_path, "wb")
        self.process = subprocess.Popen([*wrap, LOLIGO, "run", *args], cwd=hub.dir, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.log_file, env={**os.environ, **(env or {})})
        atexit.register(self.end)

    def log(self):
        with open(self.log_path, "rb") as f:
            return f.read().decode("utf-8", "replace")

    def until(self, true, what):
        """Waits until true() says something; the process must stay alive."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the hub ended with {self.process.returncode}:\n{self.log()}"
            value = true()
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"{what}: not within {PATIENCE} s\n{self.log()}")

    def up(self):
        """Waits until it answers on its socket."""
        self.until(lambda: os.path.exists(self.hub.path("var/hub.db.sock")), "socket")
        return self

    def stop(self, number=signal.SIGTERM):
        """Ends it and gives its result."""
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=PATIENCE)
        self.log_file.close()
        return Result(("run",), self.process.returncode, out.decode("utf-8", "replace"), self.log())

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


# ---- documents ----

SELLER, BUYER, IBAN = "5560360793", "5567001234", "SE4550000000058398257466"


def ubl(number, amount="125.00", net="100.00", tax="25.00", seller=SELLER, buyer="Kund AB", reference=None, date="2026-11-02",
        due="2026-12-02", extra="", encoding="UTF-8", head=""):
    pay = f"<cbc:PaymentID>{reference}</cbc:PaymentID>" if reference else ""
    return f"""<?xml version="1.0" encoding="{encoding}"?>{head}
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
<cbc:ID>{number}</cbc:ID>
<cbc:IssueDate>{date}</cbc:IssueDate>
<cbc:DueDate>{due}</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>{extra}
<cac:AccountingSupplierParty><cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>SE</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>Säljaren AB</cbc:RegistrationName><cbc:CompanyID schemeID="0007">{seller}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>SE</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>{buyer}</cbc:RegistrationName><cbc:CompanyID schemeID="0007">{BUYER}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>{pay}<cac:PayeeFinancialAccount><cbc:ID>{IBAN}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">{tax}</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount currencyID="SEK">{net}</cbc:TaxableAmount><cbc:TaxAmount currencyID="SEK">{tax}</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="SEK">{net}</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="SEK">{net}</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="SEK">{amount}</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="SEK">{amount}</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="SEK">{net}</cbc:LineExtensionAmount><cac:Item><cbc:Name>Arbete</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item><cac:Price><cbc:PriceAmount currencyID="SEK">{net}</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>
"""


def ocr(base):
    """A Swedish OCR reference: length digit, then check digit."""
    digits = f"{base}{(len(str(base)) + 2) % 10}"
    total = 0
    for i, c in enumerate(reversed(digits)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d // 10 + d % 10
    return digits + str(-total % 10)


def cents(amount):
    whole, _, part = amount.partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def money(value):
    return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"


def entry(amount, reference=None, bank_reference=None, text=None, date="2026-11-10", side="CRDT", payer="Kund AB"):
    info = f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>" if reference else f"<Ustrd>{text or ''}</Ustrd>"
    ours = f"<AcctSvcrRef>{bank_reference}</AcctSvcrRef>" if bank_reference else ""
    party = "Dbtr" if side == "CRDT" else "Cdtr"
    return (f'<Ntry><Amt Ccy="SEK">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{date}</Dt></BookgDt>'
            f"<ValDt><Dt>{date}</Dt></ValDt>{ours}<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly>"
            f"</Domn></BkTxCd><NtryDtls><TxDtls><RltdPties><{party}><Nm>{payer}</Nm></{party}></RltdPties><RmtInf>{info}</RmtInf>"
            f"</TxDtls></NtryDtls></Ntry>\n")


def camt(entries, sequence=1, opening="0.00", closing=None, date="2026-11-10", iban=IBAN, name=None):
    """A camt.053; without a closing balance the one that adds up."""
    total = cents(opening)
    for e in entries:
        amount = cents(e.split('Ccy="SEK">')[1].split("<")[0])
        total += amount if "<CdtDbtInd>CRDT" in e else -amount
    def balance(code, value):
        return (f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"SEK\">{value}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
                f"<Dt><Dt>{date}</Dt></Dt></Bal>")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>{name or f'M{sequence}'}</MsgId><CreDtTm>{date}T20:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S{sequence}</Id><ElctrncSeqNb>{sequence}</ElctrncSeqNb><CreDtTm>{date}T20:00:00</CreDtTm><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>SEK</Ccy></Acct>
{balance("OPBD", opening)}{balance("CLBD", closing or money(total))}
{"".join(entries)}</Stmt></BkToCstmrStmt></Document>
"""


# One company's own books: invoices, a bank account, vouchers as SIE.
BOOKS = """hub:
  store: sqlite:var/hub.db
connections:
  invoices: { use: file, read: inbox/*.xml, format: ubl }
  bank:     { use: file, read: bank/*.xml, format: camt }
  books:    { use: file, write: "out/{series}-{number}.se", format: sie }
clients:
  "1": { name: Säljaren AB, legal_id: "5560360793" }
flows:
  sales:
    from: invoices
    steps: [register, { book: { plan: PLANS/bas.yaml, company: "5560360793" } }]
    to: books
  cash:
    from: bank
    when: status == "booked"
    steps: [match, { book: { plan: PLANS/bas.yaml, company: "5560360793" } }]
    to: books
"""


def books(config=BOOKS, folders=("inbox", "bank")):
    """A hub whose folders are there, and empty."""
    h = Hub(config)
    for folder in folders:
        os.makedirs(h.path(folder))
    return h


def one_invoice(config=BOOKS):
    h = books(config)
    h.put("inbox/a.xml", ubl("1001", reference=ocr(1001)))
    return h
