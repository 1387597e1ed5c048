"""Every page, wide and on a phone, light and dark, English and Arabic: nothing sticks out, all has a name."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import BrowserContext, Page, expect
from sqlalchemy import text

from gateway.participants.kinds import NetworkKind
from peppol import sbdh
from peppol.identifiers import ParticipantId
from tests.browser.conftest import Site, picture
from tests.gateway.bills.desk import stand
from tests.gateway.house import PASSWORD, Company, Person, ok
from tests.gateway.inbound.envelopes import enveloped, invoice
from tests.gateway.responses.conftest import message_of, response_to
from tests.gateway.responses.test_pages import deliver
from tests.gateway.served import PATIENCE
from ubl.response import Code

EXAMPLES = Path(__file__).parents[2] / "examples"
INVOICE = json.loads((EXAMPLES / "tax-invoice.json").read_text(encoding="utf-8"))
CREDIT_NOTE = json.loads((EXAMPLES / "credit-note.json").read_text(encoding="utf-8"))
RECEIVER = ParticipantId("0235:1123456789")
LONG = "Wholesale-and-Retail-of-" + "Extraordinarily" * 6 + " Chairs, Tables & Co. (Free Zone) LLC"

FAULTS = """() => {
  const faults = [], page = document.documentElement;
  for (const closed of document.querySelectorAll('details')) closed.open = true;
  if (page.scrollWidth > innerWidth) faults.push('wider than the window: ' + page.scrollWidth);
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one heading of level 1');
  if (!document.title.trim() || !page.lang) faults.push('no title or language');
  let level = 1;
  for (const heading of document.querySelectorAll('main h1, main h2, main h3')) {
    const next = +heading.tagName[1];
    if (next > level + 1) faults.push('heading skips a level: ' + heading.innerText);
    level = next;
  }
  for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (!field.labels.length || !field.labels[0].innerText.trim()) faults.push('no label: ' + field.name);
  for (const one of document.querySelectorAll('a, button'))
    if (!one.innerText.trim() && !one.getAttribute('aria-label')) faults.push('no name: ' + one.outerHTML);
  const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  for (const id of new Set(ids)) if (ids.filter(one => one === id).length > 1) faults.push('id twice: ' + id);
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const colour = channels(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || seen.has(one) || !one.getClientRects().length) continue;
    seen.add(one);
    const [a, b] = [light(channels(getComputedStyle(one).color)), light(ground(one))];
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (contrast < 4.5) faults.push('contrast ' + contrast.toFixed(1) + ': ' + one.innerText.slice(0, 40));
  }
  return faults;
}"""
"""What WCAG 2.1 asks and a machine can see: 1.3.1, 1.4.3, 1.4.10, 2.4.2, 3.1.1, 3.3.2, 4.1.1."""


AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SENT = {"state": "SENT", "approved_at": AT, "approved_by": "user:x", "queued_at": AT, "sent_at": AT}
WENT: dict[str, dict[str, Any]] = {
    "delivered": SENT | {"c3": "delivered", "c3_at": AT, "c5": "reported", "c5_at": AT},
    "refused": SENT
    | {"c3": "refused", "c3_at": AT, "c3_reason": "IBR-001: the specification identifier is unknown here.", "c5_at": AT}
    | {"c5": "reported"},
    "paid": SENT
    | {"c3": "delivered", "c3_at": AT, "c5": "reported", "c5_at": AT, "buyer": "buyer_paid", "buyer_at": AT},
    "sending": {"state": "SENDING", "queued_at": AT},
    "failed": {"state": "FAILED", "queued_at": AT, "failed_at": AT, "failure": "The provider refuses our credentials."},
}
"""What became of documents, as columns of their rows."""


async def happens(site: Site, company: Company, document_id: str, **columns: Any) -> None:
    """Write down what became of a document, as its owner could."""
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    async with site.house.owner.platform() as db:
        await db.execute(text("alter table issued_documents no force row level security"))
        await db.execute(text(f"update issued_documents set {sets} where id = :id"), columns | {"id": document_id})
        if columns["state"] == "SENDING":
            await db.execute(text("alter table transmissions no force row level security"))
            await db.execute(
                text(
                    "insert into transmissions (company_id, id, document_id, provider, begun_at, ordered_at, lifetime, "
                    "attempts, attempted_at, uncertain, problem, reason) values (:company, :key, :id, 'sandbox', :at, "
                    ":at, 1, 1, :at, true, 'unknown', 'The answer was lost (ReadTimeout).')"
                ),
                {"company": company.id, "key": uuid4(), "id": document_id, "at": AT},
            )
            await db.execute(text("alter table transmissions force row level security"))
        await db.execute(text("alter table issued_documents force row level security"))


@pytest.fixture(scope="module")
async def company(site: Site) -> Company:
    return await site.house.company(trn=INVOICE["seller"]["trn"], legal_name=INVOICE["seller"]["name"])


def settled(clerk: Person) -> stand.Settle:
    """The worker beside works; it is waited for."""

    async def settle(bill_id: str, state: str) -> dict[str, Any]:
        for _ in range(PATIENCE * 5):
            bill: dict[str, Any] = ok(await clerk.get(f"/v1/bills/{bill_id}"))
            if bill["state"] == state:
                return bill
            await asyncio.sleep(0.2)
        raise AssertionError(f"still {bill['state']}: {bill['failure']}")

    return settle


@pytest.fixture(scope="module")
async def pages(site: Site, company: Company) -> dict[str, str]:
    """Name -> address of everything there is to look at."""
    clerk, other = await company.person("FINANCE_USER"), await company.person("FINANCE_USER")
    key = await company.key("documents:draft")
    for kind in NetworkKind:
        taken = None if kind is NetworkKind.INVOICE_RESPONSE else kind.document_type
        site.house.app.state.answers.keep("installation", RECEIVER, kind, taken, now=site.house.now)

    async def draft(by: Person, body: dict[str, Any] = INVOICE, **changes: Any) -> str:
        kept = {name: value for name, value in body.items() if name not in ("number", "uuid")} | changes
        return str(ok(await by.post("/v1/invoices", kept), 201)["id"])

    broken = await draft(key, due_date=None, seller=INVOICE["seller"] | {"address": {"street": "Somewhere"}})
    sealed = await draft(clerk, buyer=INVOICE["buyer"] | {"name": LONG})
    ok(await clerk.post(f"/v1/invoices/{sealed}/finalize"))
    queued = await draft(clerk)
    ok(await clerk.post(f"/v1/invoices/{queued}/finalize"))
    await other.step_up("approve", "send")
    ok(await other.post(f"/v1/invoices/{queued}/approve"))
    went = {name: await draft(clerk) for name in WENT}
    for name, document_id in went.items():
        ok(await clerk.post(f"/v1/invoices/{document_id}/finalize"))
        await happens(site, company, document_id, **WENT[name])
    nobody = INVOICE["buyer"] | {"endpoint": {"id": "9900000098"}}
    went["predefined"] = await draft(clerk, buyer=nobody)
    now = site.house.now
    failed = {"line": "The ERP's connection", "since": now.isoformat(), "detail": "The leased line is cut."}
    outage = ok(await clerk.post("/v1/outages", failed), 201)["id"]
    late = ok(await clerk.post("/v1/outages", failed | {"since": (now - timedelta(days=9)).isoformat()}), 201)["id"]
    told = ok(await clerk.post("/v1/outages", failed | {"line": "Power cut"}), 201)["id"]
    ok(await clerk.post(f"/v1/outages/{told}/notified", {"at": now.isoformat(), "reference": "SF-117"}))
    tin = company.trn[:10]
    open_ = await deliver(site.house, enveloped(invoice("OPEN-1", buyer_tin=tin)))
    answered = await deliver(site.house, enveloped(invoice("ANSWERED-1", buyer_tin=tin)))
    erp = await company.key("inbox:respond")
    why = [{"code": "OTH", "text": LONG}, {"kind": "OPStatusAction", "code": "PIN"}]
    for answer in ({"code": "AB"}, {"code": "UQ", "clarifications": why}, {"code": "AP"}):
        ok(await erp.post(f"/v1/inbox/{answered}/responses", answer), 201)
    bills = await stand.everything(company, clerk, settled(clerk))
    said = response_to(sbdh.read(enveloped(invoice(LONG[:60], buyer_tin=tin))).message.document, Code.ACCEPTED)
    await deliver(site.house, sbdh.write(message_of(said, receiver=f"0235:{tin}")))
    return {
        "inbox": "/inbox",
        "inbox-document": f"/inbox/{open_}",
        "inbox-document-answered": f"/inbox/{answered}",
        "responses": "/responses",
        **bills,
        **{f"document-{name}": f"/documents/{document_id}" for name, document_id in went.items()},
        "outages": "/outages",
        "outage": f"/outages/{outage}",
        "outage-late": f"/outages/{late}",
        "outage-told": f"/outages/{told}",
        "sign-in": "/sign-in?to=/documents&said=session-ended",
        "documents": "/documents",
        "documents-none-found": "/documents?search=nothing-like-this",
        "document-broken": f"/documents/{broken}",
        "document-draft": f"/documents/{await draft(clerk)}",
        "document-sealed": f"/documents/{sealed}",
        "document-approved": f"/documents/{queued}",
        "document-credit-note": f"/documents/{await draft(clerk, CREDIT_NOTE)}",
        "inbox-empty": "/inbox?search=nothing-like-this",
        "receivers": "/participants",
        "receivers-unsure": "/participants?id=0235:1777777777",
        "receivers-none": "/participants?id=0235:9900000097",
        "receivers-registered": f"/participants?id={RECEIVER.value}",
        "ledger": "/ledger",
        "companies": "/companies",
        "second-factor": "/second-factor",
        "nowhere": "/nowhere",
        "not-an-id": "/documents/nobody",
    }


async def signed_in(page: Page, site: Site, person: Person) -> None:
    await page.goto(f"{site.url}/sign-in")
    await page.locator("#email").fill(person.email)
    await page.locator("#password").fill(PASSWORD)
    await page.locator("#code").fill(person.code())
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/documents")


LOOKS = [
    ("wide", 1100, "light", "en"),
    ("phone", 390, "light", "en"),
    ("dark", 1100, "dark", "en"),
    ("arabic", 1100, "light", "ar"),
    ("arabic-phone-dark", 320, "dark", "ar"),
]


@pytest.mark.parametrize(("name", "width", "scheme", "language"), LOOKS, ids=[look[0] for look in LOOKS])
async def test_every_page_can_be_read_and_used(
    site: Site, company: Company, pages: dict[str, str], context: BrowserContext,
    name: str, width: int, scheme: Any, language: str,
) -> None:  # fmt: skip
    page = await context.new_page()
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await signed_in(page, site, await company.person("FINANCE_USER"))
    await page.goto(f"{site.url}/language/{language}?to=/documents")
    faults = {}
    for called, address in pages.items():
        await page.goto(site.url + address)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await picture(page, f"{called}-{name}")
        faults[called] = await page.evaluate(FAULTS)
    assert {called: found for called, found in faults.items() if found} == {}


async def test_the_keyboards_place_can_be_seen(site: Site, company: Company, context: BrowserContext) -> None:
    page = await context.new_page()
    await signed_in(page, site, await company.person("AUDITOR"))
    for _ in range(8):
        await page.keyboard.press("Tab")
        outline = await page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert outline >= 2
