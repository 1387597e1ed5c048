"""What the access functions of the database answer, as values."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from gateway.access.permissions import Permission, Role
from gateway.access.window import Window


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person as sign-in needs it; never leaves this slice."""

    id: UUID
    email: str
    name: str
    password_hash: str
    super_admin: bool
    totp_sealed: bytes | None
    """The secret in use, sealed; None before enrolment."""
    totp_pending: bytes | None
    """The secret on offer, sealed."""
    totp_step: int
    """The last 30-second step whose code was taken."""
    disabled_at: datetime | None

    def __repr__(self) -> str:
        """Keep hash and secrets out of logs and tracebacks."""
        return f"Account({self.id})"


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A person's place in one company."""

    company_id: UUID
    legal_name: str
    company_state: str
    """`ACTIVE` or `SUSPENDED`."""
    role: Role


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One open session, as its owner sees it."""

    id: UUID
    company_id: UUID | None
    browser: bool
    """Opened on the sign-in page, not over the API."""
    address: str
    """The network address it was opened from."""
    created_at: datetime
    expires_at: datetime


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person in the present company."""

    user_id: UUID
    email: str
    name: str
    role: Role
    second_factor: bool
    """Whether a second factor is enrolled."""
    created_at: datetime
    window: Window | None = None
    """The days an auditor is limited to; null: all."""


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A place offered in the present company."""

    id: UUID
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None
    window: Window | None = None
    """The days an auditor will be limited to; null: all."""


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's key; the secret itself was shown once and is nowhere."""

    id: UUID
    name: str
    prefix: str
    """The first 12 characters."""
    scopes: tuple[Permission, ...]
    created_by: UUID
    """Its maker, who counts as the maker of what the key makes."""
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    """To the minute."""
    revoked_at: datetime | None
