"""Rows of `ledger_bundles`, and what others said of the checkpoints in a range."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.bundles.models import BundleView
from ledger.bundle import Stamped, Written

_COLUMNS = (
    "id, first, last, requested_by, requested_at, state, written, bytes, sha256, size, documents, erased, entry_seq, "
    "expires_at, failure"
)
_INSERT = text(
    "insert into ledger_bundles (company_id, id, first, last, requested_by, requested_at) "
    f"values (:company_id, :id, :first, :last, :requested_by, :requested_at) returning {_COLUMNS}"
)
_ONE = text(f"select {_COLUMNS} from ledger_bundles where company_id = :company_id and id = :id")
_LATEST = text(f"select {_COLUMNS} from ledger_bundles where company_id = :company_id order by id desc limit 20")
_AT_HAND = text(
    "select count(*) filter (where state <> 'done') as waiting, count(*) filter (where state = 'done') as kept "
    "from ledger_bundles where company_id = :company_id and state in ('queued', 'running', 'written', 'done') "
    "and requested_at > :since"
)
_PROGRESS = text(
    "update ledger_bundles set state = 'running', written = :written "
    "where company_id = :company_id and id = :id and state in ('queued', 'running')"
)
_WRITTEN = text(
    "update ledger_bundles set state = 'written', written = last - first + 1, bytes = :bytes, sha256 = :sha256, "
    "size = :size, root = :root, documents = :documents, erased = :erased "
    "where company_id = :company_id and id = :id and state in ('queued', 'running')"
)
_DONE = text(
    "update ledger_bundles set state = 'done', expires_at = :expires_at "
    "where company_id = :company_id and id = :id and state = 'written' returning root"
)
_SET_ENTRY = text("update ledger_bundles set entry_seq = :seq where company_id = :company_id and id = :id")
_FAILED = text(
    "update ledger_bundles set state = 'failed', failure = :failure "
    "where company_id = :company_id and id = :id and state in ('queued', 'running')"
)
_EXPIRED = text(
    "update ledger_bundles set state = 'expired' "
    "where company_id = :company_id and id = :id and state = 'done' and expires_at <= :now returning sha256"
)
_END_NOW = text(
    "update ledger_bundles set expires_at = :now where company_id = :company_id and state = 'done' "
    "and expires_at > :now and exists (select from unnest(cast(:seqs as bigint[])) as s(seq) "
    "where s.seq between first and last) returning id"
)
_END_OUTDATED = text(
    "update ledger_bundles b set expires_at = :now "
    "where b.company_id = :company_id and b.id = :id and b.state = 'done' and b.erased < ("
    "select count(*) from personal_contents c join personal_keys k "
    "on k.company_id = c.company_id and k.document_id = c.document_id where c.company_id = b.company_id "
    "and c.seq between b.first and b.last and k.erased_seq is not null) "
    "returning b.id"
)
_IN_USE = text(
    "select exists (select from ledger_bundles "
    "where company_id = :company_id and sha256 = :sha256 and state in ('written', 'done'))"
)
_COSIGNED = text(
    "select note from witness_answers where company_id = :company_id and outcome = 'cosigned' "
    "and (size between :first and :end or size = :newest) order by size, id"
)
_STAMPS = text(
    "select size, leaf, leaves, root, path, token from ledger_timestamps where company_id = :company_id "
    "and (size between :first and :end or size = :newest) order by size, id"
)


async def insert(
    db: AsyncConnection, company_id: UUID, bundle_id: UUID, *, first: int, last: int, requested_by: str, now: datetime
) -> BundleView:
    """A new one, queued."""
    given = {
        "company_id": company_id,
        "id": bundle_id,
        "first": first,
        "last": last,
        "requested_by": requested_by,
        "requested_at": now,
    }
    return _view((await db.execute(_INSERT, given)).one()._asdict())


async def at_hand(db: AsyncConnection, company_id: UUID, *, since: datetime) -> tuple[int, int]:
    """How many that were asked for since then are still to be made, and how many are kept."""
    row = (await db.execute(_AT_HAND, {"company_id": company_id, "since": since})).one()
    return row.waiting, row.kept


async def one(db: AsyncConnection, company_id: UUID, bundle_id: UUID) -> BundleView | None:
    """One bundle of this company."""
    row = (await db.execute(_ONE, {"company_id": company_id, "id": bundle_id})).one_or_none()
    return None if row is None else _view(row._asdict())


async def latest(db: AsyncConnection, company_id: UUID) -> list[BundleView]:
    """The last ones, newest first."""
    return [_view(row._asdict()) for row in await db.execute(_LATEST, {"company_id": company_id})]


async def set_progress(db: AsyncConnection, company_id: UUID, bundle_id: UUID, *, written: int) -> None:
    """Entries written so far."""
    await db.execute(_PROGRESS, {"company_id": company_id, "id": bundle_id, "written": written})


async def set_written(
    db: AsyncConnection, company_id: UUID, bundle_id: UUID, *, sha256: str, size: int, written: Written
) -> None:
    """The file is kept under its digest. `size`: its length in bytes."""
    given = {
        "company_id": company_id,
        "id": bundle_id,
        "bytes": size,
        "sha256": sha256,
        "size": written.size,
        "root": written.root,
        "documents": written.documents,
        "erased": written.erased,
    }
    await db.execute(_WRITTEN, given)


async def finish(db: AsyncConnection, company_id: UUID, bundle_id: UUID, *, expires_at: datetime) -> str | None:
    """It can be fetched; the root of its newest checkpoint, hex. None where another worker was first."""
    given = {"company_id": company_id, "id": bundle_id, "expires_at": expires_at}
    root: str | None = await db.scalar(_DONE, given)
    return root


async def set_entry(db: AsyncConnection, company_id: UUID, bundle_id: UUID, seq: int) -> None:
    """Which entry records it."""
    await db.execute(_SET_ENTRY, {"company_id": company_id, "id": bundle_id, "seq": seq})


async def fail(db: AsyncConnection, company_id: UUID, bundle_id: UUID, failure: str) -> bool:
    """There will be none; False where that was known."""
    given = {"company_id": company_id, "id": bundle_id, "failure": failure.replace("\0", "")[:1000]}
    return (await db.execute(_FAILED, given)).rowcount == 1


async def expire(db: AsyncConnection, company_id: UUID, bundle_id: UUID, *, now: datetime) -> str | None:
    """Its time is over: the digest of the file to remove, or None where there is nothing to do."""
    digest: str | None = await db.scalar(_EXPIRED, {"company_id": company_id, "id": bundle_id, "now": now})
    if digest is None or await db.scalar(_IN_USE, {"company_id": company_id, "sha256": digest}):
        return None
    return digest


async def end_now(db: AsyncConnection, company_id: UUID, seqs: Sequence[int], *, now: datetime) -> list[UUID]:
    """Bundles that hold one of these entries have had their time; returns them, for `expire`."""
    given = {"company_id": company_id, "seqs": list(seqs), "now": now}
    return list((await db.execute(_END_NOW, given)).scalars())


async def end_outdated(db: AsyncConnection, company_id: UUID, bundle_id: UUID, *, now: datetime) -> bool:
    """Whether content that the file still holds was erased while it was made; its time is over then, for `expire`.

    Behind the head's lock nothing is missed: whoever erases takes it too, and ends the bundles that are done.
    """
    given = {"company_id": company_id, "id": bundle_id, "now": now}
    return await db.scalar(_END_OUTDATED, given) is not None


async def cosigned(db: AsyncConnection, company_id: UUID, *, first: int, end: int, newest: int) -> list[bytes]:
    """Checkpoints with lines by witnesses, in order of size."""
    given = {"company_id": company_id, "first": first, "end": end, "newest": newest}
    return list((await db.execute(_COSIGNED, given)).scalars())


async def stamps(db: AsyncConnection, company_id: UUID, *, first: int, end: int, newest: int) -> list[Stamped]:
    """Time stamps, in order of size."""
    given = {"company_id": company_id, "first": first, "end": end, "newest": newest}
    return [
        Stamped(
            size=row.size,
            index=row.leaf,
            tree_size=row.leaves,
            path=tuple(row.path[start : start + 32] for start in range(0, len(row.path), 32)),
            root=row.root,
            token=row.token,
        )
        for row in await db.execute(_STAMPS, given)
    ]


def _view(row: dict[str, object]) -> BundleView:
    return msgspec.convert(row, BundleView)
