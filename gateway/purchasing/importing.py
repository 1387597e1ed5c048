"""Orders and receipts out of a table: everything or nothing, each mistake named by its row and column.

Rows that share a number make one document. A dry run does the whole work and takes it back, so that what it says is
what would happen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from decimal import Decimal
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.call import Call
from gateway.http.problems import Finding, GatewayError, Invalid
from gateway.purchasing import flow, queries, receipts
from gateway.purchasing.cells import Cells, Wrong
from gateway.purchasing.models import Content, Line
from gateway.purchasing.receipts import NewReceipt, NewReceiptLine
from gateway.sheets import Row, SheetRefused, read
from gateway.suppliers import queries as suppliers

MOST = 1_000
"""Documents in one file."""
_MOST_PROBLEMS = 200

ORDER_COLUMNS = (
    "number", "supplier", "currency", "issue_date", "charges", "note", "position", "description", "buyer_item",
    "seller_item", "standard_item", "unit", "quantity", "price", "tax_rate", "group", "receipt_expected", "other_units",
)  # fmt: skip
RECEIPT_COLUMNS = (
    "number", "received_on", "delivery_note", "note", "order", "position", "received", "rejected", "unit",
)  # fmt: skip

T = TypeVar("T")


class Made(msgspec.Struct, frozen=True):
    """One document of the file."""

    number: str
    id: UUID | None
    """Null in a dry run."""
    lines: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file."""

    written: bool
    """False in a dry run."""
    made: tuple[Made, ...]
    wrong: tuple[Wrong, ...] = ()


class NotImported(Invalid):
    """Something in the file is wrong, so nothing of it was taken."""

    code = "import-refused"


class _Group(msgspec.Struct, Generic[T], frozen=True):
    """The rows of one document, and what they say."""

    number: str
    lines: tuple[int, ...]
    document: T


async def orders(call: Call, data: bytes, media_type: str, *, dry_run: bool) -> Report:
    """Each order becomes a draft. Raises NotImported, in a dry run only where the file can't be read at all."""
    rows = _read(data, media_type, ORDER_COLUMNS)
    wrong: list[Wrong] = []
    groups: list[_Group[Content]] = []
    for name, own in _grouped(rows, wrong):
        if (content := await _order(call, own, wrong)) is not None:
            groups.append(_Group(name, tuple(row.line for row in own), content))
    return await _write(call, groups, wrong, lambda one: flow.draft(call, one), dry_run=dry_run)


async def goods_receipts(call: Call, data: bytes, media_type: str, *, dry_run: bool) -> Report:
    """Each receipt is recorded. Raises as `orders` does."""
    rows = _read(data, media_type, RECEIPT_COLUMNS)
    wrong: list[Wrong] = []
    groups: list[_Group[NewReceipt]] = []
    for name, own in _grouped(rows, wrong):
        if (receipt := _receipt(own, wrong)) is not None:
            groups.append(_Group(name, tuple(row.line for row in own), receipt))
    # All orders at once, in the order of their ids: afterwards the ledger's head is held, and nothing may be waited
    # for.
    named = {line.order for group in groups for line in group.document.lines}
    known = await queries.numbered(call.db, call.company_id, named)
    await queries.locked(call.db, call.company_id, [row.id for row in known.values()])
    return await _write(call, groups, wrong, lambda one: receipts.record(call, one), dry_run=dry_run)


def _read(data: bytes, media_type: str, columns: Sequence[str]) -> list[Row]:
    try:
        rows = read(data, media_type, columns)
    except SheetRefused as error:
        raise NotImported(str(error)) from None
    if not rows:
        raise NotImported("There is no row below the names of the columns.")
    return rows


def _grouped(rows: Sequence[Row], wrong: list[Wrong]) -> Iterator[tuple[str, list[Row]]]:
    """Rows by number, in the order in which the numbers come."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        for column in row.formulas:
            wrong.append(Wrong(row.line, column, "It is a formula, or begins like one; write the value itself."))
        if "number" not in row.cells:
            wrong.append(Wrong(row.line, "number", "Every row needs the number of its document."))
        else:
            groups.setdefault(row.cells["number"], []).append(row)
    if len(groups) > MOST:
        raise NotImported(f"There are {len(groups):,} documents in the file; at most {MOST:,} are taken at once.")
    yield from groups.items()


def _same(rows: Sequence[Row], columns: Sequence[str], wrong: list[Wrong]) -> None:
    """What the first row says of the whole document, later rows repeat or leave out."""
    for row in rows[1:]:
        for column in columns:
            if row.cells.get(column, "") not in {"", rows[0].cells.get(column, "")}:
                wrong.append(Wrong(row.line, column, f"Row {rows[0].line} of the same number says something else."))


async def _order(call: Call, rows: Sequence[Row], wrong: list[Wrong]) -> Content | None:
    before = len(wrong)
    _same(rows, ("supplier", "currency", "issue_date", "charges", "note"), wrong)
    head = Cells(rows[0], wrong)
    supplier_id, issue_date = await _supplier(call.db, call.company_id, head, rows[0], wrong), head.day("issue_date")
    charges, currency = head.number("charges"), head.text("currency", needed=True)
    lines = []
    for row in rows:
        cells = Cells(row, wrong)
        lines.append(
            Line(
                position=cells.text("position", needed=True),
                description=cells.text("description", needed=True),
                buyer_item=cells.text("buyer_item"),
                seller_item=cells.text("seller_item"),
                standard_item=cells.text("standard_item"),
                unit=cells.text("unit", needed=True),
                quantity=cells.number("quantity", needed=True) or Decimal(0),
                price=cells.number("price", needed=True) or Decimal(0),
                tax_rate=cells.number("tax_rate"),
                group=cells.text("group"),
                receipt_expected=cells.yes("receipt_expected"),
                other_units=cells.units("other_units"),
            )
        )
    if len(wrong) > before or supplier_id is None or issue_date is None:
        return None
    return Content(
        number=rows[0].cells["number"], supplier_id=supplier_id, currency=currency, issue_date=issue_date,
        lines=tuple(lines), charges=charges or Decimal(0), note=head.text("note"),
    )  # fmt: skip


async def _supplier(db: AsyncConnection, company_id: UUID, head: Cells, row: Row, wrong: list[Wrong]) -> UUID | None:
    """By our id, a tax id or the name."""
    value = head.text("supplier", needed=True)
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        pass
    found = await suppliers.resolve(db, company_id, tax_id=value, name=None, endpoint=None)
    found = found or await suppliers.resolve(db, company_id, tax_id=None, name=value, endpoint=None)
    if found is None:
        wrong.append(Wrong(row.line, "supplier", "No supplier in use has this id, tax id or name, or several have."))
    return found


def _receipt(rows: Sequence[Row], wrong: list[Wrong]) -> NewReceipt | None:
    before = len(wrong)
    _same(rows, ("received_on", "delivery_note", "note"), wrong)
    head = Cells(rows[0], wrong)
    received_on = head.day("received_on")
    lines = []
    for row in rows:
        cells = Cells(row, wrong)
        lines.append(
            NewReceiptLine(
                order=cells.text("order", needed=True),
                position=cells.text("position", needed=True),
                received=cells.number("received", needed=True) or Decimal(0),
                rejected=cells.number("rejected") or Decimal(0),
                unit=cells.text("unit") or None,
            )
        )
    if len(wrong) > before or received_on is None:
        return None
    return NewReceipt(
        number=rows[0].cells["number"], received_on=received_on, delivery_note=head.text("delivery_note"),
        note=head.text("note"), lines=tuple(lines),
    )  # fmt: skip


async def _write(
    call: Call,
    groups: Sequence[_Group[T]],
    wrong: list[Wrong],
    write: Callable[[T], Awaitable[UUID]],
    *,
    dry_run: bool,
) -> Report:
    made: list[Made] = []
    async with call.db.begin_nested() as whole:
        for group in groups:
            try:
                async with call.db.begin_nested():
                    written = await write(group.document)
            except GatewayError as error:
                wrong += _told(error, group)
                continue
            made.append(Made(group.number, None if dry_run else written, len(group.lines)))
        if dry_run or wrong:
            await whole.rollback()
    told = tuple(sorted(wrong, key=lambda one: one.line)[:_MOST_PROBLEMS])
    if told and not dry_run:
        findings = tuple(
            Finding(
                rule="GW-IMPORT", layer="gateway", message=one.message, where=f"row {one.line} {one.column}".strip()
            )
            for one in told
        )
        raise NotImported(
            "Nothing was imported; mend what `findings` name, or ask with dry_run=true.", findings=findings
        )
    return Report(written=not dry_run, made=tuple(made), wrong=told)


def _told(error: GatewayError, group: _Group[T]) -> Iterator[Wrong]:
    """The findings of a document, by the rows that made it."""
    if not error.findings:
        yield Wrong(group.lines[0], "", error.detail)
    for finding in error.findings:
        parts = str(finding.pointer or "").split("/")[1:]
        if len(parts) >= 2 and parts[0] == "lines" and parts[1].isdecimal():
            yield Wrong(group.lines[int(parts[1])], parts[2] if len(parts) > 2 else "", finding.message)
        else:
            column = {"supplier_id": "supplier"}.get(parts[0], parts[0]) if parts else ""
            yield Wrong(group.lines[0], "" if column == "lines" else column, finding.message)
