"""What an auditor sees of witnesses and time stamps, and when checkpoints go out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway import jobqueue, worker
from gateway.audit import jobs as audit
from gateway.jobqueue import Permanent
from gateway.jobqueue.loop import Pace
from gateway.settings.witnesses import WitnessPlace
from gateway.wiring import Wiring
from gateway.witnessing import flow, jobs
from ledger.cosignature import check_cosignatures
from ledger.timestamp import Stamp, Trust, check_timestamp
from tests.gateway.house import Company, House, ok
from tests.gateway.witness.process import WitnessProcess
from tests.gateway.witnessing.installations import grow, place_of
from tests.ledger.authority import Authority, needs_openssl, serving


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessProcess]:
    """Learns the ledgers of the house."""
    process = WitnessProcess(tmp_path_factory.mktemp("witness") / "w1", learn="gateway.test/")
    yield process.start()
    process.kill()


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    return await house.company()


@pytest.fixture(scope="module")
def wiring(house: House, witness: WitnessProcess, tmp_path_factory: pytest.TempPathFactory) -> Wiring:
    """The house with a witness and a folder."""
    folder = tmp_path_factory.mktemp("evidence")
    copies = WitnessPlace(name="file:///evidence", kind="folder", address=str(folder))
    settings = msgspec.structs.replace(house.wiring.settings, witnesses=(place_of(witness), copies))
    house.app.state.wiring = msgspec.structs.replace(house.wiring, settings=settings)
    return house.app.state.wiring


async def ordered(wiring: Wiring) -> list[tuple[str, Any]]:
    """Who waits to be told of whom; the jobs are taken off the queue."""
    async with wiring.database.platform() as db:
        claimed = await jobqueue.claim(db, {jobs.PUBLISH: 100}, most=100, lease=timedelta(minutes=1))
        await jobqueue.finish(db, claimed)
    found = [(msgspec.json.decode(job.payload, type=jobs.PublishJob).witness, job.company_id) for job in claimed]
    return sorted(found, key=str)


async def test_checkpoints_go_out_when_they_are_due(
    house: House, wiring: Wiring, company: Company, witness: WitnessProcess
) -> None:
    now, name, copies = house.now, witness.name, "file:///evidence"
    assert jobs.schedule(wiring.settings) == {jobs.SWEEP: timedelta(seconds=60)}

    async def swept(at: datetime) -> list[str]:
        await jobs.sweep(wiring, None, b"{}", now=at)
        await jobs.sweep(wiring, None, b"{}", now=at)  # a second one orders nothing twice
        return [witness for witness, company_id in await ordered(wiring) if company_id == company.id]

    async def publish(witness: str, at: datetime) -> None:
        payload = msgspec.json.encode(jobs.PublishJob(witness))
        await jobs.publish(wiring, company.id, payload, now=at)

    assert await swept(now) == [copies, name]
    await publish(name, now)
    await publish(copies, now)
    assert await swept(now + timedelta(minutes=5)) == [], "nothing new"
    await grow(house.database, company.id, house.wiring.keys, 2)  # type: ignore[arg-type]
    assert await swept(now + timedelta(seconds=59)) == [], "not yet"
    assert await swept(now + timedelta(seconds=61)) == [name]
    assert await swept(now + timedelta(hours=2)) == [copies, name]
    await publish(name, now + timedelta(hours=2))
    await publish(copies, now + timedelta(hours=2))
    assert await swept(now + timedelta(hours=25)) == [], "nothing new"
    assert await swept(now + timedelta(hours=27)) == [name], "asked anew once a day"


async def test_a_witness_that_is_away_is_left_to_its_pauses(house: House, wiring: Wiring) -> None:
    company = await house.company()
    await jobs.sweep(wiring, None, b"{}", now=house.now)
    async with wiring.database.platform() as db:
        claimed = await jobqueue.claim(db, {jobs.PUBLISH: 100}, most=100, lease=timedelta(minutes=1))
        away = [job for job in claimed if job.company_id == company.id]
        assert len(away) == 2
        for job in claimed:
            await jobqueue.fail(db, job, "away", retry_in=timedelta(hours=1))
    await jobs.sweep(wiring, None, b"{}", now=house.now + timedelta(minutes=10))
    assert company.id not in {company_id for _, company_id in await ordered(wiring)}


async def test_a_worker_does_it_by_itself(house: House, wiring: Wiring, witness: WitnessProcess) -> None:
    company = await house.company()
    auditor = await company.person("AUDITOR")
    handlers = {kind: worker.HANDLERS[kind] for kind in (jobs.SWEEP, jobs.PUBLISH)}
    loop = worker.make(wiring, handlers=handlers, schedule=jobs.schedule(wiring.settings), pace=Pace())
    working = asyncio.create_task(loop.run())
    try:
        for _ in range(600):
            vouching = ok(await auditor.get("/v1/ledger/witnesses"))["witnesses"][0]
            if vouching["standing"] == "good":
                break
            await asyncio.sleep(0.1)
        assert vouching["size"] > 0
    finally:
        loop.stop()
        await working


def test_a_worker_knows_what_the_settings_ask_for(wiring: Wiring) -> None:
    assert worker.HANDLERS.keys() >= jobs.HANDLERS.keys()
    assert worker.make(wiring)._schedule.keys() >= {jobs.SWEEP}


async def test_a_refusal_is_not_repeated_at_once(house: House, wiring: Wiring, witness: WitnessProcess) -> None:
    company = await house.company()
    with serving(lambda _: (404, "text/plain", b"who?")) as address:
        place = WitnessPlace(name="elsewhere", kind="http", address=address, key=witness.key)
        settings = msgspec.structs.replace(wiring.settings, witnesses=(place,))
        lonely = msgspec.structs.replace(wiring, settings=settings)
        await jobs.publish(lonely, company.id, msgspec.json.encode(jobs.PublishJob("elsewhere")), now=house.now)
        for later, due in ((timedelta(minutes=59), False), (timedelta(minutes=61), True)):
            await jobs.sweep(lonely, None, b"{}", now=house.now + later)
            assert (("elsewhere", company.id) in await ordered(lonely)) == due


async def test_a_witness_that_was_taken_out_of_the_settings_is_told_nothing(wiring: Wiring, company: Company) -> None:
    await jobs.publish(wiring, company.id, msgspec.json.encode(jobs.PublishJob("gone")), now=datetime.now(UTC))
    with pytest.raises(Permanent, match="belongs to a company"):
        await jobs.publish(wiring, None, msgspec.json.encode(jobs.PublishJob("gone")), now=datetime.now(UTC))


async def test_an_auditor_sees_who_vouches_and_takes_the_notes_along(
    house: House, wiring: Wiring, company: Company, witness: WitnessProcess
) -> None:
    auditor = await company.person("AUDITOR")
    place = wiring.settings.witnesses[0]
    await flow.publish(wiring, company.id, place, now=house.now)
    shown = ok(await auditor.get("/v1/ledger/witnesses"))
    assert shown["origin"] == f"gateway.test/ledger/{company.id}"
    assert [entry["name"] for entry in shown["witnesses"]][:2] == [witness.name, "file:///evidence"]
    vouching = shown["witnesses"][0]
    assert (vouching["standing"], vouching["key"], vouching["behind"]) == ("good", place.key.text(), 0)
    assert vouching["size"] == shown["size"] == vouching["latest"]["size"]
    assert shown["keys"][0].startswith(f"{shown['origin']}+")

    page = ok(await auditor.get("/v1/ledger/witnesses/answers?limit=1"))
    assert page["answers"][0]["outcome"] == "cosigned"
    assert check_cosignatures(page["answers"][0]["note"].encode(), [place.key])
    older = ok(await auditor.get(f"/v1/ledger/witnesses/answers?limit=100&before={page['next']}"))
    assert older["next"] is None
    assert page["answers"][0]["id"] not in {answer["id"] for answer in older["answers"]}


async def test_an_alarm_stands_in_the_list(house: House, wiring: Wiring, witness: WitnessProcess) -> None:
    company = await house.company()
    auditor = await company.person("AUDITOR")
    with serving(lambda _: (422, "text/plain", b"no")) as address:
        place = WitnessPlace(name="strict", kind="http", address=address, key=witness.key)
        await flow.publish(wiring, company.id, place, now=house.now)
    (_, _, strict) = ok(await auditor.get("/v1/ledger/witnesses"))["witnesses"]
    assert (strict["name"], strict["kind"], strict["standing"], strict["size"]) == ("strict", None, "alarm", 0)
    assert strict["latest"]["outcome"] == "inconsistent"
    metrics = (await house.client.get("/metrics")).text
    assert 'involinks_alarms{alarm="witness"} ' in metrics


async def test_another_companys_answers_stay_its_own(house: House, wiring: Wiring, company: Company) -> None:
    stranger = await (await house.company()).person("AUDITOR")
    assert ok(await stranger.get("/v1/ledger/witnesses/answers"))["answers"] == []
    assert ok(await stranger.get("/v1/ledger/timestamps")) == {"timestamps": [], "next": None}
    assert [entry["latest"] for entry in ok(await stranger.get("/v1/ledger/witnesses"))["witnesses"]] == [None, None]


@needs_openssl
async def test_a_stamp_can_be_checked_from_what_the_api_shows(
    house: House, wiring: Wiring, company: Company, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    with serving(lambda body: (200, "application/timestamp-reply", authority.reply(body))) as address:
        settings = msgspec.structs.replace(
            wiring.settings, timestamp_url=address, timestamp_roots=tmp_path / "root.pem"
        )
        dated = msgspec.structs.replace(wiring, settings=settings)
        await flow.stamp_all(dated, now=datetime.now(UTC))
        await flow.stamp_all(dated, now=datetime.now(UTC))
    auditor = await company.person("AUDITOR")
    page = ok(await auditor.get("/v1/ledger/timestamps?limit=1"))
    (shown,) = page["timestamps"]
    token = msgspec.convert(shown["token"], bytes)
    stamp = Stamp(
        text=shown["note"].partition("\n\n")[0].encode() + b"\n",
        index=shown["leaf"],
        leaves=shown["leaves"],
        root=bytes.fromhex(shown["root"]),
        path=tuple(map(bytes.fromhex, shown["path"])),
        token=token,
    )
    at = check_timestamp(stamp, Trust.parse(authority.roots))
    assert at == datetime.fromisoformat(shown["at"])
    rest = ok(await auditor.get(f"/v1/ledger/timestamps?before={page['next']}"))
    assert (len(rest["timestamps"]), rest["next"]) == (1, None)


async def test_the_deepest_verification_asks_the_witness(house: House, wiring: Wiring, company: Company) -> None:
    await flow.publish(wiring, company.id, wiring.settings.witnesses[0], now=house.now)
    auditor = await company.person("AUDITOR")
    ordered_one = ok(await auditor.post("/v1/ledger/verifications", {"level": "witnessed"}), 202)
    payload = msgspec.json.encode(audit.VerifyJob(verification_id=ordered_one["id"]))
    await audit.verify(wiring, company.id, payload, now=house.now)
    report = ok(await auditor.get(f"/v1/ledger/verifications/{ordered_one['id']}"))["report"]
    assert (report["status"], report["failures"]) == ("ok", [])
    assert report["checked"]["witnessed"] >= 2


async def test_without_any_witness_the_deepest_verification_says_so(house: House, wiring: Wiring) -> None:
    company = await house.company()
    auditor = await company.person("AUDITOR")
    ordered_one = ok(await auditor.post("/v1/ledger/verifications", {"level": "witnessed"}), 202)
    payload = msgspec.json.encode(audit.VerifyJob(verification_id=ordered_one["id"]))
    await audit.verify(wiring, company.id, payload, now=house.now)
    report = ok(await auditor.get(f"/v1/ledger/verifications/{ordered_one['id']}"))["report"]
    assert [failure["reason"] for failure in report["failures"]] == ["WITNESS_MISSING"]
