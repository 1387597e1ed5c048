"""A issues, B answers with each of the seven codes, A knows it with evidence: gateway, worker and network over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

import ubl
from gateway import worker
from gateway.access.authentication import utc_now
from gateway.db import Database
from gateway.jobqueue.loop import Pace
from gateway.outbound import examples
from gateway.sandbox.journal import Participant
from gateway.settings import Secret
from gateway.wiring import open_provider
from tests.gateway.house import Company, House, Person, ok, open_house
from tests.gateway.responses.conftest import ALL_TYPES
from tests.gateway.sandbox.process import SECRET, TOKEN, SandboxProcess, free_port
from tests.gateway.served import PATIENCE, serving
from ubl import response as invoice_response
from ubl.parties import Endpoint


class Street(msgspec.Struct, frozen=True):
    """Two companies of one gateway on a real port, a worker, and the network between them."""

    house: House
    network: SandboxProcess
    http: httpx.AsyncClient
    seller: Company
    buyer: Company
    sellers_erp: Person
    checker: Person
    """Of the seller; the company's code for approvals stands open."""
    buyers_erp: Person
    decider: Person
    """Of the buyer; a person, with a code that stands open."""
    clerk: Person
    """Of the buyer; a person without one."""

    async def ask(self, who: Person, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """One request over the socket."""
        return ok(await self.call(who, method, path, body), status)

    async def call(self, who: Person, method: str, path: str, body: Any = None) -> httpx.Response:
        content = msgspec.json.encode(body) if body is not None else None
        headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "application/json"}
        return await self.http.request(method, path, content=content, headers=headers)

    async def until(self, who: Person, path: str, ready: Callable[[Any], bool]) -> Any:
        """What is there once it is as it must become."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = await self.ask(who, "GET", path)
            if ready(found):
                return found
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.05)

    async def delivered(self) -> tuple[str, str]:
        """A document of A's that B has: A's id and B's."""
        drafted = await self.ask(self.sellers_erp, "POST", "/v1/invoices", self.invoice(), status=201)
        path = f"/v1/invoices/{drafted['id']}"
        number = (await self.ask(self.sellers_erp, "POST", f"{path}/finalize"))["number"]
        await self.ask(self.checker, "POST", f"{path}/approve")
        await self.ask(self.sellers_erp, "POST", f"{path}/send", status=202)
        inbox = await self.until(self.buyers_erp, f"/v1/inbox?number={number}", lambda page: bool(page["items"]))
        await self.until(self.sellers_erp, path, lambda shown: shown["facts"]["receiver"]["state"] == "yes")
        return drafted["id"], inbox["items"][0]["id"]

    def invoice(self) -> ubl.Invoice:
        given = examples.INVOICE
        assert given.seller is not None
        assert given.buyer is not None
        seller, buyer = (
            msgspec.structs.replace(
                party, endpoint=Endpoint(id=company.trn[:10]), trn=company.trn, name=f"Trading {company.trn[:10]} LLC"
            )
            for party, company in ((given.seller, self.seller), (given.buyer, self.buyer))
        )
        return msgspec.structs.replace(given, seller=seller, buyer=buyer)


@pytest.fixture(scope="module")
async def street(
    module_database: Database,
    module_owner: Database,
    network: SandboxProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Street]:
    async with open_house(module_database, module_owner, tmp_path_factory.mktemp("home")) as house:
        port = free_port()
        settings = msgspec.structs.replace(
            house.wiring.settings,
            public_url=f"http://127.0.0.1:{port}",
            provider_url=network.url,
            provider_token=Secret(TOKEN),
            provider_secrets=(Secret(SECRET),),
        )
        provider = open_provider(settings)
        house.wiring = msgspec.structs.replace(house.wiring, settings=settings, provider=provider)
        house.app.state.wiring = house.wiring
        loop = worker.make(house.wiring, pace=Pace())
        async with (
            serving(house.app, port),
            httpx.AsyncClient(base_url=settings.public_url, trust_env=False, timeout=PATIENCE) as http,
        ):
            working = asyncio.create_task(loop.run())
            yield await _people(house, network, http)
            loop.stop()
            await asyncio.wait_for(working, PATIENCE)
        await provider.close()


async def _people(house: House, network: SandboxProcess, http: httpx.AsyncClient) -> Street:
    seller, buyer = await house.company(), await house.company()
    door = f"{house.wiring.settings.public_url}/v1/network"
    network.desk.register(
        *(
            Participant(f"0235:{company.trn[:10]}", ALL_TYPES, f"{door}/deliveries", f"{door}/statuses", SECRET)
            for company in (seller, buyer)
        )
    )
    scopes = ("documents:read", "documents:draft", "documents:finalize", "documents:send", "ledger:read")
    sellers_erp, buyers_erp = await seller.key(*scopes), await buyer.key("inbox:read", "inbox:respond", "ledger:read")
    checker, decider = await seller.person("FINANCE_USER"), await buyer.person("FINANCE_USER")
    clerk = await buyer.person("FINANCE_USER")
    await checker.step_up("approve")
    await decider.step_up("approve")
    house.app.state.clock = utc_now  # the network signs by its own clock
    return Street(house, network, http, seller, buyer, sellers_erp, checker, buyers_erp, decider, clerk)


WHY = [{"code": "QTY", "text": "Eight came."}]
CNP = [*WHY, {"kind": "OPStatusAction", "code": "CNP"}]
WALKS = {
    "to the payment": (
        ("AB", [], "buyer_received", "open"),
        ("IP", [], "buyer_in_process", "open"),
        ("UQ", WHY, "buyer_queries", "open"),
        ("CA", WHY, "buyer_accepted_conditionally", "yes"),
        ("AP", [], "buyer_accepted", "yes"),
        ("PD", [], "buyer_paid", "yes"),
    ),
    "to the rejection": (("RE", CNP, "buyer_rejected", "no"),),
}


@pytest.mark.parametrize("walk", WALKS)
async def test_the_seller_knows_what_the_buyer_answers(street: Street, walk: str) -> None:
    issued, received = await street.delivered()
    answers = f"/v1/inbox/{received}/responses"
    for code, why, outcome, state in WALKS[walk]:
        who = street.decider if code in {"CA", "AP", "RE"} else street.buyers_erp
        body = {"code": code, "clarifications": why}
        given = await street.ask(who, "POST", answers, body, status=201)
        assert (given["state"], given["code"]) == ("QUEUED", code)
        shown = await street.until(street.sellers_erp, f"/v1/invoices/{issued}", _says(outcome))
        fact = shown["facts"]["buyer"]
        assert fact["state"] == state
        assert (fact["said"] or "") == _words(why)
        assert shown["timeline"][-1]["kind"] == f"invoice.{outcome}"
        entry = await street.ask(street.sellers_erp, "GET", fact["evidence"]["entry"])
        assert entry["kind"] == "status"
        heard = (await street.ask(street.sellers_erp, "GET", f"/v1/invoices/{issued}/responses"))[-1]
        assert (heard["code"], heard["verdict"]) == (code, "believed")
        came = await street.call(street.sellers_erp, "GET", f"/v1/responses/{heard['id']}/xml")
        went = await street.call(street.buyers_erp, "GET", f"{answers}/{given['id']}/xml")
        assert invoice_response.read(came.content) == invoice_response.read(went.content)
        done = await street.until(street.buyers_erp, answers, lambda found: found["items"][-1]["seller"] is not None)
        assert done["items"][-1]["seller"]["outcome"] == "delivered"
    assert done["standing"] == WALKS[walk][-1][0]
    assert done["possible"] == []
    reports = [report.key for report in street.network.desk.reports()]
    assert len(reports) == len(set(reports))
    ways = await _keys(street, issued)
    assert set(reports) >= ways


def _says(outcome: str) -> Callable[[Any], bool]:
    return lambda shown: bool(shown["facts"]["buyer"]["outcome"] == outcome)


def _words(why: list[dict[str, str]]) -> str:
    words = {"QTY": "Quantity: Eight came.", "CNP": "Credit a part of it"}
    return "; ".join(words[one["code"]] for one in why)


async def _keys(street: Street, issued: str) -> set[str]:
    async with street.house.database.company(street.seller.id) as db:
        query = text("select id::text from transmissions where document_id = :id")
        return set((await db.execute(query, {"id": issued})).scalars())


async def test_the_authority_hears_of_documents_and_of_no_answer(street: Street) -> None:
    _, received = await street.delivered()
    answers = f"/v1/inbox/{received}/responses"
    await street.ask(street.buyers_erp, "POST", answers, {"code": "AB"}, status=201)
    await street.until(street.buyers_erp, answers, lambda found: found["items"][-1]["seller"] is not None)
    async with street.house.database.company(street.buyer.id) as db:
        query = text("select id::text from transmissions where response_id is not null")
        keys = set((await db.execute(query)).scalars())
    assert keys
    assert keys.isdisjoint(report.key for report in street.network.desk.reports())


async def test_a_wrong_answer_is_refused_with_what_to_do(street: Street) -> None:
    _, received = await street.delivered()
    answers = f"/v1/inbox/{received}/responses"
    for body, status, code in (
        ({"code": "PD"}, 409, "response-order"),
        ({"code": "RE"}, 422, "invalid-response"),
        ({"code": "RE", "clarifications": [{"code": "XXX"}]}, 422, "invalid-response"),
        ({"code": "XX"}, 422, "invalid"),
        ({"code": "AB", "remark": "x"}, 422, "invalid"),
        ({"code": "AB", "clarifications": [{"code": "QTY"}] * 21}, 422, "invalid"),
        ({"code": "AB", "note": ""}, 422, "invalid"),
    ):
        refused = await street.call(street.buyers_erp, "POST", answers, body)
        assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    refused = await street.call(street.clerk, "POST", answers, {"code": "AP"})
    assert (refused.status_code, refused.json()["code"]) == (403, "step-up-required")
    assert (await street.ask(street.buyers_erp, "GET", answers))["items"] == []
