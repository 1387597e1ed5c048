"""Near duplicates: what makes a supplier's second bill look like the first, and what it may share and be another."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingestion.document import Kind
from ingestion.duplicates import Bill, Likelihood, alike, exact, look_alike, skeleton, words_of

SUPPLIER, OTHER = UUID(int=7), UUID(int=8)
TEXT = words_of(
    "Falcon Stationery LLC Tax Invoice INV-2026-0051 dated 3 November 2026 TRN 100234567890003 Paper box 12 at 10.00 "
    "120.00 Toner black 2 at 450.00 900.00 Subtotal 1,020.00 VAT 5% 51.00 Total 1,071.00 AED payable in thirty days"
)
FIRST = Bill(
    id=UUID(int=1),
    kind=Kind.INVOICE,
    supplier_id=SUPPLIER,
    tax_id="100234567890003",
    name="Falcon Stationery LLC",
    number="INV-2026-0051",
    issue_date=date(2026, 11, 3),
    currency="AED",
    total=Decimal("1071.00"),
    sha256="aa" * 32,
    words=TEXT,
)


def second(**changes: object) -> Bill:
    """Another file with another number, day, amount and text, but for the changes."""
    apart = {
        "id": UUID(int=2), "sha256": "bb" * 32, "number": "INV-2026-0063", "issue_date": date(2026, 11, 19),
        "total": Decimal("310.80"), "words": frozenset(),
    }  # fmt: skip
    return msgspec.structs.replace(FIRST, **{**apart, **changes})


def between(new: Bill, old: Bill = FIRST) -> Likelihood | None:
    """In what two bills are alike; asked in both directions."""
    there, back = alike(new, [old]), alike(old, [new])
    assert [each.kind for each in there] == [each.kind for each in back]
    assert all(each.bill_id == old.id and each.words.endswith(".") for each in there)
    return there[0].kind if there else None


L = Likelihood
SAME = {"number": FIRST.number, "total": FIRST.total}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, None),
        ({"sha256": FIRST.sha256}, L.SAME_FILE),
        ({"sha256": FIRST.sha256, "part": 1}, None),
        (SAME, L.RESCAN),
        (SAME | {"total": Decimal("1071")}, L.RESCAN),
        (SAME | {"number": " inv-2026-0051 "}, L.RESCAN),
        (SAME | {"number": "INV-2026-00\u200f51"}, L.RESCAN),
        (SAME | {"number": "INV-٢٠٢٦-٠٠٥١"}, L.RESCAN),
        (SAME | {"currency": "USD"}, L.SAME_NUMBER),
        (SAME | {"currency": ""}, L.RESCAN),
        ({"number": FIRST.number}, L.SAME_NUMBER),
        ({"number": FIRST.number, "total": None}, L.SAME_NUMBER),
        *(
            ({"number": number}, L.LOOK_ALIKE_NUMBER)
            for number in (
                "INV-2O26-0051", "INV-2026-OO5I", "lNV-2026-005l", "INV-2026-00S1", "INV20260051", "INV/2026/0051",
                "2026-0051", "2026-51", "Invoice No. 2026-51", "TAX INVOICE 2026-0051", "ІNV-2026-0051",
                "فاتورة 2026-51",
            )
        ),
        *(
            ({"number": number}, None)
            for number in ("INV-2026-0052", "INV-2025-0051", "INV-2026-510", "INV-20260-051", "C-2026-0051", "INV", "-")
        ),
        ({"issue_date": FIRST.issue_date, "total": FIRST.total}, L.SAME_AMOUNT_AND_DATE),
        ({"issue_date": FIRST.issue_date, "total": FIRST.total, "number": ""}, L.SAME_AMOUNT_AND_DATE),
        ({"issue_date": FIRST.issue_date, "total": FIRST.total, "currency": "EUR"}, None),
        ({"issue_date": FIRST.issue_date}, None),
        ({"issue_date": None, "total": FIRST.total}, None),
        ({"total": FIRST.total}, None),
        # The same page recognised again: one of its figures was misread.
        ({"words": TEXT, "issue_date": FIRST.issue_date, "total": FIRST.total, "number": "INV-2026-0057"}, L.RESCAN),
        ({"words": TEXT, "issue_date": None, "total": None, "number": ""}, L.RESCAN),
        ({"words": TEXT - {min(TEXT)}, "number": FIRST.number}, L.SAME_NUMBER),
        # The same words on another day, under another number: rent.
        ({"words": TEXT, "total": FIRST.total}, None),
        # Two deliveries of one day.
        ({"words": TEXT, "issue_date": FIRST.issue_date}, None),
        ({"kind": Kind.CREDIT_NOTE, **SAME, "issue_date": FIRST.issue_date, "words": TEXT}, None),
        ({"kind": Kind.RECEIPT, **SAME}, L.RESCAN),
    ],
)  # fmt: skip
def test_what_makes_a_second_bill_suspicious(changes: dict[str, object], kind: Likelihood | None) -> None:
    assert between(second(**changes)) is kind


def test_the_same_credit_note_twice_is_one_whatever_its_sign() -> None:
    first = second(kind=Kind.CREDIT_NOTE, number="CN-9", total=Decimal("-105.00"))
    again = msgspec.structs.replace(first, id=UUID(int=3), sha256="cc" * 32, total=Decimal("105.00"))
    assert between(again, first) is Likelihood.RESCAN


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"supplier_id": OTHER}, None),
        ({"supplier_id": None}, L.RESCAN),
        ({"supplier_id": None, "tax_id": "100 2345 6789 0003"}, L.RESCAN),
        ({"supplier_id": None, "tax_id": "100999999900003"}, None),
        ({"supplier_id": None, "tax_id": "", "name": "FALCON Stationery L.L.C."}, L.RESCAN),
        ({"supplier_id": None, "tax_id": "", "name": "Gulf Stationery LLC"}, None),
        ({"supplier_id": None, "tax_id": "", "name": ""}, None),
    ],
)
def test_only_bills_of_the_same_supplier_are_compared(changes: dict[str, object], kind: Likelihood | None) -> None:
    assert between(second(**SAME, **changes)) is kind


def test_a_bill_is_not_held_against_itself_and_each_earlier_one_is_named_once_in_order() -> None:
    earlier = [
        second(id=UUID(int=at), number=number) for at, number in enumerate(["A-1", "2026-51", "INV-2026-0051"], 5)
    ]
    found = alike(FIRST, [FIRST, *earlier])
    assert [(each.kind, each.bill_id) for each in found] == [
        (Likelihood.LOOK_ALIKE_NUMBER, UUID(int=6)), (Likelihood.SAME_NUMBER, UUID(int=7)),
    ]  # fmt: skip


def test_short_texts_say_nothing() -> None:
    few = words_of("Total 1,071.00 AED thank you")
    assert between(second(words=few, number="", total=None), msgspec.structs.replace(FIRST, words=few)) is None


# ---------------------------------------------------------------------------------------------------------- properties

numbers = st.from_regex(r"[A-Z]{0,4}[-/ ]?(20(25|26)[-/ ]?)?[0-9]{1,6}[A-Z]?\Z")
bills = st.builds(
    Bill,
    id=st.uuids(),
    kind=st.sampled_from([Kind.INVOICE, Kind.CREDIT_NOTE]),
    supplier_id=st.sampled_from([SUPPLIER, OTHER, None]),
    tax_id=st.sampled_from(["", "100234567890003", "DE136695976"]),
    name=st.sampled_from(["", "Falcon", "Gulf"]),
    number=st.one_of(st.just(""), numbers),
    issue_date=st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 1, 4))),
    currency=st.sampled_from(["AED", "USD", ""]),
    total=st.one_of(st.none(), st.decimals(-5, 5, places=2)),
    sha256=st.sampled_from(["", "a", "b"]),
    words=st.sampled_from([frozenset(), TEXT, TEXT - {max(TEXT)}, words_of("x y z")]),
)


@settings(max_examples=200, deadline=None)
@given(bills, bills)
def test_likeness_holds_in_both_directions(one: Bill, other: Bill) -> None:
    if one.id != other.id:
        between(one, other)


@settings(max_examples=200, deadline=None)
@given(bills, bills)
def test_the_text_says_nothing_more_of_bills_whose_terms_are_known(one: Bill, other: Bill) -> None:
    """So a re-scan is held with its number misread, and nobody has to keep the words of bills that were accepted."""
    known = [
        msgspec.structs.replace(
            bill, number=bill.number or "7", issue_date=bill.issue_date or date(2026, 1, 2),
            currency=bill.currency or "AED", total=bill.total or Decimal(3),
        )
        for bill in (one, other)
    ]  # fmt: skip
    wordless = [msgspec.structs.replace(bill, words=frozenset()) for bill in known]
    assert bool(alike(known[0], known[1:])) == bool(alike(wordless[0], wordless[1:]))


@settings(max_examples=100, deadline=None)
@given(st.lists(bills, max_size=6, unique_by=lambda bill: bill.id), st.randoms(use_true_random=False))
def test_the_order_of_earlier_bills_changes_nothing_but_the_order(earlier: list[Bill], chance) -> None:
    shuffled = earlier.copy()
    chance.shuffle(shuffled)
    assert sorted(alike(FIRST, shuffled), key=repr) == sorted(alike(FIRST, earlier), key=repr)


@settings(max_examples=100, deadline=None)
@given(numbers, st.randoms(use_true_random=False))
def test_a_number_misread_or_written_otherwise_is_found(number: str, chance) -> None:
    swaps = {"0": "O", "O": "0", "1": "I", "I": "l", "5": "S", "S": "5", "8": "B", "B": "8"}
    other = "".join(swaps[sign] if sign in swaps and chance.random() < 0.5 else sign for sign in number)
    other = chance.choice(["", "No. ", "#"]) + other.replace("-", chance.choice(["-", "/", " "]))
    assume(any(map(str.isdigit, other)))  # without a figure left, nothing tells a number from a word
    assert look_alike(number, other) == (exact(number) != exact(other))
    assert look_alike(other, number) == look_alike(number, other)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 9000),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.decimals(1, 100_000, places=2),
    st.sampled_from(["INV-{:04}", "{}", "R/2026/{:03}", "{:06}-A"]),
)
def test_what_comes_every_month_is_no_duplicate(first: int, day: date, total: Decimal, form: str) -> None:
    """The same amount and the same text, a number further on each time."""
    months = [
        second(id=UUID(int=at + 50), number=form.format(first + at), issue_date=day + timedelta(30 * at), total=total,
               sha256=str(at), words=TEXT)
        for at in range(12)
    ]  # fmt: skip
    assert [alike(bill, months) for bill in months] == [()] * 12


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_any_text_may_stand_for_a_number(text: str) -> None:
    assert exact(exact(text)) == exact(text)
    assert all((part and not part.startswith("0")) or part == "0" for part in skeleton(text))
    assert not look_alike(text, text)
