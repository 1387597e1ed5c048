"""The functions of `0002_access.sql`, typed. Each call is one statement; what it guarantees stands in the SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.models import Account, ApiKey, Invitation, Member, Membership, Session
from gateway.access.permissions import Permission, Role, StepUp
from gateway.access.tokens import Token

Row = TypeVar("Row", bound=msgspec.Struct)


async def _all(db: AsyncConnection, kind: type[Row], statement: str, **values: object) -> list[Row]:
    found = await db.execute(text(statement), values)
    return [msgspec.convert(row._mapping, kind, strict=False) for row in found]


async def _one(db: AsyncConnection, kind: type[Row], statement: str, **values: object) -> Row | None:
    found = await _all(db, kind, statement, **values)
    return found[0] if found else None


# ------------------------------------------------------------------------------------------------------------ sign-in


def account_key(email: str) -> bytes:
    """What attempts are counted under: a hash, so that mistyped addresses and passwords typed there aren't kept."""
    return hashlib.sha256(email.strip().lower().encode("utf-8", "surrogatepass")).digest()


async def attempt(db: AsyncConnection, email: str, address: str, *, now: datetime) -> timedelta | None:
    """Count an attempt; None: go on. Otherwise how long this account stays closed to this address."""
    wait: timedelta | None = await db.scalar(
        text("select access_attempt(:account, :address, :now)"),
        {"account": account_key(email), "address": address, "now": now},
    )
    return wait


async def attempt_succeeded(db: AsyncConnection, email: str, address: str, *, now: datetime) -> None:
    """Give the attempt back and remember the address as the owner's."""
    await db.execute(
        text("select access_attempt_succeeded(:account, :address, :now)"),
        {"account": account_key(email), "address": address, "now": now},
    )


async def account_by_email(db: AsyncConnection, email: str) -> Account | None:
    """The account, whatever the case of the address."""
    return await _one(db, Account, "select * from access_user(:email)", email=email)


async def account_by_id(db: AsyncConnection, user_id: UUID) -> Account | None:
    """The account."""
    return await _one(db, Account, "select * from access_user_by_id(:user_id)", user_id=user_id)


async def memberships(db: AsyncConnection, user_id: UUID) -> list[Membership]:
    """Every company the person belongs to."""
    return await _all(db, Membership, "select * from access_memberships(:user_id)", user_id=user_id)


# ---------------------------------------------------------------------------------------------------------- passwords


async def set_password(
    db: AsyncConnection, user_id: UUID, password_hash: str, *, kept: UUID | None, now: datetime
) -> None:
    """Store a new password; every other session of the person ends."""
    await db.execute(
        text("select access_set_password(:user_id, :hash, :kept, :now)"),
        {"user_id": user_id, "hash": password_hash, "kept": kept, "now": now},
    )


async def rehash_password(db: AsyncConnection, account: Account, password_hash: str) -> None:
    """Replace the hash by one of the same password with newer parameters."""
    await db.execute(
        text("select access_rehash_password(:user_id, :seen, :hash)"),
        {"user_id": account.id, "seen": account.password_hash, "hash": password_hash},
    )


# ------------------------------------------------------------------------------------------------------ second factor


async def offer_totp(db: AsyncConnection, user_id: UUID, sealed: bytes) -> None:
    """Keep a secret until its first code confirms it."""
    await db.execute(text("select access_offer_totp(:user_id, :sealed)"), {"user_id": user_id, "sealed": sealed})


async def confirm_totp(
    db: AsyncConnection, account: Account, step: int, codes: Sequence[bytes], *, session_id: UUID, now: datetime
) -> bool:
    """Put the offered secret into use with new backup codes; False where the offer changed meanwhile."""
    done = await db.scalar(
        text("select access_confirm_totp(:user_id, :sealed, :step, :codes, :session_id, :now)"),
        {
            "user_id": account.id,
            "sealed": account.totp_pending,
            "step": step,
            "codes": list(codes),
            "session_id": session_id,
            "now": now,
        },
    )
    return bool(done)


async def replace_backup_codes(db: AsyncConnection, user_id: UUID, codes: Sequence[bytes]) -> None:
    """New codes; the old ones are worth nothing."""
    await db.execute(
        text("select access_replace_backup_codes(:user_id, :codes)"), {"user_id": user_id, "codes": list(codes)}
    )


async def backup_codes_left(db: AsyncConnection, user_id: UUID) -> int:
    """How many weren't used yet."""
    return int(await db.scalar(text("select access_backup_codes_left(:user_id)"), {"user_id": user_id}) or 0)


async def count_totp(db: AsyncConnection, user_id: UUID, step: int) -> bool:
    """True for the first who shows a code of this step."""
    return bool(await db.scalar(text("select access_count_totp(:user_id, :step)"), {"user_id": user_id, "step": step}))


async def use_backup_code(db: AsyncConnection, user_id: UUID, digest: bytes, *, now: datetime) -> bool:
    """True for the first who shows this code."""
    return bool(
        await db.scalar(
            text("select access_use_backup_code(:user_id, :hash, :now)"),
            {"user_id": user_id, "hash": digest, "now": now},
        )
    )


# ----------------------------------------------------------------------------------------------------------- sessions


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
    outcome = await _one(
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


async def sessions(db: AsyncConnection, user_id: UUID, *, now: datetime) -> list[Session]:
    """The person's open sessions."""
    return await _all(db, Session, "select * from access_sessions(:user_id, :now)", user_id=user_id, now=now)


async def open_step_up(db: AsyncConnection, session_id: UUID, step_up: StepUp, until: datetime) -> None:
    """Open a class of action for this session."""
    await db.execute(
        text("select access_open_step_up(:session_id, :action, :until)"),
        {"session_id": session_id, "action": step_up.value, "until": until},
    )


async def purge(db: AsyncConnection, *, now: datetime) -> None:
    """Delete what ended long ago; for the housekeeping."""
    await db.execute(text("select access_purge(:now)"), {"now": now})


# ----------------------------------------------------------------------------------- inside the company of the request


async def members(db: AsyncConnection) -> list[Member]:
    """The people of the present company."""
    return await _all(db, Member, "select * from access_members()")


class RoleChange(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a change of role."""

    outcome: str
    """`changed`, `absent`, or `last_admin`: a company keeps one."""
    old_role: Role | None


async def set_role(db: AsyncConnection, user_id: UUID, role: Role | None) -> RoleChange:
    """Give a member another role; None removes the member."""
    change = await _one(
        db, RoleChange, "select * from access_set_role(:user_id, :role)", user_id=user_id, role=role and role.value
    )
    if change is None:
        raise RuntimeError("access_set_role always answers with one row")
    return change


async def invite(db: AsyncConnection, invitation: Invitation, token: Token, *, invited_by: UUID, now: datetime) -> None:
    """Store an invitation into the present company."""
    await db.execute(
        text("select access_invite(:id, :email, :role, :token, :invited_by, :expires_at, :now)"),
        {
            "id": invitation.id,
            "email": invitation.email,
            "role": invitation.role.value,
            "token": token.digest,
            "invited_by": invited_by,
            "expires_at": invitation.expires_at,
            "now": now,
        },
    )


async def invitations(db: AsyncConnection) -> list[Invitation]:
    """The present company's invitations, newest first."""
    return await _all(db, Invitation, "select * from access_invitations()")


async def revoke_invitation(db: AsyncConnection, invitation_id: UUID, *, now: datetime) -> bool:
    """Take an open invitation back; False where there is none."""
    return bool(await db.scalar(text("select access_revoke_invitation(:id, :now)"), {"id": invitation_id, "now": now}))


class OpenInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """What an invitation's token stands for."""

    company_id: UUID
    email: str
    role: Role


async def open_invitation(db: AsyncConnection, presented: bytes, *, now: datetime) -> OpenInvitation | None:
    """The invitation, while it is open."""
    return await _one(
        db, OpenInvitation, "select * from access_invitation(:presented, :now)", presented=presented, now=now
    )


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an acceptance."""

    outcome: str
    """`accepted`, `gone`, `account` (an account came up meanwhile), `super_admin` (belongs to no company)."""
    user_id: UUID | None
    company_id: UUID | None
    role: Role | None


async def accept_invitation(
    db: AsyncConnection,
    presented: bytes,
    *,
    new_user: UUID,
    known_user: UUID | None,
    name: str | None,
    phone: str | None,
    password_hash: str | None,
    now: datetime,
) -> Acceptance:
    """Make the membership, and the account where `known_user` is None."""
    acceptance = await _one(
        db,
        Acceptance,
        "select * from access_accept_invitation(:presented, :new_user, :known_user, :name, :phone, :hash, :now)",
        presented=presented,
        new_user=new_user,
        known_user=known_user,
        name=name,
        phone=phone,
        hash=password_hash,
        now=now,
    )
    if acceptance is None:
        raise RuntimeError("access_accept_invitation always answers with one row")
    return acceptance


async def create_key(db: AsyncConnection, key: ApiKey, secret: Token, *, now: datetime) -> None:
    """Store a key of the present company."""
    await db.execute(
        text("select access_create_key(:id, :name, :prefix, :secret, :scopes, :created_by, :expires_at, :now)"),
        {
            "id": key.id,
            "name": key.name,
            "prefix": key.prefix,
            "secret": secret.digest,
            "scopes": [scope.value for scope in key.scopes],
            "created_by": key.created_by,
            "expires_at": key.expires_at,
            "now": now,
        },
    )


async def keys(db: AsyncConnection) -> list[ApiKey]:
    """The present company's keys, newest first."""
    return await _all(db, ApiKey, "select * from access_keys()")


async def revoke_key(db: AsyncConnection, key_id: UUID, *, now: datetime) -> bool:
    """End a key; False where there is none."""
    return bool(await db.scalar(text("select access_revoke_key(:id, :now)"), {"id": key_id, "now": now}))


# ------------------------------------------------------------------------------------------------- authentication


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


AUTHENTICATE = text(
    "select user_id, session_id, key_id, company_id, company_state, role, scopes, second_factor,"
    " step_ups::text as step_ups from access_authenticate(:presented, :by_cookie, :now)"
)


async def authenticate(db: AsyncConnection, presented: bytes, *, by_cookie: bool, now: datetime) -> Presented | None:
    """Who shows this; None where it is unknown, expired or revoked, or its owner is gone."""
    row = (await db.execute(AUTHENTICATE, {"presented": presented, "by_cookie": by_cookie, "now": now})).one_or_none()
    return None if row is None else msgspec.convert(row._mapping, Presented, strict=False)
