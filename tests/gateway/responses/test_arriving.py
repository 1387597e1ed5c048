"""The seller's side: who answers is believed only where the document was sent to them; nothing is ever sent again."""

from __future__ import annotations

import itertools
import random
import re
import shutil
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text

from gateway.audit.flow import Ask, verify_company
from gateway.db import Database
from gateway.inbound.errors import InstanceReused
from gateway.jobqueue import Permanent
from gateway.outbound import examples, flow
from gateway.outbound import view as outbound_view
from gateway.outbound.errors import Arrived
from gateway.responses import arriving, view
from gateway.responses.errors import ResponseNotFound
from gateway.responses.models import received as table
from gateway.sandbox.faults import Fault
from gateway.storage import StorageUnavailable
from gateway.storage.folder import FolderStorage
from ledger.entry import Kind as EntryKind
from peppol.statuses import MEANINGS, Outcome
from tests.gateway.outbound.conftest import NOW, Company
from tests.gateway.outbound.test_faults import Broken, Saboteur
from tests.gateway.responses.conftest import (
    BUYER,
    SELLER,
    STRANGER,
    WHY,
    arrives,
    issued,
    message_of,
    opened,
    response_to,
    together,
    xml_of,
)
from tests.gateway.sandbox.process import SandboxProcess
from ubl.response import Clarification, Code, Kind


async def heard(company: Company, document_id: UUID) -> list[Any]:
    async with company.call() as call:
        return list(await view.heard_about(call, document_id))


async def one(company: Company, response_id: UUID) -> Any:
    async with company.call() as call:
        return await view.one_heard(call, response_id)


async def statuses(company: Company, number: str) -> list[Any]:
    return [entry for entry in await company.entries() if entry.kind == EntryKind.STATUS and entry.number == number]


async def test_a_buyers_clock_that_is_beyond_all_bounds_holds_up_nothing(seller: Company) -> None:
    document_id = await issued(seller)
    xml = response_to(await xml_of(seller, document_id), Code.ACCEPTED)
    xml = re.sub(rb"IssueDate>[^<]*<", b"IssueDate>0001-01-01<", xml, count=1)
    xml = re.sub(rb"IssueTime>[^<]*<", b"IssueTime>00:00:00+04:00<", xml, count=1)
    await arrives(seller, xml)
    assert (await seller.row(document_id)).buyer == "buyer_accepted"


async def test_the_same_answer_in_another_envelope_leaves_nothing_behind(seller: Company) -> None:
    """No row would name the second envelope, so no erasure would find it."""
    document_id = await issued(seller)
    xml = response_to(await xml_of(seller, document_id), Code.ACCEPTED)
    await arrives(seller, xml)
    again = opened(message_of(xml))
    assert (await arriving.take_response(seller.wiring, seller.id, again, now=seller.now)).duplicate
    assert not await seller.wiring.storage.exists(sha256(again.envelope).hexdigest())


async def test_a_rejection_is_a_fact_with_evidence_and_a_next_step(seller: Company) -> None:
    document_id = await issued(seller)
    why = (*WHY, Clarification(kind=Kind.ACTION, code="CNF"))
    xml = response_to(await xml_of(seller, document_id), Code.REJECTED, *why, note="Take them back.")
    receipt = await arrives(seller, xml)
    row = await seller.row(document_id)
    (told,) = await heard(seller, document_id)
    (entry,) = await statuses(seller, row.number)
    fact = msgspec.json.decode(entry.canonical)
    said = "Quality: Two chairs are broken.; Credit it in full; Take them back."
    assert not receipt.duplicate
    assert (row.buyer, row.buyer_reason, row.public_state, row.state) == ("buyer_rejected", said, "DECLINED", "SENT")
    assert (told.verdict, told.code, told.reason, told.sender) == ("believed", "RE", said, BUYER)
    assert told.next_step == "Issue a credit note over the whole document."
    assert entry.attached == xml
    assert (fact["code"], fact["outcome"], fact["document_id"]) == ("RE", "buyer_rejected", str(document_id))
    assert await seller.wiring.storage.get(fact["xml_sha256"]) == xml
    assert await seller.wiring.storage.get(fact["envelope_sha256"])
    async with seller.call() as call:
        assert (await view.xml_heard(call, receipt.id))[1] == xml
        happened = (await outbound_view.shown(call, document_id)).timeline[-1]
    assert happened.kind == "invoice.buyer_rejected"
    assert (happened.facts["reason"], happened.facts["next_step"]) == (said, told.next_step)


@pytest.mark.parametrize("order", [0, 1, 2], ids=["as said", "backwards", "mixed"])
async def test_answers_may_come_in_any_order(seller: Company, order: int) -> None:
    document_id = await issued(seller)
    xml = await xml_of(seller, document_id)
    answers = [response_to(xml, code) for code in Code if code is not Code.REJECTED]
    if order == 1:
        answers.reverse()
    if order == 2:
        random.Random(5).shuffle(answers)
    for answer in answers:
        await arrives(seller, answer)
    row = await seller.row(document_id)
    told = await heard(seller, document_id)
    assert (row.buyer, row.public_state) == ("buyer_paid", "PAID")
    assert len(told) == len(answers)
    assert len(await statuses(seller, row.number)) == len(answers)
    async with seller.call() as call:
        timeline = (await outbound_view.shown(call, document_id)).timeline
    kinds = [line.kind for line in timeline if line.kind.startswith("invoice.buyer_")]
    assert sorted(kinds) == sorted(
        f"invoice.{outcome}"
        for outcome in Outcome
        if MEANINGS[outcome].corner == "buyer" and MEANINGS[outcome].code != "RE"
    )


async def test_a_rejection_is_never_hidden_by_what_came_before_or_after(seller: Company) -> None:
    for codes in itertools.permutations((Code.ACCEPTED, Code.REJECTED)):
        document_id = await issued(seller)
        xml = await xml_of(seller, document_id)
        for code in codes:
            await arrives(seller, response_to(xml, code))
        assert (await seller.row(document_id)).public_state == "DECLINED"


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("codes", "stands"),
    [
        ((Code.CONDITIONALLY_ACCEPTED, Code.UNDER_QUERY), "buyer_queries"),
        ((Code.UNDER_QUERY, Code.IN_PROCESS), "buyer_in_process"),
        ((Code.UNDER_QUERY, Code.CONDITIONALLY_ACCEPTED), "buyer_accepted_conditionally"),
        ((Code.CONDITIONALLY_ACCEPTED, Code.ACCEPTED, Code.PAID), "buyer_paid"),
        ((Code.ACCEPTED, Code.UNDER_QUERY), "buyer_accepted"),
        ((Code.REJECTED, Code.UNDER_QUERY), "buyer_rejected"),
    ],
)
async def test_of_words_that_may_be_taken_back_the_one_said_last_stands(
    seller: Company, codes: tuple[Code, ...], stands: str, backwards: bool
) -> None:
    document_id = await issued(seller)
    xml = await xml_of(seller, document_id)
    said = [response_to(xml, code, now=NOW - timedelta(minutes=60 - place)) for place, code in enumerate(codes)]
    for answer in reversed(said) if backwards else said:
        await arrives(seller, answer)
    assert (await seller.row(document_id)).buyer == stands


async def test_a_clock_that_runs_ahead_gains_nothing(seller: Company) -> None:
    document_id = await issued(seller)
    xml = await xml_of(seller, document_id)
    await arrives(seller, response_to(xml, Code.IN_PROCESS, now=NOW + timedelta(days=400)))
    assert (await seller.row(document_id)).buyer_at <= seller.now
    seller.now += timedelta(seconds=1)
    await arrives(seller, response_to(xml, Code.UNDER_QUERY, now=NOW + timedelta(days=300)))
    assert (await seller.row(document_id)).buyer == "buyer_queries"


async def test_the_same_answer_again_changes_nothing(seller: Company) -> None:
    document_id = await issued(seller)
    answer = response_to(await xml_of(seller, document_id), Code.ACCEPTED)
    instance = str(uuid4())
    first = await arrives(seller, answer, instance_id=instance)
    before = len(await seller.entries())
    again = await arrives(seller, answer, instance_id=instance)
    elsewhere = await arrives(seller, answer)
    assert [(one.id, one.duplicate) for one in (again, elsewhere)] == [(first.id, True)] * 2
    assert len(await heard(seller, document_id)) == 1
    assert len(await seller.entries()) == before


async def test_the_same_answer_at_the_same_time(seller: Company) -> None:
    document_id = await issued(seller)
    answer, instance = response_to(await xml_of(seller, document_id), Code.ACCEPTED), str(uuid4())
    receipts = await together(*(arrives(seller, answer, instance_id=instance) for _ in range(6)))
    assert len({receipt.id for receipt in receipts}) == 1
    assert sorted(receipt.duplicate for receipt in receipts) == [False] + [True] * 5
    assert len(await statuses(seller, (await seller.row(document_id)).number)) == 1


async def test_an_instance_id_never_names_two_answers(seller: Company) -> None:
    document_id = await issued(seller)
    xml, instance = await xml_of(seller, document_id), str(uuid4())
    await arrives(seller, response_to(xml, Code.ACKNOWLEDGED), instance_id=instance)
    with pytest.raises(InstanceReused):
        await arrives(seller, response_to(xml, Code.REJECTED), instance_id=instance)
    assert (await seller.row(document_id)).buyer == "buyer_received"


async def test_what_was_never_sent_has_no_answer(seller: Company) -> None:
    draft = await seller.draft(examples.INVOICE)
    sealed = await seller.sealed(examples.INVOICE)
    receipt = await arrives(seller, response_to(await xml_of(seller, sealed), Code.ACCEPTED))
    assert (await one(seller, receipt.id)).verdict == "unmatched"
    assert (await seller.row(sealed)).buyer is None
    assert (await seller.row(draft)).buyer is None


async def test_an_answer_to_what_we_gave_up_proves_that_it_is_there_and_sends_nothing(
    seller: Company, network: SandboxProcess, module_admin: Database
) -> None:
    """Our own call failed for all we know; the buyer speaks of it, so it can't be ordered a second time."""
    network.desk.order(Fault.REFUSED, participant=SELLER)
    with pytest.raises(Permanent):
        await issued(seller)
    async with seller.database.company(seller.id) as db:
        query = text("select id from issued_documents where state = 'FAILED' order by id desc limit 1")
        document_id = (await db.execute(query)).scalar_one()
    await arrives(seller, response_to(await xml_of(seller, document_id), Code.ACKNOWLEDGED))
    before = await _everything(module_admin)
    with pytest.raises(Arrived):
        async with seller.call() as call:
            await flow.send(call, document_id)
    assert await _everything(module_admin) == before
    assert (await seller.row(document_id)).state == "FAILED"


async def test_another_company_sees_nothing_of_it(seller: Company, buyer: Company) -> None:
    document_id = await issued(seller)
    receipt = await arrives(seller, response_to(await xml_of(seller, document_id), Code.ACCEPTED))
    async with buyer.call() as call:
        assert (await view.heard(call, verdict=None, cursor=None, limit=200)).items == ()
        for reading in (view.one_heard, view.xml_heard):
            with pytest.raises(ResponseNotFound):
                await reading(call, receipt.id)


async def test_what_came_can_never_be_changed(seller: Company) -> None:
    document_id = await issued(seller)
    receipt = await arrives(seller, response_to(await xml_of(seller, document_id), Code.ACCEPTED))
    for change in ({"verdict": "foreign"}, {"code": "RE"}, {"sender": STRANGER}, {"note": "x"}):
        with pytest.raises(Exception, match="permission denied"):
            async with seller.database.company(seller.id) as db:
                await db.execute(table.update().where(table.c.id == receipt.id).values(**change))


async def test_the_ledger_with_answers_of_all_kinds_verifies(seller: Company) -> None:
    document_id = await issued(seller)
    xml = await xml_of(seller, document_id)
    await arrives(seller, response_to(xml, Code.REJECTED))
    await arrives(seller, response_to(xml, Code.ACCEPTED), sender=STRANGER)
    report = await verify_company(seller.database, seller.id, Ask(deep=True))
    assert (report.status, report.failures) == ("ok", ())


TABLES = ("received_responses", "issued_documents", "ledger_entries", "ledger_contents", "events", "jobs")


async def _everything(admin: Database) -> dict[str, list[str]]:
    async with admin.platform() as db:
        return {
            name: list((await db.execute(text(f"select t::text as row from {name} t order by 1"))).scalars())
            for name in TABLES
        }


@pytest.mark.parametrize("sender", [BUYER, STRANGER], ids=["believed", "doubted"])
async def test_what_comes_is_kept_whole_or_not_at_all(
    seller: Company, module_database: Database, module_admin: Database, sender: str
) -> None:
    """Each statement and the commit fail once: nothing is confirmed, nothing half-done, and the repetition is taken."""
    document_id = await issued(seller)
    answer, instance = response_to(await xml_of(seller, document_id), Code.ACCEPTED), str(uuid4())
    come = message_of(answer, sender=sender, instance_id=instance)
    saboteur, standing = Saboteur(module_database), await _everything(module_admin)
    fail_at = 0
    while True:
        fail_at += 1
        with saboteur.at_work(fail_at):
            try:
                receipt = await arriving.take_response(seller.wiring, seller.id, opened(come), now=seller.now)
            except Broken:
                assert await _everything(module_admin) == standing, f"step {fail_at} left something behind"
                continue
        break
    assert fail_at > 8, "the saboteur saw fewer statements than there are"
    assert not receipt.duplicate
    after = await _everything(module_admin)
    grown = {name: len(after[name]) - len(standing[name]) for name in TABLES}
    assert grown == {
        name: int(name in {"received_responses", "ledger_entries", "ledger_contents", "events"}) for name in TABLES
    }
    assert (await seller.row(document_id)).buyer == ("buyer_accepted" if sender == BUYER else None)


async def test_without_a_storage_nothing_is_confirmed(seller: Company, tmp_path: Path) -> None:
    document_id = await issued(seller)
    answer, instance = response_to(await xml_of(seller, document_id), Code.ACCEPTED), str(uuid4())
    broken = msgspec.structs.replace(seller.wiring, storage=FolderStorage(tmp_path / "objects"))
    shutil.rmtree(tmp_path / "objects")
    (tmp_path / "objects").write_bytes(b"no folder any more")
    come = opened(message_of(answer, instance_id=instance))
    with pytest.raises(StorageUnavailable):
        await arriving.take_response(broken, seller.id, come, now=seller.now)
    assert await heard(seller, document_id) == []
    assert not (await arriving.take_response(seller.wiring, seller.id, come, now=seller.now)).duplicate
    assert (await seller.row(document_id)).buyer == "buyer_accepted"
