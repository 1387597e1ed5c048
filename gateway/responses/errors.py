"""What goes wrong with responses, each of a family of `gateway.http.problems`:

NotFound  <- ResponseNotFound
Conflict  <- OutOfOrder, Unanswerable
Invalid   <- NotSayable
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from gateway.http.problems import Conflict, Finding, Invalid, NotFound


class ResponseNotFound(NotFound):
    """Nothing of this id here; another company's response looks the same."""

    def __init__(self, response_id: UUID) -> None:
        """Name the id asked for."""
        super().__init__(f"There is no response {response_id} in this company.")


class OutOfOrder(Conflict):
    """This answer can't follow those that were given."""

    code = "response-order"

    def __init__(self, wanted: str, standing: str, possible: Iterable[str]) -> None:
        """`possible`: the codes that may follow."""
        ways = ", ".join(sorted(possible))
        then = f"What may follow: {ways}." if ways else "Nothing may follow it."
        last = "Nothing was answered so far" if standing == "silent" else f"The last answer was {standing}"
        super().__init__(f"{last}, so {wanted} can't be said now. {then}", facts={"standing": standing})


class Unanswerable(Conflict):
    """No Invoice Response can be made about this document."""

    code = "unanswerable"

    def __init__(self, why: str) -> None:
        """`why`: a sentence."""
        super().__init__(f"{why} Answer the seller by other means.")


class NotSayable(Invalid):
    """The answer breaks the rules of Invoice Responses; nothing was kept."""

    code = "invalid-response"

    def __init__(self, findings: tuple[Any, ...]) -> None:
        """`findings`: what is wrong, and where."""
        super().__init__("The answer can't be given like this; see the findings.", findings=findings)

    @classmethod
    def at(cls, pointer: str, message: str) -> NotSayable:
        """One thing that is wrong at one place of the body."""
        return cls((Finding(rule="GW-VALUE", layer="gateway", pointer=pointer, message=message),))
