"""Fixtures of the tests of purchasing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from litestar.types import ControllerRouterHandler

from gateway.access import api as access
from gateway.companies import api as companies
from gateway.purchasing import api as purchasing
from tests.gateway.house import House
from tests.gateway.purchasing.buyer import Buyer, supplier


@pytest.fixture(scope="module")
def controllers() -> Sequence[ControllerRouterHandler]:
    """What these tests ask for."""
    return (*access.CONTROLLERS, *companies.CONTROLLERS, *purchasing.CONTROLLERS)


@pytest.fixture
async def buyer(house: House) -> Buyer:
    """A company of its own."""
    company = await house.company()
    return Buyer(house, company, await company.admin(), await supplier(house, company.id))


@pytest.fixture(scope="module")
async def shared_buyer(house: House) -> Buyer:
    """A company for tests that mind nobody else's orders."""
    company = await house.company()
    return Buyer(house, company, await company.admin(), await supplier(house, company.id))
