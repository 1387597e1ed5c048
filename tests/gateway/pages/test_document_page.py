"""The page of one document: findings with their mend, why it is still on its way, who did it, how its file is named."""

from __future__ import annotations

import html
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from gateway.jobqueue import JobError
from gateway.outbound.transmission import DOCUMENTS
from gateway.outbox import Underway, intents
from gateway.outbox.intents import Want
from gateway.outbox.sending import Round
from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Temporary
from tests.gateway.house import PASSWORD, Company, House, Person, ok

EXAMPLES = Path(__file__).parents[3] / "examples"
INVOICE = json.loads((EXAMPLES / "tax-invoice.json").read_text(encoding="utf-8"))
CREDIT_NOTE = json.loads((EXAMPLES / "credit-note.json").read_text(encoding="utf-8"))
LANGUAGES = ("en", "ar")


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    return await house.company(trn=INVOICE["seller"]["trn"], legal_name=INVOICE["seller"]["name"])


@pytest.fixture(scope="module")
async def member(company: Company) -> Person:
    return await company.person("FINANCE_USER")


@pytest.fixture
async def clerk(member: Person) -> Person:
    """Signed in anew: each code that somebody used has turned the clock on."""
    ok(await member.sign_in())
    return member


@pytest.fixture
async def browser(house: House, clerk: Person) -> AsyncIterator[httpx.AsyncClient]:
    """The clerk's, signed in."""
    transport = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        form = {"email": clerk.email, "password": PASSWORD, "code": clerk.code()}
        assert (await client.post("/sign-in", data=form)).status_code == 303
        yield client


async def look(browser: httpx.AsyncClient, address: str, language: str) -> str:
    """The page as text, character references resolved."""
    browser.cookies.set("language", language)
    page = await browser.get(address, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.text
    return html.unescape(page.text)


async def draft(person: Person, body: dict[str, Any] = INVOICE, **changes: Any) -> str:
    kept = {name: value for name, value in body.items() if name not in ("number", "uuid")} | changes
    return str(ok(await person.post("/v1/invoices", kept), 201)["id"])


async def sealed(person: Person) -> str:
    made = await draft(person)
    ok(await person.post(f"/v1/invoices/{made}/finalize"))
    return made


async def ordered(clerk: Person, company: Company) -> str:
    """A document that is approved and ordered to be sent."""
    made, other = await sealed(clerk), await company.person("FINANCE_USER")
    await other.step_up("approve", "send")
    ok(await other.post(f"/v1/invoices/{made}/approve"))
    ok(await other.post(f"/v1/invoices/{made}/send"), 202)
    return made


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["must be mended", "How to mend it", "Complete the seller's street, city",
                "Seller › address", "emirate or region", "IBT-037", "/seller/address", "ibr-143-ae", "post it again"]),
        ("ar", ["يجب تصحيحه", "كيفية التصحيح", "أكمل شارع البائع ومدينته", "البائع › العنوان", "مدينة البائع",
                "IBT-037", "/seller/address", "ibr-143-ae"]),
    ],
)  # fmt: skip
async def test_a_finding_says_what_is_wrong_how_to_mend_it_and_where(
    browser: httpx.AsyncClient, clerk: Person, language: str, told: list[str]
) -> None:
    address = {name: value for name, value in INVOICE["seller"]["address"].items() if name != "city"}
    page = await look(
        browser, f"/documents/{await draft(clerk, seller=INVOICE['seller'] | {'address': address})}", language
    )
    for words in told:
        assert words in page
    assert "/finalize" not in page


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["The credit note names an invoice not issued here.", "Correct the invoice's number"]),
        ("ar", ["يشير الإشعار الدائن إلى فاتورة لم تصدر هنا.", "صحّح رقم الفاتورة"]),
    ],
)
async def test_our_own_rules_are_told_in_both_languages(
    browser: httpx.AsyncClient, clerk: Person, language: str, told: list[str]
) -> None:
    page = await look(browser, f"/documents/{await draft(clerk, CREDIT_NOTE)}", language)
    for words in ["GW-REFERENCE", *told]:
        assert words in page


@pytest.mark.parametrize(("language", "invoice", "note"), [
    ("en", "Amount due", "Credited amount"), ("ar", "المبلغ المستحق", "المبلغ الدائن"),
])  # fmt: skip
async def test_a_credit_note_has_a_credited_amount(
    browser: httpx.AsyncClient, clerk: Person, language: str, invoice: str, note: str
) -> None:
    facts = [
        (await look(browser, f"/documents/{await draft(clerk, body)}", language)).partition(
            '<dl class="facts">\n  <dt>'
        )[2]
        for body in (INVOICE, CREDIT_NOTE)
    ]
    facts = [part.partition("</dl>")[0] for part in facts]
    assert invoice in facts[0]
    assert note in facts[1]
    assert note not in facts[0]
    assert invoice not in facts[1]


AGAIN = [
    (Temporary("Line is down."), {"en": "couldn't be reached. It is tried again", "ar": "ستُعاد المحاولة تلقائيًا"}),
    (OutcomeUnknown("No answer."), {"en": "asked before anything is sent again", "ar": "فلا يُرسل مرتين"}),
]


@pytest.mark.parametrize(("error", "words"), AGAIN, ids=lambda value: type(value).__name__)
async def test_a_document_still_on_its_way_says_why(
    browser: httpx.AsyncClient, clerk: Person, company: Company, house: House,
    error: PeppolError, words: dict[str, str],
) -> None:  # fmt: skip
    made = await ordered(clerk, company)
    assert "waits for its turn" in await look(browser, f"/documents/{made}", "en")
    await attempted(house, company, made, None)
    assert "being handed to the network" in await look(browser, f"/documents/{made}", "en")
    await attempted(house, company, made, error, minutes=15)
    for language in LANGUAGES:
        page = await look(browser, f"/documents/{made}", language)
        assert words[language] in page
        assert str(error) in page
    assert "Attempt 2 was at" in await look(browser, f"/documents/{made}", "en")


GIVEN_UP = [
    (Permanent("Unknown type."), 1, {"en": "reject the document and issue a new one", "ar": "وأصدر مستندًا جديدًا"}),
    (Temporary("Line is down."), 2, {"en": "Order it to be sent again", "ar": "اطلب إرساله من جديد"}),
    (OutcomeUnknown("No answer."), 2, {"en": "don't issue it again meanwhile", "ar": "ولا تُصدره من جديد"}),
]


@pytest.mark.parametrize(("error", "times", "words"), GIVEN_UP, ids=["refused", "unreachable", "unknown"])
async def test_what_was_given_up_says_what_to_do(
    browser: httpx.AsyncClient, clerk: Person, company: Company, house: House,
    error: PeppolError, times: int, words: dict[str, str],
) -> None:  # fmt: skip
    made = await ordered(clerk, company)
    for day in range(times):
        await attempted(house, company, made, error, minutes=day * 24 * 60)
    for language in LANGUAGES:
        page = await look(browser, f"/documents/{made}", language)
        assert words[language] in page
        assert str(error) in page


async def attempted(
    house: House, company: Company, document: str, error: PeppolError | None, *, minutes: int = 0
) -> None:
    """What a worker writes down before and after a call, so long after the order."""
    now = house.now + timedelta(minutes=minutes)
    async with house.database.company(company.id) as db:
        want = Want(UUID(document))
        (attempt,) = await intents.begin(house.wiring, DOCUMENTS, db, company.id, [want], now=now)
    assert isinstance(attempt, Underway)
    if error is not None:
        with suppress(JobError):
            await Round(house.wiring, DOCUMENTS, company.id, now).failed(attempt, error)


async def test_a_key_and_a_member_are_called_by_their_names(
    browser: httpx.AsyncClient, clerk: Person, company: Company
) -> None:
    made = await draft(await company.key("documents:draft"))
    for language, name in (("en", "API key ERP"), ("ar", "مفتاح الربط ERP")):
        page = await look(browser, f"/documents/{made}", language)
        timeline = page.partition('<ol class="timeline">')[2]
        assert name in timeline
        assert "api_key:" not in page
    own = await look(browser, f"/documents/{await draft(clerk)}", "en")
    assert f"user:{clerk.id}" not in own
    assert "Somebody" in own.partition('<ol class="timeline">')[2]


async def test_the_maker_is_told_that_a_colleague_approves(browser: httpx.AsyncClient, clerk: Person) -> None:
    page = await look(browser, f"/documents/{await sealed(clerk)}", "en")
    assert "a colleague has to approve it" in page
    assert "/approve" not in page


async def test_the_xml_is_saved_under_the_documents_number(browser: httpx.AsyncClient, clerk: Person) -> None:
    made = await sealed(clerk)
    number = ok(await clerk.get(f"/v1/invoices/{made}"))["number"]
    saved = await browser.get(f"/v1/invoices/{made}/xml")
    named = f"attachment; filename=\"{number}.xml\"; filename*=UTF-8''{number}.xml"
    assert saved.headers["content-disposition"] == named


async def test_an_ended_session_leads_back_to_where_one_was(
    browser: httpx.AsyncClient, clerk: Person, house: House
) -> None:
    made = await draft(clerk)
    transport = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as stale:
        stale.cookies.set("involinks", "x" * 43)
        listed = await stale.get("/documents?state=DRAFT&search=a%26b")
        assert (
            listed.headers["location"] == "/sign-in?to=/documents%3Fstate%3DDRAFT%26search%3Da%2526b&said=session-ended"
        )
        assert "Your session has ended" in (await stale.get(listed.headers["location"])).text
        came = {"Referer": f"http://gateway.test/documents/{made}", "Origin": "http://gateway.test"}
        for referer, to in ((came["Referer"], f"/documents/{made}"), ("https://evil.example/documents", "/")):
            posted = await stale.post(
                f"/documents/{made}/finalize", data={"version": "1"}, headers=came | {"Referer": referer}
            )
            assert posted.headers["location"].startswith(f"/sign-in?to={to}&")
