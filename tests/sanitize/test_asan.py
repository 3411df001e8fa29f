#!/usr/bin/env python3
"""Memory and undefined behaviour: the unit tests and the demo, built by clang with ASan, LSan and UBSan."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sanitize

LEAK = "#include <stdlib.h>\nint main(void) { volatile char *p = malloc(77); p = 0; return p != 0; }\n"


def main():
    if os.environ.get("SAN"):
        return sanitize.skip("asan", "this is a sanitizer build")
    env = {"UBSAN_OPTIONS": "print_stacktrace=1", "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1"}
    why = sanitize.planted(LEAK, "clang", ["-fsanitize=address"], [], env, "LeakSanitizer: detected")
    if why:
        return sanitize.skip("asan", why)
    if not sanitize.build("asan"):
        return 1
    tool = sanitize.Tool("asan", f"{sanitize.BUILD}/sanitized/asan", env=env)
    tool.units()
    with tempfile.TemporaryDirectory() as tmp:
        tool.demo(sanitize.demo_copy(tmp))
    return 1 if sanitize.failed else 0


sys.exit(main())
