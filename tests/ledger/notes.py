"""What every committed state of a ledger holds to: each batch has its checkpoint, and they agree with each other."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import merkle
from ledger.checkpoint import check_note, origin
from ledger.entry import Kind, decode
from ledger.key_windows import KeyWindows
from ledger.merkle import Frontier, leaf
from ledger.store import head, stream, tree

_NOTES = text("select size, root, note from ledger_checkpoints order by size")


async def check_checkpoints(db: AsyncConnection, company_id: UUID) -> list[int]:
    """The sizes that have a checkpoint; fails where one isn't signed by the keys in force over the tree as it is."""
    frontier, roots, keys = Frontier(), {}, KeyWindows(company_id)
    async for record in stream(db, company_id):
        frontier.append(leaf(record.entry_hash))
        roots[frontier.size] = frontier.root()
        if record.kind in (Kind.KEY_ADDED, Kind.KEY_RETIRED):
            assert record.signature is not None
            assert record.canonical is not None
            assert keys.check(decode(record.body), record.signature, record.canonical, record.attached) is None
    final = await head(db, company_id)
    assert (final.count, final.peaks) == (frontier.size, frontier.peaks())
    found = (await db.execute(_NOTES)).all()
    for size, root, note in found:
        in_force = keys.ledger_keys_at(size)
        assert in_force is not None
        assert root == roots[size]
        assert check_note(note, origin("ledger.test", company_id), size, root, in_force) is None
    sizes = [row.size for row in found]
    assert sizes[-1] == final.count
    for old, new in pairwise(sizes):
        proof = await tree.consistency(db, company_id, old, new)
        assert merkle.verify_consistency(old, new, roots[old], roots[new], proof)
    return sizes
