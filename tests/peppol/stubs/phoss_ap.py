"""phoss AP's REST API as its wiki and OpenAPI annotations tell it.

POST /api/outbound/submit-sbd sends at once: 200 with the sending report, 422 with the report of a failure (the message
is stored and sent again later), 400 with a JSON string for what can't be read; GET /api/outbound/status/{instance id}
answers the transaction or 404; /api/outbound/in-transmission lists. The token stands in X-Token.
"""

from __future__ import annotations

from typing import Any

import msgspec

from peppol import sbdh
from peppol.errors import BadEnvelope
from peppol.statuses import Outcome
from tests.peppol.stubs.server import NOT_FOUND, SECRET, Answer, Call, Stub, json

STATES = {
    Outcome.TAKEN: {"status": "sent"},
    Outcome.UNDELIVERABLE: {"status": "permanently_failed", "errorDetails": "No answer in 5 attempts"},
    Outcome.REFUSED: {"mlsStatus": "received_re"},
    Outcome.DELIVERED: {"mlsStatus": "received_ap"},
}


class PhossApStub(Stub):
    tells = tuple(STATES)
    refusal = json(400, "Failed to submit outbound SBD transaction")
    unauthorised = Answer(401)

    def __init__(self) -> None:
        super().__init__()
        self.transactions: list[dict[str, Any]] = []
        self.becomes = "pending"
        self.reports_success = True

    def admits(self, call: Call) -> bool:
        return call.headers.get("x-token") == SECRET

    def submits(self, call: Call) -> bool:
        return call.method == "POST"

    def answer(self, call: Call) -> Answer:
        match (call.method, *call.parts):
            case ("POST", "api", "outbound", "submit-sbd"):
                return self._submit(call.body)
            case ("GET", "api", "outbound", "status", instance):
                found = [one for one in self.transactions if one["sbdhInstanceID"] == instance]
                assert call.query == {"includeArchive": "true"}
                return json(200, found[-1]) if found else NOT_FOUND
            case ("GET", "api", "outbound", "in-transmission"):
                return json(200, [one for one in self.transactions if one["status"] == "pending"])
        return NOT_FOUND

    def _submit(self, body: bytes) -> Answer:
        try:
            message = sbdh.read(body, limit=1_000_000).message
        except BadEnvelope:
            return self.refusal
        self.transactions.append(
            {
                "id": f"tx-{len(self.transactions)}",
                "transactionType": "business_document",
                "senderID": str(message.sender),
                "receiverID": str(message.receiver),
                "sbdhInstanceID": message.instance_id,
                "status": self.becomes,
                "attemptCount": 1,
                "createdDT": "2026-11-21T09:30:00Z",
                "completedDT": None,
                "reportingStatus": "pending",
                "errorDetails": "BR-01" if self.becomes == "rejected" else None,
                "mlsStatus": None,
            }
        )
        report = {"sbdhInstanceIdentifier": message.instance_id, "overallSuccess": self.reports_success}
        return Answer(200 if self.reports_success else 422, msgspec.json.encode(report))

    def taken(self, key: str) -> int:
        return sum(one["sbdhInstanceID"] == key for one in self.transactions)

    def happen(self, key: str, reference: str, outcome: Outcome) -> None:
        self.transactions[-1] |= STATES[outcome]
