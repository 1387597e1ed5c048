"""Audit bundles over HTTP: ask for one, watch it being made, fetch it, also in pieces."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import Parameter
from litestar.response import Stream
from litestar.status_codes import HTTP_202_ACCEPTED

from gateway.access import windowed
from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.access.window import OWN_ENTRY, WITHIN
from gateway.bundles import queries
from gateway.bundles.jobs import KEPT, MAKE, BundleJob
from gateway.bundles.models import BundleList, BundleRequest, BundleView
from gateway.db import new_id
from gateway.http.limits import RATE
from gateway.http.problems import Conflict, Invalid, NotFound
from gateway.jobqueue import enqueue
from gateway.ratelimit import Rate
from gateway.storage import Storage
from ledger import store
from ledger import verifier as verifiers
from ledger.bundle.writer import bundled_pages
from ledger.errors import LedgerMissing

MAKING = {RATE: Rate(a_minute=2, burst=10)}
"""Each bundle reads the whole range and takes its room for a day."""
MOST_WAITING, MOST_KEPT = 3, 20
"""Bundles of one company: the disk is everybody's."""
_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{0,18})\Z")


_PACKAGES = "verify_evidence.py"
"""Verifies the package of one document, beside `verify.py`; a bundle has no use for it."""
_PAGES = {"verify.html": "text/html", "verify.py": "text/x-python", "SPEC.md": "text/markdown"}
_PAGES |= {_PACKAGES: "text/x-python"}


@get(
    "/v1/ledger/verifiers/{name:str}",
    tags=("Ledger",),
    media_type="application/octet-stream",
    summary="A verifier, or the specification",
    security=[{}],
)
async def verifier(
    name: Annotated[
        str, Parameter(description="`verify.html` (for a browser), `verify.py`, `verify_evidence.py`, `SPEC.md`.")
    ],
) -> Response[bytes]:
    """As they lie in every bundle and evidence package, to be saved and used without us. For everybody: they hold
    nothing of anybody.

    Whoever doesn't trust this server takes them from the project's repository and compares.
    """
    if name not in _PAGES:
        raise NotFound(f"There is no verifier of this name; there are {', '.join(_PAGES)}.")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    pages = bundled_pages() | {_PACKAGES: (Path(verifiers.__file__).parent / _PACKAGES).read_bytes()}
    return Response(pages[name], media_type=f"{_PAGES[name]}; charset=utf-8", headers=headers)


class Bundles(Controller):
    """The ledger in one file, to be verified without us."""

    path = "/v1/ledger/bundles"
    tags = ("Ledger",)

    @post(
        guards=[requires(Permission.LEDGER_EXPORT)],
        status_code=HTTP_202_ACCEPTED,
        summary="Have an audit bundle made",
        opt=MAKING | OWN_ENTRY | WITHIN,
    )
    async def make(self, call: Call, data: BundleRequest) -> Response[BundleView]:
        """One ZIP file with entries, documents, signatures, keys, checkpoints, proofs and two verifiers.

        Made in the background; `Location` tells how far it is. The export becomes an entry of the ledger.
        """
        first, last = await _range(call, data)
        waiting, kept = await queries.at_hand(call.db, call.company_id, since=call.now - KEPT)
        if waiting >= MOST_WAITING:
            raise Conflict(f"{waiting} bundles are still to be made; ask for another one when one of them is done.")
        if kept >= MOST_KEPT:
            raise Conflict(f"{kept} bundles are kept for download; the oldest goes a day after it was made.")
        view = await queries.insert(
            call.db, call.company_id, new_id(), first=first, last=last, requested_by=call.principal.actor, now=call.now
        )
        payload = msgspec.json.encode(BundleJob(bundle_id=view.id))
        await enqueue(call.db, MAKE, payload, company_id=call.company_id)
        return Response(view, headers={"Location": f"/v1/ledger/bundles/{view.id}"})

    @get(guards=[requires(Permission.LEDGER_EXPORT)], summary="Audit bundles", opt=OWN_ENTRY | WITHIN)
    async def list_all(self, call: Call) -> BundleList:
        """The last 20, newest first."""
        views = await queries.latest(call.db, call.company_id)
        return BundleList(bundles=[view for view in views if await _hidden(call, view.first, view.last) is None])

    @get(
        "/{bundle_id:uuid}",
        guards=[requires(Permission.LEDGER_EXPORT)],
        summary="An audit bundle",
        opt=OWN_ENTRY | WITHIN,
    )
    async def show(self, call: Call, bundle_id: UUID) -> BundleView:
        """How far it is; once `state` is `done` the file can be fetched until `expires_at`."""
        return await _one(call, bundle_id)

    @get(
        "/{bundle_id:uuid}/file",
        guards=[requires(Permission.LEDGER_EXPORT)],
        summary="Fetch an audit bundle",
        media_type="application/zip",
        opt=WITHIN,
    )
    async def fetch(
        self,
        call: Call,
        bundle_id: UUID,
        wanted: Annotated[str | None, Parameter(header="Range", description="`bytes=N-` goes on from byte N.")] = None,
        known: Annotated[
            str | None, Parameter(header="If-Range", description="The ETag that the bytes before had.")
        ] = None,
    ) -> Stream:
        """The ZIP file. A download that broke off goes on with `Range` and the `ETag`, which is its SHA-256."""
        view = await _one(call, bundle_id)
        if view.state != "done" or view.sha256 is None or view.bytes is None:
            raise Conflict(_WHY.get(view.state, "The bundle is not made yet."), facts={"state": view.state})
        etag, length = f'"{view.sha256}"', view.bytes
        start, end = _part(wanted if known in (None, etag) else None, length)
        headers = {
            "Content-Disposition": f'attachment; filename="ledger-{view.first}-{view.last}.zip"',
            "Content-Length": str(end - start),
            "Accept-Ranges": "bytes",
            "ETag": etag,
        }
        partial = (start, end) != (0, length)
        if partial:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{length}"
        pieces = _pieces(call.wiring.storage, view.sha256, start, end)
        return Stream(pieces, media_type="application/zip", headers=headers, status_code=206 if partial else 200)


_WHY = {
    "expired": "The file was kept for a day and is gone; ask for another bundle.",
    "failed": "This bundle could not be made; its `failure` says why.",
}


async def _range(call: Call, data: BundleRequest) -> tuple[int, int]:
    try:
        head = await store.head(call.db, call.company_id)
    except LedgerMissing:
        raise NotFound("This company has no ledger yet; it is opened when the company is approved.") from None
    first, last = 0 if data.first is None else data.first, head.count - 1 if data.last is None else data.last
    window = call.principal.window
    if window is not None and (data.first is None or data.last is None):
        reach = await windowed.reach(call.db, call.company_id, window)
        if reach is None:
            raise Invalid(f"Nothing was recorded on your days, {window}: there is nothing to bundle.")
        first = reach[0] if data.first is None else data.first
        last = reach[1] if data.last is None else data.last
    if not 0 <= first <= last < head.count:
        raise Invalid(f"There are entries 0 to {head.count - 1}: let first and last lie there, first not behind last.")
    hidden = await _hidden(call, first, last)
    if hidden is not None:
        raise windowed.outside(call, f"Entry {hidden} was")
    return first, last


async def _hidden(call: Call, first: int, last: int) -> int | None:
    """The first entry of a range that the caller doesn't see."""
    if call.principal.window is None:
        return None
    return await windowed.strange(call.db, call.company_id, call.principal.window, first, last)


async def _one(call: Call, bundle_id: UUID) -> BundleView:
    view = await queries.one(call.db, call.company_id, bundle_id)
    if view is None:
        raise NotFound(f"There is no bundle {bundle_id}.")
    hidden = await _hidden(call, view.first, view.last)
    if hidden is not None:
        raise windowed.outside(call, f"Entry {hidden}, which is in it, was")
    return view


def _part(wanted: str | None, length: int) -> tuple[int, int]:
    """First byte and the one behind the last; RFC 9110, section 14: a range that isn't understood is passed over."""
    found = _RANGE.match(wanted) if wanted else None
    if found is None:
        return 0, length
    start, end = int(found[1]), min(int(found[2]) + 1, length) if found[2] else length
    return (start, end) if start < end else (0, length)


async def _pieces(storage: Storage, digest: str, start: int, end: int) -> AsyncIterator[bytes]:
    at = 0
    async for piece in storage.stream(digest):
        part = piece[max(start - at, 0) : max(end - at, 0)]
        at += len(piece)
        if part:
            yield part  # and read on behind `end`: the storage checks the digest after the last piece
