"""Envelopes as the network would deliver them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import msgspec

import ubl
from gateway.outbound import examples
from gateway.outbound.routing import route
from peppol import sbdh
from ubl.parties import Endpoint

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


def invoice(number: str, *, buyer_tin: str, note: str | None = None) -> ubl.Invoice:
    """A lawful invoice to this buyer."""
    given = examples.INVOICE
    assert given.buyer is not None
    buyer = msgspec.structs.replace(given.buyer, endpoint=Endpoint(id=buyer_tin), trn=f"{buyer_tin}00003")
    return ubl.complete(
        msgspec.structs.replace(given, number=number, uuid=str(uuid4()), buyer=buyer, notes=(note,) if note else ())
    )


def enveloped(document: ubl.Invoice | bytes, *, instance_id: str | None = None) -> bytes:
    """An envelope that says what the document says."""
    xml = document if isinstance(document, bytes) else ubl.write(document)
    return sbdh.write(route(xml, instance_id=instance_id or str(uuid4()), created_at=NOW))
