"""Recognition happens in a process that is niced, bounded and killed; what it does never reaches the one that asks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ingestion.bounds import Bounds
from ingestion.errors import Missing, Refused, Unavailable
from ingestion.ocr.confined import ConfinedOcr, Limits
from ingestion.ocr.engines import Settings
from ingestion.readers.confined import Confined
from tests.ingestion.ocr.drawings import drawn, pretended_tesseract, saved
from tests.ingestion.readers.papers import pdf, say

PAGE = saved(drawn())
FAX = saved(drawn(), "TIFF", save_all=True, append_images=[drawn(["second page"]), drawn(["third page"])])


@pytest.fixture
def tesseract(tmp_path: Path) -> Settings:
    program = pretended_tesseract(tmp_path / "program", {"eng": "Total 1,250.00", "ara": "المجموع"})
    return Settings(recipes=("background",), tesseract=program)


def _settings(tmp_path: Path, then: str) -> Settings:
    return Settings(recipes=("background",), tesseract=pretended_tesseract(tmp_path / "p", {"eng": "Total"}, then=then))


@pytest.fixture(scope="module")
def ocr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConfinedOcr]:
    program = pretended_tesseract(tmp_path_factory.mktemp("program"), {"eng": "Total 1,250.00"})
    with ConfinedOcr(Settings(recipes=("background",), tesseract=program), bounds=Bounds(pages=3)) as ocr:
        yield ocr


@pytest.fixture(scope="module")
def rapid() -> Iterator[ConfinedOcr]:
    with ConfinedOcr(Settings(recipes=("rapidocr",), tesseract="/nowhere")) as ocr:
        yield ocr


def test_a_bill_is_read_by_a_modest_process(rapid: ConfinedOcr) -> None:
    (page,) = rapid.pictures(PAGE)
    assert {"INV-2041", "1,312.50", "AED"} <= {word.text for word in page.words}
    assert page.doubts == ()
    assert rapid._process is not None
    (process,) = (each for each in psutil.Process().children() if each.pid == rapid._process._process.pid)
    assert process.nice() >= min(19, psutil.Process().nice() + 15)
    assert process.num_threads() <= 2  # onnxruntime keeps one that sleeps
    peak = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line)
    assert int(peak.split()[1]) < 1_500_000
    assert not {name for name in process.environ() if name.startswith(("INVOLINKS", "PG", "AWS", "GROQ"))}


def test_a_page_of_a_pdf_is_drawn_apart_and_recognised(ocr: ConfinedOcr) -> None:
    with Confined() as paper:
        (page,) = ocr.scanned(paper, pdf(say("Invoice 7", 100, 700)), [1])
    assert (page.number, page.width, page.height) == (1, pytest.approx(595, abs=1), pytest.approx(842, abs=1))
    assert [word.text for word in page.words] == ["Total", "1,250.00"]
    assert page.words[0].box.x0 == pytest.approx(40 * 72 / 200)


def test_each_page_of_a_fax_is_numbered(ocr: ConfinedOcr) -> None:
    assert [page.number for page in ocr.pictures(FAX)] == [1, 2, 3]


def test_a_picture_of_harm_is_refused_and_the_next_one_read(ocr: ConfinedOcr) -> None:
    with pytest.raises(Refused, match="damaged"):
        ocr.pictures(PAGE[:1_000] + bytes(300) + PAGE[1_300:])
    with pytest.raises(Refused, match="more than 3 pages"):
        ocr.pictures(saved(drawn(), "TIFF", save_all=True, append_images=[drawn()] * 3))
    assert ocr.pictures(PAGE)[0].words


@pytest.mark.parametrize(
    "limits", [Limits(memory=80_000_000), Limits(seconds=0)], ids=["out of memory", "out of processor time"]
)
def test_a_page_that_needs_too_much_is_given_up(limits: Limits) -> None:
    with ConfinedOcr(Settings(recipes=("rapidocr",), tesseract="/nowhere"), limits=limits) as ocr:
        (page,) = ocr.pictures(PAGE)
    assert (page.words, page.doubts, page.quality) == ((), ("gave_up",), 0)
    assert (page.width, page.height) == (842, 421)


def test_a_file_of_such_pages_is_refused(tmp_path: Path) -> None:
    settings = _settings(tmp_path, "kill -XCPU $$")
    with ConfinedOcr(settings) as ocr:
        with pytest.raises(Refused, match="more time or memory") as refused:
            ocr.pictures(FAX)
        assert refused.value.code == "too_complex"


def test_a_machine_that_is_too_slow_is_told_from_a_page_that_is_too_hard(tmp_path: Path) -> None:
    told, slow = tmp_path / "pid", tmp_path / "slow"
    settings = _settings(tmp_path, f"if [ -e {slow} ]; then echo $$ > {told}; exec sleep 600; fi")
    with ConfinedOcr(settings) as ocr:
        assert ocr.pictures(PAGE)[0].words
        patience = 1.0
        while not told.exists():  # on a busy machine the program may not even have begun
            patience *= 2
            assert ocr._process is not None
            ocr._process._patience = patience
            slow.touch()
            with pytest.raises(Unavailable, match="busy"):
                ocr.pictures(PAGE)
    until = time.monotonic() + 60
    while psutil.pid_exists(int(told.read_text())) and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(int(told.read_text()))  # what it had started is gone, too


def test_a_process_that_was_killed_is_replaced(ocr: ConfinedOcr) -> None:
    first = ocr.pictures(PAGE)
    assert ocr._process is not None
    os.kill(ocr._process._process.pid, signal.SIGKILL)
    assert ocr.pictures(PAGE) == first


def test_a_page_is_not_blamed_for_a_machine_that_kills(tmp_path: Path) -> None:
    with ConfinedOcr(_settings(tmp_path, "kill -KILL $PPID")) as ocr, pytest.raises(Unavailable, match="was killed"):
        ocr.pictures(PAGE)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    missing = Settings(recipes=("original",), tesseract=str(tmp_path / "none"))
    with ConfinedOcr(missing) as ocr, pytest.raises(Missing, match="TESSERACT_CMD"):
        ocr.pictures(PAGE)


def test_nothing_is_left_behind(tesseract: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    with ConfinedOcr(tesseract) as ocr:
        ocr.pictures(PAGE)
        assert set(tmp_path.iterdir()) > before
    assert set(tmp_path.iterdir()) == before
    assert not [each for each in psutil.Process().children() if tesseract.tesseract in "".join(each.cmdline())]
