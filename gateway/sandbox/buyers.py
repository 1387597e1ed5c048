"""What a magic receiver answers: a real Invoice Response, which travels back like any other document.

A seller that takes none on the network (or whose document names too little to be answered) hears a status instead.
"""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from gateway.sandbox.journal import Journal
from gateway.sandbox.tables import Waiting
from peppol import sbdh
from peppol.identifiers import INVOICE_RESPONSE, RESPONDING, ParticipantId
from peppol.message import Message, MlsType
from peppol.statuses import MEANINGS, Outcome
from ubl import read, response
from ubl.errors import UblError
from ubl.response import NEEDS_REASON, Clarification, Code, Kind

_WHY = Clarification(kind=Kind.REASON, code="OTH", text="A magic receiver of the sandbox network answers so")


def answered(journal: Journal, message: Waiting, outcome: Outcome, now: datetime) -> bool:
    """Take the buyer's answer to a message to be handed over, once however often; False: it can't be one."""
    key = str(uuid5(NAMESPACE_URL, f"{message.key}/answer"))
    if journal.accepted(key) is not None:
        return True
    seller = journal.participant(message.sender)
    if seller is None or seller.takes(INVOICE_RESPONSE) is None:
        return False
    try:
        document = _response(journal.envelope(message.key), outcome, key, now)
    except UblError:
        return False
    answer = Message(
        instance_id=key,
        sender=ParticipantId(message.receiver),
        receiver=ParticipantId(message.sender),
        document_type=INVOICE_RESPONSE,
        process=RESPONDING,
        country_c1="AE",
        created_at=now,
        document=document,
        mls_type=MlsType.ALWAYS_SEND,
    )
    journal.take(key, answer, sbdh.write(answer), now)
    return True


def _response(envelope: bytes, outcome: Outcome, response_id: str, now: datetime) -> bytes:
    code = Code(MEANINGS[outcome].code)
    why = (_WHY,) if code in NEEDS_REASON else ()
    invoice = read(sbdh.read(envelope).message.document)
    return response.write(response.build(invoice, code, id=response_id, now=now, clarifications=why))
