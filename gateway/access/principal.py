"""Who is calling: the outcome of authentication, one frozen value for the whole request."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

import msgspec

from gateway.access.permissions import Permission, Role, StepUp
from gateway.access.window import Window


class PrincipalKind(enum.StrEnum):
    """A person in a session, or a machine with a key."""

    USER = "user"
    API_KEY = "api_key"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A person or a machine, in at most one company."""

    kind: PrincipalKind
    user_id: UUID
    """The person; for an API key the person who made it. Compare this one where maker and checker must differ."""
    key_id: UUID | None = None
    """The API key, for a machine."""
    session_id: UUID | None = None
    """The session, for a person."""
    company_id: UUID | None = None
    """The one company that the token names; None on the platform."""
    role: Role | None = None
    """The role in that company, or SUPER_ADMIN; None for a person who has signed in and belongs nowhere yet.
    A machine has none: its scopes say everything."""
    scopes: frozenset[Permission] = frozenset()
    """What may be done: the role's row of the table, or the key's scopes as far as its maker still holds them; cut to
    reading where the company is suspended."""
    step_ups: dict[StepUp, datetime] = {}
    """Classes of action opened by a fresh code, and until when."""
    auditing: bool = False
    """An auditor, or a key whose maker is one: what they read becomes an entry."""
    window: Window | None = None
    """The days an auditor is limited to; None: all."""
    second_factor: bool = False
    """Whether this session has shown a second factor; without it only enrolment is open."""
    by_cookie: bool = False
    """Whether a browser's cookie was shown, so that unsafe requests need a CSRF token as well."""

    @property
    def actor(self) -> str:
        """The name for ledger and timeline: `user:<id>`, or `api_key:<id>`."""
        return f"{self.kind}:{self.key_id or self.user_id}"

    @property
    def subject(self) -> str:
        """The name that a rate limit counts under: the key, or the person."""
        return self.actor

    def may(self, permission: Permission) -> bool:
        """Whether the table allows this."""
        return permission in self.scopes

    def opened(self, step_up: StepUp, *, now: datetime) -> bool:
        """Whether a fresh code stands open for this class of action; a machine has no code and needs none."""
        if self.kind is PrincipalKind.API_KEY:
            return True
        until = self.step_ups.get(step_up)
        return until is not None and now < until
