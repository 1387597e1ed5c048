"""A natural person's answers are destroyed with the document they are about, and later ones aren't kept at all."""

from __future__ import annotations

from concurrent.futures import Executor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from gateway import jobqueue
from gateway.audit.flow import Ask, verify_company
from gateway.db import Database
from gateway.erasure import jobs as erasure_jobs
from gateway.erasure.flow import REMOVE
from gateway.outbound import examples, flow
from gateway.outbound import jobs as outbound_jobs
from gateway.responses import view
from gateway.responses.errors import ResponseNotFound
from gateway.settings import Settings
from gateway.storage.folder import FolderStorage
from ledger.entry import Kind as EntryKind
from tests.gateway.erasure.conftest import PERSON, TELLING, YEARS_LATER, erase, traces
from tests.gateway.outbound.conftest import Company, bare_wiring, open_company
from tests.gateway.outbound.test_transmission_statuses import Line
from tests.gateway.responses.conftest import BUYER, arrives, response_to, xml_of
from ubl.parties import Endpoint
from ubl.response import Clarification, Code, Kind

WORDS = ("My dog Sultan ate the chairs", "Back to Jasmine Alley please")
"""What only the person would write."""
WHY = (Clarification(kind=Kind.REASON, code="OTH", text=WORDS[0]),)


@pytest.fixture
async def company(database: Database, admin: Database, executor: Executor, tmp_path: Path) -> Company:
    wiring: Any = msgspec.structs.replace(
        bare_wiring(database, executor),
        settings=Settings(),
        provider=Line(),  # type: ignore[arg-type]
        storage=FolderStorage(tmp_path / "objects"),
    )
    return await open_company(database, admin, wiring)


async def sent_to_a_person(company: Company) -> UUID:
    """A document that a natural person who is on the network has."""
    person = msgspec.structs.replace(PERSON, endpoint=Endpoint(id=BUYER[5:]))
    document_id = await company.sealed(msgspec.structs.replace(examples.INVOICE, buyer=person))
    await company.approve(document_id)
    async with company.call() as call:
        await flow.send(call, document_id)
    await outbound_jobs.send(
        company.wiring, company.id, msgspec.json.encode(flow.SendJob(document_id)), now=company.now
    )
    return document_id


async def test_an_answer_is_destroyed_with_its_document(company: Company, admin: Database, tmp_path: Path) -> None:
    document_id = await sent_to_a_person(company)
    answer = response_to(await xml_of(company, document_id), Code.REJECTED, *WHY, note=WORDS[1])
    receipt = await arrives(company, answer)
    everything = (*WORDS, *TELLING, BUYER)
    assert {"received_responses", "objects"} <= await traces(admin, tmp_path, WORDS)
    assert "ledger_contents" not in await traces(admin, tmp_path, WORDS)
    company.now += YEARS_LATER
    await erase(company, document_id)
    assert await traces(admin, tmp_path, everything) == set()
    async with company.call() as call:
        (told,) = await view.heard_about(call, document_id)
        assert (told.code, told.reason, told.sender) == ("RE", None, None)
        with pytest.raises(ResponseNotFound):
            await view.xml_heard(call, receipt.id)
    report = await verify_company(company.database, company.id, Ask(deep=True))
    assert (report.status, report.failures) == ("ok", ())


async def test_an_answer_about_an_erased_document_isnt_kept(company: Company, admin: Database, tmp_path: Path) -> None:
    document_id = await sent_to_a_person(company)
    xml = await xml_of(company, document_id)
    company.now += YEARS_LATER
    await erase(company, document_id)
    entries = [entry for entry in await company.entries() if entry.kind == EntryKind.STATUS]
    answer = response_to(xml, Code.REJECTED, *WHY, note=WORDS[1])
    first = await arrives(company, answer, instance_id="late")
    again = await arrives(company, answer, instance_id="late")
    assert (again.id, again.duplicate) == (first.id, True)
    async with company.database.platform() as db:
        claimed = await jobqueue.claim(db, {REMOVE: 9}, most=9, lease=timedelta(minutes=1))
    for job in claimed:
        await erasure_jobs.remove(company.wiring, job.company_id, job.payload, now=company.now)
    assert await traces(admin, tmp_path, (*WORDS, *TELLING, BUYER)) == set()
    assert [entry for entry in await company.entries() if entry.kind == EntryKind.STATUS] == entries
    async with company.call() as call:
        told = await view.one_heard(call, first.id)
    assert (told.verdict, told.code, told.sender) == ("erased", None, None)
    assert (await company.row(document_id)).buyer is None


async def test_two_persons_answers_are_erased_beside_each_other(company: Company) -> None:
    """No sender stays of either, and still none stands in the other's way."""
    for _ in range(2):
        document_id = await sent_to_a_person(company)
        await arrives(company, response_to(await xml_of(company, document_id), Code.ACCEPTED), instance_id="same")
        company.now += YEARS_LATER
        await erase(company, document_id)
        company.now -= YEARS_LATER
