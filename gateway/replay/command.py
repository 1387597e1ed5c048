"""The command `involinks replay`: one sealed document made again, told on a terminal.

Exit codes: 0 the same, 1 drift, 2 it couldn't be compared.
"""

from __future__ import annotations

import sys
from typing import TextIO
from uuid import UUID

from gateway.http.problems import NotFound
from gateway.replay import jobs
from gateway.replay.replay import Outcome
from gateway.wiring import Wiring

SAME, DRIFT, NOT_COMPARED = 0, 1, 2


async def replay_entry(wiring: Wiring, company_id: UUID, seq: int, *, out: TextIO = sys.stdout) -> int:
    """Replay one entry; returns the exit code. Raises `LedgerMissing`, `NotFound` where the entry is no document."""
    try:
        replayed = await jobs.one(wiring, company_id, seq)
    except ValueError as error:
        raise NotFound(f"{error}; invoices, credit notes and received bills are") from None
    print(f"entry {replayed.seq} {replayed.number}: {replayed.outcome.upper()}: {replayed.detail}", file=out)
    if replayed.generator:
        print(f"  generator {replayed.generator}, rules {replayed.ruleset} {replayed.ruleset_digest}", file=out)
    return {Outcome.SAME: SAME, Outcome.DRIFT: DRIFT}.get(replayed.outcome, NOT_COMPARED)
