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


class Decision(enum.StrEnum):
    """What the platform's people decide; the verb of the address."""

    APPROVE = "approve"
    REJECT = "reject"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


DECISIONS: dict[Decision, tuple[CompanyState, CompanyState]] = {
    Decision.APPROVE: (CompanyState.PENDING, CompanyState.ACTIVE),
    Decision.REJECT: (CompanyState.PENDING, CompanyState.REJECTED),
    Decision.SUSPEND: (CompanyState.ACTIVE, CompanyState.SUSPENDED),
    Decision.REINSTATE: (CompanyState.SUSPENDED, CompanyState.ACTIVE),
}
"""From which state into which. By decision, not by state: approving opens a ledger and reinstating must not."""
