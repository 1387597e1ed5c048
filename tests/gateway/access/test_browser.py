"""A browser's session: cookie instead of bearer token, and no request that a foreign page had it send."""

from __future__ import annotations

import pytest

from gateway.access import cookies
from gateway.access.flow import sessions
from gateway.access.flow.sessions import Credentials
from tests.gateway.house import PASSWORD, ok

OURS, FOREIGN = "http://gateway.test", "http://evil.example"


class Browser:
    """A person in a browser."""

    def __init__(self, house, person) -> None:
        self.house, self.person, self.cookie = house, person, ""

    async def open(self) -> None:
        credentials = Credentials(email=self.person.email, password=PASSWORD, code=self.person.code())
        signed = await sessions.sign_in(
            self.house.wiring, credentials, address="192.0.2.50", browser=True, now=self.house.now
        )
        assert signed.refresh_token is None
        self.cookie = signed.token

    async def request(self, method: str, path: str, **options):
        headers = {"Cookie": f"involinks={self.cookie}", **options.pop("headers", {})}
        return await self.house.client.request(method, path, headers=headers, **options)

    @property
    def csrf(self) -> str:
        return cookies.csrf_token(self.cookie)


@pytest.fixture(scope="module")
async def company(house):
    return await house.company()


@pytest.fixture
async def browser(house, company):
    browser = Browser(house, await company.person("FINANCE_USER"))
    await browser.open()
    return browser


async def test_reading_needs_the_cookie_only(browser):
    assert ok(await browser.request("GET", "/v1/me"))["email"] == browser.person.email


async def test_a_cookies_token_is_no_bearer_token_and_the_other_way_round(house, browser):
    answer = await house.client.get("/v1/me", headers={"Authorization": f"Bearer {browser.cookie}"})
    assert answer.status_code == 401
    browser.cookie = browser.person.token
    assert (await browser.request("GET", "/v1/me")).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"X-CSRF-Token": ""}, 403),
        ({"X-CSRF-Token": "0" * 64}, 403),
        ({"X-CSRF-Token": "\u00e9".encode("latin-1").decode("latin-1")}, 403),
        ({"Origin": FOREIGN, "X-CSRF-Token": "right"}, 403),
        ({"Origin": "null", "X-CSRF-Token": "right"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": "right"}, 403),
        ({"Sec-Fetch-Site": "same-site", "X-CSRF-Token": "right"}, 403),
        ({"X-CSRF-Token": "right"}, 200),
        ({"Origin": OURS, "X-CSRF-Token": "right"}, 200),
        ({"Origin": OURS, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": "right"}, 200),
    ],
)
async def test_changing_needs_the_pages_token_and_our_origin(browser, headers, status):
    given = {name: (browser.csrf if value == "right" else value).encode("latin-1") for name, value in headers.items()}
    body = {"company_id": None}
    answer = await browser.request("POST", "/v1/auth/company", json=body, headers=given)
    assert answer.status_code == status, answer.text
    if status == 403:
        assert answer.json()["code"] == "csrf-refused"


async def test_a_colleagues_token_doesnt_fit(house, company, browser):
    colleague = Browser(house, await company.person("FINANCE_USER"))
    await colleague.open()
    given = {"X-CSRF-Token": colleague.csrf}
    answer = await browser.request("POST", "/v1/auth/company", json={"company_id": None}, headers=given)
    assert answer.json()["code"] == "csrf-refused"


@pytest.mark.parametrize(("token", "status"), [("right", 415), ("wrong", 403), ("", 403)])
async def test_a_form_carries_the_token_in_a_field(browser, token, status):
    """415: past the guard, to an endpoint that reads no forms."""
    fields = {cookies.FIELD: browser.csrf if token == "right" else token, "company_id": ""}
    answer = await browser.request("POST", "/v1/auth/company", data=fields)
    assert answer.status_code == status, answer.text


async def test_nobody_is_signed_in_by_a_foreign_page(house):
    """Login CSRF: there is no session to bind a token to yet, so the origin decides."""
    body = {"email": "x@y.ae", "password": "x"}
    foreign = await house.client.post("/v1/auth/sign-in", json=body, headers={"Origin": FOREIGN})
    assert foreign.json()["code"] == "csrf-refused"
    assert (await house.client.post("/v1/auth/sign-in", json=body, headers={"Origin": OURS})).status_code == 401
    assert (await house.client.post("/v1/auth/sign-in", json=body)).status_code == 401, "a program names no origin"


async def test_an_idle_browser_is_signed_out_and_a_busy_one_in_the_evening(house, browser):
    opened = house.now
    while house.now.timestamp() - opened.timestamp() < 11.9 * 3600:
        house.turn(minutes=29)
        if house.now.timestamp() - opened.timestamp() < 12 * 3600:
            ok(await browser.request("GET", "/v1/me"))
    house.turn(minutes=29)
    assert (await browser.request("GET", "/v1/me")).status_code == 401, "twelve hours, however busy"
    await browser.open()
    house.turn(minutes=30)
    assert (await browser.request("GET", "/v1/me")).status_code == 401, "half an hour of nothing"


@pytest.mark.parametrize(
    "jar", ["involinks", "involinks=", "=;=", "involinks=x; involinks=y", "\x01=2", "a" * 5000, "__Host-involinks=x"]
)
async def test_broken_cookies_sign_nobody_in(house, jar):
    answer = await house.client.get("/v1/me", headers={"Cookie": jar})
    assert answer.status_code == 401


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_is_out_of_reach(secure, house):
    cookie = cookies.set_session("ilt_x", secure=secure, expires_at=house.now, now=house.now)
    text = cookie.to_header(header="")
    assert "HttpOnly" in text
    assert "SameSite=lax" in text
    assert "Path=/" in text
    assert "Domain" not in text
    assert ("Secure" in text) is secure
    assert text.strip().startswith("__Host-involinks=" if secure else "involinks=")
    assert cookies.clear_session(secure=secure).max_age == 0
