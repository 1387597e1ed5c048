"""Tables that people bring as files: CSV and XLSX, to rows of texts under the names of the first row. Pure, bounded.

What begins like a formula is refused, as is a cell that an XLSX computes: nobody could say what was meant, and a list
that is exported again must not run in somebody's spreadsheet. RFC 4180; ECMA-376, parts 1 and 2.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from lxml import etree

from schemas.xmlsafe import XmlRefused, parse

MOST_ROWS = 10_000
MOST_COLUMNS = 64
LONGEST_CELL = 2_000
LARGEST = 10 * 1024 * 1024
"""Bytes of a file, and of each part of an XLSX once unpacked four times that."""

CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_FIGURE = re.compile(r"[+-]?[0-9][0-9., ]*\Z")
_EPOCH = date(1899, 12, 30)
"""Day 0 of an XLSX that counts from 1900, its leap year that never was included."""


class SheetRefused(Exception):
    """This file can't be read as a table; the text says why and what to do."""


class Row(msgspec.Struct, frozen=True):
    """One row that isn't empty."""

    line: int
    """In the file, from 1; the names stand in the first."""
    cells: dict[str, str]
    """By column name in lower case; empty ones are left out."""
    formulas: tuple[str, ...] = ()
    """Columns whose cells are computed, or begin like a formula."""


def read(data: bytes, media_type: str, columns: Iterable[str]) -> list[Row]:
    """The rows of a file that may have these columns. Raises SheetRefused."""
    if len(data) > LARGEST:
        raise SheetRefused(f"The file has {len(data):,} bytes; at most {LARGEST:,} are read.")
    raw = _xlsx(data) if media_type == XLSX or data.startswith(b"PK\x03\x04") else _csv(data)
    return list(_named(raw, frozenset(columns)))


def day(text: str) -> date | None:
    """2026-11-30, 30/11/2026, 30.11.2026, or the number that an XLSX keeps for a day; None for anything else.

    >>> day("30/11/2026") == day("2026-11-30") == day("46356")
    True
    """
    if found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})(?:T00:00:00)?", text):
        year, month, number = found.groups()
    elif found := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", text):
        number, month, year = found.groups()
    elif re.fullmatch(r"\d{5}", text):
        return _EPOCH + timedelta(days=int(text))
    else:
        return None
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        return None


def number(text: str) -> Decimal | None:
    """1234.50 or 1,234.50 (English) or 1.5E-05 (as an XLSX keeps it); None for anything else.

    >>> number("1,234.50"), number("12,5")
    (Decimal('1234.50'), None)
    """
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d{1,20})?", text):
        text = text.replace(",", "")
    if re.fullmatch(r"-?\d{1,20}(?:\.\d{1,20})?(?:E[+-]?\d{1,2})?", text):
        return Decimal(text)
    return None


_Raw = Iterator[tuple[int, list[tuple[str, bool]]]]
"""Line, and cells as text and whether each is computed."""


def _named(raw: _Raw, known: frozenset[str]) -> Iterator[Row]:
    names: list[str] | None = None
    for count, (line, cells) in enumerate(raw):
        if len(cells) > MOST_COLUMNS:
            raise SheetRefused(f"Row {line} has {len(cells)} columns; at most {MOST_COLUMNS} are read.")
        if any(len(text) > LONGEST_CELL for text, _ in cells):
            raise SheetRefused(f"Row {line} has a cell of more than {LONGEST_CELL:,} characters.")
        if names is None:
            names = _names([text for text, _ in cells], known)
            continue
        if count > MOST_ROWS:
            raise SheetRefused(f"There are more than {MOST_ROWS:,} rows; divide the file.")
        if len(cells) > len(names) and any(text for text, _ in cells[len(names) :]):
            raise SheetRefused(f"Row {line} has more cells than there are names in the first row.")
        given = list(zip(names, cells, strict=False))
        formulas = tuple(name for name, (text, computed) in given if computed or _like_formula(text))
        filled = {name: text.strip() for name, (text, _) in given if text.strip()}
        if filled or formulas:
            yield Row(line, filled, formulas)
    if names is None:
        raise SheetRefused("The file is empty; the first row has to name the columns.")


def _names(cells: list[str], known: frozenset[str]) -> list[str]:
    names = [text.strip().lower().replace(" ", "_") for text in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise SheetRefused("The first row has to name the columns; it is empty.")
    if strange := [name for name in names if name not in known]:
        raise SheetRefused(f"There is no column {strange[0][:60]!r}; known are {', '.join(sorted(known))}.")
    if twice := {name for name in names if names.count(name) > 1}:
        raise SheetRefused(f"The column {min(twice)!r} stands twice.")
    return names


def _like_formula(text: str) -> bool:
    """What a spreadsheet would compute on opening: begins with = + - @, and isn't a figure."""
    return text.lstrip(" \t\r\n")[:1] in {"=", "+", "-", "@"} and not _FIGURE.match(text.strip())


def _csv(data: bytes) -> _Raw:
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise SheetRefused("The file isn't UTF-8; save it as `CSV UTF-8`, or as XLSX.") from None
    if "\0" in text:
        raise SheetRefused("The file holds NUL characters; it is no CSV.")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [(cell, False) for cell in cells]
    except csv.Error as error:
        raise SheetRefused(f"Row {reader.line_num} isn't CSV: {error}.") from None


def _xlsx(data: bytes) -> _Raw:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            shared = _shared(packed)
            sheet = _part(packed, _first_sheet(packed))
            if sheet is None:
                raise SheetRefused("The workbook has no sheet.")
            yield from _rows(sheet, shared)
    except XmlRefused as error:
        raise SheetRefused(f"The workbook is damaged: {error}.") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise SheetRefused("The file is no XLSX that can be read; save it anew, without a password.") from None


def _part(packed: zipfile.ZipFile, name: str) -> etree._Element | None:
    """One part of the package, unpacked within bounds whatever its directory says."""
    try:
        info = packed.getinfo(name)
    except KeyError:
        return None
    with packed.open(info) as stream:
        unpacked = stream.read(4 * LARGEST + 1)
    if len(unpacked) > 4 * LARGEST:
        raise SheetRefused("The workbook is too large once unpacked; divide it.")
    return parse(unpacked, limit=4 * LARGEST)


def _first_sheet(packed: zipfile.ZipFile) -> str:
    book, related = _part(packed, "xl/workbook.xml"), _part(packed, "xl/_rels/workbook.xml.rels")
    first = None if book is None else book.find(f"{_MAIN}sheets/{_MAIN}sheet")
    if first is None or related is None:
        raise SheetRefused("The file is no XLSX workbook.")
    wanted = first.get(f"{_RELATED}id")
    for relation in related:
        if relation.get("Id") == wanted:
            target = relation.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise SheetRefused("The workbook doesn't say where its first sheet is.")


def _shared(packed: zipfile.ZipFile) -> list[str]:
    root = _part(packed, "xl/sharedStrings.xml")
    return [] if root is None else [_text(item) for item in root.iter(f"{_MAIN}si")]


def _text(item: etree._Element) -> str:
    """Runs of rich text joined; phonetic readings aren't part of it."""
    return "".join(
        part.text or ""
        for part in item.iter(f"{_MAIN}t")
        if not any(above.tag == f"{_MAIN}rPh" for above in part.iterancestors())
    )


def _rows(sheet: etree._Element, shared: list[str]) -> _Raw:
    for count, row in enumerate(sheet.iter(f"{_MAIN}row"), start=1):
        if count > MOST_ROWS + 1:
            raise SheetRefused(f"There are more than {MOST_ROWS:,} rows; divide the file.")
        cells: list[tuple[str, bool]] = []
        for cell in row.iter(f"{_MAIN}c"):
            column = _column(cell.get("r")) if cell.get("r") else len(cells)
            if column >= MOST_COLUMNS:
                if cell.find(f"{_MAIN}v") is None and cell.find(f"{_MAIN}is") is None:
                    continue
                raise SheetRefused(f"Row {count} has more than {MOST_COLUMNS} columns.")
            cells += [("", False)] * (column - len(cells))
            cells.append((_value(cell, shared), cell.find(f"{_MAIN}f") is not None))
        yield int(row.get("r") or count), cells


def _column(place: str | None) -> int:
    found = _PLACE.match(place or "")
    if found is None:
        raise SheetRefused("The workbook is damaged: a cell has no place.")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _value(cell: etree._Element, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find(f"{_MAIN}is")
        return "" if inline is None else _text(inline)
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        index = int(value) if value.isascii() and value.isdecimal() else len(shared)
        if index >= len(shared):
            raise SheetRefused("The workbook is damaged: it names a text that isn't there.")
        return shared[index]
    if kind == "e":
        raise SheetRefused("A cell holds an error; mend it in the workbook.")
    if kind == "n" and "." in value:
        return _binary(value)
    return value


def _binary(value: str) -> str:
    """A figure that a spreadsheet keeps in binary: 0.1+0.2 is written 0.30000000000000004 and meant as 0.3."""
    try:
        return format(Decimal(f"{float(value):.15g}"), "f")
    except ValueError:
        raise SheetRefused("The workbook is damaged: a figure is none.") from None
