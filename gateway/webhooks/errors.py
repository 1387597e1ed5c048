"""What webhooks refuse, each under the family that `gateway/http/problems.py` gives a status. The tree:

NotFound (404)
+-- EndpointNotFound   no such endpoint in this company, or it was deleted
+-- DeliveryNotFound   no such delivery of this endpoint, or it is older than the log
Conflict (409)
+-- TooManyEndpoints   a company has room for a few only
+-- EndpointPaused     a paused endpoint gets nothing, tests included
Invalid (422)
+-- Unacceptable       the URL can't be called, or a kind doesn't exist (`gateway.access.errors`)
"""

from __future__ import annotations

from uuid import UUID

from gateway.http.problems import Conflict, NotFound


class EndpointNotFound(NotFound):
    """No such endpoint here."""

    def __init__(self, endpoint_id: UUID) -> None:
        super().__init__(f"There is no webhook endpoint {endpoint_id} in this company.")


class DeliveryNotFound(NotFound):
    """No such delivery here."""

    def __init__(self, delivery_id: UUID) -> None:
        super().__init__(f"This endpoint has no delivery {delivery_id}; the log goes back 30 days.")


class TooManyEndpoints(Conflict):
    """No room for another one."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A company has {most} webhook endpoints at most; delete one, or give one more kinds.")


class EndpointPaused(Conflict):
    """It gets nothing."""

    code = "webhook-paused"

    def __init__(self) -> None:
        super().__init__("This endpoint is paused: PATCH it with `enabled` true first; what has waited goes out then.")
