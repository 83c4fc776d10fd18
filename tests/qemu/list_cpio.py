#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Lists an archive of the form "newc", or writes one of its files to standard output.

Usage: list_cpio.py ARCHIVE [NAME]. A reader of our own: it judges what the tool writes.
"""
import sys


def entries(data):
    offset = 0
    while True:
        head = data[offset:offset + 110]
        if head[:6] != b"070701":
            raise ValueError("no header at %d" % offset)
        fields = [int(head[6 + 8 * i:14 + 8 * i], 16) for i in range(13)]
        size, length = fields[6], fields[11]
        name = data[offset + 110:offset + 110 + length - 1].decode()
        start = (offset + 110 + length + 3) & ~3
        if start + size > len(data):
            raise ValueError("%s is cut off" % name)
        if name == "TRAILER!!!":
            return
        yield name, data[start:start + size]
        offset = (start + size + 3) & ~3


def main(path, wanted=None):
    with open(path, "rb") as archive:
        data = archive.read()
    for name, content in entries(data):
        if wanted is None:
            print(name)
        elif name == wanted:
            sys.stdout.buffer.write(content)
            return 0
    return 0 if wanted is None else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
