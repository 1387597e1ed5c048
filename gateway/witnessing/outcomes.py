"""What an answer from outside means: one table, and the reading of a witness's answer (C2SP tlog-witness)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

import msgspec

from gateway.jobqueue import Temporary
from ledger.cosignature import NoteKey, check_cosignatures
from ledger.errors import LedgerError
from ledger.witness import SIZE_TYPE


class Standing(StrEnum):
    """How things are with a witness."""

    GOOD = "good"
    TROUBLE = "trouble"
    """Somebody has to set something right, here or there; nothing speaks against the ledger."""
    ALARM = "alarm"
    """What the witness holds and what this ledger says can't both be true."""


class Outcome(StrEnum):
    """What became of a checkpoint that was given away."""

    COSIGNED = "cosigned"
    KEPT = "kept"
    """It lies in the folder or bucket."""
    MAILED = "mailed"
    ROLLED_BACK = "rolled_back"
    """The witness has seen a longer ledger than there is: an old backup was restored, or entries were cut off."""
    CONFLICT = "conflict"
    """It has seen another ledger of the same size."""
    INCONSISTENT = "inconsistent"
    """No proof leads from what it has seen to what there is: history was rewritten."""
    FORGOTTEN = "forgotten"
    """It has seen less than it once cosigned: the witness was set back, and is of no use until somebody asks why."""
    UNKNOWN_LOG = "unknown_log"
    """It was never told of this ledger."""
    UNKNOWN_KEY = "unknown_key"
    """It doesn't know the key that signs checkpoints now."""
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    """It said yes, but its signature isn't the configured key's."""


STANDINGS: Mapping[Outcome, Standing] = {
    Outcome.COSIGNED: Standing.GOOD,
    Outcome.KEPT: Standing.GOOD,
    Outcome.MAILED: Standing.GOOD,
    Outcome.ROLLED_BACK: Standing.ALARM,
    Outcome.CONFLICT: Standing.ALARM,
    Outcome.INCONSISTENT: Standing.ALARM,
    Outcome.FORGOTTEN: Standing.ALARM,
    Outcome.UNKNOWN_LOG: Standing.TROUBLE,
    Outcome.UNKNOWN_KEY: Standing.TROUBLE,
    Outcome.REFUSED: Standing.TROUBLE,
    Outcome.UNREADABLE: Standing.TROUBLE,
}

_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?\Z")
_BY_STATUS: Mapping[int, Outcome] = {
    403: Outcome.UNKNOWN_KEY,
    404: Outcome.UNKNOWN_LOG,
    422: Outcome.INCONSISTENT,
}


class Unavailable(Temporary):
    """No answer, or one that says "later": asked again by the queue."""


class Reply(msgspec.Struct, frozen=True):
    """What came back over HTTP."""

    status: int
    media_type: str
    body: bytes
    retry_after: timedelta | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer means; `outcome` None: ask again from the size that was told."""

    outcome: Outcome | None
    detail: str = ""
    told: int | None = None
    """The size that the witness says it saw last."""
    note: bytes | None = None
    """The checkpoint as it is with the witness; always there when the outcome is good."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the witness was asked."""

    note: bytes
    size: int
    old: int
    cosigned: int
    """The largest size that it cosigned before, as far as we remember."""
    key: NoteKey


def judge(asked: Asked, reply: Reply) -> Judged:
    """Judge a witness's answer. Raises `Unavailable`."""
    if reply.status == 200:
        return _cosigned(asked, reply.body)
    if reply.status == 409:
        return _held(asked, reply)
    if reply.status in (408, 425, 429) or reply.status >= 500:
        raise Unavailable(f"the witness {asked.key.name} answers {reply.status}", after=reply.retry_after)
    said = reply.body[:200].decode("utf-8", "replace").strip()
    detail = f"the witness answers {reply.status}{f': {said}' if said.isprintable() and said else ''}"
    return Judged(outcome=_BY_STATUS.get(reply.status, Outcome.REFUSED), detail=detail)


def _cosigned(asked: Asked, lines: bytes) -> Judged:
    note = asked.note + lines
    try:
        good = check_cosignatures(note, [asked.key])
    except LedgerError as error:
        return Judged(outcome=Outcome.UNREADABLE, detail=str(error))
    if not good:
        detail = f"the answer holds no line by {asked.key.text()}"
        return Judged(outcome=Outcome.UNREADABLE, detail=detail)
    return Judged(outcome=Outcome.COSIGNED, detail=f"cosigned at {good[-1].at.isoformat()}", note=note)


def _held(asked: Asked, reply: Reply) -> Judged:
    """409: the witness holds another size, or another root at the same one."""
    size = _SIZE.match(reply.body) if reply.media_type.partition(";")[0].strip() == SIZE_TYPE else None
    if size is None:
        return Judged(outcome=Outcome.CONFLICT, detail="the witness holds another ledger and doesn't say of what size")
    told = int(size[1])
    if told > asked.size:
        detail = f"the witness has seen {told} entries, this ledger has {asked.size}"
        return Judged(outcome=Outcome.ROLLED_BACK, detail=detail, told=told)
    if told == asked.old:
        detail = f"the witness has seen another ledger of {told} entries"
        return Judged(outcome=Outcome.CONFLICT, detail=detail, told=told)
    if told < asked.cosigned:
        detail = f"the witness cosigned {asked.cosigned} entries and says now that it has seen {told}"
        return Judged(outcome=Outcome.FORGOTTEN, detail=detail, told=told)
    return Judged(outcome=None, told=told)
