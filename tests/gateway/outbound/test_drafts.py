"""Drafts: whatever can be understood is stored with its findings; only drafts change, and only with their version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

import ubl
from gateway.db import Database
from gateway.http.problems import Invalid
from gateway.outbound import drafting, judgement, numbering, queries, view
from gateway.outbound.errors import (
    DocumentNotFound,
    KeptAsPosted,
    NotADraft,
    NumberTaken,
    SeriesNotFound,
    SeriesRefused,
    StaleDraft,
)
from gateway.outbound.numbering import NewSeries, Numbering
from gateway.outbound.queries import Filter
from gateway.outbound.states import Public
from tests.gateway.outbound.conftest import Company, open_company
from ubl import Invoice
from ubl.invoice import Endpoint
from ubl.where import nearest


async def test_a_valid_draft_has_computed_totals_no_number_and_no_entry(company: Company, invoice: Invoice) -> None:
    before = len(await company.entries())
    document_id = await company.draft(invoice)
    row = await company.row(document_id)
    assert (row.state, row.version, row.number, row.series) == ("DRAFT", 1, None, "MAIN")
    assert (row.valid, row.total, row.payable) == (True, Decimal("1302.00"), Decimal("1302.00"))
    assert row.makers == [company.clerk]
    assert len(await company.entries()) == before


async def test_a_broken_draft_is_stored_with_findings_that_lead_into_the_posted_body(
    company: Company, invoice: Invoice
) -> None:
    assert invoice.buyer is not None
    broken = msgspec.structs.replace(
        invoice, due_date=None, buyer=msgspec.structs.replace(invoice.buyer, trn="12"), payment_means=()
    )
    async with company.call() as call:
        body = msgspec.json.encode(broken)
        made = await drafting.draft(call, judgement.from_json(body), series=None, external=False)
        document = await view.document(call, made)
    assert not document.valid
    fatal = [finding for finding in document.findings if finding.severity == "fatal"]
    assert fatal
    tree = msgspec.json.decode(body)
    for finding in document.findings:
        assert finding.pointer is None or nearest(finding.pointer, tree) == finding.pointer
    assert "/buyer/trn" in {finding.pointer for finding in document.findings}
    assert document.document == broken


async def test_validating_stores_nothing_and_tells_house_rules_as_warnings(company: Company, invoice: Invoice) -> None:
    assert invoice.seller is not None
    stranger = msgspec.structs.replace(invoice.seller, trn="155566677700003")
    async with company.call() as call:
        before = await queries.page(call.db, company.id, Filter(), cursor=None, limit=200, now=call.now)
        posted = judgement.from_json(msgspec.json.encode(msgspec.structs.replace(invoice, seller=stranger)))
        verdict = await drafting.validate(call, posted, external=False)
        after = await queries.page(call.db, company.id, Filter(), cursor=None, limit=200, now=call.now)
    assert verdict.valid
    assert [(f.severity, f.pointer) for f in verdict.findings if f.rule == "GW-ISSUER"] == [("warning", "/seller/trn")]
    assert before == after


async def test_a_stranger_as_seller_can_be_drafted_but_is_fatal(company: Company, invoice: Invoice) -> None:
    document_id = await company.draft(msgspec.structs.replace(invoice, seller=invoice.buyer, buyer=invoice.seller))
    row = await company.row(document_id)
    assert not row.valid
    assert b"GW-ISSUER" in row.findings


class TestNumbers:
    async def test_a_given_number_names_one_document_of_the_company_whatever_the_series(
        self, company: Company, stranger: Company, numbered: Callable[[str], Invoice]
    ) -> None:
        first = await company.draft(numbered("ERP-77"))
        async with company.call() as call:
            await numbering.make(call.db, company.id, NewSeries("OTHER", Numbering.GIVEN), actor="user:x", now=call.now)
        with pytest.raises(NumberTaken) as taken:
            await company.draft(numbered("ERP-77"), series="OTHER")
        assert taken.value.facts == {"document_id": str(first)}
        await stranger.draft(numbered("ERP-77"))

    async def test_of_many_that_post_the_same_number_at_once_one_is_let_through(
        self, company: Company, numbered: Callable[[str], Invoice]
    ) -> None:
        outcomes = await asyncio.gather(*(company.draft(numbered("RACE-1")) for _ in range(8)), return_exceptions=True)
        assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, NumberTaken) for outcome in outcomes) == 7

    async def test_series_and_numbers_must_fit_each_other(
        self, company: Company, invoice: Invoice, numbered: Callable[[str], Invoice]
    ) -> None:
        with pytest.raises(SeriesRefused, match="leave the number out"):
            await company.draft(numbered("X-1"), series="MAIN")
        with pytest.raises(SeriesRefused, match="put one into"):
            await company.draft(numbered("X-2"))
            await company.draft(invoice, series="ERP")
        with pytest.raises(SeriesNotFound):
            await company.draft(invoice, series="NOPE")

    async def test_a_number_that_a_counting_series_will_assign_is_fatal(
        self, company: Company, invoice: Invoice, numbered: Callable[[str], Invoice]
    ) -> None:
        await company.draft(invoice)
        row = await company.row(await company.draft(numbered("INV-000999")))
        assert not row.valid
        assert b"GW-SERIES" in row.findings

    async def test_such_a_draft_never_blocks_the_series(
        self, stranger: Company, invoice: Invoice, numbered: Callable[[str], Invoice]
    ) -> None:
        assert invoice.seller is not None
        own = msgspec.structs.replace(invoice.seller, trn="155566677700003", endpoint=Endpoint(id="1555666777"))
        await stranger.draft(invoice)
        await stranger.draft(numbered("INV-000001"))
        sealed = await stranger.sealed(msgspec.structs.replace(invoice, seller=own))
        assert (await stranger.row(sealed)).number == "INV-000001"

    async def test_where_numbers_like_the_defaults_are_used_a_series_must_be_made(
        self,
        database: Database,
        admin: Database,
        company: Company,
        invoice: Invoice,
        numbered: Callable[[str], Invoice],
    ) -> None:
        fresh = await open_company(database, admin, company.wiring)
        await fresh.draft(numbered("INV-7"))
        with pytest.raises(SeriesRefused, match="POST /v1/series"):
            await fresh.draft(invoice)

    async def test_a_series_can_not_claim_numbers_that_are_used(
        self, company: Company, numbered: Callable[[str], Invoice]
    ) -> None:
        await company.draft(numbered("OLD-12"))
        async with company.call() as call:
            with pytest.raises(SeriesRefused, match="OLD-"):
                new = NewSeries("OLDIES", Numbering.ASSIGNED, prefix="OLD-")
                await numbering.make(call.db, company.id, new, actor="user:x", now=call.now)

    async def test_two_series_never_share_a_name_or_a_prefix(self, company: Company) -> None:
        async with company.call() as call:
            first = NewSeries("TWIN", Numbering.ASSIGNED, prefix="TW-")
            await numbering.make(call.db, company.id, first, actor="user:x", now=call.now)
            for again in (first, msgspec.structs.replace(first, name="TWIN2"), NewSeries("TWIN", Numbering.GIVEN)):
                with pytest.raises(SeriesRefused):
                    await numbering.make(call.db, company.id, again, actor="user:x", now=call.now)

    @pytest.mark.parametrize("new", [NewSeries("A", Numbering.ASSIGNED), NewSeries("B", Numbering.GIVEN, prefix="B-")])
    async def test_only_counting_series_have_a_prefix(self, company: Company, new: NewSeries) -> None:
        async with company.call() as call:
            with pytest.raises(SeriesRefused):
                await numbering.make(call.db, company.id, new, actor="user:x", now=call.now)


class TestChanges:
    async def test_a_patch_is_checked_and_its_author_becomes_a_maker(self, company: Company, invoice: Invoice) -> None:
        document_id = await company.draft(msgspec.structs.replace(invoice, due_date=None))
        assert not (await company.row(document_id)).valid
        async with company.call(company.head) as call:
            await drafting.change(call, document_id, b'{"due_date":"2026-12-31"}', version=1)
        row = await company.row(document_id)
        assert (row.valid, row.version, row.makers) == (True, 2, [company.clerk, company.head])

    async def test_a_stale_version_is_told_the_present_one(self, company: Company, invoice: Invoice) -> None:
        document_id = await company.draft(invoice)
        async with company.call() as call:
            await drafting.change(call, document_id, b'{"buyer_reference":"A"}', version=1)
        for act in (
            lambda call: drafting.change(call, document_id, b'{"buyer_reference":"B"}', version=1),
            lambda call: drafting.discard(call, document_id, version=1),
        ):
            with pytest.raises(StaleDraft) as stale:
                async with company.call() as call:
                    await act(call)
            assert stale.value.facts == {"version": 2}
        assert b'"buyer_reference":"A"' in (await company.row(document_id)).body

    async def test_of_many_patches_of_one_version_one_is_taken(self, company: Company, invoice: Invoice) -> None:
        document_id = await company.draft(invoice)

        async def change(name: str) -> str:
            try:
                async with company.call() as call:
                    patch = msgspec.json.encode({"buyer_reference": name})
                    await drafting.change(call, document_id, patch, version=1)
            except StaleDraft:
                return ""
            return name

        won = [name for name in await asyncio.gather(*(change(f"R{index}") for index in range(8))) if name]
        assert len(won) == 1
        row = await company.row(document_id)
        assert (row.version, msgspec.json.decode(row.body)["buyer_reference"]) == (2, won[0])

    async def test_a_patch_that_makes_no_invoice_changes_nothing(self, company: Company, invoice: Invoice) -> None:
        document_id = await company.draft(invoice)
        for patch in (b'{"lines": 7}', b'{"sellr": {}}', b'{"totals": {"payable": "1e400"}}'):
            with pytest.raises(Invalid) as refused:
                async with company.call() as call:
                    await drafting.change(call, document_id, patch, version=1)
            assert refused.value.findings[0].pointer
        assert (await company.row(document_id)).version == 1

    async def test_a_number_is_patched_only_where_the_erp_numbers(
        self, company: Company, invoice: Invoice, numbered: Callable[[str], Invoice]
    ) -> None:
        counted, given = await company.draft(invoice), await company.draft(numbered("P-1"))
        await company.draft(numbered("P-2"))
        async with company.call() as call:
            await drafting.change(call, given, b'{"number":"P-3"}', version=1)
        assert (await company.row(given)).number == "P-3"
        for document_id, version, refusal in ((counted, 1, SeriesRefused), (given, 2, NumberTaken)):
            with pytest.raises(refusal):
                async with company.call() as call:
                    await drafting.change(call, document_id, b'{"number":"P-2"}', version=version)

    async def test_a_discarded_draft_is_gone_and_its_number_free(
        self, company: Company, numbered: Callable[[str], Invoice]
    ) -> None:
        document_id = await company.draft(numbered("GONE-1"))
        async with company.call() as call:
            await drafting.discard(call, document_id, version=1)
        with pytest.raises(DocumentNotFound):
            await company.row(document_id)
        await company.draft(numbered("GONE-1"))

    async def test_a_sealed_document_is_neither_changed_nor_discarded(self, company: Company, invoice: Invoice) -> None:
        document_id = await company.sealed(invoice)
        for act in (
            lambda call: drafting.change(call, document_id, b"{}", version=2),
            lambda call: drafting.discard(call, document_id, version=2),
        ):
            with pytest.raises(NotADraft, match="correct"):
                async with company.call() as call:
                    await act(call)


class TestUbl:
    @pytest.fixture
    def xml(self, numbered: Callable[[str], Invoice]) -> bytes:
        whole = ubl.complete(msgspec.structs.replace(numbered("UBL-1"), uuid="019a6f00-0000-7000-8000-000000000001"))
        return ubl.write(whole).replace(b"\n", b"\n<!-- ours -->\n", 1)

    async def test_it_is_kept_byte_for_byte_and_never_patched(self, company: Company, xml: bytes) -> None:
        async with company.call() as call:
            document_id = await drafting.draft(call, judgement.from_xml(xml), series=None, external=False)
        row = await company.row(document_id)
        assert (row.posted_xml, row.number, row.series, row.valid) == (xml, "UBL-1", "ERP", True)
        with pytest.raises(KeptAsPosted):
            async with company.call() as call:
                await drafting.change(call, document_id, b"{}", version=1)
        with pytest.raises(SeriesRefused):
            async with company.call() as call:
                await drafting.draft(call, judgement.from_xml(xml), series="MAIN", external=False)

    async def test_its_findings_have_places_in_the_xml_only(self, company: Company, xml: bytes) -> None:
        broken = xml.replace(b"UBL-1", b"UBL-2").replace(b"198765432100003", b"12")
        async with company.call() as call:
            made = await drafting.draft(call, judgement.from_xml(broken), series=None, external=False)
            document = await view.document(call, made)
        assert not document.valid
        assert all(finding.pointer is None and finding.where for finding in document.findings)

    def test_what_has_no_field_is_listed_not_dropped(self, xml: bytes) -> None:
        more = xml.replace(b"<cbc:DocumentCurrencyCode>", b"<cbc:LineCountNumeric>2</cbc:LineCountNumeric>"
                           b"<cbc:DocumentCurrencyCode>")  # fmt: skip
        assert [finding.rule for finding in judgement.from_xml(more).unread] == ["GW-UNREAD"]

    @pytest.mark.parametrize("body", [b"", b"<a/>", b"not xml", b"<!DOCTYPE a><a/>", b"\x00"])
    def test_what_is_no_invoice_is_refused_with_findings(self, body: bytes) -> None:
        with pytest.raises(Invalid) as refused:
            judgement.from_xml(body)
        assert refused.value.findings


async def test_a_list_is_filtered_searched_and_turned_page_by_page(
    stranger: Company, invoice: Invoice, numbered: Callable[[str], Invoice]
) -> None:
    assert invoice.seller is not None and invoice.buyer is not None
    for index in range(5):
        buyer = msgspec.structs.replace(invoice.buyer, name=f"100% Buyer_{index}")
        await stranger.draft(msgspec.structs.replace(numbered(f"LIST-{index}"), buyer=buyer))
    async with stranger.call() as call:

        async def numbers(wanted: Filter) -> list[str | None]:
            found, cursor = [], None
            while True:
                page = await queries.page(call.db, stranger.id, wanted, cursor=cursor, limit=2, now=call.now)
                found += [item.number for item in page.items]
                if (cursor := page.next) is None:
                    return found

        everything = ["LIST-4", "LIST-3", "LIST-2", "LIST-1", "LIST-0"]
        assert await numbers(Filter(search="list-")) == everything
        assert await numbers(Filter(search="buyer_3")) == ["LIST-3"]
        assert await numbers(Filter(search="0% B")) == everything
        assert await numbers(Filter(search="%%")) == []
        assert await numbers(Filter(number="LIST-2", states=(Public.DRAFT,), type="380")) == ["LIST-2"]
        assert await numbers(Filter(states=(Public.SENT,))) == []
        assert await numbers(Filter(issued_from=invoice.issue_date, search="LIST", valid=False)) == everything
        assert await numbers(Filter(series="MAIN", search="LIST")) == []
