"""`/v1/purchase-orders` and `/v1/goods-receipts` over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post, put
from litestar.params import Parameter

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.http.download import attachment
from gateway.http.openapi import example
from gateway.http.problems import WrongMediaType
from gateway.purchasing import examples, flow, importing, queries, receipt_rows, receipts, sending, view
from gateway.purchasing.flow import Change, Said
from gateway.purchasing.importing import Report
from gateway.purchasing.models import Content
from gateway.purchasing.receipts import Counter, NewReceipt
from gateway.purchasing.states import State
from gateway.purchasing.view import Edition, OrderPage, OrderShown, Receipt, ReceiptPage
from gateway.sheets import CSV, XLSX

Cursor = Annotated[UUID | None, Parameter(description="`next` of the page before.")]
Limit = Annotated[int, Parameter(ge=1, le=200, description="How many at most.")]
DryRun = Annotated[bool, Parameter(description="Say what would happen, and take it all back.")]

_READ, _WRITE = requires(Permission.PURCHASING_READ), requires(Permission.PURCHASING_WRITE)
_XML = "application/xml"


class Sending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an order gets to its supplier."""

    by: Literal["mail", "hand"]
    """`mail`: this gateway sends it. `hand`: somebody gave it to the supplier, and says so."""
    to: str | None = None
    """The address; absent: the supplier's first one. By mail only."""


class PurchaseOrders(Controller):
    """What the company ordered of its suppliers; their bills are held against it."""

    path = "/v1/purchase-orders"
    tags = ("Purchasing",)

    @get("/", guards=[_READ], summary="List purchase orders",
         opt=example(answer=OrderPage(items=(examples.SUMMARY,), next=None)))  # fmt: skip
    async def list_orders(
        self,
        call: Call,
        order_state: Annotated[State | None, Parameter(query="state", description="Only those in this state.")] = None,
        supplier_id: Annotated[UUID | None, Parameter(description="Only this supplier's.")] = None,
        number: Annotated[str | None, Parameter(description="However it is written.", max_length=60)] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> OrderPage:
        """Latest first."""
        rows = await queries.page(
            call.db, call.company_id, before=cursor, state=order_state, supplier_id=supplier_id, number=number,
            most=limit + 1,
        )  # fmt: skip
        items = tuple(view.summary(row) for row in rows[:limit])
        return OrderPage(items=items, next=items[-1].id if len(rows) > limit else None)

    @post("/", guards=[_WRITE], summary="Draft a purchase order",
          opt=example(body=examples.CONTENT, answer=examples.ORDER))  # fmt: skip
    async def draft(self, call: Call, data: Content) -> OrderShown:
        """Nothing is held against it before it is sent."""
        return await self._shown(call, await flow.draft(call, data))

    @get("/{order_id:uuid}", guards=[_READ], summary="Show a purchase order", opt=example(answer=examples.ORDER))
    async def show(self, call: Call, order_id: UUID) -> OrderShown:
        """With what was received and billed of each line, and the letters it went out in."""
        return await self._shown(call, order_id)

    @put("/{order_id:uuid}", guards=[_WRITE], summary="Change a purchase order",
         opt=example(body=examples.CHANGE, answer=examples.ORDER))  # fmt: skip
    async def change(self, call: Call, order_id: UUID, data: Change) -> OrderShown:
        """A new edition; the earlier ones stay. Once it was sent, a reason is needed; number, supplier and currency
        stay, and less than was received or billed is taken with `below: true` only. Send it to the supplier again."""
        await flow.change(call, order_id, data)
        return await self._shown(call, order_id)

    @get("/{order_id:uuid}/editions", guards=[_READ], summary="Every edition of a purchase order",
         opt=example(answer=[examples.EDITION]))  # fmt: skip
    async def editions(self, call: Call, order_id: UUID) -> tuple[Edition, ...]:
        """Who changed what, when and why; oldest first."""
        return await view.editions(call.db, call.company_id, order_id)

    @get("/{order_id:uuid}/xml", guards=[_READ], summary="A purchase order as UBL", media_type=_XML)
    async def xml(self, call: Call, order_id: UUID) -> Response[bytes]:
        """UBL 2.1 Order, as it stands; a letter has the one of its edition."""
        shown = await self._shown(call, order_id)
        _, written = await sending.written_for(call.db, call.company_id, shown.content, shown.edition)
        named = {"Content-Disposition": attachment(shown.number, "xml")}
        return Response(written.xml, media_type=_XML, headers=named)

    @post("/{order_id:uuid}/send", status_code=202, guards=[_WRITE], summary="Send a purchase order",
          opt=example(body=Sending(by="mail", to="orders@supplier.example"), answer=examples.ORDER))  # fmt: skip
    async def send(self, call: Call, order_id: UUID, data: Sending) -> OrderShown:
        """By e-mail, with the order as UBL attached; or say that it was given by hand. An order that was sent goes out
        again by e-mail as it stands now. Orders don't go over the Peppol network from here."""
        if data.by == "hand":
            await flow.send_by_hand(call, order_id)
        else:
            await sending.order(call, order_id, data.to)
        return await self._shown(call, order_id)

    @post("/{order_id:uuid}/close", status_code=200, guards=[_WRITE], summary="Close a purchase order",
          opt=example(body=examples.SAID, answer=examples.ORDER))  # fmt: skip
    async def close(self, call: Call, order_id: UUID, data: Said) -> OrderShown:
        """Nothing more is expected; a bill that names it is held."""
        await flow.close(call, order_id, data)
        return await self._shown(call, order_id)

    @post("/{order_id:uuid}/reopen", status_code=200, guards=[_WRITE], summary="Reopen a purchase order",
          opt=example(body=examples.SAID, answer=examples.ORDER))  # fmt: skip
    async def reopen(self, call: Call, order_id: UUID, data: Said) -> OrderShown:
        """Something is expected after all; held bills are matched again."""
        await flow.reopen(call, order_id, data)
        return await self._shown(call, order_id)

    @post("/{order_id:uuid}/cancel", status_code=200, guards=[_WRITE], summary="Cancel a purchase order",
          opt=example(body=examples.SAID, answer=examples.ORDER))  # fmt: skip
    async def cancel(self, call: Call, order_id: UUID, data: Said) -> OrderShown:
        """For good. Only where nothing was received or billed."""
        await flow.cancel(call, order_id, data)
        return await self._shown(call, order_id)

    @post("/import", status_code=200, guards=[_WRITE], summary="Import purchase orders",
          opt=example(bodies={CSV: examples.ORDERS_CSV}, answer=examples.REPORT))  # fmt: skip
    async def import_orders(
        self, call: Call, request: Request[Any, Any, Any], body: bytes, dry_run: DryRun = False
    ) -> Report:
        """CSV or XLSX; rows of one number make one draft. All or nothing: the findings name rows and columns."""
        return await importing.orders(call, body, _table(request), dry_run=dry_run)

    async def _shown(self, call: Call, order_id: UUID) -> OrderShown:
        return await view.order(call.db, call.company_id, order_id)


class GoodsReceipts(Controller):
    """What came of the orders, and what went back."""

    path = "/v1/goods-receipts"
    tags = ("Purchasing",)

    @get("/", guards=[_READ], summary="List goods receipts",
         opt=example(answer=ReceiptPage(items=(examples.RECEIPT,), next=None)))  # fmt: skip
    async def list_receipts(
        self,
        call: Call,
        order_id: Annotated[UUID | None, Parameter(description="Only those of this order.")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> ReceiptPage:
        """Latest first."""
        rows = await receipt_rows.page(call.db, call.company_id, before=cursor, order_id=order_id, most=limit + 1)
        items = tuple(await view.receipts(call.db, call.company_id, rows[:limit]))
        return ReceiptPage(items=items, next=items[-1].id if len(rows) > limit else None)

    @post("/", guards=[_WRITE], summary="Record a goods receipt",
          opt=example(body=examples.NEW_RECEIPT, answer=examples.RECEIPT))  # fmt: skip
    async def record(self, call: Call, data: NewReceipt) -> Receipt:
        """Of one or several orders of one supplier, whole or in part. What goes back is negative."""
        return await view.receipt(call.db, call.company_id, await receipts.record(call, data))

    @get("/{receipt_id:uuid}", guards=[_READ], summary="Show a goods receipt", opt=example(answer=examples.RECEIPT))
    async def show(self, call: Call, receipt_id: UUID) -> Receipt:
        """With its lines in their orders' units."""
        return await view.receipt(call.db, call.company_id, receipt_id)

    @post("/{receipt_id:uuid}/cancel", status_code=201, guards=[_WRITE], summary="Take a goods receipt back",
          opt=example(body=examples.COUNTER, answer=examples.RECEIPT))  # fmt: skip
    async def cancel(self, call: Call, receipt_id: UUID, data: Counter) -> Receipt:
        """A receipt is never changed: another one of the opposite is recorded, which is the answer."""
        return await view.receipt(call.db, call.company_id, await receipts.counter(call, receipt_id, data))

    @post("/import", status_code=200, guards=[_WRITE], summary="Import goods receipts",
          opt=example(bodies={CSV: examples.RECEIPTS_CSV}, answer=examples.REPORT))  # fmt: skip
    async def import_receipts(
        self, call: Call, request: Request[Any, Any, Any], body: bytes, dry_run: DryRun = False
    ) -> Report:
        """CSV or XLSX; rows of one number make one receipt. All or nothing: the findings name rows and columns."""
        return await importing.goods_receipts(call, body, _table(request), dry_run=dry_run)


def _table(request: Request[Any, Any, Any]) -> str:
    media_type = request.content_type[0]
    if media_type not in {CSV, XLSX}:
        raise WrongMediaType(f"Send a table as {CSV} or {XLSX}.")
    return media_type


CONTROLLERS = (PurchaseOrders, GoodsReceipts)
