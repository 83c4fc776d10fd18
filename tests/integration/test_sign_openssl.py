#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Images signed by the tool, judged by the openssl command line: the signed message, the signature
# and the certificates are cut out of the file here, by offsets of the format alone, and `openssl`
# says whether they are right. Nothing of libqpas takes part in the judgement.
# Usage: test_sign_openssl.py QPAS ELF
import hashlib
import os
import struct
import subprocess
import sys
import tempfile

OEM, QTI = 0, 1

# Where the header says how long the parts are, in their order in the segment; None: nowhere.
LAYOUTS = {
    3: (40, (None, None, None, 0x14, None, None, 0x1C, 0x24)),
    5: (40, (None, None, None, 0x14, 0x08, 0x0C, 0x1C, 0x24)),
    6: (48, (None, 0x28, 0x2C, 0x14, 0x08, 0x0C, 0x1C, 0x24)),
    7: (40, (0x08, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x20, 0x24)),
    8: (56, (0x08, 0x0C, 0x10, 0x14, None, None, 0x28, 0x2C)),
}
PARTS = ("common", "qti_meta", "oem_meta", "table", "qti_sig", "qti_chain", "oem_sig", "oem_chain")
# Words that a signer reads as zero, and the block of the other one (by version and slot).
MASKS = {
    (5, QTI): ((0x1C, 0x24), None),
    (6, OEM): ((0x08, 0x0C), "qti_meta"),
    (6, QTI): ((0x1C, 0x24), "oem_meta"),
    (7, OEM): ((0x18, 0x1C), "qti_meta"),
    (7, QTI): ((0x20, 0x24), "oem_meta"),
}

# type of the keys, MBN version, slots, digest of the table
CASES = [
    ("rsa2048-pkcs1", 3, (OEM,), None),
    ("rsa2048", 3, (OEM,), None),
    ("rsa2048", 5, (OEM,), None),
    ("rsa2048", 5, (QTI,), None),
    ("rsa2048", 5, (OEM, QTI), None),
    ("rsa2048", 6, (OEM,), None),
    ("rsa2048", 6, (OEM, QTI), "sha256"),
    ("p384", 6, (OEM,), "sha256"),
    ("p384", 6, (QTI,), None),
    ("p384", 6, (OEM, QTI), None),
    ("p384", 7, (OEM,), None),
    ("p384", 7, (QTI,), None),
    ("p384", 7, (OEM, QTI), "sha256"),
    ("p384", 8, (OEM,), None),
]


class Broken(Exception):
    """Something that cannot be judged at all, as damaged images are."""


def openssl(*args):
    """The exit code and what was printed; the answer of openssl is never guessed from text."""
    done = subprocess.run(("openssl",) + args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def must(*args):
    code, text = openssl(*args)
    if code:
        raise Broken("openssl %s: exit %d: %s" % (" ".join(args), code, text.decode(errors="replace")))
    return text


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def program_headers(image):
    """Segment type, offset and size of each."""
    wide = image[4] == 2
    (count,) = struct.unpack_from("<H", image, 56 if wide else 44)
    for index in range(count):
        if wide:
            _, flags, offset, _, _, size = struct.unpack_from("<IIQQQQ", image, 64 + 56 * index)
        else:
            _, offset, _, _, size, _, flags = struct.unpack_from("<7I", image, 52 + 32 * index)
        yield flags >> 24 & 7, offset, size


def hash_segment(image):
    """Offset and length of the first hash-type header behind header 0."""
    for index, (kind, offset, size) in enumerate(program_headers(image)):
        if index and kind == 2:
            return offset, size
    raise Broken("no hash segment")


class Segment:
    """The parts of a hash segment."""

    def __init__(self, image):
        offset, size = hash_segment(image)
        self.data = image[offset : offset + size]
        (self.version,) = struct.unpack_from("<I", self.data, 4)
        at, words = LAYOUTS[self.version]
        self.place = {}
        for name, word in zip(PARTS, words):
            length = 0 if word is None else struct.unpack_from("<I", self.data, word)[0]
            self.place[name] = (at, at + length)
            at += length
        if at != size:
            raise Broken("parts of %d bytes in a segment of %d" % (at, size))

    def part(self, name):
        first, end = self.place[name]
        return self.data[first:end]

    def message(self, slot):
        words, block = MASKS.get((self.version, slot), ((), None))
        copy = bytearray(self.data[: self.place["table"][1]])
        for word in words:
            copy[word : word + 4] = bytes(4)
        if block:
            first, end = self.place[block]
            copy[first:end] = bytes(end - first)
        return bytes(copy)


def digests_match(image, segment):
    """The table holds a digest of each header's data, zeros for the hash segment and for no data."""
    headers = list(program_headers(image))
    table = segment.part("table")
    size = len(table) // len(headers)
    for index, (kind, offset, length) in enumerate(headers):
        data = image[offset : offset + length]
        wanted = hashlib.new("sha256" if size == 32 else "sha384", data).digest()
        if kind == 2 or not length:
            wanted = bytes(size)
        if table[index * size : (index + 1) * size] != wanted:
            return False
    return len(table) == size * len(headers)


def certificates(slot):
    """DER sequences with lengths of two bytes, then 0xff."""
    found = []
    while slot[:2] == b"\x30\x82":
        length = 4 + struct.unpack_from(">H", slot, 2)[0]
        found.append(slot[:length])
        slot = slot[length:]
    if slot.strip(b"\xff"):
        raise Broken("something else than 0xff behind the certificates")
    return found


def accepts_chain(box, chain):
    """`openssl verify` from the leaf to the root, by the strict rules."""
    names = []
    for index, der in enumerate(chain):
        write(os.path.join(box, "cert.der"), der)
        name = os.path.join(box, "cert%d.pem" % index)
        must("x509", "-inform", "DER", "-in", os.path.join(box, "cert.der"), "-out", name)
        names.append(name)
    code, _ = openssl("verify", "-x509_strict", "-CAfile", names[-1], "-untrusted", names[1], names[0])
    write(os.path.join(box, "leaf.pub"), must("x509", "-in", names[0], "-noout", "-pubkey"))
    return code == 0


def subject_word(box, number):
    """NN HEX NAME of the leaf's subject, by openssl's own reading of it."""
    text = must("x509", "-in", os.path.join(box, "cert0.pem"), "-noout", "-subject", "-nameopt", "multiline,-esc_msb")
    for line in text.decode().splitlines():
        words = line.split("=", 1)[-1].split()
        if words and words[0] == number:
            return int(words[1], 16)
    raise Broken("no word %s in the leaf" % number)


def accepts_legacy(box, segment, signature):
    """The keyed double hash, computed here, against what openssl recovers from the signature."""
    sw_id, hw_id = (subject_word(box, number).to_bytes(8, "big") for number in ("01", "02"))
    inner = hashlib.sha256(segment.message(OEM)).digest()
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in sw_id) + inner).digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in hw_id) + inner).digest()
    code, block = openssl("pkeyutl", "-verifyrecover", "-pubin", "-inkey", os.path.join(box, "leaf.pub"),
                          "-in", write(os.path.join(box, "sig"), signature))
    return code == 0 and block == outer


def accepts_pss(box, message, signature):
    write(os.path.join(box, "digest"), hashlib.sha256(message).digest())
    options = ("rsa_padding_mode:pss", "rsa_pss_saltlen:32", "digest:sha256", "rsa_mgf1_md:sha256")
    code, _ = openssl("pkeyutl", "-verify", "-pubin", "-inkey", os.path.join(box, "leaf.pub"),
                      "-in", os.path.join(box, "digest"), "-sigfile", write(os.path.join(box, "sig"), signature),
                      *(word for option in options for word in ("-pkeyopt", option)))
    return code == 0


def accepts_ecdsa(box, message, signature):
    """By pkeyutl over the digest and by dgst over the message; the DER is cut out of its zeros."""
    length = 2 + signature[1]
    if signature[length:].strip(b"\x00"):
        return False
    write(os.path.join(box, "digest"), hashlib.sha384(message).digest())
    write(os.path.join(box, "message"), message)
    sig = write(os.path.join(box, "sig"), signature[:length])
    pub = os.path.join(box, "leaf.pub")
    first, _ = openssl("pkeyutl", "-verify", "-pubin", "-inkey", pub, "-in", os.path.join(box, "digest"),
                       "-sigfile", sig)
    second, _ = openssl("dgst", "-sha384", "-verify", pub, "-signature", sig, os.path.join(box, "message"))
    if (first == 0) != (second == 0):
        raise SystemExit("openssl pkeyutl and openssl dgst do not agree")
    return first == 0


def accepts(box, kind, segment, slot):
    """openssl's verdict on one slot: signature and chain."""
    name = "qti" if slot == QTI else "oem"
    signature = segment.part(name + "_sig")
    if not accepts_chain(box, certificates(segment.part(name + "_chain"))):
        return False
    if kind == "rsa2048-pkcs1":
        return accepts_legacy(box, segment, signature)
    judge = accepts_pss if kind == "rsa2048" else accepts_ecdsa
    return judge(box, segment.message(slot), signature)


def flips(segment, slot):
    """A byte of each region that the slot's signature covers, and of the signature; and of what it does not."""
    own, other = ("oem", "qti") if slot == OEM else ("qti", "oem")
    covered = [0x14 if segment.version == 8 else 0x10]
    for name in ("common", own + "_meta", "table", own + "_sig"):
        first, end = segment.place[name]
        if end > first:
            covered.append((first + end) // 2)
    # the middle of the leaf, far from its lengths
    covered.append(segment.place[own + "_chain"][0] + 500)
    free = []
    for name in (other + "_meta", other + "_sig"):
        first, end = segment.place[name]
        if end > first:
            free.append((first + end) // 2)
    return covered, free


def judge_flip(box, kind, image, slot, at):
    offset, _ = hash_segment(image)
    changed = bytearray(image)
    changed[offset + at] ^= 1
    try:
        return accepts(box, kind, Segment(bytes(changed)), slot)
    except Broken:
        return False


def run_case(qpas, elf, keys, box, case):
    kind, version, slots, digest = case
    out = os.path.join(box, "signed.mbn")
    args = [qpas, "sign", elf, "-o", out, "--mbn", str(version), "--sw-id", "4"]
    for slot in slots:
        prefix = "--qti-" if slot == QTI else "--"
        folder = keys[kind, slot]
        args += [prefix + "key", os.path.join(folder, "leaf.key"), prefix + "chain", os.path.join(folder, "chain.pem")]
    if digest:
        args += ["--digest", digest]
    subprocess.run(args, check=True, stdout=subprocess.DEVNULL)
    with open(out, "rb") as file:
        image = file.read()
    segment = Segment(image)
    if segment.version != version:
        return "version %d" % segment.version
    if not digests_match(image, segment):
        return "a digest differs"
    for slot in slots:
        if not accepts(box, kind, segment, slot):
            return "openssl refuses slot %d" % slot
        covered, free = flips(segment, slot)
        for at in covered:
            if judge_flip(box, kind, image, slot, at):
                return "slot %d: openssl accepts a flipped byte at 0x%x" % (slot, at)
        for at in free:
            if not judge_flip(box, kind, image, slot, at):
                return "slot %d: a byte of the other signer at 0x%x counts" % (slot, at)
    return None


def make_keys(qpas, box):
    keys = {}
    for kind in ("rsa2048-pkcs1", "rsa2048", "p384"):
        identity = [] if kind == "p384" else ["--sw-id", "4", "--hw-id", "0x6000000000010002"]
        for slot in (OEM, QTI):
            keys[kind, slot] = os.path.join(box, "%s-%d" % (kind, slot))
            subprocess.run([qpas, "keygen", "--type", kind, "--out", keys[kind, slot]] + identity,
                           check=True, stdout=subprocess.DEVNULL)
    return keys


def main():
    qpas, elf = sys.argv[1:]
    failures = []
    print(must("version").decode().strip())
    with tempfile.TemporaryDirectory() as box:
        keys = make_keys(qpas, box)
        for case in CASES:
            name = "openssl_agrees_about_v%d_%s_%s%s" % (
                case[1], case[0].replace("-", "_"), "".join("oem" if slot == OEM else "qti" for slot in case[2]),
                "_" + case[3] if case[3] else "")
            print("[ RUN      ] %s" % name)
            try:
                wrong = run_case(qpas, elf, keys, box, case)
            except Broken as broken:
                wrong = str(broken)
            if wrong:
                failures.append(name)
                print("  %s" % wrong)
            print("[%s] %s" % ("  FAILED  " if wrong else "       OK ", name))
    print("[==========] %d test(s) run." % len(CASES))
    print("[  PASSED  ] %d test(s)." % (len(CASES) - len(failures)))
    if failures:
        print("[  FAILED  ] sign_openssl: %d test(s), listed below:" % len(failures))
        for name in failures:
            print("[  FAILED  ] %s" % name)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
