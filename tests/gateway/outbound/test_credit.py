"""Credit notes: they name what they take back, and never take back more than is left."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from gateway.outbound import correction, drafting, flow, numbering, view
from gateway.outbound.errors import Credited, InvalidDocument, NotCorrectable, NotSealed
from gateway.outbound.numbering import NewSeries, Numbering
from ledger.entry import Kind
from tests.gateway.outbound.conftest import NOW, Company, code_of
from ubl import Invoice
from ubl.invoice import CreditReason, ExchangeRate, PrecedingInvoice

RETURNED = CreditReason(code="DL8.61.1.D", description="Goods returned")


def note_over(invoice: Invoice, *numbers: str, chairs: int | None = None, hours: int | None = None) -> Invoice:
    """A credit note over the invoice of examples (4 chairs at 250, 2 hours at 120, VAT 5 %), or over a part of it."""
    whole = correction.credit_note_of(invoice, RETURNED, now=NOW)
    lines = [
        msgspec.structs.replace(line, quantity=line.quantity if count is None else Decimal(count))
        for line, count in zip(invoice.lines, (chairs, hours), strict=True)
    ]
    return msgspec.structs.replace(
        whole,
        lines=tuple(line for line in lines if line.quantity),
        preceding=tuple(PrecedingInvoice(number=number, issue_date=invoice.issue_date) for number in numbers),
    )


async def sealed_number(company: Company, invoice: Invoice) -> str:
    number: str = (await company.row(await company.sealed(invoice))).number
    return number


async def rules_of(company: Company, document_id: UUID) -> set[str]:
    row = await company.row(document_id)
    return {finding["rule"] for finding in msgspec.json.decode(row.findings) if finding["severity"] == "fatal"}


async def test_a_full_credit_is_taken_once(company: Company, invoice: Invoice) -> None:
    number = await sealed_number(company, invoice)
    note = await company.sealed(note_over(invoice, number))
    row = await company.row(note)
    assert (row.total, row.type_code) == (Decimal("1302.00"), "381")
    assert [record.kind for record in await company.entries() if record.number == row.number] == [Kind.CREDIT_NOTE]
    assert await rules_of(company, await company.draft(note_over(invoice, number))) == {"GW-OVERCREDIT"}


async def test_partial_credits_add_up_to_the_invoice_and_no_further(company: Company, invoice: Invoice) -> None:
    number = await sealed_number(company, invoice)
    await company.sealed(note_over(invoice, number, chairs=3, hours=0))
    await company.sealed(note_over(invoice, number, chairs=1, hours=0))
    too_much = await company.draft(note_over(invoice, number, chairs=1, hours=1))
    with pytest.raises(InvalidDocument) as refused:
        await company.finalize(too_much)
    (finding,) = [finding for finding in refused.value.findings if finding.rule == "GW-OVERCREDIT"]
    assert "252.00 AED is left" in finding.message
    await company.sealed(note_over(invoice, number, chairs=0, hours=2))


async def test_a_credit_over_two_invoices_fills_them_in_their_order(company: Company, invoice: Invoice) -> None:
    first, second = await sealed_number(company, invoice), await sealed_number(company, invoice)
    await company.sealed(note_over(invoice, second, chairs=4, hours=0))
    double = msgspec.structs.replace(
        note_over(invoice, first, second, hours=0), lines=note_over(invoice, first, chairs=6, hours=0).lines
    )
    assert await rules_of(company, await company.draft(double)) == {"GW-OVERCREDIT"}
    fits = msgspec.structs.replace(double, lines=note_over(invoice, first, chairs=5, hours=1).lines)
    await company.sealed(fits)
    one_more = await company.draft(note_over(invoice, second, chairs=1, hours=0))
    assert await rules_of(company, one_more) == {"GW-OVERCREDIT"}


async def test_of_many_credits_over_one_invoice_only_what_is_left_is_sealed(company: Company, invoice: Invoice) -> None:
    """Each takes one of four chairs, eight hurry: four get one."""
    number = await sealed_number(company, invoice)
    drafts = [await company.draft(note_over(invoice, number, chairs=1, hours=0)) for _ in range(8)]
    outcomes = await asyncio.gather(*(company.finalize(draft) for draft in drafts), return_exceptions=True)
    # 252.00 of the hours are left beside the chairs' 1,050.00: not enough for a fifth chair.
    assert Counter(code_of(outcome) for outcome in outcomes) == {None: 4, "invalid-document": len(outcomes) - 4}


async def test_credits_of_different_series_are_held_apart_by_the_invoice_itself(
    company: Company, invoice: Invoice
) -> None:
    number = await sealed_number(company, invoice)
    async with company.call() as call:
        for name in ("CNA", "CNB"):
            new = NewSeries(name, Numbering.ASSIGNED, prefix=f"{name}-")
            await numbering.make(call.db, company.id, new, actor="user:x", now=call.now)
    drafts = [
        await company.draft(note_over(invoice, number, chairs=3, hours=0), series=name) for name in ("CNA", "CNB") * 3
    ]
    outcomes = await asyncio.gather(*(company.finalize(draft) for draft in drafts), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1


async def test_a_rejected_credit_note_gives_its_amount_back(company: Company, invoice: Invoice) -> None:
    number = await sealed_number(company, invoice)
    note = await company.sealed(note_over(invoice, number))
    async with company.call(company.head) as call:
        await flow.reject(call, note, reason="Not agreed")
    await company.sealed(note_over(invoice, number))


async def test_an_invoice_is_not_rejected_while_a_credit_note_over_it_stands(
    company: Company, invoice: Invoice
) -> None:
    """Otherwise the buyer would be sent a credit for an invoice that never leaves the house."""
    original = await company.sealed(invoice)
    number = (await company.row(original)).number
    note = await company.sealed(note_over(invoice, number, chairs=1, hours=0))
    with pytest.raises(Credited, match=(await company.row(note)).number):
        async with company.call(company.head) as call:
            await flow.reject(call, original, reason="Not needed")
    async with company.call(company.head) as call:
        await flow.reject(call, note, reason="Not needed")
        await flow.reject(call, original, reason="Not needed")
    assert (await company.row(original)).state == "REJECTED"


async def test_of_a_credit_note_and_a_rejection_at_once_one_wins(company: Company, invoice: Invoice) -> None:
    original = await company.sealed(invoice)
    note = await company.draft(note_over(invoice, (await company.row(original)).number))

    async def reject() -> None:
        async with company.call(company.head) as call:
            await flow.reject(call, original, reason="Not needed")

    outcomes = await asyncio.gather(company.finalize(note), reject(), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert {code_of(outcome) for outcome in outcomes} - {None} <= {"credited", "invalid-document"}


async def test_an_unknown_invoice_must_be_declared_external(
    company: Company, stranger: Company, invoice: Invoice
) -> None:
    theirs = "OLD-SYSTEM-9"
    assert await rules_of(company, await company.draft(note_over(invoice, theirs))) == {"GW-REFERENCE"}
    await company.sealed(note_over(invoice, theirs), external=True)


async def test_neither_a_draft_nor_a_rejected_nor_a_foreign_invoice_can_be_credited(
    company: Company, stranger: Company, invoice: Invoice, numbered: Callable[[str], Invoice]
) -> None:
    await company.draft(numbered("ONLY-A-DRAFT"))
    rejected = await company.sealed(numbered("REJECTED-1"))
    async with company.call(company.head) as call:
        await flow.reject(call, rejected, reason="Wrong")
    note = await company.sealed(note_over(invoice, await sealed_number(company, invoice)))
    for number in ("ONLY-A-DRAFT", "REJECTED-1", (await company.row(note)).number):
        assert await rules_of(company, await company.draft(note_over(invoice, number))) == {"GW-REFERENCE"}


async def test_very_many_references_are_an_ordinary_finding(company: Company, invoice: Invoice) -> None:
    """More than a statement takes parameters."""
    note = note_over(invoice, *(f"NOWHERE-{place}" for place in range(33_000)))
    assert await rules_of(company, await company.draft(note)) == {"GW-REFERENCE"}


async def test_another_currency_is_refused(company: Company, invoice: Invoice) -> None:
    number = await sealed_number(company, invoice)
    rate = ExchangeRate(rate=Decimal("3.6725"))
    dollars = msgspec.structs.replace(note_over(invoice, number), currency="USD", exchange_rate=rate)
    assert await rules_of(company, await company.draft(dollars)) == {"GW-CURRENCY"}


class TestCorrect:
    async def test_a_sealed_invoice_becomes_a_credit_note_and_a_new_draft(
        self, company: Company, invoice: Invoice
    ) -> None:
        original = await company.sealed(invoice)
        number = (await company.row(original)).number
        async with company.call() as call:
            made = await correction.correct(call, original, reason="DL8.61.1.A", description="Wrong price")
            assert made.credit_note is not None
            note, draft = await view.document(call, made.credit_note), await view.document(call, made.draft)
        assert (note.valid, note.type, note.total) == (True, "381", Decimal("1302.00")), note.findings
        assert [reference.number for reference in note.document.preceding] == [number]
        assert note.document.credit_reasons == (CreditReason(code="DL8.61.1.A", description="Wrong price"),)
        assert (draft.valid, draft.type, draft.number, draft.total) == (True, "380", None, Decimal("1302.00"))
        async with company.call() as call:
            await drafting.change(call, made.draft, b'{"buyer_reference":"mended"}', version=1)
        await company.finalize(made.credit_note)
        await company.finalize(made.draft)
        with pytest.raises(InvalidDocument):
            async with company.call() as call:
                again = await correction.correct(call, original, reason="DL8.61.1.A", description=None)
            assert again.credit_note is not None
            await company.finalize(again.credit_note)

    async def test_what_was_rejected_before_it_was_sent_needs_no_credit_note(
        self, company: Company, invoice: Invoice
    ) -> None:
        original = await company.sealed(invoice)
        async with company.call(company.head) as call:
            await flow.reject(call, original, reason="Wrong price")
            made = await correction.correct(call, original, reason="DL8.61.1.A", description=None)
        assert made.credit_note is None

    async def test_where_the_erp_numbers_the_drafts_wait_for_their_numbers(
        self, company: Company, numbered: Callable[[str], Invoice]
    ) -> None:
        original = await company.sealed(numbered("ERP-ORIGINAL"))
        async with company.call() as call:
            made = await correction.correct(call, original, reason="DL8.61.1.A", description=None)
            assert made.credit_note is not None
            await drafting.change(call, made.credit_note, b'{"number":"ERP-CN-1"}', version=1)
        await company.finalize(made.credit_note)

    async def test_a_draft_is_changed_and_a_credit_note_answered_by_an_invoice(
        self, company: Company, invoice: Invoice
    ) -> None:
        draft = await company.draft(invoice)
        note = await company.sealed(note_over(invoice, await sealed_number(company, invoice)))
        for document_id, refusal in ((draft, NotSealed), (note, NotCorrectable)):
            with pytest.raises(refusal):
                async with company.call() as call:
                    await correction.correct(call, document_id, reason="DL8.61.1.A", description=None)
