#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Public headers teach: each exported function says who owns what, which threads may call it,
how it fails and since when; results that can fail must be used; comments outweigh code.

Usage: headers.py TOP FILE…      |      headers.py --self-test
"""
import os
import re
import sys

sys.dont_write_bytecode = True
from ctext import comment_share  # noqa: E402

NEEDED = ("Ownership:", "Threads:", "Errors:", "@since")
COMMENTS = 0.60
# Frees its object in every case; its result may be dropped.
MAY_BE_DROPPED = {"qpas_context_close"}
EXPORT = re.compile(r"^QPAS_EXPORT\b[^;]*;", re.S | re.M)
NAME = re.compile(r"\b(qpas_\w+)\s*\(")


def comment_before(text, start):
    """The doc comment that ends right before this position, or ''."""
    head = text[:start].rstrip()
    if not head.endswith("*/"):
        return ""
    return head[head.rindex("/*"):]


def judge(path, text):
    found = []
    names = []
    for match in EXPORT.finditer(text):
        declaration = match.group(0)
        name = NAME.search(declaration).group(1)
        names.append(name)
        comment = comment_before(text, match.start())
        missing = [word for word in NEEDED if word not in comment]
        if missing:
            found.append("%s: %s: no %s in its comment" % (path, name, ", ".join(missing)))
        fallible = re.search(r"\bint\s+qpas_\w+\s*\($", declaration[:NAME.search(declaration).end()])
        takes_error = "struct qpas_error *" in declaration and "const struct qpas_error" not in declaration
        if fallible and takes_error and "QPAS_MUST_USE" not in declaration and name not in MAY_BE_DROPPED:
            found.append("%s: %s: can fail but lacks QPAS_MUST_USE" % (path, name))
    return found, names


def too_terse(text):
    share = comment_share(text)
    return ["all headers: %.0f %% comments, at least %.0f" % (100 * share, 100 * COMMENTS)] \
        if share < COMMENTS else []


def check(top, paths):
    found, names, texts = [], [], []
    for path in paths:
        with open(os.path.join(top, path), encoding="utf-8") as source:
            texts.append(source.read())
        more, exported = judge(path, texts[-1])
        found += more
        names += exported
    found += too_terse("".join(texts))
    print("\n".join(found))
    print("%d headers, %d exported functions, %d problems" % (len(paths), len(names), len(found)))
    return 1 if found or not names else 0


GOOD = """/**
 * Does.
 *
 * Ownership: none.
 * Threads: any.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_do(struct qpas_error *err);
"""


def self_test():
    assert judge("a.h", GOOD)[0] == [], judge("a.h", GOOD)
    for word in NEEDED:
        assert judge("a.h", GOOD.replace(word, ""))[0], word
    assert judge("a.h", GOOD.replace("QPAS_MUST_USE ", ""))[0]
    assert too_terse(GOOD + "struct s {\n" + "\tint a;\n" * 20 + "};\n") and not too_terse(GOOD)
    assert judge("a.h", GOOD.replace("*/\n", "*/\nint x;\n"))[0]
    return 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1] == "--self-test" else check(sys.argv[1], sys.argv[2:]))
