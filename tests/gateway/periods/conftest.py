"""The company of the issued documents' tests, with settings."""

from __future__ import annotations

from concurrent.futures import Executor

import msgspec
import pytest

from gateway.db import Database
from gateway.settings import Settings
from tests.gateway.outbound.conftest import Company, bare_wiring, executor, invoice, open_company

__all__ = ["executor", "invoice"]


@pytest.fixture
async def company(database: Database, admin: Database, executor: Executor) -> Company:
    """A company of each test's own: what is closed stays closed."""
    wiring = msgspec.structs.replace(bare_wiring(database, executor), settings=Settings())
    return await open_company(database, admin, wiring)
