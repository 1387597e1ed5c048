"""Every Struct made ready before there are threads.

msgspec (0.22) describes a type to itself when it is first decoded, and shows the half-made description to whoever asks
meanwhile: two threads that decode the same type for the first time end the process by a segmentation fault.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


def make_ready() -> None:
    """Have each Struct that is loaded described now, by this thread; call it before others decode anything."""
    for struct in set(_below(msgspec.Struct)):
        try:
            msgspec.json.Decoder(struct)
        except (TypeError, NameError):
            continue  # is only ever written: a union that can't be told apart, or a name that stands for checkers alone


def _below(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for child in struct.__subclasses__():
        yield child
        yield from _below(child)
