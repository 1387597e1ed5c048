"""The buyer's side: an answer is lawful, checked, sealed and queued, or nothing of it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

import ubl
from gateway.access.errors import StepUpRequired
from gateway.access.permissions import StepUp
from gateway.access.principal import Principal
from gateway.audit.flow import Ask, verify_company
from gateway.db import Database
from gateway.inbound import flow as inbound
from gateway.inbound import view as inbound_view
from gateway.inbound.errors import BillNotFound
from gateway.lifecycle import IllegalTransition
from gateway.outbound import examples
from gateway.responses import flow, view
from gateway.responses.errors import NotSayable, OutOfOrder, ResponseNotFound, Unanswerable
from gateway.responses.flow import Said
from gateway.responses.models import sent as table
from ledger.entry import Kind as EntryKind
from peppol.identifiers import INVOICE
from tests.gateway.outbound.conftest import Company
from tests.gateway.outbound.test_faults import Broken, Saboteur
from tests.gateway.responses.conftest import BUYER, SELLER, WHY, answered, message_of, opened, received, shown
from ubl import response as invoice_response
from ubl.response import Clarification, Code, Kind

PART = Clarification(kind=Kind.REASON, code="PPD", text="Half of it.")


async def say(company: Company, document_id: UUID, *codes: Code) -> UUID:
    """One answer after the other, each with a reason where it needs one; the last one's id."""
    for code in codes:
        last = await answered(company, document_id, code, *(WHY if code in invoice_response.NEEDS_REASON else ()))
    return last


async def standing_of(company: Company, document_id: UUID) -> Any:
    async with company.call() as call:
        return await view.answers(call, document_id)


async def number_of(company: Company, document_id: UUID) -> str:
    async with company.database.company(company.id) as db:
        query = text("select number from received_documents where id = :id")
        return str(await db.scalar(query, {"id": document_id}))


async def test_an_answer_is_sealed_with_the_message_that_is_sent(buyer: Company) -> None:
    document_id = await received(buyer)
    response_id = await answered(buyer, document_id, Code.REJECTED, *WHY, note="Sorry.")
    async with buyer.call() as call:
        _, xml = await view.xml_of_answer(call, document_id, response_id)
    number = await number_of(buyer, document_id)
    (entry,) = [e for e in await buyer.entries() if e.kind == EntryKind.RESPONSE and e.number == number]
    fact = msgspec.json.decode(entry.canonical)
    told = invoice_response.read(xml)
    assert entry.attached == xml
    assert entry.series == f"received from {SELLER}"
    assert (fact["code"], fact["response_id"], fact["sender"]) == ("RE", str(response_id), BUYER)
    assert (told.code, told.clarifications, told.note) == (Code.REJECTED, WHY, "Sorry.")
    assert (told.number, told.type) == (number, "380")
    assert (told.sender.endpoint.id, told.receiver.endpoint.id) == (BUYER[5:], SELLER[5:])
    assert invoice_response.check(xml).findings == ()
    assert entry.signature is not None


async def test_the_ledger_with_answers_verifies(buyer: Company) -> None:
    await say(buyer, await received(buyer), Code.ACKNOWLEDGED, Code.ACCEPTED)
    report = await verify_company(buyer.database, buyer.id, Ask(deep=True))
    assert (report.status, report.failures) == ("ok", ())


async def test_the_message_is_of_the_day_in_the_emirates(buyer: Company) -> None:
    document_id = await received(buyer)
    async with buyer.call(by_key=True) as call:
        late = msgspec.structs.replace(call, now=datetime(2026, 11, 21, 22, 30, tzinfo=UTC))
        response_id = await flow.answer(late, document_id, Said(code=Code.ACKNOWLEDGED))
        _, xml = await view.xml_of_answer(call, document_id, response_id)
    told = invoice_response.read(xml)
    assert told.issue_date == date(2026, 11, 22)
    assert told.issue_time is not None
    assert told.issue_time.isoformat() == "02:30:00+04:00"


@pytest.mark.parametrize(
    ("codes", "wrong", "possible"),
    [
        ((), Code.PAID, {"AB", "IP", "UQ", "CA", "AP", "RE"}),
        ((Code.ACKNOWLEDGED,), Code.ACKNOWLEDGED, {"IP", "UQ", "CA", "AP", "RE"}),
        ((Code.IN_PROCESS,), Code.ACKNOWLEDGED, {"UQ", "CA", "AP", "RE"}),
        ((Code.UNDER_QUERY, Code.IN_PROCESS, Code.UNDER_QUERY), Code.PAID, {"IP", "UQ", "CA", "AP", "RE"}),
        ((Code.CONDITIONALLY_ACCEPTED,), Code.IN_PROCESS, {"UQ", "CA", "AP", "RE", "PD"}),
        ((Code.ACCEPTED,), Code.REJECTED, {"PD"}),
        ((Code.ACCEPTED, Code.PAID), Code.PAID, set()),
        ((Code.REJECTED,), Code.ACCEPTED, set()),
    ],
)
async def test_what_cant_follow_is_refused_and_leaves_nothing(
    buyer: Company, codes: Sequence[Code], wrong: Code, possible: set[str]
) -> None:
    document_id = await received(buyer)
    if codes:
        await say(buyer, document_id, *codes)
    with pytest.raises(OutOfOrder) as refused:
        await say(buyer, document_id, wrong)
    found = await standing_of(buyer, document_id)
    assert [item.code for item in found.items] == list(codes)
    assert set(found.possible) == possible
    assert refused.value.facts == {"standing": codes[-1].value if codes else "silent"}
    assert (", ".join(sorted(possible)) or "Nothing may follow") in refused.value.detail


async def test_payments_in_parts_may_follow_each_other(buyer: Company) -> None:
    document_id = await received(buyer)
    await say(buyer, document_id, Code.ACCEPTED)
    await answered(buyer, document_id, Code.PAID, PART, payment="FT-1")
    assert (await standing_of(buyer, document_id)).standing == "PD/PPD"
    await answered(buyer, document_id, Code.PAID, PART, payment="FT-2")
    await answered(buyer, document_id, Code.PAID, payment="FT-3")
    found = await standing_of(buyer, document_id)
    assert (found.standing, found.possible) == ("PD", ())
    assert [item.payment for item in found.items] == [None, "FT-1", "FT-2", "FT-3"]


@pytest.mark.parametrize(
    ("code", "why", "pointer"),
    [
        (Code.REJECTED, (), "/clarifications"),
        (Code.UNDER_QUERY, (), "/clarifications"),
        (Code.CONDITIONALLY_ACCEPTED, (), "/clarifications"),
        (Code.REJECTED, (Clarification(kind=Kind.REASON, code="XXX"),), "/clarifications/0"),
        (Code.REJECTED, (*WHY, Clarification(kind=Kind.ACTION, code="QUA")), "/clarifications/1"),
        (Code.REJECTED, (Clarification(kind=Kind.REASON, code="OTH"),), "/clarifications/0"),
        (Code.ACCEPTED, (PART,), "/clarifications/0"),
    ],
)
async def test_what_the_rules_forbid_is_refused_with_its_place(
    buyer: Company, code: Code, why: tuple[Clarification, ...], pointer: str
) -> None:
    document_id = await received(buyer)
    with pytest.raises(NotSayable) as refused:
        await answered(buyer, document_id, code, *why)
    assert [finding.pointer for finding in refused.value.findings] == [pointer]
    assert (await standing_of(buyer, document_id)).items == ()


async def test_what_xml_cant_carry_is_refused(buyer: Company) -> None:
    with pytest.raises(NotSayable):
        await answered(buyer, await received(buyer), Code.ACKNOWLEDGED, note="a\x0bb")


async def test_a_self_billed_document_is_answered_by_the_seller(seller: Company) -> None:
    """The buyer issued it and sent it to the seller, who received it and answers."""
    invoice = msgspec.structs.replace(
        examples.INVOICE, number="SB-1", uuid="1b4e28ba-2fa1-4d3b-8f7c-0a1b2c3d4e5f", type="389",
        specification="urn:peppol:pint:selfbilling-1@ae-1", process="urn:peppol:bis:selfbilling",
    )  # fmt: skip
    document_id = await received(seller, ubl.write(ubl.complete(invoice)))
    response_id = await answered(seller, document_id, Code.ACKNOWLEDGED)
    async with seller.call() as call:
        told = invoice_response.read((await view.xml_of_answer(call, document_id, response_id))[1])
    assert (told.sender.endpoint.id, told.receiver.endpoint.id) == (SELLER[5:], BUYER[5:])


async def test_nobody_is_answered_in_the_name_of_another(buyer: Company) -> None:
    """The document names other parties than its envelope, or isn't an invoice: an answer would go astray."""
    invoice = msgspec.structs.replace(examples.INVOICE, number="ASTRAY", uuid="2b4e28ba-2fa1-4d3b-8f7c-0a1b2c3d4e5f")
    astray = ubl.write(ubl.complete(invoice)).replace(b">1987654321<", b">1888888888<")
    message = msgspec.structs.replace(message_of(astray, sender=SELLER, receiver=BUYER), document_type=INVOICE)
    document_id = (await inbound.receive(buyer.wiring, buyer.id, opened(message), now=buyer.now)).id
    with pytest.raises(Unanswerable):
        await answered(buyer, document_id, Code.ACKNOWLEDGED)


async def test_two_answers_at_the_same_time_are_one_after_the_other(buyer: Company) -> None:
    document_id = await received(buyer)
    outcomes = await asyncio.gather(
        *(say(buyer, document_id, code) for code in (Code.ACCEPTED, Code.REJECTED, Code.ACCEPTED, Code.REJECTED)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["OutOfOrder"] * 3 + ["UUID"]
    assert len((await standing_of(buyer, document_id)).items) == 1


@pytest.mark.parametrize("code", list(Code))
async def test_what_decides_over_money_asks_a_person_for_a_fresh_code(buyer: Company, code: Code) -> None:
    document_id = await received(buyer)
    if code is Code.PAID:
        await say(buyer, document_id, Code.ACCEPTED)
    why = WHY if code in invoice_response.NEEDS_REASON else ()
    if code in {Code.CONDITIONALLY_ACCEPTED, Code.ACCEPTED, Code.REJECTED}:
        with pytest.raises(StepUpRequired):
            await answered(buyer, document_id, code, *why, by_key=False)
    else:
        await answered(buyer, document_id, code, *why, by_key=False)


async def test_with_a_fresh_code_a_person_decides(buyer: Company) -> None:
    document_id = await received(buyer)
    async with buyer.call() as call:
        fresh: Principal = msgspec.structs.replace(
            call.principal, step_ups={StepUp.APPROVE: call.now + timedelta(minutes=5)}
        )
        confirmed = msgspec.structs.replace(call, principal=fresh)
        await flow.answer(confirmed, document_id, Said(code=Code.ACCEPTED))
    assert (await standing_of(buyer, document_id)).standing == "AP"


async def test_the_timeline_of_the_document_tells_it(buyer: Company) -> None:
    document_id = await received(buyer)
    await answered(buyer, document_id, Code.REJECTED, *WHY)
    async with buyer.call() as call:
        document = await inbound_view.shown(call, document_id)
    told = document.timeline[-1]
    assert told.kind == "document.answered"
    assert told.facts["code"] == "RE"
    assert told.facts["reason"] == "Quality: Two chairs are broken."
    assert document.state == "RECEIVED"


async def test_another_companys_documents_and_answers_are_out_of_reach(buyer: Company, seller: Company) -> None:
    document_id = await received(buyer)
    response_id = await say(buyer, document_id, Code.ACKNOWLEDGED)
    with pytest.raises(BillNotFound):
        await say(seller, document_id, Code.ACKNOWLEDGED)
    async with seller.call() as call:
        for reading in (view.one, view.xml_of_answer):
            with pytest.raises(ResponseNotFound):
                await reading(call, document_id, response_id)
    other = await received(buyer)
    async with buyer.call() as call:
        with pytest.raises(ResponseNotFound):
            await view.one(call, other, response_id)


async def test_what_was_answered_can_never_be_changed(buyer: Company) -> None:
    response_id = await say(buyer, await received(buyer), Code.ACKNOWLEDGED)
    for change in ({"code": "AP"}, {"xml": b"<x/>"}, {"place": 7}, {"answered_by": "user:x"}, {"standing": "silent"}):
        with pytest.raises(Exception, match="permission denied"):
            async with buyer.database.company(buyer.id) as db:
                await db.execute(table.update().where(table.c.id == response_id).values(**change))
    with pytest.raises(Exception, match="permission denied"):
        async with buyer.database.company(buyer.id) as db:
            await db.execute(table.delete().where(table.c.id == response_id))


TABLES = ("sent_responses", "ledger_entries", "ledger_contents", "events", "jobs")


async def _everything(admin: Database) -> dict[str, list[str]]:
    async with admin.platform() as db:
        return {
            name: list((await db.execute(text(f"select t::text as row from {name} t order by 1"))).scalars())
            for name in TABLES
        }


async def test_an_answer_is_given_whole_or_not_at_all(
    buyer: Company, module_database: Database, module_admin: Database
) -> None:
    """Each statement and the commit fail once; afterwards everything is as it was."""
    document_id = await received(buyer)
    saboteur, standing = Saboteur(module_database), await _everything(module_admin)
    fail_at = 0
    while True:
        fail_at += 1
        with saboteur.at_work(fail_at):
            try:
                await say(buyer, document_id, Code.ACKNOWLEDGED)
            except Broken:
                assert await _everything(module_admin) == standing, f"step {fail_at} left something behind"
                continue
        break
    assert fail_at > 8, "the saboteur saw fewer statements than there are"
    after = await _everything(module_admin)
    assert {name: len(after[name]) - len(standing[name]) for name in TABLES} == {
        "sent_responses": 1, "ledger_entries": 1, "ledger_contents": 1, "events": 2, "jobs": 1,
    }  # fmt: skip


async def test_only_what_failed_is_ordered_again(buyer: Company) -> None:
    document_id = await received(buyer)
    response_id = await say(buyer, document_id, Code.ACKNOWLEDGED)
    with pytest.raises(IllegalTransition):
        async with buyer.call() as call:
            await flow.resend(call, document_id, response_id)
    assert (await shown(buyer, document_id, response_id)).state == "QUEUED"
