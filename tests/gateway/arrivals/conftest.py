"""A buyer of ours, and providers that hold documents for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from gateway.arrivals.line import Line
from gateway.db import Database, new_id
from gateway.sandbox.journal import Participant
from gateway.storage.folder import FolderStorage
from peppol.provider import Provider
from tests.gateway.arrivals.sources import ABROAD, BUYER, BUYER_TIN, SELLER, STUBS, Sandbox, Source, stubbed
from tests.gateway.outbound.conftest import Company, bare_wiring, open_company
from tests.gateway.sandbox.process import TYPES, SandboxProcess, sandbox


@pytest.fixture(scope="module")
async def buyer(
    module_database: Database, module_admin: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    """The company that documents come for."""
    with ThreadPoolExecutor(2) as executor:
        storage = FolderStorage(tmp_path_factory.mktemp("objects"))
        wiring = msgspec.structs.replace(bare_wiring(module_database, executor), storage=storage)
        company = await open_company(module_database, module_admin, wiring, tin=BUYER_TIN, trn=f"{BUYER_TIN}00003")
        yield company
        await company.wiring.adapters.close()


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """The sandbox, where seller and buyer are registered and fetch what comes."""
    with sandbox(Path(tmp_path_factory.mktemp("network"))) as process:
        process.desk.register(*(Participant(who, TYPES, "") for who in (SELLER, BUYER, ABROAD)))
        yield process


@pytest.fixture(params=["sandbox", *STUBS])
async def source(request: pytest.FixtureRequest) -> AsyncIterator[Source]:
    """Each provider that one can fetch from."""
    if request.param == "sandbox":
        yield Sandbox(request.getfixturevalue("network"))
        return
    async with stubbed(request.param) as found:
        yield found


@pytest.fixture
async def provider(source: Source) -> AsyncIterator[Provider]:
    """Our adapter to it."""
    made = source.adapter()
    yield made
    await made.close()


@pytest.fixture
def line(buyer: Company, provider: Provider) -> Line:
    """The buyer's account there."""
    return Line(account_id=new_id(), company_id=buyer.id, provider=provider)
