"""Pages drawn from originals, and the place of one value: by a process that may fail, in nobody's way."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from gateway.bills import pictures
from gateway.bills.pictures import NotDrawn, Pictures, cut, png
from gateway.http.problems import NotFound, Unavailable
from ingestion.bounds import Bounds
from ingestion.document import Box
from ingestion.readers.confined import Picture
from tests.gateway.bills.desk.papers import in_review, paper, sent
from tests.gateway.bills.papers import xml
from tests.gateway.house import Company, House, Person, ok
from tests.ingestion.readers.papers import pdf


@pytest.fixture
async def drawing() -> AsyncIterator[Pictures]:
    made = Pictures(bounds=Bounds(seconds=2))
    yield made
    await made.close()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def photo(size: tuple[int, int] = (400, 800), kind: str = "JPEG", frames: int = 1) -> bytes:
    """Black above, white below."""
    sheets = []
    for _ in range(frames):
        sheet = Image.new("L", size, 255)
        sheet.paste(0, (0, 0, size[0], size[1] // 2))
        sheets.append(sheet)
    out = io.BytesIO()
    more = {"save_all": True, "append_images": sheets[1:]} if frames > 1 else {}
    sheets[0].save(out, kind, **more)
    return out.getvalue()


async def test_a_page_is_shown_as_png(house: House, clerk: Person) -> None:
    (bill_id,) = await sent(clerk, paper(pages=2))
    answer = await clerk.get(f"/v1/bills/{bill_id}/pages/1.png?dpi=72")
    assert answer.status_code == 200, answer.text
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == ("image/png", "nosniff")
    assert answer.headers["cache-control"] == "no-store"
    picture = opened(answer.content)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (595, 842))
    assert picture.getextrema()[0] < 100, "there is print on it"
    larger = opened((await clerk.get(f"/v1/bills/{bill_id}/pages/2.png?dpi=144")).content)
    assert larger.size == (1190, 1684)


async def test_a_value_is_shown_where_it_stands(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    where = f"/v1/bills/{bill['id']}"
    total = next(one for one in bill["proof"]["values"] if (one["term"], one["line"]) == ("total", None))
    x0, y0, x1, y1 = map(float, total["evidence"][0]["box"])
    crop = opened((await clerk.get(f"{where}/crops/total?dpi=72")).content)
    assert abs(crop.width - (x1 - x0 + 6)) <= 2 and abs(crop.height - (y1 - y0 + 6)) <= 2
    assert crop.getextrema()[0] < 128, "the value is on it"
    page = opened((await clerk.get(f"{where}/pages/1.png?dpi=72")).content)
    left, top = int(x0 - 3), int(y0 - 3)
    assert crop.tobytes() == page.crop((left, top, left + crop.width, top + crop.height)).tobytes()

    shown = {"page": 1, "box": {"x0": 0, "y0": 0, "x1": 100, "y1": 50}}
    change = {"changes": [{"term": "total", "value": "1051.00", **shown}]}
    ok(await clerk.patch(where, change, If_Match=f'"{bill["version"]}"'))
    showed = opened((await clerk.get(f"{where}/crops/total?dpi=72")).content)
    assert showed.size == (104, 54), "where the person showed it"
    line = await clerk.get(f"{where}/crops/quantity?line=0")
    assert (line.status_code, line.headers["content-type"]) == (200, "image/png")


async def test_what_has_no_place_is_said(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    (data,) = await sent(clerk, xml("X-77"))
    (unread,) = await sent(clerk)
    for path, status, said in (
        (f"{bill['id']}/crops/beauty", 404, "beauty"),
        (f"{bill['id']}/crops/quantity?line=99", 404, "line 99"),
        (f"{unread}/crops/total", 404, "place"),
        (f"{bill['id']}/pages/7.png", 404, "isn't this bill's"),
        (f"{unread}/pages/7.png", 404, "page 7"),
        (f"{bill['id']}/pages/0.png", 404, "1.png"),
        (f"{bill['id']}/pages/..%2Fx.png", 404, ""),
        (f"{bill['id']}/pages/1.jpg", 404, "1.png"),
        (f"{data}/pages/1.png", 404, "no pages"),
        (f"{bill['id']}/pages/1.png?dpi=9999", 422, "dpi"),
        (f"{bill['id']}/pages/1.png?dpi=1", 422, "dpi"),
    ):
        answer = await clerk.get(f"/v1/bills/{path}")
        assert answer.status_code == status, f"{path}: {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"
        assert said in answer.json()["detail"] + str(answer.json().get("findings")), answer.text


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF"])
async def test_a_picture_is_a_page_too(drawing: Pictures, kind: str) -> None:
    picture = opened(await drawing.page(photo(kind=kind), 1, dpi=72))
    assert picture.size == (421, 842), "taken to be as long as A4"
    assert (picture.getpixel((200, 100)), picture.getpixel((200, 700))) == (0, 255)


async def test_a_tiff_has_several_pages(drawing: Pictures) -> None:
    data = photo(kind="TIFF", frames=3)
    assert opened(await drawing.page(data, 3, dpi=36)).height == 421
    with pytest.raises(NotFound):
        await drawing.page(data, 4)
    with pytest.raises(NotFound):
        await drawing.page(pdf(), 2)


async def test_a_damaged_file_is_said_to_be_one(drawing: Pictures) -> None:
    for data in (b"%PDF-1.7 nothing", photo()[:200], b"GIF89a"):
        with pytest.raises(NotDrawn):
            await drawing.page(data, 1)


async def test_a_page_built_to_do_harm_is_refused_while_others_are_answered(
    house: House, clerk: Person, drawing: Pictures
) -> None:
    """It draws the same form a million million times; a fresh process draws the next page."""
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] "
    again = (
        form + b"/Resources << /XObject << /X %d 0 R >> >> /Length 300 >>\nstream\n" + b"/X Do " * 50 + b"\nendstream"
    )
    line = form + b"/Length 17 >>\nstream\n0 0 m 500 800 l S\nendstream"
    objects = (*(again % (11 + depth) for depth in range(7)), line)
    bomb = pdf(b"/X Do", xobjects=b"/X 10 0 R", objects=objects)
    usual, house.app.state.pictures = house.app.state.pictures, drawing
    ids = await sent(clerk, bomb, paper())
    slow = asyncio.create_task(clerk.get(f"/v1/bills/{ids[0]}/pages/1.png"))
    others = [await clerk.get("/v1/bills?limit=1") for _ in range(5)]
    assert {one.status_code for one in others} == {200}
    refused = await slow
    assert (refused.status_code, refused.json()["code"]) == (422, "page-not-drawn"), refused.text
    assert refused.json()["facts"] == {"reason": "too_complex"}
    assert (await clerk.get(f"/v1/bills/{ids[1]}/pages/1.png")).status_code == 200
    house.app.state.pictures = usual


async def test_too_many_pages_at_once_are_put_off(drawing: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_WAITING", 2)
    going = threading.Event()
    monkeypatch.setattr(drawing, "_drawn", lambda *_: going.wait(60) and b"done")
    first = [asyncio.create_task(drawing.page(b"", 1)) for _ in range(2)]
    await asyncio.sleep(0)  # both tasks begin
    assert drawing._waiting == 2
    with pytest.raises(Unavailable):
        await drawing.page(b"", 1)
    going.set()
    assert await asyncio.gather(*first) == [b"done"] * 2


def test_png_is_what_others_read() -> None:
    pixels = bytes(range(200)) * 3
    picture = opened(png(Picture(200, 3, pixels)))
    assert (picture.size, picture.tobytes()) == ((200, 3), pixels)


@pytest.mark.parametrize(
    "box",
    [Box(-9, -9, -5, -5), Box(0, 0, 1e9, 1e9), Box(50, 50, 10, 10), Box(99.9, 99.9, 100, 100), Box(30, 40, 60, 50)],
)
def test_a_part_lies_within_its_page(box: Box) -> None:
    part = cut(Picture(100, 100, bytes(10_000)), box, 72)
    assert 1 <= part.width <= 100 and 1 <= part.height <= 100
    assert len(part.pixels) == part.width * part.height
