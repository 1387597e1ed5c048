"""A company with an administrator, and providers on loopback that it may have accounts at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.gateway.house import Company, House, Person
from tests.peppol.stubs.peppyrus import PeppyrusStub
from tests.peppol.stubs.server import SECRET

WRONG = "quite-another-secret"


def peppyrus(stub: PeppyrusStub, label: str = "Peppyrus", **changes: Any) -> dict[str, Any]:
    """The body of a new account there."""
    return {
        "adapter": "peppyrus",
        "label": label,
        "base_url": stub.url,
        "credentials": {"token": SECRET},
        **changes,
    }


@pytest.fixture(scope="module")
async def stub() -> AsyncIterator[PeppyrusStub]:
    async with PeppyrusStub.running() as running:
        yield running


@pytest.fixture
async def company(house: House) -> Company:
    """A new one for each test: what it has is what the test gave it."""
    return await house.company()


@pytest.fixture
async def admin(company: Company) -> Person:
    return await company.admin()
