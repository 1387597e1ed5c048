"""What waits at a provider ends with us exactly once, and is acknowledged, whatever breaks in between."""

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import Any

import msgspec
import pytest

import ubl
from gateway.arrivals import dispatch, fetching
from gateway.arrivals.fetching import TRIES, Outage, Round, fetch
from gateway.arrivals.line import Line
from gateway.db import Database
from gateway.problems import kind_of
from gateway.storage import StorageUnavailable
from gateway.wiring import Wiring
from peppol.errors import Precondition, Temporary
from peppol.message import Delivery
from tests.gateway.arrivals.dying import Killed, Mortal, Steps, mortal
from tests.gateway.arrivals.looking import documents, fresh, in_hand, listed, numbers, receptions, round_of
from tests.gateway.arrivals.sources import Source
from tests.gateway.inbound.envelopes import NOW, enveloped, invoice
from tests.gateway.outbound.conftest import Company, open_company


async def test_all_that_waits_is_kept_and_acknowledged(
    buyer: Company, source: Source, line: Line, module_admin: Database
) -> None:
    given = [fresh() for _ in range(25)]  # more than a page
    for _, xml in given:
        await source.put(xml)
    assert await round_of(buyer, line) == Round(more=False, failed=0)
    while await source.waiting():  # a page that moved up is seen in the next round
        await round_of(buyer, line)
    assert [await documents(buyer, number) for number, _ in given] == [1] * len(given)
    assert await in_hand(module_admin) == 0
    assert await round_of(buyer, line) == Round(more=False, failed=0)


async def test_killed_before_and_after_every_commit_and_call_it_ends_with_one(
    buyer: Company, source: Source, line: Line, module_admin: Database
) -> None:
    for fatal in itertools.count(1):
        number, xml = fresh()
        await source.put(xml)
        steps = Steps(fatal)
        dying: Any = Mortal(line.provider, steps, "fetch_inbound", "ack")
        dying_line = msgspec.structs.replace(line, provider=dying)
        with suppress(Killed):
            await fetch(mortal(buyer.wiring, steps), dying_line, kind_of, now=NOW)
        await round_of(buyer, line)
        assert await documents(buyer, number) == 1, f"killed at step {fatal}"
        assert await receptions(buyer, number) == 1, f"killed at step {fatal}"
        assert await source.waiting() == 0, f"killed at step {fatal}"
        assert await in_hand(module_admin) == 0, f"killed at step {fatal}"
        if not steps.reached:
            break
    assert fatal > 16


async def test_killed_at_every_step_of_a_push_the_repetition_is_the_same_document(buyer: Company) -> None:
    line = Line(account_id=None, company_id=None, provider=buyer.wiring.provider or _Named())
    for fatal in itertools.count(1):
        number, xml = fresh()
        delivery, steps = Delivery(enveloped(xml), "push"), Steps(fatal)
        with suppress(Killed):
            await dispatch.take(mortal(buyer.wiring, steps), line, delivery, now=NOW)
        await dispatch.take(buyer.wiring, line, delivery, now=NOW)
        assert await documents(buyer, number) == 1, f"killed at step {fatal}"
        assert await receptions(buyer, number) == 1, f"killed at step {fatal}"
        if not steps.reached:
            break
    assert fatal > 6


async def test_what_cant_be_kept_holds_up_nobody_and_ends_with_a_person(
    buyer: Company, source: Source, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw, in the work on one of three documents."""
    given = [fresh() for _ in range(3)]
    references = [await source.put(xml) for _, xml in given]
    poison = given[1][0]
    real = dispatch.take

    async def broken(wiring: Wiring, line: Line, delivery: Delivery, **further: Any) -> Any:
        if f">{poison}<".encode() in delivery.envelope:
            raise ZeroDivisionError("nobody foresaw it")
        return await real(wiring, line, delivery, **further)

    monkeypatch.setattr(dispatch, "take", broken)
    rounds = [await round_of(buyer, line) for _ in range(TRIES + 2)]
    assert [one.failed for one in rounds] == [1] * TRIES + [0, 0]
    assert [await documents(buyer, number) for number, _ in given] == [1, 0, 1]
    assert await source.waiting() == 0
    (aside,) = [kept for kept in await listed(buyer) if kept.reference == references[1]]
    assert "an operator must look" in aside.reason
    assert f">{poison}<".encode() in await buyer.wiring.storage.get(aside.sha256)


async def test_one_that_kills_its_worker_each_time_is_set_aside(
    buyer: Company, source: Source, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    (poison, xml), (number, other) = fresh(), fresh()
    await source.put(xml)
    await source.put(other)
    real = dispatch.take

    async def deadly(wiring: Wiring, line: Line, delivery: Delivery, **further: Any) -> Any:
        if f">{poison}<".encode() in delivery.envelope:
            raise Killed
        return await real(wiring, line, delivery, **further)

    monkeypatch.setattr(dispatch, "take", deadly)
    for _ in range(TRIES):
        with pytest.raises(Killed):
            await round_of(buyer, line)
    await round_of(buyer, line)
    assert await source.waiting() == 0
    assert (await documents(buyer, poison), await documents(buyer, number)) == (0, 1)


async def test_while_nothing_can_be_kept_nothing_is_acknowledged_or_held_against_anybody(
    buyer: Company, source: Source, line: Line
) -> None:
    class Full(Mortal):
        async def put(self, _: bytes) -> str:
            raise StorageUnavailable("no space left")

    number, xml = fresh()
    await source.put(xml)
    storage: Any = Full(buyer.wiring.storage, Steps(0))
    for _ in range(TRIES + 2):
        with pytest.raises(Outage, match="no space"):
            await fetch(msgspec.structs.replace(buyer.wiring, storage=storage), line, kind_of, now=NOW)
    assert await source.waiting() == 1
    await round_of(buyer, line)
    assert (await documents(buyer, number), await source.waiting()) == (1, 0)


async def test_an_acknowledgement_that_fails_stays_owed(
    buyer: Company, source: Source, line: Line, module_admin: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told again in the next round, without the document being worked on again."""

    class Deaf(Mortal):
        async def ack(self, _: str) -> None:
            raise Temporary("busy")

    given = [fresh(), fresh()]
    for _, xml in given:
        await source.put(xml)
    deaf: Any = Deaf(line.provider, Steps(0))
    steps, real = Steps(0), dispatch.take
    monkeypatch.setattr(dispatch, "take", Mortal(dispatch, steps, "take").take)
    for _ in range(3):
        done = await fetch(buyer.wiring, msgspec.structs.replace(line, provider=deaf), kind_of, now=NOW)
        assert not done.failed
    monkeypatch.setattr(dispatch, "take", real)
    shown = 1 if source.name == "storecove" else 2  # a queue shows its head only
    assert (await source.waiting(), await in_hand(module_admin)) == (2, shown)
    assert steps.taken == 2 * shown  # before and after each
    await round_of(buyer, line)
    assert await source.waiting() == 0
    assert [await documents(buyer, number) for number, _ in given] == [1, 1]
    assert await in_hand(module_admin) == 0


async def test_a_provider_that_never_takes_an_acknowledgement_is_offered_it_for_a_while(
    buyer: Company, source: Source, line: Line, module_admin: Database
) -> None:
    class Stubborn(Mortal):
        async def ack(self, _: str) -> None:
            raise Precondition("no such delivery")

    number, xml = fresh()
    await source.put(xml)
    stubborn: Any = Stubborn(line.provider, Steps(0))
    for _ in range(fetching.REFUSALS + 2):
        await fetch(buyer.wiring, msgspec.structs.replace(line, provider=stubborn), kind_of, now=NOW)
    await round_of(buyer, line)
    assert await documents(buyer, number) == 1
    assert await source.waiting() == 0
    assert await in_hand(module_admin) == 0


async def test_a_document_for_somebody_else_is_never_theirs(
    buyer: Company, source: Source, line: Line, module_database: Database, module_admin: Database
) -> None:
    """An account brings documents to its own company only; a stranger's is set aside where it came."""
    other_tin = f"15{next(numbers):08d}"
    other = await open_company(module_database, module_admin, buyer.wiring, tin=other_tin, trn=f"{other_tin}00003")
    number = f"O-{next(numbers)}"
    reference = await source.put(ubl.write(invoice(number, buyer_tin=other_tin)))
    await round_of(buyer, line)
    if source.name in {"sandbox", "peppyrus"}:  # these say for themselves whom it is for, and said us
        assert await documents(buyer, number) == 1
    else:
        assert await documents(buyer, number) == 0
        (aside,) = [kept for kept in await listed(buyer) if kept.reference == reference]
        assert "doesn't receive documents through this gateway" in aside.reason
    assert await documents(other, number) == 0
    assert await listed(other) == ()
    assert await source.waiting() == 0


class _Named:
    name = "test"
