"""Reading in the background: several documents in a file, what can't be read, engines that fail, workers that die."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

import ingestion.read
from gateway.bills import flow, reading
from gateway.bills.flow import MATCH
from gateway.bills.models import bills
from gateway.bills.reading import MOST_ATTEMPTS
from gateway.bills.states import State
from gateway.jobqueue import Temporary
from gateway.storage import ObjectMissing
from ingestion.document import Box, Page, Source, Transcript, Word
from ingestion.errors import Missing, Unavailable
from ledger.entry import Kind
from tests.gateway.bills.conftest import House
from tests.gateway.bills.papers import page, pdf, xml
from tests.ingestion.readers import papers

PAPER = pdf([page("INV-2026-0042")])


class Killed(BaseException):
    """As SIGKILL ends a worker: nothing after it runs, whatever is caught."""


async def test_several_bills_in_a_file_become_several_bills(house: House) -> None:
    await house.supplier()
    taken = await house.send(pdf([page("INV-2026-0042"), page("INV-2026-0043", order="PO-9")]))
    await house.work()
    async with house.database.company(house.id) as db:
        siblings = await reading.queries.siblings(db, house.id, taken.file_id)
    assert siblings[1] == taken.bill_id
    first, second = await house.row(siblings[1]), await house.row(siblings[2])
    assert (first.number, first.pages, second.number, second.pages) == ("INV-2026-0042", [1], "INV-2026-0043", [2])
    assert second.makers == first.makers == [house.clerk]
    assert [kind for kind, _ in await house.entries(second.id)] == [Kind.BILL, Kind.READING, Kind.MATCH]
    assert (await house.send(pdf([page("INV-2026-0042"), page("INV-2026-0043", order="PO-9")]))).duplicate


async def test_a_further_document_is_read_again_as_the_one_it_is(house: House) -> None:
    taken = await house.send(pdf([page("INV-2026-0042"), page("INV-2026-0043")]))
    await house.work()
    async with house.database.company(house.id) as db:
        second = (await reading.queries.siblings(db, house.id, taken.file_id))[2]
    assert (await house.row(second)).state == State.NEEDS_REVIEW  # nobody knows the supplier
    await house.supplier()
    async with house.call() as call:
        await flow.read_again(
            call.db, house.id, second, actor="user:x", now=call.now, keys=house.wiring.keys
        )  # fmt: skip
    await house.work()
    row = await house.row(second)
    assert (row.number, row.part) == ("INV-2026-0043", 2)
    assert row.state in (State.EXCEPTION, State.MATCHED)
    assert (await house.row(taken.bill_id)).state == State.NEEDS_REVIEW
    assert await house.count("bills") == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7\nnothing of a PDF follows", "truncated"),
        (b"<?xml version='1.0'?><Letter/>", "not_an_invoice"),
        (b"<Invoice><unclosed>", "not_xml"),
    ],
)
async def test_what_can_not_be_read_fails_with_its_reason(house: House, data: bytes, code: str) -> None:
    taken = await house.send(data)
    assert await house.work() == ["bills.read"]
    row = await house.row(taken.bill_id)
    assert (row.state, row.failure_code) == (State.FAILED, code)
    assert len(row.failure) > 20
    assert (await house.events(taken.bill_id))[-1] == "bill.failed"


async def test_an_encrypted_pdf_fails_with_a_clear_word(house: House) -> None:
    locked = papers.pdf(
        trailer=b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32
        + b"> /P -4 >> /ID [<00><00>]"
    )  # fmt: skip
    taken = await house.send(locked)
    await house.work()
    row = await house.row(taken.bill_id)
    assert (row.state, row.failure_code) == (State.FAILED, "encrypted"), row.failure
    assert "password" in row.failure


async def test_an_engine_that_is_missing_is_waited_for_and_then_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise Missing("tesseract", "Tesseract isn't installed: apt install tesseract-ocr.")

    taken = await house.send(PAPER)
    with monkeypatch.context() as patched:
        patched.setattr(reading, "read", missing)
        for _ in range(MOST_ATTEMPTS - 1):
            with pytest.raises(Temporary, match="apt install"):
                await reading.read_bill(house.wiring, house.id, taken.bill_id, now=house.now)
            assert (await house.row(taken.bill_id)).state == State.RECEIVED
        await reading.read_bill(house.wiring, house.id, taken.bill_id, now=house.now)
    row = await house.row(taken.bill_id)
    assert (row.state, row.failure_code) == (State.FAILED, "unavailable")
    async with house.call() as call:
        await flow.read_again(call.db, house.id, row.id, actor="user:x", now=call.now, keys=house.wiring.keys)
    await house.work()
    assert (await house.row(row.id)).state == State.NEEDS_REVIEW
    assert (await house.row(row.id)).attempts == 1


async def test_a_file_that_ends_its_worker_every_time_is_given_up(house: House) -> None:
    taken = await house.send(PAPER)
    async with house.database.company(house.id) as db:
        await db.execute(update(bills).where(bills.c.id == taken.bill_id).values(attempts=MOST_ATTEMPTS))
    await house.work()
    row = await house.row(taken.bill_id)
    assert (row.state, row.failure_code) == (State.FAILED, "broken_off")


async def test_a_lost_original_is_told(house: House) -> None:
    taken = await house.send(PAPER)

    class Lost:
        async def get(self, digest: str) -> bytes:
            raise ObjectMissing(digest)

    house.wiring = msgspec.structs.replace(house.wiring, storage=Lost())
    await house.work()
    assert (await house.row(taken.bill_id)).failure_code == "original_missing"


@pytest.mark.parametrize("where", ["get", "read", "put", "keep_transcript", "advance", "order_match"])
async def test_killed_anywhere_it_is_read_once_in_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    await house.supplier()
    taken = await house.send(pdf([page("INV-2026-0042"), page("INV-2026-0043")]))

    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    homes = {
        "get": house.wiring.storage, "put": house.wiring.storage, "read": reading, "order_match": flow,
        "keep_transcript": reading.queries, "advance": reading.lifecycle,
    }  # fmt: skip
    with monkeypatch.context() as patched:
        patched.setattr(homes[where], where, killed)
        with pytest.raises(Killed):
            await reading.read_bill(house.wiring, house.id, taken.bill_id, now=house.now)
    assert (await house.row(taken.bill_id)).state == State.RECEIVED
    assert await house.count("bills") == 1
    await house.work()
    assert await house.count("bills") == 2
    assert [kind for kind, _ in await house.entries(taken.bill_id)] == [Kind.BILL, Kind.READING, Kind.MATCH]


async def test_two_workers_with_the_same_job_read_it_once(house: House) -> None:
    await house.supplier()
    taken = await house.send(pdf([page("INV-2026-0042"), page("INV-2026-0043")]))
    both = (reading.read_bill(house.wiring, house.id, taken.bill_id, now=house.now) for _ in range(2))
    await asyncio.gather(*both)
    assert await house.count("bills") == 2
    assert [kind for kind, _ in await house.entries(taken.bill_id)] == [Kind.BILL, Kind.READING]
    assert [kind for kind, _ in await house.waiting()].count(MATCH) == 2


async def test_what_was_discarded_while_it_was_read_stays_discarded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = await house.send(PAPER)
    begun, go_on = threading.Event(), threading.Event()
    real = ingestion.read.read

    def slow(*given: Any, **named: Any) -> Any:
        begun.set()
        assert go_on.wait(60)
        return real(*given, **named)

    monkeypatch.setattr(reading, "read", slow)
    task = asyncio.create_task(reading.read_bill(house.wiring, house.id, taken.bill_id, now=house.now))
    assert await asyncio.to_thread(begun.wait, 60)
    async with house.call() as call:
        await flow.discard(call, taken.bill_id, "Sent by mistake", version=1)
    go_on.set()
    await task
    assert (await house.row(taken.bill_id)).state == State.DISCARDED
    assert [kind for kind, _ in await house.entries(taken.bill_id)] == [Kind.BILL, Kind.BILL]


async def test_progress_is_told_page_by_page_at_most(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = await house.send(PAPER)

    def read(*_: Any, progress: Any, **__: Any) -> Any:
        for done in range(1, 6):
            progress(done, 5)
        raise Unavailable("gone")

    monkeypatch.setattr(reading, "read", read)
    with pytest.raises(Temporary):
        await reading.read_bill(house.wiring, house.id, taken.bill_id, now=house.now)
    events = await house.events(taken.bill_id)
    assert events[:2] == ["bill.received", "bill.processing"]
    assert 2 <= len(events) <= 7


async def test_an_xml_has_its_references_from_the_structure(house: House) -> None:
    taken = await house.send(xml("DT-2001", order="PO-7"))
    await house.work()
    row = await house.row(taken.bill_id)
    standing = msgspec.json.decode(row.fields)
    assert (row.state, row.po_number) == (State.NEEDS_REVIEW, "PO-7")
    assert standing["lines"][0]["seller_item"] == "TN-1"
    assert standing["supplier_endpoint"] == "0235:1001234567"
    assert row.reasons == ["supplier_unknown"]


def test_half_characters_of_a_broken_font_stop_nothing() -> None:
    word = Word("Total\ud800", Box(0, 0, 1, 1), 0)
    sheet = Page(number=1, width=595, height=842, words=(word,), source=Source.TEXT, engine="test")
    spelled = reading._spelled(Transcript(sha256="0" * 64, pages=(sheet,)))
    assert msgspec.json.decode(spelled, type=Transcript).pages[0].words[0].text == "Total?"


async def test_what_strangers_say_of_a_file_is_kept_without_what_nobody_sees(house: House) -> None:
    facts = {"subject": "Bill\x00 \ud800\r\nBcc: x", "from": "\u202eevil@example.com"}
    taken = await house.send(PAPER, media_type="text/\ud800", facts=facts)
    ((_, arrival),) = await house.entries(taken.bill_id)
    assert arrival["facts"] == {"subject": "Bill ? Bcc: x", "from": "evil@example.com", "virus_scan": "not scanned"}
    assert arrival["claimed_type"] == "text/?"
