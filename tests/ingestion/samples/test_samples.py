"""Made-up bills: the same for the same seed, lawful sums, all that the truth says printed, and Arabic as it is read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

import ubl
from gateway.__main__ import main
from ingestion import detect
from ingestion.errors import Missing
from ingestion.readers import pdf_text
from ingestion.samples import Language, Look, Sample, arabic, canvas, make
from ubl.trn import is_valid


def shown(sample: Sample) -> str:
    """All words of the text layer, without spaces."""
    return "".join(word.text for page in pdf_text.read(sample.pdf).pages for word in page.words)


@pytest.fixture(autouse=True)
def any_font() -> Iterator[None]:
    """Each test looks for a font anew."""
    canvas.arabic_font.cache_clear()
    yield
    canvas.arabic_font.cache_clear()


def with_arabic() -> None:
    try:
        canvas.arabic_font()
    except Missing as error:
        pytest.skip(str(error))


def test_the_same_seed_gives_the_same_bytes_however_many_are_asked_for() -> None:
    few, many = make(3, 2), make(3, 5)
    assert [each.pdf for each in few] == [each.pdf for each in many[:2]]
    assert few[1].xml == many[1].xml
    assert make(4)[0].pdf != few[0].pdf
    assert few[0].photos == many[0].photos
    assert few[0].photos != few[0].scans


def test_the_truth_is_what_the_ubl_says_and_adds_up() -> None:
    for sample in make(11, 40):
        read = ubl.read(sample.xml)
        truth = sample.truth
        assert read.totals is not None and read.vat is not None and read.seller is not None
        assert (truth.net, truth.tax, truth.total) == (
            read.totals.tax_exclusive,
            read.vat.total,
            read.totals.tax_inclusive,
        )
        assert truth.net + truth.tax == truth.total
        assert truth.supplier_name == read.seller.name
        assert len(truth.lines) == len(read.lines)
        assert truth.currency != "AED" or is_valid(truth.supplier_tax_id)
        if truth.iban:
            assert int(truth.iban[4:] + "1014" + truth.iban[2:4]) % 97 == 1


def test_what_the_truth_says_stands_in_the_text_layer() -> None:
    for sample in make(12, 40):
        text = shown(sample)
        truth, style = sample.truth, sample.style
        for value in (truth.invoice_number, truth.supplier_tax_id, truth.po_number, truth.iban):
            assert value is None or value.replace(" ", "") in text
        assert truth.supplier_name.replace(" ", "") in text
        assert sample.invoice.issue_date is not None
        assert style.day(sample.invoice.issue_date).replace(" ", "") in text
        for amount in (truth.net, truth.tax, truth.total, *(line.net_amount for line in truth.lines)):
            assert style.amount(amount).replace(" ", "") in text
        assert truth.currency in text


def test_many_seeds_show_what_a_tray_holds() -> None:
    tray = make(13, 150)
    assert {sample.truth.doc_type for sample in tray} == {"invoice", "credit_note"}
    assert {sample.truth.currency for sample in tray} >= {"AED", "EUR", "USD"}
    assert any(len(pdf_text.read(sample.pdf).pages) > 1 for sample in tray)
    assert any(len({line.tax_rate for line in sample.truth.lines}) > 1 for sample in tray)
    assert any(sample.invoice.allowances for sample in tray)
    assert any(line.allowances for sample in tray for line in sample.invoice.lines)
    assert any(sample.truth.payable < sample.truth.total for sample in tray)
    assert len({(s.style.head, s.style.facts, s.style.totals, s.style.columns) for s in tray}) > 50


def test_arabic_is_shaped_and_reads_back_as_it_is_spoken() -> None:
    with_arabic()
    for sample in make(14, 8, languages=(Language.ARABIC, Language.BILINGUAL)):
        text = shown(sample)
        for word in sample.truth.supplier_name.replace(".", " ").split():
            assert word in text
        assert sample.truth.supplier_tax_id in text
        assert sample.style.amount(sample.truth.total).replace(" ", "") in text


def test_without_a_font_for_arabic_english_is_made_and_arabic_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("INVOLINKS_ARABIC_FONT", str(tmp_path / "none.ttf"))
    assert make(1)[0].pdf
    with pytest.raises(Missing, match="INVOLINKS_ARABIC_FONT"):
        make(1, languages=(Language.ARABIC,))


def test_a_sample_comes_in_as_its_look_says() -> None:
    clean, scan, photo = make(15, 3, looks=tuple(Look), lines=2)
    assert detect.detect(clean.file).kind is detect.FileKind.PDF
    assert clean.file == clean.pdf
    [page] = pdf_text.read(scan.file).pages
    assert not page.words
    assert detect.detect(photo.file, name=photo.name, media_type=photo.media_type).kind is detect.FileKind.JPEG
    with Image.open(io.BytesIO(photo.file)) as image:
        assert image.mode == "RGB" and min(image.size) > 1500


@pytest.mark.parametrize("wrong", [{"count": -1}, {"looks": ()}, {"languages": ()}, {"lines": 0}])
def test_nothing_to_choose_from_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="count, a look and a language"):
        make(1, **wrong)  # type: ignore[arg-type]


def test_the_command_writes_papers_ubl_truth_and_a_manifest(tmp_path: Path) -> None:
    target = tmp_path / "bills"
    asked = ["samples", "--count", "2", "--seed", "9", "--kinds", "clean,photo", "--out", str(target)]
    assert main(asked) == 0
    clean, photo = json.loads((target / "manifest.json").read_bytes())
    assert (target / clean["sent"]).read_bytes() == (target / clean["file"]).read_bytes()
    assert clean["scans"] == {} and [(target / each).is_file() for each in photo["scans"]["photo"]] == [True]
    read = ubl.read((target / photo["xml"]).read_bytes())
    assert read.totals is not None and Decimal(photo["gt"]["total"]) == read.totals.tax_inclusive
    assert json.loads((target / f"{photo['id']}.json").read_bytes()) == photo["gt"]


def test_the_command_overwrites_nothing_and_knows_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    (tmp_path / "mine.txt").write_text("kept")
    assert main(["samples", "--out", str(tmp_path)]) == 1
    assert "has something in it" in capsys.readouterr().err
    assert main(["samples", "--kinds", "crumpled", "--out", str(tmp_path / "new")]) == 1
    assert "clean, scan, photo" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("spoken", "seen"),
    [
        ("رقم INV-7", "INV-7 ﻢﻗﺭ"),
        ("No. رقم: 7", "No. ﻢﻗﺭ: 7"),
        ("الإجمالي (5%)", "(5%) ﻲﻟﺎﻤﺟﻹﺍ"),
        ("Total 5.00", "Total 5.00"),
    ],
)
def test_signs_stand_as_they_are_seen(spoken: str, seen: str) -> None:
    """Joined letters, a lam with its alef, brackets that turn round, numbers that don't."""
    assert arabic.visual(spoken) == seen
