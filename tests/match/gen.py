#!/usr/bin/env python3
"""Makes a factor's book of invoices and the payments of it, with the truth kept apart.

    gen.py --seed 1 --payments 2000 --variant easy|hard --out DIR

writes DIR/events.jsonl (invoices and transactions as the hub takes them, in order of day), DIR/truth.jsonl (what each payment
really was, and whether it is decidable) and DIR/decisions.jsonl (what a person who knows the truth would decide).  The same
arguments give the same bytes.  Scenarios and shares: README.md of the tests, section "Matching".
"""
import argparse
import collections
import datetime
import json
import os
import random
import re

MIX = [("ocr", 600), ("number", 100), ("known payer", 60), ("several", 50), ("several, no reference", 30),
       ("several, one missing", 20), ("typing error", 30), ("short", 30), ("fee or interest", 20), ("duplicate", 15),
       ("over", 10), ("credit note", 10), ("unrelated", 15), ("third party", 10)]
REMINDER_FEE = 6000
BANK_FEES = [2500, 4000, 5000]
INTEREST = 8  # percent a year
START = datetime.date(2026, 1, 5)
PRICES = [9900, 19900, 24500, 29500, 49500, 49900, 75000, 99500, 125000, 149000, 199000, 249500, 499000, 995000]


def luhn(digits):
    total = 0
    for i, c in enumerate(reversed(digits)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return str((10 - total % 10) % 10)


def ocr(payload):
    body = payload + str((len(payload) + 2) % 10)
    return body + luhn(body)


def money(v):
    sign = "-" if v < 0 else ""
    return f"{sign}{abs(v) // 100}.{abs(v) % 100:02d}"


def half_up(n, d):
    return (2 * n + d) // (2 * d)


def fold(name):
    """A name as a careful reader compares it."""
    name = name.upper()
    for a, b in (("Å", "A"), ("Ä", "A"), ("Ö", "O"), ("É", "E"), ("&", " ")):
        name = name.replace(a, b)
    words = [w for w in re.split(r"[^A-Z0-9]+", name) if w and w not in ("AB", "HB", "AS", "OY", "LTD", "PUBL")]
    return "".join(words)


class Debtor:
    def __init__(self, rng, no, used):
        first = ["Nord", "Syd", "Väst", "Öst", "Berg", "Sjö", "Ström", "Älv", "Lund", "Gran", "Ek", "Sten", "Malm", "Vik", "Ås"]
        second = ["bygg", "måleri", "plåt", "transport", "el", "rör", "data", "frakt", "städ", "tryck", "mark", "glas"]
        place = ["Umeå", "Växjö", "Gävle", "Lund", "Borås", "Kiruna", "Sala", "Visby", "Falun", "Skara", "Motala"]
        while True:
            self.name = f"{rng.choice(first)}{rng.choice(second)} {rng.choice(place)}{rng.choice(['', ' Service', ' & Son', ' Öst', ' Förvaltning'])} AB"
            if rng.random() < 0.5:
                self.name = f"{rng.choice(first)}{rng.choice(first).lower()} {self.name}"
            if fold(self.name) not in used:
                break
        used.add(fold(self.name))
        body = f"55{rng.randrange(6000000, 9999999):07d}"
        self.legal_id = body + luhn(body)
        self.account = f"SE{rng.randrange(10, 99)}{rng.randrange(10**19, 10**20)}"
        self.group = None
        self.activity = rng.lognormvariate(0, 1.1)
        self.profile = rng.choices(["ore", "krona", "list"], [60, 25, 15])[0]
        self.median = rng.lognormvariate(8.3, 0.8)
        self.clients = []
        self.terms = rng.choice([10, 20, 30, 30, 30, 45])
        self.discount = rng.random() < 0.15
        self.open = []  # open documents, in order of issue
        self.no = no

    def amount(self, rng):
        if self.profile == "list":
            return rng.choice(PRICES)
        v = max(2000, int(self.median * rng.lognormvariate(0, 0.7) * 100))
        return v if self.profile == "ore" else v // 100 * 100


class Document:
    __slots__ = ("id", "client", "number", "ocr", "debtor", "total", "open", "issued", "due", "discount", "credit", "credits", "pay_on")


class Book:
    def __init__(self, seed, payments, variant):
        self.rng = random.Random(f"{seed}/{payments}/{variant}")
        self.hard = variant == "hard"
        self.count = payments
        rng = self.rng
        self.clients = [f"{10400 + i}" for i in range(10)]
        self.next_number = {c: (rng.randrange(1000, 2000) if self.hard else 100001) for c in self.clients}
        used = set()
        self.debtors = [Debtor(rng, i, used) for i in range(max(60, payments * 1500 // 20000))]
        groups = [f"SE{rng.randrange(10, 99)}{rng.randrange(10**19, 10**20)}" for _ in range(max(2, len(self.debtors) // 50))]
        for d in self.debtors:
            d.clients = rng.sample(self.clients, 2 if rng.random() < 0.2 else 1)
            if rng.random() < 0.06:
                d.group = d.account = rng.choice(groups)
        self.weights = [d.activity for d in self.debtors]
        self.documents = []
        self.by_number = collections.defaultdict(list)
        self.by_ocr = collections.defaultdict(list)
        self.history = collections.defaultdict(collections.Counter)  # account -> debtor no -> payments
        self.by_name = {fold(d.name): d for d in self.debtors}
        self.waiting = []  # documents to be paid, by the day they will be
        self.events, self.truths, self.decisions = [], [], []
        self.done = []  # earlier payments, for duplicates
        self.lines = 0

    # ---- invoices ----

    def make_document(self, debtor, day, credits=None):
        rng, d = self.rng, Document()
        d.client = credits.client if credits else rng.choice(debtor.clients)
        d.number = str(self.next_number[d.client])
        self.next_number[d.client] += 1
        if self.hard and self.next_number[d.client] == 5000:
            self.next_number[d.client] = 1000
        own = self.clients.index(d.client)
        # The last two clients use the bare number as payload: their references collide.
        payload = d.number if own >= len(self.clients) - 2 else f"{own + 11}{d.number}"
        d.ocr = None if credits else ocr(payload)
        d.debtor, d.credit, d.credits = debtor, credits is not None, credits
        d.total = d.open = max(1000, credits.open * rng.choice([10, 20, 25, 50]) // 100) if credits else debtor.amount(rng)
        d.issued, d.due = day, day + debtor.terms
        d.discount = day + 10 if debtor.discount and debtor.terms >= 20 and not credits else None
        d.id = f"i{len(self.documents) + 1}"
        d.pay_on = day + max(3, int(rng.gauss(debtor.terms, 6)))
        self.documents.append(d)
        debtor.open.append(d)
        self.by_number[d.number].append(d)
        if d.ocr:
            self.by_ocr[d.ocr].append(d)
        self.write_document(d)
        return d

    def write_document(self, d):
        r = {"kind": "invoice", "id": d.id, "client": d.client, "type": "381" if d.credit else "380", "number": d.number,
             "issue_date": self.date(d.issued), "due_date": self.date(d.due), "currency": "SEK",
             "seller": {"name": f"Klient {d.client}", "legal_id": {"value": d.client}},
             "buyer": {"name": d.debtor.name, "legal_id": {"value": d.debtor.legal_id}},
             "totals": {"payable": money(d.total)}}
        if d.ocr:
            r["payment"] = {"reference": d.ocr}
        if d.discount:
            r["payment"]["terms"] = "2% 10 dagar"
        if d.credits:
            r["preceding"] = [{"number": d.credits.number}]
        self.events.append(r)

    @staticmethod
    def date(day):
        return (START + datetime.timedelta(days=day)).isoformat()

    # ---- what the bank shows ----

    def payer(self, debtor):
        rng, name = self.rng, debtor.name
        if rng.random() < 0.5:
            name = name.upper()
        if rng.random() < 0.4:
            for a, b in (("Å", "A"), ("Ä", "A"), ("Ö", "O"), ("å", "a"), ("ä", "a"), ("ö", "o")):
                name = name.replace(a, b)
        return name[:35], debtor.account if rng.random() < 0.95 else None

    def noise(self, text):
        """What else stands in the text.  In the hard variant also numbers that look like invoice numbers."""
        rng = self.rng
        bits = [text] if text else []
        if not self.hard:
            if rng.random() < 0.3:
                bits.append(rng.choice(["tack", "betalning", "enligt avtal", f"kund {rng.randrange(10, 99)}"]))
            return " ".join(bits)
        for _ in range(rng.choice([0, 1, 1, 2])):
            bit = rng.choice([str(rng.randrange(1000, 9999)), self.date(rng.randrange(-30, 250)),
                              f"0{rng.randrange(70, 79)}-{rng.randrange(100, 999)} {rng.randrange(10, 99)} {rng.randrange(10, 99)}",
                              f"{rng.randrange(100, 999)} {rng.randrange(10, 99)} {rng.choice(['UMEÅ', 'LUND', 'VISBY'])}",
                              f"order {rng.randrange(1000, 9999)}"])
            bits.insert(rng.randrange(len(bits) + 1), bit)
        return " ".join(bits)

    def numbers_text(self, documents):
        rng, numbers = self.rng, [d.number for d in documents]
        word = rng.choice(["Faktura", "Fakt nr", "Faktnr", "inv", "Invoice no", "", "", "Betalning av faktura"])
        glue = rng.choice([", ", " ", " och ", "+", ", "])
        return f"{word} {glue.join(numbers)}".strip()

    def transaction(self, day, scenario, amount, payer, truth, references=(), text="", documents=(), extra=None):
        name, account = payer
        self.lines += 1
        r = {"kind": "transaction", "id": f"t{self.lines:06d}", "account": {"id": "SE3550000000054910000003", "currency": "SEK"},
             "amount": money(amount), "side": "credit", "currency": "SEK", "booking_date": self.date(day),
             "value_date": self.date(day), "status": "booked", "bank_reference": f"B{self.lines:07d}",
             "counterparty": {"name": name}}
        if account:
            r["counterparty"]["account"] = account
        if references:
            r["references"] = list(references)
        if text:
            r["remittance"] = text
        if documents:
            r["documents"] = [{"type": "CREN" if d.credit else "CINV", "number": d.number, "amount": money(d.open)} for d in documents]
        self.settle(r, scenario, amount, truth, extra or {})

    # ---- truth ----

    def settle(self, r, scenario, amount, truth, extra):
        """truth: [(document, amount by money or credit, adjustment)]"""
        t = {"id": r["id"], "scenario": scenario, "amount": money(amount),
             "apply": [{"invoice": d.id, "client": d.client, "number": d.number, "amount": money(a), "adjust": money(j), "credit": d.credit}
                       for d, a, j in truth]}
        t.update({k: money(v) for k, v in extra.items() if v})
        t["decidable"] = bool(truth) and Reader(self, r, amount).agrees(truth, extra)
        self.events.append(r)
        self.truths.append(t)
        if truth:
            wishes = [{"invoice": a["number"], "client": a["client"], "amount": a["amount"]} for a in t["apply"]]
            for w, a in zip(wishes, t["apply"]):
                if a["adjust"] != "0.00":
                    w.update(adjust=a["adjust"], reason="write_off")
            rest = sum(extra.values())
            self.decisions.append({"kind": "work_item", "id": "w" + r["id"], "about": {"kind": "transaction", "id": r["id"]},
                                   "suggestions": {"apply": wishes, "on_account": money(rest)}, "decided": {"by": "clerk"}})
        for d, a, j in truth:
            d.open -= a + j
            if d.open == 0:
                d.debtor.open.remove(d)
        account = r["counterparty"].get("account")
        if truth and account:
            self.history[account][truth[0][0].debtor.no] += 1
        if truth:
            self.done.append((r, amount, truth))

    # ---- scenarios ----

    def pay(self, scenario, day):
        """One payment of that scenario; False when nothing fits it today."""
        make = {"duplicate": self.duplicate, "unrelated": self.unrelated}.get(scenario)
        if make:
            return make(day)
        for d in self.waiting:
            if d.pay_on > day:
                break
            if d.open != d.total or not self.fits(scenario, d, day):
                continue
            getattr(self, "pay_" + scenario.split(",")[0].replace(" ", "_") + ("_" + scenario.split(", ")[1].replace(" ", "_") if "," in scenario else ""))(d, day)
            return True
        return False

    def others(self, d, least):
        open_ = [o for o in d.debtor.open if o is not d and not o.credit]
        return open_ if len(open_) >= least else None

    def fits(self, scenario, d, day):
        account = d.debtor.account
        if scenario in ("known payer", "several, no reference"):
            if self.history[account][d.debtor.no] < 2:
                return False
        if scenario.startswith("several"):
            return self.others(d, 1) is not None
        if scenario == "fee or interest":
            return day > d.due + 5
        if scenario == "credit note":
            return any(o.credit and o.credits is d for o in d.debtor.open)
        return True

    def pick(self, d):
        others = self.others(d, 1)
        same = [o for o in others if o.client == d.client] or others
        pool = others if self.rng.random() < 0.3 else same
        return [d] + self.rng.sample(pool, min(len(pool), self.rng.choice([1, 1, 1, 2, 2, 3, 4])))

    def full(self, documents):
        return [(d, d.open, 0) for d in documents]

    def reference(self, d, share=0.5):
        """By OCR, or by number in the text."""
        if self.rng.random() < share:
            return {"references": [d.ocr]}
        return {"text": self.noise(self.numbers_text([d]))}

    def pay_ocr(self, d, day):
        self.transaction(day, "ocr", d.open, self.payer(d.debtor), self.full([d]), references=[d.ocr])

    def pay_number(self, d, day):
        self.transaction(day, "number", d.open, self.payer(d.debtor), self.full([d]), text=self.noise(self.numbers_text([d])))

    def pay_known_payer(self, d, day):
        self.transaction(day, "known payer", d.open, self.payer(d.debtor), self.full([d]), text=self.noise(""))

    def pay_several(self, d, day):
        ds = self.pick(d)
        how = self.rng.random()
        args = {"text": self.noise(self.numbers_text(ds))}
        if how < 0.15:
            args = {"references": [x.ocr for x in ds]}
        elif how < 0.3:
            args = {"documents": ds}
        self.transaction(day, "several", sum(x.open for x in ds), self.payer(d.debtor), self.full(ds), **args)

    def pay_several_no_reference(self, d, day):
        ds = self.pick(d)
        self.transaction(day, "several, no reference", sum(x.open for x in ds), self.payer(d.debtor), self.full(ds), text=self.noise(""))

    def pay_several_one_missing(self, d, day):
        ds = self.pick(d)
        named = self.rng.sample(ds, len(ds) - 1)
        self.transaction(day, "several, one missing", sum(x.open for x in ds), self.payer(d.debtor), self.full(ds),
                         text=self.noise(self.numbers_text(named)))

    def pay_typing_error(self, d, day):
        rng = self.rng
        source = d.ocr if rng.random() < 0.75 else d.number
        while True:
            digits = list(source)
            i = rng.randrange(len(digits))
            if rng.random() < 0.7 or i + 1 == len(digits):
                digits[i] = str(rng.randrange(10))
            else:
                digits[i], digits[i + 1] = digits[i + 1], digits[i]
            if "".join(digits) != source:
                break
        wrong = "".join(digits)
        args = {"references": [wrong]} if source == d.ocr else {"text": self.noise(f"Faktura {wrong}")}
        self.transaction(day, "typing error", d.open, self.payer(d.debtor), self.full([d]), **args)

    def pay_short(self, d, day):
        rng, less, extra = self.rng, 0, 0
        kinds = ["bank fee"] + (["rounding"] if d.open % 100 else []) + (["discount"] if d.discount and day <= d.discount else [])
        kind = rng.choice(kinds)
        if kind == "rounding":
            less = d.open % 100 if rng.random() < 0.5 else d.open % 100 - (100 if d.open % 100 >= 50 else 0)
        elif kind == "bank fee":
            less = rng.choice(BANK_FEES)
        else:
            less = half_up(d.open * 2, 100)
        if less >= d.open:
            less = 2500 if d.open > 2500 else 0
        self.transaction(day, "short", d.open - less, self.payer(d.debtor), [(d, d.open - less, less)], **self.reference(d, 0.4))

    def pay_fee_or_interest(self, d, day):
        interest = half_up(d.open * INTEREST * (day - d.due), 36500)
        kind = self.rng.choice(["fee", "interest", "both"])
        extra = {"fee": REMINDER_FEE if kind != "interest" else 0, "interest": interest if kind != "fee" else 0}
        self.transaction(day, "fee or interest", d.open + sum(extra.values()), self.payer(d.debtor), self.full([d]), extra=extra,
                         **self.reference(d))

    def pay_over(self, d, day):
        more = max(100, d.open * self.rng.randrange(1, 20) // 100)
        self.transaction(day, "over", d.open + more, self.payer(d.debtor), self.full([d]), extra={"on_account": more}, **self.reference(d))

    def pay_credit_note(self, d, day):
        credit = next(o for o in d.debtor.open if o.credit and o.credits is d)
        how = self.rng.random()
        if how < 0.3:
            args = {"references": [d.ocr]}
        elif how < 0.7:
            args = {"text": self.noise(f"{self.numbers_text([d])} kredit {credit.number}")}
        else:
            args = {"text": self.noise(self.numbers_text([d]))}
        self.transaction(day, "credit note", d.open - credit.open, self.payer(d.debtor), self.full([d, credit]), **args)

    def pay_third_party(self, d, day):
        rng = self.rng
        payer = (f"Redovisning {rng.choice('ABCDEFGHIJKLMNOP')}{rng.randrange(10, 99)} AB", f"SE{rng.randrange(10, 99)}{rng.randrange(10**19, 10**20)}")
        if rng.random() < 0.2:
            other = rng.choice(self.debtors)
            payer = (other.name, other.account)
        self.transaction(day, "third party", d.open, payer, self.full([d]), **self.reference(d, 0.3))

    def duplicate(self, day):
        recent = [x for x in self.done[-1500:] if 1 <= (datetime.date.fromisoformat(self.date(day)) - datetime.date.fromisoformat(x[0]["booking_date"])).days <= 12]
        recent = [x for x in recent if x[0]["id"] not in self.repeated]
        if not recent:
            return False
        r, amount, truth = self.rng.choice(recent)
        if any(d.open for d, _, _ in truth):
            return False
        self.repeated.add(r["id"])
        self.lines += 1
        r = dict(r, id=f"t{self.lines:06d}", bank_reference=f"B{self.lines:07d}", booking_date=self.date(day), value_date=self.date(day))
        self.settle(r, "duplicate", amount, [], {})
        return True

    def unrelated(self, day):
        rng = self.rng
        payer = (f"{rng.choice(['Skatteverket', 'Försäkring', 'Hyresgäst', 'Privatperson'])} {rng.randrange(100)}", f"SE{rng.randrange(10, 99)}{rng.randrange(10**19, 10**20)}")
        d = rng.choice(self.debtors)
        if rng.random() < 0.25:
            payer = (d.name, d.account)
        amount = d.amount(rng)
        while amount in {o.open for o in d.open}:
            amount += 100 * rng.randrange(1, 90)  # what looks like a payment in every way cannot be told from one
        self.transaction(day, "unrelated", amount, payer, [], text=self.noise(rng.choice(["", "insättning", "återbetalning"])))
        return True

    # ---- the year ----

    def run(self):
        rng, names, shares = self.rng, [m[0] for m in MIX], [m[1] for m in MIX]
        self.repeated = set()
        a_day = max(4, self.count * 25000 // 20000 // 250)
        day, backlog = 0, collections.deque()
        while len(self.truths) < self.count:
            for debtor in rng.choices(self.debtors, self.weights, k=a_day):
                d = self.make_document(debtor, day)
                if rng.random() >= 0.015:  # the others are never paid
                    self.waiting.append(d)
                if rng.random() < 0.012:
                    self.make_document(debtor, day, credits=d)
            self.waiting = [d for d in self.waiting if d.open > 0]
            self.waiting.sort(key=lambda d: (d.pay_on, len(d.id), d.id))
            while len(self.truths) < self.count and any(d.open == d.total and d.pay_on <= day for d in self.waiting):
                if not self.one_payment(backlog, day, names, shares):
                    break
            day += 1

    def one_payment(self, backlog, day, names, shares):
        """The next scenario whose turn has come and that fits a document which is to be paid today."""
        for scenario in list(backlog):
            if self.pay(scenario, day):
                backlog.remove(scenario)
                return True
        for _ in range(20):
            scenario = self.rng.choices(names, shares)[0]
            if self.pay(scenario, day):
                return True
            backlog.append(scenario)
        return False


class Reader:
    """A careful person with nothing but the hub's data: open items, settled items, who paid for whom before, the bank's line.

    Explanations are sought in levels, the surest first; the first level that has any decides, and the payment is decidable
    when that level has exactly one and it is the truth.  None of the matcher's limits (sizes, ages, price lists, how often
    a payer was seen) hold here."""

    def __init__(self, book, r, amount):
        self.book, self.amount = book, amount
        self.references = r.get("references", [])
        self.text = r.get("remittance", "")
        self.documents = r.get("documents", [])
        self.day = (datetime.date.fromisoformat(r["value_date"]) - START).days
        party = r["counterparty"]
        self.payers = set()
        name = fold(party["name"])
        for folded, d in ([(name, book.by_name[name])] if name in book.by_name else
                          [(f, d) for f, d in book.by_name.items() if len(party["name"]) == 35 and f.startswith(name)]):
            self.payers.add(d.no)
        if not self.payers:
            self.payers = set(book.history.get(party.get("account"), {}))

    def agrees(self, truth, extra):
        want = (frozenset((d.id, a + j) for d, a, j in truth), sum(extra.values()))
        for level in (self.by_reference, self.by_documents, self.by_names, self.by_completion, self.by_difference, self.by_typo,
                      self.by_payer, self.by_excess):
            found = level()
            if found:
                return found == {want}
        return False

    def tokens(self):
        words = re.findall(r"\d{4,}", self.text)
        return [w for w in dict.fromkeys(words)]

    def named(self):
        """token -> open documents that have this number or reference"""
        hits = {}
        for t in self.tokens() + self.references:
            docs = [d for d in self.book.by_number.get(t, []) + self.book.by_ocr.get(t, []) if d.open > 0]
            if docs:
                hits[t] = docs
        return hits

    def by_reference(self):
        docs = []
        for ref in self.references:
            known = self.book.by_ocr.get(ref, [])
            if len(known) > 1:
                ours = [d for d in known if d.debtor.no in self.payers]
                exact = [d for d in known if (d.open or d.total) == self.amount]
                known = ours if len(ours) == 1 else exact if len(exact) == 1 else []
            if len(known) != 1 or known[0].open == 0:
                return set()
            docs.append(known[0])
        if not docs:
            return set()
        if sum(d.open for d in docs) == self.amount:
            return {(frozenset((d.id, d.open) for d in docs), 0)}
        explained = self.explain(docs)
        if explained:
            return explained
        if len(docs) == 1:
            d = docs[0]
            return {(frozenset([(d.id, min(d.open, self.amount))]), max(0, self.amount - d.open))}
        return set()

    def by_documents(self):
        docs = []
        for line in self.documents:
            fits = [d for d in self.book.by_number.get(line["number"], []) if d.open > 0 and money(d.open) == line["amount"]
                    and d.credit == (line["type"] == "CREN")]
            ours = [d for d in fits if d.debtor.no in self.payers]
            fits = ours or fits
            if len(fits) != 1:
                return set()
            docs.append(fits[0])
        return {(frozenset((d.id, d.open) for d in docs), 0)} if docs else set()

    def sums(self, hits):
        """Sets of named documents of one debtor, one for each token at most, that are the amount."""
        found = set()
        debtors = {d.debtor.no for docs in hits.values() for d in docs}
        for no in sorted(debtors):
            choices = [[d for d in docs if d.debtor.no == no] for docs in hits.values()]
            states = {(frozenset(), 0)}
            for docs in choices:
                more = set()
                for chosen, total in states:
                    for d in docs:
                        if (d.id, d.open) not in chosen:
                            more.add((chosen | {(d.id, d.open)}, total + (-d.open if d.credit else d.open)))
                states |= more
                if len(states) > 5000:
                    break
            found |= {(chosen, 0, no) for chosen, total in states if chosen and total == self.amount}
        return found

    def by_names(self):
        hits = self.named()
        found = self.sums(hits)
        ours = {f[:2] for f in found if f[2] in self.payers}
        return ours or {f[:2] for f in found}

    def own_named(self):
        """Named documents of the payer, when each token names just one of them."""
        docs = []
        for t, found in self.named().items():
            ours = [d for d in found if d.debtor.no in self.payers]
            if len(ours) > 1:
                return []
            if ours and ours[0] not in docs:
                docs.append(ours[0])
        return docs if len({d.debtor.no for d in docs}) == 1 else []

    def by_completion(self):
        docs = self.own_named()
        rest = self.amount - sum(-d.open if d.credit else d.open for d in docs)
        if not docs or rest <= 0:
            return set()
        others = [d for d in docs[0].debtor.open if d not in docs and not d.credit]
        base = frozenset((d.id, d.open) for d in docs)
        return {(base | frozenset((d.id, d.open) for d in s), 0) for s in subsets(others, rest)}

    def by_difference(self):
        docs = self.own_named()
        return self.explain(docs) if docs else set()

    def explain(self, docs):
        """All reasons that explain the difference; each is one explanation."""
        total = sum(-d.open if d.credit else d.open for d in docs)
        base = frozenset((d.id, d.open) for d in docs)
        delta, found = self.amount - total, []
        if docs[-1].credit:
            return set()
        if delta < 0:
            if -delta < 100 and self.amount % 100 == 0:
                found.append((base, 0))
            if -delta in BANK_FEES:
                found.append((base, 0))
            if all(d.discount and self.day <= d.discount for d in docs) and sum(half_up(d.open * 2, 100) for d in docs) == -delta:
                found.append((base, 0))
            clients = {d.client for d in docs}
            found += [(base | {(o.id, o.open)}, 0) for o in docs[0].debtor.open if o.credit and o.open == -delta and o.client in clients]
        elif delta > 0:
            if delta < 100 and self.amount % 100 == 0:
                found.append((base, 0))
            if any(self.day > d.due for d in docs):
                interest = sum(half_up(d.open * INTEREST * max(0, self.day - d.due), 36500) for d in docs)
                found += [(base, v) for v in (REMINDER_FEE, interest, REMINDER_FEE + interest) if v == delta and v > 0]
        # Two reasons for the same documents are still two: what is booked differs.
        return {f + (i,) if len(found) > 1 else f for i, f in enumerate(found)}

    def by_typo(self):
        found = set()
        for ref in self.references + self.tokens():
            if ref in self.book.by_ocr:
                continue
            for near in neighbours(ref):
                found |= {d for d in self.book.by_ocr.get(near, []) if d.open == self.amount}
                found |= {d for d in self.book.by_number.get(near, []) if d.open == self.amount and d.debtor.no in self.payers and not d.credit}
        return {(frozenset([(d.id, d.open)]), 0) for d in found}

    def by_payer(self):
        if len(self.payers) != 1 or self.own_named() or any(self.book.by_ocr.get(r) for r in self.references):
            return set()
        debtor = self.book.debtors[next(iter(self.payers))]
        return {(frozenset((d.id, d.open) for d in s), 0) for s in subsets([d for d in debtor.open if not d.credit], self.amount)}

    def by_excess(self):
        docs = self.own_named()
        total = sum(d.open for d in docs)
        if not docs or any(d.credit for d in docs) or not 0 < total < self.amount:
            return set()
        return {(frozenset((d.id, d.open) for d in docs), self.amount - total)}


def subsets(docs, amount):
    """Up to two sets of documents with that sum, of all sizes."""
    docs = [d for d in docs if d.open <= amount][:22]
    states = {0: [()]}
    for i, d in enumerate(docs):
        for total, sets in list(states.items()):
            if total + d.open <= amount:
                into = states.setdefault(total + d.open, [])
                into += [s + (i,) for s in sets][: 3 - len(into)]
        if len(states) > 300000:
            return [(), ()]
    return [[docs[i] for i in s] for s in states.get(amount, [])][:2] if amount else []


def neighbours(s):
    for i, c in enumerate(s):
        for d in "0123456789":
            if d != c:
                yield s[:i] + d + s[i + 1:]
        if i + 1 < len(s) and s[i + 1] != c:
            yield s[:i] + s[i + 1] + c + s[i + 2:]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--payments", type=int, default=2000)
    p.add_argument("--variant", choices=["easy", "hard"], default="hard")
    p.add_argument("--out", required=True)
    a = p.parse_args()
    book = Book(a.seed, a.payments, a.variant)
    book.run()
    os.makedirs(a.out, exist_ok=True)
    for name, rows in (("events", book.events), ("truth", book.truths), ("decisions", book.decisions)):
        with open(os.path.join(a.out, name + ".jsonl"), "w", encoding="utf-8") as f:
            for r in rows:
                f.write(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
