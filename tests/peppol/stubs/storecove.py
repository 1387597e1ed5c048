"""Storecove's API v2 as its OpenAPI description tells it.

POST /document_submissions, GET /document_submissions/{guid}/evidence/sending, POST /discovery/receives, the queue at
/webhook_instances/, GET /received_documents/{guid}/original, GET /legal_entities/{id}; a bearer key; 422 is a list of
source and details, and says the same way that an idempotencyGuid was used before.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any
from uuid import uuid4

import msgspec

from peppol.message import Message
from peppol.statuses import Outcome
from tests.peppol import messages
from tests.peppol.stubs.server import NOT_FOUND, SECRET, Answer, Call, Stub, json

ENTITY = 4711
USED = [{"source": "idempotencyGuid", "details": "has already been taken"}]


class StorecoveStub(Stub):
    tells = (Outcome.TAKEN,)
    refusal = json(422, [{"source": "document", "details": "BR-CO-15 failed"}])

    def __init__(self) -> None:
        super().__init__()
        self.submissions: dict[str, dict[str, Any]] = {}
        self.sent: set[str] = set()
        self.queue: list[tuple[str, str]] = []
        self.received: dict[str, bytes] = {}

    def admits(self, call: Call) -> bool:
        return call.headers.get("authorization") == f"Bearer {SECRET}"

    def submits(self, call: Call) -> bool:
        return call.parts == ("document_submissions",)

    def answer(self, call: Call) -> Answer:
        match (call.method, *call.parts):
            case ("POST", "document_submissions"):
                return self._submit(msgspec.json.decode(call.body))
            case ("GET", "document_submissions", guid, "evidence", "sending") if guid in self.sent:
                return json(
                    200, {"network": "peppol", "sender": "x", "evidence": {"message_id": "m@x"}, "documents": []}
                )
            case ("POST", "discovery", "receives"):
                asked = msgspec.json.decode(call.body)
                assert asked["network"] == "peppol"
                assert asked["metaScheme"] == "iso6523-actorid-upis"
                return json(200, {"code": "NOK" if asked["identifier"] == "1999999999" else "OK", "email": False})
            case ("GET", "webhook_instances"):
                guid, body = self.queue[0] if self.queue else ("", "")
                return json(200, {"guid": guid, "body": body}) if guid else Answer(204)
            case ("DELETE", "webhook_instances", guid):
                known = [item for item in self.queue if item[0] == guid]
                self.queue = [item for item in self.queue if item[0] != guid]
                return Answer(204) if known else NOT_FOUND
            case ("GET", "received_documents", guid, "original") if guid in self.received:
                original = b64encode(self.received[guid]).decode()
                return json(200, {"guid": guid, "direction": "inbound", "original": original})
            case ("GET", "legal_entities", number) if number == str(ENTITY):
                return json(200, {"id": ENTITY, "party_name": "Seller"})
        return NOT_FOUND

    def _submit(self, body: dict[str, Any]) -> Answer:
        raw = body["document"]["rawDocumentData"]
        b64decode(raw["document"], validate=True)
        assert raw["documentTypeId"] or raw["parse"]
        assert body["legalEntityId"] == ENTITY
        assert [each["scheme"] for each in body["routing"]["eIdentifiers"]] == ["AE:TIN"]
        key = body["idempotencyGuid"]
        if any(each["idempotencyGuid"] == key for each in self.submissions.values()):
            return json(422, USED)
        guid = str(uuid4())
        self.submissions[guid] = body
        return json(200, {"guid": guid})

    def taken(self, key: str) -> int:
        return sum(each["idempotencyGuid"] == key for each in self.submissions.values())

    def happen(self, key: str, reference: str, outcome: Outcome) -> None:
        assert outcome is Outcome.TAKEN
        self.sent.add(reference)

    def tell(self, **event: str) -> str:
        """Put an event into the queue."""
        guid = str(uuid4())
        self.queue.append((guid, msgspec.json.encode(event).decode()))
        return guid

    async def arrive(self, key: str) -> Message:
        message = messages.message(key, xml=messages.complete(key))
        self.received[key] = message.document
        self.tell(event_type="received_document", event="received", document_guid=key)
        return message
