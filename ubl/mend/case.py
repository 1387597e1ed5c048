"""One finding to mend, and what a mend can be made of: the invoice as posted, and as it follows from itself."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from re import compile as pattern

from msgspec import Struct

from ubl.complete import complete
from ubl.errors import CompleteError
from ubl.findings import Finding, Report, Severity
from ubl.invoice import Invoice, VatSubtotal
from ubl.mend.places import value_at, with_value

_line = pattern(r"/lines/(\d+)").match
_LINE_RESULTS = frozenset(
    {
        "ibr-024",
        "ibr-104-ae",
        "ibr-147-ae",
        "ibr-162-ae",
        "ibr-163-ae",
        "ibr-165-ae",
        "ibr-194-ae",
        "AE-ADV-11",
        "AE-ADV-12",
        "AE-ADV-13",
    }
)
"""Rules about amounts of a line that follow from its quantity, price and category."""


_SUMS = frozenset(f"ibr-co-{number}" for number in range(10, 17))


class Posted(Struct, frozen=True, dict=True, eq=False):
    """A body with its findings; what several mends share is computed once."""

    invoice: Invoice
    """As it was posted."""
    whole: Invoice
    """As it was checked: with what `prepare` added."""
    report: Report

    @cached_property
    def lines_hold(self) -> bool:
        """Whether no fatal finding is about what a line states; only then may sums be computed from the lines."""
        return not any(
            finding.severity is Severity.FATAL and finding.rule not in _LINE_RESULTS and "Line" in finding.where
            for finding in self.report.findings
        )

    @cached_property
    def sums_hold(self) -> bool:
        """Whether the totals agree with the lines' net amounts and with each other."""
        return not any(finding.rule in _SUMS for finding in self.report.findings)

    @cached_property
    def wrong_nets(self) -> tuple[str, ...]:
        """Pointers of the line net amounts that don't follow from quantity and price."""
        lines = (line_of(finding) for finding in self.report.findings if finding.rule == "ibr-147-ae")
        return tuple(f"{line}/net" for line in dict.fromkeys(lines) if line)

    def following(self, pointers: Iterable[str]) -> Invoice | None:
        """The posted invoice with what follows from the rest at these pointers; None where that can't be computed.

        What `prepare` fills in by itself stays out of the body.
        """
        wanted = tuple(pointers)
        cleared = self.invoice
        try:
            for pointer in wanted:
                cleared = with_value(cleared, pointer, None)
            result = complete(cleared)
            mended = self.invoice
            for pointer in wanted:
                value = value_at(result, pointer)
                if pointer == "/vat/breakdown":
                    value = _with_reasons(value, self.invoice)
                if value_at(self.whole, pointer) != value:
                    mended = with_value(mended, pointer, value)
        except (CompleteError, LookupError):
            return None
        return mended


class Case(Struct, frozen=True):
    """One finding of a posted body."""

    posted: Posted
    finding: Finding

    @property
    def invoice(self) -> Invoice:
        """As it was posted."""
        return self.posted.invoice

    @property
    def pointer(self) -> str:
        """Where the finding is, in the posted body."""
        return self.finding.pointer or ""

    @property
    def line(self) -> str | None:
        """Pointer of the line the finding is in."""
        return line_of(self.finding)

    def put(self, pointer: str, value: object) -> Iterator[Invoice]:
        """The posted invoice with another value at one place, where there is such a place."""
        try:
            yield with_value(self.invoice, pointer, value)
        except (LookupError, ValueError):
            return


Repair = Callable[[Case], Iterator[Invoice]]
"""Proposes mended invoices for a finding, the smallest change first; whether one holds is tried afterwards."""


def line_of(finding: Finding) -> str | None:
    """Pointer of the line a finding is in; None outside of lines."""
    found = _line(finding.pointer or "")
    return found[0] if found else None


def _with_reasons(computed: object, invoice: Invoice) -> object:
    """A computed breakdown with the exemption codes and reasons that the posted one states."""
    stated = invoice.vat.breakdown if invoice.vat else ()
    if not isinstance(computed, tuple):
        return computed
    return tuple(_with_reason(row, stated) for row in computed)


def _with_reason(row: VatSubtotal, stated: tuple[VatSubtotal, ...]) -> VatSubtotal:
    same = next((other for other in stated if other.category == row.category and row.category == "E"), None)
    if same is None:
        return row
    return VatSubtotal(
        taxable=row.taxable,
        tax=row.tax,
        category=row.category,
        percent=row.percent,
        exemption_code=same.exemption_code,
        exemption_reason=same.exemption_reason,
    )
