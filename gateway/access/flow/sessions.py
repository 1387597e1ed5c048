"""Sign in, refresh, change the company, step up, sign out.

Every attempt is counted before it is tried, in a transaction of its own, so neither a crash nor a hundred requests at
once buy further guesses. Unknown and known accounts get the same answer after the same work.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access import passwords, queries
from gateway.access.errors import BadCredentials, CodeRefused, CodeRequired, LockedOut, NotHere
from gateway.access.flow.factors import prove
from gateway.access.models import Account, Membership
from gateway.access.permissions import StepUp
from gateway.access.principal import Principal
from gateway.access.record import record_platform
from gateway.access.tokens import Token, TokenKind, digest
from gateway.db import new_id
from gateway.http.problems import Unauthenticated
from gateway.wiring import Wiring

TOKEN_LIFE = timedelta(minutes=15)
"""A bearer token; refreshing makes the next."""
SESSION_LIFE = timedelta(hours=12)
"""A working day; afterwards sign in again."""
BROWSER_IDLE = timedelta(minutes=30)
"""A browser's session ends when nothing happened for so long."""
STEP_UP_LIFE = timedelta(minutes=5)


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants to sign in."""

    email: str
    password: str
    code: str | None = None
    """Six digits of the authenticator app, or a backup code; needed once a second factor is enrolled."""
    company_id: UUID | None = None
    """Which company to work in; absent: the only one, or none yet."""

    def __repr__(self) -> str:
        """Keep the secrets out of logs and tracebacks."""
        return "Credentials(...)"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was opened or renewed."""

    token: str
    """Send it as `Authorization: Bearer <token>`."""
    token_expires_at: datetime
    refresh_token: str | None
    """Counts once: each refresh gives the next. None for a browser."""
    expires_at: datetime
    """When the session ends, however often it is refreshed."""
    company_id: UUID | None
    second_factor: bool
    """False: only enrolment of a second factor is open."""

    def __repr__(self) -> str:
        """Keep the secrets out of logs and tracebacks."""
        return f"SignedIn(company_id={self.company_id})"


async def sign_in(
    wiring: Wiring, credentials: Credentials, *, address: str, browser: bool = False, now: datetime
) -> SignedIn:
    """Open a session. Raises `LockedOut`, `BadCredentials`, `CodeRequired`, `NotHere` (no such company for them)."""
    account = await check_password(wiring, credentials.email, credentials.password, address=address, now=now)
    if account.totp_sealed is not None and not credentials.code:
        raise CodeRequired
    async with wiring.database.platform() as db:
        proven = account.totp_sealed is not None
        if proven and not await prove(db, wiring.key_ring, account, credentials.code or "", now=now):
            raise BadCredentials
        await queries.attempt_succeeded(db, account.email, address, now=now)
        company_id = credentials.company_id
        if company_id is None and not account.super_admin:
            company_id = _only_company(await queries.memberships(db, account.id))
        return await _open(
            db, account.id, company_id, browser=browser, second_factor=proven, origin=None, address=address, now=now
        )


async def check_password(wiring: Wiring, email: str, password: str, *, address: str, now: datetime) -> Account:
    """The account whose password this is. The attempt stays counted until `attempt_succeeded` gives it back."""
    async with wiring.database.platform() as db:
        wait = await queries.attempt(db, email, address, now=now)
        account = await queries.account_by_email(db, email)
    if wait is not None:
        raise LockedOut(wait)
    stored = account.password_hash if account is not None and account.disabled_at is None else None
    fits = await passwords.password_fits(password, stored, wiring.executor)
    if account is None or not fits:
        raise BadCredentials
    if passwords.needs_rehash(account.password_hash):
        newer = await passwords.hash_password(password, wiring.executor)
        async with wiring.database.platform() as db:
            await queries.rehash_password(db, account, newer)
    return account


async def refresh(wiring: Wiring, refresh_token: str, *, now: datetime) -> SignedIn:
    """The next token and refresh token. One shown twice ends the session: one of its two holders stole it."""
    token, successor = Token.new(TokenKind.SESSION), Token.new(TokenKind.REFRESH)
    async with wiring.database.platform() as db:
        outcome = await queries.refresh(db, digest(refresh_token), token, now + TOKEN_LIFE, successor, now=now)
        if outcome.outcome == "reused":
            facts = SessionFacts(session_id=outcome.session_id)
            await record_platform(
                db, "session.refresh_reused", actor="system:access", company_id=None, facts=facts, now=now
            )
    if outcome.outcome != "rotated" or outcome.expires_at is None:
        raise Unauthenticated("This refresh token doesn't hold any more; sign in again.")
    return SignedIn(
        token=token.text,
        token_expires_at=min(now + TOKEN_LIFE, outcome.expires_at),
        refresh_token=successor.text,
        expires_at=outcome.expires_at,
        company_id=outcome.company_id,
        second_factor=outcome.second_factor,
    )


class SessionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform's events keep about a session."""

    session_id: UUID | None


async def enter_company(
    wiring: Wiring, principal: Principal, company_id: UUID | None, *, address: str, now: datetime
) -> SignedIn:
    """A further session of the same person in another company (None: in none); the present one stays open.

    Codes given for a step-up don't come along. Raises `NotHere` where the person doesn't belong to that company.
    """
    async with wiring.database.platform() as db:
        return await _open(
            db,
            principal.user_id,
            company_id,
            browser=principal.by_cookie,
            second_factor=principal.second_factor,
            origin=principal.session_id,
            address=address,
            now=now,
        )


async def step_up(
    wiring: Wiring, principal: Principal, action: StepUp, code: str, *, address: str, now: datetime
) -> datetime:
    """Open a class of action for this session; until when. Raises `CodeRefused`, `LockedOut`.

    A code that was left out is no guess, and doesn't count towards the lock.
    """
    if principal.session_id is None or not code:
        raise CodeRefused
    async with wiring.database.platform() as db:
        account = await queries.account_by_id(db, principal.user_id)
        if account is None:
            raise CodeRefused
        wait = await queries.attempt(db, account.email, address, now=now)
    if wait is not None:
        raise LockedOut(wait)
    until = now + STEP_UP_LIFE
    async with wiring.database.platform() as db:
        if not await prove(db, wiring.key_ring, account, code, now=now):
            raise CodeRefused
        await queries.attempt_succeeded(db, account.email, address, now=now)
        await queries.open_step_up(db, principal.session_id, action, until)
    return until


async def sign_out(db: AsyncConnection, principal: Principal, session_id: UUID, *, now: datetime) -> None:
    """End one of the person's sessions; raises `NotHere`."""
    if not await queries.close_session(db, principal.user_id, session_id, now=now):
        raise NotHere("session")


def _only_company(memberships: list[Membership]) -> UUID | None:
    return memberships[0].company_id if len(memberships) == 1 else None


async def _open(
    db: AsyncConnection,
    user_id: UUID,
    company_id: UUID | None,
    *,
    browser: bool,
    second_factor: bool,
    origin: UUID | None,
    address: str,
    now: datetime,
) -> SignedIn:
    token, renewal = Token.new(TokenKind.SESSION), None if browser else Token.new(TokenKind.REFRESH)
    opening = queries.Opening(
        id=new_id(),
        user_id=user_id,
        company_id=company_id,
        browser=browser,
        second_factor=second_factor,
        token=token,
        token_expires_at=now + (BROWSER_IDLE if browser else TOKEN_LIFE),
        idle=BROWSER_IDLE if browser else None,
        refresh=renewal,
        expires_at=now + SESSION_LIFE,
        from_session=origin,
        address=address,
    )
    ends = await queries.open_session(db, opening, now=now)
    if ends is None:
        raise NotHere("company")
    return SignedIn(
        token=token.text,
        token_expires_at=min(opening.token_expires_at, ends),
        refresh_token=renewal.text if renewal else None,
        expires_at=ends,
        company_id=company_id,
        second_factor=second_factor,
    )
