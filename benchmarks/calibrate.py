"""From labelled documents to the table in `ingestion.calibration`: how often readings of a kind were right.

A share is (right + 1) / (all + 2), so that few cases never make certainty, and never falls as the score rises: steps
that would are one step. The documents held out have no part in it; how they fare under it is printed beside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from ingestion import arithmetic, confidence
from ingestion.calibration import EDGES, group
from ingestion.document import Extraction, Source
from ingestion.extract import Supplier

_LEAST = 12
"""Cases below which a step is joined to its neighbour."""
Tally = list[tuple[float, int, int]]
"""Lower edge, cases, right ones."""


class Case(msgspec.Struct, frozen=True):
    """One labelled document, read."""

    source: Source
    held_out: bool
    raw: Extraction
    counts: Mapping[str, Sequence[int]]
    """The scorer's: right, wrong, missed, by the name of the value."""
    known: Sequence[Supplier]

    @property
    def checks(self) -> int:
        """How often its readings bear each other out."""
        supplier = confidence.known_by_tax_id(self.raw, self.known)
        return confidence.checks(arithmetic.sums(self.raw), supplier_known=supplier)

    @property
    def right(self) -> bool:
        """No value is wrong that decides what is paid to whom."""
        return not any(self.counts[key][1] for key in confidence.DECISIVE if key in self.counts)


def show(cases: list[Case]) -> None:
    """Print both tables as they stand in the code, and each step's share in the documents held out."""
    print("FIELDS: {(source, group): ((from this raw score, share), ...)}    [held out: right/all]")
    fields = _fields(cases)
    for (source, name), values in sorted(fields.items()):
        _row(f"(Source.{source.name}, {name!r})", values, EDGES)
    print("DOCUMENTS: {source: ((from this many checks, share), ...)}")
    for source in sorted({case.source for case in cases}):
        values = [(float(case.checks), case.right, case.held_out) for case in cases if case.source is source]
        _row(f"Source.{source.name}", values, (0.0, 1.0, 2.0, 3.0, 4.0))


def _fields(cases: list[Case]) -> dict[tuple[Source, str], list[tuple[float, bool, bool]]]:
    found: dict[tuple[Source, str], list[tuple[float, bool, bool]]] = defaultdict(list)
    for case in cases:
        for term, reading in case.raw.header.items():
            right, wrong, _ = case.counts.get(term.value, (0, 0, 0))
            if right or wrong:
                found[case.source, group(term)].append((reading.confidence, bool(right), case.held_out))
        right, wrong, _ = case.counts.get("lines", (0, 0, 0))
        found[case.source, "line"] += [(0.0, index < right, case.held_out) for index in range(right + wrong)]
    return found


def _row(key: str, values: list[tuple[float, bool, bool]], edges: Sequence[float]) -> None:
    made = _steps([(raw, right) for raw, right, held in values if not held], edges)
    steps, checks = [], []
    for index, (edge, count, right) in enumerate(made):
        above = made[index + 1][0] if index + 1 < len(made) else 2.0 * max(edges) + 2
        held = [good for raw, good, out in values if out and edge <= raw < above]
        steps.append(f"({edge:g}, {(right + 1) / (count + 2):.3f})")
        checks.append(f"{sum(held)}/{len(held)}")
    print(f"    {key}: ({', '.join(steps)},),  # from {sum(each[1] for each in made)} [{', '.join(checks)}]")


def _steps(values: list[tuple[float, bool]], edges: Sequence[float]) -> Tally:
    tally: Tally = []
    for index, edge in enumerate(edges):
        above = edges[index + 1] if index + 1 < len(edges) else float("inf")
        inside = [right for raw, right in values if edge <= raw < above]
        tally.append((edge, len(inside), sum(inside)))
        while len(tally) > 1 and (
            tally[-1][1] < _LEAST or tally[-2][1] < _LEAST or _share(tally[-1]) < _share(tally[-2])
        ):
            if tally[-1][1] < _LEAST and index + 1 < len(edges) and tally[-2][1] >= _LEAST:
                break
            last, before = tally.pop(), tally.pop()
            tally.append((before[0], before[1] + last[1], before[2] + last[2]))
    return tally


def _share(step: tuple[float, int, int]) -> float:
    return (step[2] + 1) / (step[1] + 2)
