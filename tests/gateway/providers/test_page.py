"""The page of the lines to the network, in both languages, for who may look and who may ask."""

from __future__ import annotations

import re

import pytest

from tests.gateway.access.test_browser import OURS, Browser
from tests.gateway.house import Company, House, Person, ok
from tests.gateway.providers.conftest import WRONG, peppyrus
from tests.peppol.stubs.peppyrus import PeppyrusStub
from tests.peppol.stubs.server import SECRET

URL = "/v1/providers"


async def opened(house: House, person: Person) -> Browser:
    browser = Browser(house, person)
    await browser.open()
    return browser


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "It answers and refuses us"), ("ar", "يستجيب ويرفضنا")],
)
async def test_check_now_shows_how_the_account_stands(
    house: House, company: Company, admin: Person, stub: PeppyrusStub, language: str, words: str
) -> None:
    label = "<b>Line</b>"
    made = ok(await admin.post(URL, peppyrus(stub, label, credentials={"token": WRONG})), 201)["id"]
    browser = await opened(house, await company.person("FINANCE_USER"))
    speaks = {"Accept-Language": language}
    page = (await browser.request("GET", "/providers", headers=speaks)).text
    assert "&lt;b&gt;Line&lt;/b&gt;" in page
    assert words not in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1]}
    origin = {"Origin": OURS}
    asked = await browser.request("POST", f"/providers/{made}/check", data=form, headers=origin)
    assert (asked.status_code, asked.headers["location"]) == (303, "/providers?said=provider-checked")
    page = (await browser.request("GET", "/providers", headers=speaks)).text
    assert words in page
    assert SECRET not in page


async def test_an_auditor_sees_and_doesnt_ask(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    browser = await opened(house, await company.person("AUDITOR"))
    page = (await browser.request("GET", "/providers")).text
    assert "Peppyrus" in page
    assert f"/providers/{made}/check" not in page


async def test_a_company_without_accounts_is_told_what_it_takes(house: House, company: Company) -> None:
    browser = await opened(house, await company.admin())
    assert "go through the provider of this installation" in (await browser.request("GET", "/providers")).text
