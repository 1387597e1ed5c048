"""Values of an invoice by JSON pointer: looked up, and put elsewhere in a copy."""

import types
import typing
from functools import cache

from msgspec import Struct, structs

from ubl.invoice import Invoice


def value_at(invoice: Invoice, pointer: str) -> object:
    """What stands at the pointer; None where nothing does."""
    value: object = invoice
    for step in pointer.split("/")[1:]:
        if isinstance(value, tuple):
            value = value[int(step)] if step.isdecimal() and int(step) < len(value) else None
        elif isinstance(value, Struct):
            value = getattr(value, step, None)
        else:
            return None
    return value


def with_value(invoice: Invoice, pointer: str, value: object) -> Invoice:
    """`invoice` with that value at the pointer; parts that are absent on the way come to be. None takes it away.

    Raises `LookupError` where the pointer leads past the end of a list or into a value.
    """
    return typing.cast(Invoice, _with(invoice, pointer.split("/")[1:], value))


def _with(place: object, steps: list[str], value: object) -> object:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(place, tuple):
        index = int(step)
        return (*place[:index], _with(place[index], rest, value), *place[index + 1 :])
    if not isinstance(place, Struct) or step not in place.__struct_fields__:
        raise LookupError(step)
    kind = type(place)
    inner = getattr(place, step)
    if inner is None and rest:
        if value is None:
            return place
        inner = _part(kind, step)()
    if not rest and value is None:
        value = _defaults(kind)[step]
    return structs.replace(place, **{step: _with(inner, rest, value)})


@cache
def _part(kind: type[Struct], field: str) -> type[Struct]:
    """The class of an optional part."""
    hint = typing.get_type_hints(kind)[field]
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    return next(option for option in options if isinstance(option, type) and issubclass(option, Struct))


@cache
def _defaults(kind: type[Struct]) -> dict[str, object]:
    """What a field is when nothing is said: () for a list, None for anything else."""
    return {field.name: () if field.default == () else None for field in structs.fields(kind)}
