"""Which account takes a document: the next one where the first surely didn't, and never another while nobody knows."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from gateway import outbox
from gateway.arrivals import news
from gateway.arrivals.line import open_line
from gateway.jobqueue import Later, Permanent, Temporary
from gateway.outbound.transmission import DOCUMENTS
from gateway.outbox import Outcome, Underway, intents, sending
from gateway.outbox.delivery import deliver
from gateway.outbox.intents import GIVE_UP_AFTER, IN_THE_AIR, Want
from gateway.outbox.sending import Round
from gateway.providers.circuits import FAILURES
from gateway.sandbox.faults import Fault
from peppol import errors
from peppol.message import StatusEvent
from peppol.statuses import Outcome as Told
from tests.gateway.house import ok
from tests.gateway.outbox.conftest import Sender

SURELY_NOT = [
    (Fault.BUSY, Outcome.TEMPORARY),
    (Fault.RATE_LIMITED, Outcome.TEMPORARY),
    (Fault.UNAUTHORISED, Outcome.PRECONDITION),
    (Fault.QUOTA, Outcome.PRECONDITION),
]


@pytest.mark.parametrize(("fault", "outcome"), SURELY_NOT)
async def test_where_one_account_surely_didnt_take_it_the_next_does_at_once(
    sender: Sender, fault: Fault, outcome: Outcome
) -> None:
    document_id = await sender.ordered()
    sender.networks[0].desk.order(fault, seconds=1)
    await sender.send(document_id)
    one, two = await sender.attempts(document_id)
    assert (one.outcome, one.account_id, two.outcome, two.account_id) == (
        outcome, sender.accounts[0], Outcome.ACCEPTED, sender.accounts[1],
    )  # fmt: skip
    assert one.answer_sha256
    assert (await sender.wiring.storage.get(one.answer_sha256)).startswith(b"HTTP ")
    (fact,) = await sender.entries(document_id)
    assert [(tried["outcome"], tried["answer_sha256"]) for tried in fact["tried"]] == [
        (one.outcome, one.answer_sha256), (two.outcome, two.answer_sha256),
    ]  # fmt: skip
    assert fact["account_id"] == str(sender.accounts[1])
    assert [found is not None for found in await sender.found(document_id)] == [False, True]


UNKNOWN = [
    Fault.BROKEN,
    Fault.BAD_GATEWAY,
    Fault.GARBAGE,
    Fault.ERROR_INSIDE,
    Fault.RESET,
    Fault.RESET_AFTER_TAKING,
    Fault.GARBAGE_AFTER_TAKING,
]


@pytest.mark.parametrize("fault", UNKNOWN)
async def test_while_nobody_knows_it_stays_with_its_account(sender: Sender, fault: Fault) -> None:
    document_id = await sender.ordered()
    sender.networks[0].desk.order(fault)
    with pytest.raises(Temporary):
        await sender.send(document_id)
    sender.networks[0].desk.order(Fault.TRACK_BUSY)
    with pytest.raises(Temporary):
        await sender.send(document_id, later=timedelta(minutes=1))
    await sender.send(document_id, later=timedelta(minutes=2))
    assert await sender.state(document_id) == "SENT"
    assert {attempt.account_id for attempt in await sender.attempts(document_id)} == {sender.accounts[0]}
    assert [found is not None for found in await sender.found(document_id)] == [True, False]


async def test_a_verdict_on_the_document_is_every_accounts(sender: Sender) -> None:
    document_id = await sender.ordered()
    sender.networks[0].desk.order(Fault.REFUSED)
    with pytest.raises(Permanent):
        await sender.send(document_id)
    assert await sender.state(document_id) == "FAILED"
    assert len(await sender.attempts(document_id)) == 1


@pytest.mark.parametrize(
    ("faults", "state"),
    [((Fault.UNAUTHORISED, Fault.QUOTA), "FAILED"), ((Fault.UNAUTHORISED, Fault.BUSY), "SENDING")],
)
async def test_where_no_account_takes_it_the_reasons_decide_together(
    sender: Sender, faults: tuple[Fault, Fault], state: str
) -> None:
    """One that may take it later keeps the order alive; where all want something mended, a person is told at once."""
    document_id = await sender.ordered()
    for network, fault in zip(sender.networks, faults, strict=True):
        network.desk.order(fault)
    with pytest.raises(Permanent if state == "FAILED" else Temporary, match=r"token.*;"):
        await sender.send(document_id)
    assert await sender.state(document_id) == state
    if state == "FAILED":
        await sender.order(document_id)
    await sender.send(document_id, later=timedelta(minutes=5))
    assert await sender.state(document_id) == "SENT"


async def begun(sender: Sender, document_id: UUID) -> Underway:
    """The intent is committed, and its worker stands still."""
    async with sender.house.database.company(sender.company_id) as db:
        wants = [Want(document_id)]
        (one,) = await intents.begin(sender.wiring, DOCUMENTS, db, sender.company_id, wants, now=sender.house.now)
    assert isinstance(one, Underway)
    return one


async def test_an_attempt_in_the_air_keeps_others_from_changing_the_account(sender: Sender) -> None:
    """A slow worker's call may still arrive: a later attempt that surely failed says nothing of it."""
    document_id = await sender.ordered()
    await begun(sender, document_id)  # and this worker is never heard of again
    following = await begun(sender, document_id)
    round_ = Round(sender.wiring, DOCUMENTS, sender.company_id, sender.house.now)
    with pytest.raises(Temporary, match="outcome is open"):
        await round_.failed(following, errors.Temporary("busy"))
    sender.networks[0].desk.order(Fault.BUSY)
    await sender.send(document_id, later=IN_THE_AIR)
    assert [attempt.account_id for attempt in await sender.attempts(document_id)] == [
        *[sender.accounts[0]] * 3, sender.accounts[1],
    ]  # fmt: skip


async def test_a_worker_that_stood_still_behind_its_intent_calls_nobody(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its machine was paused; meanwhile another worker may have given the document to another account."""
    document_id = await sender.ordered()
    begin, paused = sending._begin, [0.0]

    async def and_stands_still(*given: Any) -> Any:
        begun = await begin(*given)
        paused[0] = IN_THE_AIR.total_seconds()
        return begun

    with monkeypatch.context() as still:
        still.setattr(sending, "_begin", and_stands_still)
        still.setattr(sending, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + paused[0]))
        with pytest.raises(Temporary, match="stood still"):
            await sender.send(document_id)
    assert await sender.found(document_id) == [None, None]
    await sender.send(document_id, later=IN_THE_AIR)
    assert await sender.state(document_id) == "SENT"


async def test_a_yes_after_the_failure_is_remembered_and_never_sent_by_another_account(sender: Sender) -> None:
    """A worker stood still for longer than any call takes, was given up, and goes on."""
    document_id = await sender.ordered()
    still = await begun(sender, document_id)
    for network, fault in zip(sender.networks, (Fault.UNAUTHORISED, Fault.QUOTA), strict=True):
        network.desk.order(fault)
    with pytest.raises(Permanent):
        await sender.send(document_id, later=IN_THE_AIR)
    assert await sender.state(document_id) == "FAILED"
    submission = await deliver(sender.wiring, still)
    await Round(sender.wiring, DOCUMENTS, sender.company_id, sender.house.now).accepted(still, submission)
    assert (await sender.attempts(document_id))[0].outcome is Outcome.ACCEPTED
    await sender.order(document_id)
    sender.networks[0].desk.order(Fault.BUSY)
    await sender.send(document_id, later=IN_THE_AIR + timedelta(minutes=5))
    assert await sender.state(document_id) == "SENT"
    assert [found is not None for found in await sender.found(document_id)] == [True, False]


async def test_a_yes_after_another_account_began_stands_with_the_account_that_gave_it(sender: Sender) -> None:
    document_id = await sender.ordered()
    still = await begun(sender, document_id)
    for network in sender.networks:
        network.desk.order(Fault.BUSY, seconds=1)
    with pytest.raises(Temporary):
        await sender.send(document_id, later=IN_THE_AIR)
    submission = await deliver(sender.wiring, still)
    await Round(sender.wiring, DOCUMENTS, sender.company_id, sender.house.now).accepted(still, submission)
    async with sender.house.database.company(sender.company_id) as db:
        assert await outbox.line_of(db, sender.company_id, still.transmission_id) == (
            sender.accounts[0], submission.reference,
        )  # fmt: skip
    (fact,) = await sender.entries(document_id)
    assert fact["account_id"] == str(sender.accounts[0])


@pytest.mark.parametrize("given_up", [False, True])
async def test_an_account_that_was_left_and_tells_of_the_document_is_heard(sender: Sender, given_up: bool) -> None:
    """It took it all the same: the truth becomes known, and the account that came after it gets nothing."""
    document_id = await sender.ordered()
    still = await begun(sender, document_id)
    for network in sender.networks:
        network.desk.order(Fault.QUOTA if given_up else Fault.BUSY, seconds=1)
    with pytest.raises(Permanent if given_up else Temporary):
        await sender.send(document_id, later=IN_THE_AIR)
    await deliver(sender.wiring, still)  # and its answer is lost
    line = await open_line(sender.wiring, sender.accounts[0])
    key, now = str(still.transmission_id), sender.house.now
    couldnt = StatusEvent("not-there", key, Told.UNDELIVERABLE, now)
    await news.take(sender.wiring, line, (couldnt,), now=now)
    shown = ok(await sender.firm.clerk.get(f"/v1/invoices/{document_id}"))
    assert "undeliverable" not in str(shown)
    await news.take(sender.wiring, line, (StatusEvent("there", key, Told.DELIVERED, now),), now=now)
    assert "delivered" in str(ok(await sender.firm.clerk.get(f"/v1/invoices/{document_id}")))
    if given_up:
        assert (await sender.firm.head.post(f"/v1/invoices/{document_id}/send")).json()["code"] == "arrived"
    else:
        await sender.send(document_id, later=IN_THE_AIR + timedelta(minutes=5))
        (fact,) = await sender.entries(document_id)
        assert fact["account_id"] == str(sender.accounts[0])
    assert [found is not None for found in await sender.found(document_id)] == [True, False]


async def test_an_account_that_was_left_says_nothing_against_the_yes_of_another(sender: Sender) -> None:
    document_id = await sender.ordered()
    sender.networks[0].desk.order(Fault.BUSY, seconds=1)
    await sender.send(document_id)
    async with sender.house.database.company(sender.company_id) as db:
        key = await db.scalar(text("select id from transmissions where document_id = :id"), {"id": document_id})
        before = await outbox.line_of(db, sender.company_id, key)
    line, now = await open_line(sender.wiring, sender.accounts[0]), sender.house.now
    for outcome in (Told.UNDELIVERABLE, Told.DELIVERED):
        await news.take(sender.wiring, line, (StatusEvent(outcome, str(key), outcome, now),), now=now)
    async with sender.house.database.company(sender.company_id) as db:
        assert await outbox.line_of(db, sender.company_id, key) == before
        assert (
            await db.scalar(text("select c3 from issued_documents where id = :id"), {"id": document_id}) == "delivered"
        )


async def test_an_account_that_is_switched_off_meanwhile_is_asked_and_not_sent_to(sender: Sender) -> None:
    document_id = await sender.ordered()
    sender.networks[0].desk.order(Fault.RESET)
    with pytest.raises(Temporary):
        await sender.send(document_id)
    admin = await sender.firm.company.admin()
    path = f"/v1/providers/{sender.accounts[0]}"
    ok(await admin.patch(path, {"enabled": False}))
    try:
        await sender.send(document_id, later=timedelta(minutes=1))
    finally:
        ok(await admin.patch(path, {"enabled": True}))
    assert [found is not None for found in await sender.found(document_id)] == [False, True]


async def test_an_open_circuit_makes_no_call_and_counts_no_attempt(sender: Sender) -> None:
    documents = [await sender.ordered() for _ in range(FAILURES + 1)]
    for network in sender.networks:
        network.desk.order(Fault.BUSY, times=2 * FAILURES)
    for document_id in documents[:FAILURES]:
        with pytest.raises(Temporary):
            await sender.send(document_id)
    with pytest.raises(Later) as later:
        await sender.send(documents[-1])
    assert await sender.attempts(documents[-1]) == ()
    assert await sender.state(documents[-1]) == "SENDING"
    for network in sender.networks:
        network.desk.cancel()
    outcomes = await asyncio.gather(
        *(sender.send(document_id, later=later.value.after * 2) for document_id in documents[:3]),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes].count(type(None)) >= 1, "one call tries it"
    for document_id in documents:
        if await sender.state(document_id) != "SENT":
            await sender.send(document_id, later=later.value.after * 3)
    assert {await sender.state(document_id) for document_id in documents} == {"SENT"}


async def test_after_a_day_one_last_attempt_is_made_whatever_the_circuit_says(sender: Sender) -> None:
    document_id, other = await sender.ordered(), await sender.ordered()
    for network in sender.networks:
        network.desk.order(Fault.BUSY, times=50)
    for minutes in range(FAILURES):
        with pytest.raises(Temporary):
            await sender.send(other, later=GIVE_UP_AFTER - timedelta(minutes=10 - minutes))
    with pytest.raises(Permanent):
        await sender.send(document_id, later=GIVE_UP_AFTER)
    assert await sender.state(document_id) == "FAILED"
    assert {attempt.outcome for attempt in await sender.attempts(document_id)} == {Outcome.TEMPORARY}
