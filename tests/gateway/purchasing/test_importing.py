"""Orders and receipts out of tables: everything or nothing, each mistake by row and column, hostile files refused."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from xml.sax.saxutils import escape

import httpx
import pytest

from gateway import sheets
from gateway.sheets import CSV, XLSX, SheetRefused
from tests.gateway.house import ok
from tests.gateway.purchasing.buyer import ORDERS, RECEIPTS, Buyer

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = "number,supplier,currency,issue_date,position,description,unit,quantity,price,tax_rate"


def workbook(sheet: str, strings: str = "", **parts: str) -> bytes:
    """The least that is an XLSX, around the rows of one sheet."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        named = '<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets>'
        packed.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{RELATED}">{named}</workbook>')
        target = '<Relationship Id="r1" Target="worksheets/one.xml"/>'
        packed.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{target}</Relationships>")
        packed.writestr(
            "xl/worksheets/one.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
        )
        packed.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')
        for name, content in parts.items():
            packed.writestr(name, content)
    return held.getvalue()


def row(*cells: object) -> str:
    return "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(str(cell))}</t></is></c>' for cell in cells) + "</row>"


async def post(buyer: Buyer, url: str, data: str | bytes, media_type: str = CSV, query: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {buyer.person.token}", "Content-Type": media_type}
    content = data.encode() if isinstance(data, str) else data
    return await buyer.house.client.post(f"{url}/import{query}", content=content, headers=headers)


def table(buyer: Buyer, *further: str) -> str:
    rows = [
        f"PO-1,{buyer.supplier_id},AED,2026-11-21,10,Chair,C62,24,310.00,5",
        'PO-1,,,,20,"Desk, oak",C62,"1,200.5",920,',
        "PO-2,Palm Supplies LLC,USD,21/11/2026,10,كرسي,C62,3,10,0",
    ]
    return "\n".join([HEAD, *rows, *further])


async def orders(buyer: Buyer) -> list[Any]:
    return list(ok(await buyer.person.get(ORDERS))["items"])


async def test_a_table_becomes_drafts_and_a_dry_run_leaves_nothing(lone_buyer: Buyer) -> None:
    told = ok(await post(lone_buyer, ORDERS, table(lone_buyer), query="?dry_run=true"))
    assert (told["written"], [(each["number"], each["lines"], each["id"]) for each in told["made"]], told["wrong"]) == (
        False, [("PO-1", 2, None), ("PO-2", 1, None)], [],
    )  # fmt: skip
    assert await orders(lone_buyer) == []
    done = ok(await post(lone_buyer, ORDERS, "\ufeff" + table(lone_buyer).replace("\n", "\r\n")))
    assert done["written"] is True
    found = ok(await lone_buyer.person.get(f"{ORDERS}/{done['made'][0]['id']}"))
    assert (found["state"], found["total"]) == ("DRAFT", "1111900.0")
    assert [each["description"] for each in found["content"]["lines"]] == ["Chair", "Desk, oak"]
    again = await post(lone_buyer, ORDERS, table(lone_buyer))
    assert (again.status_code, again.json()["code"], len(await orders(lone_buyer))) == (422, "import-refused", 2)


async def test_one_mistake_and_nothing_is_taken(lone_buyer: Buyer) -> None:
    wrong = [
        f"PO-3,{lone_buyer.supplier_id},XXY,2026-11-21,10,Lamp,C62,1,1,5",
        "PO-4,Nobody LLC,AED,2026-11-21,10,Lamp,C62,1,1,5",
        f"PO-5,{lone_buyer.supplier_id},AED,2026-13-21,10,Lamp,C62,many,1,5",
        f"PO-6,{lone_buyer.supplier_id},AED,2026-11-21,10,=cmd|' /C calc'!A0,C62,1,1,5",
        f",{lone_buyer.supplier_id},AED,2026-11-21,10,Lamp,C62,1,1,5",
        "PO-1,Palm Supplies LLC,USD,,30,Lamp,KILO,1,1,5",
    ]
    answer = await post(lone_buyer, ORDERS, table(lone_buyer, *wrong))
    places = [each["where"] for each in answer.json()["findings"]]
    assert answer.status_code == 422
    assert places == [
        "row 5 currency", "row 6 supplier", "row 7 issue_date", "row 7 quantity", "row 8 description", "row 9 number",
        "row 10 supplier", "row 10 currency",
    ]  # fmt: skip
    assert await orders(lone_buyer) == []
    dry = ok(await post(lone_buyer, ORDERS, table(lone_buyer, *wrong), query="?dry_run=true"))
    assert [(each["line"], each["column"]) for each in dry["wrong"]] == [
        (5, "currency"), (6, "supplier"), (7, "issue_date"), (7, "quantity"), (8, "description"), (9, "number"),
        (10, "supplier"), (10, "currency"),
    ]  # fmt: skip


async def test_a_workbook_of_receipts(buyer: Buyer) -> None:
    order = await buyer.sent()
    names = ("number", "Received on", "order", "position", "received", "rejected")
    came, went = ("GR-1", "46356", order["number"], 10, "4", ""), ("GR-2", "2026-11-30", order["number"], 10, "-1", "")
    sheet = row(*names) + row(*came) + row(*went)
    report = ok(await post(buyer, RECEIPTS, workbook(sheet), XLSX))
    assert [each["number"] for each in report["made"]] == ["GR-1", "GR-2"]
    shown = ok(await buyer.person.get(f"{RECEIPTS}/{report['made'][0]['id']}"))
    assert shown["received_on"] == "2026-11-30"
    assert (await buyer.shown(order))["standing"][0]["accepted"] == "3"
    late = sheet.replace("GR-1", "GR-3").replace("GR-2", "GR-4").replace(">-1<", ">-9<")
    answer = await post(buyer, RECEIPTS, workbook(late), XLSX)
    assert [each["where"] for each in answer.json()["findings"]] == ["row 3 received"]
    assert (await buyer.shown(order))["standing"][0]["accepted"] == "3", "the first one was taken back as well"


async def test_other_content_is_refused(buyer: Buyer) -> None:
    assert (await post(buyer, ORDERS, "{}", "application/json")).status_code == 415
    assert (await post(buyer, ORDERS, HEAD)).status_code == 422


def bomb() -> bytes:
    return workbook(row("number"), "<si><t>" + "0" * (4 * sheets.LARGEST + 10) + "</t></si>")


HOSTILE = {
    "nothing": (b"", "empty"),
    "not UTF-8": (b"number\n\xff\xfe\xfa", "UTF-8"),
    "NUL": (b"number\n\0", "NUL"),
    "a quote that never ends": (b'number\n"PO', "isn't CSV"),
    "a strange column": (b"number,colour\n1,2", "colour"),
    "a column twice": (b"number,Number\n1,2", "twice"),
    "too many columns": (b"number" + b"," * 70, "columns"),
    "a long cell": (b"number\n" + b"x" * 3000, "characters"),
    "more cells than names": (b"number\n1,2", "more cells"),
    "too many rows": (b"number\n" + b"1\n" * 10_001, "divide"),
    "too large": (b"number\n" + b"1" * sheets.LARGEST, "bytes"),
    "half a workbook": (workbook(row("number"))[:300], "XLSX"),
    "a zip that is no workbook": (b"PK\x03\x04" + b"\0" * 100, "XLSX"),
    "a bomb": (bomb(), "unpacked"),
    "entities": (workbook(row("number"), "<!-- --><si><t>&a;</t></si>"), "damaged"),
    "a text that isn't there": (workbook('<row><c t="s"><v>7</v></c></row>'), "isn't there"),
    "an error": (workbook('<row><c t="e"><v>#REF!</v></c></row>'), "error"),
    "a column beyond all bounds": (workbook('<row><c r="XFD1"><v>1</v></c></row>'), "columns"),
    "a cell nowhere": (workbook('<row><c r="1A"><v>1</v></c></row>'), "no place"),
    "a strange row": (workbook('<row r="x"><c><v>1</v></c></row>'), "XLSX"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_table_is_refused_in_words(name: str) -> None:
    data, word = HOSTILE[name]
    with pytest.raises(SheetRefused, match=word):
        sheets.read(data, CSV, ["number", "a"])


def test_a_document_type_in_a_workbook_is_not_opened() -> None:
    held = io.BytesIO(workbook(row("number")))
    with zipfile.ZipFile(held, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("xl/sharedStrings.xml", '<!DOCTYPE a [<!ENTITY a "x">]><sst><si><t>&a;</t></si></sst>')
    with pytest.raises(SheetRefused, match="DOCTYPE"):
        sheets.read(held.getvalue(), XLSX, ["number"])


def test_what_a_workbook_keeps() -> None:
    """Shared and rich texts, binary figures, places left out, computed cells named."""
    strings = "<si><t>number</t></si><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>no</t></rPh></si>"
    sheet = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>a</t></is></c></row>'
        '<row r="7"><c r="A7" t="s"><v>1</v></c><c r="C7"><v>0.30000000000000004</v></c></row>'
        '<row r="9"><c r="A9"><f>1+1</f><v>2</v></c></row>'
    )
    data = workbook(sheet, strings)
    with pytest.raises(SheetRefused, match="''"):
        sheets.read(data, XLSX, ["number", "a"])  # the second column has no name
    data = workbook(sheet.replace("C1", "B1").replace("C7", "B7"), strings)
    first, second = sheets.read(data, XLSX, ["number", "a"])
    assert (first.line, first.cells, first.formulas) == (7, {"number": "two runs", "a": "0.3"}, ())
    assert (second.line, second.formulas) == (9, ("number",))


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", " =1"])
def test_what_a_spreadsheet_would_compute_is_named(cell: str) -> None:
    assert sheets.read(f"number\n{cell}".encode(), CSV, ["number"])[0].formulas == ("number",)


@pytest.mark.parametrize("cell", ["-5", "+5.50", "1-2", "a@b"])
def test_a_figure_with_a_sign_is_none(cell: str) -> None:
    assert sheets.read(f"number;a\n{cell};x".encode(), CSV, ["number", "a"])[0].formulas == ()
