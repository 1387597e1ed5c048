"""Sessions: open, refresh, close, step up; and who shows a token or key."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.models import Session
from gateway.access.permissions import Permission, Role, StepUp
from gateway.access.queries.rows import every, first
from gateway.access.tokens import Token


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A session about to be opened."""

    id: UUID
    user_id: UUID
    company_id: UUID | None
    browser: bool
    second_factor: bool
    token: Token
    token_expires_at: datetime
    idle: timedelta | None
    refresh: Token | None
    expires_at: datetime
    from_session: UUID | None
    address: str


async def open_session(db: AsyncConnection, opening: Opening, *, now: datetime) -> datetime | None:
    """When the session ends; None where the person doesn't belong to the company."""
    ends: datetime | None = await db.scalar(
        text(
            "select access_open_session(:id, :user_id, :company_id, :browser, :second_factor, :token,"
            " :token_expires_at, :idle, :refresh, :expires_at, :from_session, :address, :now)"
        ),
        {
            "id": opening.id,
            "user_id": opening.user_id,
            "company_id": opening.company_id,
            "browser": opening.browser,
            "second_factor": opening.second_factor,
            "token": opening.token.digest,
            "token_expires_at": opening.token_expires_at,
            "idle": opening.idle,
            "refresh": opening.refresh.digest if opening.refresh else None,
            "expires_at": opening.expires_at,
            "from_session": opening.from_session,
            "address": opening.address,
            "now": now,
        },
    )
    return ends


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a refresh token."""

    outcome: str
    """`rotated`, `unknown`, `ended`, or `reused`: then the session was ended."""
    session_id: UUID | None
    company_id: UUID | None
    second_factor: bool
    expires_at: datetime | None


async def refresh(
    db: AsyncConnection, presented: bytes, token: Token, token_expires_at: datetime, successor: Token, *, now: datetime
) -> Refreshed:
    """Rotate both tokens of a session."""
    outcome = await first(
        db,
        Refreshed,
        "select * from access_refresh(:presented, :token, :token_expires_at, :successor, :now)",
        presented=presented,
        token=token.digest,
        token_expires_at=token_expires_at,
        successor=successor.digest,
        now=now,
    )
    if outcome is None:
        raise RuntimeError("access_refresh always answers with one row")
    return outcome


async def close_session(db: AsyncConnection, user_id: UUID, session_id: UUID, *, now: datetime) -> bool:
    """End one of the person's sessions; False where there is none."""
    return bool(
        await db.scalar(
            text("select access_close_session(:user_id, :session_id, :now)"),
            {"user_id": user_id, "session_id": session_id, "now": now},
        )
    )


async def sessions_of(db: AsyncConnection, user_id: UUID, *, now: datetime) -> list[Session]:
    """The person's open sessions."""
    return await every(db, Session, "select * from access_sessions(:user_id, :now)", user_id=user_id, now=now)


async def open_step_up(db: AsyncConnection, session_id: UUID, step_up: StepUp, until: datetime) -> None:
    """Open a class of action for this session."""
    await db.execute(
        text("select access_open_step_up(:session_id, :action, :until)"),
        {"session_id": session_id, "action": step_up.value, "until": until},
    )


async def purge(db: AsyncConnection, *, now: datetime) -> None:
    """Delete what ended long ago; for the housekeeping."""
    await db.execute(text("select access_purge(:now)"), {"now": now})


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What the database knows of a token or key that was shown."""

    user_id: UUID
    session_id: UUID | None
    key_id: UUID | None
    company_id: UUID | None
    company_state: str | None
    role: Role | None
    scopes: tuple[Permission, ...] | None
    """A key's; None for a session."""
    second_factor: bool
    step_ups: str
    """JSON object: class of action to the time until which it stands open."""
    window_first: date | None
    window_last: date | None


AUTHENTICATE = text(
    "select user_id, session_id, key_id, company_id, company_state, role, scopes, second_factor,"
    " step_ups::text as step_ups, window_first, window_last from access_authenticate(:presented, :by_cookie, :now)"
)


async def authenticate(db: AsyncConnection, presented: bytes, *, by_cookie: bool, now: datetime) -> Presented | None:
    """Who shows this; None where it is unknown, expired or revoked, or its owner is gone."""
    row = (await db.execute(AUTHENTICATE, {"presented": presented, "by_cookie": by_cookie, "now": now})).one_or_none()
    return None if row is None else msgspec.convert(row._mapping, Presented, strict=False)
