"""What goes wrong with arrivals, each of a family of `gateway.http.problems`:

NotFound  <- AnswersNothing, NotKept
"""

from __future__ import annotations

from uuid import UUID

from gateway.http.problems import NotFound


class AnswersNothing(NotFound):
    """A status of something that nobody here sent through this line."""

    def __init__(self, key: str) -> None:
        """Name the key, so that the provider can find out."""
        super().__init__(f"No message of ours has the key {key[:100]!r} here.")


class NotKept(NotFound):
    """Nothing of this id here; another company's looks the same."""

    def __init__(self, arrival_id: UUID) -> None:
        """Name the id asked for."""
        super().__init__(f"Nothing unreadable of the id {arrival_id} is kept in this company.")
