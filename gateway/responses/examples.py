"""Examples that the API's description shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import msgspec

from gateway.outbox import Attempt, Outcome
from gateway.responses.matching import Verdict
from gateway.responses.order import Standing
from gateway.responses.states import State
from gateway.responses.view import Answer, Answers, Heard, Seller
from peppol import statuses
from ubl.response import Clarification, Code, Condition, Kind

_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
_WHY = (
    Clarification(
        kind=Kind.REASON,
        code="QTY",
        text="Eight chairs came, ten are invoiced.",
        conditions=(Condition(term="IBT-129", value="8"),),
    ),
    Clarification(kind=Kind.ACTION, code="CNP"),
)
_REASON = "Quantity: Eight chairs came, ten are invoiced. (IBT-129: 8); Credit a part of it"

ANSWER = Answer(
    id=UUID("0199f0c5-1a2b-7c3d-8e4f-5a6b7c8d9e0f"),
    code=Code.REJECTED,
    headline="Rejected",
    clarifications=_WHY,
    reason=_REASON,
    note=None,
    effective=None,
    payment=None,
    answered_at=_AT,
    answered_by="user:0199f0c1-7d5e-7c41-9b52-3f6d1c2a7e88",
    state=State.SENT,
    sent_at=_AT,
    problem=None,
    failure=None,
    next_step=None,
    seller=Seller(outcome=statuses.Outcome.DELIVERED, headline="Delivered to the receiver", at=_AT, reason=None),
    xml_sha256="5f" * 32,
    attempts=(
        Attempt(
            number=1, account_id=None, adapter="sandbox", begun_at=_AT, ended_at=_AT, outcome=Outcome.ACCEPTED,
            answer_sha256="c1" * 32, reason=None, next_at=None,
        ),
    ),
)  # fmt: skip
ANSWERS = Answers(standing=Standing.REJECTED, possible=(), items=(ANSWER,))
HEARD = Heard(
    id=UUID("0199f0c6-1a2b-7c3d-8e4f-5a6b7c8d9e0f"),
    verdict=Verdict.BELIEVED,
    why=None,
    document_id=UUID("0199f0c3-1a2b-7c3d-8e4f-5a6b7c8d9e0f"),
    sender="0235:1000000002",
    number="INV-000017",
    code="RE",
    headline="Rejected",
    clarifications=_WHY,
    reason=_REASON,
    note=None,
    next_step="Issue a credit note over the part that the buyer names.",
    effective=None,
    payment=None,
    issue_date=date(2026, 11, 21),
    received_at=_AT,
    findings=(),
    xml_sha256="5f" * 32,
)
DOUBTED = msgspec.structs.replace(
    HEARD,
    id=UUID("0199f0c7-1a2b-7c3d-8e4f-5a6b7c8d9e0f"),
    verdict=Verdict.FOREIGN,
    why="INV-000017 was sent to 0235:1000000002, who alone answers.",
    document_id=None,
    sender="0235:1000000009",
)
