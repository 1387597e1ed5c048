"""A company's signing keys over HTTP: replaced, brought along with certificates, watched until these expire."""

from __future__ import annotations

import asyncio
import base64
import html
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from litestar.types import ControllerRouterHandler
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from certs import FileRefused, keyfile
from gateway import events, expiry
from gateway.access.api import CONTROLLERS as ACCESS
from gateway.access.errors import Unacceptable
from gateway.access.pages import CONTROLLERS as ACCESS_PAGES
from gateway.audit import flow
from gateway.audit.api import LedgerController
from gateway.audit.pages import LedgerPages
from gateway.companies import jobs, keys
from gateway.companies.api import CONTROLLERS as COMPANIES
from gateway.http.probes import HANDLERS as PROBES
from ledger.entry import Kind
from ledger.key_events import read_added
from ledger.store import rotate_key, stream
from tests.certs.authorities import Issued, issue
from tests.certs.test_keyfile import bomb
from tests.few_keys import rsa_key
from tests.gateway.house import PASSWORD as HOUSE_PASSWORD
from tests.gateway.house import ok

PASSWORD = "correct horse"
KEYS, BRING = "/v1/companies/current/keys", "/v1/companies/current/certificate"


@pytest.fixture(scope="module")
def controllers() -> Sequence[ControllerRouterHandler]:
    """What auditors and the monitoring see of keys, too."""
    return (*ACCESS, *ACCESS_PAGES, *COMPANIES, LedgerController, LedgerPages, *PROBES)


async def entries(house, company_id) -> list:
    async with house.database.company(company_id) as db:
        return [entry async for entry in stream(db, company_id)]


def certified(now: datetime, *, days: float = 365, number: int = 100) -> tuple[Issued, Issued, Issued]:
    """A company's certificate and its authorities; the company's ends after so many days."""
    begin, end = now - timedelta(days=1), now + timedelta(days=3650)
    root = issue("Root Authority", begin=begin, end=end)
    middle = issue("Seal Authority", root, ca=True, begin=begin, end=end)
    leaf = issue(
        "Al Noor Trading LLC",
        middle,
        key=rsa_key(number),
        begin=begin,
        end=(now + timedelta(days=days)).replace(microsecond=0),
    )
    return leaf, middle, root


def as_pkcs12(chained: tuple[Issued, ...]) -> dict[str, str]:
    leaf, *others = chained
    return {"pkcs12": base64.b64encode(leaf.pkcs12(PASSWORD, *others)).decode(), "password": PASSWORD}


def of_purpose(shown: list[dict], purpose: str) -> list[dict]:
    return [key for key in shown if key["purpose"] == purpose]


@pytest.mark.parametrize("purpose", ["document", "ledger", "ledger-rsa"])
async def test_a_replaced_key_signs_from_now_on_and_both_are_in_the_ledger(house, purpose):
    company = await house.company()
    admin = await company.admin()
    fresh = ok(await admin.post(f"{KEYS}?purpose={purpose}"), 201)
    shown = ok(await admin.get(KEYS))
    assert [(key["version"], key["current"]) for key in of_purpose(shown, purpose)] == [(2, True), (1, False)]
    assert all(key["current"] for key in shown if key["purpose"] != purpose)
    assert shown[0] == fresh
    kinds = [Kind(entry.kind) for entry in await entries(house, company.id)]
    assert kinds[-3:] == [Kind.KEY_ADDED, Kind.KEY_RETIRED, Kind.ACCESS], "and who did it"
    report = await flow.verify_company(house.database, company.id, keys=house.wiring.keys)
    assert (report.status, report.failures) == ("ok", ())


async def test_a_purpose_that_there_is_not(house):
    admin = await (await house.company()).admin()
    assert (await admin.post(f"{KEYS}?purpose=letters")).status_code in (400, 422)


async def test_a_company_brings_its_own_key_and_auditors_get_its_certificates(house):
    company = await house.company()
    admin, auditor = await company.admin(), await company.person("AUDITOR")
    chained = certified(house.now)
    await admin.step_up("keys")
    brought = ok(await admin.post(BRING, as_pkcs12(chained)), 201)
    assert (brought["purpose"], brought["version"], brought["current"]) == ("document", 2, True)
    told = brought["certified"]
    assert told["certificate"]["subject"] == "CN=Al Noor Trading LLC"
    assert (told["state"], told["days_left"]) == ("valid", 364)
    spki = chained[0].key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert base64.b64decode(brought["spki"]) == spki

    records = await entries(house, company.id)
    added = read_added(records[-3].canonical)
    assert added.chain() == tuple(each.der for each in chained), "the chain is part of the ledger"
    everywhere = repr(records) + repr(brought)
    assert PASSWORD not in everywhere

    listed = ok(await auditor.get("/v1/ledger/keys"))["keys"]
    (imported,) = [key for key in listed if key["certificates"]]
    assert [base64.b64decode(der) for der in imported["certificates"]] == [each.der for each in chained]
    assert sorted(key["purpose"] for key in listed if key["in_force"]) == ["document", "ledger", "ledger-rsa"]
    pem = (await auditor.get("/v1/ledger/keys.pem")).text
    assert x509.load_pem_x509_certificates(pem.encode()) == [each.certificate for each in chained]
    blocks = [f"-----BEGIN PUBLIC KEY-----{part}" for part in pem.split("-----BEGIN PUBLIC KEY-----")[1:]]
    read = [load_pem_public_key(block.encode()) for block in blocks]
    assert [key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in read] == [
        base64.b64decode(key["spki"]) for key in listed
    ]
    assert f"document key {brought['key_id']}, version 2, RSA-PSS-SHA256, in force" in pem

    report = await flow.verify_company(house.database, company.id, keys=house.wiring.keys)
    assert (report.status, report.failures) == ("ok", ())

    again = await admin.post(BRING, as_pkcs12(chained))
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("nothing", "nothing in it"),
        ("no base64", ""),
        ("wrong password", "password is wrong"),
        ("no chain", "add the certificate of CN=Seal Authority"),
        ("expired", "isn't valid now"),
        ("another's certificate", "0 do"),
        ("bomb", "costs too much"),
        ("short", "2048"),
    ],
)
async def test_what_can_not_be_brought_is_said_and_changes_nothing(house, capfd, monkeypatch, what, told):
    monkeypatch.setattr(keyfile, "SECONDS", 2)
    company = await house.company()
    admin = await company.admin()
    leaf, middle, root = chained = certified(house.now)
    stranger, short = issue("Stranger"), rsa_key(101, 1024)
    body = {
        "nothing": {},
        "no base64": {"pkcs12": "***", "password": PASSWORD},
        "wrong password": {**as_pkcs12(chained), "password": "correct house"},
        "no chain": {"pem": leaf.key_pem() + leaf.pem + root.pem},
        "expired": as_pkcs12(certified(house.now - timedelta(days=400))),
        "another's certificate": {"pem": stranger.key_pem() + leaf.pem + middle.pem + root.pem},
        "bomb": {"pkcs12": base64.b64encode(bomb()).decode(), "password": PASSWORD},
        "short": as_pkcs12((issue("Al Noor Trading LLC", middle, key=short), middle, root)),
    }[what]
    before = ok(await admin.get(KEYS)), len(await entries(house, company.id))
    refused = await admin.post(BRING, body)
    assert (refused.status_code, told in refused.text) == (422, True), refused.text
    assert before == (ok(await admin.get(KEYS)), len(await entries(house, company.id)))
    printed = capfd.readouterr()
    assert "correct ho" not in refused.text + printed.out + printed.err


async def test_however_many_files_are_being_opened_checkpoints_are_signed(monkeypatch):
    """`asyncio.to_thread`, in which they are, has 32 threads at the most."""
    released, given = threading.Event(), {"by": None, "now": datetime(2026, 11, 21, tzinfo=UTC)}

    def opened(**_: object) -> keyfile.Opened:
        released.wait(60)
        raise FileRefused("enough")

    monkeypatch.setattr(keyfile, "open_file", opened)
    files = [asyncio.create_task(keys.bring(None, uuid4(), keys.KeyFile(pem="x"), **given)) for _ in range(40)]
    try:
        await asyncio.sleep(0)  # all of them have asked by now
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "signed"), 30) == "signed"
    finally:
        released.set()
        ended = await asyncio.gather(*files, return_exceptions=True)
    assert {type(each) for each in ended} == {Unacceptable}


async def test_each_certificate_is_warned_about_sixty_thirty_and_seven_days_before_and_at_its_end(house):
    company = await house.company()
    admin = await company.admin()
    brought = ok(await admin.post(BRING, as_pkcs12(certified(house.now, days=100, number=102))), 201)
    not_after = datetime.fromisoformat(brought["certified"]["certificate"]["not_after"])

    async def told_at(**before: float) -> list[str]:
        now = not_after - timedelta(**before)
        await jobs.watch_certificates(house.wiring, None, b"{}", now=now)
        await jobs.watch_certificates(house.wiring, None, b"{}", now=now + timedelta(minutes=1))
        async with house.database.company(company.id) as db:
            timeline = await events.timeline(db, company.id, company.id)
        return [event.kind + bytes(event.facts).decode() for event in timeline if event.kind.startswith("certificate.")]

    assert await told_at(days=60, minutes=5) == []
    for turn, (days, before) in enumerate([(60, {"days": 60}), (30, {"days": 30}), (7, {"days": 6}), (0, {})], 1):
        told = await told_at(**before)
        assert len(told) == turn, "once at each step, however often the job runs"
        assert told[-1].startswith("certificate.expiring" if days else "certificate.expired")
        assert f'"days": {days}' in told[-1]
        assert brought["key_id"] in told[-1]
    assert len(await told_at(days=-100)) == 4

    # Documents are sealed still, and everybody can see what with.
    house.now = not_after + timedelta(days=2)
    (admin_again,) = [await company.admin()]
    (key,) = [key for key in ok(await admin_again.get(KEYS)) if key["certified"]]
    assert (key["current"], key["certified"]["state"], key["certified"]["days_left"]) == (True, "expired", -2)


async def ledger_page(house, person, language: str) -> str:
    """As a browser shows it after signing in."""
    transport = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as browser:
        form = {"email": person.email, "password": HOUSE_PASSWORD, "code": person.code()}
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        browser.cookies.set("language", language)
        page = await browser.get("/ledger", headers={"Accept": "text/html"})
    assert page.status_code == 200
    return html.unescape(page.text)


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (200, {"en": "valid until", "ar": "صالحة حتى"}),
        (20, {"en": "bring the renewed one", "ar": "أضف الشهادة المجدّدة"}),
        (0.5, {"en": "still sealed", "ar": "ما زالت المستندات تُختم"}),
    ],
)
async def test_the_page_of_the_ledger_says_how_the_certificate_stands(house, days, told):
    company = await house.company()
    admin = await company.admin()
    assert "certificate" not in await ledger_page(house, admin, "en")
    await admin.step_up("keys")
    ok(await admin.post(BRING, as_pkcs12(certified(house.now, days=days, number=111))), 201)
    if days < 1:
        house.turn(hours=13)
    for language, words in told.items():
        page = await ledger_page(house, admin, language)
        assert words in page
        assert "CN=Al Noor Trading LLC" in page


async def test_a_job_that_slept_gives_the_latest_warning_only(house):
    company = await house.company()
    admin = await company.admin()
    ok(await admin.post(BRING, as_pkcs12(certified(house.now, days=5, number=103))), 201)
    await keys.warn(house.wiring, now=house.now)
    async with house.database.company(company.id) as db:
        timeline = await events.timeline(db, company.id, company.id)
    (told,) = [bytes(event.facts) for event in timeline if event.kind.startswith("certificate.")]
    assert b'"days": 7' in told
    ok(await admin.post(KEYS), 201)
    await keys.warn(house.wiring, now=house.now + timedelta(days=6))
    async with house.database.company(company.id) as db:
        assert len(await events.timeline(db, company.id, company.id)) == len(timeline) + 1, "another key signs now"


async def test_a_key_replaced_by_other_ways_is_not_warned_about(house):
    company = await house.company()
    admin = await company.admin()
    ok(await admin.post(BRING, as_pkcs12(certified(house.now, days=5, number=110))), 201)
    async with house.database.company(company.id) as db:
        await rotate_key(db, company.id, house.wiring.keys, now=house.now)
    await keys.warn(house.wiring, now=house.now)
    async with house.database.platform() as db:
        assert company.id not in [watched.company_id for watched in await expiry.due(db, now=house.now)]


async def test_the_metric_counts_certificates_by_the_days_left(house):
    async with house.owner.platform() as db:
        await db.execute(text("delete from certificate_watch"))
    for number, days in ((104, -1), (105, 6.9), (106, 29), (107, 59), (108, 200), (109, 61)):
        company = await house.company()
        async with house.database.company(company.id) as db:
            await expiry.watch(db, bytes([number] * 8), datetime.now(UTC) + timedelta(days=days))
    shown = (await house.client.get("/metrics")).text
    (family,) = [each for each in text_string_to_metric_families(shown) if each.name == "involinks_certificates"]
    counted = {sample.labels["left"]: sample.value for sample in family.samples}
    assert counted == {"expired": 1, "7": 1, "30": 1, "60": 1, "more": 2}
