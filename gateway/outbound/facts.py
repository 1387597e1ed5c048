"""Five truths about an issued document instead of one status: sealed, and taken, delivered, reported, answered.

Each is a question of its own, answered from what is written down and from nothing else; `judge` is total over
everything that can be known. Silence is never a yes, and never a no either: what nobody has told is `open`, and what
may have happened while nobody looked is `unknown`. Bad news is never hidden behind good news of somebody else.

Reasons and steps are keys of `gateway.pages.texts`, so each has its words in English and Arabic.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from gateway.outbound.states import State
from peppol.statuses import MEANINGS, Outcome


class Mark(StrEnum):
    """The answer to one of the five questions."""

    YES = "yes"
    """It happened, with evidence."""
    NO = "no"
    """It surely didn't happen, or was refused; `reason` says why."""
    OPEN = "open"
    """It hasn't happened as far as anybody told; it still may."""
    UNKNOWN = "unknown"
    """It may have happened: a call was made and its outcome isn't known yet."""
    NOT_APPLICABLE = "not_applicable"
    """It never will: nobody is there who could (a predefined endpoint), or the way there is closed for good."""


class Station(StrEnum):
    """The five questions, in the order of the way."""

    SEALED = "sealed"
    """Did we accept it: numbered, signed, in the ledger?"""
    SENDER = "sender"
    """Has the sender's access point (corner 2) taken it?"""
    RECEIVER = "receiver"
    """Has the receiver's access point (corner 3) taken it?"""
    AUTHORITY = "authority"
    """Does the tax authority (corner 5) have its report?"""
    BUYER = "buyer"
    """Has the buyer agreed? `no`: they refused; an answer that is neither leaves it `open`, with its `outcome`."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that the five are derived from."""

    state: State
    uncertain: bool = False
    """A call was begun, and whether it arrived isn't known."""
    problem: str | None = None
    """Why the last attempt didn't end well: a name of `outbox.sending.NEXT_STEPS`."""
    given_up: bool = False
    """No further attempt is made by itself; a person has to act."""
    predefined: bool = False
    """Addressed to 9900000097, -98 or -99: there is no receiver, only the tax authority."""
    c3: Outcome | None = None
    c5: Outcome | None = None
    buyer: Outcome | None = None

    @property
    def unsure(self) -> bool:
        """Our own call may have arrived."""
        return self.uncertain or self.problem == "unknown"

    @property
    def spoken(self) -> bool:
        """Somebody behind corner 2 speaks of it, so it is out, whatever became of our own call."""
        return self.c3 is not None or self.c5 is not None or self.buyer is not None


class Truth(msgspec.Struct, frozen=True):
    """One of the five, as codes."""

    mark: Mark
    why: str
    """Key of the reason: `why.` something, or `told.` and the outcome of what somebody said."""
    step: str | None = None
    """Key of what a person should do; None: nothing, or only wait."""
    outcome: Outcome | None = None


class Five(msgspec.Struct, frozen=True, kw_only=True):
    """The five truths about one document."""

    sealed: Truth
    sender: Truth
    receiver: Truth
    authority: Truth
    buyer: Truth

    def __iter__(self) -> Iterator[tuple[Station, Truth]]:
        for station in Station:
            yield station, getattr(self, station.value)

    @property
    def step(self) -> str | None:
        """The one thing to do next: what went wrong comes before what is uncertain, and that before what is open."""
        for mark in (Mark.NO, Mark.UNKNOWN, Mark.OPEN, Mark.YES):
            for _, truth in self:
                if truth.mark is mark and truth.step is not None:
                    return truth.step
        return None


_WAITS = {
    State.DRAFT: Truth(Mark.OPEN, "why.draft"),
    State.FINALIZED: Truth(Mark.OPEN, "why.sealed", "step.approve"),
    State.APPROVED: Truth(Mark.OPEN, "why.approved", "step.send"),
    State.QUEUED: Truth(Mark.OPEN, "why.queued"),
    State.SENDING: Truth(Mark.OPEN, "why.retrying"),
    State.SENT: Truth(Mark.YES, "why.taken"),
    State.REJECTED: Truth(Mark.NOT_APPLICABLE, "why.rejected"),
}
"""What our own state says about corner 2, where nothing is uncertain and nobody else has spoken."""

_LOST = frozenset({Outcome.UNDELIVERABLE, Outcome.REFUSED})


def judge(known: Known) -> Five:
    """The five truths of one document."""
    draft = Truth(Mark.OPEN, "why.draft", "step.finalize")
    return Five(
        sealed=draft if known.state is State.DRAFT else Truth(Mark.YES, "why.in-ledger"),
        sender=_sender(known),
        receiver=_receiver(known),
        authority=_authority(known),
        buyer=_buyer(known),
    )


def _sender(known: Known) -> Truth:
    if known.state is State.SENT:
        return _WAITS[State.SENT]
    if known.spoken:
        step = "step.credit" if known.state is State.REJECTED else None
        return Truth(Mark.YES, "why.others-speak", step)
    if known.unsure:
        return Truth(Mark.UNKNOWN, "why.unresolved" if known.given_up else "why.asking",
                     "next.unknown" if known.given_up else None)  # fmt: skip
    if known.state is State.FAILED:
        if known.problem is None:
            return Truth(Mark.NO, "why.settled", "step.resend")
        return Truth(Mark.NO, f"why.failed.{known.problem}", f"next.{known.problem}")
    return _WAITS[known.state]


def _receiver(known: Known) -> Truth:
    if known.c3 is not None:
        return _said(known.c3, Mark.NO if MEANINGS[known.c3].negative else Mark.YES)
    if known.buyer is not None:
        return Truth(Mark.YES, "why.buyer-speaks")
    if known.predefined:
        return Truth(Mark.NOT_APPLICABLE, "why.no-receiver")
    return _silent(known)


def _authority(known: Known) -> Truth:
    if known.c5 is not None:
        return _said(known.c5, Mark.NO if MEANINGS[known.c5].negative else Mark.YES)
    return _silent(known)


def _buyer(known: Known) -> Truth:
    if known.buyer is not None:
        agreed = {Outcome.BUYER_ACCEPTED, Outcome.BUYER_ACCEPTED_CONDITIONALLY, Outcome.BUYER_PAID}
        mark = Mark.YES if known.buyer in agreed else Mark.OPEN
        return _said(known.buyer, Mark.NO if MEANINGS[known.buyer].negative else mark)
    if known.predefined:
        return Truth(Mark.NOT_APPLICABLE, "why.no-receiver")
    if known.c3 in _LOST:
        return Truth(Mark.NOT_APPLICABLE, "why.never-arrived")
    return _silent(known)


def _said(outcome: Outcome, mark: Mark) -> Truth:
    step = f"do.{outcome}" if MEANINGS[outcome].next_step else None
    return Truth(mark, f"told.{outcome}", step, outcome)


def _silent(known: Known) -> Truth:
    """Of a corner that has said nothing: closed for good only where the document surely isn't out and never will be."""
    if known.state is State.REJECTED and not known.spoken and not known.unsure:
        return Truth(Mark.NOT_APPLICABLE, "why.rejected")
    taken = known.state is State.SENT or known.spoken
    return Truth(Mark.OPEN, "why.silent" if taken else "why.not-there-yet")
