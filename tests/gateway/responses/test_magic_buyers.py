"""What a magic receiver of the sandbox answers is believed by the gateway, like any buyer's Invoice Response."""

from __future__ import annotations

import msgspec
import pytest

from gateway.sandbox.magic import MAGIC, Magic
from tests.gateway.responses.test_end_to_end import Street, street
from ubl.parties import Endpoint

__all__ = ["street"]


@pytest.mark.parametrize("magic", [one for one in MAGIC if one.answers], ids=lambda magic: magic.outcome)
async def test_the_seller_believes_a_magic_buyer(street: Street, magic: Magic) -> None:
    given = street.invoice()
    assert given.buyer is not None
    buyer = msgspec.structs.replace(given.buyer, endpoint=Endpoint(scheme="0235", id=magic.id.partition(":")[2]))
    invoice = msgspec.structs.replace(given, buyer=buyer)
    drafted = await street.ask(street.sellers_erp, "POST", "/v1/invoices", invoice, status=201)
    path = f"/v1/invoices/{drafted['id']}"
    await street.ask(street.sellers_erp, "POST", f"{path}/finalize")
    await street.ask(street.checker, "POST", f"{path}/approve")
    await street.ask(street.sellers_erp, "POST", f"{path}/send", status=202)
    shown = await street.until(
        street.sellers_erp, path, lambda shown: shown["facts"]["buyer"]["outcome"] == magic.answers
    )
    assert shown["facts"]["buyer"]["evidence"]
    (heard,) = await street.ask(street.sellers_erp, "GET", f"{path}/responses")
    assert (heard["verdict"], heard["sender"]) == ("believed", magic.id)
