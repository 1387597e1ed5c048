"""`/v1/bills` over HTTP: find bills, look at one, its original and its pages."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, patch
from litestar.di import Provide
from litestar.params import Parameter

from gateway.access.call import Call, calling
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.bills import desk, examples, places, queries, view
from gateway.bills.came import Door
from gateway.bills.changes import Change
from gateway.bills.pictures import LEAST_DPI, MOST_DPI, USUAL_DPI, Pictures
from gateway.bills.queries import Filter, Page
from gateway.bills.states import State
from gateway.bills.view import Bill
from gateway.http.download import attachment
from gateway.http.limits import RATE
from gateway.http.openapi import example
from gateway.http.problems import NotFound
from gateway.http.versions import IfMatch, Version, version_of
from gateway.ratelimit import Rate
from ingestion.detect import FileKind
from ingestion.matching import Word

AnyRequest = Request[Any, Any, Any]
Part = Annotated[str | None, Parameter(max_length=100, required=False)]
Day = Annotated[date | None, Parameter(required=False)]
Instant = Annotated[datetime | None, Parameter(required=False)]
Amount = Annotated[Decimal | None, Parameter(description="With VAT, in the bill's currency.", required=False)]
Dpi = Annotated[int, Parameter(ge=LEAST_DPI, le=MOST_DPI, description="Dots an inch.")]

DRAWING: Final = {RATE: Rate(a_minute=600, burst=120)}
"""Each takes some milliseconds of another process; a review shows a few."""
ENDINGS: Final = {
    FileKind.PDF: "pdf", FileKind.JPEG: "jpg", FileKind.PNG: "png", FileKind.GIF: "gif", FileKind.TIFF: "tif",
    FileKind.XML: "xml",
}  # fmt: skip
_PAGE = re.compile(r"([1-9][0-9]{0,3})\.png\Z")


class Corrections(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Values to put right."""

    changes: Annotated[tuple[Change, ...], msgspec.Meta(min_length=1, max_length=500)]


def _provide_pictures(request: AnyRequest) -> Pictures:
    pictures: Pictures = request.app.state.pictures
    return pictures


class Bills(Controller):
    """What suppliers ask to be paid, with evidence for every figure."""

    path = "/v1/bills"
    tags = ("Bills",)
    dependencies = {"pictures": Provide(_provide_pictures, sync_to_thread=False)}  # noqa: RUF012 - the framework's form

    @get(
        "/",
        guards=[requires(Permission.BILLS_READ)],
        summary="List bills",
        opt=example(answer=Page(items=(examples.SUMMARY,), next=None)),
    )
    async def list_bills(
        self,
        call: Call,
        states: Annotated[
            list[State] | None, Parameter(query="state", description="May stand several times.", required=False)
        ] = None,
        supplier_id: UUID | None = None,
        supplier: Part = None,
        number: Annotated[str | None, Parameter(max_length=500, required=False)] = None,
        amount: Amount = None,
        amount_from: Amount = None,
        amount_to: Amount = None,
        currency: Annotated[str | None, Parameter(max_length=3, required=False)] = None,
        issued_from: Day = None,
        issued_to: Day = None,
        received_from: Instant = None,
        received_to: Instant = None,
        door: Door | None = None,
        word: Annotated[Word | None, Parameter(description="The verdict of its match.", required=False)] = None,
        held: bool | None = None,
        search: Annotated[
            str | None,
            Parameter(
                description="A part of the number, the supplier's name or tax id, the order's number or the file's "
                "name; or the whole total.",
                max_length=100,
            ),
        ] = None,
        cursor: Annotated[UUID | None, Parameter(description="`next` of the page before.", required=False)] = None,
        limit: Annotated[int, Parameter(ge=1, le=200, description="How many at most.")] = 50,
    ) -> Page:
        """Latest first. `supplier` is a part of the name, whatever the case; `number` is the whole number."""
        wanted = Filter(
            states=tuple(states or ()),
            supplier_id=supplier_id,
            supplier=supplier,
            number=number,
            least=amount if amount is not None else amount_from,
            most=amount if amount is not None else amount_to,
            currency=currency,
            issued_from=issued_from,
            issued_to=issued_to,
            received_from=received_from,
            received_to=received_to,
            door=door,
            word=word,
            held=held,
            search=search,
        )
        return await queries.page(call.db, call.company_id, wanted, cursor=cursor, limit=limit)

    @get(
        "/{bill_id:uuid}",
        guards=[requires(Permission.BILLS_READ)],
        summary="Show a bill",
        opt=example(answer=examples.BILL),
    )
    async def show(self, call: Call, bill_id: UUID) -> Response[Bill]:
        """What it says, where each value stands and who read it, what is wrong with it, what happened, what is next."""
        return answer(await view.shown(call, bill_id))

    @patch(
        "/{bill_id:uuid}",
        guards=[requires(Permission.BILLS_REVIEW)],
        summary="Put a bill's values right",
        opt=example(body=examples.CORRECTIONS, answer=examples.BILL),
    )
    async def correct(
        self, call: Call, bill_id: UUID, data: Corrections, version: Version = None, if_match: IfMatch = None
    ) -> Response[Bill]:
        """Before acceptance only. `findings` of the answer tell what still doesn't add up.

        The ledger keeps each change. All changes are made, in their order, or none. `page` and `box` say where the
        value stands, so that the supplier's next bill is read there.
        """
        await desk.correct(call, bill_id, data.changes, version=version_of(version, if_match))
        return answer(await view.shown(call, bill_id))

    @get(
        "/{bill_id:uuid}/original",
        guards=[requires(Permission.BILLS_READ)],
        summary="Download a bill's original",
        media_type="application/octet-stream",
    )
    async def original(self, request: AnyRequest, bill_id: UUID) -> Response[bytes]:
        """The file as it came, byte for byte; always as an attachment, because it is somebody else's."""
        async with calling(request) as call:
            row = await queries.one(call.db, call.company_id, bill_id)
            storage = call.wiring.storage
        stem = row.name.rpartition(".")[0] or row.name or str(bill_id)
        disposition = attachment(stem, ENDINGS[FileKind(row.media_type)])
        headers = {"Content-Disposition": disposition, "ETag": f'"{row.sha256}"'}
        return Response(await storage.get(row.sha256), media_type=row.media_type, headers=headers)

    @get(
        "/{bill_id:uuid}/pages/{page:str}",
        guards=[requires(Permission.BILLS_READ)],
        summary="Show a page of a bill",
        media_type="image/png",
        opt=DRAWING,
    )
    async def page(
        self,
        request: AnyRequest,
        pictures: Pictures,
        bill_id: UUID,
        page: Annotated[str, Parameter(description="The page's number in the file, from 1: `1.png`.")],
        dpi: Dpi = USUAL_DPI,
    ) -> Response[bytes]:
        """Drawn in grey from the original, by us."""
        number = _PAGE.match(page)
        if number is None:
            raise NotFound("Pages are called 1.png, 2.png and so on.")
        return await _drawn(request, pictures, bill_id, int(number[1]), dpi)

    @get(
        "/{bill_id:uuid}/crops/{term:str}",
        guards=[requires(Permission.BILLS_READ)],
        summary="Show where a value stands",
        media_type="image/png",
        opt=DRAWING,
    )
    async def crop(
        self,
        request: AnyRequest,
        pictures: Pictures,
        bill_id: UUID,
        term: Annotated[str, Parameter(description="A member of `fields`, such as `total`; with `line`, of a line.")],
        line: Annotated[int | None, Parameter(ge=0, le=9999, description="From 0.", required=False)] = None,
        dpi: Dpi = USUAL_DPI,
    ) -> Response[bytes]:
        """The place on the page, as it was read or as a person showed it."""
        async with calling(request) as call:
            place = await places.find(call, bill_id, term, line)
            digest = await places.drawable(call, bill_id, place.page)
            storage = call.wiring.storage
        return Response(await pictures.page(await storage.get(digest), place.page, dpi=dpi, box=place.box), **_PNG)


async def _drawn(request: AnyRequest, pictures: Pictures, bill_id: UUID, number: int, dpi: int) -> Response[bytes]:
    """In two steps, so that no connection to the database is held while the page is drawn."""
    async with calling(request) as call:
        digest = await places.drawable(call, bill_id, number)
        storage = call.wiring.storage
    return Response(await pictures.page(await storage.get(digest), number, dpi=dpi), **_PNG)


_PNG: Final[dict[str, Any]] = {"media_type": "image/png", "headers": {"Content-Disposition": "inline"}}


def answer(bill: Bill) -> Response[Bill]:
    """With the version to change it by."""
    return Response(bill, headers={"ETag": f'"{bill.version}"'})


CONTROLLERS = (Bills,)
