#!/usr/bin/env python3
"""Memory that was never set, which no sanitizer of gcc's sees: some unit tests and a small demo under memcheck."""
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sanitize

UNSET = "#include <stdlib.h>\nint main(void) { int *p = malloc(40); int n = p[3]; free(p); return n > 7 ? 1 : 0; }\n"
# Quick ones, of each layer and format.
UNITS = {"test_json_text", "test_record", "test_cel", "test_yaml", "test_options", "test_loop", "test_store_effects",
         "test_camt", "test_sie", "test_csv", "test_json", "test_match_parts", "test_book", "test_refs"}


def main():
    if os.environ.get("SAN"):
        return sanitize.skip("valgrind", "this is a sanitizer build")
    prefix = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite,possible",
              f"--suppressions={sanitize.ROOT}/tests/valgrind.supp"]
    why = sanitize.planted(UNSET, "gcc", [], prefix, {}, "uninitialised")
    if why:
        return sanitize.skip("valgrind", why)
    tool = sanitize.Tool("valgrind", sanitize.BUILD, prefix)
    tool.units(UNITS)

    def few(path):
        """One client, a few invoices, the bank's first days."""
        return not re.search(r"inbox/(20881|31006)/|invoice-10(0[5-9]|[12])|camt053.*|2026-11-1", path) or "2026-11-0" in path

    with tempfile.TemporaryDirectory() as tmp:
        tool.demo(sanitize.demo_copy(tmp, few))
    return 1 if sanitize.failed else 0


sys.exit(main())
