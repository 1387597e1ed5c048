"""Entries as an auditor sees them whose window is a range of days: what was recorded on these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.call import Call
from gateway.access.window import Window
from gateway.http.problems import Forbidden
from ledger import store
from ledger.record import Record

_MAX_SEQ = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Times needn't grow with seq, so the window isn't a range of seqs; each entry is asked for its own time.
_SEQS = text(
    "select seq from ledger_entries where company_id = :company_id and seq between :first and :last "
    "and at_us >= :start and at_us < :end order by seq limit :entries"
)
_REACH = text(
    "select min(seq) as first, max(seq) as last from ledger_entries "
    "where company_id = :company_id and at_us >= :start and at_us < :end"
)
_STRANGE = text(
    "select min(seq) from ledger_entries where company_id = :company_id and seq between :first and :last "
    "and not (at_us >= :start and at_us < :end)"
)


def holds(call: Call, record: Record) -> bool:
    """Whether the caller may see this entry."""
    window = call.principal.window
    return window is None or window.holds(record.at_us)


def sees(call: Call, at: datetime) -> bool:
    """Whether the caller may see what happened then."""
    window = call.principal.window
    return window is None or window.holds((at - _EPOCH) // timedelta(microseconds=1))


def outside(call: Call, what: str) -> Forbidden:
    """The refusal of something that wasn't recorded on the caller's days; `what`: its subject and verb."""
    return Forbidden(
        f"{what} recorded on days that you don't see: yours are {call.principal.window}. "
        "Its hash and the proofs to it are open to you."
    )


async def batch(call: Call, first: int, last: int | None, *, entries: int) -> list[Record]:
    """Entries from `first` to `last` that the caller may see, without their contents."""
    window = call.principal.window
    if window is None:
        return await store.batch(call.db, call.company_id, first, last, entries=entries, contents=False)
    given = _given(call.company_id, window) | {
        "first": first,
        "last": _MAX_SEQ if last is None else last,
        "entries": entries,
    }
    seqs = list((await call.db.execute(_SEQS, given)).scalars())
    found = list[Record]()
    for start, end in _runs(seqs):
        found += await store.batch(call.db, call.company_id, start, end, entries=entries, contents=False)
    return found


async def reach(db: AsyncConnection, company_id: UUID, window: Window) -> tuple[int, int] | None:
    """First and last entry that the window shows; None where it shows none."""
    row = (await db.execute(_REACH, _given(company_id, window))).one()
    return None if row.first is None else (row.first, row.last)


async def strange(db: AsyncConnection, company_id: UUID, window: Window, first: int, last: int) -> int | None:
    """The first entry of this range that the window doesn't show."""
    seq: int | None = await db.scalar(_STRANGE, _given(company_id, window) | {"first": first, "last": last})
    return seq


def _runs(seqs: list[int]) -> list[tuple[int, int]]:
    """The same seqs as ranges; nearly always one."""
    runs = list[tuple[int, int]]()
    for seq in seqs:
        if runs and runs[-1][1] == seq - 1:
            runs[-1] = (runs[-1][0], seq)
        else:
            runs.append((seq, seq))
    return runs


def _given(company_id: UUID, window: Window) -> dict[str, UUID | int]:
    start, end = window.bounds_us()
    return {"company_id": company_id, "start": start, "end": end}
