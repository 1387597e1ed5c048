"""Where the document can't be checked, or its sending couldn't be proved, nothing is sent; mended, it can be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from gateway import jobqueue
from gateway.jobqueue import Permanent
from gateway.outbound import routing
from gateway.outbound.flow import SEND
from gateway.providers.circuits import Circuits
from gateway.sandbox.faults import Fault
from ledger import store
from ledger.errors import KeyMissing
from peppol.providers.sandbox import SandboxProvider
from schemas import SchemasNotInstalled
from tests.gateway.house import House, ok
from tests.gateway.outbox.conftest import Sender, a_sender
from tests.gateway.sandbox.process import SandboxProcess, account


@pytest.fixture(scope="module")
async def sender(house: House, networks: tuple[SandboxProcess, SandboxProcess]) -> AsyncIterator[Sender]:
    """By the installation's provider, the first network."""
    sender = await a_sender(house, networks)
    provider = SandboxProvider(account(networks[0].url))
    sender.wiring = msgspec.structs.replace(sender.wiring, provider=provider, circuits=Circuits())
    yield sender
    await provider.close()


async def dead(sender: Sender, document_id: UUID) -> list[jobqueue.DeadLetter]:
    async with sender.house.database.company(sender.company_id) as db:
        return [letter for letter in await jobqueue.dead_letters(db) if str(document_id).encode() in letter.payload]


async def give_up(sender: Sender, document_id: UUID) -> None:
    """As the loop does with a job of this document that raised `Permanent`."""
    async with sender.house.database.platform() as db:
        jobs = await jobqueue.claim(db, {SEND: 99}, most=99, lease=timedelta(minutes=1))
        for job in jobs:
            if str(document_id).encode() in job.payload:
                await jobqueue.fail(db, job, "given up", retry_in=None)
            else:
                await jobqueue.release(db, job, retry_in=timedelta(0))


async def test_without_the_schemas_nothing_leaves_and_the_reason_is_said(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = await sender.ordered()

    def absent(*_: object) -> bool:
        raise SchemasNotInstalled("Invoice-2")

    with monkeypatch.context() as without:
        without.setattr(routing.validation, "holds", absent)
        with pytest.raises(Permanent, match="python -m schemas install"):
            await sender.send(document_id)
    assert await sender.state(document_id) == "FAILED"
    assert await sender.found(document_id) == [None, None]
    await sender.order(document_id)
    await sender.send(document_id)
    assert await sender.state(document_id) == "SENT"


async def test_what_couldnt_be_proved_isnt_sent(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger can't sign: no call is made, nothing is written, and the job comes back."""
    document_id = await sender.ordered()

    async def lost(*_: object) -> None:
        raise KeyMissing("the ledger's key isn't there")

    with monkeypatch.context() as without:
        without.setattr(store, "ledger_signers", lost)
        with pytest.raises(KeyMissing):
            await sender.send(document_id)
    assert await sender.attempts(document_id) == ()
    await sender.send(document_id)
    assert await sender.state(document_id) == "SENT"


async def test_bytes_that_arent_the_sealed_ones_never_leave(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    document_id = await sender.ordered()
    whole = store.firsts

    async def other(*given: object, **named: object) -> object:
        found = await whole(*given, **named)  # type: ignore[arg-type]
        return {
            name: msgspec.structs.replace(record, attached=(record.attached or b"") + b"\n")
            for name, record in found.items()
        }

    with monkeypatch.context() as changed:
        changed.setattr(store, "firsts", other)
        with pytest.raises(Permanent, match="aren't those that were sealed"):
            await sender.send(document_id)
    assert await sender.found(document_id) == [None, None]


async def test_a_dead_letter_is_sent_again_by_the_api_and_by_a_replay(sender: Sender) -> None:
    desk = sender.networks[0].desk
    by_api, by_replay = await sender.ordered(), await sender.ordered()
    for document_id in (by_api, by_replay):
        desk.order(Fault.QUOTA)
        with pytest.raises(Permanent):
            await sender.send(document_id)
        await give_up(sender, document_id)
        assert [letter.reason for letter in await dead(sender, document_id)] == ["given up"]
    await sender.order(by_api)
    (letter,) = await dead(sender, by_replay)
    async with sender.house.database.company(sender.company_id) as db:
        assert await jobqueue.replay(db, letter.id)

    async def sent() -> bool:
        return {await sender.state(one) for one in (by_api, by_replay)} == {"SENT"}

    await sender.work(sender.worker(), until=sent)


async def test_an_outcome_that_nobody_knows_is_asked_for_again_by_the_api(sender: Sender) -> None:
    """The order was given up with nobody knowing; ordered once more it is found there, and not sent again."""
    desk, document_id = sender.networks[0].desk, await sender.ordered()
    desk.order(Fault.RESET_AFTER_TAKING)
    with pytest.raises(jobqueue.Temporary):
        await sender.send(document_id)
    desk.order(Fault.TRACK_BUSY)
    with pytest.raises(Permanent):
        await sender.send(document_id, later=timedelta(hours=24))
    (doubt,) = await sender.entries(document_id)
    assert (doubt["problem"], len(doubt["tried"])) == ("unknown", 2)
    await sender.fresh()
    path = f"/v1/invoices/{document_id}/send"
    assert (await sender.firm.head.post(path)).status_code == 409, "its job still waits"
    await give_up(sender, document_id)
    ok(await sender.firm.head.post(path), 202)
    assert await dead(sender, document_id) == []

    async def sent() -> bool:
        return await sender.state(document_id) == "SENT"

    await sender.work(sender.worker(), until=sent)
    assert [fact.get("reference") is not None for fact in await sender.entries(document_id)] == [False, True]
