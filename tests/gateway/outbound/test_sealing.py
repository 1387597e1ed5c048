"""Finalize: what is sealed is what was checked, for ever; numbers have no gap and no double, whoever hurries."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

import ubl
from certs import pss
from gateway.db import Database
from gateway.outbound import drafting, judgement, numbering, queries, view
from gateway.outbound.errors import DocumentNotFound, InvalidDocument, NotADraft, StaleDraft
from gateway.outbound.numbering import Gap, NewSeries, Numbering
from ledger import envelope, signing, store
from ledger.entry import Kind
from tests.gateway.outbound.conftest import NOW, Company, code_of, open_company
from ubl import Invoice


async def test_a_sealed_document_is_numbered_signed_checked_and_in_the_ledger(
    company: Company, invoice: Invoice
) -> None:
    document_id = await company.sealed(invoice)
    row = await company.row(document_id)
    assert (row.state, row.number, row.version) == ("FINALIZED", "INV-000001", 2)
    async with company.call() as call:
        name, xml = await view.sealed_xml(call, document_id)
        (record,) = await store.timeline(call.db, company.id, "MAIN", "INV-000001")
        keys = await store.public_keys(call.db, company.id)
    assert name == row.number
    assert sha256(xml).digest() == row.xml_hash
    assert ubl.check(xml).valid
    assert (record.kind, record.attached) == (Kind.INVOICE, xml)
    assert record.canonical is not None and record.signature is not None
    wrapped = envelope.unwrap(record.canonical)
    sealed = msgspec.json.decode(wrapped.document, type=Invoice)
    assert (sealed.number, sealed.uuid) == ("INV-000001", str(document_id))
    assert sealed.totals is not None and sealed.totals.payable == Decimal("1302.00")
    assert ubl.write(sealed) == xml
    assert wrapped.ruleset == row.ruleset
    assert signing.check_seal(
        pss.public_key(keys[0].spki), record.signature, *signing.content_hashes(record.canonical, xml)
    )


async def test_findings_stand_in_the_way_and_the_number_goes_back(company: Company, invoice: Invoice) -> None:
    broken = await company.draft(msgspec.structs.replace(invoice, due_date=None))
    async with company.call() as call:
        before = (await numbering.find(call.db, company.id, "MAIN")).next
    with pytest.raises(InvalidDocument) as refused:
        await company.finalize(broken)
    assert any(finding.severity == "fatal" for finding in refused.value.findings)
    async with company.call() as call:
        assert (await numbering.find(call.db, company.id, "MAIN")).next == before
    await company.sealed(invoice)
    async with company.call() as call:
        assert (await numbering.find(call.db, company.id, "MAIN")).next != before


async def test_a_sealed_document_is_not_sealed_again_and_a_stale_one_not_at_all(
    company: Company, invoice: Invoice
) -> None:
    document_id = await company.draft(invoice)
    with pytest.raises(StaleDraft):
        await company.finalize(document_id, version=7)
    await company.finalize(document_id)
    with pytest.raises(NotADraft):
        await company.finalize(document_id)


async def test_a_foreign_document_is_not_there(company: Company, stranger: Company, invoice: Invoice) -> None:
    document_id = await company.draft(invoice)
    with pytest.raises(DocumentNotFound):
        await stranger.finalize(document_id)


async def test_posted_ubl_is_sealed_byte_for_byte(company: Company, numbered: Callable[[str], Invoice]) -> None:
    whole = ubl.complete(msgspec.structs.replace(numbered("XML-1"), uuid="019a6f00-0000-7000-8000-000000000001"))
    xml = ubl.write(whole).replace(b"\n", b"\n<!-- ours -->\n", 1)
    async with company.call() as call:
        document_id = await drafting.draft(call, judgement.from_xml(xml), series=None, external=False)
    await company.finalize(document_id)
    async with company.call() as call:
        assert await view.sealed_xml(call, document_id) == ("XML-1", xml)


async def test_a_given_number_that_is_missing_stands_in_the_way(company: Company, invoice: Invoice) -> None:
    async with company.call() as call:
        series = await numbering.choose(call.db, company.id, None, Numbering.GIVEN, actor="user:x", now=NOW)
        posted = judgement.from_json(msgspec.json.encode(invoice))
        document_id = await drafting.store(call, posted, series, external=False)
    with pytest.raises(InvalidDocument) as refused:
        await company.finalize(document_id)
    assert [finding.rule for finding in refused.value.findings if finding.severity == "fatal"] == ["GW-NUMBER"]


async def test_gaps_of_given_numbers_are_reported(company: Company, numbered: Callable[[str], Invoice]) -> None:
    async with company.call() as call:
        new = NewSeries("GAPS", Numbering.GIVEN)
        series = await numbering.make(call.db, company.id, new, actor="user:x", now=call.now)
    for number in ("G-0007", "G-0003", "G-0004", "H1", "H9", "no digits"):
        await company.sealed(numbered(number), series="GAPS")
    await company.draft(numbered("G-0005"), series="GAPS")
    async with company.call() as call:
        assert await numbering.gaps(call.db, company.id, series.id) == [
            Gap("G-0005", "G-0006", 2),
            Gap("H2", "H8", 7),
        ]


async def test_two_finalizes_of_one_draft_seal_it_once(company: Company, invoice: Invoice) -> None:
    document_id = await company.draft(invoice)
    outcomes = await asyncio.gather(*(company.finalize(document_id) for _ in range(4)), return_exceptions=True)
    assert Counter(code_of(outcome) for outcome in outcomes) == {None: 1, "sealed": 3}
    row = await company.row(document_id)
    assert [record.kind for record in await company.entries() if record.number == row.number] == [Kind.INVOICE]


async def test_many_finalizes_in_one_series_leave_no_gap_and_no_double(
    database: Database, admin: Database, company: Company, invoice: Invoice
) -> None:
    """32 at once, every fourth of them broken: the good ones are numbered 1 to 24, in the order of the ledger."""
    fresh = await open_company(database, admin, company.wiring)
    broken = msgspec.structs.replace(invoice, due_date=None)
    drafts = [await fresh.draft(broken if index % 4 == 0 else invoice) for index in range(32)]
    outcomes = await asyncio.gather(*(fresh.finalize(draft) for draft in drafts), return_exceptions=True)
    assert Counter(code_of(outcome) for outcome in outcomes) == {None: 24, "invalid-document": 8}
    await fresh.sealer.close()
    sealed = [record.number for record in await fresh.entries() if record.kind == Kind.INVOICE]
    assert sealed == [f"INV-{counter:06d}" for counter in range(1, 25)]
    async with fresh.call() as call:
        page = await queries.page(call.db, fresh.id, queries.Filter(), cursor=None, limit=100, now=call.now)
        series = await numbering.find(call.db, fresh.id, "MAIN")
        assert await numbering.gaps(call.db, fresh.id, series.id) == []
    assert sorted(item.number for item in page.items if item.number) == sealed
    assert series.next == "INV-000025"


class TestTheDatabaseHoldsTheSeal:
    """Even code that has gone wrong can't change what is sealed: the app's role is refused by a trigger."""

    LIVING = (
        "state", "version", "approved_at", "approved_by", "rejected_at", "rejected_by", "rejection", "queued_at",
        "queued_by", "sent_at", "failed_at", "failure", "c3", "c3_at", "c3_reason", "c5", "c5_at", "c5_reason",
        "buyer", "buyer_at", "buyer_reason",
    )  # fmt: skip

    async def test_every_sealed_column_is_fixed(
        self, company: Company, stranger: Company, module_admin: Database, invoice: Invoice
    ) -> None:
        document_id = await company.sealed(invoice)
        async with module_admin.platform() as db:
            columns = (
                await db.execute(
                    text(
                        "select column_name, data_type from information_schema.columns "
                        "where table_name = 'issued_documents' and is_generated = 'NEVER'"
                    )
                )
            ).all()
        other = {
            "text": "'other'",
            "uuid": "gen_random_uuid()",
            "bytea": "'\\x01'::bytea",
            "numeric": "42.42",
            "integer": "77",
            "boolean": "not {}",
            "date": "date '2001-01-01'",
            "timestamp with time zone": "timestamptz '2001-01-01 00:00Z'",
            "ARRAY": "array[gen_random_uuid()]",
        }
        tried = 0
        for name, kind in columns:
            if name in self.LIVING:
                continue
            with pytest.raises(IntegrityError, match=r"sealed|violates"):
                async with company.call() as call:
                    value = other[kind].format(name)
                    await call.db.execute(
                        text(f"update issued_documents set {name} = {value} where id = :id"), {"id": document_id}
                    )
            tried += 1
        assert tried >= 20

    async def test_it_is_not_deleted(self, company: Company, invoice: Invoice) -> None:
        document_id = await company.sealed(invoice)
        with pytest.raises(IntegrityError, match="sealed"):
            async with company.call() as call:
                await call.db.execute(text("delete from issued_documents where id = :id"), {"id": document_id})

    async def test_it_never_becomes_a_draft_again(self, company: Company, invoice: Invoice) -> None:
        document_id = await company.sealed(invoice)
        with pytest.raises(IntegrityError):
            async with company.call() as call:
                await call.db.execute(
                    text("update issued_documents set state = 'DRAFT' where id = :id"), {"id": document_id}
                )

    async def test_a_stranger_sees_and_changes_nothing(
        self, company: Company, stranger: Company, invoice: Invoice
    ) -> None:
        document_id = await company.sealed(invoice)
        async with stranger.call() as call:
            for table in ("issued_documents", "series", "credited_amounts"):
                seen = await call.db.scalar(
                    text(f"select count(*) from {table} where company_id <> :me"), {"me": stranger.id}
                )
                assert seen == 0
            changed = await call.db.execute(
                text("update issued_documents set failure = 'x' where id = :id"), {"id": document_id}
            )
            assert changed.rowcount == 0


async def test_what_can_not_be_written_is_refused_before_anything_is_numbered(
    company: Company, invoice: Invoice
) -> None:
    """A credit note knows no due date: a draft says so, and finalize too."""
    note = msgspec.structs.replace(invoice, type="381")
    document_id = await company.draft(note)
    row = await company.row(document_id)
    assert not row.valid

    with pytest.raises(InvalidDocument) as refused:
        await company.finalize(document_id)
    assert refused.value.findings
