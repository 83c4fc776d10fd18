#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Calls and words that have no place in the sources.

Usage: words.py TOP FILE…      |      words.py --self-test
"""
import os
import re
import sys

sys.dont_write_bytecode = True
from ctext import blank  # noqa: E402

# Unbounded, locale-bound, or silent about errors.
CALLS = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|atof|strtok|alloca|"
                   r"tmpnam|mktemp|system|popen|setlocale|putenv|setenv|rand|srand)\s*\(")
# The library never ends or prints on behalf of its user.
LIBRARY_CALLS = re.compile(r"\b(exit|_exit|abort|printf|puts|perror|getenv|signal|umask|chdir)\s*\(")
# Spelled in parts, so that this file does not find itself.
UNFINISHED = re.compile("|".join(("TO" "DO", "FIX" "ME", "X" "XX", r"HA" "CK"))
                        .join((r"\b(", r")\b")))


def judge(path, text):
    found = []
    if path.endswith((".c", ".h")):
        for number, line in enumerate(blank(text).splitlines(), 1):
            match = CALLS.search(line)
            if not match and path.startswith("libqpas/"):
                match = LIBRARY_CALLS.search(line)
            if match:
                found.append("%s:%d: %s() is not used here" % (path, number, match.group(1)))
    for number, line in enumerate(text.splitlines(), 1):
        match = UNFINISHED.search(line)
        if match:
            found.append("%s:%d: %s: finish it, or open an issue" % (path, number, match.group(1)))
    return found


def check(top, paths):
    found = []
    for path in paths:
        with open(os.path.join(top, path), encoding="utf-8") as source:
            found += judge(path, source.read())
    print("\n".join(found))
    print("%d files, %d findings" % (len(paths), len(found)))
    return 1 if found or not paths else 0


def self_test():
    assert judge("libqpas/a.c", "\tstrcpy(a, b);\n")
    assert judge("tests/a.c", "\tsprintf(a, b);\n")
    assert judge("libqpas/a.c", "\tprintf(a);\n") and not judge("tools/a.c", "\tprintf(a);\n")
    assert not judge("libqpas/a.c", "\tsnprintf(a, 1, b);\n/* strcpy( */\n")
    assert judge("a.sh", "# TO" "DO: later\n")
    return 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1] == "--self-test" else check(sys.argv[1], sys.argv[2:]))
