"""The parts of the story, each alone; the story itself is told by `make run ONCE=1`."""

from __future__ import annotations

import io
import json
import socket
import time
from pathlib import Path
from uuid import UUID

import httpx
import pyotp
import pytest

from gateway.access.totp import matching_step
from gateway.demo import cast, client, processes, story
from gateway.demo.client import Client, Person
from gateway.demo.processes import Running
from gateway.demo.story import proving, stage
from gateway.demo.telling import StoryBroken, Teller
from gateway.settings import Settings, SettingsError
from ledger.copy import CopyWriter, read_lines
from ledger.entry import Kind
from ledger.record import Head, Record

COMPANY = UUID(int=7)


def test_a_story_in_a_pipe_has_numbered_steps_and_no_colours() -> None:
    out = io.StringIO()
    tell = Teller(out)
    tell.step("First")
    tell.fact("done")
    tell.step("Second")
    tell.refusal("refused")
    tell.detail("because")
    tell.table([("a", "long"), ("bcd", "e")])
    assert out.getvalue().split("\n") == [
        "", "1. First", "   + done", "", "2. Second", "   x refused", "       because",
        "     a    long", "     bcd  e", "",
    ]  # fmt: skip


def test_a_port_that_is_taken_is_left_alone() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert processes.free_port(port) != port
        settings = processes.settled(Settings(port=port, public_url=f"http://127.0.0.1:{port}"))
    assert settings.port != port
    assert settings.public_url == f"http://127.0.0.1:{settings.port}"
    assert settings.provider_url != settings.public_url
    assert settings.home.is_absolute()
    assert not {"kek", "token", "secret"} & {name.lower() for name in processes.environment(settings)}


def test_no_port_is_given_twice() -> None:
    wanted = processes.free_port(0)
    assert processes.free_port(wanted, but=wanted) != wanted


async def test_codes_are_good_and_never_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    person = Person(httpx.AsyncClient(), "finance", "finance@seller.example")
    person.secret = pyotp.random_base32()
    clock = 1_790_000_000.0
    monkeypatch.setattr(time, "time", lambda: clock)

    async def wait(_: float) -> None:
        nonlocal clock
        clock += 1

    monkeypatch.setattr(client.asyncio, "sleep", wait)
    last = 0
    for _ in range(6):
        code = await person.code()
        step = matching_step(person.secret, code, now=datetime.fromtimestamp(clock, UTC), after=last)
        assert step is not None and step > last
        last = step
    await person.http.aclose()


async def test_a_class_that_stands_open_takes_no_further_code() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["action"])
        return httpx.Response(200, json={})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://gateway.test") as http:
        person = Person(http, "finance", "finance@seller.example")
        person.secret = pyotp.random_base32()
        for action in ("keys", "approve", "keys"):
            await person.confirm(action)
        assert asked == ["keys", "approve"]
        person._open_until["keys"] -= 300
        await person.confirm("keys")
    assert asked == ["keys", "approve", "keys"]


async def test_what_comes_too_fast_is_sent_again_and_what_is_wrong_ends_the_story() -> None:
    answers = [
        httpx.Response(429, headers={"Retry-After": "0"}),
        httpx.Response(200, json={"a": 1}),
        httpx.Response(500),
    ]
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answers[len(seen) - 1]

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://gateway.test") as http:
        erp = Client(http, "ERP", "token")
        assert await erp.ask("POST", "/v1/things", {"x": 1}, Idempotency_Key="k") == {"a": 1}
        with pytest.raises(StoryBroken, match="answered 500, not 200"):
            await erp.ask("GET", "/v1/things")
    assert seen[1].headers["Authorization"] == "Bearer token"
    assert seen[1].headers["Idempotency-Key"] == "k"


async def test_a_process_that_ends_is_told_with_what_it_wrote(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with processes.running(settings, tmp_path / "demo") as children:
        children.start("no-such-word")
        with pytest.raises(StoryBroken, match="no-such-word"):
            await children.ready("http://127.0.0.1:9/")
        assert children.dead() == "no-such-word"
        assert "invalid choice" in children.log("no-such-word").read_text()


def test_stopping_nothing_is_fine(tmp_path: Path) -> None:
    Running(Settings(home=tmp_path), tmp_path / "demo").stop()


def record(seq: int, kind: Kind, number: str, content: bytes) -> Record:
    return Record(
        company_id=COMPANY, seq=seq, kind=kind, at_us=1, series="MAIN", number=number, body=b"", entry_hash=b"",
        signature=None, canonical=content, attached=content,
    )  # fmt: skip


def test_a_forger_changes_one_amount_of_one_invoice(tmp_path: Path) -> None:
    honest, forged = tmp_path / "honest", tmp_path / "forged"
    head = Head(company_id=COMPANY, created_us=1, count=3, hash=bytes(32), key_id=bytes(8), origin="x", peaks=b"")
    writer = CopyWriter(honest, head, ())
    writer.add(
        [
            record(0, Kind.INVOICE, "A-1", b"pay 10.00"),
            record(1, Kind.INVOICE, "A-2", b"pay 10.00"),
            record(2, Kind.APPROVAL, "A-2", b"pay 10.00"),
        ]
    )
    writer.finish()
    assert proving.forge(honest, forged, number="A-2", amount="10.00") == 1
    attached = [each.attached for each in read_lines(forged) if isinstance(each, Record)]
    assert attached == [b"pay 10.00", b"pay 10.01", b"pay 10.00"]
    with pytest.raises(StoryBroken):
        proving.forge(honest, forged, number="A-2", amount="99.00")


def test_the_examples_are_posted_without_what_the_gateway_gives() -> None:
    for name in (*stage.INVOICES, stage.CREDIT_NOTE):
        body = stage.body(cast.EXAMPLES / name)
        assert not {"number", "uuid"} & set(body)
        assert cast.example(name).lines
    assert list((cast.EXAMPLES / "broken").glob("*.json"))


def test_it_tells_of_the_sandbox_only() -> None:
    with pytest.raises(SettingsError, match="sandbox"):
        story.run(Settings(provider="storecove"), once=True)


@pytest.mark.parametrize("trouble", [StoryBroken("a step went another way"), httpx.ConnectError("gone")])
def test_a_story_that_breaks_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], trouble: Exception
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr(story, "_run", broken)
    assert story.run(Settings(home=tmp_path), once=True) == 1
    assert f"The story ends here: {trouble}" in capsys.readouterr().out
