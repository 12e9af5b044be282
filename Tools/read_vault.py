#!/usr/bin/python3
"""A second reader of casevault vaults, written from Vault/FORMAT.md alone.

    Tools/read_vault.py VAULT --home HOME -o OUT
    Tools/read_vault.py VAULT --identity FILE --passphrase-fd 3 --list
    Tools/read_vault.py VAULT --home HOME --log
    Tools/read_vault.py VAULT --home HOME --spools -o OUT

It opens a vault with one identity, verifies all that FORMAT.md has a reader
verify, and writes

    OUT/<case>/<record>        the content, byte for byte
    OUT/<case>/<record>.json   the manifest, byte for byte
    OUT/cases.json             per case: its records, its state, its days, its index row

Without -o it verifies and writes nothing. --log prints one JSON line for the head of
each device's access log, and one for each entry: with an auditor's identity what the
entry says, and its details where their case opens here. It needs no master key. A
home is looked into for what it has seen (records, logs), what waits there to be
shipped, and what mounts left there that no record holds (§12); --state says where, if it
is another folder. --spools prints one JSON line for each of these spools, and with -o
writes

    OUT/spool/<process>/<spool>        what it holds, on the version that it changes
    OUT/spool/<process>/<spool>.json   its description, byte for byte

It never writes into the vault. It reads what versions 0.1 and 0.2 write (§5.2) and
refuses whatever came later.

Exit codes: 0 all is sound; 1 OUT cannot be written; 3 some file was not read (made by a later program,
or without a key); 10 no vault, or not one for this version; 12 wrong passphrase,
wrong identity, or no grant; 14 something is damaged or forged: the sound records
are written, the others named on standard error. A record whose `seen` does not fit
its parents (§4.2) is written, and named. 64 usage.

Needs Python 3.11 and PyNaCl 1.5 (Debian: python3-nacl). `§` is FORMAT.md's.
"""
import argparse, base64, binascii, contextlib, datetime, errno, fcntl, getpass, hashlib, heapq
import itertools, json, os, re, stat, struct, sys, zoneinfo
from dataclasses import dataclass, field, replace
from hmac import compare_digest

from nacl import bindings as sodium
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

MIB = 1 << 20
ZERO = bytes(32)
MAGIC = b"casevlt\x1a"
NAMES_MAX = 1_000_000                               # in one folder (§2)
KINDS = {1, 2, 3, 4, 8, 32, 34, 48}                 # of statements, in version 0.2 (§5.2)
SENIOR = {"manager", "chief-executive", "trustee"}  # admitted with a second signature (§6.6)
CASEWORKERS = {"adviser", "manager"}                # who may write records, wraps, rows
ENTITLED = {1: CASEWORKERS, 2: {"manager", "trustee"}, 3: {"manager"}}  # §8, by purpose


class Damaged(Exception):
    """This file is not what a member wrote, whole and in its place: exit 14."""


class Unread(Exception):
    """Perhaps sound, but of a later program or without a key here: exit 3."""


class Refused(Exception):
    """Nothing of the vault is read. Carries the exit code."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code = code


@dataclass
class Findings:
    """What is wrong, by file; a damaged file never stops the reading of others."""
    damaged: list = field(default_factory=list)
    unread: list = field(default_factory=list)
    strangers: list = field(default_factory=list)
    warnings: list = field(default_factory=list)

    @contextlib.contextmanager
    def about(self, name):
        try:
            yield
        except Damaged as reason:
            self.damaged.append(f"{name}: {reason}")
        except Unread as reason:
            self.unread.append(f"{name}: {reason}")
        except OSError as error:
            self.damaged.append(f"{name}: {error.strerror}")

    def code(self):
        return 14 if self.damaged else 3 if self.unread else 0


def demand(condition, reason):
    if not condition:
        raise Damaged(reason)


# ---------------------------------------------------------------- §1.1 primitives

def hash32(label, message):
    """`hash(label, m)`: hashlib pads the personalisation with zeros."""
    return hashlib.blake2b(message, digest_size=32, person=label).digest()


def kdf(key, label, message=b""):
    return hashlib.blake2b(message, digest_size=32, key=key, person=label).digest()


def same(a, b):
    return compare_digest(a, b)


def open_aead(key, nonce, ad, sealed, what):
    demand(len(sealed) >= 16, f"{what}: too short")
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, ad, nonce, key)
    except CryptoError:
        raise Damaged(f"{what}: the tag does not match") from None


def open_chunk(key, i, final, sealed, what):
    """`chunk(key, i, final, m)`, §1.1: the nonce is a counter and a last byte."""
    try:
        return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
            sealed, None, i.to_bytes(11, "big") + bytes([final]), key)
    except CryptoError:
        raise Damaged(f"{what} {i}: the tag does not match") from None


def verify(public, text, message, signature):
    try:
        sodium.crypto_sign_open(signature + text + message, public)
        return True
    except CryptoError:
        return False


def open_box(private, public, ad, box):
    """§1.2. libsodium refuses an all-zero shared secret by itself."""
    ephemeral, nonce, sealed = box[:32], box[32:56], box[56:]
    try:
        shared = sodium.crypto_scalarmult(private, ephemeral)
    except RuntimeError:
        raise Damaged("box: the shared secret is zero") from None
    demand(not same(shared, ZERO), "box: the shared secret is zero")
    return open_aead(kdf(shared, b"cv1.box", ephemeral + public), nonce, ad, sealed, "box")


# ---------------------------------------------------------------- §1 base32, JSON, times

def base32(raw):
    return base64.b32encode(raw).decode().rstrip("=").lower()


def from_base32(text, size):
    """Exactly `size` bytes, in the one spelling they have."""
    demand(isinstance(text, str), "not base32")
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        raise Damaged("not base32") from None
    demand(len(raw) == size and base32(raw) == text, f"not the base32 of {size} bytes")
    return raw


def is_id(name):
    try:
        return bool(from_base32(name, 32))
    except Damaged:
        return False


def canonical(value):
    """The one spelling of `value`: Python escapes exactly what §1 has escaped, and
    as §1 has it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True,
                      separators=(",", ":")).encode()


def parse(data, what, kind=dict):
    """Canonical JSON, an object unless told. Canonical is what re-encodes to the same bytes: that
    rejects white space, unsorted names, other escapes, −0, 1.0 and 1e0 at once;
    duplicates, long numbers and depth are looked at apart."""

    def distinct(pairs):
        demand(len(dict(pairs)) == len(pairs), f"{what}: a name twice")
        demand(all(name.isascii() for name, _ in pairs), f"{what}: a name that is not ASCII")
        return dict(pairs)

    def integer(digits):
        demand(len(digits) <= 17 and abs(int(digits)) < 1 << 53, f"{what}: a number too large")
        return int(digits)

    def never(_):
        raise Damaged(f"{what}: a number that is not an integer")

    def depth(node):
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=distinct, parse_int=integer,
                           parse_float=never, parse_constant=never)
        demand(isinstance(value, kind), f"{what}: not an object")
        demand(depth(value) <= 32, f"{what}: deeper than 32 levels")
        demand(canonical(value) == data, f"{what}: not canonical")
    except (ValueError, RecursionError):        # bad UTF-8, bad JSON, a lone surrogate
        raise Damaged(f"{what}: not JSON") from None
    return value


def get(value, name, check, optional=False):
    """`value[name]` as `check` reads it; `check` raises Damaged."""
    if name not in value:
        demand(optional, f"`{name}` is missing")
        return None
    try:
        return check(value[name])
    except Damaged as reason:
        raise Damaged(f"`{name}`: {reason}") from None


def bytes_of(size):
    return lambda value: from_base32(value, size)


KEY = ID = bytes_of(32)
MEMBER = bytes_of(16)


def text(limit=MIB, pattern=None, low=0):
    def check(value):
        demand(isinstance(value, str), "not text")
        demand(low <= len(value.encode()) <= limit, f"not of {low} to {limit} bytes")
        demand(not re.search("[\x00-\x1f\x7f-\x9f]", value), "a control character")
        demand(pattern is None or re.fullmatch(pattern, value), "malformed")
        return value
    return check


def number(low, high):
    def check(value):
        demand(type(value) is int and low <= value <= high, "not a number within bounds")
        return value
    return check


def ids(low, high):
    """An array of ids, strictly ascending as bytes."""
    def check(value):
        demand(isinstance(value, list) and low <= len(value) <= high, "not an array of that length")
        raw = [ID(v) for v in value]
        demand(all(a < b for a, b in zip(raw, raw[1:])), "not ascending")
        return raw
    return check


def kind_of(cls):
    def check(value):
        demand(type(value) is cls, "of another type")
        return value
    return check


def array(check_one, limit):
    def check(value):
        demand(isinstance(value, list) and len(value) <= limit, f"not an array of at most {limit}")
        return [check_one(v) for v in value]
    return check


def one_of(*values):
    def check(value):
        demand(any(value is v or type(value) is str and value == v for v in values), f"not {' or '.join(map(str, values))}")
        return value
    return check


def moment(pattern, shape):
    def check(value):
        demand(isinstance(value, str) and re.fullmatch(shape, value, re.ASCII), "malformed")
        try:
            return datetime.datetime.strptime(value, pattern)
        except ValueError:
            raise Damaged("no such day or time") from None
    return check


NAME = text(255, low=1)
TIME = moment("%Y-%m-%dT%H:%M:%SZ", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DATE = moment("%Y-%m-%d", r"\d{4}-\d\d-\d\d")


# ---------------------------------------------------------------- §2 files, §1.3 preamble

class Folder:
    """A folder beneath the vault's root, held by descriptor, so that no symbolic link
    is followed and no path walked twice. One that is not there is an empty one."""

    def __init__(self, path, name="", parent=None):
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (os.O_NOFOLLOW if parent else 0)
        self.name, self.fd = name, None
        if parent is None or parent.fd is not None:
            self.fd = os.open(path, flags, dir_fd=parent.fd if parent else None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.fd is not None:
            os.close(self.fd)

    def child(self, name):
        """One that is no folder, or a link to one, is absent here and listed by its parent."""
        try:
            return Folder(name, self.path(name), self)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                raise
            return empty_folder(self.path(name))

    def path(self, name):
        """For people: the share is hostile, and so are its names."""
        shown = name.encode("unicode_escape", "surrogateescape").decode()
        return f"{self.name}/{shown}" if self.name else shown

    def names(self, findings):
        if self.fd is None:
            return []
        with os.scandir(self.fd) as entries:
            found = [entry.name for entry in itertools.islice(entries, NAMES_MAX + 1)]
        if len(found) > NAMES_MAX:
            reason = f"{self.name}: more than {NAMES_MAX} names"
            if self.name.split("/")[0] in ("roster", "keyring", "shred"):
                raise Refused(10, reason)               # what is not seen may remove or destroy
            findings.unread.append(f"{reason}; the rest is not read")
        return sorted(found[:NAMES_MAX])

    def files(self, findings, fits):
        """Names of regular files that fit; anything else is a stranger."""
        for name in self.names(findings):
            status = os.stat(name, dir_fd=self.fd, follow_symlinks=False)
            if fits(name) and stat.S_ISREG(status.st_mode):
                yield name
            else:
                findings.strangers.append(self.path(name))

    def folders(self, findings, fits):
        """Folders whose names fit; anything else is a stranger."""
        for name in self.names(findings):
            with contextlib.ExitStack() as stack:
                child = None
                with findings.about(self.path(name)):
                    child = stack.enter_context(self.child(name))
                if child and fits(name) and child.fd is not None:
                    yield name, child
                elif child:
                    findings.strangers.append(self.path(name))

    @contextlib.contextmanager
    def file(self, name):
        """A descriptor of a regular file, and its size."""
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self.fd)
        try:
            status = os.fstat(fd)
            demand(stat.S_ISREG(status.st_mode), "not a regular file")
            yield fd, status.st_size
        finally:
            os.close(fd)

    def read(self, name, limit):
        with self.file(name) as (fd, size):
            demand(size <= limit, f"{size} bytes, of at most {limit}")
            return pread(fd, size, 0)


def empty_folder(name):
    """One that is not there."""
    nothing = Folder.__new__(Folder)
    nothing.name, nothing.fd = name, None
    return nothing


def pread(fd, size, offset):
    parts, got = [], 0
    while got < size:
        part = os.pread(fd, size - got, offset + got)
        demand(part, "shorter than it was when opened")
        parts.append(part)
        got += len(part)
    return b"".join(parts)


def preamble(data):
    """§1.3: the file's type and its `u32`."""
    demand(len(data) >= 16 and data[:8] == MAGIC, "no casevault file")
    if data[8] != 1 or data[9] != 1 or not 1 <= data[10] <= 11:
        raise Unread(f"format {data[8]}, suite {data[9]}, type {data[10]}: of a later program")
    demand(data[11] == 0, "preamble: byte 11 is not zero")
    return data[10], struct.unpack_from("<I", data, 12)[0]


def hashed(folder, name, limit, label):
    """A file whose name is its hash (§1.4). That comes first, so that a file of a later
    version that does not fit its name is damage (§1.3)."""
    data = folder.read(name, limit)
    labels = [label] if label else [b"cv1.statement", b"cv1.segment"]
    demand(name in [base32(hash32(label, data)) for label in labels], "the name is not its content's")
    return data


def split(data, offset, *sizes):
    """Consecutive fields from `offset` on."""
    fields = []
    for size in sizes:
        fields.append(data[offset:offset + size])
        offset += size
    return fields


# ---------------------------------------------------------------- §5 statements

class Statement:
    """§5.1, and of a sealed one (§5.3) header and signature, which are the same."""

    def __init__(self, data):
        kind, self.kind = preamble(data)
        demand(kind in (2, 3), "not a statement")
        demand(len(data) >= 180, "too short for a statement")
        self.sealed = kind == 3
        self.vault, self.head, self.device = split(data, 16, 32, 32, 32)
        n = struct.unpack_from("<I", data, 112)[0]
        demand(len(data) == 180 + n, "the body's length is not the file's")
        self.id = hash32(b"cv1.statement", data)
        self.signed, self.signature, self.raw = data[:-64], data[-64:], data[116:-64]

    def verified_by(self, device):
        return device is not None and verify(
            device.sign, b"casevault 1 statement\n", self.signed, self.signature)

    def body(self):
        demand(not self.sealed, "sealed")
        return parse(self.raw, "body")


def read_statement(folder, name):
    """A statement whose name is its id (§2)."""
    return Statement(hashed(folder, name, MIB, b"cv1.statement"))


# ---------------------------------------------------------------- §6 roster

@dataclass(frozen=True)
class Device:
    id: bytes
    sign: bytes
    unlock: bytes
    member: bytes
    role: str


def year_start(value):
    """`08-01`: month and day, in a year without 29 February."""
    return DATE(f"2001-{text()(value)}").date()


ROLES = {"adviser", "manager", "desk", "chief-executive", "trustee"}


def brought(device, member, role):
    """§6.2: the device that an entry brings, by its keys."""
    sign = get(device, "sign", KEY)
    return Device(hash32(b"cv1.device", sign), sign, get(device, "unlock", KEY), member, role)


def admitted(body):
    """§6.2: the member and device that a found or admit entry brings."""
    member, device = get(body, "member", kind_of(dict)), get(body, "device", kind_of(dict))
    get(member, "name", NAME)
    role = get(member, "role", text(32))
    demand(role in ROLES, "`role`: unknown")
    return brought(device, get(member, "id", MEMBER), role)


@dataclass(frozen=True)
class Entry:
    """A valid roster entry: what it takes to judge who is in force (§6.6)."""
    id: bytes
    kind: int
    signer: bytes               # a device
    signatory: bytes            # its member, as of the entry's parents
    lineage: frozenset          # the entry and all before it
    brings: Device | None       # kinds 1, 2 and 4; of kind 4 without a role
    second: bytes | None        # kind 8: the entry that it signs

    def order(self):
        return len(self.lineage), self.id


def may_second(entry, device):
    """§6.6, rules 4 and 5: whether this device in force may sign the entry a second time."""
    if device is None or entry.brings is None or device.id == entry.brings.id:
        return False
    if entry.kind == 2:
        return (entry.brings.role in SENIOR and device.role in SENIOR
                and device.member not in (entry.signatory, entry.brings.member))
    return entry.kind == 4 and device.member == entry.brings.member


class Roster:
    """§6. `views` holds, for each valid entry, the devices in force there; `devices` are
    those in force as of all that is known, `named` also those that are pending."""

    def __init__(self, root, vault, findings):
        self.vault, self.findings = vault, findings
        self.entries, self.views, self.named, self.since, self.admissions = {}, {}, {}, {}, []
        self.parents = set()
        with root.child("roster") as folder:
            if base32(vault) not in folder.names(findings):
                raise Refused(10, "the first roster entry is not there")
            self.found(folder)
            self.follow(folder)

    def found(self, folder):
        """Kind 1: its hash is the vault's id, its signer the device it names."""
        try:
            first = read_statement(folder, base32(self.vault))
            demand(first.kind == 1 and not first.sealed, "not a founding entry")
            demand(first.vault == first.head == ZERO, "vault and roster head are not zero")
            body = first.body()
            demand("parents" not in body, "a founding entry has no parents")
            founder = admitted(body)
            demand(founder.role == "manager", "the founder is not a manager")
            demand(first.device == founder.id and first.verified_by(founder), "the signature does not verify")
            get(body, "time", TIME), get(body, "service", NAME), get(body, "managers", KEY)
            self.auditors, self.founder = {get(body, "auditor", KEY)}, founder.member
            policy = get(body, "policy", kind_of(dict))
            self.year_starts = get(policy, "academic_year_starts", year_start)
            self.keep_years = get(policy, "keep_years", number(0, 100))
            self.work = get(policy, "work", array(text(), 64))
            get(policy, "log_unshipped_hours", number(1, 720), optional=True)
            self.shared = {2: self.auditors, 3: {KEY(body["managers"])}}
            self.accept(Entry(first.id, 1, founder.id, founder.member, frozenset([first.id]), founder, None), body)
            self.zone = zoneinfo.ZoneInfo(get(policy, "time_zone", text(64, r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")))
        except Damaged as reason:
            raise Refused(14, f"roster/{base32(self.vault)}: {reason}") from None
        except Unread as reason:
            raise Refused(10, f"roster/{base32(self.vault)}: {reason}") from None
        except zoneinfo.ZoneInfoNotFoundError as error:
            raise Refused(14, f"roster/{base32(self.vault)}: `time_zone`: {error}") from None

    def accept(self, entry, body):
        """The entry holds. §6.4: a kind in use that must be known is known, or nothing is read."""
        in_use = []
        for row in get(body, "kinds", array(kind_of(dict), 256)) if entry.kind in (1, 3) else ():
            in_use.append((get(row, "kind", number(0, 2**32 - 1)), get(row, "since", text(32, low=1)),
                           get(row, "must", kind_of(bool))))
        self.since |= {kind: since for kind, since, _ in in_use}
        for kind, _, must in in_use:
            if must and kind not in KINDS:
                self.refuse(kind)
        self.entries[entry.id] = entry
        self.views[entry.id] = self.in_force(entry.lineage)
        if entry.brings:
            self.named.setdefault(entry.brings.id, entry.brings)

    def refuse(self, kind):
        since = self.since.get(kind)
        raise Refused(10, f"statements of kind {kind} are in use: this vault needs casevault "
                          + (f"{since} or later" if since else "of a later version"))

    def follow(self, folder):
        """Enters each entry once its parents are valid."""
        waiting, children, ready = {}, {}, [self.vault]
        for name in folder.files(self.findings, is_id):
            with self.findings.about(folder.path(name)):
                statement = read_statement(folder, name)
                if statement.id == self.vault:
                    continue
                waiting[statement.id] = statement, folder.path(name)
                if statement.kind in (2, 3, 4, 8) and not statement.sealed:
                    statement.parents = get(statement.body(), "parents", ids(1, 16))
                    for parent in statement.parents:
                        children.setdefault(parent, []).append(statement)
        while ready:
            for statement in children.get(ready.pop(), ()):
                if statement.id in waiting and all(parent in self.views for parent in statement.parents):
                    _, path = waiting.pop(statement.id)
                    with self.findings.about(path):
                        if self.enter(statement):
                            ready.append(statement.id)
                        else:
                            self.findings.strangers.append(path)
        self.heads = sorted(self.entries.keys() - self.parents)
        self.devices = self.in_force(self.entries)
        for statement, path in waiting.values():
            with self.findings.about(path):
                orphan = hasattr(statement, "parents") and statement.verified_by(self.devices.get(statement.device))
                demand(not orphan, "its parents are not here or not valid")
                self.beyond(statement, path)

    def enter(self, statement):
        """§6.1, §6.2. False when the signature verifies under no device that its lineage
        names, which makes it a stranger (§5.2); Damaged when a rule is broken."""
        lineage = frozenset().union(*(self.entries[parent].lineage for parent in statement.parents))
        views = [self.views[parent] for parent in statement.parents]
        known = {entry.brings.id: entry.brings for entry in map(self.entries.get, lineage) if entry.brings}
        if not statement.verified_by(known.get(statement.device)):
            return False
        demand(statement.vault == self.vault, "of another vault")
        demand(statement.head == min(statement.parents), "its roster head is not the lowest of its parents")
        signers = [view.get(statement.device) for view in views]
        demand(all(signers), "its device is not in force as of every parent")
        demand(len({signer.member for signer in signers}) == 1, "its device is not the same member's as of every parent")
        body = statement.body()
        get(body, "time", TIME)
        entry = Entry(statement.id, statement.kind, statement.device, signers[0].member, lineage | {statement.id},
                      None, None)
        if statement.kind == 8:
            entry = replace(entry, second=get(body, "entry", ID))
            target = self.entries[entry.second] if entry.second in lineage else None
            demand(target, "`entry`: not of its lineage")
            demand(all(may_second(target, signer) for signer in signers), "its signer may not sign that entry")
        else:
            demand(all(signer.role == "manager" for signer in signers), "not signed by a manager")
        if statement.kind in (2, 4):
            together = views[0] if len(views) == 1 else self.in_force(lineage)
            entry = replace(entry, brings=self.admission(statement, body, together))
        self.accept(entry, body)
        self.parents.update(statement.parents)
        return True

    def admission(self, statement, body, view):
        """§6.2, kinds 2 and 4: who comes, and what the admitter saw."""
        members = {device.member for device in view.values()}
        if statement.kind == 2:
            device = admitted(body)
            demand(device.member not in members, "the member is in force already")
            earlier = get(body, "earlier", MEMBER, optional=True)
            demand(earlier is None or earlier in members, "`earlier`: no member in force")
        else:
            device = brought(get(body, "device", kind_of(dict)), get(body, "member", MEMBER), None)
            demand(device.member in members, "`member`: not in force")
        demand(device.id not in view, "the device is in force already")
        chains = get(body, "chains", kind_of(dict))
        demand(len(chains) <= 4096, "`chains`: more than 4096")
        get(body, "request", ID, optional=statement.kind == 2)
        if get(body, "tombstones", ids(0, 16_384)):
            raise Refused(10, "tombstones are in use: this vault needs casevault of a later version")
        self.admissions.append((base32(statement.id), get(body, "epoch", ID),
                                {ID(name): get(chains, name, ID) for name in chains}))
        return device

    def in_force(self, lineage):
        """§6.6: round by round, until no admission is added to those in force."""
        order = sorted(map(self.entries.get, lineage), key=Entry.order)
        admissions, seconds, drawn = [], {}, set()
        for entry in order:
            if entry.brings and (entry.kind == 4 or entry.brings.member not in drawn):
                admissions.append(entry)
                drawn.add(entry.brings.member)
        for entry in order:
            if entry.second:
                seconds.setdefault(entry.second, []).append(entry.signer)
        alone = [entry.id for entry in admissions
                 if entry.kind == 2 and entry.brings.role in SENIOR and entry.signatory == self.founder][:2]
        counted, view = set(), {}
        while True:
            more = counted | {entry.id for entry in admissions
                              if self.holds(entry, view, alone, seconds.get(entry.id, ()))}
            if more == counted:
                return view
            counted, view = more, self.view(entry for entry in admissions if entry.id in more)

    def holds(self, entry, view, alone, seconds):
        """Rules 1 to 5, with what was in force after the round before."""
        if entry.kind == 1:
            return True
        signer = view.get(entry.signer)
        if signer is None or signer.role != "manager":
            return False
        seconded = any(may_second(entry, view.get(device)) for device in seconds)
        if entry.kind == 2:
            return entry.brings.role not in SENIOR or entry.id in alone or seconded
        return signer.member == entry.brings.member or seconded

    @staticmethod
    def view(admissions):
        """Rule 6: of two that bring the same device or the same member, the first."""
        view, roles = {}, {}
        for entry in admissions:
            device = entry.brings
            if device.id in view or (device.member in roles) != (entry.kind == 4):
                continue
            roles.setdefault(device.member, device.role)
            view[device.id] = replace(device, role=roles[device.member])
        return view

    def beyond(self, statement, path):
        """§5.2: a kind this version does not know, signed by a device on the roster,
        refuses the vault; what verifies under no such device is a stranger, and so is
        a known kind in another folder. A known kind is of type 2."""
        if statement.vault == self.vault and statement.verified_by(self.devices.get(statement.device)):
            if statement.kind not in KINDS:
                self.refuse(statement.kind)
            demand(not statement.sealed, f"kind {statement.kind} is never sealed")
        self.findings.strangers.append(path)

    def signer(self, head, device):
        """The device, as the roster has it at that head."""
        demand(head in self.views, "its roster head is not known")
        demand(device in self.views[head], "its device is not on the roster there")
        return self.views[head][device]


def scan_shred(root, roster, findings):
    """§5.2: version 0.2 knows no statement of shred/."""
    with root.child("shred") as shred:
        for _, plan in shred.folders(findings, lambda name: name == "holds" or is_id(name)):
            for name in plan.files(findings, is_id):
                with findings.about(plan.path(name)):
                    roster.beyond(read_statement(plan, name), plan.path(name))


def meet_later(roster, folder, name, types):
    """§2: a statement where only later versions write. It fits its name, or is damage."""
    statement = read_statement(folder, name)
    demand((3 if statement.sealed else 2) in types, "not a statement of this folder")
    signer = roster.devices.get(statement.device)
    enrolling = folder.name == "requests"                # its device is not on the roster yet
    if statement.kind in KINDS or not (signer or enrolling):
        return roster.findings.strangers.append(folder.path(name))
    demand(statement.vault == roster.vault, "of another vault")
    demand(signer is None or statement.verified_by(signer), "the signature does not verify")
    raise Unread(f"kind {statement.kind}: of a later program")


def scan_later(root, roster, findings):
    with root.child("enquiries") as folder:
        for name in folder.files(findings, is_id):
            with findings.about(folder.path(name)):
                meet_later(roster, folder, name, (3,))


REQUEST_MAX = 4096


@dataclass(frozen=True)
class Request:
    """§5.4: a device that asks to join, and nothing about whose it is."""
    id: bytes
    name: str
    device: Device
    head: bytes

    def words(self, vault):
        return words(hash32(b"cv1.words", vault + self.head + self.device.sign + self.device.unlock))


def read_requests(root, roster, findings):
    """§5.4: requests by device. One that is answered stays."""
    requests = {}
    with root.child("requests") as folder:
        for name in folder.files(findings, is_id):
            with findings.about(folder.path(name)):
                statement = read_statement(folder, name)
                if statement.kind != 34:
                    meet_later(roster, folder, name, (2, 3))
                    continue
                request = read_request(statement, roster)
                requests[request.device.id] = request
    return requests


def read_request(statement, roster):
    demand(not statement.sealed, "kind 34 is never sealed")
    demand(len(statement.signed) + 64 <= REQUEST_MAX, f"more than {REQUEST_MAX} bytes")
    demand(statement.vault == roster.vault, "of another vault")
    body = statement.body()
    device, name = brought(body, None, None), get(body, "name", NAME)
    get(body, "time", TIME)
    demand(statement.device == device.id, "its device is not that of `sign`")
    demand(statement.verified_by(device), "the signature does not verify")
    return Request(statement.id, name, device, statement.head)


# ---------------------------------------------------------------- §6.6 words

WORDS_SHA256 = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"


def numbers(hashed):
    """Eight numbers of 11 bits, from the highest bit of the first byte on."""
    return [int.from_bytes(hashed, "big") >> 256 - 11 * (k + 1) & 2047 for k in range(8)]


def words(hashed):
    """The eight words, or their numbers where the list is not beside this program."""
    known = word_list()
    return " ".join(known[n] if known else str(n) for n in numbers(hashed))


def word_list(path=os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../Sources/CaseVault/Joining/WordList.swift")):
    """The list of BIP 39, out of whatever file holds it between two lines of quotes: the sum
    says whether it is that list."""
    try:
        with open(path, encoding="utf-8") as file:
            found = file.read().split('"""')[1].split()
    except (OSError, IndexError):
        return None
    listed = hashlib.sha256("".join(word + "\n" for word in found).encode()).hexdigest()
    return found if len(found) == 2048 and listed == WORDS_SHA256 else None


def state_hash(roster, chains, epochs):
    """What two computers compare to know that they are shown the same."""
    def ids(found):
        return struct.pack("<I", len(found)) + b"".join(found)

    newest = [(device, (chains.get(device, ((), ()))[1] or [ZERO])[-1]) for device in sorted(roster.devices)]
    return hash32(b"cv1.state.words", roster.vault + ids(roster.heads)
                  + ids([id for pair in newest for id in pair]) + ids(sorted(epochs)) + ids([]))


def unlock_chains(root, roster, requests, findings):
    """§6.3: for each device its unlock keys, oldest first, and its statements' ids. A
    chain ends before what is missing, broken or of a kind that 0.2 does not know."""
    known = {id: request.device for id, request in requests.items()} | roster.named | roster.devices
    chains = {}
    with root.child("devices") as devices:
        for owner, folder in devices.folders(findings, is_id):
            device = known.get(from_base32(owner, 32))
            names = list(folder.files(findings, re.compile(r"0|[1-9]\d{0,6}", re.ASCII).fullmatch))
            if device is None:                           # one whose request and admission are not here
                findings.warnings.append(f"{folder.name}: a device that is not on the roster")
                continue
            chain = chains[device.id] = [], []
            while (n := str(len(chain[1]))) in names:
                names.remove(n)
                with findings.about(folder.path(n)):
                    extend_chain(chain, device, Statement(folder.read(n, MIB)), roster)
                    continue
                break
            findings.warnings += [f"{folder.path(n)}: beyond the end of its chain" for n in names]
    return chains


def extend_chain(chain, device, statement, roster):
    """§6.5: judged at the device's own roster entry, whatever head the statement names."""
    keys, statements = chain
    demand(statement.vault == roster.vault and statement.device == device.id
           and statement.verified_by(device), "the signature does not verify")
    if statement.kind not in KINDS:
        raise Unread(f"kind {statement.kind}: of a later program")
    demand(statement.kind == 32, "not of an unlock chain")
    body = statement.body()
    demand(get(body, "n", number(0, 1_000_000)) == len(statements), "`n` is not its name")
    previous = get(body, "previous", ID, optional=True)
    demand(previous == (statements[-1] if statements else None), "`previous` is broken")
    key = get(body, "unlock", KEY)
    demand(keys or key == device.unlock, "the first key is not the roster's")
    keys.append(key)
    statements.append(statement.id)


def check_admissions(roster, chains, epochs, findings):
    """§6.2: what an admitter saw is there still. It may not have arrived, so it warns."""
    for name, epoch, heads in roster.admissions:
        missing = [d for d, head in heads.items() if head not in chains.get(d, ((), ()))[1]]
        findings.warnings += [f"roster/{name} saw a newer unlock key of {base32(d)}" for d in missing]
        if epoch not in epochs:
            findings.warnings.append(f"roster/{name} saw an epoch that is not here: {base32(epoch)}")


# ---------------------------------------------------------------- §11 identity

@dataclass(frozen=True)
class Identity:
    device: bytes
    keys: dict          # X25519 public to private


def open_identity(path, vault, passphrase, roster):
    """§11. Whatever keeps it from opening is exit 12."""
    try:
        where = os.path.dirname(path) or "."
        with Folder(where, where) as home:
            data = home.read(os.path.basename(path), 244 + 32 * 8)
        kind, extra = preamble(data)
        demand(kind == 8 and extra == 0 and len(data) >= 276 and (len(data) - 244) % 32 == 0, "not an identity")
        demand(data[16:48] == vault, "of another vault")
        demand(data[106:108] == bytes(2), "bytes 106 and 107 are not zero")
        member = from_base32(data[80:106].decode("ascii", "replace"), 16)
        passes, memory = struct.unpack_from("<IQ", data, 108)
        demand(1 <= passes <= 16 and 8 * MIB <= memory <= 2048 * MIB and memory % 1024 == 0,
               "Argon2id parameters out of bounds")
        salt, commitment, nonce = split(data, 120, 16, 32, 24)
        secret = passphrase()
        demand(len(secret) <= 1024 and b"\n" not in secret, "a passphrase is one line of at most 1,024 bytes")
        k = argon2id.kdf(32, secret, salt, opslimit=passes, memlimit=memory)
        demand(same(kdf(k, b"cv1.ident.com", data[:136]), commitment), "wrong passphrase")
        plain = open_aead(kdf(k, b"cv1.identity"), nonce, data[:168], data[192:], "identity")
        demand(struct.unpack_from("<I", plain)[0] == (len(plain) - 36) // 32, "the number of its keys is wrong")
        sign, _ = sodium.crypto_sign_seed_keypair(plain[4:36])
        device = roster.devices.get(hash32(b"cv1.device", sign))
        pending = device is None and hash32(b"cv1.device", sign) in roster.named
        demand(not pending, "its admission waits for a second signature")
        demand(device and device.id == data[48:80] and device.sign == sign, "its device is not on the roster")
        demand(member in (bytes(16), device.member), "its member is not the roster's")     # zero: it enrolled
        private = [plain[i:i + 32] for i in range(36, len(plain), 32)]
        return Identity(device.id, {sodium.crypto_scalarmult_base(key): key for key in private})
    except (Damaged, Unread) as reason:
        raise Refused(12, f"{path}: {reason}") from None
    except OSError as error:
        raise Refused(12, f"{path}: {error.strerror}") from None


# ---------------------------------------------------------------- §7, §8 keyring

class Segment:
    """What key segments (§7.2) and index segments (§9) have in common."""

    def __init__(self, folder, name, kind, limit, extra, text, roster):
        data = hashed(folder, name, limit, b"cv1.segment")
        found, self.count = preamble(data)
        demand(found == kind and len(data) >= 120 + extra + 64, "not a segment of this folder")
        demand(data[16:48] == roster.vault, "of another vault")
        self.extra = data[48:48 + extra]
        head, self.device = split(data, 48 + extra, 32, 32)
        r, zero = struct.unpack_from("<II", data, 112 + extra)
        self.start, self.end, self.data = 120 + extra + 32 * r, len(data) - 64, data
        demand((1 if kind == 4 else 0) <= self.count <= 1 << 20 and r <= 4096 and zero == 0
               and self.start <= self.end, "bounds")
        replaced = [data[i:i + 32] for i in range(120 + extra, self.start, 32)]
        demand(all(a < b for a, b in zip(replaced, replaced[1:])), "replaced segments: not ascending")
        signer = roster.signer(head, self.device)
        demand(signer.role in CASEWORKERS, f"a {signer.role} may not write it")
        demand(verify(signer.sign, text, data[:-64], data[-64:]), "the signature does not verify")


class Keyring:
    """§7. `documents` by epoch id; `keys` the case keys, by case and generation."""

    def __init__(self, root, roster, findings):
        self.root, self.roster, self.findings = root, roster, findings
        self.documents, self.grants, self.segments, self.keys, self.pairs = {}, [], [], {}, {}
        for _, folder in self.epochs():
            with findings.about(folder.path("document")):
                self.read_document(folder)
            for name in folder.files(findings, lambda name: name == "document" or is_id(name)):
                with findings.about(folder.path(name)):
                    if name != "document":
                        self.read_other(folder, name)

    def epochs(self):
        with self.root.child("keyring") as keyring:
            yield from keyring.folders(self.findings, is_id)

    def read_document(self, folder):
        """§7.1: by a manager's device; the folder's name is its id."""
        epoch = os.path.basename(folder.name)
        data = folder.read("document", MIB)
        demand(base32(hash32(b"cv1.statement", data)) == epoch, "the folder's name is not the document's")
        statement = Statement(data)
        if statement.kind != 48:
            return self.roster.beyond(statement, folder.path("document"))
        if not statement.verified_by(self.roster.devices.get(statement.device)):
            return self.findings.strangers.append(folder.path("document"))      # §5.2
        demand(statement.vault == self.roster.vault, "of another vault")
        demand(self.roster.signer(statement.head, statement.device).role == "manager", "not signed by a manager")
        body = statement.body()
        intake = get(body, "intake", kind_of(dict))
        get(body, "parents", ids(0, 16)), get(body, "time", TIME)
        self.documents[statement.id] = (get(body, "commitment", KEY), get(intake, "public", KEY),
                                        get(intake, "private", bytes_of(72)))

    def read_other(self, folder, name):
        with folder.file(name) as (fd, size):
            front = pread(fd, min(size, 16), 0)
        try:
            kind, _ = preamble(front)
        except Unread:
            hashed(folder, name, 160 * MIB, None)
            raise
        if kind in (2, 3):
            self.roster.beyond(read_statement(folder, name), folder.path(name))
        elif kind == 4:
            self.segments.append((os.path.basename(folder.name), name))
        elif kind == 5:
            self.read_grant(folder, name)
        else:
            raise Damaged(f"a file of type {kind} in the keyring")

    def read_grant(self, folder, name):
        """§8: what can be checked without a private key."""
        data = hashed(folder, name, 280, b"cv1.segment")
        demand(len(data) == 280, "not 280 bytes")
        _, purpose = preamble(data)
        vault, subject, head, recipient, unlock = split(data, 16, *[32] * 5)
        demand(vault == self.roster.vault, "of another vault")
        if purpose not in ENTITLED:
            raise Unread(f"a grant of purpose {purpose}: of a later program")
        role = self.roster.signer(head, recipient).role
        if role in ENTITLED[purpose]:
            self.grants.append((folder.path(name), purpose, subject, recipient, unlock, data))
        else:
            self.findings.warnings.append(f"{folder.path(name)}: not used: a {role} is not entitled to this key")

    def open(self, identity, chains, log=False):
        """Master keys and role pairs by grant (§8), case keys by wrap (§7.2). Exit 12 without
        a master key, but for who wants the access log only. Returns whether there is one."""
        masters = {}
        for path, purpose, subject, recipient, unlock, data in self.grants:
            with self.findings.about(path):
                if unlock not in chains.get(recipient, ((), ()))[0]:
                    self.findings.warnings.append(f"{path}: not used: not to an unlock key of its recipient")
                    continue
                private = identity.keys.get(unlock) if recipient == identity.device else None
                if private is None:
                    continue
                key = open_box(private, unlock, b"casevault 1 grant\n" + data[:176], data[176:])
                if purpose == 1:
                    demand(subject in self.documents, "of an epoch that is not here")
                    self.check_master(subject, key)
                    masters[subject] = key
                else:
                    demand(same(sodium.crypto_scalarmult_base(key), subject), "not the private half of its subject")
                    if subject in self.roster.shared[purpose]:
                        self.pairs[purpose, subject] = key
                    else:
                        self.findings.warnings.append(f"{path}: not used: the roster names another public half")
        if not masters and not log:
            raise Refused(14 if self.findings.damaged else 12, "no grant opens a master key for this identity")
        for epoch, name in self.segments:
            with self.root.child("keyring") as keyring, keyring.child(epoch) as folder:
                with self.findings.about(folder.path(name)):
                    self.read_segment(folder, name, from_base32(epoch, 32), masters)
        return bool(masters)

    def check_master(self, epoch, master):
        """§7.1: the commitment, and the intake pair it seals."""
        vault = self.roster.vault
        commitment, public, sealed = self.documents[epoch]
        demand(same(kdf(master, b"cv1.master.com", vault), commitment), "not the epoch's master key")
        private = open_aead(kdf(master, b"cv1.intake", vault), sealed[:24],
                            b"casevault 1 intake\n" + vault + public, sealed[24:], "intake")
        demand(same(sodium.crypto_scalarmult_base(private), public), "the intake pair does not match")

    def read_segment(self, folder, name, epoch, masters):
        """§7.2, §7.3: a wrap that does not match is left out and reported."""
        vault = self.roster.vault
        segment = Segment(folder, name, 4, 160 * MIB, 32, b"casevault 1 keys\n", self.roster)
        demand(segment.extra == epoch, "of another epoch")
        demand(segment.end - segment.start == 136 * segment.count, "the number of its wraps is wrong")
        wrap_key = kdf(masters[epoch], b"cv1.wrap", epoch) if epoch in masters else None
        last = b""
        for at in range(segment.start, segment.end, 136):
            wrap = segment.data[at:at + 136]
            case, generation, nonce, sealed = split(wrap, 0, 32, 32, 24, 48)
            demand(last < wrap[:64], "its wraps are not ascending")
            last = wrap[:64]
            if wrap_key is None:
                continue
            with self.findings.about(f"{folder.path(name)}: wrap of {base32(case)}"):
                key = open_aead(wrap_key, nonce, b"casevault 1 wrap\n" + vault + epoch + case + generation,
                                sealed, "wrap")
                demand(same(kdf(key, b"cv1.case.com", vault), generation), "the key is not its generation's")
                demand(belongs(generation, case), "the generation is not of its case")
                self.keys[case, generation] = key


def belongs(generation, case):
    """§7.3, without links (kind 49), which are of a later version."""
    return hash32(b"cv1.case", generation) == case


# ---------------------------------------------------------------- §4 records

CHUNK = 65_536
LENGTH_MAX = 1 << 36


def padded(length):
    """§4.3: PADMÉ with a floor of 4 KiB."""
    if length <= 4096:
        return 4096
    e = length.bit_length() - 1
    z = e - e.bit_length()
    return -(-length >> z) << z


def pieces(size):
    return -(-size // CHUNK)


def file_size(length):
    """§4.5."""
    c = pieces(padded(length))
    return 4096 + padded(length) + 48 * c + 16 * pieces(32 * c)


class Record:
    """One record's file, verified step by step in the order of §4.8."""

    def __init__(self, fd, size, name, case, keyring):
        roster = self.roster = keyring.roster
        self.fd = fd
        demand(file_size(0) <= size <= file_size(LENGTH_MAX), f"{size} bytes is no size of a record")
        front = pread(fd, 4096, 0)
        header = front[:208]
        vault, found, generation, self.id, _, commitment = split(header, 16, *[32] * 6)
        demand(header[:8] == MAGIC, "no casevault file")                            # 2
        demand(vault == roster.vault, "of another vault")
        demand(found == case, "of another case")
        demand(f"{base32(self.id)}-{base32(generation)[:10]}" == name, "the name is not its header's")
        kind, extra = preamble(front)
        demand(kind == 1 and extra == 0, "not a record")
        demand(belongs(generation, case), "its generation is not of its case")      # 3
        if (case, generation) not in keyring.keys:
            raise Unread("no key for it here")
        self.case_key = keyring.keys[case, generation]
        key = kdf(self.case_key, b"cv1.record.key", header[:176])
        demand(same(kdf(key, b"cv1.record.com"), commitment), "the commitment does not match")  # 4
        plain = open_aead(kdf(key, b"cv1.manifest"), bytes(24), header, front[208:], "manifest")  # 5
        n = struct.unpack_from("<I", plain)[0]
        demand(n <= 3804, "manifest: too long")
        self.signature, self.json = split(plain, 4, 64, n)
        demand(not any(plain[68 + n:]), "manifest: its padding is not zero")
        self.manifest = parse(self.json, "manifest")
        self.read_fields()
        self.check_author(case)                                                     # 6 to 8
        demand(size == file_size(self.length), f"{size} bytes, not those of its length")  # 9
        content_key = kdf(key, b"cv1.content")
        self.chunk_key = kdf(content_key, b"cv1.chunks")
        self.read_hashes(kdf(content_key, b"cv1.hashes"))                           # 10

    def check_author(self, case):
        """§4.8, 6 to 8: on the roster, with the right, and this is what they signed."""
        signer = self.roster.signer(get(self.manifest, "roster", ID), get(self.manifest, "device", ID))
        demand(signer.member == get(self.manifest, "author", MEMBER), "the author is not the device's member")
        demand(signer.role in CASEWORKERS, f"a {signer.role} may not write records")
        random = get(self.manifest, "random", bytes_of(16))
        demand(self.id == hash32(b"cv1.record", signer.sign + random), "its id is not of its device and `random`")
        signed = self.roster.vault + case + self.id + self.json
        demand(verify(signer.sign, b"casevault 1 record\n", signed, self.signature), "the signature does not verify")

    def read_fields(self):
        """§4.2."""
        m = self.manifest
        self.kind = get(m, "kind", text(32, r"[a-z0-9-]{1,32}"))
        self.length = get(m, "length", number(0, LENGTH_MAX))
        self.parents = get(m, "parents", ids(0, 16))
        self.seen = get(m, "seen", KEY, optional=True)
        demand((self.seen is None) == (not self.parents), "`seen` is there without `parents`, or they without it")
        self.replaces = get(m, "replaces", ids(1, 16), optional=True) or []
        self.root = get(m, "root", KEY)
        self.title = get(m, "title", text(255))
        restricted = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
        get(m, "media_type", text(127, f"{restricted}/{restricted}"))
        self.details = get(m, "details", kind_of(dict), optional=True)
        demand(self.details != {}, "`details`: empty")
        self.details = self.details or {}
        demand(len(canonical(self.details)) <= 1536, "`details`: too long")
        recorded = get(m, "recorded", TIME).replace(tzinfo=datetime.timezone.utc)
        self.worked = get(m, "worked", DATE).date()
        try:
            day = recorded.astimezone(self.roster.zone).date()
        except OverflowError:
            raise Damaged("`recorded`: no such time there") from None
        demand(self.worked <= day, "`worked` is after the day of recording")

    def read_hashes(self, key):
        """§4.4: at most 32 MiB of slots, kept, so that none is read twice."""
        self.count = pieces(padded(self.length))
        used, total = pieces(self.length), 32 * self.count
        offset = 4096 + padded(self.length) + 16 * self.count
        slots = bytearray()
        for j in range(pieces(total)):
            sealed = pread(self.fd, min(CHUNK, total - j * CHUNK) + 16, offset + j * (CHUNK + 16))
            slots += open_chunk(key, j, j == pieces(total) - 1, sealed, "hash list")
        demand(not any(slots[32 * used:]), "hash list: the slot of a padding chunk is not zero")
        self.slots = slots[:32 * used]
        demand(hash32(b"cv1.root", struct.pack("<Q", self.length) + self.slots) == self.root,
               "the root does not match")

    def content(self):
        """§4.3: each chunk's bytes once its tag, hash and padding hold (step 11)."""
        for i in range(self.count):
            start = i * CHUNK
            size = min(CHUNK, padded(self.length) - start)
            plain = open_chunk(self.chunk_key, i, i == self.count - 1,
                               pread(self.fd, size + 16, 4096 + i * (CHUNK + 16)), "chunk")
            used = min(max(self.length - start, 0), size)
            demand(not any(plain[used:]), f"chunk {i}: its padding is not zero")
            if used:
                demand(hash32(b"cv1.chunk", plain[:used]) == self.slots[32 * i:32 * i + 32],
                       f"chunk {i}: its hash is not the list's")
                yield plain[:used]


class Output:
    """Files appear under OUT only when they are whole and verified."""

    def __init__(self, path):
        self.path = path

    def write(self, name, parts):
        """Consumes `parts` in any case: to verify is the point."""
        if self.path is None:
            for _ in parts:
                pass
            return
        path = os.path.join(self.path, name)
        with self.ours():
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            fd = os.open(path + ".part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            with open(fd, "wb") as file:
                for part in parts:
                    with self.ours():
                        file.write(part)
                        file.flush()
        except BaseException:
            os.unlink(path + ".part")
            raise
        with self.ours():
            os.replace(path + ".part", path)

    @contextlib.contextmanager
    def ours(self):
        """A full disk here is no damage there."""
        try:
            yield
        except OSError as error:
            raise Refused(1, f"{self.path}: {error.strerror}") from None


FOLDED = {"opening", "update"}
FIXED = FOLDED | {"withdrawal"}                     # no `replaces` changes them (§4.6)
FOLDED_MAX = 256 << 10
RECORD_NAME = re.compile("([a-z2-7]{52})-[a-z2-7]{10}")


def read_case(case, folder, keyring, output, findings):
    """Every sound record of a case is written. Returns them, the contents to fold, and
    the ids that the folder lists."""
    records, contents, listed = {}, {}, []

    def fits(name):
        return is_id(name) or (match := RECORD_NAME.fullmatch(name)) and is_id(match[1])    # 1

    for name in folder.files(findings, fits):
        listed += [from_base32(name[:52], 32)] if "-" in name else []
        with findings.about(folder.path(name)):
            if "-" not in name:
                meet_later(keyring.roster, folder, name, (2, 3))
                continue
            with folder.file(name) as (fd, size):
                record = Record(fd, size, name, case, keyring)
                target = f"{base32(case)}/{base32(record.id)}"
                output.write(target, parts_of(record, contents))
                output.write(target + ".json", [record.json])
                records[record.id] = record
                findings.warnings += [f"{folder.path(name)}: {reason}" for reason in odd_details(record)]
    return records, contents, listed


def parts_of(record, contents):
    """The content; of an opening or update only what is JSON as §4.7 has it is whole."""
    if record.kind not in FOLDED:
        return (yield from record.content())
    demand(record.length <= FOLDED_MAX, f"its content: more than {FOLDED_MAX} bytes")
    content = b"".join(record.content())
    contents[record.id] = read_content(record.kind, parse(content, "its content"))
    yield content


TRUE, COUNT, TEXT, TEXTS = one_of(True), number(0, 2**53 - 1), text(), array(text(), 1536)
MOUNTED = {"file": text(low=1), "modified": TIME, "sitting": bytes_of(10)}    # saved through a mount
DETAILS = {                                         # §4.6
    "note": {"channel": TEXT, "form": one_of("advice"), "attached": ids(0, 1536)} | MOUNTED,
    "mail": {"direction": one_of("sent", "received"), "body": text(64, "[0-9a-f]{64}"), "message_id": TEXT,
             "in_reply_to": TEXT, "date": TIME, "from": TEXTS, "to": TEXTS, "attachments": TEXTS, "defects": TEXTS,
             "mbox": TRUE, "same_id": ids(0, 1536), "shortened": TRUE} | MOUNTED,
    "scan": {"pages": COUNT, "width": COUNT, "height": COUNT, "as_is": TRUE} | MOUNTED}


def odd_details(record):
    """`details` that are not §4.6's hide nothing; they are named."""
    for name, check in DETAILS.get(record.kind, {}).items():
        try:
            get(record.details, name, check, optional=True)
        except Damaged as reason:
            yield f"its details: {reason}"


# ---------------------------------------------------------------- §4.7 state of a case

def check_character(seven):
    """§4.7: Luhn mod 32."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    total = 0
    for place, character in enumerate(reversed(seven)):
        digit = alphabet.index(character) * (1 if place % 2 else 2)
        total += digit // 32 + digit % 32
    return alphabet[-total % 32]


def reference(value):
    shape = "[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}"
    ref = text(9, shape)(value)
    demand(check_character(ref[:4] + ref[5:8]) == ref[8], "its check character is wrong")


WORD, WORDS = text(1000, low=1), array(text(1000, low=1), 1000)
CLIENT = {"name": WORD, "student_id": WORD, "emails": WORDS, "phones": WORDS, "contact": WORD, "unsafe": WORD,
          "pseudonym": WORD}
LISTS = {"emails": WORDS, "parties": WORDS, "phones": WORDS}
CONTENT = {"client": kind_of(dict), "parties": WORDS, "topic": WORD, "adviser": bytes_of(16),
           "channel": one_of("in-person", "phone", "email", "video", "letter")}


def read_content(kind, value):
    """§4.7: a value that is not its name's makes the record damage. `null` removes."""
    def look(value, checks):
        for name, check in checks.items():
            if value.get(name) is not None:
                get(value, name, check)

    look(value, CONTENT | ({"ref": reference} if kind == "opening" else {}))
    look(value.get("client") or {}, CLIENT)
    for change in ("add", "drop"):
        if value.get(change) is not None:
            demand(isinstance(value[change], dict) and value[change].keys() <= LISTS.keys(), f"{change} is wrong")
            look(value[change], LISTS)
    return value if kind == "opening" else {name: value[name] for name in value if name != "ref"}


def merge_update(state, change):
    """§4.7: the merge, then the texts that leave their lists, then those that join."""
    drop, add = change.get("drop", {}), change.get("add", {})
    state = merge(state, {name: value for name, value in change.items() if name not in ("drop", "add")})
    for name in ("emails", "parties", "phones"):
        if name in drop or name in add:
            home = state if name == "parties" else state.setdefault("client", {})
            texts = [text for text in home.get(name, []) if text not in drop.get(name, [])]
            texts += [text for i, text in enumerate(add.get(name, []))
                      if text not in texts and text not in add[name][:i]]
            home[name] = texts
            if not texts:
                del home[name]
            if state.get("client") == {}:
                del state["client"]
    return state


def fold_order(records):
    """Of the records whose parents that are present are all folded, the one with the
    earliest `worked`, then the lowest id; a circle is broken at its first. Returns the
    order, and the records at which circles were broken."""
    waiting = {id: {p for p in record.parents if p in records} for id, record in records.items()}
    children, order = {}, []
    for id, parents in waiting.items():
        for parent in parents:
            children.setdefault(parent, []).append(id)
    ready = [(records[id].worked, id) for id, parents in waiting.items() if not parents]
    heapq.heapify(ready)
    left, forged = set(records), []
    while left:
        if not ready:
            first = min(on_circles(records, left), key=lambda id: (records[id].worked, id))
            forged.append(first)
            heapq.heappush(ready, (records[first].worked, first))
        _, id = heapq.heappop(ready)
        order.append(id)
        left.discard(id)
        for child in children.get(id, ()):
            waiting[child].discard(id)
            if not waiting[child] and child in left:
                heapq.heappush(ready, (records[child].worked, child))
    return order, forged


def on_circles(records, left):
    """Those that remain when the ones that no other names are set aside again and again."""
    while True:
        named = {parent for id in left for parent in records[id].parents}
        if left <= named:
            return left
        left = left & named


def check_parents(name, records, order, forged, findings):
    """§4.2: what a record says of its parents, against the parents that are here."""
    missing = {p for record in records.values() for p in record.parents} - records.keys()
    findings.warnings += [f"{name}: record {base32(p)} is named as a parent and not here" for p in sorted(missing)]
    if forged:
        findings.damaged.append(f"{name}: a circle of parents: {', '.join(map(base32, forged))}")
    for id in order:
        record = records[id]
        if record.parents and not missing.intersection(record.parents) and not same(
                record.seen, hash32(b"cv1.seen", b"".join(records[p].signature for p in record.parents))):
            findings.damaged.append(f"{name}: record {base32(id)}: `seen` does not fit: a parent of it was replaced")


def merge(known, change):
    """RFC 7396."""
    if not isinstance(change, dict):
        return change
    merged = dict(known) if isinstance(known, dict) else {}
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def fold(name, records, contents, findings):
    """§4.7: what the opening and the updates make of a case."""
    order, forged = fold_order(records)
    check_parents(name, records, order, forged, findings)
    state, opening = {}, None
    for id in order:
        change = contents.get(id)
        if change is None:
            continue
        if records[id].kind == "update":
            state = merge_update(state, change)
        elif opening:
            findings.damaged.append(f"{name}: record {base32(id)}: a second opening is ignored")
        else:                                            # it gives the case its details: what came before is gone
            state, opening = merge({}, change), id
    if records and not opening:
        findings.warnings.append(f"{name}: its opening is not here")
    return order, state


def replaced(records):
    """§4.6: by record, what amends and what withdraws it."""
    amended, withdrawn = {}, {}
    for record in records.values():
        for id in record.replaces if record.kind in {"note", "mail", "scan", "withdrawal"} else ():
            if id not in records or records[id].kind not in FIXED:
                (withdrawn if record.kind == "withdrawal" else amended).setdefault(id, []).append(record.id)
    return amended, withdrawn


def days(records, withdrawn, roster):
    """§4.7: the day of the last work, and the first day on which the case may go."""
    worked = [record.worked for record in records.values() if record.id not in withdrawn and not record.replaces and (
        record.kind in roster.work or
        record.kind == "mail" and record.details.get("direction") == "sent" and "mail-sent" in roster.work)]
    if not worked:
        return None, None
    last, start = max(worked), roster.year_starts
    year = last.year + ((last.month, last.day) >= (start.month, start.day)) + roster.keep_years
    return last, start.replace(year=year) if year <= 9999 else None


# ---------------------------------------------------------------- §9 index

TAGS = ["reference", "client", "student_number", "email", "party", "topic", "adviser", "telephone", "pseudonym"]
FLAGS = ["walled", "held", "anonymous", "shortened"]


def read_index(root, keyring, findings):
    """§9: the row that is shown of each case: more records, then the lower state hash."""
    best = {}
    with root.child("index") as index:
        for owner, folder in index.folders(findings, is_id):
            for name in folder.files(findings, is_id):
                with findings.about(folder.path(name)):
                    segment = Segment(folder, name, 6, 256 * MIB, 0, b"casevault 1 rows\n", keyring.roster)
                    demand(base32(segment.device) == owner, "of another device")
                    for case, rank, row in read_rows(segment, folder.path(name), keyring, findings):
                        if case not in best or rank < best[case][0]:
                            best[case] = rank, row
    return {case: row for case, (_, row) in best.items()}


def read_rows(segment, path, keyring, findings):
    at, data, seen = segment.start, segment.data, set()
    for _ in range(segment.count):
        demand(at + 68 <= segment.end, "its rows do not fit")
        case, generation = split(data, at, 32, 32)
        s = struct.unpack_from("<I", data, at + 64)[0]
        demand(296 <= s <= 16_424 and s % 256 == 40 and at + 68 + s <= segment.end, "its rows do not fit")
        nonce, sealed = split(data, at + 68, 24, s - 24)
        at += 68 + s
        demand(case not in seen, f"two rows of case {base32(case)}")
        seen.add(case)
        with findings.about(f"{path}: row of {base32(case)}"):
            demand(belongs(generation, case), "its generation is not of its case")
            if (case, generation) not in keyring.keys:
                raise Unread("no key for it here")
            ad = b"casevault 1 row\n" + keyring.roster.vault + segment.device + case + generation
            plain = open_aead(kdf(keyring.keys[case, generation], b"cv1.row"), nonce, ad, sealed, "row")
            yield case, *read_row(plain)
    demand(at == segment.end, "bytes behind its rows")


def read_row(plain):
    """§9: its rank among rows of the case, and the row for people."""
    n, count, state, status, flags, strings, *days = struct.unpack_from("<II32sBBHiiii", plain)
    demand(60 <= n <= len(plain) < n + 256 and not any(plain[n:]), "row: its padding is wrong")
    demand(status in (1, 2), "row: an unknown status")
    at, found = 60, {}
    for _ in range(strings):
        demand(at + 3 <= n, "row: its strings do not fit")
        tag, length = struct.unpack_from("<BH", plain, at)
        demand(at + 3 + length <= n, "row: its strings do not fit")
        try:
            value = plain[at + 3:at + 3 + length].decode("utf-8")
        except UnicodeDecodeError:
            raise Damaged("row: not UTF-8") from None
        at += 3 + length
        if 1 <= tag <= len(TAGS):
            found.setdefault(TAGS[tag - 1], []).append(value)
    demand(at == n, "row: bytes behind its strings")
    row = {"records": count, "state": base32(state), "status": ("open", "closed")[status - 1],
           "flags": [name for bit, name in enumerate(FLAGS) if flags >> bit & 1], **found}
    for name, day in zip(("opened", "closed", "last_work", "expires"), days):
        try:
            row[name] = None if name == "closed" and day == -2**31 else \
                str(datetime.date(1970, 1, 1) + datetime.timedelta(days=day))
        except OverflowError:
            raise Damaged(f"row: `{name}` is no date") from None
    return (-count, state), row


def compare_row(name, row, records, total, findings):
    """§9: an index decides nothing; a row that counts more than the folder has is false."""
    if row and row["records"] > total:
        findings.warnings.append(f"{name}: a row counts {row['records']} records, {total} are here: a false row")
    if not row or row["records"] != len(records) or not records:
        return False
    key = next(iter(records.values())).case_key
    return base32(kdf(key, b"cv1.state", b"".join(sorted(records)))) == row["state"]


# ---------------------------------------------------------------- §10 the access log

ACCESS, MADE, CHANGE = 1, 2, 3
LOG_HEAD = 288                                      # bytes of a spool in front of its entries
SPOOL_MAX = 8 * MIB
BODY_MAX = 4096
PURPOSES = "advice", "contact", "monitoring", "feedback", "upkeep"


@dataclass(frozen=True)
class Point:
    """Where an entry stands: its sequence, and the chain before it."""
    next: int
    chain: bytes

    def after(self, entry):
        return Point(self.next + 1, hash32(b"cv1.chain", self.chain + entry))


def read_point(value):
    """As JSON: `chain` and `next`."""
    kind_of(dict)(value)
    return Point(get(value, "next", number(0, 2**53 - 1)), get(value, "chain", ID))


class LogFile:
    """Bytes 16 to 288, which segments and spools have in common, and their entries."""

    def __init__(self, data, owner, roster):
        demand(len(data) >= LOG_HEAD, "too short for a log")
        self.vault, self.head, self.device = split(data, 16, 32, 32, 32)
        first, chain, self.auditors, self.box = struct.unpack_from("<Q32s32s104s", data, 112)
        demand(self.vault == roster.vault, "of another vault")
        demand(self.device == owner, "of another device")
        demand(first < 2**53 - 2**20, "its first sequence is out of bounds")
        demand(first or chain == ZERO, "its chain does not begin at zero")
        self.start, self.data, self.entries, self.witnesses = Point(first, chain), data, [], []

    def entry(self, at, end):
        """§10.1: kind and bytes of the entry there."""
        demand(at + 40 <= end, "an entry is cut off")
        kind, s, made = struct.unpack_from("<II32s", self.data, at)
        demand(kind in (ACCESS, MADE, CHANGE), f"an entry of kind {kind}")
        demand({ACCESS: 296 <= s <= BODY_MAX + 40 and s % 256 == 40, MADE: s == 0, CHANGE: s == 136}[kind],
               "an entry's size is not one of its kind")
        demand(kind == MADE or made == ZERO, "an entry's field `made` is not zero")
        demand(at + 40 + s <= end, "an entry is cut off")
        return kind, self.data[at:at + 40 + s]

    def points(self):
        """The chain: by sequence what stands before that entry, and last what stands behind all."""
        chain = {self.start.next: self.start.chain}
        for _, point, entry, _, _ in self.walk():
            chain[point.next + 1] = point.after(entry).chain
        return chain

    def walk(self):
        """Each entry of the chain, with where it stands and the run's R and box."""
        point, key, box = self.start, self.auditors, self.box
        for kind, entry in self.entries:
            if kind == CHANGE:
                key, box = split(entry, 40, 32, 104)
            else:
                yield kind, point, entry, key, box
                point = point.after(entry)

    def check_auditors(self, roster):
        keys = {self.auditors} | {entry[40:72] for kind, entry in self.entries if kind == CHANGE}
        demand(keys <= roster.auditors, "sealed to somebody else than the auditors")


class LogSegment(LogFile):
    def __init__(self, data, owner, roster):
        kind, count = preamble(data)
        demand(kind == 7 and len(data) >= 296 + 40 + 64, "not a log segment")
        super().__init__(data, owner, roster)
        h, r = struct.unpack_from("<II", data, LOG_HEAD)
        at, end = 296 + 72 * h + 32 * r, len(data) - 64
        demand(1 <= count <= 1 << 20 and h <= 1024 and r <= 4096 and at <= end, "bounds")
        for i in range(296, 296 + 72 * h, 72):
            device, sequence, chain = struct.unpack_from("<32sQ32s", data, i)
            demand(sequence < 2**53, "a witness's sequence is out of bounds")
            self.witnesses.append((device, Point(sequence, chain)))
        devices = [device for device, _ in self.witnesses]
        demand(all(a < b for a, b in zip(devices, devices[1:])), "witnesses: not ascending")
        demand(self.device not in devices, "it bears witness of itself")
        replaced = [data[i:i + 32] for i in range(at - 32 * r, at, 32)]
        demand(all(a < b for a, b in zip(replaced, replaced[1:])), "replaced segments: not ascending")
        self.read_entries(count, at, end)
        signer = roster.signer(self.head, self.device)
        demand(verify(signer.sign, b"casevault 1 log\n", data[:-64], data[-64:]), "the signature does not verify")
        self.check_auditors(roster)

    def read_entries(self, count, at, end):
        kind = CHANGE
        for _ in range(count):
            before, (kind, entry) = kind, self.entry(at, end)
            demand(kind != CHANGE or before != CHANGE, "a change of key is first, or behind another")
            self.entries.append((kind, entry))
            at += len(entry)
        demand(kind != CHANGE, "a change of key is last")
        demand(at == end, "bytes behind its entries")


class LogSpool(LogFile):
    """§10.3. Nobody signed it: it lies in the home. What is no whole entry was torn off."""

    def __init__(self, data, owner, roster):
        kind, self.began = preamble(data)
        demand(kind == 10, "not a spool of the access log")
        super().__init__(data, owner, roster)
        at = LOG_HEAD
        with contextlib.suppress(Damaged):
            while at < len(data):
                kind, entry = self.entry(at, len(data))
                demand(kind != CHANGE, "a spool has one key")
                self.entries.append((kind, entry))
                at += len(entry)
        self.torn = len(data) - at
        self.check_auditors(roster)


class DeviceLog:
    """The log of one device: what verified of it, put together (§10.4)."""

    def __init__(self):
        self.chain, self.files = {}, []     # chain: by sequence, what stands before it

    def take(self, path, file, shipped=True):
        """Where two overlap, they hold the same entries; else one of them is a fork."""
        points = file.points()
        demand(all(self.chain.get(n, chain) == chain for n, chain in points.items()),
               "a fork: it contradicts another part of this log")
        self.chain |= points
        self.files.append((path, file, shipped))

    def end(self):
        return max(self.chain, default=0)

    def gaps(self):
        """First and last sequence of what is missing. A point is there behind the entry before it."""
        entries, at = sorted((f.start.next, max(f.points())) for _, f, _ in self.files), 0
        for first, end in entries:
            if first > at:
                yield at, first - 1
            at = max(at, end)

    def head(self):
        """As far as the log is sound without a gap: the open chain's head."""
        gap = next(self.gaps(), None)
        n = self.end() if gap is None else gap[0]
        return Point(n, self.chain.get(n, ZERO))


class AccessLog:
    """§10.4: the logs of all devices, as far as everybody can verify them."""

    def __init__(self, root, roster, findings):
        self.roster, self.findings, self.devices = roster, findings, {}
        with root.child("log") as top:
            for owner, folder in top.folders(findings, is_id):
                device = from_base32(owner, 32)
                if device in roster.devices:
                    self.read_device(device, folder)
                else:
                    findings.strangers.append(folder.name)
        for device, log in self.devices.items():
            for path, file, _ in log.files:
                for other, point in file.witnesses:
                    with findings.about(path):
                        demand(other in roster.devices or not point.next, "a witness of a device that is not on the roster")
                        self.compare(other, point, "as it saw")

    def read_device(self, device, folder):
        found = []
        for name in folder.files(self.findings, is_id):
            with self.findings.about(folder.path(name)):
                data = hashed(folder, name, 256 * MIB, b"cv1.segment")
                found.append((folder.path(name), LogSegment(data, device, self.roster)))
        if not found:
            return
        log = self.devices[device] = DeviceLog()
        for path, file in sorted(found, key=lambda f: (f[1].start.next, -max(f[1].points()), f[0])):
            with self.findings.about(path):
                log.take(path, file)
        self.findings.damaged += [f"{folder.name}: a gap: entries {a} to {b} are missing" for a, b in log.gaps()]

    def compare(self, device, point, who):
        """Whether a device's log comes as far as it was seen, and has the same chain there."""
        if not point.next:
            return
        log = self.devices.get(device, DeviceLog())
        demand(point.next <= log.end(), f"the log of {base32(device)} does not reach entry {point.next}, {who}")
        demand(log.chain.get(point.next, point.chain) == point.chain,
               f"the log of {base32(device)} has another chain at entry {point.next}, {who}")

    def read_home(self, state, device):
        """§10.3: what the home saw, what it shipped, and what waits there."""
        with state.child("log") as top:
            with self.findings.about(top.path("heads")):
                for name, value in read_home_json(top, "heads").items():
                    with self.findings.about(top.path("heads")):
                        self.compare(ID(name), read_point(value), "as this home saw")
            with top.child(base32(device)) as folder:
                with self.findings.about(folder.path("head")):
                    self.read_shipped(device, folder)
                self.read_spools(device, folder)

    def read_shipped(self, device, folder):
        """`head` is where the device's own log ends; one that ends further on is of another home."""
        head = read_home_json(folder, "head")
        if not head:
            return
        point, segments = get(head, "point", read_point), get(head, "segments", array(kind_of(dict), 1 << 20))
        for segment in segments:
            get(segment, "id", ID), get(segment, "start", read_point), get(segment, "end", read_point)
            get(segment, "size", number(1, 256 * MIB))
        self.compare(device, point, "as this home shipped it")
        log = self.devices.get(device, DeviceLog())
        demand(log.end() <= point.next, f"the device's log goes on behind entry {point.next}: the home was put back")

    def read_spools(self, device, folder):
        found = []
        for name in folder.files(self.findings, lambda name: True):
            if name == "head":
                continue
            with self.findings.about(folder.path(name)):
                demand(re.fullmatch(r"0|[1-9]\d{0,15}", name, re.ASCII), "no spool's name")
                spool = LogSpool(folder.read(name, SPOOL_MAX + BODY_MAX + 80), device, self.roster)
                demand(spool.start.next == int(name), "its name is not its first sequence")
                found.append((folder.path(name), spool))
        for path, spool in sorted(found, key=lambda f: f[1].start.next):
            with self.findings.about(path):
                log = self.devices.setdefault(device, DeviceLog())
                demand(spool.start.next in log.chain or spool.start.next == 0, "it does not follow what was shipped")
                if spool.torn:
                    self.findings.warnings.append(f"{path}: {spool.torn} bytes behind its last whole entry")
                log.take(path, spool, shipped=False)

    def read_bodies(self, pairs, keys):
        """What auditors check too. Yields each entry once, in the order of its log; without
        the auditors' pair nothing of what it says."""
        for device, log in sorted(self.devices.items()):
            entries, boxes = {}, {}
            for path, file, shipped in log.files:
                for kind, point, entry, auditors, box in file.walk():
                    with self.findings.about(f"{path}: entry {point.next}"):
                        said = {"made": base32(entry[8:40])} if kind == MADE else {}
                        if kind == ACCESS and (2, auditors) in pairs:
                            if box not in boxes:
                                boxes[box] = open_segment_key(pairs[2, auditors], auditors, box, file)
                            said = self.read_body(boxes[box], file, point, entry, keys)
                        entries.setdefault(point.next, {
                            "device": base32(device), "sequence": point.next, "kind": ("access", "made")[kind - 1],
                            "shipped": shipped, **said})
            self.check_times(device, entries)
            yield from (entries[n] for n in sorted(entries))

    def read_body(self, key, file, point, entry, keys):
        sequence = struct.pack("<Q", point.next)
        body = read_log_body(open_aead(key, entry[40:64], point.chain + sequence, entry[64:], "its body"))
        demand(from_base32(body["member"], 16) == self.roster.devices[file.device].member,
               "it names a member whose device it is not")
        sealed = body.pop("details", None)
        known = [key for (case, _), key in keys.items() if base32(case) == body.get("case")]
        if sealed and known:
            body["details"] = open_details(known, sealed, file.vault + file.device + sequence)
        return body

    def check_times(self, device, entries):
        """§10.4: an earlier time is noted from more than two minutes on."""
        last = None
        for n in sorted(entries):
            time = "time" in entries[n] and TIME(entries[n]["time"])
            if not time:
                continue
            if last and last - time > datetime.timedelta(minutes=2):
                self.findings.warnings.append(f"log/{base32(device)}: entry {n} is dated before the one in front of it")
            last = time


def open_segment_key(private, auditors, box, file):
    return open_box(private, auditors, b"casevault 1 log\n" + file.vault + file.device + auditors, box)


def log_details(value):
    """§10.2: nonce and ciphertext, at most 1,024 bytes before base32."""
    demand(isinstance(value, str), "not base32")
    raw = from_base32(value, len(value) * 5 // 8)
    demand(40 <= len(raw) <= 1024, "not of 40 to 1024 bytes")
    return raw


def read_log_body(plain):
    """§10.2: its JSON, with `details` still sealed."""
    demand(256 <= len(plain) <= BODY_MAX and len(plain) % 256 == 0, "its body: no multiple of 256")
    n = struct.unpack_from("<I", plain)[0]
    demand(4 + n <= len(plain) < 4 + n + 256 and not any(plain[4 + n:]), "its body: its padding is wrong")
    body = parse(plain[4:4 + n], "its body")
    get(body, "action", text(64, low=1)), get(body, "member", MEMBER), get(body, "time", TIME)
    get(body, "case", ID, optional=True), get(body, "record", ID, optional=True)
    get(body, "program", text(1024, low=1), optional=True)
    get(body, "purpose", one_of(*PURPOSES)), get(body, "result", one_of("ok", "damaged", "refused"))
    details = get(body, "details", log_details, optional=True)
    return body | ({"details": details} if details else {})


def open_details(keys, sealed, ad):
    """Under one of the case's keys; they die with it."""
    for key in keys:
        with contextlib.suppress(Damaged):
            plain = open_aead(kdf(key, b"cv1.log"), sealed[:24], ad, sealed[24:], "details")
            break
    else:
        raise Damaged("its details: no key of their case opens them")
    return parse(plain, "its details")


def read_home_json(folder, name):
    """A file of the home in canonical JSON; nothing where it is not there."""
    if folder.fd is None or name not in os.listdir(folder.fd):
        return {}
    return parse(folder.read(name, MIB), "it")


# ---------------------------------------------------------------- §12 spools

BLOCK, SLOT = 65_536, 65_576                        # a block, and with its nonce and tag
SPOOL_FRONT, SPOOL_SLOTS = 2_200, 4_096             # where the description ends, where block 0 begins
SPOOL_LARGEST = SPOOL_SLOTS + SLOT * (LENGTH_MAX // BLOCK)


class Spool:
    """What a program wrote into a mount of this device, and no record holds. `held` names its blocks.
    `process` is the name of its folder."""

    def __init__(self, fd, size, identity, vault, process):
        front = pread(fd, min(size, SPOOL_SLOTS), 0)
        kind, block = preamble(front)
        demand(kind == 9 and block == BLOCK, "not a spool in blocks of 65536 bytes")
        demand(SPOOL_FRONT <= size <= SPOOL_LARGEST, f"{size} bytes is no size of a spool")
        found, device, salt, nonce = split(front, 16, 32, 32, 32, 24)
        demand(found == vault, "of another vault")
        demand(device == identity.device, "of another device")
        demand(not any(front[SPOOL_FRONT:]), "bytes between its description and its blocks")
        self.fd, self.size = fd, size
        self.key, plain = open_description(identity, vault + device + process.encode(), salt, nonce, front[136:SPOOL_FRONT])
        n = struct.unpack_from("<I", plain)[0]
        demand(n <= len(plain) - 4 and not any(plain[4 + n:]), "its description: its padding is wrong")
        self.json = plain[4:4 + n]
        self.read_description(parse(self.json, "its description"))
        self.held = {i for i in range(pieces(self.length)) if any(self.slot(i, 24))}
        demand(len(self.held) >= self.described, f"it holds {len(self.held)} blocks and says {self.described}")
        for i in self.held:
            demand(self.block(i) is not None, f"block {i} does not verify")

    def read_description(self, d):
        self.description = d
        get(d, "began", TIME), get(d, "kind", one_of("note", "mail", "scan")), get(d, "name", file_name)
        demand(("case" in d) != ("folder" in d), "neither `case` nor `folder`, or both")
        get(d, "case", ID, optional=True), get(d, "folder", file_name, optional=True)
        get(d, "base", ID, optional=True)
        demand("base" not in d or "case" in d, "`base` without `case`")
        get(d, "temporary", one_of(True), optional=True)
        self.length = get(d, "length", number(0, LENGTH_MAX))
        self.described = get(d, "held", number(0, pieces(self.length)))

    def slot(self, i, size):
        """The first bytes of a slot; nothing where the file ends before them."""
        at = SPOOL_SLOTS + SLOT * i
        return pread(self.fd, size, at) if at + size <= self.size else b""

    def block(self, i):
        """Nothing where it does not verify, or the file ends within it."""
        slot = self.slot(i, SLOT)
        with contextlib.suppress(Damaged):
            ad = b"casevault 1 spool block\n" + struct.pack("<Q", i)
            return open_aead(self.key, slot[:24], ad, slot[24:], "block")

    def content(self, base):
        """All of it, of blocks held here, of the file `base`, or of zeros."""
        for i in range(pieces(self.length)):
            if i in self.held:
                block = self.block(i)
                demand(block is not None, f"block {i} changed while it was read")
            else:
                block = b"" if base is None else os.pread(base, BLOCK, i * BLOCK)
            yield block.ljust(BLOCK, b"\0")[:self.length - i * BLOCK]


def file_name(value):
    name = text(255, low=1)(value)
    demand("/" not in name and name not in (".", ".."), "no name of a file")
    return name


def open_description(identity, place, salt, nonce, sealed):
    """K and the description, by whichever of the device's unlock keys was the newest then."""
    for private in identity.keys.values():
        with contextlib.suppress(Damaged):
            key = kdf(kdf(private, b"cv1.spool.own", place), b"cv1.spool", salt)
            return key, open_aead(key, nonce, b"casevault 1 spool description\n", sealed, "its description")
    raise Damaged("its description does not open with a key of this identity")


def is_process(name):
    try:
        return bool(from_base32(name, 15))
    except Damaged:
        return False


def lives(folder):
    """Whether the process of these spools lives, and may be writing at this moment."""
    with contextlib.suppress(FileNotFoundError), folder.file("lock") as (fd, _):
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def read_spools(state, identity, vault, cases, options, findings):
    """§12: the spools of processes that are gone. Those of one that lives still change."""
    with state.child("spool") as spools:
        for _, folder in spools.folders(findings, is_process):
            living = False
            with findings.about(folder.path("lock")):
                living = lives(folder)
            if living:
                findings.warnings.append(f"{folder.name}: a mount holds it at this moment; its spools are not read")
                continue
            for name in folder.files(findings, lambda name: True):
                with findings.about(folder.path(name)):
                    if name != "lock":
                        read_spool(folder, name, identity, vault, cases, options, findings)


def read_spool(folder, name, identity, vault, cases, options, findings):
    shown_name = folder.path(name).partition("/spool/")[2]
    with folder.file(name) as (fd, size):
        spool = Spool(fd, size, identity, vault, os.path.basename(folder.name))
        if not options.spools:
            return
        if options.out:
            output = Output(options.out)
            with base_of(spool, cases, output) as base:
                output.write(f"spool/{shown_name}", spool.content(base))
            output.write(f"spool/{shown_name}.json", [spool.json])
        print(json.dumps({"spool": shown_name, **spool.description, "held": len(spool.held)},
                         ensure_ascii=False))


@contextlib.contextmanager
def base_of(spool, cases, output):
    """A descriptor of the version that is changed, as it was written out, once that is needed."""
    base = spool.description.get("base")
    if base is None or len(spool.held) == pieces(spool.length):
        yield None
        return
    case = spool.description["case"]
    if not any(each["case"] == case and base in each["records"] for each in cases):
        raise Unread(f"its base, record {base}, was not read")
    with output.ours():
        fd = os.open(os.path.join(output.path, case, base), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


# ---------------------------------------------------------------- §12.2 records seen

SEEN_MAX, NOT_KEPT = 64 * MIB, 2**32 - 1


def check_seen(state, case, listed, records, contents, keyring, findings):
    """What the home saw of a case, against what is here. `listed`: the record ids in its folder."""
    name = base32(case)
    with state.child("cases") as cases, cases.child(name[:2]) as folder:
        if folder.fd is None or name not in os.listdir(folder.fd):
            return
        path = folder.path(name)
        with findings.about(path):
            seen = read_seen(folder.read(name, SEEN_MAX), case, keyring)
            if seen and not records:
                findings.damaged.append(f"{path}: the case shows no record any more")
            for record, content in seen:
                if record.id not in listed:
                    findings.damaged.append(f"{path}: record {base32(record.id)} has vanished")
                with findings.about(f"{path}: record {base32(record.id)}"):
                    check_seen_record(record, content, case, records.get(record.id))


def read_seen(data, case, keyring):
    """The file's records, not yet verified, and what it keeps of their content."""
    kind, count = preamble(data)
    demand(kind == 11 and count <= 100_000 and len(data) >= 152, "not a file of records seen")
    vault, found, generation, nonce = split(data, 16, 32, 32, 32, 24)
    demand(vault == keyring.roster.vault, "of another vault")
    demand(found == case, "of another case")
    demand(belongs(generation, case), "its generation is not of its case")
    if (case, generation) not in keyring.keys:
        raise Unread("no key for it here")
    key = kdf(keyring.keys[case, generation], b"cv1.cache")
    plain, at, seen = open_aead(key, nonce, data[:112], data[136:], "records seen"), 0, []
    for _ in range(count):
        demand(at + 104 <= len(plain), "its records do not fit")
        record = Record.__new__(Record)
        record.id, record.signature, n, c = struct.unpack_from("<32s64sII", plain, at)
        kept = 0 if c == NOT_KEPT else c
        demand(n <= 3804 and kept <= FOLDED_MAX and at + 104 + n + kept <= len(plain), "its records do not fit")
        demand(not seen or seen[-1][0].id < record.id, "its records are not ascending")
        record.roster = keyring.roster
        record.json, content = split(plain, at + 104, n, kept)
        seen.append((record, None if c == NOT_KEPT else content))
        at += 104 + n + kept
    demand(at == len(plain), "bytes behind its records")
    return seen


def check_seen_record(record, content, case, here):
    """Author, right, id and signature by today's roster, the content against `root`; and that
    it is what lies in the vault under this id."""
    record.manifest = parse(record.json, "manifest")
    record.read_fields()
    record.check_author(case)
    if content is not None:
        demand(record.kind in FOLDED, f"content of a {record.kind} is kept")
        slots = b"".join(hash32(b"cv1.chunk", content[i:i + CHUNK]) for i in range(0, len(content), CHUNK))
        demand(len(content) == record.length
               and hash32(b"cv1.root", struct.pack("<Q", record.length) + slots) == record.root,
               "its content is not that of its root")
    demand(here is None or (here.json, here.signature) == (record.json, record.signature),
           "the vault has another record under this id")


# ---------------------------------------------------------------- the whole

TOP = {"casevault.json": stat.S_IFREG, "README.txt": stat.S_IFREG} | dict.fromkeys(
    ["requests", "roster", "devices", "keyring", "cases", "index", "log", "shred", "enquiries", "tmp"], stat.S_IFDIR)


def read_vault_id(root):
    """§3."""
    try:
        data = root.read("casevault.json", 4096)
        demand(data.endswith(b"\n"), "casevault.json: no line feed at its end")
        about = parse(data[:-1], "casevault.json")
        if get(about, "casevault", number(1, 1 << 32)) != 1:
            raise Refused(10, f"format {about['casevault']}: a later casevault reads this vault")
        return get(about, "vault", ID)
    except (Damaged, OSError) as reason:
        raise Refused(10, f"no vault here: {reason}") from None


def read_vault(options, passphrase, findings):
    try:
        root = Folder(options.vault)
    except OSError as error:
        raise Refused(10, f"no vault here: {error.strerror}") from None
    with root:
        vault = read_vault_id(root)
        for name in root.names(findings):
            kind = stat.S_IFMT(os.stat(name, dir_fd=root.fd, follow_symlinks=False).st_mode)
            if TOP.get(name) != kind:
                findings.strangers.append(root.path(name))
        roster = Roster(root, vault, findings)
        scan_shred(root, roster, findings)
        scan_later(root, roster, findings)
        requests = read_requests(root, roster, findings)
        chains = unlock_chains(root, roster, requests, findings)
        keyring = Keyring(root, roster, findings)
        check_admissions(roster, chains, keyring.documents, findings)
        path = options.identity or os.path.join(options.home, base32(vault), "identity")
        identity = open_identity(path, vault, passphrase, roster)
        published = chains.get(identity.device, ([], []))[0]
        if not published or published[-1] not in identity.keys:
            findings.warnings.append("the identity does not hold its device's newest unlock key")
        has_cases = keyring.open(identity, chains, options.log)
        log = AccessLog(root, roster, findings)
        with open_state(options.state or options.home, vault) as state:
            log.read_home(state, identity.device)
            entries = list(log.read_bodies(keyring.pairs, keyring.keys))
            cases = read_cases(root, state, keyring, options, findings) if has_cases else []
            read_spools(state, identity, vault, cases, options, findings)
    heads = {base32(device): {"next": log.head().next, "chain": base32(log.head().chain)}
             for device, log in sorted(log.devices.items())}
    if options.log:
        for line in [{"device": device, **head} for device, head in heads.items()] + entries:
            print(json.dumps(line, ensure_ascii=False))
    return {"vault": base32(vault), "cases": len(cases), "records": sum(len(case["records"]) for case in cases),
            "log": heads, "state_words": words(state_hash(roster, chains, keyring.documents)),
            "requests": [{"request": base32(request.id), "name": request.name, "words": request.words(vault),
                          "answered": device in roster.named} for device, request in sorted(requests.items())]}


def open_state(path, vault):
    """§10.3, §12: what a home keeps beside the identity; nothing where it is not known."""
    try:
        return Folder(os.path.join(path, base32(vault)), "home") if path else empty_folder("home")
    except OSError:
        return empty_folder("home")


def read_cases(root, state, keyring, options, findings):
    """Every case, written out; returns them as they stand in cases.json."""
    cases, output = [], Output(options.out)
    rows = read_index(root, keyring, findings)
    known = set()
    for case, folder in case_folders(root, findings):
        known.add(case)
        records, contents, listed = read_case(case, folder, keyring, output, findings)
        check_seen(state, case, listed, records, contents, keyring, findings)
        order, folded = fold(folder.name, records, contents, findings)
        amended, withdrawn = replaced(records)
        last, expires = days(records, withdrawn, keyring.roster)
        row = rows.pop(case, None)
        cases.append({"case": base32(case), "records": [base32(id) for id in order], "state": folded,
                      "amended": spelled(amended), "withdrawn": spelled(withdrawn),
                      "last_work": last and str(last), "expires": expires and str(expires), "row": row,
                      "row_agrees": compare_row(folder.name, row, records, len(listed), findings)})
        for record in map(records.get, order) if options.list else ():
            list_record(case, record, options.json)
    for case in sorted({case for case, _ in keyring.keys} - known):
        check_seen(state, case, [], {}, {}, keyring, findings)
    for case, row in sorted(rows.items()):
        compare_row(f"case {base32(case)}", row, {}, 0, findings)
        cases.append({"case": base32(case), "records": [], "state": {}, "amended": {}, "withdrawn": {},
                      "last_work": None, "expires": None, "row": row, "row_agrees": False})
    whole = {"vault": base32(keyring.roster.vault), "cases": cases}
    output.write("cases.json", [json.dumps(whole, ensure_ascii=False, indent=1).encode(), b"\n"])
    return cases


def case_folders(root, findings):
    """§2: cases/<xx>/<case>, xx the first two characters of the case."""
    with root.child("cases") as folder:
        for xx, group in folder.folders(findings, re.compile("[a-z2-7]{2}").fullmatch):
            for name, case in group.folders(findings, lambda name: is_id(name) and name[:2] == xx):
                yield from_base32(name, 32), case


def spelled(by_record):
    return {base32(id): [base32(by) for by in sorted(others)] for id, others in sorted(by_record.items())}


def list_record(case, record, as_json):
    columns = {"case": base32(case), "record": base32(record.id), "kind": record.kind,
               "length": record.length, "worked": str(record.worked), "title": record.title}
    print(json.dumps(columns, ensure_ascii=False) if as_json else "\t".join(shown(str(v)) for v in columns.values()))


def shown(line):
    """§4.2: what could deceive the eye (other directions, no width) is escaped."""
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in line)


def ask(fd):
    """The passphrase: from a descriptor, or without echo from the terminal."""
    if fd is None:
        return getpass.getpass("Passphrase: ").encode()
    with open(fd, "rb") as source:
        return source.read(1026).removesuffix(b"\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Read and verify a casevault vault.", exit_on_error=True)
    parser.error = lambda message: (print(f"read_vault: error: {message}", file=sys.stderr), sys.exit(64))
    parser.add_argument("vault")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--home", help="the identity is HOME/<vault id>/identity")
    where.add_argument("--identity", metavar="FILE")
    parser.add_argument("--state", metavar="DIR", help="where the home keeps what it has seen; HOME unless given")
    parser.add_argument("--passphrase-fd", type=int, metavar="N")
    parser.add_argument("-o", dest="out", metavar="OUT")
    parser.add_argument("--json", action="store_true", help="a summary, or each line of --list, as JSON")
    parser.add_argument("--list", action="store_true", help="one line per record")
    parser.add_argument("--log", action="store_true",
                        help="the access log as JSON lines: the head of each device's chain, then each entry")
    parser.add_argument("--spools", action="store_true",
                        help="what mounts left in the home as JSON lines, with -o its content too")
    options = parser.parse_args(arguments)
    findings, summary, code = Findings(), {}, None
    try:
        summary = read_vault(options, lambda: ask(options.passphrase_fd), findings)
    except Refused as reason:
        print(f"read_vault: error: {shown(str(reason))}", file=sys.stderr)
        code = reason.code
    for word in ("damaged", "unread", "strangers", "warnings"):
        for line in getattr(findings, word):
            print(f"read_vault: {word.removesuffix('s')}: {shown(line)}", file=sys.stderr)
    if options.json and not (options.list or options.log or options.spools):
        print(json.dumps({**summary, **vars(findings)}, ensure_ascii=False))
    return findings.code() if code is None else code


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
