#!/usr/bin/python3
"""Tests of read_vault.py: a small writer makes a vault from FORMAT.md, the reader
reads it back, and then every part of it is attacked.

    /usr/bin/python3 Tools/read_vault_test.py
"""
import base64, contextlib, copy, datetime, fcntl, glob, hashlib, io, json, os, shutil, struct, sys, tempfile, unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import read_vault as reader
from read_vault import base32, canonical, hash32, kdf
from nacl import bindings as sodium
from nacl.pwhash import argon2id

PASSPHRASE = b"correct horse battery staple"
TIME = "2026-11-22T13:44:59Z"
ZERO = bytes(32)


# ---------------------------------------------------------------- the writer

def aead(key, nonce, ad, message):
    return sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(message, ad, nonce, key)


def chunk(key, i, final, message):
    return sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
        message, None, i.to_bytes(11, "big") + bytes([final]), key)


def seal(public, ad, message):
    ephemeral, nonce = os.urandom(32), os.urandom(24)
    point = sodium.crypto_scalarmult_base(ephemeral)
    key = kdf(sodium.crypto_scalarmult(ephemeral, public), b"cv1.box", point + public)
    return point + nonce + aead(key, nonce, ad, message)


def preamble(kind, extra=0):
    return b"casevlt\x1a" + bytes([1, 1, kind, 0]) + struct.pack("<I", extra)


def ascending(*ids):
    return [base32(id) for id in sorted(ids)]


def cut(data):
    return [data[i:i + 65536] for i in range(0, len(data), 65536)]


class Member:
    """A member with one device."""

    def __init__(self, role, name):
        self.role, self.name, self.id = role, name, os.urandom(16)
        self.seed, self.private = os.urandom(32), [os.urandom(32)]
        self.sign_public, self.secret = sodium.crypto_sign_seed_keypair(self.seed)
        self.device = hash32(b"cv1.device", self.sign_public)

    @property
    def unlock(self):
        return sodium.crypto_scalarmult_base(self.private[0])

    def sign(self, message):
        return sodium.crypto_sign(message, self.secret)[:64]

    def on_roster(self):
        return {"member": {"id": base32(self.id), "name": self.name, "role": self.role},
                "device": {"sign": base32(self.sign_public), "unlock": base32(self.unlock)}}


def statement(kind, body, vault, head, member, type=2):
    raw = body if isinstance(body, bytes) else canonical(body)
    signed = preamble(type, kind) + vault + head + member.device + struct.pack("<I", len(raw)) + raw
    return signed + member.sign(b"casevault 1 statement\n" + signed)


def padme(length):
    """§4.3, in floating point's stead by search: written apart from the reader's."""
    if length <= 4096:
        return 4096
    e = 0
    while 2 ** (e + 1) <= length:
        e += 1
    s = 0
    while 2 ** (s + 1) <= e:
        s += 1
    step = 2 ** (e - s - 1)
    return (length + step - 1) // step * step


class Office:
    """A vault with a manager, an adviser and a desk; two cases of two keys."""

    def __init__(self, path, **tricks):
        """`tricks` spoil the founding entry or the intake pair."""
        self.tricks, self.signatures = tricks, {}
        self.path = os.path.join(path, "vault")
        self.home = os.path.join(path, "home")
        self.manager, self.adviser, self.desk = (
            Member("manager", "Mia"), Member("adviser", "Ada"), Member("desk", "Dee"))
        self.master, self.intake = os.urandom(32), os.urandom(32)
        self.auditor, self.managers, self.logs = os.urandom(32), os.urandom(32), {}
        self.begin()
        self.epochs()
        self.cases = [os.urandom(32) for _ in range(2)]
        self.put_segment([self.wrap(key) for key in self.cases])
        for member in (self.manager, self.adviser, self.desk):
            self.put_identity(member)

    def put(self, path, data):
        path = os.path.join(self.path, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    # §6

    def begin(self):
        m = self.manager
        found = m.on_roster() | {
            "service": "Advice", "time": TIME, "auditor": base32(sodium.crypto_scalarmult_base(self.auditor)),
            "managers": base32(sodium.crypto_scalarmult_base(self.managers)),
            "kinds": [{"kind": k, "must": True, "since": "0.1"} for k in (1, 2, 3, 32, 48)],
            "policy": {"academic_year_starts": "08-01", "keep_years": 6, "time_zone": "Europe/London",
                       "work": ["opening", "note", "mail-sent"]} | self.tricks.get("policy", {})}
        found |= self.tricks.get("found", {})
        found = {name: value for name, value in found.items() if value is not None}
        first = statement(self.tricks.get("kind", 1), found, self.tricks.get("vault", ZERO),
                          self.tricks.get("head", ZERO), self.tricks.get("founder", m), self.tricks.get("type", 2))
        self.id = self.head = hash32(b"cv1.statement", first)
        self.put(f"roster/{base32(self.id)}", first)
        self.put("casevault.json", canonical({"casevault": 1, "vault": base32(self.id)}) + b"\n")
        self.put("README.txt", b"A vault.\n")
        os.makedirs(os.path.join(self.path, "tmp"))
        self.put_key(m)

    def put_statement(self, folder, kind, body, member, head=None, type=2):
        data = statement(kind, body, self.id, head or self.head, member, type)
        id = hash32(b"cv1.statement", data)
        self.put(f"{folder}/{base32(id)}", data)
        return id

    def put_key(self, member, n=0, previous=None):
        body = {"n": n, "unlock": base32(member.unlock)} | ({"previous": base32(previous)} if n else {})
        data = statement(32, body, self.id, self.head, member)
        self.put(f"devices/{base32(member.device)}/{n}", data)
        member.chain = hash32(b"cv1.statement", data)

    def admit(self, admitted, by=None, **fields):
        body = admitted.on_roster() | {
            "parents": [base32(self.head)], "time": TIME, "epoch": base32(self.epoch),
            "chains": {base32(self.manager.device): base32(self.manager.chain)},
            "tombstones": []} | fields
        return self.put_statement("roster", 2, body, by or self.manager)

    def sign_entry(self, kind, body, by, parents=None, keep=True):
        """A roster entry on top of what there is; it is the new head unless told."""
        parents = sorted(parents or [self.head])
        body = {"parents": [base32(parent) for parent in parents], "time": TIME} | body
        id = self.put_statement("roster", kind, body, by, head=parents[0])
        if keep:
            self.head = id
        return id

    def sight(self):
        return {"chains": {}, "epoch": base32(self.epoch), "tombstones": []}

    def bring(self, newcomer, by=None, **more):
        """Kind 2, with the newcomer's chain."""
        self.put_key(newcomer)
        return self.sign_entry(2, newcomer.on_roster() | self.sight(), by or self.manager, **more)

    def bring_device(self, device, member, by=None, body={}, **more):
        """Kind 4: a further computer of a member."""
        self.put_key(device)
        return self.sign_entry(4, {"member": base32(member.id), "device": device.on_roster()["device"],
                                   "request": base32(ZERO)} | self.sight() | body, by or self.manager, **more)

    def countersign(self, entry, by, **more):
        return self.sign_entry(8, {"entry": base32(entry)}, by, **more)

    def request(self, member, signer=None, **changes):
        body = {"name": member.name, "sign": base32(member.sign_public), "time": TIME, "unlock": base32(member.unlock)}
        body = {name: value for name, value in (body | changes).items() if value is not None}
        return self.put_statement("requests", 34, body, signer or member)

    # §7, §8

    def epochs(self):
        public, nonce = sodium.crypto_scalarmult_base(self.intake), os.urandom(24)
        sealed = nonce + aead(kdf(self.master, b"cv1.intake", self.id), nonce,
                              b"casevault 1 intake\n" + self.id + public, self.tricks.get("intake", self.intake))
        body = {"commitment": base32(kdf(self.master, b"cv1.master.com", self.id)), "parents": [], "time": TIME,
                "intake": {"private": base32(sealed), "public": base32(public)}}
        data = statement(48, body, self.id, self.head, self.manager)
        self.epoch = hash32(b"cv1.statement", data)
        self.keyring = f"keyring/{base32(self.epoch)}"
        self.put(f"{self.keyring}/document", data)
        self.founding = self.head
        self.head = self.admit(self.adviser)
        self.put_key(self.adviser)
        self.head = self.admit(self.desk)
        self.put_key(self.desk)
        self.grants = [self.grant(1, self.master, self.epoch, self.manager),
                       self.grant(1, self.master, self.epoch, self.adviser),
                       self.grant(2, self.auditor, sodium.crypto_scalarmult_base(self.auditor), self.manager),
                       self.grant(3, self.managers, sodium.crypto_scalarmult_base(self.managers), self.manager)]

    def put_hashed(self, folder, data):
        return self.put(f"{folder}/{base32(hash32(b'cv1.segment', data))}", data)

    def grant(self, purpose, key, subject, member, vault=None, more=b""):
        front = preamble(5, purpose) + (vault or self.id) + subject + self.head + member.device + member.unlock
        return self.put_hashed(self.keyring, front + seal(member.unlock, b"casevault 1 grant\n" + front, key) + more)

    def generation(self, key):
        return kdf(key, b"cv1.case.com", self.id)

    def case(self, key):
        return hash32(b"cv1.case", self.generation(key))

    def wrap(self, key, case=None, generation=None):
        nonce = os.urandom(24)
        case, generation = case or self.case(key), generation or self.generation(key)
        ad = b"casevault 1 wrap\n" + self.id + self.epoch + case + generation
        return case + generation + nonce + aead(kdf(self.master, b"cv1.wrap", self.epoch), nonce, ad, key)

    def put_segment(self, wraps, member=None, replaced=(), sort=True, vault=None, epoch=None, count=None, zero=0,
                    type=4, signer=None, r=None):
        member = member or self.manager
        signed = (preamble(type, len(wraps) if count is None else count) + (vault or self.id) + (epoch or self.epoch)
                  + self.head + member.device + struct.pack("<II", len(replaced) if r is None else r, zero)
                  + b"".join(replaced) + b"".join(sorted(wraps) if sort else wraps))
        return self.put_hashed(self.keyring, signed + (signer or member).sign(b"casevault 1 keys\n" + signed))

    # §11

    def put_identity(self, member, passes=1, memory=8 << 20, vault=None, device=None, id=None, zero=bytes(2), extra=0,
                     count=None):
        salt, nonce = os.urandom(16), os.urandom(24)
        front = (preamble(8, extra) + (vault or self.id) + (device or member.device)
                 + base32(id or member.id).encode() + zero
                 + struct.pack("<IQ", passes, memory) + salt)
        k = argon2id.kdf(32, PASSPHRASE, salt, opslimit=1, memlimit=8 << 20)
        front += kdf(k, b"cv1.ident.com", front)
        plain = struct.pack("<I", count or len(member.private)) + member.seed + b"".join(member.private)
        member.home = f"{self.home}-{member.name}"
        member.identity = os.path.join(member.home, base32(self.id), "identity")
        self.put(member.identity, front + nonce + aead(kdf(k, b"cv1.identity"), nonce, front, plain))

    # §4

    def record(self, content, kind="note", key=None, member=None, folder=None, **tricks):
        """Writes a record. `tricks` spoil one thing each, with all keys at hand."""
        key, member = key or self.cases[0], member or self.manager
        case, generation, random = self.case(key), self.generation(key), tricks.get("random", os.urandom(16))
        id = hash32(b"cv1.record", tricks.get("id_key", member.sign_public) + random)
        padded = content.ljust(padme(len(content)), b"\0")
        padded = tricks.get("padded", lambda p: p)(padded)
        used = len(cut(content))
        slots = [hash32(b"cv1.chunk", content[65536 * i:65536 * (i + 1)]) if i < used else ZERO
                 for i in range(len(cut(padded)))]
        manifest = {
            "author": base32(member.id), "device": base32(member.device), "kind": kind, "length": len(content),
            "media_type": "text/plain", "parents": [], "random": base32(random), "recorded": TIME,
            "root": base32(hash32(b"cv1.root", struct.pack("<Q", len(content)) + b"".join(slots[:used]))),
            "roster": base32(self.head), "title": "A note", "worked": "2026-11-22"} | tricks.get("manifest", {})
        if manifest["parents"]:
            seen = b"".join(self.signatures.get(parent, b"") for parent in manifest["parents"])
            manifest = {"seen": base32(hash32(b"cv1.seen", seen))} | manifest
        raw = tricks.get("json", canonical)(manifest)
        signature = tricks.get("signer", member).sign(
            b"casevault 1 record\n" + self.id + tricks.get("signed_case", case) + id + raw)
        self.signatures[base32(id)] = signature
        front = (tricks.get("preamble", preamble(1)) + tricks.get("vault", self.id) + tricks.get("header_case", case)
                 + generation + id + os.urandom(32))
        record_key = kdf(key, b"cv1.record.key", front)
        header = front + tricks.get("commitment", kdf(record_key, b"cv1.record.com"))
        plain = (struct.pack("<I", tricks.get("n", len(raw))) + signature + raw).ljust(3872, tricks.get("manifest_padding", b"\0"))
        content_key = kdf(record_key, b"cv1.content")
        chunk_key, hashes_key = kdf(content_key, b"cv1.chunks"), kdf(content_key, b"cv1.hashes")
        slots = tricks.get("slots", lambda s: s)(slots)
        chunks, pieces = cut(tricks.get("sealed", lambda p: p)(padded)), cut(b"".join(slots))
        data = header + aead(kdf(record_key, b"cv1.manifest"), bytes(24), header, plain)
        data += b"".join(chunk(chunk_key, i, i == len(chunks) - 1, c) for i, c in enumerate(chunks))
        data += b"".join(chunk(hashes_key, j, j == len(pieces) - 1, p) for j, p in enumerate(pieces))
        name = f"{base32(id)}-{base32(generation)[:10]}"
        where = self.put(f"cases/{base32(case)[:2]}/{base32(case)}/{name}", data)
        return Written(where, base32(case), base32(id), id, content, raw)

    def opening(self, content, **more):
        ref = "ABCD-123" + reader.check_character("ABCD123")
        record = self.record(canonical({"ref": ref} | content), "opening", **more)
        record.ref = ref
        return record

    # §9

    def row(self, key, ids, strings, padding=b"\0", member=None, case=None, more=b"", **fields):
        member = member or self.manager
        values = {"status": 1, "flags": 0, "opened": 20000, "closed": -2**31, "last": 20100, "expires": 23000} | fields
        packed = b"".join(struct.pack("<BH", t, len(s.encode())) + s.encode() for t, s in strings) + more
        plain = struct.pack("<II32sBBHiiii", 60 + len(packed), len(ids), kdf(key, b"cv1.state", b"".join(sorted(ids))),
                            values["status"], values["flags"], fields.get("number", len(strings)), values["opened"], values["closed"],
                            values["last"], values["expires"]) + packed
        plain = plain.ljust(-(-len(plain) // 256) * 256, padding)
        case, generation, nonce = case or self.case(key), self.generation(key), os.urandom(24)
        ad = b"casevault 1 row\n" + self.id + member.device + case + generation
        sealed = nonce + aead(kdf(key, b"cv1.row"), nonce, ad, plain)
        return case + generation + struct.pack("<I", len(sealed)) + sealed

    def put_rows(self, rows, member=None, count=None, owner=None, type=6):
        member = member or self.manager
        signed = (preamble(type, len(rows) if count is None else count) + self.id + self.head + member.device
                  + struct.pack("<II", 0, 0) + b"".join(rows))
        return self.put_hashed(f"index/{base32((owner or member).device)}", signed + member.sign(b"casevault 1 rows\n" + signed))


    # §10

    def body(self, member, **more):
        raw = canonical({"action": "case show", "member": base32(member.id), "purpose": "advice", "result": "ok",
                         "time": TIME} | more)
        plain = struct.pack("<I", len(raw)) + raw
        return plain.ljust(-(-len(plain) // 256) * 256, b"\0")

    def log(self, member):
        return self.logs.setdefault(member.device, LogWriter(self, member))

    # §12.2

    def put_seen(self, records, member=None, key=None, **tricks):
        """The records seen: `(record, signature, json, content)`, any of them changed by `tricks`."""
        key, member = key or self.cases[0], member or self.manager
        front = (preamble(tricks.get("type", 11), tricks.get("count", len(records))) + tricks.get("vault", self.id)
                 + tricks.get("case", self.case(key)) + tricks.get("generation", self.generation(key)))
        plain = b""
        for id, signature, raw, content in records if tricks.get("unsorted") else sorted(records):
            plain += id + signature + struct.pack("<II", len(raw), 2**32 - 1 if content is None else len(content))
            plain += raw + (content or b"")
        plain, nonce = plain + tricks.get("more", b""), os.urandom(24)
        case = base32(self.case(key))
        return self.put(os.path.join(member.home, base32(self.id), "cases", case[:2], case),
                        front + nonce + aead(kdf(key, b"cv1.cache"), nonce, front, plain))


    # §12

    def spool(self, blocks, member=None, **tricks):
        """What a process left that is gone, `blocks` by index. `tricks` spoil one thing each."""
        member, salt, nonce = member or self.manager, os.urandom(32), os.urandom(24)
        vault, device = tricks.get("vault", self.id), tricks.get("device", member.device)
        process = tricks.get("process", base32(bytes(15)))
        front = preamble(tricks.get("type", 9), tricks.get("block", 65_536)) + vault + device
        own = kdf(tricks.get("private", member.private[0]), b"cv1.spool.own", tricks.get("place", vault + device + process.encode()))
        key = kdf(tricks.get("own", own), b"cv1.spool", salt)
        description = {"began": TIME, "case": base32(self.case(self.cases[0])), "kind": "note", "name": "Draft.txt",
                       "length": 65_536 * (max(blocks, default=-1) + 1)} | tricks.get("description", {})
        if "held" not in description and isinstance(description.get("length"), int):
            description["held"] = sum(1 for i in blocks if i * 65_536 < description["length"])
        raw = tricks.get("json", canonical)({name: v for name, v in description.items() if v is not None})
        plain = (struct.pack("<I", tricks.get("n", len(raw))) + raw).ljust(2048, tricks.get("padding", b"\0"))
        data = front + tricks.get("box", b"") + salt + nonce + aead(key, nonce, b"casevault 1 spool description\n", plain)
        if blocks or "gap" in tricks:
            data = data.ljust(4096, tricks.get("gap", b"\0"))
        for i, block in sorted(blocks.items()):
            nonce = os.urandom(24)
            data = data.ljust(4096 + 65_576 * i, b"\0") + nonce
            data += aead(key, nonce, b"casevault 1 spool block\n" + struct.pack("<Q", i), block.ljust(65_536, b"\0"))
        folder = os.path.join(member.home, base32(self.id), "spool", process)
        self.put(os.path.join(folder, "lock"), b"")
        return self.put(os.path.join(folder, tricks.get("name", base32(os.urandom(15)))), data)


class LogWriter:
    """A device's access log. Each call of `ship` makes one segment of one or several runs."""

    def __init__(self, office, member):
        self.office, self.member, self.next, self.chain = office, member, 0, ZERO
        self.begin()

    def begin(self):
        self.key = os.urandom(32)

    @property
    def auditors(self):
        return sodium.crypto_scalarmult_base(self.office.auditor)

    def box(self, auditors=None):
        auditors = auditors or self.auditors
        return seal(auditors, b"casevault 1 log\n" + self.office.id + self.member.device + auditors, self.key)

    def enter(self, body=None, key=None, **fields):
        nonce = os.urandom(24)
        body = body or self.office.body(self.member, **fields)
        sealed = nonce + aead(key or self.key, nonce, self.chain + struct.pack("<Q", self.next), body)
        return self.follow(struct.pack("<II", 1, len(sealed)) + ZERO + sealed)

    def made(self):
        return self.follow(struct.pack("<II", 2, 0) + os.urandom(32))

    def change(self, auditors=None):
        """The next run under a key of its own; no part of the chain."""
        self.begin()
        auditors = auditors or self.auditors
        return struct.pack("<II", 3, 136) + ZERO + auditors + self.box(auditors)

    def follow(self, entry):
        self.next, self.chain = self.next + 1, hash32(b"cv1.chain", self.chain + entry)
        return entry

    def front(self, start, auditors=None, box=None, **tricks):
        next, chain = start
        return (tricks.get("vault", self.office.id) + tricks.get("head", self.office.head)
                + tricks.get("device", self.member.device) + struct.pack("<Q", next) + chain
                + (auditors or self.auditors) + (box or self.box(auditors)))

    def here(self):
        return self.next, self.chain

    def segment(self, start, front, entries, witnesses=(), replaced=(), signer=None, owner=None):
        signed = (preamble(7, len(entries)) + front + struct.pack("<II", len(witnesses), len(replaced))
                  + b"".join(d + struct.pack("<Q", n) + c for d, n, c in witnesses) + b"".join(replaced)
                  + b"".join(entries))
        path = f"log/{base32((owner or self.member).device)}"
        return self.office.put_hashed(path, signed + (signer or self.member).sign(b"casevault 1 log\n" + signed))

    def ship(self, count=2, **more):
        """One run of its own key."""
        start = self.here()
        self.begin()
        front = self.front(start)
        return self.segment(start, front, [self.enter() if i % 2 == 0 else self.made() for i in range(count)], **more)

    def wait(self, count=2, torn=b"", name=None, type=10, **tricks):
        """A spool in the home."""
        start = self.here()
        self.begin()
        data = preamble(type, 1_800_000_000) + self.front(start, **tricks)
        data += b"".join(self.enter() if i % 2 == 0 else self.made() for i in range(count)) + torn
        return self.keep(str(start[0]) if name is None else name, data)

    def keep(self, name, data):
        folder = os.path.join(self.member.home, base32(self.office.id), "log", base32(self.member.device))
        return self.office.put(os.path.join(folder, name), data)

    def keep_head(self, point=None, **more):
        next, chain = point or self.here()
        return self.keep("head", canonical({"point": {"chain": base32(chain), "next": next}, "segments": []} | more))

    def keep_heads(self, **points):
        heads = {device: {"chain": base32(chain), "next": next} for device, (next, chain) in points.items()}
        return self.keep("../heads", canonical(heads))


class Written:
    def __init__(self, path, case, name, id, content, manifest):
        self.path, self.case, self.name, self.id = path, case, name, id
        self.content, self.manifest = content, manifest


# ---------------------------------------------------------------- the tests

class VaultTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="read-vault-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = os.path.join(self.folder, "out")
        self.office = Office(self.folder)

    def read(self, *more, member=None, passphrase=PASSPHRASE):
        """Runs the reader; keeps its exit code and what it printed."""
        shutil.rmtree(self.out, ignore_errors=True)
        end, other = os.pipe()
        os.write(other, passphrase + b"\n")
        os.close(other)
        member = member or self.office.manager
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            code = reader.main([self.office.path, "--home", member.home, "--passphrase-fd", str(end),
                                "-o", self.out, *more])
        with contextlib.suppress(OSError):      # not read where the vault was refused before
            os.close(end)
        self.stdout, self.stderr = stdout.getvalue(), stderr.getvalue()
        return code

    def case(self, *more):
        """What is in cases.json of the one case there is."""
        self.read(*more)
        with open(os.path.join(self.out, "cases.json")) as file:
            case, = json.load(file)["cases"]
        return case

    def output(self, record, suffix=""):
        path = os.path.join(self.out, record.case, record.name + suffix)
        if not os.path.exists(path):
            return None
        with open(path, "rb") as file:
            return file.read()

    def assertWritten(self, record):
        self.assertEqual(self.output(record), record.content)
        self.assertEqual(self.output(record, ".json"), record.manifest)

    def assertNothingOf(self, record):
        self.assertIsNone(self.output(record))
        self.assertIsNone(self.output(record, ".json"))
        self.assertIsNone(self.output(record, ".part"))

    def assertRefused(self, record, reason="", code=14):
        """Nothing of it is shown, it is named, and a sound record beside it is written."""
        if not hasattr(self, "sound"):
            self.sound = self.office.record(b"sound")
        self.assertEqual(self.read(), code, self.stderr)
        self.assertIn(reason, self.stderr)
        self.assertIn(os.path.basename(record.path), self.stderr)
        self.assertNothingOf(record)
        self.assertWritten(self.sound)

    def change(self, path, edit):
        """Applies `edit` to a file's bytes; returns what undoes it."""
        with open(path, "rb") as file:
            before = file.read()
        after = edit(bytearray(before))
        with open(path, "wb") as file:
            file.write(after)

        def undo():
            with open(path, "wb") as file:
                file.write(before)
        return undo


def flip(offset, bit=1):
    def edit(data):
        data[offset] ^= bit
        return data
    return edit


class Reading(VaultTest):
    SIZES = [0, 1, 4096, 4097, 5000, 65_536, 70_000, 1 << 20, 1_100_000]

    def test_every_record_comes_back_byte_for_byte(self):
        self.office.opening({})
        records = [self.office.record(os.urandom(size), member=member)
                   for size in self.SIZES for member in (self.office.manager, self.office.adviser)]
        for member in (self.office.manager, self.office.adviser):
            self.assertEqual(self.read(member=member), 0, self.stderr)
            self.assertEqual(self.stderr, "")
            for record in records:
                self.assertWritten(record)

    def test_sizes_are_those_of_the_document(self):
        table = {0: 8256, 1: 8256, 5000: 9280, 1 << 20: 1_053_456, 2 << 30: 2_149_060_864}
        for length, size in table.items():
            self.assertEqual(reader.file_size(length), size)
        for length in [*range(0, 20_000, 37), *(1 << n for n in range(37)), *((1 << n) - 1 for n in range(37))]:
            self.assertEqual(reader.padded(length), padme(length))
        self.assertEqual(os.path.getsize(self.office.record(bytes(5000)).path), 9280)

    def test_a_hash_list_of_more_than_one_piece(self):
        content = os.urandom(65_536) * 2100                 # C > 2048
        self.assertEqual(self.read(), 0)
        record = self.office.record(content)
        self.assertEqual(self.read(), 0, self.stderr)
        self.assertEqual(hashlib.sha256(self.output(record)).digest(), hashlib.sha256(content).digest())

    def test_state_and_row(self):
        office, key = self.office, self.office.cases[0]
        opening = office.opening({"client": {"name": "Zoë", "emails": ["z@x"], "student_id": "7"}, "topic": "Housing"})
        seen = {"manifest": {"parents": [opening.name], "worked": "2026-01-01"}}
        update = office.record(canonical({"client": {"emails": None, "pseudonym": "Z"}, "ref": "no", "topic": None}),
                               "update", **seen)
        other = office.record(canonical({"adviser": base32(bytes(16))}), "update", **seen)
        withdrawal = office.record(b"no effect", "withdrawal", manifest={
            "parents": ascending(update.id, other.id), "replaces": ascending(other.id, opening.id)})
        ids = [opening.id, update.id, other.id, withdrawal.id]
        strings = [(1, "ABCD-1230"), (5, "Landlord"), (5, "Agent"), (99, "later")]
        office.put_rows([office.row(key, ids[:2], [(6, "less")])], office.manager)
        office.put_rows([office.row(key, ids, strings, member=office.adviser)], office.adviser)
        self.assertEqual(self.read("--json"), 0, self.stderr)
        self.assertEqual(self.stderr, "")
        self.assertEqual(json.loads(self.stdout)["records"], 4)
        case = self.case()
        self.assertEqual(case["state"]["client"], {"name": "Zoë", "student_id": "7", "pseudonym": "Z"})
        self.assertEqual(case["state"], {"client": case["state"]["client"], "ref": opening.ref,
                                         "adviser": base32(bytes(16))})
        self.assertEqual(case["records"][0], opening.name)
        self.assertEqual(case["records"][3], withdrawal.name)
        self.assertEqual((case["amended"], case["withdrawn"]), ({}, {}))
        self.assertTrue(case["row_agrees"])
        self.assertEqual((case["row"]["party"], case["row"]["opened"], case["row"]["closed"]),
                         (["Landlord", "Agent"], "2024-10-04", None))

    def test_updates_are_merged_as_rfc_7396_says(self):
        for known, change, merged in [          # its appendix A, where both sides are objects
                ({"a": "b"}, {"a": "c"}, {"a": "c"}), ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
                ({"a": "b"}, {"a": None}, {}), ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
                ({"a": ["b"]}, {"a": "c"}, {"a": "c"}), ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
                ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
                ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}), ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
                ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}})]:
            self.assertEqual(reader.merge(known, change), merged)
        opening = self.office.opening({"parties": ["A", "B"], "client": {"name": "Z"}})
        self.office.record(canonical({"parties": ["C"], "client": {"name": None}}), "update",
                           manifest={"parents": [opening.name]})
        self.assertEqual(self.case()["state"], {"ref": opening.ref, "parties": ["C"], "client": {}})

    def test_the_order_of_the_fold(self):
        """Of records made apart the earlier work first, then the lower id; children after
        their parents whatever their day; a parent that is not there holds nobody up."""
        office = self.office
        opening = office.opening({"topic": "0"}, manifest={"worked": "2026-05-01"})
        updates = [office.record(canonical({"topic": str(n)}), "update", manifest={
            "parents": [opening.name], "worked": "2026-05-02"}) for n in range(5)]
        early = office.record(b"x", manifest={"parents": [max(updates, key=lambda u: u.id).name], "worked": "2020-01-01"})
        alone = office.record(b"x", manifest={"parents": [base32(os.urandom(32))], "worked": "2026-04-30"})
        case = self.case()
        updates.sort(key=lambda update: update.id)
        self.assertEqual(case["records"], [r.name for r in (alone, opening, *updates, early)])
        self.assertEqual(case["state"]["topic"], json.loads(updates[-1].content)["topic"])

    def test_a_second_opening_is_ignored_and_named(self):
        first = self.office.opening({"topic": "one"}, manifest={"worked": "2026-05-01"})
        second = self.office.opening({"topic": "two", "parties": ["x"]}, manifest={"worked": "2026-05-02"})
        self.assertEqual(self.case()["state"], {"ref": first.ref, "topic": "one"})
        self.assertIn(f"{second.name}: a second opening is ignored", self.stderr)
        self.assertEqual(self.read(), 14)
        self.assertWritten(second)

    def test_last_work_and_expiry(self):
        office = self.office

        def days(*expected):
            case = self.case()
            self.assertEqual((case["last_work"], case["expires"]), expected)
        mail = {"details": {"direction": "received"}, "worked": "2026-11-01"}
        office.record(b"x", "mail", manifest=mail)
        days(None, None)
        self.assertIn("its opening is not here", self.stderr)
        office.opening({}, manifest={"worked": "2025-07-31"})
        days("2025-07-31", "2031-08-01")
        note = office.record(b"x", manifest={"worked": "2025-08-01"})
        days("2025-08-01", "2032-08-01")
        office.record(b"x", "mail", manifest=mail | {"details": {"direction": "sent"}, "worked": "2026-02-28"})
        office.record(b"x", "scan", manifest={"worked": "2026-03-01"})
        days("2026-02-28", "2032-08-01")
        note = office.record(b"x", manifest={"worked": "2026-08-02"})
        days("2026-08-02", "2033-08-01")
        amended = office.record(b"x", manifest={"worked": "2026-09-30", "replaces": [note.name]})
        days("2026-08-02", "2033-08-01")
        gone = office.record(b"x", "withdrawal", manifest={"replaces": [amended.name]})
        days("2026-08-02", "2033-08-01")
        last = office.record(b"x", "withdrawal", manifest={"replaces": [note.name]})
        days("2026-02-28", "2032-08-01")
        office.record(b"x", "withdrawal", manifest={"replaces": [gone.name]})
        days("2026-02-28", "2032-08-01")
        case = self.case()
        self.assertEqual(case["amended"], {note.name: [amended.name]})
        self.assertEqual(case["withdrawn"], {amended.name: [gone.name], note.name: [last.name]})

    def test_an_opening_or_update_that_is_no_json_of_its_size_is_damage(self):
        big = b'{"topic":"' + b"x" * ((256 << 10) - 12) + b'"}'
        for kind in "opening", "update":
            for content in b"", b"{} ", b"[]", b'{"topic":1.5}', b'{"b":1,"a":1}', big[:-2] + b'x"}':
                self.assertRefused(record := self.office.record(content, kind), "content")
                os.unlink(record.path)
        exactly = canonical({"later": "x" * ((256 << 10) - 12)})
        self.assertEqual(len(exactly), 256 << 10)
        self.office.record(exactly, "update")
        self.assertEqual(self.read(), 0, self.stderr)

    def test_an_opening_or_update_that_breaks_the_table_is_damage(self):
        good = {"client": {"name": "x" * 1000, "emails": ["x"] * 1000, "unsafe": "post", "new": 1}, "parties": [],
                "channel": "letter", "adviser": base32(bytes(16)), "topic": None, "new": {"a": [1]}}
        self.office.opening(good)
        self.assertEqual((self.read(), self.stderr), (0, ""))
        for name, content in [
                ("emails", {"client": {"emails": "x"}}), ("emails", {"client": {"emails": [None]}}),
                ("emails", {"client": {"emails": ["x"] * 1001}}), ("name", {"client": {"name": "x\n"}}),
                ("channel", {"channel": "owl"}), ("parties", {"parties": [""]}), ("adviser", {"adviser": "Ada"}),
                ("topic", {"topic": "x" * 1001}), ("topic", {"topic": ""}), ("topic", {"topic": 7}), ("client", {"client": 1}),
                ("ref", {"ref": "ABCD-1239"}), ("ref", {"ref": "abcd-123" + reader.check_character("ABCD123")})]:
            self.assertRefused(record := self.office.record(canonical(content), "opening"), f"`{name}`: ")
            os.unlink(record.path)
        self.office.record(canonical({"ref": 7}), "update")         # ignored there
        self.assertEqual((self.read(), self.stderr), (0, ""))

    def test_an_opening_gives_the_case_its_details(self):
        """What an update said before it, by the order of the fold, is gone."""
        office = self.office
        office.record(canonical({"channel": "phone", "topic": "early"}), "update", manifest={"worked": "2026-01-01"})
        self.assertEqual(self.case()["state"], {"channel": "phone", "topic": "early"})
        self.assertIn("its opening is not here", self.stderr)
        opening = office.opening({"topic": "T", "channel": None})
        self.assertEqual(self.case()["state"], {"ref": opening.ref, "topic": "T"})

    def test_odd_details_are_named(self):
        office = self.office
        office.opening({})
        for name, content, kind, details in [
                ("attached", b"x", "note", {"attached": ["x"]}), ("form", b"x", "note", {"form": "prose"}),
                ("mbox", b"x", "mail", {"mbox": False}), ("body", b"x", "mail", {"body": "AB"}),
                ("pages", b"x", "scan", {"pages": "1"}), ("date", b"x", "mail", {"date": "today"})]:
            record = office.record(content, kind, manifest={"details": details})
            self.assertEqual(self.read(), 0, self.stderr)
            self.assertIn(f"`{name}`: ", self.stderr)
            self.assertWritten(record)
            os.unlink(record.path)
        office.record(b"x", "owl-post", manifest={"details": {"attached": 1, "file": 1}})
        office.record(b"x", manifest={"details": {"attached": [base32(ZERO)], "form": "advice", "new": 1}})
        self.assertEqual((self.read(), self.stderr), (0, ""))

    def test_details_of_what_was_saved_through_a_mount(self):
        office = self.office
        office.opening({})
        whole = {"file": "Brief an Söğüt.odt", "modified": TIME, "sitting": base32(bytes(10))}
        for kind in ("note", "mail", "scan"):
            office.record(b"x", kind, manifest={"details": whole})          # a mail without `direction`, too
        self.assertEqual((self.read(), self.stderr), (0, ""))
        for kind in ("note", "mail", "scan"):
            for name, value in [("file", ""), ("file", 1), ("file", "a\nb"), ("modified", "2026-11-22"), ("modified", 1),
                                ("modified", "2026-11-22T13:44:60Z"), ("sitting", base32(bytes(9))), ("sitting", 1),
                                ("sitting", base32(bytes(11))), ("sitting", "A" * 16), ("sitting", "a" * 15)]:
                record = office.record(b"x", kind, manifest={"details": whole | {name: value}})
                self.assertEqual(self.read(), 0, self.stderr)
                self.assertIn(f"its details: `{name}`: ", self.stderr)
                self.assertWritten(record)
                os.unlink(record.path)

    def test_list_prints_a_line_for_each_record(self):
        record = self.office.record(b"x", manifest={"title": "Zu Händen"})
        self.assertEqual(self.read("--list"), 0)
        self.assertEqual(self.stdout, f"{record.case}\t{record.name}\tnote\t1\t2026-11-22\tZu Händen\n")
        os.unlink(record.path)
        self.office.record(b"x", manifest={"title": "fdp.\u202ereppiks\u200b"})
        self.assertEqual(self.read("--list"), 0)
        self.assertIn("\tfdp.\\u{202e}reppiks\\u{200b}\n", self.stdout)

    def test_a_renewed_unlock_key(self):
        m = self.office.manager
        m.private.insert(0, os.urandom(32))
        self.office.put_key(m, 1, m.chain)
        self.office.put_identity(m)
        os.unlink(self.office.grants[0])
        self.office.grant(1, self.office.master, self.office.epoch, m)
        self.assertEqual(self.read(), 0, self.stderr)
        self.assertEqual(self.stderr, "")
        del m.private[1]
        self.office.put_identity(m)
        self.assertEqual(self.read(), 0, self.stderr)

    def test_the_vault_is_not_touched(self):
        self.office.record(b"x")

        def all_of_it():
            return {os.path.join(at, name): os.stat(os.path.join(at, name)).st_mtime_ns
                    for at, folders, files in os.walk(self.office.path) for name in folders + files}
        before = all_of_it()
        self.read()
        self.assertEqual(all_of_it(), before)


class CanonicalJSON(unittest.TestCase):
    def test_what_is_canonical(self):
        for data in [b'{}', b'{"a":1,"b":[true,false,null,"\xc3\xa4\x7f/"]}', b'{"a":-9007199254740991}',
                     b'{"a":"\\"\\\\\\b\\t\\n\\f\\r\\u0001\\u001f"}', b'{"A":0,"a":0,"ab":0}',
                     b'{"a":' + b'[' * 31 + b']' * 31 + b'}']:
            reader.parse(data, "")

    def test_what_is_not(self):
        for data in [b'', b'[]', b'1', b'{"a":1} ', b' {"a":1}', b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}',
                     b'{"a":1.0}', b'{"a":1e3}', b'{"a":-0}', b'{"a":01}', b'{"a":+1}', b'{"a":NaN}',
                     b'{"a":Infinity}', b'{"a":9007199254740992}', b'{"a":' + b'9' * 6000 + b'}', b'{"a":"\\/"}',
                     b'{"a":"\\u0041"}', b'{"a":"\\u0008"}', b'{"a":"\\u001F"}', b'{"a":"\\ud83d\\ude00"}',
                     b'{"a":"\\ud800"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xc0\x80"}', b'{"a":"\xff"}', b'{"a":"\x01"}',
                     b'{"a":"\n"}', b'{"a":1,}', b'{"a":1}\0', b'\xef\xbb\xbf{}', b"{'a':1}", b'{"\\u0061":1}',
                     b'{"\xc3\xa4":1}', b'{"a":' + b'[' * 32 + b']' * 32 + b'}', b'{"a":' * 100_000]:
            with self.assertRaises(reader.Damaged, msg=data[:40]):
                reader.parse(data, "")


class AttacksOnRecords(VaultTest):
    def test_a_flipped_bit_in_every_region(self):
        record = self.office.record(os.urandom(70_000))     # P 71,680: two chunks
        size = os.path.getsize(record.path)
        self.assertEqual(size, 4096 + 71_680 + 48 * 2 + 16)
        later = {8, 9, 10}
        for offset in [*range(208), 208, 1000, 4079, 4080, 4095, 4096, 40_000, 4096 + 65_535, 4096 + 65_536,
                       4096 + 65_552, 70_000, size - 81, size - 80, size - 49, size - 48, size - 17, size - 1]:
            undo = self.change(record.path, flip(offset, 0x80))
            self.assertRefused(record, code=3 if offset in later else 14)
            undo()
        self.assertEqual(self.read(), 0)
        self.assertWritten(record)

    def test_every_byte_of_a_small_record(self):
        record = self.office.record(b"x")
        for offset in range(208, os.path.getsize(record.path), 97):
            undo = self.change(record.path, flip(offset))
            self.assertRefused(record)
            undo()

    def test_another_length(self):
        record = self.office.record(os.urandom(1 << 20))
        for edit in [lambda d: d[:-1], lambda d: d[:0], lambda d: d[:100], lambda d: d[:208], lambda d: d[:4096],
                     lambda d: d[:8256], lambda d: d[:-65_552], lambda d: d + b"\0", lambda d: d + bytes(65_552),
                     lambda d: d + d]:
            undo = self.change(record.path, edit)
            self.assertRefused(record)
            undo()
        undo = self.change(record.path, lambda d: d)
        os.truncate(record.path, 1 << 40)                   # a sparse giant
        self.assertRefused(record, "is no size of a record")
        undo()

    def test_chunks_swapped_dropped_zeroed(self):
        record, other = (self.office.record(os.urandom(1 << 20)) for _ in range(2))
        at = [4096 + 65_552 * i for i in range(17)]
        with open(other.path, "rb") as file:
            foreign = file.read()

        def swap(d):
            d[at[0]:at[1]], d[at[3]:at[4]] = d[at[3]:at[4]], d[at[0]:at[1]]
            return d

        def last(d):
            d[at[0]:at[1]], d[at[15]:at[16]] = d[at[15]:at[16]], d[at[0]:at[1]]
            return d

        def splice(start, end):
            def edit(d):
                d[start:end] = foreign[start:end]
                return d
            return edit

        def zero(start, end):
            def edit(d):
                d[start:end] = bytes(end - start)
                return d
            return edit

        for edit in [swap, last, lambda d: d[:at[2]] + d[at[3]:] + bytes(65_552), splice(at[2], at[3]),
                     splice(at[0], at[16]), splice(at[16], len(foreign)), splice(at[0], len(foreign)),
                     splice(208, 4096), splice(144, 208), splice(0, 4096), zero(at[5], at[6]),
                     zero(at[15], len(foreign)), zero(at[16], len(foreign)), zero(208, 4096), zero(0, len(foreign))]:
            undo = self.change(record.path, edit)
            self.assertRefused(record)
            undo()

    def test_renamed_or_moved(self):
        office = self.office
        record, other = office.record(b"one"), office.record(b"two", key=office.cases[1])
        here, there = os.path.dirname(record.path), os.path.dirname(other.path)
        name = os.path.basename(record.path)
        moves = [os.path.join(here, f"{base32(os.urandom(32))}{name[52:]}"),
                 os.path.join(here, f"{name[:53]}{os.path.basename(other.path)[53:]}"),
                 os.path.join(there, name),
                 os.path.join(there, f"{name[:53]}{os.path.basename(other.path)[53:]}")]
        for target in moves:
            os.rename(record.path, target)
            self.assertEqual(self.read(), 14, self.stderr)
            self.assertNothingOf(record)
            self.assertEqual(os.path.exists(os.path.join(self.out, other.case, record.name)), False)
            self.assertWritten(other)
            os.rename(target, record.path)

    def test_a_case_folder_under_another_name(self):
        record = self.office.record(b"one")
        case = base32(os.urandom(32))
        path = os.path.join(self.office.path, "cases", case[:2])
        os.makedirs(path, exist_ok=True)
        os.rename(os.path.dirname(record.path), os.path.join(path, case))
        self.assertEqual(self.read(), 14)
        self.assertFalse(os.path.exists(os.path.join(self.out, case)))

    def test_moved_to_another_case_by_a_holder_of_both_keys(self):
        office = self.office
        moved = office.record(b"x", key=office.cases[1], signed_case=office.case(office.cases[0]))
        self.assertRefused(moved, "signature")

    def test_signed_by_another_device(self):
        office = self.office
        m, a = office.manager, office.adviser
        self.assertRefused(office.record(b"x", signer=a), "signature")
        self.assertRefused(office.record(b"x", member=a, id_key=m.sign_public), "its id is not of its device")
        self.assertRefused(office.record(b"x", member=a, manifest={"author": base32(m.id)}), "not the device's member")
        self.assertRefused(office.record(b"x", member=a, manifest={
            "author": base32(m.id), "device": base32(m.device)}), "its id is not of its device")
        self.assertRefused(office.record(b"x", member=Member("manager", "Eve")), "not on the roster")

    def test_authority_at_the_head_that_the_author_saw(self):
        office = self.office
        self.assertRefused(office.record(b"x", member=office.desk), "a desk may not write")
        self.assertRefused(office.record(b"x", manifest={"roster": base32(os.urandom(32))}), "head is not known")
        self.assertRefused(office.record(b"x", member=office.adviser, manifest={
            "roster": base32(office.founding)}), "not on the roster there")

    def test_a_key_holder_rewrites_content(self):
        office, content = self.office, os.urandom(70_000)
        forged = bytearray(content)
        forged[69_999] ^= 1

        def slots(s):
            return [hash32(b"cv1.chunk", bytes(forged[:65_536])), hash32(b"cv1.chunk", bytes(forged[65_536:]))]

        def sealed(padded):
            return bytes(forged) + padded[70_000:]
        self.assertRefused(office.record(content, sealed=sealed), "its hash is not the list's")
        self.assertRefused(office.record(content, slots=slots), "root")
        self.assertRefused(office.record(content, sealed=sealed, slots=slots), "root")
        self.assertRefused(office.record(content, manifest={"root": base32(ZERO)}), "root")
        self.assertRefused(office.record(content, manifest={"length": 69_999}), "root")
        self.assertRefused(office.record(content, manifest={"length": 5}), "not those of its length")

    def test_padding(self):
        office = self.office
        self.assertRefused(office.record(b"x", sealed=lambda p: p[:-1] + b"!"), "padding")
        self.assertRefused(office.record(b"", sealed=lambda p: b"!" + p[1:]), "padding")
        self.assertRefused(office.record(b"x", manifest_padding=b" "), "padding")
        self.assertRefused(office.record(b"", slots=lambda s: [hash32(b"cv1.chunk", b"")]), "slot")
        large = next(n for n in range(1 << 22, 1 << 23, 65_536) if padme(n + 1) - n > 65_536) + 1
        self.assertRefused(office.record(bytes(large), slots=lambda s: s[:-1] + [b"!" * 32]), "slot")
        self.assertRefused(office.record(bytes(large), sealed=lambda p: p[:-1] + b"!"), "padding")
        self.assertRefused(office.record(b"x", padded=lambda p: p + bytes(1024)), "not those of its length")

    def test_the_commitment(self):
        self.assertRefused(self.office.record(b"x", commitment=os.urandom(32)), "commitment")

    def test_manifests_that_are_not_as_they_must_be(self):
        office = self.office
        spellings = [lambda m: json.dumps(m, sort_keys=True).encode(), lambda m: canonical(m) + b" ",
                     lambda m: canonical(m).replace(b'"kind"', b'"kind":"note","kind"'), lambda m: b"[]", lambda m: b"",
                     lambda m: canonical(m)[:-1] + b',"z":1.5}', lambda m: canonical(m).replace(b"text/", b"text\\/")]
        for json_of in spellings:
            self.assertRefused(office.record(b"x", json=json_of), "manifest")
        some = base32(bytes(range(32)))
        for name, value in [
                ("author", "x"), ("details", []), ("details", {}), ("details", {"a": "x" * 1600}), ("device", base32(bytes(32))),
                ("kind", ""), ("kind", "Note"), ("kind", "a" * 33), ("length", -1), ("length", "1"), ("length", True),
                ("length", (1 << 36) + 1), ("media_type", "text"), ("media_type", "a/" + "b" * 126), ("parents", None),
                ("parents", [some, some]), ("parents", [some[:-1] + "b"]), ("random", base32(bytes(16))),
                ("parents", [base32(bytes([9 - i] * 32)) for i in range(2)]),
                ("parents", [base32(bytes([i] * 32)) for i in range(17)]), ("recorded", "2026-11-22T13:44:59+00:00"),
                ("recorded", "2026-11-22T13:44:60Z"), ("recorded", "2026-02-29T00:00:00Z"), ("replaces", []),
                ("root", 1), ("title", "é" * 128), ("title", "a\nb"), ("title", 1), ("worked", "2026-11-23"),
                ("worked", "22.11.2026"), ("worked", "2026-1-02"), ("worked", "2026-11-31")]:
            self.assertRefused(office.record(b"x", manifest={name: value}))
        for name in ("author", "kind", "title", "root", "parents", "worked"):
            self.assertRefused(office.record(b"x", json=lambda m: canonical({k: m[k] for k in m if k != name})), name)

    def test_worked_is_a_day_in_the_time_zone_of_the_vault(self):
        summer = {"recorded": "2026-07-31T23:00:00Z", "worked": "2026-08-01"}
        record = self.office.record(b"x", manifest=summer)
        self.assertEqual(self.read(), 0, self.stderr)
        self.assertWritten(record)
        self.assertRefused(self.office.record(b"x", manifest=summer | {"recorded": "2026-07-31T22:59:59Z"}), "worked")

    def test_without_a_key(self):
        self.assertRefused(self.office.record(b"x", key=os.urandom(32)), "no key", code=3)

    def test_strangers(self):
        office, record = self.office, self.office.record(b"x")
        os.rename(record.path, record.path + ".real")
        os.symlink(record.path + ".real", record.path)
        self.assertEqual(self.read(), 0)
        self.assertNothingOf(record)
        self.assertEqual(self.stderr.count("stranger"), 2)
        os.unlink(record.path)
        os.mkfifo(record.path)
        self.assertEqual(self.read(), 0)
        os.unlink(record.path)
        os.rename(record.path + ".real", record.path)
        case = os.path.dirname(record.path)
        os.rename(case, office.home)
        os.symlink(office.home, case)                       # a folder that leads outside
        self.assertEqual(self.read(), 0)
        self.assertNothingOf(record)
        office.put("cases/Thumbs.db", b"x")
        office.put("roster/x.sync-conflict-1", b"x")
        office.put("new\nline", b"x")
        self.read()
        self.assertIn("cases/Thumbs.db", self.stderr)
        self.assertIn("roster/x.sync-conflict-1", self.stderr)
        self.assertIn("stranger: new\\nline", self.stderr)

    def test_parents_that_are_not_there(self):
        office = self.office
        one = office.record(b"1", manifest={"worked": "2026-11-21"})
        two = office.record(b"2", manifest={"parents": [one.name], "worked": "2026-11-20"})
        gone = os.urandom(32)
        three = office.record(b"3", manifest={"parents": ascending(one.id, gone)})
        self.assertEqual(self.read("--list"), 0)
        self.assertIn(f"{base32(gone)} is named as a parent and not here", self.stderr)
        self.assertEqual([line.split("\t")[1] for line in self.stdout.splitlines()], [one.name, two.name, three.name])

    def test_parents_in_a_circle(self):
        office = self.office
        randoms = [os.urandom(16) for _ in range(2)]
        names = [base32(hash32(b"cv1.record", office.manager.sign_public + random)) for random in randoms]
        pair = [office.record(str(n).encode(), random=randoms[n], manifest={
            "parents": [names[1 - n]], "worked": f"2020-01-0{2 - n}"}) for n in range(2)]
        child = office.record(b"child", manifest={"parents": [names[0]], "worked": "2020-01-03"})
        opening = office.opening({})
        self.assertEqual(self.read("--list"), 14)
        self.assertIn("a circle of parents", self.stderr)
        self.assertEqual([line.split("\t")[1] for line in self.stdout.splitlines()],
                         [record.name for record in (opening, pair[1], pair[0], child)])
        for record in pair:
            self.assertWritten(record)

    def test_a_parent_that_its_author_has_replaced(self):
        office, random = self.office, os.urandom(16)
        opening = office.opening({})
        first = office.record(b"I said no", random=random)
        child = office.record(b"2", manifest={"parents": ascending(opening.id, first.id)}, member=office.adviser)
        grandchild = office.record(b"3", manifest={"parents": [child.name]})
        self.assertEqual((self.read(), self.stderr), (0, ""))
        second = office.record(b"I said yes", random=random)
        self.assertEqual(first.path, second.path)
        self.assertEqual(self.read(), 14)
        self.assertIn(f"{child.name}: `seen` does not fit", self.stderr)
        self.assertEqual(self.stderr.count("seen"), 1)
        for record in (opening, second, child, grandchild):
            self.assertWritten(record)
        os.unlink(opening.path)                             # not all parents are there: nothing to compare
        self.assertEqual(self.read(), 0)

    def test_seen_goes_with_parents(self):
        office, some = self.office, base32(bytes(32))
        parent = office.record(b"x")
        self.assertRefused(office.record(b"x", manifest={"seen": some}), "`seen`")
        self.assertRefused(office.record(b"x", manifest={"parents": [parent.name], "seen": None}), "`seen`")
        self.assertRefused(office.record(b"x", manifest={"parents": [parent.name], "seen": some[1:]}), "`seen`")
        self.assertRefused(office.record(b"x", json=lambda m: canonical({k: m[k] for k in m if k != "seen"}),
                                         manifest={"parents": [parent.name]}), "`seen`")
        other = office.record(b"y")
        parents = sorted([parent, other], key=lambda record: record.id)
        wrong = b"".join(office.signatures[record.name] for record in reversed(parents))
        record = office.record(b"x", manifest={"parents": [p.name for p in parents],
                                               "seen": base32(hash32(b"cv1.seen", wrong))})
        self.assertEqual(self.read(), 14)
        self.assertIn(f"{record.name}: `seen` does not fit", self.stderr)
        self.assertWritten(record)

    def test_ids_are_ordered_as_bytes_and_not_as_text(self):
        """In base32 `2` is above `z`, in ASCII below `a`."""
        low, high = bytes([0b11001 << 3] + [0] * 31), bytes([0b11010 << 3] + [0] * 31)
        self.assertGreater(base32(low), base32(high))
        self.office.record(b"x", manifest={"replaces": [base32(low), base32(high)]})
        self.assertEqual(self.read(), 0, self.stderr)
        self.assertRefused(self.office.record(b"x", manifest={"replaces": [base32(high), base32(low)]}), "ascending")


class AttacksOnKeysAndRoster(VaultTest):
    def test_a_flipped_bit_in_every_small_file(self):
        self.office.record(b"x")
        self.office.put_rows([self.office.row(self.office.cases[0], [b"x" * 32], [(1, "r")])])
        self.assertEqual(self.read(), 0)
        for at, _, names in os.walk(self.office.path):
            for name in names:
                path = os.path.join(at, name)
                if "cases/" in path or name == "README.txt":
                    continue
                for offset in range(0, os.path.getsize(path), 23):
                    undo = self.change(path, flip(offset))
                    self.assertIn(self.read(), (3, 10, 14), f"{path} {offset}")
                    undo()
                for edit in (lambda d: d[:-1], lambda d: d + b"\0", lambda d: d[:0], lambda d: d[:50]):
                    undo = self.change(path, edit)
                    self.assertIn(self.read(), (3, 10, 14), f"{path}")
                    undo()

    def test_the_identity(self):
        path = self.office.manager.identity
        self.assertEqual(self.read(passphrase=b"wrong"), 12)
        self.assertIn("wrong passphrase", self.stderr)
        for offset in range(0, os.path.getsize(path), 5):
            undo = self.change(path, flip(offset))
            self.assertEqual(self.read(), 12, offset)
            undo()
        for passes, memory in [(0, 8 << 20), (17, 8 << 20), (1, (8 << 20) - 1024), (1, (8 << 20) + 512),
                               (1, (2 << 30) + 1024), (1, 1 << 63)]:
            self.office.put_identity(self.office.manager, passes, memory)
            self.assertEqual(self.read(), 12)
            self.assertIn("out of bounds", self.stderr)
        self.office.put_identity(self.office.manager)
        for passphrase in b"x" * 1025, b"two\nlines":
            self.assertEqual(self.read(passphrase=passphrase), 12)
            self.assertIn("a passphrase is one line of at most 1,024 bytes", self.stderr)
        os.unlink(path)
        self.assertEqual(self.read(), 12)

    def test_an_identity_without_a_grant(self):
        self.assertEqual(self.read(member=self.office.desk), 12)
        self.assertIn("no grant", self.stderr)

    def test_an_identity_with_keys_of_another(self):
        self.office.adviser.private = self.office.manager.private
        self.office.put_identity(self.office.adviser)
        self.assertEqual(self.read(member=self.office.adviser), 12)

    def test_grants(self):
        office = self.office
        office.grant(1, os.urandom(32), office.epoch, office.manager)
        self.assertEqual(self.read(), 14)
        self.assertIn("not the epoch's master key", self.stderr)
        office.grant(1, office.master, office.epoch, office.desk)
        self.assertEqual(self.read(), 14)
        self.assertIn("not used: a desk is not entitled", self.stderr)
        self.assertEqual(self.stderr.count("damaged"), 1)

    def test_a_grant_of_another_private_half(self):
        office = self.office
        office.grant(2, os.urandom(32), sodium.crypto_scalarmult_base(office.auditor), office.manager)
        self.assertEqual(self.read(), 14)
        self.assertIn("not the private half", self.stderr)

    def test_a_box_with_an_ephemeral_key_of_small_order(self):
        office = self.office
        m = office.manager
        front = preamble(5, 1) + office.id + office.epoch + office.head + m.device + m.unlock
        nonce, point = os.urandom(24), bytes(32)
        sealed = aead(kdf(ZERO, b"cv1.box", point + m.unlock), nonce, b"casevault 1 grant\n" + front, office.master)
        office.put_hashed(office.keyring, front + point + nonce + sealed)
        self.assertEqual(self.read(), 14)
        self.assertIn("shared secret is zero", self.stderr)

    def test_wraps_that_do_not_match_are_left_out(self):
        office, sound = self.office, self.office.record(b"sound")
        one, two = office.cases
        other = office.wrap(os.urandom(32), office.case(two), office.generation(two))
        strange = office.wrap(two, case=office.case(one))
        for wraps, reason in [([other], "not its generation's"), ([strange], "not of its case"),
                              ([other[:-1] + bytes([other[-1] ^ 1])], "tag")]:
            segment = office.put_segment(wraps)
            self.assertEqual(self.read(), 14)
            self.assertIn(reason, self.stderr)
            self.assertWritten(sound)
            os.unlink(segment)

    def test_key_segments(self):
        office = self.office
        wraps = sorted([office.wrap(os.urandom(32)) for _ in range(3)])
        for reason, trick in [("ascending", {"wraps": wraps[::-1], "sort": False}),
                              ("ascending", {"wraps": [wraps[0], wraps[0]]}),
                              ("a desk may not", {"wraps": wraps, "member": office.desk}),
                              ("not on the roster", {"wraps": wraps, "member": Member("manager", "Eve")}),
                              ("ascending", {"wraps": wraps, "replaced": [b"b" * 32, b"a" * 32]})]:
            segment = office.put_segment(**trick)
            self.assertEqual(self.read(), 14)
            self.assertIn(reason, self.stderr)
            os.unlink(segment)
        office.put_segment(wraps, office.adviser, [b"a" * 32, b"b" * 32])
        self.assertEqual(self.read(), 0, self.stderr)

    def test_an_epoch_document_by_an_adviser(self):
        office, genuine = self.office, self.office.manager
        office.manager, keyring = office.adviser, office.keyring
        path = os.path.join(office.path, keyring, "document")
        with open(path, "rb") as file:
            body = file.read()[116:-64]
        data = statement(48, body, office.id, office.head, office.adviser)
        office.put(f"keyring/{base32(hash32(b'cv1.statement', data))}/document", data)
        self.assertEqual(self.read(member=genuine), 14)
        self.assertIn("not signed by a manager", self.stderr)

    def test_admissions(self):
        office, eve = self.office, Member("adviser", "Eve")
        path = os.path.join(office.path, "roster")
        for code, reason, trick in [
                (14, "not signed by a manager", {"by": office.adviser}), (0, "stranger", {"by": eve}),
                (14, "role", {"member": eve.on_roster()["member"] | {"role": "god"}}),
                (14, "parents are not here", {"parents": [base32(os.urandom(32))]}),
                (0, "stranger", {"parents": [base32(os.urandom(32))], "by": eve}), (14, "parents", {"parents": []}),
                (14, "roster head", {"parents": [base32(office.founding)]}),
                (14, "already", office.adviser.on_roster()), (14, "chains", {"chains": []}),
                (14, "chains", {"chains": {base32(n.to_bytes(32, "big")): base32(ZERO) for n in range(4097)}}),
                (14, "already", {"member": eve.on_roster()["member"] | {"id": base32(office.desk.id)}}),
                (10, "tombstones", {"tombstones": [base32(ZERO)]}), (14, "tombstones", {"tombstones": base32(ZERO)}),
                (14, "tombstones", {"tombstones": ascending(b"a" * 32, b"b" * 32)[::-1]}),
                (0, "epoch", {"epoch": base32(ZERO)}),
                (0, "newer unlock key", {"chains": {base32(office.desk.device): base32(ZERO)}})]:
            id = office.admit(eve, **trick)
            self.assertEqual(self.read(), code, (reason, self.stderr))
            self.assertIn(reason, self.stderr)
            os.unlink(os.path.join(path, base32(id)))

    def test_an_entry_of_two_parents(self):
        """§6.1: its head is the lower of them, and both entitle its signer."""
        office, path = self.office, os.path.join(self.office.path, "roster")
        others = [office.admit(Member("adviser", name)) for name in ("Eve", "Fay")]
        before = office.head
        for code, office.head in zip((0, 14), sorted(others)):
            id = office.admit(Member("adviser", "Gil"), parents=ascending(*others))
            self.assertEqual(self.read(), code, self.stderr)
            self.assertEqual("not the lowest of its parents" in self.stderr, code == 14)
            os.unlink(os.path.join(path, base32(id)))
        office.head = min(before, office.founding)          # the adviser is on the roster at one only
        id = office.put_statement("roster", 3, {"kinds": [], "parents": ascending(before, office.founding), "time": TIME},
                                  office.adviser)
        self.assertEqual(self.read(), 14)
        self.assertIn("its device is not in force as of every parent", self.stderr)

    def test_a_missing_admission(self):
        record = self.office.record(b"x", member=self.office.adviser)
        os.unlink(os.path.join(self.office.path, "roster", base32(self.office.head)))
        self.assertEqual(self.read(), 14)
        self.assertNothingOf(record)

    def test_another_vault(self):
        other = Office(os.path.join(self.folder, "other"))
        self.office.put("casevault.json", canonical({"casevault": 1, "vault": base32(other.id)}) + b"\n")
        self.assertEqual(self.read(), 10)
        shutil.copy(f"{other.path}/roster/{base32(other.id)}", f"{self.office.path}/roster/")
        self.assertEqual(self.read(), 12)
        self.office.put("casevault.json", canonical({"casevault": 2, "vault": base32(other.id)}) + b"\n")
        self.assertEqual(self.read(), 10)
        self.office.put("casevault.json", b'{"casevault": 1}\n')
        self.assertEqual(self.read(), 10)

    def test_kinds_of_a_later_version(self):
        office, eve = self.office, Member("manager", "Eve")
        kinds = [{"kind": 84, "must": False, "since": "0.7"}, {"kind": 64, "must": False, "since": "0.6"}]
        office.head = office.put_statement("roster", 3, {
            "kinds": kinds, "parents": [base32(office.head)], "time": TIME}, office.manager)
        self.assertEqual(self.read(), 0, self.stderr)
        plan, case = f"shred/{base32(ZERO)}", base32(office.case(office.cases[0]))
        case = f"cases/{case[:2]}/{case}"
        for folder, kind, member, type, code, reason in [
                (plan, 84, office.adviser, 2, 10, "0.7 or later"), (plan, 84, eve, 2, 0, "stranger"),
                ("shred/holds", 86, office.desk, 2, 10, "kind 86"), ("shred/x", 84, office.adviser, 2, 0, "stranger: shred/x\n"),
                (plan, 3, office.manager, 2, 0, "stranger"), (plan, 48, office.manager, 3, 14, "never sealed"),
                ("requests", 35, eve, 2, 3, "kind 35: of a later"), ("requests", 34, eve, 3, 14, "never sealed"), ("requests", 3, office.manager, 2, 0, "stranger"),
                ("enquiries", 96, office.desk, 3, 3, "kind 96: of a later"), ("enquiries", 96, eve, 3, 0, "stranger"),
                ("enquiries", 96, office.desk, 2, 14, "not a statement of this folder"),
                (case, 64, office.manager, 2, 3, "kind 64: of a later"), (case, 64, eve, 2, 0, "stranger"),
                (case, 3, office.manager, 2, 0, "stranger"),
                (office.keyring, 3, office.manager, 2, 0, "stranger"),
                (office.keyring, 54, office.manager, 2, 10, "kind 54"), (office.keyring, 200, office.desk, 3, 10, "200"),
                (office.keyring, 54, eve, 2, 0, "stranger"), ("roster", 5, office.manager, 2, 10, "kind 5"),
                ("roster", 5, eve, 2, 0, "stranger"), ("roster", 34, office.manager, 2, 0, "stranger"), ("roster", 32, office.manager, 2, 0, "stranger"),
                ("roster", 2, office.manager, 3, 14, "kind 2 is never sealed")]:
            id = office.put_statement(folder, kind, {"parents": [base32(office.head)], "time": TIME}, member, type=type)
            self.assertEqual(self.read(), code, (folder, kind, self.stderr))
            self.assertIn(reason, self.stderr)
            os.unlink(os.path.join(office.path, folder, base32(id)))
        for code, reason, *rows in [
                (10, "casevault 0.6 or later", (64, True, "0.6")), (0, "", (0, False, "2.0")),
                (10, "casevault 2.0 or later", (0, True, "2.0")), (10, "kind 99", (99, True, "2.0"), (99, False, "2.0")),
                (10, "kind 99", (99, False, "2.0"), (99, True, "2.0")),
                (0, "", *[(n + 1000, False, "2.0") for n in range(256)]),
                (14, "at most 256", *[(n + 1000, False, "2.0") for n in range(257)]),
                (14, "`kind`", (1 << 32, False, "2.0"))]:
            id = office.put_statement("roster", 3, {
                "kinds": [{"kind": kind, "must": must, "since": since} for kind, must, since in rows],
                "parents": [base32(office.head)], "time": TIME}, office.manager)
            self.assertRefusedWith(reason, os.path.join(office.path, "roster", base32(id)), code)

    def test_broken_unlock_chains(self):
        office, m = self.office, self.office.manager
        first = m.chain
        for n, previous in [(1, os.urandom(32)), (2, first)]:
            m.private.insert(0, os.urandom(32))
            office.put_key(m, n, previous)
            grant = office.grant(1, office.master, office.epoch, m)
            self.assertEqual(self.read(), 14 if n == 1 else 0)
            self.assertIn("not to an unlock key of its recipient", self.stderr)
            self.assertIn("`previous` is broken" if n == 1 else "beyond the end of its chain", self.stderr)
            os.unlink(grant)
            os.unlink(f"{office.path}/devices/{base32(m.device)}/{n}")
            del m.private[0]
        m.private.insert(0, os.urandom(32))
        office.put_key(m)
        self.assertEqual(self.read(), 14)
        self.assertIn("not the roster's", self.stderr)

    def assertRefusedWith(self, reason, path=None, code=14):
        self.assertEqual(self.read(), code, (reason, self.stderr))
        self.assertIn(reason, self.stderr)
        if path:
            os.unlink(path)

    def test_founding_entries(self):
        eve = Member("manager", "Eve")
        for code, reason, tricks in [
                (14, "not a founding", {"kind": 2}), (14, "not a founding", {"type": 3}),
                (14, "are not zero", {"vault": b"v" * 32}), (14, "are not zero", {"head": b"h" * 32}),
                (14, "has no parents", {"found": {"parents": []}}), (14, "does not verify", {"founder": eve}),
                (14, "founder is not a manager", {"found": {"member": {
                    "id": base32(bytes(16)), "name": "x", "role": "adviser"}}}),
                (14, "`name`", {"found": {"member": {"id": base32(bytes(16)), "name": "x\n", "role": "manager"}}}),
                (14, "`service`", {"found": {"service": 1}}), (14, "`time`", {"found": {"time": "today"}}),
                (14, "`auditor`", {"found": {"auditor": "x"}}), (14, "`managers`", {"found": {"managers": "x"}}),
                *[(14, "`academic_year_starts`", {"policy": {"academic_year_starts": day}})
                  for day in ("8-1", "02-29", "02-30", "04-31", "13-01", 801)],
                (14, "`kinds` is missing", {"found": {"kinds": None}}),
                *[(14, "`keep_years`", {"policy": {"keep_years": years}}) for years in ("6", -1, 101)],
                (0, "", {"policy": {"keep_years": 100, "work": ["x"] * 64}}), (14, "`work`", {"policy": {"work": ["x"] * 65}}),
                (0, "", {"found": {"service": "x" * 255}}), (14, "`service`", {"found": {"service": "x" * 256}}),
                (14, "`service`", {"found": {"service": ""}}), (14, "`time_zone`", {"policy": {"time_zone": "x" * 65}}),
                (14, "`since`", {"found": {"kinds": [{"kind": 84, "must": False, "since": "x" * 33}]}}),
                (14, "`since`", {"found": {"kinds": [{"kind": 84, "must": False, "since": ""}]}}),
                (14, "`work`", {"policy": {"work": "note"}}),
                (14, "`time_zone`", {"policy": {"time_zone": "Europe/Atlantis"}}),
                (14, "`time_zone`", {"policy": {"time_zone": "../../etc/passwd"}}),
                (14, "`kinds`", {"found": {"kinds": [1]}}), (10, "0.9", {"found": {"kinds": [
                    {"kind": 84, "must": True, "since": "0.9"}]}}),
                (14, "intake", {"intake": os.urandom(32)})]:
            shutil.rmtree(self.office.path)
            self.office = Office(self.folder, **tricks)
            self.assertRefusedWith(reason, code=code)

    def test_statements_well_named_and_wrong(self):
        office, m = self.office, self.office.manager
        body = {"kinds": [], "parents": [base32(office.head)], "time": TIME}
        good = statement(3, body, office.id, office.head, m)

        def signed(edit):
            front = bytes(edit(bytearray(good[:-64])))
            return front + m.sign(b"casevault 1 statement\n" + front)

        for reason, data in [
                ("of another vault", statement(3, body, ZERO, office.head, m)),
                ("`time`", statement(3, body | {"time": 1}, office.id, office.head, m)),
                ("`kinds`", statement(3, body | {"kinds": {}}, office.id, office.head, m)),
                ("`kinds`", statement(3, {"parents": body["parents"], "time": TIME}, office.id, office.head, m)),
                ("`kinds`", statement(3, body | {"kinds": [1]}, office.id, office.head, m)),
                ("not canonical", statement(3, json.dumps(body).encode(), office.id, office.head, m)),
                ("at most 1048576", statement(3, body | {"x": "x" * (1 << 20)}, office.id, office.head, m)),
                ("body's length", signed(lambda d: d + b"x")), ("byte 11", signed(flip(11))),
                ("not a statement", signed(flip(10, 2 ^ 4))), ("later program", signed(flip(8)))]:
            path = office.put(f"roster/{base32(hash32(b'cv1.statement', data))}", data)
            self.assertRefusedWith(reason, path, 3 if reason == "later program" else 14)
        path = office.put(f"roster/{base32(ZERO)}", good)
        self.assertRefusedWith("name is not its content's", path)
        path = office.put(f"shred/holds/{base32(ZERO)}", statement(84, body, office.id, office.head, m))
        self.assertRefusedWith("name is not its content's", path)
        eve = Member("adviser", "Eve")
        id = office.admit(eve, request="x")
        self.assertRefusedWith("`request`", os.path.join(office.path, "roster", base32(id)))
        id = office.admit(eve, device=office.desk.on_roster()["device"])
        self.assertRefusedWith("the device is in force already", os.path.join(office.path, "roster", base32(id)))

    def test_unlock_statements_well_linked_and_wrong(self):
        office, m = self.office, self.office.manager
        body = {"n": 1, "previous": base32(m.chain), "unlock": base32(m.unlock)}
        for reason, data in [
                ("not of an unlock chain", statement(3, body, office.id, office.head, m)),
                ("not its name", statement(32, body | {"n": 2}, office.id, office.head, m)),
                ("`previous`", statement(32, {k: body[k] for k in ("n", "unlock")}, office.id, office.head, m)),
                ("does not verify", statement(32, body, ZERO, office.head, m)),
                ("does not verify", statement(32, body, office.id, office.head, office.adviser)),
                ("sealed", statement(32, body, office.id, office.head, m, 3)),
                ("kind 33: of a later", statement(33, body, office.id, office.head, m))]:
            self.assertRefusedWith(reason, office.put(f"devices/{base32(m.device)}/1", data),
                                   3 if "33" in reason else 14)
        path = office.put(f"devices/{base32(m.device)}/1", statement(32, body, office.id, ZERO, m))
        self.assertEqual((self.read(), self.stderr), (0, ""))       # judged at its own roster entry, not at that head
        os.rename(path, path[:-1] + "01")
        self.assertRefusedWith(f"stranger: devices/{base32(m.device)}/01", code=0)
        eve = Member("adviser", "Eve")
        office.put_key(eve)
        self.assertRefusedWith("a device that is not on the roster", code=0)

    def test_epoch_documents_well_named_and_wrong(self):
        office, m = self.office, self.office.manager
        with open(os.path.join(office.path, office.keyring, "document"), "rb") as file:
            genuine = file.read()
        body = json.loads(genuine[116:-64])
        for reason, data in [
                ("stranger", statement(3, body, office.id, office.head, m)),
                ("stranger", statement(200, body, office.id, office.head, Member("manager", "Eve"))),
                ("stranger", statement(48, body, office.id, office.head, Member("manager", "Eve"))),
                ("kind 200", statement(200, body, office.id, office.head, office.desk)),
                ("sealed", statement(48, body, office.id, office.head, m, 3)),
                ("another vault", statement(48, body, ZERO, office.head, m)),
                ("`parents`", statement(48, body | {"parents": ascending(*[bytes([i] * 32) for i in range(17)])},
                                        office.id, office.head, m)),
                ("`parents`", statement(48, body | {"parents": "x"}, office.id, office.head, m)),
                ("`time`", statement(48, body | {"time": "x"}, office.id, office.head, m))]:
            self.assertRefusedWith(reason, office.put(
                f"keyring/{base32(hash32(b'cv1.statement', data))}/document", data),
                {"stranger": 0, "kind 200": 10}.get(reason, 14))
            shutil.rmtree(f"{office.path}/keyring/{base32(hash32(b'cv1.statement', data))}")
        office.put(f"keyring/{base32(ZERO)}/document", genuine)
        self.assertRefusedWith("folder's name")

    def test_identities_that_open_and_are_wrong(self):
        office, m = self.office, self.office.manager
        for reason, tricks in [
                ("of another vault", {"vault": b"v" * 32}), ("not on the roster", {"device": office.desk.device}),
                ("its member", {"id": office.desk.id}), ("106", {"zero": b"\0\1"}), ("not an identity", {"extra": 1}),
                ("number of its keys", {"count": 2})]:
            office.put_identity(m, **tricks)
            self.assertRefusedWith(reason, code=12)
        eve = Member("manager", "Eve")
        office.put_identity(eve)
        self.assertEqual(self.read(member=eve), 12)

    def test_segments_well_named_and_wrong(self):
        office, m = self.office, self.office.manager
        wraps = [office.wrap(os.urandom(32))]
        for reason, tricks in [
                ("another vault", {"vault": ZERO}), ("another epoch", {"epoch": ZERO}), ("number of its", {"count": 2}),
                ("bounds", {"count": 0}), ("bounds", {"wraps": [], "count": 0}), ("bounds", {"zero": 1}), ("bounds", {"r": 4097}), ("bounds", {"r": 99}),
                ("does not verify", {"signer": office.adviser}), ("type 6", {"type": 6}), ("type 1", {"type": 1})]:
            self.assertRefusedWith(reason, office.put_segment(**{"wraps": wraps} | tricks))
        path = office.put_segment(wraps)
        os.rename(path, path := os.path.join(os.path.dirname(path), base32(ZERO)))
        self.assertRefusedWith("name is not its content's", path)
        self.assertRefusedWith("not a segment of this folder", office.put_rows([], type=4))
        self.assertRefusedWith("of another device", office.put_rows([], owner=office.adviser))
        self.assertRefusedWith("bytes behind", office.put_rows([office.row(office.cases[0], [ZERO], [])], count=0))
        self.assertRefusedWith("do not fit", office.put_rows([office.row(office.cases[0], [ZERO], [])], count=2))
        grant = office.grant(1, office.master, office.epoch, m, vault=ZERO)
        self.assertRefusedWith("another vault", grant)
        self.assertRefusedWith("at most 280", office.grant(1, office.master, office.epoch, m, more=b"x"))
        path = office.put_hashed(office.keyring, preamble(5, 1) + bytes(263))
        self.assertRefusedWith("not 280 bytes", path)
        path = office.grant(4, office.master, office.epoch, m)
        self.assertRefusedWith("later program", path, 3)

    def test_files_of_a_later_version(self):
        """§1.3: not damage where they fit their names, and damage where they do not."""
        office, device = self.office, base32(self.office.manager.device)
        for folder, label, version, type, code in [
                ("roster", b"cv1.statement", 2, 2, 3), (office.keyring, b"cv1.statement", 2, 2, 3),
                (office.keyring, b"cv1.segment", 2, 4, 3), (office.keyring, b"cv1.segment", 1, 12, 3),
                (office.keyring, b"cv1.segment", 1, 7, 14), (f"index/{device}", b"cv1.segment", 2, 6, 3),
                ("requests", b"cv1.statement", 2, 2, 3), ("enquiries", b"cv1.statement", 2, 3, 3),
                ("shred/holds", b"cv1.statement", 2, 2, 3), (f"log/{device}", b"cv1.segment", 2, 7, 3),
                (f"log/{device}", b"cv1.segment", 1, 4, 14)]:
            data = bytearray(preamble(type) + office.id + bytes(32) + office.manager.device + bytes(300))
            data[8] = version
            for name, expected in (hash32(label, bytes(data)), code), (os.urandom(32), 14):
                self.assertRefusedWith("", path := office.put(f"{folder}/{base32(name)}", bytes(data)), expected)
                self.assertIn(os.path.basename(path), self.stderr)
        record = office.record(b"x")
        self.change(record.path, flip(8, 3))
        self.assertRefusedWith("of a later program", code=3)
        self.change(record.path, flip(50))                  # does not fit its folder
        self.assertRefusedWith("of another case")

    def test_folders_that_are_none(self):
        office = self.office
        for name in ("log", "cases"):
            os.symlink("/", os.path.join(office.path, name))
        office.put("index", b"")
        self.assertEqual(self.read(), 0, self.stderr)
        for name in ("log", "cases", "index"):
            self.assertIn(f"stranger: {name}\n", self.stderr)

    def test_folders_of_too_many_names(self):
        """§2: what is not read may be what removes or destroys, in three of them."""
        self.addCleanup(setattr, reader, "NAMES_MAX", reader.NAMES_MAX)
        reader.NAMES_MAX = 20
        for folder, code in [("cases", 3), ("index", 3), ("roster", 10), (self.office.keyring, 10), ("keyring", 10),
                             ("shred", 10), ("shred/holds", 10)]:
            for n in range(21):
                self.office.put(f"{folder}/x{n}", b"")
            self.assertEqual(self.read(), code, folder)
            self.assertIn(f"{folder}: more than 20 names", self.stderr)
            for n in range(21):
                os.unlink(os.path.join(self.office.path, folder, f"x{n}"))

    def test_records_of_a_key_holder_with_a_false_header(self):
        office = self.office
        for reason, tricks in [("not a record", {"preamble": preamble(1, 1)}), ("not a record", {"preamble": preamble(2)}),
                               ("another vault", {"vault": ZERO}), ("too long", {"n": 3805}), ("too long", {"n": 2**32 - 1}),
                               ("another case", {"header_case": office.case(office.cases[1])})]:
            self.assertRefusedWith(reason, office.record(b"x", **tricks).path)

    def test_casevault_json(self):
        path, good = os.path.join(self.office.path, "casevault.json"), {"casevault": 1, "vault": base32(self.office.id)}
        for data in [canonical(good), canonical(good) + b" ", canonical(good) + b"\n\n", b"[]\n", canonical(good) + b" " * 5000 + b"\n",
                     canonical(good | {"vault": base32(ZERO)}) + b"\n", canonical(good | {"casevault": "1"}) + b"\n"]:
            self.office.put(path, data)
            self.assertEqual(self.read(), 10, data[:80])
        os.unlink(path)
        self.assertEqual(self.read(), 10)
        os.mkfifo(path)
        self.assertEqual(self.read(), 10)

    def test_index_rows(self):
        office, key = self.office, self.office.cases[0]
        for reason, row in [
                ("padding", office.row(key, [ZERO], [(1, "r")], padding=b"!")),
                ("status", office.row(key, [ZERO], [], status=3)), ("no date", office.row(key, [ZERO], [], opened=2**31 - 1)),
                ("tag", office.row(key, [ZERO], [], member=office.adviser)),
                ("no key", office.row(os.urandom(32), [ZERO], [])),
                ("not of its case", office.row(key, [ZERO], [], case=ZERO)),
                ("strings do not fit", office.row(key, [ZERO], [(1, "r")], number=2)),
                ("strings do not fit", office.row(key, [ZERO], [], more=b"\1\2\0x", number=1)),
                ("strings do not fit", office.row(key, [ZERO], [(1, "r" * 193)], number=2)),     # n is 256
                ("behind its strings", office.row(key, [ZERO], [(1, "r")], number=0)),
                ("not UTF-8", office.row(key, [ZERO], [], more=b"\1\1\0\xff", number=1)),
                ("two rows", [office.row(key, [ZERO], []), office.row(key, [ZERO, ZERO], [])]),
                ("do not fit", office.row(key, [ZERO], [])[:-1])]:
            path = office.put_rows(row if isinstance(row, list) else [row])
            self.assertEqual(self.read(), 3 if reason == "no key" else 14)
            self.assertIn(reason, self.stderr)
            os.unlink(path)
        office.put_rows([office.row(key, [ZERO, ZERO], [], flags=0xf4)])        # unknown flags are ignored
        self.assertEqual(self.read(), 0)
        self.assertIn("a row counts 2 records, 0 are here: a false row", self.stderr)
        record = office.record(b"x")
        self.assertEqual(self.case()["row"]["flags"], ["anonymous"])
        self.assertIn("a row counts 2 records, 1 are here: a false row", self.stderr)
        os.truncate(office.record(b"x").path, 0)            # damaged, yet there
        self.assertEqual(self.read(), 14)
        self.assertNotIn("false row", self.stderr)
        self.assertWritten(record)


VAULT_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "Vault")


class RosterOfTwo(VaultTest):
    """§6.6: who is in force, and when."""

    def setUp(self):
        super().setUp()
        office = self.office
        self.tom, self.cleo, self.max, self.dana = (
            Member(role, name) for role, name in [("trustee", "Tom"), ("chief-executive", "Cleo"), ("manager", "Max"),
                                                  ("manager", "Dana")])
        office.bring(self.tom)
        office.bring(self.cleo)

    def in_force(self, code=0):
        self.assertEqual(self.read(), code, self.stderr)
        findings = reader.Findings()
        with reader.Folder(self.office.path) as root:
            roster = reader.Roster(root, self.office.id, findings)
        return roster

    def assertInForce(self, device, role, code=0):
        found = self.in_force(code).devices.get(device.device)
        self.assertEqual(found and found.role, role, self.stderr)

    def test_the_founding_manager_brings_two_seniors_alone_and_no_third(self):
        self.assertInForce(self.tom, "trustee")
        self.assertInForce(self.cleo, "chief-executive")
        third = self.office.bring(self.max)
        self.assertInForce(self.max, None)
        self.office.countersign(third, self.cleo)
        self.assertInForce(self.max, "manager")
        self.assertIn(self.office.admit(Member("adviser", "Eve"), by=self.max), self.in_force().views)

    def test_nobody_but_the_founding_manager_brings_a_senior_alone(self):
        self.office = office = Office(os.path.join(self.folder, "other"))
        office.bring(self.max)
        uma, vera = Member("trustee", "Uma"), Member("trustee", "Vera")
        office.bring(uma, by=self.max)
        office.bring(vera)
        self.assertInForce(uma, None)
        self.assertInForce(vera, "trustee")

    def test_what_a_pending_manager_signs_is_refused(self):
        self.office.bring(self.max)
        id = self.office.admit(Member("adviser", "Eve"), by=self.max)
        self.assertEqual(self.read(), 14)
        self.assertIn(f"roster/{base32(id)}: its device is not in force as of every parent", self.stderr)

    def test_who_may_sign_a_second_time(self):
        third = self.office.bring(self.max)
        for by in self.office.manager, self.office.adviser, self.max:
            id = self.office.countersign(third, by, keep=False)
            self.assertEqual(self.read(), 14, by.name)
            self.assertIn("in force as of" if by == self.max else "may not sign that entry", self.stderr)
            os.unlink(os.path.join(self.office.path, "roster", base32(id)))
        for entry in self.office.founding, self.office.head:
            first = self.office.countersign(entry, self.tom, keep=False)
            self.assertEqual(self.read(), 14 if entry == self.office.founding else 0, self.stderr)
            os.unlink(os.path.join(self.office.path, "roster", base32(first)))
        beside = self.office.bring(self.dana, parents=[self.office.founding], keep=False)
        self.office.countersign(beside, self.tom, keep=False)
        self.assertEqual(self.read(), 14)
        self.assertIn("`entry`: not of its lineage", self.stderr)

    def test_rounds_go_on_until_nothing_is_added(self):
        """An admission may wait for one that itself waits."""
        office = self.office
        max_ = office.bring(self.max)
        office.countersign(max_, self.tom)
        dana = office.bring(self.dana)
        office.countersign(dana, self.max)
        self.assertInForce(self.dana, "manager")

    def test_the_two_alone_are_the_first_of_the_lineage(self):
        """Branches that know nothing of each other, each with its two, are joined."""
        office, head = self.office, self.office.head
        others = [Member("trustee", "Ulf"), Member("trustee", "Vera")]
        founded = office.founding
        office.head = founded
        for other in others:
            office.bring(other)
        branch = office.head
        roster = self.in_force()
        self.assertEqual([d in roster.views[branch] for d in (others[0].device, others[1].device)], [True, True])
        self.assertEqual(roster.heads, sorted([head, branch]))
        office.bring(Member("adviser", "Eve"), parents=[head, branch])
        roster = self.in_force()
        seniors = {d.id for d in roster.devices.values() if d.role in ("trustee", "chief-executive")}
        self.assertEqual(len(seniors), 2)
        order = sorted((e for e in roster.entries.values() if e.brings and e.brings.role in ("trustee", "chief-executive")),
                       key=lambda e: (len(e.lineage), e.id))
        self.assertEqual(seniors, {e.brings.id for e in order[:2]})

    def test_the_same_member_brought_twice_apart(self):
        office, head, eve = self.office, self.office.head, Member("adviser", "Eve")
        twin = Member("adviser", "Eve")
        twin.id = eve.id
        office.bring(eve, keep=False)
        office.bring(Member("desk", "Wes"))
        later = office.bring(twin, keep=False)
        roster = self.in_force()
        self.assertIn(later, roster.views)
        self.assertEqual((eve.device in roster.devices, twin.device in roster.devices), (True, False))

    def test_a_device_of_two_members_signs_for_neither(self):
        self.office = office = Office(os.path.join(self.folder, "other"))
        twin = copy.copy(self.max)
        twin.id = os.urandom(16)
        branches = [office.bring(member, keep=False) for member in (self.max, twin)]
        id = office.sign_entry(3, {"kinds": []}, self.max, parents=branches, keep=False)
        self.assertEqual(self.read(), 14)
        self.assertIn(f"roster/{base32(id)}: its device is not the same member's", self.stderr)

    def test_a_further_computer_needs_another_of_its_member(self):
        office, laptop, tablet = self.office, Member("adviser", "laptop"), Member("adviser", "tablet")
        entry = office.bring_device(laptop, office.adviser)
        self.assertInForce(laptop, None)
        for by in office.manager, laptop, office.desk:
            id = office.countersign(entry, by, keep=False)
            self.assertEqual(self.read(), 14, by.name)
            os.unlink(os.path.join(office.path, "roster", base32(id)))
        office.countersign(entry, office.adviser)
        self.assertInForce(laptop, "adviser")
        record = office.record(b"from the laptop", member=laptop, manifest={"author": base32(office.adviser.id)})
        self.assertEqual(self.read(), 0, self.stderr)
        self.assertWritten(record)
        office.bring_device(tablet, office.manager)
        self.assertInForce(tablet, "manager")

    def test_devices_that_are_wrong(self):
        office, laptop = self.office, Member("adviser", "laptop")
        for reason, body, by in [
                ("`member`: not in force", {"member": base32(bytes(16))}, None),
                ("not signed by a manager", {}, office.adviser),
                ("the device is in force already", {"device": office.desk.on_roster()["device"]}, None),
                ("`request`", {"request": "x"}, None), ("`chains`", {"chains": []}, None),
                ("`epoch`", {"epoch": 1}, None)]:
            id = office.bring_device(laptop, office.adviser, by=by, body=body, keep=False)
            self.assertEqual(self.read(), 14, reason)
            self.assertIn(reason, self.stderr)
            os.unlink(os.path.join(office.path, "roster", base32(id)))
        id = office.bring_device(laptop, office.adviser, body={"tombstones": [base32(ZERO)]})
        self.assertEqual(self.read(), 10)
        os.unlink(os.path.join(office.path, "roster", base32(id)))

    def test_earlier_members(self):
        for id, code in (self.office.adviser.id, 0), (bytes(16), 14):
            eve = Member("adviser", "Eve")
            entry = self.office.admit(eve, earlier=base32(id))
            self.assertEqual(self.read(), code, self.stderr)
            self.assertEqual("`earlier`" in self.stderr, code == 14)
            os.unlink(os.path.join(self.office.path, "roster", base32(entry)))

    def test_a_record_and_a_grant_of_a_pending_device_do_not_count(self):
        office = self.office
        pending = office.bring(self.max)
        record = office.record(b"x", member=self.max)
        self.assertRefused(record, "its device is not on the roster there")
        office.put_identity(self.max)
        os.unlink(record.path)
        office.grant(1, office.master, office.epoch, self.max)
        self.assertEqual(self.read(member=self.max), 12)
        self.assertIn("waits for a second signature", self.stderr)
        office.countersign(pending, self.tom)
        office.grant(1, office.master, office.epoch, self.max)
        self.assertEqual(self.read(member=self.max), 14)    # the grant made too early is none
        self.assertWritten(self.sound)

    def test_the_identity_of_a_device_that_enrolled_names_nobody(self):
        office = self.office
        office.put_identity(office.adviser, id=bytes(16))
        self.assertEqual(self.read(member=office.adviser), 0, self.stderr)

    def test_policy_of_the_log(self):
        for hours, code in (1, 0), (720, 0), (0, 14), (721, 14):
            office = Office(os.path.join(self.folder, str(hours)), policy={"log_unshipped_hours": hours})
            self.office, before = office, self.office
            self.assertEqual(self.read(), code, self.stderr)
            self.office = before


class Requests(VaultTest):
    """§5.4, and the words of §6.6."""

    def test_a_request_and_its_chain(self):
        office, eve = self.office, Member("adviser", "Eve")
        id = office.request(eve)
        office.put_key(eve)
        self.assertEqual(self.read("--json"), 0, self.stderr)
        self.assertEqual(self.stderr, "")
        request, = json.loads(self.stdout)["requests"]
        hashed = hashlib.blake2b(office.id + office.head + eve.sign_public + eve.unlock, digest_size=32,
                                 person=b"cv1.words").digest()
        bits = "".join(f"{byte:08b}" for byte in hashed)
        listed = reader.word_list()
        words = " ".join(listed[int(bits[11 * k:11 * k + 11], 2)] for k in range(8))
        self.assertEqual(request, {"request": base32(id), "name": "Eve", "words": words, "answered": False})
        office.admit(eve, request=base32(id))
        self.assertEqual(self.read("--json"), 0, self.stderr)
        self.assertTrue(json.loads(self.stdout)["requests"][0]["answered"])

    def test_requests_that_are_wrong(self):
        office, eve, folder = self.office, Member("adviser", "Eve"), os.path.join(self.office.path, "requests")
        for reason, signer, changes in [
                ("the signature does not verify", None, {}), ("`name`", eve, {"name": ""}), ("`name`", eve, {"name": None}),
                ("`sign`", eve, {"sign": "x"}), ("`unlock`", eve, {"unlock": None}), ("`time`", eve, {"time": "now"}),
                ("not that of `sign`", office.adviser, {}), ("more than 4096 bytes", eve, {"zebra": "z" * 4000})]:
            id = office.request(eve, signer, **changes)
            if signer is None:
                self.change(path := os.path.join(folder, base32(id)), flip(-1))
                with open(path, "rb") as file:
                    id = hash32(b"cv1.statement", file.read())
                os.rename(path, os.path.join(folder, base32(id)))
            self.assertEqual(self.read(), 14, reason)
            self.assertIn(reason, self.stderr)
            os.unlink(os.path.join(folder, base32(id)))
        office.put(f"requests/{base32(ZERO)}", statement(34, {}, office.id, office.head, eve))
        self.assertEqual(self.read(), 14)

    def test_a_chain_that_is_not_the_request_s(self):
        office, eve = self.office, Member("adviser", "Eve")
        office.request(eve)
        eve.private.insert(0, os.urandom(32))
        office.put_key(eve)
        self.assertEqual(self.read(), 14)
        self.assertIn("the first key is not the roster's", self.stderr)

    def test_numbers_without_a_list(self):
        self.assertEqual(reader.numbers(bytes([0xff, 0xe0]) + bytes(29) + b"\1"), [2047] + [0] * 7)
        self.assertEqual(reader.numbers(bytes(10) + bytes([1, 0]) + bytes(20)), [0] * 7 + [1])
        self.assertIsNone(reader.word_list(os.path.join(self.folder, "nowhere")))
        with open(os.path.join(self.folder, "list"), "w") as file:
            file.write(f'"""{" ".join(reader.word_list()[::-1])}"""')
        self.assertIsNone(reader.word_list(file.name))

    def test_the_words_of_the_state(self):
        office = self.office
        self.assertEqual(self.read("--json"), 0)
        said = json.loads(self.stdout)["state_words"]
        chains = b"".join(m.device + m.chain for m in sorted(
            [office.manager, office.adviser, office.desk], key=lambda m: m.device))
        hashed = hash32(b"cv1.state.words", office.id + struct.pack("<I", 1) + office.head + struct.pack("<I", 6) + chains
                        + struct.pack("<I", 1) + office.epoch + struct.pack("<I", 0))
        self.assertEqual(said, reader.words(hashed))


class Log(VaultTest):
    """§10: each refusal, and who reads what."""

    def setUp(self):
        super().setUp()
        self.mine, self.adas = self.office.log(self.office.manager), self.office.log(self.office.adviser)

    def lines(self, code=0, **more):
        self.assertEqual(self.read("--log", **more), code, self.stderr)
        lines = [json.loads(line) for line in self.stdout.splitlines()]
        return [line for line in lines if "sequence" not in line], [line for line in lines if "sequence" in line]

    def assertFound(self, reason, code=14, **more):
        self.assertEqual(self.read(**more), code, self.stderr)
        self.assertIn(reason, self.stderr)

    def test_auditors_read_what_others_only_follow(self):
        office = self.office
        self.adas.ship(3)
        self.mine.ship(witnesses=[(office.adviser.device, *self.adas.here())])
        heads, entries = self.lines()
        self.assertEqual([h["next"] for h in heads if h["device"] == base32(office.adviser.device)], [3])
        self.assertEqual({h["chain"] for h in heads}, {base32(self.mine.chain), base32(self.adas.chain)})
        self.assertEqual(sorted(e.get("action", "-") for e in entries), ["-", "-", "case show", "case show", "case show"])
        self.assertEqual({e["member"] for e in entries if e["kind"] == "access"},
                         {base32(office.manager.id), base32(office.adviser.id)})
        others, sealed = self.lines(member=office.desk)     # who holds no key at all
        self.assertEqual(others, heads)
        self.assertTrue(all("action" not in entry for entry in sealed))
        self.assertEqual(self.read(member=office.desk), 12)

    def test_a_trustee_reads_the_log_and_no_case(self):
        office, tom = self.office, Member("trustee", "Tom")
        office.bring(tom)
        office.put_identity(tom)
        office.grant(2, office.auditor, sodium.crypto_scalarmult_base(office.auditor), tom)
        record = office.record(b"x")
        self.adas.ship()
        _, entries = self.lines(member=tom)
        self.assertEqual([e.get("action") for e in entries], ["case show", None])
        self.assertNothingOf(record)

    def test_details_open_where_the_case_does(self):
        office, case = self.office, base32(self.office.case(self.office.cases[0]))
        nonce, ad = os.urandom(24), office.id + office.manager.device + struct.pack("<Q", 0)
        def entry(key=office.cases[0], ad=ad, content=b'{"ref":"7K3Q-M2XD"}'):
            sealed = nonce + aead(kdf(key, b"cv1.log"), nonce, ad, content)
            front = self.mine.front((0, ZERO))
            self.mine.next, self.mine.chain = 0, ZERO
            return self.mine.segment(None, front, [self.mine.enter(case=case, details=base32(sealed))])
        path = entry()
        self.assertEqual(self.lines()[1][0]["details"], {"ref": "7K3Q-M2XD"})
        os.unlink(path)
        for reason, more in [("no key of their case", {"key": office.cases[1]}), ("no key of their case", {"ad": b""}),
                             ("its details: not JSON", {"content": b"x"}), ("not an object", {"content": b"[]"})]:
            path = entry(**more)
            self.assertFound(reason)
            os.unlink(path)

    def test_runs_under_several_keys(self):
        start, front = self.mine.here(), self.mine.front(self.mine.here())
        first = [self.mine.enter(), self.mine.made()]
        whole = self.mine.segment(start, front, [*first, self.mine.change(), self.mine.enter(), self.mine.made()])
        heads, entries = self.lines()
        self.assertEqual((heads[0]["next"], [e["sequence"] for e in entries]), (4, [0, 1, 2, 3]))
        self.mine.segment(start, front, first)              # a segment that came back lies within
        self.assertEqual((heads, entries), self.lines())
        os.unlink(whole)
        self.assertEqual(self.lines()[0][0]["next"], 2)

    def test_a_run_of_somebody_else(self):
        other = sodium.crypto_scalarmult_base(os.urandom(32))
        path = self.mine.segment(None, self.mine.front((0, ZERO), other), [self.mine.enter()])
        self.assertFound("somebody else than the auditors", member=self.office.adviser)
        os.unlink(path)
        self.mine.next, self.mine.chain = 0, ZERO
        self.mine.segment(None, self.mine.front((0, ZERO)), [self.mine.enter(), self.mine.change(other), self.mine.made()])
        self.assertFound("somebody else than the auditors", member=self.office.adviser)

    def test_each_refusal_of_a_segment(self):
        office, mine = self.office, self.mine
        made = struct.pack("<II", 2, 0) + os.urandom(32)
        for reason, tricks, more in [
                ("of another vault", {"vault": ZERO}, {}), ("of another device", {"device": office.adviser.device}, {}),
                ("roster head is not known", {"head": ZERO}, {}), ("the signature does not verify", {}, {"signer": office.adviser}),
                ("not on the roster there", {"device": office.desk.device, "head": office.founding},
                 {"signer": office.desk, "owner": office.desk}),
                ("bears witness of itself", {}, {"witnesses": [(office.manager.device, 1, ZERO)]}),
                ("witnesses: not ascending", {}, {"witnesses": [(b"b" * 32, 0, ZERO), (b"a" * 32, 0, ZERO)]}),
                ("replaced segments: not ascending", {}, {"replaced": [b"b" * 32, b"a" * 32]})]:
            path = mine.segment(None, mine.front((0, ZERO), **tricks), [made], **more)
            self.assertFound(reason, member=office.adviser)
            self.assertIn(os.path.basename(path), self.stderr)
            os.unlink(path)
        path = mine.ship()
        undo = self.change(path, flip(-1))
        self.assertFound("name is not its content's")
        undo()
        stranger = Member("adviser", "Eve")
        os.rename(os.path.dirname(path), os.path.join(office.path, "log", base32(stranger.device)))
        self.assertFound("stranger: log/", code=0)

    def test_forks_gaps_and_lost_ends(self):
        office, mine = self.office, self.mine
        first = mine.ship()
        middle = mine.here()
        second = mine.ship()
        third = mine.ship()
        self.assertEqual(self.lines()[0][0]["next"], 6)
        os.rename(second, aside := os.path.join(self.folder, "aside"))
        self.assertFound("a gap: entries 2 to 3 are missing")
        self.assertEqual(self.lines(14)[0][0]["next"], 2)
        os.rename(aside, second)
        mine.next, mine.chain = middle
        fork = mine.ship(1)
        self.assertFound("a fork")
        os.unlink(fork)
        mine.next, mine.chain = 6, os.urandom(32)           # a continuation of another chain
        fork = mine.ship(1)
        self.assertFound("a fork")
        os.unlink(fork)
        os.unlink(first)
        self.assertFound("a gap: entries 0 to 1 are missing")
        self.assertEqual(self.lines(14)[0][0]["next"], 0)

    def test_witnesses(self):
        office = self.office
        self.adas.ship()
        seen = self.adas.here()
        last = self.adas.ship()
        for reason, code, device, next, chain in [
                ("", 0, office.adviser.device, *seen), ("", 0, office.adviser.device, *self.adas.here()),
                ("does not reach entry 5", 14, office.adviser.device, 5, ZERO),
                ("another chain at entry 2", 14, office.adviser.device, 2, ZERO),
                ("not on the roster", 14, b"a" * 32, 1, ZERO), ("", 0, b"a" * 32, 0, ZERO),
                ("does not reach entry 1", 14, office.desk.device, 1, ZERO)]:
            self.mine.next, self.mine.chain = 0, ZERO
            path = self.mine.ship(witnesses=[(device, next, chain)])
            self.assertFound(reason, code)
            os.unlink(path)
        self.mine.next, self.mine.chain = 0, ZERO
        self.mine.ship(witnesses=[(office.adviser.device, *self.adas.here())])
        os.unlink(last)
        self.assertFound("does not reach entry 4")

    def test_bodies(self):
        office, mine = self.office, self.mine
        good = office.body(office.manager)
        raw = good[4:4 + struct.unpack_from("<I", good)[0]]
        for reason, body, key in [
                ("whose device it is not", office.body(office.adviser), None),
                ("its padding is wrong", good[:-1] + b"\1", None), ("its padding is wrong", good + bytes(256), None),
                ("its padding is wrong", struct.pack("<I", 999) + good[4:], None), ("not canonical", good.replace(b'":"', b'": "', 1)[:256].replace(struct.pack("<I", len(raw)), struct.pack("<I", len(raw) + 1), 1), None),
                ("`purpose`", office.body(office.manager, purpose="x"), None), ("the tag does not match", good, os.urandom(32))]:
            mine.next, mine.chain = 0, ZERO
            path = mine.segment(None, mine.front((0, ZERO)), [mine.enter(body, key)])
            self.assertFound(reason)
            self.assertEqual(self.read(member=office.adviser), 0, self.stderr)      # who cannot open it
            os.unlink(path)
        mine.next, mine.chain = 0, ZERO
        path = mine.segment(None, mine.front((0, ZERO), box=os.urandom(104)), [mine.enter()])
        self.assertFound("box")

    def test_times_that_run_backwards(self):
        for time, said in ("2026-11-22T13:42:59Z", False), ("2026-11-22T13:42:58Z", True):
            self.mine.next, self.mine.chain = 0, ZERO
            front = self.mine.front((0, ZERO))
            path = self.mine.segment(None, front, [self.mine.enter(), self.mine.enter(time=time)])
            self.assertFound("", 0)
            self.assertEqual("is dated before" in self.stderr, said)
            os.unlink(path)

    def test_spools(self):
        office, mine = self.office, self.mine
        mine.ship()
        mine.keep_head()
        path = mine.wait(3, torn=b"x" * 39)
        heads, entries = self.lines()
        self.assertEqual((heads[0]["next"], [e["shipped"] for e in entries]), (5, [True] * 2 + [False] * 3))
        self.assertIn("39 bytes behind its last whole entry", self.stderr)
        self.assertEqual(self.read(member=office.adviser), 0)
        os.unlink(path)
        for reason, at, more in [
                ("not its first sequence", None, {"name": "3"}), ("no spool's name", None, {"name": "x"}),
                ("no spool's name", None, {"name": "02"}), ("not a spool", None, {"type": 7}), ("of another device", None, {"device": ZERO}),
                ("of another vault", None, {"vault": ZERO}), ("somebody else", None, {"auditors": ZERO[:-1] + b"\x09"}),
                ("a fork", (2, os.urandom(32)), {}), ("does not follow", (9, os.urandom(32)), {})]:
            mine.next, mine.chain = at or (2, self.read_chain())
            path = mine.wait(1, **more)
            self.assertFound(reason)
            os.unlink(path)

    def read_chain(self):
        """The chain behind the one segment shipped."""
        with reader.Folder(self.office.path) as root:
            roster = reader.Roster(root, self.office.id, reader.Findings())
            return reader.AccessLog(root, roster, reader.Findings()).devices[self.office.manager.device].chain[2]

    def test_what_the_home_has_seen(self):
        office, mine = self.office, self.mine
        mine.ship()
        self.adas.ship()
        mine.keep_head()
        ada = base32(office.adviser.device)
        for reason, code, points in [
                ("", 0, {ada: self.adas.here()}), ("does not reach entry 3, as this home saw", 14, {ada: (3, ZERO)}),
                ("another chain at entry 2, as this home saw", 14, {ada: (2, ZERO)}),
                ("does not reach entry 1", 14, {base32(office.desk.device): (1, ZERO)}),
                ("not base32", 14, {"x": (1, ZERO)}), ("`next`", 14, {ada: (-1, ZERO)})]:
            mine.keep_heads(**points)
            self.assertFound(reason, code)
        self.assertEqual(self.read("--state", self.folder), 0, self.stderr)     # another home saw none of it
        mine.keep("../heads", b"[]")
        self.assertFound("not an object")
        os.unlink(mine.keep("../heads", b""))
        for reason, point, more in [
                ("as this home shipped it", (3, ZERO), {}), ("as this home shipped it", (2, ZERO), {}),
                ("the home was put back", (0, ZERO), {}), ("`segments`", None, {"segments": 1}), ("`size`", None, {
                    "segments": [{"id": base32(ZERO), "start": {"chain": base32(ZERO), "next": 0},
                                  "end": {"chain": base32(ZERO), "next": 2}, "size": 0}]})]:
            mine.keep_head(point, **more)
            self.assertFound(reason)


class SeenRecords(VaultTest):
    """§12.2: each refusal of the file of records seen, and what it misses."""

    def setUp(self):
        super().setUp()
        office = self.office
        self.opening = office.opening({"topic": "Fees"})
        self.note = office.record(b"a note")
        self.rows = [(r.id, office.signatures[r.name], r.manifest, content) for r, content in
                     ((self.opening, self.opening.content), (self.note, None))]

    def test_what_was_seen_and_is_here(self):
        self.office.put_seen(self.rows)
        self.assertEqual(self.read(), 0, self.stderr)
        self.assertEqual(self.stderr, "")

    def test_what_has_vanished(self):
        self.office.put_seen(self.rows)
        os.unlink(self.note.path)
        self.assertEqual(self.read(), 14)
        self.assertIn(f"record {self.note.name} has vanished", self.stderr)
        self.assertWritten(self.opening)
        shutil.rmtree(os.path.dirname(self.opening.path))
        self.assertEqual(self.read(), 14)
        self.assertIn("the case shows no record any more", self.stderr)

    def test_a_record_that_was_replaced(self):
        office = self.office
        random = reader.from_base32(json.loads(self.note.manifest)["random"], 16)
        os.unlink(self.note.path)
        office.put_seen(self.rows)
        office.record(b"another", random=random)
        self.assertEqual(self.read(), 14)
        self.assertIn("another record under this id", self.stderr)

    def test_each_refusal(self):
        office, (first, second) = self.office, self.rows
        other = office.record(b"x", key=office.cases[1])
        foreign = (other.id, office.signatures[other.name], other.manifest, None)
        for reason, rows, tricks in [
                ("of another vault", self.rows, {"vault": ZERO}), ("of another case", self.rows, {"case": ZERO}),
                ("not of its case", self.rows, {"generation": ZERO}), ("not a file of records seen", self.rows, {"type": 10}),
                ("not a file of records seen", self.rows, {"count": 100_001}), ("do not fit", self.rows, {"count": 3}),
                ("bytes behind", self.rows, {"count": 1}), ("bytes behind", self.rows, {"more": b"x"}),
                *[("do not fit", self.rows, {"count": 3, "more": b"\xff" * 32 + bytes(64) + struct.pack("<II", n, c) + bytes(size)})
                  for n, c, size in ((3805, 2**32 - 1, 3805), (0, (256 << 10) + 1, (256 << 10) + 1), (9, 9, 17))],
                ("not ascending", sorted(self.rows)[::-1], {"unsorted": True}), ("not ascending", [first, first], {}),
                ("the signature does not verify", [(first[0], bytes(64), *first[2:])], {}),
                ("the signature does not verify", [foreign], {}),
                ("not of its device", [(ZERO, *first[1:])], {}), ("manifest", [(*first[:2], b"{}", None)], {}),
                ("not that of its root", [(*first[:3], b"{}")], {}), ("content of a note", [(*second[:3], b"a note")], {})]:
            office.put_seen(rows, **tricks)
            self.assertEqual(self.read(), 14, reason)
            self.assertIn(reason if reason != "manifest" else "is missing", self.stderr)
        path = office.put_seen(self.rows)
        self.change(path, flip(200))
        self.assertEqual(self.read(), 14)
        self.assertIn("the tag does not match", self.stderr)


class Spools(VaultTest):
    """§12: what a mount left in the home."""

    def setUp(self):
        super().setUp()
        self.a, self.b, self.c = b"a" * 65_536, b"b" * 65_536, b"c" * 65_536

    def spools(self, code=0, **more):
        self.assertEqual(self.read("--spools", **more), code, self.stderr)
        return [json.loads(line) for line in self.stdout.splitlines()]

    def content(self, path):
        """What was written of a spool; nothing where it was not."""
        name = os.path.join(self.out, "spool", *path.split("/")[-2:])
        if not os.path.exists(name):
            self.assertFalse(os.path.exists(name + ".json") or os.path.exists(name + ".part"))
            return None
        with open(name, "rb") as file:
            return file.read()

    def assertSpoolRefused(self, reason, path, code=14):
        self.assertEqual(self.spools(code), [])
        self.assertIn(f"home/spool/{'/'.join(path.split('/')[-2:])}: ", self.stderr)
        self.assertIn(reason, self.stderr)
        self.assertIsNone(self.content(path))
        os.unlink(path)

    def test_a_whole_one(self):
        path = self.office.spool({0: self.a, 1: self.b, 2: self.c}, description={"length": 131_073, "new": 1})
        line, = self.spools()
        self.assertEqual(self.stderr, "")
        self.assertEqual((line["spool"], line["held"]), ("/".join(path.split("/")[-2:]), 3))
        self.assertEqual((line["name"], line["kind"], line["length"]), ("Draft.txt", "note", 131_073))
        self.assertEqual(self.content(path), self.a + self.b + b"c")
        self.assertEqual(json.loads(self.content(path + ".json"))["began"], TIME)
        self.assertEqual((self.read(), self.stdout, self.content(path)), (0, "", None))     # verified, not shown
        self.assertEqual(self.read(member=self.office.adviser), 0)
        self.assertEqual(self.read("--spools", "--state", self.folder), 0)                  # another home has none
        self.assertEqual(self.stdout, "")

    def test_of_a_folder_that_was_to_become_a_case(self):
        path = self.office.spool({0: b"x"}, description={"case": None, "folder": "Söğüt", "length": 1})
        self.assertEqual([line["folder"] for line in self.spools()], ["Söğüt"])
        self.assertEqual(self.content(path), b"x")

    def test_an_empty_one(self):
        path = self.office.spool({})
        self.assertEqual([line["held"] for line in self.spools()], [0])
        self.assertEqual(self.content(path), b"")

    def test_blocks_that_are_not_held_are_zero(self):
        path = self.office.spool({1: self.b}, description={"length": 200_000})
        self.assertEqual([line["held"] for line in self.spools()], [1])
        self.assertEqual(self.content(path), bytes(65_536) + self.b + bytes(200_000 - 131_072))

    def test_what_lies_behind_the_length_does_not_count(self):
        path = self.office.spool({0: self.a, 1: self.b, 2: self.c}, description={"length": 65_537})
        self.change(path, flip(4096 + 2 * 65_576 + 99))
        self.assertEqual([line["held"] for line in self.spools()], [2])
        self.assertEqual((self.content(path), self.stderr), (self.a + b"b", ""))

    def test_a_block_that_is_not_held_is_that_of_the_base(self):
        base = self.office.record(b"1" * 65_536 + b"2" * 65_536 + b"3" * 99)
        path = self.office.spool({1: self.b}, description={"base": base.name, "length": 200_000})
        self.assertEqual(len(self.spools()), 1)
        self.assertEqual(self.content(path), b"1" * 65_536 + self.b + b"3" * 99 + bytes(200_000 - 131_072 - 99))
        undo = self.change(base.path, flip(-1))
        self.assertEqual(self.spools(14), [])               # a base that does not verify is none
        self.assertIn("was not read", self.stderr)
        self.assertIsNone(self.content(path))
        undo()
        os.unlink(base.path)
        self.assertSpoolRefused("was not read", path, 3)
        path = self.office.spool({0: self.a}, description={"base": base.name})
        self.assertEqual(len(self.spools()), 1)             # nothing of the base is needed
        self.assertEqual(self.content(path), self.a)

    def test_a_block_that_does_not_verify_is_not_the_bases(self):
        base = self.office.record(b"1" * 131_072)
        for edit in (flip(4096 + 65_576 + 24 + 100), flip(4096 + 65_576), flip(-1), lambda data: data[:-1],
                     lambda data: data[:-65_552] + bytes(65_552), lambda data: data[:4096 + 65_576 + 24 + 1]):
            path = self.office.spool({0: self.a, 1: self.b}, description={"base": base.name})
            self.change(path, edit)
            self.assertSpoolRefused("block 1 does not verify", path)

    def test_a_block_that_was_taken_away_is_missed(self):
        base = self.office.record(b"1" * 131_072)
        for edit in (lambda data: data[:4096 + 65_576 + 23], lambda data: data[:4096 + 65_576],
                     lambda data: data[:4096 + 65_576] + bytes(24) + data[4096 + 65_576 + 24:]):
            path = self.office.spool({0: self.a, 1: self.b}, description={"base": base.name})
            self.change(path, edit)
            self.assertSpoolRefused("it holds 1 blocks and says 2", path)
        path = self.office.spool({0: self.a, 1: self.b}, description={"held": 1})
        self.assertEqual([line["held"] for line in self.spools()], [2])     # it came after that was said
        self.assertEqual(self.content(path), self.a + self.b)

    def test_blocks_swapped_or_of_another_spool(self):
        def swap(data):
            first, second = data[4096:4096 + 65_576], data[4096 + 65_576:]
            return data[:4096] + second + first
        path = self.office.spool({0: self.a, 1: self.b})
        with open(path, "rb") as file:
            foreign = file.read()[4096:]
        self.change(path, swap)
        self.assertSpoolRefused("block 0 does not verify", path)
        path = self.office.spool({0: self.a, 1: self.b})
        self.change(path, lambda data: data[:4096 + 65_576] + foreign[65_576:])
        self.assertSpoolRefused("block 1 does not verify", path)

    def test_a_flipped_bit_in_every_region_of_the_front(self):
        for offset, reason in [
                (0, "no casevault file"), (11, "byte 11"), (12, "not a spool"), (16, "of another vault"),
                (79, "of another device"), (80, "its description"), (111, "its description"), (112, "its description"),
                (136, "its description"), (2_199, "its description"), (2_200, "bytes between"), (4_095, "bytes between")]:
            path = self.office.spool({0: self.a})
            self.change(path, flip(offset))
            self.assertSpoolRefused(reason, path)
        for offset in (8, 9):
            path = self.office.spool({0: self.a})
            self.change(path, flip(offset, 64))
            self.assertSpoolRefused("of a later program", path, 3)

    def test_each_refusal(self):
        office, ada = self.office, self.office.adviser
        long = "x" * 3_000
        for reason, tricks in [
                ("not a spool", {"type": 10}), ("not a spool", {"block": 4_096}), ("of another vault", {"vault": ZERO}),
                ("of another device", {"device": ada.device}), ("does not open", {"private": ada.private[0]}),
                ("does not open", {"private": self.office.manager.unlock}), ("does not open", {"own": ZERO}),
                ("does not open", {"place": b""}), ("does not open", {"place": self.office.id + ada.device + b"a" * 24}),
                ("does not open", {"place": self.office.id + self.office.manager.device + b"b" * 24}),
                # As it was made before: sealed to the public key, by anybody.
                ("bytes between", {"own": ZERO, "box": seal(office.manager.unlock, b"", ZERO)}),
                ("its padding is wrong", {"padding": b"\1"}), ("its padding is wrong", {"n": 2_045}),
                ("its padding is wrong", {"n": 1}), ("not JSON", {"n": 2_044}),
                ("not canonical", {"json": lambda value: canonical(value).replace(b":", b": ", 1)}),
                ("not canonical", {"json": lambda value: json.dumps(dict(reversed(sorted(value.items()))), separators=(",", ":")).encode()}),
                ("not an object", {"json": lambda _: b"[]"}), ("not JSON", {"json": lambda _: b""}),
                *[(f"`{name}`", {"description": {name: value}}) for name, value in [
                    ("began", None), ("began", "2026-11-22"), ("kind", None), ("kind", "update"), ("kind", "withdrawal"),
                    ("name", None), ("name", ""), ("name", "a\0b"), ("name", 1), ("name", "a/b"), ("name", ".."), ("name", "x" * 256),
                    ("held", None), ("held", 2), ("held", -1), ("temporary", False), ("temporary", 1), ("length", None), ("length", -1),
                    ("length", (1 << 36) + 1), ("length", "1"), ("base", "x"), ("base", base32(bytes(31))), ("case", "x"),
                    ("case", base32(bytes(16)))]],
                ("`folder`", {"description": {"case": None, "folder": ""}}),
                ("`folder`", {"description": {"case": None, "folder": "."}}),
                ("neither `case` nor `folder`", {"description": {"case": None}}),
                ("neither `case` nor `folder`", {"description": {"folder": "x"}}),
                ("`base` without `case`", {"description": {"case": None, "folder": "x", "base": base32(ZERO)}})]:
            self.assertSpoolRefused(reason, office.spool({0: self.a}, **tricks))

    def test_sizes(self):
        for size, reason in [(0, "no casevault file"), (15, "no casevault file"), (16, "no size"), (112, "no size"),
                             (2_199, "no size"), (4_096 + 65_576 * (1 << 20) + 1, "no size")]:
            path = self.office.spool({0: self.a})
            os.truncate(path, size)
            self.assertSpoolRefused(reason, path)
        for size in (2_200, 2_201, 4_096):
            path = self.office.spool({})
            os.truncate(path, size)
            self.assertEqual(len(self.spools()), 1, self.stderr)
            os.unlink(path)

    def test_an_unlock_key_that_was_renewed_opens_it_still(self):
        m = self.office.manager
        path = self.office.spool({0: self.a})
        m.private.insert(0, os.urandom(32))
        self.office.put_key(m, 1, m.chain)
        self.office.put_identity(m)
        self.assertEqual(len(self.spools()), 1, self.stderr)
        m.private.pop()
        self.office.put_identity(m)
        for grant in self.office.grants:
            os.unlink(grant)
        self.office.grant(1, self.office.master, self.office.epoch, m)
        self.assertSpoolRefused("does not open", path)

    def test_those_of_a_process_that_lives_are_left_alone(self):
        path = self.office.spool({0: self.a})
        with open(os.path.join(os.path.dirname(path), "lock")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(self.spools(), [])
            self.assertIn("a mount holds it", self.stderr)
        self.assertEqual(len(self.spools()), 1)
        os.unlink(os.path.join(os.path.dirname(path), "lock"))
        self.assertEqual(len(self.spools()), 1)             # whoever held it took it away

    def test_what_is_no_spool_does_no_harm(self):
        sound = self.office.spool({0: self.a})
        process = os.path.dirname(sound)
        os.mkfifo(os.path.join(process, "fifo"))
        os.symlink(sound, os.path.join(process, "link"))
        os.mkdir(os.path.join(process, "folder"))
        with open(os.path.join(process, "giant"), "wb") as file:
            file.truncate(1 << 40)
        with open(os.path.join(process, "../file"), "wb"), open(os.path.join(process, "garbage"), "wb") as file:
            file.write(os.urandom(70_000))
        os.symlink(process, os.path.join(process, "../link"))
        self.office.spool({0: self.b}, process="Other")
        self.office.spool({0: self.b}, process=base32(bytes(14)))
        other = os.path.dirname(self.office.spool({0: self.b}, process=base32(b"1" * 15)))
        os.unlink(os.path.join(other, "lock"))
        os.mkfifo(os.path.join(other, "lock"))
        self.assertEqual(len(self.spools(14)), 2)
        self.assertEqual(self.content(sound), self.a)
        for line in [f"stranger: home/spool/{os.path.basename(process)}/{name}" for name in ("fifo", "link", "folder")] + [
                "stranger: home/spool/file", "stranger: home/spool/link", "stranger: home/spool/Other",
                f"damaged: home/spool/{os.path.basename(process)}/giant: no casevault file",
                f"damaged: home/spool/{os.path.basename(process)}/garbage: no casevault file",
                f"damaged: home/spool/{os.path.basename(other)}/lock: not a regular file"]:
            self.assertIn(line, self.stderr)


class Vectors(unittest.TestCase):
    """Vault/vectors, as far as they need no vault around them: what one of the two
    readers refuses, the other does."""

    def each(self, folder, read):
        """`read(bytes, text, numbers)` raises exactly where the vector's answer is not `ok`."""
        paths = sorted(glob.glob(os.path.join(VAULT_FOLDER, "vectors", folder, "*.json")))
        self.assertTrue(paths)
        for path in paths:
            with open(path) as file:
                vector = json.load(file)
            raw = {name: base64.b64decode(value) for name, value in vector.get("bytes", {}).items()}
            with self.subTest(os.path.relpath(path, VAULT_FOLDER)):
                try:
                    read(raw, vector.get("text", {}), vector.get("numbers", {}))
                    answer = "ok"
                except (reader.Damaged, reader.Unread) as reason:
                    answer = str(reason)
                self.assertEqual(answer == "ok", vector["answer"] == "ok", (answer, vector["about"], vector["answer"]))
                self.assertEqual("of a later program" in answer, vector["answer"] == "later-program", answer)

    def test_spellings(self):
        def base(raw, text, _):
            decoded = reader.from_base32(text["text"], len(text["text"]) * 5 // 8)
            self.assertEqual(decoded, raw["data"])

        def date(raw, text, numbers):
            day = reader.DATE(text["text"]).date() - datetime.date(1970, 1, 1)
            self.assertEqual(day.days, numbers["day"])

        def time(raw, text, numbers):
            since = reader.TIME(text["text"]) - datetime.datetime(1970, 1, 1)
            self.assertEqual(since // datetime.timedelta(seconds=1), numbers["seconds"])

        def padme(raw, text, numbers):
            reader.number(0, reader.LENGTH_MAX)(numbers["length"])
            self.assertEqual(reader.padded(numbers["length"]), numbers["padded"])
            self.assertEqual(reader.file_size(numbers["length"]), numbers["size"])
        self.each("json", lambda raw, *_: reader.parse(raw["data"], "", object))
        for folder, read in ("base32", base), ("date", date), ("time", time), ("padme", padme):
            self.each(folder, read)

    def test_manifests(self):
        def read(raw, *_):
            record = reader.Record.__new__(reader.Record)
            reader.demand(len(raw["json"]) <= 3804, "does not fit its plaintext")
            record.roster, record.manifest = self, reader.parse(raw["json"], "manifest")
            record.read_fields()
            for name, size in ("author", 16), ("device", 32), ("random", 16), ("roster", 32):
                reader.get(record.manifest, name, reader.bytes_of(size))
        self.zone = datetime.timezone.utc
        self.each("manifest", read)

    def test_records(self):
        class Anyone:
            __eq__ = lambda *_: True

        def read(raw, _, numbers):
            if "file" not in raw:                           # too large to be kept
                reader.demand("length" in numbers and "blake2b" in raw, "no file")
                return
            self.vault, self.keys = raw["vault"], {(raw["case"], raw["generation"]): raw["case_key"]}
            self.signer = lambda head, id: reader.Device(id, raw["signer"], b"", Anyone(), "adviser")
            self.roster, self.zone = self, datetime.timezone.utc
            with tempfile.TemporaryFile() as file:
                file.write(raw["file"])
                file.flush()
                name = f"{base32(raw['record'])}-{base32(raw['generation'])[:10]}"
                record = reader.Record(file.fileno(), len(raw["file"]), name, raw["case"], self)
                content = b"".join(record.content())
            self.assertEqual(content, bytes(i % 251 for i in range(numbers["length"])))
            self.assertEqual(record.json, raw["manifest"])
        self.each("record", read)

    def test_rows(self):
        def read(raw, _, numbers):
            reader.demand(256 <= len(raw["row"]) <= 16_384 and len(raw["row"]) % 256 == 0, "its segment has no such row")
            _, row = reader.read_row(raw["row"])
            self.assertEqual(row["records"], numbers["records"])
        self.each("index-row", read)

    def test_statements(self):
        def read(raw, *_):
            statement = reader.Statement(raw["file"])
            device = reader.Device(b"", raw["signer"], b"", b"", "")
            statement.sealed or statement.body()
            reader.demand(statement.verified_by(device), "signature")
            self.assertEqual(statement.id, raw["id"])
        self.each("statement", read)

    def test_log_bodies(self):
        def read(raw, texts, _):
            body = reader.read_log_body(raw["body"])
            self.assertEqual({name: body[name] for name in texts}, texts)
            self.assertEqual(body.get("details"), raw.get("details"))
        self.each("log-body", lambda raw, *rest: read(raw, *rest) if len(raw["body"]) >= 4
                  else reader.demand(False, "too short"))

    def test_logs(self):
        """The roster here knows one device, at any head, and one auditor."""
        def follow(log, raw, numbers):
            pair = {(2, sodium.crypto_scalarmult_base(raw["auditor"])): raw["auditor"]}
            point = log.start
            for kind, point, entry, auditors, box in log.walk():
                if kind == reader.ACCESS:
                    key = reader.open_segment_key(pair[2, auditors], auditors, box, log)
                    ad = point.chain + struct.pack("<Q", point.next)
                    reader.read_log_body(reader.open_aead(key, entry[40:64], ad, entry[64:], "body"))
                point = point.after(entry)
            if numbers:
                self.assertEqual((point.next, point.chain), (numbers["next"], raw["chain"]))
                self.assertEqual(log.start.next, numbers["sequence"])

        def roster(raw):
            self.vault, self.auditors = raw["file"][16:48], {sodium.crypto_scalarmult_base(raw["auditor"])}
            self.signer = lambda head, id: reader.Device(id, raw["signer"], b"", b"", "adviser")
            return self

        def segment(raw, _, numbers):
            follow(reader.LogSegment(raw["file"], raw["file"][80:112], roster(raw)), raw, numbers)

        def spool(raw, _, numbers):
            log = reader.LogSpool(raw["file"], raw["file"][80:112], roster(raw))
            follow(log, raw, numbers)
            self.assertEqual((log.torn, log.began), (numbers.get("torn", log.torn), numbers.get("began", log.began)))
        self.each("log-segment", segment)
        self.each("log-spool", spool)

    def test_segments(self):
        """The roster here knows one device, at any head."""
        with tempfile.TemporaryDirectory() as path:
            def segment(raw, kind, extra, text):
                data, self.signer = raw["file"], lambda head, id: reader.Device(id, raw["signer"], b"", b"", "manager")
                self.vault = raw.get("vault", data[16:48])
                name = base32(hash32(b"cv1.segment", data))
                with open(os.path.join(path, name), "wb") as file:
                    file.write(data)
                with reader.Folder(path) as folder:
                    return reader.Segment(folder, name, kind, 1 << 30, extra, text, self)

            def keys(raw, *_):
                self.findings, keyring = reader.Findings(), reader.Keyring.__new__(reader.Keyring)
                found = segment(raw, 4, 32, b"casevault 1 keys\n")
                keyring.roster, keyring.findings, keyring.keys = self, self.findings, {}
                with reader.Folder(path) as folder:
                    keyring.read_segment(folder, base32(hash32(b"cv1.segment", raw["file"])), found.extra,
                                         {found.extra: raw["master"]})
                reader.demand(not self.findings.damaged, self.findings.damaged)

            def rows(raw, *_):
                self.findings, found = reader.Findings(), segment(raw, 6, 0, b"casevault 1 rows\n")
                self.roster, self.keys = self, {}
                at = found.start
                for _ in range(min(found.count, 99)):
                    case, generation = reader.split(found.data, at, 32, 32)
                    self.keys[case, generation] = raw["case_key"]
                    at += 68 + int.from_bytes(found.data[at + 64:at + 68], "little")
                self.addCleanup(setattr, reader, "belongs", reader.belongs)
                reader.belongs = lambda *_: True
                list(reader.read_rows(found, "", self, self.findings))
                reader.demand(not self.findings.damaged, self.findings.damaged)
            self.each("key-segment", keys)
            self.each("index-segment", rows)


class Samples(unittest.TestCase):
    """Vault/samples: vaults that the program itself made."""

    def test_every_sample(self):
        paths = sorted(glob.glob(os.path.join(VAULT_FOLDER, "samples", "*.expected.json")))
        self.assertTrue(paths)
        for path in paths:
            with self.subTest(os.path.basename(path)), open(path) as file, tempfile.TemporaryDirectory() as out:
                self.compare(path.removesuffix(".expected.json"), json.load(file), out)

    def compare(self, vault, expected, out):
        end, other = os.pipe()
        os.write(other, expected["passphrase"].encode() + b"\n")
        os.close(other)
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            with contextlib.redirect_stdout(io.StringIO()) as stdout:
                code = reader.main([vault, "--home", vault + ".home", "--passphrase-fd", str(end), "-o", out, "--json"])
        self.assertEqual((code, stderr.getvalue()), (0, ""))
        self.summary = json.loads(stdout.getvalue())
        with open(os.path.join(out, "cases.json")) as file:
            read = json.load(file)
        self.assertEqual(read["vault"], expected["vault"])
        self.compare_log(vault, expected)
        cases = {case["case"]: case for case in read["cases"]}
        self.assertEqual(cases.keys(), {case["case"] for case in expected["cases"]})
        for wanted in expected["cases"]:
            case = cases[wanted["case"]]
            state = {"client": {}, "parties": []} | case["state"]
            for name in "ref", "client", "parties", "topic", "channel":
                self.assertEqual(state.get(name), wanted[name], name)
            for name in "last_work", "expires":
                self.assertEqual((case[name], case["row"][name]), (wanted[name], wanted[name]))
            self.assertEqual(case["row"]["opened"], wanted["opened"])
            self.assertTrue(case["row_agrees"])
            self.assertEqual(case["records"], [record["record"] for record in wanted["records"]])
            for record in wanted["records"]:
                self.compare_record(os.path.join(out, wanted["case"], record["record"]), case, record)

    def compare_log(self, vault, expected):
        """What the program showed an auditor, and what waited in the home since."""
        end, other = os.pipe()
        os.write(other, expected["passphrase"].encode() + b"\n")
        os.close(other)
        stdout = io.StringIO()
        with contextlib.redirect_stdout(stdout):
            code = reader.main([vault, "--home", vault + ".home", "--passphrase-fd", str(end), "--log"])
        self.assertEqual(code, 0)
        entries = [json.loads(line) for line in stdout.getvalue().splitlines()]
        access = [entry for entry in entries if entry.get("kind") == "access"]
        shipped = [{name: value for name, value in entry.items() if name not in ("kind", "shipped", "details")}
                   for entry in access if entry["shipped"]]
        wanted = {(entry["device"], entry["sequence"]): entry for entry in expected.get("log", [])}
        self.assertEqual({(entry["device"], entry["sequence"]): entry for entry in shipped}, wanted)
        self.assertTrue(all(entry["details"]["ref"] for entry in access if "case" in entry))
        self.assertEqual([entry["action"] for entry in access if not entry["shipped"]], expected.get("waiting", []))
        if "state_words" in expected:
            self.assertEqual(self.summary["state_words"], expected["state_words"])
        pending = [member for member in expected.get("staff", []) if member["kind"] == "pending"]
        with reader.Folder(vault) as root:
            roster = reader.Roster(root, reader.from_base32(expected["vault"], 32), reader.Findings())
        self.assertEqual(len(roster.named) - len(roster.devices), len(pending))

    def compare_record(self, path, case, wanted):
        with open(path, "rb") as content, open(path + ".json") as manifest:
            content, manifest = content.read(), json.load(manifest)
        self.assertEqual(hashlib.sha256(content).hexdigest(), wanted["sha256"])
        for name in "kind", "title", "media_type", "worked", "length":
            self.assertEqual(manifest[name], wanted[name])
        self.assertEqual(manifest.get("replaces", []), wanted["replaces"])
        self.assertEqual(case["amended"].get(wanted["record"], []), wanted["amended_by"])
        self.assertEqual(wanted["record"] in case["withdrawn"], wanted["withdrawn"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
