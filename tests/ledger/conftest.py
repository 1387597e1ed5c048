"""A company's ledger in a real PostgreSQL, with a real key."""

from __future__ import annotations

from uuid import UUID

import pytest

from certs import LocalKeyStore
from gateway.db import Database, new_id
from ledger.checkpoint import origin
from ledger.store import open_ledger, rotate_key
from tests.few_keys import FewKeys
from tests.ledger.chains import NOW, OpenLedger


@pytest.fixture(scope="session")
def keys() -> LocalKeyStore:
    """One key store for all tests of this process."""
    return FewKeys()


@pytest.fixture
def open_company(keys: LocalKeyStore) -> OpenLedger:
    """Makes a company with an open ledger and its first key."""

    async def make(database: Database) -> UUID:
        company_id = new_id()
        async with database.company(company_id) as db:
            await open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
            await rotate_key(db, company_id, keys, now=NOW)
        return company_id

    return make
