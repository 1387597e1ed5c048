"""The schemas come in whole and verified, or not at all."""

from __future__ import annotations

import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import msgspec
import pytest
from lxml import etree

import schemas
from schemas.__main__ import main
from schemas.install import InstallFailed, install, wrong
from schemas.manifest import INSTALLED, MANIFEST

SET = INSTALLED / MANIFEST.id


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The installed files in a zip of another layout, with strangers beside them."""
    file = tmp_path / "carrier.zip"
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("README", "hello")
        zipped.writestr("elsewhere/UBL-Invoice-2.1.xsd", "<not-the-one/>")
        for name in MANIFEST.files:
            zipped.write(SET / name, f"os-UBL-2.1/xsd/{name}")
    return file


def test_what_is_installed_is_what_the_manifest_says() -> None:
    assert wrong(SET) == ()
    assert set(MANIFEST.documents.values()) <= set(MANIFEST.files)


@pytest.mark.parametrize("name", MANIFEST.documents)
def test_each_document_has_a_schema_that_is_compiled_once(name: str) -> None:
    assert schemas.schema(name) is schemas.schema(name)
    root = name.removesuffix("-2")
    empty = etree.Element(f"{{urn:oasis:names:specification:ubl:schema:xsd:{name}}}{root}")
    assert not schemas.schema(name).validate(empty)
    with pytest.raises(KeyError):
        schemas.schema("Receipt-2")


def test_a_zip_installs_everything_once(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    assert install(source=archive, installed=target) is True
    assert wrong(target / MANIFEST.id) == ()
    assert install(source=tmp_path / "gone.zip", installed=target) is False


def test_a_changed_file_is_noticed_and_mended(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    install(source=archive, installed=target)
    changed = target / MANIFEST.id / MANIFEST.documents["Invoice-2"]
    changed.write_bytes(changed.read_bytes() + b" ")
    assert wrong(target / MANIFEST.id) == (MANIFEST.documents["Invoice-2"],)
    assert install(source=archive, installed=target) is True
    assert wrong(target / MANIFEST.id) == ()


def test_a_source_with_one_wrong_byte_installs_nothing(archive: Path, tmp_path: Path) -> None:
    name = MANIFEST.documents["CreditNote-2"]
    strict = msgspec.structs.replace(MANIFEST, files={**MANIFEST.files, name: "0" * 64})
    target = tmp_path / "installed"
    with pytest.raises(InstallFailed, match=r"lacks 1 of the 18 files.*UBL-CreditNote"):
        install(source=archive, manifest=strict, installed=target)
    assert [path.name for path in target.iterdir()] == [".lock"]


@pytest.mark.parametrize("content", [None, b"", b"PK no zip"])
def test_a_source_that_is_no_zip_is_refused(content: bytes | None, tmp_path: Path) -> None:
    source = tmp_path / "source.zip"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(InstallFailed, match="can't be read as a zip"):
        install(source=source, installed=tmp_path / "installed")


def test_a_failed_download_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    nowhere = msgspec.structs.replace(MANIFEST, package="involinks-no-such-package==0")
    with pytest.raises(InstallFailed, match=r"--from") as caught:
        install(manifest=nowhere, installed=tmp_path / "installed")
    assert "could not be fetched" in str(caught.value)


def test_two_installers_at_once_agree(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(install(source=archive, installed=target))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == [False, False, False, True]
    assert wrong(target / MANIFEST.id) == ()


def test_the_command_line_says_what_it_did(archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = str(tmp_path / "installed")
    assert main(["install", "--quiet", "--from", str(archive), "--into", target]) == 0
    assert capsys.readouterr().out == ""
    assert main(["install", "--into", target]) == 0
    assert "already in" in capsys.readouterr().out
    assert main(["install", "--from", str(tmp_path / "gone"), "--into", str(tmp_path / "other")]) == 1
    assert "can't be read" in capsys.readouterr().err


def test_without_schemas_there_is_an_error_that_names_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(schemas, "INSTALLED", tmp_path)
    with pytest.raises(schemas.SchemasNotInstalled, match="python -m schemas install"):
        schemas.path("Invoice-2")


def test_the_command_is_instant_where_all_is_in_place() -> None:
    done = subprocess.run([sys.executable, "-m", "schemas", "install", "--quiet"], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
