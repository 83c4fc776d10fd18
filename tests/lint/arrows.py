#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Which module may include what: the arrows of the design, checked over #include lines.

Usage: arrows.py TOP      check the tree
       arrows.py --self-test   prove that each kind of violation is caught
"""
import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
FREESTANDING_HEADERS = {"stdint.h", "stddef.h", "stdbool.h", "limits.h"}
BACKEND_PUBLIC = {"backend.h", "types.h", "error.h", "log.h", "shm_bridge.h", "scm.h", "el2.h",
                  "rsc_table.h", "version.h"}
# The program that makes the demo's image and tree while the tool is built; not part of the tool.
FIXTURE = "tools/qpas/fixture"
# Makes the device tree of a QEMU guest, and the server of guests, which reads it.
GUEST = "tools/qpas/guest"
SERVER = "tools/qpas/tz"
# Whose headers only one part may see.
OWNED = [
    (re.compile(r"^openssl/"), {"libqpas/auth", "tests", "bench", FIXTURE}),
    (re.compile(r"^(libfdt|fdt|libfdt_env)\.h$"),
     {"libqpas/platform", "tests", FIXTURE, GUEST, SERVER}),
    (re.compile(r"^(libelf|gelf|elfutils/.*)\.?h?$"), {"libqpas/image", "tests"}),
    (re.compile(r"^(lzma|zstd|zstd_errors)\.h$"), {"libqpas/image", "tests"}),
    (re.compile(r"^json(-c)?/"), {"tools", "tests"}),
    (re.compile(r"^json\.h$"), {"tools", "tests"}),
    (re.compile(r"^cmocka\.h$"), {"tests"}),
]


class Module:
    """A part of the tree: which internal folders and public headers it sees."""

    def __init__(self, sees, public=None, freestanding=False, descriptors=False):
        self.sees = sees
        self.public = public  # None: all
        self.freestanding = freestanding
        self.descriptors = descriptors


BASE, HOST, FORMAT, IMAGE, AUTH, PLATFORM, CORE, TZSIM = (
    "libqpas/" + name
    for name in ("base", "base/host", "format", "image", "auth", "platform", "core", "tzsim"))
RELAY = "firmware/el3"
HYPERVISOR = "firmware/el2"
EL2, RECORD, KERNEL = ("libqpas/backend/" + name for name in ("el2", "record", "kernel"))

MODULES = {
    "include/qpas": Module(set(), freestanding=True),
    BASE: Module({BASE}, {"types.h", "error.h", "log.h", "version.h"}, freestanding=True),
    HOST: Module({BASE, HOST}, {"types.h"}),
    FORMAT: Module({BASE, FORMAT}, freestanding=True),
    IMAGE: Module({BASE, HOST, FORMAT, IMAGE}),
    AUTH: Module({BASE, HOST, FORMAT, AUTH}),
    PLATFORM: Module({BASE, HOST, FORMAT, PLATFORM}),
    CORE: Module({BASE, HOST, FORMAT, IMAGE, AUTH, PLATFORM, CORE}, descriptors=True),
    EL2: Module({BASE, FORMAT, EL2}, BACKEND_PUBLIC, freestanding=True),
    RECORD: Module({BASE, HOST, FORMAT, RECORD}, BACKEND_PUBLIC),
    KERNEL: Module({BASE, HOST, FORMAT, KERNEL}, BACKEND_PUBLIC | {"platform.h"}),
    TZSIM: Module({BASE, HOST, FORMAT, AUTH, PLATFORM, EL2, TZSIM}),
    RELAY: Module({RELAY}, set(), freestanding=True),
    HYPERVISOR: Module({BASE, FORMAT, RELAY, HYPERVISOR}, set(), freestanding=True),
    "tools": Module({"tools", GUEST, SERVER, RELAY}),
    GUEST: Module({"tools", GUEST, RELAY}),
    SERVER: Module({"tools", SERVER, RELAY}),
    FIXTURE: Module({FIXTURE}),
    "examples": Module({"examples"}),
    "bench": Module({"bench", "tests"}),
    "tests": Module(None),
}


def module_of(path):
    """The longest folder of MODULES that holds path, or None."""
    best = None
    for folder in MODULES:
        if path.startswith(folder + "/") and (best is None or len(folder) > len(best)):
            best = folder
    return best


def judge_system(home, header):
    """Why home must not include <header>, or None."""
    module = MODULES[home]
    if header.startswith("qpas/"):
        if module.public is not None and header[5:] not in module.public:
            return "public header that this module does not see"
        return None
    for pattern, owners in OWNED:
        if pattern.match(header) and home not in owners:
            return "only for " + ", ".join(sorted(owners))
    if module.freestanding and header not in FREESTANDING_HEADERS:
        return "hosted header in a freestanding module"
    return None


def judge_internal(home, target):
    """Why a file of home must not include the internal file target, or None."""
    module = MODULES[home]
    if module.sees is None:
        return None
    folder = module_of(target)
    if folder is None:
        return "outside every known module"
    if folder in module.sees:
        return None
    if module.descriptors and target.startswith("libqpas/backend/") and target.endswith("_backend.h"):
        return None
    return "no arrow from %s to %s" % (home, folder)


def resolve(path, name, exists):
    """The tree path that #include "name" in path means."""
    folders = [os.path.dirname(path), "libqpas", "include", "tests"]
    if path.startswith("firmware/"):
        folders.append(RELAY)
    if path.startswith("tests/oracle/"):
        folders.append("tests/oracle/stubs")
    for folder in folders:
        candidate = os.path.normpath(os.path.join(folder, name))
        if exists(candidate):
            return candidate
    return None


def judge(path, line, exists):
    """Why this line of path is wrong, or None."""
    match = INCLUDE.match(line)
    if not match:
        return None
    home = module_of(path)
    if home is None:
        return "file outside every known module"
    kind, name = match.groups()
    if kind == "<" or name.startswith("qpas/"):
        return judge_system(home, name)
    target = resolve(path, name, exists)
    if target is None:
        return "no such file"
    if target.startswith("include/qpas/"):
        return judge_system(home, target[len("include/"):])
    return judge_internal(home, target)


def sources(top):
    for folder in ("include", "libqpas", "firmware", "tools", "examples", "bench", "tests"):
        for where, _, names in os.walk(os.path.join(top, folder)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".def")):
                    yield os.path.relpath(os.path.join(where, name), top)


def check(top):
    wrong = files = 0
    for path in sources(top):
        files += 1
        with open(os.path.join(top, path), encoding="utf-8") as source:
            for number, line in enumerate(source, 1):
                reason = judge(path, line, lambda p: os.path.exists(os.path.join(top, p)))
                if reason:
                    wrong += 1
                    print("%s:%d: %s: %s" % (path, number, line.strip(), reason))
    print("%d files, %d violations" % (files, wrong))
    return 1 if wrong or not files else 0


# path, line, whether it must be refused
CASES = [
    ("libqpas/base/a.c", '#include "base/mem.h"', False),
    ("libqpas/base/a.c", '#include "format/elf.h"', True),
    ("libqpas/base/a.c", "#include <stdlib.h>", True),
    ("libqpas/base/a.c", "#include <stdint.h>", False),
    ("libqpas/base/a.c", "#include <qpas/context.h>", True),
    ("libqpas/format/a.c", '#include "base/mem.h"', False),
    ("libqpas/format/a.c", '#include "image/image.h"', True),
    ("libqpas/format/a.c", "#include <string.h>", True),
    ("libqpas/image/a.c", "#include <gelf.h>", False),
    ("libqpas/image/a.c", "#include <openssl/evp.h>", True),
    ("libqpas/image/a.c", '#include "auth/auth.h"', True),
    ("libqpas/auth/a.c", "#include <openssl/evp.h>", False),
    ("libqpas/auth/a.c", '#include "image/image.h"', True),
    ("libqpas/auth/a.c", "#include <libelf.h>", True),
    ("libqpas/platform/a.c", "#include <libfdt.h>", False),
    ("libqpas/platform/a.c", '#include "core/context.h"', True),
    ("libqpas/core/a.c", "#include <libfdt.h>", True),
    ("libqpas/core/a.c", '#include "platform/platform.h"', False),
    ("libqpas/core/a.c", '#include "backend/el2/el2_backend.h"', False),
    ("libqpas/core/a.c", '#include "backend/el2/call.h"', True),
    ("libqpas/core/a.c", '#include "tzsim/model.h"', True),
    ("libqpas/backend/el2/a.c", '#include "core/context.h"', True),
    ("libqpas/backend/el2/a.c", "#include <qpas/image.h>", True),
    ("libqpas/backend/el2/a.c", "#include <qpas/backend.h>", False),
    ("libqpas/backend/el2/a.c", "#include <stdio.h>", True),
    ("libqpas/backend/record/a.c", "#include <stdio.h>", False),
    ("libqpas/backend/record/a.c", '#include "backend/el2/call.h"', True),
    ("libqpas/tzsim/a.c", '#include "auth/auth.h"', False),
    ("libqpas/tzsim/a.c", '#include "backend/el2/call.h"', False),
    ("libqpas/tzsim/a.c", '#include "core/context.h"', True),
    ("libqpas/tzsim/a.c", '#include "image/image.h"', True),
    ("libqpas/tzsim/a.c", "#include <openssl/evp.h>", True),
    ("tools/qpas/a.c", "#include <qpas/qpas.h>", False),
    ("tools/qpas/a.c", "#include <json-c/json.h>", False),
    ("tools/qpas/a.c", '#include "base/mem.h"', True),
    ("tools/qpas/a.c", "#include <openssl/evp.h>", True),
    ("tools/qpas/a.c", "#include <libfdt.h>", True),
    ("tools/qpas/guest/a.c", "#include <libfdt.h>", False),
    ("tools/qpas/guest/a.c", '#include "../../../firmware/el3/mailbox.h"', False),
    ("tools/qpas/guest/a.c", '#include "base/mem.h"', True),
    ("tools/qpas/tz/a.c", "#include <libfdt.h>", False),
    ("tools/qpas/tz/a.c", '#include "../../../firmware/el3/mailbox.h"', False),
    ("tools/qpas/tz/a.c", '#include "base/mem.h"', True),
    ("tools/qpas/fixture/a.c", "#include <openssl/evp.h>", False),
    ("tools/qpas/fixture/a.c", '#include "base/mem.h"', True),
    ("firmware/el3/a.c", '#include "mailbox.h"', False),
    ("firmware/el3/a.c", "#include <stdint.h>", False),
    ("firmware/el3/a.c", "#include <string.h>", True),
    ("firmware/el3/a.c", "#include <qpas/scm.h>", True),
    ("firmware/el3/a.c", '#include "../../libqpas/base/mem.h"', True),
    ("firmware/el2/a.c", '#include "mailbox.h"', False),
    ("firmware/el2/a.c", '#include "format/elf.h"', False),
    ("firmware/el2/a.c", '#include "image/image.h"', True),
    ("firmware/el2/a.c", "#include <stdio.h>", True),
    ("examples/a.c", '#include "../libqpas/base/mem.h"', True),
    ("include/qpas/a.h", "#include <openssl/evp.h>", True),
    ("include/qpas/a.h", "#include <stdio.h>", True),
    ("tests/unit/a.c", '#include "format/elf.h"', False),
    ("libqpas/new/a.c", "#include <stdint.h>", True),
    ("libqpas/base/a.c", '#include "base/gone.h"', True),
]


# The files that exist in that pretended tree.
FILES = {
    "libqpas/base/mem.h", "libqpas/format/elf.h", "libqpas/image/image.h", "libqpas/auth/auth.h",
    "libqpas/platform/platform.h", "libqpas/core/context.h", "libqpas/tzsim/model.h",
    "libqpas/backend/el2/el2_backend.h", "libqpas/backend/el2/call.h", "firmware/el3/mailbox.h",
}


def self_test():
    wrong = 0
    for path, line, refused in CASES:
        reason = judge(path, line, FILES.__contains__)
        if bool(reason) != refused:
            wrong += 1
            print("self-test: %s in %s: %s" % (line, path, reason or "accepted"))
    print("%d cases, %d wrong" % (len(CASES), wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1] == "--self-test" else check(sys.argv[1]))
