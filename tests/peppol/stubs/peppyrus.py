"""Peppyrus' API v1 as its two published clients (PHP and Java) and their examples use it.

POST /v1/message answers the message; 422 refuses it, 404 means no such receiver. Lists are items and meta; a message
lies in a folder; a second confirmation is refused as "Already confirmed". The key stands in X-Api-Key.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any
from uuid import uuid4

import msgspec

from peppol.identifiers import CREDIT_NOTE, INVOICE
from peppol.message import Message
from peppol.statuses import Outcome
from tests.gateway.sandbox.process import BUYER, SELLER
from tests.peppol import messages
from tests.peppol.stubs.server import NOT_FOUND, SECRET, Answer, Call, Stub, json

TYPES = [str(kind).replace("@ae-1::", "@ae-1*::") for kind in (INVOICE, CREDIT_NOTE)]


class PeppyrusStub(Stub):
    knows_receivers = True
    tells = (Outcome.TAKEN, Outcome.UNDELIVERABLE)
    refusal = json(422, {"errors": {"fileContent": "BR-01 failed"}})

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, dict[str, Any]] = {}
        self.names: list[str] = []

    def admits(self, call: Call) -> bool:
        return call.headers.get("x-api-key") == SECRET

    def submits(self, call: Call) -> bool:
        return call.method == "POST"

    def answer(self, call: Call) -> Answer:
        match (call.method, *call.parts):
            case ("POST", "v1", "message"):
                return self._submit(msgspec.json.decode(call.body))
            case ("GET", "v1", "message", "list"):
                return self._list(call)
            case ("GET", "v1", "message", known) if known in self.messages:
                return json(200, self.messages[known])
            case ("GET", "v1", "message", known, "report") if known in self.messages:
                rules = [{"id": "BR-02", "type": "FATAL", "location": "/Invoice", "message": "No number"}]
                return json(200, {"validationRules": rules, "transmissionRules": "Receiver's access point: EBMS:0004"})
            case ("PATCH", "v1", "message", known, "confirm") if known in self.messages:
                if self.messages[known]["confirmed"]:
                    return Answer(409, b'"Already confirmed"')
                self.messages[known]["confirmed"] = True
                return json(200, True)
            case ("GET", "v1", "organization", "info"):
                return json(200, {"name": "Seller", "country": "AE", "VAT": "1"})
            case ("GET", "v1", "peppol", "lookup") if call.query["participantId"] in {BUYER, SELLER}:
                services = [{"documentType": kind, "transportProfile": "peppol-transport-as4-v2_0"} for kind in TYPES]
                return json(200, {"participantId": call.query["participantId"], "scheme": "x", "services": services})
        return NOT_FOUND

    def _submit(self, body: dict[str, Any]) -> Answer:
        if body["recipient"] not in {BUYER, SELLER}:
            return NOT_FOUND
        b64decode(body["fileContent"], validate=True)
        assert body["documentType"].count("::") >= 3
        assert body["processType"].startswith("cenbii-procid-ubl::")
        self.names.append(body["fileName"])
        return json(200, self._add(body["sender"], body["recipient"], body["fileContent"], "OUT", "outbox"))

    def _add(self, sender: str, recipient: str, content: str, direction: str, folder: str) -> dict[str, Any]:
        added = {
            "id": str(uuid4()),
            "sender": sender,
            "recipient": recipient,
            "direction": direction,
            "folder": folder,
            "fileContent": content,
            "created": "2026-11-21 09:30:00",
            "confirmed": None,
        }
        self.messages[added["id"]] = added
        return added

    def _list(self, call: Call) -> Answer:
        assert call.query["folder"] == "INBOX"
        assert call.query["confirmed"] == "false"
        fitting = [one for one in self.messages.values() if one["folder"] == "inbox" and not one["confirmed"]]
        size, page = int(call.query["perPage"]), int(call.query["page"])
        meta = {"pages": -(-len(fitting) // size), "currentPage": page, "itemCount": len(fitting)}
        return json(200, {"items": fitting[(page - 1) * size : page * size], "meta": meta})

    def taken(self, key: str) -> int:
        return self.names.count(f"{key}.xml")

    def happen(self, key: str, reference: str, outcome: Outcome) -> None:
        self.messages[reference]["folder"] = "sent" if outcome is Outcome.TAKEN else "failed"

    async def arrive(self, key: str) -> Message:
        for number in range(24):  # more than a page
            self._add(SELLER, BUYER, b64encode(messages.complete(f"{key}-{number}")).decode(), "IN", "inbox")
        message = messages.message(key, xml=messages.complete(key))
        self._add(SELLER, BUYER, b64encode(message.document).decode(), "IN", "inbox")
        return message
