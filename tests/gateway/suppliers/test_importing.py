"""Suppliers from tables: a dry run says what an import does, one wrong row stops it, and nothing stays half."""

from __future__ import annotations

import asyncio
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from sqlalchemy import event, text

from gateway.sheets import XLSX
from gateway.suppliers import importing
from tests.gateway.house import ok
from tests.gateway.suppliers.conftest import GERMAN, IBAN, OTHER_IBAN, URL, Firm

HEAD = "name;other_names;tax_ids;endpoints;emails;currency;payment_days;iban;bic\n"


def outcomes(report: dict[str, Any]) -> list[tuple[int, str]]:
    return [(row["line"], row["outcome"]) for row in report["rows"]]


async def count(firm: Firm) -> int:
    async with firm.db() as db:
        return int((await db.execute(text("select count(*) from suppliers"))).scalar_one())


async def test_a_dry_run_says_what_the_import_does(firm: Firm) -> None:
    known, new, third = firm.trn(), firm.trn(), firm.trn()
    palm = await firm.supplier("Palm Trading", tax_ids=[known], payment_days=30)
    table = HEAD + (
        f"Palm Trading LLC;Palm;AE{known};;;aed;45;{IBAN};\n"
        f"Dune Supplies;كثبان;{new};0088:4000001000012;a@dune.example;AED;;{OTHER_IBAN};BOMLAEAD\n"
        "\n"
        f"Dune Supplies;;{third};;b@dune.example;;30;;\n"
        f"Dune Supplies;;{new};;b@dune.example;;;{OTHER_IBAN};\n"
        f"Palm Trading LLC;;{known};;;;;;\n"
    )
    before = await count(firm)
    dry = ok(await firm.bring(table, dry_run="true"))
    assert await count(firm) == before
    assert outcomes(dry) == [(2, "changed"), (3, "created"), (5, "created"), (6, "changed"), (7, "same")]
    done = ok(await firm.bring(table))
    assert {**done, "dry_run": True, "rows": []} == {**dry, "rows": []}
    assert outcomes(done) == outcomes(dry)
    assert (done["created"], done["changed"], done["same"], done["refused"], done["accounts"]) == (2, 2, 1, 0, 2)
    changed = ok(await firm.clerk.get(f"{URL}/{palm['id']}"))
    assert (changed["name"], changed["other_names"], changed["payment_days"]) == ("Palm Trading LLC", ["Palm"], 45)
    dune = ok(await firm.clerk.get(f"{URL}/{done['rows'][1]['supplier_id']}"))
    assert (dune["emails"], dune["tax_ids"]) == (["a@dune.example", "b@dune.example"], [new])
    assert [(each["iban"], each["bic"], each["state"], each["origin"]) for each in dune["accounts"]] == [
        (OTHER_IBAN, "BOMLAEAD", "PROPOSED", "import")
    ]
    assert outcomes(ok(await firm.bring(table))) == [(line, "same") for line, _ in outcomes(dry)]
    assert [step["origin"] for step in await firm.proved(palm)] == ["import"]


async def test_one_wrong_row_refuses_all_and_partial_leaves_it_out(firm: Firm) -> None:
    trn, archived = firm.trn(), await firm.supplier("Gone LLC", tax_ids=[firm.trn()])
    ok(await firm.clerk.post(f"{URL}/{archived['id']}/archive"))
    refused = await firm.supplier("Refused Account LLC")
    ok(await firm.decide(firm.head, refused, await firm.account(refused, GERMAN), "refuse"))
    twins = [await firm.supplier("Twin LLC") for _ in range(2)]
    rows = [
        (f"Right LLC {trn};;{trn};;;AED;30;;", None),
        ("Wrong LLC;;100234567890004;;;;;;", "/tax_ids/0"),
        (";;;;x@y.example;;;;", "/name"),
        ("Wrong LLC;;;;;;soon;;", "/payment_days"),
        ("Wrong LLC;;;;;;400;;", "/payment_days"),
        ("Wrong LLC;;;;;;;AE080331234567890123456;", "/iban"),
        ("Wrong LLC;;;;;;;;BOMLAEAD", "/bic"),
        (f"Gone LLC;;{archived['tax_ids'][0]};;;;;;", "/name"),
        (f"Refused Account LLC;;;;;;;{GERMAN};", "/iban"),
        (f"{twins[0]['name']};;;;;;;;", "/name"),
        ("=cmd|' /C calc'!A0;;;;;;;;", "/name"),
        ("Wrong LLC;@SUM(1);;;;;;;", "/other_names"),
        ("Wrong LLC;;;;-x@y.example;;;;", "/emails"),
        ("Wrong\u202eLLC;;;;;;;;", "/name"),
    ]
    table = HEAD + "".join(f"{row}\n" for row, _ in rows)
    before = await count(firm)
    answer = await firm.bring(table)
    assert (answer.status_code, answer.json()["code"]) == (422, "import-refused")
    wrong = [f"/{line}{pointer}" for line, (_, pointer) in enumerate(rows, 2) if pointer]
    assert [finding["pointer"] for finding in answer.json()["findings"]] == wrong
    assert await count(firm) == before
    done = ok(await firm.bring(table, partial="true"))
    assert [line for line, outcome in outcomes(done) if outcome != "refused"] == [2]
    assert await count(firm) == before + 1


async def test_a_row_that_means_two_suppliers_is_refused(firm: Firm) -> None:
    one, two = [await firm.supplier(tax_ids=[firm.trn()]) for _ in range(2)]
    both = f'name,tax_ids\nBoth LLC,"{one["tax_ids"][0]};{two["tax_ids"][0]}"\n'
    (finding,) = (await firm.bring(both)).json()["findings"]
    assert "fits several suppliers" in finding["message"]
    other = f"name,tax_ids,endpoints\nSneaky LLC,{one['tax_ids'][0]},0088:4000001000029\n"
    ok(await firm.bring(other))
    taken = f"name,tax_ids,endpoints\nSneaky LLC,{two['tax_ids'][0]},0088:4000001000029\n"
    (finding,) = (await firm.bring(taken)).json()["findings"]
    assert finding["pointer"] == "/2/endpoints" and "another supplier's" in finding["message"]


async def test_whoever_imports_an_account_cannot_release_it(firm: Firm) -> None:
    ok(await firm.bring(f"name,iban\nImported by the head,{IBAN}\n", by=firm.head))
    (supplier,) = ok(await firm.clerk.get(f"{URL}?q=importedbythehead"))["items"]
    (account,) = await firm.waiting(supplier)
    assert (await firm.decide(firm.head, supplier, account["id"], "release")).status_code == 409
    ok(await firm.decide(firm.clerk, supplier, account["id"], "release"))


async def test_each_supplier_that_came_or_changed_is_told_of(firm: Firm) -> None:
    palm, same = [await firm.supplier(tax_ids=[firm.trn()]) for _ in range(2)]
    await firm.told()
    table = (
        "name,tax_ids,payment_days\n"
        f"{palm['name']},{palm['tax_ids'][0]},45\nNews {firm.trn()},{firm.trn()},\n{same['name']},,\n"
    )
    ok(await firm.bring(table, dry_run="true"))
    assert await firm.told() == set()
    rows = ok(await firm.bring(table))["rows"]
    assert [row["outcome"] for row in rows] == ["changed", "created", "same"]
    assert await firm.told() == {row["supplier_id"] for row in rows[:2]}


def workbook(*rows: list[Any]) -> bytes:
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(held)
    book.close()
    return held.getvalue()


async def test_a_workbook_is_read_like_a_table(firm: Firm) -> None:
    trn = firm.trn()
    content = workbook(["Name", "Tax IDs", "Payment days", "IBAN"], ["Workbook LLC", int(trn), 30, IBAN], [None] * 4)
    done = ok(await firm.bring(content, XLSX))
    assert outcomes(done) == [(2, "created")]
    shown = ok(await firm.clerk.get(f"{URL}/{done['rows'][0]['supplier_id']}"))
    assert (shown["tax_ids"], shown["payment_days"], len(shown["accounts"])) == ([trn], 30, 1)
    (finding,) = (await firm.bring(workbook(["name"], ['=HYPERLINK("http://x")']), XLSX)).json()["findings"]
    assert finding["pointer"] == "/2/name" and "formula" in finding["message"]


def bomb() -> bytes:
    """A workbook of a few kilobytes that unpacks to far more than is read."""
    held = io.BytesIO(workbook(["name"], ["x"]))
    with zipfile.ZipFile(held, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", b"<sst>" + b" " * 60_000_000 + b"</sst>")
    return held.getvalue()


def entity() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        packed.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
        packed.writestr("xl/_rels/workbook.xml.rels", "<x/>")
    return held.getvalue()


HOSTILE = {
    "nothing": (b"", "text/csv", 422),
    "no names": (b"\n", "text/csv", 422),
    "an unknown column": (b"name,bank\nX,Y\n", "text/csv", 422),
    "a column twice": (b"name,name\nX,Y\n", "text/csv", 422),
    "too many cells": (b"name\nX,Y\n", "text/csv", 422),
    "another encoding": ("name\nمؤسسة\n".encode("cp1256"), "text/csv", 422),
    "NUL": (b"name\nX\0Y\n", "text/csv", 422),
    "an open quote": (b'name\n"X\n', "text/csv", 422),
    "a long cell": (b"name\n" + b"x" * 3000 + b"\n", "text/csv", 422),
    "too many rows": (b"name\n" + b"x\n" * 10_001, "text/csv", 422),
    "no workbook": (b"PK\x03\x04" + b"x" * 100, XLSX, 422),
    "a bomb": (bomb(), XLSX, 422),
    "an entity": (entity(), XLSX, 422),
    "JSON": (b"{}", "application/json", 415),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_hostile_files_are_refused_with_a_word(firm: Firm, what: str) -> None:
    content, media_type, status = HOSTILE[what]
    before = await count(firm)
    for options in ({}, {"partial": "true"}, {"dry_run": "true"}):
        answer = await firm.bring(content, media_type, **options)
        assert answer.status_code == status, f"{what}: {answer.text[:300]}"
        assert len(answer.json()["detail"]) > 10
    assert await count(firm) == before


async def test_killed_in_the_middle_nothing_is_left(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes away behind the third batch."""
    monkeypatch.setattr(importing, "_AT_ONCE", 5)
    table = "name,iban\n" + "".join(f"Half {place},{IBAN}\n" for place in range(20))
    before, batches = await count(firm), 0

    def fail(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        nonlocal batches
        batches += "insert into suppliers" in statement.lower()
        if batches == 3:
            raise ConnectionResetError("the server went away")

    engine = firm.house.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        answer = await firm.bring(table)
    finally:
        event.remove(engine, "before_cursor_execute", fail)
    assert batches == 3 and answer.status_code >= 500, answer.text
    assert await count(firm) == before
    assert ok(await firm.bring(table))["created"] == 20


async def test_the_same_file_twice_at_once_enters_each_supplier_once(firm: Firm) -> None:
    trns = [firm.trn() for _ in range(12)]
    table = "name,tax_ids,iban\n" + "".join(f"Race {trn},{trn},{IBAN}\n" for trn in trns)
    answers = await asyncio.gather(*(firm.bring(table) for _ in range(3)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert any(answer.status_code == 200 for answer in answers)
    found = ok(await firm.clerk.get(f"{URL}?q=race&limit=200"))["items"]
    assert sorted(each["tax_ids"][0] for each in found) == sorted(trns)


async def test_a_thousand_rows_go_in_by_batches(firm: Firm) -> None:
    table = "name,iban\n" + "".join(f"Row number {place},{IBAN}\n" for place in range(1001))
    done = ok(await firm.bring(table))
    assert (done["created"], done["accounts"]) == (1001, 1001)
