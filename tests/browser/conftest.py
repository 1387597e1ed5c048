"""A whole gateway on a loopback port with a network and a worker beside it, and a browser to look at it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from gateway import worker
from gateway.db import Database
from gateway.jobqueue.loop import Pace
from gateway.settings.values import Secret
from gateway.wiring import open_provider
from tests.gateway.house import House, open_house
from tests.gateway.sandbox.process import SECRET, TOKEN, SandboxProcess, free_port, sandbox
from tests.gateway.served import PATIENCE, serving

CHROMIUM = shutil.which("chromium")
expect.set_options(timeout=PATIENCE * 1000)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox(tmp_path_factory.mktemp("network")) as process:
        yield process


class Site:
    """The gateway as a browser finds it."""

    def __init__(self, house: House, url: str, network: SandboxProcess) -> None:
        self.house, self.url, self.network = house, url, network


@pytest.fixture(scope="module")
async def site(
    module_database: Database,
    module_owner: Database,
    network: SandboxProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Site]:
    async with open_house(module_database, module_owner, tmp_path_factory.mktemp("home")) as house:
        port = free_port()
        settings = msgspec.structs.replace(
            house.wiring.settings,
            public_url=f"http://127.0.0.1:{port}",
            provider_url=network.url,
            provider_token=Secret(TOKEN),
            provider_secrets=(Secret(SECRET),),
        )
        provider = open_provider(settings)
        house.wiring = msgspec.structs.replace(house.wiring, settings=settings, provider=provider)
        house.app.state.wiring = house.wiring
        loop = worker.make(house.wiring, pace=Pace())
        async with serving(house.app, port):
            working = asyncio.create_task(loop.run())
            yield Site(house, settings.public_url, network)
            loop.stop()
            await asyncio.wait_for(working, PATIENCE)
        await provider.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, headless=True, timeout=2 * PATIENCE * 1000
        )
        yield started
        await started.close()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser profile of its own; anything the pages' policy forbids is a failure."""
    made = await browser.new_context(locale="en-GB", viewport={"width": 1100, "height": 800})
    made.set_default_timeout(PATIENCE * 1000)
    complaints: list[str] = []
    made.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    made.on("weberror", lambda error: complaints.append(str(error.error)))
    yield made
    await made.close()
    refused = [text for text in complaints if "Content Security Policy" in text or "Refused" in text]
    assert refused == []


async def picture(page: Page, name: str) -> None:
    """A screenshot into the folder that SCREENSHOTS names, where somebody wants to look."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
