"""Short forms for the files of a flow test (see README.md): invoices, payments, statements."""
import json
from decimal import Decimal
from xml.sax.saxutils import escape

SELLERS = {"": "5560360793", "10427": "5560360793", "20881": "5590010053"}
ACCOUNT = "SE4550000000058398257466"
CENT = Decimal("0.01")


def money(value):
    return str(Decimal(str(value)).quantize(CENT))


def invoice(short):
    """{ invoice: NUMBER, gross: ..., ref, buyer, buyer_id, client, issued, due, terms, rate, type, credits }: 25 % VAT is in it."""
    gross, rate = Decimal(money(short["gross"])), Decimal(str(short.get("rate", 25)))
    net = (gross * 100 / (100 + rate)).quantize(CENT)
    client = short.get("client", "")
    payment = {k: v for k, v in (("reference", short.get("ref")), ("terms", short.get("terms"))) if v}
    out = {
        "kind": "invoice", "type": short.get("type", "380"), "number": short["invoice"], "issue_date": short.get("issued", "2026-10-01"),
        "due_date": short.get("due", "2026-10-31"), "currency": short.get("currency", "SEK"),
        "seller": {"name": "Säljaren " + client, "legal_id": {"value": short.get("seller_id", SELLERS.get(client, "5560360793"))}},
        "buyer": {"name": short.get("buyer", "Kund AB"), "legal_id": {"value": short.get("buyer_id", "5567001234")}},
        "taxes": [{"category": "S", "rate": str(rate), "base": money(net), "amount": money(gross - net)}],
        "totals": {"lines": money(net), "net": money(net), "tax": money(gross - net), "gross": money(gross), "payable": money(gross)},
        "lines": [{"id": "1", "quantity": "1", "net": money(net), "price": money(net), "tax_category": "S", "tax_rate": str(rate), "item": {"name": "Arbete"}}],
    }
    if payment:
        out["payment"] = payment
    if client:
        out["client"] = client
    if "credits" in short:
        out["preceding"] = [{"number": short["credits"]}]
    return out


def transaction(short, n):
    """{ payment: AMOUNT, ref, text, payer, account, date, side, id, documents, status, more }: a line of the bank account."""
    date = short.get("date", "2026-10-20")
    ref = short.get("ref", [])
    out = {
        "kind": "transaction", "account": {"id": ACCOUNT}, "amount": money(short["payment"]), "side": short.get("side", "credit"),
        "currency": short.get("currency", "SEK"), "booking_date": date, "value_date": date, "status": short.get("status", "booked"),
        "bank_reference": short.get("id", f"B{n}"),
        "counterparty": {"name": short.get("payer", "Kund AB"), "account": short.get("account", "SE3550000000054910000003")},
    }
    if ref:
        out["references"] = ref if isinstance(ref, list) else [ref]
    if "text" in short:
        out["remittance"] = short["text"]
    if "documents" in short:
        out["documents"] = short["documents"]
    out.update(short.get("more", {}))
    return out


def line(short, n):
    if "invoice" in short:
        return invoice(short)
    if "payment" in short:
        return transaction(short, n)
    return short


def json_lines(items):
    return "".join(json.dumps(line(item, n), ensure_ascii=False) + "\n" for n, item in enumerate(items, 1))


def amount_xml(value, side):
    return f'<Amt Ccy="SEK">{money(value)}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def balance_xml(code, value, date):
    side = "CRDT" if value >= 0 else "DBIT"
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{amount_xml(abs(value), side)}<Dt><Dt>{date}</Dt></Dt></Bal>"


def detail_xml(d):
    out = f'<TxDtls><Refs><AcctSvcrRef>{d["id"]}</AcctSvcrRef></Refs><AmtDtls><TxAmt><Amt Ccy="SEK">{money(d["payment"])}</Amt></TxAmt></AmtDtls>'
    out += f'<RltdPties><Dbtr><Nm>{escape(d.get("payer", "Kund AB"))}</Nm></Dbtr><DbtrAcct><Id><IBAN>{d.get("account", "SE3550000000054910000003")}</IBAN></Id></DbtrAcct></RltdPties>'
    if "ref" in d:
        out += f'<RmtInf><Strd><CdtrRefInf><Ref>{d["ref"]}</Ref></CdtrRefInf></Strd></RmtInf>'
    elif "text" in d:
        out += f'<RmtInf><Ustrd>{escape(d["text"])}</Ustrd></RmtInf>'
    return out + "</TxDtls>"


def entry_xml(e, date):
    side = "CRDT" if e.get("side", "credit") == "credit" else "DBIT"
    batch = f'<Btch><NbOfTxs>{e["batch"]}</NbOfTxs></Btch>' if "batch" in e else ""
    details = e.get("details", [] if batch else [dict(e, id=e["id"] + "-1")])
    body = f'<NtryDtls>{batch}{"".join(detail_xml(d) for d in details)}</NtryDtls>'
    return (f'<Ntry>{amount_xml(e["payment"], side)}<Sts>BOOK</Sts><BookgDt><Dt>{date}</Dt></BookgDt><ValDt><Dt>{date}</Dt></ValDt>'
            f'<AcctSvcrRef>{e["id"]}</AcctSvcrRef><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd>{body}</Ntry>')


def camt(short):
    """{ camt: "053"|"054", id, date, opening, closing, entries: [{ payment, id, side, ref, text, batch, details }] }."""
    date, kind = short.get("date", "2026-10-20"), short["camt"]
    root, part = {"053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}[kind]
    opening = Decimal(money(short.get("opening", 0)))
    moved = sum(Decimal(money(e["payment"])) * (1 if e.get("side", "credit") == "credit" else -1) for e in short["entries"])
    closing = Decimal(money(short.get("closing", opening + moved)))
    balances = balance_xml("OPBD", opening, date) + balance_xml("CLBD", closing, date) if kind == "053" else ""
    return (f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.02"><{root}><GrpHdr><MsgId>{short["id"]}</MsgId>'
            f'<CreDtTm>{date}T20:00:00</CreDtTm></GrpHdr><{part}><Id>{short["id"]}</Id><CreDtTm>{date}T20:00:00</CreDtTm>'
            f'<Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>SEK</Ccy></Acct>{balances}\n'
            + "\n".join(entry_xml(e, date) for e in short["entries"]) + f"\n</{part}></{root}></Document>\n")


def party_xml(name, legal_id):
    return (f"<cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>{escape(name)}</cbc:RegistrationName>"
            f'<cbc:CompanyID schemeID="0007">{legal_id}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party>')


def ubl(short):
    """{ ubl: { invoice: ... as above } }"""
    r = invoice(short["ubl"])
    t, tax, cur = r["totals"], r["taxes"][0], 'currencyID="SEK"'
    category = f'<cbc:ID>S</cbc:ID><cbc:Percent>{tax["rate"]}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>'
    root, quantity, row = ("CreditNote", "CreditedQuantity", "CreditNoteLine") if r["type"] == "381" else ("Invoice", "InvoicedQuantity", "InvoiceLine")
    due = f'<cbc:DueDate>{r["due_date"]}</cbc:DueDate>' if root == "Invoice" else ""
    payment = r.get("payment", {})
    means = f'<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cbc:PaymentID>{payment["reference"]}</cbc:PaymentID></cac:PaymentMeans>' if "reference" in payment else ""
    terms = f'<cac:PaymentTerms><cbc:Note>{escape(payment["terms"])}</cbc:Note></cac:PaymentTerms>' if "terms" in payment else ""
    oasis = "urn:oasis:names:specification:ubl:schema:xsd:"
    return (f'<{root} xmlns="{oasis}{root}-2" xmlns:cac="{oasis}CommonAggregateComponents-2" xmlns:cbc="{oasis}CommonBasicComponents-2">'
            f'<cbc:ID>{r["number"]}</cbc:ID><cbc:IssueDate>{r["issue_date"]}</cbc:IssueDate>{due}'
            f'<cbc:{root}TypeCode>{r["type"]}</cbc:{root}TypeCode><cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>\n'
            f'<cac:AccountingSupplierParty>{party_xml(r["seller"]["name"], r["seller"]["legal_id"]["value"])}</cac:AccountingSupplierParty>\n'
            f'<cac:AccountingCustomerParty>{party_xml(r["buyer"]["name"], r["buyer"]["legal_id"]["value"])}</cac:AccountingCustomerParty>{means}{terms}\n'
            f'<cac:TaxTotal><cbc:TaxAmount {cur}>{t["tax"]}</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount {cur}>{tax["base"]}</cbc:TaxableAmount>'
            f'<cbc:TaxAmount {cur}>{tax["amount"]}</cbc:TaxAmount><cac:TaxCategory>{category}</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>\n'
            f'<cac:LegalMonetaryTotal><cbc:LineExtensionAmount {cur}>{t["lines"]}</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount {cur}>{t["net"]}</cbc:TaxExclusiveAmount>'
            f'<cbc:TaxInclusiveAmount {cur}>{t["gross"]}</cbc:TaxInclusiveAmount><cbc:PayableAmount {cur}>{t["payable"]}</cbc:PayableAmount></cac:LegalMonetaryTotal>\n'
            f'<cac:{row}><cbc:ID>1</cbc:ID><cbc:{quantity} unitCode="C62">1</cbc:{quantity}><cbc:LineExtensionAmount {cur}>{t["lines"]}</cbc:LineExtensionAmount>'
            f'<cac:Item><cbc:Name>Arbete</cbc:Name><cac:ClassifiedTaxCategory>{category}</cac:ClassifiedTaxCategory></cac:Item>'
            f'<cac:Price><cbc:PriceAmount {cur}>{t["lines"]}</cbc:PriceAmount></cac:Price></cac:{row}></{root}>\n')


def content(what):
    if isinstance(what, list):
        return json_lines(what)
    if isinstance(what, dict):
        return camt(what) if "camt" in what else ubl(what)
    return what
