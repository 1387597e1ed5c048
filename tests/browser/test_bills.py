"""From files on a page to an approved bill: read, put right by keyboard, matched, approved by a second person."""

from __future__ import annotations

import base64

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.conftest import Site, picture
from tests.gateway.bills.desk import stand
from tests.gateway.bills.papers import BUYER_TRN, page, pdf
from tests.gateway.house import PASSWORD, Company, Person, ok

DROP = """(form, [name, data]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(data), one => one.charCodeAt(0))], name));
  for (const kind of ["dragenter", "dragover", "drop"])
    form.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


async def signed_in(page: Page, site: Site, person: Person, to: str = "/bills") -> None:
    """With password and second factor."""
    await page.goto(f"{site.url}{to}")
    await page.locator("#email").fill(person.email)
    await page.locator("#password").fill(PASSWORD)
    await page.locator("#code").fill(person.code())
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}{to}")
    await page.wait_for_load_state()


def paper(number: str, order: str = "") -> bytes:
    """A bill whose total contradicts its lines: a person has to look at it."""
    return pdf([page(number, total="1060.00", order=order)])


async def ten_of_ten(clerk: Person) -> None:
    """An order of ten cartridges, and all of them are here."""
    await stand.ordered(clerk)
    came = [{"order": "PO-1", "position": "1", "received": "2"}]
    ok(await clerk.post("/v1/goods-receipts", {"number": "G-2", "received_on": "2026-11-20", "lines": came}), 201)


async def lit(page: Page, field: str) -> None:
    """The place of this field, and of no other, is lit on the page."""
    await expect(page.locator("rect.lit")).to_have_count(1)
    await expect(page.locator(f"rect.lit#at-{field}")).to_have_count(1)


async def send_in(page: Page) -> None:
    """Two files chosen, a third dropped; each is answered apart, and the list shows itself anew when they are read."""
    stays = await page.evaluate("window.stays = Math.random()")
    files = [
        {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": data}
        for name, data in (("first", paper("B-1", "PO-1")), ("second", paper("B-2")))
    ]
    await page.locator("#files").set_input_files(files)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Send in").click()
    answers = page.locator("#sent li")
    await expect(answers.filter(has_text="taken")).to_have_count(2)
    archive = ["third.zip", base64.b64encode(b"PK\3\4 nothing more").decode()]
    await page.locator("#upload").evaluate(DROP, archive)
    await expect(answers.filter(has_text="third.zip")).to_contain_text("This is an archive.")
    await page.locator("#upload").evaluate(DROP, ["again.pdf", base64.b64encode(files[0]["buffer"]).decode()])  # type: ignore[arg-type]
    await expect(answers.filter(has_text="again.pdf")).to_contain_text("came before")
    await expect(answers).to_have_count(4)
    for number in ("B-1", "B-2"):
        await expect(page.locator("#found tr", has_text=number)).to_contain_text("Needs review")
    assert await page.evaluate("window.stays") == stays, "nobody loaded the page anew"
    await picture(page, "bills-live")


async def put_right(page: Page) -> None:
    """By keyboard only, but for the box that shows where the value stands."""
    await expect(page.locator("#lease")).to_contain_text("Yours until")
    await page.locator("#f-invoice-number").focus()
    await lit(page, "invoice-number")
    doubtful: list[str] = await page.locator("#review [data-doubtful]").evaluate_all("all => all.map(one => one.id)")
    assert "f-total" in doubtful
    order: list[str] = await page.locator("#review input").evaluate_all("all => all.map(one => one.id)")
    start = order.index("f-invoice-number")
    after = [one for one in doubtful if order.index(one) > start]
    for wanted in (after + [one for one in doubtful if one not in after])[: len(doubtful)]:
        await page.keyboard.press("F8")
        await expect(page.locator(f"#{wanted}")).to_be_focused()
    await page.locator("#f-total").focus()
    await lit(page, "total")
    await page.wait_for_function("document.querySelector('.sheet img').naturalWidth > 0")
    await picture(page, "review-lit")

    sheet = page.locator(".sheet svg")
    await page.locator("#at-total").scroll_into_view_if_needed()
    box = await page.locator("#at-total").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"], box["y"])
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"], box["y"] + box["height"])
    await page.mouse.up()
    await expect(sheet.locator(".drawn")).not_to_have_attribute("width", "0")
    await expect(page.locator("#f-total")).to_be_focused()
    assert (await page.locator('[name="at.total"]').input_value()).startswith("1 ")

    await page.locator("#f-total").fill("1050.00")
    await page.keyboard.press("Control+s")
    await expect(page.get_by_role("status").filter(has_text="Nothing is accepted yet")).to_be_visible()
    await expect(page.locator("#f-total")).to_have_value("1050.00")
    await expect(page.locator("#keys")).to_be_visible()  # the script is there


async def approved_by(page: Page, site: Site, person: Person, bill: str) -> None:
    """By somebody who had no hand in the bill, with a fresh code."""
    await page.context.clear_cookies()
    await signed_in(page, site, person, f"/bills/{bill}")
    await page.locator("#approve-note").fill("As agreed")
    await page.locator("#approve-code").fill(person.code())
    await page.get_by_role("button", name="Approve", exact=True).click()
    await expect(page.get_by_role("status").filter(has_text="Your approval is in the ledger.")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Approved")
    await picture(page, "bill-approved")


async def in_arabic(page: Page, site: Site, bill: str) -> None:
    """The three pages from right to left; the review lights places as ever."""
    await page.goto(f"{site.url}/language/ar?to=/bills/{bill}")
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("معتمدة")
    await picture(page, "bill-approved-arabic")
    await page.goto(f"{site.url}/bills")
    await expect(page.locator("#found tr", has_text="B-1")).to_contain_text("معتمدة")
    await page.locator("#found").get_by_role("link", name="B-2").press("Enter")
    await page.wait_for_url("**/review")
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await page.locator("#f-total").focus()
    await lit(page, "total")
    await expect(page.locator("#accept")).to_have_count(0)  # a colleague has it
    lit_box, sheet = await page.locator("rect.lit").bounding_box(), await page.locator(".sheet img").bounding_box()
    assert lit_box and sheet and sheet["x"] < lit_box["x"] + lit_box["width"] < sheet["x"] + sheet["width"]
    assert lit_box["x"] > sheet["x"] + sheet["width"] / 2, "a page isn't mirrored with what stands around it"
    await picture(page, "review-arabic")


async def test_from_dropped_files_to_an_approved_bill(site: Site, context: BrowserContext) -> None:
    company: Company = await site.house.company(trn=BUYER_TRN, legal_name="Palm Office Supplies LLC")
    clerk, head = await company.person("FINANCE_USER"), await company.person("FINANCE_USER")
    await ten_of_ten(clerk)
    tab = await context.new_page()
    await signed_in(tab, site, clerk)
    await send_in(tab)

    await tab.locator("#found").get_by_role("link", name="B-1").press("Enter")
    await tab.wait_for_url("**/review")
    await expect(tab.get_by_role("heading", level=1)).to_contain_text("B-1")
    bill = tab.url.partition("/bills/")[2].partition("/")[0]
    await put_right(tab)
    await tab.keyboard.press("Control+Enter")
    await expect(tab.get_by_role("heading", level=1)).to_contain_text("B-2")
    await expect(tab.get_by_role("status").filter(has_text="Accepted")).to_be_visible()
    await expect(tab.locator("#lease")).to_contain_text("Yours until")

    await tab.goto(f"{site.url}/bills/{bill}")
    await expect(tab.get_by_role("heading", level=1)).to_contain_text("Matched")
    await expect(tab.locator("main")).to_contain_text("Everything fits")
    await expect(tab.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    await picture(tab, "bill-matched")
    await approved_by(tab, site, head, bill)
    await in_arabic(tab, site, bill)
