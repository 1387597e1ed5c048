"""What goes wrong with erasures and holds:

NotFound    <- HoldNotFound
Conflict    <- NothingToErase, OnItsWay, StillKept, HoldLifted
Invalid     <- TooShort, NamesThePerson
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from gateway.http.problems import Conflict, Finding, Invalid, NotFound


class HoldNotFound(NotFound):
    """No hold of this id here."""

    def __init__(self, hold_id: UUID) -> None:
        """Name the id asked for."""
        super().__init__(f"There is no legal hold {hold_id}. GET /v1/records/holds lists them.")


class HoldLifted(Conflict):
    """It was lifted before."""

    code = "hold-lifted"

    def __init__(self, hold_id: UUID) -> None:
        """Name the hold."""
        super().__init__(f"The legal hold {hold_id} is lifted already.")


class NothingToErase(Conflict):
    """A draft, a document about an organisation, or one that is erased."""

    code = "nothing-to-erase"


class OnItsWay(Conflict):
    """The network may be taking it at this moment."""

    code = "on-its-way"

    def __init__(self, document_id: UUID) -> None:
        """Say what to wait for."""
        super().__init__(f"Document {document_id} is being sent; erase it once that has ended.")


class StillKept(Conflict):
    """The law, the company's own term or a legal hold asks for the record."""

    code = "still-kept"

    def __init__(self, *, possible_from: date, held: bool, why: str) -> None:
        """`possible_from`: the first day on which the terms end, whatever is held."""
        hold = " A legal hold is on it as well, and has to be lifted first." if held else ""
        super().__init__(
            f"The record is kept until the day before {possible_from}: {why}{hold}",
            facts={"possible_from": possible_from.isoformat(), "held": held},
        )


class TooShort(Invalid):
    """Shorter than the law."""

    def __init__(self, record_class: str, years: int) -> None:
        """`years`: what the law asks."""
        message = f"Records of class {record_class} are kept for {years} years at least; choose as many or more."
        super().__init__(message, findings=(Finding(rule="GW-RETENTION", message=message, pointer="/years"),))


class NamesThePerson(Invalid):
    """A reason stays for ever, so it can't name whom it is to forget."""

    def __init__(self) -> None:
        """Say what to write instead."""
        message = "The reason names the person, and would stay in the ledger for ever; write it without the name."
        super().__init__(message, findings=(Finding(rule="GW-ERASURE", message=message, pointer="/reason"),))
