#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the installed libraries export, keep writable, and promise in their headers.

Usage: symbols.py exports LIBRARY.so MAP HEADER…   exported = mapped = declared, and versioned
       symbols.py data ARCHIVE…                    no writable data but the allow-list
       symbols.py prefix ARCHIVE…                  every global symbol starts with qpas_ or qpasi_
       symbols.py --self-test
"""
import re
import subprocess
import sys

# The append-only registry of backends is the one thing that a process shares.
WRITABLE = re.compile(r"^registry(\.\d+)?$|^registry_lock(\.\d+)?$|^qpasi_registry(_\w+)?$")
EXPORT = re.compile(r"QPAS_EXPORT[^;]*?\b(qpas_\w+)\s*\(")


def nm(path, *options):
    return subprocess.run(["nm", *options, path], check=True, capture_output=True, text=True).stdout


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def declared(texts):
    """Exported functions of these headers; #define lines are no declarations."""
    names = set()
    for text in texts:
        code = re.sub(r"(?m)^\s*#.*$", "", without_comments(text))
        names.update(EXPORT.findall(code))
    return names


def mapped(text):
    """{symbol: node} of a version script."""
    result = {}
    for node, body in re.findall(r"(\w[\w.]*)\s*\{(.*?)\}", without_comments(text), re.S):
        body = re.sub(r"local:.*", "", body.replace("global:", ""), flags=re.S)
        for name in re.findall(r"[^\s;]+", body):
            result[name] = node
    return result


def exported(output):
    """{symbol: node} of nm -D --with-symbol-versions output."""
    result = {}
    for line in output.splitlines():
        name, _, node = line.split()[-1].partition("@")
        if line.split()[-2] != "A":
            result[name] = node.lstrip("@")
    return result


def compare(real, promised, written):
    found = ["exported under another node or not mapped: %s" % n
             for n in sorted(real) if promised.get(n) != real[n]]
    found += ["mapped but not exported: %s" % n for n in sorted(set(promised) - set(real))]
    found += ["exported but in no public header: %s" % n for n in sorted(set(real) - written)]
    found += ["in a public header but not exported: %s" % n for n in sorted(written - set(real))]
    found += ["a pattern in the map: %s" % n for n in promised if "*" in n or "?" in n]
    return found


def read(path):
    with open(path, encoding="utf-8") as source:
        return source.read()


def check_exports(library, script, headers):
    real = exported(nm(library, "-D", "--defined-only", "--with-symbol-versions"))
    found = compare(real, mapped(read(script)), declared(map(read, headers)))
    print("\n".join(found))
    print("%d exported symbols, %d problems" % (len(real), len(found)))
    return 1 if found or not real else 0


ROW = re.compile(r"^[0-9a-f]+ (.{7}) (\S+)\s+([0-9a-f]+)\s+(?:\.hidden )?(\S+)$")


def data_symbols(output):
    """(section, name) of each object that objdump -t shows in a writable section."""
    for line in output.splitlines():
        match = ROW.match(line)
        if not match:
            continue
        flags, section, size, name = match.groups()
        kind = section.split(".")[1] if section.startswith(".") and "." in section else section
        if "O" in flags and int(size, 16) and (kind in ("data", "bss", "tdata", "tbss")
                                               or section == "*COM*"):
            if not section.startswith(".data.rel.ro"):
                yield section, name


def check_data(archives):
    found = allowed = 0
    for archive in archives:
        output = subprocess.run(["objdump", "-t", archive], check=True, capture_output=True,
                                text=True).stdout
        for section, name in data_symbols(output):
            if WRITABLE.match(name):
                allowed += 1
            else:
                found += 1
                print("%s: writable: %s in %s" % (archive, name, section))
    print("%d writable objects of the allow-list, %d others" % (allowed, found))
    return 1 if found else 0


def check_prefix(archives):
    found = total = 0
    for archive in archives:
        for line in nm(archive, "--defined-only", "--extern-only").splitlines():
            fields = line.split()
            if len(fields) == 3:
                total += 1
                if not re.match(r"qpasi?_", fields[2]):
                    found += 1
                    print("%s: %s" % (archive, fields[2]))
    print("%d global symbols, %d with another prefix" % (total, found))
    return 1 if found or not total else 0


def self_test():
    assert mapped("A_1 {\nglobal:\n/* x; */ qpas_a;\nqpas_b;\nlocal:\n*;\n};\nA_2 { qpas_c; } A_1;") == {
        "qpas_a": "A_1", "qpas_b": "A_1", "qpas_c": "A_2"}
    assert declared(["/* QPAS_EXPORT int qpas_x(void); */\nQPAS_EXPORT QPAS_MUST_USE int\nqpas_a(int);"]) == {
        "qpas_a"}
    assert exported("0 A A_1\n00 T qpas_a@@A_1") == {"qpas_a": "A_1"}
    same = {"qpas_a": "N"}
    assert not compare(same, same, {"qpas_a"})
    assert compare({}, same, set()) and compare(same, {}, {"qpas_a"})
    assert compare(same, same, set()) and compare(same, same, {"qpas_a", "qpas_b"})
    assert compare(same, {"qpas_a": "M"}, {"qpas_a"})
    rows = ("0000000000000000 l     O .data\t0000000000000008 counter\n"
            "0000000000000000 l     O .data.rel.ro.local\t0000000000000008 names\n"
            "0000000000000000 l     O .rodata\t0000000000000008 text\n"
            "0000000000000000 g     O .bss\t0000000000000008 .hidden qpasi_state\n")
    assert [name for _, name in data_symbols(rows)] == ["counter", "qpasi_state"]
    return 0


def main(words):
    if words[0] == "--self-test":
        return self_test()
    if words[0] == "exports":
        return check_exports(words[1], words[2], words[3:])
    return {"data": check_data, "prefix": check_prefix}[words[0]](words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
