"""What retention and erasure are told as: payloads of entries, and answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

RecordClass = Literal["taxable", "other", "real_estate"]
Ground = Literal["hold", "dispute", "disclosure"]


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of an ERASURE entry; carries series and number of its document, and names nobody."""

    document_id: UUID
    seqs: tuple[int, ...]
    """The entries whose content was destroyed."""
    erased_by: str
    reason: str
    record_class: str
    years: int
    extension: int
    kept_until: date
    """The last day on which the record had to be kept."""


class HoldChange(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of a RETENTION entry."""

    what: Literal["hold.laid", "hold.lifted"]
    hold_id: UUID
    document_id: UUID | None
    ground: str
    by: str
    reason: str


class RetentionChange(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of a RETENTION entry."""

    what: Literal["retention.chosen"] = "retention.chosen"
    before: Retention | None
    after: Retention
    by: str


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a company chose."""

    record_class: RecordClass = "taxable"
    """What its documents are, to the law."""
    years: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    """For how long it keeps them; never shorter than the law asks."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One of the law's terms."""

    record_class: str
    years: int
    starts: str
    """`tax_year_end` or `calendar_year_end`; an `extension` is added to another."""
    source: str


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """The law's terms, and the company's choice."""

    policies: tuple[Policy, ...]
    chosen: Retention | None
    """Null: documents are `taxable`, for the law's years."""


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """For how long one document is kept."""

    document_id: UUID
    personal: bool
    """Whether its content can be erased at all: it is, or may be, about a natural person."""
    erased_at: datetime | None
    record_class: str
    years: int
    extension: int
    """Years that disputes and disclosures added."""
    counted_from: date
    """The end of its tax year."""
    kept_until: date
    held: bool
    source: str


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Records that nobody may erase."""

    id: UUID
    document_id: UUID | None
    """Null: every document of the company."""
    ground: Ground
    """`dispute` and `disclosure` also lengthen the term, and go on doing so once lifted."""
    reason: str
    laid_at: datetime
    laid_by: str
    laid_seq: int
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_seq: int | None


class Erasable(msgspec.Struct, frozen=True, kw_only=True):
    """A document whose time has come."""

    id: UUID
    number: str
    kept_until: date
