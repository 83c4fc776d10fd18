#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sizes that keep code readable: length, complexity and parameters of functions, length of files.

A sixth parameter is for published contracts; how many functions have one is printed.
Usage: sizes.py TOP FILE…      |      sizes.py --self-test
"""
import os
import statistics
import sys

sys.dont_write_bytecode = True
from ctext import comment_share, functions  # noqa: E402

FILE_LINES = 600
# Tables of cases are long and simple.
TEST_FILE_LINES = 1000
FUNCTION_LINES = 80
FUNCTION_LINES_P90 = 40
FUNCTION_LINES_MEDIAN = 14
COMPLEXITY = 15
COMPLEXITY_PURE = 12
PURE = ("libqpas/base/", "libqpas/format/")
PARAMETERS = 5
MOST_PARAMETERS = 6
# The slot of the backend interface that takes the most: region, place, buffer and its size.
MOST_PARAMETERS_OF = {"region_read": 7}


def judge(path, text):
    """All findings of one file, and its functions."""
    found = []
    lines = text.count("\n")
    most = TEST_FILE_LINES if path.startswith("tests/") else FILE_LINES
    if lines > most:
        found.append("%s: %d lines, at most %d" % (path, lines, most))
    limit = COMPLEXITY_PURE if path.startswith(PURE) else COMPLEXITY
    all_functions = functions(text)
    for f in all_functions:
        where = "%s:%d: %s" % (path, f.line, f.name)
        if f.lines > FUNCTION_LINES:
            found.append("%s: %d lines, at most %d" % (where, f.lines, FUNCTION_LINES))
        if f.complexity > limit:
            found.append("%s: complexity %d, at most %d" % (where, f.complexity, limit))
        most = max([MOST_PARAMETERS] + [number for slot, number in MOST_PARAMETERS_OF.items()
                                        if f.name.endswith("_" + slot)])
        if f.parameters > most:
            found.append("%s: %d parameters, at most %d" % (where, f.parameters, most))
    return found, all_functions


def summary(title, texts, lengths):
    comments = [comment_share(text) for text in texts]
    ordered = sorted(lengths)
    print("%s: %d files, %d functions, lines median %g, p90 %d, max %d, comments %.0f %%" % (
        title, len(texts), len(ordered), statistics.median(ordered),
        ordered[int(0.9 * (len(ordered) - 1))], ordered[-1], 100 * statistics.mean(comments)))


def check(top, paths):
    found, lengths, texts, wide = [], [], [], 0
    for path in paths:
        with open(os.path.join(top, path), encoding="utf-8") as source:
            text = source.read()
        problems, all_functions = judge(path, text)
        found += problems
        if path.startswith(("libqpas/", "tools/")) and path.endswith(".c"):
            texts.append(text)
            lengths += [f.lines for f in all_functions]
            wide += sum(f.parameters > PARAMETERS for f in all_functions)
    if not lengths:
        print("no functions found: the check itself is broken")
        return 1
    ordered = sorted(lengths)
    if statistics.median(ordered) > FUNCTION_LINES_MEDIAN:
        found.append("median function has more than %d lines" % FUNCTION_LINES_MEDIAN)
    if ordered[int(0.9 * (len(ordered) - 1))] > FUNCTION_LINES_P90:
        found.append("one function in ten has more than %d lines" % FUNCTION_LINES_P90)
    print("\n".join(found))
    summary("libqpas and tools", texts, lengths)
    print("functions with more than %d parameters: %d" % (PARAMETERS, wide))
    return 1 if found else 0


def self_test():
    body = "\tif (a && b)\n\t\treturn;\n"
    short = "static int\nf(int a, int (*g)(int, int))\n{\n%s}\n" % body
    parsed = functions("/* { */\n" + short + "int g(void);\n\nint h(void)\n{\n\tswitch (1) {\n\t}\n}\n")
    assert [(f.name, f.line, f.parameters, f.complexity) for f in parsed] == [
        ("f", 2, 2, 3), ("h", 10, 0, 2)], [vars(f) for f in parsed]
    assert parsed[0].lines == 6, parsed[0].lines
    long = "int f(void)\n{\n" + "\tx();\n" * 90 + "}\n"
    assert any("lines, at most" in line for line in judge("libqpas/core/a.c", long)[0])
    maze = "int f(void)\n{\n" + "\tif (a)\n" * 13 + "}\n"
    assert judge("libqpas/format/a.c", maze)[0] and not judge("libqpas/core/a.c", maze)[0]
    assert judge("a.c", "\n" * 601)[0]
    assert judge("tests/a.c", "\n" * 601)[0] == []
    assert judge("a.c", "int f(int a, int b, int c, int d, int e, int g, int h)\n{\n}\n")[0]
    return 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1] == "--self-test" else check(sys.argv[1], sys.argv[2:]))
