"""The pages of bills as a browser without a script uses them: everything that matters works by forms."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx
import msgspec
import pytest

from gateway.bills.flow import MATCH
from gateway.bills.jobs import HANDLERS
from tests.gateway.bills.desk import stand
from tests.gateway.bills.desk.papers import entries, in_review, paper, read
from tests.gateway.house import PASSWORD, Company, House, Person, ok


@asynccontextmanager
async def browser_of(house: House, person: Person, language: str = "en") -> AsyncIterator[httpx.AsyncClient]:
    """Signed in by cookies."""
    transport = httpx.ASGITransport(app=house.app)
    headers = {"Accept": "text/html"}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test", headers=headers) as browser:
        form = {"email": person.email, "password": PASSWORD, "code": person.code()}
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        browser.cookies.set("language", language)
        yield browser


async def look(browser: httpx.AsyncClient, address: str, status: int = 200) -> str:
    page = await browser.get(address)
    assert page.status_code == status, page.text
    return page.text


def fields(html: str, form: str) -> dict[str, str]:
    """What a browser would send of the form with this action, as it stands."""
    start = html.index(f'action="{form}"')
    part = html[start : html.index("</form>", start)]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", part):
        name, value, kind = (re.search(rf' {what}="([^"]*)"', tag) for what in ("name", "value", "type"))
        if name and not (kind and kind[1] in {"checkbox", "file"}):
            sent[unescape(name[1])] = unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', part, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


def settled(house: House, company: Company, clerk: Person) -> stand.Settle:
    """Do what the worker does with a bill that came."""

    async def settle(bill_id: str, state: str) -> dict[str, Any]:
        await read(house, company, bill_id)
        bill = ok(await clerk.get(f"/v1/bills/{bill_id}"))
        if bill["state"] == "READ":
            job = msgspec.json.encode({"bill_id": bill_id})
            await HANDLERS[MATCH](house.wiring, company.id, job, now=house.now)
            bill = ok(await clerk.get(f"/v1/bills/{bill_id}"))
        assert bill["state"] == state, bill["failure"] or bill["reasons"]
        return dict(bill)

    return settle


@pytest.fixture
async def apart(house: House) -> Company:
    """A company of which nobody else reviews anything."""
    return await house.company()


async def test_files_sent_by_a_plain_form_are_answered_apart(house: House, apart: Company) -> None:
    clerk, data = await apart.person("FINANCE_USER"), paper()
    async with browser_of(house, clerk) as browser:
        form = fields(await look(browser, "/bills"), "/bills")
        files = [("files", (name, body)) for name, body in (("a.pdf", data), ("b.pdf", data), ("c<b>.zip", b"PK\3\4"))]
        done = await browser.post("/bills", data=form, files=files)
        assert done.status_code == 200, done.text
        for told in ("taken", "came before", "This is an archive.", "c&lt;b&gt;.zip"):
            assert told in done.text
        assert done.text.count("Open the bill") == 2
        assert "a.pdf" in await look(browser, "/bills?search=a.pdf")
        assert "No bill fits" in await look(browser, "/bills?state=PAID")


async def test_a_value_is_put_right_and_the_bill_accepted(house: House, apart: Company) -> None:
    clerk = await apart.person("FINANCE_USER")
    settle = settled(house, apart, clerk)
    bill, following = await stand.doubtful(clerk, settle), await stand.doubtful(clerk, settle)
    address = f"/bills/{bill['id']}/review"
    async with browser_of(house, clerk) as browser:
        html = await look(browser, address)
        assert "The lines don&#39;t make" not in html and "Net and VAT don&#39;t make the total." in html
        assert re.search(r'<rect class="place[^"]*" id="at-total" x="\d', html), "where it stands"
        form = fields(html, address)
        assert (form["total"], form["lines.0.quantity"], form["kind"]) == ("1060.00", "10", "invoice")

        wrong = await browser.post(address, data=form | {"total": "1,0", "po_number": "P-9", "then": "accept"})
        assert wrong.status_code == 422
        assert "Give a number such as 1234.50" in wrong.text
        again = fields(wrong.text, address)
        assert (again["total"], again["po_number"]) == ("1,0", "P-9"), "what was typed isn't lost"
        assert ok(await clerk.get(f"/v1/bills/{bill['id']}"))["version"] == bill["version"]

        drawn = {"at.total": "1 350 300 500 312", "total": "1050.00"}
        saved = await browser.post(address, data=form | drawn | {"then": "save"})
        assert (saved.status_code, saved.headers["location"]) == (303, f"{address}?said=bill-saved"), saved.text
        (total,) = (one for one in (await shown(clerk, bill))["proof"]["values"] if one["term"] == "total")
        assert total["corrections"][0]["box"] == ["350.00", "300.00", "500.00", "312.00"]

        stale = await browser.post(address, data=form | {"total": "1.00"})
        assert (stale.status_code, "Somebody changed the bill meanwhile" in stale.text) == (409, True)

        form = fields(await look(browser, address), address)
        missing = await browser.post(address, data=form | {"invoice_number": "", "then": "accept"})
        assert missing.headers["location"] == f"{address}?said=bill-not-acceptable"
        form = fields(await look(browser, address), address)
        done = await browser.post(address, data=form | {"invoice_number": "F-1", "then": "accept"})
        assert done.headers["location"] == f"/bills/{following['id']}/review?said=bill-accepted", "on to the next"
        assert "Yours until" in await look(browser, done.headers["location"])
    assert (await shown(clerk, bill))["state"] == "READ"
    assert (await entries(house, apart, bill["id"]))[-2:] == ["CORRECTION", "READING"]


async def shown(clerk: Person, bill: dict[str, Any]) -> dict[str, Any]:
    return dict(ok(await clerk.get(f"/v1/bills/{bill['id']}")))


async def test_lines_are_added_and_taken_out(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    address = f"/bills/{bill['id']}/review"
    async with browser_of(house, clerk) as browser:
        form = fields(await look(browser, address), address)
        form |= {"drop.0": "yes", "lines.1.description": "Toner, black", "lines.1.net_amount": "1000.00"}
        assert (await browser.post(address, data=form)).status_code == 303
    (line,) = (await shown(clerk, bill))["fields"]["lines"]
    assert (line["description"], line["net_amount"], line["quantity"]) == ("Toner, black", "1000.00", None)


async def test_one_reviews_and_the_other_sees_who(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    colleague, address = await company.person("FINANCE_USER"), f"/bills/{bill['id']}/review"
    async with browser_of(house, clerk) as mine, browser_of(house, colleague) as theirs:
        form = fields(await look(mine, address), f"/bills/{bill['id']}/lease")
        assert (await mine.post(f"/bills/{bill['id']}/lease", data=form)).status_code == 303
        assert "15 minutes more" in await look(mine, address)
        html = await look(theirs, address)
        assert "Somebody else reviews it until" in html and 'id="accept"' not in html
        token = fields(html, "/sign-out")
        for what, more in (("review", {"version": "2", "total": "1.00"}), ("lease", {})):
            refused = await theirs.post(f"/bills/{bill['id']}/{what}", data=token | more)
            assert (refused.status_code, "Somebody else reviews this bill" in refused.text) == (409, True)
        assert (await mine.post(f"/bills/{bill['id']}/lease/end", data=form)).status_code == 303
        assert 'id="accept"' in await look(theirs, address)


async def test_nothing_is_discarded_without_a_second_yes(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    address = f"/bills/{bill['id']}/discard"
    async with browser_of(house, clerk) as browser:
        form = fields(await look(browser, f"/bills/{bill['id']}/review"), address) | {"reason": "A leaflet."}
        assert (await browser.post(address, data=form)).status_code == 422
        assert (await shown(clerk, bill))["state"] == "NEEDS_REVIEW"
        done = await browser.post(address, data=form | {"confirm": "yes"})
        assert done.headers["location"] == f"/bills/{bill['id']}?said=bill-discarded"
        assert "Discarded" in await look(browser, f"/bills/{bill['id']}")
    assert (await shown(clerk, bill))["note"] == "A leaflet."


async def test_what_cannot_be_read_says_why_and_is_read_again(house: House, company: Company, clerk: Person) -> None:
    bill = await stand.failed(clerk, settled(house, company, clerk))
    address = f"/bills/{bill['id']}/retry"
    async with browser_of(house, clerk, "ar") as arabic:
        for where in (f"/bills/{bill['id']}", f"/bills/{bill['id']}/review"):
            html = unescape(await look(arabic, where))
            assert "نهاية الملف مفقودة. أعد إرساله." in html
            assert "بياناتٍ بلا صفحات" not in html
    async with browser_of(house, clerk) as browser:
        html = await look(browser, f"/bills/{bill['id']}/review")
        assert unescape(html).count(bill["failure"]) == 1
        assert (await browser.post(address, data=fields(html, address))).status_code == 303
    assert (await shown(clerk, bill))["state"] == "RECEIVED"


async def test_what_differs_is_told_in_money_and_decided_with_a_code(house: House, apart: Company) -> None:
    clerk, head = await apart.person("FINANCE_USER"), await apart.person("FINANCE_USER")
    await stand.ordered(clerk)
    bill = await stand.unmatched(apart, clerk, settled(house, apart, clerk))
    where = f"/bills/{bill['id']}"
    async with browser_of(house, head, "ar") as arabic:
        assert "لو استُلم 2 إضافي" in unescape(await look(arabic, where))
    async with browser_of(house, clerk) as browser:
        html = unescape(await look(browser, where))
        for told in ("It would match if 2 more were received", "+200.00", "stops payment", "Something is missing."):
            assert told in html
        assert f'action="{where}/approve"' not in html, "whoever sent it in doesn't approve it"
        form = fields(html, f"{where}/task") | {
            "owner": str(head.id),
            "due_on": "2027-01-31",
            "note": "Ask <b>them</b>",
        }
        assert (await browser.post(f"{where}/task", data=form)).status_code == 303
        html = await look(browser, where)
        assert "2027-01-31" in html and "Ask &lt;b&gt;them&lt;/b&gt;" in html
        assert "settle by" in await look(browser, "/bills?only=tasks")
    async with browser_of(house, head) as browser:
        html = await look(browser, where)
        form = fields(html, f"{where}/refuse") | {"reason": "Two are missing.", "code": "000000"}
        assert (await browser.post(f"{where}/refuse", data=form)).status_code == 403
        done = await browser.post(f"{where}/refuse", data=form | {"code": head.code()})
        assert done.headers["location"] == f"{where}?said=bill-refused", done.text
    assert (await shown(clerk, bill))["state"] == "REFUSED"
    assert (await entries(house, apart, bill["id"]))[-1] == "REJECTION"


async def test_hostile_words_stay_words(house: House, company: Company, clerk: Person) -> None:
    bill = await stand.hostile(clerk, settled(house, company, clerk))
    async with browser_of(house, clerk) as browser:
        for address in ("/bills", f"/bills/{bill['id']}", f"/bills/{bill['id']}/review", f"/bills?search={'%22%3E'}"):
            html = await look(browser, address)
            assert "<script>alert" not in html and '"><script' not in html
        assert "&lt;script&gt;alert(1)" in await look(browser, "/bills")


async def test_an_auditor_reads_and_changes_nothing(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    auditor = await company.person("AUDITOR")
    async with browser_of(house, auditor) as browser:
        listed, review = await look(browser, "/bills"), await look(browser, f"/bills/{bill['id']}/review")
        assert 'id="upload"' not in listed
        for action in ("lease", "discard", "retry"):
            assert f'action="/bills/{bill["id"]}/{action}"' not in review
        assert 'id="accept"' not in review and "readonly" in review


async def test_scripts_are_files_of_ours(house: House, clerk: Person) -> None:
    async with browser_of(house, clerk) as browser:
        page = await browser.get("/bills")
        assert "script-src 'self';" in page.headers["content-security-policy"]
        sources = re.findall(r'<script src="([^"]+)" defer></script>', page.text)
        assert sources == ["/static/live.js", "/static/upload.js"]
        for source in (*sources, "/static/review.js"):
            script = await browser.get(source)
            assert (script.status_code, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
            assert not re.search(r"innerHTML|insertAdjacent|document\.write|\beval\b|new Function", script.text)
