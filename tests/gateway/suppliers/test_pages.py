"""The page of suppliers, as a browser shows it in both languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from html import unescape

import httpx
import pytest
from litestar.types import ControllerRouterHandler

from gateway.access import api as access
from gateway.access import pages as access_pages
from gateway.companies import api as companies
from gateway.pages import assets
from gateway.suppliers import api, pages
from tests.gateway.house import PASSWORD, House, Person, ok
from tests.gateway.suppliers.conftest import IBAN, OTHER_IBAN, Firm


@pytest.fixture(scope="module")
def controllers() -> Sequence[ControllerRouterHandler]:
    """With the pages."""
    of_access = (*access.CONTROLLERS, *access_pages.CONTROLLERS)
    return (*of_access, *companies.CONTROLLERS, *api.CONTROLLERS, pages.SupplierPages, assets.asset)


@asynccontextmanager
async def browser_of(house: House, person: Person) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in by cookies."""
    transport = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as browser:
        form = {"email": person.email, "password": PASSWORD, "code": person.code()}
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        yield browser


def token(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]*)"', html)
    return unescape(found[1]) if found else ""


async def look(browser: httpx.AsyncClient, language: str = "en") -> str:
    browser.cookies.set("language", language)
    page = await browser.get("/suppliers", headers={"Accept": "text/html"})
    assert page.status_code == 200, page.text
    return unescape(page.text)


async def test_an_account_is_released_and_another_refused_in_the_browser(firm: Firm, house: House) -> None:
    falcon = await firm.supplier("صقر <b>Falcon</b>", tax_ids=[firm.trn()])
    mine, theirs = (
        await firm.account(falcon, IBAN, by=firm.clerk),
        await firm.account(falcon, OTHER_IBAN, by=firm.clerk),
    )
    async with browser_of(house, firm.clerk) as clerk:
        shown = await look(clerk)
        assert IBAN in shown and "Somebody else has to release it." in shown
        assert f"/accounts/{mine}/release" not in shown and f"/accounts/{mine}/refuse" in shown
        form = {"csrf_token": token(shown), "code": firm.clerk.code()}
        forced = await clerk.post(f"/suppliers/{falcon['id']}/accounts/{mine}/release", data=form)
        assert forced.status_code == 409 and "Somebody else has to release this account" in forced.text
    async with browser_of(house, firm.head) as head:
        shown = await look(head, "ar")
        assert "حسابات مصرفية تنتظر الإجازة" in shown and "<b>Falcon</b>" in shown
        form = {"csrf_token": token(shown), "code": firm.head.code()}
        done = await head.post(f"/suppliers/{falcon['id']}/accounts/{mine}/release", data=form)
        assert done.status_code == 303, done.text
        form = {"csrf_token": token(shown), "code": "", "reason": "Not theirs."}
        done = await head.post(f"/suppliers/{falcon['id']}/accounts/{theirs}/refuse", data=form)
        assert done.status_code == 303, done.text
        shown = await look(head)
    assert "No bank account waits." in shown and IBAN in shown and OTHER_IBAN not in shown
    assert await firm.accounts(falcon) == {IBAN: "RELEASED", OTHER_IBAN: "REFUSED"}


async def test_an_auditor_sees_it_and_decides_nothing(firm: Firm, house: House) -> None:
    falcon, auditor = await firm.supplier(), await firm.company.person("AUDITOR")
    account = await firm.account(falcon)
    async with browser_of(house, auditor) as browser:
        shown = await look(browser)
        assert IBAN in shown and f"/accounts/{account}/" not in shown
        form = {"csrf_token": token(shown), "code": auditor.code()}
        refused = await browser.post(f"/suppliers/{falcon['id']}/accounts/{account}/release", data=form)
    assert refused.status_code == 403
    ok(await firm.decide(firm.head, falcon, account, "refuse"))
