"""Verifications asked for: rows of `ledger_verifications`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.models import VerificationView, level_name
from ledger import canonical
from ledger.report import Level, Report
from ledger.verify import Known

_COLUMNS = (
    "id, level, deep, since_size, since_root, requested_by, requested_at, state, checked, total, report, "
    "convert_from(note, 'UTF8') as note, entry_seq"
)
_INSERT = text(
    "insert into ledger_verifications "
    "(company_id, id, level, deep, since_size, since_root, requested_by, requested_at) "
    "values (:company_id, :id, :level, :deep, :since_size, :since_root, :requested_by, :requested_at) "
    f"returning {_COLUMNS}"
)
_ONE = text(f"select {_COLUMNS} from ledger_verifications where company_id = :company_id and id = :id")
_LATEST = text(
    f"select {_COLUMNS} from ledger_verifications where company_id = :company_id order by id desc limit :most"
)
_GOOD = text(
    f"select {_COLUMNS} from ledger_verifications where company_id = :company_id and state = 'done' "
    "and level >= 3 and total = coalesce(cast(:size as bigint), total) order by id desc limit :most"
)
_SAVED = text("select saved from ledger_verifications where company_id = :company_id and id = :id")
_SAVE = text(
    "update ledger_verifications set saved = :saved where company_id = :company_id and id = :id and state <> 'done'"
)
_PROGRESS = text(
    "update ledger_verifications set state = 'running', checked = :checked, total = :total "
    "where company_id = :company_id and id = :id and state <> 'done'"
)
_FINISH = text(
    "update ledger_verifications set state = 'done', checked = :checked, total = :total, report = :report, "
    "note = :note, saved = null "
    "where company_id = :company_id and id = :id and state <> 'done'"
)


_SET_ENTRY = text("update ledger_verifications set entry_seq = :seq where company_id = :company_id and id = :id")


async def insert(
    db: AsyncConnection,
    company_id: UUID,
    verification_id: UUID,
    *,
    level: Level,
    deep: bool,
    since: Known | None,
    requested_by: str,
    now: datetime,
) -> VerificationView:
    """A new verification, queued."""
    given = {
        "company_id": company_id,
        "id": verification_id,
        "level": int(level),
        "deep": deep,
        "since_size": since.size if since else None,
        "since_root": since.root if since else None,
        "requested_by": requested_by,
        "requested_at": now,
    }
    return _view((await db.execute(_INSERT, given)).one()._asdict())


async def one(db: AsyncConnection, company_id: UUID, verification_id: UUID) -> VerificationView | None:
    """One verification of this company."""
    row = (await db.execute(_ONE, {"company_id": company_id, "id": verification_id})).one_or_none()
    return None if row is None else _view(row._asdict())


async def latest(db: AsyncConnection, company_id: UUID, *, most: int = 20) -> list[VerificationView]:
    """The last ones, newest first."""
    rows = await db.execute(_LATEST, {"company_id": company_id, "most": most})
    return [_view(row._asdict()) for row in rows]


async def good(db: AsyncConnection, company_id: UUID, size: int | None, *, most: int = 20) -> list[VerificationView]:
    """The last ones that are done and looked at checkpoints, of ledgers of this size, newest first."""
    rows = await db.execute(_GOOD, {"company_id": company_id, "size": size, "most": most})
    return [_view(row._asdict()) for row in rows]


async def saved(db: AsyncConnection, company_id: UUID, verification_id: UUID) -> bytes | None:
    """What a worker left to go on from."""
    found = await db.execute(_SAVED, {"company_id": company_id, "id": verification_id})
    return msgspec.convert(found.scalar_one_or_none(), bytes | None)


async def save(db: AsyncConnection, company_id: UUID, verification_id: UUID, state: bytes) -> None:
    """Leave something to go on from."""
    await db.execute(_SAVE, {"company_id": company_id, "id": verification_id, "saved": state})


async def set_progress(
    db: AsyncConnection, company_id: UUID, verification_id: UUID, *, checked: int, total: int
) -> None:
    """Entries seen so far."""
    given = {"company_id": company_id, "id": verification_id, "checked": checked, "total": total}
    await db.execute(_PROGRESS, given)


async def finish(
    db: AsyncConnection, company_id: UUID, verification_id: UUID, *, report: Report, note: bytes | None
) -> bool:
    """The outcome, and its signatures; False where another worker was first."""
    given = {
        "company_id": company_id,
        "id": verification_id,
        "checked": report.checked.entries,
        "total": report.head_count,
        "report": canonical.dumps(report),
        "note": note,
    }
    return (await db.execute(_FINISH, given)).rowcount == 1


async def set_entry(db: AsyncConnection, company_id: UUID, verification_id: UUID, seq: int) -> None:
    """Which entry records the report."""
    await db.execute(_SET_ENTRY, {"company_id": company_id, "id": verification_id, "seq": seq})


def _view(row: dict[str, object]) -> VerificationView:
    report = row["report"]
    return msgspec.convert(
        row
        | {
            "level": level_name(msgspec.convert(row["level"], int)),
            "report": msgspec.json.decode(report, type=Report) if isinstance(report, bytes) else None,
        },
        VerificationView,
    )
