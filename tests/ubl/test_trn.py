"""TRN and TIN as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ubl import trn

DIGITS = st.text("0123456789", min_size=12, max_size=12)


@given(DIGITS)
def test_any_trn_survives_formatting(middle: str) -> None:
    number = f"1{middle}03"
    assert trn.is_valid(number)
    assert trn.validate(trn.format(number)) == number
    assert trn.validate_tin(trn.tin(number)) == number[:10]


@pytest.mark.parametrize(
    "number",
    [
        "",
        "10023456789000",
        "1002345678900033",
        "200234567890003",
        "100234567890004",
        "10023456789000३",
        "100234567890003\n",
    ],
)
def test_what_is_no_trn_is_refused(number: str) -> None:
    assert not trn.is_valid(number)
    with pytest.raises(trn.InvalidTrn, match="15 digits"):
        trn.validate(number)


@pytest.mark.parametrize("number", ["", "2002345678", "100234567", "10023456789", "1002345678\n"])
def test_what_is_no_tin_is_refused(number: str) -> None:
    with pytest.raises(trn.InvalidTrn, match="10 digits"):
        trn.validate_tin(number)
