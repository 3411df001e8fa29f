"""What the benchmarks read: invoices, payments, statements and configurations, the same bytes for the same sizes."""

IBAN = "SE4550000000058398257466"


def luhn(digits):
    total = 0
    for i, c in enumerate(reversed(digits)):
        n = int(c) * (2 if i % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return digits + str((10 - total % 10) % 10)


def money(ore):
    return f"{ore // 100}.{ore % 100:02d}"


def reference(i):
    return luhn(f"{70000000 + i}")


def amount(i):
    return 10000 + i * 37 % 900000


def bank_lines(path, count):
    """JSON lines: what a bank line has."""
    with open(path, "w", encoding="utf-8") as f:
        for i in range(count):
            f.write('{"kind":"transaction","account":{"id":"SE3550000000054910000003"},"bank_reference":"BANK%010d",'
                    '"amount":"%s","currency":"SEK","side":"credit","status":"booked","booking_date":"2026-11-25",'
                    '"value_date":"2026-11-25","counterparty":{"name":"Byggfirman i Norrtaelje AB",'
                    '"account":"SE7280000810340009783242"},"remittance":"Faktura %d tack for leveransen"}\n'
                    % (i, money(amount(i)), i))


def payments(path, count):
    """JSON lines: what a payment on any rail has."""
    with open(path, "w", encoding="utf-8") as f:
        for i in range(count):
            f.write('{"kind":"payment","external_id":"P%010d","direction":"in","amount":"%s","currency":"SEK","rail":"bankgiro",'
                    '"status":"settled","payer":{"name":"Byggfirman i Norrtaelje AB"},"references":["%d"],'
                    '"remittance":"Faktura %d tack for leveransen","available_on":"2026-11-25"}\n'
                    % (i, money(amount(i)), 70000000 + i, i))


def invoices(path, count):
    """JSON lines: open items, each with a payment reference that has its check digit."""
    with open(path, "w", encoding="utf-8") as f:
        for i in range(count):
            gross = money(amount(i))
            f.write('{"kind":"invoice","client":"1","type":"380","number":"F%08d","issue_date":"2026-10-25",'
                    '"due_date":"2026-11-24","currency":"SEK","seller":{"name":"Byggfirman AB","legal_id":'
                    '{"scheme":"0007","value":"5560360793"}},"buyer":{"name":"Kund %d AB","legal_id":{"scheme":"0007",'
                    '"value":"%s"}},"payment":{"means_code":"30","reference":"%s"},"totals":{"net":"%s","gross":"%s",'
                    '"payable":"%s"}}\n' % (i, i % 5000, luhn(f"55{i % 5000:07d}"), reference(i), gross, gross, gross))


def camt(path, count, size=0):
    """One camt.053 with a payment of each invoice; size: entries are written until the file has that many bytes."""
    head = ('<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
            '<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-25T08:00:00Z</CreDtTm></GrpHdr><Stmt><Id>S1</Id>'
            '<ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-11-25T08:00:00Z</CreDtTm><Acct><Id><IBAN>' + IBAN +
            '</IBAN></Id><Ccy>SEK</Ccy></Acct>\n')
    if size:
        count = (size - len(head) - 600) // len(entry(10000000))
    total = sum(amount(i) for i in range(count))
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + balance("OPBD", 0, "2026-11-24") + balance("CLBD", total, "2026-11-25"))
        f.writelines(entry(i) for i in range(count))
        f.write("</Stmt></BkToCstmrStmt></Document>\n")
    return count


def balance(code, ore, day):
    return (f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="SEK">{money(ore)}</Amt>'
            f'<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n')


def entry(i):
    return (f'<Ntry><NtryRef>{i}</NtryRef><Amt Ccy="SEK">{money(amount(i))}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd>'
            f'</Sts><BookgDt><Dt>2026-11-25</Dt></BookgDt><ValDt><Dt>2026-11-25</Dt></ValDt><AcctSvcrRef>AB{i}</AcctSvcrRef>'
            '<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls>'
            f'<Refs><EndToEndId>E{i}</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>Kund {i % 5000} AB</Nm></Pty></Dbtr></RltdPties>'
            f'<RmtInf><Strd><CdtrRefInf><Ref>{reference(i)}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls></Ntry>\n')


COPY = """hub: { store: "sqlite:hub.db" }
connections:
  in:  { use: file, read: in/*.jsonl, format: json, settle: 0s }
  out: { use: file, write: out/out.jsonl, format: json }
flows:
  copy: { from: in, when: 'has(amount) && amount >= 1.00 && %s', to: out }
"""

CASH = """hub: { store: "sqlite:hub.db" }
clients:
  "1": { name: Byggfirman AB, legal_id: "5560360793" }
connections:
  items: { use: file, read: items/*.jsonl, format: json, settle: 0s }
  bank:  { use: file, read: bank/*.xml, format: camt, settle: 0s }
  books: { use: file, write: "out/vouchers-{date}.se", format: sie }
flows:
  sales: { from: items, steps: [register] }
  cash:
    from: bank
    when: status == "booked"
    steps:
      - match
      - book: { plan: %s, company: "5560360793" }
    to: books
"""

READ = """hub: { store: "sqlite:hub.db" }
connections:
  bank: { use: file, read: bank/*.xml, format: camt, settle: 0s }
flows:
  keep: { from: bank, when: status == "booked" }
"""


def flows(path, count):
    """A hub of that many flows, each with a source, a condition and a destination of its own."""
    with open(path, "w", encoding="utf-8") as f:
        f.write('hub: { store: "sqlite:hub.db" }\nconnections:\n')
        for i in range(count):
            f.write(f"  in{i}:  {{ use: file, read: in/{i}/*.jsonl, format: json, settle: 0s }}\n"
                    f"  out{i}: {{ use: file, write: out/{i}.jsonl, format: json }}\n")
        f.write("flows:\n")
        for i in range(count):
            f.write(f"  flow{i}: {{ from: in{i}, when: 'has(amount) && amount >= {i}.50 && side == \"credit\"', to: out{i} }}\n")


def many(path, count):
    """A hub of that many connections of as many clients, in a few flows."""
    with open(path, "w", encoding="utf-8") as f:
        f.write('hub: { store: "sqlite:hub.db" }\nconnections:\n')
        for i in range(count):
            f.write(f'  c{i}: {{ use: file, write: "out/{i}/v.jsonl", format: json, client: "{i}", labels: [books] }}\n')
        f.write("  in: { use: file, read: in/*.jsonl, format: json }\nclients:\n")
        f.writelines(f'  "{i}": {{ name: Kund {i} AB }}\n' for i in range(count))
        f.write("flows:\n  copy: { from: in, to: { label: books } }\n")
