"""The company of the issued documents' tests, with settings."""

from __future__ import annotations

from concurrent.futures import Executor

import msgspec
import pytest

from gateway.db import Database
from gateway.settings import Settings
from tests.gateway.outbound.conftest import Company, bare_wiring, executor, invoice, open_company

__all__ = ["executor", "invoice"]


@pytest.fixture(scope="module")
async def company(module_database: Database, module_admin: Database, executor: Executor) -> Company:
    """One company for a module."""
    wiring = msgspec.structs.replace(bare_wiring(module_database, executor), settings=Settings(replay_sample=50))
    return await open_company(module_database, module_admin, wiring)
