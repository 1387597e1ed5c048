"""What the ledger keeps of a bill. Each value becomes an entry's canonical JSON; members may be added, not renamed.

All entries about a bill stand under the series `bills` and its id as number: BILL when it came (and when it was
discarded), READING for what was read (see `gateway.bills.as_read`) and again for what a person accepted, CORRECTION
for each round of changes, MATCH for each verdict, APPROVAL, REJECTION and PAYMENT for what was decided. Places and
confidences are decimals written as strings: canonical JSON has no floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import msgspec

from gateway.bills.as_read import Read
from gateway.bills.changes import Changed
from gateway.bills.fields import Fields
from ledger import canonical
from ledger.entry import Kind, NewEntry

SERIES = "bills"


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """BILL: how the file came; binds the original's bytes."""

    bill_id: UUID
    file_id: UUID
    part: int
    sha256: str
    size: int
    media_type: str
    """By its content."""
    claimed_type: str
    name: str
    contradictions: tuple[str, ...]
    door: str
    sent_by: str
    received_at: datetime
    facts: Mapping[str, str]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """READING: a person accepted these values."""

    bill_id: UUID
    file_sha256: str
    reading_sha256: str
    """Of the machine's reading before any correction."""
    fields: Fields
    accepted_by: str
    accepted_at: datetime


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """CORRECTION: a person put values right."""

    bill_id: UUID
    file_sha256: str
    version: int
    """Of the bill that was changed."""
    changes: tuple[Changed, ...]
    corrected_by: str
    corrected_at: datetime


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """CORRECTION: a person lifted a hold."""

    bill_id: UUID
    hold: str
    reason: str
    released_by: str
    released_at: datetime


class Discarded(msgspec.Struct, frozen=True, kw_only=True):
    """BILL: what was read was thrown away; the original is kept."""

    bill_id: UUID
    file_sha256: str
    reading_sha256: str | None
    reason: str
    discarded_by: str
    discarded_at: datetime


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """MATCH: a verdict. It follows from the object `input_sha256` alone (`gateway.bills.matching.Input`)."""

    bill_id: UUID
    reading_sha256: str
    input_sha256: str
    verdict: object
    """`ingestion.matching.Verdict`."""
    clear: bool
    holds: tuple[str, ...]
    near: tuple[UUID, ...]
    matched_at: datetime


class Approver(msgspec.Struct, frozen=True, kw_only=True):
    """One person's yes to the verdict of `input_sha256`."""

    person: UUID
    role: str
    approved_at: datetime
    note: str | None


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """APPROVAL: a person's yes; `complete` where it was the last one needed, so that the bill may be paid."""

    bill_id: UUID
    reading_sha256: str
    input_sha256: str
    """Of what the verdict follows from that the person saw."""
    policy_version: int
    state: str
    """Before: `EXCEPTION` where it is approved although it doesn't match."""
    amount: Decimal | None
    currency: str | None
    approvals: tuple[Approver, ...]
    """All that count, this one last."""
    needed: int
    complete: bool
    makers: tuple[UUID, ...]
    approved_by: str
    approved_at: datetime


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """REJECTION: it won't be paid; what it consumed of orders is given back."""

    bill_id: UUID
    reading_sha256: str
    reason: str
    refused_by: str
    refused_at: datetime


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """PAYMENT: a person or the ERP says that it was paid; the gateway itself moves no money."""

    bill_id: UUID
    reading_sha256: str
    amount: Decimal | None
    currency: str | None
    iban: str | None
    """The account on the bill, released when this was said."""
    paid_on: date
    reference: str | None
    told_by: str
    told_at: datetime


Fact = Arrival | Read | Accepted | Corrected | Released | Discarded | Matched | Approved | Refused | Paid


def entry(kind: Kind, fact: Fact) -> NewEntry:
    """The entry of one step."""
    return NewEntry(kind=kind, canonical=canonical.dumps(fact), series=SERIES, number=str(fact.bill_id))


def digest(entry: NewEntry) -> str:
    """SHA-256 of an entry's canonical JSON."""
    return sha256(entry.canonical).hexdigest()
