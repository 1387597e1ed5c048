"""The hall: the same bytes once, whoever brings them; what isn't a bill is refused with words; nothing half-kept."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from gateway.bills import flow, hall
from gateway.bills.came import Came, Door
from gateway.bills.errors import FileRefused
from gateway.bills.states import State
from gateway.storage import StorageUnavailable
from ledger.entry import Kind
from tests.gateway.bills.conftest import House
from tests.gateway.bills.papers import page, pdf

PAPER = pdf([page("INV-1")])


async def test_the_same_bytes_are_one_bill_through_whatever_door(house: House) -> None:
    first = await house.send(PAPER)
    again = await house.send(PAPER, name="copy of bill.pdf", door=Door.MAIL)
    assert (again.duplicate, again.bill_id, again.state) == (True, first.bill_id, "RECEIVED")
    assert await house.count("bills") == await house.count("bill_files") == 1
    assert (await house.events(first.bill_id))[-1] == "bill.repeated"
    assert [kind for kind, _ in await house.entries(first.bill_id)] == [Kind.BILL]


async def test_what_was_discarded_is_known_when_it_comes_again(house: House) -> None:
    first = await house.send(PAPER)
    async with house.call() as call:
        await flow.discard(call, first.bill_id, "Not for us", version=1)
    again = await house.send(PAPER)
    assert (again.duplicate, again.bill_id, again.state) == (True, first.bill_id, State.DISCARDED)
    assert await house.work() == ["bills.read"]
    assert (await house.row(first.bill_id)).state == State.DISCARDED


async def test_what_was_discarded_by_mistake_is_read_again(house: House) -> None:
    taken = await house.send(PAPER)
    await house.work()
    version = (await house.row(taken.bill_id)).version
    async with house.call() as call:
        await flow.discard(call, taken.bill_id, "Not for us", version=version)
    async with house.call() as call:
        await flow.read_again(call.db, house.id, taken.bill_id, actor="user:x", now=call.now, keys=house.wiring.keys)
    await house.work()
    row = await house.row(taken.bill_id)
    assert (row.state, row.discarded_at, row.note) == (State.NEEDS_REVIEW, None, None)
    kinds = [kind for kind, _ in await house.entries(taken.bill_id)]
    assert kinds == [Kind.BILL, Kind.READING, Kind.BILL, Kind.READING]


async def test_many_at_once_bring_the_same_file(house: House) -> None:
    taken = await asyncio.gather(*(house.send(PAPER) for _ in range(6)))
    assert sorted(each.duplicate for each in taken) == [False] + [True] * 5
    assert len({each.bill_id for each in taken}) == 1
    assert await house.count("bills") == 1
    assert len(await house.waiting()) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + b"x" * 60, "archive"),
        (b"MZ" + b"x" * 200, "program"),
        (b"hello", "unknown_kind"),
    ],
)
async def test_what_is_no_bill_is_refused_with_words_and_not_kept(house: House, data: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        await house.send(data)
    assert refused.value.reason == code
    assert len(refused.value.detail) > 20
    assert await house.count("bill_files") == 0


async def test_a_wrong_name_is_told_and_no_reason_to_refuse(house: House) -> None:
    taken = await house.send(PAPER, name="../../etc/scan\r\n.jpg", media_type="image/jpeg")
    row = await house.row(taken.bill_id)
    assert (row.name, row.media_type) == ("scan.jpg", "application/pdf")
    ((_, arrival),) = await house.entries(taken.bill_id)
    assert set(arrival["contradictions"]) == {"name", "media_type"}


async def test_a_failing_storage_leaves_nothing_and_the_file_can_come_again(house: House) -> None:
    good = house.wiring

    class Broken:
        async def put(self, data: bytes) -> str:
            raise StorageUnavailable("no disk")

    house.wiring = msgspec.structs.replace(good, storage=Broken())
    with pytest.raises(StorageUnavailable):
        await house.send(PAPER)
    assert await house.count("bill_files") == 0
    house.wiring = good
    assert not (await house.send(PAPER)).duplicate


@pytest.mark.parametrize("where", ["order_reading", "advance"])
async def test_broken_off_before_the_commit_nothing_is_kept(
    house: House, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """As if the process were killed there: the transaction never commits."""

    async def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(hall if where == "order_reading" else hall.lifecycle, where, killed)
        with pytest.raises(KeyboardInterrupt):
            await house.send(PAPER)
    assert await house.count("bills") == await house.count("bill_files") == 0
    assert await house.waiting() == []
    taken = await house.send(PAPER)
    assert (taken.duplicate, len(await house.waiting())) == (False, 1)


def test_a_long_name_keeps_its_ending() -> None:
    name = Came(door=Door.MAIL, actor="system:mail", name="é" * 400 + ".pdf").short_name
    assert (len(name), name[-4:]) == (200, ".pdf")
