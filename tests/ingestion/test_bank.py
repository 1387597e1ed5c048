"""IBAN and BIC: what one sign more, less, changed or moved does to them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.bank import LENGTHS, InvalidAccount, bic, compact, iban

PUBLISHED = (
    "AE070331234567890123456", "SA0380000000608010167519", "DE89370400440532013000", "GB29NWBK60161331926819",
    "FR1420041010050500013M02606", "NO9386011117947", "MT84MALT011000012345MTLCAST001S",
    "KW81CBKU0000000000001234560101",
    "BH67BMAG00001299123456", "QA58DOHB00001234567890ABCDEFG", "OM810180000001299123456",
    "EG380019000500000000263180002",
)  # fmt: skip
"""From the registry's own examples."""


@pytest.mark.parametrize("value", PUBLISHED)
def test_published_examples_hold_however_they_are_written(value: str) -> None:
    assert len(value) == LENGTHS[value[:2]]
    grouped = " ".join(value[at : at + 4] for at in range(0, len(value), 4))
    for written in (value, value.lower(), grouped, grouped.replace(" ", "-"), f"\u200e{grouped}\u200f"):
        assert iban(written) == value


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PUBLISHED), st.data())
def test_one_figure_misread_two_exchanged_or_a_sign_too_few_or_many_is_noticed(value: str, data: st.DataObject) -> None:
    figures = [at for at in range(2, len(value)) if value[at].isdigit()]
    at, digit = data.draw(st.sampled_from(figures)), data.draw(st.sampled_from("0123456789"))
    wrong = [value[:at] + digit + value[at + 1 :], value[:at] + value[at + 1 :], value + digit]
    if at + 1 in figures and at != 3:  # behind the check digits the number is turned round
        wrong.append(value[:at] + value[at + 1] + value[at] + value[at + 2 :])
    for one in wrong:
        if one != value:
            with pytest.raises(InvalidAccount):
                iban(one)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_taken_or_refused_with_a_sentence(text: str) -> None:
    for check in (iban, bic):
        try:
            assert check(text) == compact(text)
        except InvalidAccount as refused:
            assert len(str(refused)) > 20


@pytest.mark.parametrize("value", ["BOMLAEAD", "bomlaead xxx", "DEUTDEFF500"])
def test_a_bic_has_eight_or_eleven_signs(value: str) -> None:
    assert len(bic(value)) in {8, 11}


@pytest.mark.parametrize("value", ["", "BOMLAEA", "BOMLAEADX", "B0MLAEAD", "BOMLAEADXXXX", "ＢＯＭＬＡＥＡＤ"])
def test_anything_else_is_no_bic(value: str) -> None:
    with pytest.raises(InvalidAccount):
        bic(value)
