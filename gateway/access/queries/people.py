"""Accounts: attempts, passwords, second factors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.models import Account, Membership
from gateway.access.queries.rows import every, first


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
    return await first(db, Account, "select * from access_user(:email)", email=email)


async def account_by_id(db: AsyncConnection, user_id: UUID) -> Account | None:
    """The account."""
    return await first(db, Account, "select * from access_user_by_id(:user_id)", user_id=user_id)


async def memberships(db: AsyncConnection, user_id: UUID) -> list[Membership]:
    """Every company the person belongs to."""
    return await every(db, Membership, "select * from access_memberships(:user_id)", user_id=user_id)


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


async def offer_totp(db: AsyncConnection, user_id: UUID, sealed: bytes) -> None:
    """Keep a secret until its first code confirms it."""
    await db.execute(text("select access_offer_totp(:user_id, :sealed)"), {"user_id": user_id, "sealed": sealed})


class SealedFactor(msgspec.Struct, frozen=True):
    """An account's secrets as they are stored."""

    user_id: UUID
    sealed: bytes | None
    pending: bytes | None


async def sealed_otherwise(db: AsyncConnection, kek_id: str) -> list[SealedFactor]:
    """Accounts with a secret that is not sealed under this key-encryption key."""
    rows = await db.execute(text("select user_id, sealed, pending from access_sealed_otherwise(:kek)"), {"kek": kek_id})
    return [SealedFactor(row.user_id, row.sealed, row.pending) for row in rows]


async def reseal(db: AsyncConnection, seen: SealedFactor, sealed: bytes | None, pending: bytes | None) -> bool:
    """Replace both by the same sealed anew; False where one of them changed meanwhile."""
    done = await db.scalar(
        text("select access_reseal(:user_id, :seen_sealed, :sealed, :seen_pending, :pending)"),
        {
            "user_id": seen.user_id,
            "seen_sealed": seen.sealed,
            "sealed": sealed,
            "seen_pending": seen.pending,
            "pending": pending,
        },
    )
    return bool(done)


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
