"""A finance user's first day: enrol, approve a colleague's invoice, see it sent and delivered; then look around."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from gateway.access.authentication import utc_now
from gateway.sandbox.journal import Participant
from tests.browser.conftest import Site, picture
from tests.gateway.house import PASSWORD, Company, Person, ok
from tests.gateway.sandbox.process import SECRET, TYPES

INVOICE = json.loads((Path(__file__).parents[2] / "examples" / "tax-invoice.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
async def companies(site: Site) -> tuple[Company, Company]:
    """The seller and the buyer of the example, both on the network."""
    house = site.house
    seller = await house.company(trn=INVOICE["seller"]["trn"], legal_name=INVOICE["seller"]["name"])
    buyer = await house.company(trn=INVOICE["buyer"]["trn"], legal_name=INVOICE["buyer"]["name"])
    deliveries, statuses = f"{site.url}/v1/network/deliveries", f"{site.url}/v1/network/statuses"
    site.network.desk.register(
        *(
            Participant(f"0235:{company.trn[:10]}", TYPES, deliveries, tell=statuses, secret=SECRET)
            for company in (seller, buyer)
        )
    )
    return seller, buyer


async def invited(company: Company, role: str, email: str) -> str:
    """Somebody with a password and no second factor yet."""
    admin = await company.admin()
    token = ok(await admin.post("/v1/members/invitations", {"email": email, "role": role}), 201)["token"]
    answer = {"token": token, "name": "Somebody new", "password": PASSWORD}
    ok(await company.house.client.post("/v1/auth/invitations/accept", json=answer), 201)
    return email


async def sign_in(page: Page, site: Site, email: str, code: str = "") -> None:
    await page.goto(f"{site.url}/")
    await expect(page).to_have_url(f"{site.url}/sign-in?to=/")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.locator("#code").fill(code)
    await page.keyboard.press("Enter")


def code_of(site: Site, secret: str) -> str:
    """The next code that wasn't used yet."""
    site.house.turn(seconds=30)
    return pyotp.TOTP(secret).at(site.house.now)


@contextmanager
def real_time(site: Site) -> Iterator[None]:
    """Every code turned the house's clock on; the network's signatures are of the real time, and grow old."""
    ahead, site.house.now = site.house.now, utc_now()
    try:
        yield
    finally:
        site.house.now = ahead


async def enrol(page: Page, site: Site) -> str:
    """Set the second factor up as a person does; the secret."""
    await expect(page).to_have_url(f"{site.url}/second-factor")
    await page.get_by_role("button", name="Show the QR code").click()
    await expect(page.get_by_role("img")).to_be_visible()
    secret = (await page.locator("#secret").inner_text()).strip()
    await picture(page, "second-factor")
    await page.get_by_label("Code").fill("000000")
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("alert")).to_contain_text("didn't fit")
    await page.get_by_label("Code").fill(code_of(site, secret))
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.locator("ul.codes li")).to_have_count(10)
    await picture(page, "backup-codes")
    await page.get_by_role("link", name="continue").click()
    return secret


async def sealed(clerk: Person, **changes: object) -> str:
    """An invoice that a colleague posted and sealed."""
    body = {name: value for name, value in INVOICE.items() if name not in ("number", "uuid")} | changes
    made = ok(await clerk.post("/v1/invoices", body), 201)
    assert made["valid"], made["findings"]
    return str(ok(await clerk.post(f"/v1/invoices/{made['id']}/finalize"))["number"])


async def test_enrol_approve_a_colleagues_invoice_and_see_it_sent(
    site: Site, companies: tuple[Company, Company], context: BrowserContext
) -> None:
    seller, buyer = companies
    clerk = await seller.person("FINANCE_USER")
    number = await sealed(clerk)
    email = await invited(seller, "FINANCE_USER", "head@seller.ae")

    page = await context.new_page()
    await sign_in(page, site, email)
    secret = await enrol(page, site)

    await expect(page).to_have_url(f"{site.url}/documents")
    await picture(page, "documents")
    await page.get_by_role("link", name=number).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Sealed")
    await picture(page, "document-sealed")

    await page.get_by_label("Code").first.fill("000000")
    await page.get_by_role("button", name="Approve", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("The code doesn't fit")
    await picture(page, "problem")
    await page.go_back()
    await page.get_by_label("Code").first.fill(code_of(site, secret))
    await page.get_by_role("button", name="Approve", exact=True).click()
    await expect(page.get_by_role("status")).to_have_text("Approved.")

    await page.get_by_label("Code").first.fill(code_of(site, secret))
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("status")).to_have_text("It is on its way.")
    with real_time(site):
        await reload_until(page, page.get_by_role("heading", level=1).filter(has_text="Delivered"))
    await picture(page, "document-delivered")
    await expect(page.locator("ol.timeline")).to_contain_text("Taken by our access point")

    email = await invited(buyer, "FINANCE_USER", "payable@buyer.ae")
    other = await context.browser.new_context() if context.browser else context
    inbox = await other.new_page()
    await sign_in(inbox, site, email)
    await enrol(inbox, site)
    await inbox.get_by_role("link", name="Inbox").click()
    await picture(inbox, "inbox")
    await inbox.get_by_role("link", name=number).click()
    await inbox.get_by_label("Note").fill("Handed to purchasing")
    await inbox.get_by_role("button", name="Acknowledge").click()
    await expect(inbox.get_by_role("heading", level=1)).to_contain_text("Acknowledged")
    await expect(inbox.locator("dl.facts")).to_contain_text("Handed to purchasing")
    await picture(inbox, "inbox-document")
    await other.close()


async def reload_until(page: Page, wanted: Locator) -> None:
    """Look again until it is there; for a minute of looking, however slow the machine."""
    loop = asyncio.get_running_loop()
    until = loop.time() + 60
    while True:
        await page.goto(page.url.partition("?")[0])
        if await wanted.count():
            return
        if loop.time() > until:
            raise AssertionError(f"never came: {wanted}: {await page.locator('main').inner_text()}")
        await page.wait_for_timeout(500)


async def test_the_maker_cannot_approve_and_a_draft_shows_what_is_wrong(
    site: Site, companies: tuple[Company, Company], context: BrowserContext
) -> None:
    clerk = await companies[0].person("FINANCE_USER")
    await sealed(clerk)
    broken = {name: value for name, value in INVOICE.items() if name not in ("number", "uuid", "due_date")}
    ok(await clerk.post("/v1/invoices", broken), 201)

    page = await context.new_page()
    await sign_in(page, site, clerk.email, clerk.code())
    await page.get_by_role("link", name="(no number yet)").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Draft")
    await expect(page.locator(".note.bad")).to_be_visible()
    await expect(page.get_by_role("button", name="Seal")).to_have_count(0)
    await picture(page, "document-broken")

    await page.goto(f"{site.url}/documents?state=FINALIZED")
    await page.locator("tbody a").first.click()
    await expect(page.locator(".note.warn")).to_contain_text("a colleague has to approve it")
    await expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)


async def test_the_auditor_has_the_ledger_verified_in_arabic_on_a_phone(
    site: Site, companies: tuple[Company, Company], context: BrowserContext
) -> None:
    auditor = await companies[0].person("AUDITOR")
    page = await context.new_page()
    await page.set_viewport_size({"width": 380, "height": 800})
    await sign_in(page, site, auditor.email, auditor.code())
    await page.get_by_role("link", name="العربية").click()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await page.get_by_role("link", name="السجل").click()
    await page.get_by_role("button", name="التحقق من السجل كله").click()
    await expect(page.get_by_role("status")).to_have_text("بدأ التحقق.")
    await reload_until(page, page.get_by_text("كل شيء سليم"))
    await picture(page, "ledger-arabic-phone")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 380, "nothing sticks out sideways"
    await page.goto(f"{site.url}/documents")
    await picture(page, "documents-arabic-phone")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 380
    await page.locator("tbody a").first.click()
    await expect(page.get_by_role("button", name="اعتماد")).to_have_count(0)
    await picture(page, "document-arabic-phone")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 380


async def test_everything_can_be_reached_by_keyboard(
    site: Site, companies: tuple[Company, Company], context: BrowserContext
) -> None:
    clerk = await companies[0].person("FINANCE_USER")
    page = await context.new_page()
    await page.emulate_media(color_scheme="dark")
    await sign_in(page, site, clerk.email, clerk.code())
    await expect(page).to_have_url(f"{site.url}/documents")
    reached = []
    for _ in range(24):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.innerText || document.activeElement.name"))
    await picture(page, "documents-dark")
    assert reached[0] == "Skip to content"
    for wanted in ("Documents", "Inbox", "Ledger", "العربية", "Sign out", "search", "Filter"):
        assert wanted in reached
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("status")).to_have_text("You have signed out.")
    await page.goto(f"{site.url}/documents")
    await expect(page).to_have_url(f"{site.url}/sign-in?to=/documents")


async def test_the_description_of_the_api_can_be_read(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto(f"{site.url}/docs")
    operation = page.locator("details", has_text="/v1/invoices").filter(has_text="Make a draft").first
    await operation.locator("summary").click()
    await expect(operation.locator("pre").first).to_contain_text("seller")
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / "docs.png")
        await operation.scroll_into_view_if_needed()
        await page.screenshot(path=Path(folder) / "docs-operation.png")
