"""What a question about a participant is answered with, where it isn't "registered":

NotFound    <- NotRegistered       surely not
Unavailable <- CannotTell          nobody can say just now; it may well be registered
Invalid     <- BadParticipant, Predefined, UnknownKind
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.http.problems import Invalid, NotFound, Unavailable

_SOON = timedelta(seconds=30)


class NotRegistered(NotFound):
    """The network says so, or the provider."""

    code = "not-registered"

    def __init__(self, participant: str, kinds: Sequence[str], *, source: str, kept_until: datetime) -> None:
        """`source`: who says so."""
        super().__init__(
            f"{participant} is surely not registered for {', '.join(kinds)}: {source} says so. Check the number with "
            "the receiver, or ask whether their service provider has registered them yet.",
            facts={"participant": participant, "source": source, "kept_until": kept_until.isoformat()},
        )


class CannotTell(Unavailable):
    """Nobody who could be asked has answered."""

    code = "cannot-tell"

    def __init__(self, participant: str, reasons: Sequence[str], *, after: timedelta | None) -> None:
        """`reasons`: of each that was asked; `after`: when it makes sense to ask again."""
        told = " ".join(f"{reason.rstrip('.')}." for reason in reasons)
        super().__init__(
            f"Nobody can tell just now whether {participant} is registered; it may well be. {told} Ask again as "
            "Retry-After says; a document can be sent meanwhile, and the provider will say what becomes of it.",
            retry_after=max(_SOON, after or _SOON).total_seconds(),
        )


class BadParticipant(Invalid):
    """No participant can have this id."""

    code = "bad-participant"


class Predefined(Invalid):
    """The endpoint stands for no receiver."""

    code = "predefined-endpoint"

    def __init__(self, participant: str) -> None:
        """Say what it stands for."""
        super().__init__(
            f"{participant} is one of the predefined endpoints (97 deemed supply, 98 buyer outside e-invoicing, 99 "
            "export to a receiver who isn't on the network): it stands for no receiver, so it is never looked up. Such "
            "a document is reported to the tax authority and delivered to nobody."
        )


class UnknownKind(Invalid):
    """This gateway doesn't exchange such documents."""

    code = "unknown-kind"
