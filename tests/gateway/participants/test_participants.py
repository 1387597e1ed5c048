"""Registered, surely not, or nobody can tell: three answers that are never mixed up, whoever is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.app import create_app
from gateway.directory import ZONES, Directory, open_directory
from gateway.pages.texts import TEXTS
from gateway.participants import flow
from gateway.participants.answers import KEPT_NO, KEPT_YES, Answers
from gateway.participants.errors import BadParticipant, CannotTell, NotRegistered, Predefined
from gateway.participants.flow import Source, Sources
from gateway.participants.kinds import NetworkKind
from gateway.sandbox.journal import Participant
from gateway.settings import Settings, SettingsError
from peppol.errors import Temporary
from peppol.identifiers import BILLING, INVOICE, DocumentTypeId, ParticipantId
from peppol.lookup import Lookup, Zone
from peppol.lookup.names import dns_name
from peppol.lookup.resolver import DnsResolver
from peppol.outward import AddressRefused, Outward
from peppol.providers.phoss_ap import PhossApProvider
from peppol.providers.sandbox import SandboxProvider
from tests.gateway.house import Company, House, Person, ok
from tests.gateway.house import running as living
from tests.gateway.sandbox.process import SECRET, TOKEN, TYPES, SandboxProcess, account, free_port, sandbox
from tests.peppol.publisher import NOW, ZONE, Holder, Publisher, authority, issued, running, service, signed

BUYER = ParticipantId("0235:1234567890")
STRANGER = ParticipantId("0235:1888888888")
WILDCARD = DocumentTypeId.parse(str(INVOICE).replace("ae-1::", "ae-1*::"))
PUBLISHERS, ACCESS_POINTS = authority("Publishers"), authority("Access points")
SMP, AP = issued(PUBLISHERS, "SMP1"), issued(ACCESS_POINTS, "POP1")


@pytest.fixture(scope="module")
async def clerk(house: House) -> Person:
    company: Company = await house.company()
    return await company.key("documents:validate")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox(Path(tmp_path_factory.mktemp("network"))) as process:
        process.desk.register(Participant(BUYER.value, TYPES, f"http://127.0.0.1:{free_port()}/", secret=SECRET))
        yield process


@pytest.fixture
async def by_provider(house: House, network: SandboxProcess) -> AsyncIterator[SandboxProcess]:
    """The company's provider is one that can be asked."""
    provider = SandboxProvider(account(network.url, TOKEN, SECRET), timeout=timedelta(seconds=60))
    with _wired(house, provider=provider):
        yield network
    await provider.close()


@pytest.fixture
async def silent(house: House) -> AsyncIterator[None]:
    """The company's provider looks receivers up for itself and tells nobody."""
    provider = PhossApProvider(account(f"http://127.0.0.1:{free_port()}"))
    with _wired(house, provider=provider):
        yield
    await provider.close()


@pytest.fixture
async def smp(house: House, silent: None) -> AsyncIterator[Publisher]:
    """Asked is the network's directory: a locator and a publisher on loopback."""
    outward = Outward(inward=True)
    async with running() as publisher:
        with _wired(house, directory=Directory(_lookup(publisher, outward), outward)):
            yield publisher
            await outward.close()


class _wired:  # reads like the context manager it is
    """The house with other wiring and nothing remembered, until the block ends."""

    def __init__(self, house: House, **changes: Any) -> None:
        self.house, self.before = house, house.app.state.wiring
        house.app.state.wiring = msgspec.structs.replace(self.before, **changes)
        house.app.state.answers = Answers()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.house.app.state.wiring = self.before


def _lookup(publisher: Publisher, outward: Outward) -> Lookup:
    zone = Zone(ZONE, ("127.0.0.1",), publisher.dns_port, frozenset({"http", "https"}))
    return Lookup(
        DnsResolver(zone, seconds=5.0), outward, publishers=(PUBLISHERS.certificate,),
        access_points=(ACCESS_POINTS.certificate,), clock=lambda: NOW, keep=timedelta(0),
    )  # fmt: skip


def offered(*, by: Holder = SMP, url: str = "http://127.0.0.1:9/as4") -> bytes:
    return signed(service(BUYER.value, WILDCARD, url, AP.base64, BILLING.value), by)


async def test_a_provider_that_can_be_asked_is(clerk: Person, by_provider: SandboxProcess) -> None:
    found = ok(await clerk.get(f"/v1/participants/{BUYER.value}"))
    assert found["id"] == BUYER.value
    assert {one["kind"] for one in found["registered"]} == {"invoice", "credit-note"}
    assert found["registered"][0]["document_type"] == str(WILDCARD), "the registration itself, a wildcard"
    assert set(found["not_registered"]) == set(NetworkKind) - {"invoice", "credit-note"}
    assert "sandbox" in found["source"] and found["asked_at"] < found["kept_until"]
    for narrow in ("kind=invoice", f"document_type={str(INVOICE).replace('#', '%23')}"):
        found = ok(await clerk.get(f"/v1/participants/{BUYER}?{narrow}"))
        assert [one["kind"] for one in found["registered"]] == ["invoice"]


async def test_surely_not_registered_is_a_404_that_says_who_says_so(clerk: Person, by_provider: SandboxProcess) -> None:
    for asked in (f"{STRANGER.value}", f"{BUYER.value}?kind=self-billed-invoice"):
        answer = await clerk.get(f"/v1/participants/{asked}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-registered")
        assert "sandbox" in answer.json()["facts"]["source"]


async def test_a_provider_that_fails_can_not_tell_and_nothing_of_it_is_remembered(
    clerk: Person, by_provider: SandboxProcess
) -> None:
    by_provider.kill()
    try:
        answer = await clerk.get(f"/v1/participants/{STRANGER.value}")
        assert (answer.status_code, answer.json()["code"]) == (503, "cannot-tell")
        assert int(answer.headers["retry-after"]) >= 1
        assert "INVOLINKS_SML_ZONE" in answer.json()["detail"], "what an operator could do about it"
        assert TOKEN not in answer.text
    finally:
        by_provider.start()
    assert (await clerk.get(f"/v1/participants/{STRANGER.value}")).status_code == 404
    by_provider.kill()
    try:
        again = await clerk.get(f"/v1/participants/{STRANGER.value}")
        assert again.status_code == 404, "a no is kept for a while too"
    finally:
        by_provider.start()


async def test_where_nobody_can_be_asked_nobody_can_tell(clerk: Person, silent: None) -> None:
    answer = await clerk.get(f"/v1/participants/{BUYER.value}")
    assert (answer.status_code, answer.json()["code"]) == (503, "cannot-tell")
    assert "looks receivers up for itself" in answer.json()["detail"]


async def test_the_networks_directory_answers_where_the_provider_can_not(clerk: Person, smp: Publisher) -> None:
    smp.register(BUYER, {str(WILDCARD): offered()})
    found = ok(await clerk.get(f"/v1/participants/{BUYER.value}"))
    assert [(one["kind"], one["document_type"]) for one in found["registered"]] == [("invoice", str(WILDCARD))]
    assert "SML" in found["source"]
    assert (await clerk.get(f"/v1/participants/{STRANGER.value}")).status_code == 404
    assert (await clerk.get(f"/v1/participants/{BUYER.value}?kind=credit-note")).status_code == 404


async def test_answers_are_kept_and_asked_anew_when_they_are_old(house: House, clerk: Person, smp: Publisher) -> None:
    smp.register(BUYER, {str(WILDCARD): offered()})
    address = f"/v1/participants/{BUYER.value}?kind=invoice"
    ok(await clerk.get(address))
    asked = len(smp.asked)
    ok(await clerk.get(address))
    assert len(smp.asked) == asked
    smp.pages.clear()
    house.turn(seconds=(KEPT_YES - timedelta(minutes=1)).total_seconds())
    ok(await clerk.get(address))
    house.turn(minutes=2)
    assert (await clerk.get(address)).status_code == 404
    smp.register(BUYER, {str(WILDCARD): offered()})
    assert (await clerk.get(address)).status_code == 404
    house.turn(seconds=KEPT_NO.total_seconds() + 1)
    ok(await clerk.get(address))


@pytest.mark.parametrize("page", [(500, b""), (200, b"<html/>"), (302, b"")], ids=["fails", "nonsense", "leads away"])
async def test_a_publisher_that_fails_is_no_no(clerk: Person, smp: Publisher, page: tuple[int, bytes]) -> None:
    smp.register(BUYER, {})
    smp.pages[f"/{BUYER}"] = page
    assert (await clerk.get(f"/v1/participants/{BUYER.value}")).json()["code"] == "cannot-tell"


async def test_a_locator_that_fails_is_no_no(clerk: Person, smp: Publisher) -> None:
    smp.names[dns_name(BUYER, ZONE)] = None
    assert (await clerk.get(f"/v1/participants/{BUYER.value}")).json()["code"] == "cannot-tell"


@pytest.mark.parametrize(
    "answer",
    [
        offered(by=issued(ACCESS_POINTS, "POP9")),
        offered(by=issued(authority("Publishers"), "SMP1")),
        offered().replace(b"127.0.0.1:9", b"127.0.0.1:8"),
    ],
    ids=["an access point signs", "another authority", "altered"],
)
async def test_a_signature_that_does_not_hold_is_no_yes_and_no_no(clerk: Person, smp: Publisher, answer: bytes) -> None:
    smp.register(BUYER, {str(WILDCARD): answer})
    told = await clerk.get(f"/v1/participants/{BUYER.value}?kind=invoice")
    assert (told.status_code, told.json()["code"]) == (503, "cannot-tell")


async def test_nothing_leads_inwards_in_live_mode(house: House, clerk: Person, smp: Publisher) -> None:
    """Neither a locator that names a publisher on loopback nor a publisher that names such an access point."""
    smp.register(BUYER, {str(WILDCARD): offered(url="https://127.0.0.1/as4")})
    strict, open_ = Outward(), Outward(inward=True)
    live = Directory(_lookup(smp, strict), strict)
    with _wired(house, directory=live):
        told = await clerk.get(f"/v1/participants/{BUYER.value}?kind=invoice")
    assert (told.status_code, told.json()["code"]) == (503, "cannot-tell")
    assert smp.asked == [], "no call was made"
    with pytest.raises(AddressRefused):
        await Directory(_lookup(smp, open_), strict).find(BUYER, INVOICE, BILLING)
    assert await Directory(_lookup(smp, open_), open_).find(BUYER, INVOICE, BILLING) == WILDCARD
    await strict.close()
    await open_.close()


@pytest.mark.parametrize(
    "asked,code",
    [
        ("0235:2234567890", "bad-participant"),
        ("0235:12345", "bad-participant"),
        ("0235", "bad-participant"),
        ("other-scheme::0235:1234567890", "bad-participant"),
        ("0235:9900000097", "predefined-endpoint"),
        ("0235:9900000099", "predefined-endpoint"),
        ("0235:1234567890?document_type=nonsense", "unknown-kind"),
        (f"0235:1234567890?document_type={str(INVOICE).replace('#', '%23')}&kind=credit-note", "unknown-kind"),
    ],
)
async def test_what_is_never_looked_up(clerk: Person, smp: Publisher, asked: str, code: str) -> None:
    answer = await clerk.get(f"/v1/participants/{asked}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert smp.asked == []


async def test_what_one_account_says_is_not_kept_for_another() -> None:
    answers, asked = Answers(most=3), list[str]()

    def source(key: str, told: DocumentTypeId | None) -> Sources:
        async def ask(participant: ParticipantId, kind: NetworkKind) -> DocumentTypeId | None:
            asked.append(key)
            return told

        return Sources((Source(key, key, ask),), ())

    for _ in range(2):
        found = await flow.look_up(source("one", INVOICE), answers, BUYER, [NetworkKind.INVOICE], now=NOW)
        assert found.source == "one"
        with pytest.raises(Exception, match="surely not"):
            await flow.look_up(source("two", None), answers, BUYER, [NetworkKind.INVOICE], now=NOW)
    assert asked == ["one", "two"]
    for tin in range(3):
        other = ParticipantId(f"0235:100000000{tin}")
        await flow.look_up(source("three", INVOICE), answers, other, [NetworkKind.INVOICE], now=NOW)
    assert answers.find("one", BUYER, NetworkKind.INVOICE, now=NOW) is None, "only so many are kept"


async def test_the_next_source_is_asked_where_one_can_not_tell() -> None:
    async def fails(participant: ParticipantId, kind: NetworkKind) -> DocumentTypeId | None:
        raise Temporary("busy", retry_after=timedelta(minutes=2))

    async def knows(participant: ParticipantId, kind: NetworkKind) -> DocumentTypeId | None:
        return INVOICE

    first, second = Source("one", "one", fails), Source("two", "two", knows)
    found = await flow.look_up(Sources((first, second), ()), Answers(), BUYER, [NetworkKind.INVOICE], now=NOW)
    assert found.source == "two"
    with pytest.raises(CannotTell) as told:
        await flow.look_up(Sources((first,), ("other.",)), Answers(), BUYER, [NetworkKind.INVOICE], now=NOW)
    assert told.value.headers["Retry-After"] == "120"
    assert "busy. other." in told.value.detail


async def test_the_settings_open_the_directory(tmp_path: Path) -> None:
    pem = tmp_path / "authorities.pem"
    pem.write_bytes(PUBLISHERS.certificate.public_bytes(Encoding.PEM))
    async with running() as publisher:
        settings = Settings(
            sml_zone="test", sml_server=f"127.0.0.1:{publisher.dns_port}", smp_authorities=pem, ap_authorities=pem
        )
        async with open_directory(settings) as directory:
            assert directory is not None
            assert await directory.find(BUYER, INVOICE, BILLING) is None
            publisher.names[dns_name(STRANGER, ZONES["test"])] = None
            with pytest.raises(Temporary):
                await directory.find(STRANGER, INVOICE, BILLING)
        pem.write_text("no certificate")
        with pytest.raises(SettingsError, match="INVOLINKS_SMP_AUTHORITIES"):
            async with open_directory(settings):
                pass
    async with open_directory(Settings()) as directory:
        assert directory is None


async def test_the_page_says_it_in_both_languages(clerk: Person, smp: Publisher) -> None:
    smp.register(BUYER, {str(WILDCARD): offered()})
    empty = await clerk.get("/participants")
    assert empty.status_code == 200 and "Is a receiver registered?" in empty.text
    found = await clerk.get("/participants?id=123456789000003", accept_language="en")
    assert "Registered on the network" in found.text and "Self-billed invoice" in found.text
    arabic = await clerk.get(f"/participants?id={BUYER.value}", accept_language="ar")
    assert 'dir="rtl"' in arabic.text and "مسجّل على الشبكة" in arabic.text
    for wanted, words in (
        (STRANGER.value, "Surely not registered"),
        ("0235:9900000098", "stands for no receiver"),
        ("<script>", "No receiver can have this id"),
    ):
        shown = await clerk.get(f"/participants?id={wanted}")
        assert shown.status_code == 200 and words in shown.text
        assert "<script>" not in shown.text
    smp.names[dns_name(ParticipantId("0235:1666666666"), ZONE)] = None
    assert "Nobody can tell just now" in (await clerk.get("/participants?id=1666666666")).text


def test_every_kind_and_every_refusal_has_its_words() -> None:
    def family(begin: str) -> set[str]:
        return {key.removeprefix(begin) for key in TEXTS if key.startswith(begin)}

    assert family("takes.") == set(NetworkKind)
    assert family("looked.") == {one.code for one in (NotRegistered, CannotTell, BadParticipant, Predefined)}


async def test_a_company_asks_its_own_account_and_nobody_elses(
    house: House, clerk: Person, network: SandboxProcess, silent: None
) -> None:
    company: Company = await house.company()
    admin = await company.admin()
    new = {"adapter": "sandbox", "label": "Ours", "base_url": network.url, "credentials": {"token": TOKEN}}
    account_id = ok(await admin.post("/v1/providers", {**new, "webhook_secrets": [SECRET * 2]}), 201)["id"]
    asked = f"/v1/participants/{BUYER.value}?kind=invoice"
    assert "sandbox" in ok(await admin.get(asked))["source"]
    other = await clerk.get(asked)
    assert other.json()["code"] == "cannot-tell", "what one company's account said is not told to another company"
    admin = await company.admin()
    ok(await admin.patch(f"/v1/providers/{account_id}", {"enabled": False}))
    off = await admin.get(asked)
    assert off.json()["code"] == "cannot-tell" and "switched off" in off.json()["detail"]


async def test_so_many_questions_a_minute(house: House, clerk: Person) -> None:
    """One question may lead to a dozen calls of others, so it has a rate of its own."""
    app = create_app(house.wiring.settings, wiring=house.app.state.wiring)
    async with living(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
            headers = {"Authorization": f"Bearer {clerk.token}"}
            asked = list[int]()
            while 429 not in asked and len(asked) < 300:
                answer = await client.get("/v1/participants/0235:9900000097", headers=headers)
                asked.append(answer.status_code)
    assert asked[:20] == [422] * 20 and asked[-1] == 429
