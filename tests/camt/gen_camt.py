#!/usr/bin/env python3
"""Writes a camt message of any size, the same bytes for the same arguments.

    gen_camt.py ENTRIES [--seed N] [--type 053|054|052] [--version 8] [--details N] [--big-batch N] [--pad BYTES] > FILE

Every statement adds up.  --details N: one entry in ten is a batch of N details.  --big-batch N: the last entry has N
details.  --pad BYTES: each entry carries that much more text, for files whose size counts.  Nothing is kept in memory:
the amounts are drawn twice from the same seed, once for the closing balance.
"""
import argparse
import datetime
import random
import sys

ROOT = {"052": ("BkToCstmrAcctRpt", "Rpt"), "053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
NAMES = ("Byggfirman AB", "Anders Plåt &amp; Svets", "Kvarnens Bageri HB", "Nordbo Fastigheter", "Lilla Cykelverkstan",
         "Möller Transport", "Östra Snickeriet", "Fjällets Kaffe AB")
DAY = datetime.date(2026, 11, 2)


def money(ore):
    return f"{ore // 100}.{ore % 100:02d}"


def draw(args):
    """(amount in öre, is credit, amounts of the details) of every entry."""
    rng = random.Random(args.seed)
    for i in range(args.entries):
        parts = 1
        if args.details > 1 and rng.random() < 0.1:
            parts = args.details
        if args.big_batch and i == args.entries - 1:
            parts = args.big_batch
        amounts = [rng.randrange(100, 5_000_000) for _ in range(parts)]
        yield sum(amounts), rng.random() < 0.8, amounts


def party(tag, name, new):
    inner = f"<Nm>{name}</Nm><PstlAdr><TwnNm>Stockholm</TwnNm><Ctry>SE</Ctry></PstlAdr>"
    return f"<{tag}>" + (f"<Pty>{inner}</Pty>" if new else inner) + f"</{tag}>"


def detail(args, n, k, amount, credit, rng):
    side = "Dbtr" if credit else "Cdtr"
    new = args.version >= 8
    reference = f"{n * 7 + k:010d}"
    own = f'<Amt Ccy="SEK">{money(amount)}</Amt><CdtDbtInd>{"CRDT" if credit else "DBIT"}</CdtDbtInd>'
    return (f"<TxDtls><Refs><AcctSvcrRef>D{n}-{k}</AcctSvcrRef><EndToEndId>E{n}-{k}</EndToEndId></Refs>"
            + (own if args.version >= 3 else f'<AmtDtls><TxAmt><Amt Ccy="SEK">{money(amount)}</Amt></TxAmt></AmtDtls>')
            + f"<RltdPties>{party(side, NAMES[rng.randrange(len(NAMES))], new)}<{side}Acct><Id><IBAN>SE{rng.randrange(10**21, 10**22)}"
            f"</IBAN></Id></{side}Acct></RltdPties><RmtInf>"
            + (f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>" if rng.random() < 0.6
               else f"<Ustrd>Faktura {reference} tack{'!' * args.pad}</Ustrd>")
            + "</RmtInf></TxDtls>\n")


def entry(args, n, drawn, out, rng):
    amount, credit, amounts = drawn
    day = (DAY + datetime.timedelta(n % 10)).isoformat()
    status = "<Cd>BOOK</Cd>" if args.version >= 8 else "BOOK"
    out(f'<Ntry><NtryRef>{n}</NtryRef><Amt Ccy="SEK">{money(amount)}</Amt><CdtDbtInd>{"CRDT" if credit else "DBIT"}</CdtDbtInd>'
        f"<Sts>{status}</Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>B{args.seed}-{n}"
        "</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        "<NtryDtls>")
    if len(amounts) > 1:
        out(f"<Btch><MsgId>M{n}</MsgId><NbOfTxs>{len(amounts)}</NbOfTxs></Btch>")
    for k, part in enumerate(amounts):
        out(detail(args, n, k, part, credit, rng))
    out("</NtryDtls></Ntry>\n")


def balance(code, ore):
    return (f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="SEK">{money(abs(ore))}</Amt>'
            f'<CdtDbtInd>{"CRDT" if ore >= 0 else "DBIT"}</CdtDbtInd><Dt><Dt>{DAY.isoformat()}</Dt></Dt></Bal>\n')


def write(args, out):
    message, statement = ROOT[args.type]
    opening = 1_000_000
    credit = debit = credits = 0
    for amount, is_credit, _ in draw(args):
        credits += is_credit
        credit, debit = (credit + amount, debit) if is_credit else (credit, debit + amount)
    out(f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{args.type}.001.'
        f'{args.version:02d}"><{message}><GrpHdr><MsgId>GEN{args.seed}</MsgId><CreDtTm>2026-11-13T05:00:00+01:00</CreDtTm>'
        f"</GrpHdr><{statement}><Id>S{args.seed}</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-11-13T05:00:00+01:00</CreDtTm>"
        "<Acct><Id><IBAN>SE4550000000058398257466</IBAN></Id><Ccy>SEK</Ccy></Acct>\n")
    if args.type != "054":
        out(balance("OPBD", opening))
        out(balance("CLBD", opening + credit - debit))
    out(f"<TxsSummry><TtlNtries><NbOfNtries>{args.entries}</NbOfNtries></TtlNtries><TtlCdtNtries><NbOfNtries>{credits}"
        f"</NbOfNtries><Sum>{money(credit)}</Sum></TtlCdtNtries><TtlDbtNtries><NbOfNtries>{args.entries - credits}</NbOfNtries>"
        f"<Sum>{money(debit)}</Sum></TtlDbtNtries></TxsSummry>\n")
    rng = random.Random(args.seed + 1)
    for n, drawn in enumerate(draw(args)):
        entry(args, n, drawn, out, rng)
    out(f"</{statement}></{message}></Document>\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("entries", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--type", choices=sorted(ROOT), default="053")
    parser.add_argument("--version", type=int, default=8)
    parser.add_argument("--details", type=int, default=1)
    parser.add_argument("--big-batch", type=int, default=0)
    parser.add_argument("--pad", type=int, default=0)
    args = parser.parse_args()
    write(args, open(sys.stdout.fileno(), "w", encoding="utf-8", buffering=1 << 20).write)


main()
