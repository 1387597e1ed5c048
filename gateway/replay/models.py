"""What a nightly sample found, as its ledger entry and the API tell it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from gateway.replay.replay import Outcome, Replayed

_TOLD = 20


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of the entry (kind VERIFICATION) that records a sample. Whoever has the ledger can draw it again."""

    replay: str = "sample/1"
    """Tells this payload from the report of a verification."""
    seed: int
    """Of the random numbers that chose; with `head_count` it names the same documents again."""
    head_count: int
    """Entries there were."""
    seqs: tuple[int, ...]
    """The documents that were made again."""
    outcomes: dict[str, int]
    """How often each outcome came, by its name."""
    findings: tuple[Replayed, ...]
    """The first 20 that are not simply the same, drift first."""


class SampleView(Sample, frozen=True, kw_only=True):
    """A sample with the place of its entry."""

    id: UUID
    at: datetime
    entry_seq: int


def sample_of(seed: int, head_count: int, replayed: list[Replayed]) -> Sample:
    """The payload over these."""
    outcomes = {outcome.value: 0 for outcome in Outcome}
    for one in replayed:
        outcomes[one.outcome.value] += 1
    odd = [one for one in replayed if one.outcome is not Outcome.SAME]
    odd.sort(key=lambda one: (one.outcome is not Outcome.DRIFT, one.seq))
    return Sample(
        seed=seed,
        head_count=head_count,
        seqs=tuple(one.seq for one in replayed),
        outcomes=outcomes,
        findings=tuple(odd[:_TOLD]),
    )
