"""What may become of a message, told by whom: one table.

Three parties speak after the sender's access point took a message, and each is kept apart: the receiver's access point
(corner 3, Message Level Status), the tax authority (corner 5, status of the tax data) and the buyer (corner 4, Invoice
Response). Reports arrive twice, late and in any order, so `stronger` picks by rank alone: who came first doesn't count,
and bad news outranks good news, so that it is never hidden.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import msgspec

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def told_at(at: datetime) -> datetime:
    """When somebody says that something happened, within what every clock and database can bear.

    >>> told_at(datetime.fromisoformat("0001-01-01T00:00:00+04:00")).year
    1900
    """
    return min(max(at, _EARLIEST), _LATEST)


class Corner(StrEnum):
    """Who speaks."""

    C3 = "c3"
    C5 = "c5"
    BUYER = "buyer"


class Outcome(StrEnum):
    """What was said."""

    UNDELIVERABLE = "undeliverable"
    TAKEN = "taken"
    DELIVERED = "delivered"
    REFUSED = "refused"
    REPORTED = "reported"
    REPORT_REFUSED = "report_refused"
    BUYER_RECEIVED = "buyer_received"
    BUYER_IN_PROCESS = "buyer_in_process"
    BUYER_QUERIES = "buyer_queries"
    BUYER_ACCEPTED_CONDITIONALLY = "buyer_accepted_conditionally"
    BUYER_REJECTED = "buyer_rejected"
    BUYER_ACCEPTED = "buyer_accepted"
    BUYER_PAID = "buyer_paid"


class Meaning(msgspec.Struct, frozen=True):
    """One row of the table."""

    corner: Corner
    rank: int
    """Within its corner the higher rank stands, whatever the order of arrival."""
    code: str
    """The code of the published message (MLS or Invoice Response); empty where only a provider says so."""
    headline: str
    next_step: str = ""
    """What a person should do; empty where nothing is to be done."""
    negative: bool = False


_ASK = "Ask the buyer whether they are registered on the network; nothing is sent a second time by itself."
_REPLACE = "Read the reason, issue a credit note for this document and, where due, a corrected invoice."
_CORRECT = "Read the reason and correct the document; the correction is reported."

# fmt: off
MEANINGS: dict[Outcome, Meaning] = {
    Outcome.TAKEN: Meaning(Corner.C3, 1, "AB", "Taken by the receiver's access point"),
    Outcome.DELIVERED: Meaning(Corner.C3, 2, "AP", "Delivered to the receiver"),
    Outcome.UNDELIVERABLE: Meaning(Corner.C3, 3, "", "The receiver couldn't be reached", _ASK, negative=True),
    Outcome.REFUSED: Meaning(Corner.C3, 4, "RE", "Refused by the receiver's access point", _REPLACE, negative=True),

    Outcome.REPORTED: Meaning(Corner.C5, 1, "AP", "Reported to the tax authority"),
    Outcome.REPORT_REFUSED: Meaning(Corner.C5, 2, "RE", "Report refused by the tax authority", _CORRECT, negative=True),

    Outcome.BUYER_RECEIVED: Meaning(Corner.BUYER, 1, "AB", "Received by the buyer"),
    Outcome.BUYER_IN_PROCESS: Meaning(Corner.BUYER, 2, "IP", "In process at the buyer"),
    Outcome.BUYER_QUERIES: Meaning(Corner.BUYER, 3, "UQ", "The buyer has a question", "Answer the buyer."),
    Outcome.BUYER_ACCEPTED_CONDITIONALLY: Meaning(
        Corner.BUYER, 4, "CA", "Accepted by the buyer under a condition", "Read the condition."),
    Outcome.BUYER_ACCEPTED: Meaning(Corner.BUYER, 5, "AP", "Accepted by the buyer"),
    Outcome.BUYER_PAID: Meaning(Corner.BUYER, 6, "PD", "Paid by the buyer"),
    Outcome.BUYER_REJECTED: Meaning(Corner.BUYER, 7, "RE", "Rejected by the buyer", _REPLACE, negative=True),
}
# fmt: on


def stronger(first: Outcome | None, second: Outcome | None) -> Outcome | None:
    """The one of two outcomes of the same corner that stands.

    Commutative, associative and idempotent, so any order and any repetition of reports ends in the same place.

    >>> stronger(Outcome.DELIVERED, Outcome.UNDELIVERABLE)
    <Outcome.UNDELIVERABLE: 'undeliverable'>
    """
    if first is None or second is None:
        return first or second
    return max(first, second, key=lambda outcome: MEANINGS[outcome].rank)
