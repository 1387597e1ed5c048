"""Verify a company's ledger, and carry it away in a file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from certs import CertsError, KeyDamaged, KeyStore
from gateway.audit import processes
from gateway.audit.facts import facts_of
from gateway.audit.source import CopySource, DatabaseSource, Source
from gateway.db import Database
from gateway.periods import verification as periods
from gateway.periods.verification import Closes
from ledger import copy, store
from ledger.copy import CopyWriter
from ledger.errors import LedgerError, LedgerMissing
from ledger.record import Checkpoint, Head, Record
from ledger.report import Checked, Failure, Level, Reason, Report
from ledger.since import begin_at
from ledger.stretch import Batch, Joint
from ledger.verify import Known, Progress, Statement, Verification

SEGMENT = 4_096
"""Entries that are checked in one go; a broken verification goes on behind the last whole segment."""

ALONE = 40_000
"""Entries that one process checks sooner by itself than others have started to help."""

Told = Callable[[int, int], Awaitable[None]]
"""Told the entries seen so far, and how many there are."""
Brought = Callable[[str], Sequence[Statement]]
"""What a verifier brought along, once it is known what the ledger is called."""
Save = Callable[[Progress], Awaitable[None]]
"""Given what is needed to go on from here, after each segment."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What to verify, and how."""

    level: Level = Level.CHECKPOINTS
    deep: bool = False
    """Read the facts of documents from their XML as well as from their JSON, and compare."""
    since: Known | None = None
    """Begin behind a checkpoint that is known; its ledger is shown to be the one at hand."""
    statements: tuple[Statement, ...] = ()
    """What others keep about the ledger."""
    processes: int = 1
    """How many processes check segments of a large ledger at once; 1: this one does."""


async def verify_company(
    database: Database,
    company_id: UUID,
    ask: Ask = Ask(),  # noqa: B008  # frozen
    *,
    keys: KeyStore | None = None,
    told: Told | None = None,
    save: Save | None = None,
    saved: Progress | None = None,
) -> Report:
    """Verify the ledger in the database.

    `keys`: also open every private key and hold it against its public part, open content about natural persons, and
    make every period close again from the entries.
    Memory doesn't grow with the ledger; others may append meanwhile, what they append isn't looked at. `saved`: what
    an earlier run with the same `ask` gave to `save`. Where the ledger isn't the one known by `ask.since`, all of it
    is verified, so that the report can name what was changed.
    """
    source = DatabaseSource(database, company_id, ask.level, keys=keys)
    try:
        verification = await _begin(source, saved.head if saved else await source.head(), ask, saved)
    except LedgerMissing as error:
        return _missing(company_id, ask.level, str(error))
    if keys is not None and ask.level >= Level.SEALS and saved is None:
        await _check_private_keys(database, company_id, keys, verification)
    await _run_segments(database, source, verification, ask.processes, told, save, keys)
    if keys is not None and ask.level >= Level.CONTENTS and verification.since == 0:
        count = verification.head.count
        _closes(verification, await periods.check_closes(database, company_id, keys=keys, count=count))
    return verification.finish(await source.end(verification.head.count))


async def verify_copy(
    path: Path,
    *,
    level: Level = Level.CHECKPOINTS,
    deep: bool = False,
    brought: Brought | None = None,
    told: Told | None = None,
) -> Report:
    """Verify a ledger in a file that `copy_company` wrote. Raises `CopyMalformed`, `OSError`."""
    source = CopySource(path)
    head = await source.head()
    statements = brought(head.origin) if brought is not None else ()
    verification = Verification(head, level=level, facts_of=facts_of, deep=deep, statements=statements)
    await _run(source, verification, 0, verification.head.count - 1, told)
    if level >= Level.CONTENTS:
        _closes(verification, await asyncio.to_thread(periods.closes_of, copy.read_lines(path)))
    return verification.finish(await source.end(verification.head.count))


async def copy_company(
    database: Database, company_id: UUID, path: Path, *, keys: KeyStore | None = None, told: Told | None = None
) -> int:
    """Write the company's ledger into a file; returns the number of entries. Raises `LedgerMissing`, `OSError`.

    `keys` open content about natural persons; what stays closed is missing in the file, and its verification says so.
    """
    source = DatabaseSource(database, company_id, keys=keys)
    head = await source.head()
    public = tuple(key for key in (await source.end(head.count)).keys if key.added_seq < head.count)
    writer = CopyWriter(path, head, public)
    try:
        seq = 0
        while (batch := await source.batch(seq, head.count - 1)).records:
            await asyncio.to_thread(writer.add, _woven(batch))
            seq = batch.records[-1].seq + 1
            if told is not None:
                await told(seq, head.count)
        writer.finish()
    finally:
        writer.discard()
    return seq


async def _begin(source: DatabaseSource, head: Head, ask: Ask, saved: Progress | None) -> Verification:
    start, proven, failure = None, 0, None
    if ask.since is not None and saved is None:
        start, proven, failure = await _known_start(source, head, ask.since, ask.level)
    verification = Verification(
        head,
        level=ask.level,
        facts_of=facts_of,
        deep=ask.deep,
        start=start,
        proven=proven,
        known=ask.since,
        statements=ask.statements,
    )
    if saved is not None:
        verification.go_on(saved)
    if failure is not None:
        verification.fail(failure)
    return verification


async def _known_start(
    source: DatabaseSource, head: Head, known: Known, level: Level
) -> tuple[Joint | None, int, Failure | None]:
    if not 0 < known.size <= head.count:
        return None, 0, None  # the statement about this size tells
    try:
        evidence = await source.evidence(known.size)
    except LedgerError as error:
        return None, 0, Failure(known.size - 1, Reason.TREE_WRONG, str(error))
    found = begin_at(head, known, evidence, level)
    if isinstance(found, Failure):
        return None, 0, None if found.reason is Reason.HISTORY_REWRITTEN else found
    return found, len(evidence.records) + len(evidence.keys), None


async def _run_segments(
    database: Database,
    source: DatabaseSource,
    verification: Verification,
    workers: int,
    told: Told | None,
    save: Save | None,
    keys: KeyStore | None,
) -> None:
    count = verification.head.count
    ends = _segment_ends(verification.joint.size, count)

    async def closed() -> None:
        if told is not None:
            await told(verification.joint.size, count)
        if save is not None:
            await save(verification.progress())

    ring = processes.ring_of(keys)
    if workers > 1 and count - verification.joint.size > ALONE and ring is not None:
        async for outcome in processes.outcomes(database, source, verification, ends, workers, ring):
            verification.add(outcome)
            await closed()
    at = verification.joint.size
    for end in ends:
        if end > at:
            await _run(source, verification, max(at, verification.next_seq), end - 1, told)
            verification.close()
            await closed()
            at = end


def _segment_ends(first: int, count: int) -> list[int]:
    """Where each segment ends: the multiples of `SEGMENT` behind `first`, and the end."""
    return [*range((first // SEGMENT + 1) * SEGMENT, count, SEGMENT), count]


async def _run(source: Source, verification: Verification, first: int, last: int, told: Told | None) -> None:
    batch, count = await source.batch(first, last), verification.head.count
    while batch.records:
        # The next batch is read while this one is checked in a thread.
        following = source.batch(batch.records[-1].seq + 1, last)
        batch, _ = await asyncio.gather(following, asyncio.to_thread(verification.feed, batch))
        if told is not None:
            await told(min(verification.next_seq, count), count)
    if batch.checkpoints:
        verification.feed(batch)


def _woven(batch: Batch) -> list[Record | Checkpoint]:
    """Each checkpoint behind the last record that it covers."""
    notes: dict[int, list[Checkpoint]] = {}
    for note in batch.checkpoints:
        notes.setdefault(note.size, []).append(note)
    woven: list[Record | Checkpoint] = []
    for record in batch.records:
        woven += [record, *notes.pop(record.seq + 1, ())]
    return woven + [note for kept in notes.values() for note in kept]


def _closes(verification: Verification, found: Closes) -> None:
    verification.count_closes(found.checked)
    for wrong in found.wrong:
        verification.fail(Failure(wrong.seq, Reason.CLOSE_WRONG, wrong.detail))


async def _check_private_keys(database: Database, company_id: UUID, keys: KeyStore, verification: Verification) -> None:
    async with database.company(company_id) as db:
        public = await store.public_keys(db, company_id)
    for key in public:
        try:
            async with database.company(company_id) as db:
                sealed = await store.sealed_key(db, company_id, key.key_id)
            if sealed is None:
                raise KeyDamaged(f"the private key of {key.key_id.hex()} is not there")
            await asyncio.to_thread(keys.signer, sealed)
        except CertsError as error:
            verification.fail(Failure(key.added_seq, Reason.PRIVATE_KEY_DAMAGED, str(error)))


def _missing(company_id: UUID, level: Level, detail: str) -> Report:
    return Report(
        company_id=company_id,
        status="failed",
        level=level,
        head_count=0,
        head_hash="",
        checked=Checked(),
        failed=1,
        failures=(Failure(0, Reason.LEDGER_MISSING, detail),),
    )
