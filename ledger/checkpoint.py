"""Signed checkpoints: how many entries a ledger has, and the root of their Merkle tree.

The form is C2SP tlog-checkpoint, which is a signed note (C2SP signed-note): a text, an empty line, signature lines.

    <origin>                                     — <name> base64( key id (4) | signature over the text )
    <size, decimal>
    <root, base64>                               the name is the origin

A ledger signs twice, each line enough for whoever trusts that key. The id of a key abbreviates
`SHA-256( name | 0x0A | type | key )`, where type and key are

    Ed25519          0x01 and the 32 bytes of RFC 8032
    RSA-PSS-SHA256   0xFF (C2SP leaves the rest to whoever uses it), "RSA-PSS-SHA256" 0x00 and the SubjectPublicKeyInfo

The time isn't in the text: two notes over one tree are then one text, and witnesses can compare them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

import msgspec

from certs import Algorithm, Signer
from certs.algorithm import spki_of
from ledger.errors import CheckpointMalformed
from ledger.key_windows import LedgerKeys

MOST_BYTES = 256 * 1024
MOST_LINES = 100
"""Signature lines of one note; C2SP has everybody accept 16."""

_TYPES = {Algorithm.ED25519: b"\x01", Algorithm.RSA_PSS_SHA256: b"\xffRSA-PSS-SHA256\0"}
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\Z")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NO_NAME = re.compile(r"[\s\x00-\x1f+]")
_MARK = "— "


class Line(msgspec.Struct, frozen=True):
    """One signature line, as written; nothing of it is checked yet."""

    name: str
    key_id: bytes
    """4 bytes: an abbreviation, no proof."""
    signature: bytes


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A signed checkpoint that was read; nothing of it is checked yet."""

    origin: str
    size: int
    root: bytes
    """32 bytes."""
    text: bytes
    """What is signed: all up to the empty line, extension lines included."""
    lines: tuple[Line, ...]


def origin(host: str, company_id: UUID) -> str:
    """What a ledger is called in its checkpoints; `host` as in an address without its scheme."""
    return f"{host}/ledger/{company_id}"


def text(origin: str, size: int, root: bytes) -> bytes:
    """What is signed. Raises `CheckpointMalformed` for what can't be written so."""
    if not _is_name(origin):
        raise CheckpointMalformed(f"{origin!r} can't name a ledger: no spaces, control characters or plus signs")
    if size < 0 or len(root) != 32:
        raise CheckpointMalformed(f"no tree has {size} entries and a root of {len(root)} bytes")
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


def make(origin: str, size: int, root: bytes, signers: Sequence[Signer]) -> bytes:
    """The note, with a line by each signer in their order. Blocks for as long as they sign: call it in a thread."""
    signed = text(origin, size, root)
    lines = [
        f"{_MARK}{origin} {base64.b64encode(key_id(origin, by.algorithm, by.spki) + by.sign(signed)).decode()}\n"
        for by in signers
    ]
    return signed + b"\n" + "".join(lines).encode()


def key_id(name: str, algorithm: Algorithm, spki: bytes) -> bytes:
    """How signature lines abbreviate a key of this name; 4 bytes. `spki`: DER SubjectPublicKeyInfo."""
    # The last 32 bytes of an Ed25519 SubjectPublicKeyInfo are the key (RFC 8410).
    key = spki[-32:] if algorithm is Algorithm.ED25519 else spki
    return sha256(name.encode() + b"\n" + _TYPES[algorithm] + key).digest()[:4]


def parse(raw: bytes) -> Note:
    """Read a checkpoint; signatures are read and not checked. Raises `CheckpointMalformed` for anything not quite one.

    Other spellings of the same (base64 with stray bits, leading zeros, a missing newline) are refused.
    """
    if len(raw) > MOST_BYTES:
        raise CheckpointMalformed(f"a checkpoint has at most {MOST_BYTES} bytes")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise CheckpointMalformed("the checkpoint is no UTF-8") from None
    if _CONTROL.search(whole):
        raise CheckpointMalformed("the checkpoint holds a control character")
    signed, gap, signatures = whole.rpartition("\n\n")
    written, lines = signed.split("\n"), signatures.split("\n")
    if not gap or len(lines) < 2 or lines.pop() != "":
        raise CheckpointMalformed("a checkpoint is a text, an empty line and signature lines, each with its newline")
    if len(lines) > MOST_LINES:
        raise CheckpointMalformed(f"a checkpoint has at most {MOST_LINES} signature lines")
    if len(written) < 3 or not all(written):
        raise CheckpointMalformed("the text has an origin, a size and a root, and no empty line")
    size = _SIZE.match(written[1])
    if size is None:
        raise CheckpointMalformed("the second line is the number of entries, in decimal without leading zeros")
    root = _base64(written[2])
    if len(root) != 32:
        raise CheckpointMalformed("the third line is a root of 32 bytes in base64")
    return Note(
        origin=written[0],
        size=int(size[1]),
        root=root,
        text=f"{signed}\n".encode(),
        lines=tuple(map(_line, lines)),
    )


def check_note(raw: bytes, origin: str, size: int, root: bytes, keys: LedgerKeys) -> str | None:
    """Why this isn't the ledger's own checkpoint of this tree, signed once by each of its keys; None where it is.

    Lines of others (witnesses) are passed over.
    """
    try:
        note = parse(raw)
        if note.text != text(origin, size, root):
            return f"its note speaks of {note.size} entries of {note.origin}, or of another root"
    except CheckpointMalformed as error:
        return str(error)
    for key in (keys.ed25519, keys.rsa):
        mine = (origin, key_id(origin, key.algorithm, spki_of(key.key)))
        signatures = [line.signature for line in note.lines if (line.name, line.key_id) == mine]
        if len(signatures) != 1:
            return f"its note has {len(signatures)} lines by the ledger's {key.algorithm} key, not one"
        if not key.verify(signatures[0], note.text):
            return f"the line by the ledger's {key.algorithm} key is not its signature"
    return None


def _line(written: str) -> Line:
    name, gap, encoded = written.removeprefix(_MARK).partition(" ")
    if not written.startswith(_MARK) or not gap or not _is_name(name):
        raise CheckpointMalformed("a signature line is a dash, a key's name and base64, with one space between")
    raw = _base64(encoded)
    if len(raw) < 5:
        raise CheckpointMalformed("a signature line holds four bytes of key id and a signature")
    return Line(name, raw[:4], raw[4:])


def _base64(written: str) -> bytes:
    try:
        raw = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if base64.b64encode(raw).decode() != written:
        raise CheckpointMalformed("a checkpoint's base64 is the standard one, padded, without stray bits")
    return raw


def _is_name(name: str) -> bool:
    return name != "" and _NO_NAME.search(name) is None
