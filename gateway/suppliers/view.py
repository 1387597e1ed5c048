"""Suppliers, their bank accounts and what was learned of their documents, as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from gateway.suppliers.states import AccountState, State
from ingestion.document import Term
from ingestion.extract import Anchor

Anchors = Mapping[Term, tuple[Anchor, ...]]
"""Where a supplier's documents have which value, the newest lesson first."""


class Origin(StrEnum):
    """How a bank account came."""

    MASTER = "master"
    """A person or a program entered it."""
    BILL = "bill"
    IMPORT = "import"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A bank account of a supplier."""

    id: UUID
    supplier_id: UUID
    supplier: str
    """The supplier's name."""
    state: AccountState
    version: int
    iban: str
    bic: str | None
    origin: Origin
    makers: tuple[UUID, ...]
    """People who proposed it, or had a hand in a bill that shows it: they can't release it."""
    bills: tuple[UUID, ...]
    """The first fifty that showed it while it wasn't released."""
    shared_with: tuple[UUID, ...]
    """Other suppliers that have the same account, fifty at most: seldom right."""
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    """When it got into its present state; null while it is proposed."""
    decided_by: str | None
    reason: str | None


class Supplier(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the supplier master."""

    id: UUID
    state: State
    version: int
    """Counts its changes; send it as `If-Match` with the next one."""
    name: str
    other_names: tuple[str, ...]
    tax_ids: tuple[str, ...]
    endpoints: tuple[str, ...]
    emails: tuple[str, ...]
    currency: str | None
    payment_days: int | None
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """What the documents of a supplier look like since then."""

    version: int
    anchors: Anchors
    forgotten: bool
    """A person had them, or a part of them, forgotten."""
    at: datetime
    by: str
    bill_id: UUID | None
    """The bill whose correction taught it."""


class SupplierShown(Supplier, frozen=True, kw_only=True):
    """With its bank accounts, and how many values are found by what was learned."""

    accounts: tuple[Account, ...]
    anchored: tuple[Term, ...]


class SupplierPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the list."""

    items: tuple[Supplier, ...]
    next: UUID | None
    """`cursor` of the next page; null at the end."""


class AccountPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the list."""

    items: tuple[Account, ...]
    next: UUID | None


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a supplier or to one of its bank accounts."""

    kind: str
    """`supplier.changed`, `bank_account.released` ..."""
    subject_id: UUID
    """The supplier, or the account."""
    at: datetime
    actor: str
    facts: dict[str, object]
