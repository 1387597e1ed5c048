"""An installation without its HTTP side: settings, a database, a company with a ledger in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs import ALGORITHMS, Algorithm, Kek, KeyRing, LocalKeyStore, Purpose, SealedKey
from gateway.db import Database, new_id
from gateway.settings import Settings
from gateway.settings.witnesses import WitnessPlace
from gateway.wiring import Wiring
from ledger.checkpoint import origin
from ledger.entry import Kind, NewEntry
from ledger.store import append, open_ledger, rotate_key
from tests.gateway.witness.process import WitnessProcess

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


class SameKeys(LocalKeyStore):
    """One key for each purpose, for ever: whoever holds it can write a ledger anew that nobody can tell by its keys."""

    def __init__(self) -> None:
        super().__init__(KeyRing(Kek.make(development=True)))
        self._made: dict[Purpose, rsa.RSAPrivateKey | Ed25519PrivateKey] = {}

    def generate(self, company_id: UUID, purpose: Purpose = Purpose.DOCUMENT) -> SealedKey:
        if purpose not in self._made:
            edwards = ALGORITHMS[purpose] is Algorithm.ED25519
            self._made[purpose] = Ed25519PrivateKey.generate() if edwards else rsa.generate_private_key(65537, 2048)
        return self.keep(company_id, purpose, self._made[purpose])


def wiring_of(database: Database, *witnesses: WitnessPlace, **settings: Any) -> Wiring:
    """What witnessing works with."""
    return Wiring(
        settings=Settings(home=Path("/nonexistent"), witnesses=witnesses, **settings),
        database=database,
        storage=cast(Any, None),
        key_ring=cast(Any, None),
        keys=cast(Any, None),
        provider=cast(Any, None),
        executor=cast(Any, None),
    )


def place_of(witness: WitnessProcess) -> WitnessPlace:
    """The witness as an operator names it in the settings."""
    return WitnessPlace(name=witness.name, kind="http", address=witness.url, key=witness.key)


async def make_ledger(database: Database, keys: LocalKeyStore, company_id: UUID | None = None) -> UUID:
    """A ledger with its first three entries, the keys."""
    company_id = company_id or new_id()
    async with database.company(company_id) as db:
        await open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
        await rotate_key(db, company_id, keys, now=NOW)
    return company_id


async def grow(
    database: Database, company_id: UUID, keys: LocalKeyStore, count: int, *, word: str = "entry", batch: int = 100
) -> None:
    """So many entries more, in batches; each has a checkpoint."""
    async with database.company(company_id) as db:
        news = [NewEntry(kind=Kind.STATUS, canonical=b'{"is":"%s %d"}' % (word.encode(), n)) for n in range(count)]
        for start in range(0, count, batch):
            await append(db, company_id, news[start : start + batch], now=NOW, keys=keys)
