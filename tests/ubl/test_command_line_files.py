"""`python -m ubl write` and `read`: from file to file, with exit codes for scripts."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import ubl
from tests.ubl.samples import BROKEN, EXAMPLES
from ubl.__main__ import main


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_write_then_read_gives_the_completed_invoice(
    path: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["write", str(path)]) == 0
    xml = capfdbinary.readouterr().out
    file = tmp_path / "invoice.xml"
    file.write_bytes(xml)
    assert main(["read", str(file)]) == 0
    told = capfdbinary.readouterr()
    assert ubl.write(ubl.decode(told.out)) == xml
    assert told.err == b""


def test_what_is_left_out_is_told(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    xml = ubl.write(ubl.complete(ubl.decode(EXAMPLES[0].read_bytes())))
    file = tmp_path / "invoice.xml"
    file.write_bytes(xml.replace(b"<cbc:IssueDate>", b"<cbc:CopyIndicator>true</cbc:CopyIndicator><cbc:IssueDate>", 1))
    assert main(["read", str(file)]) == 0
    assert b"left out: /CreditNote/cbc:CopyIndicator 'true'" in capfdbinary.readouterr().err


def test_exit_codes_tell_a_bad_file_from_no_file(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    unknown = next(path for path in BROKEN if path.stem == "unknown-field")
    assert main(["write", str(unknown)]) == 1
    assert "did you mean currency" in capfd.readouterr().err
    assert main(["read", str(unknown)]) == 1
    assert main(["read", str(tmp_path / "nowhere.xml")]) == 2
    assert main(["write", str(tmp_path)]) == 2
    with pytest.raises(SystemExit) as caught:
        main(["dance"])
    assert caught.value.code == 2


def test_standard_input_is_a_file_too(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(EXAMPLES[0].read_bytes()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["write", "-"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"<CreditNote ")
