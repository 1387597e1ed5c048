"""A company on this platform: PENDING -> ACTIVE <-> SUSPENDED, or REJECTED for good."""

from __future__ import annotations

import enum


class CompanyState(enum.StrEnum):
    """Where a company stands."""

    PENDING = "PENDING"
    """Applied; nobody can sign in for it yet."""
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    """Reads and verifies, changes nothing."""
    REJECTED = "REJECTED"


TRANSITIONS: dict[CompanyState, frozenset[CompanyState]] = {
    CompanyState.PENDING: frozenset({CompanyState.ACTIVE, CompanyState.REJECTED}),
    CompanyState.ACTIVE: frozenset({CompanyState.SUSPENDED}),
    CompanyState.SUSPENDED: frozenset({CompanyState.ACTIVE}),
    CompanyState.REJECTED: frozenset(),
}
"""What isn't here is refused."""
