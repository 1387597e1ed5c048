"""Who belongs to a company: invite, accept, change a role, remove. Each change is in the company's ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway.access import contacts, passwords, queries
from gateway.access.errors import NotHere, Unacceptable
from gateway.access.flow.sessions import check_password
from gateway.access.models import Invitation
from gateway.access.permissions import Role
from gateway.access.principal import Principal
from gateway.access.record import AccessChange, record_change
from gateway.access.tokens import Token, TokenKind, digest
from gateway.access.window import Window, window_of
from gateway.db import new_id
from gateway.http.problems import Conflict, NotFound
from gateway.wiring import Wiring

INVITATION_LIFE = timedelta(days=7)

MEMBER_ROLES = (Role.COMPANY_ADMIN, Role.FINANCE_USER, Role.AUDITOR)
"""What a company can give; SUPER_ADMIN belongs to the platform."""


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation with its token, which is shown this once."""

    invitation: Invitation
    token: str
    """For POST /v1/auth/invitations/accept; hand it to the invited person."""

    def __repr__(self) -> str:
        """Keep the secret out of logs and tracebacks."""
        return f"Invited({self.invitation.id})"


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the invited person answers."""

    token: str
    password: str
    """The one to sign in with from now on; of a person who has an account already, the present one."""
    name: str | None = None
    """Needed for a new account."""
    phone: str | None = None
    """Of the UAE."""

    def __repr__(self) -> str:
        """Keep the secrets out of logs and tracebacks."""
        return "Acceptance(...)"


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """A new place in a company; sign in next."""

    user_id: UUID
    company_id: UUID
    role: Role


async def invite(
    db: AsyncConnection,
    company_id: UUID,
    email: str,
    role: Role,
    *,
    window: Window | None = None,
    by: Principal,
    now: datetime,
    keys: KeyStore,
) -> Invited:
    """Offer a place in the company for seven days; `window`: the days an auditor will see. Raises `Unacceptable`."""
    address = contacts.email_address(email)
    _check_role(role)
    _check_window(role, window)
    token = Token.new(TokenKind.INVITATION)
    invitation = Invitation(
        id=new_id(),
        email=address,
        role=role,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
        accepted_at=None,
        revoked_at=None,
        window=window,
    )
    await queries.invite(db, invitation, token, invited_by=by.user_id, now=now)
    change = AccessChange(what="member.invited", actor=by.actor, subject=invitation.id, after=_told(role, window))
    await record_change(db, company_id, change, now=now, keys=keys)
    return Invited(invitation=invitation, token=token.text)


async def revoke_invitation(
    db: AsyncConnection, company_id: UUID, invitation_id: UUID, *, by: Principal, now: datetime, keys: KeyStore
) -> None:
    """Take an open invitation back. Raises `NotHere`."""
    if not await queries.revoke_invitation(db, invitation_id, now=now):
        raise NotHere("open invitation")
    change = AccessChange(what="invitation.revoked", actor=by.actor, subject=invitation_id)
    await record_change(db, company_id, change, now=now, keys=keys)


async def accept(wiring: Wiring, acceptance: Acceptance, *, address: str, now: datetime) -> Joined:
    """Take an invitation up, with a new account or the one that is there.

    Raises `NotFound` (unknown, expired, used or revoked), `BadCredentials`, `LockedOut`, `Unacceptable`, `Conflict`.
    """
    presented = digest(acceptance.token)
    async with wiring.database.platform() as db:
        invitation = await queries.open_invitation(db, presented, now=now)
        known = await queries.account_by_email(db, invitation.email) if invitation else None
    if invitation is None:
        raise NotFound("This invitation doesn't hold (any more); ask for a new one.")
    phone = contacts.uae_phone(acceptance.phone) if acceptance.phone else None
    name = (acceptance.name or "").strip()
    hashed = None
    if known is not None:
        await check_password(wiring, invitation.email, acceptance.password, address=address, now=now)
    else:
        if not 0 < len(name) <= 200:
            raise Unacceptable("/name", "A new account needs the person's name, of at most 200 characters.")
        passwords.check_strength(acceptance.password, email=invitation.email)
        hashed = await passwords.hash_password(acceptance.password, wiring.executor)
    async with wiring.database.company(invitation.company_id) as db:
        outcome = await queries.accept_invitation(
            db,
            presented,
            new_user=new_id(),
            known_user=known.id if known else None,
            name=name,
            phone=phone,
            password_hash=hashed,
            now=now,
        )
        if outcome.outcome == "super_admin":
            raise Conflict("An account that runs the platform can't belong to a company; use another e-mail address.")
        if outcome.user_id is None or outcome.company_id is None or outcome.role is None:
            raise Conflict("Somebody else took this invitation up meanwhile; try again.")
        if known is not None:
            await queries.attempt_succeeded(db, invitation.email, address, now=now)
        actor = f"user:{outcome.user_id}"
        after = _told(outcome.role, window_of(outcome.window_first, outcome.window_last))
        change = AccessChange(what="member.joined", actor=actor, subject=outcome.user_id, after=after)
        await record_change(db, outcome.company_id, change, now=now, keys=wiring.keys)
    return Joined(user_id=outcome.user_id, company_id=outcome.company_id, role=outcome.role)


async def change_role(
    db: AsyncConnection,
    company_id: UUID,
    user_id: UUID,
    role: Role | None,
    *,
    window: Window | None = None,
    by: Principal,
    now: datetime,
    keys: KeyStore,
) -> None:
    """Give a member another role, an auditor also a window; None removes the member, whose tokens here hold no more.

    Nobody changes the own role, so that an administrator's rights are never the own decision alone, and a company
    keeps at least one administrator. Raises `NotHere`, `Conflict`, `Unacceptable`.
    """
    if role is not None:
        _check_role(role)
        _check_window(role, window)
    if user_id == by.user_id:
        raise Conflict("Nobody changes the own role; ask another administrator.")
    change = await queries.set_role(db, user_id, role, window)
    if change.old_role is None:
        raise NotHere("member")
    if change.outcome == "last_admin":
        raise Conflict("This is the company's last administrator; make another one first.")
    what = "member.role_changed" if role is not None else "member.removed"
    before, after = _told(change.old_role, change.before), _told(role, window) if role else ""
    recorded = AccessChange(what=what, actor=by.actor, subject=user_id, before=before, after=after)
    await record_change(db, company_id, recorded, now=now, keys=keys)


def _check_role(role: Role) -> None:
    if role not in MEMBER_ROLES:
        names = ", ".join(MEMBER_ROLES)
        raise Unacceptable("/role", f"A company can't give the role {role.value}; take one of {names}.")


def _check_window(role: Role, window: Window | None) -> None:
    if window is None:
        return
    if role is not Role.AUDITOR:
        raise Unacceptable("/window", f"Only an AUDITOR is limited to days; leave the window out for {role.value}.")
    if window.first is None and window.last is None:
        raise Unacceptable("/window", "Say `from`, `to` or both, or leave the window out for all days.")
    if window.first is not None and window.last is not None and window.first > window.last:
        raise Unacceptable("/window", "`from` lies behind `to`; both days are included.")


def _told(role: Role, window: Window | None) -> str:
    return role.value if window is None else f"{role.value} {window}"
