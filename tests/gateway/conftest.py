"""A gateway for the tests of its slices; what one can do in it stands in `tests/gateway/house.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.db import Database
from tests.gateway.house import House, open_house


@pytest.fixture(scope="module")
async def house(
    module_database: Database, module_owner: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A gateway that lives as long as the test module."""
    async with open_house(module_database, module_owner, tmp_path_factory.mktemp("home")) as house:
        yield house
