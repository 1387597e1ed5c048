"""What may be wrong with a word on an outage.

OutageNotFound (NotFound)      no such outage in this company
AlreadyDecided (Conflict)      the authority was told, or needn't be: said once, and it stands
"""

from __future__ import annotations

from uuid import UUID

from gateway.http.problems import Conflict, NotFound


class OutageNotFound(NotFound):
    """Another company's outages look the same from here."""

    def __init__(self, outage_id: UUID) -> None:
        """Name it."""
        super().__init__(f"There is no outage {outage_id} in this company.")


class AlreadyDecided(Conflict):
    """Said once, and it stands."""

    code = "outage-decided"

    def __init__(self, duty: str) -> None:
        """`duty`: what was said."""
        super().__init__(f"This outage is {duty} already; what was said about it stands.", facts={"duty": duty})
