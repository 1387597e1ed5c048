"""The whole way of a bill that is uploaded: read without anybody's help, matched late, approved, paid, and proven."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.bills import story
from tests.gateway.bills.conftest import House


async def test_an_uploaded_pdf_becomes_a_paid_bill_that_the_ledger_proves(house: House, tmp_path: Path) -> None:
    supplier_id = await story.prepared(house)
    taken = await house.send(story.PAPER)
    assert await story.worked(house) == ["bills.read", "bills.match"]
    await story.to_payment(house, taken.bill_id, supplier_id)
    await story.proven(house, taken.bill_id, tmp_path)
