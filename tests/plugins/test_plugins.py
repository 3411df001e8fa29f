#!/usr/bin/env python3
"""A third party's plugins: built outside the tree against the installed header, loaded, used; and wrong ones, refused."""
import os
import subprocess
import sys
import tempfile

LOLIGO = os.path.abspath(os.environ.get("LOLIGO", "build/loligo"))
CC = os.environ.get("CC", "cc").split()
SAN = os.environ.get("SAN", "")
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
count = 0
failed = 0


def check(name, good, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    if not good and detail:
        print("\n".join("# " + line for line in detail.splitlines()[-30:]))


def run(*args, **kw):
    return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)


def loligo(folder, *args, **kw):
    return run(LOLIGO, *args, env=dict(os.environ, LOLIGO_PLUGINS=folder), **kw)


def install(tmp):
    """make install into a folder of its own; the flags then come from pkg-config alone."""
    done = run("make", "-s", f"BUILD={os.environ.get('BUILD', 'build')}", f"SAN={SAN}", "CC=" + " ".join(CC), "install",
               "PREFIX=" + tmp + "/usr", cwd=ROOT)
    check("make install", done.returncode == 0, done.stdout + done.stderr)
    env = dict(os.environ, PKG_CONFIG_PATH=tmp + "/usr/lib/pkgconfig")
    flags = run("pkg-config", "--cflags", "loligo", env=env).stdout.split()
    where = run("pkg-config", "--variable=plugindir", "loligo", env=env).stdout.strip()
    check("loligo.pc tells the flags and the plugin folder", any("-I" in f for f in flags) and os.path.isdir(where), str(flags) + where)
    return flags


def build(flags, source, target, *more):
    sanitize = ["-fsanitize=" + SAN] if SAN else []
    done = run(*CC, "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", *sanitize, source, *flags, *more, "-o", target)
    return done.returncode == 0, done.stderr


HEAD = "#include <loligo.h>\n#include <string.h>\n"
WRONG = {
    # name: (C text, what the refusal must say)
    "no-symbol": ("int nothing(void); int nothing(void) { return 1; }", "no symbol lg_plugin"),
    "other-major": (HEAD + 'const struct lg_plugin lg_plugin = { .size = sizeof lg_plugin, .abi_major = LG_ABI_MAJOR + 1, .name = "x", .version = "1" };', "another ABI"),
    "huge-size": (HEAD + 'const struct lg_plugin lg_plugin = { .size = 0x7fffffff, .abi_major = LG_ABI_MAJOR, .name = "x", .version = "1" };', "size that cannot be"),
    "tiny-size": (HEAD + 'const struct lg_plugin lg_plugin = { .size = 4, .abi_major = LG_ABI_MAJOR, .name = "x", .version = "1" };', "size that cannot be"),
    "wild-table": (HEAD + 'const struct lg_plugin lg_plugin = { LG_PLUGIN_HEAD("x", "1", "d"), .step_size = sizeof(struct lg_step), .step_count = 3, .steps = (const struct lg_step *)64 };', "size that cannot be"),
    "wild-name": (HEAD + 'const struct lg_plugin lg_plugin = { .size = sizeof lg_plugin, .abi_major = LG_ABI_MAJOR, .name = (const char *)1, .version = "1" };', "name and version"),
    "empty": (HEAD + 'const struct lg_plugin lg_plugin = { LG_PLUGIN_HEAD("x", "1", "d") };', "offers nothing"),
    "no-function": (HEAD + 'static const struct lg_step s[] = { { .size = sizeof(struct lg_step), .name = "s", .takes = 2 } };\n'
                    'const struct lg_plugin lg_plugin = { LG_PLUGIN_HEAD("x", "1", "d"), .step_size = sizeof s[0], .step_count = 1, .steps = s };', "not described properly"),
    "many": (HEAD + 'static const struct lg_step s[] = { { .size = sizeof(struct lg_step), .name = "s", .takes = 2 } };\n'
             'const struct lg_plugin lg_plugin = { LG_PLUGIN_HEAD("x", "1", "d"), .step_size = sizeof s[0], .step_count = 4000000000u, .steps = s };', "size that cannot be"),
}

CONFIG = """\
connections:
  bank: {{ use: example-echo, text: "{text}", format: example-lines }}
  said: {{ use: example-echo, format: json }}
flows:
  cash:
    from: bank
    steps:
      - example-large: {{ limit: "1000" }}
    to: said
"""


def use(tmp, folder):
    """The three examples in one flow: bytes in, a step's decision, a delivery."""
    work = tmp + "/hub"
    os.makedirs(work)
    with open(work + "/loligo.yaml", "w") as f:
        f.write(CONFIG.format(text="2026-11-25;credit;1250.00;SEK;rent\\n2026-11-25;credit;10;SEK;coffee"))
    done = loligo(folder, "run", "--once", cwd=work)
    check("a flow of the examples runs", done.returncode == 0 and "2 records read" in done.stdout, done.stdout + done.stderr)
    check("both records were delivered", done.stderr.count("got said/say/tx-") == 2, done.stderr)
    done = loligo(folder, "work", cwd=work)
    check("the large one waits for a person", "example.large" in done.stdout and done.stdout.count("tx-") == 1, done.stdout + done.stderr)
    done = loligo(folder, "run", "--once", cwd=work)
    check("a second run changes nothing", done.returncode == 0 and "0 records read, 0 made; 0 effects delivered" in done.stdout, done.stdout + done.stderr)
    with open(work + "/loligo.yaml", "w") as f:
        f.write(CONFIG.format(text="2026-11-25;credit;much;SEK;rent"))
    done = loligo(folder, "run", "--once", cwd=work)
    check("a bad line parks its document with a place", "1 parked" in done.stdout and '"text"' in done.stderr and ":1:1" in done.stderr, done.stdout + done.stderr)


SLOW = HEAD + r"""
struct state { const struct lg_host *host; struct lg_instance *self; const struct lg_delivery *d; struct lg_op *op; };
static lg_status slow_open(void *s, const void *c, const struct lg_host *h, struct lg_instance *self)
{ (void)c; struct state *st = s; st->host = h; st->self = self; return LG_OK; }
static void on_time(void *ctx, lg_status status)
{ struct state *s = ctx; const struct lg_delivery *d = s->d; s->op = NULL;
  if (NEVER) return;
  if (status == LG_CANCELED) return;
  s->d = NULL;
  for (uint32_t i = 0; i < d->count; i++) s->host->settle(s->self, d, i, LG_OK, LG_STR("there"), (lg_str){ 0 }, 0); }
static void slow_deliver(void *s, const struct lg_delivery *d)
{ struct state *st = s; st->d = d; st->op = st->host->timer(st->self, NEVER ? 100000 : 700, on_time, st); }
static void slow_close(void *s) { struct state *st = s; st->host->cancel(st->op); }
static const struct lg_operation ops[] = { { .size = sizeof(struct lg_operation), .name = "send", .doc = "d",
  .kinds = ~(uint64_t)0, .deadline_ms = 200, .batch_max = 10 } };
static const struct lg_connector cs[] = { { .size = sizeof(struct lg_connector), .name = NAME, .doc = "d",
  .state_size = sizeof(struct state), .operation_size = sizeof ops[0], .operation_count = 1, .operations = ops,
  .open = slow_open, .deliver = slow_deliver, .close = slow_close } };
const struct lg_plugin lg_plugin = { LG_PLUGIN_HEAD(NAME, "1", "d"), .connector_size = sizeof cs[0], .connector_count = 1, .connectors = cs };
"""


def late(tmp, flags, folder):
    """An answer after the deadline still counts; one that never comes leaves the effect unknown, and the hub ends."""
    for name, never in (("slow", 0), ("silent", 1)):
        with open(f"{tmp}/{name}.c", "w") as f:
            f.write(SLOW)
        ok, text = build(flags, f"{tmp}/{name}.c", f"{folder}/{name}.so", f'-DNAME="{name}"', f"-DNEVER={never}")
        check(f"the {name} connector builds", ok, text)
        work = f"{tmp}/{name}"
        os.makedirs(work)
        with open(work + "/loligo.yaml", "w") as f:
            f.write(CONFIG.format(text="2026-11-25;credit;10;SEK;coffee").replace("said: { use: example-echo", "said: { use: " + name))
        done = loligo(folder, "run", "--once", cwd=work, timeout=30)
        listed = loligo(folder, "effects", cwd=work).stdout
        if never:
            check("no answer at all: unknown, exit 1", done.returncode == 1 and " 1 unknown" in done.stdout and "unknown" in listed, done.stdout + done.stderr + listed)
            check("and said when it was late", "no answer within 200 ms" in done.stderr, done.stderr)
        else:
            check("a late answer is noted as late", "no answer within 200 ms" in done.stderr, done.stderr)
            check("the run does not end in between with less than is known", "unknown" in listed or "confirmed" in listed, listed)


def main():
    with tempfile.TemporaryDirectory() as tmp:
        flags = install(tmp)
        good, bad = tmp + "/good", tmp + "/bad"
        os.makedirs(good)
        os.makedirs(bad)
        for kind in ("format", "step", "connector"):
            source = f"{HERE}/example_{kind}.c"
            ok, text = build(flags, source, f"{good}/example-{kind}.so")
            check(f"the example {kind} builds outside the tree, without a warning", ok, text)
            with open(source) as f:
                check(f"the example {kind} has at most 120 lines", len(f.readlines()) <= 120)
        run("cp", f"{ROOT}/{os.environ.get('BUILD', 'build')}/plugins/json.so", good)
        listed = loligo(good, "plugins")
        check("the hub lists them", all(n in listed.stdout for n in ("example-lines", "example-large", "example-echo")) and listed.stderr == "", listed.stdout + listed.stderr)
        use(tmp, good)
        late(tmp, flags, good)
        for name, (text, _) in WRONG.items():
            with open(f"{tmp}/{name}.c", "w") as f:
                f.write(text)
            ok, why = build(flags, f"{tmp}/{name}.c", f"{bad}/{name}.so")
            check(f"the wrong plugin {name} builds", ok, why)
        with open(bad + "/text.so", "w") as f:
            f.write("this is no shared object\n")
        run("cp", f"{good}/example-step.so", f"{bad}/zz-twice-1.so")
        run("cp", f"{good}/example-step.so", f"{bad}/zz-twice-2.so")
        done = loligo(bad, "plugins")
        check("the hub goes on", done.returncode == 0 and "example-large" in done.stdout, done.stdout + done.stderr)
        for name, (_, says) in WRONG.items():
            line = next((x for x in done.stderr.splitlines() if f"/{name}.so" in x), "")
            check(f"{name} is refused with its reason", says in line, line or done.stderr)
        check("a file that is no plugin is refused", any("/text.so" in x and "refused" in x for x in done.stderr.splitlines()), done.stderr)
        check("a name that is taken is refused", any("zz-twice-2" in x and "already" in x for x in done.stderr.splitlines()), done.stderr)
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
