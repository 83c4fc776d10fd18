#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the openssl command says about the signatures and chains of real images, beside `qpas verify`.

Cuts hash segments by the offsets of the format's description alone (nothing of the library is used)
and hands the pieces to `openssl verify`, `openssl dgst` and `openssl pkeyutl`. For one image of each
scheme one byte of the message, of the signature and of each certificate is changed as well: openssl
has to refuse these, or its yes would prove nothing.

Usage: openssl_judge.py [--sample] [--list] --qpas QPAS DATA
  --sample  one image of each kind (version, scheme, signers): the smallest
  --list    names these images and judges none
Exit: 0 openssl and qpas both say that every signature and chain is valid.
"""
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

FOLDERS = ("firmware", "firmware-extra", "boot")
# Metadata blocks begin behind the header; words of sizes: QTI signature and chain, OEM signature and
# chain, QTI and OEM metadata.
SIZES = {
    3: (40, None, None, 0x1c, 0x24, None, None),
    5: (40, 0x08, 0x0c, 0x1c, 0x24, None, None),
    6: (48, 0x08, 0x0c, 0x1c, 0x24, 0x28, 0x2c),
    7: (40, 0x18, 0x1c, 0x20, 0x24, 0x0c, 0x10),
    8: (56, None, None, 0x28, 0x2c, 0x0c, 0x10),
}
# What a signer's message has as zero: the sizes that the other one adds (offset, bytes).
HIDDEN = {
    (6, "oem"): ((0x08, 8),), (7, "oem"): ((0x18, 8),),
    (5, "qti"): ((0x1c, 4), (0x24, 4)), (6, "qti"): ((0x1c, 4), (0x24, 4)), (7, "qti"): ((0x20, 8),),
}


class Slot:
    """One signer's message, signature and certificates."""

    def __init__(self, signer, message, signature, chain):
        self.signer = signer
        self.message = message
        self.signature = signature
        self.certificates = list(certificates(chain))
        self.scheme = scheme(self.certificates[0])


def certificates(slot):
    """DER one after the other; 0xff, or nothing, behind the last."""
    while slot[:2] == b"\x30\x82":
        length = 4 + struct.unpack_from(">H", slot, 2)[0]
        yield slot[:length]
        slot = slot[length:]


def scheme(leaf):
    """By the algorithm that the leaf is signed with: the first OID of its tbsCertificate."""
    for name, oid in (("rsa-pss-sha256", "06092a864886f70d01010a"),
                      ("rsa-pkcs1-v15-mbn3", "06092a864886f70d01010b"),
                      ("ecdsa-p384-sha384", "06082a8648ce3d040303")):
        if bytes.fromhex(oid) in leaf[:60]:
            return name
    return "?"


def program_headers(data):
    wide = data[4] == 2
    number, = struct.unpack_from("<H", data, 56 if wide else 44)
    at = 64 if wide else 52
    for index in range(number):
        entry = at + index * (56 if wide else 32)
        if wide:
            _, flags, offset, _, _, filesz = struct.unpack_from("<IIQQQQ", data, entry)
        else:
            _, offset, _, _, filesz, _, flags = struct.unpack_from("<IIIIIII", data, entry)
        yield flags, offset, filesz


def hash_segment(data, split):
    """The first header behind the first one whose type bits are 2; in a .mdt it follows the headers."""
    headers = list(program_headers(data))
    for flags, offset, filesz in headers[1:]:
        if flags >> 24 & 7 == 2:
            start = headers[0][2] if split else offset
            return data[start:start + filesz]
    return b""


def slots(segment):
    """The filled slots of a hash segment, and its version."""
    if len(segment) < 56:
        return 0, []
    version, = struct.unpack_from("<I", segment, 4)
    if version not in SIZES:
        return 0, []

    def word(at):
        return struct.unpack_from("<I", segment, at)[0] if at is not None else 0
    head, qsig, qchain, osig, ochain, qmeta, ometa = SIZES[version]
    metadata = {"qti": (head + (word(0x08) if version >= 7 else 0), word(qmeta))}
    metadata["oem"] = (sum(metadata["qti"]), word(ometa))
    end = sum(metadata["oem"]) + word(0x14)
    found = []
    at = end
    for signer, sig, chain in (("qti", word(qsig), word(qchain)), ("oem", word(osig), word(ochain))):
        other = "oem" if signer == "qti" else "qti"
        message = bytearray(segment[:end])
        for start, length in HIDDEN.get((version, signer), ()) + (
                (metadata[other],) if version in (6, 7) else ()):
            message[start:start + length] = bytes(length)
        if sig and chain:
            found.append(Slot(signer, bytes(message), segment[at:at + sig],
                              segment[at + sig:at + sig + chain]))
        at += sig + chain
    return version, found


class Openssl:
    def __init__(self, folder):
        self.folder = folder
        self.calls = 0

    def file(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def run(self, *words):
        self.calls += 1
        return subprocess.run(("openssl",) + words, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, check=False)

    def pem(self, name, der):
        """Without a look at what is inside: a wrong certificate must reach `openssl verify`."""
        import base64
        text = base64.encodebytes(der)
        return self.file(name, b"-----BEGIN CERTIFICATE-----\n" + text +
                         b"-----END CERTIFICATE-----\n")

    def chain(self, slot):
        certs = slot.certificates
        words = ["verify", "-no_check_time", "-check_ss_sig",
                 "-CAfile", self.pem("root", certs[-1]), "-no-CApath", "-no-CAstore"]
        for number, der in enumerate(certs[1:-1]):
            words += ["-untrusted", self.pem("middle%d" % number, der)]
        return len(certs) > 1 and self.run(*words, self.pem("leaf", certs[0])).returncode == 0

    def signature(self, slot):
        leaf = self.pem("leaf", slot.certificates[0])
        public = self.run("x509", "-in", leaf, "-noout", "-pubkey")
        if public.returncode:
            return False
        key = self.file("key", public.stdout)
        if slot.scheme == "rsa-pkcs1-v15-mbn3":
            return self.legacy(slot, leaf, key)
        message = self.file("message", slot.message)
        if slot.scheme == "ecdsa-p384-sha384":
            # Zeros stand behind the DER.
            der = slot.signature[:slot.signature[1] + 2]
            return self.run("dgst", "-sha384", "-verify", key, "-signature", self.file("sig", der),
                            message).returncode == 0
        return self.run("dgst", "-sha256", "-verify", key, "-sigopt", "rsa_padding_mode:pss",
                        "-sigopt", "rsa_pss_saltlen:32", "-sigopt", "rsa_mgf1_md:sha256",
                        "-signature", self.file("sig", slot.signature), message).returncode == 0

    def legacy(self, slot, leaf, key):
        """openssl has no such scheme, but it recovers what RSA signed: the keyed double hash."""
        subject = self.run("x509", "-in", leaf, "-noout", "-subject").stdout.decode()
        digest = hashlib.sha256(slot.message).digest()
        for name, pattern in ((" SW_ID", 0x36), (" HW_ID", 0x5c)):
            number = bytes.fromhex(subject[:subject.index(name)][-16:])
            digest = hashlib.sha256(bytes(b ^ pattern for b in number) + digest).digest()
        recovered = self.run("pkeyutl", "-verifyrecover", "-pubin", "-inkey", key, "-pkeyopt",
                             "rsa_padding_mode:pkcs1", "-in", self.file("sig", slot.signature))
        return recovered.returncode == 0 and recovered.stdout == digest


def is_part(path):
    stem, suffix = os.path.splitext(path)
    return bool(stem) and len(suffix) == 4 and suffix[1] == "b" and suffix[2:].isdigit()


def read_slots(content, split=False):
    """Version and slots; none of what only looks like an image."""
    try:
        return slots(hash_segment(content, split))
    except (IndexError, struct.error):
        return 0, []


def nested(content):
    """Offsets of the ELF files inside of a file."""
    at = content.find(b"\x7fELF", 1)
    while at > 0:
        yield at
        at = content.find(b"\x7fELF", at + 1)


def images(data, scratch):
    """(path, kind, slots, size) of every signed image; a split one by the first of its files alone.

    Nested images are put into files of their own in `scratch`; their size is 0.
    """
    for folder in FOLDERS:
        for where, _, names in sorted(os.walk(os.path.join(data, folder))):
            for name in sorted(names):
                path = os.path.join(where, name)
                if os.path.islink(path) or is_part(path) or os.path.getsize(path) < 52:
                    continue
                with open(path, "rb") as source:
                    if source.read(4) != b"\x7fELF":
                        continue
                    content = b"\x7fELF" + source.read()
                split = path.endswith(".mdt") and os.path.exists(path[:-4] + ".b01")
                version, found = read_slots(content, split)
                if found:
                    yield path, kind_of(version, found), found, len(content)
                for at in nested(content):
                    version, found = read_slots(content[at:at + (1 << 26)])
                    if found:
                        inner = os.path.join(scratch, "%d-%s@0x%x" % (
                            len(os.listdir(scratch)), name, at))
                        with open(inner, "wb") as out:
                            out.write(content[at:])
                        yield inner, kind_of(version, found), found, 0


def kind_of(version, found):
    return version, found[-1].scheme, "+".join(slot.signer for slot in reversed(found))


def flipped(data, at):
    changed = bytearray(data)
    changed[at] ^= 0x20
    return bytes(changed)


def refuses_changes(openssl, slot):
    """Names of the parts of which openssl takes a changed byte."""
    taken = []
    good = slot.message, slot.signature, slot.certificates
    slot.message = flipped(slot.message, 0)
    if openssl.signature(slot):
        taken.append("message")
    slot.message, slot.signature = good[0], flipped(slot.signature, 40)
    if openssl.signature(slot):
        taken.append("signature")
    slot.signature = good[1]
    for number, der in enumerate(good[2]):
        slot.certificates = list(good[2])
        # Near the end stands the signature of the one above.
        slot.certificates[number] = flipped(der, len(der) - 8)
        if openssl.chain(slot):
            taken.append("certificate %d" % number)
    slot.certificates = good[2]
    return taken


def qpas_verdicts(qpas, paths):
    """By path: {signer: (signature valid, chain valid)}."""
    done = subprocess.run([qpas, "verify", "--json"] + paths, stdout=subprocess.PIPE, check=False)
    verdicts = {}
    for image in json.loads(done.stdout):
        verdicts[image["file"]] = (image["verdict"], {
            s["signer"]: s["valid"] is True and s["chain"]["valid"] is True
            for s in image["signatures"]})
    return verdicts


def smallest(found):
    kinds = {}
    for image in found:
        if not image[3]:
            continue
        if image[1] not in kinds or image[3] < kinds[image[1]][3]:
            kinds[image[1]] = image
    return [kinds[kind] for kind in sorted(kinds)]


def judge(openssl, found, verdicts, first):
    """(signatures, problems): every slot by both, the first of each kind with changes."""
    problems = []
    number = 0
    for path, _, filled, size in found:
        verdict, signers = verdicts.get(path, ("missing", {}))
        # Headers of a nested image may have been changed after it was signed: no signature's fault.
        if (size and verdict != "valid") or len(signers) != len(filled):
            problems.append("%s: qpas says %s" % (path, verdict))
        for slot in filled:
            number += 1
            valid = openssl.chain(slot) and openssl.signature(slot)
            if not valid or not signers.get(slot.signer):
                problems.append("%s: %s slot, %s: openssl says %s, qpas %s" % (
                    path, slot.signer, slot.scheme, valid, signers.get(slot.signer)))
            if path in first:
                problems += ["%s: openssl takes a changed %s" % (path, part)
                             for part in refuses_changes(openssl, slot)]
    return number, problems


def main(words):
    sample = "--sample" in words
    listing = "--list" in words
    words = [w for w in words if w not in ("--sample", "--list")]
    if len(words) != 3 or words[0] != "--qpas":
        sys.exit(__doc__)
    if not shutil.which("openssl"):
        sys.exit("there is no openssl command here: install the package openssl")
    with tempfile.TemporaryDirectory() as folder:
        found = list(images(words[2], folder))
        first = smallest(found)
        if sample or listing:
            found = first
        if listing:
            for path, kind, _, size in found:
                print("%d %s %s %d %s" % (kind + (size, path)))
            return 0
        verdicts = qpas_verdicts(words[1], [image[0] for image in found])
        openssl = Openssl(folder)
        number, problems = judge(openssl, found, verdicts, {image[0] for image in first})
    print("version  scheme               signers  images judged by openssl")
    kinds = [image[1] for image in found]
    for kind in sorted(set(kinds)):
        print("%-7d  %-19s  %-7s  %d" % (kind + (kinds.count(kind),)))
    print("\n".join(problems))
    print("%d images (%d nested in others), %d signatures with their chains, %d calls of openssl: "
          "%d problems" % (len(found), sum(not image[3] for image in found), number, openssl.calls,
                           len(problems)))
    return 1 if problems or not found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
