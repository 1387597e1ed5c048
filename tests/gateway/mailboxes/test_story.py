"""The whole way of a bill that is mailed: fetched from Dovecot, answered, read, matched, approved, paid, and proven."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ingestion.instruments import Readers
from tests.gateway.bills import story
from tests.gateway.bills.conftest import House
from tests.gateway.mailboxes.conftest import Office
from tests.gateway.mailboxes.dovecot import Dovecot
from tests.gateway.mailboxes.post import SUPPLIER, Answers, with_pdf


@pytest.fixture
def readers() -> Iterator[Readers]:
    """Opens the PDF as a worker does."""
    with Readers() as readers:
        yield readers


async def test_a_mailed_pdf_becomes_a_paid_bill_that_the_ledger_proves(
    office: Office, imap: Dovecot, answers: Answers, readers: Readers, tmp_path: Path
) -> None:
    house = House(office.database, msgspec.structs.replace(office.wiring, reader=readers), office.id)
    supplier_id = await story.prepared(house)
    box = await office.mailbox(imap)
    box.put(with_pdf("Invoice for November", name="november.pdf", content=story.PAPER))
    ran = await story.polled(house)
    assert ran[:2] == ["mailboxes.poll", "mailboxes.fetch"]
    assert sorted(ran[2:]) == ["bills.match", "bills.read", "mailboxes.reply"]

    assert (box.held(), box.held("Processed")) == ([], ["Invoice for November"])
    message = await box.one()
    (file,) = message.files
    assert file.bill_id is not None
    (answer,) = answers.to(SUPPLIER)
    assert "november.pdf" in answer.get_content()
    assert answer["In-Reply-To"] == message.message_id

    await story.to_payment(house, file.bill_id, supplier_id)
    await story.proven(house, file.bill_id, tmp_path)
    arrival = (await house.entries(file.bill_id))[0][1]
    assert (arrival["door"], arrival["facts"]["from"]) == ("mail", SUPPLIER)

    await story.polled(house)
    assert len(await box.messages()) == len(answers.got) == 1, "looked at again, nothing happens twice"
