"""`POST /v1/bills/uploads`: files by people and programs, several at once, each answered apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, post
from litestar.di import Provide

from gateway.access.guards import now_of, principal_of, requires
from gateway.access.permissions import Permission
from gateway.access.principal import Principal, PrincipalKind
from gateway.bills import hall
from gateway.bills.came import Came, Door
from gateway.bills.errors import FileRefused
from gateway.http import idempotent
from gateway.http.openapi import example
from gateway.http.parts import Form, Part, received
from gateway.http.problems import Finding, Invalid
from gateway.wiring import Wiring
from ingestion.bounds import Bounds

AnyRequest = Request[Any, Any, Any]

MOST_FILES: Final = 100
"""In one form."""
LONGEST_FORM: Final = 200 * 1024 * 1024
LONGEST_FILE: Final = Bounds().size
AT_ONCE: Final = 4
"""Forms of one process that are worked through at the same time; each has one file in memory."""


class Outcome(StrEnum):
    """What became of a file."""

    TAKEN = "taken"
    """It is kept and will be read."""
    DUPLICATE = "duplicate"
    """These very bytes came before: `bill_id` is the bill they made then."""
    REFUSED = "refused"
    """Nothing of it is kept; `code` and `message` say why."""


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the form, in its order."""

    name: str
    """As it was called, without folders."""
    size: int
    """Bytes."""
    outcome: Outcome
    bill_id: UUID | None = None
    sha256: str | None = None
    state: str | None = None
    """Where the bill stands."""
    code: str | None = None
    """For programs: `encrypted`, `too-large`, `no-file`."""
    message: str | None = None
    """What is wrong, and what to do."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each file."""

    files: tuple[Uploaded, ...]


_EXAMPLE = Answer(
    files=(
        Uploaded(
            name="march.pdf",
            size=84_211,
            outcome=Outcome.TAKEN,
            bill_id=UUID("0199f0c3-1a2b-7c3d-8e4f-5a6b7c8d9e0f"),
            sha256="5f" * 32,
            state="RECEIVED",
        ),
        Uploaded(
            name="april.pdf",
            size=12_400,
            outcome=Outcome.REFUSED,
            code="encrypted",
            message="The PDF asks for a password. Save it without one and send that.",
        ),
    )
)


def provide_gate(request: AnyRequest) -> asyncio.Semaphore:
    """What lets only so many forms be worked through at a time."""
    gate: asyncio.Semaphore = request.app.state.uploading
    return gate


class Uploads(Controller):
    """Suppliers' bills as files."""

    path = "/v1/bills/uploads"
    tags = ("Bills",)
    dependencies = {"gate": Provide(provide_gate, sync_to_thread=False)}  # noqa: RUF012 - the framework's form

    @post(
        "/",
        status_code=200,
        guards=[requires(Permission.BILLS_UPLOAD)],
        summary="Upload bills",
        request_max_body_size=LONGEST_FORM,
        opt=example(bodies={"multipart/form-data": {"files": ["%PDF-1.7 ..."]}}, answer=_EXAMPLE),
    )
    async def upload(self, request: AnyRequest, gate: asyncio.Semaphore) -> Response[Answer]:
        """PDF, JPEG, PNG, GIF, TIFF or XML, up to 100 files of 25 MiB in one form of 200 MiB; the fields' names don't
        matter.

        Each file stands for itself: what is taken is kept even where another one is refused, or the request fails in
        the middle. Sending it again is safe, as the same bytes are never taken twice.
        """
        return await upload(request, gate)


class _Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends files, and where to."""

    wiring: Wiring
    company_id: UUID
    principal: Principal
    now: datetime


async def upload(request: AnyRequest, gate: asyncio.Semaphore) -> Response[Answer]:
    """Work through a form of files. Raises WrongMediaType, Malformed, TooLarge, Invalid."""
    sender = _sender(request)
    wiring, company_id, subject, now = sender.wiring, sender.company_id, sender.principal.subject, sender.now
    async with received(request, most=MOST_FILES) as form, gate:
        if idempotent.key_of(request) is None:
            return Response(await _answered(sender, form))
        # Each file is committed by itself, so the key can't be held meanwhile: of two requests at once both work, which
        # does no harm, and the answer of the first one to end is given to both.
        async with wiring.database.company(company_id) as db:
            await idempotent.begin(request, db, principal=subject, now=now, body=form.digest, kept=False)
        answer = Response(await _answered(sender, form))
        async with wiring.database.company(company_id) as db:
            await idempotent.begin(request, db, principal=subject, now=now, body=form.digest)
            return await idempotent.keep(answer)


async def take(request: AnyRequest, gate: asyncio.Semaphore, parts: AsyncIterator[Part]) -> tuple[Uploaded, ...]:
    """Take files that were read already, each for itself: a page's form, whose token stands among them."""
    sender = _sender(request)
    async with gate:
        return tuple([await _one(sender, part) async for part in parts])


def _sender(request: AnyRequest) -> _Sender:
    principal = principal_of(request)
    if principal.company_id is None:
        raise AssertionError("the guard lets nobody in without a company")
    return _Sender(
        wiring=request.app.state.wiring, company_id=principal.company_id, principal=principal, now=now_of(request)
    )


async def _answered(sender: _Sender, form: Form) -> Answer:
    async with aclosing(form.parts(longest=LONGEST_FILE)) as parts:
        files = [await _one(sender, part) async for part in parts]
    if not files:
        nothing = Finding(rule="FORM-FILES", message="Send at least one file.", pointer="")
        raise Invalid("The form holds no file; see `findings`.", findings=(nothing,))
    return Answer(files=tuple(files))


async def _one(sender: _Sender, part: Part) -> Uploaded:
    principal = sender.principal
    came = Came(
        door=Door.API if principal.kind is PrincipalKind.API_KEY else Door.UPLOAD,
        name=part.filename or "",
        media_type=part.media_type,
        actor=principal.actor,
        maker=principal.user_id,
    )
    name, size = came.short_name, part.size
    if part.filename is None:
        told = f"The field {part.field[:60]!r} is no file: send it with a filename."
        return Uploaded(name=name, size=size, outcome=Outcome.REFUSED, code="no-file", message=told)
    if part.body is None:
        told = f"The file has {size:,} bytes; at most {LONGEST_FILE:,} are taken."
        return Uploaded(name=name, size=size, outcome=Outcome.REFUSED, code="too-large", message=told)
    try:
        taken = await hall.receive(sender.wiring, sender.company_id, part.body, came, now=sender.now)
    except FileRefused as refused:
        code = refused.reason.replace("_", "-")
        return Uploaded(name=name, size=size, outcome=Outcome.REFUSED, code=code, message=refused.detail)
    return Uploaded(
        name=name,
        size=size,
        outcome=Outcome.DUPLICATE if taken.duplicate else Outcome.TAKEN,
        bill_id=taken.bill_id,
        sha256=taken.file_sha256,
        state=taken.state,
    )


CONTROLLERS = (Uploads,)
