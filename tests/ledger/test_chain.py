"""The chain on its own: each way to spoil it is found at its place."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import msgspec
import pytest

from ledger.chain import first_broken
from ledger.entry import NO_KEY, ZERO_HASH, Entry, Kind, encode, genesis

COMPANY, CREATED = UUID(int=7), 1_000_000


def chain(count: int = 6) -> list[Entry]:
    previous, entries = genesis(COMPANY, CREATED), []
    for seq in range(count):
        entry = Entry(
            company_id=COMPANY, seq=seq, kind=Kind.STATUS, at_us=seq, series="", number="", previous=previous,
            invoice_hash=bytes([seq]) * 32, xml_hash=ZERO_HASH, key_id=NO_KEY, signature_hash=ZERO_HASH,
        )  # fmt: skip
        previous = entry.hash
        entries.append(entry)
    return entries


def test_a_sound_chain() -> None:
    assert first_broken(COMPANY, CREATED, map(encode, chain())) is None
    assert first_broken(COMPANY, CREATED, []) is None


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda bodies: bodies.pop(3), 3),
        (lambda bodies: bodies.insert(3, bodies[3]), 4),
        (lambda bodies: bodies.reverse(), 0),
        (lambda bodies: bodies.__setitem__(slice(2, 4), [bodies[3], bodies[2]]), 2),
        (lambda bodies: bodies.__setitem__(2, bodies[2][:-1]), 2),
        (lambda bodies: bodies.pop(0), 0),
    ],
)
def test_where_it_breaks(spoil: Callable[[list[bytes]], object], place: int) -> None:
    bodies = [encode(entry) for entry in chain()]
    spoil(bodies)
    assert first_broken(COMPANY, CREATED, bodies) == place


def test_an_edit_shows_at_the_next_entry_and_foreign_chains_at_once() -> None:
    entries = chain()
    entries[2] = msgspec.structs.replace(entries[2], at_us=99)
    assert first_broken(COMPANY, CREATED, map(encode, entries)) == 3
    assert first_broken(uuid4(), CREATED, map(encode, chain())) == 0
    assert first_broken(COMPANY, CREATED + 1, map(encode, chain())) == 0
