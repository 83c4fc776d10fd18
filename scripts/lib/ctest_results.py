#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns a ctest JUnit file into lines "pass|fail|skip NAME", one per cmocka case.

A program that prints no cmocka summary counts as one. A program that failed without a failed
case (a crash, a leak, a timeout) adds one failure, so that nothing is lost.
"""
import re
import sys
import xml.etree.ElementTree as ET

PASSED = re.compile(r"\[  PASSED  \] (?:\S+: )?(\d+) test\(s\)")
FAILED = re.compile(r"\[  FAILED  \] (?:\S+: )?(\d+) test\(s\), listed below")
SKIPPED = re.compile(r"\[  SKIPPED \] (?:\S+: )?(\d+) test\(s\), listed below")


def total(pattern, text):
    return sum(int(number) for number in pattern.findall(text))


def outcomes(case):
    """(passed, failed, skipped) of one program."""
    status = case.get("status")
    text = case.findtext("system-out") or ""
    if status not in ("run", "fail"):
        # Only a program that ran and said so is skipped; one that is not there has failed.
        skipped = case.find("skipped")
        told = skipped is not None and "SKIP_RETURN_CODE" in (skipped.get("message") or "")
        return (0, 0, 1) if told else (0, 1, 0)
    good, bad, left = (total(p, text) for p in (PASSED, FAILED, SKIPPED))
    if status == "fail" and bad == 0:
        bad = 1
    if status == "run" and good + left == 0:
        good = 1
    return good, bad, left


def main(path):
    for case in ET.parse(path).getroot().iter("testcase"):
        for word, number in zip(("pass", "fail", "skip"), outcomes(case)):
            for _ in range(number):
                print(word, case.get("name"))


if __name__ == "__main__":
    main(sys.argv[1])
