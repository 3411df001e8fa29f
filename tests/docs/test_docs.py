#!/usr/bin/env python3
"""The READMEs hold what they say: every YAML block is checked by the program itself, in a frame chosen by its keys; every
command, plugin, option and link that they name is there.

A block that is a whole hub is checked as it is, together with the blocks before and behind it that say "# path/of.yaml" in
their first line. A fragment is put into a frame. An HTML comment right before the block overrides that:
<!-- check: plan|policy|client|flow|none, reason -->"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

LOLIGO = os.path.abspath(os.environ.get("LOLIGO", "build/loligo"))
BLOCK = re.compile(r"(?:<!-- check: (?P<how>[^>]*?) -->\s*)?^(?P<indent>[ \t]*)```yaml\n(?P<text>.*?)^[ \t]*```", re.M | re.S)
HUB_KEYS = {"hub", "include", "clients", "connections", "ledgers", "flows"}
POLICY_KEYS = {"auto", "rounding", "bank_fees"}
PLAN_KEYS = {"use", "roles", "items", "vat", "events"}
LABELS = {"bank": "camt", "invoices": "ubl"}
# Sources and destinations of fragments, by the names that the READMEs use.
STAND_INS = {
    "invoices": {"use": "file", "read": "inbox/*.xml", "format": "ubl"},
    "erp": {"use": "file", "read": "erp/*.xml", "format": "ubl"},
    "bank": {"use": "file", "read": "bank/*.xml", "format": "camt"},
    "deals": {"use": "file", "read": "deals/*.jsonl", "format": {"json": {"kind": "financing"}}},
    "out": {"use": "file", "write": "out/all.jsonl", "format": "json"},
    "books": {"use": "file", "write": "out/{ledger}-{number}.se", "format": "sie"},
}
number = failed = 0


def check(name, ok, why=""):
    global number, failed
    number += 1
    failed += not ok
    print(f"{'ok' if ok else 'not ok'} {number} - {name}", flush=True)
    if not ok:
        print("\n".join("# " + line for line in why.splitlines()[:30]), flush=True)


def run(*args, cwd=None):
    env = dict(os.environ, PARTNER_FILES="partner/*.jsonl")
    done = subprocess.run([LOLIGO, *args], cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


# ---- frames ----

def names_of(value):
    """Connections that `from` or `to` names, and labels."""
    if isinstance(value, str):
        return [value], []
    if isinstance(value, list):
        return value, []
    if isinstance(value, dict) and "label" in value:
        return [], [value["label"]]
    return (value or {}).get("first_of", []), []


def complete(hub):
    """Adds what a fragment's flows and ledgers name and do not define."""
    connections = hub.setdefault("connections", {}) or {}
    hub["connections"] = connections
    for flow in hub.setdefault("flows", {}).values():
        flow.setdefault("from", "bank")
    places = [(f.get("from"), f) for f in hub["flows"].values()] + [(f.get("to"), f) for f in hub["flows"].values()]
    places += [(ledger.get("to"), None) for ledger in (hub.get("ledgers") or {}).values()]
    for place, _ in places:
        names, labels = names_of(place)
        for name in names:
            if name not in connections:
                connections[name] = STAND_INS[name if name in STAND_INS else "books"]
        for label in labels:
            if not any(label in (c.get("labels") or []) for c in connections.values()):
                name = label if label in STAND_INS else "books"
                connections["a_" + label] = dict(STAND_INS[name], labels=[label])
    used = {name for flow in hub["flows"].values() for key in ("from", "to") for name in names_of(flow.get(key))[0]}
    used |= {name for ledger in (hub.get("ledgers") or {}).values() for name in names_of(ledger.get("to"))[0]}
    for n, (name, c) in enumerate(list(connections.items())):
        if name in used or c.get("labels") or c.get("mode") == "off":
            continue
        if "read" in c:
            hub["flows"][f"of_{n}"] = {"from": name}
    for step in steps_of(hub):
        for ledger in (step.get("book") or {}).get("ledgers", []) if isinstance(step, dict) else []:
            ledgers = hub.setdefault("ledgers", {})
            if ledger not in ledgers:
                ledgers[ledger] = {"company": "5566778899", "plan": "plans/factor.yaml", "to": "books"}
                connections.setdefault("books", STAND_INS["books"])
    return hub


def steps_of(hub):
    return [s for flow in hub["flows"].values() for s in flow.get("steps") or []]


def frame(how, doc, text):
    """The main file for a block, and the files beside it."""
    flow = {"flows": {"f": {"from": "bank", "steps": ["match", {"book": {"plan": "plans/this.yaml", "company": "5566778899"}}], "to": "books"}}}
    keys = set(doc) if isinstance(doc, dict) else set()
    how = how or ("policy" if keys & POLICY_KEYS else "hub" if keys & HUB_KEYS else "plan" if keys & PLAN_KEYS else
                  "steps" if keys == {"steps"} else "")
    if how == "hub":
        return ({"loligo.yaml": text} if {"connections", "flows"} <= keys else {"loligo.yaml": dump(complete(doc))})
    if how == "plan":
        return {"loligo.yaml": dump(complete(flow)), "plans/this.yaml": text}
    if how == "policy":
        flow["flows"]["f"]["steps"] = [{"match": {"policy": "policy.yaml"}}]
        flow["flows"]["f"].pop("to")
        clients = {name: {"name": "A client"} for name in doc.get("clients", {})}
        return {"loligo.yaml": dump(complete(dict(flow, clients=clients))), "policy.yaml": text}
    if how == "steps":
        return {"loligo.yaml": dump(complete({"flows": {"f": {"from": "invoices", "steps": doc["steps"]}}}))}
    if how == "client":
        return {"loligo.yaml": dump({"include": ["clients/*.yaml"]}), "clients/1.yaml": text}
    raise KeyError(f"no frame for the keys {sorted(keys)}; say <!-- check: ... --> before the block")


def dump(doc):
    return yaml.safe_dump(doc, allow_unicode=True, sort_keys=False, width=1000)


# ---- what files name ----

def prepare(folder, files):
    shutil.copytree("config/plans", os.path.join(folder, "plans"))
    shutil.copytree("config/plans", os.path.join(folder, "config/plans"))
    shutil.copy("config/demo/match.yaml", os.path.join(folder, "config/match.yaml"))
    shutil.copy("config/demo/match.yaml", os.path.join(folder, "match.yaml"))
    with open(os.path.join(folder, "kind.txt"), "w") as f:
        f.write("financing\n")
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)


def other_file(text):
    """ "# clients/10427.yaml" in the first line: the block is that file. """
    match = re.match(r"# (\S+\.yaml)\s*$", text.split("\n", 1)[0])
    return match.group(1) if match and match.group(1) != "loligo.yaml" else None


def dedent(block):
    indent = len(block["indent"])
    return "".join(line[indent:] if line.strip() else line for line in block["text"].splitlines(True))


def check_block(name, block, beside):
    text = dedent(block)
    how = (block["how"] or "").split(",")[0].strip()
    if how == "none":
        return
    try:
        doc = yaml.safe_load(text)
        files = dict(beside, **frame(how, doc, text))
    except (KeyError, yaml.YAMLError) as why:
        check(name, False, str(why))
        return
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, files)
        code, out = run("check", cwd=folder)
    check(name, code == 0, out + "\n" + files["loligo.yaml"])


def check_readme(path):
    with open(path) as f:
        readme = f.read()
    blocks = [m.groupdict() | {"at": readme[:m.start("text")].count("\n") + 1} for m in BLOCK.finditer(readme)]
    beside = {other_file(dedent(b)): dedent(b) for b in blocks if other_file(dedent(b))}
    for b in blocks:
        if other_file(dedent(b)) in (None, *(n for n in beside if not n.startswith("clients/"))):
            check_block(f"{path}:{b['at']} is right", b, {n: t for n, t in beside.items() if n.startswith("clients/")})
    return blocks


def anchors(path):
    """Headings as they stand in links."""
    with open(path) as f:
        text = re.sub(r"```.*?```", "", f.read(), flags=re.S)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in re.findall(r"^#+ (.*)$", text, re.M)}


def named_commands(path, known):
    """`loligo NAME` in code that is no command."""
    with open(path) as f:
        text = f.read()
    code = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^(?: {4}|\$ )(.*)$", text, re.M)
    names = {m for line in code for m in re.findall(r"(?:^|(?<!=)build/|[;&(] ?)loligo (?:-c \S+ )?([a-z]+)", line)}
    return sorted(names - known)


def links(path):
    with open(path) as f:
        readme = f.read()
    readme = re.sub(r"```.*?```", "", readme, flags=re.S)
    wrong = []
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", readme):
        there = os.path.join(os.path.dirname(path), target) if target else path
        if "://" not in target and (not os.path.exists(there) or anchor and anchor not in anchors(there)):
            wrong.append(target + ("#" + anchor if anchor else ""))
    return wrong


# ---- commands and options ----

def commands(path):
    """`name ...` in the first column of a table under a heading with "ommand" in it."""
    with open(path) as f:
        part = re.search(r"^## Commands\n(.*?)(?=^## |\Z)", f.read(), re.M | re.S)
    found = []
    for row in re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", part.group(1) if part else "", re.M):
        found += [cell.split()[0] for cell in re.findall(r"`([^`]+)`", row)]
    return sorted(set(found))


def check_plugin(folder, name):
    code, out = run("--format", "jsonl", "plugins", name)
    if code != 0:
        check(f"plugins {name}", False, out)
        return
    rows = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    options = [row["name"] for row in rows]
    path = os.path.join(folder, "README.md")
    with open(path) as f:
        readme = f.read()
    missing = [o for o in options if not re.search(r"\b" + re.escape(re.sub(r".*[.\]*]\.?", "", o)) + r"\b", readme)]
    check(f"{path} names every option of {name}", not missing, "missing: " + ", ".join(missing))
    check(f"{path} has an example", "```yaml" in readme, "no YAML block")


def main():
    tracked = subprocess.run(["git", "ls-files", "*README.md"], stdout=subprocess.PIPE, text=True).stdout.split()
    readmes = tracked or [os.path.join(d, "README.md") for d, _, files in os.walk(".") if "README.md" in files and not d.startswith("./build")]
    known = set(re.findall(r"^  ([a-z]+)", run("--help")[1], re.M)) - {"loligo"}
    for path in sorted(readmes):
        check_readme(path)
        wrong = named_commands(path, known)
        check(f"{path}: its commands are there", not wrong, ", ".join(wrong))
        wrong = links(path)
        check(f"{path}: its links lead somewhere", not wrong, ", ".join(wrong))
    for name in commands("README.md"):
        code, out = run(name, "--help")
        check(f"loligo {name} --help", code == 0 and "usage: loligo " + name in out, out)
    for parent in ("plugins/formats", "plugins/steps", "connectors"):
        for name in sorted(os.listdir(parent)):
            folder = os.path.join(parent, name)
            if os.path.isdir(folder):
                check(f"{folder} has a README", os.path.exists(os.path.join(folder, "README.md")))
                check_plugin(folder, name)
    print(f"1..{number}")
    return 1 if failed else 0


sys.exit(main())
