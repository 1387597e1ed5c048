"""What a person puts right in the fields of a bill: each change names its place and gives the value as a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from gateway.access.errors import Unacceptable
from gateway.bills.fields import Fields, Line
from ingestion.document import Box, Kind
from ingestion.extract.ids import ibans

_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,8})?\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_LONGEST = 500
_MOST_LINES = 2000
_MOST_PAGES = 9999
DECIMALS = frozenset(
    {"net", "tax", "total", "payable", "charges", "rounding", "prepaid", "quantity", "unit_price", "discount",
     "net_amount", "tax_rate", "rate"}
)  # fmt: skip
DATES = frozenset({"issue_date", "due_date"})
HEADER = frozenset(Fields.__struct_fields__) - {"lines"}
COLUMNS = frozenset(Line.__struct_fields__)


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value put right, a line added or a line taken out."""

    term: str = ""
    """A name of `Fields`; with `line`, one of `Line`. With `line` and without a name: that line is taken out."""
    line: int | None = None
    """From 0; one past the last adds a line."""
    value: str | None = None
    """`1234.50`, `2026-11-21`, `credit_note`, any text on one line; null: it isn't on the document."""
    page: int | None = None
    """Where it stands, if the person showed it: the supplier's next document is read there."""
    box: Box | None = None


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A change as the ledger keeps it."""

    term: str
    line: int | None
    was: str | None
    now: str | None
    page: int | None = None
    box: tuple[str, str, str, str] | None = None


def apply(fields: Fields, changes: Sequence[Change]) -> tuple[Fields, tuple[Changed, ...]]:
    """The fields after all changes, in their order, and what each of them did; one that changes nothing isn't told.

    Raises Unacceptable with a pointer into `changes`.
    """
    done = []
    for index, change in enumerate(changes):
        at = f"/changes/{index}"
        if change.page is not None and not 1 <= change.page <= _MOST_PAGES:
            raise Unacceptable(f"{at}/page", f"Pages are counted from 1 to {_MOST_PAGES:,}.")
        if change.line is None:
            fields, was, now = _header(fields, change, at)
        elif not change.term:
            fields, was, now = _without_line(fields, change.line, at)
        else:
            fields, was, now = _line(fields, change, at)
        if was != now:
            done.append(
                Changed(
                    term=change.term, line=change.line, was=was, now=now, page=change.page,
                    box=_spelled(change.box) if change.box else None,
                )
            )  # fmt: skip
    return fields, tuple(done)


def parse(term: str, value: str, at: str) -> str | Decimal | date | Kind:
    """A value of its kind. Raises Unacceptable."""
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise Unacceptable(at, f"Give 1 to {_LONGEST} printable characters, or null where the document has none.")
    if term == "kind":
        if text not in set(Kind):
            raise Unacceptable(at, f"Take one of {', '.join(Kind)}.")
        return Kind(text)
    if term in DECIMALS:
        if not _AMOUNT.match(text):
            raise Unacceptable(at, "Give a number such as 1234.50: digits, at most one point, no other signs.")
        return Decimal(text)
    if term in DATES:
        try:
            return date.fromisoformat(text) if len(text) == 10 else _no_day(at)
        except ValueError:
            return _no_day(at)
    if term == "currency" and not _CURRENCY.match(text):
        raise Unacceptable(at, "Give three capital letters of ISO 4217: AED.")
    if term == "iban":
        found = list(ibans(text))
        if len(found) != 1 or not found[0].proven:
            raise Unacceptable(at, "This is no IBAN: its check digits don't hold. Compare it with the document.")
        return str(found[0].value)
    return text


def _no_day(at: str) -> date:
    raise Unacceptable(at, "Give a day as 2026-11-21.")


def _header(fields: Fields, change: Change, at: str) -> tuple[Fields, str | None, str | None]:
    if change.term not in HEADER:
        raise Unacceptable(f"{at}/term", f"Take one of {', '.join(sorted(HEADER))}; for a line say which.")
    if change.value is None and change.term == "kind":
        raise Unacceptable(f"{at}/value", f"Every document is of a kind: {', '.join(Kind)}.")
    value = None if change.value is None else parse(change.term, change.value, f"{at}/value")
    before = getattr(fields, change.term)
    changed = msgspec.structs.replace(fields, **{change.term: value})
    return changed, shown(before), shown(value)


def _line(fields: Fields, change: Change, at: str) -> tuple[Fields, str | None, str | None]:
    index = change.line or 0
    if change.term not in COLUMNS:
        raise Unacceptable(f"{at}/term", f"A line has {', '.join(sorted(COLUMNS))}.")
    if not 0 <= index <= len(fields.lines) or index >= _MOST_LINES:
        raise Unacceptable(f"{at}/line", f"The lines are 0 to {len(fields.lines) - 1}; {len(fields.lines)} adds one.")
    lines = [*fields.lines, Line()] if index == len(fields.lines) else list(fields.lines)
    value = None if change.value is None else parse(change.term, change.value, f"{at}/value")
    before = getattr(lines[index], change.term)
    lines[index] = msgspec.structs.replace(lines[index], **{change.term: value})
    return msgspec.structs.replace(fields, lines=tuple(lines)), shown(before), shown(value)


def _without_line(fields: Fields, index: int, at: str) -> tuple[Fields, str | None, str | None]:
    if not 0 <= index < len(fields.lines):
        raise Unacceptable(f"{at}/line", f"There are {len(fields.lines)} lines, counted from 0.")
    was = fields.lines[index]
    left = (*fields.lines[:index], *fields.lines[index + 1 :])
    told = msgspec.json.encode(msgspec.structs.asdict(was)).decode()
    return msgspec.structs.replace(fields, lines=left), told, None


def shown(value: object) -> str | None:
    """A value as a text, the form in which corrections are kept."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return None if value is None else str(value)


def _spelled(box: Box) -> tuple[str, str, str, str]:
    return f"{box.x0:.2f}", f"{box.y0:.2f}", f"{box.x1:.2f}", f"{box.y1:.2f}"
