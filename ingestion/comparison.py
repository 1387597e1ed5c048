"""Two readings of one document: what both say, where they differ, and which value stands and why.

Values that both give are surer than one of them. Where they differ our rules' stands unless arithmetic or check digits
speak for the other; a value that no printed word carries never stands, whoever gives it. All arithmetic is done here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from ingestion.arithmetic import line_sum
from ingestion.document import Column, Extraction, Page, Reading, Term, Transcript, Value
from ingestion.extract.currencies import SYMBOLS
from ingestion.extract.dates import days
from ingestion.extract.ids import is_iban, vat_id
from ingestion.readers import agreement

_SUM = (Term.NET, Term.TAX, Term.TOTAL)
DECISIVE = (Term.SUPPLIER_TAX_ID, Term.INVOICE_NUMBER, Term.ISSUE_DATE, Term.CURRENCY, *_SUM, Term.PAYABLE, Term.IBAN)
"""What is paid, when and to whom: no language model's word alone is enough for these."""
_NUMBER = re.compile(r"[0-9]+(?:[.,'\u2019\u066b\u066c \u00a0\u202f][0-9]+)*")
_SURE = 0.8
"""Raw confidence from which our rules' reading of a page is held against what the file states."""
Line = Mapping[Column, Reading]


class Why(StrEnum):
    """Why a value stands against another."""

    STATED = "stated"
    """The embedded XML states it; the page shows another value, or none (`other` is None)."""
    ADDS_UP = "adds_up"
    """Only with it net and tax make the total, or the lines the net."""
    PROVEN = "proven"
    """Its check digits hold, the other's don't."""
    FIRST = "first"
    """Nothing speaks for either: the rules' stands."""
    ALONE = "alone"
    """Our rules found none, the other reading gives this one, and nothing bears it out (`other` is None)."""
    UNGROUNDED = "ungrounded"
    """The other reading gives a value that isn't in the words it points at; it is dropped."""


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """A value that two readings give differently."""

    stands: Value | None
    other: Value | None
    why: Why
    term: Term | None = None
    """A value of the whole document, else one of a line:"""
    column: Column | None = None
    line: int | None = None
    """From 0; None with `column` for the table as a whole: `stands` and `other` are numbers of lines."""


class Compared(msgspec.Struct, frozen=True):
    """What two readings make together."""

    extraction: Extraction
    disagreements: tuple[Disagreement, ...]


def compare(first: Extraction, second: Extraction) -> Compared:
    """`first` is our rules', `second` a language model's or anybody's who points at words."""
    told: list[Disagreement] = []
    grounded = _grounded(second, told)
    header = _header(first.header, grounded.header, told)
    net = header.get(Term.NET)
    lines = _lines(first.lines, grounded.lines, net.value if net else None, told)
    extraction = msgspec.structs.replace(
        first,
        kind=first.kind,
        header={term: header[term] for term in Term if term in header},
        lines=lines,
        extractor=f"{first.extractor} + {second.extractor}",
        doubts=tuple(
            dict.fromkeys((*first.doubts, *second.doubts, *(() if first.kind is second.kind else ("kinds_differ",))))
        ),
    )
    return Compared(extraction, tuple(told))


def against_page(stated: Extraction, shown: Extraction, transcript: Transcript) -> tuple[Disagreement, ...]:
    """Where embedded XML says something else than the page: amounts that no page shows, and what our rules read surely.

    Signs aren't looked at. A text or an account that stands on a page somewhere counts as shown, wherever our rules
    looked.
    """
    told = {
        each.term: Disagreement(term=each.term, stands=each.stated, other=None, why=Why.STATED)
        for each in agreement.unshown(stated, transcript)
    }
    letters = _bare(" ".join(word.text for page in transcript.pages for word in page.words))
    adding = _adds_up(shown.header)
    for each in agreement.differing(stated, shown):
        if each.term in agreement.AMOUNTS:
            counts = adding and each.term in _SUM and _size(each.stated) != _size(each.shown)
        elif each.term in (Term.INVOICE_NUMBER, Term.IBAN, Term.SUPPLIER_TAX_ID, Term.CURRENCY):
            counts = _bare(str(each.stated)) not in letters
        else:
            counts = False
        if counts and shown.header[each.term].confidence >= _SURE:
            told[each.term] = Disagreement(term=each.term, stands=each.stated, other=each.shown, why=Why.STATED)
    return tuple(told.values())


def grounded(reading: Reading, key: Term | Column, pages: Mapping[int, Page] | None = None) -> bool:
    """Whether the value is in the words that its evidence quotes.

    `pages`: quotes are held against these, too, by number: a quote that stands on no page is none.
    """
    quotes = [each for each in reading.evidence if each.page is not None]
    if not quotes or any(pages is not None and not _quoted(each.text, pages.get(each.page or 0)) for each in quotes):
        return False
    text, value = " ".join(each.text for each in quotes), reading.value
    if isinstance(value, Decimal):
        numbers = {meaning for each in quotes for meaning in _meanings(each.text)}
        return abs(value) in numbers
    if isinstance(value, date):
        return any(value in (day.dmy, day.mdy) for day in days(text))
    if key is Term.CURRENCY:
        return value in text.upper() or any(sign in text for sign, code in SYMBOLS.items() if code == value)
    return bool(_bare(value)) and _bare(value) in _bare(text)


def _quoted(text: str, page: Page | None) -> bool:
    return page is not None and _bare(text) in _bare(" ".join(word.text for word in page.words))


def _meanings(text: str) -> set[Decimal]:
    plain = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    found: set[Decimal] = set()
    for number in _NUMBER.findall(plain.replace("\u066b", ".").replace("\u066c", "'").replace("\u2019", "'")):
        found |= agreement.meanings("".join(number.split()))
        for part in number.split():
            found |= agreement.meanings(part)
    return found


def _grounded(extraction: Extraction, told: list[Disagreement]) -> Extraction:
    header: dict[Term, Reading] = {}
    for term, reading in extraction.header.items():
        if grounded(reading, term):
            header[term] = reading
        else:
            told.append(Disagreement(term=term, stands=None, other=reading.value, why=Why.UNGROUNDED))
    lines: list[Line] = []
    for index, line in enumerate(extraction.lines):
        kept = {column: reading for column, reading in line.items() if grounded(reading, column)}
        told.extend(
            Disagreement(column=column, line=index, stands=None, other=line[column].value, why=Why.UNGROUNDED)
            for column in line
            if column not in kept
        )
        lines.append(kept)
    return msgspec.structs.replace(extraction, header=header, lines=tuple(line for line in lines if line))


def _header(
    first: Mapping[Term, Reading], second: Mapping[Term, Reading], told: list[Disagreement]
) -> dict[Term, Reading]:
    """The sum is taken from one side as a whole; every other value by itself."""
    theirs = not _adds_up(first) and _adds_up({**first, **{term: second[term] for term in _SUM if term in second}})
    found: dict[Term, Reading] = {}
    for term in Term:
        one, other = first.get(term), second.get(term)
        if one is None or other is None:
            lone = one or other
            if lone is not None:
                found[term] = lone
            if other is not None and term in DECISIVE and not (theirs and term in _SUM):
                told.append(Disagreement(term=term, stands=other.value, other=None, why=Why.ALONE))
        elif _same(one.value, other.value):
            found[term] = _surer(one, other)
        else:
            stands, why = one, Why.FIRST
            if term in _SUM and (theirs or (_adds_up(first) and not _adds_up(second))):
                stands, why = (other if theirs else one), Why.ADDS_UP
            elif proven(other.value, term) != proven(one.value, term):
                stands, why = (other if proven(other.value, term) else one), Why.PROVEN
            rejected = other if stands is one else one
            found[term] = msgspec.structs.replace(stands, confidence=stands.confidence / 2)
            told.append(Disagreement(term=term, stands=stands.value, other=rejected.value, why=why))
    return found


def _lines(
    first: tuple[Line, ...], second: tuple[Line, ...], net: Value | None, told: list[Disagreement]
) -> tuple[Line, ...]:
    """One table as a whole; where both have as many lines, each line's values by themselves."""
    if not first or not second:
        return first or second
    if len(first) != len(second):
        theirs = _decided(first, second, net)
        why = Why.FIRST if theirs is None else Why.ADDS_UP
        stands, other = (second, first) if theirs else (first, second)
        told.append(
            Disagreement(column=Column.NET_AMOUNT, stands=Decimal(len(stands)), other=Decimal(len(other)), why=why)
        )
        return stands
    decided = _decided(first, second, net)
    return tuple(
        _line(index, one, other, decided, told) for index, (one, other) in enumerate(zip(first, second, strict=True))
    )


def _decided(first: tuple[Line, ...], second: tuple[Line, ...], net: Value | None) -> bool | None:
    """Whether only the second's amounts make the net total; None where that decides nothing."""
    ours, theirs = line_sum(first) == net, line_sum(second) == net
    return None if ours == theirs else theirs


def _line(index: int, one: Line, other: Line, theirs: bool | None, told: list[Disagreement]) -> Line:
    line: dict[Column, Reading] = {}
    for column in Column:
        mine, yours = one.get(column), other.get(column)
        if mine is None or yours is None:
            lone = mine or yours
            if lone is not None:
                line[column] = lone
        elif _same(mine.value, yours.value):
            line[column] = _surer(mine, yours)
        else:
            decided = column is Column.NET_AMOUNT and theirs is not None
            stands, rejected = (yours, mine) if decided and theirs else (mine, yours)
            line[column] = stands
            told.append(
                Disagreement(
                    column=column,
                    line=index,
                    stands=stands.value,
                    other=rejected.value,
                    why=Why.ADDS_UP if decided else Why.FIRST,
                )
            )
    return line


def proven(value: Value, term: Term) -> bool:
    """Whether check digits speak for it."""
    if term is Term.IBAN:
        return is_iban(str(value))
    return term in (Term.SUPPLIER_TAX_ID, Term.BUYER_TAX_ID) and vat_id(str(value)) is True


def _adds_up(header: Mapping[Term, Reading]) -> bool:
    values = [header[term].value for term in _SUM if term in header]
    if len(values) < len(_SUM):
        return False
    net, tax, total = values
    return isinstance(net, Decimal) and isinstance(tax, Decimal) and net + tax == total


def _surer(one: Reading, other: Reading) -> Reading:
    """Both say so: the rules' value and places, and the other's as further evidence."""
    return Reading(one.value, one.evidence + other.evidence, 1 - (1 - one.confidence) * (1 - other.confidence))


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return _bare(one) == _bare(other)
    return one == other


def _size(value: Value | None) -> Value | None:
    """An amount without its sign, which credit notes print or don't."""
    return abs(value) if isinstance(value, Decimal) else value


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
