"""The states of a supplier and of a bank account, as tables; and what a bill's bank account means for its payment."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Whether we buy from a supplier."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    """No bill is taken for one of it; nothing of it is lost."""


TRANSITIONS: dict[str, frozenset[str]] = {
    State.ACTIVE: frozenset({State.ARCHIVED}),
    State.ARCHIVED: frozenset({State.ACTIVE}),
}
"""Which state of a supplier may follow which."""


class AccountState(StrEnum):
    """Whether a bank account may be paid to."""

    PROPOSED = "PROPOSED"
    """Somebody, or a bill, says that it is the supplier's."""
    RELEASED = "RELEASED"
    """A second person has checked that it is."""
    REFUSED = "REFUSED"
    RETIRED = "RETIRED"
    """It was the supplier's, and is paid to no more."""


ACCOUNT_TRANSITIONS: dict[str, frozenset[str]] = {
    AccountState.PROPOSED: frozenset({AccountState.RELEASED, AccountState.REFUSED}),
    AccountState.RELEASED: frozenset({AccountState.RETIRED}),
    AccountState.REFUSED: frozenset({AccountState.PROPOSED}),
    AccountState.RETIRED: frozenset({AccountState.PROPOSED}),
}
"""Which state of an account may follow which. Back to PROPOSED leads a person only, never a bill."""

EVIDENCED = frozenset(AccountState)
"""Each of an account's states is proved by a ledger entry."""


class Standing(StrEnum):
    """What the bank account on a bill means for its payment."""

    RELEASED = "released"
    """May be paid to."""
    NEW = "new"
    """Unknown, or not looked at yet: payment waits until a second person has released it."""
    REFUSED = "refused"
    """Refused or retired: nobody pays to it."""
    NONE = "none"
    """The bill names no account."""
