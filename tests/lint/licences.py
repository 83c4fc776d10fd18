#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every file that can carry a comment names its licence first and says what it is for.

Usage: licences.py TOP FILE…      |      licences.py --self-test
"""
import os
import re
import sys

C_LINE = "/* SPDX-License-Identifier: BSD-3-Clause */"
SCRIPT_LINE = "# SPDX-License-Identifier: BSD-3-Clause"
MAN_LINE = '.\\" SPDX-License-Identifier: BSD-3-Clause'
C_NAMES = (".c", ".h", ".map", ".def", ".S", ".ld")
SCRIPT_NAMES = (".sh", ".py", ".cmake", ".in", ".yml", ".yaml")
# Formats without comments, and prose whose licence is that of the repository.
PLAIN_NAMES = (".md", ".json", ".abi", ".pc.in", ".txt", ".dts", ".dtso")
PLAIN_FILES = {"LICENSE"}


def problem(path, lines):
    """What is wrong with the head of this file, or None."""
    name = os.path.basename(path)
    if name.endswith(C_NAMES):
        if not lines or lines[0] != C_LINE:
            return "first line is not: " + C_LINE
        return None if len(lines) > 1 and lines[1].startswith(("/*", " *")) or name.endswith(".map") \
            or any(line.startswith("/*") for line in lines[1:3]) else "no comment on what lives here"
    if name.endswith(PLAIN_NAMES) and not name.endswith("CMakeLists.txt") or name in PLAIN_FILES:
        return None
    if re.search(r"\.[1-8]$", name):
        return None if lines[:1] == [MAN_LINE] else "first line is not: " + MAN_LINE
    head = lines[1:3] if lines and lines[0].startswith("#!") else lines[:1]
    if SCRIPT_LINE not in head:
        return "no line in its head: " + SCRIPT_LINE
    rest = lines[lines.index(SCRIPT_LINE) + 1:][:1]
    return None if rest and re.match(r'(#|"""|---)', rest[0]) or name.startswith(".git") \
        else "no comment on what lives here"


def check(top, paths):
    wrong = 0
    for path in paths:
        with open(os.path.join(top, path), encoding="utf-8") as source:
            reason = problem(path, source.read().splitlines()[:8])
        if reason:
            wrong += 1
            print("%s: %s" % (path, reason))
    print("%d files, %d wrong" % (len(paths), wrong))
    return 1 if wrong or not paths else 0


CASES = [
    ("a.c", [C_LINE, "/*", " * What", " */"], True),
    ("a.c", [C_LINE, "#include <x.h>"], False),
    ("a.c", ["// SPDX-License-Identifier: BSD-3-Clause"], False),
    ("a.h", ["/* SPDX-License-Identifier: GPL-2.0-only */", "/* What. */"], False),
    ("run", ["#!/bin/sh", SCRIPT_LINE, "# What."], True),
    ("run", ["#!/bin/sh", "# What."], False),
    ("CMakeLists.txt", [SCRIPT_LINE, "# What."], True),
    ("CMakeLists.txt", ["project(x)"], False),
    ("a.1", [MAN_LINE, ".Dd"], True),
    ("a.1", [".Dd"], False),
    ("README.md", ["# x"], True),
]


def self_test():
    wrong = [case for case in CASES if (problem(case[0], case[1]) is None) != case[2]]
    for case in wrong:
        print("self-test:", case)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1] == "--self-test" else check(sys.argv[1], sys.argv[2:]))
