"""Write a bundle from the database: short transactions, one batch in memory, others may append meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec

from certs import KeyStore
from gateway.bundles import queries
from gateway.db import Database
from ledger import checkpoint, store
from ledger.bundle import BundleWriter, Closing, Cosigned, Outside, Scope, Written
from ledger.checkpoint import Note
from ledger.cosignature import NoteKey
from ledger.errors import BundleRefused
from ledger.store import export, tree

Told = Callable[[int, int], Awaitable[None]]
"""Told the entries written so far, and how many there are."""


class Wanted(msgspec.Struct, frozen=True):
    """Which entries."""

    first: int = 0
    last: int | None = None
    """None: to the end."""


async def write(
    database: Database,
    company_id: UUID,
    file: IO[bytes],
    wanted: Wanted = Wanted(),  # noqa: B008  # frozen
    *,
    keys: KeyStore,
    witnesses: Sequence[NoteKey] = (),
    scratch: Path | None = None,
    told: Told | None = None,
) -> Written:
    """Write the bundle into an empty, seekable file.

    `keys` open what stands apart; `witnesses`: whose lines under checkpoints are taken along. Nothing is verified: a
    damaged ledger gives a bundle that fails. Raises `BundleRefused` (no such range, or entries are not there),
    `LedgerMissing`, `TreeDamaged`, `CertsError`.
    """
    async with database.company(company_id) as db:
        head = await store.head(db, company_id)
        last = head.count - 1 if wanted.last is None else wanted.last
        if not 0 <= wanted.first <= last < head.count:
            raise BundleRefused(f"entries {wanted.first} to {last} were asked for, there are 0 to {head.count - 1}")
        peaks = await tree.peaks(db, company_id, wanted.first)
    scope = Scope(
        company_id=company_id,
        created_us=head.created_us,
        origin=head.origin,
        first=wanted.first,
        last=last,
        left_peaks=tuple(peaks),
    )
    with BundleWriter(file, scope, scratch=scratch) as writer:
        await _entries(database, writer, scope, keys, told)
        closing = await _closing(database, writer, scope, keys, witnesses)
        return await asyncio.to_thread(writer.finish, closing)


async def _entries(database: Database, writer: BundleWriter, scope: Scope, keys: KeyStore, told: Told | None) -> None:
    async def read(seq: int) -> list[store.Record]:
        async with database.company(scope.company_id) as db:
            return await store.batch(db, scope.company_id, seq, scope.last, keys=keys)

    records = await read(scope.first)
    while records:
        # The next batch is read while this one is written in a thread; nothing goes on where one of them fails.
        following = asyncio.create_task(read(records[-1].seq + 1))
        try:
            await asyncio.to_thread(writer.add, records)
        finally:
            records = await following
        if told is not None:
            await told(writer.next_seq - scope.first, scope.last + 1 - scope.first)


async def _closing(
    database: Database, writer: BundleWriter, scope: Scope, keys: KeyStore, witnesses: Sequence[NoteKey]
) -> Closing:
    company_id, end, least = scope.company_id, scope.last + 1, max(scope.first, 1)
    async with database.company(company_id) as db:
        newest = await export.newest(db, company_id)
        reach = {"first": least, "end": end, "newest": newest.size}
        stamps = await queries.stamps(db, company_id, **reach)
        noted = {newest.size, *(stamp.size for stamp in stamps)}
        sizes = await export.note_sizes(db, company_id, least, end, also=noted)
        async for notes in export.notes(db, company_id, sizes):
            for note in notes:
                writer.add_checkpoint(note)
        outside = await export.outside(
            db, company_id, scope.first, scope.last, size=newest.size, erased=writer.erased, keys=keys
        )
        return Closing(
            size=newest.size,
            root=newest.root,
            path=tuple(await tree.consistency(db, company_id, end, newest.size)),
            outside=tuple(
                [
                    Outside(record, tuple(await tree.inclusion(db, company_id, record.seq, newest.size)))
                    for record in outside
                ]
            ),
            cosigned=gathered(await queries.cosigned(db, company_id, **reach), witnesses),
            stamps=tuple(stamps),
        )


def gathered(notes: Sequence[bytes], witnesses: Sequence[NoteKey]) -> Cosigned | None:
    """One checkpoint for each size, with all lines by these witnesses; None where there is none."""
    known = {(key.name, key.id): key for key in witnesses}
    found: dict[int, tuple[Note, list[str]]] = {}
    seen: set[NoteKey] = set()
    for raw in notes:
        note = checkpoint.parse(raw)
        lines = raw.decode().splitlines(keepends=True)[-len(note.lines) :]
        told = zip(note.lines, lines, strict=True)
        good = [(known[line.name, line.key_id], text) for line, text in told if (line.name, line.key_id) in known]
        if not good:
            continue
        own = [text for line, text in zip(note.lines, lines, strict=True) if line.name == note.origin]
        _, kept = found.setdefault(note.size, (note, own))
        for key, text in good:
            seen.add(key)
            if text not in kept:
                kept.append(text)
    if not found:
        return None
    return Cosigned(
        tuple(key for key in witnesses if key in seen),
        tuple(note.text + b"\n" + "".join(lines).encode() for _, (note, lines) in sorted(found.items())),
    )
