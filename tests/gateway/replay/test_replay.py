"""Sealed documents are made again byte for byte; what changed since is found, and the unknown never called the same."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

import ubl
from gateway import alarms, events, jobqueue
from gateway.http.problems import NotFound
from gateway.outbound import drafting, judgement
from gateway.replay import command, generators, jobs, queries
from gateway.replay.models import Sample
from gateway.replay.replay import Outcome, replay
from ledger import envelope, store
from ledger.entry import ISSUED, Kind
from tests.gateway.outbound.conftest import Company
from ubl import Invoice


async def sealed(company: Company, invoice: Invoice) -> Any:
    await company.sealed(invoice)
    return [record for record in await company.entries() if record.kind in ISSUED][-1]


async def sealed_xml(company: Company, invoice: Invoice, number: str) -> Any:
    """A document that was posted as UBL, with a comment that no JSON can hold."""
    whole = judgement.completed(msgspec.structs.replace(invoice, number=number, uuid=str(UUID(int=7))))
    xml = ubl.write(whole).replace(b"<cbc:ID>", b"<!-- by hand --><cbc:ID>", 1)
    async with company.call() as call:
        document_id = await drafting.draft(call, judgement.from_xml(xml), series=None, external=False)
    await company.finalize(document_id)
    record = (await company.entries())[-1]
    assert record.attached == xml
    return record


async def test_what_was_sealed_is_made_again(company: Company, invoice: Invoice) -> None:
    ours, theirs = await sealed(company, invoice), await sealed_xml(company, invoice, "XML-1")
    for record, generator in ((ours, judgement.GENERATOR), (theirs, judgement.TAKEN)):
        replayed = replay(record)
        assert (replayed.outcome, replayed.generator) == (Outcome.SAME, generator), replayed.detail
        assert replayed.ruleset_digest == replayed.present_digest != ""


async def test_of_what_others_sent_no_verdict_is_said_to_be_the_same(company: Company, invoice: Invoice) -> None:
    record = msgspec.structs.replace(await sealed_xml(company, invoice, "XML-3"), kind=int(Kind.RECEIVED))
    replayed = replay(record)
    assert replayed.outcome is Outcome.SAME
    assert "no verdict was sealed" in replayed.detail


async def test_a_writer_that_changed_is_drift(
    company: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await sealed(company, invoice)
    honest = ubl.write
    monkeypatch.setattr(ubl, "write", lambda value: honest(value).replace(b"Corniche", b"corniche", 1))
    replayed = replay(record)
    assert replayed.outcome is Outcome.DRIFT
    assert str(record.attached.index(b"Corniche")) in replayed.detail


async def test_a_reader_that_changed_is_drift(
    company: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await sealed_xml(company, invoice, "XML-2")
    honest = ubl.read
    monkeypatch.setattr(ubl, "read", lambda xml: msgspec.structs.replace(honest(xml), number="other"))
    assert replay(record).outcome is Outcome.DRIFT


async def test_a_rule_that_changed_its_mind_is_drift_and_other_rules_are_not_called_the_same(
    company: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await sealed(company, invoice)
    honest = ubl.check(record.attached)
    finding = ubl.Finding(
        rule="ibr-new", layer=ubl.Layer.PINT, severity=ubl.Severity.FATAL, where="/", message="No longer."
    )
    stricter = ubl.Report.of((finding,), ruleset=honest.ruleset, digest=honest.digest)
    monkeypatch.setattr(ubl, "check", lambda *_, **__: stricter)
    assert replay(record).outcome is Outcome.DRIFT
    newer = ubl.Report.of((), ruleset=honest.ruleset, digest="00" * 32)
    monkeypatch.setattr(ubl, "check", lambda *_, **__: newer)
    replayed = replay(record)
    assert (replayed.outcome, replayed.present_digest) == (Outcome.OTHER_RULES, "00" * 32)


async def test_an_unknown_generator_or_rule_set_is_never_the_same(company: Company, invoice: Invoice) -> None:
    record = await sealed(company, invoice)
    replayed = replay(record, {})
    assert replayed.outcome is Outcome.UNKNOWN
    assert judgement.GENERATOR in replayed.detail
    sealed_envelope = envelope.unwrap(record.canonical)
    of_old = envelope.wrap(
        msgspec.json.decode(sealed_envelope.document),
        generator=judgement.GENERATOR,
        ruleset="pint-ae-billing-0.1",
        ruleset_digest="11" * 32,
    )
    replayed = replay(msgspec.structs.replace(record, canonical=of_old))
    assert replayed.outcome is Outcome.UNKNOWN
    assert "pint-ae-billing-0.1" in replayed.detail
    assert replay(msgspec.structs.replace(record, canonical=b'{"a":1}')).outcome is Outcome.UNKNOWN
    assert replay(msgspec.structs.replace(record, canonical=None, attached=None)).outcome is Outcome.ERASED


def test_every_generator_that_seals_can_be_replayed() -> None:
    assert {judgement.GENERATOR, judgement.TAKEN, "received/1"} <= set(generators.GENERATORS)


async def test_the_command_tells_same_and_drift_apart(
    company: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await sealed(company, invoice)
    told = io.StringIO()
    assert await command.replay_entry(company.wiring, company.id, record.seq, out=told) == command.SAME
    assert "SAME" in told.getvalue() and judgement.GENERATOR in told.getvalue()
    with pytest.raises(NotFound, match="no sealed document"):
        await command.replay_entry(company.wiring, company.id, 0, out=told)
    monkeypatch.setattr(ubl, "write", lambda _: b"<Invoice/>")
    assert await command.replay_entry(company.wiring, company.id, record.seq, out=told) == command.DRIFT


async def test_a_sample_can_be_drawn_again_and_takes_documents_only(company: Company, invoice: Invoice) -> None:
    for _ in range(4):
        await sealed(company, invoice)
    async with company.database.company(company.id) as db:
        count = (await store.head(db, company.id)).count
        first = await queries.draw(db, company.id, seed=42, count=count, wanted=3)
        assert first == await queries.draw(db, company.id, seed=42, count=count, wanted=3)
        documents = [record.seq for record in await company.entries() if record.kind in ISSUED]
        assert len(first) == 3 and set(first) <= set(documents)
        draws = {tuple(await queries.draw(db, company.id, seed=seed, count=count, wanted=2)) for seed in range(20)}
        assert len(draws) > 3, "another seed takes others"
        assert await queries.draw(db, company.id, seed=1, count=count, wanted=10_000) == documents


async def test_a_large_ledger_is_not_listed_whole(
    company: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_FEW", 2)
    await sealed(company, invoice)
    records = await company.entries()
    documents = [record.seq for record in records if record.kind in ISSUED]
    async with company.database.company(company.id) as db:
        for seed in range(5):
            drawn = await queries.draw(db, company.id, seed=seed, count=len(records), wanted=1)
            assert len(drawn) == 1 and drawn[0] in documents


async def test_the_nightly_sample_is_an_entry_and_drift_an_alarm(
    company: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await sealed(company, invoice)
    wiring = company.wiring
    async with company.database.platform() as db:
        before = {count.kind: count.times for count in await alarms.census(db)}
    payload = msgspec.json.encode(jobs.SampleJob(seed=3))
    await jobs.sample(wiring, company.id, payload, now=company.now)
    async with company.database.company(company.id) as db:
        (latest, *_) = await queries.latest(db, company.id, most=1)
    assert latest.outcomes["drift"] == 0 and latest.outcomes["same"] == len(latest.seqs) > 0
    entry = (await company.entries())[-1]
    assert (entry.kind, entry.seq) == (Kind.VERIFICATION, latest.entry_seq)
    assert msgspec.json.decode(entry.canonical, type=Sample).seed == 3

    honest = ubl.write
    monkeypatch.setattr(ubl, "write", lambda value: honest(value) + (b" " if value.number == record.number else b""))
    monkeypatch.setattr(queries, "draw", _always([record.seq]))
    await jobs.sample(wiring, company.id, payload, now=company.now)
    async with company.database.company(company.id) as db:
        (latest, *_) = await queries.latest(db, company.id, most=1)
        (finding,) = latest.findings
        assert (finding.seq, finding.number, finding.outcome) == (record.seq, record.number, Outcome.DRIFT)
        (event,) = await events.timeline(db, company.id, latest.id)
        assert event.kind == "replay.drift" and str(record.seq).encode() in bytes(event.facts)
        after = {count.kind: count.times for count in await alarms.census(db)}
        drifted = await db.scalar(text("select drifted from ledger_replays order by id desc limit 1"))
    assert drifted == 1
    assert after["replay_drift"] == before.get("replay_drift", 0) + 1


async def test_every_company_is_sampled_every_night_once(company: Company) -> None:
    for _ in range(2):
        await jobs.nightly(company.wiring, None, b"{}", now=company.now)
    async with company.database.platform() as db:
        (waiting,) = [row.waiting for row in await jobqueue.census(db) if row.kind == jobs.SAMPLE]
    assert waiting == 1


def _always(seqs: list[int]) -> Any:
    async def draw(*_: Any, **__: Any) -> list[int]:
        return seqs

    return draw
