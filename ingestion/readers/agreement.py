"""Whether what a PDF states in its embedded XML is also what it shows: who pays sees the page, not the XML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

import msgspec

from ingestion.document import Extraction, Term, Transcript, Value, Word

AMOUNTS = (Term.NET, Term.TAX, Term.TOTAL, Term.PAYABLE)
_NUMBER = re.compile(r"[0-9]+(?:[.,'\u2019\u066b\u066c][0-9]+)*")
_GROUP = re.compile(r"[0-9]{3}(?:[.,][0-9]+)?\Z")
_ARABIC_MARKS = str.maketrans({"\u066b": ".", "\u066c": "'", "\u2019": "'"})


class Disagreement(msgspec.Struct, frozen=True):
    """A value that is stated one way and shown another."""

    term: Term
    stated: Value
    shown: Value | None
    """None: it isn't on any page."""


def unshown(stated: Extraction, transcript: Transcript) -> tuple[Disagreement, ...]:
    """The amounts of `stated` that no page shows, in any usual notation; their sign isn't looked at.

    An amount of zero needn't be printed. Needs no understanding of the layout, so that it holds for every bill.
    """
    printed = set(printed_numbers(transcript))
    return tuple(
        Disagreement(term, value, None)
        for term in AMOUNTS
        if term in stated.header
        and isinstance(value := stated.header[term].value, Decimal)
        and value != 0
        and abs(value) not in printed
    )


def differing(stated: Extraction, read: Extraction) -> tuple[Disagreement, ...]:
    """The values of the whole document that both give, and that differ; texts by their letters and digits alone."""
    return tuple(
        Disagreement(term, stated.header[term].value, read.header[term].value)
        for term in Term
        if term in stated.header
        and term in read.header
        and _bare(stated.header[term].value) != _bare(read.header[term].value)
    )


def _bare(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", value).casefold()))


def printed_numbers(transcript: Transcript) -> Iterator[Decimal]:
    """Every number on the pages, without sign; one that can be read two ways (1.234) as both."""
    for page in transcript.pages:
        for _, line in groupby(page.words, key=lambda word: word.line):
            yield from _numbers(list(line))


def _numbers(line: list[Word]) -> Iterator[Decimal]:
    """Also those whose groups of three are set apart by spaces: 1 234 567,89."""
    texts = [_western(word.text) for word in line]
    for index, text in enumerate(texts):
        for number in _NUMBER.findall(text):
            yield from meanings(number)
        joined = text
        for following in texts[index + 1 : index + 4]:
            if not joined[-1:].isdigit() or not (group := _GROUP.match(_leading(following))):
                break
            joined += group[0]
            last = _NUMBER.findall(joined)[-1]
            yield from meanings(last)


def _leading(text: str) -> str:
    found = _NUMBER.match(text)
    return found[0] if found else ""


def _western(text: str) -> str:
    """With the digits 0 to 9, whichever the script's are."""
    if text.isascii():
        return text
    digits = (str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    return "".join(digits).translate(_ARABIC_MARKS)


def meanings(number: str) -> set[Decimal]:
    """What a printed number can mean.

    >>> sorted(meanings("1.234")), sorted(meanings("1.234,50")), sorted(meanings("12,5"))
    ([Decimal('1.234'), Decimal('1234')], [Decimal('1234.50')], [Decimal('12.5')])
    """
    number = number.replace("'", "")
    marks = [sign for sign in number if sign in ".,"]
    if not marks:
        return {Decimal(number)}
    whole = Decimal(number.replace(".", "").replace(",", ""))
    head, _, tail = number.rpartition(marks[-1])
    fraction = Decimal(re.sub("[.,]", "", head) + "." + tail)
    if len(marks) > 1 and marks[-1] in marks[:-1]:
        return {whole}
    return {whole, fraction} if len(marks) == 1 and len(tail) == 3 else {fraction}
