"""What others keep about a ledger, as statements that a verification compares with it (`ledger.verify.Statement`).

A statement is sound by itself (the witness's signature, the token) or it isn't; and a sound one agrees with the ledger
or it doesn't: the root that it names at its size is computed from the entries. Keys don't help against that: who
rewrites a ledger and signs it anew with its own keys can't change what was seen before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ledger import checkpoint, merkle
from ledger.cosignature import NoteKey, check_cosignatures
from ledger.errors import CheckpointMalformed, CosignatureWrong, TimestampWrong
from ledger.report import Failure, Reason
from ledger.timestamp import Stamp, Trust, check_timestamp


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """One statement from outside."""

    size: int
    root: bytes
    by: str
    """Who says so, and when: for the report."""
    at: datetime | None = None
    """When it was made; None where nobody outside says so."""
    wrong: str = ""
    """Why it isn't sound; empty where it is."""

    def fault(self, root: bytes) -> Failure | None:
        """Why it doesn't hold of a ledger that has this root at this size; None if it does."""
        seq = max(self.size - 1, 0)
        if self.wrong:
            return Failure(seq, Reason.WITNESS_WRONG, self.wrong)
        if root != self.root:
            detail = f"{self.by} saw {self.size} entries with the root {self.root.hex()}, now they have {root.hex()}"
            return Failure(seq, Reason.HISTORY_REWRITTEN, detail)
        return None


def cosigned(note: bytes, *, origin: str, witnesses: Sequence[NoteKey]) -> Vouched | None:
    """What a cosigned note states about the ledger of this origin; None where none of these witnesses signed it."""
    try:
        read = checkpoint.parse(note)
        found = check_cosignatures(note, witnesses)
    except CheckpointMalformed as error:
        return _unsound(f"a cosigned checkpoint can't be read: {error}")
    except CosignatureWrong as error:
        return Vouched(size=read.size, root=read.root, by="", wrong=str(error))
    if not found:
        return None
    by = ", ".join(f"{line.witness.name} at {line.at.isoformat()}" for line in found)
    wrong = "" if read.origin == origin else f"{by} vouches for another ledger, {read.origin}"
    return Vouched(size=read.size, root=read.root, by=by, at=found[-1].at, wrong=wrong)


def kept(note: bytes, *, origin: str) -> Vouched:
    """What a checkpoint states that the verifier itself kept, or was given by someone it believes: no witness needed.

    Its signatures aren't looked at: whoever kept it vouches for it.
    """
    try:
        read = checkpoint.parse(note)
    except CheckpointMalformed as error:
        return _unsound(f"a kept checkpoint can't be read: {error}")
    wrong = "" if read.origin == origin else f"the kept checkpoint is of another ledger, {read.origin}"
    return Vouched(size=read.size, root=read.root, by="whoever kept the checkpoint", wrong=wrong)


def stamped(stamp: Stamp, *, origin: str, trust: Trust) -> Vouched:
    """What a time stamp states about the ledger of this origin."""
    try:
        read = checkpoint.parse(stamp.text + b"\n" + _NO_LINE)
    except CheckpointMalformed as error:
        return _unsound(f"a time stamp is over no checkpoint: {error}")
    try:
        at = check_timestamp(stamp, trust)
    except TimestampWrong as error:
        return Vouched(size=read.size, root=read.root, by="", wrong=str(error))
    wrong = "" if read.origin == origin else f"the time stamp is over another ledger, {read.origin}"
    return Vouched(size=read.size, root=read.root, by=f"a time stamp of {at.isoformat()}", at=at, wrong=wrong)


_NO_LINE = "— nobody AAAAAAA=\n".encode()
"""A signature line of nobody: a stamp is over the text alone, and the reader wants a whole note."""


def _unsound(why: str) -> Vouched:
    """It has no size of its own; every ledger has a first entry, so there it is looked at."""
    return Vouched(size=1, root=merkle.EMPTY, by="", wrong=why)
