#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Examples stay short, and pages that quote them say what they say.

A quote is a line "<!-- FILE:FIRST-LAST -->" right before a fenced block; the block has exactly these
lines of the file. Each example is quoted somewhere.

Usage: quotes.py TOP           check the tree
       quotes.py --update TOP  write into the pages what the files have in these lines
       quotes.py --self-test   prove that each kind of violation is caught
"""
import os
import re
import sys
import tempfile

# Below these numbers of lines: a text to start from is one that is read in one go.
LIMIT = 120
LIMITS = {"rproc-daemon.c": 250, "sign-image.c": 150}
QUOTE = re.compile(r"^<!-- ([\w./-]+):(\d+)-(\d+) -->$")


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().split("\n")


def pages(top):
    folder = os.path.join(top, "docs")
    found = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".md")]
    return sorted(found + [os.path.join(top, "README.md")])


def quoted(top, match):
    """The lines that a quote names, or a sentence on why there are none."""
    name, first, last = match[1], int(match[2]), int(match[3])
    path = os.path.join(top, name)
    if os.path.isabs(name) or ".." in name.split("/") or not os.path.isfile(path):
        return None, f"there is no file {name}"
    lines = read_lines(path)
    if not 1 <= first <= last < len(lines):
        return None, f"{name} has no lines {first} to {last}"
    return lines[first - 1:last], None


def fence_end(lines, start):
    """Where the block that begins at `start` ends, or None."""
    if start >= len(lines) or not re.match(r"^```\w*$", lines[start]):
        return None
    for at in range(start + 1, len(lines)):
        if lines[at] == "```":
            return at
    return None


def check_page(top, path, used, update):
    """Problems of a page; with `update` its blocks are replaced."""
    problems, made, at = [], [], 0
    lines = read_lines(path)
    where = os.path.relpath(path, top)
    while at < len(lines):
        match = QUOTE.match(lines[at])
        made.append(lines[at])
        at += 1
        if not match:
            continue
        wanted, problem = quoted(top, match)
        end = fence_end(lines, at)
        if problem or end is None:
            problems.append(f"{where}:{at}: {problem or 'no fenced block follows the quote'}")
            continue
        used.add(match[1])
        if update:
            made += [lines[at]] + wanted + ["```"]
        elif lines[at + 1:end] != wanted:
            problems.append(f"{where}:{at}: not what {match[1]} has in lines {match[2]} to "
                            f"{match[3]}; see --update")
        at = end + 1 if update else at
    if update:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(made))
    return problems


def check_examples(top, used):
    problems = []
    folder = os.path.join(top, "examples")
    for name in sorted(os.listdir(folder)):
        if not name.endswith((".c", ".dtso")):
            continue
        count = len(read_lines(os.path.join(folder, name))) - 1
        limit = LIMITS.get(name, LIMIT)
        if count >= limit:
            problems.append(f"examples/{name}: {count} lines, must be below {limit}")
        if f"examples/{name}" not in used:
            problems.append(f"examples/{name}: no page quotes it")
    return problems


def check(top, update=False):
    used = set()
    problems = []
    for path in pages(top):
        problems += check_page(top, path, used, update)
    return problems + check_examples(top, used)


def self_test():
    page = "<!-- examples/a.c:1-2 -->\n```c\none\ntwo\n```\n"
    cases = [
        (page, "one\ntwo\n", 0),
        (page, "one\nother\n", 1),
        (page, "one\ntwo\n" + "x\n" * 118, 1),
        (page, "one\ntwo\n" + "x\n" * 117, 0),
        (page.replace("1-2", "1-3"), "one\ntwo\n", 2),
        (page.replace("1-2", "0-2"), "one\ntwo\n", 2),
        (page.replace("1-2", "2-1"), "one\ntwo\n", 2),
        (page.replace("a.c", "b.c"), "one\ntwo\n", 2),
        (page.replace("examples/a.c", "../a.c"), "one\ntwo\n", 2),
        (page.replace("```c\n", ""), "one\ntwo\n", 2),
        ("nothing\n", "one\ntwo\n", 1),
    ]
    for text, example, wanted in cases:
        with tempfile.TemporaryDirectory() as top:
            for name, content in (("README.md", ""), ("docs/p.md", text), ("examples/a.c", example)):
                path = os.path.join(top, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(content)
            found = check(top)
            if len(found) != wanted:
                print(f"self-test: {len(found)} problems instead of {wanted}: {text!r}: {found}")
                return 1
            # What was updated is right, whatever stood there before.
            check(top, update=True)
            if wanted == 1 and "other" in example and check(top):
                print("self-test: the update left a problem")
                return 1
    print(f"{len(cases)} cases")
    return 0


def main():
    if sys.argv[1] == "--self-test":
        return self_test()
    update = sys.argv[1] == "--update"
    problems = check(sys.argv[2 if update else 1], update)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
