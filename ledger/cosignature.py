"""A witness's line under a checkpoint: "at this time it was the largest I had seen of this log, and it only grew".

The form is C2SP tlog-cosignature, Ed25519, version 1. The line ends a signed note (C2SP signed-note):

    — <witness> base64( key id (4) | seconds since the epoch, u64 big-endian | Ed25519 signature (64) )
    key id = SHA-256( name | 0x0A | 0x04 | 32-byte key )[:4]
    signed = "cosignature/v1\\n" "time <seconds>\\n" and the checkpoint's text
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger import checkpoint
from ledger.errors import CosignatureWrong, WitnessMalformed

LOG, WITNESS = 0x01, 0x04
"""Types of Ed25519 keys in C2SP signed-note: a log's own, and a witness's with the time in its line."""
_LINE = struct.Struct(">4sQ64s")


class NoteKey(msgspec.Struct, frozen=True):
    """A public key by its name, as notes refer to it."""

    name: str
    """The log's origin, or the witness's name: `witness.example/w1`."""
    kind: int
    """`LOG` or `WITNESS`."""
    public: bytes
    """32 bytes."""

    @property
    def id(self) -> bytes:
        """4 bytes; an abbreviation, no proof."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def text(self) -> str:
        """`name+id+base64(type | key)`: how keys are handed from one to another."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str, kind: int) -> NoteKey:
        """Read the text form of a key of this type. Raises `WitnessMalformed` with a sentence that says what to do."""
        name, _, rest = text.strip().partition("+")
        shown, _, encoded = rest.partition("+")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if not is_name(name) or len(raw) != 33:
            raise WitnessMalformed("a key is written name+id+base64, as the one who holds it shows it")
        if raw[0] != kind:
            whose = "a witness's" if kind == WITNESS else "a log's"
            raise WitnessMalformed(f"the key of {name} has type {raw[0]:#04x}; {whose} has {kind:#04x}")
        key = cls(name, kind, raw[1:])
        if key.id.hex() != shown:
            raise WitnessMalformed(f"the key of {name} was copied wrongly: its id should be {key.id.hex()}")
        return key

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether the 64 bytes are this key's over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Cosignature(msgspec.Struct, frozen=True):
    """A witness's word that was checked."""

    witness: NoteKey
    at: datetime


class Cosigner:
    """A witness's private key."""

    __slots__ = ("_private", "key")

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        """`name`: without spaces and plus signs. Raises `WitnessMalformed`."""
        if not is_name(name):
            raise WitnessMalformed(f"{name!r} can't name a witness; witness.example/w1 could: no spaces, no plus")
        self.key = NoteKey(name, WITNESS, private.public_key().public_bytes_raw())
        self._private = private

    def cosign(self, text: bytes, at: datetime) -> bytes:
        """The line, with its end, over a checkpoint's text."""
        seconds = int(at.timestamp())
        signature = self._private.sign(_message(text, seconds))
        line = base64.b64encode(_LINE.pack(self.key.id, seconds, signature)).decode()
        return f"— {self.key.name} {line}\n".encode()

    def __repr__(self) -> str:
        return f"Cosigner({self.key.text()})"


def is_name(text: str) -> bool:
    """Whether a key may be called so (C2SP signed-note)."""
    return bool(text) and "+" not in text and text.isprintable() and not any(char.isspace() for char in text)


def check_cosignatures(note: bytes, witnesses: Iterable[NoteKey]) -> tuple[Cosignature, ...]:
    """The good lines of these witnesses under a note, in its order; lines of others are passed over.

    Empty where none of them signed. Raises `CosignatureWrong` for a line that names one of them and isn't its
    signature, `CheckpointMalformed`.
    """
    known = {(key.name, key.id): key for key in witnesses}
    signed = checkpoint.parse(note)
    found = []
    for line in signed.lines:
        key = known.get((line.name, line.key_id))
        if key is not None:
            found.append(Cosignature(key, _time_of(key, line.signature, signed.text)))
    return tuple(found)


def _time_of(key: NoteKey, signature: bytes, text: bytes) -> datetime:
    if len(signature) == 72:
        seconds = int.from_bytes(signature[:8], "big")
        if key.verify(signature[8:], _message(text, seconds)):
            try:
                return datetime.fromtimestamp(seconds, UTC)
            except (ValueError, OverflowError, OSError):
                raise CosignatureWrong(f"the witness {key.name} dates its line at {seconds} seconds: no time") from None
    raise CosignatureWrong(f"the line of the witness {key.name} is not its signature over this checkpoint")


def _message(text: bytes, seconds: int) -> bytes:
    return b"cosignature/v1\ntime %d\n%s" % (seconds, text)
