"""A PDF that is built to do harm costs a process, a bounded time and nothing else; the next one is read."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingestion import confinement
from ingestion.bounds import Bounds
from ingestion.errors import Refused, Unavailable
from ingestion.readers import pdf_text
from ingestion.readers.confined import Confined
from ingestion.readers.doubts import Doubt
from tests.ingestion.readers.papers import pdf, say, stream

GOOD = pdf()
BOUNDS = Bounds(seconds=1, memory=400 * 1024 * 1024)


@pytest.fixture(scope="module")
def confined():
    with Confined(BOUNDS) as process:
        yield process


def laughing(depth=12, width=12) -> bytes:
    """Drawings that draw drawings: `width` to the power of `depth`."""
    form = b" /Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /XObject << /X %d 0 R >> >>"
    objects = tuple(stream(b"/X Do " * width, form % (11 + index)) for index in range(depth))
    last = stream(b"0 0 10 10 re f", b" /Type /XObject /Subtype /Form /BBox [0 0 600 800]")
    return pdf(b"/X Do", xobjects=b"/X 10 0 R", objects=(*objects, last))


def swelling(megabytes=450) -> bytes:
    """A content of so many spaces, packed to a thousandth."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()
    return pdf().replace(b"4 0 obj\n<<", b"44 0 obj\n<<").replace(b"/Contents 4 0 R", b"/Contents 10 0 R").replace(
        b"trailer", b"10 0 obj\n" + stream(packed, b" /Filter /FlateDecode") + b"\nendobj\ntrailer"
    )  # fmt: skip


def test_reads_as_in_this_process(confined):
    reading = confined.read(GOOD)
    assert reading.transcript == pdf_text.read(GOOD)
    assert (reading.attachments, reading.doubts) == ((), ())
    assert reading.transcript.sha256 == hashlib.sha256(GOOD).hexdigest()


def test_one_process_serves_many_documents_and_threads(confined):
    confined.read(GOOD)
    before = confined._process
    papers = [pdf(say(f"Bill {number}", 100, 700)) for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(confined.read, papers))
    assert [each.transcript.pages[0].words[1].text for each in read] == [str(number) for number in range(20)]
    assert confined._process is before


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "truncated"),
        (b"%PDF-1.7\n", "truncated"),
        (GOOD[:300], "truncated"),
        (b"%PDF-1.7\n" + b"\0" * 3000 + b"%%EOF", "damaged"),
        (
            pdf(
                trailer=b"/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] /Encrypt "
                b"<< /Filter /Standard /V 1 /R 2 /P -4 /O (%s) /U (%s) >>" % (b"o" * 32, b"u" * 32)
            ),
            "encrypted",
        ),
        (pdf(trailer=b"/Encrypt << /Filter /SomethingElse /V 1 >>"), "encrypted"),
        (pdf(pages=1000), "too_many_pages"),
        (pdf(pages=0), "damaged"),
    ],
    ids=["empty", "only a head", "half", "zeros", "password", "unknown protection", "1,000 pages", "no pages"],
)
def test_what_cannot_be_read_is_refused_with_a_word(confined, data, code):
    with pytest.raises(Refused) as refused:
        confined.read(data)
    assert refused.value.code == code
    assert confined.read(GOOD).transcript.pages[0].words


def test_too_large_is_refused_before_it_is_sent():
    small = Confined(Bounds(size=100))
    with pytest.raises(Refused, match="at most 100"):
        small.read(GOOD)
    assert small._process is None


def test_endless_work_ends_and_the_next_document_is_read(confined):
    with pytest.raises(Refused) as refused:
        confined.read(laughing())
    assert refused.value.code == "too_complex"
    assert confined.read(GOOD).transcript.pages[0].words


def test_a_document_that_unpacks_to_more_than_allowed_is_refused(confined):
    with pytest.raises(Refused) as refused:
        confined.read(swelling())
    assert refused.value.code == "too_complex"
    assert confined.read(GOOD).transcript.pages[0].words


def test_a_process_that_dies_of_something_else_is_replaced_unnoticed(confined):
    confined.read(GOOD)
    confined._process._process.kill()
    assert confined.read(GOOD).transcript.pages[0].words


def test_a_machine_that_is_too_slow_is_not_the_documents_fault():
    with Confined(Bounds(seconds=600)) as confined:
        confined.read(GOOD)
        confined._process._patience = 0.3
        with pytest.raises(Unavailable, match="busy"):
            confined.read(laughing())
        assert confined.read(GOOD).transcript.pages[0].words


def test_no_process_is_told(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Confined() as confined, pytest.raises(Unavailable, match="can't be started"):
        confined.read(GOOD)


def test_a_process_that_fails_at_once_says_why(monkeypatch):
    monkeypatch.setattr(confinement, "_ROOT", Path("/nowhere"))
    with Confined() as confined, pytest.raises(Unavailable, match="ingestion"):
        confined.read(GOOD)


def test_the_process_gets_none_of_our_environment(confined, monkeypatch):
    monkeypatch.setenv("INVOLINKS_SECRET", "not for others")
    confined.close()
    confined.read(GOOD)
    pid = confined._process._process.pid
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"not for others" not in environment
    assert sorted(line.partition(b"=")[0] for line in environment.split(b"\0") if line) == [
        b"OMP_NUM_THREADS",
        b"OPENBLAS_NUM_THREADS",
        b"PYTHONPATH",
    ]


def test_closing_ends_the_process():
    confined = Confined()
    confined.read(GOOD)
    pid = confined._process._process.pid
    confined.close()
    assert not Path(f"/proc/{pid}").exists()
    assert threading.active_count() < 50
    assert pid != os.getpid()


@pytest.mark.parametrize(
    ("catalog", "doubt"),
    [
        (b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>", Doubt.JAVASCRIPT),
        (b"/OpenAction << /S /Java#53cript /J#53 (x) >>", Doubt.JAVASCRIPT),
        (b"/Names << /JavaScript << /Names [(x) << /S /JavaScript /JS (x) >>] >> >>", Doubt.JAVASCRIPT),
        (b"/OpenAction << /S /Launch /F (calc.exe) >>", Doubt.ACTION),
        (b"/OpenAction << /S /SubmitForm /F (x) >>", Doubt.ACTION),
        (b"/OpenAction << /S /GoToR /F (other.pdf) >>", Doubt.ACTION),
    ],
)
def test_what_a_pdf_would_do_is_told_and_not_done(confined, catalog, doubt):
    reading = confined.read(pdf(catalog=catalog))
    assert reading.doubts == (doubt,)
    assert reading.transcript.pages[0].words


def test_actions_are_found_in_packed_objects_and_not_in_contents(confined):
    inside = b"20 0 << /S /JavaScript /JS (x) >>"
    packed = stream(zlib.compress(inside), b" /Type /ObjStm /N 1 /First 5 /Filter /FlateDecode")
    assert confined.read(pdf(objects=(packed,))).doubts == (Doubt.JAVASCRIPT,)
    assert confined.read(pdf(say("/JavaScript /Launch", 100, 700))).doubts == ()


def test_a_missing_end_is_told(confined):
    whole = pdf()
    assert confined.read(whole[: whole.rindex(b"startxref")]).doubts == (Doubt.TRUNCATED,)


def test_a_page_is_drawn_as_it_is_shown(confined):
    picture = confined.picture(pdf(b"0 g 0 421 595 421 re f", page=b"/MediaBox [0 0 595 842] /Rotate 90"), 1, dpi=36)
    assert (picture.width, picture.height) == (421, 298)
    assert len(picture.pixels) == 421 * 298
    row = picture.pixels[421 * 100 : 421 * 101]
    assert row[0] == 255 and row[-1] == 0  # the upper half has turned to the right


@pytest.mark.parametrize(
    ("page", "box", "code"), [(2, b"600 800", "no_such_page"), (1, b"14400 14400", "too_many_pixels")]
)
def test_a_page_that_is_not_there_or_too_large_is_not_drawn(confined, page, box, code):
    with pytest.raises(Refused) as refused:
        confined.picture(pdf(page=b"/MediaBox [0 0 %s]" % box), page, dpi=200)
    assert refused.value.code == code
