"""Which entries a period holds, and what they come to: one set of books writes and verifies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical, merkle
from ledger.entry import Kind, microseconds
from ledger.periods import Amount, Books, Close, Span, State

Line = tuple[int, int, bytes, bytes | None]
HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 11, 20, 20, tzinfo=UTC)
"""When the 21st of November begins in the Emirates."""


def amounts_of(content: bytes) -> tuple[Amount, ...] | None:
    """Test documents are `[[category, percent, currency, taxable, tax, rate], ...]`."""
    try:
        rows = msgspec.json.decode(content, type=list[tuple[str, Decimal | None, str, Decimal, Decimal, Decimal]])
    except msgspec.DecodeError:
        return None
    names = ("category", "percent", "currency", "taxable", "tax", "rate")
    return tuple(Amount(**dict(zip(names, row, strict=True))) for row in rows)


def document(taxable: str, tax: str, *, percent: str | None = "5", currency: str = "AED", rate: str = "1") -> bytes:
    return canonical.dumps([["S" if percent else "E", percent, currency, taxable, tax, rate]])


class Ledger:
    """Entries as the books see them, and a writer that closes as the job does."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def add(self, at: datetime, kind: Kind = Kind.INVOICE, content: bytes | None = None) -> None:
        body = document("100.00", "5.00") if content is None else content
        self.lines.append((int(kind), microseconds(at), sha256(f"{len(self.lines)}".encode()).digest(), body))

    def books(self, *, erased: frozenset[int] = frozenset()) -> tuple[Books, list[tuple[int, str]]]:
        books, wrong = Books(amounts_of), []
        for seq, (kind, at_us, entry_hash, content) in enumerate(self.lines):
            fault = books.add(
                kind=kind, at_us=at_us, entry_hash=entry_hash, canonical=None if seq in erased else content
            )
            if fault:
                wrong.append((seq, fault))
        return books, wrong

    def close(self, at: datetime) -> list[Close]:
        books, wrong = self.books()
        assert wrong == []
        books.turn(microseconds(at))
        for close in books.due:
            self.add(at, Kind.PERIOD_CLOSE, canonical.dumps(close))
        return list(books.due)


def labels(closes: list[Close]) -> list[str]:
    return [close.period for close in closes]


def test_the_day_is_the_emirates_day() -> None:
    ledger = Ledger()
    ledger.add(MIDNIGHT - timedelta(microseconds=1))
    ledger.add(MIDNIGHT)
    (close,) = ledger.close(MIDNIGHT + HOUR)
    assert (close.period, close.first_seq, close.last_seq) == ("2026-11-20", 0, 0)


def test_sums_are_exact_and_credit_notes_negative() -> None:
    ledger = Ledger()
    ledger.add(MIDNIGHT, content=document("0.10", "0.01"))
    ledger.add(MIDNIGHT, content=document("0.20", "0.02"))
    ledger.add(MIDNIGHT, Kind.CREDIT_NOTE, document("0.05", "0.00"))
    ledger.add(MIDNIGHT, content=document("1000.01", "50.00", currency="USD", rate="3.672513"))
    ledger.add(MIDNIGHT, content=document("7", "0", percent=None))
    ledger.add(MIDNIGHT, content=document("3", "0.15", percent="5.00"))
    ledger.add(MIDNIGHT, Kind.APPROVAL, b"{}")
    (day,) = ledger.close(MIDNIGHT + 24 * HOUR)
    assert day.counts == {"approval": 1, "credit_note": 1, "invoice": 5}
    assert (day.totals.invoices, day.totals.credit_notes, day.totals.unread) == (5, 1, 0)
    sums = {(each.category, each.percent, each.currency): each for each in day.totals.sums}
    assert list(sums) == [("E", None, "AED"), ("S", "5", "AED"), ("S", "5", "USD")]
    assert sums["S", "5", "AED"].taxable == Decimal("3.25")
    assert sums["S", "5", "USD"].taxable_aed == Decimal("1000.01") * Decimal("3.672513")
    assert day.totals == day.cumulative == day.perpetual


def test_a_credit_note_without_tax_leaves_no_negative_zero() -> None:
    ledger = Ledger()
    ledger.add(MIDNIGHT, Kind.CREDIT_NOTE, document("7.00", "0.00", percent="0"))
    (day,) = ledger.close(MIDNIGHT + 24 * HOUR)
    (written,) = day.totals.sums
    assert [str(each) for each in (written.taxable, written.tax, written.tax_aed)] == ["-7.00", "0.00", "0.00"]


def test_many_digits_stay_exact_where_one_of_the_documents_is_erased() -> None:
    """Nearer to what `amounts_of` lets through than to what anybody pays: products of fifty digits."""
    long = {"currency": "USD", "rate": "3.6725000001234567890123"}
    ledger = Ledger()
    for taxable in ("123456789012345.1234567891", "987654321098765.9876543219"):
        ledger.add(MIDNIGHT, content=document(taxable, "6172839450617.2561728395", **long))
    ledger.close(MIDNIGHT + 24 * HOUR)
    ledger.add(MIDNIGHT + 25 * HOUR)
    ledger.close(MIDNIGHT + 48 * HOUR)
    _, wrong = ledger.books(erased=frozenset({0}))
    assert wrong == []


def test_a_document_whose_amounts_cannot_be_read_is_counted_as_such() -> None:
    ledger = Ledger()
    ledger.add(MIDNIGHT, content=b'{"no": "amounts"}')
    (day,) = ledger.close(MIDNIGHT + 24 * HOUR)
    assert (day.totals.invoices, day.totals.unread, day.totals.sums) == (1, 1, ())


def test_missed_days_are_caught_up_and_empty_ones_left_out() -> None:
    ledger = Ledger()
    for hours in (1, 25, 26, 24 * 12):  # 21st, 22nd twice, 3 December
        ledger.add(MIDNIGHT + hours * HOUR)
    closes = ledger.close(MIDNIGHT + 24 * 13 * HOUR)
    assert labels(closes) == ["2026-11-21", "2026-11-22", "2026-11", "2026-12-03"]
    days = [close for close in closes if close.span is Span.DAY]
    assert all(after.first_seq == before.last_seq + 1 for before, after in pairwise(days))
    assert [close.perpetual.invoices for close in days] == [1, 3, 4]
    assert ledger.close(MIDNIGHT + 24 * 13 * HOUR) == [], "nothing is closed twice"
    assert ledger.close(MIDNIGHT + 24 * 60 * HOUR)[0].span is Span.MONTH
    assert ledger.close(MIDNIGHT + 24 * 300 * HOUR) == [], "a company at rest adds nothing"


def test_a_year_begins_anew_and_the_perpetual_sum_goes_on() -> None:
    ledger = Ledger()
    new_year = datetime(2026, 12, 31, 20, tzinfo=UTC)
    ledger.add(new_year - HOUR)
    ledger.add(new_year + HOUR)
    closes = ledger.close(new_year + 24 * HOUR)
    assert labels(closes) == ["2026-12-31", "2026-12", "2026", "2027-01-01"]
    assert [close.cumulative.invoices for close in closes] == [1, 1, 1, 1]
    assert [close.perpetual.invoices for close in closes] == [1, 1, 1, 2]


def test_a_late_entry_counts_in_the_open_period() -> None:
    ledger = Ledger()
    ledger.add(MIDNIGHT - HOUR)
    (first,) = ledger.close(MIDNIGHT + HOUR)
    ledger.add(MIDNIGHT - HOUR)  # sealed yesterday, as its clock said, after yesterday was closed
    (second,) = ledger.close(MIDNIGHT + 25 * HOUR)
    assert (first.period, first.totals.invoices) == ("2026-11-20", 1)
    assert (second.period, second.totals.invoices, second.perpetual.invoices) == ("2026-11-21", 1, 2)


def test_the_root_is_the_tree_of_all_entries_so_far() -> None:
    ledger = Ledger()
    for hour in range(30):
        ledger.add(MIDNIGHT + hour * HOUR)
    (day,) = ledger.close(MIDNIGHT + 31 * HOUR)
    leaves = [merkle.leaf(entry_hash) for _, _, entry_hash, _ in ledger.lines]
    assert day.root == merkle.root(leaves[: day.last_seq + 1]).hex()


CHANGES: dict[str, Any] = {
    "first_seq": 1,
    "last_seq": 0,
    "counts": {"invoice": 9},
    "root": "00" * 32,
    "period": "2026-11-19",
    "span": "month",
}


@pytest.mark.parametrize("name", [*CHANGES, "totals", "cumulative", "perpetual"])
def test_every_member_of_a_close_is_made_again(name: str) -> None:
    ledger = Ledger()
    ledger.add(MIDNIGHT)
    ledger.add(MIDNIGHT)
    (close,) = ledger.close(MIDNIGHT + 24 * HOUR)
    ledger.add(MIDNIGHT + 25 * HOUR)
    assert ledger.books()[1] == []
    told = msgspec.to_builtins(close)
    if name in CHANGES:
        told[name] = CHANGES[name]
    else:
        told[name]["sums"][0]["tax"] = "10.01"
    kind, at_us, entry_hash, _ = ledger.lines[2]
    ledger.lines[2] = (kind, at_us, entry_hash, canonical.dumps(told))
    (wrong,) = ledger.books()[1]
    assert wrong[0] == 2


def test_a_close_too_early_twice_or_unreadable_is_wrong() -> None:
    ledger = Ledger()
    ledger.add(MIDNIGHT)
    (close,) = ledger.close(MIDNIGHT + 24 * HOUR)
    ledger.add(MIDNIGHT + 25 * HOUR, Kind.PERIOD_CLOSE, canonical.dumps(close))
    ledger.add(MIDNIGHT + 25 * HOUR, Kind.PERIOD_CLOSE, b"{}")
    early = Ledger()
    early.add(MIDNIGHT)
    early.add(MIDNIGHT + HOUR, Kind.PERIOD_CLOSE, canonical.dumps(close))
    assert [seq for seq, _ in ledger.books()[1]] == [2, 3]
    assert [seq for seq, _ in early.books()[1]] == [1]


def test_a_close_left_out_is_found_by_the_next_one() -> None:
    ledger = Ledger()
    ledger.add(MIDNIGHT)
    ledger.close(MIDNIGHT + 24 * HOUR)
    ledger.add(MIDNIGHT + 25 * HOUR)
    (close,) = ledger.close(MIDNIGHT + 48 * HOUR)
    kept = Ledger()
    kept.lines = [ledger.lines[0], *ledger.lines[2:]]
    (wrong,) = kept.books()[1]
    assert "2026-11-21 was due" in wrong[1] and close.period in wrong[1]


moments = st.lists(
    st.tuples(
        st.integers(0, 40 * 24), st.sampled_from([Kind.INVOICE, Kind.CREDIT_NOTE, Kind.APPROVAL]), st.integers(0, 10**6)
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(moments, st.sets(st.integers(0, 40 * 24), max_size=6), st.integers(0, 30))
def test_whenever_the_job_runs_every_entry_is_in_one_day_and_all_holds(
    drawn: list[tuple[int, Kind, int]], runs: set[int], cut: int
) -> None:
    """Entries out of order and the job at any time: day ranges join without a gap, months are the days' sums."""
    ledger, steps = Ledger(), sorted([*drawn, *((hour, None, 0) for hour in runs)], key=lambda step: step[0])
    closes: list[Close] = []
    for hour, kind, cents in steps:
        if kind is None:
            closes += ledger.close(MIDNIGHT + hour * HOUR)
        else:
            ledger.add(MIDNIGHT + (hour - cents % 3) * HOUR, kind, document(f"{cents}.07", "0.35"))
    closes += ledger.close(MIDNIGHT + 400 * 24 * HOUR)
    books, wrong = ledger.books()
    assert wrong == [] and books.due == ()
    for span in Span:
        mine = [close for close in closes if close.span is span]
        assert all(after.first_seq == before.last_seq + 1 for before, after in pairwise(mine))
        assert sum(close.totals.invoices for close in mine) == sum(kind == Kind.INVOICE for _, kind, _ in drawn)
    state, resumed = State(), Books(amounts_of)
    for place, (kind_, at_us, entry_hash, content) in enumerate(ledger.lines):
        if place == cut:
            state = msgspec.json.decode(msgspec.json.encode(resumed.state), type=State)
            resumed = Books(amounts_of, state)
        assert resumed.add(kind=kind_, at_us=at_us, entry_hash=entry_hash, canonical=content) is None
    assert resumed.state == books.state


@settings(max_examples=40, deadline=None)
@given(moments, st.sets(st.integers(0, 24)), st.sets(st.integers(0, 40 * 24), max_size=6))
def test_erased_documents_leave_every_other_close_checkable(
    drawn: list[tuple[int, Kind, int]], erased: set[int], runs: set[int]
) -> None:
    ledger, steps = Ledger(), sorted([*drawn, *((hour, None, 0) for hour in runs)], key=lambda step: step[0])
    for hour, kind, cents in steps:
        if kind is None:
            ledger.close(MIDNIGHT + hour * HOUR)
        else:
            ledger.add(MIDNIGHT + hour * HOUR, kind, document(f"{cents}.07", "0.35"))
    ledger.close(MIDNIGHT + 400 * 24 * HOUR)
    gone = frozenset(seq for seq in erased if seq < len(ledger.lines) and ledger.lines[seq][0] in (1, 2))
    books, wrong = ledger.books(erased=gone)
    assert wrong == []
    assert books.state.perpetual.unread == 0, "the day's close told what the erased ones came to"


def test_after_a_rest_the_period_is_that_of_the_entry_not_of_the_closes() -> None:
    ledger = Ledger()
    ledger.add(MIDNIGHT)
    ledger.close(MIDNIGHT + 25 * HOUR)  # the close itself stands in the 22nd
    ledger.add(MIDNIGHT + 24 * 5 * HOUR)
    (close,) = ledger.close(MIDNIGHT + 24 * 6 * HOUR)
    assert (close.period, close.first_seq, close.counts) == ("2026-11-26", 1, {"invoice": 1, "period_close": 1})


@pytest.mark.parametrize("name", ["totals", "cumulative", "perpetual"])
@pytest.mark.parametrize("place", range(1, 6))
def test_what_an_erasure_leaves_to_be_checked_is_checked(name: str, place: int) -> None:
    """All closes come at once, over the turn of a year; the first document is erased, then one sum is made to lie."""
    ledger = Ledger()
    new_year = datetime(2026, 12, 31, 20, tzinfo=UTC)
    for days in (-2, -1, 1):
        ledger.add(new_year + timedelta(days=days) - HOUR)
    closes = ledger.close(new_year + timedelta(days=40))
    assert labels(closes) == ["2026-12-29", "2026-12-30", "2026-12", "2026", "2027-01-01", "2027-01"]
    erased = frozenset({0})
    assert ledger.books(erased=erased)[1] == []
    told = msgspec.to_builtins(closes[place])
    told[name]["sums"][0]["tax"] = "77.77"
    kind, at_us, entry_hash, _ = ledger.lines[3 + place]
    ledger.lines[3 + place] = (kind, at_us, entry_hash, canonical.dumps(told))
    (wrong,) = ledger.books(erased=erased)[1]
    assert wrong[0] == 3 + place and wrong[1].startswith(name)
