"""Complaints of a decoder, told so that a caller can mend the request without reading our source."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import pytest

from gateway.http.body import decode
from gateway.http.problems import Invalid


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Brush(msgspec.Struct):
    colour: Colour | None = None
    width: Literal["thin", "wide"] = "thin"
    label: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]+\Z", description="one word in capitals")] = "A"


class Box(msgspec.Struct):
    brushes: list[Brush]
    colours: tuple[Colour, ...] = ()
    day: msgspec.UnsetType | str = msgspec.UNSET


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        (
            b'{"brushes":[{"colour":"green"}]}',
            "/brushes/0/colour",
            "There is no 'green' here; one of red, blue is taken.",
        ),
        (b'{"brushes":[],"colours":["x"]}', "/colours/0", "There is no 'x' here; one of red, blue is taken."),
        (b'{"brushes":[{"width":"x"}]}', "/brushes/0/width", "There is no 'x' here; one of thin, wide is taken."),
        (b'{"brushes":[{"label":"a"}]}', "/brushes/0/label", "Wanted is one word in capitals."),
        (b'{"brushes":[{"label":1}]}', "/brushes/0/label", "Expected `str`, got `int`."),
        (b"{}", "", "Object missing required field `brushes`."),
    ],
)
def test_a_finding_says_what_would_be_taken(body: bytes, pointer: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode(body, Box)
    (finding,) = caught.value.findings
    assert (finding.pointer, finding.message) == (pointer, message)
