#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The list of messages: numbers stand once and in order, and each message is used somewhere.

Usage: messages.py TOP FILE…      |      messages.py --self-test
"""
import os
import re
import sys

LIST = "libqpas/base/messages.def"
MESSAGE = re.compile(r"(?m)^QPASI_MESSAGE\((\d+), (\w+), (\w+),")


def judge(definitions, sources):
    rows = MESSAGE.findall(definitions)
    numbers = [int(number) for number, _, _ in rows]
    found = ["message %d stands twice" % n for n in sorted(set(numbers)) if numbers.count(n) > 1]
    if numbers != sorted(numbers):
        found.append("messages are not in the order of their numbers")
    if len(rows) != len(re.findall(r"(?m)^QPASI_MESSAGE\(", definitions)):
        found.append("a message is not written as QPASI_MESSAGE(number, NAME, class, …)")
    used = set(re.findall(r"\bQPASI_MSG_(\w+)", sources))
    found += ["message %s (%s) is used nowhere" % (name, number) for number, name, _ in rows
              if name not in used]
    return found, len(rows)


def check(top, paths):
    def read(path):
        with open(os.path.join(top, path), encoding="utf-8") as source:
            return source.read()
    sources = "".join(read(path) for path in paths if path.startswith("libqpas/") and path != LIST)
    found, number = judge(read(LIST), sources)
    print("\n".join(found))
    print("%d messages, %d problems" % (number, len(found)))
    return 1 if found or not number else 0


def self_test():
    good = 'QPASI_MESSAGE(1, A, ARG, "a")\nQPASI_MESSAGE(2, B, ARG,\n"b")\n'
    used = "QPASI_MSG_A QPASI_MSG_B"
    assert judge(good, used) == ([], 2)
    assert judge(good, "QPASI_MSG_A")[0]
    assert judge(good + 'QPASI_MESSAGE(2, A, ARG, "c")\n', used)[0]
    assert judge(good + 'QPASI_MESSAGE(1, A, ARG, "c")\n', used)[0]
    assert judge(good + 'QPASI_MESSAGE(3 , A, ARG, "c")\n', used)[0]
    return 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1] == "--self-test" else check(sys.argv[1], sys.argv[2:]))
