"""Period closes: what was recorded in each day, month and year, in sums that a later reader can make again.

A close is an entry (kind PERIOD_CLOSE) whose payload is a `Close`. Which entries a period holds is told by the entries
alone, so that writer and verifier can't differ:

- Days, months and years are those of the Emirates (UTC+4, no summer time).
- A period begins where the one before ended, and ends before the first entry whose time lies in a later one. An entry
  that was late (its time lies in a period that has ended by then) counts in the period that is open.
- A period in which nothing was recorded but closes isn't closed: the next range begins where the last ended, so nothing
  can hide in between, and a company at rest adds nothing to its ledger.

Totals are those of the issued documents sealed in the period, whatever became of them later; credit notes count
negative. Amounts in AED are exact products with the document's rate, without rounding. `cumulative` counts from the
beginning of the year, `perpetual` from the first entry. Pure: the caller reads amounts out of documents (`AmountsOf`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Clamped, Context, Decimal, Inexact, InvalidOperation, Overflow
from enum import StrEnum

import msgspec

from ledger.entry import ISSUED, Kind
from ledger.merkle import Frontier, leaf

EMIRATES = timezone(timedelta(hours=4))
_EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, Overflow, Clamped])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Span(StrEnum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    def label(self, at_us: int) -> str:
        """The period in which a moment lies: `2026-11-21`, `2026-11`, `2026`.

        >>> Span.DAY.label(1795291199_999999), Span.DAY.label(1795291200_000000)
        ('2026-11-21', '2026-11-22')
        """
        day = (_EPOCH + timedelta(microseconds=at_us)).astimezone(EMIRATES).date().isoformat()
        return day[: {Span.DAY: 10, Span.MONTH: 7, Span.YEAR: 4}[self]]


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says of one VAT category and rate (IBG-23); positive for a credit note as well."""

    category: str
    """IBT-118."""
    percent: Decimal | None
    """IBT-119."""
    currency: str
    """IBT-005."""
    taxable: Decimal
    """IBT-116."""
    tax: Decimal
    """IBT-117."""
    rate: Decimal = Decimal(1)
    """BTAE-04. Dirham for one unit of the currency."""


AmountsOf = Callable[[bytes], tuple[Amount, ...] | None]
"""Reads the amounts out of an envelope; None where it can't be read. Never raises."""


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """One VAT category, rate and currency."""

    category: str
    percent: str | None
    """Without trailing zeros; null where the category has no rate."""
    currency: str
    taxable: Decimal
    tax: Decimal
    taxable_aed: Decimal
    tax_aed: Decimal


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over issued documents."""

    invoices: int = 0
    credit_notes: int = 0
    unread: int = 0
    """Documents whose amounts can't be read, or no longer; they are missing in the sums."""
    sums: tuple[Sum, ...] = ()
    """In order of category, rate and currency."""


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of a PERIOD_CLOSE entry."""

    span: Span
    period: str
    """`2026-11-21`, `2026-11`, `2026`: the days of the Emirates."""
    first_seq: int
    last_seq: int
    """Both included; `last_seq + 1` is the size at which `root` is taken."""
    counts: dict[str, int]
    """Entries of each kind, by its name in lower case; none that is zero."""
    totals: Totals
    cumulative: Totals
    """Since the beginning of the year."""
    perpetual: Totals
    """Since the first entry."""
    root: str
    """RFC 9162 root over the entries up to `last_seq`, hex."""


class Open(msgspec.Struct, kw_only=True):
    """A period in progress."""

    period: str
    first_seq: int
    counts: dict[str, int] = {}
    totals: Totals = Totals()

    @property
    def empty(self) -> bool:
        """Whether nothing but closes was recorded."""
        return self.counts.keys() <= {_NAMES[Kind.PERIOD_CLOSE]}


class State(msgspec.Struct, kw_only=True):
    """Everything that `Books` remember; kept between two runs, and worth nothing as evidence."""

    size: int = 0
    peaks: bytes = b""
    open: dict[Span, Open] = {}
    perpetual: Totals = Totals()
    due: list[Close] = []
    """Periods that have ended and whose close has not been seen yet, in the order in which they are written."""


_SPANS = (Span.DAY, Span.MONTH, Span.YEAR)
_NAMES = {int(kind): kind.name.lower() for kind in Kind}
_CLOSE = msgspec.json.Decoder(Close)


class Books:
    """Goes through a ledger entry by entry, and knows after each which closes are due; writes and verifies."""

    def __init__(self, amounts_of: AmountsOf, state: State | None = None) -> None:
        """`state`: as an earlier run left it; None: from the first entry on."""
        self._amounts_of = amounts_of
        self._state = state or State()
        self._tree = Frontier(self._state.size, self._state.peaks)

    @property
    def state(self) -> State:
        """To go on later."""
        self._state.peaks = self._tree.peaks()
        return msgspec.json.decode(msgspec.json.encode(self._state), type=State)

    @property
    def size(self) -> int:
        """The seq that comes next."""
        return self._state.size

    @property
    def due(self) -> tuple[Close, ...]:
        """Closes to write, in this order."""
        return tuple(self._state.due)

    def turn(self, at_us: int) -> None:
        """Time has come to `at_us`: periods that ended before are due."""
        ended = [
            span for span in _SPANS if span in self._state.open and self._state.open[span].period < span.label(at_us)
        ]
        self._state.due += [self._close(span) for span in ended if not self._state.open[span].empty]
        for span in ended:
            before = self._state.open[span]
            if before.empty:
                before.period = span.label(at_us)
            else:
                self._state.open[span] = Open(period=span.label(at_us), first_seq=self.size)

    def add(self, *, kind: int, at_us: int, entry_hash: bytes, canonical: bytes | None) -> str | None:
        """The next entry; returns what is wrong with it if it is a close, else None.

        `canonical` is looked at for issued documents and closes only; None where it was erased.
        """
        self.turn(at_us)
        state = self._state
        for span in _SPANS:
            state.open.setdefault(span, Open(period=span.label(at_us), first_seq=state.size))
        name = _NAMES.get(kind, f"kind_{kind}")
        more = _of(kind, None if canonical is None or kind not in ISSUED else self._amounts_of(canonical))
        for running in state.open.values():
            running.counts[name] = running.counts.get(name, 0) + 1
            running.totals = _plus(running.totals, more) if more else running.totals
        state.perpetual = _plus(state.perpetual, more) if more else state.perpetual
        self._tree.append(leaf(entry_hash))
        state.size += 1
        return self._seen(canonical) if kind == Kind.PERIOD_CLOSE else None

    def _close(self, span: Span) -> Close:
        running = self._state.open[span]
        return Close(
            span=span,
            period=running.period,
            first_seq=running.first_seq,
            last_seq=self.size - 1,
            counts=dict(sorted(running.counts.items())),
            totals=running.totals,
            cumulative=self._state.open[Span.YEAR].totals,
            perpetual=self._state.perpetual,
            root=self._tree.root().hex(),
        )

    def _seen(self, canonical: bytes | None) -> str | None:
        try:
            told = _CLOSE.decode(canonical or b"")
        except msgspec.DecodeError as error:
            return f"the payload is no period close: {error}"
        if not self._state.due:
            return f"closes {told.span} {told.period}, but no period was due"
        wanted = self._state.due.pop(0)
        if (told.span, told.period) != (wanted.span, wanted.period):
            return f"closes {told.span} {told.period}, but {wanted.span} {wanted.period} was due"
        self._believe(wanted, told)
        for name in Close.__struct_fields__:
            mine, theirs = getattr(wanted, name), getattr(told, name)
            if isinstance(mine, Totals) and mine.unread > theirs.unread:
                continue  # of erased documents only counts can be made again
            if mine != theirs:
                return f"{name} of {told.span} {told.period} is {_short(theirs)}, the entries come to {_short(mine)}"
        return None

    def _believe(self, wanted: Close, told: Close) -> None:
        """Of erased documents the close of their day is the only word left: take their amounts from it, and go on."""
        lost = wanted.totals.unread - told.totals.unread
        if lost <= 0 or wanted.span is not Span.DAY:
            return
        gone = _minus(told.totals, wanted.totals)
        state, year = self._state, wanted.period[:4]
        for place, close in enumerate(state.due):
            holds = close.span is not Span.DAY and close.first_seq <= wanted.last_seq <= close.last_seq
            state.due[place] = msgspec.structs.replace(
                close,
                totals=_mended(close.totals, gone) if holds else close.totals,
                cumulative=_mended(close.cumulative, gone) if close.period[:4] == year else close.cumulative,
                perpetual=_mended(close.perpetual, gone),
            )
        for running in state.open.values():
            if running.first_seq <= wanted.last_seq:
                running.totals = _mended(running.totals, gone)
        state.perpetual = _mended(state.perpetual, gone)


def _of(kind: int, amounts: tuple[Amount, ...] | None) -> Totals | None:
    """What one entry adds; None for an entry that is no issued document."""
    if kind not in ISSUED:
        return None
    sign = -1 if kind == Kind.CREDIT_NOTE else 1
    sums: tuple[Sum, ...] = ()
    for amount in amounts or ():
        taxable, tax = (_EXACT.add(_EXACT.multiply(each, sign), 0) for each in (amount.taxable, amount.tax))  # no -0.00
        more = Sum(
            category=amount.category,
            percent=None if amount.percent is None else _plain(amount.percent),
            currency=amount.currency,
            taxable=taxable,
            tax=tax,
            taxable_aed=_EXACT.multiply(taxable, amount.rate),
            tax_aed=_EXACT.multiply(tax, amount.rate),
        )
        sums = _merged(sums, (more,))
    invoice = kind == Kind.INVOICE
    return Totals(invoices=int(invoice), credit_notes=int(not invoice), unread=int(amounts is None), sums=sums)


def _plus(totals: Totals, more: Totals) -> Totals:
    return Totals(
        invoices=totals.invoices + more.invoices,
        credit_notes=totals.credit_notes + more.credit_notes,
        unread=totals.unread + more.unread,
        sums=_merged(totals.sums, more.sums),
    )


def _added(one: Sum, other: Sum) -> Sum:
    return msgspec.structs.replace(
        one,
        taxable=_EXACT.add(one.taxable, other.taxable),
        tax=_EXACT.add(one.tax, other.tax),
        taxable_aed=_EXACT.add(one.taxable_aed, other.taxable_aed),
        tax_aed=_EXACT.add(one.tax_aed, other.tax_aed),
    )


def _minus(told: Totals, own: Totals) -> Totals:
    """What `told` has more than `own`: sums, and as `unread` the documents that `own` couldn't read."""
    negative = tuple(
        msgspec.structs.replace(  # not by a minus sign: that rounds to the digits of the thread's context
            each,
            taxable=each.taxable.copy_negate(),
            tax=each.tax.copy_negate(),
            taxable_aed=each.taxable_aed.copy_negate(),
            tax_aed=each.tax_aed.copy_negate(),
        )
        for each in own.sums
    )
    return Totals(unread=own.unread - told.unread, sums=_merged(told.sums, negative))


def _mended(totals: Totals, gone: Totals) -> Totals:
    return msgspec.structs.replace(totals, unread=totals.unread - gone.unread, sums=_merged(totals.sums, gone.sums))


def _merged(some: tuple[Sum, ...], more: tuple[Sum, ...]) -> tuple[Sum, ...]:
    found = {(each.category, each.percent, each.currency): each for each in some}
    for each in more:
        key = (each.category, each.percent, each.currency)
        found[key] = _added(found[key], each) if key in found else each
    return tuple(found[key] for key in sorted(found, key=lambda each: (each[0], each[1] or "", each[2])))


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 200 else f"{text[:200]}..."
