"""A witness of many logs: what it is asked, and how it decides (C2SP tlog-witness).

A witness holds one thing of each log: the largest checkpoint it cosigned. It cosigns another only where a consistency
proof leads there from the one it holds, so nobody can show two histories, cut one short or rewrite it, not even with
the log's own keys. The decision is a pure function; who keeps the state must do so before answering, and let no two
requests for one log decide at once.

    request   old <size>\\n   <proof hash, base64>\\n ...   \\n   <the checkpoint, a signed note>
    answers   200 its line   400 malformed   403 no known key signed   404 unknown log
              409 another size was last cosigned (the body says which), or the same size had another root
              422 the proof doesn't lead from the old tree to the new one
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime

import msgspec

from ledger import checkpoint, merkle
from ledger.checkpoint import Note
from ledger.cosignature import Cosigner, NoteKey
from ledger.errors import WitnessMalformed

SIZE_TYPE = "text/x.tlog.size"
MOST_HASHES = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})\Z")


class AddCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A request to cosign."""

    old: int
    """The size that the witness is thought to have cosigned last; 0 for none."""
    proof: tuple[bytes, ...] = ()
    """Consistency proof from there to the note's tree."""
    note: bytes

    def encode(self) -> bytes:
        """The request's body."""
        lines = [f"old {self.old}", *(base64.b64encode(hash_).decode() for hash_ in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def decode(cls, body: bytes) -> AddCheckpoint:
        """Read a request's body; the note isn't looked at. Raises `WitnessMalformed`."""
        head, gap, note = body.partition(b"\n\n")
        try:
            first, *rest = head.decode("ascii").split("\n")
            proof = tuple(base64.b64decode(line, validate=True) for line in rest)
        except (UnicodeDecodeError, binascii.Error, ValueError):
            raise WitnessMalformed("the lines before the checkpoint are no size and hashes in base64") from None
        old = _OLD.match(first)
        if old is None or not gap:
            raise WitnessMalformed("a request begins with 'old <size>' and has an empty line before the checkpoint")
        if len(proof) > MOST_HASHES or any(len(hash_) != 32 for hash_ in proof):
            raise WitnessMalformed(f"a proof has at most {MOST_HASHES} hashes of 32 bytes")
        return cls(old=int(old[1]), proof=proof, note=note)


class Log(msgspec.Struct, frozen=True):
    """A log that the witness knows."""

    origin: str
    keys: tuple[NoteKey, ...]
    """More than one while a key is replaced."""


class Seen(msgspec.Struct, frozen=True):
    """What the witness keeps of a log: the last checkpoint it cosigned, its own line included."""

    size: int
    root: bytes
    note: bytes

    @classmethod
    def of(cls, note: bytes) -> Seen:
        """Read what was kept. Raises `CheckpointMalformed`."""
        kept = checkpoint.parse(note)
        return cls(kept.size, kept.root, note)


class Answer(msgspec.Struct, frozen=True):
    """What goes back."""

    status: int
    body: bytes
    media_type: str = "text/plain; charset=utf-8"


def decide(
    log: Log | None, seen: Seen | None, asked: AddCheckpoint, note: Note, cosigner: Cosigner, *, now: datetime
) -> tuple[Answer, Seen | None]:
    """The answer, and what the witness must keep from now on, before it answers (None: nothing changes).

    `log`: who the note's origin is known as. `seen`: what is kept of it. `note`: `asked.note`, parsed.
    """
    if log is None:
        return _told(404, f"the log {note.origin} is not known here"), None
    if not _signed(note, log):
        return _told(403, "no key that is known of this log signed the checkpoint"), None
    if asked.old > note.size:
        return _told(400, f"the old size {asked.old} is beyond the checkpoint's {note.size}"), None
    held = 0 if seen is None else seen.size
    if asked.old != held:
        return Answer(409, b"%d\n" % held, SIZE_TYPE), None
    if seen is not None and note.size == held and note.root != seen.root:
        return Answer(409, b"%d\n" % held, SIZE_TYPE), None
    if not _consistent(asked, seen, note):
        return _told(422, f"the proof doesn't lead from {held} to {note.size}"), None
    line = cosigner.cosign(note.text, now)
    return Answer(200, line), Seen(note.size, note.root, asked.note + line)


def _signed(note: Note, log: Log) -> bool:
    """One known key at least, and no line in a known key's name that isn't its own."""
    known = {(key.name, key.id): key for key in log.keys}
    lines = [(known[line.name, line.key_id], line) for line in note.lines if (line.name, line.key_id) in known]
    return bool(lines) and all(key.verify(line.signature, note.text) for key, line in lines)


def _consistent(asked: AddCheckpoint, seen: Seen | None, note: Note) -> bool:
    if asked.old == 0:
        return not asked.proof and (note.size > 0 or note.root == merkle.EMPTY)
    return seen is not None and merkle.verify_consistency(asked.old, note.size, seen.root, note.root, asked.proof)


def _told(status: int, why: str) -> Answer:
    return Answer(status, f"{why}\n".encode())
