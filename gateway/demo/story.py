"""The story, step by step: from an ERP's POST to the buyer's ledger, with everything that must be refused on the way.

The ERP and the people speak HTTP with the gateway's process; only what an operator does once (companies, invitations,
the network's register) is done beside it. A step that goes another way than it must raises `StoryBroken`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import signal
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec

from gateway import operations
from gateway.access.permissions import KEY_SCOPES, Role
from gateway.audit import flow as audit
from gateway.demo import cast, processes
from gateway.demo.cast import Company
from gateway.demo.client import Client, Person
from gateway.demo.processes import Running
from gateway.demo.telling import StoryBroken, Teller
from gateway.outbound.states import Public
from gateway.settings import Settings, SettingsError, with_development_secrets
from gateway.wiring import Wiring, open_wiring
from ledger.copy import CopyWriter, read_lines, read_opening
from ledger.entry import Kind
from ledger.record import Record

_PATIENCE = 120.0
"""Seconds for a document to travel, or a verification to end, on a slow and busy machine."""
_INVOICES = ("tax-invoice.json", "zero-rated.json", "reverse-charge.json", "export-usd.json")
_CREDIT_NOTE = "credit-note.json"
_ROLES = ("administrator of A", "finance user of A, approves", "administrator of B")


class Stage(msgspec.Struct, kw_only=True):
    """Everything the steps share."""

    tell: Teller
    wiring: Wiring
    folder: Path
    http: httpx.AsyncClient
    run_id: str
    seller: Company
    buyer: Company
    people: list[Person] = []
    erp: Client
    """The seller's ERP, with an API key."""
    buyers_erp: Client
    administrator: Person
    """Of the seller; made the ERP's key."""
    approver: Person
    """A finance user of the seller."""
    documents: dict[str, dict[str, Any]] = {}
    """By the example's file name, as last shown."""


def run(settings: Settings, *, once: bool) -> int:
    """Tell the story; afterwards keep serving unless `once`. Returns the exit code: 0, or 1 where a step went wrong."""
    if settings.provider != "sandbox":
        raise SettingsError(["INVOLINKS_PROVIDER must be sandbox for the demo: it sends to companies made up here."])
    tell = Teller()
    try:
        asyncio.run(_run(with_development_secrets(processes.settled(settings)), tell, once=once))
    except (StoryBroken, httpx.HTTPError) as error:
        tell.failure(str(error) or type(error).__name__)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        tell.failure("it was interrupted.")
        return 1
    return 0


async def _run(settings: Settings, tell: Teller, *, once: bool) -> None:
    folder = settings.home / "demo"
    began = time.monotonic()
    telling = asyncio.current_task()
    if telling is not None:
        # Told to end in the middle, it ends its processes first.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, telling.cancel)
    tell.title("InvoLinks: one invoice, from an ERP's POST to the buyer's ledger")
    if not settings.embedded:
        await operations.migrate(settings)
    async with contextlib.AsyncExitStack() as stack:
        children = stack.enter_context(processes.running(settings, folder))
        for word in ("sandbox", "serve", "worker"):
            children.start(word)
        wiring = await stack.enter_async_context(open_wiring(settings))
        # They end before the database does: whoever leaves last stops it.
        stack.push_async_callback(asyncio.to_thread, children.stop)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=settings.public_url, trust_env=False, timeout=60)
        )
        tell.step("Start an installation")
        await _start(tell, wiring, children)
        stage = await _people(tell, wiring, http, folder)
        for step in STEPS:
            await step(stage)
        tell.title(f"Everything went as it must, in {time.monotonic() - began:.0f} seconds.")
        if not once:
            _where_to_look(stage)
            await _serve(children)


async def _start(tell: Teller, wiring: Wiring, children: Running) -> None:
    settings = wiring.settings
    tell.fact(f"PostgreSQL: {'its own server' if settings.embedded else 'the given server'}, migrated")
    await children.ready(f"{settings.provider_url}/health")
    tell.fact(f"a network of its own at {settings.provider_url}: access points for both sides, and the tax authority's")
    await children.ready(f"{settings.public_url}/ready")
    tell.fact(f"the gateway at {settings.public_url}, and a worker")


async def _people(tell: Teller, wiring: Wiring, http: httpx.AsyncClient, folder: Path) -> Stage:
    tell.step("Two companies: A sells, B buys")
    invoice = cast.example(_INVOICES[0])
    if invoice.seller is None or invoice.buyer is None:
        raise StoryBroken(f"examples/{_INVOICES[0]} names no seller or no buyer.")
    platform = await cast.platform(wiring)
    seller = await cast.company(wiring, invoice.seller, domain="seller.example", by=platform)
    buyer = await cast.company(wiring, invoice.buyer, domain="buyer.example", by=platform)
    await cast.connect(wiring, seller, buyer)
    run_id = secrets.token_hex(3)

    async def person(company: Company, what: str, role: Role) -> Person:
        email = f"{what}.{run_id}@{company.domain}"
        made = Person(http, f"{what} of {company.name}", email)
        await made.join(await cast.invite(wiring, company.id, email, role, by=platform))
        return made

    administrator, approver, buyers = await asyncio.gather(
        person(seller, "administrator", Role.COMPANY_ADMIN),
        person(seller, "finance", Role.FINANCE_USER),
        person(buyer, "administrator", Role.COMPANY_ADMIN),
    )
    erp = await _key(administrator, f"ERP of {seller.name}")
    buyers_erp = await _key(buyers, f"ERP of {buyer.name}")
    for company in (seller, buyer):
        tell.fact(f"{company.name}, TIN {company.tin}: registered, approved, ledger open, signing key made")
    tell.fact("people with a password and a second factor:")
    tell.table((each.email, role) for each, role in zip((administrator, approver, buyers), _ROLES, strict=True))
    tell.fact("each ERP has an API key, made by its administrator with a fresh code")
    return Stage(
        tell=tell, wiring=wiring, folder=folder, http=http, run_id=run_id, seller=seller, buyer=buyer,
        people=[administrator, approver, buyers], erp=erp, buyers_erp=buyers_erp, administrator=administrator,
        approver=approver,
    )  # fmt: skip


async def _key(person: Person, name: str) -> Client:
    await person.confirm("keys")
    wanted = {"name": name, "scopes": sorted(KEY_SCOPES), "expires_in_days": 30}
    made = await person.ask("POST", "/v1/api-keys", wanted, status=201)
    return Client(person.http, name, made["secret"])


async def post_examples(stage: Stage) -> None:
    """Four invoices become drafts; the rules accept each of them."""
    stage.tell.step("A's ERP posts invoices")
    for name in _INVOICES:
        drafted = await _draft(stage, name, _body(cast.EXAMPLES / name))
        stage.tell.fact(f"examples/{name}: draft over {_amount(drafted)}, lawful by {drafted['ruleset']}")


async def refuse_broken(stage: Stage) -> None:
    """Typical mistakes: each is told with rule, place and what to do, and none of them can be sealed."""
    stage.tell.step("Broken invoices are refused, with reasons")
    for path in sorted((cast.EXAMPLES / "broken").glob("*.json")):
        answer = await stage.erp.call("POST", "/v1/invoices?external_reference=true", _body(path))
        if answer.status_code == 201:
            drafted = answer.json()
            document = f"/v1/invoices/{drafted['id']}"
            if drafted["valid"]:
                raise StoryBroken(f"examples/broken/{path.name} was taken for lawful.")
            answer = await stage.erp.call("POST", f"{document}/finalize")
            await stage.erp.ask("DELETE", f"{document}?version={drafted['version']}", status=204)
        if answer.status_code != 422:
            raise StoryBroken(f"examples/broken/{path.name} answered {answer.status_code}: {answer.text}")
        stage.tell.refusal(f"examples/broken/{path.name}: 422")
        for finding in answer.json()["findings"]:
            if finding["severity"] == "fatal":
                stage.tell.detail(f"{finding['rule']} at {finding['pointer'] or '/'}: {finding['message']}")


async def finalize(stage: Stage) -> None:
    """Seal: number, XML, signature and ledger entry in one transaction; then the credit note that names a number."""
    stage.tell.step("A's ERP finalizes: numbered without a gap, signed, in the ledger, unchangeable")
    for name in _INVOICES:
        await _seal(stage, name)
    note = _body(cast.EXAMPLES / _CREDIT_NOTE)
    note["preceding"] = [{**note["preceding"][0], "number": stage.documents[_INVOICES[0]]["number"]}]
    await _draft(stage, _CREDIT_NOTE, note)
    await _seal(stage, _CREDIT_NOTE, f", a credit note over {_amount(stage.documents[_CREDIT_NOTE])}")
    document = stage.documents[_INVOICES[0]]
    patch = await stage.erp.call("PATCH", f"/v1/invoices/{document['id']}?version=2", {"buyer_reference": "other"})
    if patch.status_code != 409:
        raise StoryBroken(f"a sealed invoice could be changed: {patch.status_code} {patch.text}")
    stage.tell.refusal(f"changing {document['number']} afterwards: 409 {patch.json()['detail']}")


async def refuse_self_approval(stage: Stage) -> None:
    """The administrator made the ERP's key, so what the ERP made counts as made by the administrator."""
    stage.tell.step("Nobody approves what they made themselves, not even through their ERP's key")
    document = stage.documents[_INVOICES[0]]
    path = f"/v1/invoices/{document['id']}/approve"
    without = await stage.approver.call("POST", path)
    if without.status_code != 403 or without.json()["code"] != "step-up-required":
        raise StoryBroken(f"approving needs a fresh code, but answered {without.status_code}: {without.text}")
    stage.tell.refusal(f"{stage.approver.email} without a fresh code: 403 {without.json()['detail']}")
    await stage.administrator.confirm("approve")
    own = await stage.administrator.call("POST", path)
    if own.status_code != 403 or own.json()["code"] != "four-eyes":
        raise StoryBroken(f"self-approval must be refused, but answered {own.status_code}: {own.text}")
    stage.tell.refusal(f"{stage.administrator.email} with one: 403 {own.json()['detail']}")


async def approve(stage: Stage) -> None:
    """A second person, with a fresh code."""
    stage.tell.step("A second person approves, with a fresh code")
    await stage.approver.confirm("approve")
    for name, document in stage.documents.items():
        stage.documents[name] = await stage.approver.ask("POST", f"/v1/invoices/{document['id']}/approve")
        stage.tell.fact(f"{document['number']} approved by {stage.approver.email}")


async def send(stage: Stage) -> None:
    """Order the sending and wait for the network's word."""
    stage.tell.step("A's ERP sends; the worker hands each document to the network and keeps its word as evidence")
    for document in stage.documents.values():
        await stage.erp.ask("POST", f"/v1/invoices/{document['id']}/send", status=202)
    for name, document in stage.documents.items():
        export = name == "export-usd.json"

        async def told(path: str = f"/v1/invoices/{document['id']}", export: bool = export) -> dict[str, Any] | None:
            shown: dict[str, Any] = await stage.erp.ask("GET", path)
            if shown["state"] in {Public.FAILED, Public.REFUSED, Public.UNDELIVERABLE, Public.REPORT_REFUSED}:
                raise StoryBroken(f"{shown['number']} is {shown['state']}: {shown['facts']}")
            arrived = shown["facts"]["authority"] if export else shown["state"] == Public.DELIVERED
            return shown if arrived else None

        shown = stage.documents[name] = await _until(told, f"{document['number']} arrives")
        facts = shown["facts"]
        words = [facts[corner]["headline"] for corner in ("receiver", "authority") if facts[corner]]
        abroad = " (the buyer abroad is not on the network)" if export else ""
        stage.tell.fact(f"{shown['number']} {shown['state']}: {'; '.join(words)}{abroad}")


async def receive(stage: Stage) -> None:
    """B's inbox holds what A sealed, byte for byte; B acknowledges the invoice."""
    stage.tell.step("At B: the inbox holds the same bytes, checked and in B's own ledger")
    for name, document in stage.documents.items():
        if name == "export-usd.json":
            continue

        async def arrived(number: str = document["number"]) -> dict[str, Any] | None:
            page = await stage.buyers_erp.ask(
                "GET", f"/v1/inbox?number={number}&seller_endpoint=0235:{stage.seller.tin}"
            )
            return page["items"][0] if page["items"] else None

        item = await _until(arrived, f"{document['number']} is in B's inbox")
        ours = sha256(await stage.erp.read(f"/v1/invoices/{document['id']}/xml")).hexdigest()
        theirs = sha256(await stage.buyers_erp.read(f"/v1/inbox/{item['id']}/xml")).hexdigest()
        if ours != theirs:
            raise StoryBroken(f"{document['number']} arrived with other bytes: {theirs}, sealed were {ours}.")
        stage.tell.fact(f"{document['number']} received, byte for byte what A sealed (SHA-256 {theirs[:16]}...)")
        if name == _INVOICES[0]:
            await stage.buyers_erp.ask("POST", f"/v1/inbox/{item['id']}/acknowledge", {"note": "Handed to purchasing."})
            stage.tell.fact(f"{document['number']} acknowledged by B's ERP")


async def verify(stage: Stage) -> None:
    """Both ledgers, links, contents and signatures; each report becomes an entry of the ledger it is about."""
    stage.tell.step("Both ledgers are verified: links, contents, signatures")
    for client in (stage.erp, stage.buyers_erp):
        asked = await client.ask("POST", "/v1/ledger/verifications", {"level": "seals"}, status=202)

        async def done(client: Client = client, asked: dict[str, Any] = asked) -> dict[str, Any] | None:
            shown: dict[str, Any] = await client.ask("GET", f"/v1/ledger/verifications/{asked['id']}")
            return shown["report"] if shown["state"] == "done" else None

        report = await _until(done, f"the verification for {client.name}")
        if report["status"] != "ok" or not report["checked"]["seals"]:
            raise StoryBroken(f"the ledger behind {client.name} doesn't hold: {json.dumps(report)}")
        checked = report["checked"]
        stage.tell.fact(
            f"{client.name.removeprefix('ERP of ')}: {report['status'].upper()}, {checked['entries']} entries, "
            f"{checked['contents']} contents, {checked['seals']} signatures"
        )


async def tamper(stage: Stage) -> None:
    """A copy of A's ledger holds; the same copy with one amount changed doesn't, and the entry is named."""
    stage.tell.step("Somebody changes an amount in a copy of A's ledger: verification says where")
    honest, forged = stage.folder / "ledger-of-a.jsonl", stage.folder / "ledger-of-a-forged.jsonl"
    await audit.copy_company(stage.wiring.database, stage.seller.id, honest, keys=stage.wiring.keys)
    judged = await audit.verify_copy(honest)
    if judged.status != "ok":
        raise StoryBroken(f"an honest copy of the ledger doesn't hold: {judged}")
    stage.tell.fact(f"the honest copy holds: {honest}")
    document = stage.documents[_INVOICES[0]]
    seq = forge(honest, forged, number=document["number"], amount=document["payable"])
    report = await audit.verify_copy(forged)
    if report.status != "failed" or seq not in {failure.seq for failure in report.failures}:
        raise StoryBroken(f"a forged amount in entry {seq} went unnoticed: {report}")
    stage.tell.refusal(f"{document['number']} over {document['payable']} changed in the copy: {report.status.upper()}")
    for failure in report.failures[:3]:
        stage.tell.detail(f"entry {failure.seq}: {failure.reason}: {failure.detail}")


def forge(honest: Path, forged: Path, *, number: str, amount: str) -> int:
    """Copy a ledger's copy with another amount in the XML and the JSON of one invoice; returns the entry's seq."""
    opening = read_opening(honest)
    writer = CopyWriter(forged, opening.head, opening.keys)
    changed = -1
    other = amount[:-1] + ("1" if amount[-1] != "1" else "2")
    try:
        for line in read_lines(honest):
            if isinstance(line, Record) and line.kind == Kind.INVOICE and line.number == number:
                changed = line.seq
                content = {
                    name: part.replace(amount.encode(), other.encode()) if part else part
                    for name, part in (("canonical", line.canonical), ("attached", line.attached))
                }
                if content["attached"] == line.attached:
                    raise StoryBroken(f"the amount {amount} isn't in the sealed XML of {number}.")
                line = msgspec.structs.replace(line, **content)  # noqa: PLW2901 - the forger's whole point
            writer.add([line])
        writer.finish()
    finally:
        writer.discard()
    return changed


STEPS: tuple[Callable[[Stage], Awaitable[None]], ...] = (
    post_examples,
    refuse_broken,
    finalize,
    refuse_self_approval,
    approve,
    send,
    receive,
    verify,
    tamper,
)
"""The steps after the installation stands, in their order."""


def _body(path: Path) -> dict[str, Any]:
    """An example as this run posts it: without its number and unique id, which the gateway gives."""
    body: dict[str, Any] = json.loads(path.read_bytes())
    return {name: value for name, value in body.items() if name not in {"number", "uuid"}}


async def _draft(stage: Stage, name: str, body: dict[str, Any]) -> dict[str, Any]:
    key = f"{stage.run_id}-{name}"
    drafted = await stage.erp.ask("POST", "/v1/invoices", body, status=201, Idempotency_Key=key)
    if not drafted["valid"]:
        raise StoryBroken(f"examples/{name} must be lawful, but: {json.dumps(drafted['findings'])}")
    stage.documents[name] = drafted
    return dict(drafted)


def _amount(document: dict[str, Any]) -> str:
    return f"{document['payable']} {document['currency']}"


async def _seal(stage: Stage, name: str, what: str = "") -> None:
    drafted = stage.documents[name]
    sealed = stage.documents[name] = await stage.erp.ask("POST", f"/v1/invoices/{drafted['id']}/finalize")
    digest = sha256(await stage.erp.read(f"/v1/invoices/{sealed['id']}/xml")).hexdigest()
    stage.tell.fact(f"{sealed['number']}{what}: sealed, SHA-256 of the XML {digest[:16]}...")


async def _until(look: Callable[[], Awaitable[dict[str, Any] | None]], what: str) -> dict[str, Any]:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.1)
    raise StoryBroken(f"{what}: not within {_PATIENCE:.0f} seconds.")


def _where_to_look(stage: Stage) -> None:
    settings, tell = stage.wiring.settings, stage.tell
    tell.title("Where to look next")
    tell.table(
        [
            ("the pages", f"{settings.public_url}/"),
            ("the API and its examples", f"{settings.public_url}/docs"),
            ("the ledgers", f"INVOLINKS_HOME={settings.home} .venv/bin/python -m gateway verify"),
            ("what the processes write", str(stage.folder)),
        ]
    )
    tell.title("API keys, for requests with curl")
    tell.table((client.name, client.token) for client in (stage.erp, stage.buyers_erp))
    tell.line(f'curl -H "Authorization: Bearer {stage.erp.token}" {settings.public_url}/v1/invoices')
    tell.title("People to sign in as (their codes: any authenticator app with the secret, or oathtool)")
    tell.table((person.email, f"password {person.password}", f"secret {person.secret}") for person in stage.people)
    tell.title("Serving. Ctrl-C ends it; `make run` tells the story again over the same data.")


async def _serve(children: Running) -> None:
    """Until a signal, or until a process ends."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    while not ended.is_set():
        if (word := children.dead()) is not None:
            raise StoryBroken(f"`{word}` has ended; see {children.log(word)}.")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 1)
