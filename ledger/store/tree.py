"""Proofs from the stored tree: at a million entries they read some hundreds of hashes, whatever they prove.

`ledger_nodes` holds the full subtrees of 256, 256^2 ... entries; what lies between is hashed here. Nothing read is
checked: a proof holds against a signed root, or it doesn't.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import merkle
from ledger.errors import LedgerMissing, ProofMalformed, TreeDamaged
from ledger.merkle import EMPTY, Place, Span

# The head tells how large the tree is; each span is a range of a primary key.
_ROWS = text(
    """
    select cast(-1 as smallint) as level, count as idx, hash from ledger_heads where company_id = :company_id
    union all
    select cast(0 as smallint), e.seq, e.entry_hash
    from unnest(cast(:levels as smallint[]), cast(:firsts as bigint[]), cast(:ends as bigint[])) s(level, first, past)
    cross join lateral (select seq, entry_hash from ledger_entries
        where company_id = :company_id and seq >= s.first and seq < s.past) e
    where s.level = 0
    union all
    select s.level, n.idx, n.hash
    from unnest(cast(:levels as smallint[]), cast(:firsts as bigint[]), cast(:ends as bigint[])) s(level, first, past)
    cross join lateral (select idx, hash from ledger_nodes
        where company_id = :company_id and level = s.level and idx >= s.first and idx < s.past) n
    where s.level > 0
    """
)


async def root_at(db: AsyncConnection, company_id: UUID, size: int) -> bytes:
    """The root over the first `size` entries. Raises `LedgerMissing`, `ProofMalformed` (fewer), `TreeDamaged`."""
    if size == 0:
        return EMPTY
    return (await _hashes(db, company_id, [merkle.top(size)], size))[0]


async def inclusion(db: AsyncConnection, company_id: UUID, seq: int, size: int) -> list[bytes]:
    """The proof that entry `seq` is in the tree of the first `size` entries (`merkle.verify_inclusion`).

    Raises as `root_at`.
    """
    return await _hashes(db, company_id, merkle.inclusion_places(seq, size), size)


async def consistency(db: AsyncConnection, company_id: UUID, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` entries grew out of that of `old`, at least 1 (`merkle.verify_consistency`).

    Raises as `root_at`.
    """
    return await _hashes(db, company_id, merkle.consistency_places(old, new), new)


async def peaks(db: AsyncConnection, company_id: UUID, size: int) -> list[bytes]:
    """The frontier of the first `size` entries, largest subtree first (`merkle.Frontier`). Raises as `root_at`."""
    places, at = list[Place](), 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            places.append(Place(level, at >> level))
            at += 1 << level
    return await _hashes(db, company_id, places, size) if places else []


async def _hashes(db: AsyncConnection, company_id: UUID, places: Sequence[Place], size: int) -> list[bytes]:
    wanted = [merkle.spans(place, size) for place in places]
    ranges = _joined([span for spans in wanted for span in spans])
    given = {
        "company_id": company_id,
        "levels": [span.level for span in ranges],
        "firsts": [span.first for span in ranges],
        "ends": [span.end for span in ranges],
    }
    stored = {(level, idx): hash_ for level, idx, hash_ in await db.execute(_ROWS, given)}
    count = next((idx for level, idx in stored if level == -1), None)
    if count is None:
        raise LedgerMissing(f"company {company_id} has no ledger yet")
    if size > count:
        raise ProofMalformed(f"the ledger has {count} entries, not {size}")
    try:
        return [merkle.subtree([_row(stored, span) for span in spans]) for spans in wanted]
    except KeyError as error:
        level, idx = error.args[0]
        what = f"entry {idx}" if level == 0 else f"node {idx} of level {level}"
        raise TreeDamaged(f"{what} of company {company_id} is not stored; verify the ledger") from None


def _row(stored: dict[tuple[int, int], bytes], span: Span) -> list[bytes]:
    found = [stored[span.level, idx] for idx in range(span.first, span.end)]
    return [merkle.leaf(hash_) for hash_ in found] if span.level == 0 else found


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The same rows in fewer ranges."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and joined[-1].level == span.level and joined[-1].end == span.first:
            joined[-1] = joined[-1]._replace(end=span.end)
        else:
            joined.append(span)
    return joined
