"""What is shown of a document on its way: each fact with the ledger's entry that proves it, and nothing made up."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from gateway.db import Database
from gateway.outbound import flow, routing, view
from gateway.outbound.facts import Known
from gateway.outbound.headlines import headline
from gateway.outbound.judgement import completed
from gateway.outbound.states import Public, State
from gateway.outbound.view import Shown
from ledger.entry import Kind
from peppol.errors import OutcomeUnknown, Temporary
from peppol.message import MlsType
from peppol.statuses import MEANINGS, Corner, Outcome
from tests.gateway.outbound.conftest import Company
from tests.gateway.outbound.test_transmission import queued, send
from tests.gateway.outbound.test_transmission_statuses import Line, Refusing, Sent, line, sender, sent
from ubl import Invoice, write
from ubl.parties import Endpoint

__all__ = ["line", "sender", "sent"]


async def shown(company: Company, document_id: UUID) -> Shown:
    async with company.call() as call:
        return await view.shown(call, document_id)


def marks(document: Any) -> str:
    facts = document.facts
    return " ".join(getattr(facts, name).state for name in ("sealed", "sender", "receiver", "authority", "buyer"))


async def test_each_fact_leads_to_the_entry_that_proves_it(sent: Sent) -> None:
    await sent.take(
        sent.event(Outcome.TAKEN),
        sent.event(Outcome.DELIVERED),
        sent.event(Outcome.REPORTED),
        sent.event(Outcome.BUYER_REJECTED, reason="Two chairs are missing."),
    )
    document = await shown(sent.company, sent.id)
    assert marks(document) == "yes yes yes yes no"
    assert (document.headline.code, document.headline.tone) == ("declined", "bad")
    assert document.headline.en == "The buyer refuses it; reported to the tax authority"
    assert document.next_step is not None
    entries = {entry.seq: entry for entry in await sent.company.entries()}
    proven = {
        "sealed": Kind.INVOICE,
        "sender": Kind.TRANSMISSION,
        "receiver": Kind.STATUS,
        "authority": Kind.STATUS,
        "buyer": Kind.STATUS,
    }
    for name, kind in proven.items():
        fact = getattr(document.facts, name)
        assert fact.evidence is not None and fact.at is not None, name
        entry = entries[fact.evidence.seq]
        assert (entry.kind, entry.number) == (kind, document.number)
        assert fact.evidence.proof == f"/v1/ledger/entries/{entry.seq}/proof"
        told = msgspec.json.decode(entry.canonical)
        if fact.outcome is not None:
            assert told["outcome"] == fact.outcome, "not some other report of that corner"
            assert fact.evidence.answer_sha256 == told["report_sha256"]
        if name == "sender":
            assert fact.evidence.answer_sha256 == told["answer_sha256"]
    assert document.facts.buyer.said == "Two chairs are missing."


async def test_silence_is_open_and_has_no_evidence(sent: Sent) -> None:
    document = await shown(sent.company, sent.id)
    assert marks(document) == "yes yes open open open"
    assert document.facts.receiver.evidence is None and document.facts.receiver.at is None
    assert document.deadline is not None and document.deadline.state == "met"


async def test_a_lost_answer_is_unknown_until_it_is_asked_for(sender: Company, invoice: Invoice, line: Line) -> None:
    document_id = await queued(sender, invoice)
    line.trouble = [OutcomeUnknown("The answer was lost")]
    with pytest.raises(Exception, match="lost"):
        await send(sender, document_id)
    document = await shown(sender, document_id)
    assert marks(document) == "yes unknown open open open"
    assert document.headline.code == "asking"
    assert document.facts.sender.evidence is None, "what nobody knows, nothing proves"
    assert document.facts.sender.said == "The answer was lost"
    assert document.deadline is not None and document.deadline.met_on is None, "the clock runs on"


async def test_a_busy_provider_is_no_no(sender: Company, invoice: Invoice, line: Line) -> None:
    document_id = await queued(sender, invoice)
    line.trouble = [Temporary("busy")]
    with pytest.raises(Exception, match="busy"):
        await send(sender, document_id)
    document = await shown(sender, document_id)
    assert marks(document) == "yes open open open open"
    assert document.headline.code == "retrying"


async def test_a_refusal_is_a_no_with_evidence_and_a_next_step(sender: Company, invoice: Invoice) -> None:
    document_id = await queued(sender, invoice)
    with pytest.raises(Exception, match="list of senders"):
        await send(sender, document_id, provider=Refusing())  # type: ignore[arg-type]
    document = await shown(sender, document_id)
    assert marks(document) == "yes no open open open"
    assert document.facts.sender.evidence is not None
    assert document.facts.sender.next_step is not None and document.next_step == document.facts.sender.next_step
    assert document.headline.code == "failed"


async def test_a_rejected_document_waits_for_nobody(sender: Company, invoice: Invoice) -> None:
    document_id = await sender.sealed(invoice)
    async with sender.call(sender.head) as call:
        await flow.reject(call, document_id, reason="The price is last year's.")
    document = await shown(sender, document_id)
    assert marks(document) == "yes not_applicable not_applicable not_applicable not_applicable"
    assert document.deadline is None
    assert document.steps.rejected is not None and document.steps.rejected.reason == "The price is last year's."


# ------------------------------------------------------------------------------------------- predefined endpoints


def addressed(invoice: Invoice, endpoint: str) -> Invoice:
    assert invoice.buyer is not None
    return msgspec.structs.replace(
        invoice, buyer=msgspec.structs.replace(invoice.buyer, endpoint=Endpoint(id=endpoint)), number="X-1", uuid="u"
    )


@pytest.mark.parametrize("endpoint", ["9900000097", "9900000098", "9900000099"])
def test_nothing_in_a_message_without_receiver_asks_for_a_delivery(endpoint: str, invoice: Invoice) -> None:
    whole = completed(addressed(invoice, endpoint))
    now = datetime(2026, 11, 21, tzinfo=UTC)
    message = routing.route(write(whole), instance_id="a", created_at=now)
    assert routing.is_predefined(whole) and message.receiver.predefined
    assert message.mls_type is None, "no receipt is asked of a corner 3 that doesn't exist"
    plain = routing.route(write(completed(addressed(invoice, "1123456789"))), instance_id="a", created_at=now)
    assert plain.mls_type is MlsType.ALWAYS_SEND


@pytest.mark.parametrize("endpoint", ["9900000097", "9900000098", "9900000099"])
async def test_a_predefined_address_is_shown_without_receiver(endpoint: str, sender: Company, invoice: Invoice) -> None:
    plain = msgspec.structs.replace(addressed(invoice, endpoint), number=None, uuid=None)
    document = await shown(sender, await sender.draft(plain))
    assert marks(document) == "open open not_applicable open not_applicable"


# ---------------------------------------------------------------------------------- the headline and the public state

AGREE = {
    "refused": {Public.REFUSED},
    "report-refused": {Public.REPORT_REFUSED},
    "declined": {Public.DECLINED},
    "paid": {Public.PAID},
    "accepted": {Public.ACCEPTED},
    "accepted-conditionally": {Public.ACCEPTED},
    "buyer-asks": {Public.DELIVERED},
    "delivered": {Public.DELIVERED},
    "undeliverable": {Public.UNDELIVERABLE, Public.DELIVERED},
    "taken": {Public.SENT, Public.REPORTED},
    "reported": {Public.REPORTED},
    "reported-only": {Public.REPORTED},
    "sent": {Public.SENT},
    "sent-to-authority": {Public.SENT},
}


async def test_the_headline_agrees_with_the_one_word_that_the_database_derives(admin: Database) -> None:
    """Over every combination of what others may have said of a sent document."""
    outcomes = {corner: [None, *(o for o, m in MEANINGS.items() if m.corner is corner)] for corner in Corner}
    async with admin.platform() as db:
        rule = (
            await db.execute(
                text(
                    "select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d join pg_attribute a "
                    "on a.attrelid = d.adrelid and a.attnum = d.adnum "
                    "where d.adrelid = 'issued_documents'::regclass and a.attname = 'public_state'"
                )
            )
        ).scalar_one()
        derive = text(
            f"select {rule} from (select cast('SENT' as text) as state, cast(:c3 as text) as c3, "
            "cast(:c5 as text) as c5, cast(:buyer as text) as buyer) as row"
        )
        for c3, c5, buyer in product(*outcomes.values()):
            public = Public((await db.execute(derive, {"c3": c3, "c5": c5, "buyer": buyer})).scalar_one())
            line = headline(Known(state=State.SENT, c3=c3, c5=c5, buyer=buyer))
            assert public in AGREE[line.code], (c3, c5, buyer, public, line)
