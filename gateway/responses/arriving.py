"""What a buyer answers to a document of ours: kept whole, believed only of whom the document was sent to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.inbound.flow import Receipt
from gateway.inbound.reading import Arrived
from gateway.wiring import Wiring


async def take_response(wiring: Wiring, company_id: UUID, arrived: Arrived, *, now: datetime) -> Receipt:
    """Keep an Invoice Response that came for this company; on return it is committed, and may be confirmed.

    `arrived`: an envelope whose document type is `peppol.identifiers.INVOICE_RESPONSE` and whose receiver is the
    company; the envelope and its document are in the storage. The same content again, in whatever envelope, is
    answered as known and changes nothing. Raises `InstanceReused`; anything else: try again.
    """
    raise NotImplementedError
