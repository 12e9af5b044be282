#!/usr/bin/python3
"""Make Vault/vectors: one success or one failure of the format per file.

Written from Vault/FORMAT.md alone, so that the vectors test the Swift code and
are not made by it. Every byte follows from fixed seeds: a second run writes
the same files. `--check` writes nothing and fails where a file would differ.
`--primitives` holds what libsodium gives against ChaCha20-Poly1305 and
Argon2id written out here, and those against the examples of their RFCs.

Needs Python 3.11 and PyNaCl (python3-nacl).
"""

import base64
import hashlib
import json
import pathlib
import struct
import sys

from nacl import bindings, pwhash
from nacl.signing import SigningKey

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Vault" / "vectors"
VECTORS = {}

# --- §1.1 primitives ---------------------------------------------------------


def fixed(name, count=32):
    """Bytes that look random and are the same on every run."""
    return hashlib.shake_256(b"casevault vectors: " + name.encode()).digest(count)


def digest(label, message):
    return hashlib.blake2b(message, digest_size=32, person=label.encode().ljust(16, b"\0")).digest()


def kdf(key, label, message=b""):
    return hashlib.blake2b(
        message, digest_size=32, key=key, person=label.encode().ljust(16, b"\0")
    ).digest()


def aead(key, nonce, data, message):
    return bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(message, data, nonce, key)


def chunk(key, index, final, message):
    nonce = index.to_bytes(11, "big") + bytes([final])
    return bindings.crypto_aead_chacha20poly1305_ietf_encrypt(message, b"", nonce, key)


def stream(key, message):
    """A whole stream of chunks."""
    pieces = [message[at : at + 65536] for at in range(0, len(message), 65536)]
    return b"".join(chunk(key, i, i == len(pieces) - 1, piece) for i, piece in enumerate(pieces))


def argon2id(passphrase, salt, passes, memory):
    return pwhash.argon2id.kdf(32, passphrase, salt, opslimit=passes, memlimit=memory)


def public(private):
    return bindings.crypto_scalarmult_base(private)


def seal(recipient, data, message, ephemeral, nonce):
    """A box with the ephemeral pair and the nonce given (§1.2)."""
    shared = bindings.crypto_scalarmult(ephemeral, recipient)
    key = kdf(shared, "cv1.box", public(ephemeral) + recipient)
    return public(ephemeral) + nonce + aead(key, nonce, data, message)


def sign(device, text, message):
    return device.sign.sign(text.encode() + message).signature


def u16(number):
    return struct.pack("<H", number)


def u32(number):
    return struct.pack("<I", number)


def u64(number):
    return struct.pack("<Q", number)


def i32(number):
    return struct.pack("<i", number)


def base32(data):
    return base64.b32encode(data).decode().rstrip("=").lower()


def canonical(value):
    """The one form of §1. Names here are ASCII, so Python's order is the format's."""
    if isinstance(value, dict):
        members = (canonical(name) + b":" + canonical(value[name]) for name in sorted(value))
        return b"{" + b",".join(members) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    # json.dumps writes exactly the escapes of §1; U+007F it leaves as it is.
    return json.dumps(value, ensure_ascii=False).encode()


def zero_padded(data, multiple):
    return data + bytes(-len(data) % multiple)


def flipped(data, at, bit=0):
    """`data` with one bit the other way."""
    changed = bytearray(data)
    changed[at] ^= 1 << bit
    return bytes(changed)


def put(data, at, field):
    """`data` with `field` written over it at `at`."""
    return data[:at] + field + data[at + len(field) :]


# --- The cast ----------------------------------------------------------------


class Device:
    def __init__(self, name):
        self.seed = fixed(name + " seed")
        self.sign = SigningKey(self.seed)
        self.key = bytes(self.sign.verify_key)
        self.id = digest("cv1.device", self.key)
        self.private = fixed(name + " unlock")
        self.unlock = public(self.private)
        self.member = fixed(name + " member", 16)

    def keys(self):
        return {"sign": base32(self.key), "unlock": base32(self.unlock)}


ASHA, BEN, OUTSIDER = Device("asha"), Device("ben"), Device("outsider")
TIME = "2026-11-22T13:44:59Z"
ZERO = bytes(32)


def preamble(kind, number=0):
    return b"casevlt\x1a" + bytes([1, 1, kind, 0]) + u32(number)


def statement(kind, body, device, vault, head, type_=2, by=None):
    body = body if isinstance(body, bytes) else canonical(body)
    signed = preamble(type_, kind) + vault + head + device.id + u32(len(body)) + body
    return signed + sign(by or device, "casevault 1 statement\n", signed)


FOUND = {
    "service": "Advice Service, University of Exampleton",
    "member": {"id": base32(ASHA.member), "name": "Asha Räisänen", "role": "manager"},
    "device": ASHA.keys(),
    "policy": {
        "academic_year_starts": "08-01",
        "keep_years": 6,
        "time_zone": "Europe/London",
        "work": ["mail-sent", "note", "opening"],
    },
    "auditor": base32(public(fixed("auditor"))),
    "managers": base32(public(fixed("managers"))),
    "kinds": [{"kind": kind, "must": True, "since": "0.1"} for kind in (1, 2, 3, 32, 48)],
    "time": TIME,
}
ROSTER = statement(1, FOUND, ASHA, ZERO, ZERO)
VAULT = digest("cv1.statement", ROSTER)
HEAD = VAULT

MASTER = fixed("master key")
INTAKE = fixed("intake")
INTAKE_NONCE = fixed("intake nonce", 24)
EPOCH_BODY = {
    "commitment": base32(kdf(MASTER, "cv1.master.com", VAULT)),
    "intake": {
        "private": base32(
            INTAKE_NONCE
            + aead(
                kdf(MASTER, "cv1.intake", VAULT),
                INTAKE_NONCE,
                b"casevault 1 intake\n" + VAULT + public(INTAKE),
                INTAKE,
            )
        ),
        "public": base32(public(INTAKE)),
    },
    "parents": [],
    "time": TIME,
}
DOCUMENT = statement(48, EPOCH_BODY, ASHA, VAULT, HEAD)
EPOCH = digest("cv1.statement", DOCUMENT)

CASE_KEY = fixed("case key")
GENERATION = kdf(CASE_KEY, "cv1.case.com", VAULT)
CASE = digest("cv1.case", GENERATION)

# --- Writing vectors ---------------------------------------------------------


def vector(folder, title, about, section, answer="ok", wrong=None, /, **fields):
    """Keeps one vector: fields are bytes, texts or numbers."""
    entry = {"about": about, "answer": answer, "section": section}
    if wrong:
        entry["wrong"] = wrong
    assert (answer == "ok") == (wrong is None), title
    for field, value in fields.items():
        group = {bytes: "bytes", str: "text", int: "numbers"}[type(value)]
        entry.setdefault(group, {})[field] = (
            base64.b64encode(value).decode() if group == "bytes" else value
        )
    path = f"{folder}/{title}.json"
    assert path not in VECTORS, path
    VECTORS[path] = json.dumps(entry, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


# --- §1 text -----------------------------------------------------------------


def base32_vectors():
    section = "§1"
    for count in (0, 1, 2, 3, 4, 5, 16, 32):
        data = fixed("base32", count)
        vector("base32", f"{count}-bytes", f"{count} bytes", section, text=base32(data), data=data)
    vector("base32", "all-ones", "32 bytes of 0xff", section, text=base32(b"\xff" * 32), data=b"\xff" * 32)
    bad = {
        "upper-case": ("AAAA", "an upper-case letter"),
        "padding": ("aa======", "a padding character"),
        "digit-zero": ("a0aa", "a character outside the alphabet"),
        "digit-eight": ("aaa8", "a character outside the alphabet"),
        "white-space": ("aaaa ", "white space"),
        "not-ascii": ("aaaａ", "a full-width letter"),
        "trailing-bits-8": ("ab", "trailing bits that are not zero"),
        "trailing-bits-16": ("aaac", "trailing bits that are not zero"),
        "trailing-bits-24": ("aaaab", "trailing bits that are not zero"),
        "trailing-bits-32": ("aaaaaae", "trailing bits that are not zero"),
        "one-character": ("a", "a length that no bytes have"),
        "three-characters": ("aaa", "a length that no bytes have"),
        "six-characters": ("aaaaaa", "a length that no bytes have"),
    }
    for name, (text, about) in bad.items():
        vector("base32", name, about, section, "invalid", "text", text=text)


def json_vectors():
    section = "§1"
    good = {
        "null": b"null",
        "true": b"true",
        "false": b"false",
        "zero": b"0",
        "negative": b"-1",
        "greatest-integer": b"9007199254740991",
        "least-integer": b"-9007199254740991",
        "empty-string": b'""',
        "short-escapes": rb'"\"\\\b\t\n\f\r"',
        "long-escapes": rb'"\u0000\u0001\u0007\u000b\u000e\u001f"',
        "solidus": b'"/"',
        "delete": b'"\x7f"',
        "two-bytes": '"é"'.encode(),
        "decomposed": '"e\u0301"'.encode(),
        "line-separator": '"\u2028"'.encode(),
        "four-bytes": '"😀"'.encode(),
        "noncharacter": '"\uffff"'.encode(),
        "empty-array": b"[]",
        "empty-object": b"{}",
        "nested": b'{"a":[1,{"b":null}],"b":"c"}',
        "names-by-byte": b'{"":0,"A":1,"AA":2,"a":3,"~":4}',
        "escaped-name": rb'{"\n":0,"\"":1,"\\":2}',
        "32-levels": b"[" * 32 + b"]" * 32,
        "32-levels-around-a-number": b"[" * 32 + b"1" + b"]" * 32,
        "32-objects": b'{"a":' * 31 + b"{}" + b"}" * 31,
    }
    for name, data in good.items():
        vector("json", f"good-{name}", name.replace("-", " "), section, data=data)
    bad = {
        "empty": (b"", "nothing at all"),
        "leading-space": (b" 1", "white space"),
        "trailing-space": (b"1 ", "white space"),
        "trailing-line-feed": (b"1\n", "white space"),
        "space-in-object": (b'{"a": 1}', "white space"),
        "space-in-array": (b"[1, 2]", "white space"),
        "tab": (b"[\t]", "white space"),
        "byte-order-mark": (b"\xef\xbb\xbf1", "a byte order mark"),
        "name-twice": (b'{"a":1,"a":2}', "a name twice"),
        "names-descending": (b'{"b":1,"a":2}', "names out of order"),
        "names-by-length": (b'{"b":1,"aa":2}', "names out of order"),
        "name-not-ascii": ('{"é":1}'.encode(), "a name that is not ASCII"),
        "name-not-a-string": (b"{1:1}", "a name that is not a string"),
        "escaped-solidus": (rb'"\/"', "an escape that is not needed"),
        "escaped-letter": (rb'"\u0061"', "an escape that is not needed"),
        "escaped-delete": (rb'"\u007f"', "an escape that is not needed"),
        "escaped-line-feed": (rb'"\u000a"', "a long escape where there is a short one"),
        "escaped-quote": (rb'"\u0022"', "a long escape where there is a short one"),
        "escaped-upper-case": (rb'"\u001F"', "an escape in upper case"),
        "escaped-surrogates": (rb'"\ud83d\ude00"', "escaped surrogates"),
        "escape-unknown": (rb'"\x41"', "an escape that JSON does not have"),
        "escape-cut": (rb'"\u00', "an escape without its end"),
        "raw-control": (b'"\x01"', "a raw control character"),
        "raw-line-feed": (b'"\n"', "a raw control character"),
        "string-open": (b'"abc', "a string without its end"),
        "not-utf8": (b'"\xff"', "a byte that UTF-8 does not have"),
        "utf8-cut": (b'"\xc3"', "UTF-8 without its end"),
        "utf8-overlong": (b'"\xc0\xaf"', "overlong UTF-8"),
        "utf8-surrogate": (b'"\xed\xa0\x80"', "a surrogate in UTF-8"),
        "utf8-beyond-unicode": (b'"\xf4\x90\x80\x80"', "beyond U+10FFFF"),
        "leading-zero": (b"01", "a leading zero"),
        "negative-zero": (b"-0", "negative zero"),
        "plus": (b"+1", "a plus sign"),
        "minus-alone": (b"-", "a minus sign alone"),
        "fraction": (b"1.0", "a fraction"),
        "exponent": (b"1e3", "an exponent"),
        "integer-too-great": (b"9007199254740992", "2^53"),
        "integer-too-small": (b"-9007199254740992", "-2^53"),
        "integer-huge": (b"9" * 400, "400 digits"),
        "infinity": (b"Infinity", "a word that JSON does not have"),
        "word-upper-case": (b"True", "a word in upper case"),
        "word-cut": (b"nul", "a word without its end"),
        "word-long": (b"nulll", "bytes after the value"),
        "single-quotes": (b"'a'", "single quotes"),
        "comma-before-end": (b"[1,]", "a comma before the end"),
        "comma-before-brace": (b'{"a":1,}', "a comma before the end"),
        "comma-alone": (b"[,]", "a comma alone"),
        "comma-missing": (b"[1 2]", "a missing comma"),
        "colon-missing": (b'{"a"1}', "a missing colon"),
        "value-missing": (b'{"a":}', "a missing value"),
        "array-open": (b"[1", "an array without its end"),
        "object-open": (b'{"a":1', "an object without its end"),
        "brackets-crossed": (b"[}", "brackets that do not match"),
        "two-values": (b"1,2", "bytes after the value"),
        "comment": (b"1//", "a comment"),
        "33-levels": (b"[" * 33 + b"]" * 33, "33 levels"),
        "33-levels-around-a-number": (b"[" * 33 + b"1" + b"]" * 33, "33 levels"),
        "33-objects": (b'{"a":' * 32 + b"{}" + b"}" * 32, "33 levels"),
        "100000-levels": (b"[" * 1000, "1,000 levels, without their ends"),
    }
    bad["1000-levels"] = bad.pop("100000-levels")
    for name, (data, about) in bad.items():
        vector("json", f"bad-{name}", about, section, "not-canonical", "data", data=data)


def date_vectors():
    days = {
        "1970-01-01": 0,
        "1969-12-31": -1,
        "2000-02-29": 11016,
        "2026-11-22": 20779,
        "0001-01-01": -719162,
        "9999-12-31": 2932896,
        "1900-03-01": -25508,
        "2100-02-28": 47540,
    }
    for text, day in days.items():
        vector("date", f"good-{text}", f"{text} is day {day}", "§1, §9", text=text, day=day)
    bad = {
        "29-february-1900": "1900-02-29",
        "29-february-2026": "2026-02-29",
        "month-0": "2026-00-10",
        "month-13": "2026-13-10",
        "day-0": "2026-01-00",
        "31-april": "2026-04-31",
        "year-0": "0000-01-01",
        "short-month": "2026-1-10",
        "long-year": "12026-01-10",
        "slashes": "2026/01/10",
        "sign": "-026-01-10",
        "plus": "+026-01-10",
        "time-behind": "2026-01-10T00:00:00Z",
        "space": " 2026-01-10",
        "arabic-digits": "٢٠٢٦-01-10",
        "empty": "",
    }
    for name, text in bad.items():
        vector("date", f"bad-{name}", f"{text!r} is no date", "§1", "invalid", "text", text=text)
    moments = {
        "1970-01-01T00:00:00Z": 0,
        "1969-12-31T23:59:59Z": -1,
        "2026-11-22T13:44:59Z": 1795355099,
        "2000-02-29T23:59:59Z": 951868799,
        "0001-01-01T00:00:00Z": -62135596800,
        "9999-12-31T23:59:59Z": 253402300799,
    }
    for text, seconds in moments.items():
        name = text.replace(":", "").lower()
        vector("time", f"good-{name}", "seconds since 1970", "§1", text=text, seconds=seconds)
    bad = {
        "lower-case": "2026-11-22t13:44:59z",
        "offset": "2026-11-22T13:44:59+00:00",
        "fraction": "2026-11-22T13:44:59.0Z",
        "no-zone": "2026-11-22T13:44:59",
        "space": "2026-11-22 13:44:59Z",
        "hour-24": "2026-11-22T24:00:00Z",
        "minute-60": "2026-11-22T13:60:00Z",
        "leap-second": "2016-12-31T23:59:60Z",
        "no-such-day": "2026-02-29T00:00:00Z",
        "sign": "2026-11-22T+1:44:59Z",
        "date-alone": "2026-11-22",
        "line-feed": "2026-11-22T13:44:59Z\n",
    }
    for name, text in bad.items():
        vector("time", f"bad-{name}", f"{text!r} is no time", "§1", "invalid", "text", text=text)


# --- §1.1 and §1.2 -----------------------------------------------------------

HASH_LABELS = "statement segment device case record seen chunk root made chain".split()
KDF_LABELS = (
    "box record.key record.com manifest content chunks hashes sealed.com sealed master.com "
    "intake wrap case.com row state log ident.com identity"
).split()


def primitive_vectors():
    for label in HASH_LABELS:
        message = fixed(label, 200)
        vector("hash", label, f"hash under cv1.{label}", "§1.1", label="cv1." + label,
               message=message, digest=digest("cv1." + label, message))
    vector("hash", "nothing", "hash of no bytes", "§1.1", label="cv1.statement", message=b"",
           digest=digest("cv1.statement", b""))
    for label in KDF_LABELS:
        key, message = fixed("kdf"), fixed(label, 40)
        vector("kdf", label, f"kdf under cv1.{label}", "§1.1", label="cv1." + label, key=key,
               message=message, derived=kdf(key, "cv1." + label, message))
    vector("kdf", "nothing", "kdf of no bytes", "§1.1", label="cv1.content", key=fixed("kdf"),
           message=b"", derived=kdf(fixed("kdf"), "cv1.content"))

    key, nonce, data, message = fixed("aead"), fixed("nonce", 24), fixed("data", 50), fixed("m", 100)
    sealed = aead(key, nonce, data, message)
    good = dict(key=key, nonce=nonce, data=data, message=message, sealed=sealed)
    vector("aead", "good", "100 bytes with associated data", "§1.1", **good)
    vector("aead", "empty", "no bytes, no associated data", "§1.1",
           **good | dict(data=b"", message=b"", sealed=aead(key, nonce, b"", b"")))
    spoilt = {
        "tag": dict(sealed=flipped(sealed, -1)),
        "ciphertext": dict(sealed=flipped(sealed, 0)),
        "key": dict(key=flipped(key, 31, 7)),
        "nonce": dict(nonce=flipped(nonce, 23)),
        "nonce-front": dict(nonce=flipped(nonce, 0)),
        "data": dict(data=flipped(data, 49)),
        "data-cut": dict(data=data[:-1]),
        "sealed-cut": dict(sealed=sealed[:-1]),
        "sealed-short": dict(sealed=sealed[:15]),
        "sealed-nothing": dict(sealed=b""),
    }
    for name, change in spoilt.items():
        fields = {k: v for k, v in (good | change).items() if k != "message"}
        vector("aead", f"bad-{name}", f"wrong {name}", "§1.1", "not-authentic", name.split("-")[0], **fields)

    key = fixed("chunk")
    def one(index, final, message):
        return dict(key=key, index=index, final=final, message=message,
                    sealed=chunk(key, index, final, message))
    vector("chunk", "first", "the first of several chunks", "§1.1", **one(0, 0, fixed("c0", 64)))
    vector("chunk", "only", "the only chunk", "§1.1", **one(0, 1, fixed("c1", 64)))
    vector("chunk", "last", "the last of three chunks", "§1.1", **one(2, 1, fixed("c2", 7)))
    vector("chunk", "far", "a chunk beyond 2^32", "§1.1", **one((1 << 40) + 0x0102030405, 0, fixed("c3", 9)))
    vector("chunk", "empty", "a chunk of no bytes", "§1.1", **one(1, 1, b""))
    base = one(1, 0, fixed("c4", 64))
    del base["message"]
    spoilt = {
        "final": dict(final=1),
        "index": dict(index=2),
        "index-shifted": dict(index=256),
        "index-huge": dict(index=(1 << 56) + 1),
        "key": dict(key=fixed("another")),
        "tag": dict(sealed=flipped(base["sealed"], -1)),
        "ciphertext": dict(sealed=flipped(base["sealed"], 0)),
        "cut": dict(sealed=base["sealed"][:-1]),
    }
    for name, change in spoilt.items():
        vector("chunk", f"bad-{name}", f"wrong {name}", "§1.1", "not-authentic", name.split("-")[0], **base | change)
    final = one(1, 1, fixed("c4", 64))
    del final["message"]
    vector("chunk", "bad-final-missing", "a last chunk read as one of the middle", "§1.1",
           "not-authentic", "final", **final | dict(final=0))

    data, secret, nonce = b"vector", fixed("boxed"), fixed("box nonce", 24)
    box = seal(BEN.unlock, data, secret, fixed("ephemeral"), nonce)
    good = dict(recipient=BEN.private, data=data, key=secret, box=box)
    vector("box", "good", "a key sealed to a device", "§1.2",
           ephemeral=fixed("ephemeral"), nonce=nonce, public=BEN.unlock, **good)
    del good["key"]
    spoilt = {
        "recipient": dict(recipient=ASHA.private),
        "data": dict(data=b"vectos"),
        "ephemeral": dict(box=flipped(box, 3)),
        # X25519 ignores this bit; the derivation of the key does not.
        "ephemeral-top-bit": dict(box=flipped(box, 31, 7)),
        "nonce": dict(box=flipped(box, 32)),
        "ciphertext": dict(box=flipped(box, 56)),
        "tag": dict(box=flipped(box, -1)),
        "box-cut": dict(box=box[:-1]),
        "box-long": dict(box=box + b"\0"),
        "box-nothing": dict(box=b""),
    }
    for name, change in spoilt.items():
        vector("box", f"bad-{name}", f"wrong {name}", "§1.2", "not-authentic", name.split("-")[0], **good | change)
    for name, point in SMALL_ORDER.items():
        vector("box", f"bad-small-order-{name}", "the ephemeral key has small order", "§1.2",
               "bad-public-key", "ephemeral", **good | dict(box=point + box[32:]))

    text, message = "casevault 1 record\n", fixed("signed", 90)
    signature = sign(BEN, text, message)
    good = dict(seed=BEN.seed, public=BEN.key, text=text, message=message, signature=signature)
    vector("signature", "good", "a signature of a device", "§1.1", **good)
    vector("signature", "nothing", "a signature over the text alone", "§1.1",
           **good | dict(message=b"", signature=sign(BEN, text, b"")))
    order = 2**252 + 27742317777372353535851937790883648493
    shifted = int.from_bytes(signature[32:], "little") + order
    spoilt = {
        "message": dict(message=flipped(message, 40)),
        "text": dict(text="casevault 1 statement\n"),
        "text-moved": dict(text=text[:-1], message=message),
        "public": dict(public=ASHA.key),
        "public-small-order": dict(public=b"\1" + bytes(31)),
        "signature-r": dict(signature=flipped(signature, 0)),
        "signature-s": dict(signature=flipped(signature, 32)),
        "signature-s-beyond-order": dict(signature=signature[:32] + shifted.to_bytes(32, "little")),
        "signature-zero": dict(signature=bytes(64)),
        "signature-cut": dict(signature=signature[:-1]),
        "signature-long": dict(signature=signature + b"\0"),
    }
    for name, change in spoilt.items():
        fields = {k: v for k, v in (good | change).items() if k != "seed"}
        vector("signature", f"bad-{name}", f"wrong {name}", "§1.1", "not-authentic", name.split("-")[0], **fields)

    good = dict(passphrase="correct horse battery staple", salt=fixed("argon", 16), passes=1, memory=8 << 20)
    vector("passphrase", "good", "one pass over 8 MiB", "§1.1", **good,
           key=argon2id(good["passphrase"].encode(), good["salt"], 1, 8 << 20))
    odd = good | dict(passphrase="Päßword 密", passes=2, memory=(8 << 20) + 1024)
    vector("passphrase", "not-ascii", "two passes, a passphrase beyond ASCII", "§1.1", **odd,
           key=argon2id(odd["passphrase"].encode(), odd["salt"], 2, odd["memory"]))
    spoilt = {
        "passes-0": dict(passes=0),
        "passes-17": dict(passes=17),
        "passes-huge": dict(passes=2**32 - 1),
        "memory-0": dict(memory=0),
        "memory-low": dict(memory=(8 << 20) - 1024),
        "memory-high": dict(memory=(2 << 30) + 1024),
        "memory-odd": dict(memory=(8 << 20) + 1),
        "memory-huge": dict(memory=2**63 - 1),
        "salt-cut": dict(salt=good["salt"][:15]),
        "salt-long": dict(salt=good["salt"] + b"\0"),
    }
    for name, change in spoilt.items():
        vector("passphrase", f"bad-{name}", f"{name.split('-')[0]} out of bounds", "§11",
               "out-of-bounds", name.split("-")[0], **good | change)


# Points whose product with any clamped scalar is zero (RFC 7748 §6.1).
SMALL_ORDER = {
    "0": bytes(32),
    "1": b"\1" + bytes(31),
    "8a": bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    "8b": bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    "p-1": (2**255 - 20).to_bytes(32, "little"),
    "p": (2**255 - 19).to_bytes(32, "little"),
    "p+1": (2**255 - 18).to_bytes(32, "little"),
}

# --- §3 ----------------------------------------------------------------------


def descriptor_vectors():
    good = canonical({"casevault": 1, "vault": base32(VAULT)}) + b"\n"
    vector("descriptor", "good", "casevault.json", "§3", file=good, vault=VAULT)
    more = canonical({"casevault": 1, "later": [1], "vault": base32(VAULT)}) + b"\n"
    vector("descriptor", "unknown-name", "unknown names are ignored", "§1, §3", file=more, vault=VAULT)
    def bad(name, answer, wrong, file):
        vector("descriptor", f"bad-{name}", f"wrong {wrong}", "§3", answer, wrong, file=file)
    bad("no-line-feed", "not-canonical", "line feed", good[:-1])
    bad("two-line-feeds", "not-canonical", "line feed", good + b"\n")
    bad("carriage-return", "not-canonical", "line feed", good[:-1] + b"\r\n")
    bad("version-2", "later-program", "casevault", good.replace(b":1,", b":2,"))
    bad("version-text", "invalid", "casevault", good.replace(b":1,", b':"1",'))
    bad("no-version", "missing", "casevault", canonical({"vault": base32(VAULT)}) + b"\n")
    bad("no-vault", "missing", "vault", b'{"casevault":1}\n')
    bad("vault-short", "invalid", "vault", good.replace(base32(VAULT).encode(), base32(VAULT[:31]).encode()))
    bad("vault-upper-case", "invalid", "vault", good.replace(base32(VAULT).encode(), base32(VAULT).upper().encode()))
    bad("array", "not-canonical", "object", b"[1]\n")
    bad("empty", "not-canonical", "object", b"")


# --- §4 records --------------------------------------------------------------


def padme(length):
    if length <= 4096:
        return 4096
    e = length.bit_length() - 1
    z = e - e.bit_length()
    return (length + (1 << z) - 1) >> z << z


def sizes(length):
    padded = padme(length)
    chunks = -(-padded // 65536)
    pieces = -(-32 * chunks // 65536)
    return padded, chunks, pieces, 4096 + padded + 48 * chunks + 16 * pieces


def content(length):
    """What the records of the vectors hold: byte i is i mod 251."""
    return (bytes(range(251)) * (length // 251 + 1))[:length]


def slots(data):
    """The 32·C bytes and how many of their slots hold content."""
    chunks = sizes(len(data))[1]
    hashes = [digest("cv1.chunk", data[at : at + 65536]) for at in range(0, len(data), 65536)]
    return b"".join(hashes) + bytes(32 * (chunks - len(hashes))), len(hashes)


def root(data):
    listed, filled = slots(data)
    return digest("cv1.root", u64(len(data)) + listed[: 32 * filled])


# What `manifest` leaves out; None is JSON's null.
ABSENT = object()
RANDOM = fixed("record random", 16)
RECORD = digest("cv1.record", BEN.key + RANDOM)


def manifest(data, **changes):
    members = {
        "author": base32(BEN.member),
        "details": {"channel": "in-person"},
        "device": base32(BEN.id),
        "kind": "note",
        "length": len(data),
        "media_type": "text/plain",
        "parents": [],
        "random": base32(RANDOM),
        "recorded": TIME,
        "root": base32(root(data)),
        "roster": base32(HEAD),
        "title": "First meeting – naïve",
        "worked": "2026-11-22",
    }
    if changes.get("parents"):
        members["seen"] = base32(digest("cv1.seen", fixed("the parents' signatures", 64)))
    members |= changes
    return {name: value for name, value in members.items() if value is not ABSENT}


def record(data, *, header=None, commitment=None, json_=None, members=None, signer=BEN, n=None,
           tail=b"", listed=None, padding=None, spoil=None):
    """A record's file; every keyword but `data` makes one thing wrong."""
    header = header or preamble(1) + VAULT + CASE + GENERATION + RECORD + fixed("salt")
    key = kdf(CASE_KEY, "cv1.record.key", header)
    header += commitment or kdf(key, "cv1.record.com")
    text = json_ or canonical(manifest(data, **(members or {})))
    signature = sign(signer, "casevault 1 record\n", VAULT + CASE + RECORD + text)
    plaintext = (u32(len(text) if n is None else n) + signature + text).ljust(3872 - len(tail), b"\0") + tail
    sealed = aead(kdf(key, "cv1.manifest"), bytes(24), header, plaintext)
    content_key = kdf(key, "cv1.content")
    padded = data + (padding or bytes(sizes(len(data))[0] - len(data)))
    chunks = stream(kdf(content_key, "cv1.chunks"), padded)
    hashes = stream(kdf(content_key, "cv1.hashes"), listed or slots(data)[0])
    if spoil == "manifest":
        sealed = flipped(sealed, -1)
    if spoil == "chunk":
        chunks = flipped(chunks, 17)
    if spoil == "hashes":
        hashes = flipped(hashes, 5)
    return header + sealed + chunks + hashes


def record_vectors():
    given = dict(case_key=CASE_KEY, vault=VAULT, case=CASE, record=RECORD, generation=GENERATION,
                 signer=BEN.key)
    for length in (0, 1, 5000):
        data = content(length)
        vector("record", f"{length}-bytes", f"{length:,} bytes of content", "§4", **given,
               length=length, root=root(data), manifest=canonical(manifest(data)), file=record(data))
    for length in (65536, 65537, 70000, (4 << 20) + 1):
        data = content(length)
        file = record(data)
        vector("record", f"{length}-bytes", f"{length:,} bytes of content, by the BLAKE2b-256 of the file",
               "§4", **given, length=length, salt=fixed("salt"), root=root(data), random=RANDOM,
               manifest=canonical(manifest(data)), seed=BEN.seed,
               blake2b=hashlib.blake2b(file, digest_size=32).digest(), size=len(file))

    data = content(1)
    header = preamble(1) + VAULT + CASE + GENERATION + RECORD + fixed("salt")
    other = fixed("something else")
    def bad(name, answer, wrong, about, file):
        vector("record", f"bad-{name}", about, "§4.8", answer, wrong, **given, length=len(data), file=file)
    for name, at in (("vault", 16), ("case", 48), ("generation", 80), ("record", 112)):
        bad(name, "mismatch", name, f"the header names another {name}",
            record(data, header=put(header, at, other)))
    bad("commitment", "not-authentic", "commitment", "a commitment of another key",
        record(data, commitment=other))
    whole = record(data)
    bad("salt", "not-authentic", "commitment", "one bit of the salt", flipped(whole, 150))
    bad("magic", "not-casevault", "magic", "another magic", flipped(whole, 0))
    bad("version", "later-program", "version", "version 2", put(whole, 8, b"\2"))
    bad("suite", "later-program", "suite", "suite 2", put(whole, 9, b"\2"))
    bad("type-later", "later-program", "type", "type 200", put(whole, 10, b"\xc8"))
    bad("type-other", "wrong-type", "type", "the type of a grant", put(whole, 10, b"\5"))
    bad("zero", "not-zero", "zero", "the zero byte of the preamble", put(whole, 11, b"\1"))
    bad("number", "not-zero", "number", "the preamble's number", put(whole, 12, b"\1"))
    bad("manifest-tag", "not-authentic", "manifest", "the manifest's tag", record(data, spoil="manifest"))
    bad("manifest-length", "invalid", "n", "n of 3,805", record(data, n=3805))
    bad("manifest-length-huge", "invalid", "n", "n of 2^32 - 1", record(data, n=2**32 - 1))
    bad("manifest-padding", "not-zero", "padding", "the manifest's last byte", record(data, tail=b"\1"))
    text = canonical(manifest(data))
    bad("manifest-json", "not-canonical", "JSON", "a space in the JSON",
        record(data, json_=text.replace(b":", b": ", 1)))
    bad("manifest-cut", "not-canonical", "JSON", "n one too small", record(data, json_=text[:-1], tail=b""))
    bad("random", "mismatch", "record", "the record's id is not made of this random value",
        record(data, members=dict(random=base32(other[:16]))))
    bad("signature", "not-authentic", "signature", "signed by another device", record(data, signer=OUTSIDER))
    bad("size-long", "trailing", "size", "a byte behind the file", whole + b"\0")
    bad("size-cut", "truncated", "size", "the last byte is missing", whole[:-1])
    bad("length", "truncated", "size", "a length of another size", record(data, members=dict(length=5000)))
    bad("hashes-tag", "not-authentic", "hashes", "the hash list's tag", record(data, spoil="hashes"))
    bad("hash", "mismatch", "root", "a hash that the root does not cover", record(data, listed=other))
    bad("root", "mismatch", "root", "a root of other content", record(data, members=dict(root=base32(other))))
    bad("chunk-tag", "not-authentic", "chunk", "a chunk's tag", record(data, spoil="chunk"))
    fake = digest("cv1.root", u64(1) + other)
    bad("chunk-hash", "mismatch", "chunk", "a chunk that the signed hash does not name",
        record(data, listed=other, members=dict(root=base32(fake))))
    bad("content-padding", "not-zero", "padding", "the last byte of the padding",
        record(data, padding=bytes(4094) + b"\1"))

    # The manifest's plaintext, before its JSON is read.
    text = canonical(manifest(data))
    signature = sign(BEN, "casevault 1 record\n", VAULT + CASE + RECORD + text)
    def plain(name, about, plaintext, answer="ok", wrong=None, **fields):
        vector("manifest-plaintext", name, about, "§4.2", answer, wrong, plaintext=plaintext, **fields)
    whole = (u32(len(text)) + signature + text).ljust(3872, b"\0")
    longest = canonical(manifest(data, zebra="z" * (3804 - len(text) - len(',"zebra":""'))))
    plain("good", "a note's", whole, json=text)
    plain("full", "3,804 bytes of JSON", u32(3804) + signature + longest, json=longest)
    plain("bad-n", "n of 3,805", put(whole, 0, u32(3805)), "invalid", "n")
    plain("bad-n-huge", "n of 2^32 - 1", put(whole, 0, u32(2**32 - 1)), "invalid", "n")
    plain("bad-padding", "the last byte", whole[:-1] + b"\1", "not-zero", "padding")
    plain("bad-padding-first", "the first byte of the padding", put(whole, 68 + len(text), b"\1"), "not-zero", "padding")
    plain("bad-long", "3,873 bytes", whole + b"\0", "invalid", "size")
    plain("bad-cut", "3,871 bytes", whole[:-1], "invalid", "size")
    plain("bad-empty", "no bytes", b"", "invalid", "size")

    # The hash list of a record whose last chunk is all padding.
    data = content((4 << 20) + 1)
    key, (listed, filled) = fixed("content key"), slots(data)
    def hash_list(name, listed, answer="ok", wrong=None, about="", length=len(data), sealed=None):
        vector("hash-list", name, about, "§4.4", answer, wrong, content_key=key, length=length,
               root=root(data), sealed=sealed or stream(kdf(key, "cv1.hashes"), listed))
    hash_list("good", listed, about="65 slots of content and one of padding")
    hash_list("bad-padding-slot", put(listed, 32 * filled, b"\1"), "not-zero", "slot", "a slot of padding is not zero")
    hash_list("bad-slot", flipped(listed, 0), "mismatch", "root", "the first hash is another one")
    hash_list("bad-order", listed[32:64] + listed[:32] + listed[64:], "mismatch", "root", "two hashes changed places")
    hash_list("bad-length", listed, "mismatch", "root", "content longer by a byte", length=len(data) + 1)
    hash_list("bad-tag", listed, "not-authentic", "hashes", "the tag", sealed=flipped(stream(kdf(key, "cv1.hashes"), listed), -1))
    hash_list("bad-final", listed, "not-authentic", "hashes", "sealed as if more were to follow",
              sealed=chunk(kdf(key, "cv1.hashes"), 0, 0, listed))


def manifest_vectors():
    """The manifest's JSON alone: every bound of its table."""
    data = content(1)
    ids = [base32(id_) for id_ in sorted(fixed(f"id {i}") for i in range(17))]
    def good(name, about, **changes):
        vector("manifest", name, about, "§4.2", json=canonical(manifest(data, **changes)))
    good("good", "a note")
    good("no-details", "without details", details=ABSENT)
    good("sixteen-parents", "sixteen parents", parents=ids[:16])
    good("replaces", "replaces a record", replaces=ids[:1])
    good("longest-title", "a title of 255 bytes", title="é" * 127 + "x")
    good("empty-title", "an empty title", title="")
    good("longest-kind", "a kind of 32 characters", kind="a-9" + "z" * 29)
    good("longest-media-type", "a media type of 127 bytes", media_type="a/" + "b" * 125)
    good("greatest-length", "a length of 64 GiB", length=2**36)
    good("longest-details", "details of 1,536 bytes", details={"a": "x" * (1536 - 8)})
    good("unknown-name", "unknown names are kept", zebra={"a": [1]})
    room = 3804 - len(canonical(manifest(data, zebra="")))
    good("longest", "3,804 bytes", zebra="z" * room)
    vector("manifest", "bad-long", "3,805 bytes", "§4.2", "invalid", "manifest",
           json=canonical(manifest(data, zebra="z" * (room + 1))))
    def bad(name, wrong, about, answer="invalid", **changes):
        vector("manifest", f"bad-{name}", about, "§4.2", answer, wrong, json=canonical(manifest(data, **changes)))
    for name in "author device kind length media_type parents random recorded root roster title worked".split():
        bad(f"no-{name.replace('_', '-')}", name, f"without {name}", "missing", **{name: ABSENT})
        bad(f"{name.replace('_', '-')}-null", name, f"{name} is an object", **{name: {}})
    bad("author-long", "author", "17 bytes", author=base32(bytes(17)))
    bad("device-short", "device", "31 bytes", device=base32(bytes(31)))
    bad("kind-empty", "kind", "no characters", kind="")
    bad("kind-long", "kind", "33 characters", kind="k" * 33)
    bad("kind-upper-case", "kind", "an upper-case letter", kind="Note")
    bad("kind-underscore", "kind", "an underscore", kind="a_b")
    bad("length-negative", "length", "-1", length=-1)
    bad("length-great", "length", "2^36 + 1", length=2**36 + 1)
    bad("media-type-long", "media_type", "128 bytes", media_type="a/" + "b" * 126)
    bad("media-type-parameter", "media_type", "a parameter", media_type="text/plain;charset=utf-8")
    bad("media-type-no-subtype", "media_type", "no subtype", media_type="text")
    bad("media-type-empty-subtype", "media_type", "an empty subtype", media_type="text/")
    bad("media-type-empty-type", "media_type", "an empty type", media_type="/plain")
    bad("media-type-three", "media_type", "two slashes", media_type="a/b/c")
    bad("media-type-empty", "media_type", "nothing", media_type="")
    bad("media-type-control", "media_type", "a line feed", media_type="a/b\n")
    bad("parents-17", "parents", "17 parents", parents=ids)
    bad("parents-descending", "parents", "out of order", parents=[ids[1], ids[0]])
    bad("parents-twice", "parents", "one of them twice", parents=[ids[0], ids[0]])
    bad("parents-text-order", "parents", "ascending as base32, not as bytes", parents=sorted(ids)[:16])
    bad("parents-number", "parents", "a number", parents=[1])
    bad("parents-in-objects", "parents", "objects", parents=[{"id": ids[0]}])
    bad("seen-absent", "seen", "parents without seen", parents=ids[:1], seen=ABSENT)
    bad("seen-without-parents", "seen", "seen without parents", seen=ids[0])
    bad("seen-short", "seen", "31 bytes", parents=ids[:1], seen=base32(bytes(31)))
    for name in ("details", "replaces", "seen"):
        bad(f"{name}-null", name, f"{name} is null, not absent", **{name: None})
    bad("random-short", "random", "15 bytes", random=base32(bytes(15)))
    bad("recorded-fraction", "recorded", "a fraction of a second", recorded="2026-11-22T13:44:59.5Z")
    bad("replaces-empty", "replaces", "none", replaces=[])
    bad("replaces-17", "replaces", "17 records", replaces=ids)
    bad("replaces-descending", "replaces", "out of order", replaces=[ids[1], ids[0]])
    bad("title-long", "title", "256 bytes", title="é" * 128)
    bad("title-line-feed", "title", "a line feed", title="a\nb")
    bad("title-escape", "title", "U+001B", title="a\x1b[31m")
    bad("title-c1", "title", "U+009B, a control character", title="a\x9b31m")
    bad("title-delete", "title", "U+007F, a control character", title="\x7f")
    bad("worked-no-day", "worked", "no such day", worked="2026-02-30")
    bad("details-long", "details", "1,537 bytes", details={"a": "x" * (1537 - 8)})
    bad("details-array", "details", "an array", details=[1])


def padme_vectors():
    lengths = [0, 1, 4095, 4096, 4097, 4352, 4353, 5000, 8191, 8192, 8193, 9000, 65535, 65536, 65537,
               70000, 100000, 131073, 1 << 20, (1 << 20) + 1, (4 << 20) + 1, 123456789, 2 << 30,
               (2 << 30) + 1, (1 << 36) - 1, 1 << 36]
    for length in lengths:
        padded, chunks, pieces, size = sizes(length)
        vector("padme", str(length), f"a record of {length:,} bytes", "§4.3, §4.5", length=length,
               padded=padded, chunks=chunks, pieces=pieces, size=size)
    for name, length in (("negative", -1), ("great", (1 << 36) + 1), ("huge", 2**63 - 1)):
        vector("padme", f"bad-{name}", f"a length of {length}", "§4.2", "invalid", "length", length=length)


# --- §5 to §7: statements ----------------------------------------------------

UNLOCK = {"n": 0, "unlock": base32(BEN.unlock)}


def statement_vectors():
    def good(name, about, file, section="§5.1", **fields):
        vector("statement", name, about, section, file=file, id=digest("cv1.statement", file), **fields)
    whole = statement(32, UNLOCK, BEN, VAULT, HEAD)
    body = canonical(UNLOCK)
    good("good", "the first unlock key of a device", whole, kind=32, sealed=0, vault=VAULT, head=HEAD,
         device=BEN.id, body=body, signer=BEN.key)
    good("empty-object", "a body without members", statement(32, {}, BEN, VAULT, HEAD), kind=32, sealed=0,
         vault=VAULT, head=HEAD, device=BEN.id, body=b"{}", signer=BEN.key)
    good("later-kind", "a kind of a later program can be taken apart", statement(4242, UNLOCK, BEN, VAULT, HEAD),
         kind=4242, sealed=0, vault=VAULT, head=HEAD, device=BEN.id, body=body, signer=BEN.key)
    file = sealed_statement()
    good("sealed", "a sealed statement, two boxes", file, "§5.3", kind=96, sealed=1, vault=VAULT, head=HEAD,
         device=BEN.id, body=file[116:-64], signer=BEN.key)
    def bad(name, answer, wrong, about, file, signer=BEN.key):
        vector("statement", f"bad-{name}", about, "§5.1", answer, wrong, file=file, signer=signer)
    bad("magic", "not-casevault", "magic", "another magic", flipped(whole, 7))
    bad("version", "later-program", "version", "version 2", put(whole, 8, b"\2"))
    bad("suite", "later-program", "suite", "suite 0", put(whole, 9, b"\0"))
    bad("type-later", "later-program", "type", "type 255", put(whole, 10, b"\xff"))
    bad("type-zero", "later-program", "type", "type 0", put(whole, 10, b"\0"))
    bad("type-other", "wrong-type", "type", "the type of a record", put(whole, 10, b"\1"))
    bad("zero", "not-zero", "zero", "the zero byte of the preamble", put(whole, 11, b"\x80"))
    bad("trailing", "trailing", "end", "a byte behind the signature", whole + b"\0")
    bad("cut", "truncated", "end", "the last byte is missing", whole[:-1])
    bad("header-cut", "truncated", "end", "nothing behind the device", whole[:112])
    bad("empty", "truncated", "end", "nothing", b"")
    bad("n-long", "truncated", "n", "n one too great", put(whole, 112, u32(len(body) + 1)))
    bad("n-short", "trailing", "n", "n one too small", put(whole, 112, u32(len(body) - 1)))
    bad("n-huge", "truncated", "n", "n of 2^32 - 1", put(whole, 112, u32(2**32 - 1)))
    bad("array", "not-canonical", "body", "a body that is an array", statement(32, b"[]", BEN, VAULT, HEAD))
    bad("no-json", "not-canonical", "body", "no body", statement(32, b"", BEN, VAULT, HEAD))
    bad("space", "not-canonical", "body", "a space in the body", statement(32, b'{"n": 0}', BEN, VAULT, HEAD))
    bad("signature", "not-authentic", "signature", "one bit of the signature", flipped(whole, -1, 3))
    bad("other-signer", "not-authentic", "signature", "signed by another device", statement(32, UNLOCK, BEN, VAULT, HEAD, by=OUTSIDER))
    bad("kind", "not-authentic", "kind", "another kind than was signed", put(whole, 12, u32(33)))
    bad("type-sealed", "not-authentic", "type", "another type than was signed", put(whole, 10, b"\3"))
    bad("vault", "not-authentic", "vault", "another vault than was signed", flipped(whole, 16))
    bad("body", "not-authentic", "body", "another body than was signed", whole.replace(b'"n":0', b'"n":1'))

    # The inside of a sealed statement.
    def inside(name, file, answer="ok", wrong=None, about="", recipient=BEN.private):
        fields = dict(recipient=recipient, file=file)
        if answer == "ok":
            fields["json"] = canonical(ENQUIRY)
        vector("sealed-statement", name, about, "§5.3", answer, wrong, **fields)
    inside("good", file, about="opened by its second recipient")
    inside("first-recipient", file, about="opened by its first recipient", recipient=ASHA.private)
    inside("no-boxes-of-mine", file, "not-authentic", "boxes", "a reader without a box", OUTSIDER.private)
    inside("bad-commitment", sealed_statement(commitment=ZERO), "not-authentic", "commitment", "a commitment of another key")
    inside("bad-tag", flipped(file, -65), "not-authentic", "tag", "the tag")
    inside("bad-boxes", put(file, 116, u32(1025)), "invalid", "b", "1,025 boxes")
    inside("bad-boxes-huge", put(file, 116, u32(2**32 - 1)), "invalid", "b", "2^32 - 1 boxes")
    inside("bad-padding", sealed_statement(tail=b"\1"), "not-zero", "padding", "padding that is not zero")
    inside("bad-n", sealed_statement(n=2**32 - 1), "invalid", "n", "n beyond the plaintext")


ENQUIRY = {"case": base32(CASE), "roles": ["manager"]}


def sealed_statement(commitment=None, tail=b"", n=None):
    key, text = fixed("statement key"), canonical(ENQUIRY)
    header = preamble(3, 96) + VAULT + HEAD + BEN.id
    committed = commitment or kdf(key, "cv1.sealed.com", header)
    boxes = b"".join(
        seal(device.unlock, header, key, fixed(f"e{i}"), fixed(f"n{i}", 24))
        for i, device in enumerate((ASHA, BEN)))
    plaintext = zero_padded(u32(len(text) if n is None else n) + text, 256)
    plaintext = plaintext[: len(plaintext) - len(tail)] + tail
    nonce = fixed("statement nonce", 24)
    sealed = aead(kdf(key, "cv1.sealed"), nonce, header + committed, plaintext)
    return statement(96, u32(2) + committed + boxes + nonce + sealed, BEN, VAULT, HEAD, type_=3)


def without(members, *path):
    """A deep copy without the member at `path`."""
    return changed(members, path, None)


def changed(members, path, value):
    copy = json.loads(json.dumps(members))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copy


def roster_vectors():
    """Statements whose signatures hold; the bodies are what is good or bad."""
    vector("roster", "found", "the first entry of a roster", "§6.2", file=ROSTER, kind=1, id=VAULT,
           signer=ASHA.key, service=FOUND["service"], member=base32(ASHA.member), sign=ASHA.key,
           unlock=ASHA.unlock, auditor=public(fixed("auditor")), managers=public(fixed("managers")))
    admit = {
        "member": {"id": base32(BEN.member), "name": "Ben O’Brien", "role": "adviser"},
        "device": BEN.keys(),
        "parents": [base32(VAULT)],
        "chains": {base32(ASHA.id): base32(fixed("chain"))},
        "epoch": base32(EPOCH),
        "tombstones": [],
        "time": TIME,
    }
    def entry(kind, body):
        return statement(kind, body, ASHA, ZERO if kind == 1 else VAULT, ZERO if kind == 1 else HEAD)
    def good(name, about, kind, body, **fields):
        file = entry(kind, body)
        vector("roster", name, about, "§6.2", file=file, kind=kind, id=digest("cv1.statement", file),
               signer=ASHA.key, **fields)
    good("admit", "an adviser is admitted", 2, admit, member=base32(BEN.member), sign=BEN.key, unlock=BEN.unlock)
    kinds = {"kinds": [{"kind": 49, "must": True, "since": "0.2"}], "parents": [base32(VAULT)], "time": TIME}
    good("kinds", "a kind of statement comes into use", 3, kinds)
    good("unknown-name", "unknown names are ignored", 2, admit | {"zebra": 1},
         member=base32(BEN.member), sign=BEN.key, unlock=BEN.unlock)
    def bad(name, answer, wrong, about, kind, body):
        vector("roster", f"bad-{name}", about, "§6.2", answer, wrong, file=entry(kind, body), kind=kind, signer=ASHA.key)
    for name in FOUND:
        bad(f"found-no-{name}", "missing", name, f"without {name}", 1, without(FOUND, name))
    for name in ("id", "name", "role"):
        bad(f"member-no-{name}", "invalid", "member", f"without the member's {name}", 1, without(FOUND, "member", name))
    bad("member-name-long", "invalid", "member", "a name of 256 bytes", 1, changed(FOUND, ("member", "name"), "n" * 256))
    bad("member-name-control", "invalid", "member", "a control character", 1, changed(FOUND, ("member", "name"), "A\u0007"))
    bad("member-role", "invalid", "member", "an unknown role", 1, changed(FOUND, ("member", "role"), "owner"))
    bad("member-id-short", "invalid", "member", "an id of 15 bytes", 1, changed(FOUND, ("member", "id"), base32(bytes(15))))
    for name in ("sign", "unlock"):
        bad(f"device-no-{name}", "invalid", "device", f"without the key {name}", 1, without(FOUND, "device", name))
    for name in FOUND["policy"]:
        bad(f"policy-no-{name.replace('_', '-')}", "invalid", "policy", f"without {name}", 1, without(FOUND, "policy", name))
    for name, day in (("leap-day", "02-29"), ("no-day", "02-30"), ("month", "13-01"), ("short", "8-1")):
        bad(f"policy-year-{name}", "invalid", "policy", f"a year that starts on {day}", 1,
            changed(FOUND, ("policy", "academic_year_starts"), day))
    bad("policy-keep-negative", "invalid", "policy", "-1 years", 1, changed(FOUND, ("policy", "keep_years"), -1))
    bad("kinds-negative", "invalid", "kinds", "kind -1", 1, FOUND | {"kinds": [{"kind": -1, "must": True, "since": "1"}]})
    bad("kinds-great", "invalid", "kinds", "kind 2^32", 1, FOUND | {"kinds": [{"kind": 2**32, "must": True, "since": "1"}]})
    bad("kinds-no-must", "invalid", "kinds", "without must", 1, FOUND | {"kinds": [{"kind": 1, "since": "1"}]})
    bad("kinds-must-number", "invalid", "kinds", "must is a number", 1, FOUND | {"kinds": [{"kind": 1, "must": 1, "since": "1"}]})
    bad("time-text", "invalid", "time", "no time", 1, FOUND | {"time": "yesterday"})
    for name in admit:
        bad(f"admit-no-{name}", "missing", name, f"without {name}", 2, without(admit, name))
    bad("parents-empty", "invalid", "parents", "no parents", 2, admit | {"parents": []})
    ids = [base32(id_) for id_ in sorted(fixed(f"id {i}") for i in range(17))]
    bad("parents-17", "invalid", "parents", "17 parents", 2, admit | {"parents": ids})
    bad("parents-twice", "invalid", "parents", "one of them twice", 2, admit | {"parents": ids[:1] * 2})
    bad("parents-descending", "invalid", "parents", "out of order", 2, admit | {"parents": ids[1::-1]})
    good("tombstones", "an admitter who saw two tombstones", 2, admit | {"tombstones": ids[:2]},
         member=base32(BEN.member), sign=BEN.key, unlock=BEN.unlock)
    bad("tombstones-hash", "invalid", "tombstones", "one id", 2, admit | {"tombstones": ids[0]})
    bad("tombstones-twice", "invalid", "tombstones", "one of them twice", 2, admit | {"tombstones": ids[:1] * 2})
    bad("tombstones-text-order", "invalid", "tombstones", "ascending as base32, not as bytes", 2,
        admit | {"tombstones": sorted(ids)})
    bad("chains-name", "invalid", "chains", "a name that is no device", 2, admit | {"chains": {"a": ids[0]}})
    bad("chains-value", "invalid", "chains", "a chain that is no statement", 2, admit | {"chains": {ids[0]: 1}})
    bad("kinds-no-parents", "missing", "parents", "without parents", 3, without(kinds, "parents"))
    bad("kinds-no-time", "missing", "time", "without time", 3, without(kinds, "time"))
    bad("kinds-no-kinds", "missing", "kinds", "without kinds", 3, without(kinds, "kinds"))
    bad("later-kind", "later-program", "kind", "a kind of a later program", 5, kinds)
    good("admit-again", "a member who lost all devices comes back", 2, admit | {"earlier": base32(ASHA.member)},
         member=base32(BEN.member), sign=BEN.key, unlock=BEN.unlock)
    bad("admit-earlier", "invalid", "earlier", "15 bytes", 2, admit | {"earlier": base32(bytes(15))})
    bad("admit-request", "invalid", "request", "a number", 2, admit | {"request": 1})
    further = without(admit, "member") | {"member": base32(ASHA.member), "request": base32(fixed("request"))}
    good("device", "a further device of a member", 4, further, member=base32(ASHA.member), sign=BEN.key, unlock=BEN.unlock)
    for name in further:
        bad(f"device-no-{name}-name", "missing", name, f"without {name}", 4, without(further, name))
    bad("device-member", "invalid", "member", "an object", 4, further | {"member": admit["member"]})
    bad("device-parents-empty", "invalid", "parents", "no parents", 4, further | {"parents": []})
    second = {"entry": base32(fixed("entry")), "parents": [base32(VAULT)], "time": TIME}
    good("countersignature", "an admission is signed a second time", 8, second, entry=fixed("entry"))
    for name in second:
        bad(f"countersignature-no-{name}", "missing", name, f"without {name}", 8, without(second, name))
    bad("countersignature-entry", "invalid", "entry", "31 bytes", 8, second | {"entry": base32(bytes(31))})
    bad("countersignature-parents-empty", "invalid", "parents", "no parents", 8, second | {"parents": []})


def request_vectors():
    request = {"name": "Ben O’Brien", "time": TIME} | BEN.keys()
    vector("request", "good", "a device asks to join", "§5.4", json=canonical(request), name=request["name"],
           sign=BEN.key, unlock=BEN.unlock)
    def bad(name, answer, wrong, about, body):
        vector("request", f"bad-{name}", about, "§5.4", answer, wrong, json=canonical(body))
    for name in request:
        bad(f"no-{name}", "missing", name, f"without {name}", without(request, name))
    bad("name-empty", "invalid", "name", "no name", request | {"name": ""})
    bad("name-long", "invalid", "name", "a name of 256 bytes", request | {"name": "n" * 256})
    bad("name-control", "invalid", "name", "a control character", request | {"name": "A\u0007"})
    bad("sign-short", "invalid", "sign", "31 bytes", request | {"sign": base32(bytes(31))})
    bad("unlock-long", "invalid", "unlock", "33 bytes", request | {"unlock": base32(bytes(33))})
    bad("time-text", "invalid", "time", "no time", request | {"time": "yesterday"})


def epoch_vectors():
    vector("epoch", "good", "the document of the first epoch", "§7.1", file=DOCUMENT, id=EPOCH, signer=ASHA.key,
           vault=VAULT, master=MASTER, commitment=kdf(MASTER, "cv1.master.com", VAULT),
           intake_public=public(INTAKE), intake=INTAKE)
    def bad(name, answer, wrong, about, body):
        vector("epoch", f"bad-{name}", about, "§7.1", answer, wrong, vault=VAULT, master=MASTER,
               signer=ASHA.key, file=statement(48, body, ASHA, VAULT, HEAD))
    for name in EPOCH_BODY:
        bad(f"no-{name}", "missing", name, f"without {name}", without(EPOCH_BODY, name))
    for name in ("public", "private"):
        bad(f"intake-no-{name}", "missing", name, f"without the {name} half", without(EPOCH_BODY, "intake", name))
    bad("intake-text", "invalid", "intake", "a text", EPOCH_BODY | {"intake": "a"})
    private = base64.b32decode(EPOCH_BODY["intake"]["private"].upper() + "====")
    bad("private-71", "invalid", "private", "71 bytes", changed(EPOCH_BODY, ("intake", "private"), base32(private[:-1])))
    bad("private-73", "invalid", "private", "73 bytes", changed(EPOCH_BODY, ("intake", "private"), base32(private + b"\0")))
    bad("private-tag", "not-authentic", "private", "the tag", changed(EPOCH_BODY, ("intake", "private"), base32(flipped(private, -1))))
    bad("public-other", "not-authentic", "public", "the public half of another pair",
        changed(EPOCH_BODY, ("intake", "public"), base32(BEN.unlock)))
    bad("commitment-other", "not-authentic", "commitment", "a commitment of another key",
        EPOCH_BODY | {"commitment": base32(fixed("something else"))})
    ids = [base32(id_) for id_ in sorted(fixed(f"id {i}") for i in range(2))]
    bad("parents-descending", "invalid", "parents", "out of order", EPOCH_BODY | {"parents": ids[::-1]})
    bad("time-number", "invalid", "time", "a number", EPOCH_BODY | {"time": 1})


def unlock_vectors():
    previous = base32(fixed("previous"))
    def good(name, about, body, **fields):
        vector("unlock-key", name, about, "§6.3", json=canonical(body), unlock=BEN.unlock, **fields)
    good("first", "number 0", UNLOCK, n=0)
    good("second", "number 1", UNLOCK | {"n": 1, "previous": previous}, n=1, previous=fixed("previous"))
    def bad(name, answer, wrong, about, body):
        vector("unlock-key", f"bad-{name}", about, "§6.3", answer, wrong, json=canonical(body))
    bad("no-n", "missing", "n", "without n", without(UNLOCK, "n"))
    bad("no-unlock", "missing", "unlock", "without unlock", without(UNLOCK, "unlock"))
    bad("n-negative", "invalid", "n", "-1", UNLOCK | {"n": -1})
    bad("n-text", "invalid", "n", "a text", UNLOCK | {"n": "0"})
    bad("previous-of-first", "invalid", "previous", "number 0 with a previous one", UNLOCK | {"previous": previous})
    bad("no-previous", "invalid", "previous", "number 1 without a previous one", UNLOCK | {"n": 1})
    bad("previous-short", "invalid", "previous", "31 bytes", UNLOCK | {"n": 1, "previous": base32(bytes(31))})
    bad("unlock-long", "invalid", "unlock", "33 bytes", UNLOCK | {"unlock": base32(bytes(33))})


# --- §7.2 and §8 -------------------------------------------------------------


def wrap(number):
    """The wrap of one case key of several."""
    key = CASE_KEY if number == 0 else fixed(f"case key {number}")
    generation = kdf(key, "cv1.case.com", VAULT)
    case = digest("cv1.case", generation)
    nonce = fixed(f"wrap nonce {number}", 24)
    data = b"casevault 1 wrap\n" + VAULT + EPOCH + case + generation
    return case + generation + nonce + aead(kdf(MASTER, "cv1.wrap", EPOCH), nonce, data, key)


def signed_segment(text, signed, by=BEN):
    return signed + sign(by, text, signed)


def key_segment(replaced, wraps, w=None, r=None, zero=0):
    signed = preamble(4, len(wraps) if w is None else w) + VAULT + EPOCH + HEAD + BEN.id
    signed += u32(len(replaced) if r is None else r) + u32(zero) + b"".join(replaced) + b"".join(wraps)
    return signed_segment("casevault 1 keys\n", signed)


def key_segment_vectors():
    wraps = sorted(wrap(number) for number in range(3))
    replaced = sorted(fixed(f"replaced {i}") for i in range(2))
    def good(name, about, file, w, r):
        vector("key-segment", name, about, "§7.2", file=file, id=digest("cv1.segment", file), signer=BEN.key,
               vault=VAULT, epoch=EPOCH, head=HEAD, device=BEN.id, w=w, r=r, master=MASTER)
    good("good", "three wraps, two segments replaced", key_segment(replaced, wraps), 3, 2)
    good("one", "one wrap", key_segment([], wraps[:1]), 1, 0)
    whole = key_segment(replaced, wraps)
    def bad(name, answer, wrong, about, file):
        vector("key-segment", f"bad-{name}", about, "§7.2", answer, wrong, file=file, signer=BEN.key, master=MASTER)
    bad("wraps-descending", "invalid", "order", "wraps out of order", key_segment(replaced, wraps[::-1]))
    bad("wrap-twice", "invalid", "order", "a wrap twice", key_segment(replaced, wraps[:1] * 2))
    bad("replaced-descending", "invalid", "replaced", "segments out of order", key_segment(replaced[::-1], wraps))
    bad("replaced-twice", "invalid", "replaced", "a segment twice", key_segment(replaced[:1] * 2, wraps))
    bad("w-0", "invalid", "w", "no wraps", key_segment([], []))
    bad("w-great", "invalid", "w", "2^20 + 1 wraps", key_segment([], wraps, w=2**20 + 1))
    bad("w-huge", "invalid", "w", "2^32 - 1 wraps", key_segment([], wraps, w=2**32 - 1))
    bad("w-most", "truncated", "w", "2^20 wraps that are not there", key_segment([], wraps, w=2**20))
    bad("w-more", "truncated", "w", "one wrap more than there is", key_segment([], wraps, w=4))
    bad("w-fewer", "trailing", "w", "one wrap fewer than there is", key_segment([], wraps, w=2))
    bad("r-great", "invalid", "r", "4,097 replaced segments", key_segment([], wraps, r=4097))
    bad("r-huge", "invalid", "r", "2^32 - 1 replaced segments", key_segment([], wraps, r=2**32 - 1))
    bad("r-most", "truncated", "r", "4,096 replaced segments that are not there", key_segment([], wraps[:1], r=4096))
    bad("zero", "not-zero", "zero", "the zero field", key_segment(replaced, wraps, zero=1))
    bad("trailing", "trailing", "end", "a byte behind the signature", whole + b"\0")
    bad("cut", "truncated", "end", "the last byte is missing", whole[:-1])
    bad("type", "wrong-type", "type", "the type of an index segment", put(whole, 10, b"\6"))
    bad("signature", "not-authentic", "signature", "one bit of the signature", flipped(whole, -30))
    signed = key_segment(replaced, wraps)[:-64]
    bad("signature-text", "not-authentic", "signature", "signed as an index segment", signed_segment("casevault 1 rows\n", signed))
    spoilt = wraps[:]
    spoilt[1] = flipped(spoilt[1], 100)
    bad("wrap-tag", "not-authentic", "wrap", "the ciphertext of the second wrap", key_segment([], spoilt))
    nonce, other = fixed("wrap nonce 9", 24), fixed("another case key")
    front = wraps[0][:64]
    false = front + nonce + aead(kdf(MASTER, "cv1.wrap", EPOCH), nonce,
                                 b"casevault 1 wrap\n" + VAULT + EPOCH + front, other)
    bad("wrap-generation", "not-authentic", "generation", "a wrap whose key is not its generation's", key_segment([], [false]))
    case = fixed("another case")
    front = case + GENERATION
    false = front + nonce + aead(kdf(MASTER, "cv1.wrap", EPOCH), nonce,
                                 b"casevault 1 wrap\n" + VAULT + EPOCH + front, CASE_KEY)
    bad("wrap-case", "mismatch", "case", "a wrap whose generation is not its case's", key_segment([], [false]))


def grant(purpose, subject, key, data=None):
    header = preamble(5, purpose) + VAULT + subject + HEAD + BEN.id + BEN.unlock
    return header + seal(BEN.unlock, data or b"casevault 1 grant\n" + header, key, fixed(f"grant {purpose}"),
                         fixed(f"grant nonce {purpose}", 24))


def grant_vectors():
    auditor = fixed("auditor")
    keys = {1: ("master-key", EPOCH, MASTER), 2: ("auditor", public(auditor), auditor),
            3: ("managers", public(fixed("managers")), fixed("managers")), 4: ("case-key", GENERATION, CASE_KEY)}
    for purpose, (name, subject, key) in keys.items():
        file = grant(purpose, subject, key)
        vector("grant", name, f"purpose {purpose}", "§8", file=file, id=digest("cv1.segment", file),
               purpose=purpose, vault=VAULT, subject=subject, head=HEAD, device=BEN.id, unlock=BEN.unlock,
               recipient=BEN.private, key=key)
    whole = grant(1, EPOCH, MASTER)
    def bad(name, answer, wrong, about, file, recipient=BEN.private):
        vector("grant", f"bad-{name}", about, "§8", answer, wrong, file=file, recipient=recipient)
    bad("purpose-0", "later-program", "purpose", "purpose 0", put(whole, 12, u32(0)))
    bad("purpose-5", "later-program", "purpose", "purpose 5", put(whole, 12, u32(5)))
    bad("purpose-moved", "not-authentic", "purpose", "another purpose than was sealed", put(whole, 12, u32(4)))
    for name, at in (("vault", 16), ("subject", 48), ("head", 80), ("device", 112), ("unlock", 144), ("box", 250)):
        bad(name, "not-authentic", name, f"one bit of {name}", flipped(whole, at))
    bad("small-order", "bad-public-key", "box", "an ephemeral key of small order", put(whole, 176, SMALL_ORDER["8a"]))
    bad("recipient", "not-authentic", "recipient", "read by another device", whole, ASHA.private)
    bad("text", "not-authentic", "box", "sealed without its text", grant(1, EPOCH, MASTER, data=whole[:176]))
    bad("trailing", "trailing", "end", "281 bytes", whole + b"\0")
    bad("cut", "truncated", "end", "279 bytes", whole[:-1])
    bad("type", "wrong-type", "type", "the type of a key segment", put(whole, 10, b"\4"))


# --- §9 index ----------------------------------------------------------------

STRINGS = [(1, "0A1B-2C3X"), (2, "Zoë Example"), (3, "20261234"), (4, "zoe@example.org"), (5, "Landlord Ltd"),
           (6, "housing"), (7, base32(BEN.member)), (8, "+44 1632 960000"), (9, "Z")]


def row(strings=STRINGS, *, n=None, records=2, status=1, flags=0, count=None, closed=-(2**31), days=None,
        multiple=256, tail=b""):
    encoded = []
    for tag, text in strings:
        data = text if isinstance(text, bytes) else text.encode()
        encoded.append(bytes([tag]) + u16(len(data)) + data)
    body = b"".join(encoded)
    opened, worked, expires = days or (20779, 20779, 23224)
    state = kdf(CASE_KEY, "cv1.state", b"".join(sorted([RECORD, fixed("second record")])))
    head = u32(60 + len(body) if n is None else n) + u32(records) + state + bytes([status, flags])
    head += u16(len(strings) if count is None else count)
    head += i32(opened) + i32(closed) + i32(worked) + i32(expires)
    padded = zero_padded(head + body, multiple)
    return padded[: len(padded) - len(tail)] + tail


def row_vectors():
    def good(name, about, data, **fields):
        vector("index-row", name, about, "§9", row=data, **fields)
    state = row()[8:40]
    good("good", "a string of every tag", row(), records=2, state=state, status=1, flags=0, opened=20779,
         worked=20779, expires=23224, strings=9)
    good("closed", "a closed, walled, held, anonymous case without strings", row([], status=2, flags=15, closed=20800),
         records=2, state=state, status=2, flags=15, opened=20779, closed=20800, worked=20779, expires=23224, strings=0)
    good("unknown-tag", "an unknown tag is skipped", row([(200, "later"), (6, "housing")]), unknown=1, records=2, state=state,
         status=1, flags=0, opened=20779, worked=20779, expires=23224, strings=1)
    good("days-before-1970", "days before 1970", row([], days=(-1, 0, 1)), records=2, state=state, status=1,
         flags=0, opened=-1, worked=0, expires=1, strings=0)
    full = [(6, "t" * (16384 - 63))]
    good("largest", "16,384 bytes", row(full), records=2, state=state, status=1, flags=0, opened=20779, worked=20779,
         expires=23224, strings=1)
    def bad(name, answer, wrong, about, data):
        vector("index-row", f"bad-{name}", about, "§9", answer, wrong, row=data)
    bad("n-small", "invalid", "n", "n of 59", row([], n=59))
    bad("n-great", "invalid", "n", "n beyond the row", row([], n=257))
    bad("n-huge", "invalid", "n", "n of 2^32 - 1", row([], n=2**32 - 1))
    bad("n-behind-strings", "invalid", "n", "n one beyond the strings", row([], n=61))
    bad("n-within-strings", "invalid", "n", "n one before the strings' end", row(n=60 + 5))
    bad("status-0", "invalid", "status", "status 0", row(status=0))
    bad("status-3", "invalid", "status", "status 3", row(status=3))
    bad("count", "truncated", "count", "65,535 strings", row([], count=65535))
    bad("string-long", "truncated", "string", "a string beyond the row", put(row([(6, "t")], n=64), 61, u16(65535)))
    bad("not-utf8", "invalid", "string", "a string that is not UTF-8", row([(6, b"\xff")]))
    bad("padding", "not-zero", "padding", "the last byte", row([], tail=b"\1"))
    bad("padding-long", "invalid", "padding", "a multiple of 256 beyond the next", row([], multiple=512))
    bad("opened", "invalid", "opened", "a day beyond the year 9999", row([], days=(2932897, 0, 0)))
    bad("closed", "invalid", "closed", "a day beyond the year 9999", row([], status=2, closed=2932897))
    bad("size", "invalid", "size", "257 bytes", row([]) + b"\0")
    bad("long", "invalid", "size", "16,640 bytes", row([(6, "t" * 16500)]))
    bad("empty", "truncated", "size", "no bytes", b"")


def sealed_row(plaintext, number=0, ids=CASE + GENERATION):
    nonce = fixed(f"row nonce {number}", 24)
    data = b"casevault 1 row\n" + VAULT + BEN.id + ids
    return nonce + aead(kdf(CASE_KEY, "cv1.row"), nonce, data, plaintext)


def index_segment(replaced, rows, count=None, r=None, zero=0, s=None):
    signed = preamble(6, len(rows) if count is None else count) + VAULT + HEAD + BEN.id
    signed += u32(len(replaced) if r is None else r) + u32(zero) + b"".join(replaced)
    for body in rows:
        ids = CASE + GENERATION
        if isinstance(body, tuple):
            ids, body = body
        signed += ids + u32(len(body) if s is None else s) + body
    return signed_segment("casevault 1 rows\n", signed)


def index_segment_vectors():
    # The reader's key is the first case's; the second stands for any other one.
    other = fixed("another case") + fixed("another generation")
    rows = [sealed_row(row([]), 0), (other, sealed_row(row(), 1, other))]
    replaced = sorted(fixed(f"replaced {i}") for i in range(2))
    def good(name, about, file, count, r):
        vector("index-segment", name, about, "§9", file=file, id=digest("cv1.segment", file), signer=BEN.key,
               vault=VAULT, head=HEAD, device=BEN.id, rows=count, r=r, case_key=CASE_KEY)
    good("good", "two rows, two segments replaced", index_segment(replaced, rows), 2, 2)
    good("one", "one row", index_segment([], rows[:1]), 1, 0)
    good("empty", "no rows", index_segment([], []), 0, 0)
    whole = index_segment([], rows[:1])
    def bad(name, answer, wrong, about, file):
        vector("index-segment", f"bad-{name}", about, "§9", answer, wrong, file=file, signer=BEN.key, case_key=CASE_KEY)
    bad("rows-of-one-case", "invalid", "rows", "two rows of one case", index_segment([], [rows[0], sealed_row(row(), 1)]))
    bad("rows-great", "invalid", "rows", "2^20 + 1 rows", index_segment([], rows, count=2**20 + 1))
    bad("rows-huge", "invalid", "rows", "2^32 - 1 rows", index_segment([], rows, count=2**32 - 1))
    bad("rows-most", "truncated", "rows", "2^20 rows that are not there", index_segment([], [], count=2**20))
    bad("rows-fewer", "trailing", "rows", "one row fewer than there is", index_segment([], rows[:1], count=0))
    bad("r-great", "invalid", "r", "4,097 replaced segments", index_segment([], rows, r=4097))
    bad("r-huge", "invalid", "r", "2^32 - 1 replaced segments", index_segment([], rows, r=2**32 - 1))
    bad("replaced-descending", "invalid", "replaced", "segments out of order", index_segment(replaced[::-1], rows))
    bad("zero", "not-zero", "zero", "the zero field", index_segment([], rows, zero=2**31))
    bad("s-odd", "invalid", "s", "s of 297", index_segment([], [rows[0] + b"\0"]))
    bad("s-great", "invalid", "s", "s of 16,680", index_segment([], rows[:1], s=16680))
    bad("s-huge", "invalid", "s", "s of 2^32 - 216", index_segment([], rows[:1], s=2**32 - 216))
    bad("s-small", "invalid", "s", "s of 39", index_segment([], [bytes(39)]))
    bad("s-beyond", "truncated", "s", "s of 16,424 that is not there", index_segment([], rows[:1], s=16424))
    bad("trailing", "trailing", "end", "a byte behind the signature", whole + b"\0")
    bad("cut", "truncated", "end", "the last byte is missing", whole[:-1])
    bad("type", "wrong-type", "type", "the type of a log segment", put(whole, 10, b"\7"))
    bad("signature", "not-authentic", "signature", "one bit of the signature", flipped(whole, -64))
    bad("row-tag", "not-authentic", "row", "the tag of a row", index_segment([], [flipped(rows[0], -1)]))


# --- §10 the access log ------------------------------------------------------

AUDITOR = fixed("auditor")
AUDITORS = public(AUDITOR)
LOG_KEY, SECOND_LOG_KEY = fixed("log segment key"), fixed("second log segment key")
LOG_BODY = {
    "action": "case show",
    "case": base32(CASE),
    "member": base32(BEN.member),
    "program": "/usr/bin/casevault",
    "purpose": "advice",
    "record": base32(fixed("record of the log")),
    "result": "ok",
    "time": TIME,
}


def log_body(members=None, *, n=None, size=None, padding=b""):
    body = members if isinstance(members, bytes) else canonical(LOG_BODY if members is None else members)
    plaintext = zero_padded(u32(len(body) if n is None else n) + body, 256)
    plaintext += bytes((size or len(plaintext)) - len(plaintext))
    return plaintext[: len(plaintext) - len(padding)] + padding


def log_details(number=0, members=None, key=CASE_KEY):
    nonce = fixed(f"details nonce {number}", 24)
    data = VAULT + BEN.id + u64(number)
    return nonce + aead(kdf(key, "cv1.log"), nonce, data, canonical(members or {"ref": "7K3Q-M2XD"}))


def log_body_vectors():
    def good(name, about, members=None, **more):
        members = LOG_BODY if members is None else members
        vector("log-body", name, about, "§10.2", body=log_body(members), action=members["action"],
               member=members["member"], purpose=members["purpose"], result=members["result"], time=members["time"], **more)
    good("good", "all but details")
    good("least", "without all that is optional", without(without(without(LOG_BODY, "case"), "record"), "program"))
    good("details", "with details", LOG_BODY | {"details": base32(log_details())}, details=log_details())
    good("details-most", "details of 1,024 bytes", LOG_BODY | {"details": base32(bytes(1024))}, details=bytes(1024))
    good("unknown", "an unknown name is ignored", LOG_BODY | {"zebra": [1]})
    good("action-most", "an action of 64 bytes", LOG_BODY | {"action": "a" * 64})
    good("program-most", "a program of 1,024 bytes", LOG_BODY | {"program": "/" + "p" * 1023})

    def bad(name, answer, wrong, about, body):
        vector("log-body", f"bad-{name}", about, "§10.2", answer, wrong, body=body)
    for name in ("action", "member", "purpose", "result", "time"):
        bad(f"no-{name}", "missing", name, f"without {name}", log_body(without(LOG_BODY, name)))
    for name, field, value, about in [
        ("action-empty", "action", "", "no action"), ("action-long", "action", "a" * 65, "an action of 65 bytes"),
        ("action-control", "action", "case\nshow", "a control character"),
        ("case-short", "case", base32(bytes(31)), "a case of 31 bytes"),
        ("record-number", "record", 1, "a record that is a number"),
        ("member-long", "member", base32(bytes(17)), "a member of 17 bytes"),
        ("program-empty", "program", "", "an empty program"),
        ("program-long", "program", "p" * 1025, "a program of 1,025 bytes"),
        ("program-control", "program", "a\u0085", "a control character"),
        ("purpose", "purpose", "curiosity", "a purpose that is none"), ("result", "result", "OK", "a result that is none"),
        ("time", "time", "2026-11-22T13:44:60Z", "a leap second"),
        ("details-short", "details", base32(bytes(39)), "details without a whole tag"),
        ("details-long", "details", base32(bytes(1025)), "details of 1,025 bytes"),
        ("details-text", "details", "7K3Q-M2XD", "details in clear"),
        ("details-number", "details", 7, "details that are a number"),
    ]:
        bad(name, "invalid", field, about, log_body(LOG_BODY | {field: value}))
    bad("array", "not-canonical", "json", "an array", log_body(b"[]"))
    bad("space", "not-canonical", "json", "a space", log_body(canonical(LOG_BODY).replace(b":", b": ", 1)))
    bad("padding", "not-zero", "padding", "padding that is not zero", log_body(padding=b"\1"))
    bad("padding-long", "invalid", "padding", "256 bytes of padding too many", log_body(size=len(log_body()) + 256))
    bad("size", "invalid", "body", "no multiple of 256 bytes", log_body() + bytes(8))
    bad("great", "invalid", "body", "4,352 bytes", log_body(LOG_BODY | {"zebra": "z" * 3900}))
    bad("n-great", "truncated", "n", "n beyond the end", log_body(n=len(log_body()) - 3))
    bad("n-huge", "truncated", "n", "n of 2^32 - 1", log_body(n=2**32 - 1))
    bad("empty", "truncated", "n", "no bytes", b"")


def log_box(key=LOG_KEY, recipient=AUDITORS, device=BEN):
    data = b"casevault 1 log\n" + VAULT + device.id + recipient
    return seal(recipient, data, key, fixed("log ephemeral " + key.hex()), fixed("log box nonce " + key.hex(), 24))


def log_head(sequence=0, chain=ZERO, box=None, auditors=AUDITORS):
    return VAULT + HEAD + BEN.id + u64(sequence) + chain + auditors + (log_box() if box is None else box)


def log_entry(kind, sealed=b"", made=ZERO, s=None):
    return u32(kind) + u32(len(sealed) if s is None else s) + made + sealed


def log_access(chain, sequence, key=LOG_KEY, body=None):
    nonce = fixed(f"log nonce {sequence} {key.hex()}", 24)
    return log_entry(1, nonce + aead(key, nonce, chain + u64(sequence), log_body() if body is None else body))


def log_made(number=0):
    return log_entry(2, made=digest("cv1.made", fixed(f"made {number}", 64)))


def log_change(key=SECOND_LOG_KEY, auditors=AUDITORS, box=None):
    return log_entry(3, auditors + (log_box(key, auditors) if box is None else box))


def log_run(sequence=0, chain=ZERO):
    """Entries of all kinds under two keys, and the chain behind them."""
    entries = []
    for key in (LOG_KEY, SECOND_LOG_KEY):
        entries += [log_change()] if key == SECOND_LOG_KEY else []
        for entry in (log_access(chain, sequence, key), log_made(sequence)):
            entries.append(entry)
            sequence, chain = sequence + 1, digest("cv1.chain", chain + entry)
    return entries, chain


def witness(number, sequence=7):
    return fixed(f"witness {number}") + u64(sequence) + fixed(f"chain of witness {number}")


WITNESSES = sorted(witness(number) for number in range(2))
LOG_REPLACED = sorted(fixed(f"replaced log {i}") for i in range(2))


def log_segment(entries, head=None, witnesses=(), replaced=(), count=None, h=None, r=None, type_=7):
    signed = preamble(type_, len(entries) if count is None else count) + (head or log_head())
    signed += u32(len(witnesses) if h is None else h) + u32(len(replaced) if r is None else r)
    return signed_segment("casevault 1 log\n", signed + b"".join(witnesses) + b"".join(replaced) + b"".join(entries))


def log_segment_vectors():
    entries, end = log_run()
    access, made, change = entries[0], entries[1], entries[2]

    def good(name, about, file, number, next_, chain, h=0, r=0, sequence=0):
        vector("log-segment", name, about, "§10.1", file=file, id=digest("cv1.segment", file), signer=BEN.key,
               auditor=AUDITOR, vault=VAULT, head=HEAD, device=BEN.id, entries=number, sequence=sequence, next=next_,
               chain=chain, witnesses=h, replaced=r)
    good("good", "two runs, two witnesses, two segments replaced",
         log_segment(entries, witnesses=WITNESSES, replaced=LOG_REPLACED), 5, 4, end, 2, 2)
    good("one", "one entry", log_segment([access]), 1, 1, digest("cv1.chain", ZERO + access))
    later, later_end = log_run(2**53 - 2**20 - 1, fixed("chain before"))
    good("latest", "the greatest sequence that a segment begins with",
         log_segment(later, log_head(2**53 - 2**20 - 1, fixed("chain before"))), 5, 2**53 - 2**20 + 3, later_end,
         sequence=2**53 - 2**20 - 1)

    def bad(name, answer, wrong, about, file):
        vector("log-segment", f"bad-{name}", about, "§10.1", answer, wrong, file=file, signer=BEN.key, auditor=AUDITOR)
    bad("entries-0", "invalid", "entries", "no entries", log_segment([]))
    bad("entries-great", "invalid", "entries", "2^20 + 1 entries", log_segment(entries, count=2**20 + 1))
    bad("entries-huge", "invalid", "entries", "2^32 - 1 entries", log_segment(entries, count=2**32 - 1))
    bad("entries-most", "truncated", "entries", "2^20 entries that are not there", log_segment(entries, count=2**20))
    bad("entries-fewer", "trailing", "entries", "one entry fewer than there is", log_segment([access, made], count=1))
    bad("entries-more", "truncated", "entries", "one entry more than there is", log_segment([access], count=2))
    bad("sequence", "invalid", "sequence", "a sequence of 2^53 - 2^20",
        log_segment([made], log_head(2**53 - 2**20, fixed("chain before"))))
    bad("chain", "invalid", "chain", "a chain before the entry 0", log_segment([made], log_head(0, fixed("chain before"))))
    bad("h-great", "invalid", "witnesses", "1,025 witnesses", log_segment([made], h=1025))
    bad("h-huge", "invalid", "witnesses", "2^32 - 1 witnesses", log_segment([made], h=2**32 - 1))
    bad("h-most", "truncated", "witnesses", "1,024 witnesses that are not there", log_segment([made], h=1024))
    bad("r-great", "invalid", "replaced", "4,097 replaced segments", log_segment([made], r=4097))
    bad("r-huge", "invalid", "replaced", "2^32 - 1 replaced segments", log_segment([made], r=2**32 - 1))
    bad("witnesses-descending", "invalid", "witnesses", "witnesses out of order", log_segment([made], witnesses=WITNESSES[::-1]))
    bad("witness-twice", "invalid", "witnesses", "two witnesses of one device",
        log_segment([made], witnesses=[witness(0), witness(0, 8)]))
    bad("witness-sequence", "invalid", "witnesses", "a sequence of 2^53", log_segment([made], witnesses=[witness(0, 2**53)]))
    bad("replaced-descending", "invalid", "replaced", "segments out of order", log_segment([made], replaced=LOG_REPLACED[::-1]))
    bad("replaced-twice", "invalid", "replaced", "a segment twice", log_segment([made], replaced=LOG_REPLACED[:1] * 2))
    for name, wrong, about, entry in [
        ("kind-0", "kind", "kind 0", log_entry(0)), ("kind-4", "kind", "kind 4", log_entry(4)),
        ("access-empty", "entry", "a body of no bytes", log_entry(1, bytes(40))),
        ("access-odd", "entry", "a body of 257 bytes", log_entry(1, bytes(297))),
        ("access-great", "entry", "a body of 4,352 bytes", log_entry(1, bytes(4392))),
        ("access-none", "entry", "an access without a body", log_entry(1)),
        ("made-sealed", "entry", "kind 2 with a body", log_entry(2, bytes(296), fixed("made"))),
        ("change-long", "entry", "a change of key of 137 bytes", log_entry(3, bytes(137))),
    ]:
        bad(name, "invalid", wrong, about, log_segment([made, entry, made]))
    bad("access-made", "not-zero", "made", "kind 1 with a signature's hash", log_segment([put(access, 8, b"\1")]))
    bad("change-made", "not-zero", "made", "kind 3 with a signature's hash", log_segment([access, put(change, 39, b"\1"), made]))
    bad("s-beyond", "truncated", "s", "a body that is not there", log_segment([log_entry(1, s=4136)]))
    bad("change-first", "invalid", "change", "a change of key in front", log_segment([change, made]))
    bad("change-last", "invalid", "change", "a change of key at the end", log_segment([access, change]))
    bad("change-twice", "invalid", "change", "two changes of key in a row", log_segment([access, change, change, made]))
    whole = log_segment(entries)
    bad("trailing", "trailing", "end", "a byte behind the signature", whole + b"\0")
    bad("cut", "truncated", "end", "the last byte is missing", whole[:-1])
    bad("short", "truncated", "end", "the fields in front are cut", whole[:295])
    bad("type", "wrong-type", "type", "the type of an index segment", log_segment(entries, type_=6))
    bad("signature", "not-authentic", "signature", "one bit of the signature", flipped(whole, -64))
    bad("signature-text", "not-authentic", "signature", "signed as rows are",
        whole[:-64] + sign(BEN, "casevault 1 rows\n", whole[:-64]))
    bad("box", "not-authentic", "box", "the box of the segment key", log_segment(entries, log_head(box=flipped(log_box(), -1))))
    bad("box-device", "not-authentic", "box", "a box out of another device's log",
        log_segment(entries, log_head(box=log_box(device=ASHA))))
    bad("box-point", "bad-public-key", "box", "a box to the point of order one", log_segment(
        entries, log_head(box=put(log_box(), 0, ZERO))))
    bad("change-box", "not-authentic", "box", "the box of a second run",
        log_segment([*entries[:2], log_change(box=flipped(log_box(SECOND_LOG_KEY), -1)), *entries[3:]]))
    bad("body-tag", "not-authentic", "body", "the tag of a body", log_segment([flipped(access, -1)]))
    bad("body-sequence", "not-authentic", "body", "a body that was sealed for another entry", log_segment([made, access]))
    bad("body-key", "not-authentic", "body", "a body under the key of another run",
        log_segment([log_access(ZERO, 0, SECOND_LOG_KEY)]))
    other = public(fixed("somebody else"))
    bad("auditors", "mismatch", "auditors", "sealed to somebody else",
        log_segment(entries, log_head(auditors=other, box=log_box(recipient=other))))
    bad("change-auditors", "mismatch", "auditors", "a run sealed to somebody else",
        log_segment([*entries[:2], log_change(auditors=other), *entries[3:]]))


def log_spool_vectors():
    chain, sequence = fixed("chain before"), 41
    access = log_access(chain, sequence)
    made = log_made()
    end = digest("cv1.chain", digest("cv1.chain", chain + access) + made)

    def spool(*entries, head=None, type_=10):
        return preamble(type_, 1_795_355_099) + (head or log_head(sequence, chain)) + b"".join(entries)

    def good(name, about, file, next_, chain, torn=0):
        vector("log-spool", name, about, "§10.3", file=file, auditor=AUDITOR, vault=VAULT, head=HEAD, device=BEN.id,
               sequence=sequence, next=next_, chain=chain, began=1_795_355_099, torn=torn)
    good("good", "an access and a signature", spool(access, made), 43, end)
    good("empty", "no entries yet", spool(), 41, chain)
    good("torn", "a last entry that is not whole", spool(access, made, access[:-1]), 43, end, len(access) - 1)
    good("torn-head", "a last entry of less than 40 bytes", spool(access, made, made[:39]), 43, end, 39)
    good("torn-zeros", "zeros behind the last entry", spool(access, made, bytes(100)), 43, end, 100)
    good("change", "a change of key, which no spool has", spool(access, made, log_change(), made), 43, end, 216)

    def bad(name, answer, wrong, about, file):
        vector("log-spool", f"bad-{name}", about, "§10.3", answer, wrong, file=file, auditor=AUDITOR)
    bad("cut", "truncated", "end", "the fields in front are cut", spool()[:-1])
    bad("type", "wrong-type", "type", "the type of a segment", spool(access, type_=7))
    bad("version", "later-program", "version", "version 2", put(spool(access), 8, b"\2"))
    bad("sequence", "invalid", "sequence", "a sequence of 2^53 - 2^20", spool(made, head=log_head(2**53 - 2**20, chain)))
    bad("chain", "invalid", "chain", "a chain before the entry 0", spool(made, head=log_head(0, chain)))
    bad("box", "not-authentic", "box", "the box of the segment key",
        spool(access, head=log_head(sequence, chain, flipped(log_box(), -1))))
    bad("body-tag", "not-authentic", "body", "the tag of a body", spool(flipped(access, -1)))


# --- §11 identity ------------------------------------------------------------

PASSPHRASE = "correct horse battery staple"


def identity(unlocks=1, u=None, passes=1, memory=8 << 20, kdf_passes=None, member=None, zero=b"\0\0", number=0):
    front = preamble(8, number) + VAULT + BEN.id + (member or base32(BEN.member)).encode() + zero
    front += u32(passes) + u64(memory) + fixed("identity salt", 16)
    key = argon2id(PASSPHRASE.encode(), fixed("identity salt", 16), 1, 8 << 20)
    front += kdf(key, "cv1.ident.com", front)
    keys = [BEN.private] + [fixed(f"older unlock {i}") for i in range(1, unlocks)]
    keys = keys[:unlocks]
    plaintext = u32(unlocks if u is None else u) + BEN.seed + b"".join(keys)
    nonce = fixed("identity nonce", 24)
    return front + nonce + aead(kdf(key, "cv1.identity"), nonce, front, plaintext)


def identity_vectors():
    for unlocks in (1, 2, 8):
        vector("identity", f"{unlocks}-unlock-keys", f"{unlocks} unlock keys", "§11", file=identity(unlocks),
               passphrase=PASSPHRASE, seed=BEN.seed, unlock=BEN.private, u=unlocks, vault=VAULT, device=BEN.id,
               member=base32(BEN.member), passes=1, memory=8 << 20)
    whole = identity()
    def bad(name, answer, wrong, about, file, passphrase=PASSPHRASE):
        vector("identity", f"bad-{name}", about, "§11", answer, wrong, file=file, passphrase=passphrase)
    bad("passphrase", "not-authentic", "commitment", "a wrong passphrase", whole, PASSPHRASE + " ")
    bad("passphrase-empty", "not-authentic", "commitment", "an empty passphrase", whole, "")
    bad("commitment", "not-authentic", "commitment", "one bit of the commitment", flipped(whole, 140))
    bad("vault", "not-authentic", "vault", "one bit of the vault", flipped(whole, 20))
    bad("salt", "not-authentic", "salt", "one bit of the salt", flipped(whole, 120))
    bad("nonce", "not-authentic", "nonce", "one bit of the nonce", flipped(whole, 170))
    bad("tag", "not-authentic", "tag", "the tag", flipped(whole, -1))
    bad("passes-0", "out-of-bounds", "passes", "no pass", identity(passes=0))
    bad("passes-17", "out-of-bounds", "passes", "17 passes", identity(passes=17))
    bad("passes-huge", "out-of-bounds", "passes", "2^32 - 1 passes", identity(passes=2**32 - 1))
    bad("memory-low", "out-of-bounds", "memory", "a KiB less than 8 MiB", identity(memory=(8 << 20) - 1024))
    bad("memory-high", "out-of-bounds", "memory", "a KiB more than 2 GiB", identity(memory=(2 << 30) + 1024))
    bad("memory-odd", "out-of-bounds", "memory", "a byte more than 8 MiB", identity(memory=(8 << 20) + 1))
    bad("memory-huge", "out-of-bounds", "memory", "2^64 - 1 bytes", identity(memory=2**64 - 1))
    bad("u-0", "invalid", "u", "a count of 0", identity(u=0))
    bad("u-2", "invalid", "u", "a count of 2 with one key", identity(u=2))
    bad("u-huge", "invalid", "u", "a count of 2^32 - 1", identity(u=2**32 - 1))
    bad("no-keys", "truncated", "size", "no unlock key", identity(0))
    bad("nine-keys", "trailing", "size", "nine unlock keys", identity(9))
    bad("trailing", "invalid", "size", "a byte behind the tag", whole + b"\0")
    bad("cut", "truncated", "size", "the last byte is missing", whole[:-1])
    bad("member", "invalid", "member", "trailing bits of the member that are not zero", identity(member="b" * 26))
    bad("member-zero", "invalid", "member", "a member of zero bytes", identity(member="\0" * 26))
    bad("zero", "not-zero", "zero", "the zero field", identity(zero=b"\0\1"))
    bad("number", "not-zero", "number", "the preamble's number", identity(number=1))
    bad("type", "wrong-type", "type", "the type of a record", put(whole, 10, b"\1"))


# --- The primitives once more, without libsodium ------------------------------


def rotate(word, count, bits):
    return (word << count | word >> (bits - count)) & ((1 << bits) - 1)


def chacha20_block(key, counter, nonce):
    """RFC 8439, 2.3."""
    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + u32(counter) + nonce))
    x = state[:]
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for e, f, g, count in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                x[e] = (x[e] + x[f]) & 0xFFFFFFFF
                x[g] = rotate(x[g] ^ x[e], count, 32)
    return struct.pack("<16I", *((one + other) & 0xFFFFFFFF for one, other in zip(x, state)))


def chacha20_poly1305(key, nonce, data, message):
    """RFC 8439, 2.8."""
    stream_ = b"".join(chacha20_block(key, 1 + i, nonce) for i in range(-(-len(message) // 64)))
    sealed = bytes(one ^ other for one, other in zip(message, stream_))
    one_time = chacha20_block(key, 0, nonce)
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    authenticated = zero_padded(data, 16) + zero_padded(sealed, 16) + u64(len(data)) + u64(len(sealed))
    tag = 0
    for at in range(0, len(authenticated), 16):
        tag = (tag + int.from_bytes(authenticated[at : at + 16] + b"\1", "little")) * r % (2**130 - 5)
    tag = (tag + int.from_bytes(one_time[16:32], "little")) % 2**128
    return sealed + tag.to_bytes(16, "little")


def argon2_long_hash(message, count):
    """H' of RFC 9106, 3.3."""
    if count <= 64:
        return hashlib.blake2b(u32(count) + message, digest_size=count).digest()
    pieces = -(-count // 32) - 2
    last = hashlib.blake2b(u32(count) + message).digest()
    out = last[:32]
    for _ in range(pieces - 1):
        last = hashlib.blake2b(last).digest()
        out += last[:32]
    return out + hashlib.blake2b(last, digest_size=count - 32 * pieces).digest()


ROWS = [[2 * (8 * row + i) + j for i in range(8) for j in (0, 1)] for row in range(8)]
COLUMNS = [[2 * (column + 8 * i) + j for i in range(8) for j in (0, 1)] for column in range(8)]
QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
            (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def argon2_compress(one, other):
    """G of RFC 9106, 3.5, on blocks of 128 words."""
    mask = 2**64 - 1
    start = [x ^ y for x, y in zip(one, other)]
    z = start[:]
    for places in ROWS + COLUMNS:
        v = [z[place] for place in places]
        for a, b, c, d in QUARTERS:
            for e, f, g, count in ((a, b, d, 32), (c, d, b, 24), (a, b, d, 16), (c, d, b, 63)):
                v[e] = (v[e] + v[f] + 2 * (v[e] & 0xFFFFFFFF) * (v[f] & 0xFFFFFFFF)) & mask
                mixed = v[g] ^ v[e]
                v[g] = (mixed >> count | mixed << (64 - count)) & mask
        for place, word in zip(places, v):
            z[place] = word
    return [x ^ y for x, y in zip(start, z)]


def argon2id_written_out(passphrase, salt, passes, kibibytes, lanes=1, secret=b"", data=b"", count=32):
    """RFC 9106, 3.2 to 3.4."""
    first = b"".join(map(u32, (lanes, count, kibibytes, passes, 0x13, 2)))
    for field in (passphrase, salt, secret, data):
        first += u32(len(field)) + field
    seed = hashlib.blake2b(first).digest()
    segment = kibibytes // (4 * lanes)
    length = 4 * segment
    memory = [[None] * length for _ in range(lanes)]
    for lane in range(lanes):
        for at in (0, 1):
            block = argon2_long_hash(seed + u32(at) + u32(lane), 1024)
            memory[lane][at] = list(struct.unpack("<128Q", block))
    zero = [0] * 128
    for turn in range(passes):
        for part in range(4):
            for lane in range(lanes):
                independent = turn == 0 and part < 2
                counter, addresses = 0, []
                for at in range(segment):
                    if independent and at % 128 == 0:
                        counter += 1
                        header = [turn, lane, part, lanes * length, passes, 2, counter] + [0] * 121
                        addresses = argon2_compress(zero, argon2_compress(zero, header))
                    if turn == 0 and part == 0 and at < 2:
                        continue
                    here = part * segment + at
                    before = memory[lane][here - 1]
                    word = addresses[at % 128] if independent else before[0]
                    j1, j2 = word & 0xFFFFFFFF, word >> 32
                    source = lane if turn == 0 and part == 0 else j2 % lanes
                    if turn == 0:
                        area = part * segment + (at if source == lane else 0)
                    else:
                        area = length - segment + (at if source == lane else 0)
                    area -= 1 if source == lane or at == 0 else 0
                    relative = area - 1 - (area * (j1 * j1 >> 32) >> 32)
                    start = 0 if turn == 0 else (part + 1) % 4 * segment
                    block = argon2_compress(before, memory[source][(start + relative) % length])
                    if turn > 0:
                        block = [x ^ y for x, y in zip(block, memory[lane][here])]
                    memory[lane][here] = block
    last = memory[0][-1]
    for lane in range(1, lanes):
        last = [x ^ y for x, y in zip(last, memory[lane][-1])]
    return argon2_long_hash(struct.pack("<128Q", *last), count)


def check_primitives():
    """What this file writes out is that of the RFCs, and libsodium is the same."""
    text = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
            b"future, sunscreen would be it.")
    sealed = chacha20_poly1305(bytes(range(0x80, 0xA0)), bytes.fromhex("070000004041424344454647"),
                               bytes.fromhex("50515253c0c1c2c3c4c5c6c7"), text)
    assert sealed[-16:].hex() == "1ae10b594f09e26a7e902ecbd0600691", "RFC 8439, 2.8.2"
    for index, final, count in ((0, 0, 64), (2, 1, 7), (1 << 40, 1, 1000), (1, 1, 0)):
        key, message = fixed("chunk"), fixed("message", count)
        nonce = index.to_bytes(11, "big") + bytes([final])
        assert chunk(key, index, final, message) == chacha20_poly1305(key, nonce, b"", message)
    tag = argon2id_written_out(b"\1" * 32, b"\2" * 16, 3, 32, 4, b"\3" * 8, b"\4" * 12)
    assert tag.hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659", "RFC 9106, 5.3"
    salt = fixed("argon", 16)
    assert argon2id(b"p", salt, 1, 8 << 20) == argon2id_written_out(b"p", salt, 1, 8 << 10)
    print("the primitives are those of their RFCs")


def main():
    if "--primitives" in sys.argv[1:]:
        check_primitives()
        return
    for make in (base32_vectors, json_vectors, date_vectors, primitive_vectors, descriptor_vectors, record_vectors,
                 manifest_vectors, padme_vectors, statement_vectors, roster_vectors, request_vectors, epoch_vectors, unlock_vectors,
                 key_segment_vectors, grant_vectors, row_vectors, index_segment_vectors,
                 log_body_vectors, log_segment_vectors, log_spool_vectors, identity_vectors):
        make()
    there = {str(path.relative_to(FOLDER)): path for path in FOLDER.glob("*/*.json")}
    if "--check" in sys.argv[1:]:
        stale = [name for name in sorted(VECTORS.keys() | there.keys())
                 if name not in there or there[name].read_text() != VECTORS.get(name)]
        for name in stale:
            print(f"not what FORMAT.md says: {name}")
        sys.exit(1 if stale else 0)
    for name, path in there.items():
        if name not in VECTORS:
            path.unlink()
    for name, text in VECTORS.items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text)
    print(f"{len(VECTORS)} vectors, {sum(len(text.encode()) for text in VECTORS.values()):,} bytes")


if __name__ == "__main__":
    main()
