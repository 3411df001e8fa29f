#!/usr/bin/env python3
"""Runs the flows of this folder: input files, a hub, the records and files that must come out (see README.md)."""
import glob
import json
import os
import subprocess
import sys
import tempfile

import yaml

from fixtures import content

LOLIGO = os.path.abspath(os.environ.get("LOLIGO", "build/loligo"))
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class Failed(Exception):
    pass


def write(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content(text).replace("@plans@", ROOT + "/config/plans").encode())
        os.utime(path, (1700000000, 1700000000))  # long since complete


ENV = dict(os.environ)


def loligo(folder, args):
    done = subprocess.run([LOLIGO] + [str(a) for a in args], cwd=folder, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def argument(folder, a):
    """{ id_of: { kind: allocation, ... } } is the id of the one record that fits."""
    if not isinstance(a, dict):
        return a
    found = [r for r in records(folder) if fits(a["id_of"], r)]
    if len(found) != 1:
        raise Failed(f"{len(found)} records fit {a['id_of']}, not 1")
    return found[0]["id"]


def step(folder, what):
    if what == "run":
        what = {"loligo": ["run", "--once"]}
    if "write" in what:
        write(folder, what["write"])
        return
    if "missing" in what:
        for name in what["missing"]:
            if os.path.exists(os.path.join(folder, name)):
                raise Failed(f"there is a file {name}")
        return
    if "remove" in what:
        for name in what["remove"]:
            os.remove(os.path.join(folder, name))
        return
    code, out, err = loligo(folder, [argument(folder, a) for a in what["loligo"]])
    text = out + err
    if code != what.get("exit", 0):
        raise Failed(f"{what['loligo']} ended with {code}:\n{text}")
    for says in what.get("says", []):
        if says not in text:
            raise Failed(f"{what['loligo']} does not say {says!r}:\n{text}")
    for says in what.get("silent", []):
        if says in text:
            raise Failed(f"{what['loligo']} says {says!r}:\n{text}")


def fits(want, have):
    if isinstance(want, dict):
        return isinstance(have, dict) and all(k in have and fits(v, have[k]) for k, v in want.items())
    if isinstance(want, list):
        return isinstance(have, list) and len(want) == len(have) and all(fits(a, b) for a, b in zip(want, have))
    return want == have


def records(folder):
    code, out, err = loligo(folder, ["--format", "jsonl", "records"])
    if code != 0:
        raise Failed("records: " + err)
    return [json.loads(line) for line in out.splitlines()]


def lines_of(voucher):
    """A voucher's lines as "ACCOUNT AMOUNT", debit positive, in any order."""
    return sorted(f"{line['account']} {line.get('debit') or '-' + line['credit']}" for line in voucher["lines"])


def find_voucher(want, have):
    rest = {k: v for k, v in want.items() if k != "booked"}
    if any(fits(rest, r) and lines_of(r) == sorted(want["booked"].split(", ")) for r in have if r["kind"] == "voucher"):
        return
    seen = "\n".join(f"{r['ledger']} {r.get('client')} {r['event']}: {lines_of(r)}" for r in have if r["kind"] == "voucher")
    raise Failed(f"no voucher fits {want}; there are:\n{seen}")


def verify(folder, expect):
    have = records(folder)
    for want in expect.get("vouchers", []):
        find_voucher(want, have)
    for kind, n in expect.get("records", {}).items():
        found = sum(r["kind"] == kind for r in have)
        if found != n:
            raise Failed(f"{found} records of kind {kind}, not {n}:\n" + "\n".join(json.dumps(r, ensure_ascii=False) for r in have if r["kind"] == kind))
    for want in expect.get("find", []):
        if not any(fits(want, r) for r in have):
            raise Failed(f"no record fits {want}; of its kind there are:\n" + "\n".join(json.dumps(r, ensure_ascii=False) for r in have if r["kind"] == want.get("kind")))
    for want, n in expect.get("count", []):
        found = sum(fits(want, r) for r in have)
        if found != n:
            raise Failed(f"{found} records fit {want}, not {n}; of its kind there are:\n" + "\n".join(json.dumps(r, ensure_ascii=False) for r in have if r["kind"] == want.get("kind")))
    for want in expect.get("absent", []):
        if any(fits(want, r) for r in have):
            raise Failed(f"a record fits {want}")
    for name in expect.get("no_files", []):
        if os.path.exists(os.path.join(folder, name)):
            raise Failed(f"there is a file {name}")
    for name, texts in expect.get("not_in", {}).items():
        with open(os.path.join(folder, name), "rb") as f:
            content = f.read().decode("cp437")
        for text in texts:
            if text in content:
                raise Failed(f"{name} holds {text!r}:\n{content}")
    for name, texts in expect.get("files", {}).items():
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            raise Failed(f"no file {name}; there are {[os.path.relpath(p, folder) for p in glob.glob(folder + '/**', recursive=True)]}")
        with open(path, "rb") as f:
            content = f.read().decode("cp437")
        for text in texts:
            if text not in content:
                raise Failed(f"{name} does not hold {text!r}:\n{content}")


def run(path):
    with open(path) as f:
        case = yaml.safe_load(f)
    ENV.update(case.get("env", {}))
    with tempfile.TemporaryDirectory() as folder:
        files = dict(case.get("files", {}), **{"loligo.yaml": case["config"]})
        write(folder, files)
        for what in case.get("steps", ["run"]):
            step(folder, what)
        if "expect" not in case:
            return
        verify(folder, case["expect"])
        code, out, err = loligo(folder, ["audit", "verify"])
        if code != 0:
            raise Failed("audit verify: " + out + err)


def main():
    failed = 0
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    paths = [p for p in sorted(glob.glob(HERE + "/*.yaml")) if only in p]
    for n, path in enumerate(paths, 1):
        name = os.path.basename(path)[:-5].replace("_", " ")
        try:
            run(path)
            print(f"ok {n} - {name}", flush=True)
        except (Failed, subprocess.TimeoutExpired, yaml.YAMLError) as why:
            failed += 1
            print(f"not ok {n} - {name}", flush=True)
            print("\n".join("# " + line for line in str(why).splitlines()[:40]))
    print(f"1..{len(paths)}")
    return 1 if failed else 0


sys.exit(main())
