#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares the tables of docs/refusals.md with what `qpas verify --rules --json` prints."""
import json
import sys


def rows_of_page(path):
    rows = set()
    with open(path, encoding="utf-8") as page:
        for line in page:
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            if len(cells) == 5 and cells[0].isdigit():
                rows.add(tuple(cells))
    return rows


def rows_of_code(path):
    with open(path, encoding="utf-8") as output:
        return {(str(rule["rule"]), rule["name"], ", ".join(rule["profiles"]),
                 rule["text"].replace("|", "\\|"), rule["source"]) for rule in json.load(output)}


def main(code, page):
    wanted, found = rows_of_code(code), rows_of_page(page)
    for row in sorted(wanted - found):
        print("the page lacks: | " + " | ".join(row) + " |")
    for row in sorted(found - wanted):
        print("the code lacks: | " + " | ".join(row) + " |")
    return 1 if wanted != found or not wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
