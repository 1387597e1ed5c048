"""A small app with our edge, our problems and our bodies around a handful of endpoints of the tests' own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Response, get, patch, post
from litestar.params import Parameter
from sqlalchemy import text

from certs import Kek, KeyRing
from gateway import events
from gateway.access.call import Call
from gateway.app import create_app
from gateway.db import Database, new_id
from gateway.http import probes
from gateway.http.problems import Conflict, Finding, Invalid
from gateway.ratelimit import Rate
from gateway.settings import Secret, Settings
from gateway.storage.folder import FolderStorage
from gateway.wiring import Wiring, open_provider
from tests.few_keys import FewKeys


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    quantity: Decimal


class Thing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(max_length=20)]
    lines: list[Line] = []


class Made(msgspec.Struct, frozen=True):
    id: UUID
    name: str


@post("/things")
async def make(data: Thing) -> Made:
    return Made(UUID(int=1), data.name)


@patch("/things")
async def change(data: Thing) -> Made:
    return Made(UUID(int=1), data.name)


@get("/things/{thing_id:uuid}")
async def show(thing_id: UUID, most: Annotated[int, Parameter(ge=1, le=9)] = 5) -> Made:
    return Made(thing_id, str(most))


@get("/conflict")
async def conflict() -> None:
    raise Conflict("Somebody was faster.", facts={"version": 4})


@get("/invalid")
async def invalid() -> None:
    raise Invalid("Mend it.", findings=(Finding(rule="T-1", message="Too small.", pointer="/a", terms=("IBT-1",)),))


@get("/bug")
async def bug() -> None:
    raise ZeroDivisionError("password=hunter2")


@post("/recorded")
async def record(call: Call, data: Thing) -> Response[Made]:
    """Leaves a row behind, so that a test can count how often it ran."""
    made = new_id()
    told = events.Event("thing.made", made, call.now, call.principal.actor, msgspec.Raw(b"{}"))
    await events.emit(call.db, call.company_id, told)
    if data.name == "refuse":
        raise Invalid("Not this one.")
    if data.name == "slow":
        await call.db.execute(text("select pg_sleep(1)"))
    headers = {"Location": f"/things/{made}", "ETag": '"1"', "Retry-After": "7"}
    return Response(Made(made, data.name), headers=headers)


@post("/slow-down", opt={"rate": Rate(a_minute=0.001, burst=2)}, status_code=200)
async def slow_down() -> Made:
    return Made(UUID(int=1), "ok")


ENDPOINTS = (*probes.HANDLERS, make, change, show, conflict, invalid, bug, record, slow_down)


@asynccontextmanager
async def serving(database: Database, home: Path, *, limited: bool = False, **settings: Any) -> AsyncIterator[Any]:
    """A client of the small app, and the app."""
    given = {"public_url": "http://gateway.test", "provider_token": Secret("a-token"), **settings}
    chosen = Settings(home=home, **given)
    ring = KeyRing(Kek.make(development=True))
    provider = open_provider(chosen)
    with ThreadPoolExecutor(1) as executor:
        wiring = Wiring(
            settings=chosen,
            database=database,
            storage=FolderStorage(home / "objects"),
            key_ring=ring,
            keys=FewKeys(ring),
            provider=provider,
            executor=executor,
        )
        app = create_app(chosen, wiring=wiring, controllers=ENDPOINTS, limited=limited)
        async with app.lifespan():
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
                yield client
    await provider.close()


@pytest.fixture(scope="module")
async def client(
    module_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(module_database, tmp_path_factory.mktemp("home")) as client:
        yield client
