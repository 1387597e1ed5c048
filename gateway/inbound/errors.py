"""What goes wrong with received documents, each of a family of `gateway.http.problems`:

NotFound  <- BillNotFound, ReceiverUnknown
Invalid   <- InstanceReused
"""

from __future__ import annotations

from uuid import UUID

from gateway.http.problems import Invalid, NotFound


class BillNotFound(NotFound):
    """Nothing of this id here; another company's document looks the same."""

    def __init__(self, document_id: UUID) -> None:
        """Name the id asked for."""
        super().__init__(f"There is no received document {document_id} in this company.")


class ReceiverUnknown(NotFound):
    """The envelope's receiver is nobody we receive for."""

    code = "receiver-unknown"

    def __init__(self, participant: str) -> None:
        """Name the participant, so that the network can tell the sender."""
        super().__init__(f"{participant} doesn't receive documents through this gateway.")


class InstanceReused(Invalid):
    """An instance id names one exchange for ever, and this one named other bytes."""

    code = "instance-reused"

    def __init__(self, instance_id: str) -> None:
        """Name the id."""
        super().__init__(f"The instance id {instance_id} came before with another document; nothing was kept.")
