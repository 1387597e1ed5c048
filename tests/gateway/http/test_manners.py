"""Every answer has manners: a problem says what to do, a header says who may do what, nothing leaks."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.db import Database
from gateway.http.body import LONGEST
from tests.gateway.http.conftest import serving

JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int, code: str) -> Any:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].startswith("/docs/problems#")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


REFUSED = [
    ("not JSON", b"{", 400, "malformed", None),
    ("nothing", b"", 422, "invalid", None),
    ("a name twice", b'{"name": "a", "name": "b"}', 400, "malformed", None),
    ("NaN", b'{"name": "a", "lines": [{"name": "b", "quantity": NaN}]}', 400, "malformed", None),
    ("a NUL", rb'{"name": "a\u0000b"}', 400, "malformed", None),
    ("half a pair", rb'{"name": "\ud800"}', 400, "malformed", None),
    ("not UTF-8", b'{"name": "\xff"}', 400, "malformed", None),
    ("too deep", b'{"name":' + b"[" * 100_000, 413, "too-large", None),
    ("texts without an end", b'{"name": ' + b'"' + rb"\"" * 2_000_000, 400, "malformed", None),
    ("a backslash at the end", b'"' + rb"\"" * 2_000_000 + b"\\", 400, "malformed", None),
    (
        "a name twice among many",
        b"{%s}" % b",".join(b'"%d":0' % name for name in (*range(300_000), 299_999)),
        400,
        "malformed",
        None,
    ),
    ("an unknown field", b'{"name": "a", "nmae": "b"}', 422, "invalid", ""),
    ("a missing field", b'{"lines": []}', 422, "invalid", ""),
    ("the wrong type", b'{"name": "a", "lines": [{"name": 1, "quantity": "1"}]}', 422, "invalid", "/lines/0/name"),
    ("a number as text elsewhere", b'{"name": 7}', 422, "invalid", "/name"),
    ("too long a text", b'{"name": "' + b"x" * 21 + b'"}', 422, "invalid", "/name"),
    ("a list", b"[]", 422, "invalid", ""),
]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED]
)
async def test_a_bad_body_is_refused_with_its_place(
    client: httpx.AsyncClient, body: bytes, status: int, code: str, pointer: str | None
) -> None:
    told = problem(await client.post("/things", content=body, headers=JSON), status, code)
    if pointer is not None:
        assert [finding["pointer"] for finding in told["findings"]] == [pointer]


async def test_a_good_body_is_read(client: httpx.AsyncClient) -> None:
    body = b'{"name": "\xd8\xb9 ]", "lines": [{"name": "{[", "quantity": 0.1}]}'
    answer = await client.post("/things", content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert (answer.status_code, answer.json()["name"]) == (201, "ع ]")


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None])
async def test_another_content_type_is_refused(client: httpx.AsyncClient, media_type: str | None) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    problem(await client.post("/things", content=b'{"name": "a"}', headers=headers), 415, "wrong-media-type")


async def test_a_long_body_is_refused_whether_or_not_it_says_how_long_it_is(client: httpx.AsyncClient) -> None:
    async def endless() -> Any:
        for _ in range(LONGEST // 2**20 + 1):
            yield b" " * 1024 * 1024

    problem(await client.post("/things", content=b" " * (LONGEST + 1), headers=JSON), 413, "too-large")
    problem(await client.post("/things", content=endless(), headers=JSON), 413, "too-large")


async def test_addresses_methods_and_parameters(client: httpx.AsyncClient) -> None:
    problem(await client.get("/nowhere"), 404, "not-found")
    problem(await client.get("/things/not-a-uuid"), 404, "not-found")
    assert problem(await client.delete("/things"), 405, "method-not-allowed")
    told = problem(await client.get("/things/00000000-0000-0000-0000-000000000001?most=10"), 422, "invalid")
    assert "most" in told["findings"][0]["message"]
    problem(await client.get("/things/00000000-0000-0000-0000-000000000001?most=%00"), 400, "malformed")


async def test_what_a_slice_says_is_passed_on(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/conflict"), 409, "conflict")["facts"] == {"version": 4}
    (finding,) = problem(await client.get("/invalid"), 422, "invalid")["findings"]
    assert finding == {
        "rule": "T-1",
        "layer": "json",
        "severity": "fatal",
        "where": None,
        "message": "Too small.",
        "pointer": "/a",
        "terms": ["IBT-1"],
        "patch": None,
    }


async def test_a_bug_tells_nothing_but_its_request_id(client: httpx.AsyncClient) -> None:
    answer = await client.get("/bug")
    problem(answer, 500, "unexpected")
    assert "hunter2" not in answer.text
    assert "ZeroDivision" not in answer.text


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/conflict", "/bug"])
async def test_every_answer_is_fenced_in(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers


async def test_behind_https_browsers_are_told_to_stay_there(module_database: Database, tmp_path: Path) -> None:
    async with serving(module_database, tmp_path, public_url="https://gateway.test") as client:
        assert "max-age=" in (await client.get("/health")).headers["strict-transport-security"]


async def test_a_harmless_request_id_is_kept_and_another_is_replaced(client: httpx.AsyncClient) -> None:
    kept = await client.get("/health", headers={"X-Request-Id": "order-4711.a"})
    assert kept.headers["x-request-id"] == "order-4711.a"
    for odd in ("short", "x" * 65, 'a"}\\n{"event"', "a b c d e f"):
        given = (await client.get("/health", headers={"X-Request-Id": odd})).headers["x-request-id"]
        assert given != odd
        assert len(given) == 32


async def test_a_lost_database_is_a_503_that_says_when_to_try_again(tmp_path: Path) -> None:
    away = Database("postgresql://nobody:nothing@127.0.0.1:9/none")
    try:
        async with serving(away, tmp_path) as client:
            assert (await client.get("/health")).json() == {"status": "ok"}
            ready = await client.get("/ready")
            assert (ready.status_code, ready.json()["unready"]) == (503, ["database"])
            answer = await client.get("/metrics")
            assert "127.0.0.1" not in answer.text
            problem(answer, 503, "unavailable")
            assert int(answer.headers["retry-after"]) >= 1
        async with serving(away, tmp_path, limited=True) as client:
            problem(await client.get("/conflict"), 503, "unavailable")
            assert (await client.get("/health")).status_code == 200
    finally:
        await away.close()


async def test_a_forwarded_address_counts_only_from_a_proxy_we_trust(module_database: Database, tmp_path: Path) -> None:
    from gateway.http.edge import Edge
    from gateway.problems import kind_of
    from gateway.ratelimit import Limiter

    edge = Edge(kind_of=kind_of, limiter=Limiter(), trusted_proxies=["10.0.0.0/8"], secure=False)

    def seen(client: str, forwarded: str) -> str:
        return edge._address({"client": (client, 1)}, {b"x-forwarded-for": forwarded.encode()})  # type: ignore[typeddict-item]

    assert seen("10.0.0.1", "203.0.113.9") == "203.0.113.9"
    assert seen("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2") == "203.0.113.9", "what the client wrote itself"
    assert seen("203.0.113.1", "1.2.3.4") == "203.0.113.1"
    assert seen("10.0.0.1", "") == "10.0.0.1"
    assert seen("2001:db8:1:2:3::4", "") == "2001:db8:1:2::/64"


async def test_invented_methods_leave_no_measurement_of_their_own(client: httpx.AsyncClient) -> None:
    """A client that invents a method with each request would otherwise fill the memory."""
    await client.request("INVENTED", "/things")
    shown = (await client.get("/metrics")).text
    assert "INVENTED" not in shown
    assert 'method="other"' in shown


async def test_metrics_are_there_for_who_knows_the_token(module_database: Database, tmp_path: Path) -> None:
    from gateway.settings.values import Secret

    async with serving(module_database, tmp_path, metrics_token=Secret("let-me-see")) as client:
        await client.get("/conflict")
        problem(await client.get("/metrics"), 401, "unauthenticated")
        problem(await client.get("/metrics", headers={"Authorization": "Bearer let-me-sex"}), 401, "unauthenticated")
        shown = await client.get("/metrics", headers={"Authorization": "Bearer let-me-see"})
    assert shown.status_code == 200
    assert 'involinks_request_seconds_count{method="GET",route="/conflict",status="409"}' in shown.text
