"""The whole gateway, with what a worker reads files with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.db import Database
from tests.gateway.house import Company, House, Person, open_house


@pytest.fixture(scope="module")
async def house(
    module_database: Database, module_owner: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A gateway that lives as long as the test module, in place of the bare company of the other tests of bills."""
    async with open_house(module_database, module_owner, tmp_path_factory.mktemp("home")) as house:
        yield house


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    return await house.company()


@pytest.fixture(scope="module")
async def clerk(company: Company) -> Person:
    return await company.person("FINANCE_USER")
