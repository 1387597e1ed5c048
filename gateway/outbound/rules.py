"""What only this gateway can know: rules between a document, its company and the company's other documents.

GW-ISSUER     the party that issues is another company
GW-NUMBER     the number holds characters that people can't see or tell apart
GW-SERIES     a given number is one that a counting series will assign some day
GW-REFERENCE  a credit note names an invoice that we didn't issue, and nobody declared it external
GW-CURRENCY   a credit note is in another currency than its invoice
GW-OVERCREDIT a credit note takes back more than is left of its invoices
GW-PERIOD     a date lies in a VAT period that is closed

All are fatal: sealing any of them would put something untrue into the ledger.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Text, any_, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.http.problems import Finding
from gateway.outbound import numbering
from gateway.outbound.models import documents
from gateway.outbound.routing import is_self_billed
from gateway.outbound.states import State
from gateway.periods import flow as periods
from ubl import Invoice

_REFERENCE = "/CreditNote/cac:BillingReference[{}]/cac:InvoiceDocumentReference/cbc:ID"
_TOTAL = "/CreditNote/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"
_LONGEST_NUMBER = 100

_TAKEN = text("""
    select c.invoice_id, sum(c.amount) as amount from credited_amounts c
    join issued_documents n on n.company_id = c.company_id and n.id = c.credit_note_id
    where c.company_id = :company_id and c.invoice_id = any(:invoices) and n.state <> 'REJECTED'
    group by c.invoice_id
""")


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """The company in whose name documents are issued here."""

    name: str
    tin: str
    """Ten digits: its address on the network."""
    trn: str | None
    """15 digits, where it is registered for VAT."""
    four_eyes: bool
    """Whoever made a document can't be the one to approve it."""
    approve_sends: bool
    """An approval orders the sending as well."""
    closed_periods: bool = True
    """Whether some VAT period of it is closed; without one nothing is looked up."""


class Credit(msgspec.Struct, frozen=True):
    """What a credit note takes back of one of our invoices, with VAT, in their currency."""

    invoice_id: UUID
    amount: Decimal


async def check(
    db: AsyncConnection,
    company_id: UUID,
    invoice: Invoice,
    issuer: Issuer,
    *,
    given: str | None,
    assigned: bool,
    external: bool,
    lock: bool = False,
    document_id: UUID | None = None,
    dated: bool = True,
) -> tuple[list[Finding], list[Credit]]:
    """Every rule of this page over one document; and what it credits, where nothing is wrong with that.

    `given`: the number that the document came with; `assigned`: its series gives it one instead. `external`, `lock`:
    see `credits_of`. `document_id`: of a draft, which may have been let into a closed period. `dated=False`: its dates
    are known to lie in open periods.
    """
    findings = check_issuer(invoice, issuer)
    if dated and issuer.closed_periods:
        findings += await check_period(db, company_id, invoice, document_id)
    if given is None and not assigned:
        findings.append(_about_number("GW-NUMBER", invoice, "The number is missing: this series takes your own."))
    elif given is not None and not assigned:
        trouble = check_number(given)
        if trouble is not None:
            findings.append(_about_number("GW-NUMBER", invoice, f"The number {trouble}; write it without."))
        series = await numbering.owner_of(db, company_id, given)
        if series is not None:
            message = f"Series {series!r} will assign {given!r} itself some day; use another number."
            findings.append(_about_number("GW-SERIES", invoice, message))
    wrong, credits = await credits_of(db, company_id, invoice, external=external, lock=lock)
    return findings + wrong, credits


def check_issuer(invoice: Invoice, issuer: Issuer) -> list[Finding]:
    """GW-ISSUER. The seller, or in self-billing the buyer, is the company itself."""
    role, element = ("buyer", "Customer") if is_self_billed(invoice) else ("seller", "Supplier")
    party = invoice.buyer if role == "buyer" else invoice.seller
    if party is None:
        return []
    place = f"{_root(invoice)}/cac:Accounting{element}Party/cac:Party"
    findings = []
    if party.trn is not None and party.trn != issuer.trn:
        findings.append(
            _finding(
                "GW-ISSUER",
                f"The {role}'s TRN is {party.trn}, this company's is {issuer.trn or 'none'}. "
                f"A company issues documents in its own name only: sign in as the right company or mend the {role}.",
                where=f"{place}/cac:PartyTaxScheme/cbc:CompanyID",
                pointer=f"/{role}/trn",
                terms=("IBT-048",) if role == "buyer" else ("IBT-031",),
            )
        )
    address = party.endpoint
    if address is not None and (address.scheme, address.id) != ("0235", issuer.tin):
        findings.append(
            _finding(
                "GW-ISSUER",
                f"The {role}'s electronic address is {address.scheme}:{address.id}, "
                f"this company's is its TIN: 0235:{issuer.tin}.",
                where=f"{place}/cbc:EndpointID",
                pointer=f"/{role}/endpoint/id",
                terms=("IBT-049",) if role == "buyer" else ("IBT-034",),
            )
        )
    return findings


async def check_period(
    db: AsyncConnection, company_id: UUID, invoice: Invoice, document_id: UUID | None
) -> list[Finding]:
    """GW-PERIOD. Neither the issue date nor the tax point lies in a closed VAT period, or the document was let in."""
    days = {"issue_date": invoice.issue_date, "tax_point_date": invoice.tax_point_date}
    period = await periods.closed_for(db, company_id, list(days.values()), document_id)
    if period is None:
        return []
    name, day = next((name, day) for name, day in days.items() if day and period.first_day <= day <= period.last_day)
    return [
        _finding(
            "GW-PERIOD",
            f"{day} lies in the VAT period {period}, which is closed. Date the document into an open period, or have "
            "an administrator let it in, with the reason: POST /v1/ledger/periods/override.",
            where=f"{_root(invoice)}/cbc:{'IssueDate' if name == 'issue_date' else 'TaxPointDate'}",
            pointer=f"/{name}",
            terms=("IBT-002",) if name == "issue_date" else ("IBT-007",),
        )
    ]


def check_number(number: str) -> str | None:
    """GW-NUMBER. What makes a number hard to tell from another: something invisible, odd blanks, not NFC, too long.

    >>> check_number("INV-1" + chr(0x200B))
    'holds the invisible character U+200B'
    """
    if len(number) > _LONGEST_NUMBER:
        return f"is longer than {_LONGEST_NUMBER} characters"
    odd = [character for character in number if unicodedata.category(character)[0] in "CZ" and character != " "]
    if odd:
        return f"holds the invisible character U+{ord(odd[0]):04X}"
    if number != number.strip() or "  " in number:
        return "begins or ends with a blank, or has two in a row"
    if unicodedata.normalize("NFC", number) != number:
        return "isn't in Unicode's composed form (NFC)"
    return None


async def credits_of(
    db: AsyncConnection, company_id: UUID, note: Invoice, *, external: bool, lock: bool
) -> tuple[list[Finding], list[Credit]]:
    """What a credit note takes back of which invoice, and what is wrong with that; nothing for other documents.

    References are filled in their order. `external`: invoices may have been issued elsewhere, so an unknown number is
    no finding and what exceeds ours is theirs. `lock`: hold the invoices' rows until the transaction ends, so that two
    credit notes can't both take the same rest.
    """
    if not note.is_credit_note or not note.preceding:
        return [], []
    places: dict[str, int] = {}
    for index, reference in enumerate(note.preceding):
        places.setdefault(reference.number, index)
    query = (
        select(documents.c.id, documents.c.number, documents.c.total, documents.c.currency)
        .where(
            documents.c.company_id == company_id,
            documents.c.number == any_(literal(list(places), ARRAY(Text))),  # one parameter, however many there are
            documents.c.sealed_at.is_not(None),
            documents.c.state != State.REJECTED,
            documents.c.type_code.not_in(("381", "81", "261")),
        )
        .order_by(documents.c.id)
    )
    if lock:
        query = query.with_for_update(key_share=True)
    ours = {row.number: row for row in await db.execute(query)}
    findings = [] if external else [_unknown(number, places[number]) for number in places if number not in ours]
    for number, row in ours.items():
        if row.currency != note.currency:
            findings.append(_other_currency(number, places[number], row.currency, note.currency))
    if findings:
        return findings, []
    total = note.totals.tax_inclusive if note.totals is not None else None
    if total is None or not ours:
        return [], []
    taken = await _taken(db, company_id, [row.id for row in ours.values()])
    rest, credits = total, []
    for number in sorted(ours, key=lambda known: places[known]):
        row = ours[number]
        amount = max(min(rest, row.total - taken.get(row.id, Decimal(0))), Decimal(0))
        credits.append(Credit(row.id, amount))
        rest -= amount
    if rest > 0 and len(ours) == len(places):
        return [_overcredit(total, total - rest, note.currency, places)], []
    return [], credits


async def _taken(db: AsyncConnection, company_id: UUID, invoices: list[UUID]) -> dict[UUID, Decimal]:
    rows = await db.execute(_TAKEN, {"company_id": company_id, "invoices": invoices})
    return {row.invoice_id: row.amount for row in rows}


def _unknown(number: str, index: int) -> Finding:
    return _finding(
        "GW-REFERENCE",
        f"No sealed invoice {number!r} was issued here (or it was rejected). Mend the number, or send "
        "`external_reference=true` where it was issued in another system.",
        where=_REFERENCE.format(index + 1),
        pointer=f"/preceding/{index}/number",
        terms=("IBT-025",),
    )


def _other_currency(number: str, index: int, theirs: str | None, own: str | None) -> Finding:
    return _finding(
        "GW-CURRENCY",
        f"Invoice {number!r} is in {theirs}, this credit note in {own}; credit it in its own currency.",
        where=_REFERENCE.format(index + 1),
        pointer=f"/preceding/{index}/number",
        terms=("IBT-025", "IBT-005"),
    )


def _overcredit(total: Decimal, left: Decimal, currency: str | None, numbers: Iterable[str]) -> Finding:
    return _finding(
        "GW-OVERCREDIT",
        f"The credit note takes back {total} {currency}, but only {left} {currency} is left of {', '.join(numbers)}.",
        where=_TOTAL,
        pointer="/totals/tax_inclusive",
        terms=("IBT-112", "IBT-025"),
    )


def _root(invoice: Invoice) -> str:
    return "/CreditNote" if invoice.is_credit_note else "/Invoice"


def _about_number(rule: str, invoice: Invoice, message: str) -> Finding:
    return _finding(rule, message, where=f"{_root(invoice)}/cbc:ID", pointer="/number", terms=("IBT-001",))


def _finding(rule: str, message: str, *, where: str, pointer: str, terms: tuple[str, ...]) -> Finding:
    return Finding(rule=rule, layer="gateway", where=where, message=message, pointer=pointer, terms=terms)
