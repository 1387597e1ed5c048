"""From a door to a verdict: what comes is kept, read with its evidence, matched, and proved by the ledger."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import msgspec

from gateway.bills import matching
from gateway.bills.came import Door
from gateway.bills.states import State
from ingestion.document import Transcript
from ingestion.matching import Code, Remedy, Verdict, Word
from ledger.entry import Kind
from tests.gateway.bills.conftest import House
from tests.gateway.bills.papers import page, pdf, xml


async def test_an_xml_that_was_ordered_and_received_matches_without_a_person(house: House) -> None:
    supplier_id = await house.supplier()
    await house.order(supplier_id)
    await house.goods("10")
    data = xml("DT-1001", order="PO-1")
    taken = await house.send(data, name="DT-1001.xml", door=Door.API)
    assert (taken.duplicate, taken.file_sha256) == (False, hashlib.sha256(data).hexdigest())
    await house.work()

    row = await house.row(taken.bill_id)
    assert (row.state, row.word, row.holds) == (State.MATCHED, Word.FULL_MATCH, [])
    assert (row.number, row.total, row.supplier_id) == ("DT-1001", Decimal("1050.00"), supplier_id)
    assert await house.wiring.storage.get(row.sha256) == data
    assert await house.billed() == 10
    kinds = [kind for kind, _ in await house.entries(taken.bill_id)]
    assert kinds == [Kind.BILL, Kind.READING, Kind.MATCH]
    events = await house.events(taken.bill_id)
    assert events == ["bill.received", "bill.processing", "bill.read", "bill.matched"]


async def test_every_value_of_a_pdf_has_its_place_in_the_ledger(house: House) -> None:
    await house.supplier()
    taken = await house.send(pdf([page("INV-2026-0042", order="PO-1")]))
    await house.work()
    row = await house.row(taken.bill_id)
    assert row.state == State.EXCEPTION, row.reasons
    (_, arrival), (_, read), _ = await house.entries(taken.bill_id)
    assert (arrival["sha256"], arrival["door"], arrival["facts"]) == (
        row.sha256, "upload", {"virus_scan": "not scanned"},
    )  # fmt: skip
    total = next(value for value in read["reading"]["header"] if value["term"] == "total")
    (spot, *_) = total["evidence"]
    assert (total["value"], spot["page"], spot["text"], spot["source"]) == ("1050.00", 1, "1050.00", "text")
    x0, y0, x1, y1 = (Decimal(each) for each in spot["box"])
    assert 440 < x0 < x1 < 520
    assert 295 < y0 < y1 < 320
    transcript = msgspec.json.decode(await house.wiring.storage.get(read["transcript_sha256"]), type=Transcript)
    assert any(word.text == "1050.00" for word in transcript.pages[0].words)
    assert row.transcript_sha256 == read["transcript_sha256"]


async def test_a_verdict_can_be_made_again_from_what_is_kept(house: House) -> None:
    await house.order(await house.supplier())
    await house.goods("8")
    taken = await house.send(xml("DT-1002", order="PO-1"))
    await house.work()
    row = await house.row(taken.bill_id)
    assert (row.state, row.word) == (State.EXCEPTION, Word.PARTIAL_MATCH)
    verdict = matching.replay(await house.wiring.storage.get(row.input_sha256))
    assert verdict == msgspec.json.decode(row.verdict, type=Verdict)
    (_, fact) = (await house.entries(taken.bill_id))[-1]
    assert msgspec.convert(fact["verdict"], Verdict) == verdict
    (beyond,) = [finding for finding in verdict.findings if finding.code is Code.BEYOND_RECEIPT]
    assert (Remedy.RECEIVE, Decimal(2)) in {(hint.remedy, hint.value) for hint in beyond.hints}


async def test_a_late_receipt_makes_a_bill_match(house: House) -> None:
    await house.order(await house.supplier())
    taken = await house.send(xml("DT-1003", order="PO-1"))
    await house.work()
    assert (await house.row(taken.bill_id)).state == State.EXCEPTION
    await house.goods("10")
    assert await house.work() == ["purchasing.changed", "bills.match"]
    assert (await house.row(taken.bill_id)).state == State.MATCHED
    await house.goods("-1", receipt="GR-2")
    await house.work()
    assert (await house.row(taken.bill_id)).state == State.EXCEPTION
    assert [kind for kind, _ in await house.entries(taken.bill_id)].count(Kind.MATCH) == 3


async def test_matching_again_what_did_not_change_writes_nothing(house: House) -> None:
    await house.order(await house.supplier())
    await house.goods("10")
    taken = await house.send(xml("DT-1004", order="PO-1"))
    await house.work()
    before, entries = await house.row(taken.bill_id), await house.count("ledger_entries")
    await matching.match_bill(house.wiring, house.id, taken.bill_id, now=house.now)
    assert await house.row(taken.bill_id) == before
    assert await house.count("ledger_entries") == entries
    assert await house.billed() == 10


async def test_a_credit_note_gives_back_what_was_billed(house: House) -> None:
    await house.order(await house.supplier())
    await house.goods("10")
    await house.send(xml("DT-1005", order="PO-1"))
    await house.work()
    await house.goods("-4", receipt="GR-2")
    taken = await house.send(xml("DT-1006", order="PO-1", quantity="4", type="381", due_date=None))
    await house.work()
    row = await house.row(taken.bill_id)
    assert row.kind == "credit_note", row.reasons
    assert await house.billed() == 6
