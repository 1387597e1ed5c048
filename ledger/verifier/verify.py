#!/usr/bin/env python3
"""Verify an audit bundle of the form "einv-bundle/1", offline, trusting nobody.

    python verify.py BUNDLE.zip [--level L0|L1|L2|L3|L4] [--deep] [--since OLDER_CHECKPOINT] [--json] ...

One file, Python 3.11 or later and the package `cryptography`; nothing else of the program that wrote the bundle.
SPEC.md in the bundle describes each byte that is checked here; section numbers in this file are of that page. Exit
code: 0 all that was checked holds, 1 something fails, 2 the bundle can't be used or the command is wrong.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import datetime as dt
import json
import mmap
import os
import re
import struct
import sys
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, getcontext
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID
from xml.etree import ElementTree  # document types are refused

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID

VERIFIER = "einv-verify/1"
LINKS, CONTENTS, SEALS, CHECKPOINTS, WITNESSED = range(5)
ISSUED, DOCUMENTS, SEALED = frozenset({1, 2}), frozenset({1, 2, 3}), frozenset({1, 2, 3, 11, 12})
KEY_ADDED, KEY_RETIRED, ERASURE = 11, 12, 20
VERSION = b"einv-ledger/v1\0"
ZERO = bytes(32)
NO_KEY = bytes(8)
NOTHING, ERASED = 0xFFFFFFFF, 0xFFFFFFFE
BLOCK = 1024
KEPT = 20
MIB = 1 << 20
MAX_MEMBERS, MAX_DIRECTORY, MAX_MANIFEST, MAX_TEXT = 2_000_000, 256 * MIB, 64 * MIB, 256 * MIB
MAX_TOKEN, MAX_SIGNATURE, MAX_CANONICAL, MAX_ATTACHED = MIB, 8_192, 256 * MIB, 1024 * MIB
MAX_SELLERS, MAX_PATH, MAX_XML = 1_000, 64, 64 * MIB

_ENTRY_HEAD = struct.Struct(">I31sQBQH")  # length, version and company, seq, kind, time, length of the series
_U16, _U32 = struct.Struct(">H"), struct.Struct(">I")
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
_SHA256 = hashes.SHA256()

# The order of checks, section 14: of several failures at one entry the lowest is told.
(AT_FRAME, AT_FORM, AT_COMPANY, AT_PLACE, AT_LINK, AT_CONTENT, AT_FACTS, AT_RULESET, AT_NUMBER, AT_ERASED, AT_SEAL,
 AT_DIGEST, AT_KEY, AT_FORCE, AT_SIGNATURE, AT_EVENT, AT_ENTRY_END, AT_TABLE, AT_NOTE, AT_ROOT, AT_CONSISTENCY,
 AT_OUTSIDE, AT_SINCE, AT_WITNESS, AT_STAMP, AT_TRUST) = range(26)  # fmt: skip


class Unusable(Exception):
    """Nothing can be said about the ledger: this is no bundle of the form that is known here."""


class Malformed(Exception):
    """A member hasn't the form that SPEC.md gives it."""


class Failure(NamedTuple):
    """One thing that doesn't hold; `seq` is None where it concerns the bundle as a whole."""

    seq: int | None
    order: int
    code: str
    detail: str


class Failures:
    """What fails: all of it is counted, the first ones are kept, an entry is told once."""

    def __init__(self) -> None:
        self._kept: dict[int, Failure] = {}
        self._others: list[Failure] = []
        self._seqs: set[int] = set()
        self._more = 0

    def add(self, seq: int | None, order: int, code: str, detail: str) -> None:
        """Record one."""
        failure = Failure(seq, order, code, detail)
        if seq is None or order > AT_ENTRY_END:
            if len(self._others) < 100:
                self._others.append(failure)
            else:
                self._more += 1
            return
        if len(self._seqs) < 100_000 or seq in self._seqs:
            self._seqs.add(seq)
        else:
            self._more += 1
        known = self._kept.get(seq)
        if known is None or order < known.order:
            self._kept[seq] = failure
        if len(self._kept) > 10 * KEPT:
            for late in sorted(self._kept)[2 * KEPT :]:
                del self._kept[late]

    def extend(self, failures: Failures) -> None:
        """Take over what another process found."""
        for failure in [*failures._kept.values(), *failures._others]:
            self.add(*failure)
        hidden = failures._seqs - failures._kept.keys()
        self._more += failures._more + len(hidden - self._seqs)

    @property
    def count(self) -> int:
        """How many entries, and other things, fail."""
        return len(self._seqs) + len(self._others) + self._more

    @property
    def entries(self) -> bool:
        """Whether an entry fails."""
        return bool(self._seqs)

    def first(self, most: int = KEPT) -> list[Failure]:
        """The first ones: by seq, then by the order of checks; what concerns the whole comes last."""
        found = [*self._kept.values(), *self._others]
        return sorted(found, key=lambda one: (one.seq is None, one.seq or 0, one.order))[:most]


# --- The container, section 2 -------------------------------------------------------------------------------------


class Extent(NamedTuple):
    """Where a member's bytes are in the file."""

    start: int
    size: int


_EOCD = struct.Struct("<4s4H2IH")
_LOCATOR = struct.Struct("<4sIQI")
_EOCD64 = struct.Struct("<4sQ2H2I4Q")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_STEP = re.compile(r"[A-Za-z0-9._-]+\Z")


class Archive:
    """The members of a ZIP file, mapped into memory; nothing is ever inflated."""

    def __init__(self, path: str) -> None:
        """Raises `Unusable`, `OSError`."""
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < _EOCD.size:
                raise Unusable("the file is too short to be a ZIP file")
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.view = memoryview(self.map)
        self.members: dict[str, Extent] = {}
        self.refused: list[tuple[str, str, str]] = []
        """Name, code and detail of what makes members unfit."""
        try:
            self._read()
        except struct.error as error:
            raise Unusable(f"the ZIP directory ends too early: {error}") from error

    def _read(self) -> None:
        count, start, size = self._directory()
        if count > MAX_MEMBERS or size > MAX_DIRECTORY:
            raise Unusable(f"{count:,} members, a directory of {size:,} bytes: more than a bundle may have")
        at, seen = start, list[tuple[int, int, str]]()
        for _ in range(count):
            (
                magic,
                _,
                _,
                flags,
                method,
                _,
                _,
                _,
                stored,
                plain,
                name_size,
                extra_size,
                comment_size,
                disk,
                _,
                _,
                offset,
            ) = _CENTRAL.unpack_from(self.map, at)
            if magic != b"PK\x01\x02" or at + _CENTRAL.size + name_size + extra_size + comment_size > start + size:
                raise Unusable("the ZIP directory is damaged")
            raw = self.map[at + _CENTRAL.size : at + _CENTRAL.size + name_size]
            extra = self.map[at + _CENTRAL.size + name_size : at + _CENTRAL.size + name_size + extra_size]
            at += _CENTRAL.size + name_size + extra_size + comment_size
            plain, stored, offset = _wide(extra, plain, stored, offset)
            name = raw.decode("ascii", "backslashreplace")
            problem = self._problem(raw, name, flags, method, disk, (stored, plain), offset, start)
            if problem is not None:
                self.refused.append((name, "MEMBER_REFUSED", f"{name[:80]!r}: {problem}"))
                continue
            data = offset + _LOCAL.size + sum(struct.unpack_from("<2H", self.map, offset + 26))
            if name in self.members:
                self.refused.append((name, "MEMBER_REPEATED", f"{name!r} is there more than once"))
            self.members[name] = Extent(data, plain)
            seen.append((offset, data + plain, name))
        for (_, end, name), (begin, _, following) in pairwise(sorted(seen)):
            if begin < end:
                self.refused.append((following, "MEMBER_REFUSED", f"{following!r} overlaps {name!r}"))

    def _directory(self) -> tuple[int, int, int]:
        """Number of members, start and size of the central directory."""
        end = len(self.map) - _EOCD.size
        magic, disk, start_disk, here, count, size, start, comment = _EOCD.unpack_from(self.map, end)
        if magic != b"PK\x05\x06" or comment:
            raise Unusable("the file doesn't end like a ZIP file of this form: cut off, or no bundle at all")
        if end >= _LOCATOR.size and self.map[end - _LOCATOR.size : end - _LOCATOR.size + 4] == b"PK\x06\x07":
            _, _, at, _ = _LOCATOR.unpack_from(self.map, end - _LOCATOR.size)
            if at > end:
                raise Unusable("the Zip64 record lies outside the file")
            magic, _, _, _, disk, start_disk, here, count, size, start = _EOCD64.unpack_from(self.map, at)
            end = at
            if magic != b"PK\x06\x06":
                raise Unusable("the Zip64 record is damaged")
        if disk or start_disk or here != count or start + size != end:
            raise Unusable("the ZIP directory doesn't lie where it should")
        return count, start, size

    def _problem(
        self,
        raw: bytes,
        name: str,
        flags: int,
        method: int,
        disk: int,
        sizes: tuple[int, int],
        offset: int,
        limit: int,
    ) -> str | None:
        if len(raw) > 255 or not all(_STEP.match(step) and step not in (".", "..") for step in name.split("/")):
            return "a name that no member may have"
        if method != 0 or flags & ~0x0800 or sizes[0] != sizes[1] or disk:
            return "compressed, encrypted or in parts"
        if offset + _LOCAL.size > limit:
            return "outside the file"
        magic, _, local_flags, local_method, _, _, _, _, _, name_size, extra_size = _LOCAL.unpack_from(self.map, offset)
        if magic != b"PK\x03\x04" or local_method or local_flags & ~0x0800:
            return "its local header is damaged or differs"
        begin = offset + _LOCAL.size
        if self.map[begin : begin + name_size] != raw:
            return "another name in its local header"
        if begin + name_size + extra_size + sizes[1] > limit:
            return "longer than the file"
        return None

    def part(self, name: str) -> memoryview:
        """A member's bytes, not copied. Raises KeyError."""
        start, size = self.members[name]
        return self.view[start : start + size]

    def read(self, name: str, most: int) -> bytes:
        """A small member. Raises `Malformed` where it isn't there or is too large."""
        if name not in self.members:
            raise Malformed(f"{name} is not there")
        if self.members[name].size > most:
            raise Malformed(f"{name} has {self.members[name].size:,} bytes, {most:,} are allowed")
        return bytes(self.part(name))


def _wide(extra: bytes, plain: int, stored: int, offset: int) -> tuple[int, int, int]:
    """Sizes and offset, from the Zip64 field where the 32-bit ones are full."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            values = iter(struct.unpack_from(f"<{min(size, len(extra) - at - 4) // 8}Q", extra, at + 4))
            plain = next(values, plain) if plain == 0xFFFFFFFF else plain
            stored = next(values, stored) if stored == 0xFFFFFFFF else stored
            offset = next(values, offset) if offset == 0xFFFFFFFF else offset
        at += 4 + size
    return plain, stored, offset


# --- JSON and text members ----------------------------------------------------------------------------------------


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name occurs twice in one object")
    return found


def _no_float(text: str) -> Any:
    raise Malformed(f"{text[:40]} is no integer")


def strict_json(raw: bytes | memoryview, what: str) -> Any:
    """JSON as section 0 has it. Raises `Malformed`."""
    try:
        return json.loads(str(raw, "utf-8"), object_pairs_hook=_once, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{what}: no JSON of this form: {str(error)[:200]}") from error
    except Malformed as error:
        raise Malformed(f"{what}: {error}") from error


def members_of(value: Any, what: str, **wanted: Any) -> list[Any]:
    """The values of an object with exactly these names, each of its type; a tuple of types for a choice."""
    if not isinstance(value, dict) or value.keys() != wanted.keys():
        raise Malformed(f"{what}: an object with {', '.join(wanted)} is expected")
    for name, kind in wanted.items():
        given = value[name]
        if (
            not isinstance(given, kind)
            or isinstance(given, bool)
            or (isinstance(given, int) and not 0 <= given < 2**53)
        ):
            raise Malformed(f"{what}: {name} is not what it should be")
    return [value[name] for name in wanted]


def from_hex(value: Any, size: int, what: str) -> bytes:
    """Lower-case hex of so many bytes."""
    if not isinstance(value, str) or not re.fullmatch(rf"[0-9a-f]{{{2 * size}}}", value):
        raise Malformed(f"{what}: {size} bytes in lower-case hex are expected")
    return bytes.fromhex(value)


def from_base64(value: Any, what: str) -> bytes:
    """Canonical base64."""
    if not isinstance(value, str):
        raise Malformed(f"{what}: base64 is expected")
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"{what}: no base64") from error
    if base64.b64encode(raw).decode() != value:
        raise Malformed(f"{what}: base64 with padding and without spare bits is expected")
    return raw


def path_of(value: Any, what: str) -> list[bytes]:
    """The hashes of a proof."""
    if not isinstance(value, list) or len(value) > MAX_PATH:
        raise Malformed(f"{what}: a list of at most {MAX_PATH} hashes is expected")
    return [from_hex(one, 32, what) for one in value]


# --- The manifest, section 3 --------------------------------------------------------------------------------------


class Segment(NamedTuple):
    """Entries that are checked together."""

    first: int
    many: int
    entries: Extent
    """Within entries.bin; likewise `signatures`."""
    signatures: Extent
    contents: str


@dataclass
class Manifest:
    """What the bundle says it holds."""

    company: UUID
    created_us: int
    origin: str
    first: int
    last: int
    size: int
    root: bytes
    segments: list[Segment]
    members: dict[str, tuple[int, bytes]]


def read_manifest(raw: bytes) -> Manifest:
    """Raises `Malformed`, `Unusable` for another form."""
    value = strict_json(raw, "manifest.json")
    if isinstance(value, dict) and value.get("format") != "einv-bundle/1":
        raise Unusable(f"a bundle of form {str(value.get('format'))[:40]!r}; this program reads 'einv-bundle/1'")
    _, company, created_us, origin, first, last, checkpoint, segments, members = members_of(
        value, "manifest.json", format=str, company_id=str, created_us=int, origin=str, first=int, last=int,
        checkpoint=dict, segments=list, members=dict,
    )  # fmt: skip
    try:
        company_id = UUID(company)
    except ValueError as error:
        raise Malformed("manifest.json: company_id is no UUID") from error
    if str(company_id) != company:
        raise Malformed("manifest.json: company_id is not written in lower case with hyphens")
    size, root = members_of(checkpoint, "manifest.json: checkpoint", size=int, root=str)
    found: dict[str, tuple[int, bytes]] = {}
    for name, described in members.items():
        length, digest = members_of(described, f"manifest.json: {name[:80]}", bytes=int, sha256=str)
        found[name] = (length, from_hex(digest, 32, f"manifest.json: {name[:80]}"))
    return Manifest(
        company_id, created_us, origin, first, last, size, from_hex(root, 32, "manifest.json: root"),
        [_segment(one) for one in segments], found,
    )  # fmt: skip


def _segment(value: Any) -> Segment:
    first, count, entries, signatures, contents = members_of(
        value, "manifest.json: segment", first=int, count=int, entries=list, signatures=list, contents=str
    )
    extents = list[Extent]()
    for pair in (entries, signatures):
        if len(pair) != 2 or not all(type(number) is int and 0 <= number < 2**53 for number in pair):
            raise Malformed("manifest.json: a segment's place is [offset, length]")
        extents.append(Extent(*pair))
    return Segment(first, count, extents[0], extents[1], contents)


def contradiction(manifest: Manifest, archive: Archive) -> str | None:
    """What in the manifest doesn't fit together."""
    if not manifest.first <= manifest.last < manifest.size:
        return "first, last and the size of the checkpoint are not in this order"
    expected, entries_at, signatures_at = manifest.first, 0, 0
    for one in manifest.segments:
        begins_well = one.first == expected and (one.first == manifest.first or one.first % BLOCK == 0)
        if not begins_well or one.many < 1 or one.first // BLOCK != (one.first + one.many - 1) // BLOCK:
            return f"the segment at {one.first} with {one.many} entries doesn't follow the one before"
        if one.entries.start != entries_at or one.signatures.start != signatures_at:
            return f"the places of the segment at {one.first} don't follow those of the one before"
        if one.contents != f"contents/{one.first // BLOCK:05d}.bin":
            return f"the contents of the segment at {one.first} have another name"
        expected += one.many
        entries_at += one.entries.size
        signatures_at += one.signatures.size
    if expected != manifest.last + 1:
        return f"the segments end before {expected}, the range ends with {manifest.last}"
    for name, end in (("entries.bin", entries_at), ("signatures.bin", signatures_at)):
        if name in archive.members and archive.members[name].size != end:
            return f"the segments take {end} bytes of {name}, which has {archive.members[name].size}"
    return None


_REQUIRED = ("entries.bin", "signatures.bin", "keys.json", "checkpoints.txt", "proofs.json", "rulesets.json",
             "SPEC.md", "verify.py")  # fmt: skip
_OPTIONAL = re.compile(
    r"(verify\.html|witnesses/(keys|notes)\.txt|timestamps/(stamps\.json|[0-9]{5,}\.tsr)|contents/[0-9]{5,}\.bin)\Z"
)


def check_members(archive: Archive, manifest: Manifest, level: int, failures: Failures) -> None:
    """Everything that should be there is, nothing else is, and what this level reads has its digest."""
    contents = {segment.contents: segment.first for segment in manifest.segments}
    there = archive.members.keys() - {"manifest.json"}
    refused = {name for name, _, _ in archive.refused}
    for name in sorted({*_REQUIRED, *contents, *manifest.members} - there - refused):
        failures.add(contents.get(name), AT_FRAME, "MEMBER_MISSING", f"{name} is not in the bundle")
    if ("witnesses/keys.txt" in there) != ("witnesses/notes.txt" in there):
        failures.add(None, AT_FRAME, "MEMBER_MISSING", "witnesses/keys.txt and witnesses/notes.txt go together")
    for name in sorted(there):
        fits = name in _REQUIRED or (_OPTIONAL.match(name) and (name in contents or not name.startswith("contents/")))
        if name not in manifest.members or not fits:
            failures.add(
                None, AT_FRAME, "MEMBER_UNLISTED", f"{name} is there, but not in the manifest or not of this form"
            )
            continue
        if (name in contents and level < CONTENTS) or (name == "signatures.bin" and level < SEALS):
            continue
        size, digest = manifest.members[name]
        if archive.members[name].size != size:
            failures.add(None, AT_FRAME, "MEMBER_ALTERED", f"{name} has not the length that the manifest names")
        elif name not in contents and sha256(archive.part(name)).digest() != digest:
            failures.add(None, AT_FRAME, "MEMBER_ALTERED", f"{name} has not the digest that the manifest names")


# --- The tree, section 9 ------------------------------------------------------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    """Hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root over the peaks of a size."""
    value = peaks[-1]
    for peak in reversed(peaks[:-1]):
        value = node(peak, value)
    return value


def ones(number: int) -> int:
    """How many peaks a tree of this size has."""
    return bin(number).count("1")


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    here, last, value = index, size - 1, leaf
    for one in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            value = node(one, value)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            value = node(value, one)
        here, last = here >> 1, last >> 1
    return last == 0 and value == root


def consistent(old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    steps = list(path)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    here, last = old_size - 1, new_size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for one in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node(one, old), node(one, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node(new, one)
        here, last = here >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


# --- Keys and signatures, sections 5 and 8 ------------------------------------------------------------------------


def key_id_of(spki: bytes) -> bytes:
    """The name of a key."""
    return sha256(spki).digest()[:8]


@lru_cache(maxsize=1_000)
def load_key(spki: bytes, algorithm: str) -> rsa.RSAPublicKey | ed25519.Ed25519PublicKey:
    """Raises `Malformed`."""
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Malformed("no public key in DER") from error
    if algorithm == "RSA-PSS-SHA256" and isinstance(key, rsa.RSAPublicKey) and 2048 <= key.key_size <= 4096:
        return key
    if algorithm == "Ed25519" and isinstance(key, ed25519.Ed25519PublicKey):
        return key
    raise Malformed(f"no key that signs with {algorithm[:40]!r} here")


def signed_by(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether the signature is this key's."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, _PSS, _SHA256)
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def seal_message(invoice_hash: bytes, xml_hash: bytes) -> bytes:
    """The 129 bytes under a seal."""
    return f"{invoice_hash.hex()}|{xml_hash.hex()}".encode()


_ALGORITHMS = {"document": "RSA-PSS-SHA256", "ledger": "Ed25519", "ledger-rsa": "RSA-PSS-SHA256"}


@dataclass
class Key:
    """A key and its window."""

    key_id: bytes
    purpose: str
    algorithm: str
    version: int
    spki: bytes
    certificates: list[str]
    added_seq: int
    retired_seq: int | None = None


class Entry(NamedTuple):
    """An entry of which more than its hash is needed: about keys, or from outside the range."""

    seq: int
    kind: int
    key_id: bytes
    invoice_hash: bytes
    xml_hash: bytes
    signature: bytes
    canonical: bytes
    attached: bytes | None


class Windows:
    """Which key may sign where: the events about keys applied in order of seq (section 8)."""

    def __init__(self, company: UUID, failures: Failures) -> None:
        self._company, self._failures = company, failures
        self.keys: dict[bytes, Key] = {}
        self._in_force: dict[str, list[tuple[int, Key]]] = {purpose: [] for purpose in _ALGORITHMS}

    def at(self, purpose: str, size: int) -> Key | None:
        """The key in force after the entries 0 to size - 1."""
        steps = self._in_force[purpose]
        index = bisect_right(steps, size, key=lambda step: step[0])
        return steps[index - 1][1] if index else None

    def latest(self, purpose: str) -> Key | None:
        """The key in force after all events so far."""
        return self._in_force[purpose][-1][1] if self._in_force[purpose] else None

    def check(self, seq: int, key_id: bytes) -> None:
        """An entry that is sealed by this key: may it be?"""
        expected = self.latest("document")
        if key_id not in self.keys:
            self._failures.add(seq, AT_KEY, "KEY_UNKNOWN", f"no entry before adds the key {key_id.hex()}")
        elif expected is None or key_id != expected.key_id:
            now = expected.key_id.hex() if expected else "none"
            self._failures.add(seq, AT_FORCE, "KEY_NOT_IN_FORCE", f"sealed by {key_id.hex()} while {now} is in force")

    def apply(self, entry: Entry) -> None:
        """An event about keys."""
        try:
            if entry.kind == KEY_ADDED:
                self._add(entry)
            else:
                self._retire(entry)
        except Malformed as error:
            self._failures.add(entry.seq, AT_EVENT, "KEY_EVENT_WRONG", str(error))

    def _add(self, entry: Entry) -> None:
        payload = strict_json(entry.canonical, "the payload")
        if not isinstance(payload, dict):
            raise Malformed("the payload is no object")
        wanted: dict[str, type] = {"algorithm": str, "company_id": str, "key_id": str, "purpose": str, "spki": str}
        wanted |= {"version": int}
        wanted |= {name: kind for name, kind in (("replaces", str), ("certificates", list)) if name in payload}
        algorithm, company, key_hex, purpose, spki_text, version, *_ = members_of(payload, "the payload", **wanted)
        spki = from_base64(spki_text, "spki")
        key_id = key_id_of(spki)
        if _ALGORITHMS.get(purpose) != algorithm:
            raise Malformed(f"no key signs with {algorithm[:40]!r} for {purpose[:40]!r}")
        public = load_key(spki, algorithm)
        old = self.latest(purpose)
        if key_hex != key_id.hex() or company != str(self._company) or key_id in self.keys:
            raise Malformed("id or company is wrong, or the key is not new")
        if payload.get("replaces") != (old.key_id.hex() if old else None) or version != (old.version + 1 if old else 1):
            raise Malformed("it doesn't continue from the key in force")
        certificates = payload.get("certificates", [])
        for certificate in certificates:
            from_base64(certificate, "a certificate")
        key = Key(key_id, purpose, algorithm, version, spki, certificates, entry.seq)
        if purpose == "document" and old is None:
            self.keys[key_id] = key
            self._in_force[purpose].append((entry.seq + 1, key))
            self.check(entry.seq, entry.key_id)
            if entry.attached is not None:
                raise Malformed("nothing is attached to the entry of the first key")
            return
        self.check(entry.seq, entry.key_id)
        self.keys[key_id] = key
        if old is None:
            self._in_force[purpose].append((entry.seq + 1, key))
        if entry.attached is None:
            raise Malformed("the new key did not prove its possession")
        proofs = strict_json(entry.attached, "the proofs")
        hands_over = purpose != "document" and old is not None
        members_of(proofs, "the proofs", possession=str, **({"outgoing": str} if hands_over else {}))
        message = seal_message(sha256(entry.canonical).digest(), ZERO)
        if not signed_by(public, from_base64(proofs["possession"], "possession"), message):
            raise Malformed("the new key did not prove its possession")
        if hands_over and old is not None:
            outgoing = from_base64(proofs["outgoing"], "outgoing")
            if not signed_by(load_key(old.spki, old.algorithm), outgoing, message):
                raise Malformed("the ledger key that is replaced did not sign")

    def _retire(self, entry: Entry) -> None:
        payload = strict_json(entry.canonical, "the payload")
        old_hex, new_hex = members_of(payload, "the payload", key_id=str, successor=str)
        old = self.keys.get(from_hex(old_hex, 8, "key_id"))
        new = self.keys.get(from_hex(new_hex, 8, "successor"))
        if old is None or new is None or old.purpose != new.purpose or new.version != old.version + 1:
            raise Malformed("a key is retired for one of its purpose that was added to replace it")
        if self.latest(old.purpose) is not old:
            raise Malformed("the key that retires is not in force")
        old.retired_seq = entry.seq
        self._in_force[new.purpose].append((entry.seq + 1, new))
        self.check(entry.seq, entry.key_id)


def read_keys(raw: bytes) -> dict[bytes, Key]:
    """keys.json. Raises `Malformed`."""
    value = strict_json(raw, "keys.json")
    if not isinstance(value, list):
        raise Malformed("keys.json: a list is expected")
    found: dict[bytes, Key] = {}
    for one in value:
        added, algorithm, certificates, key_id, purpose, retired, spki, version = members_of(
            one, "keys.json", added_seq=int, algorithm=str, certificates=list, key_id=str, purpose=str,
            retired_seq=(int, type(None)), spki=str, version=int,
        )  # fmt: skip
        raw_id, raw_spki = from_hex(key_id, 8, "keys.json"), from_base64(spki, "keys.json")
        if raw_id in found or key_id_of(raw_spki) != raw_id:
            raise Malformed(f"keys.json: {key_id} occurs twice, or is not the id of its key")
        for certificate in certificates:
            from_base64(certificate, "keys.json")
        found[raw_id] = Key(raw_id, purpose, algorithm, version, raw_spki, certificates, added, retired)
    return found


# --- Facts of a document, section 7 -------------------------------------------------------------------------------

_FACTS = ("number", "issue date", "seller", "currency", "total")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_AMOUNT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?\Z")
_ENVELOPE = {"document", "generator", "ruleset", "ruleset_digest", "salt"}
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CBC, _CAC = f"{{{_UBL}CommonBasicComponents-2}}", f"{{{_UBL}CommonAggregateComponents-2}}"
_ROOTS = {f"{{{_UBL}{root}-2}}{root}" for root in ("Invoice", "CreditNote")}
_PLACES = (
    f"{_CBC}ID",
    f"{_CBC}IssueDate",
    f"{_CAC}AccountingSupplierParty/{_CAC}Party/{_CBC}EndpointID",
    f"{_CBC}DocumentCurrencyCode",
    f"{_CAC}LegalMonetaryTotal/{_CBC}TaxInclusiveAmount",
)

Facts = list[Any]
"""Number, issue date, seller, currency as text, total as Decimal; None where it isn't stated."""


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _day(value: str | None) -> str | None:
    if value is None or not _DAY.match(value):
        return None
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return None
    return value


def _amount(value: str | None) -> Decimal | None:
    return Decimal(value) if value is not None and len(value) <= 60 and _AMOUNT.match(value) else None


def facts_of_json(document: dict[str, Any]) -> Facts:
    """The facts in an envelope's document."""
    get = document.get
    seller, totals = get("seller"), get("totals")
    endpoint = seller.get("endpoint") if isinstance(seller, dict) else None
    return [
        _text(get("number")),
        _day(_text(get("issue_date"))),
        _text(endpoint.get("id")) if isinstance(endpoint, dict) else None,
        _text(get("currency")),
        _amount(_text(totals.get("tax_inclusive"))) if isinstance(totals, dict) else None,
    ]


_OTHERS = bytes(set(range(256)) - set(b'"\\{}[]'))
_ENDING = re.compile(rb'\},"generator":"([^"]*)","ruleset":"([^"]*)","ruleset_digest":"([^"]*)","salt":"[^"]*"\}\Z')
_VALUES = json.JSONDecoder()
Makers = tuple[str, str, str]
"""Generator, rule set and the rule set's digest."""


def glance(raw: bytes) -> tuple[Facts, Makers] | None:
    """Facts and makers in an envelope of canonical form, without reading all of it; None: read all of it.

    Reading the lines of a document would cost more than checking its seal. Where only quotes, backslashes and brackets
    are kept of the bytes, and quotes that touch are taken away in pairs, nothing but brackets left over means: no text
    holds a bracket or an escape, since quotes open and close in turn. So brackets can be counted; and a member stands
    directly in the document if they are balanced between it and the document's end.
    """
    brackets = raw.translate(None, _OTHERS).replace(b'""', b"")
    ending = _ENDING.match(raw, max(raw.rfind(b'},"generator":"'), 0))
    if ending is None or b'"' in brackets or b"\\" in brackets or not raw.startswith(b'{"document":{'):
        return None
    if brackets[:2] != b"{{" or brackets[-2:] != b"}}":
        return None
    inside = brackets[2:-2]
    while inside:
        fewer = inside.replace(b"{}", b"").replace(b"[]", b"")
        if len(fewer) == len(inside):
            return None  # something else stands beside the document
        inside = fewer
    end, count = ending.start(), raw.count
    totals, seller, number, issued, currency = places = _places(raw, end)
    if (
        min(places) < 0
        # Keys stand in objects, so braces alone tell the depth; the early two are counted from the beginning.
        or count(b"{", totals, end) != count(b"}", totals, end)
        or count(b"{", seller, totals) != count(b"}", seller, totals)
        or count(b"{", number, seller) != count(b"}", number, seller)
        or count(b"{", currency, issued) != count(b"}", currency, issued)
        or count(b"{", 13, currency) != count(b"}", 13, currency)
    ):
        return None
    endpoint = _VALUES.raw_decode(str(raw[seller + 10 : totals], "utf-8"))[0].get("endpoint")
    amount = raw.find(b'"tax_inclusive":"', totals, raw.find(b"}", totals, end))
    if amount < 0 or raw.find(b"{", totals + 11, amount) >= 0:
        return None
    facts: Facts = [
        _text(_quoted(raw, number + 11)),
        _day(_text(_quoted(raw, issued + 15))),
        _text(endpoint.get("id")) if isinstance(endpoint, dict) else None,
        _text(_quoted(raw, currency + 13)),
        _amount(_text(_quoted(raw, amount + 17))),
    ]
    generator, ruleset, digest = (str(part, "utf-8") for part in ending.groups())
    return facts, (generator, ruleset, digest)


def _places(raw: bytes, end: int) -> tuple[int, int, int, int, int]:
    """Where the members that state the facts begin, sought from the nearer end of the document; -1: nowhere."""
    totals = raw.rfind(b',"totals":{', 0, end)
    seller = raw.rfind(b',"seller":{', 0, totals)
    number = raw.rfind(b',"number":"', 0, seller)
    issued = raw.find(b',"issue_date":"', 13, number)
    return totals, seller, number, issued, raw.find(b',"currency":"', 13, issued)


def _quoted(raw: bytes, begin: int) -> str:
    return str(raw[begin : raw.find(b'"', begin)], "utf-8")


def read_envelope(raw: bytes, deep: bool) -> tuple[Facts, Makers]:
    """Facts and makers; looking deep, the form is canonical too. Raises `Malformed`, ValueError, RecursionError."""
    envelope = json.loads(str(raw, "utf-8"))
    if not isinstance(envelope, dict) or envelope.keys() != _ENVELOPE or not isinstance(envelope["document"], dict):
        raise Malformed("no envelope around the document")
    generator, ruleset, digest = envelope["generator"], envelope["ruleset"], envelope["ruleset_digest"]
    if not isinstance(generator, str) or not isinstance(ruleset, str) or not isinstance(digest, str):
        raise Malformed("generator and rule set are texts")
    if deep and canonical_json(envelope) != raw:
        raise Malformed("the envelope is not in canonical form")
    return facts_of_json(envelope["document"]), (generator, ruleset, digest)


class _NoDoctype(ElementTree.TreeBuilder):
    """Builds a tree, and refuses to where entities could be declared."""

    def doctype(self, *_: str | None) -> None:
        """Called before anything in the declaration is read."""
        raise Malformed("the XML declares a document type")


def facts_of_xml(raw: bytes) -> Facts:
    """The facts in UBL. Document type declarations, and with them entities, are refused. Raises `Malformed`."""
    if len(raw) > MAX_XML:
        raise Malformed(f"the XML has {len(raw):,} bytes; {MAX_XML:,} are read at most")
    parser = ElementTree.XMLParser(target=_NoDoctype())  # noqa: S314  # no entity can be declared
    try:
        parser.feed(raw)
        root = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Malformed(f"the XML can't be read: {str(error)[:100]}") from error
    if root.tag not in _ROOTS:
        raise Malformed("the XML is neither Invoice nor CreditNote of UBL 2.1")
    facts: Facts = [(root.findtext(place) or "").strip(" \t\r\n") or None for place in _PLACES]
    facts[1], facts[4] = _day(facts[1]), _amount(facts[4])
    return facts


def canonical_json(value: Any) -> bytes:
    """RFC 8785 for values within section 7."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


# --- One segment, in this or another process ----------------------------------------------------------------------


@dataclass
class Task:
    """What one process needs to know of a segment."""

    segment: Segment
    low_peaks: list[bytes]
    """Peaks of the tree up to the segment, below the size of a block; only a range's first segment has any."""
    sizes: list[int]
    """Sizes in this segment for which peaks are wanted."""


@dataclass
class Found:
    """What is told of a segment."""

    failures: Failures = field(default_factory=Failures)
    previous: bytes | None = None
    """What its first entry names as its predecessor's hash; None where that can't be read."""
    last_hash: bytes | None = None
    peaks: dict[int, list[bytes]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    marks: list[tuple[int, bytes]] = field(default_factory=list)
    """Sealed entries whose key isn't that of the sealed entry before, or that come first behind an event."""
    events: list[Entry] = field(default_factory=list)
    erased: list[tuple[int, bytes]] = field(default_factory=list)
    """Seq, and which document the entry is about."""
    erasures: dict[bytes, int] = field(default_factory=dict)
    """Of each document that an entry of kind 20 is about, the seq of the last one."""
    numbers: array[int] = field(default_factory=lambda: array("Q"))
    """Of issued documents: 8 bytes of a hash of the number, and the seq, in turn."""
    sellers: set[str] = field(default_factory=set)
    totals: dict[str, tuple[int, Decimal]] = field(default_factory=dict)
    digest_good: bool = True


class Checker:
    """Checks segments of one bundle; each process has one."""

    def __init__(
        self,
        path: str,
        manifest: Manifest,
        level: int,
        deep: bool,
        keys: dict[bytes, Key],
        rulesets: set[tuple[str, ...]],
    ) -> None:
        getcontext().prec = 100
        self.archive = Archive(path)
        self.manifest, self.level, self.deep, self.rulesets = manifest, level, deep, rulesets
        self.head = VERSION + manifest.company.bytes
        self.keys: dict[bytes, rsa.RSAPublicKey] = {}
        for key_id, key in keys.items():
            with suppress(Malformed):
                public = load_key(key.spki, "RSA-PSS-SHA256")
                if isinstance(public, rsa.RSAPublicKey):
                    self.keys[key_id] = public

    def check(self, task: Task) -> Found:
        """Levels L0 to L2 of a segment, and its part of the tree."""
        found = Found()
        start, size = task.segment.entries
        data = bytes(self.archive.part("entries.bin")[start : start + size])
        ends, hashes_ = self.links(task.segment, data, found)
        if self.level >= CONTENTS:
            self.contents(task.segment, data, ends, found)
        if self.level >= CHECKPOINTS:
            self.tree(task, hashes_, found)
        return found

    def links(  # noqa: PLR0912  # one loop: calls would cost more than what they do
        self, segment: Segment, data: bytes, found: Found
    ) -> tuple[list[int], list[bytes]]:
        """L0: each entry's frame, form, company, place and link; returns where they end, and their hashes."""
        ends: list[int] = []
        digests: list[bytes] = []
        unpack, short, head, total, fail = (
            _ENTRY_HEAD.unpack_from,
            _U16.unpack_from,
            self.head,
            len(data),
            found.failures.add,
        )
        expected, at, good, previous, series = segment.first, 0, 0, b"", b""
        for seq in range(segment.first, segment.first + segment.many):
            if at + 192 > total:
                fail(seq, AT_FRAME, "FRAME_WRONG", "the entries end too early")
                break
            length, begin, place, kind, _, series_size = unpack(data, at)
            end = at + 4 + length
            if length < 188 or length > 131_258 or end > total:
                fail(seq, AT_FRAME, "FRAME_WRONG", f"an entry can't have {length:,} bytes here")
                break
            digest = sha256(data[at + 4 : end]).digest()
            digests.append(digest)
            ends.append(end)
            number_at = at + 54 + series_size
            told = data[end - 136 : end - 104]
            if number_at + 138 > end or length != 188 + series_size + short(data, number_at)[0] or not kind:
                fail(seq, AT_FORM, "ENTRY_MALFORMED", "its lengths don't add up, or it has no kind")
            elif begin != head:
                self.foreign(seq, begin, fail)
            elif place != expected:
                if place > expected:
                    fail(expected, AT_PLACE, "ENTRY_MISSING", f"entries {expected} to {place - 1} are not there")
                    expected = place
                else:
                    fail(place, AT_PLACE, "ENTRY_REPEATED", "this place was seen before")
                    expected -= 1
            elif previous and told != previous:
                fail(seq, AT_LINK, "LINK_BROKEN", "it doesn't follow the entry before: one of the two was altered")
            else:
                text = data[at + 54 : number_at]
                if text != series:
                    self.text(seq, text, fail)
                    series = text
                self.text(seq, data[number_at + 2 : end - 136], fail)
                good += 1
            if not previous:
                found.previous = told
            previous, at = digest, end
            expected += 1
        else:
            if at != total:
                fail(
                    segment.first + segment.many - 1, AT_FRAME, "FRAME_WRONG", f"{total - at} bytes are left behind it"
                )
        found.last_hash = previous or None
        found.counts["entries"] = good
        return ends, digests

    def foreign(self, seq: int, begin: bytes, fail: Callable[[int | None, int, str, str], None]) -> None:
        """An entry that begins otherwise."""
        if begin.startswith(VERSION):
            fail(seq, AT_COMPANY, "ENTRY_OTHER_COMPANY", f"an entry of company {UUID(bytes=begin[15:])}")
        else:
            fail(seq, AT_FORM, "ENTRY_MALFORMED", "unknown version of the entry form")

    def text(self, seq: int, raw: bytes, fail: Callable[[int | None, int, str, str], None]) -> None:
        """Series and number are UTF-8 without NUL."""
        try:
            if "\0" in raw.decode():
                fail(seq, AT_FORM, "ENTRY_MALFORMED", "series or number holds a NUL")
        except UnicodeDecodeError:
            fail(seq, AT_FORM, "ENTRY_MALFORMED", "series or number is no UTF-8")

    def contents(  # noqa: PLR0912  # likewise
        self, segment: Segment, data: bytes, ends: list[int], found: Found
    ) -> None:
        """L1 and L2: content, facts, seals."""
        if segment.contents not in self.archive.members:
            return
        contents = self.archive.part(segment.contents)
        if self.deep:  # else left out: what follows holds every byte of it against the entries
            found.digest_good = sha256(contents).digest() == self.manifest.members.get(segment.contents, (0, b""))[1]
        start, size = segment.signatures
        seals = self.archive.part("signatures.bin")[start : start + size] if self.level >= SEALS else None
        signed = b""
        at = seals_at = begin = 0
        last_key = NO_KEY
        for seq, end in enumerate(ends, segment.first):
            body, begin = data[begin + 4 : end], end
            kind = body[39]
            if seals is not None:
                length = _U32.unpack_from(seals, seals_at)[0] if seals_at + 4 <= len(seals) else len(seals)
                signed = bytes(seals[seals_at + 4 : seals_at + 4 + length])
                seals_at += 4 + length
                if length > MAX_SIGNATURE or seals_at > len(seals):
                    found.failures.add(seq, AT_FRAME, "FRAME_WRONG", "its signature's length runs beyond the segment")
                    return
            canonical, attached, at = self.content(contents, at)
            if at < 0:
                found.failures.add(seq, AT_FRAME, "FRAME_WRONG", "a length of its content runs beyond the segment")
                return
            failed = self.content_fails(seq, kind, body, canonical, attached, found)
            if failed is not None:
                found.failures.add(seq, *failed)
            if seals is None:
                continue
            key_id = body[-40:-32]
            failure = self.seal_fails(kind, body, signed)
            if failure is not None:
                found.failures.add(seq, *failure)
            else:
                found.counts["seals"] += len(signed) > 0
            if kind in (KEY_ADDED, KEY_RETIRED):
                if failed is None and isinstance(canonical, memoryview):
                    raw = bytes(attached) if isinstance(attached, memoryview) else None
                    entry = Entry(
                        seq, kind, key_id, body[-104:-72], body[-72:-40], bytes(signed), bytes(canonical), raw
                    )
                    found.events.append(entry)
                last_key = NO_KEY
            elif key_id not in (last_key, NO_KEY):
                found.marks.append((seq, key_id))
                last_key = key_id
        if len(ends) == segment.many and (at != len(contents) or (seals is not None and seals_at != len(seals))):
            found.failures.add(segment.first + segment.many - 1, AT_FRAME, "FRAME_WRONG", "bytes are left behind it")

    @staticmethod
    def content(contents: memoryview, at: int) -> tuple[memoryview | int, memoryview | int, int]:
        """Canonical JSON and attached bytes, or a mark in their stead, and where they end; -1: the frame is wrong."""
        size = len(contents)
        canonical: memoryview | int = NOTHING
        attached: memoryview | int = NOTHING
        if at + 4 > size:
            return NOTHING, NOTHING, -1
        (length,) = _U32.unpack_from(contents, at)
        at += 4
        if length >= ERASED:
            canonical = length
        else:
            canonical = contents[at : at + length]
            at += length
            if length > MAX_CANONICAL:
                return NOTHING, NOTHING, -1
        if at + 4 > size:
            return NOTHING, NOTHING, -1
        (length,) = _U32.unpack_from(contents, at)
        at += 4
        if length >= ERASED:
            attached = length
        else:
            attached = contents[at : at + length]
            at += length
        if at > size or (length > MAX_ATTACHED and length < ERASED):
            return NOTHING, NOTHING, -1
        return canonical, attached, at

    def content_fails(
        self, seq: int, kind: int, body: bytes, canonical: memoryview | int, attached: memoryview | int, found: Found
    ) -> tuple[int, str, str] | None:
        """L1 of one entry."""
        if canonical == ERASED and attached == ERASED and kind not in (KEY_ADDED, KEY_RETIRED, ERASURE):
            found.erased.append((seq, about(body)))
            if kind in ISSUED:
                self.number(seq, body, found)
            return None
        if isinstance(canonical, int) or attached == ERASED or (attached == NOTHING and kind in DOCUMENTS):
            return AT_CONTENT, "CONTENT_MISSING", "the canonical JSON or the document is not there"
        if sha256(canonical).digest() != body[-104:-72]:
            return AT_CONTENT, "CONTENT_ALTERED", "the canonical JSON is not the one that was recorded"
        if (ZERO if isinstance(attached, int) else sha256(attached).digest()) != body[-72:-40]:
            return AT_CONTENT, "CONTENT_ALTERED", "the attached bytes are not those that were recorded"
        found.counts["contents"] += 1
        if kind == ERASURE:
            found.erasures[about(body)] = seq
        if kind in DOCUMENTS and not isinstance(attached, int):
            return self.document_fails(seq, kind, body, canonical, attached, found)
        return None

    def number(self, seq: int, body: bytes, found: Found) -> str:
        """The number in an issued document's entry, noted down to find it twice."""
        raw = body[52 + _U16.unpack_from(body, 48)[0] : -136]
        found.numbers.append(int.from_bytes(sha256(raw).digest()[:8], "big"))
        found.numbers.append(seq)
        return raw.decode("utf-8", "replace")

    def document_fails(
        self, seq: int, kind: int, body: bytes, canonical: memoryview, attached: memoryview, found: Found
    ) -> tuple[int, str, str] | None:
        """The facts of a document, in its envelope and, looking deep, in its XML."""
        number, raw = self.number(seq, body, found) if kind in ISSUED else "", bytes(canonical)
        try:
            stated, made_by = (None if self.deep else glance(raw)) or read_envelope(raw, self.deep)
            if kind in ISSUED:
                self.issued(kind, number, stated, found)
            if self.deep:
                self.compare(kind, stated, bytes(attached))
        except (Malformed, ValueError, RecursionError) as error:
            return AT_FACTS, "FACTS_DIFFER", str(error)[:300]
        found.counts["facts"] += 1
        if made_by not in self.rulesets:
            return AT_RULESET, "RULESET_UNLISTED", "its generator and rule set are not in rulesets.json"
        return None

    def issued(self, kind: int, number: str, stated: Facts, found: Found) -> None:
        """A document of the company's own."""
        if number == "" or stated[0] != number:
            raise Malformed(f"the entry says number {number!r}, the document {stated[0]!r}")
        if None in stated:
            raise Malformed(f"the document doesn't state its {_FACTS[stated.index(None)]}")
        seller, currency, total = stated[2:]
        if len(found.sellers) < MAX_SELLERS:
            found.sellers.add(seller)
        if currency in found.totals or len(found.totals) < MAX_SELLERS:
            count, amount = found.totals.get(currency, (0, Decimal()))
            found.totals[currency] = (count + 1, amount + total if kind == 1 else amount - total)

    def compare(self, kind: int, stated: Facts, attached: bytes) -> None:
        """Looking deep: the XML states the same facts."""
        try:
            theirs = facts_of_xml(attached)
        except Malformed:
            if kind in ISSUED:
                raise
            return  # what others send may be anything; it is kept as it came
        for name, mine, other in zip(_FACTS, stated, theirs, strict=True):
            if mine != other and (kind in ISSUED or (mine is not None and other is not None)):
                raise Malformed(f"{name} is {mine} in the JSON, {other} in the XML")

    def seal_fails(self, kind: int, body: bytes, signed: bytes) -> tuple[int, str, str] | None:
        """L2 of one entry, but for windows."""
        key_id = body[-40:-32]
        if not signed:
            if kind in SEALED or body[-40:] != bytes(40):
                return AT_SEAL, "SEAL_MISSING", "the seal is not there"
            return None
        if key_id == NO_KEY or sha256(signed).digest() != body[-32:]:
            return AT_DIGEST, "SEAL_WRONG", "the seal is not the one that was recorded"
        key = self.keys.get(key_id)
        if key is None:
            return AT_KEY, "KEY_UNKNOWN", f"sealed by {key_id.hex()}, which is not among the keys"
        try:
            key.verify(signed, seal_message(body[-104:-72], body[-72:-40]), _PSS, _SHA256)
        except InvalidSignature:
            return AT_SIGNATURE, "SEAL_WRONG", f"not a signature of {key_id.hex()} over these hashes"
        return None

    def tree(self, task: Task, digests: list[bytes], found: Found) -> None:
        """This segment's part of the tree: the peaks below a block's size, at each size asked for and at the end."""
        peaks = list(task.low_peaks)
        size = task.segment.first % BLOCK
        if len(peaks) != ones(size):
            return  # what lies left of the range was refused: no root is known
        wanted = set(task.sizes)
        seq = task.segment.first
        for digest in digests:
            value = sha256(b"\x00" + digest).digest()
            rest = size
            while rest & 1:
                value = node(peaks.pop(), value)
                rest >>= 1
            peaks.append(value)
            size += 1
            seq += 1
            if seq in wanted:
                found.peaks[seq] = list(peaks)
        found.peaks[seq] = peaks


def about(body: bytes) -> bytes:
    """The document that an entry is about: its series and number, with their lengths."""
    return body[48:-136]


_CHECKER: list[Checker] = []


def _begin(*given: Any) -> None:
    _CHECKER[:] = [Checker(*given)]


def _check(task: Task) -> Found:
    return _CHECKER[0].check(task)


# --- Signed notes, sections 9 and 12 ------------------------------------------------------------------------------


class Note(NamedTuple):
    """A checkpoint: its text, what that says, and the lines under it."""

    text: bytes
    origin: str
    size: int
    root: bytes
    lines: list[tuple[str, bytes]]


_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\Z")


def read_notes(raw: bytes, what: str) -> list[Note]:
    """Notes with an empty line between them. Raises `Malformed`."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"{what}: no UTF-8") from error
    if not text.endswith("\n"):
        raise Malformed(f"{what}: the last line has no end")
    lines, notes, at = text[:-1].split("\n"), list[Note](), 0
    while at < len(lines):
        if at + 4 >= len(lines) or lines[at + 3] != "" or not lines[at] or not _SIZE.match(lines[at + 1]):
            raise Malformed(f"{what}: line {at + 1}: no checkpoint")
        root = from_base64(lines[at + 2], f"{what}: line {at + 3}")
        origin, size, head = lines[at], int(lines[at + 1]), "\n".join(lines[at : at + 3]) + "\n"
        at += 4
        signatures: list[tuple[str, bytes]] = []
        while at < len(lines) and lines[at].startswith("\u2014 "):
            name, _, value = lines[at][2:].partition(" ")
            signatures.append((name, from_base64(value, f"{what}: line {at + 1}")))
            at += 1
        if len(root) != 32 or not signatures or len(signatures) > 100:
            raise Malformed(f"{what}: line {at}: a checkpoint has a root of 32 bytes and signatures")
        notes.append(Note(head.encode(), origin, size, root, signatures))
        if at < len(lines) and lines[at] != "":
            raise Malformed(f"{what}: line {at + 1}: an empty line is expected between checkpoints")
        at += 1
    return notes


def note_key_hash(name: str, kind: bytes, key: bytes) -> bytes:
    """How a line names its key."""
    return sha256(name.encode() + b"\n" + kind + key).digest()[:4]


def unsigned_by(note: Note, windows: Windows) -> str | None:
    """What is wrong with the company's lines; None where both keys in force at its size have signed."""
    for purpose in ("ledger", "ledger-rsa"):
        key = windows.at(purpose, note.size)
        if key is None:
            return f"no key for {purpose} is in force at size {note.size}"
        public = load_key(key.spki, key.algorithm)
        if isinstance(public, rsa.RSAPublicKey):
            named = note_key_hash(note.origin, b"\xff" + b"RSA-PSS-SHA256\0", key.spki)
        else:
            named = note_key_hash(note.origin, b"\x01", public.public_bytes(Encoding.Raw, PublicFormat.Raw))
        lines = [value[4:] for name, value in note.lines if name == note.origin and value[:4] == named]
        if len(lines) != 1:
            which = f"{key.key_id.hex()}, in force for {purpose}"
            return f"the checkpoint of size {note.size} has {len(lines)} lines by {which}"
        if not signed_by(public, lines[0], note.text):
            return f"the checkpoint of size {note.size} has a wrong line by {key.key_id.hex()}"
    return None


def read_witness(line: str) -> tuple[str, bytes, ed25519.Ed25519PublicKey]:
    """A C2SP vkey of a witness: its name, key hash and key. Raises `Malformed`."""
    name, _, rest = line.partition("+")
    hash_hex, _, key = rest.partition("+")
    raw = from_base64(key, "witness key")
    if not name or len(raw) != 33 or raw[0] != 4:
        raise Malformed(f"{line[:80]!r} is no witness key: name+hash+base64, type 4")
    named = note_key_hash(name, b"\x04", raw[1:])
    if named.hex() != hash_hex:
        raise Malformed(f"the hash in the witness key of {name!r} is not that of the key")
    return name, named, ed25519.Ed25519PublicKey.from_public_bytes(raw[1:])


def cosigned(note: Note, witness: tuple[str, bytes, ed25519.Ed25519PublicKey]) -> int | None:
    """When the witness says it saw the checkpoint, seconds; None without a line. Raises `Malformed` for a bad line."""
    name, named, key = witness
    for line_name, value in note.lines:
        if line_name == name and value[:4] == named:
            if len(value) != 76:
                raise Malformed(f"the line by {name} has {len(value)} bytes, 76 are expected")
            at = int.from_bytes(value[4:12], "big")
            if not signed_by(key, value[12:], b"cosignature/v1\ntime %d\n" % at + note.text):
                raise Malformed(f"the line by {name} is not its signature")
            return at
    return None


# --- Time stamps, section 13 --------------------------------------------------------------------------------------


class Der(NamedTuple):
    """One element of DER: its tag, its content, and all its bytes."""

    tag: int
    body: bytes
    whole: bytes

    def parts(self) -> list[Der]:
        """The elements inside."""
        return list(_elements(self.body))


def _elements(raw: bytes) -> Iterator[Der]:
    at = 0
    while at < len(raw):
        if at + 2 > len(raw) or raw[at] & 31 == 31:
            raise Malformed("the time stamp is no DER")
        size, begin = raw[at + 1], at + 2
        if size & 0x80:
            more = size & 0x7F
            if not 1 <= more <= 4 or begin + more > len(raw):
                raise Malformed("the time stamp is no DER")
            size, begin = int.from_bytes(raw[begin : begin + more], "big"), begin + more
        if begin + size > len(raw):
            raise Malformed("the time stamp ends too early")
        yield Der(raw[at], raw[begin : begin + size], raw[at : begin + size])
        at = begin + size


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(step) for step in dotted.split("."))
    found = bytearray([40 * first + second])
    for number in rest:
        digits = [number & 127]
        while number := number >> 7:
            digits.append(number & 127 | 128)
        found += bytes(reversed(digits))
    return bytes(found)


_SIGNED_DATA, _TST_INFO = _oid("1.2.840.113549.1.7.2"), _oid("1.2.840.113549.1.9.16.1.4")
_MESSAGE_DIGEST, _CONTENT_TYPE = _oid("1.2.840.113549.1.9.4"), _oid("1.2.840.113549.1.9.3")
_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    _oid("2.16.840.1.101.3.4.2.1"): hashes.SHA256(),
    _oid("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    _oid("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
}


def _need(parts: Sequence[Der], index: int, tag: int) -> Der:
    if index >= len(parts) or parts[index].tag != tag:
        raise Malformed("the time stamp has not the form of RFC 3161")
    return parts[index]


def stamped(raw: bytes, message: bytes, authorities: Sequence[x509.Certificate]) -> dt.datetime:
    """The time in a token over `message`; its signature is checked. Raises `Malformed`.

    `authorities`: certificates the auditor trusts; without any, nothing is said about whose the token is.
    """
    outer = list(_elements(raw))
    content = _need(outer, 0, 0x30).parts()
    if content and content[0].tag == 0x30:  # a TimeStampResp: status, then the token
        status = _need(content[0].parts(), 0, 0x02)
        if int.from_bytes(status.body, "big") not in (0, 1):
            raise Malformed("the authority refused")
        content = _need(content, 1, 0x30).parts()
    if len(outer) != 1 or _need(content, 0, 0x06).body != _SIGNED_DATA:
        raise Malformed("the time stamp is no SignedData")
    signed_data = _need(_need(content, 1, 0xA0).parts(), 0, 0x30).parts()
    encapsulated = _need(signed_data, 2, 0x30).parts()
    if _need(encapsulated, 0, 0x06).body != _TST_INFO:
        raise Malformed("no TSTInfo inside")
    info_raw = _need(_need(encapsulated, 1, 0xA0).parts(), 0, 0x04).body
    info = _need(list(_elements(info_raw)), 0, 0x30).parts()
    imprint = _need(info, 2, 0x30).parts()
    algorithm = _HASHES.get(_need(_need(imprint, 0, 0x30).parts(), 0, 0x06).body)
    if not isinstance(algorithm, hashes.SHA256) or _need(imprint, 1, 0x04).body != sha256(message).digest():
        raise Malformed("the time stamp is over something else")
    at = _generalized(_need(info, 4, 0x18).body)
    certificates = _certificates(signed_data)
    infos = _need(signed_data, len(signed_data) - 1, 0x31).parts()
    if len(infos) != 1:
        raise Malformed("a time stamp has one signer")
    _check_chain(_check_signer(infos[0], info_raw, certificates), certificates, authorities, at)
    return at


def _generalized(raw: bytes) -> dt.datetime:
    found = re.fullmatch(rb"([0-9]{14})(\.[0-9]{1,6})?[0-9]*Z", raw)
    if not found:
        raise Malformed("the time in the token is not readable")
    try:
        at = dt.datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise Malformed("the time in the token is not readable") from error
    return at + dt.timedelta(microseconds=int((found[2] or b".0")[1:].ljust(6, b"0")))


def _certificates(signed_data: Sequence[Der]) -> list[x509.Certificate]:
    found = []
    for part in signed_data:
        if part.tag == 0xA0:
            for one in part.parts()[:20]:
                try:
                    found.append(x509.load_der_x509_certificate(one.whole))
                except (ValueError, x509.InvalidVersion) as error:
                    raise Malformed("a certificate in the time stamp can't be read") from error
    return found


def _check_signer(info: Der, content: bytes, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate whose key signed; its signature is over the attributes, and they over the content."""
    parts = info.parts()
    algorithm = _HASHES.get(_need(_need(parts, 2, 0x30).parts(), 0, 0x06).body)
    attributes = _need(parts, 3, 0xA0)
    signature = _need(parts, 5, 0x04).body
    if algorithm is None:
        raise Malformed("the time stamp's hash is not SHA-2")
    values = {}
    for attribute in attributes.parts():
        pair = attribute.parts()
        values[_need(pair, 0, 0x06).body] = _need(_need(pair, 1, 0x31).parts(), 0, pair[1].body[0]).body
    digest = hashes.Hash(algorithm)
    digest.update(content)
    if values.get(_MESSAGE_DIGEST) != digest.finalize() or values.get(_CONTENT_TYPE) != _TST_INFO:
        raise Malformed("the signed attributes are not those of this time stamp")
    message = b"\x31" + attributes.whole[1:]
    for certificate in certificates:
        key = certificate.public_key()
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, message, padding.PKCS1v15(), algorithm)
            elif isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, message, ec.ECDSA(algorithm))
            else:
                continue
        except InvalidSignature:
            continue
        return certificate
    raise Malformed("no certificate in the time stamp made its signature (RSA and ECDSA are known here)")


def _check_chain(
    signer: x509.Certificate,
    certificates: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate],
    at: dt.datetime,
) -> None:
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError) as error:
        raise Malformed("the signer's certificate is not one for time stamps") from error
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise Malformed("the signer's certificate is not one for time stamps")
    if not authorities:
        return
    link, trusted = signer, {one.fingerprint(hashes.SHA256()) for one in authorities}
    for _ in range(8):
        if not link.not_valid_before_utc <= at <= link.not_valid_after_utc:
            raise Malformed("a certificate was not valid at the time of the stamp")
        if link.fingerprint(hashes.SHA256()) in trusted:
            return
        link = next((one for one in [*authorities, *certificates] if _issued(link, one)), signer)
        if link is signer:
            break
    raise Malformed("the signer's certificate doesn't lead to an authority that was named")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return constraints.value.ca


# --- The whole ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """What the auditor wants checked."""

    level: int = CHECKPOINTS
    deep: bool = False
    processes: int = 1
    since: bytes | None = None
    """A checkpoint kept from before."""
    witnesses: tuple[str, ...] = ()
    authorities: tuple[x509.Certificate, ...] = ()
    trust: str | None = None
    """SHA-256 of the first document key's SubjectPublicKeyInfo, hex."""


@dataclass
class Result:
    """What came of it."""

    level: int
    status: str = "unusable"
    reason: str = ""
    manifest: Manifest | None = None
    failures: Failures = field(default_factory=Failures)
    counts: Counter[str] = field(default_factory=Counter)
    sellers: set[str] = field(default_factory=set)
    totals: dict[str, tuple[int, Decimal]] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was not checked, and what an auditor has to compare by other means."""


class Verification:
    """One bundle, checked as the wish says."""

    def __init__(self, path: str, wish: Wish, progress: Callable[[int, int], None] | None = None) -> None:
        self._path, self._wish, self._progress = path, wish, progress
        self.result = Result(wish.level)
        self._fail = self.result.failures.add
        self._roots: dict[int, bytes] = {}
        self._whole_tree = True
        """False from the first segment on that could not be read to its end."""
        self._erased: list[tuple[int, bytes]] = []
        self._erasures: dict[bytes, int] = {}
        self._numbers: array[int] = array("Q")
        self._table: dict[bytes, Key] = {}
        self._rulesets: set[tuple[str, ...]] = set()
        self._checkpoints: list[Note] = []
        self._cosigned: list[Note] = []
        self._since: Note | None = None
        self._left: list[bytes] = []
        self._path_to_newest: list[bytes] | None = None
        self._outside: list[tuple[Entry, bytes, list[bytes]]] = []

    def run(self) -> Result:
        """Check everything. Raises `Unusable`, `OSError`."""
        result, level = self.result, self._wish.level
        if self._wish.since is not None:
            self._since = _one_note(self._wish.since)
        archive = Archive(self._path)
        for _, code, detail in archive.refused:
            self._fail(None, AT_FRAME, code, detail)
        try:
            self.manifest = result.manifest = read_manifest(archive.read("manifest.json", MAX_MANIFEST))
        except Malformed as error:
            raise Unusable(str(error)) from error
        wrong = contradiction(self.manifest, archive)
        if wrong is not None:
            self._fail(None, AT_FRAME, "MANIFEST_WRONG", f"manifest.json: {wrong}")
            return self._finish()
        check_members(archive, self.manifest, level, result.failures)
        if "entries.bin" not in archive.members or (level >= SEALS and "signatures.bin" not in archive.members):
            return self._finish()
        self._read_descriptions(archive)
        self._windows = Windows(self.manifest.company, result.failures)
        self._segments()
        if level >= CONTENTS:
            self._check_numbers()
            self._check_erased()
        if level >= SEALS:
            self._check_keys()
        if level >= CHECKPOINTS:
            self._check_tree()
        if level >= WITNESSED:
            self._check_witnessed(archive)
        self._say_limits()
        return self._finish()

    def _finish(self) -> Result:
        result = self.result
        if result.counts["entries"] == 0 and result.failures.count == 0:
            self._fail(None, AT_TRUST, "NOTHING_CHECKED", "there was nothing to check")
        result.status = "failed" if result.failures.count else "ok"
        return result

    # What stands beside the entries.

    def _read_descriptions(self, archive: Archive) -> None:
        level = self._wish.level
        readers: list[tuple[str, int, Callable[[bytes], None]]] = [
            ("rulesets.json", CONTENTS, self._read_rulesets),
            ("proofs.json", CONTENTS, self._read_proofs),
            ("keys.json", SEALS, self._read_keys),
            ("checkpoints.txt", CHECKPOINTS, self._read_checkpoints),
        ]
        if level >= WITNESSED and "witnesses/notes.txt" in archive.members:
            readers.append(("witnesses/notes.txt", WITNESSED, self._read_cosigned))
        for name, least, read in readers:
            if level < least or name not in archive.members:
                continue
            try:
                read(archive.read(name, MAX_TEXT))
            except Malformed as error:
                code = "CHECKPOINT_MALFORMED" if name.endswith(".txt") else "MEMBER_MALFORMED"
                self._fail(None, AT_NOTE, code, str(error))

    def _read_rulesets(self, raw: bytes) -> None:
        value = strict_json(raw, "rulesets.json")
        if not isinstance(value, list):
            raise Malformed("rulesets.json: a list is expected")
        for one in value:
            _, _, *named = members_of(
                one, "rulesets.json", count=int, first_seq=int, generator=str, ruleset=str, ruleset_digest=str
            )
            self._rulesets.add(tuple(named))

    def _read_keys(self, raw: bytes) -> None:
        self._table = read_keys(raw)

    def _read_proofs(self, raw: bytes) -> None:
        manifest = self.manifest
        left, consistency, outside = members_of(
            strict_json(raw, "proofs.json"), "proofs.json", left_peaks=list, consistency=dict, outside=list
        )
        peaks = path_of(left, "proofs.json: left_peaks")
        if len(peaks) != ones(manifest.first):
            raise Malformed(
                f"proofs.json: {len(peaks)} left peaks, a tree of {manifest.first} has {ones(manifest.first)}"
            )
        old, new, path = members_of(consistency, "proofs.json: consistency", **{"from": int, "to": int, "path": list})
        if (old, new) != (manifest.last + 1, manifest.size):
            raise Malformed("proofs.json: the consistency proof is not from the range to the newest checkpoint")
        found, before = list[tuple[Entry, bytes, list[bytes]]](), -1
        for one in outside:
            entry, body, way = _outside(one, manifest)
            if entry.seq <= before or manifest.first <= entry.seq <= manifest.last or entry.seq >= manifest.size:
                raise Malformed(f"proofs.json: entry {entry.seq} is not outside the range, or out of order")
            before = entry.seq
            found.append((entry, body, way))
        self._left, self._path_to_newest = peaks, path_of(path, "proofs.json: consistency")
        self._outside = found

    def _read_checkpoints(self, raw: bytes) -> None:
        notes = self._in_reach(read_notes(raw, "checkpoints.txt"), "checkpoints.txt")
        if not notes or (notes[-1].size, notes[-1].root) != (self.manifest.size, self.manifest.root):
            raise Malformed("checkpoints.txt: the last one is not the newest of the manifest")
        self._checkpoints = notes

    def _read_cosigned(self, raw: bytes) -> None:
        self._cosigned = self._in_reach(read_notes(raw, "witnesses/notes.txt"), "witnesses/notes.txt")

    def _in_reach(self, notes: list[Note], what: str) -> list[Note]:
        before, manifest = 0, self.manifest
        for note in notes:
            if note.origin != manifest.origin:
                raise Malformed(f"{what}: a checkpoint of {note.origin[:120]!r}, not of {manifest.origin[:120]!r}")
            if note.size <= before or not (
                manifest.first <= note.size <= manifest.last + 1 or note.size == manifest.size
            ):
                raise Malformed(f"{what}: the checkpoint of size {note.size} is out of order or reach")
            before = note.size
        return notes

    # The entries.

    def _tasks(self) -> Iterator[Task]:
        wanted = {note.size for note in [*self._checkpoints, *self._cosigned]}
        if self._since is not None:
            wanted.add(self._since.size)
        sizes, at = sorted(wanted), 0
        for segment in self.manifest.segments:
            end = segment.first + segment.many
            inside = []
            while at < len(sizes) and sizes[at] <= end:
                if sizes[at] > segment.first:
                    inside.append(sizes[at])
                at += 1
            low = ones(segment.first % BLOCK)
            known = self._left if segment.first == self.manifest.first else []
            yield Task(segment, known[len(known) - low :] if low and len(known) >= low else [], inside)

    def _segments(self) -> None:
        given = (self._path, self.manifest, self._wish.level, self._wish.deep, self._table, self._rulesets)
        for entry, body, _ in self._outside:
            if entry.seq < self.manifest.first:
                self._outside_entry(entry, body)
        if self._wish.processes <= 1 or len(self.manifest.segments) == 1:
            checker = Checker(*given)
            self._gather(checker.check(task) for task in self._tasks())
        else:
            workers = min(self._wish.processes, len(self.manifest.segments))
            with ProcessPoolExecutor(workers, initializer=_begin, initargs=given) as pool:
                self._gather(pool.map(_check, self._tasks()))
        for entry, body, _ in self._outside:
            if entry.seq > self.manifest.last:
                self._outside_entry(entry, body)

    def _gather(self, found: Iterator[Found]) -> None:
        manifest, result = self.manifest, self.result
        genesis = VERSION + b"genesis" + manifest.company.bytes + manifest.created_us.to_bytes(8, "big")
        previous = sha256(genesis).digest() if manifest.first == 0 else None
        blocks, high = manifest.first // BLOCK, list(self._left[: ones(manifest.first // BLOCK)])
        if manifest.first and self._left:
            self._roots[manifest.first] = fold(self._left)
        self._whole_tree = self._whole_tree and len(self._left) == ones(manifest.first)
        for segment, part in zip(manifest.segments, found, strict=True):
            if previous is not None and part.previous is not None and part.previous != previous:
                told = "it doesn't follow the entry before: one of the two was altered"
                self._fail(
                    segment.first, AT_LINK, "LINK_BROKEN", told if segment.first else "it doesn't begin this ledger"
                )
                part.counts["entries"] -= 1
            previous = part.last_hash
            if not part.digest_good:
                detail = f"{segment.contents} has not the digest that the manifest names"
                self._fail(None, AT_FRAME, "MEMBER_ALTERED", detail)
            result.failures.extend(part.failures)
            result.counts += part.counts
            self._erased += part.erased
            self._erasures |= part.erasures
            self._numbers += part.numbers
            self._tell(part)
            end = segment.first + segment.many
            self._whole_tree = self._whole_tree and end in part.peaks
            for size, peaks in part.peaks.items() if self._whole_tree else ():
                self._roots[size] = fold([*high, *peaks])
            if self._whole_tree and end % BLOCK == 0 and len(part.peaks.get(end, [])) == 1:
                value = part.peaks[end][0]
                while blocks & 1:
                    value = node(high.pop(), value)
                    blocks >>= 1
                high.append(value)
                blocks = end // BLOCK
            if self._wish.level >= SEALS:
                self._follow_keys(part)
            if self._progress is not None:
                self._progress(end - manifest.first, manifest.last + 1 - manifest.first)

    def _tell(self, part: Found) -> None:
        result = self.result
        result.sellers |= set(list(part.sellers)[: MAX_SELLERS - len(result.sellers)])
        for currency, (count, total) in part.totals.items():
            known = result.totals.get(currency, (0, Decimal()))
            result.totals[currency] = (known[0] + count, known[1] + total)

    def _follow_keys(self, part: Found) -> None:
        steps: list[tuple[int, Entry | bytes]] = [*part.marks, *((event.seq, event) for event in part.events)]
        for seq, step in sorted(steps, key=lambda one: one[0]):
            if isinstance(step, Entry):
                self._windows.apply(step)
            else:
                self._windows.check(seq, step)

    def _outside_entry(self, entry: Entry, body: bytes) -> None:
        """An entry from before or behind the range; that it is in the tree is checked with the tree."""
        if entry.kind == ERASURE:
            self._erasures[about(body)] = entry.seq
        elif self._wish.level >= SEALS:
            key = self._table.get(entry.key_id)
            message = seal_message(entry.invoice_hash, entry.xml_hash)
            try:
                if key is None:
                    self._fail(entry.seq, AT_KEY, "KEY_UNKNOWN", f"sealed by {entry.key_id.hex()}, not among the keys")
                elif not signed_by(load_key(key.spki, "RSA-PSS-SHA256"), entry.signature, message):
                    self._fail(entry.seq, AT_SIGNATURE, "SEAL_WRONG", f"not a signature of {entry.key_id.hex()}")
            except Malformed as error:
                self._fail(entry.seq, AT_KEY, "KEY_UNKNOWN", str(error))
            self._windows.apply(entry)

    # What needs all of them.

    def _check_numbers(self) -> None:
        keys = self._numbers[0::2]
        twice = {one for one, following in pairwise(sorted(keys)) if one == following}
        seen: set[int] = set()
        for number, seq in zip(keys, self._numbers[1::2], strict=True) if twice else ():
            if number in seen:
                self._fail(seq, AT_NUMBER, "NUMBER_REPEATED", "an issued document before has this number")
            elif number in twice:
                seen.add(number)

    def _check_erased(self) -> None:
        for seq, document in self._erased:
            if document != bytes(4) and self._erasures.get(document, -1) > seq:
                self.result.counts["erased"] += 1
            else:
                self._fail(
                    seq, AT_ERASED, "CONTENT_ERASED", "its content is gone, and no entry says that it was erased"
                )

    def _check_keys(self) -> None:
        told = self._windows.keys
        # Where entries fail, keys.json may well differ from what is left of them: that would say nothing more.
        for key_id in () if self.result.failures.entries else self._table.keys() | told.keys():
            stated, found = self._table.get(key_id), told.get(key_id)
            if stated != found:
                seq = found.added_seq if found else stated.added_seq if stated else None
                self._fail(seq, AT_TABLE, "KEY_TABLE_DIFFERS", f"keys.json and the entries differ about {key_id.hex()}")
        self.result.keys = sorted(told.values(), key=lambda key: key.added_seq)
        trust = self._wish.trust
        first = next((key for key in self.result.keys if key.purpose == "document"), None)
        if trust is not None and (first is None or sha256(first.spki).hexdigest() != trust):
            self._fail(0, AT_TRUST, "TRUST_DIFFERS", "the first document key is not the one that was named")

    def _check_tree(self) -> None:
        manifest, last_size = self.manifest, self.manifest.last + 1
        good, differs = manifest.first, False
        for note in sorted([*self._checkpoints, *self._cosigned], key=lambda one: one.size):
            wrong = self._unsigned(note)
            if wrong is not None:
                self._fail(note.size - 1, AT_NOTE, "CHECKPOINT_UNSIGNED", wrong)
                continue
            self.result.counts["checkpoints"] += 1
            if note.size > last_size or differs or note.size not in self._roots:
                continue
            if self._roots.get(note.size) == note.root:
                good = note.size
            else:
                differs = True
                which = f"one of the entries {good} to {note.size - 1}" if good < note.size - 1 else f"entry {good}"
                self._fail(
                    good, AT_ROOT, "ROOT_DIFFERS", f"{which} is not what the checkpoint of size {note.size} signs"
                )
        root, path = self._roots.get(last_size), self._path_to_newest if self._whole_tree else None
        if (
            path is not None
            and not differs
            and (root is None or not consistent(last_size, manifest.size, root, manifest.root, path))
        ):
            detail = f"the newest checkpoint, of size {manifest.size}, is not shown to contain these entries"
            self._fail(manifest.last, AT_CONSISTENCY, "CONSISTENCY_WRONG", detail)
        for entry, body, way in self._outside:
            leaf = sha256(b"\x00" + sha256(body).digest()).digest()
            if not included(leaf, entry.seq, manifest.size, way, manifest.root):
                detail = "it is not shown to be in the newest checkpoint"
                self._fail(entry.seq, AT_OUTSIDE, "INCLUSION_WRONG", detail)
        if self._since is not None:
            self._check_since(self._since)

    def _unsigned(self, note: Note) -> str | None:
        try:
            return unsigned_by(note, self._windows)
        except Malformed as error:
            return str(error)

    def _check_since(self, since: Note) -> None:
        manifest = self.manifest
        known = self._roots.get(since.size)
        if since.size == manifest.size:
            known = manifest.root
        if since.origin != manifest.origin:
            self._fail(None, AT_SINCE, "SINCE_OTHER_LEDGER", f"the older checkpoint is of {since.origin[:120]!r}")
        elif since.size > manifest.size:
            detail = f"a checkpoint of {since.size} entries was signed; here {manifest.size} is the newest"
            self._fail(manifest.last + 1, AT_SINCE, "SINCE_CUT", detail)
        elif known is None:
            detail = f"nothing here shows how the older checkpoint, of size {since.size}, became this ledger"
            self._fail(None, AT_SINCE, "SINCE_UNPROVEN", detail)
        elif known != since.root:
            detail = f"the first {since.size} entries are not those that were signed before"
            self._fail(manifest.first, AT_SINCE, "SINCE_DIFFERS", detail)
        else:
            self.result.notes.append(f"contains the older checkpoint of size {since.size}")

    def _check_witnessed(self, archive: Archive) -> None:
        counts = self.result.counts
        if "witnesses/keys.txt" in archive.members and "witnesses/notes.txt" in archive.members:
            self._check_witnesses(archive)
        elif self._wish.witnesses:
            self._fail(None, AT_WITNESS, "WITNESS_WRONG", "there are no checkpoints with lines by witnesses")
        if "timestamps/stamps.json" in archive.members:
            try:
                self._check_stamps(archive)
            except Malformed as error:
                self._fail(None, AT_STAMP, "MEMBER_MALFORMED", str(error))
        if not counts["witnesses"] and not counts["timestamps"] and not self.result.failures.count:
            self._fail(
                None, AT_WITNESS, "NOTHING_CHECKED", "no witness has signed and no authority has dated a checkpoint"
            )

    def _check_witnesses(self, archive: Archive) -> None:
        try:
            lines = archive.read("witnesses/keys.txt", MAX_TEXT).decode("utf-8").splitlines()
            stated = [read_witness(line) for line in lines]
            trusted = [read_witness(line) for line in self._wish.witnesses]
        except (Malformed, UnicodeDecodeError) as error:
            self._fail(None, AT_WITNESS, "MEMBER_MALFORMED", f"witnesses: {error}")
            return
        seen = {name: 0 for name, _, _ in trusted}
        for note in self._cosigned:
            good = 0
            for witness in {one[1]: one for one in [*stated, *trusted]}.values():
                try:
                    at = cosigned(note, witness)
                except Malformed as error:
                    self._fail(note.size - 1, AT_WITNESS, "WITNESS_WRONG", str(error))
                    continue
                if at is not None:
                    good += 1
                    if witness[0] in seen:
                        seen[witness[0]] = note.size
            self.result.counts["witnesses"] += good
            if not good:
                detail = f"no witness has signed the checkpoint of size {note.size}"
                self._fail(note.size - 1, AT_WITNESS, "WITNESS_WRONG", detail)
        for name, size in seen.items():
            if size:
                self.result.notes.append(f"{name} has signed up to size {size}")
            else:
                self._fail(
                    None, AT_WITNESS, "WITNESS_WRONG", f"nothing is signed by {name}, the witness that was named"
                )
        if not trusted:
            self.result.notes.append("the witnesses' keys are those the bundle names: name yours with --witness-key")

    def _check_stamps(self, archive: Archive) -> None:
        stamps = strict_json(archive.read("timestamps/stamps.json", MAX_TEXT), "timestamps/stamps.json")
        if not isinstance(stamps, list):
            raise Malformed("timestamps/stamps.json: a list is expected")
        texts = {note.size: note.text for note in [*self._checkpoints, *self._cosigned]}
        latest: dt.datetime | None = None
        for one in stamps:
            size, index, tree_size, path, root, token = members_of(
                one, "timestamps/stamps.json", size=int, index=int, tree_size=int, path=list, root=str, token=str
            )
            hashes_, root_hash = path_of(path, "timestamps/stamps.json"), from_hex(root, 32, "timestamps/stamps.json")
            if size not in texts:
                raise Malformed(f"timestamps/stamps.json: there is no checkpoint of size {size}")
            leaf = sha256(b"\x00" + sha256(texts[size]).digest()).digest()
            message = b"involinks-anchor/v1\n%d\n%s\n" % (tree_size, base64.b64encode(root_hash))
            try:
                if not included(leaf, index, tree_size, hashes_, root_hash):
                    raise Malformed("the checkpoint is not in the tree that was dated")
                at = stamped(archive.read(token, MAX_TOKEN), message, self._wish.authorities)
            except Malformed as error:
                self._fail(size - 1, AT_STAMP, "STAMP_WRONG", str(error))
                continue
            self.result.counts["timestamps"] += 1
            latest = at if latest is None else max(at, latest)
        if latest is not None:
            self.result.notes.append(f"the latest time stamp is of {latest.isoformat()}")
            if not self._wish.authorities:
                self.result.notes.append(
                    "whose time stamps these are was not checked: name the authority with --tsa-ca"
                )

    def _say_limits(self) -> None:
        manifest, notes = self.manifest, self.result.notes
        if manifest.first or manifest.last + 1 < manifest.size:
            notes.append(
                f"a part of the ledger: entries {manifest.first} to {manifest.last} of {manifest.size} that are signed"
            )
        if manifest.first and self._wish.level >= SEALS:
            notes.append(
                "that no event about keys before the range was left out can't be seen from a part of the ledger"
            )
        if self._wish.level >= SEALS and self._wish.trust is None:
            notes.append("compare the first document key with the one the company handed you, or name it with --trust")
        if self._wish.level >= CHECKPOINTS and self._since is None:
            notes.append(
                "that nothing was cut off behind the newest checkpoint shows only against a newer one: --since"
            )


def _outside(value: Any, manifest: Manifest) -> tuple[Entry, bytes, list[bytes]]:
    """An entry from outside the range, with its bytes and inclusion proof. Raises `Malformed`."""
    text = (str, type(None))
    seq, body_text, signature, canonical_text, attached_text, path = members_of(
        value, "proofs.json: outside", seq=int, body=str, signature=text, canonical=str, attached=text, path=list
    )
    what = f"proofs.json: entry {seq}"
    body, canonical = from_base64(body_text, what), from_base64(canonical_text, what)
    attached = None if attached_text is None else from_base64(attached_text, what)
    signed = b"" if signature is None else from_base64(signature, what)
    if len(body) < 188 or body[:39] != VERSION + manifest.company.bytes + seq.to_bytes(8, "big"):
        raise Malformed(f"{what}: not the bytes of this entry of this company")
    series = _U16.unpack_from(body, 48)[0]
    if len(body) < 188 + series or len(body) != 188 + series + _U16.unpack_from(body, 50 + series)[0]:
        raise Malformed(f"{what}: its lengths don't add up")
    if body[39] not in (KEY_ADDED, KEY_RETIRED, ERASURE):
        raise Malformed(f"{what}: of a kind that nothing here needs")
    hashes_ = (sha256(canonical).digest(), ZERO if attached is None else sha256(attached).digest())
    if hashes_ != (body[-104:-72], body[-72:-40]) or (sha256(signed).digest() if signed else ZERO) != body[-32:]:
        raise Malformed(f"{what}: content or seal is not what the entry names")
    entry = Entry(seq, body[39], body[-40:-32], *hashes_, signed, canonical, attached)
    return entry, body, path_of(path, what)


def _one_note(raw: bytes) -> Note:
    try:
        notes = read_notes(raw, "the older checkpoint")
    except Malformed as error:
        raise Unusable(str(error)) from error
    if len(notes) != 1:
        raise Unusable("the older checkpoint: one note is expected")
    return notes[0]


def verify(path: str, wish: Wish, progress: Callable[[int, int], None] | None = None) -> Result:
    """Check a bundle; a file that can't be used gives the status `unusable`."""
    verification = Verification(path, wish, progress)
    try:
        return verification.run()
    except (Unusable, OSError) as error:
        verification.result.status, verification.result.reason = "unusable", str(error)
        return verification.result


# --- Telling it ---------------------------------------------------------------------------------------------------

_COUNTED = ("entries", "contents", "erased", "facts", "seals", "checkpoints", "witnesses", "timestamps")


def as_json(result: Result) -> dict[str, Any]:
    """The result for a program."""
    manifest, failures = result.manifest, result.failures.first()
    told: dict[str, Any] = {
        "verifier": VERIFIER,
        "status": result.status,
        "level": f"L{result.level}",
        "checked": {name: result.counts[name] for name in _COUNTED},
        "first_bad": None,
        "failed": result.failures.count,
        "failures": [{"seq": one.seq, "reason": one.code, "detail": one.detail} for one in failures],
        "notes": result.notes,
    }
    if result.status == "unusable":
        told["failures"] = [{"seq": None, "reason": "BUNDLE_UNUSABLE", "detail": result.reason}]
    if told["failures"]:
        told["first_bad"] = told["failures"][0]
    if manifest is not None:
        told |= {
            "company_id": str(manifest.company),
            "origin": manifest.origin,
            "first": manifest.first,
            "last": manifest.last,
            "whole": manifest.first == 0 and manifest.last + 1 == manifest.size,
            "checkpoint": {"size": manifest.size, "root": manifest.root.hex()},
            "sellers": sorted(result.sellers),
            "totals": {
                name: {"documents": count, "total": f"{total:f}"} for name, (count, total) in result.totals.items()
            },
            "keys": [
                {"key_id": key.key_id.hex(), "purpose": key.purpose, "added_seq": key.added_seq,
                 "retired_seq": key.retired_seq, "sha256": sha256(key.spki).hexdigest()}
                for key in result.keys
            ],
        }  # fmt: skip
    return told


def as_text(result: Result) -> str:
    """The result for people."""
    if result.status == "unusable":
        return f"UNUSABLE: {result.reason}"
    manifest = result.manifest
    lines = [f"{result.status.upper()} at level L{result.level}"]
    if manifest is not None:
        lines[0] += f": company {manifest.company}, entries {manifest.first} to {manifest.last}"
        lines.append(f"  newest checkpoint: {manifest.size} entries, root {manifest.root.hex()} ({manifest.origin})")
    lines.append("  checked: " + ", ".join(f"{result.counts[name]} {name}" for name in _COUNTED))
    failures = result.failures.first()
    for one in failures:
        where = "the bundle" if one.seq is None else f"entry {one.seq}"
        lines.append(f"  {where}: {one.code}: {one.detail}")
    if result.failures.count > len(failures):
        lines.append(f"  and {result.failures.count - len(failures)} more")
    for currency, (count, total) in sorted(result.totals.items()):
        lines.append(
            f"  {count} documents issued in {currency}, together {total:f}, by {', '.join(sorted(result.sellers)[:5])}"
        )
    for key in result.keys[:1]:
        lines.append(f"  first document key: SHA-256 {sha256(key.spki).hexdigest()}")
    lines += [f"  note: {note}" for note in result.notes]
    return "\n".join(lines)


class _Progress:
    """Tells on a terminal how far it is."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, seen: int, total: int) -> None:
        if total > 20_000 and (seen - self._told >= total // 50 or seen == total):
            self._told = seen
            sys.stderr.write(f"\r{seen:,} of {total:,} entries" + ("\n" if seen == total else ""))
            sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verify.py", description="Verify an audit bundle of the form einv-bundle/1.")
    parser.add_argument("bundle", metavar="BUNDLE.zip")
    levels = "L0 links, L1 contents, L2 seals, L3 checkpoints (default), L4 witnesses, time stamps"
    parser.add_argument("--level", default="L3", choices=["L0", "L1", "L2", "L3", "L4"], help=levels)
    parser.add_argument("--deep", action="store_true", help="also read the facts in each XML document")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--since", metavar="FILE", help="a checkpoint that you kept from before")
    parser.add_argument("--witness-key", action="append", default=[], metavar="VKEY",
                        help="key of a witness that must have signed; may be given several times")  # fmt: skip
    parser.add_argument("--tsa-ca", metavar="PEM", help="certificates of the time stamp authority")
    parser.add_argument("--trust", metavar="SHA256", help="SHA-256 of the first document key, as the company told it")
    parser.add_argument("--json", action="store_true", help="tell the result as JSON")
    return parser


def _wish(given: argparse.Namespace) -> Wish:
    """Raises `Unusable`, `OSError`."""
    level = int(given.level[1])
    if given.trust is not None and not re.fullmatch("[0-9a-f]{64}", given.trust):
        raise Unusable("--trust takes 64 digits of lower-case hex")
    if level < SEALS and given.trust is not None:
        raise Unusable("--trust needs --level L2 or higher")
    if level < CHECKPOINTS and given.since is not None:
        raise Unusable("--since needs --level L3 or higher")
    if level < WITNESSED and (given.witness_key or given.tsa_ca):
        raise Unusable("--witness-key and --tsa-ca need --level L4")
    authorities: Sequence[x509.Certificate] = ()
    try:
        for line in given.witness_key:
            read_witness(line)
        if given.tsa_ca is not None:
            authorities = x509.load_pem_x509_certificates(Path(given.tsa_ca).read_bytes())
    except (Malformed, ValueError) as error:
        raise Unusable(str(error)) from error
    since = None if given.since is None else Path(given.since).read_bytes()
    return Wish(
        level, given.deep, given.processes, since, tuple(given.witness_key), tuple(authorities), given.trust
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        wish = _wish(given)
        result = verify(given.bundle, wish, _Progress() if sys.stderr.isatty() else None)
    except (Unusable, OSError) as error:
        result = Result(int(given.level[1]), reason=str(error))
    except (BrokenProcessPool, MemoryError) as error:
        result = Result(int(given.level[1]), reason=f"the machine gave up: {error!r}; try --processes 1")
    text = json.dumps(as_json(result), indent=2, ensure_ascii=False) if given.json else as_text(result)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    return {"ok": 0, "failed": 1}.get(result.status, 2)


if __name__ == "__main__":
    sys.exit(main())
