"""Whatever fits the API's own description, and much that doesn't, is answered: never with a 5xx."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from gateway.app import create_app
from gateway.http import docs
from gateway.settings import Settings
from tests.gateway.house import ok

EXAMPLES = 8
"""For each operation; made up anew from the same seed, so a failure comes again."""

_APP = create_app(Settings())
DESCRIPTION = docs.described(_APP, _APP.openapi_schema.to_schema())
"""What `/docs/openapi.json` serves."""
OPERATIONS = sorted(
    f"{method.upper()} {path}"
    for path, item in DESCRIPTION["paths"].items()
    for method in item
    if method in {"get", "post", "put", "patch", "delete"}
)


@pytest.fixture(scope="module")
def schema() -> Any:
    """The description, as the generator reads it."""
    loaded = schemathesis.openapi.from_dict(DESCRIPTION)
    loaded.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    return loaded


@pytest.fixture(scope="module")
async def tokens(house) -> dict[str, str]:
    """Who may do everything in a company, and who runs the platform; with every step-up open."""
    await house.app.state.live.close()  # streams end as soon as they have begun
    company = await house.company()
    platform = await house.super_admin()
    admin = await company.admin()
    await admin.step_up("approve", "send")
    return {"company": admin.token, "platform": platform.token}


def sendable(part: Any) -> Any:
    """A part of a form; a number in its place is sent as it is written."""
    if isinstance(part, tuple):
        return (part[0], sendable(part[1]), *part[2:])
    return part if isinstance(part, str | bytes) else str(part)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_no_server_error(house, schema, tokens, operation):
    method, _, path = operation.partition(" ")
    platform = path.startswith("/v1/platform") or (path.startswith("/v1/companies") and "/current" not in path)
    token = tokens["platform" if platform else "company"]
    if path == "/v1/auth/sign-out":
        signed = {"Authorization": f"Bearer {token}"}
        opened = await house.client.post("/v1/auth/company", json={"company_id": None}, headers=signed)
        token = ok(opened)["token"]
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy())
    def answer_each(case: Any) -> None:
        given = case.as_transport_kwargs(base_url="http://gateway.test")
        given.pop("cookies", None)
        if given.get("files"):
            given["files"] = [(name, sendable(part)) for name, part in given["files"]]
        headers = {name: value for name, value in dict(given.pop("headers") or {}).items() if name != "User-Agent"}
        headers["Authorization"] = f"Bearer {token}"
        if isinstance(given.get("data"), bytes | str):
            given["content"] = given.pop("data")
        sending = house.client.request(headers=headers, **given)
        answer: httpx.Response = asyncio.run_coroutine_threadsafe(sending, loop).result(60)
        said = f"{operation}: {answer.status_code} {answer.text[:500]} for {str(given)[:1000]}"
        assert answer.status_code < 500 or path == "/ready", said
        if answer.status_code >= 400 and path != "/ready":
            assert answer.headers["content-type"].startswith("application/problem+json"), said
            assert answer.json()["status"] == answer.status_code, said

    await asyncio.to_thread(answer_each)
