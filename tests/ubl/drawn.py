"""Invoices drawn at random: every field of the model, filled or not, with whatever XML can carry.

Drawn from a seed, not field by field through hypothesis: an invoice has some 400 fields, and a seed reproduces it too.
"""

from __future__ import annotations

import functools
import random
import types
import typing
from datetime import UTC, date, time, timedelta, timezone
from decimal import Decimal

from hypothesis import strategies as st
from msgspec import structs

from ubl.invoice import CREDIT_NOTE_TYPES, Invoice, LineTotals, Model

_TEXTS = ["A", "x & y", "<tag>", 'say "no"', "it's", "مؤسسة", " two\nlines ", "a\rb\tc", "]]>", "𝔘", "-", "0", " ", "é"]
_ZONES = [None, UTC, timezone(timedelta(hours=4)), timezone(timedelta(hours=-3, minutes=-30))]
_NOT_DRAWN = {"facts", "document", "type"}


def _text(chance: random.Random) -> str:
    if chance.random() < 0.8:
        return chance.choice(_TEXTS)
    spans = [(0x20, 0x7E), (0x80, 0x2FF), (0x600, 0x6FF), (0x2000, 0x206F), (0xE000, 0xFFFD), (0x10000, 0x10FFFF)]
    return "".join(chr(chance.randint(*chance.choice(spans))) for _ in range(chance.randint(1, 6)))


_LEAVES: dict[object, typing.Callable[[random.Random], object]] = {
    str: _text,
    Decimal: lambda chance: Decimal(chance.randint(-(10**14), 10**14)).scaleb(-chance.randint(0, 10)),
    date: lambda chance: date.fromordinal(chance.randint(366_000, 800_000)),
    time: lambda chance: time(
        chance.randrange(24), chance.randrange(60), chance.randrange(60), tzinfo=chance.choice(_ZONES)
    ),
    bool: lambda chance: chance.random() < 0.5,
    bytes: lambda chance: chance.randbytes(chance.randrange(9)),
}


@functools.cache
def _hints(model: type[Model]) -> dict[str, object]:
    return {name: hint for name, hint in typing.get_type_hints(model).items() if name not in _NOT_DRAWN}


def _value(hint: object, chance: random.Random, fullness: float) -> object:
    if hint in _LEAVES:
        return _LEAVES[hint](chance)
    parts = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        inner = next(part for part in parts if part is not type(None))
        return _value(inner, chance, fullness) if chance.random() < fullness else None
    if typing.get_origin(hint) is tuple:
        return tuple(_value(parts[0], chance, fullness) for _ in range(chance.choice([0, 0, 1, 2])))
    assert isinstance(hint, type) and issubclass(hint, Model), hint
    drawn = hint(**{name: _value(inner, chance, fullness) for name, inner in _hints(hint).items()})
    if isinstance(drawn, LineTotals) and drawn.payable is drawn.vat is None:  # the currency of no amount
        return LineTotals(payable=Decimal(1), currency=drawn.currency)
    return drawn


def invoice(seed: int, fullness: float | None = None) -> Invoice:
    """An invoice or credit note whose fields all have a place in its document; each is there with chance `fullness`."""
    chance = random.Random(seed)
    drawn = typing.cast("Invoice", _value(Invoice, chance, fullness or chance.choice([0.1, 0.5, 0.9, 1.0])))
    kind = chance.choice(["380", "480", "389", None, "999", *CREDIT_NOTE_TYPES])
    credit = kind in CREDIT_NOTE_TYPES
    if chance.random() < 0.2:
        credit = not credit
        drawn = structs.replace(drawn, document="credit-note" if credit else "invoice")
    if credit:
        drawn = structs.replace(drawn, due_date=None, project=None, prepayments=())
    else:
        lines = tuple(structs.replace(line, credit_reasons=()) for line in drawn.lines)
        drawn = structs.replace(drawn, credit_reasons=(), lines=lines)
    if drawn.vat is None:  # which of two tax totals is meant can't be told from one alone
        drawn = structs.replace(drawn, vat_aed=None)
    return structs.replace(drawn, type=kind)


def invoices() -> st.SearchStrategy[Invoice]:
    """Any invoice that can be written."""
    return st.integers(min_value=0, max_value=2**32).map(invoice)
