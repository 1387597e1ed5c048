"""A verification's report with the ledger's signatures: a signed note whose text no checkpoint can have.

    <origin>/verification/<id>
    sha256:<SHA-256 of the report in canonical JSON, lower-case hex>

    — <origin> ...                    the two lines of a checkpoint, by the ledger keys in force when it was written

The second line is no decimal size, so a signature over one can't be shown as a signature over the other. Whoever has
the ledger's public keys can hold a report against its note without asking us.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from certs import Ed25519Key, Signer, verifying_key
from ledger import canonical, checkpoint
from ledger.report import Report

_DOMAIN = b"involinks-verification-state/1\0"


def text_of(origin: str, verification_id: UUID, report: Report) -> bytes:
    """What is signed."""
    return f"{origin}/verification/{verification_id}\nsha256:{sha256(canonical.dumps(report)).hexdigest()}\n".encode()


def sign(origin: str, verification_id: UUID, report: Report, signers: Sequence[Signer]) -> bytes:
    """The note, with a line by each signer. Blocks (half a millisecond): call it in a thread."""
    text = text_of(origin, verification_id, report)
    lines = [_line(origin, signer, signer.sign(text)) for signer in signers]
    return text + b"\n" + b"".join(lines)


def holds(note: bytes, origin: str, verification_id: UUID, report: Report, signers: Sequence[Signer]) -> bool:
    """Whether the note is over this report, with a line by each of these signers' keys and nothing else."""
    text = text_of(origin, verification_id, report)
    lines = note.removeprefix(text + b"\n").splitlines(keepends=True)
    if not note.startswith(text + b"\n") or len(lines) != len(signers):
        return False
    for line, signer in zip(lines, signers, strict=True):
        try:
            signature = base64.b64decode(line.rpartition(b" ")[2].rstrip(b"\n"), validate=True)[4:]
        except binascii.Error:
            return False
        key = verifying_key(signer.algorithm, signer.spki)
        if line != _line(origin, signer, signature) or not key.verify(signature, text):
            return False
    return True


def _line(origin: str, signer: Signer, signature: bytes) -> bytes:
    abbreviated = checkpoint.key_id(origin, signer.algorithm, signer.spki)
    return f"— {origin} {base64.b64encode(abbreviated + signature).decode('ascii')}\n".encode()


def seal_state(state: bytes, verification_id: UUID, signer: Signer) -> bytes:
    """What a worker leaves for the next one, with a signature in front: rows of a database can be written by others."""
    return signer.sign(_DOMAIN + verification_id.bytes + state) + state


def open_state(sealed: bytes, verification_id: UUID, signer: Signer) -> bytes | None:
    """What `seal_state` was given; None where this key didn't sign it for this verification."""
    signature, state = sealed[:64], sealed[64:]
    good = Ed25519Key(signer.spki).verify(signature, _DOMAIN + verification_id.bytes + state)
    return state if good else None
