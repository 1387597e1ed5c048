"""What a machine can mend: a JSON Patch for a finding, offered only once it has been tried and holds.

    >>> from pathlib import Path
    >>> body = Path("examples/broken/wrong-amount-due.json").read_bytes()
    >>> report = check_invoice(completed(decode(body)), posted=body)
    >>> mend(body, report)[0]
    (Operation(op='replace', path='/totals/payable', value='5388.39'),)

A mend never invents a fact: no name, date, number or tax category. It computes amounts again, takes codes from the
facts, sets values that the rules fix, and writes codes as they are written. `ubl.mend.repairs` has the table.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

import msgspec
from msgspec import Struct

from ubl.complete import complete
from ubl.decode import decode
from ubl.errors import CompleteError, UblError
from ubl.findings import Finding, Layer, Report
from ubl.invoice import Invoice
from ubl.mend.case import Case, Posted
from ubl.mend.patch import Operation, Patch, PatchError, apply, difference
from ubl.mend.repairs import REPAIRS
from ubl.validate import check_invoice

__all__ = ["Change", "Mended", "Operation", "Patch", "PatchError", "apply", "completed", "mend", "mended"]

EFFORT = 32 * 1024 * 1024
"""Bytes of invoices checked in search of mends, per report, unless a caller says less."""


class Change(Struct, frozen=True):
    """One finding that is mended, and how."""

    finding: Finding
    patch: Patch


class Mended(Struct, frozen=True):
    """A body with everything mended that a machine can mend."""

    body: bytes
    report: Report
    """What is left."""
    changes: tuple[Change, ...]


_HIDING = frozenset({Layer.JSON, Layer.XSD})
"""Layers that end a check before the rules are asked."""

Prepare = Callable[[Invoice], Invoice]
"""What happens to a posted invoice before it is checked."""


def completed(invoice: Invoice) -> Invoice:
    """`ubl.complete`, or the invoice as it is where that can't be computed: the rules then name what is missing."""
    try:
        return complete(invoice)
    except CompleteError:
        return invoice


def mend(
    posted: bytes,
    report: Report,
    *,
    prepare: Prepare = completed,
    ruleset: str | None = None,
    as_of: date | None = None,
    effort: int = EFFORT,
) -> dict[int, Patch]:
    """Place of a finding in `report.findings` -> the patch of `posted` that mends it; nothing for the others.

    `posted` is JSON that `ubl.decode` takes, `report` what `check_invoice(prepare(decode(posted)), posted=posted)`
    said. Each patch stands for itself: applied and checked again, that finding is gone and no new one is there. The
    same finding may need another patch once others are applied. `effort`: bytes of invoices that may be checked; a body
    larger than that gets no patch, and of a large one not every finding is tried.
    """
    trials = _Trials(posted, report, prepare, ruleset, as_of, effort)
    found = ((place, trials.first(finding)) for place, finding in enumerate(report.findings))
    return {place: trial.patch for place, trial in found if trial is not None}


def mended(
    posted: bytes, *, prepare: Prepare = completed, ruleset: str | None = None, as_of: date | None = None
) -> Mended:
    """`posted` with one mend after the other applied, until no finding is left that a machine can mend.

    Where the structure is mended first (JSON, XSD), what it hid so far is mended as well. Raises `DecodeError` where
    `posted` is no invoice.
    """
    report = _checked(posted, prepare=prepare, ruleset=ruleset, as_of=as_of)
    changes: list[Change] = []
    while True:
        trials = _Trials(posted, report, prepare, ruleset, as_of, max(EFFORT, 3 * len(posted) + 3))
        tried = ((finding, trials.first(finding, deeper=True)) for finding in report.findings)
        step = next(((finding, trial) for finding, trial in tried if trial is not None), None)
        if step is None:
            return Mended(posted, report, tuple(changes))
        finding, trial = step
        changes.append(Change(finding, trial.patch))
        posted, report = trial.body, trial.report


def _checked(body: bytes, *, prepare: Prepare, ruleset: str | None, as_of: date | None) -> Report:
    return check_invoice(prepare(decode(body)), posted=body, ruleset=ruleset, as_of=as_of)


class _Trial(Struct, frozen=True):
    """A patch, and what comes of it."""

    patch: Patch
    body: bytes
    report: Report


class _Trials:
    """Tries proposals on one body; the same proposal for several findings is tried once."""

    def __init__(
        self,
        posted: bytes,
        report: Report,
        prepare: Prepare,
        ruleset: str | None,
        as_of: date | None,
        effort: int,
    ) -> None:
        invoice = decode(posted)
        self._body = posted
        self._tree = msgspec.to_builtins(invoice)
        self._case = Posted(invoice, prepare(invoice), report)
        self._before = Counter(finding.rule for finding in report.findings)
        self._places = Counter((finding.rule, finding.where) for finding in report.findings)
        self._check = partial(_checked, prepare=prepare, ruleset=ruleset, as_of=as_of)
        self._tried: dict[bytes, _Trial | None] = {}
        self._left = effort // (len(posted) + 1)

    def first(self, finding: Finding, *, deeper: bool = False) -> _Trial | None:
        """The first proposal for this finding that holds; `deeper`: though it brings to light what was hidden."""
        tried = (self._holding(patch, finding, deeper) for patch in self._patches(finding))
        return next((trial for trial in tried if trial is not None), None)

    def _patches(self, finding: Finding) -> Iterator[Patch]:
        for repair in REPAIRS.get(finding.rule, ()):
            for invoice in repair(Case(self._case, finding)):
                patch = difference(self._tree, msgspec.to_builtins(invoice))
                if patch:
                    yield patch

    def _holding(self, patch: Patch, finding: Finding, deeper: bool) -> _Trial | None:
        key = msgspec.json.encode(patch)
        if key not in self._tried:
            if self._left <= 0:
                return None
            self._left -= 1
            self._tried[key] = self._trial(patch)
        trial = self._tried[key]
        if trial is None:
            return None
        hiding = deeper and finding.layer in _HIDING
        left = [other for other in trial.report.findings if other.layer in _HIDING or not hiding]
        after = Counter(other.rule for other in left)
        here = sum((other.rule, other.where) == (finding.rule, finding.where) for other in left)
        gone = after[finding.rule] < self._before[finding.rule] and here < self._places[finding.rule, finding.where]
        return trial if gone and after <= self._before else None

    def _trial(self, patch: Patch) -> _Trial | None:
        try:
            body = apply(patch, self._body)
            return _Trial(patch, body, self._check(body))
        except UblError:
            return None
