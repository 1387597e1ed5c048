"""What was known of a person is nowhere any more, and everything that is proved is still proved."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway import events, idempotency, jobqueue
from gateway.audit.flow import verify_company
from gateway.bundles import jobs as bundles
from gateway.bundles import queries as bundle_rows
from gateway.db import Database, new_id
from gateway.erasure import flow, queries
from gateway.erasure.errors import NamesThePerson, NothingToErase, OnItsWay, StillKept
from gateway.erasure.models import Erasure
from gateway.outbound import correction, statuses, view
from gateway.outbound import flow as outbound
from gateway.outbound.errors import Erased, NotSealed
from gateway.periods.closing import close_due
from gateway.periods.verification import check_closes
from gateway.replay import jobs as replay
from gateway.replay.replay import Outcome
from ledger import store
from ledger.entry import Kind
from ledger.errors import ContentErased
from peppol import statuses as corners
from peppol.errors import Temporary
from peppol.message import StatusEvent
from tests.gateway.erasure.conftest import PERSON, TELLING, YEARS_LATER, erase, posted, traces
from tests.gateway.outbound.conftest import NOW, Company, open_company
from tests.gateway.outbound.test_transmission import queued, send
from tests.gateway.outbound.test_transmission_statuses import Line
from ubl import Invoice
from ubl.parties import Endpoint


async def talked_about(company: Company, personal: Invoice) -> UUID:
    """A sent document about which everybody wrote the person's name into every field there is."""
    document_id = await queued(company, personal)
    trouble, line = Temporary(f"{PERSON.name} is busy"), cast("Line", company.wiring.provider)
    trouble.evidence = f"HTTP 503 {PERSON.name}".encode()
    line.trouble.append(trouble)
    with pytest.raises(jobqueue.Temporary):
        await send(company, document_id)
    await send(company, document_id)
    async with company.database.company(company.id) as db:
        key = str(await db.scalar(text("select id from transmissions where document_id = :id"), {"id": document_id}))
        await idempotency.keep(
            db,
            idempotency.Key("user:x", "k", b"f"),
            idempotency.Answer(201, "application/json", f'{{"id":"{document_id}","buyer":"{PERSON.name}"}}'.encode()),
            now=company.now,
        )
        await db.execute(text("update transmissions set reason = :name, next_step = :name"), {"name": PERSON.name})
        job = msgspec.json.encode(outbound.SendJob(document_id))
        await jobqueue.enqueue(db, outbound.SEND, job, company_id=company.id, key="again")
    async with company.database.platform() as db:
        for claimed in await jobqueue.claim(db, {outbound.SEND: 9}, most=9, lease=timedelta(minutes=1)):
            await jobqueue.fail(db, claimed, f"{PERSON.name} can't be reached", retry_in=None)
    told = StatusEvent(
        event_id="1", key=key, outcome=corners.Outcome.REFUSED, at=company.now, reason=f"{PERSON.name} moved away",
        evidence=f"<refused><by>{PERSON.name}</by></refused>".encode(),
    )  # fmt: skip
    assert await statuses.take(company.wiring, company.id, (told,), now=company.now) == 1
    return document_id


async def rejected(company: Company, personal: Invoice) -> UUID:
    document_id = await company.sealed(personal)
    async with company.call(company.head) as call:
        await outbound.reject(call, document_id, reason=f"{PERSON.name} paid in cash")
    return document_id


async def test_after_an_erasure_the_person_is_nowhere_and_the_ledger_holds(
    company: Company, personal: Invoice, invoice: Invoice, admin: Database, tmp_path: Path
) -> None:
    await company.sealed(invoice)
    documents = [await talked_about(company, personal), await rejected(company, personal)]
    by_xml = await posted(company, personal, "XML-9")
    await company.finalize(by_xml)
    documents.append(by_xml)
    await company.sealed(invoice)
    company.now += timedelta(days=1)
    await close_due(company.database, company.id, keys=company.wiring.keys, now=company.now)
    seen = await traces(admin, tmp_path)
    kept = {"issued_documents", "events", "transmissions", "transmission_attempts", "transmission_events"}
    kept |= {"idempotency_keys", "dead_jobs"}
    assert kept | {"objects"} <= seen
    assert not seen & {"ledger_contents", "ledger_entries", "personal_contents"}, "the ledger has it encrypted only"

    company.now += YEARS_LATER
    for document_id in documents:
        await erase(company, document_id)
    assert await traces(admin, tmp_path) == set()

    report = await verify_company(company.database, company.id, keys=company.wiring.keys)
    assert report.status == "ok", report.failures
    assert report.checked.erased == 6, "three documents, a transmission, a status, a rejection"
    assert report.checked.entries == report.head_count
    closes = await check_closes(company.database, company.id, keys=company.wiring.keys)
    assert (closes.checked, closes.wrong) == (1, ())


async def test_what_is_left_says_what_was_done(company: Company, personal: Invoice) -> None:
    document_id = await rejected(company, personal)
    before = await company.row(document_id)
    company.now += YEARS_LATER
    term = await erase(company, document_id, reason="The person asked for it.")
    assert term.erased_at is not None
    row = await company.row(document_id)
    assert (row.number, row.total, row.xml_hash) == (before.number, before.total, before.xml_hash)
    entry = (await company.entries())[-1]
    assert (entry.kind, entry.number) == (Kind.ERASURE, row.number)
    fact = msgspec.json.decode(entry.canonical, type=Erasure)
    about = [record for record in await company.entries() if record.number == row.number and record.apart]
    assert fact.seqs == tuple(record.seq for record in about)
    assert all(record.erased for record in about)
    async with company.call() as call:
        shown = await view.shown(call, document_id)
        assert (shown.erased_at, shown.buyer, shown.document) == (term.erased_at, None, Invoice())
        assert [event.kind for event in shown.timeline][-1] == "invoice.erased"
        with pytest.raises(ContentErased):
            await view.sealed_xml(call, document_id)
        with pytest.raises(ContentErased):
            await store.content(call.db, company.id, about[0].seq, keys=call.wiring.keys)
        with pytest.raises(Erased):
            await correction.correct(call, document_id, reason="VD", description=None)
        with pytest.raises(NothingToErase, match="erased already"):
            await flow.erase(call, document_id, reason="Twice.")
    assert (await replay.one(company.wiring, company.id, about[0].seq)).outcome is Outcome.ERASED


async def test_until_its_time_has_come_the_record_is_kept(company: Company, personal: Invoice) -> None:
    document_id = await company.sealed(personal)
    async with company.call() as call:
        term = await flow.term_of(call, document_id)
        assert (term.record_class, term.years, str(term.counted_from)) == ("taxable", 5, "2026-12-31")
        assert str(term.kept_until) == "2031-12-31"
        with pytest.raises(StillKept) as refused:
            await flow.erase(call, document_id, reason="Now.")
        assert refused.value.facts == {"possible_from": "2032-01-01", "held": False}
        assert await queries.erasable(call.db, company.id, today=term.kept_until, most=5) == []
    company.now = NOW.replace(year=2031, month=12, day=31, hour=19, minute=59)  # a minute before 2032 in the Emirates
    async with company.call() as call:
        with pytest.raises(StillKept):
            await flow.erase(call, document_id, reason="A minute early.")
    company.now += timedelta(minutes=2)
    async with company.call() as call:
        (one,) = await queries.erasable(call.db, company.id, today=company.now.date() + timedelta(days=1), most=5)
        assert one.id == document_id
    await erase(company, document_id)


async def test_what_cannot_be_erased(company: Company, personal: Invoice, invoice: Invoice) -> None:
    draft, organisation = await company.draft(personal), await company.sealed(invoice)
    under_way = await queued(company, personal)
    company.now += YEARS_LATER
    async with company.call() as call:
        for document_id, error in ((draft, NotSealed), (organisation, NothingToErase), (under_way, OnItsWay)):
            with pytest.raises(error):
                await flow.erase(call, document_id, reason="Why not.")


async def test_a_reason_does_not_name_whom_it_forgets(company: Company, personal: Invoice) -> None:
    document_id = await company.sealed(personal)
    company.now += YEARS_LATER
    async with company.call() as call:
        with pytest.raises(NamesThePerson):
            await flow.erase(call, document_id, reason=f"As {str(PERSON.name).upper()} wished.")


async def test_the_database_itself_asks_for_time_entry_and_hold(company: Company, personal: Invoice) -> None:
    document_id = await company.sealed(personal)
    seq = (await company.entries())[-1].seq
    for statement, why in (
        ("select personal_erase(:id, :seq)", "has no entry"),
        ("update issued_documents set erased_at = now(), body = '{}' where id = :id", "never changes"),
        ("update personal_keys set ciphertext = 'x' where document_id = :id", "only ever wrapped anew"),
    ):
        with pytest.raises(DBAPIError, match=why):
            async with company.database.company(company.id) as db:
                await db.execute(text(statement), {"id": document_id, "seq": seq})
    async with company.call() as call:
        row = await company.row(document_id)
        early = await flow._append(call, Kind.ERASURE, flow.Told("too early"), series=row.series, number=row.number)
        with pytest.raises(DBAPIError, match="is kept until 2031-12-31"):
            async with call.db.begin_nested():
                await queries.erase(call.db, document_id, early)
    company.now += YEARS_LATER
    for why in ("is kept until", "has no entry"):  # the entry's own time counts; then it is no longer the last one
        async with company.call() as call:
            with pytest.raises(DBAPIError, match=why):
                async with call.db.begin_nested():
                    await queries.erase(call.db, document_id, early)
        await company.sealed(personal)


async def test_an_erasure_that_rolls_back_leaves_everything(company: Company, personal: Invoice) -> None:
    document_id = await company.sealed(personal)
    company.now += YEARS_LATER
    with pytest.raises(ZeroDivisionError):
        async with company.call() as call:
            await flow.erase(call, document_id, reason="But then the lights went out.")
            raise ZeroDivisionError
    async with company.call() as call:
        _, xml = await view.sealed_xml(call, document_id)
    assert TELLING[0].encode() in xml


async def test_what_another_company_got_in_the_same_words_stays(
    company: Company, personal: Invoice, invoice: Invoice, admin: Database
) -> None:
    """The provider answers both alike, so their evidence is one object."""
    tin, trn = "1555666777", "155566677700003"
    other = await open_company(company.database, admin, company.wiring, tin=tin, trn=trn)
    theirs = msgspec.structs.replace(invoice.seller, endpoint=Endpoint(id=tin), trn=trn)
    document_id = await talked_about(company, personal)
    await send(other, await queued(other, msgspec.structs.replace(invoice, seller=theirs)))
    answer = sha256(b'{"taken":true}').hexdigest()
    company.now += YEARS_LATER
    await erase(company, document_id)
    assert await company.wiring.storage.exists(answer)


async def test_late_reports_about_an_erased_document_leave_nothing(
    company: Company, personal: Invoice, admin: Database, tmp_path: Path
) -> None:
    document_id = await talked_about(company, personal)
    async with company.database.company(company.id) as db:
        key = str(await db.scalar(text("select id from transmissions")))
    company.now += YEARS_LATER
    await erase(company, document_id)
    late = StatusEvent(
        event_id="2", key=key, outcome=corners.Outcome.DELIVERED, at=company.now, reason=f"{PERSON.name} is back",
        evidence=str(PERSON.name).encode(),
    )  # fmt: skip
    assert await statuses.take(company.wiring, company.id, (late,), now=company.now) == 0
    async with company.database.company(company.id) as db:
        assert await statuses.settled(db, company.id, UUID(key))
    assert await traces(admin, tmp_path) == set()


async def test_two_who_erase_at_once_write_one_entry(company: Company, personal: Invoice) -> None:
    document_id = await company.sealed(personal)
    company.now += YEARS_LATER

    async def once() -> Any:
        async with company.call() as call:
            return await flow.erase(call, document_id, reason="Both of us.")

    outcomes = await asyncio.gather(once(), once(), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NothingToErase", "Term"]
    assert [record.kind for record in await company.entries()].count(Kind.ERASURE) == 1


async def test_the_unique_id_of_a_persons_document_is_known_from_nowhere_else(
    company: Company, personal: Invoice, admin: Database, tmp_path: Path
) -> None:
    document_id = await company.sealed(personal)
    async with company.call() as call:
        sealed = (await view.document(call, document_id)).document
    assert sealed.uuid is not None
    assert UUID(sealed.uuid).version == 4
    company.now += YEARS_LATER
    await erase(company, document_id)
    assert await traces(admin, tmp_path, [sealed.uuid, sealed.uuid.replace("-", "")]) == set()


async def test_a_key_destroyed_without_an_entry_is_found(company: Company, personal: Invoice, admin: Database) -> None:
    document_id = await company.sealed(personal)
    seq = (await company.entries())[-1].seq
    async with admin.platform() as db:
        await db.execute(text("alter table personal_keys disable trigger all"))
        await db.execute(
            text("update personal_keys set ciphertext = '', nonce = '', erased_seq = 5 where document_id = :id"),
            {"id": document_id},
        )
    report = await verify_company(company.database, company.id, keys=company.wiring.keys)
    assert (report.status, report.first_bad_seq) == ("failed", seq)


async def test_the_timeline_keeps_kinds_and_loses_words(company: Company, personal: Invoice) -> None:
    document_id = await talked_about(company, personal)
    company.now += YEARS_LATER
    await erase(company, document_id)
    async with company.database.company(company.id) as db:
        told = await events.timeline(db, company.id, document_id)
    assert {"invoice.finalized", "invoice.sent", "invoice.refused"} <= {event.kind for event in told}
    assert all(bytes(event.facts) == b"{}" for event in told[:-1])


async def test_a_bundle_that_waits_for_its_download_goes_at_once(
    company: Company, personal: Invoice, admin: Database, tmp_path: Path
) -> None:
    document_id = await rejected(company, personal)
    company.now += YEARS_LATER
    head = len(await company.entries())
    async with company.database.company(company.id) as db:
        asked = await bundle_rows.insert(
            db, company.id, new_id(), first=0, last=head - 1, requested_by="user:x", now=company.now
        )
    job = msgspec.json.encode(bundles.BundleJob(bundle_id=asked.id))
    await bundles.make(company.wiring, company.id, job, now=company.now)
    assert "objects" in await traces(admin, tmp_path)
    await erase(company, document_id)
    async with company.database.platform() as db:
        claimed = await jobqueue.claim(db, {bundles.EXPIRE: 9}, most=9, lease=timedelta(minutes=1))
    assert claimed
    for due in claimed:
        await bundles.expire(company.wiring, due.company_id, due.payload, now=company.now)
    assert await traces(admin, tmp_path) == set()


async def test_a_bundle_that_was_written_before_an_erasure_and_is_done_behind_it_goes_at_once(
    company: Company, personal: Invoice, admin: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = await rejected(company, personal)
    company.now += YEARS_LATER
    head = len(await company.entries())
    async with company.database.company(company.id) as db:
        asked = await bundle_rows.insert(
            db, company.id, new_id(), first=0, last=head - 1, requested_by="user:x", now=company.now
        )
    job = msgspec.json.encode(bundles.BundleJob(bundle_id=asked.id))
    finish = bundle_rows.finish

    async def killed(*_: object, **__: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(bundle_rows, "finish", killed)
    with pytest.raises(ConnectionResetError):
        await bundles.make(company.wiring, company.id, job, now=company.now)
    monkeypatch.setattr(bundle_rows, "finish", finish)
    await erase(company, document_id)
    await bundles.make(company.wiring, company.id, job, now=company.now)
    async with company.database.platform() as db:
        claimed = await jobqueue.claim(db, {bundles.EXPIRE: 9}, most=9, lease=timedelta(minutes=1))
    for due in claimed:
        await bundles.expire(company.wiring, due.company_id, due.payload, now=company.now)
    assert await traces(admin, tmp_path) == set()
