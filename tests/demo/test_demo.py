#!/usr/bin/env python3
"""The demo, as a user runs it: it adds up, explains itself, and a second run changes no byte."""
import filecmp
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOLIGO = os.path.abspath(os.environ.get("LOLIGO", "build/loligo"))
count = failed = 0


def check(name, good, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    if not good:
        print("\n".join("# " + line for line in str(detail).splitlines()[-30:]))


def loligo(tmp, *args):
    return subprocess.run([LOLIGO, "-c", "config/demo/loligo.yaml", *args], cwd=tmp, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def rows(tmp, *args):
    done = loligo(tmp, "--format", "jsonl", *args)
    return [json.loads(line) for line in done.stdout.splitlines()]


def fingerprint(folder):
    out = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            if name.endswith(".lock"):  # holds the number of the process
                continue
            with open(path, "rb") as f:
                out[os.path.relpath(path, folder)] = hashlib.sha256(f.read()).hexdigest()
    return out


def same_files(tmp):
    """What is in the tree is what the generator writes."""
    made = tmp + "/made"
    subprocess.run(["python3", ROOT + "/tests/demo/make_demo.py", made], check=True)
    for folder in ("inbox", "bank"):
        for base, _, names in os.walk(f"{made}/{folder}"):
            for name in names:
                path = os.path.join(base, name)
                if not filecmp.cmp(path, f"{ROOT}/config/demo/" + os.path.relpath(path, made), shallow=False):
                    return path
    return None


def hledger(path):
    """The vouchers of a SIE file as an hledger journal; hledger refuses what does not balance."""
    journal, date = "", ""
    with open(path, encoding="cp437") as f:
        for line in f:
            words = line.split()
            if words[:1] == ["#VER"]:
                date = words[3].strip('"')
                journal += f"\n{date[:4]}-{date[4:6]}-{date[6:8]} voucher {words[2]}\n"
            elif words[:1] == ["#TRANS"]:
                amount = line.split("}", 1)[1].split()[0]
                journal += f"  a:{words[1]}  {amount}\n"
    done = subprocess.run(["hledger", "-f-", "check"], input=journal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def main():
    with tempfile.TemporaryDirectory() as tmp:
        different = same_files(tmp)
        check("the files of the demo are what its generator writes", different is None, different)
        shutil.copytree(ROOT + "/config", tmp + "/config", ignore=shutil.ignore_patterns("var", "out"))
        for base, _, names in os.walk(tmp + "/config"):
            for name in names:
                os.utime(os.path.join(base, name), (1700000000, 1700000000))
        done = loligo(tmp, "run", "--once")
        check("the demo runs", done.returncode == 0 and "0 rejected, 0 unknown" in done.stdout, done.stdout + done.stderr)
        before = fingerprint(tmp + "/config/demo")
        done = loligo(tmp, "run", "--once")
        check("a second run makes nothing", "0 records read, 0 made; 0 effects delivered" in done.stdout, done.stdout + done.stderr)
        after = fingerprint(tmp + "/config/demo")
        check("and changes no byte", before == after, [k for k in after if before.get(k) != after[k]])
        line = next((x for x in loligo(tmp, "report", "reconcile").stdout.splitlines() if "received" in x), "")
        numbers = [Decimal(w) for w in line.replace(":", " ").split() if w.replace(".", "").isdigit()]
        check("what was received adds up", len(numbers) == 5 and numbers[0] == sum(numbers[1:]) > 0, line)
        stages = {r["stage"] for r in rows(tmp, "report", "payments")}
        check("payments are decided by S0, S1, S3, S4, S6, S7 and S9", stages >= {"S0", "S1", "S3", "S4", "S6", "S7", "S9"}, stages)
        kinds = {r["to"] for r in rows(tmp, "report", "payments")}
        check("money goes to invoices, on account, suspense, fees and back", kinds >= {"invoice", "on_account", "suspense", "fee", "refund", "details"}, kinds)
        reasons = {r.get("adjustment") for r in rows(tmp, "report", "payments")}
        check("differences have their reason", reasons >= {"rounding", "bank_fee", "discount"}, reasons)
        clients = [r for r in rows(tmp, "report", "payments") if r["bank_reference"] == "SEB1110002"]
        check("one payment pays invoices of two clients", {r["client"] for r in clients} == {"10427", "31006"}, clients)
        work = {r["rule"] for r in rows(tmp, "work")}
        check("what nobody can place waits for a person", "match.nothing" in work and not any(r.startswith("book.") for r in work), work)
        balances = [r for r in rows(tmp, "report", "trial-balance") if r["account"] == "total"]
        check("four sets of books balance", len(balances) == 4 and all(Decimal(r["balance"]) == 0 for r in balances), balances)
        for name in sorted(os.listdir(tmp + "/config/demo/out")):
            if name.endswith(".se"):
                good, text = hledger(f"{tmp}/config/demo/out/{name}")
                check(f"hledger takes the vouchers of {name}", good, text)
        why = loligo(tmp, "why", "SEB1105002").stdout
        check("why goes from bytes to file", "read from" in why and "S4" in why and "evidence" in why and "confirmed to" in why, why)
        done = loligo(tmp, "audit", "verify")
        check("the chains hold", done.returncode == 0 and "every chain holds" in done.stdout, done.stdout + done.stderr)
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
