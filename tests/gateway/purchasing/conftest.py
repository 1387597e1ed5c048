"""Fixtures of the tests of purchasing."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

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


@pytest.fixture(scope="module")
async def shared_buyer(house: House) -> Buyer:
    """A company for all tests of a module; making one takes a second."""
    company = await house.company()
    return Buyer(house, company, await company.admin(), await supplier(house, company.id))


@pytest.fixture
async def buyer(shared_buyer: Buyer) -> Buyer:
    """The same with a supplier of its own."""
    found = await supplier(shared_buyer.house, shared_buyer.id, f"Palm {uuid4()}")
    return Buyer(shared_buyer.house, shared_buyer.company, shared_buyer.person, found)


@pytest.fixture
async def lone_buyer(house: House) -> Buyer:
    """A company of its own."""
    company = await house.company()
    return Buyer(house, company, await company.admin(), await supplier(house, company.id))
