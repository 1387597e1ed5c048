"""One ledger for all tests of a module, never changed by them."""

from __future__ import annotations

from uuid import UUID

import pytest

from certs import LocalKeyStore
from gateway.db import Database
from tests.few_keys import FewKeys
from tests.gateway.audit.ledgers import make_ledger


@pytest.fixture(scope="session")
def keys() -> LocalKeyStore:
    """One key store for all tests of this process."""
    return FewKeys()


@pytest.fixture(scope="module")
async def ledger_of(module_database: Database, keys: LocalKeyStore) -> UUID:
    """A company whose ledger has ten entries."""
    return await make_ledger(module_database, keys)
