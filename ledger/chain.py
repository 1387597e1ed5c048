"""The chain: every entry names the hash of the one before, the first one the genesis hash."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from ledger.entry import decode, genesis
from ledger.errors import EntryMalformed


def first_broken(company_id: UUID, created_us: int, bodies: Iterable[bytes]) -> int | None:
    """The seq of the first entry that isn't this company's next one, or None if the chain holds.

    `bodies`: the hashed bytes of all entries in order of seq. An entry is judged by its own bytes only: form, company,
    place and link. What it says of documents and seals is judged by `ledger.verify`.
    """
    previous = genesis(company_id, created_us)
    for seq, body in enumerate(bodies):
        try:
            entry = decode(body)
        except EntryMalformed:
            return seq
        if (entry.company_id, entry.seq, entry.previous) != (company_id, seq, previous):
            return seq
        previous = sha256(body).digest()
    return None
