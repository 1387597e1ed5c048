"""Inside the company of the transaction: members, invitations, API keys."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.models import ApiKey, Invitation, Member
from gateway.access.permissions import Role
from gateway.access.queries.rows import every, first
from gateway.access.tokens import Token
from gateway.access.window import Window, window_of

_WINDOW = (
    "case when m.window_first is not null or m.window_last is not null "
    "then jsonb_build_object('from', m.window_first, 'to', m.window_last) end as window"
)


async def members(db: AsyncConnection) -> list[Member]:
    """The people of the present company."""
    return await every(db, Member, f"select m.*, {_WINDOW} from access_members() m")


class RoleChange(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a change of role."""

    outcome: str
    """`changed`, `absent`, or `last_admin`: a company keeps one."""
    old_role: Role | None
    old_first: date | None
    old_last: date | None

    @property
    def before(self) -> Window | None:
        """The days that the member was limited to."""
        return window_of(self.old_first, self.old_last)


async def set_role(db: AsyncConnection, user_id: UUID, role: Role | None, window: Window | None) -> RoleChange:
    """Give a member another role; None removes the member."""
    change = await first(
        db,
        RoleChange,
        "select * from access_set_role(:user_id, :role, :first, :last)",
        user_id=user_id,
        role=role and role.value,
        first=window and window.first,
        last=window and window.last,
    )
    if change is None:
        raise RuntimeError("access_set_role always answers with one row")
    return change


async def invite(db: AsyncConnection, invitation: Invitation, token: Token, *, invited_by: UUID, now: datetime) -> None:
    """Store an invitation into the present company."""
    await db.execute(
        text("select access_invite(:id, :email, :role, :token, :invited_by, :expires_at, :now, :first, :last)"),
        {
            "id": invitation.id,
            "email": invitation.email,
            "role": invitation.role.value,
            "token": token.digest,
            "invited_by": invited_by,
            "expires_at": invitation.expires_at,
            "now": now,
            "first": invitation.window and invitation.window.first,
            "last": invitation.window and invitation.window.last,
        },
    )


async def invitations(db: AsyncConnection) -> list[Invitation]:
    """The present company's invitations, newest first."""
    return await every(db, Invitation, f"select m.*, {_WINDOW} from access_invitations() m")


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
    return await first(
        db, OpenInvitation, "select * from access_invitation(:presented, :now)", presented=presented, now=now
    )


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an acceptance."""

    outcome: str
    """`accepted`, `gone`, `account` (an account came up meanwhile), `super_admin` (belongs to no company)."""
    user_id: UUID | None
    company_id: UUID | None
    role: Role | None
    window_first: date | None
    window_last: date | None


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
    acceptance = await first(
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
    return await every(db, ApiKey, "select * from access_keys()")


async def revoke_key(db: AsyncConnection, key_id: UUID, *, now: datetime) -> bool:
    """End a key; False where there is none."""
    return bool(await db.scalar(text("select access_revoke_key(:id, :now)"), {"id": key_id, "now": now}))
