"""A model that does as it is told: what it is shown, and what becomes of its answer."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ingestion import prompts
from ingestion.document import Box, Column, Extraction, Kind, Term
from ingestion.errors import NoAnswer
from ingestion.extract import Supplier, extract
from ingestion.extract.llm import LlmExtractor
from ingestion.extract.llm.answer import SCHEMA, SCHEMA_JSON
from ingestion.extractor import Extractor
from tests.ingestion.extract.papers import INVOICE, Placed, paper, right
from tests.ingestion.llm.stub import KEY, MODELS, Asked, Reply, Stub, answer, completion

HONEST: dict[str, Any] = {
    "supplier_name": "Palm Trading LLC", "supplier_tax_id": "100123456700003", "buyer_name": "Oasis Stores LLC",
    "buyer_tax_id": "100765432100003", "invoice_number": "PT-2024/117", "issue_date": "13/05/2024",
    "due_date": "12/06/2024", "currency": "AED", "net": "AED 1,355.00", "tax": "67.75", "total": "AED 1,422.75",
    "po_number": "4500017", "iban": "AE07 0331 2345 6789 0123 456",
}  # fmt: skip
ITEMS: list[dict[str, Any]] = [
    {"description": "Office chair", "quantity": ("4", [11]), "unit_price": "250.00", "net_amount": "1,000.00"},
    {"description": "Desk lamp", "quantity": ("10", [12]), "unit_price": "35.50", "net_amount": "355.00"},
]
ROWS = answer("invoice", HONEST, ITEMS)


def read(llm: LlmExtractor, texts: list[Placed] = INVOICE, *known: Supplier) -> Extraction:
    (only,) = llm.extract(paper(texts), known)
    return only


def test_it_reads_what_our_rules_read(stub: Stub, llm: LlmExtractor) -> None:
    stub.order(ROWS)
    ours, theirs = extract(paper(INVOICE))[0], read(llm)
    assert theirs.kind is Kind.INVOICE
    assert theirs.doubts == ()
    for term, reading in ours.header.items():
        if term not in (Term.PAYABLE, Term.CURRENCY):  # not printed apart; with the whole amount
            assert theirs.header[term].value == reading.value, term
            assert theirs.header[term].evidence[0].box == reading.evidence[0].box, term
    assert [{column: cell.value for column, cell in line.items()} for line in theirs.lines] == [
        {column: cell.value for column, cell in line.items()} for line in ours.lines
    ]


def test_every_value_says_where_it_stands_and_who_pointed_there(stub: Stub, llm: LlmExtractor) -> None:
    stub.order(ROWS)
    made = read(llm)
    (evidence,) = made.header[Term.TOTAL].evidence
    assert (evidence.page, evidence.text, evidence.engine) == (1, "AED 1,422.75", "hand")
    assert evidence.box is not None and evidence.box.x1 == pytest.approx(540)
    assert (evidence.model, evidence.prompt) == (MODELS[0], prompts.prompt(Kind.INVOICE, SCHEMA_JSON).digest)
    for reading in [*made.header.values(), *(cell for line in made.lines for cell in line.values())]:
        assert all(one.model == MODELS[0] and isinstance(one.box, Box) for one in reading.evidence)
    assert made.extractor == f"llm/1 {MODELS[0]}"
    extractor: Extractor = llm
    assert extractor.name == made.extractor


def test_what_is_sent(stub: Stub, llm: LlmExtractor) -> None:
    stub.order(ROWS)
    read(llm)
    read(llm)
    first, second = stub.asked
    assert stub.looked == 1
    assert first.path == "/openai/v1/chat/completions"
    assert {name.lower(): text for name, text in first.headers.items()}["authorization"] == f"Bearer {KEY}"
    assert KEY not in json.dumps(first.body)
    assert first.body["response_format"]["json_schema"]["strict"] is True
    assert first.body["response_format"]["json_schema"]["schema"] == json.loads(json.dumps(SCHEMA))
    assert first.body["temperature"] == 0 and not {"tools", "tool_choice", "functions"} & first.body.keys()
    assert first.lines[1] == "Palm Trading LLC\tTAX INVOICE"
    assert first.document.splitlines()[0] != second.document.splitlines()[0]  # the mark is new each time
    assert first.lines == second.lines


def test_a_strict_schema_requires_every_property_and_allows_no_other() -> None:
    def objects(schema: Any) -> list[Any]:
        inner = [each for value in schema.values() if isinstance(value, dict) for each in objects(value)]
        return [schema, *inner] if schema.get("type") == "object" else inner

    assert len(objects(SCHEMA)) == 4
    for each in objects(SCHEMA):
        assert each["additionalProperties"] is False and sorted(each["required"]) == sorted(each["properties"])


def test_it_is_told_of_no_supplier_and_names_stand_as_printed(stub: Stub, llm: LlmExtractor) -> None:
    stub.order(ROWS)
    known = Supplier("Palm Trading of the list", ("100123456700003",))
    assert read(llm, INVOICE, known).header[Term.SUPPLIER_NAME].value == "Palm Trading LLC"
    assert "of the list" not in json.dumps(stub.asked[0].body)


def test_what_our_code_parses_counts_and_not_how_the_model_writes_it(stub: Stub, llm: LlmExtractor) -> None:
    stub.order(answer("invoice", {"total": ("1422,75", [15]), "invoice_number": ("pt 2024 117", [3])}, []))
    made = read(llm).header
    assert made[Term.TOTAL].value == Decimal("1422.75")
    assert made[Term.INVOICE_NUMBER].value == "PT-2024/117"


@pytest.mark.parametrize(
    ("issue", "due", "expected"),
    [
        ("04/05/2024", "03/06/2024", None),  # both orders let it fall due soon after: a person decides
        ("04/05/2024", "04/09/2024", date(2024, 5, 4)),
        ("04/05/2024", "05/05/2024", date(2024, 4, 5)),
    ],
)
def test_days_and_months_are_told_apart_as_our_rules_do(
    stub: Stub, llm: LlmExtractor, issue: str, due: str, expected: date | None
) -> None:
    texts = [(x, y, {"13/05/2024": issue, "12/06/2024": due}.get(text, text)) for x, y, text in INVOICE]
    stub.order(answer("invoice", {"issue_date": issue, "due_date": due}, []))
    made, ours = read(llm, texts), extract(paper(texts))[0]
    assert made.header[Term.ISSUE_DATE].value == ours.header[Term.ISSUE_DATE].value
    assert made.doubts == ours.doubts


def test_a_text_that_goes_on_in_the_next_line_is_put_together(stub: Stub, llm: LlmExtractor) -> None:
    texts = [each if each[2] != "Desk lamp" else (40, 290, "Desk lamp with a") for each in INVOICE]
    texts.append((40, 302, "heavy foot"))
    item = {"description": ("Desk lamp with a heavy foot", [12, 13]), "net_amount": "355.00"}
    stub.order(answer("invoice", {}, [item]))
    (line,) = read(llm, texts).lines
    assert line[Column.DESCRIPTION].value == "Desk lamp with a heavy foot"
    assert [one.text for one in line[Column.DESCRIPTION].evidence] == ["Desk lamp with a", "heavy foot"]


def test_a_number_printed_twice_in_a_line_gives_price_and_amount_a_place_each(stub: Stub, llm: LlmExtractor) -> None:
    texts = [*INVOICE, (40, 310, "Rug"), right(300, 310, "1"), right(400, 310, "80.00"), right(540, 310, "80.00")]
    item = {"quantity": ("1", [13]), "unit_price": ("80.00", [13]), "net_amount": ("80.00", [13])}
    stub.order(answer("invoice", {}, [item]))
    (line,) = read(llm, texts).lines
    price, amount = (line[column].evidence[0].box for column in (Column.UNIT_PRICE, Column.NET_AMOUNT))
    assert price is not None and amount is not None and price.x1 < amount.x0


def test_totals_of_a_credit_note_get_one_sign(stub: Stub, llm: LlmExtractor) -> None:
    changed = {"TAX INVOICE": "CREDIT NOTE", "AED 1,422.75": "AED -1,422.75"}
    texts = [(x, y, changed.get(text, text)) for x, y, text in INVOICE]
    stub.order(answer("credit_note", {"net": "1,355.00", "tax": "67.75", "total": "-1,422.75"}, []))
    made = read(llm, texts)
    assert [made.header[each].value for each in (Term.NET, Term.TAX, Term.TOTAL)] == [
        Decimal("-1355.00"), Decimal("-67.75"), Decimal("-1422.75"),
    ]  # fmt: skip
    assert stub.asked[0].prompt == prompts.prompt(Kind.CREDIT_NOTE, SCHEMA_JSON).text


def test_a_file_of_two_documents_is_asked_about_one_by_one(stub: Stub, llm: LlmExtractor) -> None:
    other = [(x, y, text.replace("117", "118")) for x, y, text in INVOICE]
    stub.order(ROWS, answer("invoice", {"invoice_number": "PT-2024/118"}, []))
    made = llm.extract(paper(INVOICE, other), ())
    assert [each.header[Term.INVOICE_NUMBER].value for each in made] == ["PT-2024/117", "PT-2024/118"]
    assert made[1].header[Term.INVOICE_NUMBER].evidence[0].page == 2


def test_a_file_without_words_costs_no_call(stub: Stub, llm: LlmExtractor) -> None:
    (made,) = llm.extract(paper([]), ())
    assert (made.kind, made.header, made.lines, made.extractor) == (Kind.OTHER, {}, (), "llm/1")
    assert stub.asked == []


def long(rows: int) -> list[list[Placed]]:
    """An invoice of so many lines, forty to a page."""
    head = [each for each in INVOICE if each[1] < 260]
    pages: list[list[Placed]] = []
    for start in range(0, rows, 40):
        here: list[Placed] = [*(head if not pages else [])]
        for row in range(start, min(start + 40, rows)):
            y = 280.0 + 12 * (row - start)
            here += [(40, y, f"Article {row} " + "in a box " * 6), right(540, y, f"{row + 1}.50")]
        pages.append(here)
    return pages


def test_a_long_document_is_asked_about_in_parts_and_no_line_is_counted_twice(stub: Stub, llm: LlmExtractor) -> None:
    def every(asked: Asked) -> Reply:
        items = [
            {"cells": [{"column": "net_amount", "text": line.split("\t")[-1], "lines": [number]}]}
            for number, line in asked.lines.items()
            if line.startswith("Article")
        ]
        number = {"term": "invoice_number", "text": "PT-2024/117", "lines": [asked.line("PT-2024/117")]}
        return completion(json.dumps({"kind": "invoice", "values": [number], "items": items}))

    stub.order(every)
    (made,) = llm.extract(paper(*long(600)), ())
    assert len(stub.asked) == 6
    assert all(len(each.lines) <= 145 for each in stub.asked)
    assert [line[Column.NET_AMOUNT].value for line in made.lines] == [Decimal(f"{row + 1}.50") for row in range(600)]
    assert made.header[Term.INVOICE_NUMBER].value == "PT-2024/117"
    assert made.doubts == ()


def test_a_file_beyond_all_bounds_is_left_to_our_rules_before_any_call(stub: Stub, llm: LlmExtractor) -> None:
    with pytest.raises(NoAnswer) as caught:
        llm.extract(paper(*long(1_100)), ())
    assert caught.value.code == "llm_too_long"
    many = [[(x, y, text.replace("117", str(117 + number))) for x, y, text in INVOICE] for number in range(13)]
    with pytest.raises(NoAnswer):
        llm.extract(paper(*many), ())
    assert stub.asked == []


class Purse:
    """A budget that writes down what happens to it."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.told: list[tuple[int, int]] = []

    def take(self, tokens: int) -> bool:
        self.left -= tokens
        return self.left >= 0

    def spent(self, taken: int, used: int) -> None:
        self.told.append((taken, used))


def test_a_budget_is_asked_before_and_told_afterwards(stub: Stub, llm: LlmExtractor) -> None:
    stub.order(ROWS)
    purse = Purse(1_000_000)
    llm.within(purse).extract(paper(INVOICE), ())
    ((taken, used),) = purse.told
    assert used == 1_000 < taken
    assert taken > len(stub.asked[0].prompt + stub.asked[0].document) / 2


def test_beyond_the_budget_nothing_is_asked(stub: Stub, llm: LlmExtractor) -> None:
    with pytest.raises(NoAnswer) as caught:
        llm.within(Purse(10)).extract(paper(INVOICE), ())
    assert caught.value.code == "llm_budget"
    assert stub.asked == []
