"""Amounts, dates and numbers that prove themselves, one text at a time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.extract.dates import days
from ingestion.extract.ids import ibans, is_iban, tax_ids, vat_id
from ingestion.extract.numbers import amounts, decimal_mark

few = settings(max_examples=60, deadline=None)
MONEY = st.decimals(min_value=0, max_value=Decimal("99999999.99"), places=2, allow_nan=False)
STYLES = {"1.234,56": (".", ","), "1,234.56": (",", "."), "1 234,56": (" ", ","), "1'234.56": ("'", ".")}


def printed(value: Decimal, style: str) -> str:
    group, mark = STYLES[style]
    return f"{value:,.2f}".replace(",", "_").replace(".", mark).replace("_", group)


@few
@given(MONEY, st.sampled_from(sorted(STYLES)), st.sampled_from(["", "AED ", "€ ", "-", "-SAR "]))
def test_an_amount_is_read_as_it_was_printed_in_every_style(value: Decimal, style: str, before: str) -> None:
    text = before + printed(value, style)
    (amount,) = amounts(text, STYLES[style][1])
    assert amount.value == (-value if "-" in before else value)
    assert text[amount.start : amount.end] == text


@few
@given(MONEY, st.sampled_from(sorted(STYLES)))
def test_two_decimals_need_no_knowledge_of_the_document(value: Decimal, style: str) -> None:
    (amount,) = amounts(printed(value, style), "")
    assert amount.value == value
    assert amount.sure


@few
@given(st.lists(MONEY, min_size=1, max_size=8), st.sampled_from(sorted(STYLES)))
def test_the_decimal_sign_is_found_by_majority(values: list[Decimal], style: str) -> None:
    assert decimal_mark([printed(value, style) for value in values]) == STYLES[style][1]


@few
@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error_and_nothing_is_invented(text: str) -> None:
    for amount in amounts(text, "."):
        assert any(sign.isdecimal() for sign in text[amount.start : amount.end])
    for day in days(text):
        assert any(sign.isdecimal() for sign in text[day.start : day.end])
    list(ibans(text))
    list(tax_ids(text, labelled=True))


@pytest.mark.parametrize(
    ("text", "mark", "values"),
    [
        ("1.234", ",", ["1234"]), ("1.234", ".", ["1.234"]), ("0,047", ".", ["0.047"]), ("64,000 LTR", ",", ["64.000"]),
        ("(1,050.00)", ".", ["-1050.00"]), ("12,50-", ",", ["-12.50"]), ("5 x 3.00", ".", ["5", "3.00"]),
        ("A4 80gsm", ".", []), ("INV/2023/03/0008", ".", []), ("12.34.56", ".", []),
        ("1,23,456.50", ".", ["123456.50"]),
        ("10:30", ".", []), ("١٬٢٣٤٫٥٦", ".", ["1234.56"]), ("1.2345.678", ".", []), ("9" * 30, ".", []),
    ],
)  # fmt: skip
def test_numbers_and_what_is_none(text: str, mark: str, values: list[str]) -> None:
    assert [str(amount.value) for amount in amounts(text, mark)] == values


@pytest.mark.parametrize("text", ["1.234", "١٢٫٥٠"])
def test_an_amount_that_may_be_another_is_not_sure(text: str) -> None:
    (amount,) = amounts(text, "")
    assert not amount.sure


def test_three_decimals_where_the_currency_has_them() -> None:
    (amount,) = amounts("1.250", "", "OMR")
    assert amount.value == Decimal("1.250")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("11. Juli 2014", date(2014, 7, 11)), ("3 mars 2024", date(2024, 3, 3)), ("1er février 2024", date(2024, 2, 1)),
        ("5 يناير 2024", date(2024, 1, 5)), ("07-Feb-25", date(2025, 2, 7)), ("March 3rd, 2024", date(2024, 3, 3)),
        ("2024/05/13", date(2024, 5, 13)), ("31.12.24", date(2024, 12, 31)), ("13 de mayo de 2024", date(2024, 5, 13)),
        ("١٣/٠٥/٢٠٢٤", date(2024, 5, 13)),
    ],
)  # fmt: skip
def test_dates_in_many_languages(text: str, day: date) -> None:
    (found,) = days(text)
    assert found.dmy == day


@pytest.mark.parametrize("text", ["31.02.2024", "2024-13-01", "99/99/2024", "1.2.3", "192.168.1.10", "31 Foo 2024"])
def test_what_no_calendar_has_is_no_date(text: str) -> None:
    assert list(days(text)) == []


IBANS = ["AE070331234567890123456", "DE89370400440532013000", "FR1420041010050500013M02606", "GB82WEST12345698765432"]


@few
@given(st.sampled_from(IBANS), st.integers(4, 14), st.integers(1, 9))
def test_one_changed_digit_breaks_an_iban(iban: str, place: int, step: int) -> None:
    assert is_iban(iban)
    if iban[place].isdecimal():
        changed = iban[:place] + str((int(iban[place]) + step) % 10) + iban[place + 1 :]
        assert not is_iban(changed)


def test_an_iban_is_found_in_groups_and_ends_where_its_country_says() -> None:
    text = "IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX"
    (found,) = ibans(text)
    assert (found.value, found.proven) == ("DE89370400440532013000", True)
    assert text[found.start : found.end] == "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("DE136695976", True), ("DE136695978", False), ("FR83404833048", True), ("FR84404833048", False),
        ("ATU12345678", True), ("BE0403170701", True), ("BE0403170702", False), ("IT00743110157", True),
        ("IT00743110158", False), ("PL8567346215", True), ("PL8567346216", False), ("DK13585628", True),
        ("DK13585627", False), ("LU15027442", True), ("LU15027443", False), ("PT501964843", True),
        ("PT501964842", False),
        ("100123456700003", True), ("900123456700003", None), ("10012345670000", None), ("OM1234567890", True),
    ],
)  # fmt: skip
def test_tax_ids_by_their_country(text: str, holds: bool | None) -> None:
    assert vat_id(text) is holds


def test_tax_ids_with_blanks_and_points() -> None:
    assert [found.value for found in tax_ids("N° TVA : FR 05 987 654 321")] == ["FR05987654321"]
    assert [found.value for found in tax_ids("VAT: NL8200.98.395.B.01")] == ["NL820098395B01"]
    assert [found.value for found in tax_ids("TRN 100 1234 5670 0003")] == ["100123456700003"]
    assert list(tax_ids("888-888-888")) == []
    assert [(found.value, found.proven) for found in tax_ids("888-888-888", labelled=True)] == [("888888888", False)]
