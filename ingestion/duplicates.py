"""Bills that may be one and the same, for a person to decide: pure, symmetric, and nothing is learned or guessed.

    alike(new, earlier)   of each earlier bill at most one `Likeness`, the strongest, in the order of `earlier`

Only documents of the same supplier and the same sort are compared: a credit note is never its invoice. What comes
every month with another number and another date is none, however alike the rest is. A text alone says nothing where
two of number, date and total differ, since bills of one supplier share most of their words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec

from ingestion.document import Kind
from ingestion.extract.layout import fold

_SAME_TEXT = Decimal("0.9")
"""Share of the words of both from which two texts are one document recognised twice."""
_FEWEST_WORDS = 12
"""Shorter texts say nothing."""

_LOOKS = str.maketrans("OQILSBZ|", "00115821")
"""Signs that are taken for one another in print: O and 0, I, l and 1, S and 5, B and 8, Z and 2."""
_FOREIGN = str.maketrans("АВЕЅЗІКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABES3IKMHOPCTYXABEZHIKMNOPTYX")
"""Cyrillic and Greek capitals that look like Latin ones."""
_PREFIX = re.compile(
    r"(?:(?:TAX|VAT|SALES|[I1L|]NV(?:[O0][I1L|]CE)?|B[I1L|]LL|N[O0]|NR|NUM(?:BER)?|REF|D[O0]C|FACTURE|RECHNUNG|CREDIT|"
    r"N[O0]TE|CN|فاتورة|رقم)[\W_]*)+(?![A-Z])(?=.*\d)"
)
_GROUP = re.compile(r"[0-9]+|[^\W\d_]+")
_HIDDEN = {"Cf", "Cc", "Mn"}


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What two bills are compared by. What isn't known is None or empty, and speaks neither for nor against."""

    id: UUID
    kind: Kind
    supplier_id: UUID | None = None
    """Of the supplier master."""
    tax_id: str = ""
    """Letters and digits alone."""
    name: str = ""
    number: str = ""
    issue_date: date | None = None
    currency: str = ""
    total: Decimal | None = None
    """With tax; the sign doesn't count."""
    sha256: str = ""
    """Of the file."""
    part: int = 0
    """Which document of the file."""
    words: frozenset[str] = frozenset()
    """`words_of` its text, where it was kept."""


class Likelihood(StrEnum):
    """In what two bills are alike, the strongest first."""

    SAME_FILE = "same_file"
    """The very same bytes."""
    RESCAN = "rescan"
    """The same number and the same total, or the same text: one document, scanned or sent twice."""
    SAME_NUMBER = "same_number"
    """The same number over another amount: corrected, or one of them is wrong."""
    LOOK_ALIKE_NUMBER = "look_alike_number"
    """The numbers differ in signs that look alike, in dashes, zeros in front or words like `INV` only."""
    SAME_AMOUNT_AND_DATE = "same_amount_and_date"


class Likeness(msgspec.Struct, frozen=True):
    """One earlier bill that a new one may be."""

    kind: Likelihood
    bill_id: UUID
    """The earlier one."""
    words: str
    """A sentence for people; pages say it in their own languages by `kind`."""


def alike(new: Bill, earlier: Iterable[Bill]) -> tuple[Likeness, ...]:
    """The earlier bills that may be the new one, in their order. A bill isn't held against itself."""
    found = []
    for bill in earlier:
        kind = _likeness(new, bill) if bill.id != new.id else None
        if kind is not None:
            found.append(Likeness(kind, bill.id, _said(kind, new, bill)))
    return tuple(found)


def exact(number: str) -> str:
    """A number without what nobody sees: case, spaces, invisible signs, the script of its digits.

    >>> exact("inv ٢٠٢٦-17") == exact("INV2026-17")
    True
    """
    text = unicodedata.normalize("NFKC", number).upper()
    text = "".join(sign for sign in text if unicodedata.category(sign) not in _HIDDEN and not sign.isspace())
    return "".join(str(unicodedata.digit(sign, sign)) for sign in text)


def skeleton(number: str) -> tuple[str, ...]:
    """The parts of a number as they look: words like `INV` and zeros in front left out, look-alike signs as one.

    >>> skeleton("INV-2O26/0051"), skeleton("2026-S1")
    (('2026', '51'), ('2026', '51'))
    """
    return tuple(part.lstrip("0") or "0" for part in _parts(number))


def look_alike(one: str, other: str) -> bool:
    """Whether two numbers that aren't the same can be taken for one another.

    >>> look_alike("INV-0051", "INV-OO51"), look_alike("2026-51", "202651"), look_alike("1-11", "11-1")
    (True, True, False)
    """
    if exact(one) == exact(other) or not _telling(one) or not _telling(other):
        return False
    mine, theirs = _parts(one), _parts(other)
    if skeleton(one) == skeleton(other):
        return True
    ends, their_ends = _ends(mine), _ends(theirs)
    return "".join(mine) == "".join(theirs) and (ends <= their_ends or their_ends <= ends)


def words_of(text: str) -> frozenset[str]:
    """The words of a text as they are compared; each further time a word stands there, it is another one."""
    seen: dict[str, int] = {}
    found = set()
    for word in text.split():
        key = exact(word).translate(_FOREIGN).translate(_LOOKS)
        if key:
            seen[key] = seen.get(key, 0) + 1
            found.add(key if seen[key] == 1 else f"{key} {seen[key]}")
    return frozenset(found)


def _likeness(new: Bill, old: Bill) -> Likelihood | None:
    if new.sha256 and (new.sha256, new.part) == (old.sha256, old.part):
        return Likelihood.SAME_FILE
    if (new.kind is Kind.CREDIT_NOTE) != (old.kind is Kind.CREDIT_NOTE) or not _same_supplier(new, old):
        return None
    numbered = bool(new.number and old.number)
    same_number = numbered and exact(new.number) == exact(old.number)
    same_total = _same_total(new, old)
    dated = new.issue_date is not None and old.issue_date is not None
    if same_number:
        return Likelihood.RESCAN if same_total else Likelihood.SAME_NUMBER
    similar = numbered and look_alike(new.number, old.number)
    differ = (
        numbered and not similar,
        dated and new.issue_date != old.issue_date,
        new.total is not None and old.total is not None and not same_total,
    )
    if sum(differ) < 2 and _same_text(new, old):
        return Likelihood.RESCAN
    if similar:
        return Likelihood.LOOK_ALIKE_NUMBER
    if same_total and dated and new.issue_date == old.issue_date:
        return Likelihood.SAME_AMOUNT_AND_DATE
    return None


def _same_supplier(new: Bill, old: Bill) -> bool:
    """By the master, else by tax id, else by name; what both have and what differs decides before the next is asked."""
    if new.supplier_id is not None and old.supplier_id is not None:
        return new.supplier_id == old.supplier_id
    if new.tax_id and old.tax_id:
        return fold(new.tax_id) == fold(old.tax_id)
    return bool(fold(new.name)) and fold(new.name) == fold(old.name)


def _same_total(new: Bill, old: Bill) -> bool:
    if new.total is None or old.total is None:
        return False
    return abs(new.total) == abs(old.total) and (new.currency == old.currency or not new.currency or not old.currency)


def _same_text(new: Bill, old: Bill) -> bool:
    if min(len(new.words), len(old.words)) < _FEWEST_WORDS:
        return False
    return len(new.words & old.words) >= _SAME_TEXT * len(new.words | old.words)


def _parts(number: str) -> tuple[str, ...]:
    text = exact(number).translate(_FOREIGN)
    if (prefix := _PREFIX.match(text)) is not None:
        text = text[prefix.end() :]
    return tuple(_GROUP.findall(text.translate(_LOOKS)))


def _ends(parts: tuple[str, ...]) -> set[int]:
    """Where a part is over, in signs from the start."""
    return {sum(map(len, parts[: place + 1])) for place in range(len(parts))}


def _telling(number: str) -> bool:
    return any(sign.isdigit() for sign in "".join(_parts(number)))


def _said(kind: Likelihood, new: Bill, old: Bill) -> str:
    total = f"{abs(old.total or 0):,f} {old.currency}".strip()
    if kind is Likelihood.SAME_FILE:
        return "The very same file came before."
    if kind is Likelihood.RESCAN:
        if new.number and exact(new.number) == exact(old.number):
            return f"Number {old.number} over {total} came before: the same document, sent or scanned twice."
        return f"The text is that of {old.number or 'an earlier bill'}: the same document, sent or scanned twice."
    if kind is Likelihood.SAME_NUMBER:
        return f"Number {old.number} came before, over {total}: one of them may be wrong, or corrected."
    if kind is Likelihood.LOOK_ALIKE_NUMBER:
        return f"Number {new.number} looks like {old.number}, which came before over {total}."
    return f"{old.number or 'An earlier bill'} of the same day is over {total} as well."
