"""How sure a reading is, and whether it may go on without a person: calibrated on labelled bills."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from ingestion.comparison import Disagreement
from ingestion.document import Extraction


class Reason(StrEnum):
    """Why a person should look. The value is stable; pages say it in words."""

    NO_BILL = "no_bill"
    """It is neither invoice nor credit note."""
    AMOUNT_MISSING = "amount_missing"
    """Net, tax or total isn't printed where it could be read."""
    AMOUNTS_CONTRADICT = "amounts_contradict"
    """Net and tax don't make the total, or what is to be paid can't be explained by it."""
    LINES_MISSING = "lines_missing"
    """No line with an amount was read."""
    LINES_CONTRADICT = "lines_contradict"
    """The lines don't make the net total, or a line's quantity and price don't make its amount."""
    CURRENCY_MISSING = "currency_missing"
    SUPPLIER_UNKNOWN = "supplier_unknown"
    """No supplier of the list has the tax id that was read."""
    OWN_BILL = "own_bill"
    """The supplier has our own tax id."""
    OTHER_BUYER = "other_buyer"
    """It is addressed to another company."""
    NUMBER_MISSING = "number_missing"
    NUMBER_IMPLAUSIBLE = "number_implausible"
    """What was read as the number looks like a date, an amount, a tax id or a word."""
    DATE_MISSING = "date_missing"
    DATE_IMPLAUSIBLE = "date_implausible"
    """Issued in the future or too long ago, or due before it was issued or too long after."""
    DATE_AMBIGUOUS = "date_ambiguous"
    """Day and month can't be told apart."""
    ARABIC_DIGITS = "arabic_digits"
    """Arabic-Indic digits decide a value, or may."""
    READINGS_DIFFER = "readings_differ"
    """Two extractors read a value differently."""
    STATED_NOT_SHOWN = "stated_not_shown"
    """The XML inside states another value than the page shows."""
    NOT_COMPARED = "not_compared"
    """The XML inside couldn't be held against the page."""
    HIDDEN_TEXT = "hidden_text"
    """The file holds words that nobody sees, or other words than it shows."""
    ACTIVE_CONTENT = "active_content"
    """The PDF carries scripts, or would start something."""
    INCOMPLETE = "incomplete"
    """A page is missing, empty of words or couldn't be read."""
    POOR_PICTURE = "poor_picture"
    UNSURE = "unsure"
    """Measured on labelled bills, such readings are right too seldom for this company's threshold."""
    NEVER = "never"
    """The company wants a person to look at every bill."""


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What one company asks of a reading before nobody looks at it."""

    automatic: bool = True
    """False: a person looks at every bill."""
    least: Decimal = Decimal("0.90")
    """The least share of such readings without any wrong value, as measured."""
    largest: Decimal | None = None
    """A total beyond which a person looks, in the bill's currency."""
    oldest: int = 3653
    """Days between issue and arrival."""
    ahead: int = 1
    """Days an issue date may lie in the future: the world has several dates at a time."""
    longest_due: int = 400
    """Days from issue until it falls due."""


class Addressee(msgspec.Struct, frozen=True):
    """The company that bills must be addressed to."""

    names: tuple[str, ...]
    """Registered and trade names, in each language."""
    tax_ids: tuple[str, ...] = ()


class Confidence(msgspec.Struct, frozen=True):
    """What came of judging."""

    score: Decimal
    """Share of labelled documents like this whose values were all right; see the table below for how it was measured."""
    reasons: tuple[Reason, ...]
    acceptable: bool
    """No reason speaks against going on without a person."""


def judge(
    extraction: Extraction,
    *,
    supplier_known: bool,
    today: date,
    thresholds: Thresholds | None = None,
    own: Addressee | None = None,
    doubts: Collection[str] = (),
    disagreements: Sequence[Disagreement] = (),
) -> Confidence:
    """Everything that speaks against the reading, and how sure it is."""
    raise NotImplementedError
