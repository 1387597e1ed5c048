"""Tradeshift's External API as its OpenAPI description tells it.

PUT /rest/external/documents/{uuid} stores (204, 400 with ErrorCode and Message), PUT .../dispatches/{uuid} sends (201),
GET .../dispatches/latest tells the state; the list of documents is filtered by tags; tags are put. Each call carries
the tenant's id beside its credential.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from peppol.message import Message
from peppol.statuses import Outcome
from tests.peppol import messages
from tests.peppol.stubs.server import NOT_FOUND, SECRET, Answer, Call, Stub, json

TENANT = "7d583074-f6e0-446c-896b-0dfa0789d891"
PROFILE = "ubl.invoice.2.1.ae"


class TradeshiftStub(Stub):
    tells = (Outcome.TAKEN, Outcome.UNDELIVERABLE)
    refusal = json(400, {"ErrorCode": "BadRequest", "Message": "Validation failed", "RequestId": str(uuid4())})

    def __init__(self) -> None:
        super().__init__()
        self.stored: dict[str, bytes] = {}
        self.dispatches: list[dict[str, Any]] = []
        self.inbox: dict[str, bytes] = {}
        self.tags: set[tuple[str, str]] = set()

    def admits(self, call: Call) -> bool:
        assert call.headers.get("x-tradeshift-tenantid") == TENANT
        return call.headers.get("authorization") == f"Bearer {SECRET}"

    def submits(self, call: Call) -> bool:
        return call.method == "PUT" and "dispatches" in call.parts

    def answer(self, call: Call) -> Answer:
        match (call.method, *call.parts[2:]):
            case ("PUT", "documents", document):
                assert call.query["documentProfileId"] == PROFILE
                assert call.headers["content-type"] == "text/xml"
                if b"<refused" in call.body:
                    return self.refusal
                self.stored[str(UUID(document))] = call.body
                return Answer(204)
            case ("PUT", "documents", document, "dispatches", dispatch) if document in self.stored:
                assert call.body == b'<DispatchRequest xmlns="http://tradeshift.com/api/public/1.0"/>'
                return self._dispatch(document, str(UUID(dispatch)))
            case ("GET", "documents", document, "dispatches", "latest"):
                found = [one for one in self.dispatches if one["ObjectId"] == document]
                return json(200, found[-1]) if found else NOT_FOUND
            case ("GET", "documents"):
                return self._list(call)
            case ("GET", "documents", document, "original"):
                found_original = self.inbox.get(document)
                return Answer(200, found_original, kind="text/xml") if found_original else self.refusal
            case ("PUT", "documents", document, "tags", tag) if document in self.inbox:
                self.tags.add((document, tag))
                return Answer(201)
            case ("GET", "account", "info"):
                return json(200, {"CompanyName": "Seller", "CompanyAccountId": TENANT, "State": "ACTIVE"})
        return NOT_FOUND

    def _dispatch(self, document: str, dispatch: str) -> Answer:
        if any(one["DispatchId"] == dispatch for one in self.dispatches):
            return json(409, {"ErrorCode": "Conflict", "Message": "exists", "RequestId": str(uuid4())})
        self.dispatches.append(
            {
                "DispatchId": dispatch,
                "ObjectId": document,
                "Created": "2026-11-21T09:30:00.461Z",
                "SenderUserId": str(uuid4()),
                "DispatchState": "ACCEPTED",
                "LastStateChange": "2026-11-21T09:30:00.461Z",
                "DispatchChannel": "PEPPOL",
            }
        )
        return Answer(201)

    def _list(self, call: Call) -> Answer:
        assert call.query["stag"] == "inbox"
        hidden = {document for document, tag in self.tags if tag == call.query["withouttag"]}
        fitting = [document for document in self.inbox if document not in hidden]
        size, page = int(call.query["limit"]), int(call.query["page"])
        shown = [{"DocumentId": document, "State": "LOCKED"} for document in fitting[page * size : (page + 1) * size]]
        numbers = {
            "itemsPerPage": size,
            "itemCount": len(fitting),
            "numPages": -(-len(fitting) // size),
            "pageId": page,
        }
        return json(200, numbers | {"indexing": False, "Document": shown})

    def taken(self, key: str) -> int:
        return sum(one["ObjectId"] == key for one in self.dispatches)

    def happen(self, key: str, reference: str, outcome: Outcome) -> None:
        (dispatch,) = (one for one in self.dispatches if one["DispatchId"] == reference)
        dispatch["DispatchState"] = "COMPLETED" if outcome is Outcome.TAKEN else "FAILED"

    async def arrive(self, key: str) -> Message:
        for number in range(22):  # more than a page
            self.inbox[str(uuid4())] = messages.complete(f"{key}-{number}")
        message = messages.message(key, xml=messages.complete(key))
        self.inbox[key] = message.document
        return message
