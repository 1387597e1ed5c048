"""The one line over the five truths: one function, one table.

It tells the furthest or worst thing that is known, and never a yes that isn't one of the five; where it is about the
receiver or the buyer, the tax authority's part is added, so that neither hides the other.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.outbound.facts import Known, judge
from gateway.outbound.states import State
from peppol.statuses import Outcome


class Tone(StrEnum):
    """How a headline is to be taken."""

    QUIET = "quiet"
    GOOD = "good"
    WAIT = "warn"
    BAD = "bad"


class Row(msgspec.Struct, frozen=True):
    """What goes with a headline."""

    tone: Tone
    authority: bool = False
    """The tax authority's part is added."""


HEADLINES: dict[str, Row] = {
    "rejected-but-out": Row(Tone.BAD),
    "refused": Row(Tone.BAD, authority=True),
    "report-refused": Row(Tone.BAD),
    "declined": Row(Tone.BAD, authority=True),
    "paid": Row(Tone.GOOD, authority=True),
    "accepted": Row(Tone.GOOD, authority=True),
    "accepted-conditionally": Row(Tone.WAIT, authority=True),
    "buyer-asks": Row(Tone.WAIT, authority=True),
    "undeliverable": Row(Tone.BAD, authority=True),
    "delivered": Row(Tone.GOOD, authority=True),
    "taken": Row(Tone.WAIT, authority=True),
    "reported-only": Row(Tone.GOOD),
    "reported": Row(Tone.WAIT),
    "sent": Row(Tone.WAIT),
    "sent-to-authority": Row(Tone.WAIT),
    "rejected": Row(Tone.QUIET),
    "unresolved": Row(Tone.BAD),
    "asking": Row(Tone.WAIT),
    "failed": Row(Tone.BAD),
    "retrying": Row(Tone.WAIT),
    "queued": Row(Tone.WAIT),
    "approved": Row(Tone.WAIT),
    "sealed": Row(Tone.WAIT),
    "draft": Row(Tone.QUIET),
}
"""Every headline, worst and furthest first: the first that fits stands."""

_BUYERS = {
    Outcome.BUYER_REJECTED: "declined",
    Outcome.BUYER_PAID: "paid",
    Outcome.BUYER_ACCEPTED: "accepted",
    Outcome.BUYER_ACCEPTED_CONDITIONALLY: "accepted-conditionally",
    Outcome.BUYER_QUERIES: "buyer-asks",
}


class Headline(msgspec.Struct, frozen=True):
    """One line over the five truths, as codes."""

    code: str
    """A row of `HEADLINES`; its words are `headline.<code>` in `gateway.pages.texts`."""
    tone: Tone
    addition: str | None = None
    """Key of what is added about the tax authority: `headline.and.yes`, `.no` or `.open`."""


def headline(known: Known) -> Headline:
    """The line that stands over the five; no yes in it that isn't one of theirs."""
    code = _code(known)
    row = HEADLINES[code]
    addition = f"headline.and.{judge(known).authority.mark}" if row.authority else None
    return Headline(code, row.tone, addition)


def _code(known: Known) -> str:
    if known.spoken:
        return _out(known)
    if known.state is State.SENT:
        return "sent-to-authority" if known.predefined else "sent"
    if known.unsure:
        return "unresolved" if known.given_up else "asking"
    return "retrying" if known.state is State.SENDING else known.state.value.lower().replace("finalized", "sealed")


def _out(known: Known) -> str:
    """Of a document that others speak of."""
    if known.state is State.REJECTED:
        return "rejected-but-out"
    if known.c3 is Outcome.REFUSED:
        return "refused"
    if known.c5 is Outcome.REPORT_REFUSED:
        return "report-refused"
    if known.buyer in _BUYERS:
        return _BUYERS[known.buyer]
    if known.c3 is Outcome.UNDELIVERABLE:
        return "undeliverable"
    if known.c3 is Outcome.DELIVERED or known.buyer is not None:
        return "delivered"
    if known.c3 is Outcome.TAKEN:
        return "taken"
    return "reported-only" if known.predefined else "reported"
