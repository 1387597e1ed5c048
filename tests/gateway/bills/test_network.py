"""What the network brings becomes a bill, once, whoever else brings the same bytes."""

from __future__ import annotations

import pytest

import ubl
from gateway.bills.hall import READ
from gateway.inbound import flow as inbound
from gateway.inbound.flow import TAKE
from gateway.inbound.opened import Receipt, open_delivery
from gateway.jobqueue import Permanent
from peppol.message import Delivery
from tests.gateway.bills.conftest import House
from tests.gateway.bills.papers import xml
from tests.gateway.inbound.envelopes import enveloped, invoice
from ubl.invoice import Invoice


async def _deliver(house: House, document: Invoice | bytes) -> Receipt:
    delivery = Delivery(reference="1", envelope=enveloped(document))
    opened = open_delivery(delivery, provider="test", account_id=None)
    return await inbound.receive(house.wiring, house.id, opened, now=house.now)


async def test_a_received_invoice_becomes_a_bill_that_points_back(house: House) -> None:
    received = await _deliver(house, invoice("N-1", buyer_tin="1987654321"))
    assert await house.work() == [TAKE, READ]
    async with house.database.company(house.id) as db:
        from gateway.bills import queries

        page = await queries.page(db, house.id, queries.Filter(), cursor=None, limit=10)
    (bill,) = page.items
    row = await house.row(bill.id)
    assert (row.door, row.sent_by, row.name, row.number) == ("network", "system:network", "N-1.xml", "N-1")
    ((_, arrival), *_) = await house.entries(bill.id)
    assert arrival["facts"]["received_document_id"] == str(received.id)
    assert arrival["sha256"] == row.sha256


async def test_what_was_uploaded_before_is_not_a_second_bill(house: House) -> None:
    document = xml("N-2")
    taken = await house.send(document, name="N-2.xml")
    await _deliver(house, document)
    await house.work()
    assert await house.count("bills") == 1
    assert "bill.repeated" in await house.events(taken.bill_id)


async def test_delivered_twice_it_is_one_bill(house: House) -> None:
    document = ubl.write(invoice("N-3", buyer_tin="1987654321"))
    await _deliver(house, document)
    await _deliver(house, document)
    await house.work()
    assert await house.count("bills") == 1


async def test_what_can_not_be_read_as_an_invoice_stays_in_the_inbox(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object, **__: object) -> None:
        raise ubl.ReadError("no invoice", "/")

    with monkeypatch.context() as patched:
        patched.setattr(ubl, "read_report", unreadable)
        await _deliver(house, invoice("N-4", buyer_tin="1987654321"))
    assert await house.waiting() == []


async def test_a_refused_file_is_told_and_stays_in_the_inbox(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.bills import hall, taking
    from ingestion.errors import Refused

    received = await _deliver(house, invoice("N-5", buyer_tin="1987654321"))

    def refuse(*_: object) -> None:
        raise Refused("too_large", "The file is larger than is taken.")

    monkeypatch.setattr(hall, "_detect", refuse)
    with pytest.raises(Permanent, match="larger than is taken"):
        await taking.take(house.wiring, house.id, received.id, now=house.now)
    assert await house.count("bills") == 0
