"""Tables of lines: headings over several rows, lines over several rows, pages that follow, figures in their columns."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.arithmetic import sums
from ingestion.document import Column, Term
from ingestion.extract import extract
from tests.ingestion.extract.papers import Placed, paper, right

HEAD: list[Placed] = [
    (40, 100, "Description"), right(300, 100, "Quantity"), right(400, 100, "Unit Price"), right(540, 100, "Total"),
]  # fmt: skip


def row(y: float, text: str, quantity: str, price: str, amount: str) -> list[Placed]:
    return [(40, y, text), right(300, y, quantity), right(400, y, price), right(540, y, amount)]


def table(*pages: list[Placed]) -> list[list[str]]:
    """Description, quantity, price and amount of each line, `-` where absent."""
    (extraction,) = extract(paper(*pages))
    columns = (Column.DESCRIPTION, Column.QUANTITY, Column.UNIT_PRICE, Column.NET_AMOUNT)
    return [[str(line[c].value) if c in line else "-" for c in columns] for line in extraction.lines]


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["Office chair", "Paper A4 80gsm", "Cable 3 m", "Consulting", "قلم أزرق"]),
        st.integers(1, 500),
        st.decimals(min_value=Decimal("0.01"), max_value=Decimal("9999.99"), places=2),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(ENTRIES, st.booleans())
def test_every_line_of_a_table_is_found_once_with_its_figures(
    entries: list[tuple[str, int, Decimal]], comma: bool
) -> None:
    def shown(value: Decimal) -> str:
        text = f"{value:,.2f}"
        return text.translate(str.maketrans(",.", ".,")) if comma else text

    texts = list(HEAD)
    for index, (text, quantity, price) in enumerate(entries):
        texts += row(120 + 20 * index, text, str(quantity), shown(price), shown(quantity * price))
    net = sum((quantity * price for _, quantity, price in entries), Decimal(0))
    end = 140 + 20 * len(entries)
    texts += [(380, end, "Net total"), right(540, end, shown(net))]
    assert table(texts) == [
        [text, str(quantity), str(price), str(quantity * price)] for text, quantity, price in entries
    ]


def test_a_table_goes_on_over_pages_and_its_repeated_head_is_no_line() -> None:
    first = [*HEAD, *row(120, "Chair", "2", "10.00", "20.00")]
    second = [*HEAD, *row(120, "Lamp", "3", "10.00", "30.00")]
    third = [*row(60, "Desk", "1", "50.00", "50.00"), (380, 100, "Total"), right(540, 100, "100.00")]
    assert [line[0] for line in table(first, second, third)] == ["Chair", "Lamp", "Desk"]


def test_a_description_that_wraps_is_joined_and_a_note_below_is_not() -> None:
    texts = [
        *HEAD,
        *row(120, "Maintenance of the cooling system in", "1", "10.00", "10.00"),
        (40, 132, "building seven"),
        *row(160, "Chair", "2", "10.00", "20.00"),
        (40, 172, "Serial numbers on request"),
    ]
    assert [line[0] for line in table(texts)] == ["Maintenance of the cooling system in building seven", "Chair"]


def test_a_description_printed_above_its_figures() -> None:
    texts = [*HEAD]
    for y, text in ((120, "Chair"), (150, "Lamp")):
        texts += [(40, y, text), right(300, y + 6, "2"), right(400, y + 6, "5.00"), right(540, y + 6, "10.00")]
    assert [line[0] for line in table(texts)] == ["Chair", "Lamp"]


def test_headings_in_two_rows() -> None:
    head = [
        (40, 90, "Unsere"), (40, 100, "Art.Nr."), (120, 100, "Artikelbezeichnung"), right(300, 100, "Menge"),
        right(400, 90, "Preis/"), right(400, 100, "Einheit"), right(540, 100, "Betrag"),
    ]  # fmt: skip
    texts = [*head, (40, 120, "TB100"), (120, 120, "Trennblatt"), right(300, 120, "20"), right(400, 120, "9,90"),
             right(540, 120, "198,00")]  # fmt: skip
    assert table(texts) == [["Trennblatt", "20", "9.90", "198.00"]]


def test_a_table_from_right_to_left() -> None:
    texts: list[Placed] = [
        (40, 100, "المبلغ"), (180, 100, "السعر"), (300, 100, "الكمية"), (420, 100, "الوصف"),
        (40, 120, "24.00"), (180, 120, "2.00"), (300, 120, "12"), (420, 120, "قلم"),
    ]  # fmt: skip
    assert table(texts) == [["قلم", "12", "2.00", "24.00"]]


def test_a_subtotal_within_the_table_is_no_line() -> None:
    texts = [
        *HEAD,
        *row(120, "Chair", "2", "10.00", "20.00"),
        (380, 140, "Subtotal"), right(540, 140, "20.00"),
        *row(160, "Lamp", "3", "10.00", "30.00"),
        (380, 180, "Total"), right(540, 180, "50.00"),
    ]  # fmt: skip
    assert [line[0] for line in table(texts)] == ["Chair", "Lamp"]


@pytest.mark.parametrize(
    ("amount", "found"),
    [("147.00", ["Paper", "3", "49.00", "147.00"]), ("150.00", ["Paper (3 x 49.00 AED)", "-", "-", "150.00"])],
)
def test_quantity_and_price_in_the_text_count_where_they_multiply(amount: str, found: list[str]) -> None:
    text = "Paper (3 x 49.00 AED)"
    assert table([(40, 100, "Item"), right(540, 100, "Price"), (40, 120, text), right(540, 120, amount)]) == [found]


def test_the_table_of_taxes_is_no_table_of_lines() -> None:
    texts = [
        (40, 100, "VAT rate"), (200, 100, "Taxable amount"), (400, 100, "VAT amount"),
        (40, 120, "5%"), (200, 120, "100.00"), (400, 120, "5.00"),
    ]  # fmt: skip
    (extraction,) = extract(paper(texts))
    assert extraction.lines == ()
    assert Term.IBAN not in extraction.header


@pytest.mark.parametrize(("first", "second"), [("Article", "Item"), ("Article", "Description")])
def test_of_two_headings_for_a_description_the_one_with_words_under_it_is_it(first: str, second: str) -> None:
    texts = [(40, 100, first), (120, 100, second), *HEAD[1:]]
    for index, (code, text) in enumerate((("T9041", "Chair"), ("K1200", "Lamp"))):
        texts += [(40, 120 + 20 * index, code), *row(120 + 20 * index, text, "2", "10.00", "20.00")[1:]]
        texts.append((120, 120 + 20 * index, text))
    assert table(texts) == [["Chair", "2", "10.00", "20.00"], ["Lamp", "2", "10.00", "20.00"]]
    (extraction,) = extract(paper(texts))
    assert [line[Column.ITEM].value for line in extraction.lines] == ["T9041", "K1200"]


def test_a_name_under_its_number_is_the_description() -> None:
    texts = [
        (40, 88, "GTIN"), (150, 88, "Part no."), (150, 100, "Description"), *HEAD[1:],
        (40, 120, "4006381333931"), *row(120, "ZS997", "5", "1.00", "5.00"),
        (150, 132, "Citric acid"),
        (40, 150, "4006381333948"), *row(150, "GZ250", "2", "1.50", "3.00"),
        (150, 162, "Jam sugar"),
    ]  # fmt: skip
    texts = [(150, y, text) if text in ("ZS997", "GZ250") else (x, y, text) for x, y, text in texts]
    assert [line[0] for line in table(texts)] == ["Citric acid", "Jam sugar"]


def test_a_labelled_row_under_a_description_is_no_part_of_it() -> None:
    texts = [
        *HEAD,
        *row(120, "Chair with armrests", "2", "10.00", "20.00"),
        (40, 132, "Delivery: 1 May 2024, at the door"),
    ]
    assert [line[0] for line in table(texts)] == ["Chair with armrests"]


def test_a_bare_number_on_the_margin_beside_the_head_doesnt_hide_it() -> None:
    assert table([(8, 100, "014"), *HEAD, *row(120, "Chair", "2", "10.00", "20.00")]) == [
        ["Chair", "2", "10.00", "20.00"]
    ]


@pytest.mark.parametrize(("net", "lines"), [("50.00", ["Chair", "Lamp"]), ("53.00", ["Chair", "Lamp", "Transport"])])
def test_a_row_with_an_amount_alone_counts_where_the_sum_says_so(net: str, lines: list[str]) -> None:
    texts = [
        *HEAD,
        *row(120, "Chair", "2", "10.00", "20.00"),
        *row(140, "Lamp", "3", "10.00", "30.00"),
        (40, 160, "Transport"), right(540, 160, "3.00"),
        (380, 190, "Net total"), right(540, 190, net),
    ]  # fmt: skip
    assert [line[0] for line in table(texts)] == lines


def test_the_number_of_an_article_is_no_price() -> None:
    texts = [*HEAD, *row(120, "Chair", "2", "10.00", "20.00"), *row(140, "Lamp", "3", "4123456001035", "30.00")]
    assert table(texts) == [["Chair", "2", "10.00", "20.00"], ["Lamp", "3", "-", "30.00"]]


def test_what_costs_nothing_is_a_line_too() -> None:
    texts = [
        *HEAD,
        *row(120, "Chair", "2", "10.00", "20.00"),
        *row(140, "Advance paid for a lamp", "0", "0.00", "0.00"),
    ]
    assert [line[0] for line in table(texts)] == ["Chair", "Advance paid for a lamp"]


@pytest.mark.parametrize(
    ("off", "amount", "found"),
    [("10%", "18.00", "10"), ("10", "18.00", "10"), ("2.00", "18.00", None), ("-", "20.00", None)],
)
def test_a_discount_in_per_cent_is_given_where_it_says_so_or_makes_the_amount(
    off: str, amount: str, found: str | None
) -> None:
    head = [*HEAD[:3], right(460, 100, "Discount"), HEAD[3]]
    (extraction,) = extract(paper([*head, *row(120, "Chair", "2", "10.00", amount), right(460, 120, off)]))
    (line,) = extraction.lines
    assert (str(line[Column.DISCOUNT].value) if Column.DISCOUNT in line else None) == found
    assert sums(extraction).products is (found is not None or amount == "20.00")
