"""Pages without a browser: who is led where, what a foreign page can't do, what a hostile text can't become."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.gateway.house import PASSWORD, Company, House, Person, ok

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

INVOICE = json.loads((Path(__file__).parents[3] / "examples" / "tax-invoice.json").read_text(encoding="utf-8"))
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    return await house.company(trn=INVOICE["seller"]["trn"], legal_name=INVOICE["seller"]["name"])


@pytest.fixture(scope="module")
async def clerk(company: Company) -> Person:
    return await company.person("FINANCE_USER")


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Keeps cookies and follows nothing by itself."""
    transport = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test", headers=HTML) as client:
        yield client


async def sign_in(browser: httpx.AsyncClient, person: Person, to: str = "/") -> httpx.Response:
    form = {"email": person.email, "password": PASSWORD, "code": person.code(), "to": to}
    return await browser.post("/sign-in", data=form)


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page.text)
    assert found
    return found[1]


async def draft(clerk: Person, **buyer: Any) -> str:
    body = {name: value for name, value in INVOICE.items() if name not in ("number", "uuid")}
    return str(ok(await clerk.post("/v1/invoices", body | {"buyer": body["buyer"] | buyer}), 201)["id"])


async def test_who_has_not_signed_in_is_led_there_and_back(browser: httpx.AsyncClient, clerk: Person) -> None:
    led = await browser.get("/inbox")
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?to=/inbox")
    back = await sign_in(browser, clerk, to="/inbox")
    assert (back.status_code, back.headers["location"]) == (303, "/inbox")
    cookie = back.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await browser.get("/inbox")).status_code == 200


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_nobody_is_led_elsewhere(browser: httpx.AsyncClient, clerk: Person, to: str) -> None:
    assert (await sign_in(browser, clerk, to=to)).headers["location"] == "/"
    assert (await browser.get("/language/ar", params={"to": to})).headers["location"] == "/"


async def test_wrong_credentials_show_the_form_again_without_a_session(
    browser: httpx.AsyncClient, clerk: Person
) -> None:
    form = {"email": clerk.email, "password": "not this one at all", "code": clerk.code()}
    again = await browser.post("/sign-in", data=form)
    assert again.status_code == 401
    assert "don&#39;t fit" in again.text
    assert f'value="{clerk.email}"' in again.text
    assert "not this one at all" not in again.text
    assert "set-cookie" not in again.headers
    form |= {"password": PASSWORD, "code": ""}
    asked = await browser.post("/sign-in", data=form)
    assert (asked.status_code, "authenticator app" in asked.text) == (401, True)


async def test_a_form_without_the_pages_token_or_from_elsewhere_does_nothing(
    browser: httpx.AsyncClient, clerk: Person
) -> None:
    document = await draft(clerk)
    await sign_in(browser, clerk)
    page = await browser.get(f"/documents/{document}")
    form = {"version": "1", "csrf_token": csrf(page)}
    address = f"/documents/{document}/finalize"
    for refused in (
        await browser.post(address, data={"version": "1"}),
        await browser.post(address, data=form | {"csrf_token": "0" * 64}),
        await browser.post(address, data=form, headers={"Origin": "https://evil.example"}),
        await browser.post(address, data=form, headers={"Origin": "null"}),
    ):
        assert refused.status_code == 403
        assert refused.headers["content-type"].startswith("text/html")
    assert ok(await clerk.get(f"/v1/invoices/{document}"))["state"] == "DRAFT"
    done = await browser.post(address, data=form, headers={"Origin": "http://gateway.test"})
    assert (done.status_code, done.headers["location"]) == (303, f"/documents/{document}?said=finalized")
    stale = await browser.post(address, data=form)
    assert stale.status_code == 409
    assert ok(await clerk.get(f"/v1/invoices/{document}"))["state"] == "FINALIZED"


async def test_a_hostile_text_stays_a_text(browser: httpx.AsyncClient, clerk: Person) -> None:
    hostile = '"><script>alert(1)</script>'
    document = await draft(clerk, name=hostile)
    await sign_in(browser, clerk)
    for address in (f"/documents/{document}", "/documents", "/documents?search=" + "%22%3E%3Cscript%3E"):
        page = await browser.get(address)
        assert page.status_code == 200
        assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)" in (await browser.get(f"/documents/{document}")).text


async def test_the_language_is_the_browsers_until_one_is_chosen(browser: httpx.AsyncClient) -> None:
    assert '<html lang="en" dir="ltr">' in (await browser.get("/sign-in")).text
    arabic = {"Accept-Language": "ar-AE,ar;q=0.9"}
    assert '<html lang="ar" dir="rtl">' in (await browser.get("/sign-in", headers=arabic)).text
    chosen = await browser.get("/language/en", params={"to": "/sign-in"})
    assert chosen.headers["location"] == "/sign-in"
    assert '<html lang="en" dir="ltr">' in (await browser.get("/sign-in", headers=arabic)).text


async def test_a_browser_gets_a_page_where_a_program_gets_a_problem(
    browser: httpx.AsyncClient, clerk: Person, house: House
) -> None:
    await sign_in(browser, clerk)
    for address in ("/nowhere", "/documents/01932c07-a5e0-7c53-b1f4-6f0c2d9a4e11", "/documents/not-an-id"):
        page = await browser.get(address)
        assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (404, "text/html"), address
        assert "There is no such page or document." in page.text
    assert (await house.client.get("/nowhere")).headers["content-type"] == "application/problem+json"
    assert (await browser.get("/v1/nowhere")).headers["content-type"] == "application/problem+json"


async def test_signing_out_ends_the_session_and_not_only_the_cookie(browser: httpx.AsyncClient, clerk: Person) -> None:
    await sign_in(browser, clerk)
    kept = browser.cookies["involinks"]
    page = await browser.get("/documents")
    left = await browser.post("/sign-out", data={"csrf_token": csrf(page)})
    assert left.headers["location"] == "/sign-in?said=signed-out"
    browser.cookies.set("involinks", kept)
    assert (await browser.get("/documents")).status_code == 303


@pytest.mark.parametrize(("language", "words"), [("en", "Your role doesn't allow this."), ("ar", "دورك لا يسمح بهذا.")])
async def test_a_role_that_may_not_is_told_so_on_a_page_and_led_back(
    browser: httpx.AsyncClient, clerk: Person, company: Company, language: str, words: str
) -> None:
    ok(await clerk.sign_in())
    document = await draft(clerk)
    auditor = await company.person("AUDITOR")
    await sign_in(browser, auditor)
    page = await browser.get(f"/documents/{document}")
    browser.cookies.set("language", language)
    form = {"version": "1", "csrf_token": csrf(page)}
    came = {"Referer": f"http://gateway.test/documents/{document}"}
    refused = await browser.post(f"/documents/{document}/finalize", data=form, headers=came)
    assert (refused.status_code, words in html.unescape(refused.text)) == (403, True)
    assert f'href="/documents/{document}"' in refused.text


async def test_too_many_attempts_to_sign_in_are_told_on_a_page(browser: httpx.AsyncClient) -> None:
    form = {"email": "nobody@company.ae", "password": "not this one at all", "code": "", "to": "/"}
    for _ in range(30):
        answer = await browser.post("/sign-in", data=form)
        if answer.status_code == 429:
            break
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (429, "text/html")
    assert "Wait a" in answer.text
    assert int(answer.headers["retry-after"]) > 0


async def test_an_error_of_ours_is_a_page_with_the_requests_id_and_nothing_inside(
    browser: httpx.AsyncClient, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret of the house")

    await sign_in(browser, clerk)
    monkeypatch.setattr("gateway.outbound.queries.page", broken)
    shown = await browser.get("/documents")
    assert (shown.status_code, shown.headers["content-type"].partition(";")[0]) == (500, "text/html")
    assert "An error of ours" in shown.text
    assert shown.headers["x-request-id"] in shown.text
    assert "secret of the house" not in shown.text
