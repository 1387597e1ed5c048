"""A query parameter that an operation doesn't have is refused; what the description shows is exactly what is taken."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from gateway.app import create_app
from gateway.http import docs
from gateway.http.parameters import ANY_QUERY, declared
from gateway.settings import Settings

THING = "/things/00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (f"{THING}?mots=3", ["There is no parameter 'mots' here; did you mean 'most'?"]),
        (f"{THING}?MOST=3", ["There is no parameter 'MOST' here; did you mean 'most'?"]),
        (f"{THING}?most=3&colour=", ["There is no parameter 'colour' here; known are most."]),
        (f"{THING}?thing_id=3", ["There is no parameter 'thing_id' here; known are most."]),
        ("/conflict?a=1&b=2&a=3", [f"There is no parameter {name!r} here, nor any other." for name in ("a", "b")]),
        (f"/conflict?{'x' * 5000}", [f"There is no parameter '{'x' * 60}' here, nor any other."]),
        ("/conflict?" + "&".join(f"n{n}=" for n in range(50)), None),
    ],
)
async def test_an_unknown_one_is_refused_by_its_name(client: httpx.AsyncClient, path: str, told: list[str]) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), answer.text
    findings = answer.json()["findings"]
    assert {(each["rule"], each["where"]) for each in findings} == {("PARAMETER", "query")}
    if told is None:
        assert len(findings) == 10
    else:
        assert [each["message"] for each in findings] == told


async def test_a_change_is_not_made_either(client: httpx.AsyncClient) -> None:
    assert (await client.post("/things?dry_run=true", json={"name": "a"})).status_code == 422
    assert (await client.post("/things", json={"name": "a"})).status_code == 201


@pytest.mark.parametrize("path", [f"{THING}?most=3", f"{THING}?", "/health?probe=1", "/docs?x=1", "/docs/problems?x=1"])
async def test_a_known_one_is_taken_and_machines_and_readers_may_add_their_own(
    client: httpx.AsyncClient, path: str
) -> None:
    assert (await client.get(path)).status_code == 200


def operations() -> dict[str, tuple[HTTPRouteHandler, dict[str, Any], list[str]]]:
    """Every operation of the real app that is described."""
    app = create_app(Settings())
    paths = docs.described(app, app.openapi_schema.to_schema())["paths"]
    return {
        f"{method} {route.path_format}": (handler, paths[route.path_format][method.lower()], [*route.path_parameters])
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if handler.resolve_include_in_schema() and route.path_format in paths
    }


OPERATIONS = operations()


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_what_is_described_is_what_is_taken(operation: str) -> None:
    handler, description, in_path = OPERATIONS[operation]
    shown = [each["name"] for each in description.get("parameters", []) if each["in"] == "query"]
    assert declared(handler, in_path) == sorted(shown)


def test_only_the_network_and_probes_may_add_their_own() -> None:
    free = {name for name, (handler, _, _) in OPERATIONS.items() if ANY_QUERY.items() <= handler.opt.items()}
    assert free == {
        "GET /health",
        "GET /ready",
        "GET /metrics",
        "POST /v1/network/deliveries",
        "POST /v1/network/statuses",
        "POST /v1/network/accounts/{account_id}/deliveries",
        "POST /v1/network/accounts/{account_id}/statuses",
    }
    assert len(OPERATIONS) > 50
    assert not [name for name, (handler, _, _) in OPERATIONS.items() if handler.opt.get("page")], "pages aren't refused"
