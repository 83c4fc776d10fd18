#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Copies an ELF32 image with one bit flipped where only TrustZone notices it.

Usage: flip_image.py IN OUT header|segment
header: in p_align of the first loadable program header, which no loader reads.
segment: in the middle of the largest loadable segment.
"""
import struct
import sys

HASH = 2


def loadable(data):
    """(offset of the program header, offset and size of its data) of each loadable segment."""
    phoff, = struct.unpack_from("<I", data, 28)
    size, count = struct.unpack_from("<HH", data, 42)
    for index in range(count):
        at = phoff + index * size
        kind, offset, _, _, filesz, memsz, flags, _ = struct.unpack_from("<8I", data, at)
        if kind == 1 and memsz and filesz and flags >> 24 & 7 != HASH:
            yield at, offset, filesz


def main(source, target, where):
    with open(source, "rb") as image:
        data = bytearray(image.read())
    if data[:5] != b"\x7fELF\x01":
        raise ValueError("no ELF32 image: " + source)
    segments = list(loadable(data))
    if where == "header":
        at = segments[0][0] + 28
    else:
        _, offset, size = max(segments, key=lambda s: s[2])
        at = offset + size // 2
    data[at] ^= 1
    with open(target, "wb") as image:
        image.write(data)


if __name__ == "__main__":
    main(*sys.argv[1:4])
