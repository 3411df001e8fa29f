#!/usr/bin/env python3
"""Writes the input files of config/demo: a small factor, three clients, two weeks of bank statements.

    python3 tests/demo/make_demo.py [FOLDER]      default: config/demo

Everything is made up and derived from this file alone, so that a second run writes the same bytes.
"""
import os
import sys
from datetime import date, timedelta
from decimal import Decimal as D

OUT = sys.argv[1] if len(sys.argv) > 1 else "config/demo"


def luhn(digits):
    """The check digit, and with it a reference with length digit as the Swedish giro has it."""
    total = 0
    for i, c in enumerate(reversed(digits)):
        n = int(c) * (2 if i % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return str((10 - total % 10) % 10)


def org(nine):
    """A company number: nine digits and their check digit."""
    return nine + luhn(nine)


def iban(bban):
    return "SE%02d" % (98 - int(bban + "281400") % 97) + bban


ACCOUNT = iban("50000000058398257466")
GATEWAY = iban("60000000000888777666")

CLIENTS = {
    # number: (name, company number, contract, prefix of its payment references)
    "10427": ("Byggfirman i Umeå AB", org("556036079"), "purchase", "1"),
    "20881": ("Norrlands Snickeri AB", org("559001005"), "service", "2"),
    "31006": ("Måleri Väst AB", org("556543210"), "purchase", "3"),
}

DEBTORS = [
    # name, company number, account it pays from
    ("Kvarnholmens Fastigheter AB", org("556700123"), iban("50000000054910000003")),
    ("Bostadsföreningen Eken", org("769012345"), iban("80000810340009783242")),
    ("Region Mellanbygd", org("232100013"), iban("12000000012170145230")),
    ("Lindgren & Söner AB", org("556881234"), iban("30000000030301099952")),
    ("Hotell Solsidan AB", org("559123456"), iban("95000099604237777790")),
    ("Skolköket i Vännäs AB", org("556999888"), iban("60000000000123456789")),
    ("Åkeri Norr AB", org("556222333"), iban("50000000054400047881")),
    ("Galleri Prisma AB", org("559444555"), iban("95000099602601171150")),
]


def ocr(prefix, number):
    body = prefix + number
    body += str((len(body) + 2) % 10)
    return body + luhn(body)


def money(value):
    return f"{D(value):.2f}"


def esc(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


class Invoice:
    def __init__(self, client, number, debtor, issued, net, days=30, credit=None, note="", terms="", rate="25"):
        self.client, self.number, self.debtor, self.issued, self.credit = client, number, debtor, issued, credit
        self.net, self.note, self.rate = D(net), note, D(rate)
        self.tax = (self.net * self.rate / 100).quantize(D("0.01"))
        self.gross = self.net + self.tax
        self.due = issued + timedelta(days=days)
        self.terms = terms or f"{days} dagar netto"
        self.ref = ocr(CLIENTS[client][3], number)


def party(name, number, tag, vat=True):
    tax = f"<cac:PartyTaxScheme><cbc:CompanyID>SE{number}01</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>" if vat else ""
    return (f"<cac:{tag}><cac:Party><cbc:EndpointID schemeID=\"0007\">{number}</cbc:EndpointID>"
            f"<cac:PartyName><cbc:Name>{esc(name)}</cbc:Name></cac:PartyName>"
            "<cac:PostalAddress><cbc:CityName>Umeå</cbc:CityName><cbc:PostalZone>903 26</cbc:PostalZone>"
            "<cac:Country><cbc:IdentificationCode>SE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>"
            f"{tax}<cac:PartyLegalEntity><cbc:RegistrationName>{esc(name)}</cbc:RegistrationName>"
            f"<cbc:CompanyID schemeID=\"0007\">{number}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:{tag}>")


def amount(tag, value):
    return f"<cbc:{tag} currencyID=\"SEK\">{money(value)}</cbc:{tag}>"


def ubl(inv):
    name, number, contract, _ = CLIENTS[inv.client]
    debtor = DEBTORS[inv.debtor]
    root = "CreditNote" if inv.credit else "Invoice"
    quantity = "CreditedQuantity" if inv.credit else "InvoicedQuantity"
    parts = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
             f"<{root} xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:{root}-2\"\n"
             "  xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\"\n"
             "  xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\">\n",
             "<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>\n",
             "<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>\n",
             f"<cbc:ID>{inv.number}</cbc:ID>\n<cbc:IssueDate>{inv.issued}</cbc:IssueDate>\n"]
    if not inv.credit:
        parts.append(f"<cbc:DueDate>{inv.due}</cbc:DueDate>\n")
    parts.append(f"<cbc:{root}TypeCode>{381 if inv.credit else 380}</cbc:{root}TypeCode>\n")
    if contract == "purchase":
        parts.append("<cbc:Note>Fordran är överlåten till Nordkredit Factoring AB och betalas till dess konto.</cbc:Note>\n")
    parts.append("<cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>\n<cbc:BuyerReference>inköp</cbc:BuyerReference>\n")
    if inv.credit:
        parts.append(f"<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>{inv.credit}</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>\n")
    parts.append(party(name, number, "AccountingSupplierParty") + "\n" + party(debtor[0], debtor[1], "AccountingCustomerParty") + "\n")
    if contract == "purchase":
        parts.append("<cac:PayeeParty><cac:PartyName><cbc:Name>Nordkredit Factoring AB</cbc:Name></cac:PartyName>"
                     "<cac:PartyLegalEntity><cbc:CompanyID schemeID=\"0007\">5566778899</cbc:CompanyID></cac:PartyLegalEntity></cac:PayeeParty>\n")
    parts.append(f"<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cbc:PaymentID>{inv.ref}</cbc:PaymentID>"
                 f"<cac:PayeeFinancialAccount><cbc:ID>{ACCOUNT}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>\n"
                 f"<cac:PaymentTerms><cbc:Note>{inv.terms}</cbc:Note></cac:PaymentTerms>\n"
                 f"<cac:TaxTotal>{amount('TaxAmount', inv.tax)}<cac:TaxSubtotal>{amount('TaxableAmount', inv.net)}{amount('TaxAmount', inv.tax)}"
                 f"<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{inv.rate}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>\n"
                 f"<cac:LegalMonetaryTotal>{amount('LineExtensionAmount', inv.net)}{amount('TaxExclusiveAmount', inv.net)}"
                 f"{amount('TaxInclusiveAmount', inv.gross)}{amount('PayableAmount', inv.gross)}</cac:LegalMonetaryTotal>\n"
                 f"<cac:{root}Line><cbc:ID>1</cbc:ID><cbc:{quantity} unitCode=\"C62\">1</cbc:{quantity}>{amount('LineExtensionAmount', inv.net)}"
                 f"<cac:Item><cbc:Name>{esc(inv.note or 'Utfört arbete')}</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{inv.rate}</cbc:Percent>"
                 f"<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>"
                 f"<cac:Price><cbc:PriceAmount currencyID=\"SEK\">{money(inv.net)}</cbc:PriceAmount></cac:Price></cac:{root}Line>\n</{root}>\n")
    return "".join(parts)


def make_invoices():
    """About sixty; the three clients use the same numbers, 1001 and up."""
    nets = ["10000.00", "4250.40", "8310.75", "12500.00", "2999.20", "15400.00", "730.50", "6120.15", "21000.00", "3480.90",
            "5075.25", "9990.00", "1840.60", "7265.35", "11200.00", "2410.85", "18650.10", "4999.95", "3333.33", "640.00"]
    invoices = {}
    for c, client in enumerate(CLIENTS):
        for i in range(18):
            number = str(1001 + i)
            net = D(nets[(i + 5 * c) % len(nets)]) + D(c * 37) + D(i)
            issued = date(2026, 9, 21) + timedelta(days=i + c)
            terms = "2% 10 dagar, 30 dagar netto" if (client, i) == ("10427", 14) else ""
            if (client, i) == ("10427", 14):
                issued = date(2026, 10, 28)
            invoices[client, number] = Invoice(client, number, (i + 3 * c) % len(DEBTORS), issued, net, terms=terms)
    # two credit notes, and two invoices that come late: the money is there before them
    invoices["10427", "1901"] = Invoice("10427", "1901", 2, date(2026, 10, 20), "800.00", credit="1003", note="Prisavdrag")
    invoices["31006", "1901"] = Invoice("31006", "1901", 1, date(2026, 10, 22), "250.00", credit="1004", note="Kreditering")
    # a round sum, which an öre or two of rounding in a payment shows
    invoices["20881", "1019"] = Invoice("20881", "1019", 5, date(2026, 10, 9), "8000.32", note="Köksluckor")
    invoices["20881", "1020"] = Invoice("20881", "1020", 6, date(2026, 10, 12), "3100.00", note="Trappräcke")
    return invoices


class Pay:
    """One line of the account."""

    def __init__(self, day, value, debtor=None, name=None, account=None, refs=(), text="", docs=(), side="CRDT", ret=None,
                 domain=("PMNT", "RCDT", "ESCT"), details=None, end_to_end=None, charges=None, reversal=False):
        self.day, self.value, self.refs, self.text, self.docs = day, D(value), list(refs), text, list(docs)
        self.name = name or (DEBTORS[debtor][0] if debtor is not None else None)
        self.account = account or (DEBTORS[debtor][2] if debtor is not None else None)
        self.side, self.ret, self.domain, self.details, self.end_to_end = side, ret, domain, details, end_to_end
        self.charges, self.reversal = charges, reversal


def make_payments(inv):
    def i(client, number):
        return inv[client, number]

    a, b, c = "10427", "20881", "31006"
    lump = [Pay(0, i(b, "1005").gross, debtor=i(b, "1005").debtor, refs=[i(b, "1005").ref]),
            Pay(0, i(b, "1006").gross, debtor=i(b, "1006").debtor, refs=[i(b, "1006").ref]),
            Pay(0, i(c, "1007").gross, debtor=i(c, "1007").debtor, refs=[i(c, "1007").ref])]
    typo = i(a, "1009").ref
    typo = typo[:2] + ("8" if typo[2] != "8" else "7") + typo[3:]
    pays = [
        # S1: a valid reference, the whole amount
        Pay(2, i(a, "1001").gross, i(a, "1001").debtor, refs=[i(a, "1001").ref]),
        Pay(2, i(b, "1001").gross, i(b, "1001").debtor, refs=[i(b, "1001").ref]),
        Pay(2, i(c, "1001").gross, i(c, "1001").debtor, refs=[i(c, "1001").ref]),
        Pay(3, i(c, "1002").gross, i(c, "1002").debtor, refs=[i(c, "1002").ref], end_to_end="GP-77120"),
        # the reference as free text, as many banks pass it on
        Pay(3, i(b, "1002").gross, i(b, "1002").debtor, text=f"OCR {i(b, '1002').ref}"),
        # S1: a part now, the rest next week
        Pay(3, "3000.00", i(a, "1004").debtor, refs=[i(a, "1004").ref]),
        Pay(9, i(a, "1004").gross - 3000, i(a, "1004").debtor, refs=[i(a, "1004").ref]),
        # S1: a hundred too much, which goes on account
        Pay(4, i(c, "1003").gross + 100, i(c, "1003").debtor, refs=[i(c, "1003").ref]),
        # S2: structured remittance, two invoices less a credit note
        Pay(4, i(a, "1003").gross + i(a, "1011").gross - i(a, "1901").gross, i(a, "1003").debtor,
            docs=[("CINV", i(a, "1003")), ("CINV", i(a, "1011")), ("CREN", i(a, "1901"))]),
        # S3: numbers in the text
        Pay(4, i(b, "1003").gross, i(b, "1003").debtor, text="Faktura 1003 Norrlands Snickeri"),
        Pay(5, i(c, "1005").gross + i(c, "1013").gross, i(c, "1005").debtor, text="Fakt 1005, 1013 Måleri Väst AB"),
        # S4: one of two numbers is missing; only one other invoice of that debtor fits
        Pay(5, i(b, "1004").gross + i(b, "1012").gross, i(b, "1004").debtor, text="Norrlands Snickeri faktura 1004 mfl"),
        # S5: krona rounding, the payer's bank kept its fee, an early-payment discount, a reminder fee on top
        Pay(5, "10000.00", i(b, "1019").debtor, refs=[i(b, "1019").ref]),
        Pay(6, i(c, "1006").gross - 50, i(c, "1006").debtor, refs=[i(c, "1006").ref], charges="50.00"),
        Pay(6, (i(a, "1015").gross * D("0.98")).quantize(D("0.01")), i(a, "1015").debtor, refs=[i(a, "1015").ref]),
        Pay(6, i(b, "1007").gross + 60, i(b, "1007").debtor, refs=[i(b, "1007").ref]),
        # S6: one digit is wrong
        Pay(6, i(a, "1009").gross, i(a, "1009").debtor, refs=[typo]),
        # S7: no reference, but we know who pays from that account
        Pay(9, i(a, "1017").gross, i(a, "1017").debtor, text="Tack för denna månad"),
        # S8: only a name that is nearly right: a suggestion, never applied by itself
        Pay(9, i(b, "1014").gross, name="Region Mellanb", account=iban("50000000054910000777"), text="betalning"),
        # S9: paid twice
        Pay(9, i(a, "1001").gross, i(a, "1001").debtor, refs=[i(a, "1001").ref]),
        # nobody can place this one
        Pay(10, "7300.00", name="Kulturföreningen Vinden", account=iban("80000810340009999999"), text="Hyra november"),
        # one payment across two clients
        Pay(10, i(a, "1010").gross + i(c, "1012").gross, i(a, "1010").debtor,
            docs=[("CINV", i(a, "1010")), ("CINV", i(c, "1012"))]),
        # the giro's lump: its details come in a camt.054
        Pay(10, sum(p.value for p in lump), name="Bankgirot", text="BG 5050-1055 insättning", details=lump,
            domain=("PMNT", "RCDT", "ATXN")),
        # S0: the bank's own fee, a transfer to our other account, and money that came back
        Pay(10, "185.00", name=None, text="Avgift konto", side="DBIT", domain=("ACMT", "MDOP", "CHRG")),
        Pay(11, "25000.00", name="Nordkredit Factoring AB", account=iban("50000000058398257999"), side="DBIT",
            text="Överföring eget konto", domain=("PMNT", "ICDT", "BOOK"), end_to_end="OWN-2026-11-11"),
        Pay(11, i(c, "1002").gross, i(c, "1002").debtor, refs=[i(c, "1002").ref], side="DBIT", reversal=True,
            end_to_end="GP-77120", ret=("AC04", "Konto avslutat"), domain=("PMNT", "RCDT", "RRTN")),
        Pay(11, i(b, "1008").gross, i(b, "1008").debtor, refs=[i(b, "1008").ref]),
        Pay(12, i(c, "1008").gross, i(c, "1008").debtor, refs=[i(c, "1008").ref]),
        # a card gateway pays out what it collected, and we pay the duplicate back
        Pay(12, "3931.55", name="Kortväxeln AB", account=GATEWAY, text="Utbetalning 2026-11-11"),
        Pay(13, i(a, "1001").gross, i(a, "1001").debtor, side="DBIT", text="Återbetalning dubbelbetald faktura 1001",
            domain=("PMNT", "ICDT", "ESCT"), end_to_end="RF-1001"),
        Pay(12, i(a, "1012").gross, i(a, "1012").debtor, refs=[i(a, "1012").ref]),
        Pay(13, i(a, "1016").gross, i(a, "1016").debtor, refs=[i(a, "1016").ref]),
        Pay(13, i(b, "1016").gross, i(b, "1016").debtor, text="Faktura 1016 Norrlands Snickeri AB"),
        # too late for this fortnight's books of that client's invoice 1020: it is in the inbox already
        Pay(13, i(b, "1020").gross, i(b, "1020").debtor, refs=[i(b, "1020").ref]),
    ]
    return pays


def remittance(p):
    out = []
    for doc_type, inv in p.docs:
        tag = "CdtNoteAmt" if doc_type == "CREN" else "RmtdAmt"
        out.append(f"<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>{doc_type}</Cd></CdOrPrtry></Tp><Nb>{inv.number}</Nb></RfrdDocInf>"
                   f"<RfrdDocAmt><{tag} Ccy=\"SEK\">{money(inv.gross)}</{tag}></RfrdDocAmt>"
                   f"<CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{inv.ref}</Ref></CdtrRefInf></Strd>")
    for ref in p.refs:
        out.append(f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{ref}</Ref></CdtrRefInf></Strd>")
    if p.text:
        out.insert(0, f"<Ustrd>{esc(p.text)}</Ustrd>")
    return f"<RmtInf>{''.join(out)}</RmtInf>" if out else ""


def details(p, ref, number):
    other = "Dbtr" if p.side == "CRDT" or p.reversal else "Cdtr"
    parties = ""
    if p.name:
        parties = f"<RltdPties><{other}><Nm>{esc(p.name)}</Nm></{other}>"
        if p.account:
            parties += f"<{other}Acct><Id><IBAN>{p.account}</IBAN></Id></{other}Acct>"
        parties += "</RltdPties>"
    charges = f"<Chrgs><Amt Ccy=\"SEK\">{p.charges}</Amt></Chrgs>" if p.charges else ""
    ret = f"<RtrInf><Rsn><Cd>{p.ret[0]}</Cd></Rsn><AddtlInf>{p.ret[1]}</AddtlInf></RtrInf>" if p.ret else ""
    return (f"<TxDtls><Refs><AcctSvcrRef>{ref}-{number}</AcctSvcrRef><EndToEndId>{p.end_to_end or 'NOTPROVIDED'}</EndToEndId></Refs>"
            f"<AmtDtls><TxAmt><Amt Ccy=\"SEK\">{money(p.value)}</Amt></TxAmt></AmtDtls>{charges}{parties}{remittance(p)}{ret}</TxDtls>")


def entry(p, day, ref, with_details):
    d = p.domain
    inner = ""
    if with_details and p.details:
        inner = (f"<NtryDtls><Btch><NbOfTxs>{len(p.details)}</NbOfTxs><TtlAmt Ccy=\"SEK\">{money(p.value)}</TtlAmt></Btch>"
                 + "".join(details(x, ref, n) for n, x in enumerate(p.details, 1)) + "</NtryDtls>")
    elif p.details:
        inner = f"<NtryDtls><Btch><NbOfTxs>{len(p.details)}</NbOfTxs><TtlAmt Ccy=\"SEK\">{money(p.value)}</TtlAmt></Btch></NtryDtls>"
    elif p.name or p.text or p.refs or p.docs:
        inner = f"<NtryDtls>{details(p, ref, 1)}</NtryDtls>"
    reversal = "<RvslInd>true</RvslInd>" if p.reversal else ""
    info = f"<AddtlNtryInf>{esc(p.text)}</AddtlNtryInf>" if p.details else ""
    return (f"<Ntry><Amt Ccy=\"SEK\">{money(p.value)}</Amt><CdtDbtInd>{p.side}</CdtDbtInd>{reversal}<Sts>BOOK</Sts>"
            f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{ref}</AcctSvcrRef>"
            f"<BkTxCd><Domn><Cd>{d[0]}</Cd><Fmly><Cd>{d[1]}</Cd><SubFmlyCd>{d[2]}</SubFmlyCd></Fmly></Domn></BkTxCd>{inner}{info}</Ntry>\n")


def balance(kind, value, day):
    return (f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"SEK\">{money(abs(value))}</Amt>"
            f"<CdtDbtInd>{'CRDT' if value >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>")


def account():
    return (f"<Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>SEK</Ccy><Ownr><Nm>Nordkredit Factoring AB</Nm></Ownr>"
            "<Svcr><FinInstnId><BIC>ESSESESS</BIC></FinInstnId></Svcr></Acct>")


def statement(no, day, opening, pays):
    total = sum(p.value if p.side == "CRDT" else -p.value for _, p in pays)
    body = "".join(entry(p, day, ref, False) for ref, p in pays)
    return opening + total, (
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt>\n"
        f"<GrpHdr><MsgId>M{day:%Y%m%d}</MsgId><CreDtTm>{day}T20:00:00</CreDtTm></GrpHdr>\n"
        f"<Stmt><Id>S{no:04}</Id><ElctrncSeqNb>{no}</ElctrncSeqNb><CreDtTm>{day}T20:00:00</CreDtTm>{account()}\n"
        f"{balance('OPBD', opening, day)}{balance('CLBD', opening + total, day)}\n{body}</Stmt></BkToCstmrStmt></Document>\n")


def notification(day, ref, p):
    return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.02\"><BkToCstmrDbtCdtNtfctn>\n"
            f"<GrpHdr><MsgId>N{day:%Y%m%d}</MsgId><CreDtTm>{day}T21:00:00</CreDtTm></GrpHdr>\n"
            f"<Ntfctn><Id>N{day:%Y%m%d}</Id><CreDtTm>{day}T21:00:00</CreDtTm>{account()}\n{entry(p, day, ref, True)}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n")


def write(path, text):
    path = os.path.join(OUT, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write(text)


def event(client, name, model, day, number, reference, **amounts):
    return ('{"kind":"financing","event":"%s","model":"%s","client":"%s","invoice_number":"%s","date":"%s","currency":"SEK",'
            '"reference":"%s","amounts":{%s}}\n'
            % (name, model, client, number, day, reference, ",".join(f'"{k}":"{money(v)}"' for k, v in amounts.items())))


def financing(invoices):
    """Purchases (A1) of every invoice of the purchase clients, two reserves released (A3), one settlement (D2) of the
    service client: what a debtor paid, less 400 and VAT."""
    lines = []
    for (client, number), inv in invoices.items():
        if CLIENTS[client][2] != "purchase" or inv.credit:
            continue
        reserve, fee = (inv.gross * D("0.10")).quantize(D("0.01")), (inv.gross * D("0.02")).quantize(D("0.01"))
        vat = (fee * D("0.25")).quantize(D("0.01"))
        lines.append(event(client, "purchase", "purchase", inv.issued + timedelta(days=1), number, f"P-{client}-{number}",
                           face=inv.gross, paid=inv.gross - reserve - fee - vat, reserve=reserve, fee=fee, vat=vat))
        if number == "1001":
            lines.append(event(client, "reserve_release", "purchase", date(2026, 11, 3), number, f"R-{client}-{number}", reserve=reserve))
    gross = invoices["20881", "1001"].gross
    lines.append(event("20881", "settlement", "service", date(2026, 11, 4), "1001", "S-20881-1",
                       gross=gross, paid=gross - 500, fee=400, vat=100))
    return "".join(lines)


def main():
    invoices = make_invoices()
    for (client, number), inv in invoices.items():
        write(f"inbox/{client}/{'credit' if inv.credit else 'invoice'}-{number}.xml", ubl(inv))
    write("inbox/financing/events.jsonl", financing(invoices))
    pays, opening, no = make_payments(invoices), D("250000.00"), 211
    for offset in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13):
        day = date(2026, 11, offset)
        today = [(f"SEB{day:%m%d}{n:03}", p) for n, p in enumerate((p for p in pays if p.day == offset), 1)]
        opening, text = statement(no, day, opening, today)
        write(f"bank/{day}-camt053.xml", text)
        for ref, p in today:
            if p.details:
                write(f"bank/{day}-camt054.xml", notification(day, ref, p))
        no += 1


main()
