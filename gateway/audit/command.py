"""The command `involinks verify`: ledgers of a database, or one in a file, judged on a terminal.

    involinks verify [--company ID ...] [--level LEVEL] [--deep]     the ledgers of the database
    involinks verify --company ID --since SIZE [--root HEX]           only what came after a checkpoint that is known
    involinks verify --company ID --witness-note FILE                 against a checkpoint that was kept
    involinks verify --copy FILE                                      a ledger that was carried away
    involinks verify --company ID --save FILE                         carry one away

Exit codes: 0 every ledger holds, 1 at least one fails, 2 not all was looked at or nothing to verify.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO
from uuid import UUID

import msgspec

from certs import KeyStore
from gateway.audit import flow
from gateway.audit.flow import Ask, Brought
from gateway.db import Database
from ledger.report import Level, Report
from ledger.verify import Statement

OK, FAILED, INCOMPLETE = 0, 1, 2
Statements = Callable[[UUID], Awaitable[Sequence[Statement]]]
_STEP = 10_000


async def verify_databases(
    database: Database,
    companies: Sequence[UUID],
    *,
    names: Mapping[UUID, str] | None = None,
    ask: Ask = Ask(),  # noqa: B008  # frozen
    keys: KeyStore | None = None,
    statements: Statements | None = None,
    out: TextIO = sys.stdout,
) -> int:
    """Verify the ledgers of these companies one after the other; returns the exit code. `names`: told beside ids.

    `keys`: open private keys, and contents about natural persons. `statements`: what others keep about each ledger.
    """
    if not companies:
        print("Nothing to verify: there is no company.", file=out)
        return INCOMPLETE
    codes = []
    for company_id in companies:
        if statements is not None:
            ask = msgspec.structs.replace(ask, statements=tuple(await statements(company_id)))
        report = await flow.verify_company(database, company_id, ask, keys=keys, told=_Printer(company_id, out))
        print(text_of(report, (names or {}).get(company_id)), file=out)
        codes.append(_code(report))
    return FAILED if FAILED in codes else max(codes)


async def verify_file(
    path: Path,
    *,
    level: Level = Level.CHECKPOINTS,
    deep: bool = False,
    brought: Brought | None = None,
    out: TextIO = sys.stdout,
) -> int:
    """Verify a ledger in a file; returns the exit code. Raises `CopyMalformed`, `OSError`."""
    report = await flow.verify_copy(path, level=level, deep=deep, brought=brought, told=_Printer(path.name, out))
    print(text_of(report), file=out)
    return _code(report)


async def save(
    database: Database, company_id: UUID, path: Path, *, keys: KeyStore | None = None, out: TextIO = sys.stdout
) -> int:
    """Carry a ledger away in a file; returns the exit code. Raises `LedgerMissing`, `OSError`.

    `keys` open content about natural persons, as in a bundle. A file that is there already is never written over.
    """
    if await asyncio.to_thread(path.exists):
        raise FileExistsError(f"{path} exists already; name a new file")
    count = await flow.copy_company(database, company_id, path, keys=keys, told=_Printer(company_id, out))
    print(f"{path}: {count} entries of company {company_id}", file=out)
    return OK


def text_of(report: Report, name: str | None = None) -> str:
    """A report for people: the verdict, what was checked, and the first failures with their entries."""
    checked = report.checked
    counts = f"{checked.entries} of {report.head_count - report.since} entries"
    if report.level >= Level.CONTENTS:
        counts += f", {checked.contents} contents, facts of {checked.facts} documents"
    if report.level >= Level.SEALS:
        counts += f", {checked.seals} seals"
    if report.level >= Level.CHECKPOINTS:
        counts += f", {checked.checkpoints} checkpoints"
    if report.level >= Level.WITNESSED:
        counts += f", {checked.witnessed} statements from outside"
    if checked.closes:
        counts += f", {checked.closes} period closes"
    if checked.erased or checked.closed:
        counts += f", {checked.erased} contents erased, {checked.closed} left closed"
    if report.since:
        counts += f"; {report.since} known before, {checked.proven} of them proven to lie before"
    who = f"{report.company_id} ({name})" if name else str(report.company_id)
    lines = [f"company {who}: {report.status.upper()} ({counts})"]
    if report.head_hash:
        lines.append(f"  head {report.head_count - 1} {report.head_hash}")
    if report.root:
        lines.append(f"  root {report.head_count} {report.root}")
    lines += [f"  entry {failure.seq}: {failure.reason}: {failure.detail}" for failure in report.failures]
    if report.failed > len(report.failures):
        lines.append(f"  and {report.failed - len(report.failures)} more")
    return "\n".join(lines)


class _Printer:
    """Tells the progress of long runs, every 10,000 entries."""

    def __init__(self, what: UUID | str, out: TextIO) -> None:
        self._what, self._out, self._told = what, out, 0

    async def __call__(self, seen: int, total: int) -> None:
        if seen - self._told >= _STEP:
            self._told = seen
            print(f"  {self._what}: {seen} of {total} entries", file=self._out, flush=True)


def _code(report: Report) -> int:
    return {"ok": OK, "failed": FAILED}.get(report.status, INCOMPLETE)
