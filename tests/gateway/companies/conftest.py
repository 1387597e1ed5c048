"""Only people and companies: what other slices serve is their own tests' affair."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from litestar.types import ControllerRouterHandler

from gateway.access.api import CONTROLLERS as ACCESS
from gateway.companies.api import CONTROLLERS as COMPANIES


@pytest.fixture(scope="module")
def controllers() -> Sequence[ControllerRouterHandler]:
    """Overrides the house's own."""
    return (*ACCESS, *COMPANIES)
