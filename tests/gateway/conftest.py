"""A gateway for the tests of its slices; what one can do in it stands in `tests/gateway/house.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from litestar.types import ControllerRouterHandler

from gateway.db import Database
from tests.gateway.house import House, open_house


@pytest.fixture(scope="module")
def controllers() -> Sequence[ControllerRouterHandler] | None:
    """What the house serves: everything. A slice may put its own here."""
    return None


@pytest.fixture(scope="module")
async def house(
    module_database: Database,
    module_owner: Database,
    tmp_path_factory: pytest.TempPathFactory,
    controllers: Sequence[ControllerRouterHandler] | None,
) -> AsyncIterator[House]:
    """A gateway that lives as long as the test module."""
    home = tmp_path_factory.mktemp("home")
    async with open_house(module_database, module_owner, home, controllers) as house:
        yield house
