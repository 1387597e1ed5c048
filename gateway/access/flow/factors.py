"""The second factor and the password: enrol, confirm, renew, prove."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyRing
from gateway.access import passwords, queries, totp
from gateway.access.errors import BadCredentials, CodeRefused, LockedOut, StepUpRequired
from gateway.access.models import Account
from gateway.access.permissions import StepUp
from gateway.access.principal import Principal
from gateway.access.record import record_platform
from gateway.http.problems import Conflict, Forbidden
from gateway.wiring import Wiring


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What the authenticator app needs; shown once, counts after its first code was confirmed."""

    secret: str
    """Base32, to type in by hand."""
    uri: str
    """`otpauth://totp/InvoLinks:...`"""
    qr_svg: str
    """The same as a QR code, one SVG element."""

    def __repr__(self) -> str:
        """Keep the secret out of logs and tracebacks."""
        return "Enrolment(...)"


async def prove(db: AsyncConnection, ring: KeyRing, account: Account, code: str, *, now: datetime) -> bool:
    """Whether this is the account's code of the moment, or an unused backup code; it is used up by this.

    Of several transactions that show the same code at once exactly one is told True.
    """
    if account.totp_sealed is None:
        return False
    shown = code.replace(" ", "")
    if len(shown) == 6:
        secret = totp.unseal(account.totp_sealed, account.id, ring)
        step = totp.matching_step(secret, shown, now=now, after=account.totp_step)
        return step is not None and await queries.count_totp(db, account.id, step)
    return await queries.use_backup_code(db, account.id, totp.backup_digest(shown), now=now)


async def offer(wiring: Wiring, principal: Principal, *, now: datetime) -> Enrolment:
    """A new secret. Where a second factor is in use already, a fresh code for `keys` must stand open."""
    async with wiring.database.platform() as db:
        account = await _account(db, principal)
        if account.totp_sealed is not None and not principal.opened(StepUp.KEYS, now=now):
            raise StepUpRequired(StepUp.KEYS)
        secret = totp.new_secret()
        await queries.offer_totp(db, account.id, totp.seal(secret, account.id, wiring.key_ring))
    uri = totp.enrolment_uri(secret, account.email)
    return Enrolment(secret=secret, uri=uri, qr_svg=totp.enrolment_svg(uri))


async def confirm(wiring: Wiring, principal: Principal, code: str, *, address: str, now: datetime) -> list[str]:
    """Put the offered secret into use by its first code; the ten backup codes, shown once.

    Every other session of the person ends; this one has shown its second factor from now on.
    """
    if principal.session_id is None:
        raise Forbidden("An API key can't do this; it is for a person who has signed in.")
    async with wiring.database.platform() as db:
        account = await _account(db, principal)
        wait = await queries.attempt(db, account.email, address, now=now)
    if wait is not None:
        raise LockedOut(wait)
    if account.totp_pending is None:
        raise Conflict("There is nothing to confirm; POST /v1/auth/totp first.")
    if account.totp_sealed is not None and not principal.opened(StepUp.KEYS, now=now):
        raise StepUpRequired(StepUp.KEYS)
    secret = totp.unseal(account.totp_pending, account.id, wiring.key_ring)
    step = totp.matching_step(secret, code.replace(" ", ""), now=now, after=0)
    if step is None:
        raise CodeRefused
    codes = totp.new_backup_codes()
    digests = [totp.backup_digest(code) for code in codes]
    async with wiring.database.platform() as db:
        if not await queries.confirm_totp(db, account, step, digests, session_id=principal.session_id, now=now):
            raise Conflict("Another enrolment came between; start again with POST /v1/auth/totp.")
        await queries.attempt_succeeded(db, account.email, address, now=now)
        await record_platform(db, "second_factor.enrolled", actor=principal.actor, company_id=None, facts=None, now=now)
    return codes


async def renew_backup_codes(db: AsyncConnection, principal: Principal, *, now: datetime) -> list[str]:
    """Ten new codes; the old ones are worth nothing."""
    codes = totp.new_backup_codes()
    await queries.replace_backup_codes(db, principal.user_id, [totp.backup_digest(code) for code in codes])
    await record_platform(db, "backup_codes.renewed", actor=principal.actor, company_id=None, facts=None, now=now)
    return codes


async def change_password(
    wiring: Wiring, principal: Principal, old: str, new: str, *, address: str, now: datetime
) -> None:
    """Replace the password; every other session of the person ends. Raises `BadCredentials`, `Unacceptable`."""
    async with wiring.database.platform() as db:
        account = await _account(db, principal)
        wait = await queries.attempt(db, account.email, address, now=now)
    if wait is not None:
        raise LockedOut(wait)
    if not await passwords.password_fits(old, account.password_hash, wiring.executor):
        raise BadCredentials
    passwords.check_strength(new, email=account.email, pointer="/new_password")
    hashed = await passwords.hash_password(new, wiring.executor)
    async with wiring.database.platform() as db:
        await queries.attempt_succeeded(db, account.email, address, now=now)
        await queries.set_password(db, account.id, hashed, kept=principal.session_id, now=now)
        await record_platform(db, "password.changed", actor=principal.actor, company_id=None, facts=None, now=now)


async def _account(db: AsyncConnection, principal: Principal) -> Account:
    account = await queries.account_by_id(db, principal.user_id)
    if account is None:
        raise BadCredentials
    return account


async def reseal(db: AsyncConnection, ring: KeyRing) -> int:
    """Seal every second factor under the current key-encryption key; returns how many accounts were not yet.

    Safe to repeat after a break; an account that changes meanwhile is left as it became. Raises `CertsError`.
    """

    def anew(sealed: bytes | None, user_id: UUID) -> bytes | None:
        return None if sealed is None else totp.seal(totp.unseal(sealed, user_id, ring), user_id, ring)

    done = 0
    for kept in await queries.sealed_otherwise(db, ring.current.id):
        after = (anew(kept.sealed, kept.user_id), anew(kept.pending, kept.user_id))
        done += await queries.reseal(db, kept, *after)
    return done
