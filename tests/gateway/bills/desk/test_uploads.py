"""Files by form: several at once, each answered apart, and whatever hostile programs send in their place."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest

from gateway.bills import hall, uploads
from gateway.storage import StorageUnavailable
from tests.gateway.bills.desk.papers import UPLOADS, paper, send
from tests.gateway.house import Company, House, Person, ok
from tests.ingestion.readers.papers import pdf


async def form(person: Person, body: bytes, content_type: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {person.token}", "Content-Type": content_type}
    return await person.house.client.post(UPLOADS, content=body, headers=headers)


def part(name: str, body: bytes, *, head: str = "") -> bytes:
    told = f'Content-Disposition: form-data; name="files"; filename="{name}"\r\n{head}\r\n'
    return b"--xyz\r\n" + told.encode() + body + b"\r\n"


async def bills_of(person: Person) -> set[str]:
    return {one["id"] for one in ok(await person.get("/v1/bills?limit=200"))["items"]}


async def test_several_files_at_once_are_each_answered_apart(clerk: Person) -> None:
    good, other = paper(), paper()
    answered = ok(
        await send(clerk, ("march.pdf", good), ("empty.pdf", b""), ("a.zip", b"PK\3\4rest"), ("b.pdf", other))
    )
    first, empty, archive, last = answered["files"]
    assert (first["outcome"], first["name"], first["size"], first["state"]) == (
        "taken",
        "march.pdf",
        len(good),
        "RECEIVED",
    )
    assert (empty["outcome"], empty["code"], empty["bill_id"]) == ("refused", "empty", None)
    assert (archive["outcome"], archive["code"]) == ("refused", "archive")
    assert "zip" in archive["message"].lower() or "unpack" in archive["message"].lower()
    assert last["outcome"] == "taken"
    shown = ok(await clerk.get(f"/v1/bills/{first['bill_id']}"))
    assert (shown["state"], shown["file_name"], shown["door"]) == ("RECEIVED", "march.pdf", "upload")
    assert shown["original"]["sha256"] == first["sha256"]
    assert {first["bill_id"], last["bill_id"]} <= await bills_of(clerk)


async def test_the_same_bytes_are_one_bill_whatever_they_are_called(clerk: Person) -> None:
    data = paper()
    first, again = ok(await send(clerk, ("one.pdf", data), ("two.pdf", data)))["files"]
    assert (first["outcome"], again["outcome"]) == ("taken", "duplicate")
    assert first["bill_id"] == again["bill_id"]
    at_once = await asyncio.gather(*(send(clerk, ("three.pdf", data)) for _ in range(4)))
    assert {ok(one)["files"][0]["bill_id"] for one in at_once} == {first["bill_id"]}


async def test_an_erp_uploads_with_a_key_of_that_scope_only(house: House, company: Company) -> None:
    machine = await company.key("bills:upload", "bills:read")
    taken = ok(await send(machine, ("erp.pdf", paper())))["files"][0]
    assert ok(await machine.get(f"/v1/bills/{taken['bill_id']}"))["door"] == "api"
    reader = await company.key("bills:read")
    assert (await send(reader, ("erp.pdf", paper()))).status_code == 403
    nobody = Person(house, "")
    assert (await send(nobody, ("erp.pdf", paper()))).status_code == 401


async def test_a_repeated_request_gets_the_first_answer(clerk: Person) -> None:
    key, data = str(uuid4()), paper()
    boundary = "multipart/form-data; boundary=xyz"
    headers = {"Authorization": f"Bearer {clerk.token}", "Content-Type": boundary, "Idempotency-Key": key}
    body = part("march.pdf", data) + b"--xyz--\r\n"
    first = await clerk.house.client.post(UPLOADS, content=body, headers=headers)
    again = await clerk.house.client.post(UPLOADS, content=body, headers=headers)
    assert ok(first) == ok(again)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    other = await clerk.house.client.post(UPLOADS, content=body.replace(b"march", b"april"), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")


async def test_what_breaks_in_the_middle_keeps_what_was_taken_and_may_be_sent_again(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [("a.pdf", paper()), ("b.pdf", paper())]
    before, receive = await bills_of(clerk), hall.receive
    seen = []

    async def failing(*given, **named):
        seen.append(given)
        if len(seen) == 2:
            raise StorageUnavailable("the disk is gone")
        return await receive(*given, **named)

    key = str(uuid4())
    monkeypatch.setattr(hall, "receive", failing)
    broken = await send(clerk, *files, Idempotency_Key=key)
    assert broken.status_code == 503
    assert len(await bills_of(clerk) - before) == 1
    monkeypatch.undo()
    first, second = ok(await send(clerk, *files))["files"]
    assert (first["outcome"], second["outcome"]) == ("duplicate", "taken")


# ------------------------------------------------------------------------------------------------------- hostile forms


async def test_a_path_in_a_name_is_no_path(clerk: Person) -> None:
    names = {"../../etc/passwd.pdf": "passwd.pdf", "C:\\bills\\..\\march.pdf": "march.pdf", "/a/b/c.pdf": "c.pdf"}
    for given, kept in names.items():
        body = part(given, paper()) + b"--xyz--\r\n"
        taken = ok(await form(clerk, body, "multipart/form-data; boundary=xyz"))["files"][0]
        assert taken["name"] == kept
        original = await clerk.get(f"/v1/bills/{taken['bill_id']}/original")
        disposition = original.headers["content-disposition"]
        assert disposition.startswith("attachment; ")
        assert "/" not in disposition.replace("UTF-8''", "") and ".." not in disposition


@pytest.mark.parametrize(
    ("body", "content_type", "status", "said"),
    [
        (b"--xyz--\r\n", "multipart/form-data", 400, "boundary"),
        (b"--xyz--\r\n", "multipart/form-data; boundary=" + "x" * 71, 400, "boundary"),
        (b"--xyz--\r\n", "multipart/form-data; boundary=xyz", 422, "no file"),
        (b"", "multipart/form-data; boundary=xyz", 400, "whole"),
        (b"%PDF-1.7", "application/pdf", 415, "multipart/form-data"),
        (b"{}", "application/json", 415, "multipart/form-data"),
        (part("a.pdf", b"%PDF-1.7"), "multipart/form-data; boundary=xyz", 400, "whole"),
        (b"no boundary at all", "multipart/form-data; boundary=xyz", 400, "whole"),
        (b"--xyz\r\nX: y\r\n\r\nz\r\n--xyz--\r\n", "multipart/form-data; boundary=xyz", 400, "Content-Disposition"),
        (part("a.pdf", b"x", head="X: " + "y" * 9000 + "\r\n") + b"--xyz--\r\n",
         "multipart/form-data; boundary=xyz", 413, "head"),
        (part("a.pdf", b"x") * 1000 + b"--xyz--\r\n", "multipart/form-data; boundary=xyz", 413, "100 parts"),
    ],
)  # fmt: skip
async def test_a_form_that_is_no_form_is_refused_whole(
    clerk: Person, body: bytes, content_type: str, status: int, said: str
) -> None:
    before = await bills_of(clerk)
    answer = await form(clerk, body, content_type)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.text
    assert await bills_of(clerk) == before


async def test_a_form_that_breaks_off_leaves_nothing_of_its_first_files(clerk: Person) -> None:
    before = await bills_of(clerk)
    answer = await form(clerk, part("a.pdf", paper()) + part("b.pdf", paper()), "multipart/form-data; boundary=xyz")
    assert answer.status_code == 400
    assert await bills_of(clerk) == before


async def test_a_part_that_is_too_long_is_refused_apart_from_the_others(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LONGEST_FILE", 4_000)
    long, short = ok(await send(clerk, ("long.pdf", paper() + b"%" * 4_000), ("short.pdf", paper())))["files"]
    assert (long["outcome"], long["code"], long["bill_id"]) == ("refused", "too-large", None)
    assert "4,000" in long["message"]
    assert short["outcome"] == "taken"


async def test_a_field_that_is_no_file_is_told_so(clerk: Person) -> None:
    body = b'--xyz\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--xyz--\r\n'
    answered = ok(await form(clerk, body, "multipart/form-data; boundary=xyz"))["files"][0]
    assert (answered["outcome"], answered["code"]) == ("refused", "no-file")
    assert "'note'" in answered["message"]


async def test_a_form_longer_than_is_read_is_refused_before_anything_is_kept(clerk: Person) -> None:
    async def endless():
        yield part("a.pdf", paper())
        yield b"--xyz\r\nContent-Disposition: form-data; name=files; filename=b.pdf\r\n\r\n"
        for _ in range(uploads.LONGEST_FORM // 2**22 + 1):
            yield b"x" * 2**22

    before = await bills_of(clerk)
    headers = {"Authorization": f"Bearer {clerk.token}", "Content-Type": "multipart/form-data; boundary=xyz"}
    answer = await clerk.house.client.post(UPLOADS, content=endless(), headers=headers)
    assert answer.status_code == 413, answer.text
    assert "200 MiB" in answer.text
    assert await bills_of(clerk) == before


async def test_a_password_is_asked_for_only_when_the_file_is_read(clerk: Person) -> None:
    locked = pdf(trailer=b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <00> /U <00> /P -4 >> ")
    assert ok(await send(clerk, ("locked.pdf", locked)))["files"][0]["outcome"] == "taken"
