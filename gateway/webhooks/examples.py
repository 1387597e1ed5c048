"""What the API description shows."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from gateway.webhooks.kinds import CHOICES, KINDS
from gateway.webhooks.message import message
from gateway.webhooks.models import (
    Attempt,
    Delivery,
    DeliveryPage,
    Endpoint,
    EndpointChange,
    KindList,
    KindView,
    MadeEndpoint,
    NewEndpoint,
)

_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
_DOCUMENT = UUID("01940000-0000-7000-8000-000000000001")
_MESSAGE = UUID("01940000-0000-7000-8000-000000000002")

NEW = NewEndpoint(
    url="https://erp.company.example/hooks", kinds=["document.received", "invoice.*"], description="ERP, production"
)
ENDPOINT = Endpoint(
    id=UUID("01940000-0000-7000-8000-000000000003"),
    url=NEW.url,
    kinds=NEW.kinds,
    description=NEW.description,
    enabled=True,
    paused_for=None,
    paused_at=None,
    next_step=None,
    failing_since=None,
    failures=0,
    last_success_at=_AT,
    last_failure_at=None,
    last_failure=None,
    pending=0,
    previous_secret_until=None,
    created_by="user:01940000-0000-7000-8000-000000000004",
    created_at=_AT,
    changed_at=_AT,
)
MADE = MadeEndpoint(endpoint=ENDPOINT, secret="whsec_<32 bytes in base64>")  # noqa: S106 - stands for one
CHANGE = EndpointChange(enabled=True)
DELIVERY = Delivery(
    id=_MESSAGE,
    kind="invoice.sent",
    subject_id=_DOCUMENT,
    at=_AT,
    state="delivered",
    attempts=1,
    next_at=None,
    delivered_at=_AT,
    reason=None,
    tries=[Attempt(number=1, begun_at=_AT, ended_at=_AT, outcome="delivered", status=204, reason=None, answer=None)],
)
PAGE = DeliveryPage(deliveries=[DELIVERY], next=None)


def kinds(public_url: str) -> KindList:
    """The published table, each kind with the message that is posted."""
    return KindList(
        kinds=[
            KindView(
                kind=kind,
                description=known.headline,
                example=message(kind, _DOCUMENT, _AT, public_url=public_url),
            )
            for kind, known in sorted(KINDS.items())
        ],
        families=sorted(choice for choice in CHOICES if choice.endswith("*")),
    )
