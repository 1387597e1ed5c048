"""A magic receiver that answers does so by an Invoice Response that holds, delivered to the seller once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

import ubl
from gateway.outbound import examples
from gateway.outbound.routing import route
from gateway.sandbox.buyers import answered
from gateway.sandbox.journal import Journal, Participant
from gateway.sandbox.magic import MAGIC, TYPES, Magic
from peppol import sbdh
from peppol.identifiers import INVOICE_RESPONSE
from peppol.message import Message
from peppol.providers.sandbox import SandboxProvider
from peppol.statuses import MEANINGS, Outcome
from tests.gateway.sandbox.process import SECRET, TOKEN, SandboxProcess, account, sandbox
from tests.gateway.sandbox.receiver import receiver
from tests.peppol.messages import message
from ubl import response
from ubl.parties import Endpoint

BUYERS = [magic for magic in MAGIC if magic.answers]
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox(Path(tmp_path_factory.mktemp("network"))) as process:
        yield process


@pytest.fixture
async def provider(network: SandboxProcess) -> AsyncIterator[SandboxProvider]:
    adapter = SandboxProvider(account(network.url, TOKEN, SECRET), timeout=timedelta(seconds=60))
    yield adapter
    await adapter.close()


def invoice_for(magic: Magic, key: str) -> Message:
    """A whole invoice to a magic receiver."""
    assert examples.INVOICE.buyer is not None
    buyer = msgspec.structs.replace(
        examples.INVOICE.buyer, endpoint=Endpoint(scheme="0235", id=magic.id.partition(":")[2])
    )
    invoice = msgspec.structs.replace(examples.INVOICE, number=f"INV-{key[:8]}", buyer=buyer)
    return route(ubl.write(ubl.complete(invoice)), instance_id=key, created_at=NOW)


@pytest.mark.parametrize("magic", BUYERS, ids=lambda magic: magic.outcome)
async def test_the_answer_travels_to_the_seller(
    network: SandboxProcess, provider: SandboxProvider, magic: Magic
) -> None:
    assert magic.answers is not None
    key = str(uuid4())
    sent = invoice_for(magic, key)
    with receiver() as seller:
        network.desk.register(
            Participant(
                sent.sender.value,
                (*TYPES, str(INVOICE_RESPONSE)),
                f"{seller.url}/deliver",
                f"{seller.url}/tell",
                SECRET,
            )
        )
        await provider.submit(sent, key)
        seller.until(lambda: any(call.path == "/deliver" for call in seller.calls))
        (delivered,) = (call for call in seller.calls if call.path == "/deliver")
    came = sbdh.read(delivered.body).message
    assert (came.sender, came.receiver, came.document_type) == (sent.receiver, sent.sender, INVOICE_RESPONSE)
    report = response.check(came.document)
    assert report.valid, report.findings
    said = response.read(came.document)
    assert (said.code, said.number) == (MEANINGS[magic.answers].code, f"INV-{key[:8]}")
    assert magic.answers not in {event.outcome for event in await provider.status(key)}
    assert came.instance_id not in {report.key for report in network.desk.reports()}


def test_it_answers_once_after_any_break_and_only_who_can_be_answered(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "network.sqlite")
    whole, bare = invoice_for(BUYERS[0], "whole"), message("bare", receiver=BUYERS[0].id)
    for each in (whole, bare):
        journal.register(Participant(each.sender.value, (*TYPES, str(INVOICE_RESPONSE)), deliver_to=""))
        journal.take(each.instance_id, each, sbdh.write(each), NOW)
    found = {one.key: one for one in journal.waiting(NOW, 9)}
    assert answered(journal, found["whole"], Outcome.BUYER_ACCEPTED, NOW)
    assert answered(journal, found["whole"], Outcome.BUYER_ACCEPTED, NOW + timedelta(seconds=1))
    assert len(journal.under_way(9)) == 3
    assert not answered(journal, found["bare"], Outcome.BUYER_ACCEPTED, NOW), "it names nobody"
    journal.register(Participant(whole.sender.value, TYPES, deliver_to=""))
    journal.take("other", invoice_for(BUYERS[0], "other"), b"<other/>", NOW)
    other = next(one for one in journal.waiting(NOW, 9) if one.key == "other")
    assert not answered(journal, other, Outcome.BUYER_ACCEPTED, NOW), "the seller takes no such document"
    journal.close()
